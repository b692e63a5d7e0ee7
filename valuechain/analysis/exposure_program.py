"""The linear program of exposure: what a network can still deliver while one firm is down, all amounts per day.

Every amount is divided by the days of the window, so that the window enters as its pace z = 1 / days, which multiplies
stocks only. With z fixed the least lost final demand is sought, with nothing lost the least z: the longest window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuechain.essential import ESSENTIAL, NON_ESSENTIAL
from valuechain.kernels.production_graph import ProductionGraph
from valuechain.network import Floats, Index

SOLE = 1e-6
"""A non-essential input with all purchases but this share stops its buyer: what it takes away is nearly everything."""

TANGENTS = 3
"""Straight lines that stand for the curve by which several non-essential inputs are missed at once."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """Minimise a cost of x with ``matrix x <= row_upper`` and ``0 <= x <= upper``; the usual state is ``usual``.

    Amounts are split into what is usual, at most 1, and what is more, so that the usual state is a corner of the
    program: columns at their upper bound (1) or at 0. ``made``, ``more`` and ``lost`` have the columns of each firm's
    usual production, production above it, and lost final demand, -1 where it has none; shape (firms,). ``pace`` is the
    column of z.
    """

    matrix: sparse.csc_array
    row_upper: Floats
    upper: Floats
    usual: npt.NDArray[np.bool_]
    made: Index
    more: Index
    lost: Index
    pace: int


def make_program(graph: ProductionGraph, most: Floats, initial_days: Floats) -> Program:
    """Return the program of the undisturbed network.

    Parameters
    ----------
    graph
        The network, as the inventory model reads it.
    most
        The most each firm can make, currency per day; shape (firms,).
    initial_days
        Stock of what comes over each link when the window begins, in days of use; shape (links,).

    Notes
    -----
    ``docs/methods/exposure.md`` has the rows in the order of this function.
    """
    build = _Builder(graph, most, initial_days)
    blocks = [build.inputs(), build.supply(), build.lacking(), *build.several(), *build.above_usual()]
    return Program(
        matrix=sparse.csc_array(sparse.vstack([rows for rows, _ in blocks], format="csc")),
        row_upper=np.concatenate([limit for _, limit in blocks]),
        upper=build.upper,
        usual=build.usual,
        made=build.made,
        more=build.more,
        lost=build.lost,
        pace=build.width - 1,
    )


Block = tuple[sparse.coo_array, Floats]
Entry = tuple[Index, Index, Floats | float]


def _days_of_slots(graph: ProductionGraph, of_link: npt.NDArray[np.int64], days: Floats) -> Floats:
    """Return how many days of use the stock of each slot lasts; stocks of its links stand in for each other."""
    if not len(days):
        return np.zeros(len(graph.slot_amount))
    first = graph.link_start[:-1]
    held = np.bincount(of_link, weights=days * graph.amount, minlength=len(first)) / graph.slot_amount
    # Where all are the same, to the last digit.
    same = np.minimum.reduceat(days, first) == np.maximum.reduceat(days, first)
    return np.where(same, days[first], held)


class _Builder:
    """Numbers the columns and makes blocks of rows. Firms that make nothing and inputs nobody needs are left out."""

    def __init__(self, graph: ProductionGraph, most: Floats, initial_days: Floats) -> None:
        n_firms, n_slots = len(graph.base), len(graph.slot_amount)
        of_link = np.repeat(np.arange(n_slots), np.diff(graph.link_start))
        self.graph, self.days = graph, _days_of_slots(graph, of_link, initial_days)
        makes = graph.base > 0
        self.can = np.divide(most, graph.base, out=np.ones(n_firms), where=makes)
        buyer = np.repeat(np.arange(n_firms), np.diff(graph.slot_start))
        self.slot = np.flatnonzero((graph.slot_class >= NON_ESSENTIAL) & makes[buyer])
        self.buyer = buyer[self.slot]
        place = np.full(n_slots, -1)
        place[self.slot] = np.arange(len(self.slot))
        self.link = np.flatnonzero(place[of_link] >= 0)
        self.link_row = place[of_link[self.link]]
        # Inputs a buyer can do without in part: their places among the slots of the program, share of purchases, buyer.
        share = graph.slot_amount[self.slot] / graph.bought[self.buyer]
        self.partial = np.flatnonzero((graph.slot_class[self.slot] < ESSENTIAL) & (share < 1 - SOLE))
        self.share, self.owner = share[self.partial], self.buyer[self.partial]
        self._number_columns(makes)

    def _number_columns(self, makes: npt.NDArray[np.bool_]) -> None:
        n_links, can_more, sells = len(self.link), self.can > 1, self.graph.final > 0
        sizes = [int(makes.sum()), int(can_more.sum()), int(sells.sum()), n_links, n_links, len(self.partial), 1]
        first = np.concatenate([[0], np.cumsum(sizes)])
        self.width = int(first[-1])
        self.made, self.more = _numbered(makes, first[0]), _numbered(can_more, first[1])
        self.lost = _numbered(sells, first[2])
        self.sent, self.sent_more = first[3] + np.arange(n_links), first[4] + np.arange(n_links)
        self.missed = first[5] + np.arange(len(self.partial))
        self.usual = np.zeros(self.width, dtype=np.bool_)
        self.usual[self.made[makes]] = self.usual[self.sent] = True
        self.upper = np.full(self.width, np.inf)
        self.upper[self.usual] = self.upper[self.lost[sells]] = 1.0
        self.upper[self.more[can_more]] = self.can[can_more] - 1

    def inputs(self) -> Block:
        """Rows of inputs: what is used is delivered or from stock; some of a non-essential one may be missed."""
        graph, every = self.graph, np.arange(len(self.slot))
        of_slot = -graph.amount[self.link] / graph.slot_amount[self.slot][self.link_row]
        whole = np.setdiff1d(every, self.partial)
        whole = whole[self.more[self.buyer[whole]] >= 0]
        return self._block(
            np.zeros(len(every)),
            (every, self.made[self.buyer], 1.0),
            (whole, self.more[self.buyer[whole]], 1.0),
            (self.link_row, self.sent, of_slot),
            (self.link_row, self.sent_more, of_slot),
            (self.partial, self.missed, -1.0),
            (every, np.full(len(every), self.width - 1), -self.days[self.slot]),
        )

    def supply(self) -> Block:
        """Rows of supply: deliveries and final demand met are at most what is made."""
        graph, supplier = self.graph, self.graph.supplier[self.link]
        firm, sells, extra = (np.flatnonzero(c >= 0) for c in (self.made, self.lost, self.more))
        final = np.divide(graph.final, graph.base, out=np.zeros(len(graph.base)), where=graph.base > 0)
        of_firm = graph.amount[self.link] / graph.base[supplier]
        return self._block(
            -final[firm],
            (self.made[supplier], self.sent, of_firm),
            (self.made[supplier], self.sent_more, of_firm),
            (self.made[sells], self.lost[sells], -final[sells]),
            (self.made[firm], self.made[firm], -1.0),
            (self.made[extra], self.more[extra], -1.0),
        )

    def lacking(self) -> Block:
        """Rows of non-essential inputs one by one: usual production is cut in proportion to what is missed."""
        firm, row = np.unique(self.owner, return_inverse=True)
        return self._block(
            np.ones(len(firm)),
            (np.arange(len(firm)), self.made[firm], 1.0),
            (row, self.missed, self.share / (1 - self.share)),
        )

    def several(self) -> list[Block]:
        """Rows of non-essential inputs together: tangents to ``sum of share x missed <= made (1 - made)``."""
        firm, row, count = np.unique(self.owner, return_inverse=True, return_counts=True)
        chosen = count > 1
        least = 1 - np.bincount(row, weights=self.share, minlength=len(firm))[chosen]
        place, here, every = _numbered(chosen, 0), chosen[row], np.arange(int(chosen.sum()))
        blocks = []
        for part in np.arange(TANGENTS) / TANGENTS:
            at = np.clip(least + (1 - least) * part, 0.0, 1.0)
            blocks.append(
                self._block(
                    at**2,
                    (every, self.made[firm[chosen]], 2 * at - 1),
                    (place[row[here]], self.missed[here], self.share[here]),
                )
            )
        return blocks

    def above_usual(self) -> list[Block]:
        """Rows by which more than usual is made only while nothing is lacking."""
        firm = np.unique(self.owner[self.more[self.owner] >= 0])
        some = np.flatnonzero(self.more[self.owner] >= 0)
        owner, gain, share = self.owner[some], self.can[self.owner[some]] - 1, self.share[some]
        every, each = np.arange(len(firm)), np.arange(len(some))
        return [
            self._block(
                np.zeros(len(firm)), (every, self.more[firm], 1.0), (every, self.made[firm], 1 - self.can[firm])
            ),
            self._block(
                1 - share,
                (each, self.more[owner], 1.0),
                (each, self.made[owner], 1 - share - gain),
                (each, self.missed[some], gain + share),
            ),
        ]

    def _block(self, limit: Floats, *entries: Entry) -> Block:
        row, column = (np.concatenate([e[k] for e in entries]) for k in (0, 1))
        value = np.concatenate([np.broadcast_to(v, len(r)) for r, _, v in entries])
        return sparse.coo_array((value, (row, column)), shape=(len(limit), self.width)), limit


def _numbered(chosen: npt.NDArray[np.bool_], first: int) -> Index:
    """Return consecutive numbers for the chosen, -1 for the others."""
    return np.where(chosen, first + np.cumsum(chosen) - 1, -1).astype(np.int64)

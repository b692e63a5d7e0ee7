"""The static economy of a network: who needs what, how much is made in each scenario, with and without back-ups."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.single_sourced import firm_value
from valuechain.errors import DefaultWarning, ParameterError, warn_caller
from valuechain.essential import ESSENTIAL, essentiality
from valuechain.kernels.sourcing import Pools, Sourcing, deliveries, solve
from valuechain.network import Floats, Index, Network
from valuechain.recommend.at_rest import Room, at_rest
from valuechain.recommend.backed_up import backed_up, shares_capacity
from valuechain.scenario.distributions import is_number
from valuechain.slots import Slots

__all__ = ["SPARE_SHARE", "Backups", "Economy", "activity_of", "delivered_of", "economy_of", "expected", "losses_of"]

SPARE_SHARE = 0.1
"""Spare capacity of a firm without a ``capacity``, as a share of its output."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Economy:
    """What each firm makes and essentially needs; values in currency per flow period.

    Only essential slots (class 2) can stop a buyer; inputs of class 1 and 0 stop nobody and are not in here. What a
    firm supplies to itself is left out of its slots: it holds x_j <= a x_j + (1 - a) s exactly when x_j <= s.

    Parameters
    ----------
    network
        The network; outside candidates are firms of it too, see ``is_outside``.
    value
        Normal output, 0 for outside candidates; shape (firms,).
    spare
        Value a firm can deliver on top while it works normally, by its capacity or the default share; shape (firms,).
    has_capacity
        Whether that is known from the data; shape (firms,).
    is_outside
        Firms that are candidates only and no part of the value chain; shape (firms,).
    slots
        All slots of the network.
    of_slot
        Place of each slot of the network among the essential ones, -1 where it is not one; shape (slots of network,).
    slot_product
        Product of each essential slot, position in ``network.products``; shape (essential slots,).
    graph
        The essential slots as the kernel reads them; ``graph.slot_buyer`` and ``graph.need`` have one value each.
    estimated
        Number of firms whose value stands for an unknown output (see :func:`firm_value`).
    rule
        What is essential, in words.
    """

    network: Network
    value: Floats
    spare: Floats
    has_capacity: Mask
    is_outside: Mask
    slots: Slots
    of_slot: Index
    slot_product: Index
    graph: Sourcing
    estimated: int
    rule: str

    @property
    def n_slots(self) -> int:
        """Number of essential slots."""
        return len(self.slot_product)


@dataclass(frozen=True, kw_only=True, eq=False)
class Backups:
    """Back-up links, and the pools of spare capacity they draw on. A pool is never given out twice.

    Parameters
    ----------
    slot
        Essential slot of each link, position in the economy; shape (links,). A slot calls its links in their order.
    pool
        Pool of each link; shape (links,).
    limit
        Most a link delivers, currency per flow period; infinite: what the pool has. Shape (links,).
    pool_firm, pool_spare
        Firm of each pool and its spare capacity while the firm works normally, currency per flow period.
    """

    slot: Index
    pool: Index
    limit: Floats
    pool_firm: Index
    pool_spare: Floats
    arrays: Pools = field(init=False, repr=False)
    order: Index = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the links by slot, each slot's in the order given."""
        order = np.argsort(self.slot, kind="stable")
        slots, first = np.unique(self.slot[order], return_index=True)
        pools = Pools(
            slot=slots.astype(np.int64),
            link_start=np.r_[first, len(order)].astype(np.int64),
            pool=self.pool[order].astype(np.int64),
            limit=np.asarray(self.limit, dtype=np.float64)[order],
            firm=np.asarray(self.pool_firm, dtype=np.int64),
            spare=np.asarray(self.pool_spare, dtype=np.float64),
        )
        object.__setattr__(self, "arrays", pools)
        object.__setattr__(self, "order", order)

    def __len__(self) -> int:
        return len(self.slot)

    def only(self, links: Index | Mask) -> Backups:
        """Return some of the links; pools stay as they are."""
        return Backups(
            slot=self.slot[links],
            pool=self.pool[links],
            limit=self.limit[links],
            pool_firm=self.pool_firm,
            pool_spare=self.pool_spare,
        )


def economy_of(
    network: Network,
    *,
    spare_share: float | None = None,
    outside_spare: Floats | None = None,
) -> Economy:
    """Return the static economy of a network.

    Parameters
    ----------
    network
        The value chain.
    spare_share
        Spare capacity of firms whose capacity is not known, share of their output; default 0.1, with a warning.
    outside_spare
        For networks to which outside candidates were added as firms: their spare capacity, NaN for all other firms;
        shape (firms,).

    Warns
    -----
    DefaultWarning
        When the spare capacity of some firms rests on the default share.

    Examples
    --------
    >>> import valuechain as vc
    >>> economy_of(vc.example("textbook"), spare_share=0.2).n_slots
    2
    """
    essential = essentiality(network)
    value, estimated = firm_value(network)
    outside = np.zeros(network.n_firms, dtype=bool) if outside_spare is None else ~np.isnan(outside_spare)
    spare, known = _spare(network, value, outside, spare_share)
    if outside_spare is not None:
        spare = np.where(outside, outside_spare, spare)
        known = known | outside
    value = np.where(outside, 0.0, value)
    of_slot, graph = _graph(network, essential.slots, essential.slot_class == ESSENTIAL)
    return Economy(
        network=network,
        value=value,
        spare=spare,
        has_capacity=known,
        is_outside=outside,
        slots=essential.slots,
        of_slot=of_slot,
        slot_product=essential.slots.product[of_slot >= 0],
        graph=graph,
        estimated=estimated - _unknown_outside(network, outside),
        rule=essential.rule,
    )


def _unknown_outside(network: Network, outside: Mask) -> int:
    firms = network.firms
    return int((outside & firms["output"].isna().to_numpy()).sum() if "output" in firms else outside.sum())


def _spare(network: Network, value: Floats, outside: Mask, spare_share: float | None) -> tuple[Floats, Mask]:
    """Return spare capacity and where it is known: capacity less output; unknown is a share of output, and said."""
    share = SPARE_SHARE if spare_share is None else spare_share
    if not is_number(share) or share < 0:
        raise ParameterError(f"spare_share {share!r} is no share of output; write a number from 0, such as 0.1")
    firms = network.firms
    capacity = firms["capacity"].to_numpy(dtype=np.float64) if "capacity" in firms else np.full(network.n_firms, np.nan)
    known = ~np.isnan(capacity)
    unknown = int((~known & ~outside).sum())
    if unknown and spare_share is None:
        warn_caller(
            f"{unknown:,} of {network.n_firms - int(outside.sum()):,} firms of network '{network.name}' give no "
            f"capacity: {share:.0%} of their output is taken as spare. Add the column capacity to firms, or say "
            "spare_share.",
            DefaultWarning,
        )
    return np.where(known, np.maximum(np.where(known, capacity, 0.0) - value, 0.0), share * value), known


def _graph(network: Network, slots: Slots, wanted: Mask) -> tuple[Index, Sourcing]:
    """Return the essential slots that other firms supply, and their place among all slots."""
    real = (network.flow > 0) & (network.supplier != network.buyer) & wanted[slots.of_link]
    links = np.flatnonzero(real)
    used = np.unique(slots.of_link[links])
    of_slot = np.full(len(slots), -1, dtype=np.int64)
    of_slot[used] = np.arange(len(used))
    # Parallel links of one supplier (other routes) add up; links in order of slot, then supplier.
    rows = pd.DataFrame(
        {"slot": of_slot[slots.of_link[links]], "supplier": network.supplier[links], "flow": network.flow[links]}
    )
    rows = rows.groupby(["slot", "supplier"], as_index=False, sort=True).agg(flow=("flow", "sum"))
    slot, supplier, flow = (rows[c].to_numpy() for c in ("slot", "supplier", "flow"))
    need = np.bincount(slot, weights=flow, minlength=len(used)).astype(np.float64)
    buyer = slots.buyer[used]
    pairs = np.unique(np.column_stack([supplier, buyer[slot]]).astype(np.int64), axis=0)
    n = network.n_firms
    return of_slot, Sourcing(
        slot_start=np.searchsorted(buyer, np.arange(n + 1)).astype(np.int64),
        slot_buyer=buyer.astype(np.int64),
        need=need,
        link_start=np.searchsorted(slot, np.arange(len(used) + 1)).astype(np.int64),
        supplier=supplier.astype(np.int64),
        share=flow / need[slot],
        use_start=np.searchsorted(pairs[:, 0], np.arange(n + 1)).astype(np.int64),
        use_buyer=np.ascontiguousarray(pairs[:, 1]),
    )


def activity_of(
    economy: Economy, surviving: Floats, *, backups: Backups | None = None, threads: int | None = None
) -> Floats:
    """Return the activity of every firm in every scenario, share of normal output; shape (scenarios, firms).

    Parameters
    ----------
    economy
        The economy.
    surviving
        Capacity left of each firm, 0..1; shape (scenarios, firms), see ``hazards.py``.
    backups
        Back-up links; None: none.
    threads
        Threads to use; None: one a core. The result is the same for any number.
    """
    surviving = np.ascontiguousarray(surviving, dtype=np.float64)
    activity = np.empty_like(surviving)

    alone = _without_sharing(economy.graph, surviving, activity, backups)
    shared = backups is not None and shares_capacity(backups.arrays)

    def work(first: int, last: int) -> None:
        alone(first, last)
        if backups is not None and shared:
            solve(economy.graph, backups.arrays, surviving, activity, first, last)

    count = max(1, min(threads or os.cpu_count() or 1, len(surviving)))
    bounds = np.linspace(0, len(surviving), 4 * count + 1).astype(int)
    with ThreadPoolExecutor(count) as pool:
        tasks = [pool.submit(work, int(a), int(b)) for a, b in pairwise(bounds)]
        for task in tasks:
            task.result()
    return activity


def _without_sharing(
    graph: Sourcing, surviving: Floats, activity: Floats, backups: Backups | None
) -> Callable[[int, int], None]:
    """Return a function that sets the activity in some scenarios, as if each back-up had its pool for itself."""
    most = np.zeros(0)
    if backups is not None:
        graph, most = backed_up(graph, backups.arrays)

    def work(first: int, last: int) -> None:
        n, x = surviving.shape[1], np.empty(surviving.shape[1] + len(most))
        room = Room(len(x))
        for s in range(first, last):
            at_rest(graph, np.r_[surviving[s], most], x, room)
            activity[s] = x[:n]

    return work


def delivered_of(economy: Economy, surviving: Floats, activity: Floats, backups: Backups) -> Floats:
    """Return what each back-up link delivers, currency per flow period; shape (scenarios, links)."""
    given = np.zeros((len(surviving), len(backups)))
    deliveries(economy.graph, backups.arrays, surviving, activity, given)
    placed = np.empty_like(given)
    placed[:, backups.order] = given
    return placed


def losses_of(economy: Economy, activity: Floats, *, of: Mask | None = None) -> Floats:
    """Return the output lost in each scenario, currency per flow period; ``of``: only that of some firms."""
    value = economy.value if of is None else np.where(of, economy.value, 0.0)
    return np.asarray((1.0 - activity) @ value)


def expected(losses: Floats, probability: Floats) -> float:
    """Return the mean of losses, weighed by probability."""
    return float(losses @ probability)

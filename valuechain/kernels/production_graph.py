"""The network, the rules and the state of the inventory model as its compiled steps read them."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numba as nb
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

inner = cast("Any", nb.njit)(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles what only compiled code calls."""

PAST, FULL, NO_RETURN = 0, 1, 2
"""What stocks are ordered up to: see the field ``orders`` of :class:`Rules`."""


class ProductionGraph(NamedTuple):
    """A network of n firms; amounts are currency per day in the undisturbed economy, all of them positive.

    A slot is a buyer's need for one product. Slots of firm i are ``slot_start[i]:slot_start[i + 1]`` with
    ``slot_amount`` and ``slot_class`` (0 negligible, 1 non-essential, 2 essential); links of slot s are
    ``link_start[s]:link_start[s + 1]`` with ``supplier`` and ``amount``. Sales of firm i are
    ``sale_start[i]:sale_start[i + 1]``: positions of links in ``sale_link``, their amounts in ``sale_amount``.
    ``base`` (production), ``final`` (final demand) and ``bought`` (all purchases) have shape (firms,) in currency per
    day; ``target_days`` is the stock aimed at of what comes over each link, in days of use; shape (links,).
    """

    slot_start: Ints
    slot_amount: Floats
    slot_class: npt.NDArray[np.int8]
    link_start: Ints
    supplier: Small
    amount: Floats
    sale_start: Ints
    sale_link: Small
    sale_amount: Floats
    base: Floats
    final: Floats
    bought: Floats
    target_days: Floats


class Rules(NamedTuple):
    """Who is served first when goods are short, and what is ordered.

    ``final_last``: clients before final demand. ``smallest_first``: the relatively smallest orders before larger ones,
    else all in proportion. ``orders``: PAST follows yesterday's production, also the target of stocks; FULL keeps
    the whole target; NO_RETURN is PAST where surplus stock does not lower orders. ``tau`` is the days over which a gap
    in stocks is closed.
    """

    final_last: bool
    smallest_first: bool
    orders: int
    tau: float


class State(NamedTuple):
    """What a day leaves for the next: ``stock`` (currency) and ``order`` (currency per day) by link.

    ``production``, by firm, is what was made on the day.
    ``level`` by firm says how goods are shared: the part of each order that is met (in proportion), or the multiple of
    the usual amount up to which orders are met (smallest first). ``demand`` is orders of clients, without final
    demand; ``limit`` the part of usual production that stocks allow; ``held`` the stock of inputs; ``final_out`` what
    final demand gets; ``rate`` production of the day before over usual production; all of shape (firms,). ``left`` by
    slot is the stock, in the midst of a step the part of it that is left after use. ``room`` is working memory, shape
    (2, most clients of a firm).
    """

    stock: Floats
    order: Floats
    production: Floats
    level: Floats
    demand: Floats
    limit: Floats
    held: Floats
    final_out: Floats
    rate: Floats
    left: Floats
    room: Floats


class Given(NamedTuple):
    """What a day is like: ``capacity``, ``final`` in currency per day, shape (firms,).

    ``link_kept``, shape (links,), is the part of the usual amount that a link can still carry, ``input_kept``, shape
    (slots,), the part of the usual use of an input that can still be used; 1: no limit; empty: none is limited.
    """

    capacity: Floats
    final: Floats
    link_kept: Floats
    input_kept: Floats


def make_graph(
    *,
    slot_buyer: Ints,
    slot_class: npt.NDArray[np.int8],
    link_slot: Ints,
    supplier: Ints,
    amount: Floats,
    final: Floats,
    base: Floats,
    target_days: Floats,
) -> ProductionGraph:
    """Return the network of the kernels from links that are ordered by slot, slots by buyer.

    Parameters
    ----------
    slot_buyer, slot_class
        Buyer and class of each slot; shape (slots,).
    link_slot, supplier, amount, target_days
        Slot, supplier, positive amount (currency per day) and target of the stock (days) of each link; shape (links,).
    final, base
        Final demand and production (currency per day); shape (firms,).
    """
    n_firms, n_slots = len(final), len(slot_buyer)
    by_supplier = np.argsort(supplier, kind="stable")
    slot_amount = np.asarray(np.bincount(link_slot, weights=amount, minlength=n_slots), dtype=np.float64)
    bought = np.asarray(np.bincount(slot_buyer, weights=slot_amount, minlength=n_firms), dtype=np.float64)
    return ProductionGraph(
        slot_start=starts(slot_buyer, n_firms),
        slot_amount=slot_amount,
        slot_class=np.ascontiguousarray(slot_class, dtype=np.int8),
        link_start=starts(link_slot, n_slots),
        supplier=supplier.astype(np.int32),
        amount=np.ascontiguousarray(amount),
        sale_start=starts(supplier, n_firms),
        sale_link=by_supplier.astype(np.int32),
        sale_amount=np.ascontiguousarray(amount[by_supplier]),
        base=np.ascontiguousarray(base),
        final=np.ascontiguousarray(final),
        bought=bought,
        target_days=np.ascontiguousarray(target_days),
    )


def starts(group: Ints, count: int) -> Ints:
    """Return where each group starts among items ordered by group, and at the end the number of items."""
    return np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count)[:count])]).astype(np.int64)


def new_state(graph: ProductionGraph, rules: Rules, initial_days: Floats) -> State:
    """Return the state before day 0: all produce as usual, orders are the usual amounts, stocks as given.

    Parameters
    ----------
    graph, rules
        The network and the rules.
    initial_days
        Stock of what comes over each link at the beginning, in days of use; shape (links,).
    """
    n_firms = len(graph.base)
    most = int(np.diff(graph.sale_start).max(initial=0)) + 1
    stock = initial_days * graph.amount
    return State(
        stock=stock,
        order=graph.amount.copy(),
        production=graph.base.copy(),
        level=np.full(n_firms, np.inf if rules.smallest_first else 1.0),
        demand=np.zeros(n_firms),
        limit=np.ones(n_firms),
        held=np.zeros(n_firms),
        final_out=graph.final.copy(),
        rate=np.ones(n_firms),
        left=np.add.reduceat(stock, graph.link_start[:-1]) if len(stock) else np.zeros(0),
        room=np.empty((2, most)),
    )

"""One day of the ARIO model (Hallegatte 2008, 2014; docs/methods/ario.md) on bare arrays.

The orders of n industries form an n x n matrix, but all of it that changes from day to day are two small factors:

    orders(i, f) = flow(i, f) weight(i) rate(s, f)              s the sector of supplier i

so the matrix is never stored and ``flow``, which never changes, is all that is read. Suppliers are grouped by sector:
the rows of a sector are read from memory once a day, for what arrives and for what can be ordered anew, and while
they are still in the cache once more for what each supplier is asked for. Links that a scenario closes for a while are
taken out of ``flow`` and stand in a list of their own (``kernels/ario_links.py``).
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numba as nb
import numpy as np
import numpy.typing as npt

from valuechain.kernels.ario_links import Links, offer_over_links, order_over_links, receive_over_links

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RTOL, ATOL = 1e-5, 1e-8
"""Published: stocks stay as they are on days when all arrivals and uses are this close to each other."""

ROUNDING = 1e-13
"""Stocks below this part of what was used on a day are empty."""

_vectors = cast("Any", nb.njit)(
    cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, fastmath={"reassoc", "contract"}
)
"""Sums may be taken in any order, so that they run in vectors; infinity and nan keep their meaning."""

_compiled = cast("Any", nb.njit)(cache=True, nogil=True)


class Table(NamedTuple):
    """A balanced table of n industries and m sectors; suppliers are sorted by sector, values are currency a day.

    ``flow`` (n, n): sales of supplier i to buyer f. ``first`` (m + 1,): rows of sector s are ``first[s]:first[s + 1]``.
    ``output`` (n,). ``input_share`` (m, n): input of sector s per unit of output of f. ``limiting_share`` (m, n): the
    same where a lack of the input stops production, else 0. ``stock_days`` (m, n): target, days. ``alarm_days`` (m, n):
    days of stock below which production falls. ``endless`` (m,): inputs that never run out.
    """

    flow: Floats
    first: Ints
    output: Floats
    input_share: Floats
    limiting_share: Floats
    stock_days: Floats
    alarm_days: Floats
    endless: Flags


class State(NamedTuple):
    """What a day leaves to the next, and what happened on it; currency a day unless said otherwise.

    ``stock`` (m, n): currency. ``rate`` (m, n) and ``weight`` (n,): the factors of the orders, fractions. ``ordered``
    (n,): orders to each supplier. ``alpha`` (n,): overproduction factor. ``production``, ``demand``, ``capacity``,
    (n,). ``served`` (n,): delivered part of each order, fraction. ``binding`` (n,): the sector whose stock holds
    production down, -1 for none. ``bought`` (n,): orders of each buyer. ``arrived`` and ``offered``: room to work,
    (m, n) in reference mode, else (1, n).
    """

    stock: Floats
    rate: Floats
    weight: Floats
    ordered: Floats
    alpha: Floats
    production: Floats
    demand: Floats
    capacity: Floats
    served: Floats
    binding: Ints
    bought: Floats
    arrived: Floats
    offered: Floats


class Settings(NamedTuple):
    """Numbers of the model: factors, days, and the lack of production (fraction) that counts as none.

    ``by_capacity``: orders lean to suppliers by what they can make. ``reference``: quirks of the published program.
    """

    alpha_base: float
    alpha_max: float
    tau_alpha: float
    restoration: float
    scarcity_tolerance: float
    by_capacity: bool
    reference: bool


class Today(NamedTuple):
    """What a day brings from outside. Shape (n,), or (0,) where no use of an input is held down.

    ``lost``: part of the capacity that is lost, fraction. ``other_demand``: all demand but the orders of industries,
    currency a day. ``most``: the most that can be made of the inputs that may be used, currency a day, and
    ``most_input`` the sector of the input that decides.
    """

    lost: Floats
    other_demand: Floats
    most: Floats
    most_input: Ints


def new_state(table: Table, settings: Settings) -> State:
    """Return the state before the first day: stocks on target, everybody orders and makes what the table says."""
    n, m = table.output.shape[0], table.first.shape[0] - 1
    rows = m if settings.reference else 1
    stock = table.output * table.input_share * table.stock_days
    stock[table.endless] = np.inf
    return State(
        stock=stock,
        rate=np.ones((m, n)),
        weight=np.ones(n),
        ordered=table.flow.sum(axis=1),
        alpha=np.full(n, settings.alpha_base),
        production=table.output.copy(),
        demand=np.zeros(n),
        capacity=np.zeros(n),
        served=np.zeros(n),
        binding=np.full(n, -1),
        bought=(table.input_share * table.output).sum(axis=0),
        arrived=np.zeros((rows, n)),
        offered=np.zeros((rows, n)),
    )


@_compiled
def produce(table: Table, state: State, settings: Settings, today: Today, adapts: bool) -> None:
    """Set demand, overproduction, capacity, production and the part of each order that is delivered.

        sc = (D - x') / D                                       x' the production of the day before
        alpha += (alpha_max - alpha) sc / tau  if sc > 0, else (alpha_base - alpha) / tau
        cap = X0 (1 - lost) alpha;    x = min(D, cap) min over s of min(1, S(s, f) / (min(D, cap) A(s, f) alarm days))
        x = min(x, most)

    ``adapts`` tells whether overproduction moves today.
    """
    n, m = table.output.shape[0], table.first.shape[0] - 1
    for f in range(n):
        demand = state.ordered[f] + today.other_demand[f]
        if adapts:
            state.alpha[f] = _overproduction(state.alpha[f], demand, state.production[f], settings)
        state.demand[f] = demand
        state.capacity[f] = table.output[f] * (1.0 - today.lost[f]) * state.alpha[f]
        state.production[f] = min(demand, state.capacity[f])
        state.served[f] = 1.0
        state.binding[f] = -1
    for s in range(m):
        if table.endless[s]:
            continue
        for f in range(n):
            need = state.production[f] * table.limiting_share[s, f] * table.alarm_days[s, f]
            if state.stock[s, f] < state.served[f] * need:
                state.served[f] = state.stock[s, f] / need
                state.binding[f] = s
    for f in range(n):
        state.production[f] *= state.served[f]
        if today.most.shape[0] and today.most[f] < state.production[f]:
            state.production[f] = today.most[f]
            state.binding[f] = today.most_input[f]
        state.served[f] = state.production[f] / state.demand[f] if state.demand[f] > 0.0 else 0.0


@_compiled
def _overproduction(alpha: float, demand: float, before: float, settings: Settings) -> float:
    scarcity = (demand - before) / demand if demand > 0.0 else 0.0
    if settings.reference:
        back = 1.0 - alpha if scarcity == 0.0 else 0.0
        return max(alpha + ((settings.alpha_max - alpha) * scarcity + back) / settings.tau_alpha, 1.0)
    if scarcity > settings.scarcity_tolerance:
        return alpha + (settings.alpha_max - alpha) * scarcity / settings.tau_alpha
    return alpha + (settings.alpha_base - alpha) / settings.tau_alpha


@_compiled
def deliver_and_order(
    table: Table, state: State, settings: Settings, planned: Floats, links: Links
) -> tuple[float, float]:
    """Deliver today's production, renew stocks and place the orders for tomorrow.

        arrived(s, f) = rate(s, f) sum over i in s of flow(i, f) weight(i) served(i)
        S += arrived - x A;    needed = max(planned A n - S, 0) / restoration + x A
        rate(s, f) = needed / sum over i in s of flow(i, f) weight(i)     with tomorrow's weights cap / X0
        rate(s, f) = needed / (X0 A)                                      where shares are fixed: weights are 1

    An input too small to limit production is used as far as it is there.

    Parameters
    ----------
    planned
        What each industry means to make when it orders, currency a day; shape (n,).
    links
        Links that are not part of ``table.flow``. Not in reference mode.

    Returns
    -------
    tuple
        What arrived and what was used of inputs that can run out, currency a day. Zeros in reference mode.
    """
    n, m = table.output.shape[0], table.first.shape[0] - 1
    send = np.empty(n)
    for i in range(n):
        send[i] = state.weight[i] * state.served[i]
        state.bought[i] = 0.0
        if settings.by_capacity:
            state.weight[i] = state.capacity[i] / table.output[i] if table.output[i] > 0.0 else 0.0
    if settings.reference:
        _deliver_as_published(table, state, settings, planned, send)
        return 0.0, 0.0
    received, used = 0.0, 0.0
    arrived, offered, needed = state.arrived[0], state.offered[0], np.empty(n)
    for s in range(m):
        _sums_of_sector(table, s, send, state.weight, arrived, offered)
        for f in range(n):
            arrived[f] *= state.rate[s, f]
        apart = links.first[s] < links.first[s + 1]
        if apart:
            receive_over_links(links, s, state.served, arrived)
        taken = _renew(table, state, s, arrived)
        if not table.endless[s]:
            received += arrived.sum()
            used += taken
        _need(table, state, settings, s, planned, needed)
        if apart:
            shocked = np.zeros(n)
            offer_over_links(links, s, state.weight, offered, shocked)
            base = offered + shocked if settings.by_capacity else table.output * table.input_share[s]
            order_over_links(links, s, state.weight, needed, base, settings.by_capacity, offered, state.rate[s])
        else:
            _set_rates(table, state, settings, s, needed, offered)
        _place(table, state, s)
        for k in range(links.first[s], links.first[s + 1]):
            state.ordered[links.supplier[k]] += links.order[k]
    return received, used


@_compiled
def _deliver_as_published(table: Table, state: State, settings: Settings, planned: Floats, send: Floats) -> None:
    n, m = table.output.shape[0], table.first.shape[0] - 1
    for s in range(m):
        _sums_of_sector(table, s, send, state.weight, state.arrived[s], state.offered[s])
        for f in range(n):
            state.arrived[s, f] *= state.rate[s, f]
    at_rest = _at_rest(table, state)
    needed = np.empty(n)
    for s in range(m):
        if not at_rest:
            for f in range(n):
                state.stock[s, f] += state.arrived[s, f] - state.production[f] * table.input_share[s, f]
        _need(table, state, settings, s, planned, needed)
        _set_rates(table, state, settings, s, needed, state.offered[s])
        for f in range(n):
            state.bought[f] += state.rate[s, f] * state.offered[s, f]
        _place(table, state, s)


@_vectors
def _sums_of_sector(table: Table, s: int, first: Floats, second: Floats, out_first: Floats, out_second: Floats) -> None:
    """Set, for each buyer, two weighted sums of its purchases from the suppliers of a sector."""
    n = table.output.shape[0]
    for f in range(n):
        out_first[f] = 0.0
        out_second[f] = 0.0
    for i in range(table.first[s], table.first[s + 1]):
        a, b = first[i], second[i]
        for f in range(n):
            flow = table.flow[i, f]
            out_first[f] += a * flow
            out_second[f] += b * flow


@_compiled
def _at_rest(table: Table, state: State) -> bool:
    """Tell whether everything that arrives is close to everything that is used (published test, absolute part kept)."""
    for s in range(table.first.shape[0] - 1):
        for f in range(table.output.shape[0]):
            used = state.production[f] * table.input_share[s, f]
            if not abs(state.arrived[s, f] - used) <= ATOL + RTOL * abs(used):
                return False
    return True


@_vectors
def _renew(table: Table, state: State, s: int, arrived: Floats) -> float:
    """Renew the stocks of input s; return what was used of it."""
    used = 0.0
    for f in range(table.output.shape[0]):
        there = state.stock[s, f] + arrived[f]
        taken = state.production[f] * table.input_share[s, f]
        if table.limiting_share[s, f] == 0.0:
            taken = min(taken, there)
        used += taken
        left = there - taken
        # What is left of all but nothing is rounding: production would go on with it, one way or another by the unit.
        state.stock[s, f] = left if left > ROUNDING * taken else 0.0
    return used


@_vectors
def _need(table: Table, state: State, settings: Settings, s: int, planned: Floats, needed: Floats) -> None:
    """Set what each buyer orders of input s: what it used, and part of the gap in its stock."""
    for f in range(table.output.shape[0]):
        share = table.input_share[s, f]
        needed[f] = state.production[f] * share
        if not table.endless[s]:
            gap = planned[f] * share * table.stock_days[s, f] - state.stock[s, f]
            needed[f] += max(gap, 0.0) / settings.restoration


@_vectors
def _set_rates(table: Table, state: State, settings: Settings, s: int, needed: Floats, offered: Floats) -> None:
    """Set the rates at which each buyer orders input s."""
    for f in range(table.output.shape[0]):
        base = offered[f] if settings.by_capacity else table.output[f] * table.input_share[s, f]
        state.rate[s, f] = needed[f] / base if base > 0.0 else 0.0


@_vectors
def _place(table: Table, state: State, s: int) -> None:
    """Set what the suppliers of sector s are asked for."""
    for i in range(table.first[s], table.first[s + 1]):
        total = 0.0
        for f in range(table.output.shape[0]):
            total += table.flow[i, f] * state.rate[s, f]
        state.ordered[i] = state.weight[i] * total

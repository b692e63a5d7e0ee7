"""One day of the inventory model, sound: what is made is delivered, stocks are never negative, units do not matter.

The equations are those of Inoue and Todo (2019) with the same rules of priority; what differs from the published
program is listed in ``docs/methods/inventory.md``. A supplier's rationing is summed up by one number, its level, so
that goods are shared out where the buyer takes them in: only suppliers that are short look at their clients at all.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.production_graph import FULL, NO_RETURN, Floats, Given, ProductionGraph, Rules, State, inner
from valuechain.kernels.production_level import water_level

__all__ = ["step"]


@nb.njit(cache=True, nogil=True)
def step(graph: ProductionGraph, rules: Rules, state: State, given: Given) -> tuple[float, float]:
    """Let one day pass; change ``state``.

    Parameters
    ----------
    graph, rules
        Network and rules, see :class:`ProductionGraph` and :class:`Rules`.
    state
        State after the day before; becomes that of the day.
    given
        Capacities, final demand and limits of the day.

    Returns
    -------
    tuple
        Goods that buyers took in and goods that they used up, in currency; what a check of mass needs.

    Notes
    -----
    Taking in and using: ``S(e) <- S(e) (1 - min(1, u A(s) / S(s))) + received(e)`` with u = production of the day
    before over usual production, s the slot of link e. Orders: ``O(e) = max(0, A(e) u + gap(e) / tau)``.
    Production: ``min(capacity, usual x least cover of an essential slot, orders + final demand)``.

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841, Methods; Hallegatte (2008), Risk Analysis 28:779.
    """
    state.demand[:] = 0.0
    received, used = 0.0, 0.0
    for i in range(graph.base.shape[0]):
        got, gone = _renew(graph, rules, state, given, i)
        received += got
        used += gone
    for i in range(graph.base.shape[0]):
        demand = state.demand[i] + given.final[i]
        made = min(given.capacity[i], graph.base[i] * state.limit[i], demand)
        state.production[i] = made
        if made >= demand:
            state.level[i] = np.inf if rules.smallest_first else 1.0
            state.final_out[i] = given.final[i]
        else:
            _ration(graph, rules, state, given, i)
    return received, used


@inner
def _renew(graph: ProductionGraph, rules: Rules, state: State, given: Given, i: int) -> tuple[float, float]:
    """Take in, use up and order the inputs of a firm; return what was taken in and used up."""
    rate = state.production[i] / graph.base[i] if graph.base[i] > 0.0 else 1.0
    full = rules.orders == FULL
    limit, lacking, held, received, used = np.inf, 0.0, 0.0, 0.0, 0.0
    for s in range(graph.slot_start[i], graph.slot_start[i + 1]):
        first, last = graph.link_start[s], graph.link_start[s + 1]
        before, after = 0.0, 0.0
        for e in range(first, last):
            before += state.stock[e]
        need = rate * graph.slot_amount[s]
        part = 1.0 if need >= before else need / before
        used += part * before
        for e in range(first, last):
            amount, supplier = graph.amount[e], graph.supplier[e]
            if rules.smallest_first:
                got = min(state.order[e], state.level[supplier] * amount)
            else:
                got = state.order[e] * state.level[supplier]
            received += got
            stock = state.stock[e] * (1.0 - part) + got
            state.stock[e] = stock
            after += stock
            usual = amount * rate
            gap = graph.target_days[i] * (amount if full else usual) - stock
            if rules.orders == NO_RETURN and gap < 0.0:
                gap = 0.0
            order = max(0.0, usual + gap / rules.tau)
            if given.link_kept.shape[0] > 0 and given.link_kept[e] < 1.0:
                order = min(order, given.link_kept[e] * amount)
            state.order[e] = order
            state.demand[supplier] += order
        held += after
        cover = after / graph.slot_amount[s]
        if given.input_kept.shape[0] > 0 and given.input_kept[s] < 1.0:
            cover = min(cover, given.input_kept[s])
        if graph.slot_class[s] == 2:
            limit = min(limit, cover)
        elif graph.slot_class[s] == 1 and cover < 1.0:
            lacking += (1.0 - cover) * graph.slot_amount[s]
    state.held[i] = held
    state.limit[i] = min(limit, max(0.0, 1.0 - lacking / graph.bought[i])) if lacking > 0.0 else limit
    return received, used


@inner
def _ration(graph: ProductionGraph, rules: Rules, state: State, given: Given, i: int) -> None:
    """Share out what a firm that is short has made: set its level and what final demand gets."""
    made, orders, final = state.production[i], state.demand[i], given.final[i]
    if rules.final_last and made >= orders:
        state.level[i] = np.inf if rules.smallest_first else 1.0
        state.final_out[i] = made - orders
    elif rules.smallest_first:
        usual = 0.0 if rules.final_last else graph.final[i]
        room = _clients(graph, state, i)
        state.level[i] = water_level(room[0], room[1], usual, final, made)
        state.final_out[i] = min(final, state.level[i] * usual) if usual > 0.0 else 0.0
    elif rules.final_last:
        state.level[i] = made / orders
        state.final_out[i] = 0.0
    else:
        state.level[i] = made / (orders + final)
        state.final_out[i] = final * state.level[i]


@inner
def _clients(graph: ProductionGraph, state: State, i: int) -> Floats:
    """Return usual amounts and orders of the clients of a firm, one after the other; shape (2, clients)."""
    first, last = graph.sale_start[i], graph.sale_start[i + 1]
    room = state.room[:, : last - first]
    for k in range(first, last):
        room[0, k - first] = graph.sale_amount[k]
        room[1, k - first] = state.order[graph.sale_link[k]]
    return room

"""One day of the inventory model, sound: what is made is delivered, stocks are never negative, units do not matter.

The equations are those of Inoue and Todo (2019) with the same rules of priority; what differs from the published
program is listed in ``docs/methods/inventory.md``. A supplier's rationing is summed up by one number, its level, so
that goods are shared out where the buyer takes them in: only suppliers that are short look at their clients at all.
Links of more than a day and buyers that switch have a step of their own, in ``production_far``: what this one does in
every network it does without a look at them.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.production_graph import FULL, NO_RETURN, Given, ProductionGraph, Rules, State, inner
from valuechain.kernels.production_level import water_level

__all__ = ["SAME", "fill_smallest", "find_cover", "produce", "step", "use_stocks"]

SAME = 1e-12
"""Orders and production this close to usual, as a share, are taken as usual. With orders that follow past production
the undisturbed state is unstable: a rounding error would grow some threefold a day until the economy stood still."""


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
    used = use_stocks(graph, state)
    received = _take_in(graph, rules, state, given)
    find_cover(graph, state, given)
    produce(graph, rules, state, given)
    if rules.smallest_first:
        fill_smallest(graph, rules, state, given)
    return received, used


# Arrays are taken out of their tuples before a loop: within it, numba would count each use of them.


@inner
def use_stocks(graph: ProductionGraph, state: State) -> float:
    """Find the part of the stocks of each slot that is left after use; return what is used.

    ``left`` is at first what the day before left there, the stock of each slot.
    """
    slot_start, slot_amount, base = graph.slot_start, graph.slot_amount, graph.base
    production, rate, left = state.production, state.rate, state.left
    used = 0.0
    for i in range(base.shape[0]):
        at = production[i] / base[i] if base[i] > 0.0 else 1.0
        rate[i] = at
        for s in range(slot_start[i], slot_start[i + 1]):
            need, held = at * slot_amount[s], left[s]
            part = 1.0 if need >= held else need / held
            used += part * held
            left[s] = 1.0 - part
    return used


@inner
def _take_in(graph: ProductionGraph, rules: Rules, state: State, given: Given) -> float:
    """Take in goods and order new ones; return what is taken in. ``left`` becomes the stock of each slot."""
    slot_start, link_start = graph.slot_start, graph.link_start
    supplier, amount, target_days = graph.supplier, graph.amount, graph.target_days
    stock, order, level, demand, left = state.stock, state.order, state.level, state.demand, state.left
    link_kept, rate = given.link_kept, state.rate
    full, no_return, by_level = rules.orders == FULL, rules.orders == NO_RETURN, rules.smallest_first
    limited, per_tau, received = link_kept.shape[0] > 0, 1.0 / rules.tau, 0.0
    demand[:] = 0.0
    for i in range(rate.shape[0]):
        at = rate[i]
        follows = 1.0 if full else at
        for s in range(slot_start[i], slot_start[i + 1]):
            stays, held = left[s], 0.0
            for e in range(link_start[s], link_start[s + 1]):
                usual, seller = amount[e], supplier[e]
                got = min(order[e], level[seller] * usual) if by_level else order[e] * level[seller]
                has = stock[e] * stays + got
                # The order is a(e) amount - stock / tau, cut off where no stock may be sent back.
                aim = at + target_days[e] * follows * per_tau
                wish = max(0.0, aim * usual - has * per_tau)
                if no_return:
                    wish = max(wish, at * usual)
                if limited and link_kept[e] < 1.0:
                    wish = min(wish, link_kept[e] * usual)
                if abs(wish - usual) <= SAME * usual:
                    wish = usual
                stock[e], order[e] = has, wish
                demand[seller] += wish
                received += got
                held += has
            left[s] = held
    return received


@inner
def find_cover(graph: ProductionGraph, state: State, given: Given) -> None:
    """Find how much of its usual production the stocks of each firm allow."""
    slot_start, slot_amount, slot_class = graph.slot_start, graph.slot_amount, graph.slot_class
    stock, held, limit, input_kept = state.left, state.held, state.limit, given.input_kept
    limited = input_kept.shape[0] > 0
    for i in range(held.shape[0]):
        total, least, lacking = 0.0, np.inf, 0.0
        for s in range(slot_start[i], slot_start[i + 1]):
            total += stock[s]
            cover = stock[s] / slot_amount[s]
            if limited and input_kept[s] < 1.0:
                cover = min(cover, input_kept[s])
            if slot_class[s] == 2:
                least = min(least, cover)
            elif slot_class[s] == 1 and cover < 1.0:
                lacking += (1.0 - cover) * slot_amount[s]
        held[i] = total
        limit[i] = min(least, max(0.0, 1.0 - lacking / graph.bought[i])) if lacking > 0.0 else least


@inner
def produce(graph: ProductionGraph, rules: Rules, state: State, given: Given) -> None:
    """Produce, and share out in proportion what firms that are short have made."""
    base, capacity, final, limit = graph.base, given.capacity, given.final, state.limit
    production, demand, level, final_out = state.production, state.demand, state.level, state.final_out
    final_last, enough = rules.final_last, np.inf if rules.smallest_first else 1.0
    for i in range(base.shape[0]):
        orders = demand[i]
        made = min(capacity[i], base[i] * limit[i], orders + final[i])
        if abs(made - base[i]) <= SAME * base[i]:
            made = base[i]
        production[i], level[i] = made, enough
        if made >= orders + final[i]:
            final_out[i] = final[i]
        elif final_last and made >= orders:
            final_out[i] = made - orders
        elif final_last:
            level[i], final_out[i] = made / orders, 0.0
        else:
            level[i] = made / (orders + final[i])
            final_out[i] = final[i] * level[i]


@inner
def fill_smallest(graph: ProductionGraph, rules: Rules, state: State, given: Given) -> None:
    """Share out what firms that are short have made, the relatively smallest orders first."""
    sale_start, sale_link, sale_amount = graph.sale_start, graph.sale_link, graph.sale_amount
    production, level, final_out = state.production, state.level, state.final_out
    order, final, usual_final = state.order, given.final, graph.final
    amounts, orders = state.room[0], state.room[1]
    for i in range(production.shape[0]):
        if level[i] == np.inf:
            continue
        usual = 0.0 if rules.final_last else usual_final[i]
        first, clients = sale_start[i], sale_start[i + 1] - sale_start[i]
        for k in range(clients):
            amounts[k], orders[k] = sale_amount[first + k], order[sale_link[first + k]]
        level[i] = water_level(amounts, orders, clients, usual, final[i], production[i])
        final_out[i] = min(final[i], level[i] * usual) if usual > 0.0 else 0.0

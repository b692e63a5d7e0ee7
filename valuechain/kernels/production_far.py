"""One day of the inventory model where links take more than a day, or buyers switch from suppliers that fail.

The rules are those of ``production``; what is more is said in ``docs/methods/inventory.md``. Without leads above a day
and without switching it gives the same bits.
"""

from __future__ import annotations

import numba as nb

from valuechain.kernels.production import SAME, fill_smallest, find_cover, produce, use_stocks
from valuechain.kernels.production_graph import FULL, NO_RETURN, Given, ProductionGraph, Rules, State, inner
from valuechain.kernels.production_switch import Switch, arrive_lent, count_short, order_elsewhere
from valuechain.kernels.production_transit import Transit, turn

__all__ = ["far_step"]


@nb.njit(cache=True, nogil=True)
def far_step(
    graph: ProductionGraph, rules: Rules, state: State, given: Given, transit: Transit, switch: Switch
) -> tuple[float, float, float]:
    """Let one day pass; change ``state``, ``transit`` and ``switch``.

    Parameters
    ----------
    graph, rules, state, given
        As for :func:`valuechain.kernels.production.step`.
    transit
        Goods on links that take more than a day.
    switch
        What buyers know of their suppliers.

    Returns
    -------
    tuple
        Goods that suppliers sent the day before, goods that buyers took in and goods that they used up, in currency.

    Notes
    -----
    With k(e) the days of link e beyond the first and T(e) the goods in transit, orders close the gap of the inventory
    position: ``O(e) = max(0, A(e) u + ((n + k(e)) A(e) u - S(e) - T(e)) / tau)``.

    References
    ----------
    Sterman (1989), Management Science 35:321; Chen, Drezner, Ryan, Simchi-Levi (2000), Management Science 46:436.
    """
    used = use_stocks(graph, state)
    turn(transit)
    sent, received = _arrive(graph, rules, state, transit, switch)
    _order(graph, rules, state, given, transit, switch)
    find_cover(graph, state, given)
    if switch.after > 0:
        order_elsewhere(graph, state, given, switch, transit.days)
    produce(graph, rules, state, given)
    if rules.smallest_first:
        fill_smallest(graph, rules, state, given)
    return sent, received, used


@inner
def _arrive(
    graph: ProductionGraph, rules: Rules, state: State, transit: Transit, switch: Switch
) -> tuple[float, float]:
    """Send off what was made, take in what arrives; return both. Count the days of short deliveries."""
    link_start, supplier, amount = graph.link_start, graph.supplier, graph.amount
    stock, order, level, left = state.stock, state.order, state.level, state.left
    days, place, row, goods, away = transit.days, transit.place, transit.row, transit.goods, transit.away
    lent, short, wanted, extra, own = transit.lent, switch.short, switch.wanted, switch.extra, switch.own
    by_level, travels, switches = rules.smallest_first, days.shape[0] > 0, switch.after > 0
    sent, received = 0.0, 0.0
    for s in range(left.shape[0]):
        first, last, stays, came = link_start[s], link_start[s + 1], left[s], 0.0
        chosen = switches and last - first > 1
        for e in range(first, last):
            usual, seller = amount[e], supplier[e]
            got = min(order[e], level[seller] * usual) if by_level else order[e] * level[seller]
            more = 0.0
            sent += got
            if chosen:
                more = min(extra[e], got)
                got -= more
                own[e] = got
                count_short(short, wanted, usual, e, got)
            if travels and days[e] > 0:
                at = row[days[e]] + place[e]
                goods[at], got, away[e] = got, goods[at], max(0.0, away[e] + got - goods[at])
                if chosen:
                    lent[at], more = more, lent[at]
            stock[e] = stock[e] * stays + got
            received += got
            came += more
        if came > 0.0:
            arrive_lent(graph, state, switch, s, came)
            received += came
    return sent, received


@inner
def _order(graph: ProductionGraph, rules: Rules, state: State, given: Given, transit: Transit, switch: Switch) -> None:
    """Order by the inventory position; find what failing suppliers lack. ``left`` becomes the stock of each slot."""
    slot_start, link_start = graph.slot_start, graph.link_start
    supplier, amount, target_days = graph.supplier, graph.amount, graph.target_days
    stock, order, demand, left, rate = state.stock, state.order, state.demand, state.left, state.rate
    link_kept, days, away = given.link_kept, transit.days, transit.away
    full, no_return, per_tau = rules.orders == FULL, rules.orders == NO_RETURN, 1.0 / rules.tau
    limited, travels, switches = link_kept.shape[0] > 0, days.shape[0] > 0, switch.after > 0
    after, short, wanted, own, extra = switch.after, switch.short, switch.wanted, switch.own, switch.extra
    owed, instead, lacks, lent_days = switch.owed, switch.instead, switch.lack, switch.lent_days
    demand[:] = 0.0
    for i in range(rate.shape[0]):
        at = rate[i]
        follows = 1.0 if full else at
        for s in range(slot_start[i], slot_start[i + 1]):
            first, last, held, lack = link_start[s], link_start[s + 1], 0.0, 0.0
            chosen = switches and last - first > 1
            for e in range(first, last):
                usual, position, cycle = amount[e], stock[e], target_days[e]
                held += position
                if travels:
                    position += away[e]
                    cycle += days[e]
                if chosen:
                    position += owed[e]
                    if travels and short[e] >= after:
                        cycle += _more_days(float(days[e]), own[e], instead[e], lent_days[s])
                wish = max(0.0, (at + cycle * follows * per_tau) * usual - position * per_tau)
                if no_return:
                    wish = max(wish, at * usual)
                placed = min(wish, link_kept[e] * usual) if limited and link_kept[e] < 1.0 else wish
                if abs(placed - usual) <= SAME * usual:
                    placed = usual
                order[e] = placed
                demand[supplier[e]] += placed
                if chosen:
                    wanted[e], extra[e], instead[e] = max(wish, placed), 0.0, 0.0
                    own[e] = wanted[e] - min(placed, own[e]) if short[e] >= after else 0.0
                    lack += own[e]
            left[s] = held
            if chosen:
                lacks[s] = lack


@inner
def _more_days(days: float, own: float, instead: float, lent_days: float) -> float:
    """Return how much longer what a link is to bring is in transit because others bring a part of it."""
    return max(0.0, (own * days + instead * lent_days) / (own + instead) - days) if instead > 0.0 else 0.0

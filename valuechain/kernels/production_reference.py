"""One day of the inventory model exactly as the published program has it, quirks included.

Kept for comparison with published numbers only. The quirks: stocks and orders of at most 1e-20 count as none, whatever
the currency; of a supplier's goods that are shared out smallest orders first, a client without an order gets some in
the first round, and the share of final demand is set aside even after it is satisfied, so that up to 0.35 % of
production is delivered to nobody; each round looks at all clients, so the time grows with their square.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.production_graph import FULL, NO_RETURN, Floats, Given, ProductionGraph, Rules, State, inner

__all__ = ["reference_step"]

NOTHING = 1e-20
"""Published absolute threshold below which a stock or an order counts as none."""

TIE = 1e-12
"""Needs this close to what is left count as equal to it: whether they are must not hang on the order of a sum."""


@nb.njit(cache=True, nogil=True)
def reference_step(graph: ProductionGraph, rules: Rules, state: State, given: Given, sent: Floats) -> None:
    """Let one day pass as published; change ``state`` and ``sent``.

    Parameters
    ----------
    graph, rules, state, given
        As for :func:`valuechain.kernels.production.step`. Every slot counts as essential; limits of links and inputs
        are not looked at, since the published program has none.
    sent
        Goods on their way, currency per day; before day 0 the usual amounts; shape (links,).

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841, Methods.
    """
    state.demand[:] = 0.0
    for i in range(graph.base.shape[0]):
        _renew(graph, rules, state, sent, i)
    for i in range(graph.base.shape[0]):
        demand = state.demand[i] + given.final[i]
        state.production[i] = min(given.capacity[i], graph.base[i] * state.limit[i], demand)
        if rules.smallest_first:
            _smallest_first(graph, rules, state, sent, i)
        else:
            _in_proportion(graph, rules, state, given, sent, i)


@inner
def _renew(graph: ProductionGraph, rules: Rules, state: State, sent: Floats, i: int) -> None:
    """Take in, use up and order the inputs of a firm."""
    rate = state.production[i] / graph.base[i] if graph.base[i] > 0.0 else 0.0
    limit, held = np.inf, 0.0
    for s in range(graph.slot_start[i], graph.slot_start[i + 1]):
        first, last = graph.link_start[s], graph.link_start[s + 1]
        before, after = 0.0, 0.0
        for e in range(first, last):
            before += state.stock[e]
        part = 0.0 if before <= NOTHING else rate * graph.slot_amount[s] / before
        for e in range(first, last):
            amount = graph.amount[e]
            stock = (state.stock[e] + sent[e]) - state.stock[e] * part
            if stock <= NOTHING:
                stock = 0.0
            state.stock[e] = stock
            after += stock
            usual = amount * rate
            gap = graph.target_days[e] * (amount if rules.orders == FULL else usual) - stock
            if rules.orders == NO_RETURN:
                gap = max(gap, 0.0)
            order = amount if graph.base[i] == 0.0 else max(0.0, usual + gap / rules.tau)
            state.order[e] = order
            state.demand[graph.supplier[e]] += order
        held += after
        limit = min(limit, after / graph.slot_amount[s])
    state.held[i], state.limit[i] = held, limit


@inner
def _in_proportion(graph: ProductionGraph, rules: Rules, state: State, given: Given, sent: Floats, i: int) -> None:
    """Share out by orders, with final demand or after the clients."""
    made, orders, final = state.production[i], state.demand[i], given.final[i]
    if rules.final_last:
        part = 1.0 if made >= orders else made / orders
        state.final_out[i] = made - orders if made >= orders else 0.0
    else:
        part = made / (orders + final) if orders + final > 0.0 else 0.0
        state.final_out[i] = final * part
    for k in range(graph.sale_start[i], graph.sale_start[i + 1]):
        e = graph.sale_link[k]
        sent[e] = state.order[e] * part


@inner
def _smallest_first(graph: ProductionGraph, rules: Rules, state: State, sent: Floats, i: int) -> None:
    """Share out in rounds, each of which fills the relatively smallest order that is left."""
    first, last = graph.sale_start[i], graph.sale_start[i + 1]
    clients, final = last - first, 0.0 if rules.final_last else graph.final[i]
    ratio, filled = state.room[0, :clients], state.room[1, :clients]
    for k in range(clients):
        e = graph.sale_link[first + k]
        ratio[k], filled[k] = state.order[e] / graph.amount[e], 0.0
    left = state.production[i]
    if rules.final_last:
        left = min(left, state.demand[i])
        state.final_out[i] = state.production[i] - left
    final_filled = _rounds(graph.sale_amount[first:last], ratio, filled, final, left, rules.final_last)
    if not rules.final_last:
        state.final_out[i] = final_filled * final
    for k in range(clients):
        e = graph.sale_link[first + k]
        sent[e] = filled[k] * graph.amount[e]


@inner
def _rounds(amount: Floats, ratio: Floats, filled: Floats, final: float, left: float, final_last: bool) -> float:
    """Fill the clients round by round; return how far final demand is filled. A client that is out has ratio -1."""
    final_ratio, final_filled = 0.0 if final_last else 1.0, 0.0
    while True:
        least = np.inf
        need = 0.0
        for k in range(amount.shape[0]):
            if ratio[k] >= 0.0:
                need += amount[k]
                if NOTHING < ratio[k] < least:
                    least = ratio[k]
        if NOTHING < final_ratio < least:
            least = final_ratio
        if least == np.inf:
            return final_filled
        need = least * need + least * final
        if left > need * (1.0 + TIE):
            for k in range(amount.shape[0]):
                if ratio[k] >= 0.0:
                    filled[k] += least
                    ratio[k] -= least
                    if ratio[k] <= NOTHING:
                        ratio[k] = -1.0
            if final_ratio > 0.0:
                final_filled += least
                final_ratio -= least
            left -= need
        else:
            return _spread(amount, ratio, filled, final, left, final_ratio, final_filled)


@inner
def _spread(
    amount: Floats, ratio: Floats, filled: Floats, final: float, left: float, final_ratio: float, final_filled: float
) -> float:
    """Share what is left by usual amounts among those with an order left; return how far final demand is filled."""
    weight = final if final_ratio > 0.0 else 0.0
    for k in range(amount.shape[0]):
        if ratio[k] > 0.0:
            weight += amount[k]
    if weight <= 0.0:
        return final_filled
    for k in range(amount.shape[0]):
        if ratio[k] > 0.0:
            filled[k] += left / weight
    return final_filled + left / weight if final_ratio > 0.0 else final_filled

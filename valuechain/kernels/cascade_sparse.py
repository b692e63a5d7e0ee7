"""Sweeps over the firms that have lost something: cheap while a failure has not spread far.

The same Jacobi sweep as in ``cascade_dense``, written from the side of the firms that pass a loss on. Sums run in the
order in which firms were hit, so results differ from a sweep over all firms in the last digits only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuechain.kernels.cascade_graph import GUARD, NEARLY_GONE, Floats, Graph, Ints, Shocks, inner, pasted


class Front(NamedTuple):
    """State of one scenario and room to work; n firms. ``hit[0]`` and ``hit[1]`` list firms that lost supply, demand.

    ``h`` is what works and ``cap`` what the shock leaves, shape (2, n): row 0 supply, row 1 demand. ``n_hit`` says how
    many firms each list holds, ``is_hit`` (0 or 1) which, ``links[0]`` how many links the next sweep walks.
    ``group_loss`` and ``worst`` (what a group, a firm lacks) are 0 between sweeps; ``groups`` lists groups that lack
    something. ``market_mark`` holds the number of the sweep that last summed a market, ``clock[0]`` that number.
    """

    h: Floats
    cap: Floats
    hit: Ints
    n_hit: Ints
    is_hit: Ints
    links: Ints
    worst: Floats
    group_loss: Floats
    groups: Ints
    market_left: Floats
    market_mark: Ints
    clock: Ints


def new_front(graph: Graph) -> Front:
    """Return the state in which everything works. Not compiled, which would take a second to save nothing."""
    n, groups, markets = graph.sales.shape[0], graph.group_buyer.shape[0], max(graph.market_sales.shape[0], 1)
    # Lists have a place more than they can hold: a push writes each target behind the last and keeps it when it is new.
    return Front(
        h=np.ones((2, n)),
        cap=np.ones((2, n)),
        hit=np.zeros((2, n + 1), np.int64),
        n_hit=np.zeros(2, np.int64),
        is_hit=np.zeros((2, n), np.int64),
        links=np.zeros(1, np.int64),
        worst=np.zeros(n),
        group_loss=np.zeros(groups),
        groups=np.zeros(groups + 1, np.int64),
        market_left=np.zeros(markets),
        market_mark=np.zeros(markets, np.int64),
        clock=np.zeros(1, np.int64),
    )


@inner
def strike(graph: Graph, front: Front, shocks: Shocks, scenario: int) -> float:
    """Set the start of a scenario; return the sum of all losses."""
    total = 0.0
    for side in range(2):
        first = front.n_hit[side]
        for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
            firm = shocks.firm[k]
            lost = shocks.down[k] if side == 0 else shocks.up[k]
            front.cap[side, firm] = 1.0 - lost
            front.h[side, firm] = 1.0 - lost
            total += lost
            if lost > 0.0:
                front.is_hit[side, firm] = 1
                front.hit[side, front.n_hit[side]] = firm
                front.n_hit[side] += 1
        _count_links(graph, front, side, first)
    return total


@inner
def _count_links(graph: Graph, front: Front, side: int, first: int) -> None:
    """Add the links of the firms hit from the place ``first`` on to those the next sweep walks."""
    start = graph.push_start if side == 0 else graph.buy_start
    for k in range(first, front.n_hit[side]):
        firm = front.hit[side, k]
        front.links[0] += start[firm + 1] - start[firm]


@inner
def clear(front: Front, shocks: Shocks, scenario: int) -> None:
    """Make everything work again: only what the scenario touched is written."""
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        front.cap[0, shocks.firm[k]] = 1.0
        front.cap[1, shocks.firm[k]] = 1.0
    for side in range(2):
        for k in range(front.n_hit[side]):
            firm = front.hit[side, k]
            front.h[side, firm] = 1.0
            front.is_hit[side, firm] = 0
        front.n_hit[side] = 0
    front.links[0] = 0


@inner
def _sum_markets(graph: Graph, front: Front, now: int) -> None:
    """Set the sales left in each market that has lost any (1 where nothing is left, as published)."""
    h, left = front.h, front.market_left
    for k in range(front.n_hit[0]):
        market = graph.market[front.hit[0, k]]
        left[market] = graph.market_sales[market]
    for k in range(front.n_hit[0]):
        firm = front.hit[0, k]
        left[graph.market[firm]] -= graph.sales[firm] * (1.0 - h[0, firm])
    for k in range(front.n_hit[0]):
        market = graph.market[front.hit[0, k]]
        if front.market_mark[market] == now:
            continue
        front.market_mark[market] = now
        if left[market] <= max(NEARLY_GONE * graph.market_sales[market], 2.0 * GUARD):
            left[market] = 0.0
            for m in range(graph.market_start[market], graph.market_start[market + 1]):
                firm = graph.market_firm[m]
                left[market] += graph.sales[firm] * h[0, firm]
        if left[market] <= GUARD:
            left[market] = 1.0


@inner
def _push_supply(graph: Graph, front: Front) -> int:
    """Add up what each buyer lacks; list who is hit and return how many are."""
    has_markets = graph.market_sales.shape[0] > 0
    group_loss, groups, hit, is_hit, worst = front.group_loss, front.groups, front.hit, front.is_hit, front.worst
    n_groups, n_hit = 0, front.n_hit[0]
    for k in range(n_hit):
        firm = hit[0, k]
        lost = 1.0 - front.h[0, firm]
        if has_markets:
            lost *= min(1.0, graph.sales[firm] / front.market_left[graph.market[firm]])
        # No branch on what memory holds: a wrong guess would make the processor wait for it, link by link.
        for e in range(graph.push_start[firm], graph.push_start[firm + 1]):
            group = graph.push_group[e]
            before = group_loss[group]
            after = before + graph.push_share[e] * lost
            group_loss[group] = after
            groups[n_groups] = group
            n_groups += int(before == 0.0) & int(after > 0.0)
    for k in range(n_groups):
        group = groups[k]
        buyer = graph.group_buyer[group]
        worst[buyer] = max(worst[buyer], group_loss[group])
        group_loss[group] = 0.0
        hit[0, n_hit] = buyer
        n_hit += 1 - is_hit[0, buyer]
        is_hit[0, buyer] = 1
    return n_hit


@inner
def _push_demand(graph: Graph, front: Front) -> int:
    """Add up what each supplier no longer sells; list who is hit and return how many are."""
    hit, is_hit, worst = front.hit, front.is_hit, front.worst
    n_hit = front.n_hit[1]
    for k in range(front.n_hit[1]):
        buyer = hit[1, k]
        lost = 1.0 - front.h[1, buyer]
        for e in range(graph.buy_start[buyer], graph.buy_start[buyer + 1]):
            firm = graph.buy_supplier[e]
            worst[firm] += graph.buy_share[e] * lost
            hit[1, n_hit] = firm
            n_hit += 1 - is_hit[1, firm]
            is_hit[1, firm] = 1
    return n_hit


@inner
def _settle(graph: Graph, front: Front, side: int, n_hit: int) -> float:
    """Write what works after the pushes; return the largest loss of this sweep."""
    change = 0.0
    for k in range(n_hit):
        firm = front.hit[side, k]
        new = max(0.0, min(front.cap[side, firm], 1.0 - front.worst[firm]))
        change = max(change, front.h[side, firm] - new)
        front.h[side, firm] = new
        front.worst[firm] = 0.0
    first = front.n_hit[side]
    front.n_hit[side] = n_hit
    _count_links(graph, front, side, first)
    return change


@pasted
def sweep(graph: Graph, front: Front) -> float:
    """Do one sweep of both processes; return the largest loss of any firm in it."""
    if graph.market_sales.shape[0] > 0:
        front.clock[0] += 1
        _sum_markets(graph, front, front.clock[0])
    change = 0.0
    for side in range(2):  # a loop, as numba would compile _settle anew for each number written out
        n_hit = _push_supply(graph, front) if side == 0 else _push_demand(graph, front)
        change = max(change, _settle(graph, front, side, n_hit))
    return change


@inner
def total_loss(front: Front) -> float:
    """Return the sum of all losses of both processes."""
    total = 0.0
    for side in range(2):
        for k in range(front.n_hit[side]):
            total += 1.0 - front.h[side, front.hit[side, k]]
    return total


@inner
def copy_front(front: Front, down: Floats, up: Floats) -> None:
    """Write what works; shape (n,)."""
    for i in range(front.h.shape[1]):
        down[i] = front.h[0, i]
        up[i] = front.h[1, i]


@inner
def weigh(front: Front, weights: Floats, out: Floats) -> None:
    """Write index, index_down and index_up for each row of weights; shapes (weights, n) and (weights, 3)."""
    h = front.h
    for w in range(weights.shape[0]):
        both = down = up = 0.0
        for k in range(front.n_hit[0]):
            firm = front.hit[0, k]
            down += weights[w, firm] * (1.0 - h[0, firm])
            both += weights[w, firm] * (1.0 - min(h[0, firm], h[1, firm]))
        for k in range(front.n_hit[1]):
            firm = front.hit[1, k]
            up += weights[w, firm] * (1.0 - h[1, firm])
            if not front.is_hit[0, firm]:
                both += weights[w, firm] * (1.0 - h[1, firm])
        out[w, 0], out[w, 1], out[w, 2] = both, down, up

"""Sweeps over the firms that have lost something: cheap while a failure has not spread far.

The same Jacobi sweep as in ``cascade_dense``, written from the side of the firms that pass a loss on. Sums run in the
order in which firms were hit, so results differ from a sweep over all firms in the last digits only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from valuechain.kernels.cascade_graph import GUARD, NEARLY_GONE, Floats, Graph, Ints, Shocks, inner

Flags = npt.NDArray[np.bool_]


class Front(NamedTuple):
    """State of one scenario and room to work; n firms. ``hit[0]`` and ``hit[1]`` list firms that lost supply, demand.

    ``h`` is what works and ``cap`` what the shock leaves, shape (2, n): row 0 supply, row 1 demand. ``n_hit`` says how
    many firms each list holds, ``is_hit`` which. ``mark`` arrays hold the number of the sweep that last wrote a cell,
    so that nothing needs clearing between sweeps.
    """

    h: Floats
    cap: Floats
    hit: Ints
    n_hit: Ints
    is_hit: Flags
    worst: Floats
    firm_mark: Ints
    touched: Ints
    group_loss: Floats
    group_mark: Ints
    groups: Ints
    market_left: Floats
    market_mark: Ints
    clock: Ints


def new_front(graph: Graph) -> Front:
    """Return the state in which everything works. Not compiled, which would take a second to save nothing."""
    n, groups, markets = graph.sales.shape[0], graph.group_buyer.shape[0], max(graph.market_sales.shape[0], 1)
    return Front(
        np.ones((2, n)),
        np.ones((2, n)),
        np.zeros((2, n), np.int64),
        np.zeros(2, np.int64),
        np.zeros((2, n), np.bool_),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(groups),
        np.zeros(groups, np.int64),
        np.zeros(groups, np.int64),
        np.zeros(markets),
        np.zeros(markets, np.int64),
        np.zeros(1, np.int64),
    )


@inner
def strike(front: Front, shocks: Shocks, scenario: int) -> float:
    """Set the start of a scenario; return the sum of all losses."""
    total = 0.0
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        firm = shocks.firm[k]
        for side in range(2):
            lost = shocks.down[k] if side == 0 else shocks.up[k]
            front.cap[side, firm] = 1.0 - lost
            front.h[side, firm] = 1.0 - lost
            total += lost
            if lost > 0.0 and not front.is_hit[side, firm]:
                front.is_hit[side, firm] = True
                front.hit[side, front.n_hit[side]] = firm
                front.n_hit[side] += 1
    return total


@inner
def clear(front: Front, shocks: Shocks, scenario: int) -> None:
    """Make everything work again: only what the scenario touched is written."""
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        front.cap[0, shocks.firm[k]] = 1.0
        front.cap[1, shocks.firm[k]] = 1.0
        front.h[0, shocks.firm[k]] = 1.0
        front.h[1, shocks.firm[k]] = 1.0
    for side in range(2):
        for k in range(front.n_hit[side]):
            firm = front.hit[side, k]
            front.h[side, firm] = 1.0
            front.is_hit[side, firm] = False
        front.n_hit[side] = 0


@inner
def links_to_push(graph: Graph, front: Front) -> int:
    """Return how many links the next sweep walks."""
    links = 0
    for k in range(front.n_hit[0]):
        firm = front.hit[0, k]
        links += graph.push_start[firm + 1] - graph.push_start[firm]
    for k in range(front.n_hit[1]):
        firm = front.hit[1, k]
        links += graph.buy_start[firm + 1] - graph.buy_start[firm]
    return links


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
def _push_supply(graph: Graph, front: Front, now: int) -> int:
    """Add up what each buyer lacks; return how many buyers are touched, listed in ``touched``."""
    has_markets = graph.market_sales.shape[0] > 0
    n_groups = 0
    for k in range(front.n_hit[0]):
        firm = front.hit[0, k]
        lost = 1.0 - front.h[0, firm]
        if has_markets:
            lost *= min(1.0, graph.sales[firm] / front.market_left[graph.market[firm]])
        if lost == 0.0:
            continue
        for e in range(graph.push_start[firm], graph.push_start[firm + 1]):
            group = graph.push_group[e]
            if front.group_mark[group] != now:
                front.group_mark[group] = now
                front.group_loss[group] = 0.0
                front.groups[n_groups] = group
                n_groups += 1
            front.group_loss[group] += graph.push_share[e] * lost
    n_touched = 0
    for k in range(n_groups):
        group = front.groups[k]
        buyer = graph.group_buyer[group]
        if front.firm_mark[buyer] != now:
            front.firm_mark[buyer] = now
            front.worst[buyer] = 0.0
            front.touched[n_touched] = buyer
            n_touched += 1
        front.worst[buyer] = max(front.worst[buyer], front.group_loss[group])
    return n_touched


@inner
def _push_demand(graph: Graph, front: Front, now: int) -> int:
    """Add up what each supplier no longer sells; return how many suppliers are touched, listed in ``touched``."""
    n_touched = 0
    for k in range(front.n_hit[1]):
        buyer = front.hit[1, k]
        lost = 1.0 - front.h[1, buyer]
        if lost == 0.0:
            continue
        for e in range(graph.buy_start[buyer], graph.buy_start[buyer + 1]):
            firm = graph.buy_supplier[e]
            if front.firm_mark[firm] != now:
                front.firm_mark[firm] = now
                front.worst[firm] = 0.0
                front.touched[n_touched] = firm
                n_touched += 1
            front.worst[firm] += graph.buy_share[e] * lost
    return n_touched


@inner
def _settle(front: Front, side: int, n_touched: int, now: int) -> float:
    """Write what works after the pushes; return the largest loss of this sweep."""
    change = 0.0
    for k in range(front.n_hit[side]):
        firm = front.hit[side, k]
        if front.firm_mark[firm] != now:
            front.h[side, firm] = front.cap[side, firm]
    for k in range(n_touched):
        firm = front.touched[k]
        new = max(0.0, min(front.cap[side, firm], 1.0 - front.worst[firm]))
        change = max(change, front.h[side, firm] - new)
        front.h[side, firm] = new
        if new < 1.0 and not front.is_hit[side, firm]:
            front.is_hit[side, firm] = True
            front.hit[side, front.n_hit[side]] = firm
            front.n_hit[side] += 1
    return change


@inner
def sweep(graph: Graph, front: Front) -> float:
    """Do one sweep of both processes; return the largest loss of any firm in it."""
    front.clock[0] += 1
    if graph.market_sales.shape[0] > 0:
        _sum_markets(graph, front, front.clock[0])
    down = _settle(front, 0, _push_supply(graph, front, front.clock[0]), front.clock[0])
    front.clock[0] += 1
    up = _settle(front, 1, _push_demand(graph, front, front.clock[0]), front.clock[0])
    return max(down, up)


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

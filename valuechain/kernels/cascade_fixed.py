"""The fixed point of the cascade, between two bounds: losses grow from below, and a bound from above is verified.

With T the map of one sweep and x the losses, T is monotone and the cascade is the least fixed point above the shock:

    passed(i) = sigma(i) x(i),  sigma(i) = 1 if sales(i) >= left(market of i), else sales(i) / left
    T(x)(j)   = min(1, the worst group of j: sum of share(i,j) passed(i))           downstream
    T(y)(i)   = min(1, sum over buyers j of share(i,j) y(j))                        upstream

The sweep x <- max(x, T(x)), started at the shock, only grows and stays below the fixed point, in whatever order firms
are taken. Once it hardly moves, losses are pushed up along the last step. Sweeps from there that change nothing prove
T(u) <= u, and then the fixed point is at most u (Tarski 1955, Theorem 1). sigma needs no guard: it has no unit, and a
market of which nothing is left replaces nobody.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuechain.kernels.cascade_graph import Floats, Graph, Ints, Shocks, inner
from valuechain.kernels.cascade_rows import (
    LANES,
    fetch,
    larger,
    load,
    minus,
    new_rows,
    over,
    plus,
    smaller,
    spread,
    store,
    times,
)

AHEAD = 64
"""How many links ahead rows are asked for, see ``cascade_dense``."""

GROW, STEP, PROVE, STRIDE = 0, 1, 2, 3
"""Phases of a scenario: losses grow; a sweep gives the step along which to push up; sweeps from above prove a bound.
Where lost demand creeps, a sweep gives the stride of a leap."""

UNKNOWN = 1e6
"""What is still to come, as a multiple of the last change, when changes do not shrink."""


class Basin(NamedTuple):
    """State of the scenarios side by side; rows are as in ``cascade_rows``, losses have shape (n, LANES).

    ``down``, ``up`` are losses now, ``low_down``, ``low_up`` the lower bound while a proof is tried, ``passed`` what
    buyers lack of each firm. Rows of ``step`` (4, LANES): sum of the last changes of down and up, and of the ones
    before. ``gain`` (2, LANES): weighted sums of the last changes. ``change`` (2, LANES): the largest of them, down
    and up. ``slow``: what a change grows to in the sweeps that follow, as a multiple. ``state`` (6, LANES): scenario
    (-1: free), phase, sweeps in the phase, failed proofs, failed leaps, proofs tried when little but rounding moved.
    ``swept``: sweeps in all.
    """

    down: Floats
    up: Floats
    low_down: Floats
    low_up: Floats
    passed: Floats
    left: Floats
    step: Floats
    gain: Floats
    change: Floats
    slow: Floats
    state: Ints
    swept: Ints


def new_basin(graph: Graph) -> Basin:
    """Return lanes that are all free."""
    n, markets = graph.sales.shape[0], max(graph.market_sales.shape[0], 1)
    state = np.zeros((6, LANES), dtype=np.int64)
    state[0] = -1
    return Basin(
        down=new_rows(n, 0.0),
        up=new_rows(n, 0.0),
        low_down=new_rows(n, 0.0),
        low_up=new_rows(n, 0.0),
        passed=new_rows(n, 0.0),
        left=new_rows(markets, 0.0),
        step=new_rows(4, 0.0),
        gain=new_rows(2, 0.0),
        change=new_rows(2, 0.0),
        slow=np.zeros(LANES),
        state=state,
        swept=np.zeros(LANES, dtype=np.int64),
    )


@inner
def enter(basin: Basin, lane: int, shocks: Shocks, scenario: int) -> None:
    """Start a scenario in a lane: losses are those of the shock."""
    for i in range(basin.down.shape[0]):
        basin.down[i, lane] = 0.0
        basin.up[i, lane] = 0.0
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        basin.down[shocks.firm[k], lane] = shocks.down[k]
        basin.up[shocks.firm[k], lane] = shocks.up[k]
    for k in range(4):
        basin.step[k, lane] = 0.0
    basin.slow[lane] = 0.0
    basin.state[0, lane] = scenario
    basin.swept[lane] = 0
    basin.state[1, lane] = GROW
    basin.state[2, lane] = 0
    basin.state[3, lane] = 0
    basin.state[4, lane] = 0
    basin.state[5, lane] = 0


@inner
def _sum_markets(graph: Graph, basin: Basin) -> None:
    """Set the sales left in each market, currency per flow period."""
    down, left, one = basin.down, basin.left, spread(1.0)
    for market in range(left.shape[0]):
        store(left, market, spread(0.0))
    for i in range(down.shape[0]):
        market = graph.market[i]
        works = minus(one, load(down, i))
        store(left, market, plus(load(left, market), times(spread(graph.sales[i]), works)))


@inner
def _pass_on(graph: Graph, basin: Basin) -> None:
    """Set what buyers lack of each firm, after replacement by its market."""
    down, passed = basin.down, basin.passed
    replaced = graph.market_sales.shape[0] > 0
    if replaced:
        _sum_markets(graph, basin)
    for i in range(down.shape[0]):
        row = load(down, i)
        if replaced and graph.sales[i] > 0.0:
            sales = spread(graph.sales[i])
            row = over(times(row, sales), larger(sales, load(basin.left, graph.market[i])))
        store(passed, i, row)


@inner
def _grow_down(graph: Graph, basin: Basin, weights: Floats) -> None:
    """Raise losses of supply in place: the worst group binds."""
    down, passed, one, nothing = basin.down, basin.passed, spread(1.0), spread(0.0)
    replaced, last = graph.market_sales.shape[0] > 0, graph.supplier.shape[0] - 1
    step, gain, change = nothing, nothing, nothing
    for j in range(down.shape[0]):
        a, b = graph.group_start[j], graph.group_start[j + 1]
        if a == b:
            continue
        worst = nothing
        for g in range(a, b):
            total = nothing
            for e in range(graph.link_start[g], graph.link_start[g + 1]):
                fetch(passed, graph.supplier[min(e + AHEAD, last)])
                total = plus(total, times(spread(graph.share[e]), load(passed, graph.supplier[e])))
            worst = larger(worst, total)
        old = load(down, j)
        new = larger(old, smaller(one, worst))
        grown = minus(new, old)
        step = plus(step, grown)
        gain = plus(gain, times(spread(weights[0, j]), grown))
        change = larger(change, grown)
        store(down, j, new)
        if replaced and graph.sales[j] > 0.0:
            sales = spread(graph.sales[j])
            new = over(times(new, sales), larger(sales, load(basin.left, graph.market[j])))
        store(passed, j, new)
    store(basin.step, 0, step)
    store(basin.gain, 0, gain)
    store(basin.change, 0, change)


@inner
def _grow_up(graph: Graph, basin: Basin, worth: Floats) -> None:
    """Raise losses of demand in place: a firm sells what its buyers still buy."""
    up, one, nothing, last = basin.up, spread(1.0), spread(0.0), graph.sale_buyer.shape[0] - 1
    step, gain, change = nothing, nothing, nothing
    for i in range(up.shape[0]):
        a, b = graph.sale_start[i], graph.sale_start[i + 1]
        if a == b:
            continue
        total = nothing
        for e in range(a, b):
            fetch(up, graph.sale_buyer[min(e + AHEAD, last)])
            total = plus(total, times(spread(graph.sale_share[e]), load(up, graph.sale_buyer[e])))
        old = load(up, i)
        new = larger(old, smaller(one, total))
        grown = minus(new, old)
        step = plus(step, grown)
        gain = plus(gain, times(spread(worth[i]), grown))
        change = larger(change, grown)
        store(up, i, new)
    store(basin.step, 1, step)
    store(basin.gain, 1, gain)
    store(basin.change, 1, change)


@inner
def sweep(graph: Graph, basin: Basin, weights: Floats, worth: Floats) -> None:
    """Do one sweep of both processes in every lane; changes of lost demand are weighed by ``worth``, shape (n,)."""
    store(basin.step, 2, load(basin.step, 0))
    store(basin.step, 3, load(basin.step, 1))
    _pass_on(graph, basin)
    _grow_down(graph, basin, weights)
    _grow_up(graph, basin, worth)


@inner
def rest(basin: Basin, lane: int, side: int) -> float:
    """Return what is still to come, as a multiple of the last change, if changes go on shrinking as they did."""
    now, before = basin.step[side, lane], basin.step[side + 2, lane]
    if now == 0.0:
        return 0.0
    if now >= 0.999999 * before:
        return UNKNOWN
    ratio = now / before
    return ratio / (1.0 - ratio)


@inner
def keep_low(basin: Basin, lane: int) -> None:
    """Keep the losses of a lane as its lower bound."""
    for i in range(basin.down.shape[0]):
        basin.low_down[i, lane] = basin.down[i, lane]
        basin.low_up[i, lane] = basin.up[i, lane]


@inner
def restore(basin: Basin, lane: int, also_up: bool) -> None:
    """Go back to the lower bound."""
    for i in range(basin.down.shape[0]):
        basin.down[i, lane] = basin.low_down[i, lane]
        if also_up:
            basin.up[i, lane] = basin.low_up[i, lane]


@inner
def push_up(basin: Basin, lane: int, rest_down: float, rest_up: float, lift: float) -> None:
    """Keep losses as the lower bound, and push them up along the last step, to where they seem to lead and beyond.

    ``lift`` is a part of themselves by which losses of supply are raised besides, so that rounding does not matter.
    """
    for i in range(basin.down.shape[0]):
        down, up = basin.down[i, lane], basin.up[i, lane]
        basin.down[i, lane] = min(1.0, down + lift * down + rest_down * (down - basin.low_down[i, lane]))
        basin.up[i, lane] = min(1.0, up + rest_up * (up - basin.low_up[i, lane]))
        basin.low_down[i, lane] = down
        basin.low_up[i, lane] = up


@inner
def restore_demand(basin: Basin, lane: int) -> None:
    """Go back to the lower bound kept of lost demand."""
    for i in range(basin.up.shape[0]):
        basin.up[i, lane] = basin.low_up[i, lane]


@inner
def leap(graph: Graph, basin: Basin, lane: int, strides: float) -> bool:
    """Raise lost demand many strides at once, and check that it stays below the fixed point; else stay.

    A stride d is what the last sweep S added: d = S(y) - y, and l = y + s d is tried. While nothing is cut off at 1, S
    is affine, so S(y + t d) - (y + t d) is (1 - t/s) d plus t/s times S(l) - l. If S(l) >= l wherever d > 0, then that
    is positive there for t < s, and no point below l on the way, and so not l itself, can pass the fixed point.
    """
    up, low_up = basin.up, basin.low_up
    for i in range(up.shape[0]):
        low = low_up[i, lane]
        up[i, lane] = min(1.0, low + strides * (up[i, lane] - low))
    for i in range(up.shape[0]):
        lost = 0.0
        for e in range(graph.sale_start[i], graph.sale_start[i + 1]):
            lost += graph.sale_share[e] * up[graph.sale_buyer[e], lane]
        lost, old = min(1.0, lost), up[i, lane]
        if lost < old and old > low_up[i, lane]:
            restore_demand(basin, lane)
            return False
        up[i, lane] = max(old, lost)
    return True


@inner
def keep_demand(basin: Basin, lane: int) -> None:
    """Keep lost demand as its lower bound."""
    for i in range(basin.up.shape[0]):
        basin.low_up[i, lane] = basin.up[i, lane]


@inner
def weigh(basin: Basin, lane: int, weights: Floats, index: Floats, error: Floats) -> float:
    """Write the indices of the lower bound and how far the upper one is above; return the largest gap of a firm."""
    gap = 0.0
    for w in range(weights.shape[0]):
        low_both = low_down = low_up = over_both = over_down = over_up = 0.0
        for i in range(basin.down.shape[0]):
            a, b = basin.low_down[i, lane], basin.low_up[i, lane]
            c, d = basin.down[i, lane], basin.up[i, lane]
            weight = weights[w, i]
            low_down += weight * a
            low_up += weight * b
            low_both += weight * max(a, b)
            over_down += weight * (c - a)
            over_up += weight * (d - b)
            over_both += weight * (max(c, d) - max(a, b))
            gap = max(gap, c - a, d - b)
        index[w, 0], index[w, 1], index[w, 2] = low_both, low_down, low_up
        error[w, 0], error[w, 1], error[w, 2] = over_both, over_down, over_up
    return gap


@inner
def give_up(graph: Graph, basin: Basin, lane: int, also_up: bool) -> None:
    """Set the upper bound that needs no proof: whoever trades may lose all."""
    for i in range(basin.down.shape[0]):
        if graph.group_start[i + 1] > graph.group_start[i]:
            basin.down[i, lane] = 1.0
        if also_up and graph.sale_start[i + 1] > graph.sale_start[i]:
            basin.up[i, lane] = 1.0

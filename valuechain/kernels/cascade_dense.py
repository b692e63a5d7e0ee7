"""Sweeps over all firms, many scenarios side by side: for failures that have spread through the network.

One pass over the links serves all lanes: whatever is read of a link or a firm is a row of LANES numbers, see
``cascade_rows``. A lane computes in the same order whatever its neighbours are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from valuechain.kernels.cascade_graph import GUARD, Floats, Graph, Ints, Shocks, inner, pasted
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
from valuechain.kernels.cascade_sparse import Front

Flags = npt.NDArray[np.bool_]

AHEAD = 64
"""How many links ahead rows are asked for. From 32 to 128 the time is the same; without, it doubles at 100,000 firms,
as short groups keep the processor from looking far enough ahead by itself."""


class Lanes(NamedTuple):
    """State of the scenarios under way on a network of n firms; rows are as in ``cascade_rows``.

    ``scenario`` is the scenario of each lane (-1: free), ``change`` its largest loss in the last sweep, ``total`` the
    sum of its losses before, ``ended`` whether it has just stopped, ``sweeps`` how many it has had. ``h_down`` is the
    supply that works, shape (n, LANES). ``h_up`` is the demand that works, in the half ``half[0]`` (0 or 1) of an array
    of shape (2 n, LANES); the other half is room for the supply that is lost and then for the demand after the sweep.
    ``left`` is one over the sales left in each market, shape (markets, LANES); ``sums`` is room for three rows;
    ``before`` keeps what worked of shocked firms, shape (2, LANES, most shocks a scenario has).
    """

    scenario: Ints
    h_down: Floats
    h_up: Floats
    half: Ints
    left: Floats
    change: Floats
    total: Floats
    ended: Flags
    sweeps: Ints
    sums: Floats
    before: Floats


def new_lanes(graph: Graph, shocks: Shocks) -> Lanes:
    """Return lanes that are all free: everything works in them."""
    n, markets = graph.sales.shape[0], max(graph.market_sales.shape[0], 1)
    most = max(1, int(np.diff(shocks.start).max(initial=1)))
    return Lanes(
        scenario=np.full(LANES, -1),
        h_down=new_rows(n, 1.0),
        h_up=new_rows(2 * n, 1.0),
        half=np.zeros(1, np.int64),
        left=new_rows(markets, 0.0),
        change=new_rows(1, 0.0),
        total=np.zeros(LANES),
        ended=np.zeros(LANES, np.bool_),
        sweeps=np.zeros(LANES, np.int64),
        sums=new_rows(3, 0.0),
        before=np.ones((2, LANES, most)),
    )


@inner
def board(lanes: Lanes, lane: int, scenario: int, front: Front, sweeps: int, total: float) -> None:
    """Move a scenario from the front into a free lane: only firms that lost something are written."""
    lanes.scenario[lane] = scenario
    lanes.sweeps[lane] = sweeps
    lanes.total[lane] = total
    for k in range(front.n_hit[0]):
        firm = front.hit[0, k]
        lanes.h_down[firm, lane] = front.h[0, firm]
    at = lanes.half[0] * lanes.h_down.shape[0]
    for k in range(front.n_hit[1]):
        firm = front.hit[1, k]
        lanes.h_up[at + firm, lane] = front.h[1, firm]


@inner
def _sum_markets(graph: Graph, lanes: Lanes) -> None:
    """Set one over the sales left in each market; 1 where nothing is left, as published."""
    h, left = lanes.h_down, lanes.left
    for market in range(left.shape[0]):
        store(left, market, spread(0.0))
    for i in range(h.shape[0]):
        market = graph.market[i]
        store(left, market, plus(load(left, market), times(spread(graph.sales[i]), load(h, i))))
    for market in range(left.shape[0]):
        for q in range(LANES):
            if left[market, q] <= GUARD:
                left[market, q] = 1.0
        store(left, market, over(spread(1.0), load(left, market)))


@inner
def _lost_supply(graph: Graph, lanes: Lanes, at: int) -> None:
    """Write lost = sigma (1 - h) into rows from ``at``, sigma = min(1, sales / sales left in the firm's market).

    sigma is 1 without markets.
    """
    h, lost, one = lanes.h_down, lanes.h_up, spread(1.0)
    has_markets = graph.market_sales.shape[0] > 0
    if has_markets:
        _sum_markets(graph, lanes)
    for i in range(h.shape[0]):
        row = minus(one, load(h, i))
        if has_markets:
            sigma = smaller(one, times(spread(graph.sales[i]), load(lanes.left, graph.market[i])))
            row = times(sigma, row)
        store(lost, at + i, row)


@inner
def _sweep_down(graph: Graph, lanes: Lanes, at: int) -> None:
    """Replace h_down, lost supply being in rows from ``at``: the worst group binds. Caps come afterwards."""
    h, lost, one, nothing = lanes.h_down, lanes.h_up, spread(1.0), spread(0.0)
    change, last = load(lanes.change, 0), graph.supplier.shape[0] - 1
    for j in range(h.shape[0]):
        a, b = graph.group_start[j], graph.group_start[j + 1]
        if a == b:
            continue
        worst = nothing
        for g in range(a, b):
            total = nothing
            for e in range(graph.link_start[g], graph.link_start[g + 1]):
                fetch(lost, at + graph.supplier[min(e + AHEAD, last)])
                total = plus(total, times(spread(graph.share[e]), load(lost, at + graph.supplier[e])))
            worst = larger(worst, total)
        new = larger(nothing, minus(one, worst))
        change = larger(change, minus(load(h, j), new))
        store(h, j, new)
    store(lanes.change, 0, change)


@inner
def _sweep_up(graph: Graph, lanes: Lanes, old: int, new: int) -> None:
    """Read h_up in rows from ``old`` and write it from ``new``: a firm sells what its buyers still buy."""
    h, one, nothing = lanes.h_up, spread(1.0), spread(0.0)
    change, last = load(lanes.change, 0), graph.sale_buyer.shape[0] - 1
    for i in range(lanes.h_down.shape[0]):
        total = nothing
        for e in range(graph.sale_start[i], graph.sale_start[i + 1]):
            fetch(h, old + graph.sale_buyer[min(e + AHEAD, last)])
            lost = minus(one, load(h, old + graph.sale_buyer[e]))
            total = plus(total, times(spread(graph.sale_share[e]), lost))
        works = larger(nothing, minus(one, total))
        change = larger(change, minus(load(h, old + i), works))
        store(h, new + i, works)
    store(lanes.change, 0, change)


@inner
def _note_shocked(lanes: Lanes, shocks: Shocks, at: int) -> None:
    """Keep what works of shocked firms before the sweep."""
    for q in range(LANES):
        scenario = lanes.scenario[q]
        if scenario >= 0:
            first = shocks.start[scenario]
            for k in range(first, shocks.start[scenario + 1]):
                lanes.before[0, q, k - first] = lanes.h_down[shocks.firm[k], q]
                lanes.before[1, q, k - first] = lanes.h_up[at + shocks.firm[k], q]


@inner
def _cap_shocked(lanes: Lanes, shocks: Shocks, at: int) -> None:
    """Hold shocked firms at what the shock leaves; without it they lost less, so the largest loss can only grow."""
    for q in range(LANES):
        scenario = lanes.scenario[q]
        if scenario >= 0:
            first = shocks.start[scenario]
            for k in range(first, shocks.start[scenario + 1]):
                firm = shocks.firm[k]
                down = min(lanes.h_down[firm, q], 1.0 - shocks.down[k])
                up = min(lanes.h_up[at + firm, q], 1.0 - shocks.up[k])
                lanes.h_down[firm, q] = down
                lanes.h_up[at + firm, q] = up
                loss = max(lanes.before[0, q, k - first] - down, lanes.before[1, q, k - first] - up)
                lanes.change[0, q] = max(lanes.change[0, q], loss)


@pasted
def sweep_lanes(graph: Graph, lanes: Lanes, shocks: Shocks) -> None:
    """Do one sweep of both processes in every lane; ``change`` holds the largest loss of any firm in it."""
    n = lanes.h_down.shape[0]
    old, new = lanes.half[0] * n, (1 - lanes.half[0]) * n
    store(lanes.change, 0, spread(0.0))
    _note_shocked(lanes, shocks, old)
    _lost_supply(graph, lanes, new)
    _sweep_down(graph, lanes, new)
    _sweep_up(graph, lanes, old, new)
    lanes.half[0] = 1 - lanes.half[0]
    _cap_shocked(lanes, shocks, new)


@inner
def add_losses(lanes: Lanes) -> None:
    """Write the sum of all losses of both processes of each lane into the first row of ``sums``."""
    at, one, total = lanes.half[0] * lanes.h_down.shape[0], spread(1.0), spread(0.0)
    for i in range(lanes.h_down.shape[0]):
        lost = plus(minus(one, load(lanes.h_down, i)), minus(one, load(lanes.h_up, at + i)))
        total = plus(total, lost)
    store(lanes.sums, 0, total)


@inner
def weigh_lanes(lanes: Lanes, weights: Floats, w: int) -> None:
    """Write index, index_down and index_up of each lane into ``sums``, by row ``w`` of weights, shape (weights, n)."""
    at, one = lanes.half[0] * lanes.h_down.shape[0], spread(1.0)
    both, down, up = spread(0.0), spread(0.0), spread(0.0)
    for i in range(lanes.h_down.shape[0]):
        weight = spread(weights[w, i])
        a, b = minus(one, load(lanes.h_down, i)), minus(one, load(lanes.h_up, at + i))
        down = plus(down, times(weight, a))
        up = plus(up, times(weight, b))
        both = plus(both, times(weight, larger(a, b)))
    store(lanes.sums, 0, both)
    store(lanes.sums, 1, down)
    store(lanes.sums, 2, up)


@inner
def copy_lane(lanes: Lanes, lane: int, down: Floats, up: Floats) -> None:
    """Write what works in a lane; shape (n,). Loops, as slices would compile numba's error messages."""
    at = lanes.half[0] * lanes.h_down.shape[0]
    for i in range(lanes.h_down.shape[0]):
        down[i] = lanes.h_down[i, lane]
        up[i] = lanes.h_up[at + i, lane]


@inner
def free_lanes(lanes: Lanes) -> None:
    """Make everything work again in the lanes that have no scenario, so that boarding need write few firms."""
    for q in range(LANES):
        lanes.sums[0, q] = 1.0 if lanes.scenario[q] < 0 else 0.0
    at, least = lanes.half[0] * lanes.h_down.shape[0], load(lanes.sums, 0)
    for i in range(lanes.h_down.shape[0]):
        store(lanes.h_down, i, larger(least, load(lanes.h_down, i)))
        store(lanes.h_up, at + i, larger(least, load(lanes.h_up, at + i)))

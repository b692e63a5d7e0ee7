"""Sweeps over all firms, many scenarios side by side: for failures that have spread through the network.

One pass over the links serves all lanes, and the inner loops run over LANES contiguous numbers. A lane computes in the
same order whatever its neighbours are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuechain.kernels.cascade_graph import GUARD, Floats, Graph, Ints, Shocks, inner
from valuechain.kernels.cascade_sparse import Front

LANES = 16
"""Scenarios side by side: 16 doubles are two cache lines, and the losses of 100,000 firms still fit a 32 MB cache."""


class Lanes(NamedTuple):
    """State of the scenarios under way; ``h_down``, ``h_up`` are what works, shape (n, LANES).

    ``scenario`` is the scenario of each lane (-1: free), ``change`` its largest loss in the last sweep, ``total`` the
    sum of its losses before. ``lost``, ``left``, ``worst``, ``sums`` are room to work; ``before`` keeps what worked of
    shocked firms, shape (2, LANES, most shocks a scenario has).
    """

    scenario: Ints
    h_down: Floats
    h_up: Floats
    lost: Floats
    left: Floats
    change: Floats
    total: Floats
    worst: Floats
    sums: Floats
    before: Floats


def new_lanes(graph: Graph, shocks: Shocks) -> Lanes:
    """Return lanes that are all free."""
    n, markets = graph.sales.shape[0], max(graph.market_sales.shape[0], 1)
    most = max(1, int(np.diff(shocks.start).max(initial=1)))
    return Lanes(
        np.full(LANES, -1),
        np.ones((n, LANES)),
        np.ones((n, LANES)),
        np.zeros((n, LANES)),
        np.zeros((markets, LANES)),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.zeros(LANES),
        np.ones((2, LANES, most)),
    )


@inner
def board(lanes: Lanes, lane: int, scenario: int, front: Front, total: float) -> None:
    """Move a scenario from the front into a lane."""
    lanes.scenario[lane] = scenario
    lanes.total[lane] = total
    for firm in range(lanes.h_down.shape[0]):
        lanes.h_down[firm, lane] = front.h[0, firm]
        lanes.h_up[firm, lane] = front.h[1, firm]


@inner
def _lost_supply(graph: Graph, lanes: Lanes) -> None:
    """Lost = sigma (1 - h), sigma = min(1, sales / sales left in the firm's market); sigma is 1 without markets."""
    h, lost, left = lanes.h_down, lanes.lost, lanes.left
    n = h.shape[0]
    if graph.market_sales.shape[0] == 0:
        for i in range(n):
            for q in range(LANES):
                lost[i, q] = 1.0 - h[i, q]
        return
    left[:, :] = 0.0
    for i in range(n):
        market, sales = graph.market[i], graph.sales[i]
        for q in range(LANES):
            left[market, q] += sales * h[i, q]
    for market in range(left.shape[0]):
        for q in range(LANES):
            if left[market, q] <= GUARD:
                left[market, q] = 1.0
    for i in range(n):
        market, sales = graph.market[i], graph.sales[i]
        for q in range(LANES):
            lost[i, q] = min(1.0, sales / left[market, q]) * (1.0 - h[i, q])


@inner
def _sweep_down(graph: Graph, lanes: Lanes) -> None:
    """Replace h_down: the worst group binds. Caps come afterwards, as few firms have one."""
    h, lost, change, worst, sums = lanes.h_down, lanes.lost, lanes.change, lanes.worst, lanes.sums
    for j in range(h.shape[0]):
        a, b = graph.group_start[j], graph.group_start[j + 1]
        if a == b:
            continue
        for q in range(LANES):
            worst[q] = 0.0
        for g in range(a, b):
            for q in range(LANES):
                sums[q] = 0.0
            for e in range(graph.link_start[g], graph.link_start[g + 1]):
                i, share = graph.supplier[e], graph.share[e]
                for q in range(LANES):
                    sums[q] += share * lost[i, q]
            for q in range(LANES):
                worst[q] = max(worst[q], sums[q])
        for q in range(LANES):
            new = max(0.0, 1.0 - worst[q])
            change[q] = max(change[q], h[j, q] - new)
            h[j, q] = new


@inner
def _sweep_up(graph: Graph, lanes: Lanes) -> None:
    """Replace h_up: a firm sells what its buyers still buy. Caps come afterwards."""
    h, lost, change, sums = lanes.h_up, lanes.lost, lanes.change, lanes.sums
    n = h.shape[0]
    for i in range(n):
        for q in range(LANES):
            lost[i, q] = 1.0 - h[i, q]
    for i in range(n):
        a, b = graph.sale_start[i], graph.sale_start[i + 1]
        if a == b:
            continue
        for q in range(LANES):
            sums[q] = 0.0
        for e in range(a, b):
            j, share = graph.sale_buyer[e], graph.sale_share[e]
            for q in range(LANES):
                sums[q] += share * lost[j, q]
        for q in range(LANES):
            new = max(0.0, 1.0 - sums[q])
            change[q] = max(change[q], h[i, q] - new)
            h[i, q] = new


@inner
def _note_shocked(lanes: Lanes, shocks: Shocks) -> None:
    for q in range(LANES):
        scenario = lanes.scenario[q]
        if scenario >= 0:
            first = shocks.start[scenario]
            for k in range(first, shocks.start[scenario + 1]):
                lanes.before[0, q, k - first] = lanes.h_down[shocks.firm[k], q]
                lanes.before[1, q, k - first] = lanes.h_up[shocks.firm[k], q]


@inner
def _cap_shocked(lanes: Lanes, shocks: Shocks) -> None:
    """Hold shocked firms at what the shock leaves; without it they lost less, so the largest loss can only grow."""
    for q in range(LANES):
        scenario = lanes.scenario[q]
        if scenario >= 0:
            first = shocks.start[scenario]
            for k in range(first, shocks.start[scenario + 1]):
                firm = shocks.firm[k]
                down = min(lanes.h_down[firm, q], 1.0 - shocks.down[k])
                up = min(lanes.h_up[firm, q], 1.0 - shocks.up[k])
                lanes.h_down[firm, q] = down
                lanes.h_up[firm, q] = up
                loss = max(lanes.before[0, q, k - first] - down, lanes.before[1, q, k - first] - up)
                lanes.change[q] = max(lanes.change[q], loss)


@inner
def sweep_lanes(graph: Graph, lanes: Lanes, shocks: Shocks) -> None:
    """Do one sweep of both processes in every lane; ``change`` holds the largest loss of any firm in it."""
    lanes.change[:] = 0.0
    _note_shocked(lanes, shocks)
    _lost_supply(graph, lanes)
    _sweep_down(graph, lanes)
    _sweep_up(graph, lanes)
    _cap_shocked(lanes, shocks)


@inner
def lane_loss(lanes: Lanes, lane: int) -> float:
    """Return the sum of all losses of both processes in a lane."""
    total = 0.0
    for i in range(lanes.h_down.shape[0]):
        total += 2.0 - lanes.h_down[i, lane] - lanes.h_up[i, lane]
    return total


@inner
def copy_lane(lanes: Lanes, lane: int, down: Floats, up: Floats) -> None:
    """Write what works in a lane; shape (n,). Loops, as slices would compile numba's error messages."""
    for i in range(lanes.h_down.shape[0]):
        down[i] = lanes.h_down[i, lane]
        up[i] = lanes.h_up[i, lane]


@inner
def weigh_lane(lanes: Lanes, lane: int, weights: Floats, out: Floats) -> None:
    """Write index, index_down and index_up for each row of weights; shapes (weights, n) and (weights, 3)."""
    for w in range(weights.shape[0]):
        both = down = up = 0.0
        for i in range(lanes.h_down.shape[0]):
            a, b = 1.0 - lanes.h_down[i, lane], 1.0 - lanes.h_up[i, lane]
            down += weights[w, i] * a
            up += weights[w, i] * b
            both += weights[w, i] * max(a, b)
        out[w, 0], out[w, 1], out[w, 2] = both, down, up

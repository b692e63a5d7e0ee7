"""The firm-level cascade (Diem et al. 2022): runs scenarios to their stop, sparse at first, in lanes once they spread.

A failure begins with few firms, where walking only what is hit costs next to nothing; most scenarios stop before the
losses, however small, have reached a large part of the network. Those that have are moved into lanes. When a scenario
changes over depends on itself alone, so results are the same bits for any number of threads.
"""

from __future__ import annotations

import numba as nb

from valuechain.kernels.cascade_dense import (
    LANES,
    Lanes,
    board,
    copy_lane,
    lane_loss,
    new_lanes,
    sweep_lanes,
    weigh_lane,
)
from valuechain.kernels.cascade_graph import Floats, Graph, Ints, Shocks, inner, make_graph
from valuechain.kernels.cascade_sparse import (
    Front,
    clear,
    copy_front,
    links_to_push,
    new_front,
    strike,
    sweep,
    total_loss,
    weigh,
)

__all__ = ["LANES", "MAX_SWEEPS", "Graph", "Shocks", "make_graph", "run_scenarios"]

CHANGE_OVER = 0.1
"""Part of the links from which a sweep in a lane is cheaper: a pushed link costs some ten times one in a lane."""


MAX_SWEEPS = 10_000
"""Where a scenario is ended that does not settle. Losses only grow, save that the published guard can bring a market
back whose last seller has failed: then a firm may fail and recover for ever. The number of sweeps tells the caller."""


@inner
def _start(
    graph: Graph, front: Front, shocks: Shocks, scenario: int, tolerance: float, by_total: bool, sweeps: Ints
) -> tuple[bool, float]:
    """Run a scenario until it stops or has spread; return whether it has stopped, and the sum of losses."""
    limit = CHANGE_OVER * (graph.supplier.shape[0] + graph.sale_buyer.shape[0])
    total = strike(front, shocks, scenario)
    while links_to_push(graph, front) <= limit:
        change = sweep(graph, front)
        sweeps[scenario] += 1
        if by_total:
            before, total = total, total_loss(front)
            if total <= (1.0 + tolerance) * before:
                return True, total
        elif change <= tolerance:
            return True, total
        if sweeps[scenario] >= MAX_SWEEPS:
            return True, total
    return False, total


@inner
def _has_stopped(lanes: Lanes, lane: int, tolerance: float, by_total: bool) -> bool:
    """Stop rule 1: the largest loss of a firm is at most eps. Rule 2: total loss grew by at most the share eps."""
    if not by_total:
        return lanes.change[lane] <= tolerance
    before = lanes.total[lane]
    lanes.total[lane] = lane_loss(lanes, lane)
    return lanes.total[lane] <= (1.0 + tolerance) * before


def run_scenarios(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    tolerance: float,
    by_total: bool,
    first: int,
    last: int,
    stride: int,
    index: Floats,
    sweeps: Ints,
    out_down: Floats,
    out_up: Floats,
) -> None:
    """Run the scenarios first, first + stride ... below last to their stop; write into the output arrays.

    Parameters
    ----------
    graph
        Network, see :class:`Graph`.
    shocks
        Scenarios, see :class:`Shocks`.
    weights
        Weight of each firm in the indices, rows adding to 1; shape (weights, firms).
    tolerance
        Stop threshold eps: fraction of a firm's activity (rule 1) or of total loss (rule 2).
    by_total
        True for stop rule 2.
    first, last, stride
        Which scenarios this call does.
    index, sweeps, out_down, out_up
        Outputs: index, index_down, index_up of each scenario and weight row, shape (scenarios, weights, 3); sweeps,
        shape (scenarios,); what still works, shape (scenarios, firms), or no rows where it is not wanted.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.
    """
    room = (new_front(graph), new_lanes(graph, shocks))
    which, outputs = (first, last, stride), (index, sweeps, out_down, out_up)
    _run(graph, shocks, weights, (tolerance, by_total), which, room, outputs)


@nb.njit(cache=True, nogil=True)
def _run(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    stop: tuple[float, bool],
    which: tuple[int, int, int],
    room: tuple[Front, Lanes],
    outputs: tuple[Floats, Ints, Floats, Floats],
) -> None:
    """Do the work of :func:`run_scenarios` in the memory it was given."""
    tolerance, by_total = stop
    first, last, stride = which
    front, lanes = room
    index, sweeps, out_down, out_up = outputs
    coming, under_way = first, 0
    while coming < last or under_way > 0:
        for lane in range(LANES):
            while lanes.scenario[lane] < 0 and coming < last:
                scenario = coming
                coming += stride
                stopped, total = _start(graph, front, shocks, scenario, tolerance, by_total, sweeps)
                if stopped:
                    weigh(front, weights, index[scenario])
                    if out_down.shape[0] > 0:
                        copy_front(front, out_down[scenario], out_up[scenario])
                else:
                    board(lanes, lane, scenario, front, total)
                    under_way += 1
                clear(front, shocks, scenario)
        if under_way == 0:
            continue
        sweep_lanes(graph, lanes, shocks)
        for lane in range(LANES):
            scenario = lanes.scenario[lane]
            if scenario < 0:
                continue
            sweeps[scenario] += 1
            if _has_stopped(lanes, lane, tolerance, by_total) or sweeps[scenario] >= MAX_SWEEPS:
                weigh_lane(lanes, lane, weights, index[scenario])
                if out_down.shape[0] > 0:
                    copy_lane(lanes, lane, out_down[scenario], out_up[scenario])
                lanes.scenario[lane] = -1
                under_way -= 1

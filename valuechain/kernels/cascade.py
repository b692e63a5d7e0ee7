"""The firm-level cascade (Diem et al. 2022): runs scenarios to their stop, sparse at first, in lanes once they spread.

A failure begins with few firms, where walking only what is hit costs next to nothing; most scenarios stop before the
losses, however small, have reached a large part of the network. Those that have are moved into lanes. When a scenario
changes over depends on itself alone, so results are the same bits for any number of threads.
"""

from __future__ import annotations

import numba as nb

from valuechain.kernels.cascade_dense import (
    Lanes,
    add_losses,
    board,
    copy_lane,
    free_lanes,
    new_lanes,
    sweep_lanes,
    weigh_lanes,
)
from valuechain.kernels.cascade_graph import Floats, Graph, Ints, Shocks, inner, make_graph, pasted
from valuechain.kernels.cascade_rows import LANES
from valuechain.kernels.cascade_sparse import (
    Front,
    clear,
    copy_front,
    new_front,
    strike,
    sweep,
    total_loss,
    weigh,
)
from valuechain.kernels.shared_work import DONE, NEXT, STOP, add_to, counter, new_work

__all__ = ["DONE", "LANES", "MAX_SWEEPS", "STOP", "Graph", "Shocks", "make_graph", "new_work", "run_scenarios"]

CHANGE_OVER = 0.02
"""Part of the links from which a sweep in a lane is cheaper: a pushed link costs some fifty times one in a lane."""

MAX_SWEEPS = 10_000
"""Where a scenario is ended that does not settle. Losses only grow, save that the published guard can bring a market
back whose last seller has failed: then a firm may fail and recover for ever. The number of sweeps tells the caller."""

Outputs = tuple[Floats, Ints, Floats, Floats]
"""index, sweeps, out_down, out_up of :func:`run_scenarios`."""


@pasted
def _start(
    graph: Graph, front: Front, shocks: Shocks, scenario: int, stop: tuple[float, bool], work: Ints
) -> tuple[bool, int, float]:
    """Run a scenario until it stops or has spread; return whether it has stopped, its sweeps and the sum of losses."""
    tolerance, by_total = stop
    limit = CHANGE_OVER * (graph.supplier.shape[0] + graph.sale_buyer.shape[0])
    total, sweeps = strike(graph, front, shocks, scenario), 0
    while front.links[0] <= limit:
        change = sweep(graph, front)
        sweeps += 1
        if by_total:
            before, total = total, total_loss(front)
            if total <= (1.0 + tolerance) * before:
                return True, sweeps, total
        elif change <= tolerance:
            return True, sweeps, total
        if sweeps >= MAX_SWEEPS or counter(work, STOP) != 0:
            return True, sweeps, total
    return False, sweeps, total


@pasted
def _take(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    stop: tuple[float, bool],
    work: Ints,
    room: tuple[Front, Lanes],
    outputs: Outputs,
) -> bool:
    """Start scenarios until every lane has one; return whether there may be more."""
    front, lanes = room
    index, sweeps, out_down, out_up = outputs
    for lane in range(LANES):
        while lanes.scenario[lane] < 0:
            scenario = add_to(work, NEXT, 1)
            if scenario >= sweeps.shape[0]:
                return False
            stopped, swept, total = _start(graph, front, shocks, scenario, stop, work)
            if stopped:
                sweeps[scenario] = swept
                weigh(front, weights, index[scenario])
                if out_down.shape[0] > 0:
                    copy_front(front, out_down[scenario], out_up[scenario])
                add_to(work, DONE, 1)
            else:
                board(lanes, lane, scenario, front, swept, total)
            clear(front, shocks, scenario)
    return True


@inner
def _mark_ended(lanes: Lanes, stop: tuple[float, bool]) -> int:
    """Count the sweep, mark in ``ended`` the lanes that stop with it and return how many lanes go on.

    Stop rule 1: the largest loss of a firm is at most eps. Rule 2: total loss grew by at most the share eps.
    """
    tolerance, by_total = stop
    if by_total:
        add_losses(lanes)
    under_way = 0
    for lane in range(LANES):
        lanes.ended[lane] = False
        if lanes.scenario[lane] < 0:
            continue
        lanes.sweeps[lane] += 1
        if by_total:
            before = lanes.total[lane]
            lanes.total[lane] = lanes.sums[0, lane]
            quiet = lanes.total[lane] <= (1.0 + tolerance) * before
        else:
            quiet = lanes.change[0, lane] <= tolerance
        lanes.ended[lane] = quiet or lanes.sweeps[lane] >= MAX_SWEEPS
        if not lanes.ended[lane]:
            under_way += 1
    return under_way


@inner
def _leave(lanes: Lanes, weights: Floats, work: Ints, outputs: Outputs) -> None:
    """Write the outputs of the lanes marked as ended and free them."""
    index, sweeps, out_down, out_up = outputs
    for w in range(weights.shape[0]):
        weigh_lanes(lanes, weights, w)
        for lane in range(LANES):
            if lanes.ended[lane]:
                for k in range(3):
                    index[lanes.scenario[lane], w, k] = lanes.sums[k, lane]
    for lane in range(LANES):
        if lanes.ended[lane]:
            sweeps[lanes.scenario[lane]] = lanes.sweeps[lane]
            if out_down.shape[0] > 0:
                copy_lane(lanes, lane, out_down[lanes.scenario[lane]], out_up[lanes.scenario[lane]])
            lanes.scenario[lane] = -1
            add_to(work, DONE, 1)
    free_lanes(lanes)


def run_scenarios(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    tolerance: float,
    by_total: bool,
    work: Ints,
    index: Floats,
    sweeps: Ints,
    out_down: Floats,
    out_up: Floats,
) -> None:
    """Run scenarios to their stop until none is left to take; write into the output arrays.

    Any number of threads may call this at once with the same ``work`` and the same outputs: each takes the next
    scenario when it has room for one. All are done when every call has returned, unless a call was told to stop.

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
    work
        Counters from :func:`new_work`. ``work[DONE]`` is how many scenarios are done; writing anything but 0 into
        ``work[STOP]`` makes all calls return after the sweep they are in, their outputs unfinished.
    index, sweeps, out_down, out_up
        Outputs: index, index_down, index_up of each scenario and weight row, shape (scenarios, weights, 3); sweeps,
        shape (scenarios,); what still works, shape (scenarios, firms), or no rows where not wanted.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.
    """
    room = (new_front(graph), new_lanes(graph, shocks))
    _run(graph, shocks, weights, (tolerance, by_total), work, room, (index, sweeps, out_down, out_up))


@nb.njit(cache=True, nogil=True)
def _run(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    stop: tuple[float, bool],
    work: Ints,
    room: tuple[Front, Lanes],
    outputs: Outputs,
) -> None:
    """Do the work of :func:`run_scenarios` in the memory it was given."""
    _, lanes = room
    more, under_way = True, 0
    while (more or under_way > 0) and counter(work, STOP) == 0:
        if more:
            more = _take(graph, shocks, weights, stop, work, room, outputs)
        taken = 0
        for lane in range(LANES):
            taken += lanes.scenario[lane] >= 0
        if taken == 0:
            return
        sweep_lanes(graph, lanes, shocks)
        under_way = _mark_ended(lanes, stop)
        if under_way < taken:
            _leave(lanes, weights, work, outputs)

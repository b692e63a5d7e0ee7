"""Runs scenarios to a proven bracket around the fixed point, side by side; see ``cascade_fixed`` for a sweep."""

from __future__ import annotations

import numba as nb

from valuechain.kernels.cascade_fixed import (
    GROW,
    PROVE,
    STEP,
    STRIDE,
    UNKNOWN,
    Basin,
    enter,
    give_up,
    keep_demand,
    keep_low,
    leap,
    new_basin,
    push_up,
    rest,
    restore,
    sweep,
    weigh,
)
from valuechain.kernels.cascade_graph import Floats, Graph, Ints, Shocks, inner
from valuechain.kernels.cascade_rows import LANES
from valuechain.kernels.shared_work import DONE, NEXT, STOP, add_to, counter

PROOF_SWEEPS = 12
"""Sweeps after which a bound from above that still moves is given up."""

MOST_PROOFS = 8
"""Failed proofs after which rounding is what is in the way: the next bound is taken as it is."""

MARGIN, MOST_ROOM = 1.25, 100.0
"""How far beyond the extrapolated rest of a geometric series losses are pushed up, at least and at most."""

LEAP_AFTER, SLOW = 12, 8.0
"""Sweeps between leaps, in which all but the slowest part of what is still to come dies out; and what is slow: lost
demand seems to grow by that many times the last sweep's."""

FIRST_SWEEPS = 4
"""Sweeps before a first proof: the first steps of a failure do not yet show where it leads."""

STANDSTILL, STANDSTILL_AFTER = 1e-15, 64
"""A change that is nothing but rounding, and the sweeps after which it ends the growth."""

ALL_BUT_ROUNDING = 1e-13
"""A change above this is more than rounding."""

ROUNDING = 1e-15
"""What rounding adds to an error, times what one sweep's rounding can grow to in those that follow."""


Stop = tuple[float, bool, int, bool]
"""Tolerance, whether it is each firm's, most sweeps, and whether ``worth`` bounds what lost demand grows to."""


@inner
def _still_to_come(basin: Basin, lane: int, stop: Stop) -> float:
    """Return how much the index, or all losses together, seem to grow from here on."""
    _, by_firm, _, bounded = stop
    down = basin.step[0, lane] if by_firm else basin.gain[0, lane]
    up = basin.step[1, lane] if by_firm else basin.gain[1, lane]
    coming = MARGIN * down * rest(basin, lane, 0)
    # Where a bound is known nothing need be extrapolated.
    return coming + (basin.gain[1, lane] if bounded else MARGIN * up * rest(basin, lane, 1))


@inner
def _at_rest(basin: Basin, lane: int, bounded: bool) -> bool:
    """Tell whether the last sweep changed nothing that a bound does not cover: then T(u) <= u."""
    return basin.change[0, lane] == 0.0 and (bounded or basin.change[1, lane] == 0.0)


@inner
def _grown(basin: Basin, lane: int, stop: Stop, last: bool) -> bool:
    """After a sweep that grew: begin a proof when little is to come. Return whether the losses are the fixed point."""
    tolerance, _, _, bounded = stop
    target = tolerance * 0.1 ** basin.state[3, lane]
    coming = _still_to_come(basin, lane, stop)
    if _at_rest(basin, lane, bounded) and (last or coming <= target):
        keep_low(basin, lane)
        return True
    change = max(basin.change[0, lane], basin.change[1, lane])
    slow = rest(basin, lane, 0) if bounded else max(rest(basin, lane, 0), rest(basin, lane, 1))
    if change > ALL_BUT_ROUNDING and slow < UNKNOWN:
        basin.slow[lane] = slow
    basin.state[2, lane] += 1
    if not last and basin.state[2, lane] < FIRST_SWEEPS:
        return False
    stands = change <= STANDSTILL
    last = last or (stands and basin.state[2, lane] >= STANDSTILL_AFTER)
    if not stands and basin.state[2, lane] >= LEAP_AFTER and rest(basin, lane, 1) > SLOW and not last:
        keep_demand(basin, lane)
        basin.state[1, lane] = STRIDE
    elif last or coming <= target:
        keep_low(basin, lane)
        basin.state[1, lane] = STEP
    return False


@inner
def _try_again(basin: Basin, lane: int, bounded: bool) -> None:
    """Go back to the lower bound and grow on; the next proof waits for a smaller rest."""
    restore(basin, lane, not bounded)
    basin.step[0, lane] = 0.0
    basin.step[1, lane] = 0.0
    basin.state[1, lane] = GROW
    basin.state[2, lane] = 0
    basin.state[3, lane] += 1


@inner
def _leapt(graph: Graph, basin: Basin, lane: int) -> None:
    """After the sweep that gave the stride: leap nine tenths of the way, or less after leaps that failed."""
    way = 0.9 * 0.5 ** basin.state[4, lane]
    if not leap(graph, basin, lane, max(1.0, way * (1.0 + rest(basin, lane, 1)))):
        basin.state[4, lane] += 1
    basin.step[1, lane] = 0.0
    basin.state[1, lane] = GROW
    basin.state[2, lane] = 0


@inner
def _begin_proof(basin: Basin, lane: int, stop: Stop) -> None:
    """Push losses up: further after failures, and if there is room, and lifted once only rounding is in the way."""
    tolerance, bounded = stop[0], stop[3]
    if max(basin.change[0, lane], 0.0 if bounded else basin.change[1, lane]) <= ALL_BUT_ROUNDING:
        basin.state[5, lane] += 1
    coming = _still_to_come(basin, lane, stop)
    room = 0.5 * tolerance / coming if coming > 0.0 else 1.0
    further = max(MARGIN * 2.0 ** min(basin.state[3, lane], 10), min(room, MOST_ROOM))
    lift = ROUNDING * 4.0 ** basin.state[5, lane] if basin.state[5, lane] > 1 else 0.0
    push_up(basin, lane, further * rest(basin, lane, 0), 0.0 if bounded else further * rest(basin, lane, 1), lift)
    basin.state[1, lane] = PROVE
    basin.state[2, lane] = 0


@inner
def _write(
    basin: Basin, lane: int, weights: Floats, worth: Floats, stop: Stop, outputs: tuple[Floats, Floats]
) -> float:
    """Write the bracket of a scenario; return the largest gap of a firm, or of the index where it is what counts."""
    index, error = outputs
    gap = weigh(basin, lane, weights, index, error)
    if stop[3]:
        over = basin.gain[1, lane]
        for i in range(basin.up.shape[0]):
            over += ROUNDING * worth[i] * basin.up[i, lane]
        for w in range(weights.shape[0]):
            error[w, 0] += over
            error[w, 2] += over
        gap += over
    return gap if stop[1] else error[0, 0]


@inner
def _is_done(
    graph: Graph,
    basin: Basin,
    lane: int,
    weights: Floats,
    worth: Floats,
    stop: Stop,
    outputs: tuple[Floats, Floats],
) -> bool:
    """Take a scenario one step further after a sweep; return whether its bracket has been written."""
    tolerance, _, limit, bounded = stop
    last = basin.swept[lane] >= limit or basin.state[5, lane] >= MOST_PROOFS
    phase = basin.state[1, lane]
    if phase == GROW:
        if not _grown(basin, lane, stop, last):
            return False
        _write(basin, lane, weights, worth, stop, outputs)
        return True
    if phase == STRIDE:
        _leapt(graph, basin, lane)
        return False
    if phase == STEP:
        _begin_proof(basin, lane, stop)
        return False
    basin.state[2, lane] += 1
    if _at_rest(basin, lane, bounded):
        if _write(basin, lane, weights, worth, stop, outputs) <= tolerance or last:
            return True
        _try_again(basin, lane, bounded)
    elif basin.state[2, lane] >= PROOF_SWEEPS:
        if last:
            give_up(graph, basin, lane, not bounded)
            _write(basin, lane, weights, worth, stop, outputs)
            return True
        _try_again(basin, lane, bounded)
    return False


@inner
def _copy(basin: Basin, lane: int, down: Floats, up: Floats) -> None:
    for i in range(basin.down.shape[0]):
        down[i] = 1.0 - basin.low_down[i, lane]
        up[i] = 1.0 - basin.low_up[i, lane]


def bracket_scenarios(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    worth: Floats,
    tolerance: float,
    by_firm: bool,
    limit: int,
    work: Ints,
    index: Floats,
    error: Floats,
    sweeps: Ints,
    out_down: Floats,
    out_up: Floats,
) -> None:
    """Bracket the fixed point of scenarios until none is left to take; write into the output arrays.

    Any number of threads may call this at once, see :func:`valuechain.kernels.cascade.run_scenarios`.

    Parameters
    ----------
    graph
        Network, see :class:`Graph`.
    shocks
        Scenarios, see :class:`Shocks`.
    weights
        Weight of each firm in the indices, rows adding to 1; shape (weights, firms). The first row is what is solved
        to the tolerance.
    worth
        What a unit of lost demand that a firm passes on grows to, weighed in the index (row 0) and summed over firms
        (row 1), at most; shape (2, firms), or (0, firms) where nothing bounds it. With U the upstream shares and
        a = weights + U' a, row 0 is a - weights: a sweep in place that changed demand by g left at most (a - weights)
        g of the index to come.
    tolerance
        Largest error of the index aimed at, a fraction.
    by_firm
        Aim at that error for each firm's loss.
    limit
        Sweeps after which the bracket is taken as wide as it is.
    work
        Counters from :func:`valuechain.kernels.shared_work.new_work`.
    index, error
        Outputs: the lower bound of index, index_down, index_up for each scenario and row of weights, and how far the
        true value may be above; shape (scenarios, weights, 3).
    sweeps, out_down, out_up
        Outputs: sweeps, shape (scenarios,); what still works by the lower bound of losses, shape (scenarios, firms),
        or no rows where it is not wanted.

    References
    ----------
    Tarski (1955), Pacific Journal of Mathematics 5:285, Theorem 1: T(u) <= u bounds the least fixed point by u.
    """
    bounded = len(worth) > 0
    stop, outputs = (tolerance, by_firm, limit, bounded), (index, error, sweeps, out_down, out_up)
    row = worth[1 if by_firm else 0] if bounded else weights[0]
    _run(graph, shocks, weights, row, stop, work, new_basin(graph), outputs)


@inner
def _take(basin: Basin, shocks: Shocks, work: Ints) -> bool:
    """Give every free lane a scenario; return whether there may be more."""
    count = shocks.start.shape[0] - 1
    for lane in range(LANES):
        if basin.state[0, lane] < 0:
            scenario = add_to(work, NEXT, 1)
            if scenario >= count:
                return False
            enter(basin, lane, shocks, scenario)
    return True


@nb.njit(cache=True, nogil=True)
def _run(
    graph: Graph,
    shocks: Shocks,
    weights: Floats,
    worth: Floats,
    stop: Stop,
    work: Ints,
    basin: Basin,
    outputs: tuple[Floats, Floats, Ints, Floats, Floats],
) -> None:
    """Do the work of :func:`bracket_scenarios` in the memory it was given."""
    index, error, sweeps, out_down, out_up = outputs
    more = True
    while counter(work, STOP) == 0:
        more = more and _take(basin, shocks, work)
        if basin.state[0].max() < 0:
            return
        sweep(graph, basin, weights, worth)
        for lane in range(LANES):
            scenario = basin.state[0, lane]
            if scenario < 0:
                continue
            basin.swept[lane] += 1
            if not _is_done(graph, basin, lane, weights, worth, stop, (index[scenario], error[scenario])):
                continue
            error[scenario] += ROUNDING * (1.0 + basin.slow[lane])
            sweeps[scenario] = basin.swept[lane]
            if out_down.shape[0] > 0:
                _copy(basin, lane, out_down[scenario], out_up[scenario])
            basin.state[0, lane] = -1
            add_to(work, DONE, 1)

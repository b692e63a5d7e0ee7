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


@inner
def _still_to_come(basin: Basin, lane: int, by_firm: bool) -> float:
    """Return how much the index, or all losses together, seem to grow from here on."""
    if by_firm:
        return basin.step[0, lane] * rest(basin, lane, 0) + basin.step[1, lane] * rest(basin, lane, 1)
    return basin.gain[0, lane] * rest(basin, lane, 0) + basin.gain[1, lane] * rest(basin, lane, 1)


@inner
def _grown(basin: Basin, lane: int, tolerance: float, by_firm: bool, last: bool) -> bool:
    """After a sweep that grew: begin a proof when little is to come. Return whether nothing moved at all."""
    if basin.change[0, lane] == 0.0:
        keep_low(basin, lane)
        return True
    slow = max(rest(basin, lane, 0), rest(basin, lane, 1))
    if basin.change[0, lane] > ALL_BUT_ROUNDING and slow < UNKNOWN:
        basin.slow[lane] = slow
    basin.state[2, lane] += 1
    if not last and basin.state[2, lane] < FIRST_SWEEPS:
        return False
    target = tolerance * 0.1 ** basin.state[3, lane]
    stands = basin.change[0, lane] <= STANDSTILL
    last = last or (stands and basin.state[2, lane] >= STANDSTILL_AFTER)
    if not stands and basin.state[2, lane] >= LEAP_AFTER and rest(basin, lane, 1) > SLOW and not last:
        keep_demand(basin, lane)
        basin.state[1, lane] = STRIDE
    elif last or MARGIN * _still_to_come(basin, lane, by_firm) <= target:
        keep_low(basin, lane)
        basin.state[1, lane] = STEP
    return False


@inner
def _proved(
    basin: Basin, lane: int, weights: Floats, tolerance: float, by_firm: bool, index: Floats, error: Floats
) -> bool:
    """After a sweep that changed nothing: write the bracket and return whether it is narrow enough."""
    gap = weigh(basin, lane, weights, index, error)
    return (gap if by_firm else error[0, 0]) <= tolerance


@inner
def _try_again(basin: Basin, lane: int) -> None:
    """Go back to the lower bound and grow on; the next proof waits for a smaller rest."""
    restore(basin, lane)
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
def _further(basin: Basin, lane: int, tolerance: float, by_firm: bool) -> float:
    """Return how many times what seems to come losses are pushed up: further after failures, and if there is room."""
    coming = _still_to_come(basin, lane, by_firm)
    room = 0.5 * tolerance / coming if coming > 0.0 else 1.0
    return max(MARGIN * 2.0 ** basin.state[3, lane], min(room, MOST_ROOM))


@inner
def _is_done(
    graph: Graph,
    basin: Basin,
    lane: int,
    weights: Floats,
    stop: tuple[float, bool, int],
    outputs: tuple[Floats, Floats],
) -> bool:
    """Take a scenario one step further after a sweep; return whether its bracket has been written."""
    tolerance, by_firm, limit = stop
    index, error = outputs
    last = basin.swept[lane] >= limit or basin.state[3, lane] >= MOST_PROOFS
    phase = basin.state[1, lane]
    if phase == GROW:
        if not _grown(basin, lane, tolerance, by_firm, last):
            return False
        weigh(basin, lane, weights, index, error)
        return True
    if phase == STRIDE:
        _leapt(graph, basin, lane)
        return False
    if phase == STEP:
        further = _further(basin, lane, tolerance, by_firm)
        push_up(basin, lane, further * rest(basin, lane, 0), further * rest(basin, lane, 1))
        basin.state[1, lane] = PROVE
        basin.state[2, lane] = 0
        return False
    basin.state[2, lane] += 1
    if basin.change[0, lane] == 0.0:
        if _proved(basin, lane, weights, tolerance, by_firm, index, error) or last:
            return True
        _try_again(basin, lane)
    elif basin.state[2, lane] >= PROOF_SWEEPS:
        if last:
            give_up(graph, basin, lane)
            weigh(basin, lane, weights, index, error)
            return True
        _try_again(basin, lane)
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
    stop, outputs = (tolerance, by_firm, limit), (index, error, sweeps, out_down, out_up)
    _run(graph, shocks, weights, stop, work, new_basin(graph), outputs)


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
    stop: tuple[float, bool, int],
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
        sweep(graph, basin, weights)
        for lane in range(LANES):
            scenario = basin.state[0, lane]
            if scenario < 0:
                continue
            basin.swept[lane] += 1
            if not _is_done(graph, basin, lane, weights, stop, (index[scenario], error[scenario])):
                continue
            error[scenario] += ROUNDING * (1.0 + basin.slow[lane])
            sweeps[scenario] = basin.swept[lane]
            if out_down.shape[0] > 0:
                _copy(basin, lane, out_down[scenario], out_up[scenario])
            basin.state[0, lane] = -1
            add_to(work, DONE, 1)

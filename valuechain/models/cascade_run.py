"""Runs prepared cascades by either rule: scenarios over threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from valuechain.errors import ModelWarning, ParameterError, warn_caller
from valuechain.kernels.cascade import DONE, MAX_SWEEPS, STOP, Shocks, new_work, run_scenarios
from valuechain.kernels.cascade_bracket import ROUNDING, bracket_scenarios
from valuechain.kernels.cascade_graph import chosen
from valuechain.models.cascade_demand import MOST_FIRMS, solved_demand, without_demand
from valuechain.models.cascade_network import PreparedCascade
from valuechain.network import Floats, Index

Progress = Callable[[int, int], None]
"""Called with scenarios done and scenarios in all."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What many cascades came to.

    Parameters
    ----------
    index
        Lost share of each row of weights: index, index_down, index_up; shape (scenarios, weights, 3).
    sweeps
        Sweeps done, shape (scenarios,).
    h_down, h_up
        What still works of each firm (0..1), shape (scenarios, firms); no rows where firms were not kept.
    error
        Fixed point: how far the true index may be above ``index``, same shape. None by the published rule, whose
        index is what its sweeps came to.
    """

    index: Floats
    sweeps: Index
    h_down: Floats
    h_up: Floats
    error: Floats | None = None


def run(
    prepared: PreparedCascade,
    shocks: Shocks,
    *,
    keep_firms: bool,
    threads: int | None,
    progress: Progress | None = None,
) -> Outcome:
    """Run scenarios on a prepared network, spread over threads; the caller says which did not settle."""
    count = len(shocks.start) - 1
    n = prepared.graph.sales.shape[0]
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int | np.integer) or threads < 1):
        raise ParameterError(f"threads {threads!r} is not a number of threads; write a whole number from 1")
    index = np.zeros((count, prepared.weights.shape[0], 3))
    kept = (count, n) if keep_firms else (0, n)
    fixed = prepared.parameters["rule"] == "fixed-point"
    outcome = Outcome(
        index=index,
        sweeps=np.zeros(count, dtype=np.int64),
        h_down=np.ones(kept),
        h_up=np.ones(kept),
        error=np.zeros_like(index) if fixed else None,
    )
    work = new_work()
    if fixed:
        # What a small network has not come to by then is solved for below.
        most = SWEEPS_BEFORE_SOLVING if n <= MOST_FIRMS else MOST_SWEEPS_AT_REST
        part = _part_of_fixed_point(prepared, shocks, work, outcome, most)
    else:
        part = _part_of_published(prepared, shocks, work, outcome)
    workers = max(1, min(threads or os.cpu_count() or 1, count))
    with ThreadPoolExecutor(workers) as pool:
        try:
            _await([pool.submit(part) for _ in range(workers)], work, count, progress)
        finally:
            # After Ctrl-C, or an error in one thread, the pool waits for its threads: they leave after this sweep.
            work[STOP] = 1
    if outcome.error is not None and n <= MOST_FIRMS:
        _solve_small(prepared, shocks, outcome, outcome.error)
    return outcome


REPORT_EVERY = 0.2
"""Seconds between two reports of progress."""


def _await(jobs: list[Future[None]], work: Index, count: int, progress: Progress | None) -> None:
    """Wait until all jobs have returned or one has failed; report how many scenarios are done whenever there are more.

    A wait without a limit would keep Ctrl-C from being seen.
    """
    waiting, told = set(jobs), -1
    while waiting:
        done = int(work[DONE])
        if progress is not None and told < done < count:
            progress(done, count)
            told = done
        finished, waiting = wait(waiting, timeout=REPORT_EVERY, return_when=FIRST_EXCEPTION)
        for job in finished:
            job.result()
    if progress is not None:
        progress(count, count)


Part = Callable[[], None]
"""Takes scenarios until none is left; several threads may do so at once."""


def _part_of_published(prepared: PreparedCascade, shocks: Shocks, work: Index, outcome: Outcome) -> Part:
    return partial(
        run_scenarios,
        prepared.graph,
        shocks,
        prepared.weights,
        prepared.parameters["tolerance"],
        prepared.parameters["stop"] == "total",
        work,
        outcome.index,
        outcome.sweeps,
        outcome.h_down,
        outcome.h_up,
    )


def _solve_small(prepared: PreparedCascade, shocks: Shocks, outcome: Outcome, error: Floats) -> None:
    """Solve for lost demand where the sweeps of a small network did not come to the tolerance."""
    short = np.flatnonzero(error[:, 0, 0] > prepared.parameters["tolerance"])
    supply_only = replace(prepared, graph=without_demand(prepared)) if len(short) else prepared
    for scenario in short:
        one = chosen(shocks, np.array([scenario]))
        lost = np.zeros(prepared.graph.sales.shape[0])
        lost[one.firm] = one.up
        solved = solved_demand(prepared.graph, lost)
        if solved is None:
            continue
        supply = Outcome(
            index=np.zeros((1, *outcome.index.shape[1:])),
            sweeps=np.zeros(1, dtype=np.int64),
            h_down=np.ones((1, len(lost))),
            h_up=np.ones((1, len(lost))),
            error=np.zeros((1, *outcome.index.shape[1:])),
        )
        _part_of_fixed_point(supply_only, one, new_work(), supply, MOST_SWEEPS_AT_REST)()
        _join(prepared.weights, outcome, error, int(scenario), supply, solved)


def _join(
    weights: Floats, outcome: Outcome, error: Floats, scenario: int, supply: Outcome, demand: tuple[Floats, Floats]
) -> None:
    """Write the indices of a scenario from its lost supply and the bounds of its lost demand, if that is better."""
    low_up, high_up = demand
    low_down = 1.0 - supply.h_down[0]
    over_down = np.zeros(len(weights)) if supply.error is None else supply.error[0, :, 1]
    over_up = weights @ (high_up - low_up)
    found = over_down + over_up + ROUNDING
    if found[0] >= error[scenario, 0, 0]:
        return
    losses = (np.maximum(low_down, low_up), low_down, low_up)
    outcome.index[scenario] = np.stack([weights @ lost for lost in losses], axis=1)
    error[scenario] = np.stack([found, over_down + ROUNDING, over_up + ROUNDING], axis=1)
    outcome.sweeps[scenario] = supply.sweeps[0]
    if len(outcome.h_up):
        outcome.h_down[scenario], outcome.h_up[scenario] = supply.h_down[0], 1.0 - low_up


ROUGH = 1e-8
"""An error above which a bracket is called wide: below, rounding can be what keeps it from the tolerance."""

SWEEPS_BEFORE_SOLVING, MOST_SWEEPS_AT_REST = 2_000, 100_000
"""Sweeps of a small network before lost demand is solved for, and sweeps at most."""

MOST_LINKS = 200_000_000
"""Links walked, at most, for the fixed point of one scenario: where demand hardly leaves, losses creep for ever."""


def _part_of_fixed_point(prepared: PreparedCascade, shocks: Shocks, work: Index, outcome: Outcome, most: int) -> Part:
    links = len(prepared.graph.sale_buyer) + len(prepared.graph.supplier)
    return partial(
        bracket_scenarios,
        prepared.graph,
        shocks,
        prepared.weights,
        prepared.worth,
        prepared.parameters["tolerance"],
        outcome.h_down.shape[0] > 0,
        int(np.clip(MOST_LINKS / max(links, 1), 500, most)),
        work,
        outcome.index,
        np.zeros_like(outcome.index) if outcome.error is None else outcome.error,
        outcome.sweeps,
        outcome.h_down,
        outcome.h_up,
    )


def warn_of_unsettled(sweeps: Index, error: Floats | None, prepared: PreparedCascade) -> None:
    """Warn where scenarios did not come to rest; see :func:`unsettled_words`."""
    words = unsettled_words(sweeps, error, prepared)
    if words:
        warn_caller(words, ModelWarning)


def unsettled_words(sweeps: Index, error: Floats | None, prepared: PreparedCascade) -> str:
    """Return which scenarios did not come to rest: ended by the published rule, or with a wide bracket; "": none.

    Parameters
    ----------
    sweeps
        Sweeps of each scenario, shape (scenarios,).
    error
        Error of each index as in :class:`Outcome`, or None.
    prepared
        The network.
    """
    name, tolerance = prepared.parameters["network"], prepared.parameters["tolerance"]
    if error is not None:
        wide = int((error[:, 0, 0] > max(tolerance, ROUGH)).sum())
        if not wide:
            return ""
        return (
            f"{wide:,} of {len(sweeps):,} indices in network '{name}' are not known to {max(tolerance, ROUGH):g}, "
            f"the largest error is {float(error[:, 0, 0].max()):.2g} (column error): losses creep on there."
        )
    unsettled = int((sweeps >= MAX_SWEEPS).sum())
    if not unsettled:
        return ""
    return (
        f"{unsettled:,} of {len(sweeps):,} cascades in network '{name}' did not settle in {MAX_SWEEPS:,} sweeps "
        "and were ended there: the published rule counts a market of which nothing is left as 1, which can bring "
        "firms back. Give flows in a smaller unit (such as kEUR for MEUR) or no market."
    )

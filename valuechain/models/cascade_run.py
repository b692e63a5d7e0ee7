"""Runs prepared cascades: scenarios over threads, in pieces."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from valuechain.errors import ModelWarning, ParameterError, warn_caller
from valuechain.kernels.cascade import LANES, MAX_SWEEPS, Shocks, run_scenarios
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
    """

    index: Floats
    sweeps: Index
    h_down: Floats
    h_up: Floats


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
    index = np.zeros((count, prepared.weights.shape[0], 3))
    sweeps = np.zeros(count, dtype=np.int64)
    kept = (count, n) if keep_firms else (0, n)
    h_down, h_up = np.ones(kept), np.ones(kept)
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ParameterError(f"threads {threads!r} is not a number of threads; write a whole number from 1")
    workers = max(1, min(threads or os.cpu_count() or 1, count))
    tolerance, by_total = prepared.parameters["tolerance"], prepared.parameters["stop"] == "total"
    # Pieces keep Ctrl-C and progress quick; their size changes no number, as every scenario is computed alone.
    piece = max(LANES * workers * 4, 64 * workers)
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, count, piece):
            last = min(count, first + piece)
            jobs = [
                pool.submit(
                    run_scenarios,
                    prepared.graph,
                    shocks,
                    prepared.weights,
                    tolerance,
                    by_total,
                    first + w,
                    last,
                    workers,
                    index,
                    sweeps,
                    h_down,
                    h_up,
                )
                for w in range(workers)
            ]
            for job in jobs:
                job.result()
            if progress is not None:
                progress(last, count)
    return Outcome(index=index, sweeps=sweeps, h_down=h_down, h_up=h_up)


def warn_of_unsettled(sweeps: Index, prepared: PreparedCascade) -> None:
    """Say that scenarios were ended: the published guard let a firm fail and recover for ever."""
    unsettled = int((sweeps >= MAX_SWEEPS).sum())
    if unsettled:
        warn_caller(
            f"{unsettled:,} of {len(sweeps):,} cascades in network '{prepared.parameters['network']}' did not settle "
            f"in {MAX_SWEEPS:,} sweeps and were ended there: the published rule counts a market of which nothing is "
            "left as 1, which can bring firms back. Give flows in a smaller unit (such as kEUR for MEUR) or no market.",
            ModelWarning,
        )

"""Runs a batch of scenarios piece by piece, so that memory does not grow with scenarios times firms."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.kernels.cascade_graph import chosen
from valuechain.kernels.cascade_groups import add_up_losses
from valuechain.models.cascade_groups import FirmGroups
from valuechain.models.cascade_network import Cascade, PreparedCascade, prepare
from valuechain.models.cascade_run import Progress, run, warn_of_unsettled
from valuechain.models.cascade_shocks import ScenarioBatch
from valuechain.network import Floats, Index, Network
from valuechain.results import rank_key
from valuechain.runs.run import check_progress

PIECE_BYTES = 1 << 28
"""Most room for what works of each firm in the scenarios under way (two numbers a firm and scenario)."""

PIECE_OF_THREAD = 64
"""Scenarios a piece has for each thread: enough to keep it busy, few enough that memory is used again."""

MOST_ROWS = 10_000_000
"""Rows of scenarios and groups that one result may hold (about 1 GB)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchOutcome:
    """What a batch of scenarios came to.

    Parameters
    ----------
    model, batch, prepared
        What was run.
    index
        Index, index_down, index_up of each scenario; shape (scenarios, 3).
    sweeps
        Sweeps done, shape (scenarios,).
    error
        How far each index can be from the fixed point, shape (scenarios,); None where the rule knows none.
    lost
        Lost, lost downstream, lost upstream in each group, fractions of all weight; shape (scenarios, groups, 3).
    """

    model: Cascade
    batch: ScenarioBatch
    prepared: PreparedCascade
    index: Floats
    sweeps: Index
    error: Floats | None
    lost: Floats

    def table(self) -> pd.DataFrame:
        """Return the row of each scenario, in the order given."""
        direct = np.bincount(self._scenario_of_entry(), weights=self._weighted(), minlength=len(self.batch))
        columns: dict[str, Any] = {
            "scenario": pd.Series(list(self.batch.names), dtype="str"),
            "index": self.index[:, 0],
            "index_down": self.index[:, 1],
            "index_up": self.index[:, 2],
            "direct": direct,
            # Sums in another order differ in the last digits; nothing is ever lost less than in the shock itself.
            "indirect": np.maximum(self.index[:, 0] - direct, 0),
            "firms_hit": np.diff(self.batch.shocks.start),
            "sweeps": self.sweeps,
        }
        return pd.DataFrame(columns if self.error is None else {**columns, "error": self.error})

    def ranking(self) -> Index:
        """Return the scenarios by index, the largest first, ties by name; shape (scenarios,)."""
        by_name = np.argsort(np.argsort(np.array(self.batch.names, dtype=str), kind="stable"), kind="stable")
        return np.lexsort((by_name, -rank_key(self.index[:, 0])))

    def direct_by(self, groups: FirmGroups) -> Floats:
        """Return the loss of the shocks themselves in each group; shape (scenarios, groups)."""
        firm, size = self.batch.shocks.firm, len(groups.labels)
        times = np.diff(groups.start)[firm]
        # The memberships of each entry, one after another.
        skipped = np.repeat(np.cumsum(times) - times, times)
        group = groups.group[np.arange(int(times.sum())) - skipped + np.repeat(groups.start[firm], times)]
        cell = np.repeat(self._scenario_of_entry(), times) * size + group
        lost = np.bincount(cell, np.repeat(self._weighted(), times), len(self.batch) * size)
        return np.asarray(lost, dtype=np.float64).reshape(len(self.batch), size)

    def _scenario_of_entry(self) -> Index:
        return np.repeat(np.arange(len(self.batch)), np.diff(self.batch.shocks.start))

    def _weighted(self) -> Floats:
        shocks = self.batch.shocks
        return self.prepared.weights[0][shocks.firm] * np.maximum(shocks.down, shocks.up)


def run_batch(
    network: Network,
    model: Cascade,
    batch: ScenarioBatch,
    *,
    groups: FirmGroups | None,
    threads: int | None,
    progress: Progress | None,
) -> BatchOutcome:
    """Run all scenarios of a batch and add their losses up over groups, if there are any."""
    check_progress(progress)
    count, size = len(batch), 0 if groups is None else len(groups.labels)
    if count * size > MOST_ROWS:
        raise ParameterError(
            f"{count:,} scenarios by {size:,} groups are more than {MOST_ROWS:,} rows; run fewer scenarios at a time, "
            "or take wider groups"
        )
    prepared = prepare(network, model)
    weights = prepared.weights[0]
    lost = np.zeros((count, size, 3))
    pieces = []
    piece = count if groups is None else _piece(network.n_firms, threads)
    for first in range(0, count, piece):
        last = min(first + piece, count)
        told = None if progress is None else _told(progress, first, count)
        part = chosen(batch.shocks, np.arange(first, last))
        outcome = run(prepared, part, keep_firms=groups is not None, threads=threads, progress=told)
        if groups is not None:
            add_up_losses(outcome.h_down, outcome.h_up, weights, groups.start, groups.group, lost[first:last])
        pieces.append((outcome.index[:, 0, :], outcome.sweeps, outcome.error))
    sweeps = np.concatenate([s for _, s, _ in pieces])
    errors = [e for _, _, e in pieces if e is not None]
    error = np.concatenate(errors) if errors else None
    warn_of_unsettled(sweeps, error, prepared)
    return BatchOutcome(
        model=model,
        batch=batch,
        prepared=prepared,
        index=np.concatenate([i for i, _, _ in pieces]),
        sweeps=sweeps,
        error=None if error is None else error[:, 0, 0],
        lost=lost,
    )


def _piece(n_firms: int, threads: int | None) -> int:
    wanted = PIECE_OF_THREAD * (threads if isinstance(threads, int) and threads > 0 else os.cpu_count() or 1)
    return max(16, min(wanted, PIECE_BYTES // (16 * n_firms)))


def _told(progress: Progress, first: int, count: int) -> Progress:
    return lambda done, _: progress(first + done, count)

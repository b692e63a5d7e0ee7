"""Runs of an ensemble as items of a long run: any of them by number, each alone, several side by side in threads."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from valuechain.models.cascade_groups import FirmGroups
from valuechain.models.dynamics import Dynamics
from valuechain.models.effects import Effect
from valuechain.models.ensemble_draws import Draws, correlation_of
from valuechain.models.simulate import RETURNED, SAME
from valuechain.network import Floats
from valuechain.results import plain
from valuechain.runs import RunKey
from valuechain.runs.rows import Array, Index
from valuechain.scenario import Scenario, Shock

__all__ = ["EnsembleWork", "key_of"]

LOOK_SECONDS = 0.2
"""How often the waiting thread looks up, so that Ctrl-C is seen."""

NOTE = "U400"
"""Type of what is to be said of a run alone."""


@dataclass(frozen=True, kw_only=True)
class EnsembleWork:
    """Computes runs of a network and a model made ready.

    Parameters
    ----------
    dynamics
        The network and the model.
    draws
        What is random.
    by_day, usual
        Undisturbed production of all firms by day, currency per day, shape (days,); of each firm over all days,
        currency, shape (firms,).
    groups
        Groups of firms over which losses are added up.
    keep_firms
        Whether the loss of each firm is kept.
    threads
        Threads of this process; None: one a core. On a cluster 1, since workers bring their own.
    """

    dynamics: Dynamics
    draws: Draws
    by_day: Floats
    usual: Floats
    groups: tuple[FirmGroups, ...]
    keep_firms: bool
    threads: int | None

    def __call__(self, which: Index) -> dict[str, Array]:
        """Return the rows of some runs, see :meth:`room`."""
        rows = self.room(len(which))
        waiting: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        for place, run in enumerate(which.tolist()):
            waiting.put((place, run))
        workers = max(1, min(self.threads or os.cpu_count() or 1, len(which)))
        stop = threading.Event()
        with ThreadPoolExecutor(workers) as pool:
            try:
                _await([pool.submit(self._take, waiting, rows, stop) for _ in range(workers)])
            finally:
                # After Ctrl-C, or an error in one thread, the pool waits for its threads: they leave after this run.
                stop.set()
        return rows

    def room(self, runs: int) -> dict[str, Array]:
        """Return rows to be filled in: losses by day and firm (fractions), by group (currency), and what was drawn."""
        shocks = len(self.draws.shocks)
        rows: dict[str, Array] = {
            "loss": np.zeros((runs, len(self.by_day))),
            "groups": np.zeros((runs, sum(len(g.labels) for g in self.groups))),
            "lost": np.zeros(runs),
            "happened": np.zeros((runs, shocks), dtype=np.bool_),
            "drawn_loss": np.zeros((runs, shocks)),
            "drawn_start": np.zeros((runs, shocks), dtype=np.int64),
            "drawn_days": np.zeros((runs, shocks), dtype=np.int64),
            "note": np.zeros(runs, dtype=NOTE),
        }
        if self.keep_firms:
            rows["firms"] = np.zeros((runs, len(self.usual)), dtype=np.float32)
        return rows

    def _take(self, waiting: queue.SimpleQueue[tuple[int, int]], rows: Mapping[str, Array], stop: Any) -> None:
        """Compute runs until none is left."""
        while not stop.is_set():
            try:
                place, run = waiting.get_nowait()
            except queue.Empty:
                return
            self._fill({name: part[place : place + 1] for name, part in rows.items()}, run)

    def _fill(self, row: Mapping[str, Array], run: int) -> None:
        effects, drawn = self.draws.in_run(run)
        row["happened"][0] = drawn.happened
        row["drawn_loss"][0] = drawn.loss
        row["drawn_start"][0] = drawn.start
        row["drawn_days"][0] = drawn.days
        if not any(self._is_felt(e) for e in effects):
            return
        outcome = self.dynamics.run(effects, days=len(self.by_day), keep_firms=False)
        missing = self.by_day - outcome.production
        missing[np.abs(missing) <= SAME * self.by_day] = 0.0
        shares = np.divide(missing, self.by_day, out=np.zeros(len(missing)), where=self.by_day > 0)
        row["loss"][0] = np.clip(shares, 0.0, 1.0)
        row["lost"][0] = np.maximum(missing, 0).sum()
        by_firm = self.usual - outcome.made
        by_firm[np.abs(by_firm) <= SAME * self.usual] = 0.0
        if self.groups:
            row["groups"][0] = np.concatenate([g.sums(by_firm) for g in self.groups])
        if self.keep_firms:
            # As fractions, so that rounding to 32 bits does not hang on the currency.
            row["firms"][0] = np.divide(by_firm, self.usual, out=np.zeros(len(by_firm)), where=self.usual > 0)
        row["note"][0] = " ".join(outcome.notes)

    def _is_felt(self, effect: Effect) -> bool:
        """Tell whether a shock can change anything within the days; a run that feels none is the undisturbed one."""
        return effect.start < len(self.by_day) and bool(np.any(effect.loss != 0))


def _await(jobs: list[Future[None]]) -> None:
    """Wait until all jobs have returned or one has failed; a wait without a limit would not see Ctrl-C."""
    waiting = set(jobs)
    while waiting:
        finished, waiting = wait(waiting, timeout=LOOK_SECONDS, return_when=FIRST_EXCEPTION)
        for job in finished:
            job.result()


def key_of(work: EnsembleWork, scenario: Scenario, runs: int) -> RunKey:
    """Return what tells an ensemble's checkpoint from those of others: network, model, scenario, seed, days, groups."""
    told = {"shocks", "days", "ensemble", "name", "file"}
    parameters = {
        **work.dynamics.parameters,
        "seed": work.draws.seed,
        "days": len(work.by_day),
        "correlation": correlation_of(scenario),
        "firms kept": work.keep_firms,
        "groups": [g.by for g in work.groups],
        **{f.name: plain(getattr(scenario, f.name)) for f in fields(scenario) if f.name not in told},
        **{f"shock {k}": _plain_shock(s) for k, s in enumerate(scenario.shocks, start=1)},
    }
    return RunKey(kind="ensemble", count=runs, parameters=parameters)


def _plain_shock(shock: Shock) -> dict[str, object]:
    return {f.name: plain(value) for f in fields(shock) if (value := getattr(shock, f.name)) is not None}


def days_until_back(loss: Floats) -> Index:
    """Return the first day from which the loss of each run stays at or below 0.1 %, -1 where it does not by the end.

    Parameters
    ----------
    loss
        Fraction lost by day; shape (runs, days).
    """
    down = loss > RETURNED
    last = loss.shape[1] - 1 - np.argmax(down[:, ::-1], axis=1)
    back = np.where(down.any(axis=1), last + 1, 0)
    return np.where(back < loss.shape[1], back, -1).astype(np.int64)

"""The steady-state cascade and the Economic Systemic Risk Index (Diem et al. 2022), published rule.

A firm that fails lets its buyers down (downstream: they lack an input) and its suppliers (upstream: they lack a
customer). The two processes run side by side and never mix; a firm's loss is the larger of the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ModelWarning, ParameterError, ScenarioError, warn_caller
from valuechain.kernels.cascade import DONE, MAX_SWEEPS, STOP, Shocks, new_work, run_scenarios
from valuechain.models.cascade_network import Cascade, PreparedCascade, prepare
from valuechain.network import Floats, Index, Network
from valuechain.results import Result
from valuechain.scenario import Scenario, lost_activity

__all__ = ["Cascade", "CascadeResult", "SystemicRisk", "cascade", "prepare", "run", "systemic_risk"]

Progress = Callable[[int, int], None]
"""Called with scenarios done and scenarios in all."""

REPORT_EVERY = 0.2
"""Seconds between two reports of progress."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CascadeResult(Result):
    """Loss of every firm in one scenario.

    ``index`` is the weighted loss of the whole network (0..1), ``index_down`` and ``index_up`` that of each process
    alone, ``sweeps`` how many sweeps it took.
    """

    index: float
    index_down: float
    index_up: float
    sweeps: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SystemicRisk(Result):
    """Index of every firm: the share of the network's weight that is lost when it fails."""


def run(
    prepared: PreparedCascade,
    shocks: Shocks,
    *,
    keep_firms: bool,
    threads: int | None,
    progress: Progress | None = None,
) -> tuple[Floats, Index, Floats, Floats]:
    """Run scenarios on a prepared network; returns index (scenarios, 1, 3), sweeps, h_down and h_up."""
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
    work = new_work()
    given = (prepared.graph, shocks, prepared.weights, tolerance, by_total, work, index, sweeps, h_down, h_up)
    with ThreadPoolExecutor(workers) as pool:
        try:
            _await([pool.submit(run_scenarios, *given) for _ in range(workers)], work, count, progress)
        finally:
            # After Ctrl-C, or an error in one thread, the pool waits for its threads: they leave after this sweep.
            work[STOP] = 1
    _warn_of_unsettled(sweeps, prepared)
    return index, sweeps, h_down, h_up


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


def _warn_of_unsettled(sweeps: Index, prepared: PreparedCascade) -> None:
    """Say that scenarios were ended: the published guard let a firm fail and recover for ever."""
    unsettled = int((sweeps >= MAX_SWEEPS).sum())
    if unsettled:
        warn_caller(
            f"{unsettled:,} of {len(sweeps):,} cascades in network '{prepared.parameters['network']}' did not settle "
            f"in {MAX_SWEEPS:,} sweeps and were ended there: the published rule counts a market of which nothing is "
            "left as 1, which can bring firms back. Give flows in a smaller unit (such as kEUR for MEUR) or no market.",
            ModelWarning,
        )


def checked_model(model: Cascade | None) -> Cascade:
    """Return the model, the default one for None; refuse what is no cascade."""
    if model is None:
        return Cascade()
    if not isinstance(model, Cascade):
        raise ParameterError(f"model {model!r} is not a Cascade; write model=Cascade(tolerance=0.01) or leave it out")
    return model


def lost_fractions(network: Network, shock: Scenario | Mapping[str, float]) -> tuple[Floats, Floats, str]:
    """Return lost supply and demand of every firm (0..1, shape (firms,)) and the name of the scenario."""
    if isinstance(shock, Scenario):
        down, up = lost_activity(network, shock)
        return down, up, shock.name
    if not isinstance(shock, Mapping) or not shock:
        raise ScenarioError("the shock names no firm; give a Scenario, or {firm: lost fraction}")
    wrong = [
        f"firm '{firm}': lost fraction {value!r} is not a number from 0 to 1"
        for firm, value in shock.items()
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1
    ]
    if wrong:
        raise ScenarioError("\n".join(wrong))
    lost = np.zeros(network.n_firms)
    lost[network.positions(list(shock))] = [float(v) for v in shock.values()]
    names = list(shock)
    words = ", ".join(map(str, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return lost, lost, f"failure of {words}"


def cascade(network: Network, shock: Scenario | Mapping[str, float], *, model: Cascade | None = None) -> CascadeResult:
    """Return how far a disruption spreads: the loss of every firm once the cascade has run.

    Parameters
    ----------
    network
        The value chain.
    shock
        A :class:`Scenario`, or ``{firm: lost fraction}`` where 1 is a complete failure.
    model
        Parameters; default ``Cascade()``.

    Returns
    -------
    CascadeResult
        Table ``firm, loss, loss_down, loss_up`` (fractions of the firm's activity, largest loss first); ``index`` is
        the weighted loss of the network.

    Raises
    ------
    ScenarioError
        When the shock selects nothing or is not a fraction.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.cascade(net, {"sector_1": 1.0}).table["firm"].iloc[0]
    'sector_1'
    """
    model = checked_model(model)
    down, up, name = lost_fractions(network, shock)
    hit = np.flatnonzero((down > 0) | (up > 0))
    shocks = Shocks(np.array([0, len(hit)]), hit.astype(np.int64), down[hit], up[hit])
    prepared = prepare(network, model)
    index, sweeps, h_down, h_up = run(prepared, shocks, keep_firms=True, threads=1)
    loss_down, loss_up = 1 - h_down[0], 1 - h_up[0]
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "loss": np.maximum(loss_down, loss_up),
            "loss_down": loss_down,
            "loss_up": loss_up,
        }
    )
    total, total_down, total_up = (float(v) for v in index[0, 0])
    timed = isinstance(shock, Scenario) and any(s.start or s.days is not None or s.recovery for s in shock.shocks)
    notes = [_meaning(total, total_down, total_up, model), *prepared.notes]
    if timed:
        notes.append("The cascade has no time: start, days and recovery of the scenario were not used.")
    return CascadeResult(
        table=_ranked(table, "loss"),
        title=f"Cascade: {name}",
        units={"loss": "fraction of activity", "loss_down": "fraction of activity", "loss_up": "fraction of activity"},
        parameters={**prepared.parameters, "scenario": name},
        notes=tuple(notes),
        index=total,
        index_down=total_down,
        index_up=total_up,
        sweeps=int(sweeps[0]),
    )


def _meaning(index: float, down: float, up: float, model: Cascade) -> str:
    share = "the network's sales" if model.weights is None else f"the network's {model.weights}"
    return (
        f"{index:.1%} of {share} are lost, the failed firms' own included: {down:.1%} because inputs are missing, "
        f"{up:.1%} because buyers are missing (a firm's loss is the larger of the two)."
    )


def _ranked(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows, largest first, ties by id."""
    # Sums in another order of rows differ in the last digits, which must change no rank.
    keyed = table.assign(_rank=table[column].round(12))
    ranked = keyed.sort_values(["_rank", "firm"], ascending=[False, True], ignore_index=True)
    return ranked.drop(columns="_rank")


def systemic_risk(
    network: Network,
    *,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SystemicRisk:
    """Return what is lost when each firm fails alone: the Economic Systemic Risk Index of every firm.

    Parameters
    ----------
    network
        The value chain.
    model
        Parameters; default ``Cascade()``.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with firms done and firms in all.

    Returns
    -------
    SystemicRisk
        Table ``firm, index, index_down, index_up, sweeps``: fractions of the network's weight, largest first.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, eq. for ESRI.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.systemic_risk(vc.example("textbook")).table["firm"].tolist()
    ['sector_1', 'sector_2']
    """
    model = checked_model(model)
    prepared = prepare(network, model)
    n = network.n_firms
    shocks = Shocks(np.arange(n + 1), np.arange(n), np.ones(n), np.ones(n))
    index, sweeps, _, _ = run(prepared, shocks, keep_firms=False, threads=threads, progress=progress)
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "index": index[:, 0, 0],
            "index_down": index[:, 0, 1],
            "index_up": index[:, 0, 2],
            "sweeps": sweeps,
        }
    )
    share = "the network's sales" if model.weights is None else f"the network's {model.weights}"
    unit = f"fraction of {share}"
    note = (
        f"index: share of {share} lost when the firm fails completely, its own included; index_down: because its "
        f"buyers lack its product; index_up: because its suppliers lack a customer. Sweeps stop when the "
        f"{'largest change of a firm' if model.stop == 'change' else 'growth of total loss'} is at most "
        f"{model.tolerance:g} (a truncation, as published: a smaller tolerance gives a larger index_up)."
    )
    return SystemicRisk(
        table=_ranked(table, "index"),
        title="Systemic risk: what is lost when a firm fails",
        units={"index": unit, "index_down": unit, "index_up": unit, "sweeps": "sweeps"},
        parameters=prepared.parameters,
        notes=(note, *prepared.notes),
    )

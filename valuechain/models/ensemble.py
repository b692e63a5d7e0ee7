"""Many random runs of a scenario: how large a loss to expect, how bad the worst are, and whom they hit."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from valuechain.errors import ParameterError, ScenarioError
from valuechain.models.cascade_groups import FirmGroups, columns_of, firm_groups
from valuechain.models.dynamics import Dynamics
from valuechain.models.effects import Effect
from valuechain.models.ensemble_draws import correlation_problems, draws_of
from valuechain.models.ensemble_result import EnsembleInputs, EnsembleResult, result_of
from valuechain.models.ensemble_work import EnsembleWork, key_of
from valuechain.models.over_time import Model, dynamics_of
from valuechain.models.shock_notes import shock_notes
from valuechain.models.simulate import check_flag, checked_days
from valuechain.network import Network
from valuechain.runs import Existing, Progress, Run
from valuechain.runs.rows import Array
from valuechain.scenario import Scenario
from valuechain.scenario.distributions import is_number

__all__ = ["EnsembleInputs", "EnsembleResult", "ensemble"]

DEFAULT_RUNS = 1000
MOST_BYTES = 2e9
"""Rows of all runs may take so much memory; while they are put together they take it twice."""

FIRST_RUNS = 8
"""Runs of the first piece, after which the time of a run is known."""


def ensemble(  # noqa: PLR0913 - options of runs, of what is told, and of where it is computed
    network: Network,
    scenario: Scenario,
    *,
    model: Model | None = None,
    runs: int | None = None,
    seed: int | None = None,
    days: int | None = None,
    by: str | Sequence[str] = (),
    quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    tail: float = 0.95,
    keep_firms: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    existing: Existing = "refuse",
    scheduler: str | None = None,
) -> EnsembleResult:
    """Return what a random scenario does over many runs: loss by day, by run, by firm and by group.

    Parameters
    ----------
    network
        The value chain.
    scenario
        Shocks of which loss, start, days or recovery days may be distributions, and which may happen with a
        probability; its ``ensemble`` may say ``runs``, ``seed`` and ``correlation``.
    model
        ``Inventory(...)`` (the default), ``Ario(...)`` or ``Cascade(...)``.
    runs
        Number of runs; default that of the scenario, else 1,000.
    seed
        Whole number from 0; default that of the scenario, else 0. With one seed run k draws the same for the same
        shock and firm, whatever the model, the network, the threads and the number of runs.
    days
        Simulated days; default those of the scenario.
    by
        Further columns of firms to add losses up by, beside cluster, country and sector.
    quantiles
        Quantiles over the runs shown for each day.
    tail
        The tail loss is the mean of the worst ``1 - tail`` part of the runs.
    keep_firms
        False: leave out ``firms``, which takes 4 bytes for each firm and run.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with runs done and runs in all.
    checkpoint, existing
        File that keeps the runs that are done, and what to do where it exists: ``refuse``, go on from it (``resume``)
        or start anew (``replace``).
    scheduler
        Address of a Dask scheduler (``tcp://host:8786``) whose workers compute; None: this computer.

    Returns
    -------
    EnsembleResult
        Table ``day, mean, q05, q25, median, q75, q95``: fraction of the undisturbed production lost on the day.

    Raises
    ------
    ScenarioError
        With every shock that selects nothing or that the model cannot answer, and every unknown correlation.
    ParameterError
        When runs, seed, quantiles or tail are out of range, or the result would not fit into memory.
    CheckpointError
        When the checkpoint belongs to another ensemble, or is damaged. It stays as it is.
    RunInterrupted
        On Ctrl-C (a ``KeyboardInterrupt``), once what was done is in the checkpoint.

    References
    ----------
    Rockafellar and Uryasev (2000), Journal of Risk 2(3):21; Acerbi and Tasche (2002), Journal of Banking & Finance
    26:1487: the tail loss.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> loss = {"distribution": "beta", "a": 2, "b": 5}
    >>> storm = vc.Shock(where={"country": "FIN"}, loss=loss, start=5, days=20, probability=0.5)
    >>> season = vc.Scenario(shocks=[storm], days=60, ensemble={"correlation": {"region": 0.5}})
    >>> found = vc.ensemble(net, season, runs=40)
    >>> found.tail_loss > found.mean_loss > 0
    True
    """
    runs, seed = _checked_runs(scenario, runs, seed)
    days = checked_days(scenario.days if days is None else days)
    check_flag("keep_firms", keep_firms)
    by = columns_of(by)
    _check_options(quantiles, tail, threads, scheduler)
    dynamics = dynamics_of(network, model)
    effects = _effects(dynamics, scenario)
    draws = draws_of(network, scenario, effects, seed=seed)
    usual = dynamics.undisturbed(days)
    work = EnsembleWork(
        dynamics=dynamics,
        draws=draws,
        by_day=np.broadcast_to(usual.sum(axis=1), days).copy(),
        usual=usual[0] * days if len(usual) == 1 else usual.sum(axis=0),
        groups=_groups(network, by),
        keep_firms=keep_firms,
        threads=threads if scheduler is None else 1,
    )
    _refuse_too_large(work, runs)
    # Without anything random all runs are the first one, which is computed once.
    is_random = any(s.is_random for s in scenario.shocks)
    with Run(
        work,
        key_of(work, scenario, runs),
        progress=progress,
        checkpoint=checkpoint,
        existing=existing,
        scheduler=scheduler,
        first=FIRST_RUNS,
    ) as long_run:
        rows = long_run.rows(np.arange(runs) if is_random else np.zeros(runs, dtype=np.int64))
    inputs = EnsembleInputs(
        scenario=scenario,
        model=dynamics.model,
        runs=runs,
        seed=seed,
        days=days,
        tail=float(tail),
        quantiles=tuple(map(float, quantiles)),
        by=by,
        network=network,
    )
    result = result_of(work, rows, inputs)
    said = (*shock_notes(network, scenario, effects, days=days), *_late_notes(scenario, rows, days))
    return replace(result, notes=(*result.notes[:1], *said, *result.notes[1:]))


def _late_notes(scenario: Scenario, rows: Mapping[str, Array], days: int) -> list[str]:
    """Return which shocks are drawn to begin after the last day in every run."""
    notes = []
    for k, shock in enumerate(scenario.shocks):
        starts = rows["drawn_start"][rows["happened"][:, k], k]
        if isinstance(shock.start, Mapping) and len(starts) and (starts >= days).all():
            words = f"begins after the last simulated day, {days - 1}, in every run: nothing of it is seen"
            notes.append(f"Shock {k + 1} {words}.")
    return notes


def _checked_runs(scenario: object, runs: int | None, seed: int | None) -> tuple[int, int]:
    """Return number of runs and seed: as given, else as the scenario says, else 1,000 and 0."""
    if not isinstance(scenario, Scenario):
        raise ScenarioError(f"scenario {scenario!r} is none; give a Scenario or vc.read_scenario(path)")
    table = scenario.ensemble or {}
    given = {"runs": (runs, table.get("runs", DEFAULT_RUNS), 1), "seed": (seed, table.get("seed", 0), 0)}
    found = []
    for name, (value, default, least) in given.items():
        chosen = default if value is None else value
        if name == "seed" and isinstance(chosen, np.random.Generator):
            raise ParameterError(
                "seed is a generator: draws are counted from a whole number, so that runs of other models, networks "
                "and measures draw the same; write seed=0"
            )
        if isinstance(chosen, bool) or not isinstance(chosen, int | np.integer) or chosen < least:
            raise ParameterError(f"{name} {chosen!r} is not a count; write a whole number from {least}")
        found.append(int(chosen))
    return found[0], found[1]


def _check_options(quantiles: Sequence[float], tail: float, threads: int | None, scheduler: str | None) -> None:
    problems = []
    if (
        not isinstance(quantiles, Sequence)
        or not all(is_number(q) and 0 <= q <= 1 for q in quantiles)
        or len(set(quantiles)) < len(quantiles)
    ):
        problems.append(f"quantiles {quantiles!r} are none; write numbers from 0 to 1, each once, such as (0.05, 0.5)")
    if not is_number(tail) or not 0 <= tail < 1:
        problems.append(f"tail {tail!r} is none; write a number from 0 to below 1, such as 0.95")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int | np.integer) or threads < 1):
        problems.append(f"threads {threads!r} is not a number of threads; write a whole number from 1")
    if threads is not None and scheduler is not None:
        problems.append("threads are those of this computer, but the workers of scheduler compute; leave out one")
    if problems:
        raise ParameterError("\n".join(problems))


def _effects(dynamics: Dynamics, scenario: Scenario) -> tuple[Effect, ...]:
    """Return whom each shock hits; unknown correlations are told together with what is wrong with the shocks."""
    problems = correlation_problems(dynamics.network, scenario)
    place = "" if scenario.file is None else f"{scenario.file}: "
    lines = [place + line for line in problems]
    found: tuple[Effect, ...] = ()
    try:
        found = dynamics.effects(scenario, is_random=True)
    except ScenarioError as error:
        lines += str(error).splitlines()
    if lines:
        raise ScenarioError("\n".join(lines))
    return found


def _groups(network: Network, by: tuple[str, ...]) -> tuple[FirmGroups, ...]:
    """Return the groups of losses: clusters, countries and sectors where the network has them, and those asked for."""
    firms = network.firms
    usual = ["cluster"] if network.table("members") is not None else []
    usual += [c for c in ("country", "sector") if c in firms and firms[c].notna().any()]
    return tuple(firm_groups(network, column) for column in dict.fromkeys([*usual, *by]))


def _refuse_too_large(work: EnsembleWork, runs: int) -> None:
    one = sum(part.nbytes for part in work.room(1).values())
    if runs * one <= MOST_BYTES:
        return
    remedy = "fewer runs"
    if work.keep_firms and runs * (one - 4 * len(work.usual)) <= MOST_BYTES:
        remedy = "keep_firms=False, which leaves out the loss of each firm, or fewer runs"
    raise ParameterError(
        f"{runs:,} runs of {len(work.usual):,} firms take {runs * one / 1e9:.1f} GB, more than the "
        f"{MOST_BYTES / 1e9:g} GB that may be kept; write {remedy}"
    )

"""What the command simulate computes: one run, a random ensemble, or several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from valuechain.cli.long_runs import telling_how_to_go_on
from valuechain.cli.progress import phase, progress
from valuechain.cli.simulate_input import Asked
from valuechain.errors import OutputError
from valuechain.models.cascade_groups import firm_groups
from valuechain.models.ensemble import EnsembleResult, ensemble
from valuechain.models.over_time import Model
from valuechain.models.saved_run import repeat_run, write_run
from valuechain.models.simulate import SimulationResult, simulate
from valuechain.network import Network
from valuechain.scenario import Scenario

if TYPE_CHECKING:
    from valuechain.runs import Existing

MOST_CELLS = 150_000_000
"""Firms times days up to which every day of every firm is kept: some 7 GB."""

Results = Mapping[str, SimulationResult | EnsembleResult]
COMPILING = "the first run also compiles, once"


@dataclass(frozen=True, kw_only=True)
class How:
    """How to compute: days, random runs, seed, groups, and where."""

    days: int | None
    runs: int | None
    seed: int | None
    by: str | None
    threads: int | None
    checkpoint: Path | None
    existing: Existing
    scheduler: str | None


def run_asked(net: Network, asked: Asked, how: How) -> Results:
    """Return a result for each scenario with each model, by name."""
    if how.by is not None:
        firm_groups(net, how.by)  # a misspelt column is said before the work
    random = [name for name, s in asked.scenarios.items() if how.runs is not None or s.ensemble is not None]
    if random and len(random) < len(asked.scenarios):
        others = ", ".join(name for name in asked.scenarios if name not in random)
        raise click.UsageError(f"{others}: has no [ensemble], other scenarios have; say --runs, or leave it out")
    if not random:
        _refuse_without_runs(how)
        return {name: _once(net, s, m, how) for name, s, m in _each(asked)}
    if how.checkpoint is not None and not asked.is_one:
        raise click.UsageError("--checkpoint keeps one ensemble; name one scenario and one model")
    return {name: _many(net, s, m, how) for name, s, m in _each(asked)}


def _refuse_without_runs(how: How) -> None:
    given = {"--seed": how.seed, "--checkpoint": how.checkpoint, "--scheduler": how.scheduler}
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise click.UsageError(
            f"{' and '.join(named)}: for random runs only; add --runs, or [ensemble] to the scenario"
        )


def _each(asked: Asked) -> list[tuple[str, Scenario, Model]]:
    """Return scenarios and models with names that tell them apart."""
    several = len(asked.models) > 1
    return [
        (f"{scenario_name} ({model_name})" if several else scenario_name, scenario, model)
        for scenario_name, scenario in asked.scenarios.items()
        for model_name, model in asked.models.items()
    ]


def _once(net: Network, scenario: Scenario, model: Model, how: How) -> SimulationResult:
    days = scenario.days if how.days is None else how.days
    keep = net.n_firms * days <= MOST_CELLS
    with phase(f"simulating {days:,} days ({COMPILING})"):
        return simulate(net, scenario, model=model, days=days, keep_firms=keep)


def _many(net: Network, scenario: Scenario, model: Model, how: How) -> EnsembleResult:
    with telling_how_to_go_on("runs"), progress("simulating", "runs", at_first=COMPILING) as show:
        return ensemble(
            net,
            scenario,
            model=model,
            runs=how.runs,
            seed=how.seed,
            days=how.days,
            by=() if how.by is None else how.by,
            threads=how.threads,
            progress=show,
            checkpoint=how.checkpoint,
            existing=how.existing,
            scheduler=how.scheduler,
        )


def repeated(net: Network, folder: Path, how: How) -> Results:
    """Return what is saved in a folder, computed anew."""
    _refuse_without_runs(how)
    with progress(f"running again what is saved in {folder}", "runs") as show:
        run = repeat_run(net, folder, progress=show)
    return {run.inputs.scenario.name: run}


def save(results: Results, folder: Path, *, force: bool) -> None:
    """Save one result in a folder, or several in folders numbered as they were asked for."""
    if len(results) == 1:
        _write(next(iter(results.values())), folder, force=force)
    else:
        _make(folder)
        for number, result in enumerate(results.values(), start=1):
            # Names of scenarios come from files: they are in the files written, not in paths.
            _write(result, folder / f"run-{number}", force=force)
    click.echo(f"wrote {folder}", err=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or 'cannot be made'}; choose another folder") from error


def _write(result: SimulationResult | EnsembleResult, folder: Path, *, force: bool) -> None:
    write_run(result, folder, force=force)

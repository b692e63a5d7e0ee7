"""What the command simulate computes: one run, a random ensemble, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from valuechain.cli.long_runs import telling_how_to_go_on
from valuechain.cli.output import printable
from valuechain.cli.progress import phase, progress
from valuechain.cli.simulate_input import Asked
from valuechain.errors import ScenarioError
from valuechain.models.cascade_groups import firm_groups
from valuechain.models.ensemble import EnsembleResult, ensemble
from valuechain.models.over_time import Model, dynamics_of
from valuechain.models.saved_run import repeat_run
from valuechain.models.simulate import SimulationResult, simulate
from valuechain.network import Network
from valuechain.scenario import Scenario

if TYPE_CHECKING:
    from valuechain.runs import Existing

MOST_CELLS = 150_000_000
"""Firms times days up to which every day of every firm is kept: some 7 GB."""

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


@dataclass(frozen=True, kw_only=True)
class Found:
    """Results by name; ``several``: they are shown side by side. ``left_out`` says which are not there, and why."""

    results: Mapping[str, SimulationResult | EnsembleResult]
    several: bool
    left_out: tuple[str, ...] = ()


def run_asked(net: Network, asked: Asked, how: How) -> Found:
    """Return a result for each scenario with each model that can run it, by name."""
    if how.by is not None:
        firm_groups(net, how.by)  # a misspelt column is said before the work
    is_random = how.runs is not None or all(s.ensemble is not None for s in asked.scenarios.values())
    pairs = _each(asked)
    left_out: dict[str, str] = {} if asked.is_one else _refused(net, asked, is_random=is_random)
    for line in left_out.values():
        click.echo(printable(f"note: {line}"), err=True)
    work: Callable[..., SimulationResult | EnsembleResult] = _many if is_random else _once
    results = {name: work(net, s, m, how) for name, s, m in pairs if name not in left_out}
    return Found(results=results, several=not asked.is_one, left_out=tuple(left_out.values()))


def _refused(net: Network, asked: Asked, *, is_random: bool) -> dict[str, str]:
    """Return, by name, why a model cannot run a scenario that another one can.

    Raises
    ------
    ScenarioError
        With all faults of the scenarios that no model can run.
    """
    dynamics = [dynamics_of(net, model) for model in asked.models.values()]
    names = iter(_each(asked))
    refused: dict[str, str] = {}
    faults: list[str] = []
    for scenario in asked.scenarios.values():
        reasons = {}
        for one in dynamics:
            name = next(names)[0]
            try:
                one.effects(scenario, is_random=is_random)
            except ScenarioError as error:
                reasons[name] = str(error)
        if len(reasons) == len(dynamics):
            faults += [line for reason in reasons.values() for line in reason.splitlines()]
        else:
            place = "" if scenario.file is None else f"{scenario.file}: "
            refused |= {
                name: f"{name} is left out: {'; '.join(line.removeprefix(place) for line in reason.splitlines())}"
                for name, reason in reasons.items()
            }
    if faults:
        raise ScenarioError("\n".join(dict.fromkeys(faults)))
    return refused


def _each(asked: Asked) -> list[tuple[str, Scenario, Model]]:
    """Return scenarios and models with names that tell them apart."""
    several = len(asked.models) > 1
    return [
        (f"{scenario_name} ({model_name})" if several else scenario_name, scenario, model)
        for scenario_name, scenario in asked.scenarios.items()
        for model_name, model in asked.models.items()
    ]


def can_keep_firms(net: Network, days: int) -> bool:
    """Tell whether every day of every firm can be kept, on which groups and times to recover rest."""
    return net.n_firms * days <= MOST_CELLS


def _once(net: Network, scenario: Scenario, model: Model, how: How) -> SimulationResult:
    days = scenario.days if how.days is None else how.days
    with phase(f"simulating {days:,} {'day' if days == 1 else 'days'} ({COMPILING})"):
        return simulate(net, scenario, model=model, days=days, keep_firms=can_keep_firms(net, days))


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


def repeated(net: Network, folder: Path) -> Found:
    """Return what is saved in a folder, computed anew."""
    with progress(f"running again what is saved in {folder}", "runs") as show:
        run = repeat_run(net, folder, progress=show)
    return Found(results={run.inputs.scenario.name: run}, several=False)

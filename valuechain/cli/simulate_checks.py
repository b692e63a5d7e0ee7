"""What the command simulate refuses before it computes anything: options that no result of the kind asked for has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click

from valuechain.cli.simulate_input import Asked
from valuechain.cli.simulate_runs import How, can_keep_firms
from valuechain.errors import OutputError
from valuechain.io.toml_files import read_toml
from valuechain.models.cascade_network import Cascade
from valuechain.models.ensemble import DEFAULT_RUNS
from valuechain.network import Network
from valuechain.scenario import Scenario

RUN_SECTIONS = ("days", "measures", "firms", "groups", "binding")
ENSEMBLE_SECTIONS = ("days", "runs", "exceedance", "draws", "firms", "groups")
RUNS = "runs.csv"
"""The file of a saved comparison that says which folder holds what."""


def check_asked(asked: Asked, how: How, section: str | None) -> None:
    """Refuse options that do not fit what is to be simulated."""
    random = [name for name, s in asked.scenarios.items() if how.runs is not None or s.ensemble is not None]
    if random and len(random) < len(asked.scenarios):
        others = ", ".join(name for name in asked.scenarios if name not in random)
        raise click.UsageError(f"{others}: has no [ensemble], other scenarios have; say --runs, or leave it out")
    if not random:
        _refuse_without_runs(how)
    if asked.is_one:
        model = next(iter(asked.models.values()))
        _check_section(section, is_random=bool(random), by=how.by, is_cascade=isinstance(model, Cascade))
        return
    problems = []
    if random and how.checkpoint is not None:
        problems.append("--checkpoint keeps one ensemble; name one scenario and one model")
    if section not in {None, "days"}:
        problems.append(f"--section {section} is part of one result; name one scenario and one model, or leave it out")
    if how.by is not None:
        problems.append(f"--by {how.by} adds up one result; name one scenario and one model, or leave it out")
    problems += _no_pairs(asked.scenarios, how) if random else []
    if problems:
        raise click.UsageError("\n".join(problems))


def check_repeat(folder: Path, how: How, section: str | None) -> None:
    """Refuse options that do not fit what is saved, and a folder of several runs, as far as its files tell."""
    _refuse_without_runs(how)
    if not folder.is_dir():
        return
    if not (folder / "run.toml").exists():
        parts = sorted((p for p in folder.glob("run-*") if (p / "run.toml").is_file()), key=_number)
        if parts:
            names = ", ".join(f"--repeat {p}" for p in parts[:20])
            more = f" and {len(parts) - 20:,} more" if len(parts) > 20 else ""
            told = f"; {folder / RUNS} says what each is" if (folder / RUNS).is_file() else ""
            raise click.UsageError(f"{folder} holds several results; take one of them: {names}{more}{told}")
        return
    said, faults = read_toml(folder / "run.toml")
    if said is None or faults:
        return  # reading the run tells all that is wrong with it
    model = said.get("model")
    is_cascade = isinstance(model, Mapping) and model.get("name") == "cascade"
    is_random = said.get("kind") == "ensemble"
    if is_random and isinstance(said.get("by"), list) and how.by is not None:
        _check_saved_groups(said["by"], how.by)
    _check_section(section, is_random=is_random, by=how.by, is_cascade=is_cascade)


def _check_saved_groups(saved: list[object], by: str) -> None:
    if by not in [*saved, "cluster", "country", "sector"]:
        words = f" and {', '.join(map(str, saved))}" if saved else ""
        raise click.UsageError(
            f"--by {by}: the runs that are saved add losses up by cluster, country and sector{words}; "
            "run the scenario anew with --by to have others"
        )


def check_room(net: Network, asked: Asked, how: How, section: str | None) -> None:
    """Refuse a section that needs every day of every firm where that is too much to keep."""
    if not asked.is_one or section not in {"measures", "groups", "binding"}:
        return
    scenario = next(iter(asked.scenarios.values()))
    days = scenario.days if how.days is None else how.days
    if how.runs is None and scenario.ensemble is None and not can_keep_firms(net, days):
        raise click.UsageError(
            f"--section {section} needs every day of every firm, and {net.n_firms:,} firms on {days:,} days are too "
            "many to keep; say fewer --days"
        )


def check_output(folder: Path | None, *, several: bool) -> None:
    """Refuse a folder that cannot be written, or that holds results of another kind."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"--output {folder} is a file and was kept; results are a folder, give another name")
    if not folder.parent.is_dir():
        raise OutputError(f"--output {folder}: there is no folder {folder.parent}; make it first")
    if several and (folder / "run.toml").exists():
        raise click.UsageError(f"--output {folder} holds one run, and these are several; give another folder")
    if not several and (folder / RUNS).exists():
        raise click.UsageError(f"--output {folder} holds several runs, and this is one; give another folder")


def _refuse_without_runs(how: How) -> None:
    given = {"--seed": how.seed, "--checkpoint": how.checkpoint, "--scheduler": how.scheduler}
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise click.UsageError(
            f"{' and '.join(named)}: for random runs only; add --runs, or [ensemble] to the scenario"
        )


def _check_section(section: str | None, *, is_random: bool, by: str | None, is_cascade: bool) -> None:
    """Refuse a section that a result of this kind does not have."""
    known = list(ENSEMBLE_SECTIONS if is_random else RUN_SECTIONS)
    why = ""
    if not is_random and by is None:
        known.remove("groups")
        why = "; --by COLUMN makes groups" if section == "groups" else ""
    if not is_random and is_cascade:
        known.remove("binding")
        why = why or ("; the cascade does not tell which input holds a firm down" if section == "binding" else "")
    if section is None or section in known:
        return
    if section in ENSEMBLE_SECTIONS and not is_random and not why:
        why = "; --runs makes random runs"
    raise click.UsageError(f"--section {section}: there are {', '.join(known)} here{why}")


def _no_pairs(scenarios: Mapping[str, Scenario], how: How) -> list[str]:
    """Return why ensembles cannot be compared run by run."""
    tables = {name: s.ensemble or {} for name, s in scenarios.items()}
    values = {
        "seed": {name: how.seed if how.seed is not None else t.get("seed", 0) for name, t in tables.items()},
        "runs": {name: how.runs if how.runs is not None else t.get("runs", DEFAULT_RUNS) for name, t in tables.items()},
        "days": {name: how.days if how.days is not None else s.days for name, s in scenarios.items()},
    }
    return [
        f"{what} differ ({', '.join(f'{name}: {value}' for name, value in found.items())}), so runs are no pairs that "
        f"could be compared; say --{what} for all"
        for what, found in values.items()
        if len(set(found.values())) > 1
    ]


def _number(folder: Path) -> tuple[int, str]:
    found = re.fullmatch(r"run-(\d+)", folder.name)
    return (int(found[1]) if found else 0, folder.name)

"""What fails, as the options of the command cascade say: firms, scenario files, a table, or each group in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from valuechain.models.cascade_shocks import Many, OneShock
    from valuechain.network import Network
    from valuechain.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What fails, as the options say: exactly one of ``lost``, ``files``, ``shocks`` and ``each`` is there."""

    lost: dict[str, float]
    files: tuple[Path, ...]
    shocks: Path | None
    each: str | None
    loss: float


def chosen_input(
    fail: tuple[str, ...], scenario: tuple[Path, ...], shocks: Path | None, each: str | None, loss: str | None
) -> Chosen:
    """Return what fails, or say how to say it."""
    if sum((bool(fail), bool(scenario), shocks is not None, each is not None)) != 1:
        raise click.UsageError(
            "say what fails: either --fail FIRM (once or more), --scenario FILE (once or more), --shocks FILE or "
            "--each COLUMN"
        )
    if loss is not None and each is None:
        raise click.UsageError("--loss goes with --each; write --fail FIRM=0.5 for a firm")
    part = 1.0 if loss is None else _fraction(loss, f"--loss {loss}", "--loss ")
    return Chosen(lost=failing_firms(fail), files=scenario, shocks=shocks, each=each, loss=part)


def failing_firms(words: tuple[str, ...]) -> dict[str, float]:
    """Return firm and lost fraction of ``F17`` or ``F17=0.6``; a firm with two fractions is refused."""
    lost: dict[str, float] = {}
    wrong: list[str] = []
    for word in words:
        firm, sign, fraction = word.rpartition("=")
        try:
            firm, part = (firm, _fraction(fraction, f"--fail {word}", f"{firm}=")) if sign else (word, 1.0)
        except click.UsageError as error:
            wrong.append(error.message)
            continue
        if lost.setdefault(firm, part) != part:
            wrong.append(f"--fail {firm} is given with {lost[firm]:g} and with {part:g}; keep one of them")
    if wrong:
        raise click.UsageError("\n".join(wrong))
    return lost


def _fraction(word: str, place: str, before: str) -> float:
    percent = word.strip().endswith("%")
    try:
        number = float(word.strip().rstrip("%").replace(",", "."))
    except ValueError as error:
        raise click.UsageError(f"{place}: '{word}' is not a fraction; write {before}0.5 for half") from error
    number = number / 100 if percent else number
    if not 0 <= number <= 1:
        raise click.UsageError(f"{place}: {word} is not between 0 and 1; write {before}0.5 or {before}50%")
    return number


def files_read(chosen: Chosen) -> list[Path]:
    """Return the files of scenarios and shocks, which no output may replace."""
    return [*scenario_paths(chosen.files), *([] if chosen.shocks is None else [chosen.shocks])]


def scenario_paths(paths: tuple[Path, ...]) -> list[Path]:
    """Return files, folders and the scenario files in the folders."""
    folders = [path for path in paths if path.is_dir()]
    return [*paths, *(file for folder in folders for file in folder.glob("*.toml"))]


def read_input(network: Network, chosen: Chosen) -> tuple[OneShock | None, Many | None]:
    """Return the one scenario, or else the many, that the options name."""
    if chosen.shocks is not None:
        from valuechain.io.shock_table import read_shocks  # noqa: PLC0415 - heavy imports only when a command runs

        frame = read_shocks(chosen.shocks, network=network)
        return (None, frame) if "scenario" in frame else (frame, None)
    if not chosen.files:
        return chosen.lost, None
    scenarios = read_all(list(scenario_files(chosen.files)))
    if len(scenarios) == 1 and not chosen.files[0].is_dir():
        return scenarios[0], None
    return None, by_name(scenarios)


def scenario_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files, and the .toml files of the folders in the order of their names."""
    from valuechain.errors import UnreadableFileError  # noqa: PLC0415

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        files = sorted(f for f in path.iterdir() if f.suffix.casefold() == ".toml" and f.is_file())
        if not files or any(f.name.casefold() == "network.toml" for f in files):
            inside = path / "scenarios"
            hint = f"did you mean {inside}?" if inside.is_dir() else "give a folder of .toml files"
            problem = "holds no scenario file (.toml)" if not files else "is the folder of a network, not of scenarios"
            raise UnreadableFileError(f"{path}: {problem}; {hint}")
        yield from files


def read_all(files: list[Path]) -> list[Scenario]:
    """Return all scenarios, or raise with the faults of all files."""
    from valuechain.errors import ScenarioError, ValueChainError  # noqa: PLC0415
    from valuechain.scenario import read_scenario  # noqa: PLC0415

    scenarios, problems = [], []
    for file in files:
        try:
            scenarios.append(read_scenario(file))
        except ValueChainError as error:
            problems.append(str(error))
            if len(files) == 1:
                raise
    if problems:
        raise ScenarioError("\n".join(problems))
    return scenarios


def by_name(scenarios: list[Scenario]) -> dict[str, Scenario]:
    """Return scenarios by name; those of one name are told apart by their files."""
    names = [s.name for s in scenarios]
    labels = [n if names.count(n) == 1 else f"{n} ({s.file})" for n, s in zip(names, scenarios, strict=True)]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise click.UsageError(f"{', '.join(twice)}: given more than once; name each file once")
    return dict(zip(labels, scenarios, strict=True))

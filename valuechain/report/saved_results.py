"""Saved results for a page: single runs whole, of ensembles the tables that were written, suggestions of partners."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valuechain.errors import Fault, InvalidDataError, UnreadableFileError
from valuechain.io.run_files import read_days
from valuechain.io.toml_files import read_toml
from valuechain.models.saved_run import ABOUT, read_run
from valuechain.network import Network
from valuechain.results import Result, figure
from valuechain.values import checked_path

__all__ = ["SavedEnsembleResult", "read_saved", "read_saved_of"]

_TABLES = ("days", "firms", "exceedance", "groups")
_AGAIN = "write the run again with vc.write_run, or simulate --output"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SavedEnsembleResult(Result):
    """What an ensemble answered, from its files: mean and quantiles by day in ``table``, losses by firm, likelihood."""

    mean_loss: float = figure("lost on average", "fraction of production over all days")
    tail_loss: float = figure("lost in the worst runs", "fraction of production over all days")
    expected_value: float = figure("value lost on average")
    firms: Result | None = None
    exceedance: Result | None = None
    groups: Result | None = None


def read_saved(folder: str | os.PathLike[str]) -> list[Result]:
    """Return the run of a folder, or the runs of the folders in it by their numbers, or the suggestions of a file.

    A file is what ``valuechain partners --format json --output FILE`` wrote.

    Raises
    ------
    UnreadableFileError
        When there is no such folder or file, or no run in it.
    InvalidDataError
        When a file is missing, damaged or of something else.
    """
    path = checked_path(folder, "folder")
    if path.is_file():
        from valuechain.report.partners.saved import read_saved_partners  # noqa: PLC0415 - it needs parts of the report

        return [read_saved_partners(path)]
    if not path.is_dir():
        raise UnreadableFileError(f"{folder} is no folder of runs and no file of suggestions; {_AGAIN}")
    if (path / ABOUT).is_file():
        return [_read_one(path)]
    found = sorted((p.parent for p in path.glob(f"run-*/{ABOUT}")), key=_number)
    if not found:
        raise UnreadableFileError(f"{folder} holds no run (no {ABOUT}); {_AGAIN}")
    return [_read_one(p) for p in found]


def read_saved_of(network: Network, folders: Iterable[str | os.PathLike[str]]) -> list[Result]:
    """Return the saved results of several folders and files, all of this network; see :func:`read_saved`.

    Raises
    ------
    InvalidDataError
        Also with every result that is of another network.
    """
    found: list[Result] = []
    faults: list[Fault] = []
    for folder in folders:
        for run in read_saved(folder):
            of = str(run.parameters["fingerprint"])
            if of != network.fingerprint:
                scenario = run.parameters.get("scenario", run.title)
                is_run = "candidate" not in run.table
                what = f"scenario '{scenario}' is a run" if is_run else f"'{run.title}' holds suggestions"
                problem = f"{what} of another network, '{run.parameters.get('network', '')}'"
                known = f"this is '{network.name}' ({network.fingerprint[:12]}, not {of[:12]})"
                faults.append(
                    Fault(file=str(folder), problem=f"{problem}; {known}", remedy="compute it again on this one")
                )
            found.append(run)
    if faults:
        raise InvalidDataError(faults)
    return found


def _number(folder: Path) -> tuple[int, str]:
    digits = folder.name.removeprefix("run-")
    return (int(digits) if digits.isdecimal() else 1_000_000, folder.name)


def _read_one(path: Path) -> Result:
    said, _ = read_toml(path / ABOUT)
    if not isinstance(said, dict) or said.get("kind") != "ensemble":
        return read_run(path)
    faults: list[Fault] = []
    tables = {name: read_days(path / f"{name}.parquet", faults) for name in _TABLES if _is_there(path, name)}
    for name, table in tables.items():
        if table is not None and table[1] != said:
            faults.append(Fault(file=f"{name}.parquet", problem=f"is not of the run in {ABOUT}", remedy=_AGAIN))
    if tables.get("days") is None and not faults:
        faults.append(Fault(file="days.parquet", problem="is missing", remedy=_AGAIN))
    try:
        if not faults:
            return _result(said, tables)
    except (KeyError, TypeError, ValueError) as error:
        faults.append(Fault(file=ABOUT, problem=f"is not what an ensemble writes ({error})", remedy=_AGAIN))
    raise InvalidDataError(faults)


def _is_there(path: Path, name: str) -> bool:
    return (path / f"{name}.parquet").is_file()


def _result(said: dict[str, Any], tables: dict[str, Any]) -> SavedEnsembleResult:
    about = said["result"]
    parameters = {**about["parameters"], "fingerprint": said["network"]["fingerprint"]}
    title = str(about["title"])
    firms, curve, groups = (tables.get(name) for name in ("firms", "exceedance", "groups"))
    return SavedEnsembleResult(
        table=tables["days"][0],
        title=title,
        notes=tuple(map(str, about["notes"])),
        units=dict(about["units"]),
        parameters=parameters,
        mean_loss=float(about["mean_loss"]),
        tail_loss=float(about["tail_loss"]),
        expected_value=float(about["expected_value"]),
        firms=None if firms is None else Result(table=firms[0], title=f"Loss of each firm: {title}"),
        exceedance=None if curve is None else Result(table=curve[0], title=f"How likely which loss is: {title}"),
        groups=None if groups is None else Result(table=groups[0], title=f"Loss of each group: {title}"),
    )

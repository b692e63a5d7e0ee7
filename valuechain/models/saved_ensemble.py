"""Ensembles on disk: a folder of tables that says what was run, enough to run it again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from valuechain.errors import Fault, OutputExistsError
from valuechain.io.atomic import Content, write_folder_atomic
from valuechain.io.run_files import days_bytes
from valuechain.models.ensemble import EnsembleResult
from valuechain.models.over_time import Model
from valuechain.models.saved_about import (
    FORMAT,
    about_text,
    check_words,
    model_of,
    model_table,
    no_run,
    odd,
    scenario_in,
    versions,
    without_none,
)
from valuechain.results import Result
from valuechain.scenario import Scenario, scenario_table
from valuechain.values import checked_path

__all__ = ["KIND", "TABLES", "SavedEnsemble", "checked_ensemble", "write_ensemble"]

KIND = "ensemble"
ABOUT = "run.toml"
TABLES = ("days", "runs", "exceedance", "draws", "groups", "firms")
"""Tables of an ensemble, each a Parquet file."""

_COUNTS = {"days": 1, "runs": 1, "seed": 0}
"""Whole numbers, and the least each may be."""

_WRITTEN = "give a file that vc.write_run wrote"


@dataclass(frozen=True, kw_only=True)
class SavedEnsemble:
    """What an ensemble rests on: the network by fingerprint, and the arguments of :func:`valuechain.ensemble`."""

    scenario: Scenario
    model: Model
    network: str
    fingerprint: str
    versions: Mapping[str, str]
    options: Mapping[str, Any]


def write_ensemble(found: EnsembleResult, folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write an ensemble as a folder, whole or not at all; see :func:`valuechain.write_run`."""
    about, target = _about(found), checked_path(folder, "folder")
    if not force and target.is_dir() and any(target.iterdir()):
        raise OutputExistsError(
            f"{folder} is not empty and was kept; say --force (force=True) to replace the run in it"
        )

    def contents() -> Iterator[tuple[str, Content]]:
        for name in TABLES:
            part = found if name == "days" else getattr(found, name)
            if part is not None:
                yield f"{name}.parquet", days_bytes(part.table, about)
        yield ABOUT, about_text(about, found.inputs.scenario).encode()

    own = {ABOUT, "firms.nc", *(f"{name}.parquet" for name in TABLES)}
    write_folder_atomic(target, contents(), lambda name: name.casefold() in own)


def _about(found: EnsembleResult) -> dict[str, Any]:
    """Return what an ensemble is, as plain values."""
    inputs = found.inputs
    figures = {name: value for name, value in found.scalars.items() if not isinstance(value, Result | None)}
    return {
        "format": FORMAT,
        "kind": KIND,
        "days": inputs.days,
        "runs": inputs.runs,
        "seed": inputs.seed,
        "tail": inputs.tail,
        "quantiles": list(inputs.quantiles),
        "by": list(inputs.by),
        "has_firms": found.firms is not None,
        "program": versions(),
        "network": {"name": str(found.parameters["network"]), "fingerprint": str(found.parameters["fingerprint"])},
        "model": model_table(inputs.model),
        "result": {
            **without_none({"title": found.title, **figures, "notes": list(found.notes)}),
            "units": without_none(found.units),
            "parameters": without_none(found.parameters),
        },
        "scenario": scenario_table(inputs.scenario),
    }


def checked_ensemble(about: Mapping[str, Any], file: str, faults: list[Fault]) -> SavedEnsemble | None:
    """Return what a file says its ensemble is; None, and every fault, where that is not what one can be."""
    found = len(faults)
    if about.get("format") != FORMAT:
        faults.append(no_run({**about, "kind": "simulation"}, file))
        return None
    missing = [n for n in ("program", "network", "model", "scenario") if not isinstance(about.get(n), Mapping)]
    faults += [Fault(file=file, problem=f"has no table [{name}]", remedy=_WRITTEN) for name in missing]
    for name, least in _COUNTS.items():
        value = about.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            faults.append(odd(file, name, value, "is no whole number"))
    faults += _option_faults(about, file)
    if missing:
        return None
    check_words(about, file, faults)
    model, scenario = model_of(about["model"], file, faults), scenario_in(about["scenario"], file, faults)
    if len(faults) > found or model is None or scenario is None:
        return None
    options = {name: about[name] for name in (*_COUNTS, "quantiles", "by", "tail")}
    return SavedEnsemble(
        scenario=scenario,
        model=model,
        network=about["network"]["name"],
        fingerprint=about["network"]["fingerprint"],
        versions=dict(about["program"]),
        options={**options, "keep_firms": about["has_firms"]},
    )


def _option_faults(about: Mapping[str, Any], file: str) -> list[Fault]:
    faults = []
    tail, quantiles, by = (about.get(name) for name in ("tail", "quantiles", "by"))
    if isinstance(tail, bool) or not isinstance(tail, int | float) or not 0 <= tail < 1:
        faults.append(odd(file, "tail", tail, "is no fraction"))
    if not isinstance(quantiles, list) or not all(isinstance(q, int | float) and 0 <= q <= 1 for q in quantiles):
        faults.append(odd(file, "quantiles", quantiles, "are no fractions"))
    if not isinstance(by, list) or not all(isinstance(name, str) for name in by):
        faults.append(odd(file, "by", by, "is no list of columns"))
    if not isinstance(about.get("has_firms"), bool):
        faults.append(odd(file, "has_firms", about.get("has_firms"), "is neither true nor false"))
    return faults

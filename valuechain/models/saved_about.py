"""What a saved run says it is, as plain values: the same in its TOML file and, as JSON, in each of its tables."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np
import tomli_w

from valuechain.errors import Fault, ParameterError, ScenarioError, suggestion
from valuechain.models.over_time import MODELS, Model
from valuechain.models.simulate import RunInputs, SimulationResult
from valuechain.scenario import Scenario, scenario_of, scenario_table, scenario_text
from valuechain.scenario.write import plain_value
from valuechain.version import __version__

__all__ = [
    "FORMAT",
    "SavedAbout",
    "about_run",
    "about_text",
    "check_words",
    "checked_about",
    "model_of",
    "model_table",
    "no_run",
    "odd",
    "scenario_in",
    "versions",
    "without_none",
]

FORMAT = 1
KIND = "simulation"
NONE = "none"
"""Key with the names of what is None: TOML has no word for it."""

_HEAD = (
    "# A run of valuechain. In Python, with the network net of the same fingerprint:\n"
    "# vc.read_run(folder) gives its results back, vc.repeat_run(net, folder) computes them again.\n"
    "# What stands under [scenario] is in the form of a scenario file.\n\n"
)
_WRITTEN = "give a file that vc.write_run wrote"
_SECTIONS = ("program", "network", "model", "result", "scenario")


@dataclass(frozen=True, kw_only=True)
class SavedAbout:
    """A run without its tables.

    Parameters
    ----------
    inputs
        What it rests on beside the network.
    network, fingerprint
        Name and fingerprint of the network.
    versions
        Versions of the program and its libraries that made it.
    result
        Title, units, parameters, notes and scalars.
    has_firms
        Whether firms by day were kept.
    """

    inputs: RunInputs
    network: str
    fingerprint: str
    versions: Mapping[str, str]
    result: Mapping[str, Any]
    has_firms: bool


def versions() -> dict[str, str]:
    """Return the versions of the program and of what decides the bits of its numbers."""
    found = {"valuechain": __version__, "Python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in ("numpy", "numba", "scipy", "pandas", "xarray")}


def about_run(run: SimulationResult) -> dict[str, Any]:
    """Return what a run is, as plain values.

    Raises
    ------
    ParameterError
        When its seed is a generator, whose state no file holds.
    ScenarioError
        With every value of the scenario that no file can hold.
    """
    inputs = run.inputs
    if not isinstance(inputs.seed, int | np.integer):
        raise ParameterError(
            f"seed {inputs.seed!r} is no number, and the state of a random generator cannot be saved; simulate with a "
            "whole number such as seed=0 (a single run draws no random numbers, so its figures stay the same)"
        )
    result = {"title": run.title, **run.scalars, "notes": list(run.notes)}
    return {
        "format": FORMAT,
        "kind": KIND,
        "days": inputs.days,
        "seed": int(inputs.seed),
        "has_firms": run.firms is not None,
        "program": versions(),
        "network": {"name": str(run.parameters["network"]), "fingerprint": str(run.parameters["fingerprint"])},
        "model": model_table(inputs.model),
        "result": {
            **without_none(result),
            "units": without_none(run.units),
            "parameters": without_none(run.parameters),
        },
        "scenario": scenario_table(inputs.scenario),
    }


def model_table(model: Model) -> dict[str, Any]:
    """Return name and parameters of a model as plain values."""
    name = next(name for name, kind in MODELS.items() if isinstance(model, kind))
    return {"name": name, **without_none({f.name: getattr(model, f.name) for f in fields(model)})}


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as files hold them, with the names of those that are None."""
    absent = [str(name) for name, value in values.items() if value is None]
    known = {str(name): plain_value(value) for name, value in values.items() if value is not None}
    return known | ({NONE: absent} if absent else {})


def _with_none(values: Mapping[str, Any]) -> dict[str, Any]:
    absent = values.get(NONE, [])
    return {k: v for k, v in values.items() if k != NONE} | dict.fromkeys(absent)


def about_text(about: Mapping[str, Any], scenario: Scenario) -> str:
    """Return what a run is as TOML that a person reads, the scenario last, in the form of a scenario file."""
    head = {key: value for key, value in about.items() if key != "scenario"}
    return f"{_HEAD}{tomli_w.dumps(head)}\n{scenario_text(scenario, inside='scenario')}"


def checked_about(about: object, file: str, faults: list[Fault]) -> SavedAbout | None:
    """Return what a file says its run is; None, and every fault, where that is not what a run can be."""
    found = len(faults)
    if not isinstance(about, Mapping) or about.get("kind") != KIND or about.get("format") != FORMAT:
        faults.append(no_run(about, file))
        return None
    missing = [name for name in _SECTIONS if not isinstance(about.get(name), Mapping)]
    faults += [Fault(file=file, problem=f"has no table [{name}]", remedy=_WRITTEN) for name in missing]
    whole = {"days": about.get("days"), "seed": about.get("seed")}
    for name, value in whole.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < (name == "days"):
            faults.append(odd(file, name, value, "is no whole number"))
    if not isinstance(about.get("has_firms"), bool):
        faults.append(odd(file, "has_firms", about.get("has_firms"), "is neither true nor false"))
    if missing:
        return None
    check_words(about, file, faults)
    model = model_of(about["model"], file, faults)
    scenario = scenario_in(about["scenario"], file, faults)
    result = _result(about["result"], file, faults)
    if len(faults) > found or model is None or scenario is None:
        return None
    return SavedAbout(
        inputs=RunInputs(scenario=scenario, model=model, days=about["days"], seed=about["seed"]),
        network=about["network"]["name"],
        fingerprint=about["network"]["fingerprint"],
        versions=dict(about["program"]),
        result=result,
        has_firms=about["has_firms"],
    )


def no_run(about: object, file: str) -> Fault:
    """Return the fault of a file that is no run, or one of another format."""
    table = about if isinstance(about, Mapping) else {}
    if table.get("kind") == KIND and isinstance(table.get("format"), int):
        problem = f"is a run of format {table['format']}, and this program reads format {FORMAT}"
        return Fault(file=file, problem=problem, remedy="read it with the version of valuechain that wrote it")
    return Fault(file=file, problem="is not a run of valuechain", remedy=_WRITTEN)


def odd(file: str, key: str, value: object, problem: str) -> Fault:
    """Return the fault of a value that cannot be."""
    return Fault(file=file, column=key, value=str(value), problem=problem, remedy=_WRITTEN)


def check_words(about: Mapping[str, Any], file: str, faults: list[Fault]) -> None:
    """Add faults of names and versions that are no text."""
    for table, keys in (("network", ("name", "fingerprint")), ("program", tuple(about["program"]))):
        values = {f"{table}.{key}": about[table].get(key) for key in keys}
        faults += [odd(file, k, v, "is not text") for k, v in values.items() if not isinstance(v, str)]


def model_of(table: Mapping[str, Any], file: str, faults: list[Fault]) -> Model | None:
    """Return a model from its name and parameters; those that are not there have their default."""
    name = table.get("name")
    kind = MODELS.get(name) if isinstance(name, str) else None
    if kind is None:
        remedy = suggestion(str(name), MODELS) or "known are " + ", ".join(MODELS)
        faults.append(Fault(file=file, column="model.name", value=str(name), problem="is not known", remedy=remedy))
        return None
    options = {k: v for k, v in _with_none_of(table, file, "model", faults).items() if k != "name"}
    unknown = options.keys() - {f.name for f in fields(kind)}
    faults += [_newer(file, f"model.{key}") for key in sorted(unknown)]
    try:
        return kind(**{k: v for k, v in options.items() if k not in unknown})
    except (ParameterError, TypeError, ValueError) as error:
        faults += [Fault(file=file, problem=f"model: {line}", remedy=_WRITTEN) for line in str(error).splitlines()]
        return None


def _newer(file: str, key: str) -> Fault:
    return Fault(file=file, column=key, problem="is not known", remedy="read it with the version that wrote it")


def _with_none_of(table: Mapping[str, Any], file: str, place: str, faults: list[Fault]) -> dict[str, Any]:
    absent = table.get(NONE, [])
    if not isinstance(absent, list) or not all(isinstance(name, str) for name in absent):
        faults.append(odd(file, f"{place}.{NONE}", absent, "is no list of names"))
        return {k: v for k, v in table.items() if k != NONE}
    return _with_none(table)


def scenario_in(table: Mapping[str, Any], file: str, faults: list[Fault]) -> Scenario | None:
    """Return the scenario of a file; None, and every fault, where it is none."""
    try:
        return scenario_of(table, file=file, name="scenario", needs_shock=False)
    except ScenarioError as error:
        lines = [line.removeprefix(f"{file}: ") for line in str(error).splitlines()]
        faults += [Fault(file=file, problem=f"scenario: {line}", remedy=_WRITTEN) for line in lines]
        return None


def _result(table: Mapping[str, Any], file: str, faults: list[Fault]) -> dict[str, Any]:
    """Return title, notes, units, parameters and scalars of a result as its class takes them."""
    values = _with_none_of(table, file, "result", faults)
    known = {f.name: f for f in fields(SimulationResult) if f.name not in {"table", "firms", "inputs"}}
    faults += [_newer(file, f"result.{key}") for key in sorted(values.keys() - known.keys())]
    lacking = [n for n, f in known.items() if n not in values and f.default is f.default_factory is MISSING]
    faults += [Fault(file=file, problem=f"has no result.{name}", remedy=_WRITTEN) for name in lacking]
    for name in ("units", "parameters"):
        if isinstance(values.get(name), Mapping):
            values[name] = _with_none_of(values[name], file, f"result.{name}", faults)
        else:
            faults.append(Fault(file=file, problem=f"has no table [result.{name}]", remedy=_WRITTEN))
    numbers = [n for n in known if n not in {"title", "units", "parameters", "notes"}]
    faults += [
        odd(file, f"result.{name}", values[name], "is no number")
        for name in numbers
        if name in values and (isinstance(values[name], bool) or not isinstance(values[name], int | float | None))
    ]
    notes = values.get("notes", [])
    if not isinstance(notes, list) or not all(isinstance(v, str) for v in [*notes, values.get("title")]):
        faults.append(Fault(file=file, problem="has a title or notes that are no text", remedy=_WRITTEN))
    values["notes"] = tuple(notes)
    return values

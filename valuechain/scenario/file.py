"""Scenario files: TOML that a person writes."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from typing import Any

from valuechain.errors import ScenarioError, UnreadableFileError
from valuechain.scenario.shock import Scenario, Shock
from valuechain.scenario.wording import remedy
from valuechain.values import checked_path

__all__ = ["read_scenario", "scenario_of"]


def read_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario in a TOML file.

    Parameters
    ----------
    path
        A file in the form of ``docs/scenarios.md``.

    Raises
    ------
    UnreadableFileError
        When there is no such file.
    ScenarioError
        With every fault: file, shock number, key, remedy; TOML faults with line and column.

    Examples
    --------
    >>> import valuechain as vc
    >>> folder = next(e.path for e in vc.example_names() if e.name == "baltic_mobility")
    >>> vc.read_scenario(folder / "scenarios" / "power_module_fire.toml").name
    'Fire at the power module plant'
    """
    file = checked_path(path)
    try:
        # Some editors put a mark of the encoding first, which TOML does not know.
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableFileError(
            f"{file}: {error.strerror or 'cannot be read'}; give the path of a .toml file"
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: is not UTF-8 text; save it as UTF-8") from error
    except RecursionError as error:
        raise ScenarioError(f"{file}: is nested too deeply; write a scenario as in docs/scenarios.md") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{file}: {error}; see docs/scenarios.md for the format") from error
    return scenario_of(data, file=str(file), name=file.stem)


def scenario_of(data: Mapping[str, Any], *, file: str, name: str, needs_shock: bool = True) -> Scenario:
    """Return the scenario of a table in the form of a scenario file.

    Parameters
    ----------
    data
        The table, as TOML gives it.
    file
        Where it comes from, for messages.
    name
        Name of the scenario where the table has none.
    needs_shock
        Whether a table without any shock is a fault.

    Raises
    ------
    ScenarioError
        With every fault: file, shock number, key, remedy.
    """
    problems: list[str] = []
    known = ("name", "days", "overlap", "shock", "ensemble")
    problems += [f"key '{key}' is not known; {remedy(key, known)}" for key in data if key not in known]
    tables = data.get("shock", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        problems.append("shock is not a list of tables; write [[shock]]")
        tables = []
    elif not tables and needs_shock:
        problems.append("there is no shock; add a table [[shock]]")
    shocks = [s for k, t in enumerate(tables) if (s := _read_shock(t, k + 1, problems)) is not None]
    scenario = None
    try:
        scenario = Scenario(
            shocks=shocks,
            name=data.get("name", name),
            days=data.get("days", 365),
            ensemble=data.get("ensemble"),
            overlap=data.get("overlap", "refuse"),
            file=file,
        )
    except ScenarioError as error:
        problems += str(error).splitlines()
    if problems or scenario is None:
        raise ScenarioError("\n".join(f"{file}: {p}" for p in problems))
    return scenario


def _read_shock(table: dict[str, Any], number: int, problems: list[str]) -> Shock | None:
    known = tuple(Shock.__dataclass_fields__)
    unknown = [key for key in table if key not in known]
    problems += [f"shock {number}: key '{k}' is not known; {remedy(k, known)}" for k in unknown]
    missing = [key for key in ("what", "where", "loss") if key not in table]
    problems += [f"shock {number}: {key} is missing; add it" for key in missing]
    where = table.get("where", {})
    if not isinstance(where, dict):
        problems.append(f'shock {number}: where is not a table; write where = {{ country = "DEU" }}')
        return None
    if unknown or missing:
        return None
    try:
        return Shock(**table)
    except ScenarioError as error:
        problems += [f"shock {number}: {line}" for line in str(error).splitlines()]
        return None

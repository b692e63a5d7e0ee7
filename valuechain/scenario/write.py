"""Scenarios as TOML that a person reads: what is written reads back as the same scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

import numpy as np
import tomli_w

from valuechain.errors import ScenarioError
from valuechain.scenario.shock import Scenario, Shock

__all__ = ["plain_value", "scenario_table", "scenario_text"]

_ALWAYS = {"what", "where", "loss", "name", "days"}
"""Keys that are written even where they have their default: a reader should not have to know it."""


def scenario_text(scenario: Scenario, *, inside: str = "") -> str:
    """Return a scenario as the text of a scenario file.

    Parameters
    ----------
    scenario
        The scenario. Keys that have their default are left out; sets and tuples become lists.
    inside
        Name of a table to put it in, such as ``scenario``, for a file that holds more.

    Raises
    ------
    ScenarioError
        With every value that no file can hold.

    Examples
    --------
    >>> print(scenario_text(Scenario(name="fire", shocks=[Shock(where={"firms": ["F17"]}, loss=0.6, start=10)])))
    name = "fire"
    days = 365
    <BLANKLINE>
    [[shock]]
    what = "capacity"
    where = { firms = ["F17"] }
    loss = 0.6
    start = 10
    <BLANKLINE>
    """
    table = scenario_table(scenario)
    shocks, ensemble = table.pop("shock", []), table.pop("ensemble", None)
    place = f"{inside}." if inside else ""
    blocks = [("[" + inside + "]\n" if inside else "") + _lines(table)]
    blocks += [f"[[{place}shock]]\n{_lines(shock)}" for shock in shocks]
    if ensemble is not None:
        blocks.append(f"[{place}ensemble]\n{_lines(ensemble)}")
    return "\n".join(blocks)


def scenario_table(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values, in the form of a scenario file.

    Raises
    ------
    ScenarioError
        With every value that no file can hold.
    """
    problems: list[str] = []
    table = dict(_values(scenario, {"shocks", "file"}, "", problems))
    if scenario.shocks:
        table["shock"] = [
            dict(_values(shock, set(), f"shock {number}: ", problems))
            for number, shock in enumerate(scenario.shocks, start=1)
        ]
    if problems:
        raise ScenarioError("\n".join(problems))
    return table


def _values(part: Shock | Scenario, skipped: set[str], place: str, problems: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a shock or scenario that are not what they are when left out, as plain values."""
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name in skipped or (field.name not in _ALWAYS and _is_default(field, value)):
            continue
        if value is None and field.default is None:
            continue
        try:
            yield field.name, plain_value(value)
        except ScenarioError as error:
            problems.append(f"{place}{field.name} {error}")


def _is_default(field: Field[Any], value: object) -> bool:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return type(value) is type(default) and bool(value == default)


def plain_value(value: object) -> Any:
    """Return a value as a file can hold it: text, truth, numbers, lists and tables of these.

    Raises
    ------
    ScenarioError
        When it is something else, or text that cannot be written in UTF-8.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {_text(str(k)): plain_value(v) for k, v in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain_value(v) for v in value), key=lambda v: (str(type(v)), v))
    if isinstance(value, list | tuple | np.ndarray):
        return [plain_value(v) for v in value]
    raise ScenarioError(f"{value!r} has no place in a file; write text, numbers, lists or tables")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ScenarioError(f"{value!r} holds half a character, which no file can hold; take it out") from None
    return str(value)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(k)} = {_inline(v)}\n" for k, v in table.items())


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


def _inline(value: Any) -> str:
    """Return a value on one line, as people write shocks."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").removesuffix("\n")

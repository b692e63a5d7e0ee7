"""Results with parts: which columns a screen has room for, and all parts as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from valuechain.cli.output import is_narrow
from valuechain.results import Result, as_json_data

NARROW = {"firm", "group", "name", "scenario", "model", "lost_value", "loss", "total_loss", "time_to_recover"} | {
    "expected_value",
    "mean_loss",
    "tail_loss",
    "more_than_first",
    "low",
    "high",
}
"""Columns that a narrow terminal has room for."""


def shown_columns(result: Result, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the columns to show, with their labels."""
    columns = {c: label for c, label in labels.items() if c in result.table}
    if is_narrow():
        columns = {c: label for c, label in columns.items() if c in NARROW}
    return columns


def wider_lines(result: Result, labels: Mapping[str, str], section: str | None = None) -> list[str]:
    """Return where the columns are that a narrow terminal has no room for, if any were left out."""
    if len(shown_columns(result, labels)) == sum(c in result.table for c in labels):
        return []
    option = "" if section is None else f"--section {section} "
    return [f"(a wider terminal shows more columns, {option}--format csv all)"]


def json_text(result: Result, parts: Mapping[str, Result]) -> str:
    """Return a result and its parts, each once, as JSON."""
    data = {k: v for k, v in as_json_data(result).items() if not isinstance(getattr(result, k, None), Result)}
    data |= {name: as_json_data(part) for name, part in parts.items()}
    for name in ("firms", "groups", "binding"):
        if isinstance(data.get("resilience"), dict):
            data["resilience"].pop(name, None)
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


def with_short_units(result: Result) -> Result:
    """Return a result whose units leave room on a screen; the notes say what is meant by them."""
    short = {"of its own undisturbed production": "of its own", "of its undisturbed production": "of its own"}
    units = dict(result.units)
    for name, unit in units.items():
        for long, words in short.items():
            units[name] = units[name].replace(long, words) if long in unit else units[name]
    return replace(result, units=units)


def rows_of(section: str) -> str:
    """Return what shows all rows of a section."""
    return f"--section {section} --format csv all"

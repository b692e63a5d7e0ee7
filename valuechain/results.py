"""Results: a table, its units, the parameters it rests on, and sentences that say what it means."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.values import one_line


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What an analysis answers. Subclasses add at most five scalars.

    Parameters
    ----------
    table
        The answer, most important row first.
    title
        What the table shows, in a few words.
    units
        Unit of each column of the table that has one.
    parameters
        Every choice the numbers rest on: model, rule, tolerance, network fingerprint.
    notes
        Sentences that say what the numbers mean and what was left out.
    """

    table: pd.DataFrame
    title: str
    units: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def scalars(self) -> dict[str, Any]:
        """The numbers beside the table, by name."""
        base = {f.name for f in fields(Result)}
        return {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in base and "source" not in f.metadata
        }

    def __repr__(self) -> str:
        scalars = "".join(f", {k}={v!r}" for k, v in self.scalars.items() if isinstance(v, int | float | str))
        return f"<{type(self).__name__} '{self.title}': {len(self.table):,} rows{scalars}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: title, figures, the first rows with units, what the numbers mean."""
        return notebook_html(self)


def figure(words: str, unit: str = "", *, like: str = "") -> Any:
    """Return the field of a number beside the table: what people call it, and its unit or the column that has it too.

    Without either, the unit is that of a column of the same name, in the table or in a result that is held.
    """
    return field(metadata={"words": words, "unit": unit, "like": like})


def number_text(value: float) -> str:
    """Return a number as people read it: four digits, thousands grouped, no exponent below 1e15.

    Examples
    --------
    >>> number_text(72440123.4), number_text(0.012345)
    ('72,440,000', '0.01235')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    size = math.floor(math.log10(abs(value)))
    if size >= 15:
        return f"{value:.3e}"
    return f"{round(value, 3 - size):,.{min(max(0, 3 - size), 9)}f}"


def setting_text(value: object) -> str:
    """Return what was chosen for an analysis in words: what has parts, part by part.

    Examples
    --------
    >>> setting_text({"country": 0.1, "owner": 0.3}), setting_text(["a", "b"]), setting_text(None), setting_text(5)
    ('country 0.1, owner 0.3', 'a, b', 'not given', '5')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {setting_text(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(setting_text, value)) or "none"
    return "not given" if value is None else str(value)


def percent_text(share: float) -> str:
    """Return a fraction as per cent: one decimal, more for what is small, an exponent for what is next to nothing.

    Examples
    --------
    >>> percent_text(0.1234), percent_text(0.00044), percent_text(4e-13), percent_text(0.0)
    ('12.3', '0.044', '4e-11', '0.0')
    """
    value = share * 100
    if value == 0 or abs(value) >= 0.095:
        return f"{value:.1f}"
    if abs(value) < 1e-4:
        return f"{value:.0e}"
    return f"{value:.{1 - math.floor(math.log10(abs(value)))}f}"


def rank_key(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return numbers to twelve digits, to sort by: sums in another order of rows differ in the last digits only.

    Examples
    --------
    >>> bool(0.1 + 0.2 == 0.3), len(set(rank_key([0.1 + 0.2, 0.3]).tolist()))
    (False, 1)
    """
    numbers = np.asarray(values, dtype=np.float64)
    size = 10.0 ** (11 - np.floor(np.log10(np.maximum(np.abs(numbers), 1e-290))))
    return np.asarray(np.round(numbers * size) / size)


ENDS = ("loss_cut_low", "loss_cut_high")
"""Columns with the ends of the interval of a loss cut."""


def has_interval(table: pd.DataFrame) -> bool:
    """Tell whether the ends of the interval differ in any row: where nothing was drawn they repeat the figure."""
    if not {*ENDS} <= {*table.columns}:
        return False
    low, high = (table[end] for end in ENDS)
    return bool(((low != high) & low.notna() & high.notna()).any())


SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_NOTES = 10, 10, 4
"""How much of a result a notebook shows."""
SHOWN_UNIT = 36
"""Characters of a unit: a currency is free text."""


def notebook_html(result: Result) -> str:
    """Return a result as HTML for a notebook: safe (all is escaped) and short (it says what is left out)."""
    table = result.table.iloc[:SHOWN_ROWS, :SHOWN_COLUMNS]
    columns = [str(c) for c in table.columns]
    units = [shown_unit(str(result.units.get(c, ""))) for c in columns]
    head = "".join(
        f"<th>{one_line(c.replace('_', ' '))}{f'<br><small>{one_line(u, SHOWN_UNIT)}</small>' if u else ''}</th>"
        for c, u in zip(columns, units, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(_cell_html(v, u) for v, u in zip(row, units, strict=True))}</tr>"
        for row in table.itertuples(index=False, name=None)
    )
    parts = [f"<strong>{one_line(result.title, 160)}</strong>"]
    figures = [_figure_text(result, k, v) for k, v in result.scalars.items() if _is_figure(v)]
    parts += [f"<p>{one_line('; '.join(figures), 400)}</p>"] if figures else []
    parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    parts += [f"<p><em>{words}</em></p>" for words in _left_out(result.table)]
    parts += [f"<p>{one_line(note, 400)}</p>" for note in result.notes[:SHOWN_NOTES]]
    return f'<div style="overflow-x: auto">{"".join(parts)}</div>'


def shown_unit(unit: str) -> str:
    """Return a unit as people read it: fractions are shown as percent.

    Examples
    --------
    >>> shown_unit("fraction of sales"), shown_unit("fraction"), shown_unit("days")
    ('% of sales', '%', 'days')
    """
    if unit.startswith("fraction of "):
        return "% of " + unit.removeprefix("fraction of ")
    return "%" if unit == "fraction" else unit


def _left_out(table: pd.DataFrame) -> list[str]:
    rows, columns = len(table) - SHOWN_ROWS, table.shape[1] - SHOWN_COLUMNS
    said = [f"{rows:,} more row{'s' if rows > 1 else ''}"] if rows > 0 else []
    said += [f"{columns:,} more column{'s' if columns > 1 else ''}"] if columns > 0 else []
    return [f"{' and '.join(said)} in .table"] if said else []


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float | str | np.integer | np.floating)


def _figure_text(result: Result, name: str, value: Any) -> str:
    """Return a number beside the table in words, with its unit."""
    said: Mapping[str, str] = next((f.metadata for f in fields(result) if f.name == name), {})
    unit = said.get("unit") or _unit_of(result, said.get("like") or name)
    shown = shown_unit(unit)
    text = _cell_text(value, shown)
    if shown.startswith("%"):
        text, shown = f"{text}%", shown.removeprefix("%").strip()
    elif shown in {"firms", "links", "slots"}:
        shown = ""
    if len(shown) > SHOWN_UNIT:
        shown = shown[: SHOWN_UNIT - 1] + "…"
    return f"{said.get('words') or name.replace('_', ' ')}: {text} {shown}".strip()


def _unit_of(result: Result, column: str) -> str:
    """Return the unit of a column of a result, or of one that it holds."""
    held = (getattr(result, f.name) for f in fields(result))
    parts = [result, *(part for part in held if isinstance(part, Result))]
    return next((str(part.units[column]) for part in parts if column in part.units), "")


def _cell_html(value: Any, unit: str) -> str:
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    side = ' style="text-align: right"' if is_number else ' style="text-align: left"'
    return f"<td{side}>{one_line(_cell_text(value, unit))}</td>"


def _cell_text(value: Any, unit: str) -> str:
    """Return a value as a screen shows it; what is not known is empty, never zero."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        return percent_text(float(value)) if unit.startswith("%") else number_text(float(value))
    is_count = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return f"{int(value):,}" if is_count else str(value)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: missing and not finite numbers become null, arrays lists."""
    if isinstance(value, Result):
        return as_json_data(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return str(value)


def as_json_data(result: Result, rows: int | None = None) -> dict[str, Any]:
    """Return a result as plain data: title, scalars, units, parameters, notes, rows."""
    table = result.table if rows is None else result.table.head(rows)
    return {
        "title": result.title,
        **{k: plain(v) for k, v in result.scalars.items()},
        "units": dict(result.units),
        "parameters": plain(result.parameters),
        "notes": list(result.notes),
        "rows": [
            dict(zip(map(str, table.columns), map(plain, row), strict=True))
            for row in table.itertuples(index=False, name=None)
        ],
    }


def as_json(result: Result, rows: int | None = None) -> str:
    """Return a result as JSON text that any parser reads (no NaN, no infinity)."""
    return json.dumps(as_json_data(result, rows), ensure_ascii=False, indent=1, allow_nan=False)


def firms_text(number: int, one: str, many: str) -> str:
    """Return how many firms do something: ``1 firm gives``, ``2 firms give``."""
    return f"1 firm {one}" if number == 1 else f"{number:,} firms {many}"

"""Ranked tables of the report: which columns of a result, how each cell is written, and how many rows are left out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.report.document.blocks import Cell, Column, Kind, Table
from valuechain.report.document.telling import NAME, Telling, is_missing
from valuechain.report.words import clean, short
from valuechain.results import Result

ROWS = 15
"""Rows of a ranked table: the report is read on paper; the page holds more, csv all."""
OTHER_ROWS = 25
OTHER_COLUMNS = 7
"""Columns of a result the report does not know: as many as fit across a sheet of paper."""
LONG = 240
"""Characters of a running text in a cell."""

_FIRMS = frozenset({"firm", "supplier", "buyer", "candidate", "incumbent"})
_LONG = frozenset({"long", "products", "buyer_names", "why", "meaning"})
_HIDDEN = frozenset({"see unit", "0..1", "suppliers", "firms", "sweeps", "buyers", "persons", "products", "country"})
"""Units that the heading says already."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """A column of a table to show: its name, what its cells are, and the word for its heading (``name`` itself)."""

    name: str
    role: str = ""
    heading: str = ""
    unit: str | None = None


def ranked(
    telling: Telling,
    frame: pd.DataFrame,
    columns: Sequence[Show],
    *,
    caption: str,
    units: Mapping[str, str],
    rows: int = ROWS,
    total: int | None = None,
) -> Table:
    """Return the first rows of a frame as a table; columns it does not have, or without any value, are left out."""
    head = frame.head(rows)
    shown = [c for c in columns if c.name in frame and not _is_empty(head[c.name])]
    views = [_column(telling, c, head[c.name], units) for c in shown]
    cells = tuple(
        tuple(_cell(telling, c, v.kind, row[c.name]) for c, v in zip(shown, views, strict=True))
        for row in head[[c.name for c in shown]].to_dict("records")
    )
    all_rows = len(frame) if total is None else total
    count = telling.say("rows_cut", all_rows, rows=telling.number(len(head))) if all_rows > len(head) else ""
    return Table(caption=caption, columns=tuple(views), rows=cells, count=count)


def _is_empty(values: pd.Series) -> bool:
    """Tell whether a column says nothing in any of its rows; a table without rows keeps its columns."""
    return len(values) > 0 and bool((values.isna() | (values.astype(object) == "")).all())


def of_result(telling: Telling, result: Result, *, rows: int = OTHER_ROWS) -> Table:
    """Return any result as a table, all columns that fit; the caption says how many do not."""
    names = [str(c) for c in result.table.columns]
    table = result.table.set_axis(names, axis=1)
    columns = [Show(name=n, role=_role(n, result)) for n in names[:OTHER_COLUMNS]]
    made = ranked(telling, table, columns, caption=short(clean(result.title), LONG), units=result.units, rows=rows)
    if len(names) <= OTHER_COLUMNS:
        return made
    more = telling.say("columns_cut", len(names) - OTHER_COLUMNS)
    return Table(caption=made.caption, columns=made.columns, rows=made.rows, count=f"{made.count} {more}".strip())


def _role(name: str, result: Result) -> str:
    """Return what the cells of a column of any result name: a group is what it was formed by."""
    by = str(result.parameters.get("by") or result.parameters.get("each") or "")
    merged = str(result.parameters.get("merge", ""))
    largest = "firm" if merged == "none" else merged
    group = "firm" if by == "buyer" else by
    return {"group": group, "largest": largest, "makes": "product"}.get(name) or name


def plain_table(caption: str, headings: Sequence[tuple[str, Kind]], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table of texts that are written already."""
    columns = tuple(Column(heading=h, unit="", kind=k) for h, k in headings)
    cells = tuple(tuple(Cell(text=t, kind=c.kind) for t, c in zip(row, columns, strict=True)) for row in rows)
    return Table(caption=caption, columns=columns, rows=cells)


def heading_of(telling: Telling, name: str) -> str:
    """Return what a column is called: the word for it, or its name made readable."""
    known = telling.words["columns"].get(name)
    return str(known) if known else short(clean(name).replace("_", " "), 60).capitalize()


def _column(telling: Telling, column: Show, values: pd.Series, units: Mapping[str, str]) -> Column:
    unit = str(units.get(column.name, "")) if column.unit is None else column.unit
    kind = _kind(column, values, unit)
    shown = "" if kind == "share" or unit in _HIDDEN else unit
    return Column(heading=heading_of(telling, column.heading or column.name), unit=telling.unit(shown), kind=kind)


def _kind(column: Show, values: pd.Series, unit: str) -> Kind:
    role = column.role or column.name
    if role in _FIRMS:
        return "firm"
    if role in _LONG:
        return "long"
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return "text"
    return "share" if unit.startswith(("fraction", "share")) else "number"


def _cell(telling: Telling, column: Show, kind: Kind, value: Any) -> Cell:
    if is_missing(value):
        return Cell(text="", kind=kind)
    if kind in {"share", "number"}:
        amount = float(value)
        if amount == math.inf:
            return Cell(text=str(telling.words["report"]["never"]), kind=kind)
        return Cell(text=telling.share(amount) if kind == "share" else telling.number(amount), kind=kind)
    text = str(value)
    if kind == "firm":
        name = telling.names.get(text, clean(text))
        return Cell(text=short(name, LONG), kind=kind, firm_id="" if name == clean(text) else short(clean(text), NAME))
    if isinstance(value, bool):
        return Cell(text=str(telling.words["report"]["yes" if value else "no"]), kind=kind)
    return Cell(text=short(_words(telling, column.role or column.name)(text), LONG), kind=kind)


def _words(telling: Telling, role: str) -> Callable[[str], str]:
    """Return how the texts of a column are written."""
    if role == "country":
        return telling.country
    if role == "product":
        return lambda product: telling.products.get(product, clean(product))
    if role == "cluster":
        return lambda cluster: telling.clusters.get(cluster, clean(cluster))
    if role in {"products", "buyer_names"}:
        return lambda text: listed(telling, text, telling.products if role == "products" else {})
    if role == "kind":
        return lambda kind: telling.words["kinds"].get(kind) or clean(kind)
    if role == "status":
        return lambda status: telling.words["statuses"].get(status) or clean(status)
    return clean


def is_market(telling: Telling, firms: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which firms only buy here: final markets, whose failure is lost demand and no lost supply."""
    sells = dict(zip(telling.network.firm_ids, telling.network.sales > 0, strict=True))
    return np.array([not sells.get(firm, False) for firm in firms.astype(str)], dtype=np.bool_)


def listed(telling: Telling, text: object, names: Mapping[str, str]) -> str:
    """Return a list that an analysis wrote (``a; b and 3 more``), each by its name, in the words of the report."""
    found = re.fullmatch(r"(.*) and (\d+) more", clean(text), re.DOTALL)
    items, more = (found[1], int(found[2])) if found else (clean(text), 0)
    said = "; ".join(names.get(item, item) for item in items.split("; "))
    return telling.say("and_more", more, items=said) if more else said

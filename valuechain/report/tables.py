"""Results as tables of a page: which columns, how each cell is written, and which firm a row is about."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from valuechain.report.phrases import Naming, told, told_clauses, told_unit
from valuechain.report.schemes import country_name
from valuechain.report.words import Catalogue, clean, local, number, share, short
from valuechain.results import Result

ROWS = 50
"""Rows of a table on the page."""

Kind = Literal["firm", "share", "number", "text", "long"]

_FIRM_COLUMNS = frozenset({"firm", "supplier", "buyer", "candidate"})
_LONG_COLUMNS = frozenset({"why", "meaning", "buyer_names", "products"})
_NOT_SHOWN = frozenset({"sweeps", "products_lost", "employees_unknown"})


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """Heading of a column, its unit and how its cells are written."""

    heading: str
    unit: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text, and the firm it names (a place on the page) with its id."""

    text: str
    kind: Kind
    place: int | None = None
    firm_id: str | None = None


class Member(NamedTuple):
    """A suggested supplier: ids of it and of its product, and what people call both."""

    candidate: str
    product: str
    name: str
    product_name: str


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """What a row of suggested partners suggests, and what is known for and against it: labels and sentences.

    ``members`` are one candidate, or several that were simulated together.
    ``is_more``: the candidate supplies the buyer already, and would supply more. ``is_efficient``: no other candidate
    for the need cuts more for its cost.
    """

    members: tuple[Member, ...]
    buyer: str
    buyer_name: str
    title: str
    is_more: bool = False
    is_efficient: bool = False
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """One result on the page.

    Of suggested partners only: what each row suggests, the number of the first on the page, English remarks.
    """

    key: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[ColumnView, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    suggested: tuple[Suggested, ...] = ()
    first: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether the page holds only the first rows."""
        return self.total > len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What a table needs to name firms and products: names of all firms by id, places of those on the page.

    ``markets`` are firms that buy and sell nothing.
    """

    names: Mapping[str, str]
    place: Mapping[str, int]
    products: Mapping[str, str]
    firms: pd.DataFrame
    markets: frozenset[str] = frozenset()


def section_of(name: str, key: str, result: Result, labels: Labels, words: Catalogue) -> Section:
    """Return a result as a section; ``key`` is the name under which its words are kept."""
    whole = result.table[result.table["stops"] > 0] if key == "points" else result.table
    table = _with_firm_columns(whole.head(ROWS), labels) if key == "risk" else whole.head(ROWS)
    columns = [c for c in map(str, table.columns) if c not in _NOT_SHOWN and not _is_folded(c, table)]
    columns = [c for c in columns if not _says_nothing(c, table)]
    roles = [_role(c, result) for c in columns]
    views = [view_of(c, r, table[c], result, (key, words)) for c, r in zip(columns, roles, strict=True)]
    rows = tuple(
        tuple(cell_of(r, v.kind, row[c], labels, words) for c, r, v in zip(columns, roles, views, strict=True))
        for row in table[columns].to_dict("records")
    )
    known = words["sections"].get(key, {})
    meaning = known.get("meaning", "")
    if key in {"critical", "risk"} and not labels.markets.isdisjoint(map(str, table["firm"])):
        meaning = " ".join(t for t in (meaning, words["page"]["markets_in_table"]) if t)
    return Section(
        key=name,
        title=_title(key, known.get("title"), result),
        notes=tuple(
            n for n in (meaning, *(_note(clean(n), (columns, views), labels, words) for n in result.notes)) if n
        ),
        columns=tuple(views),
        rows=rows,
        total=len(whole),
    )


def _title(key: str, known: str | None, result: Result) -> str:
    """Return the heading of a section; that of a run says which scenario it is of."""
    if known is None:
        return clean(result.title)
    if key in {"run", "ensemble"} and "scenario" in result.parameters:
        return f"{known}: {short(clean(result.parameters['scenario']), 60)}"
    return known


def _note(note: str, heads: tuple[Sequence[str], Sequence[ColumnView]], labels: Labels, words: Catalogue) -> str:
    """Return a sentence in the page's language, or as the analysis wrote it, with the headings of the table."""
    return told(note, words, _naming(labels, words)) or _with_headings(note, *heads)


def _naming(labels: Labels, words: Catalogue) -> Naming:
    known = {"product": labels.products, "firm": labels.names}

    def name(kind: str, value: str) -> str:
        if kind == "country":
            return country_name(value, words["page"]["language_code"])
        names = known.get(kind, {})
        # A sentence may give name and id of a product together: the name is enough.
        inner = re.fullmatch(r".* \((.*)\)", value, re.DOTALL) if kind == "product" and value not in names else None
        return clean(names.get(value if inner is None else inner[1], value))

    return name


def _with_headings(note: str, columns: Sequence[str], views: Sequence[ColumnView]) -> str:
    """Return a note in which columns that it explains ("hhi: ...") go by the headings that stand above them."""
    for column, view in zip(columns, views, strict=True):
        note = re.sub(rf"(?<![\w.]){re.escape(column)}(?=: )", lambda _, view=view: view.heading, note)  # type: ignore[misc]
    return note


def _is_folded(column: str, table: pd.DataFrame) -> bool:
    """Tell whether a column is shown within another one: the name of a firm stands with its id."""
    return column == "name" and "firm" in table


def _says_nothing(column: str, table: pd.DataFrame) -> bool:
    """Tell whether a column of doubt holds none: no flow is left out, bounds are the value itself."""
    if column == "unknown_share":
        return bool((table[column] < 1e-9).all())
    if column in {"hhi_low", "hhi_high"} and "hhi" in table:
        return bool(((table[column] - table["hhi"]).abs() < 1e-9).all())
    return False


def _with_firm_columns(table: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Return a table by firm with what people know firms by."""
    known = [c for c in ("sector", "country") if c in labels.firms and c not in table]
    joined = table.merge(labels.firms[["firm", *known]], on="firm", how="left")
    rest = [c for c in table.columns if c != "firm"]
    return joined[["firm", *known, *rest]]


def _role(column: str, result: Result) -> str:
    """Return what the cells of a column name: a firm, a country, a product, or nothing that is known here."""
    by = str(result.parameters.get("by", ""))
    if column == "group":
        return "firm" if by == "buyer" else by
    if column == "largest":
        merged = str(result.parameters.get("merge", "none"))
        return "firm" if merged == "none" else merged
    return "firm" if column in _FIRM_COLUMNS else column


def view_of(column: str, role: str, values: pd.Series, result: Result, context: tuple[str, Catalogue]) -> ColumnView:
    """Return how a column is shown; ``context`` is the name under which words of its table are kept, and the words."""
    key, words = context
    unit = str(result.units.get(column, ""))
    headings = words["columns"]
    heading = headings.get(f"{key}.{column}") or headings.get(column) or column.replace("_", " ").capitalize()
    kind = "firm" if role == "firm" else _kind(column, values, unit)
    shown = "" if kind == "share" or unit in words["hidden_units"]["units"] else unit
    return ColumnView(heading=clean(heading), unit=told_unit(clean(shown), words), kind=kind)


def _kind(column: str, values: pd.Series, unit: str) -> Kind:
    if pd.api.types.is_bool_dtype(values):
        return "text"
    if pd.api.types.is_numeric_dtype(values):
        return "share" if unit.startswith(("fraction", "share")) else "number"
    return "long" if column in _LONG_COLUMNS else "text"


def cell_of(role: str, kind: Kind, value: Any, labels: Labels, words: Catalogue) -> Cell:
    """Return a value as it is shown; ``role`` is what it names, as its column says."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return Cell(text="", kind=kind)
    if isinstance(value, bool):
        return Cell(text=words["page"]["yes" if value else "no"], kind=kind)
    if kind in {"share", "number"}:
        amount = float(value)
        if not math.isfinite(amount):
            return Cell(text="", kind=kind)
        return Cell(text=local(share(amount) if kind == "share" else number(amount), words), kind=kind)
    text = str(value)
    if kind == "firm" and text in labels.names:
        name = labels.names[text]
        firm_id = None if name == clean(text) else clean(text)
        return Cell(text=name, kind=kind, place=labels.place.get(text), firm_id=firm_id)
    return Cell(text=_told_cell(role, text, labels, words), kind=kind)


def _told_cell(role: str, text: str, labels: Labels, words: Catalogue) -> str:
    """Return the text of a cell in the page's language, by what its column names."""
    if role == "why":
        return told_clauses(clean(text), words, _naming(labels, words))
    if role == "country":
        return country_name(text, words["page"]["language_code"])
    if role == "unit":
        return told_unit(clean(text), words)
    told = {"kind": words["kinds"], "product": labels.products, "status": words.get("statuses", {})}
    known: Mapping[str, str] = told.get(role, {})
    return known.get(text) or clean(text)

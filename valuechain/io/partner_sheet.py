"""A sheet of partners that people edit: one row a partner, one column a need, in each cell how far the talks are."""

from __future__ import annotations

import io
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from valuechain.errors import Fault, InvalidDataError, ParameterError, suggestion
from valuechain.io.atomic import write_bytes_atomic
from valuechain.io.excel import inspected
from valuechain.io.excel_write import FORMULA_STARTS, MAX_COLUMNS, coded

__all__ = ["SHEET", "STATUSES", "read_partner_sheet", "write_partner_sheet"]

STATUSES = ("candidate", "contacted", "agreed", "qualified", "active")
"""How far the talks with a partner are, in their order."""

SHEET = "partners"

FIRST = ("candidate", "name", "country")
"""Columns before the needs."""

NOTES = (
    "One row a partner, one column a need: row 1 is the product, row 2 the buyer. In each cell how far the talks are: "
    + ", ".join(STATUSES)
    + ". Empty: no partner for this need.",
    "Change the words in the sheet partners and read it back; the sheet evidence is for reading only.",
)


@dataclass(frozen=True)
class _Place:
    """Where a cell is, for messages."""

    file: str
    row: int
    column: int

    @property
    def words(self) -> str:
        return f"{get_column_letter(self.column)}{self.row}"


def write_partner_sheet(
    table: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    names: dict[str, str] | None = None,
    units: dict[str, str] | None = None,
    force: bool = False,
) -> None:
    """Write suggested partners to an XLSX workbook that people edit.

    Parameters
    ----------
    table
        ``candidate, product, buyer`` and anything else, such as the table of :func:`valuechain.partners`; a column
        ``status`` is taken over, else every pair starts as candidate.
    path
        The workbook.
    names
        Names of candidates by id.
    units
        Units of columns, for the sheet of evidence.
    force
        Replace a file that exists.

    Raises
    ------
    ParameterError
        When there is no row, a column is missing, a status is none, or there are more needs than columns.
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> rows = pd.DataFrame({"candidate": ["=c"], "product": ["q"], "buyer": ["b"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_partner_sheet(rows, pathlib.Path(folder) / "p.xlsx")
    ...     read_partner_sheet(pathlib.Path(folder) / "p.xlsx").to_numpy().tolist()
    [['=c', 'q', 'b', 'candidate']]
    """
    _refuse(table)
    status = table["status"] if "status" in table else pd.Series(STATUSES[0], index=table.index)
    needs = list(dict.fromkeys(zip(table["product"].astype(str), table["buyer"].astype(str), strict=True)))
    partners = list(dict.fromkeys(table["candidate"].astype(str)))
    country = dict(zip(table["candidate"], table["country"], strict=True)) if "country" in table else {}
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = SHEET
    for column, title in enumerate(FIRST, start=1):
        _put(sheet, 2, column, title, head=True)
    for column, (product, buyer) in enumerate(needs, start=len(FIRST) + 1):
        _put(sheet, 1, column, product, head=True)
        _put(sheet, 2, column, buyer, head=True)
    for row, partner in enumerate(partners, start=3):
        where = country.get(partner)
        for column, text in enumerate((partner, (names or {}).get(partner, ""), where), start=1):
            _put(sheet, row, column, text)
    at = {(p, b): k for k, (p, b) in enumerate(needs, start=len(FIRST) + 1)}
    line = {p: k for k, p in enumerate(partners, start=3)}
    for candidate, product, buyer, word in zip(
        table["candidate"], table["product"], table["buyer"], status, strict=True
    ):
        _put(sheet, line[str(candidate)], at[str(product), str(buyer)], word)
    _dress(sheet, len(needs), len(partners))
    _evidence(book, table, units or {})
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes_atomic(Path(path), buffer.getvalue(), force=force)


def _refuse(table: pd.DataFrame) -> None:
    lacks = [c for c in ("candidate", "product", "buyer") if c not in table]
    if lacks:
        raise ParameterError(
            f"the table of partners has no column {', '.join(lacks)}; take that of valuechain.partners"
        )
    if not len(table):
        raise ParameterError("there is no partner to write; loosen a filter first")
    wrong = [] if "status" not in table else sorted({str(s) for s in table["status"]} - set(STATUSES))
    if wrong:
        raise ParameterError(f"status '{wrong[0]}' is none; write {', '.join(STATUSES)}")
    if len(table[["product", "buyer"]].drop_duplicates()) > MAX_COLUMNS - len(FIRST):
        raise ParameterError(f"there are more needs than a sheet has columns ({MAX_COLUMNS:,}); take fewer rows")


def _put(sheet: Any, row: int, column: int, value: object, *, head: bool = False) -> None:
    """Write a cell as text whatever it looks like, numbers as numbers; nothing where nothing is known."""
    if value is None or value != value or value == "":  # noqa: PLR0124 - NaN is not itself
        return
    cell = sheet.cell(row, column)
    if isinstance(value, bool | int | float) and math.isfinite(value):
        cell.value = value
    else:
        cell.data_type, cell._value, cell.number_format = "s", coded(str(value)), "@"
        # The apostrophe of a spreadsheet: the cell stays text also when a person edits it.
        cell.quotePrefix = str(value).startswith(FORMULA_STARTS)
    if head:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFE7EEF7")
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _dress(sheet: Any, needs: int, partners: int) -> None:
    sheet.freeze_panes = sheet.cell(3, len(FIRST) + 1)
    for column in range(1, len(FIRST) + needs + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 28 if column == 2 else 18
    rule = DataValidation(type="list", formula1='"' + ",".join(STATUSES) + '"', allow_blank=True)
    rule.showErrorMessage = True
    rule.error, rule.errorTitle = "Choose one of: " + ", ".join(STATUSES), "Not in the list"
    last = f"{get_column_letter(len(FIRST) + needs)}{partners + 2}"
    rule.add(f"{get_column_letter(len(FIRST) + 1)}3:{last}")
    sheet.add_data_validation(rule)


def _evidence(book: Any, table: pd.DataFrame, units: dict[str, str]) -> None:
    sheet = book.create_sheet("evidence")
    for row, text in enumerate(NOTES, start=1):
        _put(sheet, row, 1, text)
    for column, name in enumerate(table.columns, start=1):
        unit = units.get(str(name), "")
        _put(sheet, 4, column, f"{name}, {unit}" if unit else str(name), head=True)
        for row, value in enumerate(table[name].tolist(), start=5):
            _put(sheet, row, column, value)
    sheet.freeze_panes = "D5"


def read_partner_sheet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return ``candidate, product, buyer, status`` of a workbook written by :func:`write_partner_sheet` and edited.

    Empty cells are no partners. Columns and rows may have been moved or added.

    Raises
    ------
    InvalidDataError
        With every fault: cell, value, remedy; a formula is one.
    UnreadableFileError
        When it is no workbook.
    """
    source = Path(path)
    inspected(source)
    book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    try:
        if SHEET not in book.sheetnames:
            fault = Fault(file=source.name, problem=f"has no sheet '{SHEET}'", remedy="take a workbook of partners")
            raise InvalidDataError([fault])
        cells = [list(row) for row in book[SHEET].iter_rows(values_only=True)]
    finally:
        book.close()
    faults = _formulas(source, cells)
    needs = _needs(source.name, cells, faults)
    rows = _rows(source.name, cells, needs, faults)
    if faults:
        raise InvalidDataError(faults)
    return pd.DataFrame(rows, columns=["candidate", "product", "buyer", "status"], dtype="str")


def _formulas(source: Path, cells: list[list[Any]]) -> list[Fault]:
    """Return the cells that are formulas, and empty them: what one is worth may not be in the file."""
    book = openpyxl.load_workbook(source, read_only=True, data_only=False)
    faults = []
    try:
        for row, line in enumerate(book[SHEET].iter_rows()):
            for column, cell in enumerate(line):
                # Names and countries, columns B and C, are not read.
                if cell.data_type != "f" or column in range(1, len(FIRST)):
                    continue
                cells[row][column] = None
                place = _Place(source.name, row + 1, column + 1).words
                remedy = "write the word itself"
                faults.append(
                    Fault(file=source.name, row=row + 1, column=f"cell {place}", problem="is a formula", remedy=remedy)
                )
    finally:
        book.close()
    return faults


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _needs(file: str, cells: list[list[Any]], faults: list[Fault]) -> dict[int, tuple[str, str]]:
    """Return product and buyer of each column that is a need."""
    if len(cells) < 2 or _text(cells[1][0] if cells[1] else None) != FIRST[0]:
        faults.append(
            Fault(file=file, problem="has no 'candidate' in cell A2 of the sheet partners", remedy="keep rows 1 and 2")
        )
        return {}
    found: dict[int, tuple[str, str]] = {}
    for k in range(len(FIRST), max(len(cells[0]), len(cells[1]))):
        product, buyer = (_text(row[k]) if k < len(row) else "" for row in cells[:2])
        if product and buyer:
            if (product, buyer) in found.values():
                place = _Place(file, 1, k + 1).words
                faults.append(
                    Fault(file=file, value=product, problem=f"in {place} is there twice for {buyer}", remedy="keep one")
                )
            found[k] = (product, buyer)
        elif product or buyer or any(_text(row[k]) for row in cells[2:] if k < len(row)):
            place = _Place(file, 1, k + 1).words
            faults.append(
                Fault(
                    file=file,
                    problem=f"column {place} has no product in row 1 or no buyer in row 2",
                    remedy="write both, or clear the column",
                )
            )
    return found


def _rows(
    file: str, cells: list[list[Any]], needs: dict[int, tuple[str, str]], faults: list[Fault]
) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(cells[2:], start=3):
        candidate = _text(row[0] if row else None)
        words = {k: _text(row[k]) for k in needs if k < len(row) and _text(row[k])}
        if words and not candidate:
            faults.append(Fault(file=file, row=number, problem="has no candidate in column A", remedy="write its id"))
        if candidate and candidate in seen:
            problem = f"is in row {seen[candidate]} already"
            faults.append(Fault(file=file, row=number, value=candidate, problem=problem, remedy="keep one row"))
        seen.setdefault(candidate, number)
        for k, word in words.items():
            if word.casefold() not in STATUSES:
                hint = suggestion(word, STATUSES) or "write " + ", ".join(STATUSES)
                column = f"cell {get_column_letter(k + 1)}{number}"
                faults.append(
                    Fault(file=file, row=number, column=column, value=word, problem="is no status", remedy=hint)
                )
            else:
                rows.append((candidate, *needs[k], word.casefold()))
    return rows

"""An empty workbook to fill in, made from the schema: headers, notes, lists to choose from, a page that explains."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from valuechain.io.atomic import write_bytes_atomic
from valuechain.io.excel_metadata import HEADER, MIN_SHARE
from valuechain.io.excel_write import HEADER_FILL, HEADER_FONT, MAX_ROWS
from valuechain.schema import METADATA, TABLES, Column, Table
from valuechain.schema.columns import ESSENTIAL_RULES
from valuechain.schema.numbers import number_text

READ_ME = "read me"
REQUIRED_FILL = PatternFill("solid", fgColor="FFFFD966")
_HOW_TO = (
    "Fill in sheets 'firms' and 'links'; all other sheets may stay empty. One row a firm, one row a link.",
    "Columns with a yellow header must be filled; leave any other cell empty where the value is not known, never 0.",
    "Do not put anything above the column names. Own columns may be added on the right; they are kept.",
    "Sheet 'network' says what the figures are: give it a name, a currency and a year.",
)


def write_template(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write an empty workbook with a sheet for each table, notes on each column, and lists to choose from.

    Once ``firms`` and ``links`` are filled, :func:`valuechain.read` reads it.

    Parameters
    ----------
    path
        The workbook.
    force
        Replace a file that exists.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template(pathlib.Path(folder) / "mine.xlsx")
    """
    book = openpyxl.Workbook()
    _write_read_me(book.worksheets[0])
    _write_network(book.create_sheet("network"))
    for table in TABLES.values():
        _write_table(book.create_sheet(table.name), table)
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes_atomic(Path(path), buffer.getvalue(), force=force)


def _write_read_me(sheet: Any) -> None:
    sheet.title = READ_ME
    for line in _HOW_TO:
        sheet.append([line])
    sheet.append([])
    sheet.append(["sheet", "column", "required?", "unit", "meaning"])
    heading = sheet.max_row
    for cell in sheet[heading]:
        cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    for key in METADATA.values():
        sheet.append(["network", key.name, "yes" if key.required else "", "", key.meaning])
    for table in TABLES.values():
        for column in table.columns:
            needed = ("yes" if table.required else "if the sheet is used") if column.required else ""
            sheet.append([table.name, column.name, needed, column.unit, _meaning(column)])
    for row in sheet.iter_rows(min_row=heading + 1, min_col=1, max_col=5):
        if row[2].value:
            row[1].fill = REQUIRED_FILL
        row[4].alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABCDE", (12, 20, 18, 28, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{heading + 1}"


def _meaning(column: Column) -> str:
    parts = [column.meaning]
    if column.choices and column.kind == "choice":
        parts.append("one of " + ", ".join(column.choices))
    if column.kind == "number" and not column.choices:
        parts.append(_range(column))
    if column.kind == "date":
        parts.append("written YYYY-MM-DD, or as a year")
    if column.refers_to:
        parts.append(f"must be in sheet {column.refers_to}")
    return "; ".join(p for p in parts if p)


def _range(column: Column) -> str:
    if column.minimum is None:
        return "a number"
    if column.maximum is None:
        return f"a number of at least {number_text(column.minimum)}"
    return f"a number from {number_text(column.minimum)} to {number_text(column.maximum)}"


def _write_network(sheet: Any) -> None:
    """Write the keys: ``name`` and ``format`` with values that pass, the others to be filled or left."""
    sheet.append(list(HEADER[:2]))
    filled = {"format": 1, "name": "my network"}
    for key in METADATA.values():
        # The decimal sign matters to text files only; a workbook has typed numbers.
        if key.name != "decimal":
            sheet.append([key.name, filled.get(key.name)])
            row = sheet.max_row
            _add_note(sheet.cell(row, 1), key.meaning)
            if key.required:
                sheet.cell(row, 1).fill = REQUIRED_FILL
            choices = ESSENTIAL_RULES if key.name == "essential_rule" else key.choices
            if bool in key.types:
                choices = ("TRUE", "FALSE")
            if choices:
                _add_choices(sheet, f"B{row}", [str(c) for c in choices])
    sheet.append([MIN_SHARE, None])
    note = "instead of essential_rule: an input is essential when it is at least this share of the buyer's purchases"
    _add_note(sheet.cell(sheet.max_row, 1), note)
    for cell in sheet[1]:
        cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 50
    sheet.freeze_panes = "A2"


def _write_table(sheet: Any, table: Table) -> None:
    for k, column in enumerate(table.columns, start=1):
        letter = get_column_letter(k)
        cell = sheet.cell(1, k, column.name)
        cell.font = Font(bold=True)
        cell.fill = REQUIRED_FILL if column.required else HEADER_FILL
        unit = f"\nUnit: {column.unit}" if column.unit else ""
        _add_note(cell, f"{'REQUIRED. ' if column.required else ''}{_meaning(column)}{unit}")
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(12, len(column.name) + 3)
        if column.kind != "number":
            # As text, an id such as 007 or 1E5 stays what was typed.
            dimension.number_format = "@"
        if column.choices:
            _add_choices(sheet, f"{letter}2:{letter}{MAX_ROWS}", list(column.choices))
    sheet.freeze_panes = "A2"


def _add_note(cell: Any, text: str) -> None:
    cell.comment = Comment(text, "valuechain", height=110, width=320)


def _add_choices(sheet: Any, cells: str, choices: list[str]) -> None:
    rule = DataValidation(type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True)
    rule.error, rule.errorTitle = "Choose one of: " + ", ".join(choices), "Not in the list"
    rule.add(cells)
    sheet.add_data_validation(rule)

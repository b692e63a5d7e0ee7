"""Write a network to one XLSX workbook: typed cells, text that no spreadsheet runs as a formula."""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from valuechain.errors import Fault, InvalidDataError
from valuechain.io.atomic import write_bytes_atomic
from valuechain.io.excel_metadata import HEADER, rows_from_metadata
from valuechain.network import Network
from valuechain.schema.numbers import number_text

MAX_TEXT = 32_767
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
HEADER_FONT = Font(bold=True)
HEADER_FILL = PatternFill("solid", fgColor="FFE7EEF7")
FORMULA_STARTS = ("=", "+", "-", "@")

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""Characters that XML cannot hold or changes (a carriage return), and text that looks like the code for one."""


def write_workbook(net: Network, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a network to an XLSX workbook; reading it gives the same network.

    Parameters
    ----------
    net
        The network.
    path
        The workbook.
    force
        Replace a file that exists.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.
    InvalidDataError
        When a table has more rows, columns or text in a cell than a workbook holds.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> firms = pd.DataFrame({"firm": ["=mill", "baker"], "sector": ["C10", "G46"]})
    >>> links = pd.DataFrame({"supplier": ["=mill"], "buyer": ["baker"], "flow": [0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(Network.from_tables(firms, links), pathlib.Path(folder) / "two.xlsx")
    """
    target = Path(path)
    rows = rows_from_metadata(net.metadata)
    tables = net.tables
    _refuse_too_large(target.name, tables, rows)
    book = openpyxl.Workbook(write_only=True)
    width = len(HEADER) if any(kind for _, _, kind in rows) else 2
    _write_sheet(book, "network", HEADER[:width], [row[:width] for row in rows])
    for name, frame in tables.items():
        cells = [_column_cells(frame[column]) for column in frame.columns]
        _write_sheet(book, name, [str(c) for c in frame.columns], zip(*cells, strict=True))
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes_atomic(target, buffer.getvalue(), force=force)


class _Number(str):
    """The digits of a number: openpyxl itself writes 16 digits, and a float needs 17 to come back the same."""

    __slots__ = ()


def _column_cells(column: pd.Series) -> list[Any]:
    if pd.api.types.is_float_dtype(column.dtype):
        return [None if math.isnan(v) else _Number(number_text(v)) for v in column.tolist()]
    return [None if v is None or v != v else v for v in column.tolist()]  # noqa: PLR0124 - NaN is not itself


def _write_sheet(book: openpyxl.Workbook, name: str, header: Sequence[str], rows: Any) -> None:
    sheet = book.create_sheet(name)
    for k, title in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(k)].width = min(40, max(11, len(title) + 3))
    sheet.freeze_panes = "A2"
    titles = []
    for title in header:
        cell = _text_cell(sheet, title)
        cell.font, cell.fill = HEADER_FONT, HEADER_FILL
        titles.append(cell)
    sheet.append(titles)
    writer = _CellWriter(sheet)
    for row in rows:
        sheet.append(writer.row(row))


class _CellWriter:
    """Turns values into cells. The same three cells serve the whole sheet: making and styling one is the slow part."""

    def __init__(self, sheet: Any) -> None:
        self.text = _text_cell(sheet, "")
        self.text.number_format = "@"
        self.guarded = _text_cell(sheet, "")
        self.guarded.number_format = "@"
        # quotePrefix is the apostrophe of a spreadsheet: the cell stays text also when a person edits it.
        self.guarded.quotePrefix = True
        self.number: Any = WriteOnlyCell(sheet)
        self.number.data_type = "n"
        self.truth: Any = WriteOnlyCell(sheet)
        self.truth.data_type = "b"

    def row(self, values: Sequence[Any]) -> Iterator[Any]:
        """Yield a cell a value; openpyxl writes each before it asks for the next."""
        for value in values:
            if value is None or value == "":
                yield None
            elif isinstance(value, bool):
                self.truth._value = int(value)
                yield self.truth
            elif isinstance(value, _Number | int | float):
                self.number._value = value if isinstance(value, _Number) else repr(value)
                yield self.number
            else:
                cell = self.guarded if value.startswith(FORMULA_STARTS) else self.text
                cell._value = coded(value)
                yield cell


def _text_cell(sheet: Any, text: str) -> Any:
    """Return a cell that holds text whatever it looks like; ``cell.value = "=1+1"`` would make it a formula."""
    cell: Any = WriteOnlyCell(sheet)
    cell.data_type = "s"
    cell._value = coded(text)
    return cell


def coded(text: str) -> str:
    r"""Return text with what XML cannot hold coded as the XLSX standard does (ISO 29500-1, 22.9.2.19).

    Examples
    --------
    >>> coded("a\rb"), coded("_x000D_")
    ('a_x000D_b', '_x005F_x000D_')
    """
    return _UNSAFE.sub(lambda m: f"_x{ord(m[0]):04X}_", text)


def _refuse_too_large(file: str, tables: dict[str, pd.DataFrame], rows: list[tuple[str, Any, str]]) -> None:
    """Raise where a spreadsheet program would cut or refuse; openpyxl itself cuts long text without a word."""
    remedy = "write a folder instead"
    faults = [
        Fault(file=f"{file} sheet network", row=k, column=key, problem=_TOO_LONG, remedy=f"shorten it, or {remedy}")
        for k, (key, value, _) in enumerate(rows, start=2)
        if isinstance(value, str) and len(coded(value)) > MAX_TEXT
    ]
    for name, frame in tables.items():
        label = f"{file} sheet {name}"
        if len(frame) >= MAX_ROWS or frame.shape[1] > MAX_COLUMNS:
            problem = f"{len(frame):,} rows and {frame.shape[1]:,} columns are more than a workbook holds"
            faults.append(Fault(file=label, problem=problem, remedy=remedy))
        for column in frame.columns:
            if pd.api.types.is_float_dtype(frame[column].dtype):
                continue
            # The code for a character takes seven places, so only long text is looked at closely.
            long = [k for k, v in enumerate(frame[column].tolist()) if isinstance(v, str) and len(v) > MAX_TEXT // 7]
            faults += [
                Fault(file=label, row=k + 2, column=str(column), problem=_TOO_LONG, remedy=f"shorten it, or {remedy}")
                for k in long
                if len(coded(frame[column].iloc[k])) > MAX_TEXT
            ]
    if faults:
        raise InvalidDataError(faults)


_TOO_LONG = f"is longer than the {MAX_TEXT:,} characters of a workbook's cell"

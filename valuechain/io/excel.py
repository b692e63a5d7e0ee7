"""Read a network from one XLSX workbook: a sheet a table, and a sheet ``network`` with key and value."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from valuechain.errors import DataWarning, Fault, UnreadableFileError, suggestion
from valuechain.io.excel_metadata import metadata_from_rows
from valuechain.io.excel_write import write_workbook
from valuechain.network import Network
from valuechain.schema import TABLES, RawTable, Table, plain_name

__all__ = ["read_workbook", "write_workbook"]

MAX_UNPACKED_BYTES = 2 << 30
"""More than a full sheet of a million rows holds; a small file that unpacks to more is meant to harm."""

_LARGEST_WHOLE = 10**300

_BROKEN = (
    AttributeError,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What openpyxl raises on damaged files, depending on the part that is damaged."""

_CODED = re.compile("_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")
"""The code for a character (ISO 29500-1, 22.9.2.19); halves of surrogate pairs are no characters."""


def read_workbook(path: str | os.PathLike[str]) -> Network:
    """Return the network in an XLSX workbook.

    Parameters
    ----------
    path
        The workbook. Sheets are named as the tables of the format (case and blanks do not matter); others are
        ignored. Sheet ``network`` has the keys of network.toml in column A and their values in column B.

    Raises
    ------
    UnreadableFileError
        When the file is not a workbook that can be opened.
    InvalidDataError
        With every fault: file and sheet, row as the spreadsheet shows it, column, value, remedy.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> firms = pd.DataFrame({"firm": ["007", "8"], "sector": ["C10", "G46"]})
    >>> links = pd.DataFrame({"supplier": ["007"], "buyer": ["8"], "flow": [0.1]})
    >>> net = Network.from_tables(firms, links, name="two")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(net, pathlib.Path(folder) / "two.xlsx")
    ...     read_workbook(pathlib.Path(folder) / "two.xlsx") == net
    True
    """
    source = Path(path)
    has_formulas = inspected(source)
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions it drops; the cells are what counts here.
        warnings.simplefilter("ignore")
        try:
            sheets, unknown = _sheets(source, has_formulas)
        except _BROKEN as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise UnreadableFileError(
                f"{source}: is damaged or not a workbook ({reason}); open it in the spreadsheet program and save it "
                "again as .xlsx"
            ) from error
    return _network(source, sheets, unknown)


class _Sheet:
    """The cells of one sheet, row by row, and what is wrong with them."""

    def __init__(self, file: str, rows: list[tuple[int, list[Any]]], faults: list[Fault]) -> None:
        self.file = file
        self.rows = rows
        self.faults = faults
        self.errors: list[tuple[int, int, str]] = []  # row, column and text of cells such as #REF!


def inspected(source: Path) -> bool:
    """Refuse what is no workbook before anything parses it; tell whether any sheet has formulas."""
    try:
        with source.open("rb") as stream:
            start = stream.read(8)
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise UnreadableFileError(
                f"{source}: has a password or is an old .xls; save it as .xlsx without a password in the spreadsheet "
                "program"
            )
        if not start.startswith(b"PK"):
            kind = "is empty" if not start else "is not an .xlsx workbook (a renamed text file?)"
            raise UnreadableFileError(f"{source}: {kind}; save it as .xlsx in the spreadsheet program")
        with zipfile.ZipFile(source) as archive:
            return _inspect_parts(source, archive)
    except UnreadableFileError:
        raise
    except _BROKEN as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFileError(
            f"{source}: cannot be opened ({reason}); check the path, or save it again as .xlsx in the spreadsheet "
            "program"
        ) from error


def _inspect_parts(source: Path, archive: zipfile.ZipFile) -> bool:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or len(parts) > 10_000:
        raise UnreadableFileError(
            f"{source}: unpacks to {unpacked / 2**30:.1f} GiB in {len(parts)} parts, more than a workbook of tables; "
            "use a folder of CSV or parquet files"
        )
    if "[Content_Types].xml" not in archive.namelist():
        raise UnreadableFileError(
            f"{source}: is an archive but no workbook; save it as .xlsx in the spreadsheet program"
        )
    has_formulas = False
    for part in parts:
        if not part.filename.casefold().endswith((".xml", ".rels")):
            continue
        with archive.open(part) as stream:
            # UTF-16 text has a null byte beside every letter; without them it reads the same.
            if b"<!doctype" in stream.read(1 << 16).replace(b"\0", b"").lower():
                raise UnreadableFileError(
                    f"{source}: declares XML entities ({part.filename}), which no spreadsheet program writes; "
                    "do not open it, ask who made it"
                )
        if not has_formulas and "worksheets/" in part.filename:
            with archive.open(part) as stream:
                has_formulas = _has_formula(iter(lambda s=stream: s.read(1 << 20), b""))  # type: ignore[misc]
    return has_formulas


def _has_formula(blocks: Iterator[bytes]) -> bool:
    tail = b""
    for block in blocks:
        if re.search(rb"<(\w+:)?f[\s>/]", tail + block):
            return True
        tail = block[-64:]
    return False


def _sheets(source: Path, has_formulas: bool) -> tuple[dict[str, _Sheet], list[str]]:
    """Return the sheets that are tables, and ``network``, by name; and the titles of all others."""
    book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(source, read_only=True, data_only=False) if has_formulas else None
    try:
        sheets: dict[str, _Sheet] = {}
        for sheet in book.worksheets:
            name = _table_name(sheet.title)
            if name not in TABLES and name != "network":
                continue
            file = f"{source.name} sheet {sheet.title}"
            if name in sheets:
                fault = Fault(file=file, problem="is there twice", remedy="keep one of the sheets of this name")
                sheets[name].faults.append(fault)
                continue
            written = None if formulas is None else formulas[sheet.title]
            sheets[name] = _read_sheet(file, sheet, written)
        unknown = [t for t in book.sheetnames if _table_name(t) not in {*TABLES, "network"}]
    finally:
        book.close()
        if formulas is not None:
            formulas.close()
    return sheets, unknown


def _table_name(title: str) -> str:
    return "".join(title.split()).casefold()


def _read_sheet(file: str, sheet: Any, formulas: Any) -> _Sheet:
    """Return the cells of a sheet; rows without any cell are left out, row numbers stay true."""
    # Files of other programs state wrong dimensions, and then cells would be cut off.
    sheet.reset_dimensions()
    result = _Sheet(file, [], [])
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_value(cell, result) for cell in row]
        if any(cell is not None for cell in cells):
            result.rows.append((number, cells))
    if formulas is not None:
        formulas.reset_dimensions()
        result.faults += _uncalculated(file, sheet, formulas)
    return result


def _value(cell: Any, sheet: _Sheet) -> Any:
    value = cell.value
    if cell.data_type == "e":
        sheet.errors.append((cell.row, cell.column, str(value)))
    if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
        # More digits than any number: no program calculates with it, and turning it into a fraction would fail.
        return float("inf")
    if isinstance(value, str) and "_x" in value:
        return _CODED.sub(lambda m: chr(int(m[1], 16)), value)
    return value


def _error_faults(sheet: _Sheet, header: list[Any], table: Table | None) -> list[Fault]:
    """Return a fault for each cell like #REF! of which the checks of the table will say nothing."""
    faults = []
    for row, place, value in sheet.errors:
        name = str(header[place - 1]) if place <= len(header) and header[place - 1] is not None else None
        if table is not None and name is not None and table.column(plain_name(name)) is not None:
            continue
        problem, remedy = "is an error of the spreadsheet", "mend the formula, or empty the cell"
        faults.append(Fault(file=sheet.file, row=row, column=name, value=value, problem=problem, remedy=remedy))
    return faults


def _uncalculated(file: str, sheet: Any, formulas: Any) -> list[Fault]:
    """Return a fault for each formula that has no value: the file was written by a program that does not calculate."""
    faults = []
    for shown, written in zip(sheet.iter_rows(), formulas.iter_rows(), strict=False):
        for cell, formula in zip(shown, written, strict=False):
            # An empty text that a formula gave has its own type; only a cell without type was never calculated.
            if formula.data_type == "f" and cell.value is None and cell.data_type == "n":
                faults.append(
                    Fault(
                        file=file,
                        row=formula.row,
                        column=formula.column_letter,
                        value=str(formula.value),
                        problem="was never calculated",
                        remedy="open and save it in the spreadsheet program",
                    )
                )
    return faults


def _network(source: Path, sheets: dict[str, _Sheet], unknown: list[str]) -> Network:
    faults = _absent_tables(source, sheets, unknown)
    metadata_sheet = sheets.pop("network", None)
    if metadata_sheet is None:
        metadata: dict[str, Any] = {"format": 1, "name": source.stem}
    else:
        metadata, wrong = metadata_from_rows(metadata_sheet.rows, metadata_sheet.file)
        faults += metadata_sheet.faults + _error_faults(metadata_sheet, ["key", "value", "type"], None) + wrong
    for title in unknown:
        hint = suggestion(_table_name(title), [n for n in (*TABLES, "network") if n not in sheets])
        if hint:
            warnings.warn(f"{source.name}: sheet '{title}' is ignored; {hint}", DataWarning, stacklevel=4)
    if metadata_sheet is None:
        note = f"{source.name}: has no sheet 'network'; name '{source.stem}' and format 1 are assumed"
        warnings.warn(note, DataWarning, stacklevel=4)
    raw = {name: _raw_table(name, sheet) for name, sheet in sheets.items()}
    label = f"{source.name} sheet network"
    return Network.from_raw(raw, metadata, metadata_file=label, faults=faults, stacklevel=4)


def _absent_tables(source: Path, sheets: dict[str, _Sheet], unknown: list[str]) -> list[Fault]:
    faults = []
    for table in TABLES.values():
        if not table.required or table.name in sheets:
            continue
        hint = suggestion(table.name, [_table_name(t) for t in unknown])
        found = ", ".join(f"'{t}'" for t in unknown[:12]) or "none"
        remedy = (
            f"rename sheet {hint.removeprefix('did you mean ').removesuffix('?')} to '{table.name}'"
            if hint
            else f"add a sheet of that name with {table.meaning} (other sheets found: {found})"
        )
        faults.append(Fault(file=source.name, problem=f"has no sheet '{table.name}'", remedy=remedy))
    return faults


def _raw_table(name: str, sheet: _Sheet) -> RawTable:
    """Return a sheet as a table of cells as they are; its first row with cells has the column names."""
    if not sheet.rows:
        return RawTable(sheet.file, pd.DataFrame(), faults=sheet.faults)
    width = max(len(cells) for _, cells in sheet.rows)
    header, *body = [row + [None] * (width - len(row)) for _, row in sheet.rows]
    columns = list(zip(*body, strict=True)) if body else [()] * width
    cells = [_series(column, label, TABLES[name]) for column, label in zip(columns, header, strict=True)]
    frame = pd.DataFrame(dict(enumerate(cells)))
    frame.columns = pd.Index(header, dtype=object)
    rows = np.array([number for number, _ in sheet.rows[1:]], dtype=np.int64)
    faults = sheet.faults + _error_faults(sheet, header, TABLES[name]) + _shortened_codes(name, frame, rows, sheet.file)
    return RawTable(sheet.file, frame, rows=rows, faults=faults)


def _series(cells: Sequence[Any], label: Any, table: Table) -> pd.Series:
    """Return the cells of a column, as numbers where all of them are and the column is not one of codes."""
    column = table.column(plain_name(str(label)))
    present = [cell for cell in cells if cell is not None]
    is_code = column is not None and column.kind != "number"
    if present and not is_code and all(type(cell) is float or type(cell) is int for cell in present):
        return pd.Series([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
    return pd.Series(list(cells), dtype=object)


def _shortened_codes(name: str, frame: pd.DataFrame, rows: Any, file: str) -> list[Fault]:
    """Return a fault for each code of more than 15 digits held as a number: the spreadsheet has cut its last digits."""
    faults = []
    for k, label in enumerate(frame.columns):
        column = TABLES[name].column(plain_name(str(label)))
        if column is None or column.kind not in {"id", "text"}:
            continue
        for position, cell in enumerate(frame.iloc[:, k].array):
            if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 1e15:
                faults.append(
                    Fault(
                        file=file,
                        row=int(rows[position]),
                        column=column.name,
                        value=str(cell),
                        problem="is a number of more than 15 digits, which a spreadsheet does not keep",
                        remedy="format the column as text and type the code again",
                    )
                )
    return faults

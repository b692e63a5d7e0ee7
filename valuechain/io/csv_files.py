"""CSV tables: spreadsheets of many countries in, one plain dialect out (UTF-8, comma, decimal point)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from valuechain.errors import Fault
from valuechain.io.csv_text import (
    decode,
    first_rows,
    has_regular_quotes,
    records,
    sniff_separator,
    split_separator_line,
)
from valuechain.schema import RawTable, Table, names_below_title

_FORMULA = r"\A('*[=+\-@\t\r])"
_GUARDED = r"\A'('*[=+\-@\t\r])"
_BLOCK = 1 << 24
_COMMA, _QUOTE, _NEWLINE, _NOTHING = (pa.scalar(sign, pa.large_string()) for sign in (",", '"', "\n", ""))


def read_csv(path: Path, table: Table) -> RawTable:
    """Return a CSV file as a table of text cells, with the faults of its form.

    The separator is whichever of comma, semicolon, tab and bar gives known column names; encodings are UTF-8, UTF-16
    with a byte order mark and Windows-1252. Rows are numbered as a spreadsheet shows them.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return _broken(path.name, Fault(file=path.name, problem=f"cannot be read ({error.strerror})", remedy=_FREE))
    return parse_csv(data, path.name, table)


_FREE = "close it in other programs and check its permissions"


def parse_csv(data: bytes, file: str, table: Table) -> RawTable:
    """Return the content of a CSV file as a table; see :func:`read_csv`."""
    decoded = decode(data, file)
    if decoded.fault is not None:
        return _broken(file, decoded.fault)
    text, separator = split_separator_line(decoded.text)
    if not text.strip():
        names = ", ".join(c.name for c in table.columns if c.required)
        return _broken(
            file,
            Fault(
                file=file,
                problem="is empty",
                remedy=f"write the column names ({names}) into row 1, and {table.meaning}",
            ),
        )
    separator = separator or sniff_separator(text, table)
    below = names_below_title(first_rows(text, separator, 12), table, file)
    if below is not None:
        return _broken(file, below)
    raw = _parse_fast(text, separator, file) or _parse_each(text, separator, file)
    raw.notes += [decoded.note] if decoded.note else []
    if "'" in text:
        raw.frame = _unguarded(raw.frame)
    return raw


def _broken(file: str, fault: Fault) -> RawTable:
    return RawTable(file, pd.DataFrame(), faults=[fault])


def _parse_fast(text: str, separator: str, file: str) -> RawTable | None:
    """Return the table in one pass in C, or None where the text has anything irregular."""
    end = min((k for k in (text.find("\n"), text.find("\r")) if k >= 0), default=len(text))
    names = text[:end].split(separator)
    if '"' in text[:end] or not any(name.strip() for name in names) or not has_regular_quotes(text, separator):
        return None
    body = text[end + 2 :] if text.startswith("\r\n", end) else text[end + 1 :]
    if body.startswith("\ufeff"):
        return None  # pyarrow would take it for a byte order mark
    keys = [str(k) for k in range(len(names))]
    if not body:
        return RawTable(file, _frame([pa.array([], pa.large_string()) for _ in names], names), separator=separator)
    try:
        table = pacsv.read_csv(
            pa.BufferReader(body.encode()),
            read_options=pacsv.ReadOptions(column_names=keys, block_size=_BLOCK),
            # An empty line then is a row of empty cells, so that rows keep their numbers.
            parse_options=pacsv.ParseOptions(
                delimiter=separator, newlines_in_values='"' in body, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.large_string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return RawTable(file, _frame(table.columns, names), separator=separator)


def _parse_each(text: str, separator: str, file: str) -> RawTable:
    """Return the table by Python's csv module: slower, forgiving of short rows, exact about where a fault is."""
    names: list[str] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    number = 0
    try:
        for number, row in enumerate(records(text, separator), start=1):
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = row
                continue
            if len(row) != len(names):
                faults += _width_faults(row, len(names), number, separator, file)
            rows.append((row + [""] * (len(names) - len(row)))[: len(names)])
            numbers.append(number)
    except csv.Error:
        return _broken(file, _quote_fault(number + 1, file))
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    frame = _frame([pa.array(column, pa.large_string()) for column in columns], names)
    return RawTable(file, frame, rows=np.array(numbers, dtype=np.int64), separator=separator, faults=faults)


def _quote_fault(row: int, file: str) -> Fault:
    return Fault(
        file=file,
        row=row,
        problem='has a quote (") that is not closed, or text after a closing quote',
        remedy='close it; a quote inside a quoted cell is written twice ("")',
    )


def _width_faults(row: list[str], width: int, number: int, separator: str, file: str) -> list[Fault]:
    """Short rows are what spreadsheets write when the last cells are empty; long ones shift what follows."""
    if not any(cell.strip() for cell in row[width:]):
        return []
    sign = {"\t": "a tab", ",": "',' (a decimal comma, too)"}.get(separator, f"'{separator}'")
    return [
        Fault(
            file=file,
            row=number,
            problem=f"has more cells than the header ({len(row)}, not {width})",
            remedy=f"put cells that contain {sign} in quotes, or delete what is too much",
        )
    ]


def _frame(columns: list[pa.Array] | list[pa.ChunkedArray], names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {k: pd.array(column, dtype="str") for k, column in enumerate(columns)}, columns=range(len(names))
    )
    return frame.set_axis([_plain(name) for name in names], axis=1)


def _plain(name: str) -> str:
    return str(pc.replace_substring_regex(name, _GUARDED, r"\1"))


def _unguarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Take off the apostrophe that keeps a spreadsheet from running a text cell as a formula."""
    columns = [
        pc.replace_substring_regex(pa.array(frame.iloc[:, k], pa.large_string()), _GUARDED, r"\1")
        for k in range(frame.shape[1])
    ]
    return _frame(columns, list(frame.columns))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV: UTF-8, commas, decimal points, an empty cell for a missing value.

    Numbers are the shortest that read back the same. A text cell that a spreadsheet would run as a formula (it begins
    with ``=``, ``+``, ``-``, ``@``, a tab or a return) gets an apostrophe in front, which reading takes off.
    """
    header = ",".join(_cells(pa.array([str(c) for c in frame.columns], pa.large_string())).to_pylist())
    if len(frame) == 0:
        return (header + "\n").encode()
    lines = pc.binary_join_element_wise(
        *(_column_cells(frame.iloc[:, k]) for k in range(frame.shape[1])), _COMMA, null_handling="replace"
    )
    ended = pc.binary_join_element_wise(lines, _NEWLINE, _NOTHING)
    # The values of a text array lie one after another: that is the file.
    _, offsets, text = ended.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int64)[ended.offset : ended.offset + len(ended) + 1][[0, -1]]
    return f"{header}\n".encode() + text[int(first) : int(last)].to_pybytes()


def _column_cells(series: pd.Series) -> pa.Array:
    if series.dtype == np.float64:
        return pc.cast(pa.array(series.to_numpy(), from_pandas=True), pa.large_string())
    if series.dtype in (np.dtype(bool), np.dtype(object)):
        # Truth is written as other programs read it; a cell that is not known stays empty.
        words = [str(v).lower() if isinstance(v, bool | np.bool_) else v for v in series]
        return _cells(pa.array(words, pa.large_string(), from_pandas=True))
    cells = pa.array(series, pa.large_string(), from_pandas=True)
    return _cells(cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells)


def _cells(text: pa.Array) -> pa.Array:
    guarded = pc.replace_substring_regex(text, _FORMULA, r"'\1")
    special = pc.match_substring_regex(guarded, '[",\n\r]')
    if not pc.any(special).as_py():
        return guarded
    quoted = pc.binary_join_element_wise(_QUOTE, pc.replace_substring(guarded, '"', '""'), _QUOTE, _NOTHING)
    return pc.if_else(special, quoted, guarded)

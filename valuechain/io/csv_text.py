"""What a CSV file is before it is a table: its encoding, its separator, its quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from valuechain.errors import Fault
from valuechain.schema import Table, plain_name

SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 65_536
"""How many characters of a file show its separator."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAVE = "open it in the program it comes from and save it as CSV UTF-8"
_FORMATS = (
    (b"PK\x03\x04", "is an Excel workbook or another zip file, not CSV", "save it as CSV UTF-8, or rename it to .xlsx"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook, not CSV", "save it as CSV UTF-8"),
    (b"PAR1", "is a Parquet file, not CSV", "rename it to .parquet"),
    (b"\x1f\x8b", "is a gzip file, not CSV", "unpack it first"),
    (b"%PDF", "is a PDF, not CSV", _SAVE),
)
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\n|\r)', re.IGNORECASE)


@dataclass(frozen=True)
class Decoded:
    """The text of a file, a note on how it was read, or the fault that kept it from being read."""

    text: str = ""
    note: str | None = None
    fault: Fault | None = None


def decode(data: bytes, file: str) -> Decoded:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32 with a byte order mark, or Windows-1252."""
    for start, problem, remedy in _FORMATS:
        if data.startswith(start):
            return Decoded(fault=Fault(file=file, problem=problem, remedy=remedy))
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                problem = f"starts as {encoding.upper()} but has the wrong encoding further on"
                return Decoded(fault=Fault(file=file, problem=problem, remedy=_SAVE))
            return _without_nul(Decoded(text), data, file)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return _without_nul(Decoded(data.decode()), data, file)
    except UnicodeDecodeError as error:
        return _without_nul(_windows(data, file, error.start), data, file)


def _windows(data: bytes, file: str, position: int) -> Decoded:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        return Decoded(
            fault=Fault(
                file=file,
                row=_line(data, error.start),
                problem=f"has the wrong encoding (byte 0x{data[error.start]:02x} is neither UTF-8 nor Windows-1252)",
                remedy=_SAVE,
            )
        )
    row = _line(data, position)
    return Decoded(
        text,
        note=f"{file} row {row}: is not UTF-8 and the file was read as Windows-1252; if letters look wrong, {_SAVE}",
    )


def _without_nul(decoded: Decoded, data: bytes, file: str) -> Decoded:
    position = decoded.text.find("\0")
    if decoded.fault is not None or position < 0:
        return decoded
    if data.count(0) > len(data) // 4:
        problem = "has the wrong encoding (it is binary, or UTF-16 without a byte order mark)"
        return Decoded(fault=Fault(file=file, problem=problem, remedy=_SAVE))
    row = decoded.text.count("\n", 0, position) + 1
    return Decoded(
        fault=Fault(file=file, row=row, problem="holds a NUL character, which text never does", remedy=_SAVE)
    )


def _line(data: bytes, position: int) -> int:
    return len(re.findall(rb"\r\n|\n|\r", data[:position])) + 1


def split_separator_line(text: str) -> tuple[str, str | None]:
    """Return the text without Excel's ``sep=;`` line, which spreadsheets neither show nor count, and its separator."""
    found = _SEPARATOR_LINE.match(text[:20])
    return (text[found.end() :], found[1]) if found else (text, None)


def sniff_separator(text: str, table: Table) -> str:
    """Return the separator that gives the most known column names, and next the most even rows."""
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return max(SEPARATORS, key=lambda separator: _merit(sample, separator, table))


def _merit(sample: str, separator: str, table: Table) -> tuple[int, float, int, int]:
    rows = [row for row in first_rows(sample, separator, 20) if any(row)]
    if not rows:
        return 0, 0.0, 0, -SEPARATORS.index(separator)
    known = max(sum(table.column(plain_name(cell)) is not None for cell in row) for row in rows[:10])
    width = len(rows[0])
    even = sum(len(row) == width for row in rows) / len(rows) if width > 1 else 0.0
    return known, even, width, -SEPARATORS.index(separator)


def first_rows(text: str, separator: str, count: int) -> list[list[str]]:
    """Return the first records of a text, read forgivingly."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text[: 4 * SAMPLE], newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) == count:
                break
    except csv.Error:
        pass  # a cell longer than the limit of the csv module: what came before is enough to judge by
    return rows


def has_regular_quotes(text: str, separator: str) -> bool:
    """Tell whether every quote opens a cell, closes one, or is doubled inside one, so that all parsers agree."""
    parts = text.split('"')
    if len(parts) == 1:
        return True
    if len(parts) % 2 == 0:
        return False
    edges = (separator, "\n", "\r")
    first, last = parts[0], parts[-1]
    if (first and not first.endswith(edges)) or (last and not last.startswith(edges)):
        return False
    return all(not part or (part.startswith(edges) and part.endswith(edges)) for part in parts[2:-1:2])


def records(text: str, separator: str) -> Iterator[list[str]]:
    """Yield all records strictly: a stray or unclosed quote raises ``csv.Error``."""
    # The module's limit of 131,072 characters a cell is a setting of the whole process: raise it for this reader only.
    limit = csv.field_size_limit(max(len(text) + 1, 131_072))
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    finally:
        csv.field_size_limit(limit)

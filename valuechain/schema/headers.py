"""The row of column names: known names in any writing, missing ones, a title above them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from valuechain.errors import Fault, closest, shown, suggestion
from valuechain.schema.cells import cell_text, to_text
from valuechain.schema.columns import Table
from valuechain.schema.numbers import read_number
from valuechain.schema.tables import RawTable

_DATA = "is not a row of column names, but data"
_TITLE = "is not a row of column names (a title or merged cells?)"


def plain_name(name: str) -> str:
    """Return a column name as the schema writes it: ``Final demand`` is ``final_demand``."""
    return re.sub(r"[\s\-]+", "_", name.strip().casefold())


def names_below_title(
    rows: Iterable[Sequence[object]], table: Table, file: str, numbers: Sequence[int] | None = None
) -> Fault | None:
    """Return the fault that the first row is a title and the column names stand below it, if that is so.

    ``rows`` are the first rows of the file, ``numbers`` their spreadsheet rows (1, 2, 3 ... where not given).
    """
    found = [
        (numbers[k] if numbers is not None else k + 1, _known(row, table))
        for k, row in enumerate(rows)
        if any(isinstance(cell, str) and cell.strip() for cell in row)
    ]
    required = sum(c.required for c in table.columns)
    if not found or found[0][1]:
        return None
    for number, known in found[1:]:
        if known >= min(2, required):
            above = "row 1" if number == 2 else f"rows 1 to {number - 1}"
            remedy = f"delete {above}, so that the column names in row {number} come first"
            return Fault(file=file, row=1, problem=_TITLE, remedy=remedy)
    return None


def _known(row: Sequence[object], table: Table) -> int:
    return sum(isinstance(cell, str) and table.column(plain_name(cell)) is not None for cell in row)


def named_columns(frame: pd.DataFrame, table: Table, file: str, faults: list[Fault], notes: list[str]) -> pd.DataFrame:
    """Return the frame with known columns under their declared names; drop nameless empty columns."""
    names: list[str] = []
    keep: list[int] = []
    for k, label in enumerate(frame.columns):
        name = cell_text(label) or ""
        if not name:
            if to_text(frame.iloc[:, k]).series.notna().any():
                problem = f"column {_letters(k)} has cells but no name"
                faults.append(Fault(file=file, row=1, problem=problem, remedy="name it in row 1, or delete it"))
            continue
        names.append(plain_name(name) if table.column(plain_name(name)) is not None else name)
        keep.append(k)
    faults += [
        Fault(file=file, row=1, column=name, problem="is there more than once", remedy="keep one of them")
        for name in dict.fromkeys(n for n in names if names.count(n) > 1)
    ]
    faults += [
        Fault(file=file, row=1, value=name, problem="is a column name with a control character", remedy="retype it")
        for name in names
        if any(not c.isprintable() and c not in "\n\r\t" and ord(c) < 0xA0 for c in name)
    ]
    first = [k for j, k in enumerate(keep) if names.index(names[j]) == j]
    result = frame.iloc[:, first]
    result = result.set_axis(list(dict.fromkeys(names)), axis=1)
    for name in result.columns:
        if table.column(name) is None:
            likely = [c for c in closest(plain_name(name), table.column_names, 1) if c not in result.columns]
            if likely and not table.column(likely[0]).required:  # type: ignore[union-attr]
                notes.append(
                    f"{file}: column {shown(name)} is not known and kept as it is; did you mean '{likely[0]}'?"
                )
    return result


def _letters(position: int) -> str:
    """Return the letters a spreadsheet gives a column: A, B ... Z, AA."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text


def _is_number(text: str) -> bool:
    numbers = (read_number(text, "."), read_number(text, ","))
    return any(number is not None and not math.isnan(number) for number in numbers)


def missing_columns(frame: pd.DataFrame, table: Table, source: RawTable, faults: list[Fault]) -> list[str]:
    """Return the required columns that are not there, and add a fault that tells how to get them."""
    missing = [c.name for c in table.columns if c.required and c.name not in frame.columns]
    if not missing:
        return missing
    known = [c for c in frame.columns if table.column(c) is not None]
    if not known:
        body = source.frame.head(10).astype(object).to_numpy().tolist()
        numbers = [1, *source.row_numbers()[:10].tolist()]
        title = names_below_title([list(source.frame.columns), *body], table, source.file, numbers)
        required = ", ".join(missing)
        if title is None and frame.shape[1] == 0:
            remedy = f"write the column names ({required}) into row 1, and {table.meaning}"
            title = Fault(file=source.file, problem="is empty", remedy=remedy)
        if title is None and frame.shape[1] <= source.frame.shape[1] // 2:
            remedy = f"write the column names ({required}) into row 1"
            title = Fault(file=source.file, row=1, problem=_TITLE, remedy=remedy)
        if title is None and any(_is_number(str(label)) for label in frame.columns):
            title = Fault(file=source.file, row=1, problem=_DATA, remedy=f"put the column names ({required}) above it")
        if title is not None:
            # Nameless columns are part of the same mistake.
            faults[:] = [f for f in faults if not (f.file == source.file and f.row == 1)]
            faults.append(title)
            return missing
    unknown = [str(c) for c in frame.columns if table.column(str(c)) is None]
    found = ", ".join(shown(str(c)) for c in list(frame.columns)[:12]) or "none"
    found += " ..." if frame.shape[1] > 12 else ""
    for name in missing:
        longer = [c for c in unknown if re.match(rf"{name}[^a-z]", c.casefold())]
        like = suggestion(name, unknown) or (f"did you mean {shown(longer[0])}?" if longer else "")
        renaming = f"rename {like.removeprefix('did you mean ').removesuffix('?')} to '{name}'" if like else ""
        remedy = renaming or f"add this column (columns found: {found})"
        faults.append(Fault(file=source.file, row=1, column=name, problem="is missing", remedy=remedy))
    return missing

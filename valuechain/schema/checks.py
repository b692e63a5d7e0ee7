"""Check one table: header, required columns, cells, keys. All faults are collected; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.errors import Fault
from valuechain.schema.cells import BLANKS, Bad, cell_text, convert, to_extra
from valuechain.schema.columns import TABLES, Column, Table
from valuechain.schema.headers import missing_columns, named_columns
from valuechain.schema.numbers import DecimalEvidence, DecimalSign, decimal_evidence, has_group_like
from valuechain.schema.references import check_references
from valuechain.schema.tables import CheckedTables, RawTable

_SAY_DECIMAL = 'say which by decimal = "," or decimal = "." in network.toml'
_RETYPE = "type it as a number, not as text"


def check_tables(raw: Mapping[str, RawTable], *, decimal: DecimalSign | None = None) -> CheckedTables:
    """Return every table converted and checked, alone and against the others.

    Parameters
    ----------
    raw
        Tables by name, as read.
    decimal
        Decimal sign of text files, where the data do not show it themselves.

    Returns
    -------
    CheckedTables
        Tables (only meaningful when ``faults`` is empty), faults, notes.
    """
    checked = CheckedTables({}, [], [])
    rows: dict[str, npt.NDArray[np.int64]] = {}
    for table in TABLES.values():
        if table.name not in raw:
            continue
        source = raw[table.name]
        checked.faults += source.faults
        checked.notes += source.notes
        if source.is_unusable:
            continue
        frame, kept_rows = check_table(table, source, checked, decimal)
        if frame is not None:
            checked.tables[table.name] = frame
            rows[table.name] = kept_rows
    files = {name: r.file for name, r in raw.items()}
    check_references(checked, rows, files)
    # Who mends a file goes through it from top to bottom.
    order = {file: k for k, file in enumerate(files.values())}
    checked.faults.sort(key=lambda fault: (order.get(fault.file, -1), fault.row or 0))
    return checked


def check_table(
    table: Table, source: RawTable, checked: CheckedTables, decimal: DecimalSign | None
) -> tuple[pd.DataFrame | None, npt.NDArray[np.int64]]:
    """Return one converted table and its row numbers, or None when it is absent or its header is unusable."""
    faults, notes, file = checked.faults, checked.notes, source.file
    rows = source.row_numbers()
    frame, filled = _without_empty_rows(source.frame)
    rows = rows[filled] if filled is not None else rows
    if len(frame) == 0 and not table.required and not source.faults:
        return None, rows
    frame = named_columns(frame, table, file, faults, notes)
    missing = missing_columns(frame, table, source, faults)
    if len(frame) == 0 and frame.shape[1] and table.required and not source.faults:
        faults.append(Fault(file=file, problem="has no rows", remedy=f"add {table.meaning}"))
    if missing:
        return None, rows
    sign = _decimal_sign(frame, table, source, rows, decimal, faults)
    columns: dict[str, pd.Series] = {}
    broken = [fault.row for fault in source.faults if fault.row is not None]
    unread = set(np.flatnonzero(np.isin(rows, broken)).tolist()) if broken else set()
    for name in frame.columns:
        column = table.column(str(name))
        values = convert(frame[name], column, sign) if column is not None else to_extra(frame[name], sign)
        columns[str(name)] = values.series
        faults += _cell_faults(values.bad, frame[name], str(name), rows, file)
        if column is not None and column.required:
            # A row the reader could not read well is not blamed once more for what it lacks.
            bad = {int(k) for b in values.bad for k in b.positions} | unread
            faults += _absent_faults(frame[name], values.series, column, rows, file, bad)
    ordered = [c for c in table.column_names if c in columns] + [c for c in columns if table.column(c) is None]
    result = pd.DataFrame({c: columns[c].reset_index(drop=True) for c in ordered})
    return result, rows


def _without_empty_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.bool_] | None]:
    """Drop rows without any cell, which spreadsheets leave at the end and between blocks."""
    empty = np.ones(len(frame), dtype=bool)
    for k in range(frame.shape[1]):
        series = frame.iloc[:, k]
        if pd.api.types.is_string_dtype(series.dtype) or series.dtype == object:
            if not empty.any():
                break
            empty[np.flatnonzero(empty)[~_is_blank(series[empty])]] = False
        else:
            empty &= series.isna().to_numpy()
    return (frame, None) if not empty.any() else (frame.loc[~empty], ~empty)


def _is_blank(series: pd.Series) -> npt.NDArray[np.bool_]:
    if not isinstance(series.dtype, pd.StringDtype):
        return series.isna().to_numpy() | np.array(
            [isinstance(v, str) and not v.strip(BLANKS) for v in series], dtype=bool
        )
    trimmed = pc.utf8_trim(pa.array(series, type=pa.large_string(), from_pandas=True), characters=BLANKS)
    return np.asarray(pc.fill_null(pc.equal(trimmed, ""), fill_value=True).to_numpy(zero_copy_only=False), dtype=bool)


def _decimal_sign(
    frame: pd.DataFrame,
    table: Table,
    source: RawTable,
    rows: npt.NDArray[np.int64],
    told: DecimalSign | None,
    faults: list[Fault],
) -> DecimalSign:
    """Return the decimal sign of text cells: as told, as they prove, or a fault where nothing decides."""
    if told is not None:
        return told
    evidence = DecimalEvidence()
    place: tuple[str, str, int] | None = None
    for column in table.columns:
        if column.kind != "number" or column.name not in frame.columns:
            continue
        cells = frame[column.name] if source.separator else _text_cells(frame[column.name])
        part = _column_evidence(cells)
        if part.doubtful and place is None:
            place = (column.name, part.doubtful, int(rows[(frame[column.name] == part.doubtful).to_numpy()][0]))
        evidence = evidence | part
    if evidence.comma and evidence.dot:
        # Both signs prove themselves; the cells of the other sign are then reported one by one.
        return "," if source.separator == ";" else "."
    if evidence.comma or evidence.dot:
        return "," if evidence.comma else "."
    if place and (source.separator != "," or "," in place[1]):
        column_name, cell, row = place
        faults.append(
            Fault(
                file=source.file,
                row=row,
                column=column_name,
                value=cell,
                problem="can be read as thousands or as a fraction",
                remedy=_SAY_DECIMAL if source.separator else _RETYPE,
            )
        )
    return "."


def _text_cells(cells: pd.Series) -> pd.Series:
    """Return the cells of a typed column (a workbook's) that hold a number as text; a program's text needs no proof."""
    if cells.dtype != object:
        return pd.Series([], dtype="str")
    return pd.Series([v for v in cells.array if isinstance(v, str)], dtype="str")


def _column_evidence(cells: pd.Series) -> DecimalEvidence:
    """Look at the distinct cells that have a sign in them; a column of plain machine numbers costs one pass."""
    if not isinstance(cells.dtype, pd.StringDtype):
        return DecimalEvidence()
    signs = cells[cells.str.contains(r"[.,]", regex=True, na=False)]
    if len(signs) == 0:
        return DecimalEvidence()
    if not has_group_like(signs.head(2000)) and not signs.str.contains(",", regex=False).any():
        return decimal_evidence(signs.head(2000))
    return decimal_evidence(signs.unique())


def _cell_faults(bad: list[Bad], raw: pd.Series, name: str, rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    return [
        Fault(
            file=file,
            row=row,
            column=name,
            value=cell_text(value) or "",
            problem=b.problem,
            remedy=b.remedy(j),
        )
        for b in bad
        for j, (row, value) in enumerate(zip(rows[b.positions].tolist(), raw.iloc[b.positions].tolist(), strict=True))
    ]


def _absent_faults(
    raw: pd.Series,
    series: pd.Series,
    column: Column,
    rows: npt.NDArray[np.int64],
    file: str,
    reported: set[int],
) -> list[Fault]:
    absent = np.flatnonzero(series.isna().to_numpy())
    remedy = (
        "give the number, or drop the row" if column.kind == "number" else f"give the {column.name}, or drop the row"
    )
    written = [cell_text(v) for v in raw.iloc[absent].tolist()]
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column=column.name,
            value=text,
            problem="counts as not known" if text else "is empty",
            remedy=remedy,
        )
        for k, text in zip(absent, written, strict=True)
        if int(k) not in reported
    ]

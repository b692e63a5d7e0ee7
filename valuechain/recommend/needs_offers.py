"""Tables of needs and offers: read, checked with all faults at once, and where and when each row holds."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import DataWarning, Fault, InvalidDataError, ParameterError, UnreadableFileError, suggestion
from valuechain.io.csv_files import read_csv
from valuechain.io.parquet import read_parquet
from valuechain.network import Network
from valuechain.recommend.nearness import Places
from valuechain.schema import TABLES, CheckedTables, RawTable, Table
from valuechain.schema.checks import check_table
from valuechain.schema.references import unknown_faults

__all__ = ["ROW", "checked_rows", "periods", "places_of_rows"]

ROW = "row"
"""Column with the row of the file, as a spreadsheet shows it."""

Source = pd.DataFrame | str | os.PathLike[str]


def checked_rows(needs: Source, offers: Source, network: Network | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return needs and offers with their values and the column ``row``.

    Raises
    ------
    InvalidDataError
        With every fault of both: file, row, column, value, remedy.
    UnreadableFileError
        When there is no such file.
    ParameterError
        When one is neither a table nor a path.
    """
    frames, faults = [], []
    for name, source in (("needs", needs), ("offers", offers)):
        raw = _raw(name, source)
        checked = CheckedTables({}, list(raw.faults), [])
        frame, rows = (None, np.zeros(0, np.int64))
        if not raw.is_unusable:
            frame, rows = check_table(TABLES[name], raw, checked, None)
        for note in [*raw.notes, *checked.notes]:
            warnings.warn(note, DataWarning, stacklevel=3)
        if frame is None and not checked.faults:
            checked.faults.append(Fault(file=raw.file, problem="has no rows", remedy=f"add {TABLES[name].meaning}"))
        if frame is not None:
            checked.faults += [*_period_faults(frame, rows, raw.file), *_firm_faults(frame, rows, raw.file, network)]
            frames.append(frame.assign(**{ROW: rows}))
        faults += sorted(checked.faults, key=lambda fault: fault.row or 0)
    if faults:
        raise InvalidDataError(faults)
    return frames[0], frames[1]


def _raw(name: str, source: Source) -> RawTable:
    if isinstance(source, pd.DataFrame):
        return RawTable(name, source.reset_index(drop=True))
    if not isinstance(source, str | os.PathLike):
        raise ParameterError(f"{name} are a {type(source).__name__}, no table; give a data frame or a file")
    file = Path(source)
    if not file.is_file():
        near = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
        what = "is a folder; give a file" if file.is_dir() else "there is no such file"
        raise UnreadableFileError(f"{file}: {what}; {suggestion(file.name, near) or 'check the path'}")
    return _read(file, TABLES[name])


def _read(file: Path, table: Table) -> RawTable:
    suffix = file.suffix.casefold()
    if suffix in {".xlsx", ".xlsm", ".xls", ".ods"}:
        fault = Fault(
            file=file.name, problem="is a workbook", remedy=f"save the sheet with the {table.name} as CSV UTF-8"
        )
        raise InvalidDataError([fault])
    return read_parquet(file, table) if suffix == ".parquet" else read_csv(file, table)


def _firm_faults(frame: pd.DataFrame, rows: npt.NDArray[np.int64], file: str, network: Network | None) -> list[Fault]:
    """Return the rows whose firm is not in the network, where there is one."""
    if network is None:
        return []
    candidates = network.table("candidates")
    ids = network.firms["firm"] if candidates is None else pd.concat([network.firms["firm"], candidates["firm"]])
    return unknown_faults(frame["firm"], ids.drop_duplicates(), rows, file, network.firms)


def _period_faults(frame: pd.DataFrame, rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    first, last = periods(frame)
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column="until",
            value=str(frame["until"].iloc[k]),
            problem=f"is before the first day {frame['from'].iloc[k]}",
            remedy="exchange from and until, or leave one empty",
        )
        for k in np.flatnonzero(first > last)
    ]


def periods(frame: pd.DataFrame) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Return the first and last day of each row as YYYY-MM-DD; a year or month counts whole, unknown bounds nothing."""

    def days(name: str, rest: str, unknown: str) -> npt.NDArray[np.str_]:
        if name not in frame:
            return np.full(len(frame), unknown)
        texts = [unknown if not isinstance(v, str) else v + rest[len(v) - 4 :] for v in frame[name].astype(object)]
        return np.array(texts, dtype=str)

    return days("from", "-01-01", "0000-01-01"), days("until", "-12-31", "9999-12-31")


def places_of_rows(frame: pd.DataFrame, network: Network | None) -> Places:
    """Return where rows are: their own columns, else the place of their firm in the network, cell by cell."""
    own = frame
    if network is not None:
        firms = network.firms.set_index("firm")
        for name in ("latitude", "longitude", "region", "country"):
            if name in firms:
                theirs = frame["firm"].map(firms[name])
                own = own.assign(**{name: own[name].where(own[name].notna(), theirs) if name in own else theirs})
    return Places.of(own)

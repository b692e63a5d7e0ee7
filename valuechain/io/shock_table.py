"""Tables of shocks: which firms lose how much of their supply and demand, in one scenario or in many."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import DataWarning, Fault, InvalidDataError, UnreadableFileError, closest, suggestion
from valuechain.io.csv_files import read_csv
from valuechain.io.parquet import read_parquet
from valuechain.network import Network
from valuechain.schema import CheckedTables, Column, RawTable, Table, plain_name
from valuechain.schema.cells import cell_text
from valuechain.schema.checks import check_table
from valuechain.schema.numbers import DecimalSign, read_number
from valuechain.schema.references import duplicate_faults, unknown_faults

Scenarios = Literal["one", "many", "either"]
"""Whether the rows are one scenario (no column scenario), many, or whichever the columns say."""

SIDES = ("supply", "demand")
_PERCENT = re.compile(r"([^%]*\d)\s*%\Z")


def read_shocks(path: str | os.PathLike[str], *, network: Network) -> pd.DataFrame:
    r"""Return the shocks in a CSV or Parquet file, for :func:`valuechain.cascade` or :func:`valuechain.cascades`.

    Parameters
    ----------
    path
        A table with the columns ``firm``, ``supply``, ``demand`` (lost fractions, 0..1 or such as ``50%``; one of the
        two may be absent), and ``scenario`` where it holds more than one. CSV files may have semicolons, decimal
        commas, a byte order mark or Windows-1252 letters.
    network
        The network whose firms are hit.

    Returns
    -------
    DataFrame
        The same columns: ids and scenarios as text, fractions 0..1, in the order of the file.

    Raises
    ------
    UnreadableFileError
        When there is no such file.
    InvalidDataError
        With every fault: file, row, column, value, remedy.

    Examples
    --------
    >>> import pathlib, valuechain as vc
    >>> file = pathlib.Path("shocks.csv")
    >>> _ = file.write_text("scenario;firm;supply\nquake;sector_1;0,5\n")
    >>> read_shocks(file, network=vc.example("textbook"))["supply"].tolist()
    [0.5]
    """
    file = Path(path)
    if not file.is_file():
        near = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
        what = "is a folder; give a file" if file.is_dir() else "there is no such file"
        raise UnreadableFileError(f"{file}: {what}; {suggestion(file.name, near) or 'check the path'}")
    raw = _READERS.get(file.suffix.casefold(), _read_as_csv)(file, _declared([], "either"))
    for note in raw.notes:
        warnings.warn(note, DataWarning, stacklevel=2)
    return checked_shocks(raw, network, scenarios="either")


def _read_as_csv(file: Path, table: Table) -> RawTable:
    if file.suffix.casefold() in {".xlsx", ".xlsm", ".xls", ".ods"}:
        fault = Fault(file=file.name, problem="is a workbook", remedy="save the sheet with the shocks as CSV UTF-8")
        raise InvalidDataError([fault])
    return read_csv(file, table)


_READERS = {".parquet": read_parquet}


def checked_shocks(raw: RawTable, network: Network, *, scenarios: Scenarios) -> pd.DataFrame:
    """Return a table of shocks with its values, each firm once a scenario.

    Raises
    ------
    InvalidDataError
        With every fault: unknown columns and firms, what is no fraction, firms given twice.
    """
    checked = CheckedTables({}, list(raw.faults), [])
    if not raw.is_unusable:
        _check(raw, network, scenarios, checked)
    if checked.faults:
        # Who mends a file goes through it from top to bottom.
        raise InvalidDataError(sorted(map(_worded, checked.faults), key=lambda fault: fault.row or 0))
    return checked.tables["shocks"]


def _worded(fault: Fault) -> Fault:
    """Return a fault with the remedy that fits a table of shocks: what is not hit is 0, never left empty."""
    if fault.column in SIDES and fault.problem in {"is empty", "counts as not known"}:
        return replace(fault, remedy=f"write 0 if no {fault.column} is lost, or drop the row")
    return fault


def _check(raw: RawTable, network: Network, scenarios: Scenarios, checked: CheckedTables) -> None:
    names = [plain_name(cell_text(label) or "") for label in raw.frame.columns]
    table = _declared(names, scenarios)
    sign = _decimal_sign(raw.frame, names)
    source = RawTable(raw.file, _without_percent(raw.frame, names, sign), raw.row_numbers(), raw.separator, raw.faults)
    frame, rows = check_table(table, source, checked, sign)
    if frame is None:
        return
    checked.faults += _column_faults(frame, table, raw.file)
    key = [c for c in table.key if c in frame]
    checked.faults += unknown_faults(frame["firm"], network.firms["firm"], rows, raw.file, network.firms)
    checked.faults += duplicate_faults(frame, key, rows, raw.file, "keep one of the rows")
    checked.tables["shocks"] = frame


def _declared(names: list[str], scenarios: Scenarios) -> Table:
    """Return what a table of shocks must have; a side that is there must be given in every row."""
    scenario = Column(
        name="scenario",
        kind="id",
        required=scenarios == "many" or (scenarios == "either" and "scenario" in names),
        meaning="name of the scenario",
    )
    firm = Column(name="firm", kind="id", required=True, refers_to="firms", meaning="id of the firm that is hit")
    sides = [
        Column(
            name=side,
            kind="number",
            required=side in names,
            unit="fraction",
            minimum=0,
            maximum=1,
            meaning=f"lost fraction of {what}",
        )
        for side, what in zip(SIDES, ("what the firm delivers", "what the firm buys"), strict=True)
    ]
    several = [] if scenarios == "one" else [scenario]
    meaning = "one row for each firm that is hit: firm, supply, demand (lost fractions 0..1)"
    columns = (*several, firm, *sides)
    return Table(name="shocks", meaning=meaning, columns=columns, key=("scenario", "firm"), required=True)


def _column_faults(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Fault]:
    """Yield the columns that no shock has: one that is misspelt would count as not shocked."""
    unknown = [c for c in frame.columns if table.column(c) is None]
    for name in unknown:
        known = ", ".join(table.column_names)
        hint = suggestion(plain_name(name), table.column_names) or f"delete it; the columns are {known}"
        if name == "scenario":
            hint = "one cascade takes one scenario: delete the column, or run them all with valuechain.cascades"
        yield Fault(file=file, row=1, column=name, problem="is not known", remedy=hint)
    if not any(side in frame for side in SIDES) and not any(closest(c, SIDES) for c in unknown):
        remedy = "add supply (lost fraction of what the firm delivers), demand (of what it buys), or both"
        yield Fault(file=file, row=1, problem="has neither a column supply nor demand", remedy=remedy)


def _decimal_sign(frame: pd.DataFrame, names: list[str]) -> DecimalSign | None:
    """Return the decimal sign of text cells: fractions have no thousands, so the one sign there is decides."""
    signs: set[DecimalSign] = set()
    for k in _text_sides(frame, names):
        column = frame.iloc[:, k]
        signs |= {sign for sign in (".", ",") if column.str.contains(sign, regex=False, na=False).any()}
    return signs.pop() if len(signs) == 1 else None


def _text_sides(frame: pd.DataFrame, names: list[str]) -> list[int]:
    return [k for k, name in enumerate(names) if name in SIDES and isinstance(frame.iloc[:, k].dtype, pd.StringDtype)]


def _without_percent(frame: pd.DataFrame, names: list[str], sign: DecimalSign | None) -> pd.DataFrame:
    """Return the table with cells such as ``50%``, which a spreadsheet writes for a fraction, as fractions."""
    for k in _text_sides(frame, names):
        column = frame.iloc[:, k]
        positions = np.flatnonzero(column.str.contains("%", regex=False, na=False).to_numpy(dtype=bool))
        if positions.size:
            frame = _replaced(frame, k, positions, sign or ".")
    return frame


def _replaced(frame: pd.DataFrame, k: int, positions: npt.NDArray[np.intp], sign: DecimalSign) -> pd.DataFrame:
    cells = frame.iloc[:, k].astype(object).to_numpy(copy=True)
    for position in positions:
        found = _PERCENT.match(str(cells[position]).strip())
        number = read_number(found[1], sign) if found else None
        if number is not None:
            cells[position] = f"{number / 100:.15g}".replace(".", sign)
    columns = {
        j: frame.iloc[:, j] if j != k else pd.Series(cells, index=frame.index, dtype="str")
        for j in range(frame.shape[1])
    }
    return pd.DataFrame(columns).set_axis(frame.columns, axis=1)

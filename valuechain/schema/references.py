"""Checks across rows and tables: duplicate keys, unknown ids, capacity below output."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import SHOWN_PER_KIND, Fault, closest
from valuechain.schema.columns import TABLES
from valuechain.schema.lookup import ids_by_name, positions_in
from valuechain.schema.oddities import note_oddities
from valuechain.schema.tables import CheckedTables

Rows = dict[str, npt.NDArray[np.int64]]
_SAME_FIRM = "give one of them another id, or drop the row if it is the same firm"


def check_references(checked: CheckedTables, rows: Rows, files: dict[str, str]) -> None:
    """Add the faults and notes that need more than one cell."""
    for table in TABLES.values():
        frame = checked.tables.get(table.name)
        if frame is None:
            continue
        if table.key and table.name not in {"links", "members"}:
            place = (rows[table.name], files[table.name])
            remedy = "keep one of the rows" if table.key != ("firm",) else _SAME_FIRM
            checked.faults += duplicate_faults(frame, list(table.key), *place, remedy)
        for column in table.columns:
            if column.refers_to and column.name in frame and len(checked.tables.get("firms", ())):
                firms = checked.tables["firms"]
                place = (rows[table.name], files[table.name])
                checked.faults += unknown_faults(frame[column.name], firms["firm"], *place, firms)
    if checked.tables.get("firms") is not None:
        checked.faults += _capacity_faults(checked.tables["firms"], rows["firms"], files["firms"])
        _check_outside_firms(checked, rows, files)
    if not checked.faults:
        note_oddities(checked, rows, files)


def duplicate_faults(
    frame: pd.DataFrame,
    key: list[str],
    rows: npt.NDArray[np.int64],
    file: str,
    remedy: str = "keep one of the rows",
) -> list[Fault]:
    """Return a fault for each row whose key is that of a row before it; rows without a whole key are left alone."""
    named = frame[key].notna().all(axis=1).to_numpy()
    repeated = frame.duplicated(key, keep="first").to_numpy() & named
    if not repeated.any():
        return []
    text = frame[key].astype("str").fillna("").agg(" / ".join, axis=1) if len(key) > 1 else frame[key[0]]
    first = {value: int(row) for value, row in zip(text[~repeated & named], rows[~repeated & named], strict=True)}
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column=" / ".join(key),
            value=str(text.iloc[k]),
            problem=f"is a duplicate (first in row {first[text.iloc[k]]})",
            remedy=remedy,
        )
        for k in np.flatnonzero(repeated)
    ]


def unknown_faults(
    series: pd.Series, known: pd.Series, rows: npt.NDArray[np.int64], file: str, firms: pd.DataFrame
) -> list[Fault]:
    """Return a fault for each value that is no known id, with the id that may be meant."""
    unknown = np.flatnonzero((positions_in(series, known) < 0) & series.notna().to_numpy())
    if unknown.size == 0:
        return []
    ids_of_names = ids_by_name(firms)
    is_name = np.array([str(v).casefold() in ids_of_names for v in series.iloc[unknown]], dtype=bool)
    faults = _name_faults(series, unknown[is_name], rows, file, ids_of_names)
    return faults + _stranger_faults(series, unknown[~is_name], known, rows, file)


def _stranger_faults(
    series: pd.Series, places: npt.NDArray[np.intp], known: pd.Series, rows: npt.NDArray[np.int64], file: str
) -> list[Fault]:
    things = "the link" if file.startswith("links") or series.name in {"supplier", "buyer"} else "the row"
    ids = known.dropna().tolist()
    hints: dict[str, str] = {}
    # A message spells out so many rows only, and looking for the closest of a million ids takes a while.
    for value in series.iloc[places].unique()[:SHOWN_PER_KIND]:
        near = closest(str(value), ids, 2)
        hints[value] = "did you mean " + " or ".join(f"'{n}'" for n in near) + "? Else " if near else ""
    return [
        Fault(
            file=file,
            row=row,
            column=str(series.name),
            value=value,
            problem="is not in firms",
            remedy=f"{hints.get(value, '')}add it or drop {things}",
        )
        for row, value in zip(rows[places].tolist(), series.iloc[places].astype(str).tolist(), strict=True)
    ]


def _name_faults(
    series: pd.Series,
    places: npt.NDArray[np.intp],
    rows: npt.NDArray[np.int64],
    file: str,
    ids_of_names: dict[str, str],
) -> list[Fault]:
    """Say that a name stands where an id is meant: the most natural slip of all."""
    return [
        Fault(
            file=file,
            row=row,
            column=str(series.name),
            value=value,
            problem="is the name of a firm, not its id",
            remedy=f"write '{ids_of_names[value.casefold()]}'",
        )
        for row, value in zip(rows[places].tolist(), series.iloc[places].astype(str).tolist(), strict=True)
    ]


def _capacity_faults(firms: pd.DataFrame, rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    if "capacity" not in firms or "output" not in firms:
        return []
    capacity, output = firms["capacity"].to_numpy(), firms["output"].to_numpy()
    with np.errstate(invalid="ignore"):
        below = np.flatnonzero(capacity < output * (1 - 1e-9))
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column="capacity",
            value=f"{capacity[k]:g}",
            problem=f"is below the output of {output[k]:g}",
            remedy="raise the capacity to at least the output, or leave it empty if it is not known",
        )
        for k in below
    ]


def _check_outside_firms(checked: CheckedTables, rows: Rows, files: dict[str, str]) -> None:
    """Candidates are new ids; needs and offers name firms or candidates."""
    firms = checked.tables["firms"]["firm"]
    candidates = checked.tables.get("candidates")
    if candidates is not None:
        known = positions_in(candidates["firm"], firms) >= 0
        checked.faults += [
            Fault(
                file=files["candidates"],
                row=int(rows["candidates"][k]),
                column="firm",
                value=str(candidates["firm"].iloc[k]),
                problem="is already in firms",
                remedy="candidates are outside firms: drop the row or give it another id",
            )
            for k in np.flatnonzero(known)
        ]
    if len(firms) == 0:
        return
    known_ids = pd.concat([firms, candidates["firm"]]) if candidates is not None else firms
    for name in ("needs", "offers"):
        frame = checked.tables.get(name)
        if frame is not None:
            ids = known_ids.drop_duplicates()
            place = (rows[name], files[name])
            checked.faults += unknown_faults(frame["firm"], ids, *place, checked.tables["firms"])

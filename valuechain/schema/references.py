"""Checks across rows and tables: duplicate keys, unknown ids, capacity below output; notes for what is only odd."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.errors import SHOWN_PER_KIND, Fault, closest
from valuechain.schema.columns import TABLES
from valuechain.schema.tables import CheckedTables

Rows = dict[str, npt.NDArray[np.int64]]
NAMED = 5
"""How many ids a note names before it only counts."""


def check_references(checked: CheckedTables, rows: Rows, files: dict[str, str]) -> None:
    """Add the faults and notes that need more than one cell."""
    for table in TABLES.values():
        frame = checked.tables.get(table.name)
        if frame is None:
            continue
        if table.key and table.name not in {"links", "members"}:
            checked.faults += _duplicate_faults(frame, list(table.key), rows[table.name], files[table.name])
        for column in table.columns:
            if column.refers_to and column.name in frame and len(checked.tables.get("firms", ())):
                known = checked.tables["firms"]["firm"]
                checked.faults += _unknown_faults(frame[column.name], known, rows[table.name], files[table.name])
    if checked.tables.get("firms") is not None:
        checked.faults += _capacity_faults(checked.tables["firms"], rows["firms"], files["firms"])
        _check_outside_firms(checked, rows, files)
    if not checked.faults:
        _note_oddities(checked, files)


def _duplicate_faults(frame: pd.DataFrame, key: list[str], rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    named = frame[key].notna().all(axis=1).to_numpy()
    repeated = frame.duplicated(key, keep="first").to_numpy() & named
    if not repeated.any():
        return []
    text = frame[key].astype("str").agg(" / ".join, axis=1) if len(key) > 1 else frame[key[0]]
    first = {value: int(row) for value, row in zip(text[~repeated & named], rows[~repeated & named], strict=True)}
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column=" / ".join(key),
            value=str(text.iloc[k]),
            problem=f"is a duplicate (first in row {first[text.iloc[k]]})",
            remedy="keep one of the rows",
        )
        for k in np.flatnonzero(repeated)
    ]


def positions_in(values: pd.Series, known: pd.Series) -> npt.NDArray[np.int64]:
    """Return where each value stands in ``known``, -1 where it is missing or not there. One pass in C."""
    lookup = pa.array(known, type=pa.large_string(), from_pandas=True)
    cells = pa.array(values, type=pa.large_string(), from_pandas=True)
    found = pc.index_in(cells, value_set=lookup, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _unknown_faults(series: pd.Series, known: pd.Series, rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    unknown = np.flatnonzero((positions_in(series, known) < 0) & series.notna().to_numpy())
    if unknown.size == 0:
        return []
    things = "the link" if file.startswith("links") or series.name in {"supplier", "buyer"} else "the row"
    column, ids = str(series.name), known.dropna().tolist()
    hints: dict[str, str] = {}
    # A message spells out so many rows only, and looking for the closest of a million ids takes a while.
    for value in series.iloc[unknown].unique()[:SHOWN_PER_KIND]:
        near = closest(str(value), ids, 2)
        hints[value] = "did you mean " + " or ".join(f"'{n}'" for n in near) + "? Else " if near else ""
    return [
        Fault(
            file=file,
            row=row,
            column=column,
            value=value,
            problem="is not in firms",
            remedy=f"{hints.get(value, '')}add it or drop {things}",
        )
        for row, value in zip(rows[unknown].tolist(), series.iloc[unknown].astype(str).tolist(), strict=True)
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
            checked.faults += _unknown_faults(frame["firm"], known_ids.drop_duplicates(), rows[name], files[name])


def _some(values: pd.Series) -> str:
    named = ", ".join(f"'{v}'" for v in values.head(NAMED))
    return named + (f" and {len(values) - NAMED} more" if len(values) > NAMED else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_CODE = re.compile(r"(\d{1,2})[.,](\d{1,2})")


def _note_sectors(firms: pd.DataFrame, file: str, notes: list[str]) -> None:
    """Say where a spreadsheet seems to have turned codes into numbers or dates: 24.10 into 24.1, 01.11 into a day."""
    sectors = pd.Series(firms["sector"].dropna().unique())
    dates = sectors[[bool(_DATE.fullmatch(s)) for s in sectors]]
    if len(dates):
        notes.append(
            f"{file}: sector {_some(dates)} is a date; a spreadsheet turns codes such as 01.11 into days: "
            "format the column as text and type the codes again"
        )
    alike: dict[tuple[str, str], list[str]] = {}
    for sector in sectors:
        code = _CODE.fullmatch(sector)
        if code:
            alike.setdefault((code[1].lstrip("0"), code[2].rstrip("0")), []).append(sector)
    doubles = [" and ".join(f"'{s}'" for s in same) for same in alike.values() if len(same) > 1]
    if doubles:
        notes.append(
            f"{file}: sectors {', '.join(doubles[:NAMED])} are taken as different; a spreadsheet turns 24.10 into "
            "24.1: format the column as text and write each code in one way"
        )


def _note_oddities(checked: CheckedTables, files: dict[str, str]) -> None:
    firms, links = checked.tables.get("firms"), checked.tables.get("links")
    if firms is not None:
        _note_sectors(firms, files["firms"], checked.notes)
    if firms is not None and links is not None:
        _note_links(firms, links, files, checked.notes)
    members, clusters = checked.tables.get("members"), checked.tables.get("clusters")
    if members is None:
        return
    repeated = members.duplicated(["firm", "cluster"])
    if repeated.any():
        count = _count(int(repeated.sum()), "repeated membership", "repeated memberships")
        checked.notes.append(f"{files['members']}: {count} dropped")
        checked.tables["members"] = members = members[~repeated].reset_index(drop=True)
    if clusters is not None:
        unknown = members["cluster"][positions_in(members["cluster"], clusters["cluster"]) < 0].drop_duplicates()
        if len(unknown):
            checked.notes.append(
                f"{files['members']}: {_some(unknown)} not in clusters; the memberships are kept without a name"
            )


def _note_links(firms: pd.DataFrame, links: pd.DataFrame, files: dict[str, str], notes: list[str]) -> None:
    supplier = positions_in(links["supplier"], firms["firm"])
    buyer = positions_in(links["buyer"], firms["firm"])
    loops = int((supplier == buyer).sum())
    if loops:
        notes.append(f"{files['links']}: {_count(loops, 'link', 'links')} from a firm to itself kept")
    used = np.zeros(len(firms), dtype=bool)
    used[supplier] = used[buyer] = True
    if not used.all():
        alone = firms["firm"][~used]
        notes.append(f"{files['firms']}: {_count(len(alone), 'firm has', 'firms have')} no links: {_some(alone)}")
    if "output" in firms:
        sold = np.bincount(supplier, weights=links["flow"].to_numpy(), minlength=len(firms))
        with np.errstate(invalid="ignore"):
            over = firms["firm"][sold > firms["output"].to_numpy() * (1 + 1e-6)]
        if len(over):
            count = _count(len(over), "firm sells", "firms sell")
            notes.append(f"{files['links']}: {count} more than the output given: {_some(over)}")

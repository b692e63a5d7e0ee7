"""What is usable but likely not meant: notes that become warnings, each with its rows and what to do."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import shown, suggestion
from valuechain.schema.lookup import positions_in
from valuechain.schema.tables import CheckedTables

Rows = dict[str, npt.NDArray[np.int64]]

NAMED = 5
"""How many ids or rows a note names before it only counts."""

_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?|\d{1,2}\.? ?[^\W\d_]{3,9}\.?|[^\W\d_]{3,9}\.? ?\d{1,2}")
"""What a spreadsheet makes of 01.11: 2024-11-01, 01. Nov, Nov 01."""

_CODE = re.compile(r"(\d{1,2})[.,](\d{1,2})")


def note_oddities(checked: CheckedTables, rows: Rows, files: dict[str, str]) -> None:
    """Add the notes on tables that have no faults."""
    tables, notes = checked.tables, checked.notes
    firms, links = tables.get("firms"), tables.get("links")
    if firms is not None:
        _note_sectors(firms, files["firms"], notes)
        _note_namesakes(firms, rows["firms"], files["firms"], notes)
    if firms is not None and links is not None:
        _note_links(firms, links, rows["links"], files, notes)
        _note_lonely(firms, links, files["firms"], notes)
        if "essential" in tables:
            _note_essential(tables["essential"], firms, links, rows["essential"], files["essential"], notes)
    _note_members(checked, files)


def _some(values: pd.Series) -> str:
    named = ", ".join(shown(str(v)) for v in values.head(NAMED))
    return named + (f" and {len(values) - NAMED} more" if len(values) > NAMED else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _row_words(rows: npt.NDArray[np.int64]) -> str:
    named = ", ".join(str(r) for r in rows[:NAMED].tolist())
    return f"row{'' if len(rows) == 1 else 's'} {named}" + (
        f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    )


def _note_sectors(firms: pd.DataFrame, file: str, notes: list[str]) -> None:
    """Say where a spreadsheet seems to have turned codes into numbers or days: 24.10 into 24.1, 01.11 into a day."""
    sectors = pd.Series(firms["sector"].dropna().unique())
    # Months are names in any language, so words such as "steel 2" may be meant: days only count among NACE-like codes.
    codes = bool(sectors.str.fullmatch(r"[A-V]?\d{2}([.,]\d{1,2})?").any())
    days = sectors[[bool(_DAY.fullmatch(s)) and (codes or s[:4].isdigit()) for s in sectors]]
    if len(days):
        notes.append(
            f"{file}: sector {_some(days)} is a date; a spreadsheet turns codes such as 01.11 into days: "
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


def _note_namesakes(firms: pd.DataFrame, rows: npt.NDArray[np.int64], file: str, notes: list[str]) -> None:
    if "name" not in firms:
        return
    alike = firms["name"].str.casefold().duplicated(keep=False).to_numpy() & firms["name"].notna().to_numpy()
    if alike.any():
        named = firms["name"][alike].drop_duplicates()
        notes.append(
            f"{file}: {_row_words(rows[alike])}: several firms have the name {_some(named)}; "
            "if they are one firm, give it one id"
        )


def _note_essential(
    essential: pd.DataFrame,
    firms: pd.DataFrame,
    links: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    file: str,
    notes: list[str],
) -> None:
    """Say which rows of the essential table name what the network does not have: they change nothing."""
    sectors = firms["sector"].dropna().unique().tolist()
    products = [*links["product"].dropna().unique().tolist(), *sectors] if "product" in links else sectors
    for column, known, thing in (("input", products, "product or sector"), ("buyer_sector", sectors, "sector")):
        strange = ~essential[column].isin(known).to_numpy()
        if strange.any():
            words = essential[column][strange].drop_duplicates()
            hint = suggestion(str(words.iloc[0]), [str(k) for k in known])
            notes.append(
                f"{file}: {_row_words(rows[strange])}: {column} {_some(words)} is no {thing} of this network, so it "
                f"changes nothing; {hint or 'write it as in firms and links'}"
            )


def _note_links(
    firms: pd.DataFrame, links: pd.DataFrame, rows: npt.NDArray[np.int64], files: dict[str, str], notes: list[str]
) -> None:
    file = files["links"]
    loops = (links["supplier"] == links["buyer"]).to_numpy()
    if loops.any():
        count = _count(int(loops.sum()), "link", "links")
        notes.append(
            f"{file}: {_row_words(rows[loops])}: {count} from a firm to itself kept; mend the buyer if not meant"
        )
    if "output" in firms:
        supplier = positions_in(links["supplier"], firms["firm"])
        sold = np.bincount(supplier, weights=links["flow"].to_numpy(), minlength=len(firms))
        with np.errstate(invalid="ignore"):
            over = firms["firm"][sold > firms["output"].to_numpy() * (1 + 1e-6)]
        if len(over):
            count = _count(len(over), "firm sells", "firms sell")
            notes.append(
                f"{file}: {count} more than the output given: {_some(over)}; check that flows and outputs have one unit"
            )


def _note_lonely(firms: pd.DataFrame, links: pd.DataFrame, file: str, notes: list[str]) -> None:
    linked = np.zeros(len(firms), dtype=bool)
    for end in ("supplier", "buyer"):
        linked[positions_in(links[end], firms["firm"])] = True
    if not linked.all():
        alone = firms["firm"][~linked]
        notes.append(f"{file}: {_count(len(alone), 'firm has', 'firms have')} no links: {_some(alone)}")


def _note_members(checked: CheckedTables, files: dict[str, str]) -> None:
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

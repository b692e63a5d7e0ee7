"""Rows of links that say the same supplier, buyer and product: they become one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.schema.columns import TABLES
from valuechain.schema.tables import CheckedTables

_STATUS_ORDER = ("candidate", "inferred", "declared", "validated")
_JOIN = {"flow": "sum", "lead_days": "max", "confidence": "min", "date": "min"}


def sum_repeated_links(checked: CheckedTables, file: str) -> None:
    """Join rows with the same supplier, buyer and product: flows add up, the cautious value of the rest is kept."""
    links = checked.tables["links"]
    key = [c for c in ("supplier", "buyer", "product") if c in links]
    repeated = links.duplicated(key, keep=False).to_numpy()
    if not repeated.any():
        return
    part = links[repeated]
    # Groups are numbered as they appear, which is the order of the rows that are kept.
    group = part.groupby(key, sort=False, dropna=False).ngroup().to_numpy()
    first = links.duplicated(key, keep="first").to_numpy()
    kept = links[~first].copy()
    rows = repeated[~first]
    for column in [c for c in links.columns if c not in key]:
        kept.loc[rows, column] = _join(str(column), part[column], np.asarray(group, dtype=np.int64)).array
        # As after reading: a column of which nothing is known is text.
        if TABLES["links"].column(str(column)) is None and kept[column].isna().all():
            kept[column] = kept[column].astype("str")
    checked.tables["links"] = kept[list(links.columns)].reset_index(drop=True)
    count = int(first.sum())
    rows_word = "row" if count == 1 else "rows"
    checked.notes.append(f"{file}: {count} repeated {rows_word} (same supplier, buyer and product) added to the first")


def _join(column: str, values: pd.Series, group: npt.NDArray[np.int64]) -> pd.Series:
    """Return one value for each group of repeated rows: what all agree on, else all words, or no number."""
    grouped = values.groupby(group)
    if column in _JOIN:
        return grouped.agg(_JOIN[column])
    if column == "status":
        ranks = values.map({word: rank for rank, word in enumerate(_STATUS_ORDER)}).groupby(group).min()
        return ranks.map(dict(enumerate(_STATUS_ORDER))).astype("str")
    joined = grouped.first()
    differs = (values.notna() & (values != joined.to_numpy()[group])).to_numpy()
    clashing = np.isin(group, group[differs])
    if not differs.any():
        return joined
    if values.dtype == np.float64:
        joined[np.unique(group[differs])] = np.nan
        return joined
    words = values[clashing].dropna().groupby(group[clashing & values.notna().to_numpy()])
    joined.update(words.agg(lambda cells: "; ".join(dict.fromkeys(cells))))
    return joined

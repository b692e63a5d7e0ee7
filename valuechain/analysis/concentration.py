"""How concentrated supply is: Herfindahl-Hirschman index, effective number, largest share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.network import Index, Network
from valuechain.results import Result, rank_key

By = Literal["product", "buyer", "country"]
HIGH = 0.4
"""HHI above which the European Commission's screening calls imports concentrated (SWD(2021) 352)."""

_WORDS = {
    "product": "all sales of a product",
    "buyer": "all purchases of a buyer",
    "country": "all sales of the suppliers of a country",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Concentration(Result):
    """Concentration of the suppliers of each group."""


def concentration(network: Network, *, by: By = "product", merge: str | None = None) -> Concentration:
    """Return how concentrated the supply of each group is.

    With a_i the share of supplier i in the group's flow: ``hhi`` = sum of a_i squared (1: one supplier), ``effective``
    = 1 / hhi (as many suppliers of equal size would be as concentrated), ``largest_share`` = the largest a_i.

    Parameters
    ----------
    network
        The value chain.
    by
        What forms a group: ``product`` (all sales of a product), ``buyer`` (all purchases of a firm) or ``country``
        (all sales of the suppliers of a country).
    merge
        Column of firms, such as ``country`` or ``owner``, whose firms count as one supplier; None: each firm counts.

    Returns
    -------
    Concentration
        Table ``group, hhi, effective, largest_share, suppliers, largest, flow, unknown_share, hhi_low, hhi_high``; most
        concentrated first (by ``hhi_low``), larger flow first among equals. Shares are of the flow whose source
        (country, owner) is known; ``unknown_share`` is the share of flow left out for that reason, and the true index
        lies between ``hhi_low`` (the rest spread thin) and ``hhi_high`` (all of it the largest source's).

    Raises
    ------
    ParameterError
        When ``by`` is not one of the three.
    UnknownNameError
        When firms has no column ``merge``, or no column ``country`` with ``by="country"``.

    References
    ----------
    Hirschman (1964), The Paternity of an Index, American Economic Review 54: 761.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.concentration(vc.example("textbook"), by="buyer").table["suppliers"].tolist()
    [2, 2]
    """
    if by not in _WORDS:
        raise ParameterError(f"by '{by}' is not known; write 'product', 'buyer' or 'country'")
    group, labels = _groups(network, by)
    source, source_labels = _sources(network, merge)
    table = _measure(network, group, labels, source, source_labels)
    empty = len(labels) - len(table)
    return Concentration(
        table=table,
        title=f"Concentration of suppliers by {by}" + (f", suppliers of one {merge} merged" if merge else ""),
        units={
            "hhi": "0..1",
            "effective": merge or "suppliers",
            "largest_share": "fraction",
            "suppliers": merge or "suppliers",
            "flow": network.flow_unit,
            "unknown_share": "fraction of flow",
            "hhi_low": "0..1",
            "hhi_high": "0..1",
        },
        parameters={"by": by, "merge": merge or "none", "network": network.name, "fingerprint": network.fingerprint},
        notes=_sentences(table, by, merge, empty),
    )


def _groups(network: Network, by: By) -> tuple[Index, npt.NDArray[np.object_]]:
    """Return the group of each link (-1: not known) and the labels of the groups."""
    if by == "product":
        return network.product, network.products
    if by == "buyer":
        return network.buyer, network.firm_ids
    return _column_codes(network, "country")


def _column_codes(network: Network, column: str) -> tuple[Index, npt.NDArray[np.object_]]:
    firms = network.firms
    if column not in firms:
        hint = suggestion(column, list(firms.columns)) or "add it"
        raise UnknownNameError(f"firms of network '{network.name}' has no column '{column}'; {hint}")
    codes, labels = pd.factorize(firms[column], sort=True)
    return codes.astype(np.int64)[network.supplier], np.asarray(labels, dtype=object)


def _sources(network: Network, merge: str | None) -> tuple[Index, npt.NDArray[np.object_]]:
    return (network.supplier, network.firm_ids) if merge is None else _column_codes(network, merge)


def _measure(
    network: Network,
    group: Index,
    labels: npt.NDArray[np.object_],
    source: Index,
    source_labels: npt.NDArray[np.object_],
) -> pd.DataFrame:
    known = (group >= 0) & (source >= 0)
    key = group[known] * max(len(source_labels), 1) + source[known]
    pairs, inverse = np.unique(key, return_inverse=True)
    pair_flow = np.bincount(inverse, weights=network.flow[known], minlength=len(pairs))
    pairs, pair_flow = pairs[pair_flow > 0], pair_flow[pair_flow > 0]
    pair_group = pairs // max(len(source_labels), 1)
    pair_source = pairs % max(len(source_labels), 1)
    n = len(labels)
    flow = np.bincount(pair_group, weights=pair_flow, minlength=n)
    all_flow = np.bincount(group[group >= 0], weights=network.flow[group >= 0], minlength=n)
    share = pair_flow / flow[pair_group]
    # The largest source of a group, ties by label: sort by group, share, then label, and take the first of each group.
    order = np.lexsort((np.argsort(np.argsort(source_labels[pair_source].astype(str))), -share.round(12), pair_group))
    first = order[np.flatnonzero(np.r_[True, np.diff(pair_group[order]) > 0])] if len(order) else order
    used = pair_group[first]
    hhi = np.bincount(pair_group, weights=share**2, minlength=n)[used]
    hhi, top = np.minimum(hhi, 1.0), share[first]
    known_part = np.minimum(1.0, flow[used] / all_flow[used])
    known_part[known_part > 1 - 1e-12] = 1.0
    low = known_part**2 * hhi
    table = pd.DataFrame(
        {
            "group": pd.Series(labels[used], dtype="str"),
            "hhi": hhi,
            "effective": 1.0 / hhi,
            "largest_share": top,
            "suppliers": np.bincount(pair_group, minlength=n)[used],
            "largest": pd.Series(source_labels[pair_source[first]], dtype="str"),
            "flow": flow[used],
            "unknown_share": 1 - known_part,
            "hhi_low": low,
            "hhi_high": np.minimum(1.0, low + (known_part * top + 1 - known_part) ** 2 - (known_part * top) ** 2),
        }
    )
    # Rounding keeps groups that differ only by the order of additions together, so that row order changes no ranking.
    table["_rank"], table["_flow"] = table["hhi_low"].round(12), rank_key(table["flow"])
    table = table.sort_values(["_rank", "_flow", "group"], ascending=[False, False, True], ignore_index=True)
    return table.drop(columns=["_rank", "_flow"])


def _sentences(table: pd.DataFrame, by: By, merge: str | None, empty: int) -> tuple[str, ...]:
    unit = merge or "supplier"
    units = {"country": "countries"}.get(unit, f"{unit}s")
    notes = [
        f"hhi: sum of squared shares in {_WORDS[by]} (1: one {unit} has all); effective: number of equal "
        f"{units} that would be as concentrated; largest_share: share of the largest {unit}."
    ]
    things = {"product": "products", "buyer": "buyers", "country": "countries"}[by]
    if len(table):
        # Only what is certain counts: what is not known may be anywhere.
        high = int((table["hhi_low"] > HIGH).sum())
        single = int(((table["suppliers"] == 1) & (table["unknown_share"] == 0)).sum())
        top = table.iloc[0]
        have = "has" if single == 1 else "have"
        notes.append(
            f"{high} of {len(table)} {things} have an hhi above {HIGH} (the EU's screening threshold), "
            f"{single} {have} one {unit} only. Most concentrated: {top['group']}, where {top['largest']} has "
            f"{top['largest_share']:.0%}{' of what is known' if top['unknown_share'] > 0 else ''}."
        )
    unknown = float(table["unknown_share"].max()) if len(table) else 0.0
    if unknown > 1e-9:
        notes.append(
            f"Suppliers without {merge or by} are left out: up to {unknown:.0%} of a group's flow. The true hhi is "
            "between hhi_low (that flow spread thin) and hhi_high (all of it from the largest)."
        )
    if empty:
        what = (
            f"1 {by} without any flow of known {merge or 'suppliers'} is"
            if empty == 1
            else (f"{empty} {things} without any flow of known {merge or 'suppliers'} are")
        )
        notes.append(f"{what} left out.")
    return tuple(notes)

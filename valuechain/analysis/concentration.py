"""How concentrated supply is: Herfindahl-Hirschman index, effective number, largest share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.concentration_groups import Blocs, group_parts, source_parts
from valuechain.errors import ParameterError, closest
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key
from valuechain.schema.blocs import PARTITION, bloc_table

By = Literal["product", "buyer", "country", "cluster", "owner", "region"]
HIGH = 0.4
"""HHI above which the European Commission's screening calls imports concentrated (SWD(2021) 352)."""

_WORDS = {
    "product": "all sales of a product",
    "buyer": "all purchases of a buyer",
    "country": "all sales of the suppliers of a country",
    "cluster": "all purchases of the firms of a cluster",
    "owner": "all sales of the suppliers of an owner",
    "region": "all sales of the suppliers of a region",
}
_PLURAL = {"country": "countries"}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Concentration(Result):
    """Concentration of the suppliers of each group."""


def concentration(
    network: Network, *, by: By = "product", merge: str | None = None, blocs: Blocs = None
) -> Concentration:
    """Return how concentrated the supply of each group is.

    With a_i the share of supplier i in the group's flow: ``hhi`` = sum of a_i squared (1: one supplier), ``effective``
    = 1 / hhi (as many suppliers of equal size would be as concentrated), ``largest_share`` = the largest a_i,
    ``effective_entropy`` = exp(-sum of a_i ln a_i), which gives small suppliers more weight than ``effective``.

    Parameters
    ----------
    network
        The value chain.
    by
        What forms a group: ``product`` (all sales of a product), ``buyer`` (all purchases of a firm), ``cluster`` (all
        purchases of its firms; a buyer in two clusters counts in both), or ``country``, ``owner``, ``region`` (all
        sales of the suppliers of each).
    merge
        Column of firms, such as ``country``, ``owner`` or ``region``, whose firms count as one supplier; ``cluster``
        (a supplier in two clusters gives half of each sale to each, one in none stands alone) or ``bloc`` (of
        countries; a country in no bloc stands for itself). A column of firms of that name goes first. None: each firm
        counts.
    blocs
        With ``merge="bloc"``: names of blocs, or own ones as ``{name: countries}``; None: EU, EFTA, USMCA, ASEAN.

    Returns
    -------
    Concentration
        Table ``group, hhi, effective, largest_share, suppliers, largest, flow, unknown_share, hhi_low, hhi_high,
        effective_entropy``; most concentrated first (by ``hhi_low``), larger flow first among equals. Shares are of
        the flow whose source (country, owner) is known; ``unknown_share`` is the share of flow left out for that
        reason, and the true index lies between ``hhi_low`` (the rest spread thin) and ``hhi_high`` (all of it the
        largest source's).

    Raises
    ------
    ParameterError
        When ``by`` is not one of these, ``blocs`` are given without ``merge="bloc"``, or two share a country.
    UnknownNameError
        When firms has no column ``merge`` or ``by``, the network no clusters, or a bloc or country does not exist.

    References
    ----------
    Hirschman (1964), The Paternity of an Index, American Economic Review 54: 761. Effective numbers: Hill (1973),
    Diversity and Evenness, Ecology 54: 427.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.concentration(vc.example("textbook"), by="buyer").table["suppliers"].tolist()
    [2, 2]
    """
    if by not in _WORDS:
        near = "".join(f"did you mean '{c}'? " for c in closest(str(by), _WORDS, 1))
        raise ParameterError(f"by '{by}' is not known; {near}write one of {', '.join(_WORDS)}")
    if blocs is not None and merge != "bloc":
        raise ParameterError("blocs are given, but suppliers are not merged by bloc; say merge='bloc' too")
    group, source = group_parts(network, by), source_parts(network, merge, blocs)
    # Parts of one link meet: a buyer in two clusters and a supplier in three make six.
    pairs = pd.DataFrame({"link": group.link, "group": group.code}).merge(
        pd.DataFrame({"link": source.link, "source": source.code, "weight": source.weight}), on="link"
    )
    flow = network.flow[pairs["link"].to_numpy()] * pairs["weight"].to_numpy()
    codes = (pairs["group"].to_numpy(dtype=np.int64), pairs["source"].to_numpy(dtype=np.int64))
    labels = group.labels
    table = _measure(flow, codes[0], labels, codes[1], source.labels)
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
            "effective_entropy": merge or "suppliers",
        },
        parameters={
            "by": by,
            "merge": merge or "none",
            **_bloc_parameter(network, merge, blocs),
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=_sentences(table, by, merge, empty),
    )


def _bloc_parameter(network: Network, merge: str | None, blocs: Blocs) -> dict[str, str]:
    """Return which blocs the numbers rest on, and the day of the lists that come with the program."""
    if merge != "bloc" or "bloc" in network.firms:
        return {}
    if isinstance(blocs, Mapping):
        return {"blocs": "; ".join(f"{n} = {', '.join(c)}" for n, c in blocs.items())}
    names = list(PARTITION if blocs is None else blocs)
    days = sorted({str(bloc_table()[n]["as_of"]) for n in names if n in bloc_table()})
    return {"blocs": f"{', '.join(names)} as of {', '.join(days)}"}


def _measure(
    all_of: Floats,
    group: Index,
    labels: npt.NDArray[np.object_],
    source: Index,
    source_labels: npt.NDArray[np.object_],
) -> pd.DataFrame:
    known = (group >= 0) & (source >= 0)
    key = group[known] * max(len(source_labels), 1) + source[known]
    pairs, inverse = np.unique(key, return_inverse=True)
    pair_flow = np.bincount(inverse, weights=all_of[known], minlength=len(pairs))
    pairs, pair_flow = pairs[pair_flow > 0], pair_flow[pair_flow > 0]
    pair_group = pairs // max(len(source_labels), 1)
    pair_source = pairs % max(len(source_labels), 1)
    n = len(labels)
    flow = np.bincount(pair_group, weights=pair_flow, minlength=n)
    all_flow = np.bincount(group[group >= 0], weights=all_of[group >= 0], minlength=n)
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
            "effective_entropy": np.exp(np.bincount(pair_group, weights=-share * np.log(share), minlength=n)[used]),
        }
    )
    # Rounding keeps groups that differ only by the order of additions together, so that row order changes no ranking.
    table["_rank"], table["_flow"] = table["hhi_low"].round(12), rank_key(table["flow"])
    table = table.sort_values(["_rank", "_flow", "group"], ascending=[False, False, True], ignore_index=True)
    return table.drop(columns=["_rank", "_flow"])


def _sentences(table: pd.DataFrame, by: By, merge: str | None, empty: int) -> tuple[str, ...]:
    unit = merge or "supplier"
    units = _PLURAL.get(unit, f"{unit}s")
    notes = [
        f"hhi: sum of squared shares in {_WORDS[by]} (1: one {unit} has all); effective: number of equal "
        f"{units} that would be as concentrated; largest_share: share of the largest {unit}."
    ]
    things = _PLURAL.get(by, f"{by}s")
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

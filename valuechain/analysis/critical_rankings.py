"""Other rankings beside the exact one: how many of the firms that really stop most each of them finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from valuechain.analysis.single_points import place_by_name
from valuechain.analysis.single_sourced import firm_name
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key

FIRST, MORE = 20, 100
"""Firms at the top of two rankings that are compared."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Overlap(Result):
    """How far other rankings find what the exact one has; ``best`` is the centrality that finds most, None: none."""

    best: str | None


def places(*keys: Floats) -> Index:
    """Return the place of each firm, the largest first; equal ones share the place of the first of them."""
    order = np.lexsort(tuple(-key for key in reversed(keys)))
    new = np.zeros(len(order), dtype=bool)
    for key in keys:
        new |= np.r_[True, key[order][1:] != key[order][:-1]][: len(order)]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0)) + 1
    return place


def overlaps(
    network: Network,
    value: Floats,
    stops: Index,
    rankings: Mapping[str, Floats],
    *,
    centralities: frozenset[str],
    notes: tuple[str, ...],
) -> Overlap:
    """Return one row a ranking, the one that finds most first.

    ``value`` and ``stops`` (firms,) make the exact ranking. ``rankings`` are values by firm, the largest first, unknown
    ones last; those of ``centralities`` may be the best.
    """
    by_name = place_by_name(network.firms["firm"])
    exact = np.lexsort((by_name, -stops, -rank_key(value)))
    place = places(rank_key(value), stops.astype(np.float64))
    points = int((stops > 0).sum())
    rows = []
    for name, values in rankings.items():
        order = order_of(network, values)
        hits = [len(np.intersect1d(order[:k], exact[:k])) for k in (min(FIRST, points), min(MORE, points))]
        rows.append((name, *hits, _correlation(value, values), *_differences(network, exact, order, place, stops)))
    columns = ["ranking", "hits_20", "hits_100", "rank_correlation", "missed", "missed_place", "instead"]
    table = pd.DataFrame(rows, columns=[*columns, "instead_place"]).astype(
        {"ranking": "str", "missed": "str", "instead": "str", "missed_place": "float64", "instead_place": "float64"}
    )
    sort = table.assign(correlation=table["rank_correlation"].fillna(-2.0).round(9), row=range(len(table)))
    by_hits = sort.sort_values(["hits_20", "hits_100", "correlation", "row"], ascending=[False] * 3 + [True]).index
    table = table.loc[by_hits].reset_index(drop=True)
    central = table[table["ranking"].isin(centralities)]
    best = str(central["ranking"].iloc[0]) if len(central) else None
    return Overlap(
        table=table,
        title="Where rankings agree and where not",
        units={
            "hits_20": f"of the first {min(FIRST, points):,}",
            "hits_100": f"of the first {min(MORE, points):,}",
            "rank_correlation": "Spearman, -1..1",
        },
        parameters={"network": network.name, "fingerprint": network.fingerprint},
        notes=(*_sentences(network, table, best, min(FIRST, points), centralities), *notes),
        best=best,
    )


def order_of(network: Network, values: Floats) -> Index:
    """Return the positions of the firms, the largest value first, equal ones by id, unknown ones last."""
    return np.lexsort((place_by_name(network.firms["firm"]), -keys_of(values)))


def keys_of(values: Floats) -> Floats:
    """Return values to sort by, to nine digits, since iterations stop at some more; unknown ones last."""
    keys = np.full(len(values), -np.inf)
    known = np.isfinite(values)
    size = 10.0 ** (8 - np.floor(np.log10(np.maximum(np.abs(values[known]), 1e-290))))
    keys[known] = np.round(values[known] * size) / size
    return keys


def _correlation(value: Floats, other: Floats) -> float:
    """Return the rank correlation over all firms, nan where one ranking is the same for all."""
    one, two = (stats.rankdata(keys_of(v)) for v in (value, other))
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(two) == 0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])


def _differences(
    network: Network, exact: Index, order: Index, place: Index, stops: Index
) -> tuple[str | None, float, str | None, float]:
    """Return the first firm of the exact ranking that the other misses, with its place there, and the other way."""
    k = min(FIRST, int((stops > 0).sum()))
    there = np.empty(len(order), dtype=np.int64)
    there[order] = np.arange(len(order)) + 1
    missed = [f for f in exact[:k] if there[f] > k][:1]
    instead = [f for f in order[:k] if f not in exact[:k]][:1]
    ids = network.firm_ids
    return (
        str(ids[missed[0]]) if missed else None,
        float(there[missed[0]]) if missed else np.nan,
        str(ids[instead[0]]) if instead else None,
        float(place[instead[0]]) if instead and stops[instead[0]] > 0 else np.nan,
    )


def _sentences(
    network: Network, table: pd.DataFrame, best: str | None, first: int, centralities: frozenset[str]
) -> list[str]:
    notes = [
        "Firms that stop most are counted among the first of each ranking; missed: the first of them that the ranking "
        "does not have so high, with its place there; instead: the first it has so high that does not belong there, "
        "with its place by value stopped (empty: it stops nobody)."
    ]
    if first == network.n_firms:
        return [
            *notes,
            "Every firm stops others: who is among the first of a ranking says nothing here; its order does.",
        ]
    said = {best: "Of the centralities, {} finds most{}: ", "cascade_index": "The cascade index finds{}{}"}
    if first == 1:
        said = {best: "Of the centralities, {}{} ", "cascade_index": "The cascade index{}{} "}
    as_many = _as_many(table[table["ranking"].isin(centralities)])
    for name in dict.fromkeys(n for n in (best, "cascade_index") if n is not None):
        found = table[table["ranking"] == name]
        if not len(found) or not first:
            continue
        row = found.iloc[0]
        begin = said[name].format(name, as_many) if name == best else said[name].format("", "" if first == 1 else " ")
        notes.append(_told(network, row, begin, first))
    return notes


def _as_many(table: pd.DataFrame) -> str:
    """Name the rankings that find as many as the first one, which no more than its correlation puts before them."""
    others = table["ranking"].iloc[1:][table["hits_20"].iloc[1:] == table["hits_20"].iloc[0]] if len(table) else table
    if not len(others):
        return ""
    named = [str(name) for name in others[:2]]
    more = f" and {len(others) - 2} more" if len(others) > 2 else ""
    return f" (as many: {', '.join(named)}{more})"


def _told(network: Network, row: pd.Series, begin: str, first: int) -> str:
    """Say how many a ranking finds, which it misses, and what it has instead."""
    words = (
        f"{begin}{row['hits_20']:,} of the {first:,} that stop most"
        if first > 1
        else begin + ("has" if row["hits_20"] else "has not even") + " the one firm that stops others first"
    )
    if pd.isna(row["missed"]):
        return words + "."
    words += f". It has {firm_name(network, row['missed'])} at place {row['missed_place']:,.0f}"
    if not pd.isna(row["instead"]):
        here = row["instead_place"]
        stops = "stops nobody" if pd.isna(here) else f"has place {here:,.0f} by value stopped"
        words += f", and high up {firm_name(network, row['instead'])}, which {stops}"
    return words + "."

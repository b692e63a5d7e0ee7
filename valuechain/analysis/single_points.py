"""Single points of failure: the exact set that every firm, or every group of firms, stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.analysis.needs import Measures, checked_share, measures_of
from valuechain.analysis.single_sourced import firm_name
from valuechain.analysis.stops import Semantics, Stopped, checked_semantics, stopped
from valuechain.essential import ESSENTIAL, essentiality
from valuechain.models.cascade_groups import FirmGroups, firm_groups, lack_words
from valuechain.network import Index, Network
from valuechain.results import Result, firms_text, number_text, rank_key

KINDS = ("none", "single source", "through others")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SinglePoints(Result):
    """What every firm or group stops.

    ``points`` counts those that stop another firm, ``largest`` is the most firms that one of them stops;
    ``not_derivable`` counts the firms that cannot be built from scratch (ground-up), None for propagation.
    """

    points: int
    largest: int
    not_derivable: int | None


def single_points_of_failure(
    network: Network, *, semantics: Semantics = "propagation", by: str = "firm", min_share: float = 0.0
) -> SinglePoints:
    """Return the exact set of firms that every firm, or every group of firms, stops: how many, and what they are worth.

    A firm works when it is alive and every essential slot (its need for one product) has a working supplier. What a
    firm supplies to itself keeps it not alive.

    Parameters
    ----------
    network
        The value chain.
    semantics
        "propagation": all firms run today; what stops when one fails? Firms that supply each other keep each other
        running. "ground-up": what can no longer be built from scratch? Loops without an outside source never start.
    by
        "firm", or firms that fail together: each "owner", "country", "region", "sector", "cluster" or value of another
        column of firms.
    min_share
        Share of its flow from other firms that a slot must keep; 0: any working supplier is enough.

    Returns
    -------
    SinglePoints
        Table ``firm, stops, value_stopped, kind, products, products_lost, direct, employees_stopped,
        employees_unknown, members_stopped, hangs_on, derivable``, most value stopped first; by groups the first column
        is ``group``, and ``firms`` (its members) stands for ``kind``, ``direct``, ``hangs_on``, ``derivable``.
        ``stops`` counts the firms that cannot operate without it, itself (the group's members) not counted;
        ``value_stopped`` is their output (where it is not known, the larger of their sales and purchases inside the
        network). ``kind`` is "none" (stops nobody), "single source" (it is the only source of all it stops) or "through
        others" (it also stops firms further on). ``products`` names up to five products without a working maker left,
        its own ones included; ``products_lost`` counts them. ``direct`` counts the buyers that have it as only source,
        ``hangs_on`` the firms that would stop it. Columns on employees, clusters and ``derivable`` (ground-up) are
        there where they mean something; employees that are not known are not in ``employees_stopped``, but
        ``employees_unknown`` counts these firms.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    ParameterError
        When semantics are not known, or ``min_share`` is no fraction.
    UnknownNameError
        When firms has no column ``by``.

    Notes
    -----
    With X the failed firms, D(X) is the smallest set that contains X and every firm of which some essential slot has
    all suppliers in D(X) (with ``min_share`` m: less than m of its flow from outside). ``stops`` is ``|D({f})| - 1``.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.single_points_of_failure(vc.example("textbook")).table[["firm", "stops"]].values.tolist()
    [['sector_1', 1], ['sector_2', 1]]
    """
    checked_semantics(semantics)
    share = checked_share(min_share)
    groups = None if by == "firm" else firm_groups(network, by)
    measures = measures_of(network)
    found = stopped(network, measures, semantics=semantics, groups=groups, min_share=share)
    table = _table(network, found, measures, groups)
    essential = essentiality(network)
    lost = None if found.derivable is None else int((~found.derivable).sum())
    return SinglePoints(
        table=table,
        title="Single points of failure" if groups is None else f"What stops when all firms of one {by} fail",
        units=_units(network, table),
        parameters={
            "semantics": semantics,
            "by": by,
            "min_share": share,
            "essential": essential.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=_sentences(network, table, measures, groups, lost),
        points=int((table["stops"] > 0).sum()),
        largest=int(table["stops"].max()) if len(table) else 0,
        not_derivable=lost,
    )


def _table(network: Network, found: Stopped, measures: Measures, groups: FirmGroups | None) -> pd.DataFrame:
    """Return one row a firm or group, most value stopped first, ties by number, then id."""
    if groups is None:
        names = network.firms["firm"]
        kind = np.where(found.stops == 0, 0, np.where(found.stops == found.direct, 1, 2))
    else:
        names = pd.Series(groups.labels[: len(found.stops)], dtype="str")
        kind = None  # it tells single sources from what stops further on, which says nothing of groups
    value = found.sums[:, 0] * measures.unit[0]
    order = np.lexsort((place_by_name(names), -found.stops, -rank_key(value)))
    columns: dict[str, object] = {
        "firm" if groups is None else "group": names.take(order).reset_index(drop=True),
        "stops": found.stops[order].astype(np.int64),
        "value_stopped": value[order],
        **({} if kind is None else {"kind": pd.Series(pd.array(KINDS, dtype="str").take(kind[order]))}),
        "products": product_words(network, found, order),
        "products_lost": found.products[order].astype(np.int64),
    }
    if groups is None:
        columns |= {"direct": found.direct[order]}
    else:
        columns |= {"firms": groups.firms[: len(order)][order]}
    if measures.has_employees:
        unknown = found.sums[order, 2]
        known = found.stops[order] > unknown
        # Nothing known of any stopped firm is not nobody.
        employees = found.sums[order, 1] * measures.unit[1]
        columns |= {
            "employees_stopped": np.where(known | (found.stops[order] == 0), employees, np.nan),
            "employees_unknown": unknown,
        }
    if measures.has_members:
        columns["members_stopped"] = found.sums[order, 3]
    if groups is None:
        columns["hangs_on"] = found.hang[order]
        if found.derivable is not None:
            columns["derivable"] = found.derivable[order]
    return pd.DataFrame(columns)


def place_by_name(names: pd.Series) -> Index:
    """Return the place of each name among all, sorted by code point."""
    by_name = pc.sort_indices(pa.array(names, type=pa.large_string())).to_numpy()
    place = np.empty(len(names), dtype=np.int64)
    place[by_name] = np.arange(len(names))
    return place


def product_words(network: Network, found: Stopped, order: Index) -> pd.Series:
    """Return the products that each row leaves without a maker, at most five and how many more."""
    words, which = [""], np.zeros(len(order), dtype=np.int64)
    for row in np.flatnonzero(found.products[order] > 0):
        k = order[row]
        first = [str(network.products[p]) for p in found.product[k] if p >= 0]
        more = int(found.products[k]) - len(first)
        which[row] = len(words)
        words.append("; ".join(first) + (f" and {more} more" if more else ""))
    return pd.Series(pd.array(words, dtype="str").take(which))


def _units(network: Network, table: pd.DataFrame) -> dict[str, str]:
    firms = ("stops", "direct", "firms", "members_stopped", "hangs_on", "employees_unknown")
    units = dict.fromkeys(firms, "firms") | {
        "value_stopped": network.flow_unit,
        "products_lost": "products",
        "employees_stopped": "persons",
    }
    return {column: unit for column, unit in units.items() if column in table}


def _sentences(
    network: Network,
    table: pd.DataFrame,
    measures: Measures,
    groups: FirmGroups | None,
    lost: int | None,
) -> tuple[str, ...]:
    any_need = bool((essentiality(network).slot_class == ESSENTIAL).any())
    notes = [_headline(network, table, groups, any_need=any_need)]
    if lost:
        notes.append(
            f"{lost:,} of {network.n_firms:,} firms cannot be built from scratch, since they hang on a loop without an "
            "outside source; they stop nobody and nobody stops them (derivable)."
        )
    if groups is not None and groups.rest >= 0:
        notes.append(f"Firms {lack_words(groups)}: {int(groups.firms[groups.rest]):,}; they were not made to fail.")
    if groups is not None and groups.several:
        notes.append(f"Firms in several clusters: {groups.several:,}; they fail with each of them.")
    if measures.estimated:
        notes.append(
            f"value_stopped: {firms_text(measures.estimated, 'gives', 'give')} no output; the larger of "
            "their sales and purchases inside the network stands for it."
        )
    links = network.links
    unnamed = int(links["product"].isna().sum()) if "product" in links else network.n_links
    if unnamed:
        notes.append(
            f"{unnamed:,} of {network.n_links:,} links name no product: the supplier's sector stands for it, so "
            "suppliers of one sector count as alternatives."
        )
    return tuple(notes)


def _headline(network: Network, table: pd.DataFrame, groups: FirmGroups | None, *, any_need: bool) -> str:
    if not any_need:
        return "No input is essential here, so no firm stops because another fails."
    points = int((table["stops"] > 0).sum())
    one = "firm" if groups is None else groups.by
    if not points:
        return f"No {one} stops another firm: every essential need has another source."
    top = table.iloc[0]
    who = firm_name(network, top["firm"]) if groups is None else str(top["group"])
    stops = "1 firm" if top["stops"] == 1 else f"{top['stops']:,} firms"
    worth = f"{number_text(float(top['value_stopped']))} {network.flow_unit}"
    kind = f"{one}s" if groups is None else f"groups (by {one})"
    said = f"{points:,} of {len(table):,} {kind} {'stops' if points == 1 else 'stop'} other firms."
    return f"{said} Most is at stake with {who}: it stops {stops} worth {worth}."

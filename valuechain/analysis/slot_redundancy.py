"""How many independent sources each essential need has: suppliers that hang on one firm are one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.cut_structure import all_units
from valuechain.analysis.cut_words import counted, estimate_notes, unnamed_notes
from valuechain.analysis.needs import Measures, checked_share, measures_of, needs_of
from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.analysis.stops import rolled, with_groups
from valuechain.essential import essentiality
from valuechain.kernels.needs import Needs, nothing_fallen
from valuechain.kernels.needs_forest import SHOWN, frames
from valuechain.kernels.needs_sources import MOST_EXACT, Frames, Sources, independent_sources
from valuechain.models.cascade_groups import FirmGroups, firm_groups, lack_words
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, number_text, rank_key

KINDS = ("one in fact", "single source", "several")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SlotRedundancy(Result):
    """How redundant essential needs are.

    ``slots`` counts needs with a source outside the buyer, ``single_source`` those with one supplier, ``one_in_fact``
    those with several suppliers no two of which are independent, ``lower_bounds`` those whose number is a lower bound.
    """

    slots: int
    single_source: int
    one_in_fact: int
    lower_bounds: int


def slot_redundancy(network: Network, *, by: str = "firm", min_share: float = 0.0) -> SlotRedundancy:
    """Return for every essential need the number of sources that do not hang on a common firm.

    Parameters
    ----------
    network
        The value chain.
    by
        "firm", or a common cause besides: firms of one "owner", "country", "region", "sector", "cluster" or value of
        another column fail together too, so that suppliers of one owner, or that hang on firms of one, are one source.
    min_share
        As in :func:`single_points_of_failure`.

    Returns
    -------
    SlotRedundancy
        Table ``buyer, product, suppliers, independent, exact, shared, shared_points, value_at_risk, kind``: one row a
        need with a source outside the buyer. ``independent`` is the largest number of suppliers no two of which a
        single failure stops, theirs included; a lower bound where ``exact`` is false (more than 63 suppliers, or too
        many ways). ``shared`` counts the firms (and groups) that stop all suppliers, ``shared_points`` names five of
        them, those that stop most. ``value_at_risk`` is the output of the buyer and of all that stops with it. Needs
        with several suppliers that are "one in fact" come first, then "single source", then "several"; in each, most
        value at risk first.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    ParameterError
        When ``min_share`` is no fraction.
    UnknownNameError
        When firms has no column ``by``.

    Notes
    -----
    With hangs_on(s) the firms that stop s by propagation, s included, it is the largest number of suppliers whose
    hangs_on sets are pairwise disjoint. Without any firm in all of them it may still be one: then two failures are
    needed.

    Examples
    --------
    >>> import valuechain as vc
    >>> result = vc.slot_redundancy(vc.example("eu_battery"))
    >>> result.table[["buyer", "product", "suppliers", "shared_points"]].to_numpy().tolist()[0]
    ['CHN.cells', 'anode', 4, 'CHN.graphite_refining']
    """
    share = checked_share(min_share)
    groups = None if by == "firm" else firm_groups(network, by)
    needs, measures = needs_of(network, share), measures_of(network)
    sources, names, worth = _sources(network, needs, measures, groups)
    table = _table(network, needs, sources, names, worth)
    kinds = table["kind"].value_counts()
    return SlotRedundancy(
        table=table,
        title="Independent sources of essential needs"
        + ("" if groups is None else f", firms of one {by} taken as one"),
        units={
            "suppliers": "firms",
            "independent": "sources",
            "shared": "firms" if groups is None else "firms and groups",
            "value_at_risk": network.flow_unit,
        },
        parameters={
            "semantics": "propagation",
            "by": by,
            "min_share": share,
            "essential": essentiality(network).rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(
            *_sentences(network, table, groups),
            *estimate_notes(measures, "value_at_risk"),
            *unnamed_notes(network),
        ),
        slots=len(table),
        single_source=int(kinds.get(KINDS[1], 0)),
        one_in_fact=int(kinds.get(KINDS[0], 0)),
        lower_bounds=int((~table["exact"]).sum()),
    )


def _sources(
    network: Network, needs: Needs, measures: Measures, groups: FirmGroups | None
) -> tuple[Sources, list[str], Floats]:
    """Return what is found for each slot, the names of units by rank, and what stops with each firm and that firm."""
    n, slots = network.n_firms, len(needs.limit)
    whole, wide, labels = measures.whole, needs, [str(f) for f in network.firm_ids]
    if groups is not None:
        units = all_units(groups)
        wide = with_groups(needs, *units)
        count = len(units.start) - 1
        whole = np.concatenate([whole, np.zeros((count, whole.shape[1]), dtype=np.int64)])
        labels += [f"{groups.by} {label}" for label in groups.labels[:count]]
    hung, stops = rolled(wide, whole, np.ones(len(whole), dtype=np.uint8))
    value = stops.sums[hung.of_firm, 0] * measures.unit[0]
    start, low, high, place, _ = frames(wide, hung, nothing_fallen(wide))
    order = np.lexsort((np.argsort(np.argsort(np.array(labels), kind="stable")), -rank_key(value)))
    # What a group stops, and firms after it: a common cause is named before the firms that share it.
    if groups is not None:
        order = np.concatenate([order[order >= n], order[order < n]])
    rank = np.empty(len(labels), dtype=np.int32)
    rank[place[order]] = np.arange(len(labels))
    sources = Sources(
        independent=np.zeros(slots, dtype=np.int32),
        exact=np.zeros(slots, dtype=np.uint8),
        shared=np.zeros(slots, dtype=np.int64),
        first=np.full((slots, SHOWN), -1, dtype=np.int32),
    )
    independent_sources(needs, Frames(start, low, high), rank, rank[place], sources)
    return sources, [labels[k] for k in order], value[:n]


def _table(network: Network, needs: Needs, sources: Sources, names: list[str], worth: Floats) -> pd.DataFrame:
    count = np.diff(needs.start)
    slots = np.flatnonzero(count > 0)
    kind = np.where(count == 1, 1, np.where(sources.independent == 1, 0, 2))[slots]
    value = worth[needs.buyer[slots]]
    by_name = np.argsort(np.argsort(network.firm_ids.astype(str), kind="stable"), kind="stable")
    order = np.lexsort((needs.product[slots], by_name[needs.buyer[slots]], -rank_key(value), kind))
    rows = slots[order].astype(np.int64)
    return pd.DataFrame(
        {
            "buyer": pd.Series(network.firm_ids[needs.buyer[rows]], dtype="str"),
            "product": pd.Series(network.products[needs.product[rows]], dtype="str"),
            "suppliers": count[rows].astype(np.int64),
            "independent": sources.independent[rows].astype(np.int64),
            "exact": sources.exact[rows] == 1,
            "shared": sources.shared[rows],
            "shared_points": pd.Series(_named(sources, rows, names), dtype="str"),
            "value_at_risk": value[order],
            "kind": pd.Series(np.array(KINDS, dtype=object)[kind[order]], dtype="str"),
        }
    )


def _named(sources: Sources, rows: Index, names: list[str]) -> list[str]:
    """Return the first units that all sources of each slot hang on, and how many more."""
    words = [""] * len(rows)
    for k in np.flatnonzero(sources.shared[rows] > 0):
        first = [names[r] for r in sources.first[rows[k]] if r >= 0]
        more = int(sources.shared[rows[k]]) - len(first)
        words[k] = "; ".join(first) + (f" and {more:,} more" if more else "")
    return words


def _sentences(network: Network, table: pd.DataFrame, groups: FirmGroups | None) -> list[str]:
    if not len(table):
        return ["No essential need has a source outside its buyer, so there is nothing to count."]
    hidden = table[table["kind"] == KINDS[0]]
    single = int((table["kind"] == KINDS[1]).sum())
    notes = [
        f"Of {counted(len(table), 'essential need')}, {single:,} have one supplier and {len(hidden):,} have several "
        "that are one source in fact, since no two are independent."
    ]
    if len(hidden):
        top = hidden.iloc[0]
        which = (
            "that all hang on " + top["shared_points"] if top["shared"] else "any two of which hang on a common point"
        )
        notes.append(
            f"Most at stake where several are one: {firm_name(network, top['buyer'])} buys "
            f"{product_name(network, top['product'])} from {top['suppliers']:,} suppliers {which}; output of "
            f"{number_text(float(top['value_at_risk']))} {network.flow_unit} stops without it."
        )
    bounds = int((~table["exact"]).sum())
    if bounds:
        notes.append(
            f"independent is a lower bound for {counted(bounds, 'need')} (exact: no) with more than {MOST_EXACT} "
            "suppliers, or too many ways to choose among them; that it is more than one is certain there."
        )
    if groups is not None and groups.rest >= 0:
        notes.append(f"Firms {lack_words(groups)}: {int(groups.firms[groups.rest]):,}; each stands for itself.")
    return notes

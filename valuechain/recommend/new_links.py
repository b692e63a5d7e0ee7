"""Suppliers of every need once some new links are there, as back-ups or as standing suppliers; as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from valuechain.analysis.needs import HAIR, ONE
from valuechain.kernels.needs import Needs, Whole, by_supplier
from valuechain.network import Floats, Index
from valuechain.recommend.economy import Economy

__all__ = ["Sources", "as_backups", "as_standing", "economy_with", "equal_part", "needs_from", "sources_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """Who supplies each essential slot, sorted by slot, then supplier; each supplier of a slot once.

    ``share`` is its part of the need, shape (sources,). ``beyond`` is what back-ups hold ready beyond the whole need,
    as a part of it; shape (slots,). Usual suppliers add up to 1 for each slot.
    """

    slot: Index
    supplier: Index
    share: Floats
    beyond: Floats


def sources_of(economy: Economy) -> Sources:
    """Return the present suppliers."""
    graph = economy.graph
    return Sources(
        slot=np.repeat(np.arange(economy.n_slots), np.diff(graph.link_start)),
        supplier=graph.supplier,
        share=graph.share,
        beyond=np.zeros(economy.n_slots),
    )


def as_backups(economy: Economy, slot: Index, firm: Index, most: Floats) -> Sources:
    """Return suppliers with back-ups beside them: nobody delivers less, and a back-up steps in where somebody fails.

    Parameters
    ----------
    economy
        The economy.
    slot, firm, most
        Essential slot, firm, and most that each back-up delivers (currency per flow period); shape (links,). What all
        back-ups of one firm hold ready is no more than it has to spare: they get the same part of what they ask for.
    """
    most = most * _part_of_spare(economy, firm, most)
    some = most > 0
    slot, firm, most = slot[some], firm[some], most[some]
    ready = np.minimum(most, economy.graph.need[slot]) / economy.graph.need[slot]
    today = sources_of(economy)
    return _merged(
        np.r_[today.slot, slot],
        np.r_[today.supplier, firm],
        np.r_[today.share, ready],
        np.bincount(slot, weights=ready, minlength=economy.n_slots).astype(np.float64),
    )


def as_standing(economy: Economy, slot: Index, firm: Index, flow: Floats) -> Sources:
    """Return suppliers when new ones take over a part of needs, as :func:`valuechain.edit.with_links` lets them.

    Parameters
    ----------
    economy
        The economy.
    slot, firm, flow
        Essential slot, firm and flow of each new link (currency per flow period); shape (links,). Flows are scaled
        down as ``with_links`` does: one takes over at most the need, n beside m present suppliers at most n / (m + n)
        of it, and nobody gives its buyers together more than it has to spare.
    """
    today = sources_of(economy)
    bought = economy.slots.flow[np.flatnonzero(economy.of_slot >= 0)]  # with what a buyer supplies to itself
    flow = flow * _part_of_need(economy, slot, firm, flow, bought)
    flow = flow * _part_of_spare(economy, firm, flow)
    taken = np.bincount(slot, weights=flow, minlength=economy.n_slots) / bought
    left = np.maximum(1.0 - taken, 0.0)
    # Of what other firms deliver; what a buyer supplies to itself shrinks as well.
    total = economy.graph.need * left + taken * bought
    share = today.share * (economy.graph.need * left / total)[today.slot]
    return _merged(
        np.r_[today.slot, slot],
        np.r_[today.supplier, firm],
        np.r_[share, flow / total[slot]],
        np.zeros(economy.n_slots),
    )


def equal_part(economy: Economy, slot: Index, most: Floats) -> Floats:
    """Return what each would take over as one more standing supplier: an equal part of the need, if it has that."""
    graph = economy.graph
    suppliers = graph.link_start[slot + 1] - graph.link_start[slot]
    return np.minimum(most, graph.need[slot] / (suppliers + 1))


def _part_of_need(economy: Economy, slot: Index, firm: Index, flow: Floats, bought: Floats) -> Floats:
    part = np.ones(len(flow))
    graph = economy.graph
    for k in np.unique(slot):
        rows = slot == k
        new = np.unique(firm[rows])
        old = np.setdiff1d(graph.supplier[graph.link_start[k] : graph.link_start[k + 1]], new)
        # with_links counts a buyer that supplies itself among the present suppliers.
        own = int(bought[k] > graph.need[k] * (1 + 1e-12))
        most = bought[k] * (len(new) / (len(new) + len(old) + own) if len(new) > 1 else 1.0)
        asked = float(flow[rows].sum())
        if asked > most:
            part[rows] = most / asked
    return part


def _part_of_spare(economy: Economy, firm: Index, asked: Floats) -> Floats:
    """Return the part each gets when nobody gives away its spare capacity twice."""
    total = np.bincount(firm, weights=asked, minlength=len(economy.spare))[firm]
    spare = economy.spare[firm]
    return np.divide(spare, total, out=np.ones(len(asked)), where=total > spare)


def _merged(slot: Index, supplier: Index, share: Floats, beyond: Floats) -> Sources:
    """Return sources sorted, those of one supplier for one slot added up; who delivers nothing is none."""
    some = share > 0
    slot, supplier, share = slot[some], supplier[some], share[some]
    order = np.lexsort((supplier, slot))
    slot, supplier, share = slot[order], supplier[order], share[order]
    first = np.flatnonzero(np.r_[True, (slot[1:] != slot[:-1]) | (supplier[1:] != supplier[:-1])][: len(slot)])
    return Sources(
        slot=slot[first],
        supplier=supplier[first],
        share=np.add.reduceat(share, first) if len(first) else share,
        beyond=beyond,
    )


def needs_from(economy: Economy, sources: Sources, min_share: float = 0.0) -> Needs:
    """Return what stops whom: a slot fails when less than ``min_share`` of the need is left, 0: when no source is.

    The same as :func:`valuechain.analysis.needs.needs_of` for the network with these links; products are left out.
    """
    n, slots = economy.network.n_firms, economy.n_slots
    slot, supplier = sources.slot.astype(np.int32), sources.supplier.astype(np.int32)
    count = np.bincount(slot, minlength=slots)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    buyer = economy.graph.slot_buyer.astype(np.int32)
    if min_share == 0:
        weight: Whole = np.ones(len(slot), dtype=np.int32)
        limit: Whole = (count - 1).astype(np.int32)
    else:
        weight = np.rint(sources.share * ONE).astype(np.int64)
        whole = np.zeros(slots, dtype=np.int64)
        np.add.at(whole, slot, weight)
        ready = np.rint(sources.beyond * ONE).astype(np.int64)
        # Back-ups are beyond the need: as much more may be lost.
        limit = np.minimum(math.floor((1 - min_share + HAIR) * ONE) + ready, whole - 1)
    push_start, push_slot, push_weight = by_supplier(supplier, slot, weight, n)
    return Needs(
        buyer=buyer,
        product=economy.slot_product.astype(np.int32),
        start=start,
        supplier=supplier,
        weight=weight,
        limit=limit,
        of_buyer=np.concatenate([[0], np.cumsum(np.bincount(buyer, minlength=n))]).astype(np.int64),
        push_start=push_start,
        push_slot=push_slot,
        push_weight=push_weight,
        made_start=np.zeros(n + 1, dtype=np.int64),
        made=np.zeros(0, dtype=np.int32),
        makers=np.zeros(1, dtype=np.int32),
    )


def economy_with(economy: Economy, sources: Sources) -> Economy:
    """Return the economy in which every need is delivered by these standing suppliers."""
    graph, n = economy.graph, economy.network.n_firms
    pairs = np.unique(np.column_stack([sources.supplier, graph.slot_buyer[sources.slot]]), axis=0).astype(np.int64)
    made = graph._replace(
        link_start=np.searchsorted(sources.slot, np.arange(economy.n_slots + 1)).astype(np.int64),
        supplier=sources.supplier.astype(np.int64),
        share=sources.share,
        use_start=np.searchsorted(pairs[:, 0], np.arange(n + 1)).astype(np.int64),
        use_buyer=np.ascontiguousarray(pairs[:, 1]),
    )
    return replace(economy, graph=made)

"""The needs a crisis leaves short, and the firms that may serve them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.concentration_groups import memberships
from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.network import Floats, Index, Network
from valuechain.recommend.crisis_state import Mask, State, delivered_shares
from valuechain.recommend.economy import Economy
from valuechain.recommend.fair_fill import Market
from valuechain.recommend.nearness import Places, kilometres, ordering_km
from valuechain.recommend.outside import Outside
from valuechain.schema.blocs import area_countries

__all__ = ["MOST_PAIRS", "Broken", "Suppliers", "broken_needs", "id_ranks", "market_of", "ranks_of", "suppliers_for"]

MOST_PAIRS = 20_000_000
"""Pairs of a need and a supplier that are looked at together (1 GB)."""

KNOWN_FIRST_KM = 0.5
"""Of suppliers that are equally near, one that serves the need already goes before others."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Broken:
    """Needs that stay short, by buyer id, then product; all of shape (needs,).

    Parameters
    ----------
    slot
        Essential slot of each need, position in the economy.
    lack
        What is missing, currency per flow period.
    delivered
        What still comes, share of the whole need.
    is_direct
        Whether a supplier is hit itself.
    """

    slot: Index
    lack: Floats
    delivered: Floats
    is_direct: Mask


@dataclass(frozen=True, kw_only=True, eq=False)
class Suppliers:
    """Pairs of a need (position in :class:`Broken`) and a firm that may serve it; shape (pairs,).

    ``km`` is NaN where the distance is not known, ``place`` says how near in words, ``is_known`` whether the firm
    supplies the need already. ``left_out`` counts makers a need lost by each filter; shape (needs,).
    """

    need: Index
    firm: Index
    km: Floats
    place: np.ndarray
    is_known: Mask
    left_out: dict[str, Index]


def broken_needs(economy: Economy, state: State, *, least_loss: float, buyers: Mask, direct: bool) -> Broken:
    """Return the essential slots of some buyers that get less than they could use, by more than a share of the need."""
    graph = economy.graph
    comes = delivered_shares(economy, state.activity)
    buyer = graph.slot_buyer
    short = np.maximum(0.0, state.able[buyer] - comes)
    hit = (state.surviving < 1 - least_loss)[graph.supplier]
    is_direct = np.zeros(economy.n_slots, dtype=bool)
    if economy.n_slots:
        is_direct = np.add.reduceat(hit.astype(np.int64), graph.link_start[:-1]) > 0
    chosen = (short > max(least_loss, 1e-9)) & buyers[buyer] & (is_direct | (not direct))
    rank = id_ranks(economy.network)
    slot = np.flatnonzero(chosen)
    slot = slot[np.lexsort((economy.slot_product[slot], rank[buyer[slot]]))]
    return Broken(slot=slot, lack=(graph.need * short)[slot], delivered=comes[slot], is_direct=is_direct[slot])


def ranks_of(network: Network, firms: Index, *, priority: str | None, first: Sequence[str]) -> Index:
    """Return whom to serve first, 0 before 1 before 2: members of the clusters ``first`` in their order, then others.

    ``priority`` is a column of firms with numbers, 1 is served first; within a cluster of ``first`` it decides too, and
    firms without a number come last.

    Raises
    ------
    UnknownNameError
        When there is no such cluster or column.
    ParameterError
        When the column holds no numbers.
    """
    group = np.full(network.n_firms, len(first))
    if first:
        firm, code, labels = memberships(network)
        unknown = [c for c in first if c not in labels]
        if unknown:
            hints = [f"cluster '{c}' has no member; {suggestion(c, labels) or 'check it'}" for c in unknown]
            raise UnknownNameError("\n".join(hints))
        for place in range(len(first) - 1, -1, -1):
            group[firm[code == np.flatnonzero(labels == first[place])[0]]] = place
    number = np.zeros(network.n_firms)
    if priority is not None:
        if priority not in network.firms:
            hint = suggestion(priority, network.firms.columns) or "columns are " + ", ".join(network.firms.columns)
            raise UnknownNameError(f"firms have no column '{priority}'; {hint}")
        column = network.firms[priority]
        if column.dtype.kind not in "fi":
            raise ParameterError(f"priority '{priority}' holds words; take a column of numbers, 1 is served first")
        number = column.to_numpy(dtype=np.float64, na_value=np.inf)
    keys = np.unique(np.column_stack([group, number])[firms], axis=0, return_inverse=True)[1]
    return np.asarray(keys, dtype=np.int64).reshape(-1)


def suppliers_for(
    economy: Economy,
    broken: Broken,
    affected: Mask,
    spare: Floats,
    *,
    outside: Outside,
    area: str | Iterable[str] | None,
    max_km: float | None,
) -> Suppliers:
    """Return who may serve each need: firms that make the product, are not affected and have spare capacity.

    Raises
    ------
    ParameterError
        When there are too many pairs to look at together.
    """
    network = economy.network
    need, firm = _makers(economy, broken, outside)
    buyer = economy.graph.slot_buyer[broken.slot]
    left_out: dict[str, Index] = {}

    def keep(which: Mask, why: str) -> None:
        nonlocal need, firm
        left_out[why] = np.bincount(need[~which], minlength=len(buyer))
        need, firm = need[which], firm[which]

    keep(firm != buyer[need], "is the buyer")
    keep(~affected[firm], "affected")
    keep(spare[firm] > 0, "without spare capacity")
    if area is not None:
        name, codes = area_countries(area)
        country = network.firms["country"] if "country" in network.firms else pd.Series([None] * network.n_firms)
        inside = country.isin(codes).to_numpy(dtype=bool)
        keep(inside[firm], f"not known to be in {name}")
    places = Places.of(network.firms)
    km, place = kilometres(places.take(buyer[need]), places.take(firm))
    if max_km is not None:
        near = np.less_equal(km, max_km, where=~np.isnan(km), out=np.zeros(len(km), dtype=bool))
        km, place = km[near], place[near]
        keep(near, f"not known to be within {max_km:g} km")
    return Suppliers(
        need=need,
        firm=firm,
        km=km,
        place=place,
        is_known=_supplies(economy, broken.slot[need], firm),
        left_out=left_out,
    )


def _makers(economy: Economy, broken: Broken, outside: Outside) -> tuple[Index, Index]:
    """Return every need with every firm that sells its product to anybody or offers it, by need, then by id."""
    network = economy.network
    rank = id_ranks(network)
    sells = network.flow > 0
    product = np.r_[network.product[sells], outside.product]
    rows = np.unique(np.column_stack([product, rank[np.r_[network.supplier[sells], outside.firm]]]), axis=0)
    first = np.searchsorted(rows[:, 0], np.arange(len(network.products) + 1))
    product = economy.slot_product[broken.slot]
    count = first[product + 1] - first[product]
    if count.sum() > MOST_PAIRS:
        raise ParameterError(
            f"{len(product):,} needs and their makers are {int(count.sum()):,} pairs, more than {MOST_PAIRS:,}; name "
            "buyers or a cluster, or take a larger least_loss"
        )
    need = np.repeat(np.arange(len(product)), count)
    within = np.arange(len(need)) - np.repeat(np.cumsum(count) - count, count)
    by_rank = np.argsort(rank)
    return need, by_rank[rows[first[product][need] + within, 1]]


def _supplies(economy: Economy, slot: Index, firm: Index) -> Mask:
    """Tell which firms supply which essential slots already."""
    graph, n = economy.graph, economy.network.n_firms
    of_link = np.repeat(np.arange(economy.n_slots), np.diff(graph.link_start))
    return np.isin(slot * n + firm, of_link * n + graph.supplier)


def id_ranks(network: Network) -> Index:
    """Return the place of each firm when ids are sorted: ties go by it, so that the order of rows does not show."""
    return np.asarray(np.argsort(np.argsort(network.firm_ids.astype(str))), dtype=np.int64)


def market_of(economy: Economy, amount: Floats, rank: Index, suppliers: Suppliers, spare: Floats) -> Market:
    """Return needs and spare capacities for the allocation; offers are all firms, in the order of their ids."""
    place = id_ranks(economy.network)
    return Market(
        need=amount,
        rank=rank,
        capacity=spare[np.argsort(place)],
        pair_need=suppliers.need,
        pair_offer=place[suppliers.firm],
        cost=ordering_km(suppliers.km, suppliers.place) - KNOWN_FIRST_KM * suppliers.is_known,
    )

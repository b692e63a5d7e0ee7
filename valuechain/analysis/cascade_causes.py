"""What a firm's loss in a cascade is made of: causes, of which the worst binds, and the partners behind each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.essential import ESSENTIAL, NEGLIGIBLE, essentiality
from valuechain.models.cascade_network import PreparedCascade
from valuechain.models.cascade_replay import History
from valuechain.network import Floats, Index, Network
from valuechain.results import rank_key

PROCESSES = ("inputs missing", "buyers missing")
"""The two processes of the cascade: downstream and upstream."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One process, seen from the firms that lose.

    Causes of firm j are ``cause_start[j]:cause_start[j + 1]``: its essential slots by product, then all non-essential
    purchases together; upstream there is one cause, its sales. The links of cause c are
    ``link_start[c]:link_start[c + 1]``, with ``partner`` (the supplier or buyer), ``share``, ``link`` (position in the
    network) and ``product``. ``is_essential`` tells essential slots, ``shock`` is what each firm loses in the shock.
    """

    process: int
    cause_start: Index
    link_start: Index
    partner: Index
    share: Floats
    link: Index
    product: Index
    is_essential: npt.NDArray[np.bool_]
    shock: Floats


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What partners contribute to the losses of some firms, parallel links of a product added.

    ``firm`` and ``cause`` say whose loss and which cause a part belongs to; ``partner``, ``product``, ``flow``,
    ``share`` and ``amount`` (share of the firm's activity) have shape (parts,).
    """

    firm: Index
    cause: Index
    partner: Index
    product: Index
    flow: Floats
    share: Floats
    amount: Floats


def sides(history: History) -> tuple[Side, Side]:
    """Return both processes of a cascade."""
    source, prepared = history.source, history.prepared
    network = source.network
    return (
        _down(network, prepared, source.lost_supply),
        _up(network, prepared, source.lost_demand),
    )


def _down(network: Network, prepared: PreparedCascade, shock: Floats) -> Side:
    """Return the downstream side; links are in the order of the kernel's graph."""
    graph, essential = prepared.graph, essentiality(network)
    used = np.flatnonzero(essential.link_class != NEGLIGIBLE)
    strict = essential.link_class[used] == ESSENTIAL
    slot = np.where(strict, essential.slots.of_link[used], len(essential.slots))
    order = np.lexsort((slot, network.buyer[used]))
    link = used[order]
    return Side(
        process=0,
        cause_start=graph.group_start,
        link_start=graph.link_start,
        partner=graph.supplier.astype(np.int64),
        share=graph.share,
        link=link,
        product=network.product[link],
        is_essential=strict[order][graph.link_start[:-1]],
        shock=shock,
    )


def _up(network: Network, prepared: PreparedCascade, shock: Floats) -> Side:
    graph = prepared.graph
    link = np.argsort(network.supplier, kind="stable")
    return Side(
        process=1,
        cause_start=np.arange(network.n_firms + 1),
        link_start=graph.sale_start,
        partner=graph.sale_buyer.astype(np.int64),
        share=graph.sale_share,
        link=link,
        product=network.product[link],
        is_essential=np.zeros(network.n_firms, dtype=bool),
        shock=shock,
    )


def causes_of(side: Side, firms: Index) -> tuple[Index, Index]:
    """Return the causes that can hit some firms, and for each the position in ``firms`` of the firm it is of."""
    causes, owner = _spread(side.cause_start[firms], side.cause_start[firms + 1])
    # A firm that sells nothing has no sales to lose.
    real = side.link_start[causes + 1] > side.link_start[causes]
    return causes[real], owner[real]


def parts_of(side: Side, network: Network, causes: Index, felt: Floats) -> Parts:
    """Return what each partner contributes to some causes.

    Parameters
    ----------
    side, network
        Process and network.
    causes
        Numbers of causes, shape (some,).
    felt
        What partners feel of each firm's loss, fraction, shape (firms,).
    """
    links, owner = _spread(side.link_start[causes], side.link_start[causes + 1])
    partner, product = side.partner[links], side.product[links]
    order = np.lexsort((product, partner, owner))
    links, owner, partner, product = links[order], owner[order], partner[order], product[order]
    new = np.ones(len(links), dtype=bool)
    new[1:] = (np.diff(owner) != 0) | (np.diff(partner) != 0) | (np.diff(product) != 0)
    at, number = np.flatnonzero(new), np.cumsum(new) - 1
    share, flow = (_added(v, number, len(at)) for v in (side.share[links], network.flow[side.link[links]]))
    holder = np.searchsorted(side.cause_start, causes, side="right") - 1
    return Parts(
        firm=holder[owner[at]],
        cause=causes[owner[at]],
        partner=partner[at],
        product=product[at],
        flow=flow,
        share=share,
        amount=share * felt[partner[at]],
    )


def binding(side: Side, network: Network, firms: Index, felt: Floats) -> tuple[Index, Floats]:
    """Return the cause that takes most of each firm and how much (0..1 or more); -1 where a firm has no cause.

    Of equal causes the first counts: essential slots by product, then non-essential purchases.
    """
    causes, owner = causes_of(side, firms)
    parts = parts_of(side, network, causes, felt)
    lost = np.zeros(len(causes))
    # Causes are listed ascending where firms are, and in any order else: look numbers up.
    by_number = np.argsort(causes)
    np.add.at(lost, by_number[np.searchsorted(causes, parts.cause, sorter=by_number)], parts.amount)
    order = np.lexsort((causes, -rank_key(lost), owner))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(owner[order]) != 0
    best = order[first]
    worst, amount = np.full(len(firms), -1, dtype=np.int64), np.zeros(len(firms))
    worst[owner[best]], amount[owner[best]] = causes[best], lost[best]
    return worst, amount


def largest(parts: Parts, id_rank: Index) -> Index:
    """Return the positions of the largest part of each firm, firms ascending; equal ones by id, then product."""
    order = np.lexsort((parts.product, id_rank[parts.partner], -rank_key(parts.amount), parts.firm))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(parts.firm[order]) != 0
    return np.asarray(order[first])


def id_ranks(network: Network) -> Index:
    """Return the rank of each firm's id among all ids: ties are broken by id, never by row; shape (firms,)."""
    ranks = np.empty(network.n_firms, dtype=np.int64)
    ranks[np.argsort(network.firm_ids.astype(str))] = np.arange(network.n_firms)
    return ranks


def _added(values: Floats, group: Index, groups: int) -> Floats:
    return np.bincount(group, weights=values, minlength=groups).astype(np.float64)


def _spread(start: Index, end: Index) -> tuple[Index, Index]:
    """Return all numbers of the ranges start..end, one range after another, and the number of the range of each."""
    counts = end - start
    owner = np.repeat(np.arange(len(start)), counts)
    before = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + (start - before)[owner], owner

"""Measures of who is where: core, articulation points, dominators, participation between clusters, share of markets."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.stats import rankdata

from valuechain.analysis.centrality_links import Trade
from valuechain.analysis.concentration_groups import memberships
from valuechain.kernels.cut_points import below, cut_off
from valuechain.network import Floats, Index, Network
from valuechain.results import rank_key
from valuechain.slots import slots_of


def core(trade: Trade) -> Index:
    """Return the largest k such that each firm has k partners, suppliers or buyers, among firms of the same kind."""
    graph = trade.graph.copy()
    graph.to_undirected(mode="collapse")
    return np.asarray(graph.coreness(mode="all"), dtype=np.int64)


def articulation(trade: Trade) -> Index:
    """Return how many firms are cut off from the rest of their part, whichever way goods flow, without each firm."""
    both = sparse.csr_array(trade.others + trade.others.T)
    return cut_off(both.indptr.astype(np.int64), both.indices.astype(np.int32))


def dominated(trade: Trade) -> Index:
    """Return how many firms get all their supply, through whatever tiers, over each firm.

    Chains begin at firms without suppliers and at firms of loops that nobody outside supplies. An imaginary firm that
    supplies all of these is the root of the tree of dominators (Lengauer and Tarjan 1979).
    """
    import igraph  # noqa: PLC0415 - slow to import

    n = trade.network.n_firms
    supplier, buyer = trade.ends
    count, part = csgraph.connected_components(trade.others, connection="strong")
    supplied = np.zeros(count, dtype=bool)
    supplied[part[buyer[part[supplier] != part[buyer]]]] = True
    first = np.flatnonzero(~supplied[part])
    edges = np.column_stack([np.r_[supplier, np.full(len(first), n)], np.r_[buyer, first]])
    parent = np.asarray(igraph.Graph(n=n + 1, edges=edges, directed=True).dominator(n), dtype=np.int64)
    inner = np.flatnonzero(parent >= 0)
    ones = np.ones(len(inner), dtype=np.int8)
    tree = sparse.csr_array((ones, (parent[inner], inner)), shape=(n + 1, n + 1))
    order = csgraph.breadth_first_order(tree, n, return_predecessors=False).astype(np.int64)
    return below(np.maximum(parent, -1), order)[:n]


def participation(trade: Trade) -> Floats | None:
    """Return 1 - sum over clusters of (share of a firm's flows with the cluster)^2, None where there are no clusters.

    Flows are with firms that are in some cluster; a partner in several counts in equal parts in each. nan where a firm
    trades with no such firm.
    """
    network = trade.network
    members = network.table("members")
    if members is None or not len(members):
        return None
    firm, code, labels = memberships(network)
    n = network.n_firms
    weight = 1.0 / np.bincount(firm, minlength=n)[firm]
    belongs = sparse.csr_array((weight, (firm, code)), shape=(n, len(labels)))
    traded = sparse.csr_array((trade.others + trade.others.T) @ belongs)
    total = np.asarray(traded.sum(axis=1)).ravel()
    squares = np.asarray(traded.power(2).sum(axis=1)).ravel()
    share = np.divide(squares, total**2, out=np.ones(n), where=total > 0)
    return np.where(total > 0, np.clip(1 - share, 0.0, 1.0), np.nan)


def market_share(network: Network) -> Floats:
    """Return the mean share, weighted by flow, that a firm has in the needs it supplies; nan where it supplies nobody.

    A need is a slot, one buyer's need for one product; what a firm supplies to itself does not count.
    """
    slots = slots_of(network)
    other = (network.flow > 0) & (network.supplier != network.buyer)
    slot, supplier, flow = slots.of_link[other], network.supplier[other], network.flow[other]
    bought = np.bincount(slot, weights=flow, minlength=len(slots))
    pair, of_link = np.unique(supplier * max(len(slots), 1) + slot, return_inverse=True)
    delivered = np.bincount(of_link, weights=flow, minlength=len(pair))
    who, which = pair // max(len(slots), 1), pair % max(len(slots), 1)
    weighted = np.bincount(who, weights=delivered**2 / bought[which], minlength=network.n_firms)
    sold = np.bincount(who, weights=delivered, minlength=network.n_firms)
    return np.divide(weighted, sold, out=np.full(network.n_firms, np.nan), where=sold > 0)


def percentiles(values: Floats) -> Floats:
    """Return the share of the other firms that each firm is above, a half for equal ones; nan stays nan."""
    known = ~np.isnan(values)
    places = np.full(len(values), np.nan)
    if known.sum() > 1:
        places[known] = (rankdata(rank_key(values[known])) - 1) / (known.sum() - 1)
    return places

"""Upper bounds on every firm's index at once, from a few linear solves: what no cascade of a single firm can pass.

Both processes are bounded by linear ones. Upstream already is linear. Downstream, the worst group of a buyer loses at
most what all its groups lose together, and if no market loses more than a share eta of its sales, a firm's loss reaches
its buyers times at most sigma = share of its market / (1 - eta). With G(j,i) = sum over groups of share(i,j) sigma(i),
losses are at most u = sum over k of G^k e_f, provided that u itself costs the markets no more than eta. What u weighs
is one component of b = w + G' b, the same b for all firms f; what it costs the markets likewise.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from valuechain.kernels.cascade import Graph
from valuechain.models.cascade_network import PreparedCascade
from valuechain.models.series import series_bound
from valuechain.network import Floats

MARKET_LOSSES = (0.01, 0.05, 0.2, 0.5, 0.8)
"""Shares eta tried: a small one gives a sharp bound for small firms, a large one still some bound for larger ones."""


def index_bounds(prepared: PreparedCascade) -> Floats:
    """Return what each firm's index is at most when it fails alone: fractions, 1 where unknown; shape (firms,).

    Bounds hold for the fixed point, and for the published rule as well: its sweeps stay below the fixed point.

    References
    ----------
    Own derivation, see docs/methods/cascade.md, "The most systemic firms, with proof".
    """
    weights = prepared.weights[0]
    if not len(prepared.worth):
        return np.ones(len(weights))
    # A firm's own weight is in both bounds, and counts once.
    bound = prepared.worth[0] + _down_bound(prepared.graph, weights)
    return np.asarray(np.minimum(1.0, np.maximum(bound, weights)))


def _down_bound(graph: Graph, weights: Floats) -> Floats:
    """Return the smallest of the bounds on the downstream index that the shares eta give; shape (firms,)."""
    n = len(weights)
    best = np.full(n, np.inf)
    buyer = graph.group_buyer[np.repeat(np.arange(len(graph.group_buyer)), np.diff(graph.link_start))]
    if graph.market_sales.shape[0] == 0:
        lacked = csr_array((graph.share, (buyer, graph.supplier)), shape=(n, n))
        return series_bound(lacked, weights)
    whole = graph.market_sales[graph.market]
    of_market = np.divide(graph.sales, whole, out=np.zeros(n), where=whole > 0)
    for eta in MARKET_LOSSES:
        # A firm without sales in a market that has some passes nothing on: nobody buys from it.
        sigma = np.minimum(1.0, of_market / (1.0 - eta))
        lacked = csr_array((graph.share * sigma[graph.supplier], (buyer, graph.supplier)), shape=(n, n))
        # The sum over markets of the shares they lose is at least the largest of them.
        holds = series_bound(lacked, of_market) <= eta
        if holds.any():
            best[holds] = np.minimum(best[holds], series_bound(lacked, weights)[holds])
        if holds.all():
            break
    return best

"""Measures that are a vector of their own multiple: eigenvector centrality, hubs and authorities.

Both are the limit of an iteration that starts from equal values, which the order of rows does not change. Where the
network has no such limit, or none that is found, there is no number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigs

from valuechain.analysis.centrality_sums import Matrix, spectral_radius
from valuechain.network import Floats

SETTLED = 1e-13
MOST_STEPS = 1_000
GAP = 1e-7
"""Least gap, as a part, between the largest and the next eigenvalue at which the vector of the largest is trusted."""

Step = Callable[[Floats], Floats]


def eigenvector(flows: Matrix) -> Floats | None:
    """Return how much each firm supplies, over all chains, to firms that do so themselves; 1 in sum.

    None where it is not defined: no firm is in a loop of supply, or loops of several parts come out equal.
    """
    largest = spectral_radius(flows)
    if not largest:
        return None
    scaled = sparse.csr_array(flows / largest)
    # A firm itself is added at each step, so that networks with a beat settle; the vector is the same.
    return _limit(lambda x: scaled @ x + x, flows.shape[0])


def hubs_and_authorities(flows: Matrix) -> tuple[Floats, Floats] | None:
    """Return hubs (they supply authorities) and authorities (they buy from hubs), each 1 in sum; Kleinberg (1999).

    None where the iteration does not settle.
    """
    scaled = sparse.csr_array(flows / flows.data.max())
    back = sparse.csr_array(scaled.T)
    hub = _limit(lambda x: scaled @ (back @ x), flows.shape[0])
    if hub is None:
        return None
    authority = back @ hub
    return hub, authority / authority.sum()


def _limit(step: Step, n: int) -> Floats | None:
    """Return the limit of a step that is repeated from equal values, None where none is found."""
    value = np.full(n, 1.0 / n)
    for _ in range(MOST_STEPS):
        moved = step(value)
        moved = moved / moved.sum()
        change = np.abs(moved - value).sum()
        value = moved
        if change <= SETTLED:
            return _without_dust(value)
    return _by_arnoldi(step, n) if n > 10 else None


def _by_arnoldi(step: Step, n: int) -> Floats | None:
    """Return the vector of the largest eigenvalue where it stands out, which iteration finds only slowly."""
    operator = LinearOperator((n, n), matvec=lambda x: step(np.asarray(x).ravel()), dtype=np.float64)
    try:
        values, vectors = eigs(operator, k=2, which="LM", v0=np.ones(n), maxiter=2_000)
    except (ArpackError, ArpackNoConvergence):
        return None
    order = np.argsort(-np.abs(values))
    first, second = np.abs(values[order])
    value = np.real(vectors[:, order[0]])
    value = value / value.sum() if value.sum() else value
    if second > first * (1 - GAP) or (value < -1e-9).any() or not np.isfinite(value).all():
        return None
    moved = step(value)
    if np.abs(moved / moved.sum() - value).sum() > 1e-9:
        return None
    return _without_dust(value)


def _without_dust(value: Floats) -> Floats:
    """Return values without what is rounding only: it would rank firms that are all at zero."""
    kept = np.where(value > 1e-12 * value.max(), value, 0.0)
    return kept / kept.sum()


def in_loops(flows: Matrix) -> int:
    """Return the number of firms that are in a loop of supply."""
    _, part = csgraph.connected_components(flows, connection="strong")
    return int((np.bincount(part)[part] > 1).sum())

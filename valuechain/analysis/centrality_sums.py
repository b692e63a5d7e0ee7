"""Measures that add up chains of links: PageRank, Katz, multipliers, influence, upstreamness, downstreamness.

All of them solve x = 1 + M x, with another M each: x(i) counts the firm itself (1), its neighbours by M, theirs by M M,
and so on. Where the sum has no end x is not known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import bicgstab

from valuechain.analysis.look_through import stuck_parts
from valuechain.network import Floats, Index

SMALL = 500
"""Firms up to which a system is solved as a full matrix."""

PRECISION = 1e-13
MOST_TERMS = 5_000

Matrix = sparse.csr_array


def chain_sums(step: Matrix) -> Floats:
    """Return x of x = 1 + M x, nan where the sum over chains does not end; shape (firms,).

    Parameters
    ----------
    step
        M, not negative; shape (firms, firms).
    """
    total = np.full(step.shape[0], np.nan)
    kept = np.flatnonzero(~_endless(step))
    if len(kept):
        part = sparse.csr_array(step[kept][:, kept]) if len(kept) < len(total) else step
        total[kept] = _solved(part)
    return total


def _endless(step: Matrix) -> npt.NDArray[np.bool_]:
    """Return which firms have chains into a loop that gives back as much as goes in, or more; shape (firms,)."""
    n = step.shape[0]
    if (step.sum(axis=1) < 1 - 1e-9).all() or (step.sum(axis=0) < 1 - 1e-9).all():
        return np.zeros(n, dtype=bool)
    stuck = stuck_parts(step)
    if not stuck.size:
        return np.zeros(n, dtype=bool)
    return leading_to(step, stuck)


def leading_to(step: Matrix, ends: Index) -> npt.NDArray[np.bool_]:
    """Return which firms have chains to some of these firms, these included; shape (firms,)."""
    n = step.shape[0]
    # One more firm that leads to all of these; whoever it comes to when chains are followed back hangs on them.
    back = sparse.coo_array(step)
    ones = np.ones(back.nnz + len(ends), dtype=np.int8)
    rows, columns = np.r_[back.col, np.full(len(ends), n)], np.r_[back.row, ends]
    graph = sparse.csr_array((ones, (rows, columns)), shape=(n + 1, n + 1))
    found = csgraph.breadth_first_order(graph, n, return_predecessors=False)
    leads = np.zeros(n, dtype=bool)
    leads[found[found < n]] = True
    return leads


def _solved(step: Matrix) -> Floats:
    ones = np.ones(step.shape[0])
    checked = _checked(step, _at_once(step, ones))
    if np.isfinite(checked).all():
        return checked
    # Slower, but it only adds what is not negative.
    total: Floats = ones
    term: Floats = ones
    for _ in range(max(MOST_TERMS, min(len(ones), 100_000))):  # a chain may be as long as there are firms
        term = np.asarray(step @ term)
        total = total + term
        if (term <= PRECISION * total).all():
            return total
    return _checked(step, total)


def _at_once(step: Matrix, ones: Floats) -> Floats:
    """Return what solves the system, or nearly, or does not: that is for the caller to check."""
    n = len(ones)
    if n > SMALL:
        system = sparse.csr_array(sparse.eye_array(n, format="csr") - step)
        with np.errstate(all="ignore"):  # it may run astray, as on a long chain: the caller sees that
            found, _ = bicgstab(system, ones, x0=ones, rtol=PRECISION, atol=0.0, maxiter=500)
        return np.asarray(found, dtype=np.float64)
    try:
        return np.asarray(np.linalg.solve(np.eye(n) - step.toarray(), ones), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(n, np.nan)


def _checked(step: Matrix, total: Floats) -> Floats:
    """Return the solution where it is one (1 or more, and it fits), else nan: a sum that has no end solves nothing."""
    with np.errstate(invalid="ignore", over="ignore"):
        rest = np.abs(1 + step @ total - total)
    fits = np.isfinite(total) & (total >= 1 - 1e-9) & (rest <= 1e-9 * np.abs(total))
    return np.where(fits, np.maximum(total, 1.0), np.nan)


def per_buyer(flows: Matrix, damping: float) -> Matrix:
    """Return each flow as a share of what its buyer buys, times damping."""
    bought = np.asarray(flows.sum(axis=0)).ravel()
    shares = flows.data / bought[flows.indices] * damping
    return sparse.csr_array((shares, flows.indices, flows.indptr), shape=flows.shape)


def per_supplier(flows: Matrix, damping: float) -> Matrix:
    """Return each flow as a share of what its supplier sells, times damping."""
    return sparse.csr_array(per_buyer(sparse.csr_array(flows.T), damping).T)


def pagerank(flows: Matrix, damping: float, *, downstream: bool) -> Floats:
    """Return PageRank, 1 in sum; downstream: a firm gains by the buyers it supplies, else by its suppliers.

    A walker that starts anew where there is nowhere to go (as in Brin and Page) stays at each firm in proportion to
    (I - damping P)^-1 1, with P the shares of flows: so restarts need no account of their own.
    """
    step = per_buyer(flows, damping) if downstream else sparse.csr_array(per_supplier(flows, damping).T)
    total = chain_sums(step)
    return np.asarray(total / total.sum())


def katz(flows: Matrix, attenuation: float, *, downstream: bool) -> tuple[Floats, float]:
    """Return Katz centrality and its factor a link: attenuation / max(1, largest eigenvalue), so that sums end."""
    links = sparse.csr_array((np.ones_like(flows.data), flows.indices, flows.indptr), shape=flows.shape)
    factor = attenuation / max(1.0, spectral_radius(links))
    step = sparse.csr_array(links * factor)
    return chain_sums(step if downstream else sparse.csr_array(step.T)), factor


def influence(flows: Matrix, labour_share: float) -> Floats:
    """Return the influence vector (labour_share / n) (I - (1 - labour_share) S)^-1 1, S the shares of inputs."""
    return np.asarray(chain_sums(per_buyer(flows, 1 - labour_share)) * labour_share / flows.shape[0])


def spectral_radius(flows: Matrix) -> float:
    """Return an upper bound of the largest eigenvalue of a matrix, equal to it up to 1e-12 where iteration settles.

    0 where no firm is in a loop. With any positive y the largest (M y) / y bounds the eigenvalue from above (Collatz
    and Wielandt); parts that are strongly connected are looked at each by itself.
    """
    count, part = csgraph.connected_components(flows, connection="strong")
    pairs = flows.tocoo()
    within = part[pairs.row] == part[pairs.col]
    if not within.any():
        return 0.0
    inside = sparse.csr_array((pairs.data[within], (pairs.row[within], pairs.col[within])), shape=flows.shape)
    value, best = np.ones(flows.shape[0]), np.full(count, np.inf)
    for _ in range(300):
        moved = inside @ value
        rate = moved / value
        high, low = np.zeros(count), np.full(count, np.inf)
        np.maximum.at(high, part, rate)
        np.minimum.at(low, part, rate)
        best = np.minimum(best, high)
        if low.max() >= best.max() * (1 - 1e-12):
            break
        size = np.zeros(count)
        # Part of itself is added, so that parts with a beat (all loops of even length) settle as well.
        value = moved / best.max() + value
        np.maximum.at(size, part, value)
        value = np.maximum(value / size[part], 1e-280)
    return float(best.max())

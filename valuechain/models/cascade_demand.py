"""Lost demand of small networks by linear solves, for the scenarios in which sweeps creep.

Where hardly any demand leaves the network, or none, sweeps come to rest late and rounding is in the way of a proof.
Which firms lose what the shock took and which lose what their buyers lost is then found by policy iteration (Howard
1960), and with that known lost demand is the solution of a sparse linear system.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu

from valuechain.kernels.cascade import Graph
from valuechain.models.cascade_network import PreparedCascade, sold_shares
from valuechain.network import Floats, Index

MOST_FIRMS = 2_000
"""Largest network that is solved: the factors of a network are nearly full."""

SAME = 1e-13
"""Relative difference from which a firm loses more than the shock took: less is rounding."""

ULP = 2.3e-16


def solved_demand(graph: Graph, lost: Floats) -> tuple[Floats, Floats] | None:
    """Return bounds of lost demand in one scenario from below and above, shape (firms,); None if no system is regular.

    Parameters
    ----------
    graph
        The network; the upstream shares of a firm add to at most 1.
    lost
        Lost demand by the shock, fractions; shape (firms,).
    """
    sold = sold_shares(graph)
    reached = _reached(sold, lost)
    held = lost > 0
    for _ in range(2 * int(held.sum()) + 2):
        free = np.flatnonzero(reached & ~held)
        fixed = np.where(held, lost, 0.0)
        solved = _solve(sold, free, fixed)
        if solved is None:
            return None
        y, reach = solved
        passed = held & (np.asarray(sold @ y) > lost * (1 + SAME))
        if not passed.any():
            return _bounds(sold, y, reach, free)
        held &= ~passed
    return None


def _reached(sold: csr_array, lost: Floats) -> npt.NDArray[np.bool_]:
    """Tell which firms sell, however indirectly, to one that lost demand."""
    reached: npt.NDArray[np.bool_] = lost > 0
    while True:
        wider = reached | (np.asarray(sold @ reached.astype(np.float64)) > 0)
        if (wider == reached).all():
            return np.asarray(reached)
        reached = wider


def _solve(sold: csr_array, free: Index, fixed: Floats) -> tuple[Floats, Floats] | None:
    """Return losses, given those of the firms that are not free, and what a unit error of all rows grows to."""
    y, reach = fixed.copy(), np.zeros(len(fixed))
    if not len(free):
        return y, reach
    inner = sold[free][:, free]
    try:
        factors = splu((eye_array(len(free)) - inner).tocsc())
    except RuntimeError:  # exactly singular: firms that sell to each other only and lose what one of them lost
        return None
    y[free] = factors.solve(sold[free] @ fixed)
    reach[free] = factors.solve(np.ones(len(free)))
    good = np.isfinite(y).all() and np.isfinite(reach).all() and (reach >= 0).all()
    return (y, reach) if good else None


def _bounds(sold: csr_array, y: Floats, reach: Floats, free: Index) -> tuple[Floats, Floats]:
    """Return y less and more what its residual, and the rounding of the residual, can have grown to."""
    if not len(free):
        return y, y
    terms = np.diff(sold.indptr)[free] + 4
    left = np.abs((sold @ y)[free] - y[free]) + ULP * terms * np.abs(y[free])
    # A hundredth more covers that ``reach`` itself is solved for in floating point.
    off = 1.01 * left.max() * reach
    return np.clip(y - off, 0.0, 1.0), np.clip(y + off, 0.0, 1.0)


def without_demand(prepared: PreparedCascade) -> Graph:
    """Return the graph in which no lost demand is passed on."""
    graph = prepared.graph
    return graph._replace(
        sale_start=np.zeros_like(graph.sale_start),
        sale_buyer=graph.sale_buyer[:0],
        sale_share=graph.sale_share[:0],
    )

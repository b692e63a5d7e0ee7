"""Activity at rest where large loops of essential inputs make coming down firm by firm slow: sparse linear systems."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from valuechain.kernels.held import NONE, OWN, anchor, come_near, come_nearer, equations, lowest, next_lowest
from valuechain.kernels.replies import System, Triangles
from valuechain.kernels.sourcing import TOLERANCE, UNLIMITED, Queue, Sourcing, new_queue
from valuechain.network import Floats

__all__ = ["Room", "at_rest", "improve", "system_at"]

UPDATES_A_SLOT, LARGE = 20, 1_000
"""Updates for each slot after which activities that still come down are worked out by linear systems; in networks of
more than 20,000 slots one for each thousand of them, since factorizations take longer faster than networks grow."""

BETWEEN = 0.1
"""Part of these updates that may come between two systems: what falls at once changes what holds others."""

MOST_CHOICES = 200

Order = Literal["COLAMD", "MMD_AT_PLUS_A"]
"""In which order unknowns are eliminated (Davis et al. 2004; Liu 1985)."""


class Room:
    """Arrays of the size of the network, used again for every scenario."""

    def __init__(self, n: int) -> None:
        self.queue: Queue = new_queue(n)
        self.held, self.free, self.place = (np.empty(n, dtype=np.int64) for _ in range(3))


def at_rest(
    graph: Sourcing, u: Floats, x: Floats, room: Room | None = None, *, slot: int = NONE, push: float = 0.0
) -> None:
    """Set the activity of every firm, the greatest fixed point.

    Parameters
    ----------
    graph
        The economy.
    u
        What own capacity allows, 0..1; shape (firms,).
    x
        Activity; shape (firms,). Written.
    slot, push
        What this slot gets on top of its usual supplies, share of its need; infinite: it holds its buyer never.
    """
    room = Room(len(u)) if room is None else room
    if come_near(graph, u, x, room.queue, _updates(graph), TOLERANCE, slot, push):
        return
    if improve(graph, u, x, room, slot=slot, push=push) is None:
        come_near(graph, u, x, room.queue, UNLIMITED, TOLERANCE, slot, push)


def _updates(graph: Sourcing) -> int:
    slots = max(len(graph.slot_buyer), 1)
    return slots * max(UPDATES_A_SLOT, slots // LARGE)


def improve(
    graph: Sourcing, u: Floats, x: Floats, room: Room, *, slot: int = NONE, push: float = 0.0, order: Order = "COLAMD"
) -> SuperLU | None:
    """Bring activities down to the greatest fixed point, choice by choice; return the last system's factors.

    ``x`` is above it, and its image is not above ``x``. ``room`` then has what holds each firm, and its place in the
    system. None: a system is singular though no set of firms is closed, which only rounding can do.
    """
    between = int(BETWEEN * _updates(graph))
    for step in range(MOST_CHOICES):
        if step:
            come_nearer(graph, u, x, room.queue, between, TOLERANCE, slot, push)
        lowest(graph, u, x, room.held, slot, push)
        anchor(graph, u, x, room.held, room.free, room.queue, slot, push)
        start, column, value, right = equations(graph, x, room.held, room.place, slot, push)
        matrix = sparse.csr_array((value, column, start), shape=(len(right), len(right))).tocsc()
        try:
            factors = splu(matrix, permc_spec=order, diag_pivot_thresh=0.0)
        except RuntimeError:
            return None
        firms = np.flatnonzero(room.held != OWN)
        found = factors.solve(right)
        fall = (x[firms] - found).max(initial=0.0)
        x[firms] = np.clip(found, 0.0, x[firms])
        if fall <= TOLERANCE:
            return factors
    return None


def system_at(graph: Sourcing, u: Floats, x: Floats, value: Floats) -> System | None:
    """Return what holds each firm at the greatest fixed point, and the system that this makes; None: not found.

    Parameters
    ----------
    graph, u
        The economy, and what own capacity allows; shape (firms,).
    x
        The greatest fixed point, or near it from above; shape (firms,).
    value
        Normal output, currency per flow period; shape (firms,).
    """
    room, x = Room(len(u)), x.copy()
    # This order takes longer than the usual one, and leaves half as many entries, which are then passed many times.
    factors = improve(graph, u, x, room, order="MMD_AT_PLUS_A")
    firm = np.flatnonzero(room.held != OWN)
    if factors is None or not len(firm):
        return None
    following = next_lowest(graph, u, x, room.held)
    return System(u, x, value, following, room.held, room.place, firm.astype(np.int64), _triangles(factors))


def _triangles(factors: SuperLU) -> Triangles:
    lower, upper = sparse.csc_array(factors.L), sparse.csc_array(factors.U)
    lower.sort_indices()
    upper.sort_indices()
    arrays = (lower.indptr, lower.indices, lower.data, upper.indptr, upper.indices, upper.data)
    return Triangles(*arrays, factors.perm_r.astype(np.int32), factors.perm_c.astype(np.int32))

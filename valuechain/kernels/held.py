"""What holds each firm down, and the linear system that says how much all make while the same things hold them.

Coming down firm by firm (:mod:`valuechain.kernels.sourcing`) takes very long where many essential inputs form large
loops: a lack goes round and shrinks little each time. But once it is known for every firm which slot (or its own
capacity) holds it, the activities solve one sparse linear system. So: choose for each firm what is lowest at x, solve,
choose again, until nothing changes (policy iteration; Howard 1960, chapter 4).

Let x >= T(x) be above the greatest fixed point y of T (see ``sourcing.py``) and S the map in which each firm is held by
what is lowest at x alone. S >= T, so the greatest fixed point of S below x is at least y; and it is below x, since
S(x) = T(x) <= x. Choices are finite, each step comes down or ends at a fixed point of T, so it ends at y.

A set of firms held by each other only (closed) makes the system singular. There S averages over the set, x >= S(x),
and what is nowhere below its average over a closed set is the same for all of it: so x stays as it is there. At y every
closed set has a firm that something outside holds just as low, else the set could rise: taking that instead makes the
system regular.
"""

from __future__ import annotations

from typing import cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, Small, inner
from valuechain.kernels.sourcing import Queue, Sourcing, put, put_buyers, supply, take

__all__ = ["NONE", "OWN", "anchor", "come_near", "come_nearer", "equations", "level_of", "lowest", "next_lowest"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

OWN = -1
"""Stands for a firm's own capacity where the slot is given that holds it."""

NONE = -1
"""Stands for no slot where one may be given more than its usual suppliers deliver."""

ALIKE = 1e-10
"""Levels that differ by less hold a firm alike."""


@inner
def level_of(graph: Sourcing, k: int, x: Floats, slot: int, push: float) -> float:
    """Return what slot k gets, share of its need: from its usual suppliers, and ``push`` if it is ``slot``."""
    given = supply(graph, k, x)
    return given + push if k == slot else given


@inner
def come_down_some(
    graph: Sourcing, u: Floats, x: Floats, queue: Queue, most: int, tolerance: float, slot: int, push: float
) -> int:
    """Bring activities down with at most so many updates; return how many are left of them. The queue is empty then."""
    while queue.state[1] > 0:
        j = take(queue)
        if most == 0:
            continue
        most -= 1
        level = u[j]
        for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
            level = min(level, level_of(graph, k, x, slot, push))
        if level < x[j] - tolerance:
            x[j] = level
            put_buyers(graph, queue, j)
    return most


@compiled
def come_near(
    graph: Sourcing, u: Floats, x: Floats, queue: Queue, most: int, tolerance: float, slot: int, push: float
) -> int:
    """Bring activities down from ``u``, with at most so many updates; return how many are left of them.

    Parameters
    ----------
    graph
        The economy.
    u
        What own capacity allows, 0..1; shape (firms,).
    x
        Activity; shape (firms,). Written. At rest if updates are left, else above the greatest fixed point.
    queue
        An empty queue; empty again at the end.
    most
        Updates.
    tolerance
        Changes below this are not passed on.
    slot, push
        What this slot gets on top, share of its need; ``NONE``, 0: none does.
    """
    x[:] = u
    for i in range(x.shape[0]):
        if u[i] < 1.0:
            put_buyers(graph, queue, i)
    return come_down_some(graph, u, x, queue, most, tolerance, slot, push)


@compiled
def come_nearer(
    graph: Sourcing, u: Floats, x: Floats, queue: Queue, most: int, tolerance: float, slot: int, push: float
) -> int:
    """Bring activities down from where they are, else as :func:`come_near`."""
    for i in range(x.shape[0]):
        put(queue, i)
    return come_down_some(graph, u, x, queue, most, tolerance, slot, push)


@compiled
def lowest(graph: Sourcing, u: Floats, x: Floats, held: Ints, slot: int, push: float) -> None:
    """Set the slot that holds each firm at ``x``, ``OWN`` where that is its own capacity; shape (firms,)."""
    for i in range(u.shape[0]):
        held[i], level = OWN, u[i]
        for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
            given = level_of(graph, k, x, slot, push)
            if given < level:
                held[i], level = k, given


@compiled
def next_lowest(graph: Sourcing, u: Floats, x: Floats, held: Ints) -> Floats:
    """Return the lowest level at ``x`` of what else than ``held`` may hold each firm; shape (firms,)."""
    found = np.full(x.shape[0], np.inf)
    for i in range(x.shape[0]):
        if held[i] != OWN:
            found[i] = u[i]
        for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
            if k != held[i]:
                found[i] = min(found[i], supply(graph, k, x))
    return found


@inner
def uses(graph: Sourcing, slot: int, firm: int) -> bool:
    """Tell whether a slot has a firm among its suppliers."""
    found = False
    for e in range(graph.link_start[slot], graph.link_start[slot + 1]):
        found = found or graph.supplier[e] == firm
    return found


@inner
def spread(graph: Sourcing, held: Ints, free: Ints, queue: Queue) -> None:
    """Take from the closed firms (``free`` 1) all that those waiting hold, and whom these hold."""
    while queue.state[1] > 0:
        i = take(queue)
        for e in range(graph.use_start[i], graph.use_start[i + 1]):
            j = graph.use_buyer[e]
            if free[j] == 1 and held[j] != OWN and uses(graph, held[j], i):
                free[j] = 0
                put(queue, j)


@inner
def other_hold(graph: Sourcing, u: Floats, x: Floats, i: int, now: int, free: Ints, slot: int, push: float) -> int:
    """Return what holds a closed firm as low as ``now`` does and is not closed; -2: nothing."""
    level = level_of(graph, now, x, slot, push) + ALIKE
    if u[i] <= level:
        return OWN
    for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
        if level_of(graph, k, x, slot, push) > level:
            continue
        for e in range(graph.link_start[k], graph.link_start[k + 1]):
            if free[graph.supplier[e]] == 0:
                return k
    return -2


@compiled
def anchor(graph: Sourcing, u: Floats, x: Floats, held: Ints, free: Ints, queue: Queue, slot: int, push: float) -> int:
    """Choose anew what holds firms in closed sets, where something outside holds one as low.

    Returns of how many sets that is not so. One firm of each is then held at its ``x``: ``held`` is ``OWN``.

    Parameters
    ----------
    graph, u, x
        The economy, what own capacity allows, activity.
    held
        Slot that holds each firm; shape (firms,). Written.
    free
        Room to work in; shape (firms,).
    queue
        An empty queue; empty again at the end.
    """
    n = x.shape[0]
    for i in range(n):
        free[i] = 1
        if held[i] == OWN:
            free[i] = 0
            put(queue, i)
    spread(graph, held, free, queue)
    again, stay = True, 0
    while again:
        again = False
        for i in range(n):
            if free[i] == 1:
                k = other_hold(graph, u, x, i, held[i], free, slot, push)
                if k >= OWN:
                    held[i], free[i], again = k, 0, True
                    put(queue, i)
                    spread(graph, held, free, queue)
        if not again:
            for i in range(n):
                # Firms of a closed set are at their level; those that it holds in turn may have to come down to it.
                if free[i] == 1 and x[i] <= level_of(graph, held[i], x, slot, push) + ALIKE:
                    held[i], free[i], again = OWN, 0, True
                    stay += 1
                    put(queue, i)
                    spread(graph, held, free, queue)
                    break
    return stay


@compiled
def equations(
    graph: Sourcing, x: Floats, held: Ints, place: Ints, slot: int, push: float
) -> tuple[Small, Small, Floats, Floats]:
    """Return the system of the firms that a slot holds: rows as start, column and value, and the right side.

    Unknown number ``place[i]`` is the activity of firm i, -1 where its own capacity holds it: it stays at ``x``.
    """
    size, links = 0, 0
    for i in range(x.shape[0]):
        place[i] = -1
        if held[i] != OWN:
            place[i] = size
            size += 1
            links += 1 + graph.link_start[held[i] + 1] - graph.link_start[held[i]]
    start, column = np.zeros(size + 1, dtype=np.int32), np.empty(links, dtype=np.int32)
    value, right = np.empty(links), np.zeros(size)
    at = 0
    for i in range(x.shape[0]):
        if place[i] < 0:
            continue
        r = place[i]
        column[at], value[at] = r, 1.0
        at += 1
        if held[i] == slot:
            right[r] += push
        for e in range(graph.link_start[held[i]], graph.link_start[held[i] + 1]):
            c = place[graph.supplier[e]]
            if c < 0:
                right[r] += graph.share[e] * x[graph.supplier[e]]
            else:
                column[at], value[at] = c, -graph.share[e]
                at += 1
        start[r + 1] = at
    return start, column[:at], value[:at], right

"""Activity when one slot gets more than its usual suppliers deliver, from the system of the state without.

Policy iteration (:mod:`valuechain.kernels.held`), with :mod:`valuechain.kernels.replies` in place of new
factorizations. It may begin with any choice of what holds the firms, such as that of another push: the activity of
every choice is at least the greatest fixed point. More supply lowers nobody, so firms that their own capacity holds
without it are held by it still; only the unknowns of the system can change.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner
from valuechain.kernels.held import OWN, level_of
from valuechain.kernels.replies import Replies, System, eliminate, new_equations, pushed, reply_of
from valuechain.kernels.sourcing import Sourcing

__all__ = ["Choice", "best_choice", "come_to_rest", "new_choice", "new_replies"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

LOWER = 1e-13
"""A level that is lower by less than this is not lower."""

MOST_ROWS = 700
"""Firms that are held otherwise than without; of more, a new factorization is quicker."""

MOST_CHOICES = 100


class Choice(NamedTuple):
    """What holds each firm ``now``; the first ``size[0]`` of ``rows`` are the firms held otherwise, and the buyer."""

    now: Ints
    rows: Ints
    size: Ints


@compiled
def new_replies(room: int, size: int) -> Replies:
    """Return room for so many replies of a system of that size."""
    of, unknown = np.full(size, -1, dtype=np.int64), np.empty(room, dtype=np.int64)
    return Replies(np.empty((room, size)), np.empty(room), of, unknown, np.zeros(1, dtype=np.int64))


@compiled
def new_choice(system: System) -> Choice:
    """Return the choice that all are held as without more supply."""
    return Choice(system.held.copy(), np.empty(system.firm.shape[0], dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def best_choice(graph: Sourcing, system: System, choice: Choice, slot: int, by_others: bool) -> None:
    """Choose that all are held as without more supply, but the buyer of the slot by its capacity.

    With ``by_others``: by what is lowest of its capacity and other slots.
    """
    now, j = choice.now, graph.slot_buyer[slot]
    for i in range(now.shape[0]):
        now[i] = system.held[i]
    now[j], level = OWN, system.u[j]
    for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
        given = level_of(graph, k, system.x, OWN, 0.0)
        if by_others and k != slot and given < level:
            now[j], level = k, given
    choice.rows[0], choice.size[0] = j, 1


@inner
def choose(graph: Sourcing, system: System, x: Floats, choice: Choice, slot: int, push: float) -> bool:
    """Choose for each firm what is lowest at ``x``; return False where no choice changed: then all are at rest."""
    now, buyer, count, changed = choice.now, graph.slot_buyer[slot], 0, False
    for r in range(system.firm.shape[0]):
        i = system.firm[r]
        if now[i] == system.held[i] and system.next[i] >= x[i] and i != buyer:
            continue  # More supply lowers no level, so nothing else can be lower than what holds it.
        best, level, here = OWN, system.u[i], system.u[i]
        for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
            given = level_of(graph, k, x, slot, push)
            if given < level:
                best, level = k, given
            if k == now[i]:
                here = given
        if level < here - LOWER:
            now[i] = best
            changed = True
        if now[i] != system.held[i] or i == buyer:
            choice.rows[count] = i
            count += 1
    choice.size[0] = count
    return changed


@compiled
def come_to_rest(
    graph: Sourcing, system: System, replies: Replies, choice: Choice, slot: int, push: float, x: Floats
) -> tuple[bool, float, float]:
    """Set the greatest fixed point; return whether it is found, what it is worth more, and what more push is worth.

    Parameters
    ----------
    graph, system
        The economy, and its activity without more supply.
    replies
        Replies found so far. Written.
    choice
        What holds the firms at first. Written: at rest.
    slot, push
        What the slot gets on top, share of its need; infinite: it never holds its buyer.
    x
        Activity; shape (firms,). Written.

    Returns
    -------
    tuple
        Found or not (too many firms are held otherwise, or a set of them by each other only); output more than without,
        currency per flow period; and that per unit of push, with what holds the firms now.
    """
    buyer = graph.slot_buyer[slot]
    for _ in range(MOST_CHOICES):
        count = choice.size[0]
        rows = choice.rows[:count]
        if count > MOST_ROWS:
            return False, 0.0, 0.0
        for p in range(count):
            if reply_of(system, replies, system.place[rows[p]]) < 0:
                return False, 0.0, 0.0
        matrix, first = new_equations(graph, system, replies, rows, choice.now, slot, push)
        right = np.zeros((count, 2))
        for p in range(count):
            right[p, 0] = first[p]
            if rows[p] == buyer and choice.now[buyer] == slot:
                right[p, 1] = 1.0
        if not eliminate(matrix, right):
            return False, 0.0, 0.0
        more, slope = 0.0, 0.0
        for p in range(count):
            worth = replies.worth[replies.of[system.place[rows[p]]]]
            more += right[p, 0] * worth
            slope += right[p, 1] * worth
        pushed(system, replies, rows, right[:, 0].copy(), x)
        if not choose(graph, system, x, choice, slot, push):
            return True, more, slope
    return False, 0.0, 0.0

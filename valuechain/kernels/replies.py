"""How all activities reply to a push on one firm's equation, and what they are when some firms are held otherwise.

With M x = b the system of what holds each firm (:mod:`valuechain.kernels.held`) and M = L U, the reply to a push of 1
on equation r is M^-1 e_r: one pass through the triangles. When the equations of a few firms R are replaced by others,
the new solution is x0 + sum over q in R of z_q M^-1 e_q, with z such that the new equations hold: a dense system of the
size of R (Sherman, Morrison 1950; Woodbury 1950). So a change of what holds some firms costs no new factorization.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, Small, inner
from valuechain.kernels.held import OWN
from valuechain.kernels.sourcing import Sourcing, supply

__all__ = ["Replies", "System", "Triangles", "eliminate", "forget", "new_equations", "pushed", "reply", "reply_of"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

SINGULAR = 1e-11
"""A smaller pivot stands for a set of firms that are held by each other only."""


FEW = 16
"""So many replies are added up; of more, the sum is solved for anew, which reads less memory."""


class Triangles(NamedTuple):
    """L (unit diagonal first in each column) and U (diagonal last), by columns, of the rows and columns permuted.

    Row r of the system is row ``row_place[r]`` of L; unknown c is ``column_place[c]`` of U.
    """

    lower_start: Small
    lower_row: Small
    lower: Floats
    upper_start: Small
    upper_row: Small
    upper: Floats
    row_place: Small
    column_place: Small


class System(NamedTuple):
    """What holds each firm at ``x`` (slot or ``OWN``), and the system of those that a slot holds.

    Unknown number ``place[i]`` is the activity of firm i (-1: fixed); ``firm`` is the firm of each unknown. ``u`` is
    what own capacity allows, ``value`` output in currency per flow period, ``next`` the lowest level at ``x`` of what
    else may hold a firm.
    """

    u: Floats
    x: Floats
    value: Floats
    next: Floats
    held: Ints
    place: Ints
    firm: Ints
    triangles: Triangles


class Replies(NamedTuple):
    """Replies worked out so far: those to unknown r are ``column[of[r]]`` where that is not -1; shape (room, unknowns).

    ``unknown`` is the one each column belongs to, ``worth`` the sum of value times reply, ``state`` has how many.
    """

    column: Floats
    worth: Floats
    of: Ints
    unknown: Ints
    state: Ints


@inner
def pass_triangles(t: Triangles, work: Floats, first: int) -> None:
    """Solve L U y = work in place; ``work`` is zero before ``first``."""
    size = work.shape[0]
    for a in range(first, size):
        if work[a] != 0.0:
            for e in range(t.lower_start[a] + 1, t.lower_start[a + 1]):
                work[t.lower_row[e]] -= t.lower[e] * work[a]
    for a in range(size - 1, -1, -1):
        if work[a] != 0.0:
            last = t.upper_start[a + 1] - 1
            work[a] /= t.upper[last]
            for e in range(t.upper_start[a], last):
                work[t.upper_row[e]] -= t.upper[e] * work[a]


@inner
def pushed(system: System, replies: Replies, rows: Ints, z: Floats, x: Floats) -> None:
    """Set the activity when the equations of the firms ``rows`` are pushed by ``z``."""
    size = system.firm.shape[0]
    if rows.shape[0] <= FEW:
        for r in range(size):
            x[system.firm[r]] = system.x[system.firm[r]]
        for p in range(rows.shape[0]):
            column = replies.column[replies.of[system.place[rows[p]]]]
            for r in range(size):
                x[system.firm[r]] += z[p] * column[r]
        return
    t = system.triangles
    work, first = np.zeros(size), size
    for p in range(rows.shape[0]):
        at = t.row_place[system.place[rows[p]]]
        work[at] = z[p]
        first = min(first, at)
    pass_triangles(t, work, first)
    for r in range(size):
        x[system.firm[r]] = system.x[system.firm[r]] + work[t.column_place[r]]


@inner
def reply_of(system: System, replies: Replies, r: int) -> int:
    """Return the column with the reply to unknown r, which is worked out where it is not there; -1: no room."""
    if replies.of[r] >= 0:
        return int(replies.of[r])
    c = replies.state[0]
    if c == replies.column.shape[0]:
        return -1
    t, size = system.triangles, system.firm.shape[0]
    work = np.zeros(size)
    work[t.row_place[r]] = 1.0
    pass_triangles(t, work, t.row_place[r])
    worth = 0.0
    for a in range(size):
        replies.column[c, a] = work[t.column_place[a]]
        worth += system.value[system.firm[a]] * replies.column[c, a]
    replies.worth[c] = worth
    replies.of[r], replies.unknown[c] = c, r
    replies.state[0] += 1
    return int(c)


@compiled
def forget(replies: Replies) -> None:
    """Forget all replies."""
    for c in range(replies.state[0]):
        replies.of[replies.unknown[c]] = -1
    replies.state[0] = 0


@compiled
def reply(system: System, replies: Replies, firm: int) -> Floats:
    """Return the reply of all firms to a push on what holds one of them; shape (firms,)."""
    found = np.zeros(system.x.shape[0])
    if replies.state[0] == replies.column.shape[0]:
        forget(replies)
    column = replies.column[reply_of(system, replies, system.place[firm])]
    for r in range(system.firm.shape[0]):
        found[system.firm[r]] = column[r]
    return found


@inner
def new_equations(
    graph: Sourcing, system: System, replies: Replies, rows: Ints, now: Ints, slot: int, push: float
) -> tuple[Floats, Floats]:
    """Return the dense system of the firms ``rows`` that are held by ``now``: z, and its right side.

    ``slot`` gives ``push`` more than its usual suppliers do, share of its need. Replies to all rows are worked out.
    """
    m = rows.shape[0]
    matrix, right = np.empty((m, m)), np.empty(m)
    for p in range(m):
        i, k = rows[p], now[rows[p]]
        if k == OWN:
            right[p] = system.u[i] - system.x[i]
        else:
            right[p] = supply(graph, k, system.x) - system.x[i]
            if k == slot:
                right[p] += push
        for q in range(m):
            column = replies.column[replies.of[system.place[rows[q]]]]
            total = column[system.place[i]]
            if k != OWN:
                for e in range(graph.link_start[k], graph.link_start[k + 1]):
                    c = system.place[graph.supplier[e]]
                    if c >= 0:
                        total -= graph.share[e] * column[c]
            matrix[p, q] = total
    return matrix, right


@inner
def swap_in_pivot(matrix: Floats, right: Floats, p: int) -> bool:
    """Bring the row with the largest entry of column p to place p; return False if that is nothing."""
    best = p
    for r in range(p + 1, matrix.shape[0]):
        if abs(matrix[r, p]) > abs(matrix[best, p]):
            best = r
    if best != p:
        for c in range(matrix.shape[0]):
            matrix[p, c], matrix[best, c] = matrix[best, c], matrix[p, c]
        for s in range(right.shape[1]):
            right[p, s], right[best, s] = right[best, s], right[p, s]
    return bool(abs(matrix[p, p]) >= SINGULAR)


@inner
def eliminate(matrix: Floats, right: Floats) -> bool:
    """Solve a small dense system in place, one column of ``right`` each (rows, sides); return False if singular."""
    m, sides = right.shape
    for p in range(m):
        if not swap_in_pivot(matrix, right, p):
            return False
        for r in range(p + 1, m):
            part = matrix[r, p] / matrix[p, p]
            for c in range(p + 1, m):
                matrix[r, c] -= part * matrix[p, c]
            for s in range(sides):
                right[r, s] -= part * right[p, s]
    for p in range(m - 1, -1, -1):
        for s in range(sides):
            for c in range(p + 1, m):
                right[p, s] -= matrix[p, c] * right[c, s]
            right[p, s] /= matrix[p, p]
    return True

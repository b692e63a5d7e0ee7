"""What a single new supplier is worth in each scenario, worked out from the state without it.

First, what a supplier would be worth that always has enough, so that slot k of buyer j never binds. With x the greatest
fixed point without and T the map with it, x <= T(x). Only j rises at first; then, firm by firm, those whom that lets
rise (the others are not looked at), up to z, the least fixed point above x. Loops of firms that keep each other down,
but are kept down by nothing else any more, stay too low in z; the greatest one, y, is wanted. Let u be what own
capacity allows. Call a set of firms closed if for each of its firms z < u and every slot that binds at z has all its
suppliers in the set; let C be the largest closed set (unions of closed sets are closed).

* Take any firms F that rise from z to y, and those of them, D, with the largest rise. A slot that binds for a firm of D
  at z has to rise as much; shares add up to 1, so if none of its suppliers rises more, they all rise as much. Hence: if
  no supplier of a binding slot of D rises outside F, D is closed.
* Let M be j, those who rose up to z, and all whom one reaches from them by links to buyers below u. Who rises is in M:
  else take as F those outside; D is closed with suppliers outside M, where nobody rose; so D was closed at x, without k
  (j is in M), and would have risen before.
* Who rises is reached from C by links to buyers below u: else take as F those who are not; D is closed and not in C.
* If C is not empty it can rise by some part t > 0, the same for all, so z is not y.

So C is sought in M, by dropping again and again firms that are at u or have a binding slot with a supplier outside. If
it is empty, z = y. Else all whom one reaches from C start from u and come down (see ``sourcing.py``); others keep z.

No partner for k can do more, so for each the firms that rose start from y and come down to the fixed point with it; all
others keep x.

A partner is worth nothing when another slot m of its buyer holds it down harder, s_k(x) > x_j: without k the map of j
is concave too, so for small t > 0 the point x + t (y - x) lies below its image under the map without the partner, and
x would not be its greatest fixed point.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner
from valuechain.kernels.sourcing import (
    TOLERANCE,
    Queue,
    Sourcing,
    descend,
    new_queue,
    put,
    put_buyers,
    supply,
    take,
)

__all__ = ["NOTICED", "Jobs", "screen"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

NOTICED = 1e-9
"""Differences of activities below this are rounding."""

PASSED_ON = 1e-12
"""Rises of an activity below this are not passed on."""


class Jobs(NamedTuple):
    """New suppliers to try one by one, sorted by slot.

    Those of group g are ``start[g]:start[g + 1]``, all for slot ``slot[g]``; each is ``firm`` with ``spare`` capacity
    (currency per flow period). Firm -1: a supplier that always has enough.
    """

    slot: Ints
    start: Ints
    firm: Ints
    spare: Floats


@inner
def downstream(graph: Sourcing, u: Floats, x: Floats, seen: Ints, mark: int, found: Ints, count: int) -> int:
    """Add to the firms listed those that may rise when they do; return how many there are."""
    for r in range(count):
        seen[found[r]] = mark
    at = 0
    while at < count:
        i = found[at]
        at += 1
        for e in range(graph.use_start[i], graph.use_start[i + 1]):
            j = graph.use_buyer[e]
            if seen[j] != mark and x[j] < u[j] - NOTICED:
                seen[j] = mark
                found[count] = j
                count += 1
    return count


@inner
def climb(
    graph: Sourcing, slot: int, u: Floats, x: Floats, seen: Ints, mark: int, found: Ints, queue: Queue, most: int
) -> int:
    """Bring activities up to the least fixed point above them with a slot that never binds; list who rises.

    At most so many updates: where they are used up, some firms still wait.
    """
    count = 0
    put(queue, graph.slot_buyer[slot])
    while queue.state[1] > 0 and most > 0:
        most -= 1
        i = take(queue)
        level = u[i]
        for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
            if k != slot:
                level = min(level, supply(graph, k, x))
        if level > x[i] + PASSED_ON:
            x[i] = level
            if seen[i] != mark:
                seen[i] = mark
                found[count] = i
                count += 1
            put_buyers(graph, queue, i)
    return count


@inner
def is_held(graph: Sourcing, slot: int, u: Floats, x: Floats, i: int, seen: Ints, mark: int) -> bool:
    """Tell whether a firm is held down by its own capacity or by a firm that is not among those marked."""
    if x[i] >= u[i] - NOTICED:
        return True
    for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
        if k == slot or supply(graph, k, x) > x[i] + NOTICED:
            continue
        for e in range(graph.link_start[k], graph.link_start[k + 1]):
            if seen[graph.supplier[e]] != mark:
                return True
    return False


@inner
def closed(
    graph: Sourcing, slot: int, u: Floats, x: Floats, seen: Ints, mark: int, found: Ints, count: int, queue: Queue
) -> int:
    """Keep of the firms listed, which are marked, those that hold each other down only; return how many."""
    for r in range(count):
        put(queue, found[r])
    while queue.state[1] > 0:
        i = take(queue)
        if seen[i] == mark and is_held(graph, slot, u, x, i, seen, mark):
            seen[i] = -1
            put_buyers(graph, queue, i)
    kept = 0
    for r in range(count):
        if seen[found[r]] == mark:
            found[kept] = found[r]
            kept += 1
    return kept


@inner
def best_case(
    graph: Sourcing,
    slot: int,
    u: Floats,
    x: Floats,
    seen: Ints,
    inside: Ints,
    mark: int,
    found: Ints,
    ceiling: Floats,
    queue: Queue,
    most: int,
) -> int:
    """Bring activities to the greatest fixed point with a slot that never binds; list who rises, return how many.

    ``mark`` and the next number are used up. At most so many updates: else some firms still wait.
    """
    count = climb(graph, slot, u, x, seen, mark, found, queue, most)
    if queue.state[1] > 0:
        return count
    other, size = np.empty(u.shape[0], dtype=np.int64), 0
    for r in range(count):
        other[size] = found[r]
        size += 1
    if seen[graph.slot_buyer[slot]] != mark:
        other[size] = graph.slot_buyer[slot]
        size += 1
    size = downstream(graph, u, x, inside, mark, other, size)
    size = closed(graph, slot, u, x, inside, mark, other, size, queue)
    if size == 0:
        return count
    size = downstream(graph, u, x, inside, mark + 1, other, size)
    for r in range(size):
        i = other[r]
        x[i] = u[i]
        put(queue, i)
        if seen[i] != mark:
            seen[i] = mark
            found[count] = i
            count += 1
    ceiling[slot] = np.inf
    descend(graph, u, x, ceiling, queue, most)
    ceiling[slot] = -1.0
    return count


@inner
def settle(
    graph: Sourcing,
    slot: int,
    firm: int,
    spare: float,
    u: Floats,
    x: Floats,
    top: Floats,
    found: Ints,
    count: int,
    queue: Queue,
) -> None:
    """Bring the firms that may rise from the best case down to the fixed point with a supplier of ``slot``."""
    for r in range(count):
        x[found[r]] = top[r]
        put(queue, found[r])
    buyer = graph.slot_buyer[slot]
    while queue.state[1] > 0:
        j = take(queue)
        level = u[j]
        for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
            given = supply(graph, k, x)
            if k == slot:
                given += spare * x[firm] / graph.need[k]
            level = min(level, given)
        if level < x[j] - TOLERANCE:
            x[j] = level
            put_buyers(graph, queue, j)
            if j == firm:
                put(queue, buyer)


@inner
def lacking(graph: Sourcing, slot: int, u: Floats, x: Floats) -> float:
    """Return what usual suppliers do not deliver of what a buyer could use, currency per flow period."""
    return graph.need[slot] * max(0.0, u[graph.slot_buyer[slot]] - supply(graph, slot, x))


@inner
def note(value: Floats, base: Floats, x: Floats, found: Ints, count: int, buyer: int) -> tuple[float, float]:
    """Return the output saved in all firms and in the buyer; ``x`` is set back."""
    total, own = 0.0, 0.0
    for r in range(count):
        i = found[r]
        more = x[i] - base[i]
        x[i] = base[i]
        if more > NOTICED:
            total += value[i] * more
            if i == buyer:
                own = value[i] * more
    return total, own


@inner
def give_up(base: Floats, x: Floats, found: Ints, count: int, queue: Queue) -> None:
    """Set activities back, let nobody wait."""
    for r in range(count):
        x[found[r]] = base[found[r]]
    while queue.state[1] > 0:
        take(queue)


@compiled
def screen(
    graph: Sourcing,
    value: Floats,
    u: Floats,
    base: Floats,
    jobs: Jobs,
    open_: Ints,
    most: int,
    cut: Floats,
    own: Floats,
    given_: Floats,
) -> None:
    """Set what each new supplier is worth in a scenario.

    Parameters
    ----------
    graph
        The economy.
    value
        Normal output, currency per flow period; shape (firms,).
    u, base
        Capacity left and activity without a new supplier, 0..1; shape (firms,).
    jobs
        The new suppliers.
    open_
        Which groups to do (1); shape (groups,). Written: 0 where done.
    most
        Updates for the best case of one group; where they do not do, it stays open.
    cut, own, given_
        Output that is saved in all firms and in the buyer, and what is delivered, currency per flow period; shape
        (suppliers,). Start as zeros. Written.
    """
    n = u.shape[0]
    queue, ceiling = new_queue(n), np.full(graph.slot_buyer.shape[0], -1.0)
    seen, inside = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    found, mark = np.empty(n, dtype=np.int64), 0
    x, top = base.copy(), np.empty(n)
    for g in range(jobs.slot.shape[0]):
        if open_[g] == 0:
            continue
        open_[g] = 0
        k = jobs.slot[g]
        j = graph.slot_buyer[k]
        if x[j] >= u[j] - NOTICED or supply(graph, k, x) > x[j] + NOTICED:
            continue
        lack = lacking(graph, k, u, x)
        count = best_case(graph, k, u, x, seen, inside, mark, found, ceiling, queue, most)
        mark += 2
        if queue.state[1] > 0:
            give_up(base, x, found, count, queue)
            open_[g] = 1
            continue
        for r in range(count):
            top[r] = x[found[r]]
        given = lacking(graph, k, u, x)
        best = note(value, base, x, found, count, j)
        if best[0] <= 0.0 and best[1] <= 0.0:
            continue
        for c in range(jobs.start[g], jobs.start[g + 1]):
            firm, spare = jobs.firm[c], jobs.spare[c]
            if firm < 0 or spare * x[firm] >= lack:
                # Has all that may lack, even if it does not rise itself.
                cut[c], own[c] = best
                given_[c] = given
                continue
            settle(graph, k, firm, spare, u, x, top, found, count, queue)
            given_[c] = min(lacking(graph, k, u, x), spare * x[firm])
            cut[c], own[c] = note(value, base, x, found, count, j)

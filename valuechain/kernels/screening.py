"""What a single new supplier is worth in each scenario, worked out from the state without it.

With x the activity without, only firms that their inputs hold below what their own capacity allows (x < u) can rise,
and only when the buyer rises: the firms reached from it through such firms. They start from u, all others keep x; that
is above the greatest fixed point with the new supplier, so bringing activities down comes to it (see ``sourcing.py``).

A partner for slot k is worth nothing when another slot m of its buyer j holds it down harder, s_k(x) > x_j. Without k
the map of j is concave, so with y the fixed point with the partner x + t (y - x) lies below its image under the map
without the partner, for small t > 0 at which k does not yet bind; x would not be the greatest fixed point.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner
from valuechain.kernels.sourcing import Pools, Queue, Sourcing, come_down, descend, new_queue, put, supply

__all__ = ["NOTICED", "Jobs", "Worth", "screen"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

NOTICED = 1e-9
"""Differences of activities below this are rounding."""


class Jobs(NamedTuple):
    """New suppliers to try one by one, sorted by slot.

    Those of group g are ``start[g]:start[g + 1]``, all for slot ``slot[g]``; each is ``firm`` with ``spare`` capacity
    (currency per flow period). Firm -1: a supplier that always has enough.
    """

    slot: Ints
    start: Ints
    firm: Ints
    spare: Floats


class Worth(NamedTuple):
    """What each new supplier brings in each scenario, currency per flow period; shapes (scenarios, suppliers).

    ``cut`` is output that is not lost in all firms, ``own`` that of the buyer, ``given`` what the supplier delivers.
    """

    cut: Floats
    own: Floats
    given: Floats


@inner
def held_below(graph: Sourcing, u: Floats, x: Floats, buyer: int, seen: Ints, mark: int, found: Ints) -> int:
    """List the firms that may rise when the buyer does, itself first; return how many."""
    found[0], count, at = buyer, 1, 0
    seen[buyer] = mark
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
def rise(
    graph: Sourcing, pools: Pools, u: Floats, x: Floats, found: Ints, count: int, ceiling: Floats, queue: Queue
) -> None:
    """Bring the firms that may rise from what their capacity allows down to the fixed point with the new supplier.

    Firm -1 of the pool stands for a supplier that always has enough: the slot never binds.
    """
    for r in range(count):
        x[found[r]] = u[found[r]]
        put(queue, found[r])
    slot = pools.slot[0]
    ceiling[slot] = np.inf
    if pools.firm[0] < 0:
        descend(graph, u, x, ceiling, queue)
    else:
        come_down(graph, pools, u, x, ceiling, queue)
    ceiling[slot] = -1.0


@compiled
def screen(
    graph: Sourcing, value: Floats, surviving: Floats, base: Floats, jobs: Jobs, first: int, last: int, worth: Worth
) -> None:
    """Set what each new supplier is worth in scenarios ``first`` to before ``last``; ``worth`` starts as zeros.

    Parameters
    ----------
    graph
        The economy.
    value
        Normal output, currency per flow period; shape (firms,).
    surviving, base
        Capacity left and activity without a new supplier, 0..1; shape (scenarios, firms).
    jobs
        The new suppliers.
    first, last
        Which scenarios.
    worth
        Written.
    """
    n = surviving.shape[1]
    queue, ceiling = new_queue(n), np.full(graph.slot_buyer.shape[0], -1.0)
    seen, found, mark = np.full(n, -1, dtype=np.int64), np.empty(n, dtype=np.int64), 0
    x = np.empty(n)
    pools = Pools(
        np.zeros(1, dtype=np.int64),
        np.array([0, 1], dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.array([np.inf]),
        np.zeros(1, dtype=np.int64),
        np.zeros(1),
    )
    for s in range(first, last):
        u = surviving[s]
        x[:] = base[s]
        for g in range(jobs.slot.shape[0]):
            k = jobs.slot[g]
            j = graph.slot_buyer[k]
            if x[j] >= u[j] - NOTICED or supply(graph, k, x) > x[j] + NOTICED:
                continue
            mark += 1
            count = held_below(graph, u, x, j, seen, mark, found)
            most = graph.need[k] * (u[j] - supply(graph, k, x))
            enough = -1
            for c in range(jobs.start[g], jobs.start[g + 1]):
                firm = jobs.firm[c]
                moves = firm >= 0 and seen[firm] == mark
                has = np.inf if firm < 0 else jobs.spare[c] * (u[firm] if moves else x[firm])
                if has <= 0.0:
                    continue
                plenty = not moves and has >= most
                if plenty and enough >= 0:
                    worth.cut[s, c], worth.own[s, c] = worth.cut[s, enough], worth.own[s, enough]
                    worth.given[s, c] = worth.given[s, enough]
                    continue
                pools.slot[0], pools.firm[0], pools.spare[0] = k, firm, jobs.spare[c]
                rise(graph, pools, u, x, found, count, ceiling, queue)
                lack = graph.need[k] * max(0.0, u[j] - supply(graph, k, x))
                worth.given[s, c] = min(lack, np.inf if firm < 0 else jobs.spare[c] * x[firm])
                total = 0.0
                for r in range(count):
                    i = found[r]
                    more = x[i] - base[s, i]
                    x[i] = base[s, i]
                    if more > NOTICED:
                        total += value[i] * more
                        if i == j:
                            worth.own[s, c] = value[j] * more
                worth.cut[s, c] = total
                if plenty:
                    enough = c

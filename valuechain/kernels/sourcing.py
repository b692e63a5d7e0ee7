"""The static economy of essential inputs: how much every firm makes when some lose capacity, with back-up suppliers.

With x the activity of a firm (1: its normal output), u what its own capacity allows and a the shares of the suppliers
of an essential slot k of buyer j, which needs D_k at normal output:

    s_k(x) = sum over suppliers i of a_ik x_i                          what the usual suppliers deliver, share of D_k
    T(x)_j = min(u_j, min over essential slots k of j of s_k(x) + b_k(x) / D_k)

The activity is the greatest fixed point of T (Leontief production, each supplier short by a part leaves each buyer
short by that part). b_k are deliveries of back-ups. A back-up draws on a pool, spare capacity of one firm, of which
``spare * x_firm`` is there. Slots call their back-ups in order: in round r every slot asks its back-up number r for
what it still lacks of u_j D_k (at most the limit of that link), and a pool asked for more than it has left serves all
by the same fraction.

T is monotone. In a round, with left S of a pool, q_k = min(lack_k, limit): lack' = lack_k - q_k min(1, S / sum q) does
not fall when any lack rises or S falls, S' = max(0, S - sum q) does not rise; at the start lacks fall and S rises with
x. So the greatest fixed point exists (Tarski 1955, Theorem 1), and any fair order of updates x_j <- T(x)_j that starts
above it comes down to it.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner

__all__ = [
    "TOLERANCE",
    "UNLIMITED",
    "Pools",
    "Queue",
    "Sourcing",
    "come_down",
    "deliveries",
    "descend",
    "new_queue",
    "put",
    "put_buyers",
    "solve",
    "supply",
    "take",
]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

TOLERANCE = 1e-12
"""Changes of an activity below this are not passed on."""


UNLIMITED = 2**62
"""As many updates as it takes."""


class Sourcing(NamedTuple):
    """Essential slots of n firms, sorted by buyer; shares of a slot add up to 1.

    Slots of buyer j are ``slot_start[j]:slot_start[j + 1]``, with ``slot_buyer`` and ``need`` (currency per flow
    period). Links of slot k are ``link_start[k]:link_start[k + 1]`` with ``supplier`` and ``share``. Buyers that need
    firm i are ``use_buyer[use_start[i]:use_start[i + 1]]``.
    """

    slot_start: Ints
    slot_buyer: Ints
    need: Floats
    link_start: Ints
    supplier: Ints
    share: Floats
    use_start: Ints
    use_buyer: Ints


class Pools(NamedTuple):
    """Back-up links by slot, and the spare capacity they draw on.

    ``slot`` are the slots that have back-ups; those of number q are ``link_start[q]:link_start[q + 1]``, in the order
    in which they are called, with their ``pool`` and ``limit`` (currency per flow period; infinite: none). A pool is
    ``spare`` (currency per flow period) of ``firm``.
    """

    slot: Ints
    link_start: Ints
    pool: Ints
    limit: Floats
    firm: Ints
    spare: Floats


class Queue(NamedTuple):
    """Firms to look at again, first come first served; ``state`` has the place of the first and how many wait."""

    firm: Ints
    waits: Ints
    state: Ints


@compiled
def new_queue(n: int) -> Queue:
    """Return an empty queue for n firms."""
    return Queue(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(2, dtype=np.int64))


@inner
def put(queue: Queue, firm: int) -> None:
    """Let a firm wait, unless it does."""
    if queue.waits[firm] == 0:
        queue.waits[firm] = 1
        queue.firm[(queue.state[0] + queue.state[1]) % queue.firm.shape[0]] = firm
        queue.state[1] += 1


@inner
def take(queue: Queue) -> int:
    """Return the firm that waits longest."""
    firm = queue.firm[queue.state[0]]
    queue.state[0] = (queue.state[0] + 1) % queue.firm.shape[0]
    queue.state[1] -= 1
    queue.waits[firm] = 0
    return int(firm)


@inner
def put_buyers(graph: Sourcing, queue: Queue, firm: int) -> None:
    """Let all buyers of a firm wait."""
    for e in range(graph.use_start[firm], graph.use_start[firm + 1]):
        put(queue, graph.use_buyer[e])


@inner
def supply(graph: Sourcing, slot: int, x: Floats) -> float:
    """Return what the usual suppliers of a slot deliver, share of its need."""
    total = 0.0
    for e in range(graph.link_start[slot], graph.link_start[slot + 1]):
        total += graph.share[e] * x[graph.supplier[e]]
    return total


@inner
def descend(graph: Sourcing, u: Floats, x: Floats, ceiling: Floats, queue: Queue, most: int) -> None:
    """Bring activities down until no firm that waits, or that it makes wait, changes; at most so many updates.

    A slot with a ``ceiling`` of 0 or more, shape (slots,), gives that share of its need, whatever its suppliers do.
    Where updates are used up, some firms still wait.
    """
    while queue.state[1] > 0 and most > 0:
        most -= 1
        j = take(queue)
        level = u[j]
        for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
            given = ceiling[k] if ceiling[k] >= 0.0 else supply(graph, k, x)
            level = min(level, given)
        if level < x[j] - TOLERANCE:
            x[j] = level
            put_buyers(graph, queue, j)


@inner
def call_backups(graph: Sourcing, pools: Pools, u: Floats, x: Floats, lack: Floats, given: Floats) -> None:
    """Set what slots still lack, shape (slots with back-ups,), and what links give, (links,), currency per period."""
    left = np.empty(pools.firm.shape[0])
    for p in range(left.shape[0]):
        left[p] = pools.spare[p] * x[pools.firm[p]]
    rounds = 0
    for q in range(pools.slot.shape[0]):
        k = pools.slot[q]
        lack[q] = graph.need[k] * max(0.0, u[graph.slot_buyer[k]] - supply(graph, k, x))
        rounds = max(rounds, pools.link_start[q + 1] - pools.link_start[q])
    asked = np.empty(left.shape[0])
    for r in range(rounds):
        asked[:] = 0.0
        for q in range(pools.slot.shape[0]):
            e = pools.link_start[q] + r
            if e < pools.link_start[q + 1]:
                asked[pools.pool[e]] += min(lack[q], pools.limit[e])
        for q in range(pools.slot.shape[0]):
            e = pools.link_start[q] + r
            if e < pools.link_start[q + 1]:
                p = pools.pool[e]
                given[e] = min(lack[q], pools.limit[e])
                if asked[p] > left[p]:
                    given[e] *= left[p] / asked[p]
        for q in range(pools.slot.shape[0]):
            e = pools.link_start[q] + r
            if e < pools.link_start[q + 1]:
                lack[q] = max(0.0, lack[q] - given[e])
        for p in range(left.shape[0]):
            left[p] = max(0.0, left[p] - asked[p])


@inner
def come_down(graph: Sourcing, pools: Pools, u: Floats, x: Floats, ceiling: Floats, queue: Queue) -> None:
    """Bring activities down to the greatest fixed point with back-ups.

    They start where nobody changes but by the sharing of pools. What a slot gets at activities above the fixed point
    is at least what it gets there, so it may stand as ceiling while the other firms come down; then it is worked out
    again.
    """
    lack, given = np.empty(pools.slot.shape[0]), np.empty(pools.pool.shape[0])
    while pools.slot.shape[0] > 0:
        call_backups(graph, pools, u, x, lack, given)
        for q in range(pools.slot.shape[0]):
            k = pools.slot[q]
            j = graph.slot_buyer[k]
            got = max(u[j] - lack[q] / graph.need[k], supply(graph, k, x))
            ceiling[k] = min(ceiling[k], got)
            if ceiling[k] < x[j] - TOLERANCE:
                put(queue, j)
        if queue.state[1] == 0:
            break
        descend(graph, u, x, ceiling, queue, UNLIMITED)


@compiled
def solve(graph: Sourcing, pools: Pools, surviving: Floats, activity: Floats, first: int, last: int) -> None:
    """Bring the activity in scenarios ``first`` to before ``last`` down to where pools are shared.

    Parameters
    ----------
    graph, pools
        The economy and its back-ups.
    surviving
        Capacity left, share of normal output, 0..1; shape (scenarios, firms).
    activity
        Activity if each link had its pool for itself, share of normal output; shape (scenarios, firms). Written.
    first, last
        Which scenarios.
    """
    queue = new_queue(surviving.shape[1])
    ceiling = np.full(graph.slot_buyer.shape[0], -1.0)
    for s in range(first, last):
        for q in range(pools.slot.shape[0]):
            ceiling[pools.slot[q]] = np.inf
        come_down(graph, pools, surviving[s], activity[s], ceiling, queue)


@compiled
def deliveries(graph: Sourcing, pools: Pools, surviving: Floats, activity: Floats, given: Floats) -> None:
    """Set what each back-up link delivers in each scenario, currency per flow period; shape (scenarios, links)."""
    lack = np.empty(pools.slot.shape[0])
    for s in range(surviving.shape[0]):
        call_backups(graph, pools, surviving[s], activity[s], lack, given[s])

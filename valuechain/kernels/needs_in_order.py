"""What is left as firms fail one after another: one pass over the needs, since failures only grow.

By propagation the failures of each firm are followed on top of those before. From scratch it is the other way round:
firms come back, the last one first, and what can work then only grows. Either way each link is followed once.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Small, inner
from valuechain.kernels.needs import Fallen, Flags, Ints, Needs, put_down, spread


@nb.njit(cache=True, nogil=True)
def left_by_propagation(needs: Needs, fallen: Fallen, order: Small, value: Ints) -> tuple[Ints, Flags]:
    """Return what the firms that work are worth before and after each failure, and whether each firm worked until then.

    Parameters
    ----------
    fallen
        The state in which nothing has failed; it is used up.
    order
        Firms, in the order in which they fail; shape (k,).
    value
        What each firm is worth, in whole units; shape (firms,).

    Returns
    -------
    tuple
        Worth, shape (k + 1,), and 1 where a firm still worked when it was made to fail, shape (k,).
    """
    worth, worked = np.zeros(len(order) + 1, np.int64), np.zeros(len(order), np.uint8)
    left = value.sum()
    worth[0] = left
    for t in range(len(order)):
        mark = fallen.top[0]
        put_down(fallen, order[t])
        worked[t] = fallen.top[0] > mark
        spread(needs, fallen, mark)
        for k in range(mark, fallen.top[0]):
            left -= value[fallen.trail[k]]
        worth[t + 1] = left
    return worth, worked


@inner
def _start(needs: Needs, missing: Ints, waits: Small, is_alive: Flags, works: Flags, queue: Small, value: Ints) -> Any:
    """Let the first firm of the queue start and all that can then; return what they are worth."""
    at, count, gained = 0, 1, np.int64(0)
    while at < count:
        f = queue[at]
        at += 1
        works[f] = 1
        gained += value[f]
        for e in range(needs.push_start[f], needs.push_start[f + 1]):
            k = needs.push_slot[e]
            lacked = missing[k] > needs.limit[k]
            missing[k] -= needs.push_weight[e]
            if lacked and missing[k] <= needs.limit[k]:
                j = needs.buyer[k]
                waits[j] -= 1
                if waits[j] == 0 and is_alive[j] == 1:
                    queue[count] = j
                    count += 1
    return gained


@nb.njit(cache=True, nogil=True)
def left_from_scratch(needs: Needs, order: Small, value: Ints) -> tuple[Ints, Flags]:
    """Return the same as :func:`left_by_propagation` for what can be built from scratch without the failed firms."""
    n = len(needs.of_buyer) - 1
    worth, worked = np.zeros(len(order) + 1, np.int64), np.zeros(len(order), np.uint8)
    is_alive, works = np.ones(n, np.uint8), np.zeros(n, np.uint8)
    waits, queue = np.zeros(n, np.int32), np.empty(n, np.int32)
    missing = np.zeros(len(needs.limit), np.int64)
    for k in range(len(needs.limit)):
        for e in range(needs.start[k], needs.start[k + 1]):
            missing[k] += needs.weight[e]
        if missing[k] > needs.limit[k]:
            waits[needs.buyer[k]] += 1
    for f in order:
        is_alive[f] = 0
    left = np.int64(0)
    for f in range(n):
        # Firms that start here may let later ones of this walk start: those work already when it comes to them.
        if is_alive[f] == 1 and waits[f] == 0 and works[f] == 0:
            queue[0] = f
            left += _start(needs, missing, waits, is_alive, works, queue, value)
    worth[len(order)] = left
    for t in range(len(order) - 1, -1, -1):
        f = order[t]
        is_alive[f] = 1
        if waits[f] == 0:
            queue[0] = f
            left += _start(needs, missing, waits, is_alive, works, queue, value)
        worked[t] = works[f]
        worth[t] = left
    return worth, worked

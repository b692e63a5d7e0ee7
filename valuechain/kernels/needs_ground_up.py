"""What can be built from scratch, and what can no longer be when firms fail: the least fixed point of working.

Firms are numbered in the order in which they become able to work; each then has, in every slot, enough suppliers with
smaller numbers. When firms fail, those whose earlier suppliers do not suffice are set aside (too many, where a later
supplier would do), and then those that still can be built are let in again.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Small, inner
from valuechain.kernels.needs import Fallen, Ints, Needs, put_down, take_back
from valuechain.kernels.needs_forest import note_product


@nb.njit(cache=True, nogil=True)
def derive(needs: Needs) -> Small:
    """Return the place of each firm in an order in which firms can start, -1 for those that cannot; shape (firms,)."""
    n = len(needs.of_buyer) - 1
    rank = np.full(n, -1, np.int32)
    open_slots, queue = np.empty(n, np.int32), np.empty(n, np.int32)
    missing = np.zeros_like(needs.limit)
    for k in range(len(needs.buyer)):
        for e in range(needs.start[k], needs.start[k + 1]):
            missing[k] += needs.weight[e]
    count = 0
    for f in range(n):
        open_slots[f] = needs.of_buyer[f + 1] - needs.of_buyer[f]
        if open_slots[f] == 0:
            rank[f], queue[count] = count, f
            count += 1
    at = 0
    while at < count:
        f = queue[at]
        at += 1
        for e in range(needs.push_start[f], needs.push_start[f + 1]):
            k = needs.push_slot[e]
            enough = missing[k] <= needs.limit[k]
            missing[k] -= needs.push_weight[e]
            if not enough and missing[k] <= needs.limit[k]:
                j = needs.buyer[k]
                open_slots[j] -= 1
                if open_slots[j] == 0:
                    rank[j], queue[count] = count, j
                    count += 1
    return rank


@nb.njit(cache=True, nogil=True)
def early_limits(needs: Needs, rank: Small) -> Needs:
    """Return the needs seen by earlier suppliers only: what a slot can lose of these, and links from these."""
    limit = needs.limit.copy()
    push_start = np.zeros(len(needs.push_start), np.int64)
    push_slot, push_weight = np.empty_like(needs.push_slot), np.empty_like(needs.push_weight)
    size = 0
    for k in range(len(needs.buyer)):
        for e in range(needs.start[k], needs.start[k + 1]):
            if not 0 <= rank[needs.supplier[e]] < rank[needs.buyer[k]]:
                limit[k] -= needs.weight[e]
    for f in range(len(needs.push_start) - 1):
        for e in range(needs.push_start[f], needs.push_start[f + 1]):
            k = needs.push_slot[e]
            if 0 <= rank[f] < rank[needs.buyer[k]]:
                push_slot[size], push_weight[size] = k, needs.push_weight[e]
                size += 1
        push_start[f + 1] = size
    return Needs(
        needs.buyer,
        needs.product,
        needs.start,
        needs.supplier,
        needs.weight,
        limit,
        needs.of_buyer,
        push_start,
        push_slot[:size].copy(),
        push_weight[:size].copy(),
        needs.made_start,
        needs.made,
        needs.makers,
    )


@inner
def _can_work(needs: Needs, rank: Small, fallen: Fallen, firm: int) -> bool:
    for k in range(needs.of_buyer[firm], needs.of_buyer[firm + 1]):
        missing = needs.limit[k] * 0
        for e in range(needs.start[k], needs.start[k + 1]):
            s = needs.supplier[e]
            if rank[s] < 0 or fallen.is_down[s] == 1:
                missing += needs.weight[e]
        if missing > needs.limit[k]:
            return False
    return True


@inner
def lose(needs: Needs, early: Needs, rank: Small, fallen: Fallen, firms: Small) -> int:
    """Let firms fail; put those that can no longer be built first on the trail and return how many they are.

    ``fallen`` must be the state of ``early`` in which nothing has failed. The trail then holds further firms that were
    set aside and let in again; :func:`take_back` with ``early`` undoes all.
    """
    for f in firms:
        if rank[f] >= 0:
            put_down(fallen, f)
    seeds, at = fallen.top[0], 0
    while at < fallen.top[0]:
        f = fallen.trail[at]
        at += 1
        for e in range(early.push_start[f], early.push_start[f + 1]):
            k = early.push_slot[e]
            fallen.spare[k] -= early.push_weight[e]
            if fallen.spare[k] < 0:
                put_down(fallen, early.buyer[k])
    count = fallen.top[0]
    again = count > seeds
    while again:
        again = False
        t = seeds
        while t < count:
            f = fallen.trail[t]
            if _can_work(needs, rank, fallen, f):
                fallen.is_down[f] = 0
                count -= 1
                fallen.trail[t], fallen.trail[count] = fallen.trail[count], f
                again = True
            else:
                t += 1
    return count


@nb.njit(cache=True, nogil=True)
def lost_together(needs: Needs, early: Needs, rank: Small, fallen: Fallen, firms: Small) -> int:
    """Let firms fail from scratch; the first firms of the trail, as many as are returned, can no longer be built."""
    return int(lose(needs, early, rank, fallen, firms))


@nb.njit(cache=True, nogil=True)
def lose_each(
    needs: Needs,
    early: Needs,
    rank: Small,
    fallen: Fallen,
    start: Ints,
    firm: Small,
    measures: Ints,
    makers: Small,
    firms: Small,
    sums: Ints,
    products: Small,
    product: Small,
    hang: Ints,
) -> None:
    """Let the firms ``firm[start[g]:start[g + 1]]`` of each group g fail in turn; add up what can no longer be built.

    ``makers`` counts the makers of each product that can be built. Fills ``firms``, ``sums``, ``products``,
    ``product`` by group and ``hang`` by firm, as :class:`valuechain.kernels.needs_forest.Stops` has them.
    """
    for g in range(len(start) - 1):
        count = lose(needs, early, rank, fallen, firm[start[g] : start[g + 1]])
        firms[g] = count
        for t in range(count):
            f = fallen.trail[t]
            hang[f] += 1
            for m in range(measures.shape[1]):
                sums[g, m] += measures[f, m]
            for e in range(needs.made_start[f], needs.made_start[f + 1]):
                p = needs.made[e]
                makers[p] -= 1
                if makers[p] == 0:
                    products[g] += 1
                    note_product(product[g], p)
        for t in range(count):
            f = fallen.trail[t]
            for e in range(needs.made_start[f], needs.made_start[f + 1]):
                makers[needs.made[e]] += 1
        take_back(early, fallen, 0)


@nb.njit(cache=True, nogil=True)
def stoppers(needs: Needs, early: Needs, rank: Small, fallen: Fallen, target: int, firms: Small) -> Small:
    """Return which of the firms, failing alone, leave the target that can no longer be built; 0 or 1 each."""
    stops = np.zeros(len(firms), np.int32)
    for k in range(len(firms)):
        count = lose(needs, early, rank, fallen, firms[k : k + 1])
        for t in range(count):
            if fallen.trail[t] == target:
                stops[k] = 1
        take_back(early, fallen, 0)
    return stops

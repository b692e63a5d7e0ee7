"""How many sources of a slot are independent, and on whom all of them hang, from the frames of the rollback forest."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Small, inner
from valuechain.kernels.needs import Flags, Ints, Needs
from valuechain.kernels.needs_forest import note_product

MOST_EXACT = 63
"""Suppliers of a slot up to which the largest independent set is looked for: one bit each."""

SURELY_EXACT = 12
"""Suppliers of a slot up to which that search cannot take too long."""

MOST_BRANCHES = 20_000
"""Branches of that search before it is given up; the best so far is a lower bound."""


class Frames(NamedTuple):
    """On whom each firm hangs, as :func:`valuechain.kernels.needs_forest.frames` has it: places low to high - 1."""

    start: Ints
    low: Small
    high: Small


class Sources(NamedTuple):
    """What is found for each slot.

    ``independent`` (slots,) sources, ``exact`` (slots,) 1 where that is the largest number and 0 where it is a lower
    bound, ``shared`` (slots,) counts the units that all sources hang on, ``first`` (slots, shown) the ranks of the
    first of them, -1 where there are no more.
    """

    independent: Small
    exact: Flags
    shared: Ints
    first: Small


@inner
def _meet(frames: Frames, one: int, two: int) -> bool:
    """Tell whether two firms hang on a common unit."""
    a, b = frames.start[one], frames.start[two]
    while a < frames.start[one + 1] and b < frames.start[two + 1]:
        if frames.low[a] < frames.high[b] and frames.low[b] < frames.high[a]:
            return True
        if frames.high[a] <= frames.high[b]:
            a += 1
        else:
            b += 1
    return False


@inner
def _bits(mask: int) -> int:
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@inner
def _busiest(mask: int, meets: Ints) -> int:
    """Return the supplier of a set that meets most others of it."""
    best, most = -1, -1
    for v in range(len(meets)):
        if (mask >> v) & 1:
            degree = _bits(meets[v] & mask)
            if degree > most:
                best, most = v, degree
    return best


@inner
def _without_easy(mask: int, meets: Ints) -> tuple[int, int]:
    """Pick suppliers whose neighbours all meet each other, which is never wrong; return what is left, and how many."""
    picked, v = 0, 0
    while v < len(meets):
        near = meets[v] & mask
        easy = (mask >> v) & 1 == 1
        u, rest = 0, near
        while easy and rest:
            if rest & 1:
                easy = near & ~(meets[u] | (np.int64(1) << u)) == 0
            rest >>= 1
            u += 1
        if easy:
            mask &= ~(near | (np.int64(1) << v))
            picked += 1
            v = 0
        else:
            v += 1
    return mask, picked


@inner
def _most_apart(meets: Ints) -> tuple[int, bool]:
    """Return the size of the largest set of suppliers no two of which meet, and whether that is certain."""
    count, best, branches = len(meets), 0, 0
    masks, sizes = np.zeros(2 * count + 4, np.int64), np.zeros(2 * count + 4, np.int64)
    masks[0], top = (np.int64(1) << count) - 1, 1
    while top > 0:
        top -= 1
        mask, size = masks[top], sizes[top]
        branches += 1
        if branches > MOST_BRANCHES:
            return max(best, 2), False  # if all met each other, that would be known by now
        if size + _bits(mask) <= best:
            continue
        mask, picked = _without_easy(mask, meets)
        size += picked
        if mask == 0:
            best = max(best, size)
            continue
        v = _busiest(mask, meets)
        rest = mask & ~(np.int64(1) << v)
        masks[top], sizes[top] = rest, size
        masks[top + 1], sizes[top + 1] = rest & ~meets[v], size + 1
        top += 2
    return best, True


@inner
def _at_least(frames: Frames, firms: Small) -> tuple[int, bool]:
    """Return how many suppliers can be picked in this order without two that meet, and whether that is the most."""
    picked, size = np.empty(len(firms), np.int32), 0
    for f in firms:
        fits = True
        for k in range(size):
            if _meet(frames, f, picked[k]):
                fits = False
                break
        if fits:
            picked[size] = f
            size += 1
    if size != 1:
        return size, size == len(firms)
    for a in range(1, len(firms)):  # one only for certain when no two others are apart
        for b in range(a):
            if not _meet(frames, firms[a], firms[b]):
                return 2, False
    return 1, True


@inner
def _shared(frames: Frames, firms: Small, rank: Small, first: Small) -> int:
    """Return how many units all firms hang on, and note the first of them by rank."""
    least = firms[0]
    for f in firms:
        if frames.start[f + 1] - frames.start[f] < frames.start[least + 1] - frames.start[least]:
            least = f
    count, at = 0, np.empty(len(firms), np.int64)
    for i in range(len(firms)):
        at[i] = frames.start[firms[i]]
    for k in range(frames.start[least], frames.start[least + 1]):
        place = frames.low[k]
        while place < frames.high[k]:
            until, after = frames.high[k], place
            for i in range(len(firms)):
                f = firms[i]
                while at[i] < frames.start[f + 1] and frames.high[at[i]] <= place:
                    at[i] += 1
                if at[i] == frames.start[f + 1]:
                    return count
                after = max(after, frames.low[at[i]])
                until = min(until, frames.high[at[i]])
            if after > place:
                place = after
                continue
            for p in range(place, until):
                note_product(first, rank[p])
            count += until - place
            place = until
    return count


@inner
def _in_order(frames: Frames, firms: Small, rank_of_firm: Small) -> Small:
    """Return suppliers, those that hang on few first, so that a lower bound does not depend on the order of rows."""
    keys = np.empty(len(firms), np.int64)
    for i in range(len(firms)):
        f, size = firms[i], 0
        for k in range(frames.start[f], frames.start[f + 1]):
            size += frames.high[k] - frames.low[k]
        keys[i] = size * len(rank_of_firm) + rank_of_firm[f]
    return firms[np.argsort(keys)]


@nb.njit(cache=True, nogil=True)
def independent_sources(needs: Needs, frames: Frames, rank: Small, rank_of_firm: Small, sources: Sources) -> None:
    """Fill ``sources``; ``rank`` (places,) and ``rank_of_firm`` order units by how much they matter."""
    for k in range(len(needs.limit)):
        firms = needs.supplier[needs.start[k] : needs.start[k + 1]]
        count = len(firms)
        if count == 0:
            continue
        sources.shared[k] = _shared(frames, firms, rank, sources.first[k])
        if count == 1 or sources.shared[k] > 0:
            sources.independent[k], sources.exact[k] = 1, 1  # what all hang on makes any two meet
            continue
        if count > SURELY_EXACT:
            firms = _in_order(frames, firms, rank_of_firm)
        if count > MOST_EXACT:
            number, certain = _at_least(frames, firms)
        else:
            meets = np.zeros(count, np.int64)
            for a in range(count):
                for b in range(a):
                    if _meet(frames, firms[a], firms[b]):
                        meets[a] |= np.int64(1) << b
                        meets[b] |= np.int64(1) << a
            number, certain = _most_apart(meets)
        sources.independent[k], sources.exact[k] = number, certain

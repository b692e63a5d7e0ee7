"""What is cut off from the rest of an undirected graph when one of its nodes goes, by one walk of it (Tarjan 1972)."""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Ints, Small


@nb.njit(cache=True, nogil=True)
def cut_off(start: Ints, other: Small) -> Ints:
    """Return for each node how many others are parted from the largest piece of what is left when it goes.

    Parameters
    ----------
    start, other
        Neighbours of node i: ``other[start[i]:start[i + 1]]``, each edge listed at both ends; shapes (n + 1,), (2 m,).

    Notes
    -----
    In a walk in depth, the piece under a child is cut off when no edge leads from it to above the node. The pieces are
    those, and what is left of the node's part.
    """
    n = len(start) - 1
    seen, low, size = np.zeros(n, np.int64), np.zeros(n, np.int64), np.ones(n, np.int64)
    parent, at = np.full(n, -1, np.int64), start[:-1].copy()
    apart, largest = np.zeros(n, np.int64), np.zeros(n, np.int64)
    stack, order = np.empty(n, np.int64), np.empty(n, np.int64)
    clock = 0
    for root in range(n):
        if seen[root]:
            continue
        clock += 1
        first = clock - 1
        seen[root] = low[root] = clock
        order[clock - 1] = root
        stack[0], top = root, 1
        while top:
            v = stack[top - 1]
            if at[v] < start[v + 1]:
                w = other[at[v]]
                at[v] += 1
                if not seen[w]:
                    clock += 1
                    seen[w] = low[w] = clock
                    order[clock - 1] = w
                    parent[w] = v
                    stack[top] = w
                    top += 1
                elif w != parent[v]:
                    low[v] = min(low[v], seen[w])
                continue
            top -= 1
            p = parent[v]
            if p >= 0:
                low[p] = min(low[p], low[v])
                size[p] += size[v]
                if low[v] >= seen[p]:
                    apart[p] += size[v]
                    largest[p] = max(largest[p], size[v])
        whole = clock - first
        for k in range(first, clock):
            v = order[k]
            rest = whole - 1 - apart[v]
            apart[v] = whole - 1 - max(largest[v], rest)
    return apart


@nb.njit(cache=True, nogil=True)
def below(parent: Ints, order: Ints) -> Ints:
    """Return how many nodes hang below each node of a tree; ``order`` lists parents before children."""
    count = np.zeros(len(parent), np.int64)
    for k in range(len(order) - 1, -1, -1):
        v = order[k]
        if parent[v] >= 0:
            count[parent[v]] += count[v] + 1
    return count

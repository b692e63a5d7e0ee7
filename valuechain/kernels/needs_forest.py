"""The exact set that every firm stops, counted for all firms at once: the rollback forest.

When f is the only source of an essential input of s, then s is in D({f}), the firms that f stops with f itself, and so
D({s}) lies inside D({f}). Firms that stop each other are taken as one (strong components of the single-source links).
Each component hangs under one of its single-source buyers; a walk of that forest, depth first, lets each component fail
on top of what its parent stopped, and takes it back on the way out. No set is written down.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from valuechain.kernels.cascade_graph import Small, inner
from valuechain.kernels.needs import Fallen, Ints, Needs, put_down, spread, take_back

SHOWN = 5
"""Products named for each component; more are only counted."""


class Forest(NamedTuple):
    """Components of firms that stop each other, and the forest they hang in.

    ``of_firm`` has the component of each firm. Firms of component c are ``firm[start[c]:start[c + 1]]``. ``parent`` is
    a component with a smaller number, -1 for roots; ``child`` and ``sibling`` link the children of each, -1 at the end.
    ``below`` counts the firms that matter in each subtree.
    """

    of_firm: Small
    start: Small
    firm: Small
    parent: Small
    child: Small
    sibling: Small
    below: Ints


class Stops(NamedTuple):
    """What each component stops, with its own firms.

    ``firms`` (components,), ``sums`` (components, measures) in whole numbers, ``products`` (components,) and the first
    of them in ``product`` (components, SHOWN), -1 where there are no more; ``hang`` (firms,) counts the firms that stop
    each firm, itself included.
    """

    firms: Small
    sums: Ints
    products: Small
    product: Small
    hang: Ints


@nb.njit(cache=True, nogil=True)
def strong_components(start: Ints, target: Small) -> tuple[Small, int]:
    """Return the component of each firm and their number; every link ends in a component with no larger number.

    Tarjan's algorithm (1972, SIAM Journal on Computing 1:146) without recursion.
    """
    n = len(start) - 1
    component = np.full(n, -1, np.int32)
    seen, low = np.zeros(n, np.int32), np.zeros(n, np.int32)  # 0: not seen
    stack, path, at = np.empty(n, np.int32), np.empty(n, np.int32), start[:-1].copy()
    clock, size, count = 0, 0, 0
    for root in range(n):
        if seen[root] != 0:
            continue
        depth = 0
        path[0] = root
        while depth >= 0:
            v = path[depth]
            if seen[v] == 0:
                clock += 1
                seen[v], low[v], stack[size] = clock, clock, v
                size += 1
            if at[v] < start[v + 1]:
                w = target[at[v]]
                at[v] += 1
                if seen[w] == 0:
                    depth += 1
                    path[depth] = w
                elif component[w] < 0:
                    low[v] = min(low[v], seen[w])
                continue
            if low[v] == seen[v]:
                while component[v] < 0:
                    size -= 1
                    component[stack[size]] = count
                count += 1
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[v])
    return component, count


@nb.njit(cache=True, nogil=True)
def hang(start: Ints, target: Small, component: Small, count: int, matters: npt.NDArray[np.uint8]) -> Forest:
    """Return the forest: each component under the single-source buyer that is thought to stop most.

    Any choice among these buyers gives the right sets; the guess (firms of the best chain of buyers, and of the other
    buyers themselves) decides how much has to be done anew.
    """
    n = len(component)
    first, firm = np.zeros(count + 1, np.int32), np.empty(n, np.int32)
    for f in range(n):
        first[component[f] + 1] += 1
    for c in range(count):
        first[c + 1] += first[c]
    fill = first[:-1].copy()
    for f in range(n):
        firm[fill[component[f]]] = f
        fill[component[f]] += 1
    parent, child = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    sibling, reach = np.full(count, -1, np.int32), np.zeros(count, np.int64)
    below, mark = np.zeros(count, np.int64), np.full(count, -1, np.int32)
    for c in range(count):  # buyers have smaller numbers
        others = 0
        for k in range(first[c], first[c + 1]):
            f = firm[k]
            below[c] += matters[f]
            for e in range(start[f], start[f + 1]):
                d = component[target[e]]
                if d == c or mark[d] == c:
                    continue
                mark[d] = c
                others += first[d + 1] - first[d]
                if parent[c] < 0 or reach[d] > reach[parent[c]]:
                    parent[c] = d
        reach[c] = first[c + 1] - first[c] + others
        if parent[c] >= 0:
            p = parent[c]
            reach[c] += reach[p] - (first[p + 1] - first[p])
            sibling[c], child[p] = child[p], c
    for c in range(count - 1, -1, -1):
        if parent[c] >= 0:
            below[parent[c]] += below[c]
    return Forest(component, first, firm, parent, child, sibling, below)


@inner
def note_product(shown: Small, product: int) -> None:
    """Keep the SHOWN smallest products of a row, in order."""
    for k in range(len(shown)):
        if shown[k] < 0 or product < shown[k]:
            for m in range(len(shown) - 1, k, -1):
                shown[m] = shown[m - 1]
            shown[k] = product
            return


@inner
def _enter(needs: Needs, forest: Forest, fallen: Fallen, measures: Ints, stops: Stops, c: int) -> None:
    """Let component c fail on top of its parent, and note what that adds."""
    mark, parent = fallen.top[0], forest.parent[c]
    if parent >= 0:
        stops.firms[c] = stops.firms[parent]
        stops.sums[c] = stops.sums[parent]
        stops.products[c] = stops.products[parent]
        stops.product[c] = stops.product[parent]
    for k in range(forest.start[c], forest.start[c + 1]):
        put_down(fallen, forest.firm[k])
    spread(needs, fallen, mark)
    stops.firms[c] += fallen.top[0] - mark
    for t in range(mark, fallen.top[0]):
        f = fallen.trail[t]
        stops.hang[f] += forest.below[c]
        for m in range(measures.shape[1]):
            stops.sums[c, m] += measures[f, m]
        for e in range(needs.made_start[f], needs.made_start[f + 1]):
            p = needs.made[e]
            needs.makers[p] -= 1
            if needs.makers[p] == 0:
                stops.products[c] += 1
                note_product(stops.product[c], p)


@inner
def _leave(needs: Needs, fallen: Fallen, mark: int) -> None:
    for t in range(mark, fallen.top[0]):
        f = fallen.trail[t]
        for e in range(needs.made_start[f], needs.made_start[f + 1]):
            needs.makers[needs.made[e]] += 1
    take_back(needs, fallen, mark)


@nb.njit(cache=True, nogil=True)
def walk(needs: Needs, forest: Forest, fallen: Fallen, measures: Ints, stops: Stops) -> None:
    """Let every component fail in turn; fills ``stops``. ``needs.makers`` and ``fallen`` end as they began.

    ``measures`` (firms, measures) are added up over what each component stops. Subtrees in which no firm matters are
    left out.
    """
    mark = np.zeros(len(forest.parent), np.int32)
    for root in range(len(forest.parent)):
        if forest.parent[root] >= 0 or forest.below[root] == 0:
            continue
        c = root
        while True:
            mark[c] = fallen.top[0]
            _enter(needs, forest, fallen, measures, stops, c)
            following = forest.child[c]
            while following >= 0 and forest.below[following] == 0:
                following = forest.sibling[following]
            while following < 0 and c >= 0:
                _leave(needs, fallen, mark[c])
                following = forest.sibling[c]
                while following >= 0 and forest.below[following] == 0:
                    following = forest.sibling[following]
                c = forest.parent[c]
            if following < 0 or c < 0:
                break
            c = following


@inner
def _longer(values: Small, size: int) -> Small:
    longer = np.empty(2 * len(values), np.int32)  # a frame adds n at most: twice 4 n has room for it
    longer[:size] = values[:size]
    return longer


@nb.njit(cache=True, nogil=True)
def frames(needs: Needs, forest: Forest, fallen: Fallen) -> tuple[Ints, Small, Small, Small, Small]:
    """Return on whom each firm hangs, as intervals of a numbering of all firms.

    Returns
    -------
    tuple
        ``start`` (firms + 1,), ``low`` and ``high``: firm j is stopped by the firms at places ``low[k]`` to
        ``high[k] - 1`` for k in ``start[j]:start[j + 1]``, itself included; these intervals do not overlap and rise.
        ``place`` (firms,) and ``at`` (firms,): the place of each firm, and the firm at each place.
    """
    n, count = len(forest.of_firm), len(forest.parent)
    place, at = np.empty(n, np.int32), np.empty(n, np.int32)
    enter, leave = np.zeros(count, np.int32), np.zeros(count, np.int32)
    who, frame, size = np.empty(4 * n + 4, np.int32), np.empty(4 * n + 4, np.int32), 0
    mark = np.zeros(count, np.int32)
    clock = 0
    for root in range(count):
        if forest.parent[root] >= 0:
            continue
        c = root
        while True:
            mark[c] = fallen.top[0]
            enter[c] = clock
            for k in range(forest.start[c], forest.start[c + 1]):
                place[forest.firm[k]], at[clock] = clock, forest.firm[k]
                clock += 1
                put_down(fallen, forest.firm[k])
            spread(needs, fallen, mark[c])
            if size + fallen.top[0] - mark[c] > len(who):
                who, frame = _longer(who, size), _longer(frame, size)
            for t in range(mark[c], fallen.top[0]):
                who[size], frame[size] = fallen.trail[t], c
                size += 1
            following = forest.child[c]
            while following < 0 and c >= 0:
                leave[c] = clock
                take_back(needs, fallen, mark[c])
                following = forest.sibling[c]
                c = forest.parent[c]
            if following < 0 or c < 0:
                break
            c = following
    start = np.zeros(n + 1, np.int64)
    for k in range(size):
        start[who[k] + 1] += 1
    for j in range(n):
        start[j + 1] += start[j]
    fill = start[:-1].copy()
    low, high = np.empty(size, np.int32), np.empty(size, np.int32)
    for k in range(size):  # components come in the order of their places, so intervals rise
        low[fill[who[k]]], high[fill[who[k]]] = enter[frame[k]], leave[frame[k]]
        fill[who[k]] += 1
    return start, low, high, place, at

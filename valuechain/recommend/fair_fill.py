"""Fair shares of scarce capacity: how far each need is filled when the least filled are raised first.

Needs d_k with permitted offers form a bipartite graph; offer c holds C_c. With F(N) the capacity of all offers that a
set N of needs may use, the fills t_k (0..1) must keep sum over N of t_k d_k <= F(N) for every N: a polymatroid. Its
lexicographically largest vector of sorted fills exists, is one, and is also of the largest total (Megiddo 1974,
Optimal flows in networks with multiple sources and sinks, Mathematical Programming 7: 97, for flows; Fujishige 1980,
Lexicographically optimal base of a polymatroid, Mathematics of Operations Research 5: 186, with weights). So fair fill
costs nothing in total. It is found by cutting: ask for one level t for all of a block; if a maximum flow cannot give
it, its minimum cut parts the block into needs that must stay below t and needs that may rise above, with the offers of
each (Groenevelt 1991, Two algorithms for maximizing a separable concave function over a polymatroid feasible region,
European Journal of Operational Research 54: 227, the decomposition algorithm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from valuechain.network import Floats, Index

__all__ = ["Market", "fair_fill"]

SAME = 1e-11
"""A flow that misses less than this part of what is asked for is whole: the rest is rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """Needs, offers, and who may serve whom. All amounts of pairs that hang together are in one unit.

    Parameters
    ----------
    need
        Amount needed, above 0; shape (needs,).
    rank
        Whom to serve first: all needs of rank 1 before those of rank 2; shape (needs,).
    capacity
        Amount offered, 0 or more; shape (offers,).
    pair_need, pair_offer
        Permitted pairs, positions, each pair once; shape (pairs,).
    cost
        Cost of a unit over each pair; shape (pairs,).
    """

    need: Floats
    rank: Index
    capacity: Floats
    pair_need: Index
    pair_offer: Index
    cost: Floats

    def components(self) -> tuple[Index, Index]:
        """Return the number of the connected part of each need and of each offer."""
        n, m = len(self.need), len(self.capacity)
        ones = np.ones(len(self.pair_need), dtype=np.int8)
        graph = sparse.coo_array((ones, (self.pair_need, n + self.pair_offer)), shape=(n + m, n + m))
        part = connected_components(graph, directed=False)[1].astype(np.int64)
        return part[:n], part[n:]


def fair_fill(market: Market) -> Floats:
    """Return how far each need is filled, 0..1; shape (needs,).

    Ranks are served one after the other: those of rank 1 as if alone, then those of rank 2 from what can be left when
    rank 1 keeps its fill, and so on. Within a rank the least filled is raised first.

    Examples
    --------
    Two needs of 10; offer 0 (4) serves both, offer 1 (12) the second only:

    >>> import numpy as np
    >>> pairs = {"pair_need": np.array([0, 1, 1]), "pair_offer": np.array([0, 0, 1]), "cost": np.zeros(3)}
    >>> fair_fill(Market(need=np.full(2, 10.0), rank=np.ones(2, int), capacity=np.array([4.0, 12.0]), **pairs)).tolist()
    [0.4, 1.0]
    """
    same_need = _alike(market.pair_need, market.pair_offer, market.rank)
    offers = _alike(market.pair_offer, market.pair_need, np.zeros(len(market.capacity), dtype=np.int64))
    groups = _Groups(market, same_need, offers)
    rank = np.zeros(groups.n, dtype=np.int64)
    rank[same_need] = market.rank
    level, fixed = np.zeros(groups.n), np.zeros(groups.n)
    for first in np.unique(market.rank):
        groups.raise_levels(rank == first, fixed, level)
        fixed = np.where(rank == first, level * groups.need, fixed)
    return np.asarray(np.minimum(level[same_need], 1.0))


def _alike(one: Index, other: Index, also: Index) -> Index:
    """Return a number for each position of ``one``: equal where its partners in ``other`` and ``also`` are the same.

    A set of partners is known by two sums of random whole numbers, so that sets that differ share a number with a
    probability of 2^-128.
    """
    count = len(also)
    words = np.random.default_rng(0).integers(0, 2**63, size=(int(other.max(initial=-1)) + 1, 2), dtype=np.uint64)
    keys = np.zeros((count, 2), dtype=np.uint64)
    order = np.argsort(one, kind="stable")
    first = np.flatnonzero(np.diff(one[order], prepend=-1))
    if len(first):
        keys[one[order[first]]] = np.add.reduceat(words[other[order]], first, axis=0)
    rows = np.column_stack([keys, also.astype(np.uint64)])
    return np.asarray(np.unique(rows, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)


class _Groups:
    """Needs and offers that are alike, taken together: they are filled alike."""

    def __init__(self, market: Market, same_need: Index, same_offer: Index) -> None:
        self.need: Floats = np.bincount(same_need, weights=market.need).astype(np.float64)
        self.capacity: Floats = np.bincount(same_offer, weights=market.capacity).astype(np.float64)
        self.n, self.m = len(self.need), len(self.capacity)
        pairs = np.unique(same_need[market.pair_need] * self.m + same_offer[market.pair_offer])
        self.links = sparse.csr_array(
            (np.ones(len(pairs), dtype=np.int8), (pairs // self.m, pairs % self.m)), shape=(self.n, self.m)
        )

    def raise_levels(self, chosen: npt.NDArray[np.bool_], fixed: Floats, level: Floats) -> None:
        """Set the level of the chosen groups; the others keep ``fixed``, what they get already."""
        part = connected_components(
            sparse.block_array([[None, self.links], [sparse.csr_array(self.links.T), None]]), directed=False
        )[1]
        needs, offers = _by_part(part[: self.n]), _by_part(part[self.n :])
        blocks = [(needs[p], offers.get(p, np.zeros(0, dtype=np.int64))) for p in needs]
        while blocks:
            mine, theirs = blocks.pop()
            active = mine[chosen[mine]]
            if len(active):
                blocks += self._settled(active, mine, theirs, fixed, level)

    def _settled(
        self, active: Index, mine: Index, theirs: Index, fixed: Floats, level: Floats
    ) -> list[tuple[Index, Index]]:
        """Set the level of a block, or return the two blocks it falls into."""
        wanted = self.need[active].sum()
        t = min(1.0, max(0.0, (self.capacity[theirs].sum() - fixed[mine].sum()) / wanted))
        asked = fixed[mine].copy()
        place = np.searchsorted(mine, active)
        asked[place] = t * self.need[active]
        level[active] = t
        links = self.links[mine][:, theirs].tocoo()
        if links.nnz == len(mine) * len(theirs) or t == 0:
            return []
        low_needs, low_offers = _minimum_cut(asked, self.capacity[theirs], links)
        if not low_needs[place].any() or (low_needs.all() and low_offers.all()):
            return []
        return [(mine[low_needs], theirs[low_offers]), (mine[~low_needs], theirs[~low_offers])]


def _by_part(part: npt.NDArray[np.int32]) -> dict[int, Index]:
    """Return the positions of each part, sorted."""
    order = np.argsort(part, kind="stable")
    labels, first = np.unique(part[order], return_index=True)
    return dict(zip(labels.tolist(), np.split(order, first[1:]), strict=True)) if len(part) else {}


def _minimum_cut(
    asked: Floats, capacity: Floats, links: sparse.coo_array
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the needs that cannot have what is asked for, and the offers that are theirs; nobody when all can."""
    import igraph  # noqa: PLC0415 - loaded only where offers differ in whom they may serve

    n, m = len(asked), len(capacity)
    source, sink = n + m, n + m + 1
    edges = np.concatenate(
        [
            np.column_stack([np.full(m, source), n + np.arange(m)]),
            np.column_stack([n + links.col, links.row]),
            np.column_stack([np.arange(n), np.full(n, sink)]),
        ]
    )
    scale = asked.sum()
    bounds = np.concatenate([capacity / scale, np.full(links.nnz, 2.0), asked / scale])
    graph = igraph.Graph(n=n + m + 2, edges=edges.tolist(), directed=True)
    flow = graph.maxflow(source, sink, bounds.tolist())
    low = np.zeros(n + m + 2, dtype=bool)
    if flow.value < 1 - SAME:
        low[flow.partition[1]] = True
    return low[:n], low[n : n + m]

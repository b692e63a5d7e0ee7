"""Where firms stand in the drawing: Fruchterman and Reingold (1991) part by part, then packed.

Coordinates are whole pixels. They depend on the order of firms given, so callers sort firms by id first.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats, Index

SEED = 20_220_712
SPACING = 58.0
"""Side of the square that one firm takes up on average, pixels."""
ACROSS = 0.1
"""Pull of links between communities, where those inside one have 1: communities would else melt into one ball."""
WIDTH_TO_HEIGHT = 1.45
GAP = 7.0
"""Least distance between the rims of two firms, pixels."""
MARGIN = 70.0
LARGE = 2_500
"""Firms from which on rounds are saved."""

Points = npt.NDArray[np.float64]


def coordinates(supplier: Index, buyer: Index, radius: Floats) -> npt.NDArray[np.int64]:
    """Return the place of each firm in pixels, shape (firms, 2); the largest part of the network comes first.

    Parameters
    ----------
    supplier, buyer
        Ends of each link, shape (links,).
    radius
        Radius of each firm in pixels, shape (firms,): no two firms overlap.
    """
    parts, alone = _parts(len(radius), supplier, buyer)
    blocks = [(members, _drawn_part(members, supplier, buyer, radius)) for members in parts]
    if len(alone):
        blocks.append((alone, _rows(radius[alone], sum(_area(p) for _, p in blocks))))
    places = np.zeros((len(radius), 2))
    for members, points in _packed(blocks):
        places[members] = points
    return np.rint(places).astype(np.int64)


def _parts(n: int, supplier: Index, buyer: Index) -> tuple[list[Index], Index]:
    """Return the members of each connected part, the largest first, and the firms without links."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(supplier)), (supplier, buyer)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label, minlength=1)
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.cumsum(sizes)[:-1])
    parts = sorted((g for g in groups if len(g) > 1), key=lambda g: (-len(g), int(g[0])))
    alone = np.sort(np.concatenate([g for g in groups if len(g) == 1] or [np.zeros(0, dtype=np.int64)]))
    return parts, alone.astype(np.int64)


def _drawn_part(members: Index, supplier: Index, buyer: Index, radius: Floats) -> Points:
    n = len(members)
    inside = np.full(int(radius.shape[0]), -1, dtype=np.int64)
    inside[members] = np.arange(n)
    ends = np.sort(np.c_[inside[supplier], inside[buyer]], axis=1)
    ends = np.unique(ends[(ends[:, 0] >= 0) & (ends[:, 0] != ends[:, 1])], axis=0)
    points = _spring(n, ends)
    points = _upright(points) * _scale(points, n)
    return _apart(points, radius[members])


def _spring(n: int, ends: Index) -> Points:
    import igraph  # noqa: PLC0415 - only when a page is drawn

    graph = igraph.Graph(n=n, edges=ends.tolist())
    # igraph draws random numbers from a generator of the process: a seeded one for the drawing, then its own again.
    igraph.set_random_number_generator(random.Random(SEED))
    try:
        return _forces(graph, n, ends)
    finally:
        igraph.set_random_number_generator(random)


def _forces(graph: Any, n: int, ends: Index) -> Points:
    large = n > LARGE
    # Louvain (Blondel et al. 2008) finds communities of tens of thousands of firms in a second.
    found = graph.community_multilevel() if large else graph.community_fastgreedy().as_clustering()
    group = np.array(found.membership)
    pull = np.where(group[ends[:, 0]] == group[ends[:, 1]], 1.0, ACROSS)
    angle = 2 * np.pi * (group + 0.5) / (group.max() + 1)
    # With few rounds to go, firms start about as near to each other as they will end.
    near = 0.4 if large else 1.0
    start = np.random.default_rng(SEED).normal(size=(n, 2)) * np.sqrt(n) / 6 * near
    start += np.c_[np.cos(angle), np.sin(angle)] * np.sqrt(n) * near
    # Rounds cost as many firms as there are: the more firms, the fewer rounds, about the same time from 10,000 on.
    rounds = int(np.clip(400 * LARGE / n, 20, 400))
    layout = graph.layout_fruchterman_reingold(
        weights=pull.tolist(), seed=start.tolist(), niter=rounds, grid="grid" if n > 700 else "nogrid"
    )
    points = np.asarray(layout.coords, dtype=np.float64)
    return _evened(points) if large else points


def _evened(points: Points) -> Points:
    """Return the points of a large part, half way to as many firms on each bit of the plane around the middle.

    Forces leave a dense core and a few firms far out, and a view of all of them would show neither.
    """
    centred = points - np.median(points, axis=0)
    away = np.hypot(centred[:, 0], centred[:, 1])
    rank = np.argsort(np.argsort(away, kind="stable"), kind="stable")
    far = max(float(np.percentile(away, 95)), 1e-9)
    even, drawn_in = np.sqrt((rank + 0.5) / len(away)) * far, far * (1 - np.exp(-away / far))
    return np.asarray(centred * ((even + drawn_in) / 2 / np.maximum(away, 1e-9))[:, None])


def _upright(points: Points) -> Points:
    """Return the points centred and turned so that they are widest from left to right, and a little wider still."""
    centred = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(centred.T)) if len(points) > 2 else (None, np.eye(2)[::-1].T)
    turned = centred @ axes[:, ::-1]
    signs = np.where(np.abs(turned.max(axis=0)) >= np.abs(turned.min(axis=0)), 1.0, -1.0)
    turned = turned * signs
    spread = turned.std(axis=0) + 1e-9
    stretch = np.clip(WIDTH_TO_HEIGHT * spread[1] / spread[0], 0.8, 1.6)
    return np.asarray(turned * np.array([stretch, 1.0]))


def _scale(points: Points, n: int) -> float:
    """Return the factor that gives each firm its square of ``SPACING``; far outliers do not count."""
    low, high = np.percentile(points, [3, 97], axis=0)
    width, height = np.maximum(high - low, 1e-6)
    if n < 8:
        span = float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))
        return SPACING * 1.8 * np.sqrt(n) / max(span, 1e-6)
    return float(SPACING * np.sqrt(n / (width * max(height, width / 20))))


def _apart(points: Points, radius: Floats) -> Points:
    """Return the points pushed apart until no two firms overlap (or 60 rounds have passed)."""
    from scipy.spatial import cKDTree  # noqa: PLC0415

    points = points + np.c_[np.arange(len(points)), np.arange(len(points))[::-1]] * 1e-4
    reach = 2 * float(radius.max(initial=0.0)) + GAP
    for _ in range(60):
        pairs = cKDTree(points).query_pairs(reach, output_type="ndarray")
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        way = points[pairs[:, 1]] - points[pairs[:, 0]]
        distance = np.hypot(way[:, 0], way[:, 1])
        missing = radius[pairs[:, 0]] + radius[pairs[:, 1]] + GAP - distance
        close = missing > 0.01
        if not close.any():
            break
        push = way[close] / np.maximum(distance[close], 1e-9)[:, None] * (missing[close] / 2)[:, None]
        np.add.at(points, pairs[close, 1], push)
        np.add.at(points, pairs[close, 0], -push)
    return points


def _rows(radius: Floats, area: float) -> Points:
    """Return places in rows, as wide as the rest of the drawing."""
    step = 2 * float(radius.max(initial=0.0)) + 3 * GAP
    width = max(np.sqrt(max(area, 1.0) * WIDTH_TO_HEIGHT), step * np.sqrt(len(radius) * 4))
    columns = max(1, int(width // step))
    k = np.arange(len(radius))
    return np.c_[k % columns, k // columns] * step


def _area(points: Points) -> float:
    return float(np.prod(np.ptp(points, axis=0) + MARGIN))


def _packed(blocks: list[tuple[Index, Points]]) -> list[tuple[Index, Points]]:
    """Return the blocks on shelves below each other, centred at 0."""
    if not blocks:
        return []
    total = sum(_area(p) for _, p in blocks)
    width = max(float(np.ptp(blocks[0][1][:, 0])) + MARGIN, np.sqrt(total * WIDTH_TO_HEIGHT))
    placed = []
    x = y = shelf = 0.0
    for members, points in blocks:
        corner = points.min(axis=0)
        size = np.ptp(points, axis=0) + MARGIN
        if x > 0 and x + size[0] > width:
            x, y, shelf = 0.0, y + shelf, 0.0
        placed.append((members, points - corner + np.array([x, y])))
        x, shelf = x + size[0], max(shelf, float(size[1]))
    everything = np.concatenate([p for _, p in placed])
    centre = (everything.min(axis=0) + everything.max(axis=0)) / 2
    return [(members, points - centre) for members, points in placed]

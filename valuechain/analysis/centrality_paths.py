"""Betweenness and closeness: by all shortest paths, or by those of a drawn sample of firms, with the error of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from valuechain.analysis.centrality_links import Trade
from valuechain.errors import ParameterError
from valuechain.network import Floats, Index

EXACT_WORK = 1.5e9
"""Firms times (firms + pairs) up to which all shortest paths are followed unless told otherwise: some 15 s."""

SAMPLE_WORK = 3e8
"""The same for the sample that is drawn above that: some 30 s."""

BATCHES = 16
CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values, and half the width of their interval at ``CONFIDENCE``; shapes (firms,). Error None: exact.

    ``sampled`` of ``firms`` firms were drawn.
    """

    values: Floats
    error: Floats | None
    sampled: int
    firms: int

    @property
    def words(self) -> str:
        """How the values were come by."""
        if self.error is None:
            return "exact, all shortest paths"
        return f"sampled, the paths of {self.sampled:,} of {self.firms:,} firms"


def sample_of(trade: Trade, samples: int | None, seed: int) -> Index | None:
    """Return the positions of a sample of firms, drawn by their ids; None: take all.

    Raises
    ------
    ParameterError
        When ``samples`` is too small for its error to be told.
    """
    n = trade.network.n_firms
    cost = n + len(trade.length)
    if samples is None:
        if n * cost <= EXACT_WORK:
            return None
        samples = max(4 * BATCHES, int(SAMPLE_WORK / cost))
    whole = isinstance(samples, int | np.integer) and not isinstance(samples, bool)
    if not whole or samples < 2 * BATCHES:
        raise ParameterError(
            f"samples is {samples!r}; give a whole number of {2 * BATCHES} or more (fewer do not show their own "
            "error), or leave it out: small networks are then computed in full"
        )
    if samples >= n:
        return None
    return trade.by_id[np.random.default_rng(seed).permutation(n)[:samples]]


def betweenness(trade: Trade, sample: Index | None, *, weighted: bool) -> Estimate | None:
    """Return the share of ordered pairs of other firms whose shortest paths lead over each firm (Freeman 1977).

    Shortest paths that are equally long share a pair. None for networks of fewer than three firms.
    """
    n = trade.network.n_firms
    if n < 3:
        return None
    weights = trade.length if weighted else None
    pairs = (n - 1) * (n - 2)
    if sample is None:
        return Estimate(np.asarray(trade.graph.betweenness(weights=weights)) / pairs, None, n, n)
    # igraph gives sums over the sources that it is told, not scaled to all.
    sums = [np.asarray(trade.graph.betweenness(weights=weights, sources=part)) for part in _parts(sample)]
    table = np.column_stack([np.array(sums), [len(part) for part in _parts(sample)]])
    found = _estimate(table, lambda total: total[:-1] * (n / total[-1]) / pairs, len(sample), n)
    error = np.zeros(n) if found.error is None else np.nan_to_num(found.error)
    return replace(found, error=error + unseen(len(sample)))


def unseen(sampled: int) -> float:
    """Return the largest part of all firms that a draw of so many misses altogether, at ``CONFIDENCE``.

    The spread of a sample shows nothing of the few firms for all of whose ways a firm may stand. Each firm accounts for
    at most 1 / firms of a betweenness, so this part is also the most that those which were missed can add to it.
    """
    return float(1 - (1 - CONFIDENCE) ** (1 / sampled))


def closeness(trade: Trade, sample: Index | None, *, weighted: bool) -> Estimate | None:
    """Return the share of other firms that each reaches downstream, over its mean distance to them.

    This is closeness with the factor of Wasserman and Faust (1994) for networks of several parts; nan for a firm that
    reaches nobody. None for networks of one firm.
    """
    n = trade.network.n_firms
    if n < 2:
        return None
    weights = trade.length if weighted else None
    if sample is None:
        near = np.asarray(trade.graph.closeness(mode="out", weights=weights, normalized=True), dtype=np.float64)
        reached = np.asarray(trade.graph.neighborhood_size(order=n, mode="out"), dtype=np.float64) - 1
        return Estimate(np.where(reached > 0, near * reached / (n - 1), np.nan), None, n, n)
    rows = [_towards(trade, part, weights) for part in _parts(sample)]
    return _estimate(np.array(rows), lambda total: _closeness(total, n), len(sample), n)


def _towards(trade: Trade, targets: Index, weights: Floats | None) -> Floats:
    """Return, for all firms, how many of the targets they reach, the sum of distances, and how many there are."""
    n = trade.network.n_firms
    distance = np.asarray(trade.graph.distances(source=targets, mode="in", weights=weights))
    distance[np.arange(len(targets)), targets] = np.inf
    reached = np.isfinite(distance)
    asked = np.full(n, float(len(targets)))
    asked[targets] -= 1  # a firm is no target of its own
    return np.concatenate([reached.sum(axis=0), np.where(reached, distance, 0.0).sum(axis=0), asked])


def _closeness(total: Floats, n: int) -> Floats:
    reached, distance, asked = total[:n], total[n : 2 * n], total[2 * n :]
    known = (reached > 0) & (asked > 0)
    return np.divide(reached**2, asked * distance, out=np.full(n, np.nan), where=known)


def _parts(sample: Index) -> list[Index]:
    return np.array_split(sample, BATCHES)


def _estimate(batches: npt.NDArray[np.float64], of: Callable[[Floats], Floats], sampled: int, firms: int) -> Estimate:
    """Return what a sample says, with the error seen between its batches (jackknife, each batch left out once).

    Parameters
    ----------
    batches
        Sums of each batch; shape (batches, sums).
    of
        Makes values, shape (firms,), of sums.
    """
    total = batches.sum(axis=0)
    values = of(total)
    others = np.array([of(total - part) for part in batches])
    known = ~np.isnan(others).any(axis=0)
    spread = np.where(known, others, 0.0).var(axis=0)
    # Drawn without return: the more of all firms are drawn, the less is left to chance.
    scale = (BATCHES - 1) * (1 - sampled / firms)
    half = student.ppf((1 + CONFIDENCE) / 2, BATCHES - 1) * np.sqrt(spread * scale)
    # What shows no spread is not free of error.
    return Estimate(values, np.where(known & (half > 0), half, np.nan), sampled, firms)

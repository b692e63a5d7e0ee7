"""Which firms stop all suppliers of a slot at once, and which candidates they would stop as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.analysis.needs import needs_of
from valuechain.analysis.stops import forest_of
from valuechain.kernels import needs_forest
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.needs import Ints, Needs, nothing_fallen
from valuechain.network import Index, Network

__all__ = ["Hanging", "hanging", "hanging_in"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hanging:
    """On whom every firm hangs: those whose failure alone stops it, itself included, as intervals of places."""

    start: Ints
    low: Small
    high: Small
    place: Small
    at: Small

    def stoppers(self, firm: int) -> Index:
        """Return the firms that stop a firm when they fail, itself included."""
        spans = range(self.start[firm], self.start[firm + 1])
        parts = [self.at[self.low[k] : self.high[k]] for k in spans]
        return np.unique(np.concatenate(parts)).astype(np.int64)

    def stops(self) -> Index:
        """Return how many other firms each firm stops when it fails; shape (firms,)."""
        n = len(self.place)
        change = np.bincount(self.low, minlength=n + 1) - np.bincount(self.high, minlength=n + 1)
        return np.asarray(np.cumsum(change)[self.place] - 1, dtype=np.int64)

    def of_all(self, firms: Index) -> Index:
        """Return the firms each of which alone stops all the given firms; all given firms included where one is."""
        if not len(firms):
            return np.zeros(0, dtype=np.int64)
        common = self.stoppers(int(firms[0]))
        for firm in firms[1:]:
            if not len(common):
                break
            common = common[np.isin(common, self.stoppers(int(firm)), assume_unique=True)]
        return common

    def shared(self, points: Index, candidate: int) -> Index:
        """Return which of the points would stop a candidate as well; the candidate itself is none."""
        if not len(points):
            return points
        found = points[np.isin(points, self.stoppers(candidate), assume_unique=True)]
        return found[found != candidate]


def hanging(network: Network) -> Hanging:
    """Return on whom every firm of a network hangs.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> sorted(net.firm_ids[hanging(net).stoppers(0)])
    ['sector_1', 'sector_2']
    """
    return hanging_in(needs_of(network))


def hanging_in(needs: Needs) -> Hanging:
    """Return on whom every firm hangs, for needs as arrays."""
    forest = forest_of(needs, np.ones(len(needs.push_start) - 1, dtype=np.uint8))
    start, low, high, place, at = needs_forest.frames(needs, forest, nothing_fallen(needs))
    return Hanging(start=start, low=low, high=high, place=place, at=at)

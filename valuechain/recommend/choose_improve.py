"""Good sets early: options in the order of an answer in part, then exchanged as long as that gains."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats
from valuechain.recommend.choose_master import Master
from valuechain.recommend.choose_recourse import Cuts

__all__ = ["Sets"]

Mask = npt.NDArray[np.bool_]

KEPT = 16
"""Lines kept to guess what an exchange would gain: those of the last sets."""


@dataclass(eq=False)
class Sets:
    """Sets that were worked out, and the best of them; ``goal`` is infinite as long as there is none."""

    master: Master
    goal: float = np.inf
    best: Mask | None = None
    known: dict[bytes, float] = field(default_factory=dict)
    lines: list[Cuts] = field(default_factory=list)

    def fits(self, chosen: Mask) -> bool:
        """Tell whether a set keeps to the limits."""
        limits, options = self.master.limits, self.master.recourse.options
        if options.cost(chosen, np.zeros(len(chosen))) > limits.budget * (1 + 1e-9):
            return False
        if limits.most_partners is not None and len(np.unique(options.firm[chosen])) > limits.most_partners:
            return False
        country = options.country[chosen]
        return len(np.unique(country[country >= 0])) >= limits.least_countries

    def goal_of(self, chosen: Mask) -> float:
        """Return what is minimised, of a set that keeps to the limits, and keep the set if it is the best."""
        key = chosen.tobytes()
        if key not in self.known:
            gain, cuts = self.master.recourse.gains(chosen.astype(np.float64))
            self.known[key] = self.master.goal(chosen, gain)
            self.lines = [*self.lines[1 - KEPT :], cuts]
            if self.known[key] < self.goal:
                self.goal, self.best = self.known[key], chosen.copy()
        return self.known[key]

    def rounded(self, y: Floats) -> list[Mask]:
        """Return sets that take what is in an answer in part: the most of it first, or by what it costs."""
        fixed, found = self.master.recourse.options.fixed, []
        for key in (-y, fixed / np.maximum(y, 1e-3), -y / np.maximum(fixed, 1e-12)):
            chosen = np.zeros(len(y), dtype=bool)
            for c in np.argsort(key, kind="stable"):
                if y[c] > 1e-6:
                    chosen[c] = True
                    chosen[c] = self._within(chosen)
            if self.fits(chosen):
                found.append(chosen)
        return found

    def _within(self, chosen: Mask) -> bool:
        """Tell whether a set keeps to the limits that more options can break."""
        limits, options = self.master.limits, self.master.recourse.options
        few = limits.most_partners is None or len(np.unique(options.firm[chosen])) <= limits.most_partners
        return few and options.cost(chosen, np.zeros(len(chosen))) <= limits.budget * (1 + 1e-9)

    def improve(self, chosen: Mask, *, tries: int, until: float) -> None:
        """Add options or exchange one for another, as long as that gains; ``tries`` may be in vain.

        A set with a goal of ``until`` is good enough.
        """
        goal, left = self.goal_of(chosen), tries
        while left > 0 and self.goal > until:
            others = self._exchanges(chosen)
            if not others:
                return
            for other in others:
                value = self.goal_of(other)
                if value < goal - 1e-12:
                    chosen, goal = other, value
                    break
                left -= 1

    def _exchanges(self, chosen: Mask) -> list[Mask]:
        """Return sets not yet worked out that may be better by the lines that are known, the most promising first."""
        master, recourse = self.master, self.master.recourse
        options, limits = recourse.options, master.limits
        constant = np.array([c.constant for c in self.lines])
        slope = np.array([c.slope for c in self.lines])
        here = constant + slope @ chosen
        gain = recourse.gains(chosen.astype(np.float64))[0] if limits.tail_weight else here.min(axis=0)
        weights = master.weights(gain)
        now = master.weights(gain) @ np.minimum(here.min(axis=0), recourse.whole.top)
        new = np.flatnonzero(~chosen & (slope.max(axis=(0, 1)) > 1e-9))
        left, found = limits.budget - options.fixed[chosen].sum(), []
        for out in [-1, *np.flatnonzero(chosen).tolist()]:
            money = left + (options.fixed[out] if out >= 0 else 0.0)
            some = new[options.fixed[new] <= money * (1 + 1e-9) + 1e-12]
            rest = here - slope[:, :, out] if out >= 0 else here
            most = np.minimum((rest[:, :, None] + slope[:, :, some]).min(axis=0), recourse.whole.top[:, None])
            more = weights @ most - now
            found += [(-float(m), int(c), out) for m, c in zip(more, some, strict=True) if m > 1e-9]
        sets = []
        for _, c, out in sorted(found):
            other = chosen.copy()
            other[c] = True
            if out >= 0:
                other[out] = False
            if other.tobytes() not in self.known and self.fits(other):
                sets.append(other)
            if len(sets) == 4:
                break
        return sets

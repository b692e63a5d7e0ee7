"""A scenario over days: what each firm, final demand and link loses on each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from valuechain.models.effects import Effect, effects_of
from valuechain.models.neighbours import Partners, partners_of
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

OF_CAPACITY = ("capacity", "capital")
"""Kinds of shocks that take capacity; to a model without capital, what is destroyed is capacity lost."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What is left of capacity, final demand, links and inputs, day by day: fractions of the undisturbed state.

    Shocks that overlap combine as independent ones: of two losses of a half, a quarter is left. ``published`` is the
    lost capacity by day and firm where the published program's rules of overlap are asked for, else None.

    Parameters
    ----------
    network
        The network.
    effects
        The shocks, each with whom it hits; see :class:`Effect`.
    days
        Number of days.
    published
        Lost capacity, shape (days, firms), or None.
    """

    network: Network
    effects: Sequence[Effect]
    days: int
    published: Floats | None = None

    def capacity_kept(self, day: int) -> Floats:
        """Return the part of its capacity each firm has, capital that is destroyed counted in; shape (firms,)."""
        if self.published is not None:
            return np.asarray(1 - self.published[day])
        return self.kept(OF_CAPACITY, day)

    def kept(self, kinds: tuple[str, ...], day: int) -> Floats:
        """Return the part of its capacity that shocks of these kinds leave each firm; shape (firms,)."""
        kept = self._kept(kinds, self.network.n_firms, day)
        for effect, table in self._damped:
            if effect.kind in kinds:
                kept[effect.hit] *= 1 - table[day]
        return kept

    def demand_kept(self, day: int) -> Floats:
        """Return final demand as a multiple of the undisturbed one, above 1 in a surge; shape (firms,)."""
        return self._kept(("demand",), self.network.n_firms, day)

    def link_kept(self, day: int) -> Floats:
        """Return the part of its usual flow each link can carry; shape (links,). Lost inputs are not delivered."""
        return self._kept(("link",), self.network.n_links, day) * self.input_kept(day)

    def input_kept(self, day: int) -> Floats:
        """Return the part of its usual use of what each link brings the buyer can make; shape (links,)."""
        return self._kept(("essential-input",), self.network.n_links, day)

    def has(self, *kinds: str) -> bool:
        """Tell whether any shock is of one of these kinds."""
        return any(e.kind in kinds for e in self.effects)

    def is_over(self, day: int) -> bool:
        """Tell whether all losses have passed by a day (a loss below 0.1 % counts as passed)."""
        if self.published is not None and (self.published[day] > 1e-3).any():
            return False
        kept = (self.capacity_kept(day), self.demand_kept(day), self.link_kept(day))
        return all(bool((np.abs(k - 1) <= 1e-3).all()) for k in kept)

    def _kept(self, kinds: tuple[str, ...], count: int, day: int) -> Floats:
        kept = np.ones(count)
        for effect in self.effects:
            if effect.kind in kinds and not effect.is_damped and day >= effect.start:
                kept[effect.hit] *= 1 - effect.loss_at(day)
        return kept

    @cached_property
    def _damped(self) -> list[tuple[Effect, Floats]]:
        """Capacity losses whose recovery hangs on the neighbours, by day; each shape (days, firms hit)."""
        damped = [e for e in self.effects if e.is_damped]
        tables = [np.zeros((self.days, len(e.hit))) for e in damped]
        if not damped:
            return []
        partners: Partners = partners_of(self.network)
        for day in range(self.days):
            for effect, table in zip(damped, tables, strict=True):
                if day == effect.start:
                    table[day] = effect.loss
            if day + 1 == self.days:
                break
            kept = self._kept(OF_CAPACITY, self.network.n_firms, day)
            for effect, table in zip(damped, tables, strict=True):
                kept[effect.hit] *= 1 - table[day]
            health = 1 - partners.mean(1 - kept)
            for effect, table in zip(damped, tables, strict=True):
                whole = day < effect.start + (effect.days or 0)
                gain = 0.0 if whole else health[effect.hit] / np.maximum(effect.recovery_days, 1)
                table[day + 1] = table[day] * (1 - gain)
        return list(zip(damped, tables, strict=True))


def timeline(network: Network, scenario: Scenario, *, days: int) -> Timeline:
    """Return a scenario's losses by day; see :func:`valuechain.models.effects.effects_of` for what is refused."""
    return Timeline(network=network, effects=effects_of(network, scenario), days=days)

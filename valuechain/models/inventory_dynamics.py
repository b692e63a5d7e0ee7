"""The inventory model as one of the models over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from valuechain.models.dynamics import DaysRun
from valuechain.models.effects import Effect
from valuechain.models.inventory import Inventory
from valuechain.models.inventory_network import PreparedInventory, prepare
from valuechain.models.inventory_run import run
from valuechain.models.overlaps import effects_apart
from valuechain.models.timeline import Timeline
from valuechain.models.timeline_published import published_effects, timeline_of_effects
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["InventoryDynamics", "inventory_dynamics"]

TO_NOBODY = 1e-12
"""Goods delivered to nobody, as a share of what is made, above which it is said."""


@dataclass(frozen=True, kw_only=True)
class InventoryDynamics:
    """See :class:`valuechain.models.dynamics.Dynamics`."""

    network: Network
    model: Inventory
    prepared: PreparedInventory

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Every choice the numbers rest on."""
        return self.prepared.parameters

    @property
    def notes(self) -> tuple[str, ...]:
        """What was put in where the tables say nothing."""
        return self.prepared.notes

    def effects(self, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
        """Return whom each shock hits."""
        found = published_effects if self.prepared.reference else effects_apart
        return found(self.network, scenario, is_random=is_random)

    def undisturbed(self, days: int) -> Floats:
        """Return what each firm makes without any shock, currency per day; shape (1 or days, firms)."""
        if self.prepared.reference or self.prepared.is_steady:
            return self.prepared.graph.base[None]
        alone = run(self.prepared, None, days=days, keep_firms=True).firms
        return self.prepared.graph.base[None] if alone is None else alone.production

    def run(self, effects: Sequence[Effect], *, days: int, keep_firms: bool) -> DaysRun:
        """Return a run, in which goods neither appear nor vanish: that is checked every day."""
        if self.prepared.reference:
            line = timeline_of_effects(self.network, effects, days=days)
        else:
            line = Timeline(network=self.network, effects=effects, days=days)
        outcome = run(self.prepared, line, days=days, keep_firms=keep_firms)
        notes = []
        if abs(outcome.to_nobody) > TO_NOBODY:
            words = "of what was made is delivered to nobody, as in the published program."
            notes.append(f"{outcome.to_nobody:.4%} {words}")
        return DaysRun(
            production=outcome.production,
            delivered_final=outcome.delivered_final,
            made=outcome.made,
            last=outcome.last,
            is_over=line.is_over(days - 1),
            firms=outcome.firms,
            notes=tuple(notes),
        )


def inventory_dynamics(network: Network, model: Inventory) -> InventoryDynamics:
    """Return a network made ready for the inventory model."""
    return InventoryDynamics(network=network, model=model, prepared=prepare(network, model))

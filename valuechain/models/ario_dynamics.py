"""ARIO as one of the models over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.models.ario import Ario
from valuechain.models.ario_closures import OpenLinks, closures
from valuechain.models.ario_losses import PASSED, EventLosses
from valuechain.models.ario_run import ArioRun, Day
from valuechain.models.ario_scenario import ScenarioLosses, published_events, split, unknown_to_published
from valuechain.models.ario_table import ArioTable, ario_table
from valuechain.models.dynamics import DaysRun, FirmDays
from valuechain.models.effects import Effect, effects_of, refuse
from valuechain.models.firm_columns import listed
from valuechain.models.overlaps import effects_apart
from valuechain.models.timeline import Timeline
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["ArioDynamics", "ario_dynamics"]

KEPT = ("production", "demand", "capacity", "stock", "delivered_final")
"""What is kept of each firm and day, by its name in FirmDays."""

BALANCED = 1e-12
"""Difference of output and sales, as a share, below which a table stays as it is without any shock."""


@dataclass(frozen=True, kw_only=True)
class ArioDynamics:
    """See :class:`valuechain.models.dynamics.Dynamics`.

    ``product`` is the position in ``Network.products`` of each sector of the table, None where inputs are no products.
    """

    network: Network
    model: Ario
    table: ArioTable
    product: npt.NDArray[np.int32] | None
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]

    def effects(self, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
        """Return whom each shock hits; in reference mode refuse what the published program does not know."""
        if self.model.reference:
            refuse(scenario, unknown_to_published(scenario))
        whom = effects_of if self.model.reference else effects_apart
        found = tuple(
            self._in_own_time(effect, scenario.shocks[effect.number - 1].recovery_days is not None)
            for effect in whom(self.network, scenario, is_random=is_random)
        )
        if self.model.reference:
            refuse(scenario, [p for effect in found for p in self._without_capital(effect)])
        return found

    def undisturbed(self, days: int) -> Floats:
        """Return what each firm makes without any shock, currency per day; shape (1 or days, firms)."""
        kernel, rank = self.table.kernel, self.table.rank
        sold = kernel.flow.sum(axis=1) + self.table.final_demand.sum(axis=1) + self.table.to_idle
        balanced = bool((np.abs(sold - kernel.output) <= BALANCED * kernel.output).all())
        if self.model.alpha_base >= 1 and balanced:
            return kernel.output[rank][None]
        alone = self.run((), days=days, keep_firms=True).firms
        return kernel.output[rank][None] if alone is None else alone.production

    def run(self, effects: Sequence[Effect], *, days: int, keep_firms: bool) -> DaysRun:
        """Return a run, in which goods neither appear nor vanish: that is checked every day but in reference mode."""
        if self.model.reference:
            events = EventLosses(self.table, self.model, published_events(self.table, effects, days))
            run = ArioRun(self.table, self.model, events, OpenLinks(self.table), days=days)
            return self._collect(run, keep_firms=keep_firms)
        plain, rebuilt, notes = split(self.network, self.table, effects)
        line = Timeline(network=self.network, effects=plain, days=days)
        links = closures(self.table, line)
        losses = ScenarioLosses(self.table, self.model, line, rebuilt, links)
        collected = self._collect(ArioRun(self.table, self.model, losses, links, days=days), keep_firms=keep_firms)
        return replace(collected, is_over=losses.is_over(days - 1), notes=notes)

    def _in_own_time(self, effect: Effect, has_time: bool) -> Effect:
        """Return an effect whose rebuilding takes the model's time where the shock does not say."""
        if effect.rebuild_by is None or has_time:
            return effect
        return replace(effect, recovery_days=np.full(len(effect.hit), self.model.tau_rebuild))

    def _without_capital(self, effect: Effect) -> list[str]:
        if effect.kind != "capital":
            return []
        without = effect.hit[self.table.capital[self.table.rank[effect.hit]] <= 0]
        if not len(without):
            return []
        names = listed(self.network.firms["firm"].iloc[without])
        remedy = 'write what = "capacity" for them, or Ario(reference=False)'
        return [f"shock {effect.number}: {names} add no value, so they have no capital to lose; {remedy}"]

    def _collect(self, run: ArioRun, *, keep_firms: bool) -> DaysRun:
        """Run all days and keep what is asked for."""
        days, order, n = run.days, self.table.order, self.network.n_firms
        totals, made, last = np.zeros((2, days)), np.zeros(n), np.zeros(n)
        kept = {name: np.zeros((days, n)) for name in KEPT} if keep_firms else {}
        binding = np.full((days, n), -1, dtype=np.int32) if keep_firms and self.product is not None else None
        is_over = True
        for day in run:
            state, number = day.state, day.number
            delivered = state.served * day.losses.final
            totals[:, number] = state.production.sum(), delivered.sum()
            made[order] += state.production
            parts = (state.production, state.demand, state.capacity, day.stock, delivered)
            for array, values in zip(kept.values(), parts, strict=False):
                array[number, order] = values
            if binding is not None and self.product is not None:
                binding[number, order] = np.where(state.binding < 0, -1, self.product[state.binding])
            if number == days - 1:
                last[order] = state.production
                is_over = self._has_passed(day)
        return DaysRun(
            production=totals[0],
            delivered_final=totals[1],
            made=made,
            last=last,
            is_over=is_over,
            firms=FirmDays(**kept, binding=binding) if keep_firms else None,
        )

    def _has_passed(self, day: Day) -> bool:
        """Tell whether no capacity is lost and no capital destroyed any more."""
        lasts = bool((day.losses.capital > PASSED * self.table.capital).any())
        return not lasts and float(day.losses.lost.max(initial=0.0)) <= PASSED


def ario_dynamics(network: Network, model: Ario) -> ArioDynamics:
    """Return a network made ready for ARIO.

    Warns
    -----
    DefaultWarning
        When neither final demand, nor revenue, nor output of a firm is known.
    """
    table = ario_table(network, model)
    return ArioDynamics(
        network=network,
        model=model,
        table=table,
        product=_products(network, table),
        parameters=_parameters(network, model),
        notes=(*table.notes, *_unused(network)),
    )


def _products(network: Network, table: ArioTable) -> npt.NDArray[np.int32] | None:
    """Return the position in products of each sector, -1 for one that sells nothing; None where that is not so."""
    place = {str(product): k for k, product in enumerate(network.products)}
    own = np.array([place.get(str(s), -1) for s in table.sectors], dtype=np.int32)
    return own if network.n_links == 0 or _are_sectors(network) else None


def _are_sectors(network: Network) -> bool:
    """Tell whether every link carries the product of its supplier's sector."""
    return bool((network.products[network.product] == network.sectors[network.sector[network.supplier]]).all())


def _unused(network: Network) -> list[str]:
    """Return what the tables say and ARIO does not use."""
    notes, firms = [], network.firms
    if not _are_sectors(network):
        notes.append("Inputs are told apart by the sector of the supplier; products of links are not used.")
    if network.table("essential") is not None or network.metadata.get("essential_rule") not in {None, "all"}:
        notes.append("Every input is needed in fixed shares; what the network says of essential inputs is not used.")
    columns = [c for c in ("capacity", "initial_stock_days") if c in firms and firms[c].notna().any()]
    if columns:
        words = {"capacity": "overproduction goes by alpha_max", "initial_stock_days": "stocks begin on target"}
        said = "; ".join(f"{c} ({words[c]})" for c in columns)
        notes.append(f"Columns of firms that ARIO does not use: {said}.")
    return notes


def _parameters(network: Network, model: Ario) -> dict[str, Any]:
    given = {name: getattr(model, name) for name in model.__dataclass_fields__}
    stock_days = model.stock_days
    given["stock_days"] = dict(stock_days) if isinstance(stock_days, Mapping) else float(stock_days)
    return {
        "model": "ARIO (Hallegatte 2008, 2014)",
        **given,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }

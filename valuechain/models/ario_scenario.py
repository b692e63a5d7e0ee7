"""A scenario as ARIO takes it: losses by day with capital that is ordered anew, or events of the published program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from valuechain.models.ario import Ario
from valuechain.models.ario_closures import OpenLinks
from valuechain.models.ario_events import CapitalLoss, Event, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_losses import PASSED, DayOfLosses, rebuilding_on
from valuechain.models.ario_rebuilding import Site
from valuechain.models.ario_table import ArioTable
from valuechain.models.effects import Effect
from valuechain.models.firm_columns import listed
from valuechain.models.timeline import Timeline
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["ScenarioLosses", "published_events", "split", "unknown_to_published"]

ROUNDING = 1e-13
"""Capacity below this part of the usual one is none."""

PUBLISHED_RECOVERIES = (None, "none", "instant", "linear", "convex", "concave")


class ScenarioLosses:
    """Losses by a scenario's timeline, as :class:`~valuechain.models.ario_losses.Losses` has it.

    What a shock destroys and is ordered anew is its fraction of the capital that stands on its first day, less what is
    still to be rebuilt of earlier shocks. It combines with all other losses as independent ones.
    """

    def __init__(
        self, table: ArioTable, model: Ario, line: Timeline, rebuilt: Sequence[Effect], links: OpenLinks
    ) -> None:
        self.table, self.model, self.line, self.rebuilt, self.links = table, model, line, rebuilt, links
        self.final = table.final_demand.sum(axis=1)
        self.sites: list[Site] = []

    def on(self, day: int) -> DayOfLosses:
        """Return what is lost and ordered on a day."""
        n, order = len(self.table.order), self.table.order
        for effect in self.rebuilt:
            if effect.start == day:
                self._destroy(effect)
        capital, worth = self._destroyed(), self.table.capital
        share = np.minimum(np.divide(capital, worth, out=np.zeros(n), where=worth > 0), 1.0)
        kept = self.line.capacity_kept(day)[order] * (1.0 - share)
        # What is left of all but nothing is rounding: buyers would share it out, one way or another by the unit.
        kept[kept <= ROUNDING] = 0.0
        final = self.final * self.line.demand_kept(day)[order]
        return DayOfLosses(1.0 - kept, capital, final, self.links.idle, rebuilding_on(self.sites, day, n))

    def deliver(self, day: int, today: DayOfLosses, served: Floats) -> Floats:  # noqa: ARG002 - as all losses have it
        """Take what was delivered off what remains; return what will be ordered tomorrow to rebuild."""
        for site in self.sites:
            if day >= site.begins:
                site.deliver(served)
        return rebuilding_on(self.sites, day + 1, len(served))

    def is_over(self, day: int) -> bool:
        """Tell whether all losses have passed by the last day of a run, and all but a thousandth is rebuilt."""
        rebuilt = bool((self._destroyed() <= PASSED * self.table.capital).all())
        return rebuilt and self.line.is_over(day)

    def _destroyed(self) -> Floats:
        """Return the capital still to be rebuilt, currency, by industry in the kernel's order."""
        capital = np.zeros(len(self.table.order))
        for site in self.sites:
            capital[site.firms] += site.capital
        return capital

    def _destroy(self, effect: Effect) -> None:
        """Begin the rebuilding of what a shock destroys: a site for each time over which it is ordered."""
        stands = np.maximum(self.table.capital - self._destroyed(), 0.0)[self.table.rank[effect.hit]]
        amount = stands * np.broadcast_to(effect.loss, effect.hit.shape)
        for tau in np.unique(effect.recovery_days):
            mine = effect.recovery_days == tau
            event = Rebuilding(
                firms=effect.hit[mine],
                loss=amount[mine],
                start=effect.start,
                days=effect.days or 0,
                sectors=dict(effect.rebuild_by or {}),
                tau=max(float(tau), 1.0),
            )
            self.sites.append(Site(event, self.table, self.model))


def split(
    network: Network, table: ArioTable, effects: Sequence[Effect]
) -> tuple[list[Effect], list[Effect], tuple[str, ...]]:
    """Return the effects that a timeline takes, those whose losses are ordered anew, and what is to be said.

    Firms without capital have nothing to rebuild: they lose production, which comes back as in models that rebuild
    nothing.
    """
    has_capital = table.capital[table.rank] > 0
    plain, rebuilt, without = [], [], np.zeros(network.n_firms, dtype=bool)
    for effect in effects:
        if effect.kind != "capital":
            plain.append(effect)
            continue
        has = has_capital[effect.hit]
        without[effect.hit[~has]] = True
        if effect.rebuild_by is None:
            plain.append(effect)
            continue
        rebuilt.append(_part(effect, has))
        if not has.all():
            plain.append(_part(effect, ~has))
    if not without.any():
        return plain, rebuilt, ()
    words = "lose capital but have none, as they add no value: the fraction is lost of their production"
    return plain, rebuilt, (f"{int(without.sum()):,} firms ({listed(network.firms['firm'][without])}) {words}.",)


def _part(effect: Effect, which: np.ndarray) -> Effect:
    loss = effect.loss if np.ndim(effect.loss) == 0 else np.asarray(effect.loss)[which]
    return replace(effect, hit=effect.hit[which], loss=loss, recovery_days=effect.recovery_days[which])


def unknown_to_published(scenario: Scenario) -> list[str]:
    """Return what the published program does not know in a scenario, with what to do about it."""
    remedy = "is not in the published program; write Ario(reference=False)"
    problems = []
    for number, shock in enumerate(scenario.shocks, start=1):
        if shock.what not in {"capacity", "capital"}:
            problems.append(f"shock {number}: '{shock.what}' {remedy}")
        elif shock.recovery not in PUBLISHED_RECOVERIES:
            problems.append(f"shock {number}: recovery '{shock.recovery}' {remedy}")
    return problems


def published_events(table: ArioTable, effects: Sequence[Effect], days: int) -> list[Event]:
    """Return a scenario as events of the published program, with its curves: one for each recovery time."""
    events: list[Event] = []
    for effect in effects:
        loss = np.broadcast_to(effect.loss, effect.hit.shape)
        if effect.kind == "capital":
            loss = loss * table.capital[table.rank[effect.hit]]
        recovery = effect.recovery or "instant"
        # Without a recovery and without days a loss lasts to the end.
        whole = days + 2 if effect.recovery is None and effect.days is None else effect.days or 0
        for tau in np.unique(effect.recovery_days):
            mine = effect.recovery_days == tau
            window = {"firms": effect.hit[mine], "loss": loss[mine], "start": effect.start, "days": whole}
            if effect.rebuild_by is not None:
                events.append(Rebuilding(**window, sectors=dict(effect.rebuild_by), tau=max(float(tau), 1.0)))
                continue
            kind = CapitalLoss if effect.kind == "capital" else ProductionLoss
            events.append(kind(**window, left=recovery_curve(recovery, float(tau), days=days)))
    return events

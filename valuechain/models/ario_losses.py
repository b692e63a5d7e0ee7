"""Events of ARIO under way: what is lost on a day, what is ordered to rebuild it and what is left of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from valuechain.errors import ParameterError
from valuechain.models.ario import Ario
from valuechain.models.ario_events import CapitalLoss, Event, ProductionLoss, Rebuilding
from valuechain.models.ario_rebuilding import Site, decimals
from valuechain.models.ario_table import ArioTable
from valuechain.network import Floats

__all__ = ["PASSED", "DayOfLosses", "EventLosses", "Losses", "rebuilding_on"]

PASSED = 1e-3
"""A loss below this fraction counts as passed."""


class DayOfLosses(NamedTuple):
    """What happens on one day, by industry in the kernel's order; shape (industries,) each.

    ``lost``: fraction of capacity. ``capital``: currency that is still destroyed. Currency a day: ``final`` demand,
    ``idle``: what firms that make nothing buy, ``rebuilding``: what is ordered to rebuild.
    """

    lost: Floats
    capital: Floats
    final: Floats
    idle: Floats
    rebuilding: Floats

    @property
    def demand(self) -> Floats:
        """All demand but the orders of industries that make something."""
        return self.final + self.idle + self.rebuilding


class Losses(Protocol):
    """All that happens in a run. The two methods are called once for each day, in order."""

    def on(self, day: int) -> DayOfLosses:
        """Return what is lost and ordered on a day."""
        ...

    def deliver(self, day: int, today: DayOfLosses, served: Floats) -> Floats:
        """Take what was delivered off what remains; return the rebuilding demand that orders of inputs reckon with."""
        ...


class EventLosses:
    """Losses by a list of events, as :class:`Losses` has it."""

    def __init__(self, table: ArioTable, model: Ario, events: Sequence[Event]) -> None:
        self.table, self.model = table, model
        _check(table, events)
        sites = [(e.start, Site(e, table, model)) for e in events if isinstance(e, Rebuilding)]
        self.sites = [site for _, site in sites]
        self.begins = [start for start, _ in sites]
        self.curves = [(e, table.rank[e.firms]) for e in events if not isinstance(e, Rebuilding)]
        self.final = table.final_demand.sum(axis=1)

    def on(self, day: int) -> DayOfLosses:
        """Return what is lost and ordered on a day."""
        n, published = len(self.table.order), self.model.reference
        capital, kept = np.zeros(n), np.ones(n)
        places = decimals(self.model)
        for event, firms in self.curves:
            left = _left_on(event, day, published=published)
            if left == 0.0:
                continue
            if isinstance(event, CapitalLoss):
                factor = 1.0 if event.monetary_factor is None else event.monetary_factor / self.model.monetary_factor
                amount = event.loss * factor * left
                capital[firms] += amount if places is None else np.round(amount, places)
            elif published:
                kept[firms] = np.minimum(kept[firms], 1.0 - event.loss * left)
            else:
                kept[firms] *= 1.0 - event.loss * left
        for start, site in zip(self.begins, self.sites, strict=True):
            if day >= start:
                capital[site.firms] += site.capital
        worth = self.table.capital
        share = np.minimum(np.divide(capital, worth, out=np.zeros(n), where=worth > 0), 1.0)
        lost = np.maximum(share, 1.0 - kept) if published else 1.0 - kept * (1.0 - share)
        return DayOfLosses(lost, capital, self.final, self.table.to_idle, rebuilding_on(self.sites, day, n))

    def deliver(self, day: int, today: DayOfLosses, served: Floats) -> Floats:
        """Take what was delivered off what remains; return the rebuilding demand that orders of inputs reckon with.

        Published: today's demand less today's deliveries. Else: what will be ordered tomorrow.
        """
        for site in self.sites:
            if day >= site.begins:
                site.deliver(served)
        if self.model.reference:
            return today.rebuilding * (1.0 - served)
        return rebuilding_on(self.sites, day + 1, len(served))


def rebuilding_on(sites: Iterable[Site], day: int, industries: int) -> Floats:
    """Return what is ordered on a day to rebuild, currency a day; shape (industries,)."""
    demand = np.zeros(industries)
    for site in sites:
        if day >= site.begins:
            np.add.at(demand, site.rows, site.ordered)
    return demand


def _left_on(event: CapitalLoss | ProductionLoss, day: int, *, published: bool) -> float:
    """Return the fraction of a loss that is there on a day.

    Published: a recovery shows a day later, and losses of production also begin a day late.
    """
    begins, recovers = event.start, event.start + event.days
    if published:
        late = 1 if isinstance(event, ProductionLoss) else 0
        begins, recovers = begins + late, recovers + 1 + late
    if day < begins:
        return 0.0
    return 1.0 if day < recovers else float(event.left[min(day - recovers, len(event.left) - 1)])


def _check(table: ArioTable, events: Sequence[Event]) -> None:
    """Refuse events that do not fit the table."""
    n, groups = table.final_demand.shape
    problems = []
    for number, event in enumerate(events, start=1):
        if event.firms.size and not (event.firms.min() >= 0 and event.firms.max() < n):
            problems.append(f"event {number}: a firm is not in the table, which has {n:,}")
            continue
        if isinstance(event, CapitalLoss | Rebuilding):
            empty = (event.loss > 0) & (table.capital[table.rank[event.firms]] <= 0)
            if empty.any():
                text = "firms lose capital but have none (no value added); lower their loss to 0, or lose production"
                problems.append(f"event {number}: {int(empty.sum())} {text}")
        if isinstance(event, Rebuilding) and event.households is not None and event.households.shape != (groups,):
            problems.append(f"event {number}: households has shape {event.households.shape}; give {groups} numbers")
    if problems:
        raise ParameterError("\n".join(problems))

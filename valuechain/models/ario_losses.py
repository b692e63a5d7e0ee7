"""Events of ARIO under way: what is lost on a day, what is ordered to rebuild it and what is left of that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.models.ario import Ario
from valuechain.models.ario_events import CapitalLoss, DemandLoss, Event, LinkLoss, ProductionLoss, Rebuilding
from valuechain.models.ario_table import ArioTable
from valuechain.network import Floats, Index

__all__ = ["DayOfLosses", "Losses", "left_on"]


class DayOfLosses(NamedTuple):
    """What events do on one day, by industry in the kernel's order; shape (industries,) each.

    ``lost``: fraction of capacity. ``capital``: currency that is still destroyed. ``kept_demand``: fraction of final
    demand that is there. ``rebuilding``: currency a day that is ordered to rebuild.
    """

    lost: Floats
    capital: Floats
    kept_demand: Floats
    rebuilding: Floats


class _Site:
    """One event of rebuilding under way: what is still to be delivered by each supplier to each who lost something."""

    def __init__(self, event: Rebuilding, table: ArioTable, model: Ario, rank: Index) -> None:
        self.event, self.firms = event, rank[event.firms]
        self.tau = model.tau_rebuild if event.tau is None else event.tau
        unit = 1.0 if event.monetary_factor is None else event.monetary_factor / model.monetary_factor
        # Published: what is ordered stays in the unit of the event, only the lost capital is converted.
        self.scale = 1.0 if model.reference else unit
        self.to_capital = unit / self.scale / event.factor
        self.decimals = _decimals(model)
        numbers = [_sector_number(table, name) for name in event.sectors]
        first = table.kernel.first
        rows = [np.arange(first[s], first[s + 1]) for s in numbers]
        self.rows = np.concatenate(rows)
        groups = 0 if event.households is None else len(event.households)
        self.remaining = np.zeros((len(self.rows), len(self.firms) + groups))
        place = 0
        for which, share in zip(rows, event.sectors.values(), strict=True):
            part = slice(place, place + len(which))
            wanted = share * event.factor * self.scale
            self.remaining[part, : len(self.firms)] = _shares(table, which, table.kernel.flow[which][:, self.firms])
            self.remaining[part, : len(self.firms)] *= wanted * event.loss
            if event.households is not None:
                self.remaining[part, len(self.firms) :] = _shares(table, which, table.final_demand[which])
                self.remaining[part, len(self.firms) :] *= wanted * event.households
            place += len(which)

        self._add_up()

    def _add_up(self) -> None:
        left = self.remaining[:, : len(self.firms)]
        self.capital: Floats = left.sum(axis=0) * self.to_capital
        self.ordered: Floats = self.remaining.sum(axis=1) / self.tau

    def deliver(self, served: Floats) -> None:
        """Take a day's deliveries off what remains."""
        self.remaining *= (1.0 - served[self.rows] / self.tau)[:, None]
        if self.decimals is not None:
            np.round(self.remaining, self.decimals, out=self.remaining)
        self._add_up()


class Losses:
    """All events of a run; call :meth:`on` and then :meth:`deliver` once for each day, in order."""

    def __init__(self, table: ArioTable, model: Ario, events: Sequence[Event]) -> None:
        self.table, self.model, self.rank = table, model, table.rank
        _check(table, events)
        self.sites = [_Site(e, table, model, self.rank) for e in events if isinstance(e, Rebuilding)]
        self.curves = [(e, self.rank[e.firms]) for e in events if not isinstance(e, Rebuilding | LinkLoss)]
        self.decimals = _decimals(model)

    def on(self, day: int) -> DayOfLosses:
        """Return what is lost and ordered on a day."""
        n = len(self.rank)
        capital, kept_demand, kept = np.zeros(n), np.ones(n), np.ones(n)
        for event, firms in self.curves:
            left = left_on(event, day, reference=self.model.reference)
            if left == 0.0:
                continue
            if isinstance(event, CapitalLoss):
                factor = 1.0 if event.monetary_factor is None else event.monetary_factor / self.model.monetary_factor
                amount = event.loss * factor * left
                capital[firms] += amount if self.decimals is None else np.round(amount, self.decimals)
            elif isinstance(event, DemandLoss):
                kept_demand[firms] *= 1.0 - event.loss * left
            elif self.model.reference:
                kept[firms] = np.minimum(kept[firms], 1.0 - event.loss * left)
            else:
                kept[firms] *= 1.0 - event.loss * left
        for site in self.sites:
            if day >= site.event.start:
                capital[site.firms] += site.capital
        worth = self.table.capital
        share = np.divide(capital, worth, out=np.zeros(n), where=worth > 0)
        lost = np.maximum(np.minimum(share, 1.0), 1.0 - kept)
        return DayOfLosses(lost, capital, kept_demand, self._rebuilding(day))

    def deliver(self, day: int, today: DayOfLosses, served: Floats) -> Floats:
        """Take what was delivered off what remains; return the rebuilding demand that orders of inputs reckon with.

        Published: today's demand less today's deliveries. Else: what will be ordered tomorrow.
        """
        for site in self.sites:
            if day >= site.event.start + site.event.days:
                site.deliver(served)
        return today.rebuilding * (1.0 - served) if self.model.reference else self._rebuilding(day + 1)

    def _rebuilding(self, day: int) -> Floats:
        demand = np.zeros(len(self.rank))
        for site in self.sites:
            if day >= site.event.start + site.event.days:
                np.add.at(demand, site.rows, site.ordered)
        return demand


def left_on(event: CapitalLoss | ProductionLoss | DemandLoss | LinkLoss, day: int, *, reference: bool) -> float:
    """Return the fraction of a loss that is there on a day.

    Published: a recovery shows a day later, and losses of production also begin a day late.
    """
    begins, recovers = event.start, event.start + event.days
    if reference and isinstance(event, CapitalLoss | ProductionLoss):
        late = 1 if isinstance(event, ProductionLoss) else 0
        begins, recovers = begins + late, recovers + 1 + late
    if day < begins:
        return 0.0
    return 1.0 if day < recovers else float(event.left[min(day - recovers, len(event.left) - 1)])


def _decimals(model: Ario) -> int | None:
    """Return the decimals to which amounts are rounded: published only, as it depends on the unit."""
    return int(math.log10(model.monetary_factor)) + 1 if model.reference else None


def _shares(table: ArioTable, rows: Index, bought: Floats) -> Floats:
    """Return the share of each supplier of a sector in what each buyer buys there; shape of ``bought``.

    A buyer that buys nothing there turns to the suppliers by their output.
    """
    total = bought.sum(axis=0)
    output = table.kernel.output[rows]
    instead = output / output.sum() if output.sum() > 0 else np.full(len(rows), 1.0 / len(rows))
    return np.where(total > 0, bought / np.where(total > 0, total, 1.0), instead[:, None])


def _sector_number(table: ArioTable, name: str) -> int:
    known = [str(s) for s in table.sectors]
    if name not in known:
        hint = suggestion(name, known) or "write one of " + ", ".join(known[:12])
        raise UnknownNameError(f"rebuilding sectors: no firm has sector '{name}'; {hint}")
    return known.index(name)


def _check(table: ArioTable, events: Sequence[Event]) -> None:
    """Refuse events that do not fit the table."""
    n, groups = table.final_demand.shape
    problems = []
    for number, event in enumerate(events, start=1):
        named = event.named()
        if named.size and not (named.min() >= 0 and named.max() < n):
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

"""Capital that is destroyed and ordered anew: what remains to be delivered, by supplier and by who lost it."""

from __future__ import annotations

import math

import numpy as np

from valuechain.errors import UnknownNameError, suggestion
from valuechain.models.ario import Ario
from valuechain.models.ario_events import Rebuilding
from valuechain.models.ario_table import ArioTable
from valuechain.network import Floats, Index

__all__ = ["Site", "decimals"]


class Site:
    """One event of rebuilding under way; it begins with all that is lost.

    What supplier i still has to deliver to f is ``left[i] whole[i, f]``: all of a supplier's clients are served alike,
    so a day changes one number for each supplier. The published program rounds each cell, so there ``whole`` changes.
    """

    def __init__(self, event: Rebuilding, table: ArioTable, model: Ario) -> None:
        self.firms = table.rank[event.firms]
        self.begins = event.start + event.days
        self.tau = model.tau_rebuild if event.tau is None else event.tau
        unit = 1.0 if event.monetary_factor is None else event.monetary_factor / model.monetary_factor
        # Published: what is ordered stays in the unit of the event, only the lost capital is converted.
        scale = 1.0 if model.reference else unit
        self.to_capital = unit / scale / event.factor
        self.decimals = decimals(model)
        first = table.kernel.first
        parts = [np.arange(first[s], first[s + 1]) for s in (_sector_number(table, name) for name in event.sectors)]
        self.rows = np.concatenate(parts)
        self.left = np.ones(len(self.rows))
        of_firms, of_homes = [], []
        for rows, share in zip(parts, event.sectors.values(), strict=True):
            wanted = share * event.factor * scale
            of_firms.append(_shares(table, rows, table.kernel.flow[np.ix_(rows, self.firms)]) * (wanted * event.loss))
            if event.households is not None:
                of_homes.append(_shares(table, rows, table.final_demand[rows]) * (wanted * event.households))
        self.whole = np.concatenate(of_firms)
        if of_homes:
            self.whole = np.hstack([self.whole, np.concatenate(of_homes)])
        self._by_supplier = self.whole.sum(axis=1)
        self._add_up()

    def _add_up(self) -> None:
        """Set what each firm lacks and what is ordered from each supplier, currency and currency a day."""
        self.capital: Floats = self.left @ self.whole[:, : len(self.firms)] * self.to_capital
        self.ordered: Floats = self.left * self._by_supplier / self.tau

    def deliver(self, served: Floats) -> None:
        """Take a day's deliveries off what remains; ``served`` is the delivered part of each supplier's orders."""
        kept = 1.0 - served[self.rows] / self.tau
        if self.decimals is None:
            self.left *= np.maximum(kept, 0.0)
        else:
            self.whole *= kept[:, None]
            np.round(self.whole, self.decimals, out=self.whole)
            self._by_supplier = self.whole.sum(axis=1)
        self._add_up()


def decimals(model: Ario) -> int | None:
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

"""Runs of ARIO: day after day, what every industry makes, is asked for, and lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import ParameterError
from valuechain.kernels.ario import Settings, State, deliver_and_order, new_state, produce
from valuechain.models.ario import Ario
from valuechain.models.ario_closures import Closures
from valuechain.models.ario_events import Event
from valuechain.models.ario_losses import DayOfLosses, Losses
from valuechain.models.ario_table import ArioTable
from valuechain.network import Floats

__all__ = ["DESCRIPTIONS", "ArioOutcome", "run_ario"]


DESCRIPTIONS = {
    "production": "production",
    "orders": "orders of industries",
    "capacity": "what could be made if no input were lacking",
    "overproduction": "factor on capacity, 1 in normal times",
    "served": "part of every order that is delivered, fraction",
    "final_demand": "orders of final buyers",
    "rebuild_demand": "orders to rebuild",
    "capital_lost": "capital that is destroyed, currency",
    "value_added": "production less the inputs used (published: of the day before, less inputs ordered)",
    "stock": "inputs in stock at the start of the day, without endless ones, currency",
}
"""The arrays of a run by day and industry, and what each holds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ArioOutcome:
    """What a run gives; arrays have shape (days, industries), industries in the order of the network, currency a day.

    ``DESCRIPTIONS`` says what each array holds. ``binding`` holds the number, in ``sectors``, of the input whose lack
    holds production down, -1 for none. ``last_stock`` (sectors, industries) is the stock of each input at the start of
    the last day, currency. ``imbalance`` (days,) is what is made but neither delivered, nor used, nor in stock, as a
    fraction of production: rounding only.
    """

    production: Floats
    orders: Floats
    capacity: Floats
    overproduction: Floats
    served: Floats
    final_demand: Floats
    rebuild_demand: Floats
    capital_lost: Floats
    value_added: Floats
    stock: Floats
    binding: npt.NDArray[np.int16]
    last_stock: Floats
    imbalance: Floats
    sectors: npt.NDArray[np.object_]
    baseline: Floats

    @property
    def demand(self) -> Floats:
        """All orders: of industries, of final buyers, to rebuild."""
        return self.orders + self.final_demand + self.rebuild_demand

    @property
    def final_unmet(self) -> Floats:
        """Final demand that is not delivered."""
        return self.final_demand - self.final_demand * self.served

    @property
    def final_delivered(self) -> Floats:
        """Deliveries to final buyers."""
        return self.final_demand * self.served

    @property
    def rebuild_delivered(self) -> Floats:
        """Deliveries to rebuild."""
        return self.rebuild_demand * self.served


def run_ario(table: ArioTable, model: Ario, *, days: int, events: Sequence[Event] = ()) -> ArioOutcome:
    """Return production and all that goes with it, for each of a number of days.

    Parameters
    ----------
    table
        From :func:`ario_table` or :func:`make_table`, made with the same model. It is not changed.
    model
        The parameters.
    days
        Number of days; the first is day 0.
    events
        What happens; positions of firms are those of the network.

    Raises
    ------
    ParameterError
        When an event does not fit the table, or there is no day.

    References
    ----------
    Hallegatte (2008), Risk Analysis 28(3):779, section 2; Hallegatte (2014), Risk Analysis 34(1):152, section 2.

    Examples
    --------
    >>> from valuechain.models.ario_events import ProductionLoss
    >>> from valuechain.models.ario_table import make_table
    >>> flows = np.array([[0.0, 30.0], [20.0, 0.0]])
    >>> table = make_table(flows, final_demand=np.array([70.0, 80.0]), sector=["b", "a"], model=Ario())
    >>> fire = ProductionLoss(firms=np.array([0]), loss=np.array([0.5]), start=1, days=9, left=np.zeros(1))
    >>> lost = 1 - run_ario(table, Ario(), days=3, events=[fire]).production[1] / np.array([100, 100]) * 365
    >>> lost.round(3).tolist()
    [0.5, 0.0]
    """
    if days < 1:
        raise ParameterError(f"days {days!r} is no horizon; write a whole number from 1")
    settings = _settings(model)
    state = new_state(table.kernel, settings)
    losses, closures = Losses(table, model, events), Closures(table, events)
    record = _Record(table, model, days)
    final = table.final_demand.sum(axis=1)
    for day in range(days):
        closures.on(day, state)
        today = losses.on(day)
        bought_from_industry = final * today.kept_demand
        record.start(day, state, today, bought_from_industry)
        adapts = day > 1 or not model.reference
        produce(closures.table, state, settings, today.lost, bought_from_industry + today.rebuilding, adapts)
        record.made(day, state)
        to_rebuild = losses.deliver(day, today, state.served)
        expected = state.ordered + bought_from_industry + to_rebuild
        deliver_and_order(closures.table, state, settings, np.minimum(expected, state.capacity))
    record.balance(days, state)
    return record.outcome()


def _settings(model: Ario) -> Settings:
    return Settings(
        alpha_base=model.alpha_base,
        alpha_max=model.alpha_max,
        tau_alpha=model.tau_alpha,
        restoration=float(model.restoration or 1.0),
        scarcity_tolerance=model.scarcity_tolerance,
        by_capacity=model.orders == "alt",
        reference=model.reference,
    )


class _Record:
    """Keeps what every day brings, in the order of the network, and checks that nothing is lost."""

    def __init__(self, table: ArioTable, model: Ario, days: int) -> None:
        self.table, self.published, self.order = table, model.reference, table.order
        n = len(table.order)
        self.arrays = {name: np.zeros((days, n)) for name in DESCRIPTIONS}
        self.binding = np.full((days, n), -1, dtype=np.int16)
        self.finite = np.isfinite(table.kernel.stock_days)
        self.used_share = table.kernel.input_share.sum(axis=0)
        self.finite_share = table.kernel.input_share[self.finite].sum(axis=0)
        self.finite_supplier = self.finite[table.sector]
        self.expected_stock = 0.0
        self.imbalance = np.zeros(days)
        self.last_stock = np.zeros(0)

    def _keep(self, name: str, day: int, values: Floats) -> None:
        # Zeros are there already; pages that nobody writes to take no memory.
        if values.any():
            self.arrays[name][day, self.order] = values

    def start(self, day: int, state: State, today: DayOfLosses, final: Floats) -> None:
        """Keep what is known before anything is made."""
        self._keep("stock", day, state.stock.sum(axis=0) if self.finite.all() else state.stock[self.finite].sum(axis=0))
        self._keep("orders", day, state.ordered)
        self._keep("final_demand", day, final)
        self._keep("rebuild_demand", day, today.rebuilding)
        self._keep("capital_lost", day, today.capital)
        if self.published:
            self._keep("value_added", day, state.production - state.bought)
        if day == len(self.imbalance) - 1:
            self.last_stock = state.stock.copy()
        self.balance(day, state)

    def made(self, day: int, state: State) -> None:
        """Keep what was made, and what stocks will be by that."""
        self._keep("production", day, state.production)
        self._keep("capacity", day, state.capacity)
        self._keep("overproduction", day, state.alpha)
        self._keep("served", day, state.served)
        self.binding[day, self.order] = state.binding
        if not self.published:
            self._keep("value_added", day, state.production * (1.0 - self.used_share))
        arrives = (state.ordered * state.served)[self.finite_supplier].sum()
        self.expected_stock = self.arrays["stock"][day].sum() + arrives - state.production @ self.finite_share

    def balance(self, day: int, state: State) -> None:
        """Compare stocks with what they should be after the day before."""
        if day == 0:
            return
        stock = state.stock.sum() if self.finite.all() else state.stock[self.finite].sum()
        size = self.arrays["production"][day - 1].sum() + stock
        self.imbalance[day - 1] = abs(stock - self.expected_stock) / size if size > 0 else 0.0

    def outcome(self) -> ArioOutcome:
        rank = self.table.rank
        return ArioOutcome(
            **self.arrays,
            binding=self.binding,
            last_stock=self.last_stock[:, rank],
            imbalance=self.imbalance,
            sectors=self.table.sectors,
            baseline=self.table.kernel.output[rank],
        )

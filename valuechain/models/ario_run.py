"""Runs of ARIO: day after day, what every industry makes, is asked for, and lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import ConservationError, ParameterError
from valuechain.kernels.ario import Settings, State, Today, deliver_and_order, new_state, produce
from valuechain.models.ario import Ario
from valuechain.models.ario_closures import OpenLinks
from valuechain.models.ario_events import Event
from valuechain.models.ario_losses import DayOfLosses, EventLosses, Losses
from valuechain.models.ario_table import ArioTable
from valuechain.network import Floats

__all__ = ["DESCRIPTIONS", "ArioOutcome", "ArioRun", "Day", "run_ario"]

TOLERANCE = 1e-9
"""Goods that may appear or vanish in a day by rounding, as a share of undisturbed production and stocks."""


DESCRIPTIONS = {
    "production": "production",
    "orders": "orders of industries, and what firms that make nothing buy",
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
    fraction of undisturbed production and stocks: rounding only.
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
    ConservationError
        When goods appear or vanish, which only a fault of this program can cause. Not in reference mode.

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
    run = ArioRun(table, model, EventLosses(table, model, events), OpenLinks(table), days=days)
    record = _Record(table, model, days)
    for day in run:
        record.keep(day)
    return record.outcome(run.imbalance)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day when its production is known and nothing is delivered yet; arrays in the kernel's order.

    ``stock`` is that of all inputs that can run out at the start of the day, currency; shape (industries,). The state
    is that of the run and goes on changing.
    """

    number: int
    state: State
    losses: DayOfLosses
    stock: Floats


class ArioRun:
    """A run of so many days, one at a time; ``imbalance`` as in :class:`ArioOutcome`."""

    def __init__(self, table: ArioTable, model: Ario, losses: Losses, links: OpenLinks, *, days: int) -> None:
        if days < 1:
            raise ParameterError(f"days {days!r} is no horizon; write a whole number from 1")
        self.table, self.losses, self.links, self.days = table, losses, links, days
        self.settings = _settings(model)
        self.finite = ~table.kernel.endless
        self.finite_supplier = self.finite[table.sector]
        self.usual = float(table.kernel.output.sum())
        self.imbalance = np.zeros(days)

    def __iter__(self) -> Iterator[Day]:
        """Yield each day."""
        state = new_state(self.table.kernel, self.settings)
        links, losses, published = self.links, self.losses, self.settings.reference
        stock = self._stock(state)
        for number in range(self.days):
            links.on(number, state)
            today = losses.on(number)
            given = Today(today.lost, today.demand, links.most, links.most_input)
            produce(links.table, state, self.settings, given, number > 1 or not published)
            yield Day(number=number, state=state, losses=today, stock=stock)
            sent = float((state.ordered * state.served)[self.finite_supplier].sum())
            to_rebuild = losses.deliver(number, today, state.served)
            expected = state.ordered + today.final + today.idle + to_rebuild
            planned = np.minimum(expected, state.capacity)
            links.before_orders(number)
            received, used = deliver_and_order(links.table, state, self.settings, planned, links.links)
            if published:
                share = self.table.kernel.input_share[self.finite].sum(axis=0)
                received, used = sent, float(state.production @ share)
            before, stock = float(stock.sum()), self._stock(state)
            vanished = abs(float(stock.sum()) - (before + received - used))
            size = self.usual + before
            self.imbalance[number] = max(abs(received - sent), vanished) / size if size > 0 else 0.0
            # Written so that a number that is none fails too.
            if not published and not self.imbalance[number] <= TOLERANCE:
                raise ConservationError(
                    f"day {number}: {max(abs(received - sent), vanished):.6g} of goods appeared or vanished (sent "
                    f"{sent:.6g}, received {received:.6g}, used {used:.6g}); this is a fault of the program: report it "
                    "with the network and the scenario"
                )

    def _stock(self, state: State) -> Floats:
        """Return the stocks of all inputs that can run out, currency; shape (industries,)."""
        return np.asarray((state.stock if self.finite.all() else state.stock[self.finite]).sum(axis=0))


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
    """Keeps what every day brings, in the order of the network."""

    def __init__(self, table: ArioTable, model: Ario, days: int) -> None:
        self.table, self.published, self.order = table, model.reference, table.order
        n = len(table.order)
        self.arrays = {name: np.zeros((days, n)) for name in DESCRIPTIONS}
        self.binding = np.full((days, n), -1, dtype=np.int16)
        self.used_share = table.kernel.input_share.sum(axis=0)
        self.before = table.kernel.output
        self.last_stock = np.zeros(0)

    def _keep(self, name: str, day: int, values: Floats) -> None:
        # Zeros are there already; pages that nobody writes to take no memory.
        if values.any():
            self.arrays[name][day, self.order] = values

    def keep(self, day: Day) -> None:
        """Keep a day."""
        state, today, number = day.state, day.losses, day.number
        self._keep("stock", number, day.stock)
        self._keep("orders", number, state.ordered + today.idle)
        self._keep("final_demand", number, today.final)
        self._keep("rebuild_demand", number, today.rebuilding)
        self._keep("capital_lost", number, today.capital)
        self._keep("production", number, state.production)
        self._keep("capacity", number, state.capacity)
        self._keep("overproduction", number, state.alpha)
        self._keep("served", number, state.served)
        self.binding[number, self.order] = state.binding
        if self.published:
            self._keep("value_added", number, self.before - state.bought)
            self.before = state.production.copy()
        else:
            self._keep("value_added", number, state.production * (1.0 - self.used_share))
        if number == len(self.binding) - 1:
            self.last_stock = state.stock.copy()

    def outcome(self, imbalance: Floats) -> ArioOutcome:
        rank = self.table.rank
        return ArioOutcome(
            **self.arrays,
            binding=self.binding,
            last_stock=self.last_stock[:, rank],
            imbalance=imbalance,
            sectors=self.table.sectors,
            baseline=self.table.kernel.output[rank],
        )

"""Runs of the inventory model, day after day, with a check that no goods appear or vanish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.errors import ConservationError
from valuechain.kernels.production import step
from valuechain.kernels.production_binding import find_binding
from valuechain.kernels.production_far import far_step
from valuechain.kernels.production_graph import Given, State, new_state
from valuechain.kernels.production_reference import reference_step
from valuechain.kernels.production_switch import Switch, new_switch
from valuechain.kernels.production_transit import Transit, new_transit
from valuechain.models.dynamics import FirmDays
from valuechain.models.inventory_network import PreparedInventory
from valuechain.models.timeline import Timeline
from valuechain.network import Floats

TOLERANCE = 1e-9
"""Goods that may appear or vanish in a day by rounding, as a share of what is made, or of stocks."""

_EMPTY = np.zeros(0)


@dataclass(frozen=True, kw_only=True)
class InventoryRun:
    """Totals by day, shape (days,): production, value added, final demand met (currency per day).

    ``to_nobody`` is what was made and delivered to nobody, as a share of all that was made: a quirk of the published
    program, 0 by the sound rules. ``made`` is each firm's production over all days, currency, ``last`` that of the last
    day; shape (firms,). ``firms`` is None where not kept.
    """

    production: Floats
    value_added: Floats
    delivered_final: Floats
    to_nobody: float
    made: Floats
    last: Floats
    firms: FirmDays | None


def run(prepared: PreparedInventory, timeline: Timeline | None, *, days: int, keep_firms: bool) -> InventoryRun:
    """Return a run; without a timeline, that of the undisturbed economy.

    Raises
    ------
    ConservationError
        When goods appear or vanish, which only a fault of this program can cause.
    """
    graph, walk = prepared.graph, _Walk(prepared)
    n_firms = len(graph.base)
    totals, made_by_firm = np.zeros((4, days)), np.zeros(n_firms)
    kept = _Kept(prepared, days) if keep_firms else None
    value_share = 1 - np.divide(graph.bought, graph.base, out=np.zeros(n_firms), where=graph.base > 0)
    state = walk.state
    for day in range(days):
        given = given_on(prepared, timeline, day)
        delivered = walk.one_day(given, day)
        made_by_firm += state.production
        totals[:, day] = (
            state.production.sum(),
            (state.production * value_share).sum(),
            state.final_out.sum(),
            delivered,
        )
        if kept is not None:
            kept.note(day, state, given)
    made = totals[0].sum()
    return InventoryRun(
        production=totals[0],
        value_added=totals[1],
        delivered_final=totals[2],
        to_nobody=float(1 - totals[3].sum() / made) if made > 0 else 0.0,
        made=made_by_firm,
        last=state.production.copy(),
        firms=None if kept is None else kept.firm_days(),
    )


def given_on(prepared: PreparedInventory, timeline: Timeline | None, day: int) -> Given:
    """Return capacities, final demand and limits of a day, as the kernels take them."""
    graph = prepared.graph
    if timeline is None:
        return Given(prepared.most, graph.final, _EMPTY, _EMPTY)
    link, inputs = _EMPTY, _EMPTY
    if timeline.has("link", "essential-input"):
        link = timeline.link_kept(day)[prepared.link]
    if timeline.has("essential-input") and len(prepared.link):
        lost = (1 - timeline.input_kept(day)[prepared.link]) * graph.amount
        inputs = 1 - np.add.reduceat(lost, graph.link_start[:-1]) / graph.slot_amount
    return Given(
        prepared.most * timeline.capacity_kept(day),
        graph.final * timeline.demand_kept(day),
        link,
        inputs,
    )


class _Kept:
    """What each firm does on each day, as it is written down."""

    def __init__(self, prepared: PreparedInventory, days: int) -> None:
        n_firms = len(prepared.graph.base)
        self.prepared = prepared
        self.tables = [np.zeros((days, n_firms)) for _ in range(5)]
        self.binding = np.full((days, n_firms), -1, dtype=np.int32)
        self.cover = np.zeros(len(prepared.graph.slot_amount))

    def note(self, day: int, state: State, given: Given) -> None:
        """Write down a day."""
        parts = (state.production, state.demand + given.final, given.capacity, state.held, state.final_out)
        for table, values in zip(self.tables, parts, strict=True):
            table[day] = values
        find_binding(self.prepared.graph, state, given, self.prepared.product, self.cover, self.binding[day])

    def firm_days(self) -> FirmDays:
        """Return all that was written down."""
        production, demand, capacity, stock, delivered = self.tables
        return FirmDays(
            production=production,
            demand=demand,
            capacity=capacity,
            stock=stock,
            delivered_final=delivered,
            binding=self.binding,
        )


class _Walk:
    """A run on its way: its state, and the step that its rules need."""

    def __init__(self, prepared: PreparedInventory) -> None:
        graph = prepared.graph
        self.prepared = prepared
        self.state = new_state(graph, prepared.rules, prepared.initial_days)
        self.transit: Transit | None = None
        self.switch: Switch | None = None
        if len(prepared.leads.days) or prepared.switch_after:
            self.transit = new_transit(graph, prepared.leads, switches=prepared.switch_after > 0)
            self.switch = new_switch(graph, prepared.switch_after)
        self.sent = graph.amount.copy() if prepared.reference else _EMPTY
        self.goods = _Goods(
            made=graph.base.sum(),
            made_out=graph.amount.sum(),
            stock=self.state.stock.sum(),
            in_transit=_in_transit(self.transit),
        )

    def one_day(self, given: Given, day: int) -> float:
        """Let a day pass; return what is delivered of what is made."""
        graph, rules, state = self.prepared.graph, self.prepared.rules, self.state
        if self.prepared.reference:
            reference_step(graph, rules, state, given, self.sent)
            return float(self.sent.sum() + state.final_out.sum())
        if self.transit is None or self.switch is None:
            received, used = step(graph, rules, state, given)
            sent = received
        else:
            sent, received, used = far_step(graph, rules, state, given, self.transit, self.switch)
        after = _goods_after(state, self.transit)
        _check(self.goods, after, (sent, received, used), day)
        if state.stock.size and float(state.stock.min()) < 0:
            raise ConservationError(f"day {day}: a stock is below 0; this is a fault of the program: report it")
        self.goods = after
        return after.made


@dataclass(frozen=True, kw_only=True)
class _Goods:
    """What the check of a day needs: goods made and sent to buyers, all stocks, all goods in transit."""

    made: float
    made_out: float
    stock: float
    in_transit: float


def _in_transit(transit: Transit | None) -> float:
    return 0.0 if transit is None else float(transit.goods.sum() + transit.lent.sum())


def _goods_after(state: State, transit: Transit | None) -> _Goods:
    made = state.production
    return _Goods(
        made=float(made.sum()),
        made_out=float((made - state.final_out).sum()),
        stock=float(state.stock.sum()),
        in_transit=_in_transit(transit),
    )


def _check(before: _Goods, after: _Goods, moved: tuple[float, float, float], day: int) -> None:
    """Compare what was sent with what was made, and stocks and transit with what was added and taken out."""
    sent, received, used = moved
    lost = abs(sent - before.made_out)
    strayed = abs(after.in_transit - (before.in_transit + sent - received))
    vanished = abs(after.stock - (before.stock + received - used))
    # Written so that a number that is none fails too.
    if not (
        lost <= TOLERANCE * before.made
        and strayed <= TOLERANCE * (before.in_transit + sent)
        and vanished <= TOLERANCE * (before.stock + received)
    ):
        raise ConservationError(
            f"day {day}: {max(lost, strayed, vanished):.6g} of goods appeared or vanished (made for buyers "
            f"{before.made_out:.6g}, sent {sent:.6g}, received {received:.6g}); this is a fault of the program: report "
            "it with the network and the scenario"
        )

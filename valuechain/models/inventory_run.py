"""Runs of the inventory model, day after day, with a check that no goods appear or vanish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.errors import ConservationError
from valuechain.kernels.production import step
from valuechain.kernels.production_graph import Given, State, new_state
from valuechain.kernels.production_reference import reference_step
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
    graph, state = prepared.graph, new_state(prepared.graph, prepared.rules, prepared.initial_days)
    n_firms = len(graph.base)
    sent = graph.amount.copy()
    totals, made_by_firm = np.zeros((4, days)), np.zeros(n_firms)
    kept = [np.zeros((days, n_firms)) for _ in range(5 if keep_firms else 0)]
    value_share = 1 - np.divide(graph.bought, graph.base, out=np.zeros(n_firms), where=graph.base > 0)
    before = _Goods(made=graph.base.sum(), made_out=graph.amount.sum(), stock=state.stock.sum())
    for day in range(days):
        given = given_on(prepared, timeline, day)
        if prepared.reference:
            reference_step(graph, prepared.rules, state, given, sent)
            delivered = sent.sum() + state.final_out.sum()
        else:
            received, used = step(graph, prepared.rules, state, given)
            before = _check(before, state, received, used, day)
            delivered = state.production.sum()
        made_by_firm += state.production
        totals[:, day] = (
            state.production.sum(),
            (state.production * value_share).sum(),
            state.final_out.sum(),
            delivered,
        )
        if keep_firms:
            parts = (state.production, state.demand + given.final, given.capacity, state.held, state.final_out)
            for table, values in zip(kept, parts, strict=True):
                table[day] = values
    made = totals[0].sum()
    return InventoryRun(
        production=totals[0],
        value_added=totals[1],
        delivered_final=totals[2],
        to_nobody=float(1 - totals[3].sum() / made) if made > 0 else 0.0,
        made=made_by_firm,
        last=state.production.copy(),
        firms=_firm_days(kept) if keep_firms else None,
    )


def _firm_days(kept: list[Floats]) -> FirmDays:
    production, demand, capacity, stock, delivered = kept
    return FirmDays(production=production, demand=demand, capacity=capacity, stock=stock, delivered_final=delivered)


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


@dataclass(frozen=True, kw_only=True)
class _Goods:
    """What the check of a day needs from the day before: goods sent to buyers, and all stocks."""

    made: float
    made_out: float
    stock: float


def _check(before: _Goods, state: State, received: float, used: float, day: int) -> _Goods:
    """Compare what buyers took in with what was sent, and stocks with what was added and used."""
    stock = float(state.stock.sum())
    lost = abs(received - before.made_out)
    vanished = abs(stock - (before.stock + received - used))
    # Written so that a number that is none fails too.
    if not (lost <= TOLERANCE * before.made and vanished <= TOLERANCE * (before.stock + received)):
        raise ConservationError(
            f"day {day}: {max(lost, vanished):.6g} of goods appeared or vanished (sent {before.made_out:.6g}, received "
            f"{received:.6g}); this is a fault of the program: report it with the network and the scenario"
        )
    if state.stock.size and float(state.stock.min()) < 0:
        raise ConservationError(f"day {day}: a stock is below 0; this is a fault of the program: report it")
    made = state.production
    return _Goods(made=float(made.sum()), made_out=float((made - state.final_out).sum()), stock=stock)

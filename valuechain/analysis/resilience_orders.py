"""Orders in a run: how far they rise, and whether they swing more than final demand (the bullwhip effect)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from valuechain.analysis.resilience_firms import FirmCurves
from valuechain.models.effects import effects_of
from valuechain.models.firm_activity import final_demand, per_day_factor
from valuechain.models.inventory import Inventory
from valuechain.models.simulate import SimulationResult
from valuechain.models.timeline import Timeline
from valuechain.models.timeline_published import published_effects, timeline_of_effects
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["Orders", "orders_of"]

STEADY = 1e-20
"""Variance of what is a fraction of its undisturbed value, up to which only rounding makes it move."""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Orders of all firms; what is not known is NaN.

    Parameters
    ----------
    peak, peak_day
        Largest demand as a multiple of the undisturbed one, and its day.
    bullwhip
        Variance over days of orders between firms over that of final demand, both relative to undisturbed values.
    notes
        Why something is not known.
    """

    peak: float
    peak_day: float
    bullwhip: float
    notes: tuple[str, ...]


def orders_of(network: Network, run: SimulationResult, found: FirmCurves) -> Orders:
    """Return how orders move."""
    demand, usual = found.demand.sum(axis=1), found.usual_demand.sum(axis=1)
    usual = np.broadcast_to(usual, len(demand))
    ratio = np.divide(demand, usual, out=np.full(len(demand), np.nan), where=usual > 0)
    known = bool(np.isfinite(ratio).any())
    # The first of days that differ by rounding only.
    day = int(np.nanargmax(ratio.round(9))) if known else 0
    peak = float(ratio[day]) if known else math.nan
    rises = known and peak > 1 + 1e-9
    bullwhip, why = _bullwhip(network, run, demand, usual)
    is_steady = len(found.usual_demand) == 1
    notes = [
        "Undisturbed demand is undisturbed production: without shocks firms make what is ordered."
        if is_steady
        else "Stocks move even without a shock: undisturbed demand is that of a run without shocks, made for this.",
        *([] if rises else ["Orders never rise above the undisturbed demand, so their peak has no day."]),
        *([] if why is None else [why]),
    ]
    return Orders(peak=peak, peak_day=float(day) if rises else math.nan, bullwhip=bullwhip, notes=tuple(notes))


def _bullwhip(network: Network, run: SimulationResult, demand: Floats, usual: Floats) -> tuple[float, str | None]:
    """Return the ratio of variances, or NaN and why it is not known."""
    lead = "The bullwhip is not known"
    model = run.inputs.model
    if not isinstance(model, Inventory):
        return math.nan, f"{lead}: in this model firms place no orders from day to day that can be told apart."
    line = _timeline(network, run.inputs.scenario, len(demand), reference=model.reference)
    base = final_demand(network, []) * per_day_factor(network)
    # Summed without BLAS, whose threads cost more than they save here.
    moves = line.has("demand")
    final = np.array(
        [float((base * line.demand_kept(day)).sum()) if moves else base.sum() for day in range(len(demand))]
    )
    before = float(base.sum())
    if before <= 0 or _variance(final / before) == 0:
        return math.nan, f"{lead}: final demand is the same every day, and a variance of 0 is nothing to divide by."
    between = usual - before
    if between.min() <= 0:
        return math.nan, f"{lead}: firms do not order from each other."
    return _variance((demand - final) / between) / _variance(final / before), None


def _variance(values: Floats) -> float:
    """Return the variance, 0 where only rounding makes it."""
    variance = float(np.var(values))
    return variance if variance > STEADY else 0.0


def _timeline(network: Network, scenario: Scenario, days: int, *, reference: bool) -> Timeline:
    """Return what the scenario leaves of final demand, by the rules the model went by."""
    if reference:
        return timeline_of_effects(network, published_effects(network, scenario), days=days)
    return Timeline(network=network, effects=effects_of(network, scenario), days=days)

"""A scenario over days by the rules of the published inventory program, quirks included."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from valuechain.models.effects import Effect, effects_of, refuse
from valuechain.models.neighbours import Partners, partners_of
from valuechain.models.timeline import OF_CAPACITY, Timeline
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario


def published_timeline(network: Network, scenario: Scenario, *, days: int) -> Timeline:
    """Return a scenario's losses by day as the published program has them; see :func:`timeline_of_effects`.

    Raises
    ------
    ScenarioError
        As :func:`valuechain.models.effects.effects_of`, and for shocks the program does not know.
    """
    return timeline_of_effects(network, published_effects(network, scenario), days=days)


def published_effects(network: Network, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
    """Return whom each shock hits; refuse shocks that the published program does not know."""
    unknown = [
        f"shock {k}: '{s.what}' shocks are not in the published program; write Inventory(reference=False)"
        for k, s in enumerate(scenario.shocks, start=1)
        if s.what in {"link", "essential-input"}
    ]
    unknown += [
        f"shock {k}: recovery '{s.recovery}' is not in the published program; write Inventory(reference=False)"
        for k, s in enumerate(scenario.shocks, start=1)
        if s.recovery in {"convex", "concave"}
    ]
    refuse(scenario, unknown)
    return effects_of(network, scenario, is_random=is_random)


def timeline_of_effects(network: Network, effects: Sequence[Effect], *, days: int) -> Timeline:
    """Return losses by day by the rules of the published program.

    One firm has one loss at a time: a later shock replaces an earlier one, and of several windows (shocks without a
    recovery) each loss lasts until the next begins, the last until the last of them ends. ``exponential`` decays
    with the number of the day, whenever the shock began. ``neighbours`` looks at partners one firm after the other,
    some of which have recovered on that day already. ``linear`` with no recovery days is permanent.
    """
    lost = _lost_capacity(network, [e for e in effects if e.kind in OF_CAPACITY], days)
    return Timeline(network=network, effects=effects, days=days, published=lost)


def _lost_capacity(network: Network, effects: list[Effect], days: int) -> Floats:
    """Return lost capacity by day; shape (days, firms)."""
    partners = partners_of(network)
    loss = np.zeros(network.n_firms)
    of_firm: dict[int, tuple[Effect, float, float]] = {}
    window_end: dict[int, float] = {}
    for effect in effects:
        if effect.recovery is None:
            end = math.inf if effect.days is None else effect.start + effect.days - 1
            for firm in effect.hit.tolist():
                window_end[firm] = max(end, window_end.get(firm, -1))
    by_day = np.zeros((days, network.n_firms))
    for day in range(days):
        for effect in effects:
            if effect.start == day:
                loss[effect.hit] = effect.loss
                whole = np.broadcast_to(effect.loss, effect.hit.shape)
                hit = zip(effect.hit.tolist(), whole.tolist(), effect.recovery_days.tolist(), strict=True)
                of_firm.update({firm: (effect, a, c) for firm, a, c in hit})
        by_day[day] = loss
        for firm in sorted(of_firm):
            effect, whole_loss, c = of_firm[firm]
            if effect.recovery is None:
                loss[firm] = loss[firm] if day < window_end[firm] else 0.0
            elif day - effect.start >= (effect.days or 0):
                loss[firm] = max(_next(effect, (whole_loss, c), day, firm, loss, partners), 0.0)
    return by_day


def _next(effect: Effect, curve: tuple[float, float], day: int, firm: int, loss: Floats, partners: Partners) -> float:
    """Return a firm's loss on the day after, once recovery has set in; ``curve``: whole loss and recovery days."""
    whole, c = curve
    now = float(loss[firm])
    if effect.recovery == "none":
        return now
    if effect.recovery == "instant":
        return 0.0
    if c == 0:
        return now if effect.recovery == "linear" else 0.0
    if effect.recovery == "exponential":
        return whole * math.exp(-day / c)
    if effect.recovery == "neighbours":
        return now * (1 - (1 - partners.mean_of(loss, firm)) / c)
    return now - (whole / c if effect.recovery == "linear" else 1 / c)

"""The cascade day by day: where the network would come to rest if each day's losses lasted.

The cascade has no stocks and no memory, so each day stands alone. It shows what a scenario would do if everything had
time to spread and nothing to live on: beside a model with stocks, it says how much of the safety the stocks are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from valuechain.errors import ParameterError
from valuechain.kernels.cascade_graph import Shocks
from valuechain.models.cascade_network import Cascade, PreparedCascade, prepare
from valuechain.models.cascade_run import run, unsettled_words
from valuechain.models.dynamics import DaysRun, FirmDays
from valuechain.models.effects import Effect, refuse
from valuechain.models.firm_activity import final_demand, per_day_factor
from valuechain.models.overlaps import effects_apart
from valuechain.models.timeline import Timeline
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["CascadeDynamics", "cascade_dynamics"]


@dataclass(frozen=True, kw_only=True)
class CascadeDynamics:
    """See :class:`valuechain.models.dynamics.Dynamics`. ``base``, ``final``: currency per day, shape (firms,)."""

    network: Network
    model: Cascade
    prepared: PreparedCascade
    base: Floats
    final: Floats
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]

    def effects(self, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
        """Return whom each shock hits; refuse shocks on links and surges, which the cascade cannot answer."""
        problems = []
        for number, shock in enumerate(scenario.shocks, start=1):
            if shock.what in {"link", "essential-input"}:
                problems.append(f"shock {number}: '{shock.what}' is not known to the cascade; take another model")
            elif not isinstance(shock.loss, Mapping) and shock.loss < 0:
                problems.append(f"shock {number}: a surge (loss {shock.loss}) is not known to the cascade")
        refuse(scenario, problems)
        return effects_apart(self.network, scenario, is_random=is_random)

    def undisturbed(self, days: int) -> Floats:  # noqa: ARG002 - as every model has it
        """Return what each firm makes without any shock, currency per day; shape (1, firms)."""
        return self.base[None]

    def run(self, effects: Sequence[Effect], *, days: int, keep_firms: bool) -> DaysRun:
        """Return a run; days with the same losses are computed once."""
        line = Timeline(network=self.network, effects=effects, days=days)
        capacity = np.array([line.capacity_kept(day) for day in range(days)])
        demand = np.clip([line.demand_kept(day) for day in range(days)], 0.0, 1.0)
        seen: dict[bytes, int] = {}
        of_day = [seen.setdefault(c.tobytes() + d.tobytes(), len(seen)) for c, d in zip(capacity, demand, strict=True)]
        first = np.array([of_day.index(k) for k in range(len(seen))])
        outcome = run(self.prepared, _shocks(capacity[first], demand[first]), keep_firms=True, threads=1)
        # As a note, not a warning: an ensemble makes thousands of runs, in threads and on other machines.
        unsettled = unsettled_words(outcome.sweeps, outcome.error, self.prepared)
        works = np.minimum(outcome.h_down, outcome.h_up)[of_day]
        production = works * self.base
        firms = None
        if keep_firms:
            firms = FirmDays(
                production=production,
                demand=outcome.h_up[of_day] * self.base,
                capacity=capacity * self.base,
                stock=None,
                delivered_final=works * self.final,
            )
        return DaysRun(
            production=production.sum(axis=1),
            delivered_final=works @ self.final,
            made=production.sum(axis=0),
            last=production[-1],
            is_over=line.is_over(days - 1),
            firms=firms,
            notes=(unsettled,) if unsettled else (),
        )


def cascade_dynamics(network: Network, model: Cascade) -> CascadeDynamics:
    """Return a network made ready for the cascade of each day.

    Raises
    ------
    ParameterError
        When the model weighs firms by a column: production has a currency of its own.
    """
    if model.weights is not None:
        raise ParameterError(f"weights '{model.weights}' have no meaning over time; leave them out")
    prepared = prepare(network, model)
    notes = ["The cascade has no stocks: each day shows where the network would come to rest if its losses lasted."]
    per_day = per_day_factor(network)
    final = final_demand(network, notes) * per_day
    return CascadeDynamics(
        network=network,
        model=model,
        prepared=prepared,
        base=network.sales * per_day + final,
        final=final,
        parameters={k: v for k, v in prepared.parameters.items() if k != "weights"},
        notes=(*notes, *prepared.notes),
    )


def _shocks(capacity: Floats, demand: Floats) -> Shocks:
    """Return the lost supply and demand of each day as the kernel takes them; arguments have shape (days, firms)."""
    down, up = 1 - capacity, 1 - capacity * demand
    day, firm = np.nonzero((down > 0) | (up > 0))
    start = np.concatenate([[0], np.cumsum(np.bincount(day, minlength=len(down)))])
    return Shocks(start.astype(np.int64), firm.astype(np.int64), down[day, firm], up[day, firm])

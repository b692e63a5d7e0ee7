"""The state a scenario leaves: who is affected, and which needs stay short, by the cascade or on a simulated day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from valuechain.errors import ParameterError, ScenarioError
from valuechain.models.simulate import SimulationResult, checked_scenario, simulate
from valuechain.network import Floats, Network
from valuechain.recommend.economy import Economy, activity_of
from valuechain.recommend.hazards import hazards_of
from valuechain.scenario import Scenario
from valuechain.values import plain_number

if TYPE_CHECKING:
    from valuechain.models.over_time import Model

__all__ = ["State", "delivered_shares", "state_of"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """How every firm stands in a crisis; shares of normal output.

    Parameters
    ----------
    activity
        What each firm makes, 0..1; shape (firms,).
    able
        What it could make and sell if it lacked no input, 0..1; shape (firms,).
    surviving
        Its own capacity that is left, 0..1; shape (firms,).
    is_steady
        True: where the cascade comes to rest, so that deliveries can be tried by the same model. False: one day.
    words
        What was assumed, in a sentence.
    parameters
        For ``Result.parameters``.
    notes
        What is to be said besides.
    """

    activity: Floats
    able: Floats
    surviving: Floats
    is_steady: bool
    words: str
    parameters: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def affected(self, least_loss: float) -> Mask:
        """Tell which firms lost more than a share of capacity, or make that much less than is asked of them."""
        asked = np.where(self.surviving > 0, np.minimum(self.able, 1.0), 1.0)
        return np.asarray((self.surviving < 1 - least_loss) | (self.activity < (1 - least_loss) * asked))


def state_of(
    economy: Economy,
    network: Network,
    scenario: Scenario | Mapping[str, float] | SimulationResult,
    *,
    day: int | None,
    model: Model | None,
) -> State:
    """Return the state a scenario leaves.

    Without ``day`` it is the greatest fixed point of the static economy (:mod:`valuechain.kernels.sourcing`) with all
    losses whole; with ``day``, what a simulation of ``network`` has on that day. The economy may have outside
    candidates after the firms of the network: on a simulated day these are not affected.

    Raises
    ------
    ScenarioError
        When the scenario is random, selects nothing, or has shocks the static economy cannot take.
    ParameterError
        When the day is none of the run, or a model is given without a day.
    """
    day = plain_number(day)
    if isinstance(scenario, SimulationResult):
        return _on_day(economy, network, scenario, day)
    scenario = checked_scenario(scenario)
    _refuse_random(scenario)
    if day is None:
        if model is not None:
            raise ParameterError("model goes with day; without a day the static economy is used: leave model out")
        return _at_rest(economy, scenario)
    if isinstance(day, bool) or not isinstance(day, int) or day < 0:
        raise ParameterError(f"day {day!r} is none; write a whole number from 0")
    run = simulate(network, scenario, model=model, days=day + 1)
    return _on_day(economy, network, run, day)


def _refuse_random(scenario: Scenario) -> None:
    random = [str(k) for k, shock in enumerate(scenario.shocks, start=1) if shock.is_random]
    if random:
        place = "" if scenario.file is None else f"{scenario.file}: "
        raise ScenarioError(
            f"{place}shock {', '.join(random)} is random, but a running crisis is certain; write its loss, start and "
            "days as numbers and leave probability out"
        )


def _at_rest(economy: Economy, scenario: Scenario) -> State:
    hazards = hazards_of(economy.network, scenario)
    surviving = hazards.surviving[0]
    return State(
        activity=activity_of(economy, hazards.surviving)[0],
        able=surviving,
        surviving=surviving,
        is_steady=True,
        words=f"Scenario '{scenario.name}' where it comes to rest, all its losses whole.",
        parameters={"scenario": scenario.name, "state": "static economy"},
        notes=hazards.notes,
    )


def _on_day(economy: Economy, network: Network, run: SimulationResult, day: int | None) -> State:
    """Return the shares of one simulated day; a firm that usually makes nothing is not affected."""
    firms = run.firms
    if firms is None:
        raise ParameterError("the run was made with keep_firms=False and says nothing of firms; simulate with True")
    if list(firms["firm"].values) != list(network.firm_ids):
        raise ParameterError(f"the run is not of network '{network.name}'; simulate this network")
    last = firms.sizes["day"] - 1
    if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= last:
        raise ParameterError(f"day {day!r} is none of the run; write a whole number from 0 to {last}")
    usual = np.asarray(firms["undisturbed"].isel(day=day) if firms["undisturbed"].ndim == 2 else firms["undisturbed"])

    def share(name: str) -> Floats:
        if name not in firms:
            return np.ones(economy.network.n_firms)
        values = np.asarray(firms[name].isel(day=day), dtype=np.float64)
        part = np.clip(np.divide(values, usual, out=np.ones(len(usual)), where=usual > 0), 0.0, 1.0)
        return np.r_[part, np.ones(economy.network.n_firms - len(part))]

    activity, surviving = share("production"), share("capacity")
    return State(
        activity=activity,
        able=np.minimum(surviving, share("demand")),
        surviving=surviving,
        is_steady=False,
        words=f"Day {day} of '{run.inputs.scenario.name}' ({run.parameters.get('model', 'simulated')}).",
        parameters={"scenario": run.inputs.scenario.name, "day": day, "model": run.parameters.get("model", "")},
        notes=(
            "On a simulated day firms may still live on stocks: needs are what suppliers deliver less than the buyer "
            "could use, stocks not counted.",
        ),
    )


def delivered_shares(economy: Economy, activity: Floats) -> Floats:
    """Return what the usual suppliers of each essential slot deliver, share of its need; shape (slots,)."""
    graph = economy.graph
    if economy.n_slots == 0:
        return np.zeros(0)
    return np.asarray(np.add.reduceat(graph.share * activity[graph.supplier], graph.link_start[:-1]))

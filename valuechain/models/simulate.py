"""A disruption day by day: runs a scenario through a model over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ParameterError, ScenarioError
from valuechain.models.firm_columns import listed
from valuechain.models.firm_days import firms_dataset
from valuechain.models.over_time import Model, dynamics_of
from valuechain.models.shock_notes import shock_notes
from valuechain.network import Floats, Network
from valuechain.results import Result, figure, number_text, percent_text, rank_key
from valuechain.scenario import Scenario, Shock
from valuechain.scenario.shock import horizon_problem
from valuechain.values import plain_number

if TYPE_CHECKING:
    import xarray

Flags = npt.NDArray[np.bool_]

__all__ = ["SimulationResult", "simulate"]

SAME = 1e-12
"""Production that differs from the undisturbed one by less than this share differs by rounding only."""

RETURNED = 1e-3
"""A firm has returned when it makes all it made undisturbed but for this share."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SimulationResult(Result):
    """Production and loss of the network day by day.

    ``total_loss`` is the part of all production over the days that is lost, ``lost_value`` its value (currency),
    ``bottom_day`` the day with the largest loss, ``not_returned`` how many firms still make less on the last day
    though no shock holds them down any more (None while a shock lasts). ``firms`` is an ``xarray.Dataset`` (day, firm)
    with production, demand, capacity, delivered_final (currency per day) and stock (currency); None where not kept.
    ``losses`` is what each firm loses over all days, which is known even so (None in a run read from files).
    :func:`valuechain.resilience` reads it, :func:`valuechain.write_run` keeps it.
    """

    total_loss: float = figure("lost", "fraction of production over all days")
    lost_value: float = figure("value lost")
    bottom_day: int = figure("day of the largest loss")
    not_returned: int | None = figure("firms below usual on the last day")
    firms: xarray.Dataset | None = field(metadata={"source": True})
    inputs: RunInputs = field(metadata={"source": True})
    losses: Result | None = field(default=None, metadata={"source": True})


@dataclass(frozen=True, kw_only=True)
class RunInputs:
    """All that a run rests on beside the network, so that it can be repeated."""

    scenario: Scenario
    model: Model
    days: int
    seed: int | np.random.Generator


def simulate(
    network: Network,
    scenario: Scenario | Mapping[str, float],
    *,
    model: Model | None = None,
    days: int | None = None,
    seed: int | np.random.Generator = 0,
    keep_firms: bool = True,
) -> SimulationResult:
    """Return how a disruption unfolds: production and loss day by day, for the network and for each firm.

    Parameters
    ----------
    network
        The value chain.
    scenario
        A :class:`Scenario`, or ``{firm: lost fraction}`` of capacity from day 0 to the end.
    model
        ``Inventory(...)`` (the default), ``Ario(...)``, or ``Cascade(...)`` for where each day would come to rest.
    days
        Simulated days; default those of the scenario.
    seed
        Seed of the random numbers. A single run draws none, so it changes nothing.
    keep_firms
        False: leave out ``firms``, which takes some 40 bytes for each firm and day.

    Returns
    -------
    SimulationResult
        Table ``day, production, loss``: production in currency per day, and the part of the undisturbed production
        that is missing on that day.

    Raises
    ------
    ScenarioError
        With every shock that selects nothing or that the model cannot answer.
    ConservationError
        When goods appear or vanish in a run, which no result may hide.

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> fire = vc.Shock(where={"firms": ["FI-007"]}, loss=0.8, start=5, days=20, recovery="linear", recovery_days=30)
    >>> run = vc.simulate(net, vc.Scenario(shocks=[fire]), days=120)
    >>> bool(run.table["loss"].iloc[4] == 0), run.bottom_day > 5
    (True, True)
    """
    scenario = checked_scenario(scenario)
    days = checked_days(scenario.days if days is None else days)
    seed = _checked_seed(seed)
    check_flag("keep_firms", keep_firms)
    dynamics = dynamics_of(network, model)
    effects = dynamics.effects(scenario)
    outcome = dynamics.run(effects, days=days, keep_firms=keep_firms)
    usual = dynamics.undisturbed(days)
    by_day = np.broadcast_to(usual.sum(axis=1), days)
    missing = by_day - outcome.production
    missing[np.abs(missing) <= SAME * by_day] = 0.0
    loss = np.clip(np.divide(missing, by_day, out=np.zeros(days), where=by_day > 0), 0.0, 1.0)
    returned = np.asarray(outcome.last >= usual[-1] * (1 - RETURNED)) if outcome.is_over else None
    lost, made = float(np.maximum(missing, 0).sum()), float(by_day.sum())
    return SimulationResult(
        table=pd.DataFrame({"day": np.arange(days), "production": outcome.production, "loss": loss}),
        title=f"Simulation: {scenario.name}",
        units={"production": f"{network.currency} per day", "loss": "fraction of undisturbed production"},
        parameters={**dynamics.parameters, "scenario": scenario.name, "days": days},
        notes=(
            _meaning(network, lost, made, loss),
            *shock_notes(network, scenario, effects, days=days),
            *_return_notes(network, returned),
            *outcome.notes,
            *dynamics.notes,
        ),
        total_loss=lost / made if made > 0 else 0.0,
        lost_value=lost,
        bottom_day=_bottom(loss),
        not_returned=None if returned is None else int((~returned).sum()),
        firms=None if outcome.firms is None else firms_dataset(network, outcome.firms, usual),
        inputs=RunInputs(scenario=scenario, model=dynamics.model, days=days, seed=seed),
        losses=_losses(network, outcome.made, np.broadcast_to(usual, (days, network.n_firms)).sum(axis=0)),
    )


def checked_scenario(scenario: Scenario | Mapping[str, float]) -> Scenario:
    """Return a scenario; ``{firm: fraction}`` is a loss of capacity from day 0 to the end."""
    if isinstance(scenario, Scenario):
        return scenario
    if not isinstance(scenario, Mapping):
        raise ScenarioError(
            f"scenario {scenario!r} is none; give a Scenario, vc.read_scenario(path) or {{firm: fraction}}"
        )
    shocks = [Shock(what="capacity", where={"firms": [f]}, loss=v) for f, v in scenario.items()]
    return Scenario(shocks=shocks, name=", ".join(str(f) for f in list(scenario)[:5]) or "no shock")


def checked_days(days: int) -> int:
    """Return a number of days to simulate as Python's own; more than a hundred years are refused."""
    days = plain_number(days)
    if (problem := horizon_problem(days)) is not None:
        raise ParameterError(problem)
    return days


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither True nor False: the text "no" would count as True."""
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"{name} {value!r} is neither True nor False; write one of them")


def _checked_seed(seed: object) -> int | np.random.Generator:
    """Return a seed of NumPy: a whole number, a generator, or None for any."""
    seed = plain_number(seed)
    if seed is None or isinstance(seed, np.random.Generator):
        return seed  # type: ignore[return-value]
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ParameterError(f"seed {seed!r} is none; write a whole number from 0, such as seed=0")
    return seed


def _losses(network: Network, made: Floats, usual: Floats) -> Result:
    """Return what each firm loses over all days, the largest value first."""
    lost = usual - made
    lost[np.abs(lost) <= SAME * usual] = 0.0
    share = np.divide(lost, usual, out=np.zeros(len(lost)), where=usual > 0)
    table = pd.DataFrame({"firm": network.firms["firm"], "lost_value": lost, "loss": share})
    rank = -rank_key(lost / usual.sum()) if usual.sum() > 0 else lost
    order = np.lexsort((table["firm"].to_numpy(dtype=str), rank))
    return Result(
        table=table.iloc[order].reset_index(drop=True),
        title="Firms, by what they lose",
        units={"lost_value": network.currency, "loss": "fraction of its undisturbed production"},
        notes=("Below 0: the firm makes more than usual.",) if (lost < 0).any() else (),
    )


def _bottom(loss: Floats) -> int:
    """Return the day with the largest loss, the first of those that differ by rounding only."""
    return int(loss.round(9).argmax())


def _meaning(network: Network, lost: float, made: float, loss: Floats) -> str:
    share = lost / made if made > 0 else 0.0
    hurt = np.flatnonzero(loss > 0)
    if not hurt.size:
        return f"Nothing is lost in {_days(len(loss))}."
    return (
        f"{percent_text(share)}% of production in {_days(len(loss))} is lost, {number_text(lost)} {network.currency}; "
        f"the worst day is {_bottom(loss)} with {percent_text(float(loss.max()))}%, the first loss is on day "
        f"{int(hurt[0])}."
    )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def _return_notes(network: Network, returned: Flags | None) -> list[str]:
    if returned is None:
        return ["A shock still lasts on the last day, so whether firms return cannot be told; add days."]
    if returned.all():
        return []
    count = int((~returned).sum())
    return [
        f"{'1 firm makes' if count == 1 else f'{count:,} firms make'} less on the last day though no shock lasts: "
        f"{listed(network.firms['firm'][~returned])}. It needs more days, or by the rules of the model the economy "
        "stays down for good."
    ]

"""What may happen: scenarios as surviving capacities with probabilities, the same draws for the same firm ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valuechain.errors import DefaultWarning, ParameterError, ScenarioError, warn_caller
from valuechain.models.effects import Effect, effects_of
from valuechain.models.ensemble_draws import correlation_problems, draws_of
from valuechain.network import Floats, Index, Network
from valuechain.scenario import Scenario, Shock
from valuechain.scenario.distributions import is_number

__all__ = ["ANY_FIRM", "DEFAULT_RUNS", "HazardModel", "Hazards", "hazards_of"]

DEFAULT_RUNS = 500
"""Scenarios drawn where nobody says how many."""

ANY_FIRM = "any firm may fail"
"""Name of the scenario of a :class:`HazardModel`."""

STATIC = ("capacity", "capital")
"""Shocks that a model without time and with firms alone can take."""

_CORRELATION: Mapping[str, float] = {"country": 0.1, "region": 0.1, "sector": 0.1, "owner": 0.3}


@dataclass(frozen=True, kw_only=True)
class HazardModel:
    """What is taken to happen where no scenario is given: any firm may fail, firms alike more often together.

    Parameters
    ----------
    probability
        How likely a firm is to be hit in a scenario, 0..1.
    losses
        Fractions of its capacity that a firm which is hit may lose, each as likely as the others.
    correlation
        For columns of firms the part of the variance that firms with the same value share (Gaussian copula, see
        ``models/ensemble_draws.py``); columns that firms do not have are left out.

    Examples
    --------
    >>> HazardModel(probability=0.05).losses
    (0.25, 0.5, 0.75, 1.0)
    """

    probability: float = 0.02
    losses: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    correlation: Mapping[str, float] = field(default_factory=lambda: dict(_CORRELATION))

    def __post_init__(self) -> None:
        """Refuse what is no probability, no loss or no correlation."""
        problems = []
        if not is_number(self.probability) or not 0 < self.probability < 1:
            problems.append(f"probability {self.probability!r} is none; write a number between 0 and 1, such as 0.02")
        if not self.losses or not all(is_number(v) and 0 < v <= 1 for v in self.losses):
            problems.append(
                f"losses {self.losses!r} are not fractions; write numbers above 0 up to 1, such as (0.5, 1)"
            )
        if not all(is_number(v) and 0 <= v <= 1 for v in self.correlation.values()):
            problems.append(f"correlation {dict(self.correlation)!r} has a value outside 0..1; write such as 0.1")
        if problems:
            raise ParameterError("\n".join(problems))

    def scenario(self, network: Network) -> Scenario:
        """Return the model as a random scenario for a network."""
        columns = network.firms.columns
        known = {c: float(r) for c, r in self.correlation.items() if c in columns}
        part = self.probability / len(self.losses)
        loss = {
            "distribution": "choice",
            "values": [0.0, *map(float, self.losses)],
            "weights": [1 - self.probability, *([part] * len(self.losses))],
        }
        return Scenario(name=ANY_FIRM, shocks=[Shock(loss=loss)], ensemble={"correlation": known})


@dataclass(frozen=True, kw_only=True, eq=False)
class Hazards:
    """Scenarios side by side.

    Parameters
    ----------
    surviving
        Capacity left of each firm, share of normal output, 0..1; shape (scenarios, firms).
    probability
        Probability of each scenario; they add up to 1. Shape (scenarios,).
    names
        Name of each scenario.
    words
        What was assumed, in a sentence.
    parameters
        Every choice, for ``Result.parameters``.
    stratum
        Which scenario of a list each is a draw of, as a number; draws of one stratum are as likely as each other.
        Shape (scenarios,).
    days
        How long losses stay whole in each scenario, the longest of its shocks; NaN where the scenario does not say, or
        it is drawn. Shape (scenarios,).
    notes
        What is to be said of correlations.
    """

    surviving: Floats
    probability: Floats
    names: tuple[str, ...]
    words: str
    parameters: Mapping[str, Any]
    stratum: Index
    days: Floats
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.probability)


def hazards_of(
    network: Network,
    scenario: Scenario | Sequence[Scenario] | HazardModel | None = None,
    *,
    runs: int | None = None,
    seed: int | None = None,
    probabilities: Sequence[float] | None = None,
) -> Hazards:
    """Return the scenarios that partners are judged by.

    Run r gives a firm the same draw whatever other firms there are and in whatever order: networks with and without a
    partner are compared under the same hazards.

    Parameters
    ----------
    network
        The network, outside candidates included.
    scenario
        One scenario, random or not; a list of scenarios that exclude each other; a :class:`HazardModel`; None: the
        default hazard model, with a warning.
    runs, seed
        Number of draws of each random scenario, and the seed; default those of the scenario, else 500 and 0.
    probabilities
        Probability of each scenario of a list, which add up to at most 1 (the rest: nothing happens); default equal.

    Raises
    ------
    ScenarioError
        With every shock that selects nothing, or is not one of capacity or capital.
    ParameterError
        When runs, seed or probabilities are none.

    Warns
    -----
    DefaultWarning
        When no scenario is given.

    Examples
    --------
    >>> import valuechain as vc
    >>> storm = vc.Scenario(name="storm", shocks=[vc.Shock(where={"country": "FIN"}, loss=0.5)])
    >>> float(hazards_of(vc.example("baltic_mobility"), storm).surviving.min())
    0.5
    """
    if scenario is None:
        scenario = HazardModel()
        warn_caller(
            f"no scenario is given: each firm is hit with probability {scenario.probability:g} in a scenario and loses "
            f"{', '.join(f'{v:.0%}' for v in scenario.losses)} of its capacity, firms of one country, region, sector "
            "or owner more often together. Give a scenario, or a HazardModel with numbers of your own.",
            DefaultWarning,
        )
    if isinstance(scenario, HazardModel):
        return _drawn(network, scenario.scenario(network), runs, seed)
    if isinstance(scenario, Scenario):
        if probabilities is not None:
            raise ParameterError("probabilities are for a list of scenarios; leave them out")
        return _drawn(network, scenario, runs, seed)
    return _listed(network, scenario, runs, seed, probabilities)


def _listed(
    network: Network, scenarios: object, runs: int | None, seed: int | None, probabilities: Sequence[float] | None
) -> Hazards:
    """Return several scenarios, of which at most one happens."""
    if not isinstance(scenarios, Sequence) or not scenarios or not all(isinstance(s, Scenario) for s in scenarios):
        raise ScenarioError(
            f"scenario {scenarios!r} is none; give a Scenario, a list of them, or vc.read_scenario(path)"
        )
    weights = [1 / len(scenarios)] * len(scenarios) if probabilities is None else list(probabilities)
    if (
        len(weights) != len(scenarios)
        or not all(is_number(w) and 0 <= w <= 1 for w in weights)
        or not 0 < sum(weights) <= 1 + 1e-9
    ):
        raise ParameterError(
            f"probabilities {probabilities!r} do not fit {len(scenarios)} scenarios; write one number from 0 to 1 for "
            "each, that add up to at most 1"
        )
    parts = [_drawn(network, s, runs, seed) for s in scenarios]
    surviving = [p.surviving for p in parts]
    chances = [w * p.probability for w, p in zip(weights, parts, strict=True)]
    names = [n for p in parts for n in p.names]
    rest = 1 - sum(weights)
    if rest > 1e-9:
        surviving.append(np.ones((1, network.n_firms)))
        chances.append(np.array([rest]))
        names.append("nothing happens")
    told = [s.name for s in scenarios]
    return Hazards(
        surviving=np.concatenate(surviving),
        probability=np.concatenate(chances),
        names=tuple(names),
        words=f"Scenarios: {len(scenarios)} that exclude each other ({_few(told)}).",
        parameters={"scenario": _few(told), "probabilities": weights, "scenarios": len(names)},
        stratum=np.repeat(np.arange(len(surviving)), [len(part) for part in surviving]).astype(np.int64),
        days=np.concatenate([*(p.days for p in parts), np.zeros(len(surviving) - len(parts))]),
        notes=tuple(dict.fromkeys(n for p in parts for n in p.notes)),
    )


def _few(names: list[str], count: int = 5) -> str:
    """Return the first names, and how many more there are."""
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if len(names) > count else "")


def _drawn(network: Network, scenario: Scenario, runs: int | None, seed: int | None) -> Hazards:
    """Return the draws of a random scenario, or the one case of another."""
    table = scenario.ensemble or {}
    runs = table.get("runs", DEFAULT_RUNS) if runs is None else runs
    seed = table.get("seed", 0) if seed is None else seed
    for name, value, least in (("runs", runs, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ParameterError(f"{name} {value!r} is not a count; write a whole number from {least}")
    effects = _effects(network, scenario)
    is_random = any(s.is_random for s in scenario.shocks)
    count = int(runs) if is_random else 1
    draws = draws_of(network, scenario, effects, seed=int(seed))
    surviving = np.ones((count, network.n_firms))
    for run in range(count):
        happening, _ = draws.in_run(run)
        for effect in happening:
            surviving[run, effect.hit] *= 1 - effect.loss
    drawn = f"{count:,} scenarios drawn from '{scenario.name}' (seed {seed})" if is_random else f"'{scenario.name}'"
    return Hazards(
        surviving=surviving,
        probability=np.full(count, 1 / count),
        names=tuple(f"{scenario.name} {run}" for run in range(count)) if is_random else (scenario.name,),
        words=f"Scenarios: {drawn}; a firm keeps what its shocks leave of its capacity while they are whole.",
        parameters={"scenario": scenario.name, "scenarios": count, "seed": int(seed) if is_random else None, **table},
        stratum=np.zeros(count, dtype=np.int64),
        days=np.full(count, _longest(scenario)),
        notes=draws.notes,
    )


def _longest(scenario: Scenario) -> float:
    """Return how many days losses stay whole, the longest of all shocks; NaN where one does not say, or draws them."""
    days = [shock.days for shock in scenario.shocks]
    return max((float(d) if isinstance(d, int) else np.nan for d in days), key=lambda d: np.inf if np.isnan(d) else d)


def _effects(network: Network, scenario: Scenario) -> tuple[Effect, ...]:
    """Return whom each shock hits; all faults of a scenario are told at once."""
    place = "" if scenario.file is None else f"{scenario.file}: "
    lines = [place + line for line in correlation_problems(network, scenario)]
    lines += [] if scenario.shocks else [place + "there is no shock; add one"]
    lines += [
        f"{place}shock {number}: '{shock.what}' is not for partners, who make up for lost capacity; write capacity or "
        "capital"
        for number, shock in enumerate(scenario.shocks, start=1)
        if shock.what not in STATIC
    ]
    found: tuple[Effect, ...] = ()
    try:
        found = effects_of(network, scenario, is_random=True)
    except ScenarioError as error:
        lines += str(error).splitlines()
    if lines:
        raise ScenarioError("\n".join(lines))
    return found

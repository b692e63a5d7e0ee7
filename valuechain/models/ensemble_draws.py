"""What is random in a scenario, drawn for each run: losses by firm, correlated; starts, durations, whether it happens.

Losses are tied together by a Gaussian copula. Firm i has ``z = sum over g of sqrt(r_g) Z(g, value of i) + sqrt(1 - sum
of r_g) e``, with a factor Z for each value of each attribute g (each country, each owner ...) and an e of its own; its
loss is the distribution's quantile at the probability of z. So the loss keeps its distribution, whatever the
correlation, and two firms of one country and owner have normals with correlation r_country + r_owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from valuechain.errors import suggestion
from valuechain.models.effects import AT_ONCE, Effect
from valuechain.network import Floats, Index, Network
from valuechain.scenario import Scenario, Shock
from valuechain.scenario.distributions import Distribution, distribution_of
from valuechain.scenario.draws import Hashes, hashes_of, normals, uniforms

__all__ = ["Drawn", "Draws", "correlation_of", "correlation_problems", "draws_of"]

SHOCK = "shock"
"""The attribute that all firms hit by one shock have in common, and no others."""

LEAST, MOST = 2.0**-53, 1 - 2.0**-53
LAST_DAY = 10**9
"""Days are cut off here: a number that whole numbers can hold, beyond every horizon."""

_ONE = hashes_of(["1"])


@dataclass(frozen=True, kw_only=True)
class Copula:
    """What the firms that a shock hits share, each firm once.

    Parameters
    ----------
    own
        Hash of each firm's id; shape (firms hit,).
    shared
        For each attribute its name, the hash of each firm's value and its weight, the square root of the correlation, 0
        where the firm has no value.
    alone
        Weight of what is the firm's own; shape (firms hit,).
    place
        Position among these firms of each firm or link that is hit; shape (hit,).
    """

    own: Hashes
    shared: tuple[tuple[str, Hashes, Floats], ...]
    alone: Floats
    place: Index

    def uniforms(self, seed: int, run: int, number: int, quantity: str) -> Floats:
        """Return a number between 0 and 1 for each that is hit; shape (hit,)."""
        z = self.alone * normals(self.own, seed, run, "firm", number, quantity)
        for attribute, values, weight in self.shared:
            z += weight * normals(values, seed, run, "shared", attribute, quantity)
        return np.clip(ndtr(z), LEAST, MOST)[self.place]


@dataclass(frozen=True, kw_only=True)
class ShockDraw:
    """What is random in one shock; None: as the effect has it."""

    effect: Effect
    most: float
    least: float
    copula: Copula | None
    probability: float | None
    loss: Distribution | None
    start: Distribution | None
    days: Distribution | None
    recovery_days: Distribution | None

    def in_run(self, seed: int, run: int) -> Effect | None:
        """Return the shock as it is in a run, None where it does not happen."""
        number, effect = self.effect.number, self.effect
        if self.probability is not None and self._event(seed, run, "happens") >= self.probability:
            return None
        if self.loss is not None and self.copula is not None:
            drawn = self.loss.quantile(self.copula.uniforms(seed, run, number, "loss"))
            effect = replace(effect, loss=np.clip(drawn, self.least, self.most))
        if self.recovery_days is not None and self.copula is not None:
            drawn = self.recovery_days.quantile(self.copula.uniforms(seed, run, number, "recovery_days"))
            effect = replace(effect, recovery_days=np.clip(drawn, 0, LAST_DAY))
        if self.start is not None:
            effect = replace(effect, start=_day(self.start, self._event(seed, run, "start")))
        if self.days is not None:
            effect = replace(effect, days=_day(self.days, self._event(seed, run, "days")))
        return effect

    def _event(self, seed: int, run: int, quantity: str) -> float:
        """Return a number between 0 and 1 for the shock as a whole."""
        return float(uniforms(_ONE, seed, run, "event", self.effect.number, quantity)[0])


def _day(distribution: Distribution, uniform: float) -> int:
    """Return a whole day, to which a draw is rounded; a half is rounded up."""
    drawn = float(distribution.quantile(np.array([uniform]))[0])
    return int(np.floor(min(max(drawn, 0.0), LAST_DAY) + 0.5))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a run drew, one value a shock of the scenario; shape (shocks,).

    ``loss`` is the mean over those that are hit, 0 where the shock did not happen; ``start`` and ``days`` are -1 there,
    and ``days`` also where the loss has no end.
    """

    happened: tuple[bool, ...]
    loss: tuple[float, ...]
    start: tuple[int, ...]
    days: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Everything that is random in a scenario, for a network and a seed.

    Parameters
    ----------
    seed
        The seed.
    shocks
        The shocks of the scenario.
    notes
        What is to be said of correlations.
    """

    seed: int
    shocks: tuple[ShockDraw, ...]
    notes: tuple[str, ...]

    def in_run(self, run: int) -> tuple[tuple[Effect, ...], Drawn]:
        """Return the shocks that happen in a run, as they are there, and what was drawn."""
        found = [s.in_run(self.seed, run) for s in self.shocks]
        drawn = Drawn(
            happened=tuple(e is not None for e in found),
            loss=tuple(0.0 if e is None else float(np.mean(e.loss)) for e in found),
            start=tuple(-1 if e is None else e.start for e in found),
            days=tuple(-1 if e is None or e.days is None else e.days for e in found),
        )
        return tuple(e for e in found if e is not None), drawn


def draws_of(network: Network, scenario: Scenario, effects: Sequence[Effect], *, seed: int) -> Draws:
    """Return what is random in a scenario.

    Parameters
    ----------
    network, scenario, seed
        The network, the scenario and the seed.
    effects
        Whom the shocks hit in that network.

    Returns
    -------
    Draws
        With a note where correlations had to be scaled down, or nothing is known to correlate by.
    """
    correlation = correlation_of(scenario)
    full: set[int] = set()
    hit: set[int] = set()
    shocks = tuple(_shock_draw(network, scenario.shocks[e.number - 1], e, correlation, (full, hit)) for e in effects)
    return Draws(seed=seed, shocks=shocks, notes=tuple(_notes(network, correlation, full, hit)))


def correlation_of(scenario: Scenario) -> dict[str, float]:
    """Return the correlations of a scenario by attribute, in order of name."""
    return dict(sorted((scenario.ensemble or {}).get("correlation", {}).items()))


def correlation_problems(network: Network, scenario: Scenario) -> list[str]:
    """Return a sentence for each correlation whose column of firms does not exist."""
    columns = [*network.firms.columns, SHOCK]
    return [
        f"ensemble: correlation {c}: the firms of network '{network.name}' have no column '{c}'; "
        + (suggestion(c, columns) or "add it, or leave it out")
        for c in correlation_of(scenario)
        if c not in columns
    ]


def _shock_draw(
    network: Network,
    shock: Shock,
    effect: Effect,
    correlation: Mapping[str, float],
    seen: tuple[set[int], set[int]],
) -> ShockDraw:
    recovers = effect.recovery not in AT_ONCE
    by_firm = isinstance(shock.loss, Mapping) or (recovers and isinstance(shock.recovery_days, Mapping))
    return ShockDraw(
        effect=effect,
        least=-np.inf if shock.what == "demand" else 0.0,
        most=1.0,
        copula=_copula(network, effect, correlation, seen) if by_firm else None,
        probability=shock.probability,
        loss=_distribution(shock.loss),
        start=_distribution(shock.start),
        days=_distribution(shock.days),
        recovery_days=_distribution(shock.recovery_days) if recovers else None,
    )


def _distribution(given: object) -> Distribution | None:
    return distribution_of(given) if isinstance(given, Mapping) else None


def _copula(
    network: Network, effect: Effect, correlation: Mapping[str, float], seen: tuple[set[int], set[int]]
) -> Copula:
    """Return what firms share; firms whose shares were scaled down, and all firms hit, are added to ``seen``."""
    firm = effect.hit
    if effect.kind in {"link", "essential-input"}:
        firm = (network.supplier if effect.kind == "link" else network.buyer)[effect.hit]
    firms, place = np.unique(firm, return_inverse=True)
    share = np.zeros((len(correlation), len(firms)))
    values = np.zeros((len(correlation), len(firms)), dtype=np.uint64)
    for row, (column, part) in enumerate(correlation.items()):
        known, values[row] = _values(network, column, firms, effect.number)
        share[row, known] = part
    total = share.sum(axis=0)
    # Sums of shares such as 0.1 + 0.9 may be above 1 by rounding only, which scales nothing that could be seen.
    share /= np.maximum(total, 1.0)
    scaled, hit = seen
    scaled.update(firms[total > 1 + 1e-9].tolist())
    hit.update(firms.tolist())
    return Copula(
        own=hashes_of(network.firm_ids[firms]),
        shared=tuple((c, values[k], np.sqrt(share[k])) for k, c in enumerate(correlation)),
        alone=np.sqrt(np.maximum(1 - share.sum(axis=0), 0.0)),
        place=place,
    )


def _values(network: Network, column: str, firms: Index, number: int) -> tuple[Index, Hashes]:
    """Return which of some firms have a value in a column, and a hash of it; shape (firms,)."""
    if column == SHOCK and column not in network.firms:
        return np.arange(len(firms)), np.repeat(hashes_of([str(number)]), len(firms))
    codes, labels = pd.factorize(network.firms[column].iloc[firms])
    hashes = hashes_of(labels)
    return np.flatnonzero(codes >= 0), np.append(hashes, np.uint64(0))[codes]


def _notes(network: Network, correlation: Mapping[str, float], full: set[int], hit: set[int]) -> list[str]:
    notes = []
    if full:
        words = " + ".join(f"{c} {part:g}" for c, part in correlation.items())
        notes.append(
            f"Correlations ({words}) add up to more than 1 for {len(full):,} of {len(hit):,} firms; theirs are scaled "
            "down to add up to 1, those of the other firms are as stated."
        )
    firms = np.array(sorted(hit), dtype=np.int64)
    for column in correlation if hit else ():
        missing = int(network.firms[column].iloc[firms].isna().sum()) if column in network.firms else 0
        if missing:
            notes.append(f"No {column} is known of {missing:,} of {len(hit):,} firms hit; they share none with others.")
    return notes

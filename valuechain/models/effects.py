"""Shocks and whom they hit: the loss of one shock on one day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from valuechain.errors import ScenarioError, shown, suggestion
from valuechain.models.firm_columns import listed
from valuechain.models.selected_links import selected_links
from valuechain.network import Floats, Index, Network
from valuechain.scenario import Scenario, Shock, selected_firms

REBUILDING_DAYS = 60.0
"""Days over which what is destroyed is rebuilt where neither the shock nor the model says."""

AT_ONCE = (None, "none", "instant")
"""Recoveries that need no ``recovery_days``."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One shock on a network.

    Parameters
    ----------
    number
        Number of the shock in its scenario, from 1.
    kind
        ``capacity``, ``capital``, ``demand``, ``link`` or ``essential-input``.
    hit
        Positions of the firms, or for the last two of the links, it hits.
    loss
        Lost fraction while it is whole: one for all that are hit, or shape (hit,).
    start, days
        First day with the loss, and for how many it stays whole; None: to the end.
    recovery, recovery_days
        How it comes back; days of each that is hit, shape (hit,).
    rebuild_by
        Shares of the sectors that rebuild what is destroyed, for a model in which that is work to be done: it is
        ordered over ``recovery_days``. To every other model it is a linear recovery. None: it comes back by itself.
    """

    number: int
    kind: str
    hit: Index
    loss: float | Floats
    start: int
    days: int | None
    recovery: str | None
    recovery_days: Floats
    rebuild_by: Mapping[str, float] | None = None

    @property
    def is_damped(self) -> bool:
        """Tell whether recovery hangs on the state of neighbours, so that a day needs the day before."""
        return self.recovery == "neighbours"

    def loss_at(self, day: int) -> Floats | float:
        """Return the lost fraction on a day of each that is hit; for recoveries that depend on the day alone.

        With e days since ``start + days`` and c recovery days: linear ``loss (1 - e/c)``, uniform ``loss - e/c``,
        exponential ``loss exp(-e/c)``, convex ``loss (1 - e/c)^2``, concave ``loss (1 - (e/c)^2)``, instant 0 from
        e = 1 on; none below 0.
        """
        if day < self.start:
            return 0.0
        if self.recovery is None:
            return self.loss if self.days is None or day < self.start + self.days else 0.0
        elapsed = day - self.start - (self.days or 0)
        if self.recovery == "none" or elapsed <= 0:
            return self.loss
        if self.recovery == "instant":
            return 0.0
        with np.errstate(divide="ignore"):
            share = elapsed / self.recovery_days
        if self.recovery == "exponential":
            return np.asarray(self.loss * np.exp(-share))
        if self.recovery == "uniform":
            return np.asarray(np.sign(self.loss) * np.maximum(np.abs(self.loss) - share, 0))
        share = np.minimum(share, 1)
        left = {"linear": 1 - share, "convex": (1 - share) ** 2, "concave": 1 - share**2}[self.recovery]
        return np.asarray(self.loss * left)


def effects_of(network: Network, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
    """Return whom each shock hits; all faults of a scenario are told at once.

    Parameters
    ----------
    network, scenario
        The network and the scenario.
    is_random
        True: losses, starts and durations may be distributions, which are drawn later; what stands in the effects
        for them is of no use. Shocks that only happen with a probability are then among them.

    Raises
    ------
    ScenarioError
        With every shock that selects nothing, whose loss is not a number or that lacks a ``recovery_days``.
    """
    problems = [] if scenario.ensemble is None or is_random else [_ENSEMBLE]
    found = []
    for number, shock in enumerate(scenario.shocks, start=1):
        try:
            found.append(_effect(network, shock, number, is_random=is_random))
        except ScenarioError as error:
            problems += [f"shock {number}: {line}" for line in str(error).splitlines()]
    refuse(scenario, problems)
    return tuple(found)


def refuse(scenario: Scenario, problems: Iterable[str]) -> None:
    """Raise one error with all problems of a scenario, if there are any."""
    place = "" if scenario.file is None else f"{scenario.file}: "
    lines = [place + line for line in problems]
    if lines:
        raise ScenarioError("\n".join(lines))


_ENSEMBLE = "[ensemble] asks for many random runs; take it out to simulate once, or ask for an ensemble"


def _effect(network: Network, shock: Shock, number: int, *, is_random: bool) -> Effect:
    """Return whom a shock hits and when.

    Raises
    ------
    ScenarioError
        When it selects nothing, or its recovery lacks ``recovery_days``.
    """
    of_links = shock.what in {"link", "essential-input"}
    problems, hit = [], np.zeros(0, dtype=np.int64)
    try:
        if of_links:
            hit = selected_links(network, shock.where, buyers_only=shock.what == "essential-input")
        else:
            hit = selected_firms(network, shock.where)
    except ScenarioError as error:
        problems += str(error).splitlines()
    problems += [] if is_random else _random_problems(shock)
    if shock.recovery == "neighbours" and shock.what not in {"capacity", "capital"}:
        problems.append(f"recovery 'neighbours' is for capacity, not for {shock.what}; write 'linear' or 'exponential'")
    problems += _unknown_sectors(network, shock)
    recovery_days = np.zeros(len(hit))
    try:
        recovery_days = _recovery_days(network, shock, hit, of_links=of_links)
    except ScenarioError as error:
        problems += str(error).splitlines()
    if problems:
        raise ScenarioError("\n".join(problems))
    return Effect(
        number=number,
        kind=shock.what,
        hit=hit,
        loss=1.0 if isinstance(shock.loss, Mapping) else float(shock.loss),
        start=0 if isinstance(shock.start, Mapping) else shock.start,
        days=None if isinstance(shock.days, Mapping) else shock.days,
        recovery=shock.recovery if shock.rebuild_by is None else "linear",
        recovery_days=recovery_days,
        rebuild_by=None if shock.rebuild_by is None else dict(shock.rebuild_by),
    )


def _random_problems(shock: Shock) -> Iterable[str]:
    """Yield what only an ensemble can answer."""
    for name in ("loss", "start", "days", "recovery_days"):
        if isinstance(getattr(shock, name), Mapping):
            example = 0.3 if name == "loss" else 10
            yield f"{name} is a distribution; a single run needs one number, such as {name} = {example}"
    if shock.probability is not None:
        yield f"probability {shock.probability:g} is for an ensemble; take it out to let the shock happen"


def _unknown_sectors(network: Network, shock: Shock) -> list[str]:
    """Return what is wrong with the sectors that rebuild."""
    known = [str(s) for s in network.sectors]
    few = f"sectors are {', '.join(map(shown, known))}" if len(known) <= 12 else "check it"
    return [
        f"rebuild_by: no firm of network '{network.name}' has sector {shown(s)}; {suggestion(s, known) or few}"
        for s in shock.rebuild_by or ()
        if s not in known
    ]


def _recovery_days(network: Network, shock: Shock, hit: Index, *, of_links: bool) -> Floats:
    """Return the recovery days of each that is hit: those of the shock, else the column of firms."""
    if isinstance(shock.recovery_days, Mapping):
        return np.zeros(len(hit))
    if shock.rebuild_by is not None:
        return np.full(len(hit), REBUILDING_DAYS if shock.recovery_days is None else float(shock.recovery_days))
    if shock.recovery in AT_ONCE or shock.recovery_days is not None:
        return np.full(len(hit), float(shock.recovery_days or 0.0))
    firms = network.firms
    if of_links or "recovery_days" not in firms:
        raise ScenarioError(f"recovery '{shock.recovery}' has no recovery_days; add recovery_days = 60")
    days = firms["recovery_days"].to_numpy(dtype=np.float64)[hit]
    missing = np.isnan(days)
    if missing.any():
        raise ScenarioError(
            f"recovery '{shock.recovery}' has no recovery_days, and firms do not give it for "
            f"{listed(firms['firm'].iloc[hit[missing]])}; add it to the shock or to firms"
        )
    return days

"""Shocks and scenarios: what is lost, where, how much and when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from valuechain.errors import ScenarioError, suggestion

What = Literal["capacity", "capital", "demand", "link", "essential-input"]
Recovery = Literal["none", "instant", "linear", "uniform", "exponential", "neighbours", "convex", "concave"]

FIRM_SELECTORS = ("firms", "country", "region", "sector", "cluster", "product", "owner")
ENDS = ("supplier", "buyer")
LINK_SELECTORS = (
    *FIRM_SELECTORS,
    *("route", "mode", *ENDS),
    *(f"{end}_{key}" for end in ENDS for key in FIRM_SELECTORS if key not in {"firms", "product"}),
)
_NO_WHERE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Shock:
    """One disruption: what is lost, where, how much, when.

    Parameters
    ----------
    what
        ``capacity`` or ``capital`` (production is lost), ``demand`` (final buyers stay away; a negative loss is a
        surge), ``link`` (deliveries are cut), ``essential-input`` (an input is gone for its buyers).
    where
        Selectors, combined by AND: ``firms``, ``country``, ``region`` (prefix of a NUTS code), ``sector``,
        ``cluster``, ``product``, ``owner``, and for links ``route``, ``mode``, ``supplier``, ``buyer``,
        ``supplier_country``, ``buyer_country`` and so on (``docs/scenarios.md``). Each a value or a list of values.
    loss
        Lost fraction, 0..1 (for demand from -1 up), or in an ensemble a distribution such as
        ``{"distribution": "beta", "a": 2, "b": 5}``.
    start
        First day with the loss; day 0 is the first simulated day.
    days
        How long the loss stays whole before recovery sets in; None: to the end; with a recovery, 0.
    recovery, recovery_days
        How it comes back; None: at once after ``days``.
    rebuild_by
        Of a ``capital`` shock: the sectors that rebuild what is destroyed, with their shares of the work, such as
        ``{"construction": 0.7, "machinery": 0.3}``. Rebuilding begins after ``days`` and is ordered over
        ``recovery_days``; ``recovery`` is left out.

    Examples
    --------
    >>> Shock(what="capacity", where={"firms": ["F17"]}, loss=0.6).loss
    0.6
    """

    what: What = "capacity"
    where: Mapping[str, Any] = field(default_factory=lambda: _NO_WHERE)
    loss: float | Mapping[str, Any] = 1.0
    start: int = 0
    days: int | None = None
    recovery: Recovery | None = None
    recovery_days: float | None = None
    rebuild_by: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        problems = list(_shock_problems(self))
        if problems:
            raise ScenarioError("\n".join(problems))
        object.__setattr__(self, "where", MappingProxyType(dict(self.where)))
        if self.rebuild_by is not None:
            object.__setattr__(self, "rebuild_by", MappingProxyType(dict(self.rebuild_by)))


def _shock_problems(shock: Shock) -> Iterable[str]:
    if not isinstance(shock.what, str) or shock.what not in get_args(What):
        yield f"what '{shock.what}' is not known; {remedy(str(shock.what), get_args(What))}"
    selectors = LINK_SELECTORS if shock.what in {"link", "essential-input"} else FIRM_SELECTORS
    where: object = shock.where
    if not isinstance(where, Mapping):
        yield f"where {shock.where!r} is not a table of selectors; write {{'firms': ['F17']}} or {{'country': 'DEU'}}"
    for key in where if isinstance(where, Mapping) else ():
        if key not in selectors:
            yield f"where '{key}' does not select for {shock.what}; {remedy(key, selectors)}"
    yield from _loss_problems(shock)
    for name in ("start", "days"):
        value = getattr(shock, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            yield f"{name} {value!r} is not a number of days; write a whole number from 0"
    if shock.recovery is not None and str(shock.recovery) not in get_args(Recovery):
        yield f"recovery '{shock.recovery}' is not known; {remedy(str(shock.recovery), get_args(Recovery))}"
    if shock.recovery_days is not None and not (_is_number(shock.recovery_days) and shock.recovery_days >= 0):
        yield f"recovery_days {shock.recovery_days!r} is not a number of days; write a number from 0"
    yield from _rebuilding_problems(shock)


def _rebuilding_problems(shock: Shock) -> Iterable[str]:
    if shock.rebuild_by is None:
        return
    if shock.what != "capital":
        yield f'rebuild_by is for capital, not for {shock.what}; write what = "capital" or leave rebuild_by out'
    if shock.recovery is not None:
        yield f"rebuild_by and recovery '{shock.recovery}' exclude each other; leave one of them out"
    if shock.recovery_days is not None and _is_number(shock.recovery_days) and 0 <= shock.recovery_days < 1:
        yield f"recovery_days {shock.recovery_days!r} is too short to rebuild; write a number from 1, or leave it out"
    example = "write rebuild_by = { construction = 0.7, machinery = 0.3 }"
    shares: object = shock.rebuild_by
    if not isinstance(shares, Mapping) or not shares:
        yield f"rebuild_by {shares!r} is no table of sectors and shares; {example}"
        return
    for sector, share in shares.items():
        if not isinstance(sector, str) or not _is_number(share) or share < 0:
            yield f"rebuild_by: {sector!r} has share {share!r}, which is not a fraction from 0; {example}"
            return
    if abs(sum(shares.values()) - 1) > 1e-6:
        yield f"rebuild_by: the shares add up to {sum(shares.values()):g}; they must add up to 1"


def _loss_problems(shock: Shock) -> Iterable[str]:
    if isinstance(shock.loss, Mapping):
        if "distribution" not in shock.loss:
            yield 'loss has no distribution; write { distribution = "beta", a = 2, b = 5 }'
        return
    low = -math.inf if shock.what == "demand" else 0.0
    if not _is_number(shock.loss) or not low <= shock.loss <= 1:
        yield f"loss {shock.loss!r} is not a fraction; write a number from 0 to 1 (1: all is lost)"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def remedy(word: str, known: Sequence[str]) -> str:
    """Return what to write in place of a word that is not known."""
    return suggestion(word, known) or one_of(known)


def one_of(words: Sequence[str]) -> str:
    """Return the words to choose from, in a sentence."""
    return "write " + ", ".join(words[:-1]) + f" or {words[-1]}"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Any number and mix of shocks over a number of days.

    Parameters
    ----------
    shocks
        The shocks.
    name
        Name shown to people.
    days
        Simulated days.
    ensemble
        ``runs``, ``seed`` and ``correlation`` for many runs; None for one.
    file
        The file it was read from, for messages.
    """

    shocks: Sequence[Shock] = ()
    name: str = "scenario"
    days: int = 365
    ensemble: Mapping[str, Any] | None = None
    file: str | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make the shocks a tuple and refuse a horizon that is none."""
        object.__setattr__(self, "shocks", tuple(self.shocks))
        if isinstance(self.days, bool) or not isinstance(self.days, int) or self.days < 1:
            raise ScenarioError(f"days {self.days!r} is not a horizon; write a whole number from 1")
        if not isinstance(self.name, str):
            raise ScenarioError(f"name {self.name!r} is not text; write it in quotes")
        if self.ensemble is not None and not isinstance(self.ensemble, Mapping):
            raise ScenarioError(f"ensemble {self.ensemble!r} is not a table; write [ensemble] with runs and seed")

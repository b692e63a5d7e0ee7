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

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        problems = list(_shock_problems(self))
        if problems:
            raise ScenarioError("\n".join(problems))
        object.__setattr__(self, "where", MappingProxyType(dict(self.where)))

    @property
    def is_random(self) -> bool:
        """Tell whether anything of it is a distribution, so that it is known in a run of an ensemble only."""
        return any(isinstance(getattr(self, name), Mapping) for name in ("loss", "start", "days"))


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
    overlap
        What shocks of one kind that hit the same firm or link on the same days come to, in models over time:
        ``refuse`` (it is an error, as files with stages often get their days wrong) or ``combine`` (each takes its
        part of what the other leaves: of two losses of a half, a quarter is left).
    file
        The file it was read from, for messages.
    """

    shocks: Sequence[Shock] = ()
    name: str = "scenario"
    days: int = 365
    ensemble: Mapping[str, Any] | None = None
    overlap: Literal["refuse", "combine"] = "refuse"
    file: str | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Make the shocks a tuple and refuse a horizon that is none."""
        object.__setattr__(self, "shocks", tuple(self.shocks))
        if isinstance(self.days, bool) or not isinstance(self.days, int) or self.days < 1:
            raise ScenarioError(f"days {self.days!r} is not a horizon; write a whole number from 1")
        if not isinstance(self.name, str):
            raise ScenarioError(f"name {self.name!r} is not text; write it in quotes")
        if self.overlap not in {"refuse", "combine"}:
            raise ScenarioError(f"overlap {self.overlap!r} is not known; write 'refuse' or 'combine'")
        if self.ensemble is not None and not isinstance(self.ensemble, Mapping):
            raise ScenarioError(f"ensemble {self.ensemble!r} is not a table; write [ensemble] with runs and seed")

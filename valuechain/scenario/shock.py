"""Shocks and scenarios: what is lost, where, how much and when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from valuechain.errors import ScenarioError
from valuechain.scenario.distributions import Bounds, distribution_problems, is_number
from valuechain.scenario.ensemble_table import ensemble_problems
from valuechain.scenario.wording import remedy
from valuechain.values import MOST_DAYS, FrozenTable, settle, value_hash

What = Literal["capacity", "capital", "demand", "link", "essential-input"]
Recovery = Literal["none", "instant", "linear", "uniform", "exponential", "neighbours", "convex", "concave"]

FIRM_SELECTORS = ("firms", "country", "region", "sector", "cluster", "product", "owner")
ENDS = ("supplier", "buyer")
LINK_SELECTORS = (
    *FIRM_SELECTORS,
    *("route", "mode", *ENDS),
    *(f"{end}_{key}" for end in ENDS for key in FIRM_SELECTORS if key not in {"firms", "product"}),
)
_NO_WHERE: Mapping[str, Any] = FrozenTable()


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
        ``{"distribution": "beta", "a": 2, "b": 5}``, from which each firm that is hit has a draw of its own.
    start
        First day with the loss; day 0 is the first simulated day. In an ensemble it may be a distribution.
    days
        How long the loss stays whole before recovery sets in; None: to the end; with a recovery, 0. In an ensemble it
        may be a distribution.
    recovery, recovery_days
        How it comes back; None: at once after ``days``. In an ensemble ``recovery_days`` may be a distribution.
    probability
        In an ensemble: how likely the shock is to happen at all, 0..1; None: it always does.
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
    start: int | Mapping[str, Any] = 0
    days: int | Mapping[str, Any] | None = None
    recovery: Recovery | None = None
    recovery_days: float | Mapping[str, Any] | None = None
    probability: float | None = None
    rebuild_by: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Make NumPy's values plain and tables read-only, and refuse what no model could use."""
        settle(self, (f.name for f in fields(self)))
        problems = list(_shock_problems(self))
        if problems:
            raise ScenarioError("\n".join(problems))

    def __hash__(self) -> int:
        """Hash by value; lists of selectors have no hash of their own."""
        return value_hash(tuple(getattr(self, f.name) for f in fields(self)))

    @property
    def is_random(self) -> bool:
        """Tell whether runs of an ensemble differ in it."""
        drawn = (self.loss, self.start, self.days, self.recovery_days)
        return self.probability is not None or any(isinstance(v, Mapping) for v in drawn)


def _shock_problems(shock: Shock) -> Iterable[str]:
    if not isinstance(shock.what, str) or shock.what not in get_args(What):
        yield f"what '{shock.what}' is not known; {remedy(str(shock.what), get_args(What))}"
    selectors = LINK_SELECTORS if shock.what in ("link", "essential-input") else FIRM_SELECTORS
    where: object = shock.where
    if not isinstance(where, Mapping):
        yield f"where {shock.where!r} is not a table of selectors; write {{'firms': ['F17']}} or {{'country': 'DEU'}}"
    for key in where if isinstance(where, Mapping) else ():
        if key not in selectors:
            yield f"where '{key}' does not select for {shock.what}; {remedy(str(key), selectors)}"
    yield from _loss_problems(shock)
    yield from _time_problems(shock)
    if shock.probability is not None and not (is_number(shock.probability) and 0 <= shock.probability <= 1):
        yield f"probability {shock.probability!r} is not a probability; write a number from 0 to 1"


def _time_problems(shock: Shock) -> Iterable[str]:
    for name in ("start", "days"):
        value = getattr(shock, name)
        if isinstance(value, Mapping):
            yield from distribution_problems(name, value, _DAYS)
        elif value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            yield f"{name} {value!r} is not a number of days; write a whole number from 0"
    if shock.recovery is not None and str(shock.recovery) not in get_args(Recovery):
        yield f"recovery '{shock.recovery}' is not known; {remedy(str(shock.recovery), get_args(Recovery))}"
    if isinstance(shock.recovery_days, Mapping):
        yield from distribution_problems("recovery_days", shock.recovery_days, _DAYS)
    elif shock.recovery_days is not None and not (is_number(shock.recovery_days) and shock.recovery_days >= 0):
        yield f"recovery_days {shock.recovery_days!r} is not a number of days; write a number from 0"
    yield from _rebuilding_problems(shock)


def _rebuilding_problems(shock: Shock) -> Iterable[str]:
    if shock.rebuild_by is None:
        return
    if shock.what != "capital":
        yield f'rebuild_by is for capital, not for {shock.what}; write what = "capital" or leave rebuild_by out'
    if shock.recovery is not None:
        yield f"rebuild_by and recovery '{shock.recovery}' exclude each other; leave one of them out"
    days: Any = shock.recovery_days
    if is_number(days) and 0 <= days < 1:
        yield f"recovery_days {days!r} is too short to rebuild; write a number from 1, or leave it out"
    example = "write rebuild_by = { construction = 0.7, machinery = 0.3 }"
    shares: object = shock.rebuild_by
    if not isinstance(shares, Mapping) or not shares:
        yield f"rebuild_by {shares!r} is no table of sectors and shares; {example}"
        return
    for sector, share in shares.items():
        if not isinstance(sector, str) or not is_number(share) or share < 0:
            yield f"rebuild_by: {sector!r} has share {share!r}, which is not a fraction from 0; {example}"
            return
    if abs(sum(shares.values()) - 1) > 1e-6:
        yield f"rebuild_by: the shares add up to {sum(shares.values()):g}; they must add up to 1"


_DAYS = Bounds(least=0, most=math.inf, words="days are numbers from 0")
_LOSS = Bounds(least=0, most=1, words="a loss is a fraction from 0 to 1 (1: all is lost)")
_DEMAND = Bounds(least=-math.inf, most=1, words="a loss of demand is a fraction up to 1 (below 0: a surge)")


def _loss_problems(shock: Shock) -> Iterable[str]:
    bounds = _DEMAND if shock.what == "demand" else _LOSS
    if isinstance(shock.loss, Mapping):
        yield from distribution_problems("loss", shock.loss, bounds)
    elif not is_number(shock.loss) or not bounds.least <= shock.loss <= bounds.most:
        yield f"loss {shock.loss!r} is not a fraction; write a number from 0 to 1 (1: all is lost)"


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
        settle(self, ("name", "days", "ensemble", "overlap"))
        shocks, problems = _listed_shocks(self.shocks)
        name: object = self.name
        if (problem := horizon_problem(self.days)) is not None:
            problems.append(problem)
        if not isinstance(name, str):
            problems.append(f"name {name!r} is not text; write it in quotes")
        if self.overlap not in ("refuse", "combine"):
            problems.append(f"overlap {self.overlap!r} is not known; write 'refuse' or 'combine'")
        if self.ensemble is not None:
            problems += ensemble_problems(self.ensemble)
        if problems:
            raise ScenarioError("\n".join(problems))
        object.__setattr__(self, "shocks", shocks)

    def __hash__(self) -> int:
        """Hash by what is compared: lists and tables in it have no hash of their own."""
        return value_hash(tuple(getattr(self, f.name) for f in fields(self) if f.compare))


def horizon_problem(days: object) -> str | None:
    """Return what is wrong with a number of days to simulate, in words; None: nothing."""
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        return f"days {days!r} is not a horizon; write a whole number from 1"
    if days > MOST_DAYS:
        return f"days {days} is more than a hundred years; write a whole number from 1 to {MOST_DAYS:,}"
    return None


_LIST_OF_SHOCKS = "write shocks=[vc.Shock(...)]"


def _listed_shocks(shocks: object) -> tuple[tuple[Shock, ...], list[str]]:
    """Return the shocks, which a generator gives but once, and what is wrong with them."""
    if isinstance(shocks, Shock):
        return (), [f"shocks is one Shock, not a list; {_LIST_OF_SHOCKS}"]
    if isinstance(shocks, str | bytes | Mapping) or not isinstance(shocks, Iterable):
        return (), [f"shocks {shocks!r} is not a list of shocks; {_LIST_OF_SHOCKS}"]
    listed = tuple(shocks)
    wrong = [(number, s) for number, s in enumerate(listed, start=1) if not isinstance(s, Shock)]
    return listed, [f"shocks: number {number}, {s!r}, is not a Shock; {_LIST_OF_SHOCKS}" for number, s in wrong]

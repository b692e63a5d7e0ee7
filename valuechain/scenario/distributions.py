"""Distributions that a loss or a day may be drawn from: what each is called, what it needs, and its quantiles.

A draw is a quantile: the distribution's inverse at a number from 0 to 1. So one uniform number makes one draw, a larger
one a larger draw, and draws that depend on each other need but uniform numbers that do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, gammaincinv, ndtri

from valuechain.scenario.wording import remedy

__all__ = ["DISTRIBUTIONS", "Bounds", "Distribution", "distribution_of", "distribution_problems"]

Floats = npt.NDArray[np.float64]
Given = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a quantity may be: from ``least`` to ``most``, with the words that say so."""

    least: float
    most: float
    words: str


@dataclass(frozen=True, kw_only=True)
class _Parameter:
    """A number that a distribution needs: more than ``above``, from ``least`` to ``most``; None: it may be left out."""

    name: str
    above: float = -math.inf
    least: float = -math.inf
    most: float = math.inf
    default: float | None = None

    def is_met(self, value: float) -> bool:
        return value > self.above and self.least <= value <= self.most

    @property
    def wanted(self) -> str:
        if self.above == 0:
            return "a number above 0"
        return f"a number from {self.least:g} to {self.most:g}" if self.least > -math.inf else "a number"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A distribution: its parameters, its quantiles, and what parameters must be to each other."""

    parameters: tuple[_Parameter, ...]
    quantile: Callable[[Floats, Given], Floats]
    ordered: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A distribution with its numbers; made by :func:`distribution_of`.

    Parameters
    ----------
    name
        Such as ``beta``.
    parameters
        All its numbers, those left out at their defaults.
    """

    name: str
    parameters: Mapping[str, Any]

    def quantile(self, uniform: Floats) -> Floats:
        """Return what is not exceeded with a probability, for each of many; any shape.

        Examples
        --------
        >>> distribution_of({"distribution": "uniform", "low": 2, "high": 4}).quantile(np.array([0.25, 0.5]))
        array([2.5, 3. ])
        """
        return DISTRIBUTIONS[self.name].quantile(uniform, self.parameters)


def _beta(u: Floats, given: Given) -> Floats:
    share = np.asarray(betaincinv(given["a"], given["b"], u))
    return np.asarray(given["low"] + (given["high"] - given["low"]) * share)


def _uniform(u: Floats, given: Given) -> Floats:
    return np.asarray(given["low"] + (given["high"] - given["low"]) * u)


def _triangular(u: Floats, given: Given) -> Floats:
    low, mode, high = (given[k] for k in ("low", "mode", "high"))
    width = high - low
    if width == 0:
        return np.full_like(u, low)
    rising = low + np.sqrt(u * (width * (mode - low)))
    falling = high - np.sqrt((1 - u) * (width * (high - mode)))
    return np.asarray(np.where(u * width < mode - low, rising, falling))


def _normal(u: Floats, given: Given) -> Floats:
    return np.asarray(given["mean"] + given["deviation"] * ndtri(u))


def _lognormal(u: Floats, given: Given) -> Floats:
    return np.asarray(given["median"] * np.exp(given["sigma"] * ndtri(u)))


def _exponential(u: Floats, given: Given) -> Floats:
    return np.asarray(-given["mean"] * np.log1p(-u))


def _gamma(u: Floats, given: Given) -> Floats:
    return np.asarray(given["scale"] * gammaincinv(given["shape"], u))


def _weibull(u: Floats, given: Given) -> Floats:
    return np.asarray(given["scale"] * (-np.log1p(-u)) ** (1 / given["shape"]))


def _bernoulli(u: Floats, given: Given) -> Floats:
    return np.asarray(np.where(u > 1 - given["p"], float(given["value"]), 0.0))


def _choice(u: Floats, given: Given) -> Floats:
    """Return values in their order of size, so that a larger uniform number never gives a smaller one."""
    values = np.asarray(given["values"], dtype=np.float64)
    weights = np.ones(len(values)) if given["weights"] is None else np.asarray(given["weights"], dtype=np.float64)
    order = np.argsort(values, kind="stable")[weights[np.argsort(values, kind="stable")] > 0]
    steps = np.cumsum(weights[order])
    return np.asarray(values[order][np.searchsorted(steps[:-1] / steps[-1], u, side="left")])


def _positive(name: str) -> _Parameter:
    return _Parameter(name=name, above=0)


_LOW, _HIGH = _Parameter(name="low"), _Parameter(name="high")

DISTRIBUTIONS: Mapping[str, _Kind] = {
    "beta": _Kind(
        parameters=(
            _positive("a"),
            _positive("b"),
            _Parameter(name="low", default=0.0),
            _Parameter(name="high", default=1.0),
        ),
        quantile=_beta,
        ordered=("low", "high"),
    ),
    "uniform": _Kind(parameters=(_LOW, _HIGH), quantile=_uniform, ordered=("low", "high")),
    "triangular": _Kind(
        parameters=(_LOW, _Parameter(name="mode"), _HIGH), quantile=_triangular, ordered=("low", "mode", "high")
    ),
    "normal": _Kind(parameters=(_Parameter(name="mean"), _positive("deviation")), quantile=_normal),
    "lognormal": _Kind(parameters=(_positive("median"), _positive("sigma")), quantile=_lognormal),
    "exponential": _Kind(parameters=(_positive("mean"),), quantile=_exponential),
    "gamma": _Kind(parameters=(_positive("shape"), _positive("scale")), quantile=_gamma),
    "weibull": _Kind(parameters=(_positive("shape"), _positive("scale")), quantile=_weibull),
    "bernoulli": _Kind(
        parameters=(_Parameter(name="p", least=0, most=1), _Parameter(name="value", default=1.0)), quantile=_bernoulli
    ),
    "choice": _Kind(parameters=(), quantile=_choice),
}
"""Every distribution by name. ``choice`` has lists (``values``, ``weights``) in place of numbers."""


def distribution_of(given: Given) -> Distribution:
    """Return the distribution that a table such as ``{"distribution": "beta", "a": 2, "b": 5}`` means.

    The table must have passed :func:`distribution_problems`.
    """
    name = given["distribution"]
    parameters: dict[str, Any] = {p.name: given.get(p.name, p.default) for p in DISTRIBUTIONS[name].parameters}
    if name == "choice":
        parameters = {"values": list(given["values"]), "weights": None}
        if given.get("weights") is not None:
            parameters["weights"] = list(given["weights"])
    return Distribution(name=name, parameters=parameters)


def distribution_problems(quantity: str, given: Given, bounds: Bounds) -> Iterable[str]:
    """Yield everything that is wrong with a distribution, in words.

    Parameters
    ----------
    quantity
        What is drawn from it: ``loss``, ``start`` ...
    given
        The table as the user wrote it.
    bounds
        What the quantity may be. Where a distribution ends, it must end within them; of one that has no end, half of
        what it gives must lie within them, and the rest is cut off there.
    """
    name = given.get("distribution")
    if name is None:
        yield f'{quantity} has no distribution; write {{ distribution = "beta", a = 2, b = 5 }}'
        return
    if not isinstance(name, str) or name not in DISTRIBUTIONS:
        yield f"{quantity}: distribution '{name}' is not known; {remedy(str(name), tuple(DISTRIBUTIONS))}"
        return
    problems = list(_choice_problems(given) if name == "choice" else _parameter_problems(name, given))
    yield from (f"{quantity} {name}: {p}" for p in problems)
    if not problems:
        yield from (f"{quantity} {name}: {p}" for p in _outside(distribution_of(given), bounds))


def _parameter_problems(name: str, given: Given) -> Iterable[str]:
    kind = DISTRIBUTIONS[name]
    known = tuple(p.name for p in kind.parameters)
    yield from _unknown(given, known)
    bad = False
    for parameter in kind.parameters:
        if parameter.name not in given:
            if parameter.default is None:
                bad = True
                yield f"{parameter.name} is missing; add it"
        elif not (is_number(given[parameter.name]) and parameter.is_met(given[parameter.name])):
            bad = True
            yield f"{parameter.name} is {given[parameter.name]!r}; write {parameter.wanted}"
    if not bad:
        values = distribution_of(given).parameters
        row = [values[k] for k in kind.ordered]
        if row != sorted(row):
            words = ", ".join(f"{k} = {values[k]:g}" for k in kind.ordered)
            yield f"{words} are not in order of size; write {' <= '.join(kind.ordered)}"


def _choice_problems(given: Given) -> Iterable[str]:
    yield from _unknown(given, ("values", "weights"))
    values, weights = given.get("values"), given.get("weights")
    if values is None:
        yield "values is missing; add it"
    elif not _are_numbers(values) or not len(values):
        yield f"values is {values!r}; write a list of numbers, such as [0.2, 0.5]"
    if weights is None:
        return
    if not _are_numbers(weights) or any(w < 0 for w in weights) or not 0 < sum(weights) < math.inf:
        yield f"weights is {weights!r}; write a list of numbers from 0, not all 0, such as [3, 1]"
    elif values is not None and _are_numbers(values) and len(values) != len(weights):
        yield f"there are {len(values)} values and {len(weights)} weights; write one weight a value"


def _unknown(given: Given, known: Sequence[str]) -> Iterable[str]:
    for key in given:
        if key not in known and key != "distribution":
            yield f"'{key}' is not known; {remedy(str(key), known) if len(known) > 1 else f'write {known[0]}'}"


def _outside(distribution: Distribution, bounds: Bounds) -> Iterable[str]:
    """Yield what is said where a distribution gives what the quantity cannot be."""
    with np.errstate(divide="ignore", over="ignore"):
        lowest, middle, highest = distribution.quantile(np.array([0.0, 0.5, 1.0])).tolist()
    if lowest < bounds.least and math.isfinite(lowest):
        yield f"it goes down to {lowest:g}; {bounds.words}"
    elif highest > bounds.most and math.isfinite(highest):
        yield f"it goes up to {highest:g}; {bounds.words}"
    elif not bounds.least <= middle <= bounds.most:
        yield f"half of what it gives is beyond {middle:g}; {bounds.words}"


def is_number(value: object) -> bool:
    """Tell whether a value is a number that is finite, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_numbers(values: object) -> bool:
    return isinstance(values, list | tuple) and all(map(is_number, values))

"""What can happen to industries in the published ARIO: lost capital, rebuilding, lost production."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.network import Floats, Index

__all__ = ["CapitalLoss", "Event", "ProductionLoss", "Rebuilding", "recovery_curve"]

_STEEP = 1e-6
"""Published constant of the concave curve: a millionth of a day's worth of recovery on the first day."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Window:
    """Whom it hits and when: ``firms`` positions in the network; the loss is whole for ``days`` days from ``start``."""

    firms: Index
    loss: Floats
    start: int
    days: int

    def __post_init__(self) -> None:
        """Refuse what no run could use; all faults at once."""
        problems = []
        if self.firms.shape != self.loss.shape or self.firms.ndim != 1:
            problems.append(f"loss has shape {self.loss.shape}, firms {self.firms.shape}; give one loss a firm")
        elif len(np.unique(self.firms)) < len(self.firms):
            problems.append("a firm is named twice; add its losses up")
        low, high, words = _loss_range(self)
        if not ((self.loss >= low) & (self.loss <= high)).all():
            problems.append(f"a loss is out of range; give {words}")
        if self.start < 0 or self.days < 0:
            problems.append(f"start {self.start} and days {self.days} must not be negative; day 0 is the first")
        problems += _other_problems(self)
        if problems:
            raise ParameterError("\n".join(f"{type(self).__name__}: {p}" for p in problems))


@dataclass(frozen=True, kw_only=True, eq=False)
class CapitalLoss(_Window):
    """Capital is destroyed and comes back by itself along a curve.

    Parameters
    ----------
    firms
        Positions in the network; shape (k,).
    loss
        Destroyed capital in units of the table's currency, or of ``monetary_factor``; shape (k,).
    start
        First day with the loss.
    days
        How long the loss stays whole.
    left
        Fraction of the loss that is left on day 0, 1, 2 ... of the recovery; the last number holds for ever.
    monetary_factor
        Currency units in one unit of ``loss``; None: as in the model.
    """

    left: Floats
    monetary_factor: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Rebuilding(_Window):
    """Capital is destroyed and is ordered anew from the sectors that rebuild, which have to make it.

    Parameters
    ----------
    firms, loss, start, days
        As of :class:`CapitalLoss`; rebuilding begins after ``days``.
    sectors
        Share of the work that each rebuilding sector does; they add up to 1. Each region's share within a sector is its
        share of what the buyer buys from that sector.
    factor
        What is ordered, as a multiple of what was lost.
    tau
        Days over which it is ordered; None: ``tau_rebuild`` of the model.
    households
        Losses of final buyers, one number for each group of final demand; None: none. They are ordered from suppliers
        in the shares of final demand.
    monetary_factor
        Currency units in one unit of ``loss``; None: as in the model.
    """

    sectors: Mapping[str, float]
    factor: float = 1.0
    tau: float | None = None
    households: Floats | None = None
    monetary_factor: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ProductionLoss(_Window):
    """A fraction of capacity is lost for any other reason. ``loss`` is a fraction; ``left`` as of CapitalLoss."""

    left: Floats


Event = CapitalLoss | Rebuilding | ProductionLoss


def _loss_range(event: _Window) -> tuple[float, float, str]:
    if isinstance(event, ProductionLoss):
        return 0.0, 1.0, "fractions from 0 to 1"
    return 0.0, 1e300, "amounts of currency from 0"


def _other_problems(event: _Window) -> list[str]:
    problems = []
    left = getattr(event, "left", None)
    if left is not None and (left.ndim != 1 or not left.size or not ((left >= 0) & (left <= 1)).all()):
        problems.append("left is no list of fractions; give at least one number from 0 to 1")
    factor = getattr(event, "monetary_factor", None)
    if factor is not None and not (0 < factor < math.inf):
        problems.append(f"monetary_factor {factor!r} is out of range; write a number above 0")
    if isinstance(event, Rebuilding):
        shares = list(event.sectors.values())
        if not shares or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            problems.append("sectors: the shares of the rebuilding sectors do not add up to 1")
        if not (0 < event.factor < math.inf):
            problems.append(f"factor {event.factor!r} is out of range; write a number above 0")
        if event.tau is not None and not (1 <= event.tau < math.inf):
            problems.append(f"tau {event.tau!r} is out of range; write a number of days from 1")
        if event.households is not None and not (event.households >= 0).all():
            problems.append("households: a loss is negative or not known; give amounts of currency from 0")
    return problems


def recovery_curve(recovery: str, recovery_days: float, *, days: int) -> Floats:
    """Return the fraction of a loss that is left e = 0, 1, 2 ... days after recovery has set in.

    Parameters
    ----------
    recovery
        ``none``: 1; ``instant``: 0; ``linear``: 1 - e / tau; ``exponential``: exp(-e / tau); ``convex``:
        (1 - 1 / tau)^(4 e), quick at first; ``concave``: 1 / (1 + (2 e / tau)^k) with k = ln(10^6 tau) / ln(tau / 2),
        slow at first and half at tau / 2. Where tau is so short that the formula has no such meaning (1 for convex,
        2 for concave), all comes back on day tau.
    recovery_days
        tau, days.
    days
        How many days to return.

    Raises
    ------
    UnknownNameError
        For a curve this model does not have.

    Examples
    --------
    >>> recovery_curve("linear", 4.0, days=6).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    if recovery not in _CURVES:
        hint = suggestion(recovery, _CURVES) or "write " + ", ".join(_CURVES)
        raise UnknownNameError(f"recovery '{recovery}' is not known to ARIO; {hint}")
    if not (0 <= recovery_days < math.inf):
        raise ParameterError(f"recovery_days {recovery_days!r} is out of range; write a number of days from 0")
    elapsed = np.arange(max(days, 1), dtype=np.float64)
    return np.asarray(np.clip(_CURVES[recovery](elapsed, float(recovery_days)), 0.0, 1.0))


def _at_once(elapsed: Floats, tau: float) -> Floats:
    return np.where(elapsed < tau, 1.0, 0.0)


def _linear(elapsed: Floats, tau: float) -> Floats:
    return 1.0 - elapsed / tau if tau > 0 else np.zeros_like(elapsed)


def _exponential(elapsed: Floats, tau: float) -> Floats:
    return np.exp(-elapsed / tau) if tau > 0 else np.zeros_like(elapsed)


def _convex(elapsed: Floats, tau: float) -> Floats:
    return (1.0 - 1.0 / tau) ** (4.0 * elapsed) if tau > 1 else _at_once(elapsed, tau)


def _concave(elapsed: Floats, tau: float) -> Floats:
    if tau <= 2:
        return _at_once(elapsed, tau)
    power = math.log(tau / _STEEP) / math.log(tau / 2)
    return 1.0 / (1.0 + (elapsed / (tau / 2)) ** power)


_CURVES: Mapping[str, Callable[[Floats, float], Floats]] = MappingProxyType(
    {
        "none": lambda elapsed, _: np.ones_like(elapsed),
        "instant": lambda elapsed, _: np.zeros_like(elapsed),
        "linear": _linear,
        "exponential": _exponential,
        "convex": _convex,
        "concave": _concave,
    }
)

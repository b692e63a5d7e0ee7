"""What a partner costs: taking it on, once, and what it charges above the usual price for what it delivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning, ParameterError, warn_caller
from valuechain.network import Floats
from valuechain.recommend.candidates import Candidates
from valuechain.scenario.distributions import is_number

__all__ = ["FIXED_SHARE", "UNIT_COST", "Costs", "costs_of"]

FIXED_SHARE = 0.05
"""Cost of taking a partner on where none is given, share of the need (a flow period's purchases). A stated stand-in."""

UNIT_COST = 1.1
"""Price of a unit of flow where none is given; 1: the usual price. A stated stand-in."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Costs:
    """What candidates cost; shapes (candidates,).

    ``fixed`` is paid once, in currency; ``unit`` is the price of a unit of flow, 1 the usual one. ``fixed_known`` and
    ``unit_known`` tell whether the data give them.
    """

    fixed: Floats
    unit: Floats
    fixed_known: Mask
    unit_known: Mask

    def only(self, keep: Mask) -> Costs:
        """Return those of some candidates."""
        return Costs(
            fixed=self.fixed[keep],
            unit=self.unit[keep],
            fixed_known=self.fixed_known[keep],
            unit_known=self.unit_known[keep],
        )

    def of(self, delivered: Floats) -> Floats:
        """Return what candidates cost in the first flow period, currency.

        ``fixed + max(unit - 1, 0) delivered``: goods that a partner delivers are not bought from present suppliers, so
        only the price above the usual one is extra.

        Parameters
        ----------
        delivered
            What they are expected to deliver, currency per flow period; shape (candidates,).
        """
        return np.asarray(self.fixed + np.maximum(self.unit - 1.0, 0.0) * delivered)


def costs_of(
    found: Candidates, need: Floats, *, fixed_cost: float | None = None, unit_cost: float | None = None
) -> Costs:
    """Return what candidates cost, as they give it (columns of firms or of outside candidates), else stand-ins.

    Parameters
    ----------
    found
        The candidates.
    need
        The need each could supply, currency per flow period; shape (candidates,).
    fixed_cost, unit_cost
        For candidates that give none: the cost of taking one on (currency), default 5 % of the need, and the price of
        a unit of flow, default 1.1; the defaults are said in a warning.

    Raises
    ------
    ParameterError
        When a cost is no number from 0.
    InvalidDataError
        When a firm has a negative cost.
    """
    problems = [
        f"{name} {value!r} is no cost; write a number from 0"
        for name, value in (("fixed_cost", fixed_cost), ("unit_cost", unit_cost))
        if value is not None and (not is_number(value) or value < 0)
    ]
    if problems:
        raise ParameterError("\n".join(problems))
    fixed_known, unit_known = ~np.isnan(found.fixed), ~np.isnan(found.unit)
    count = len(found)
    _warn(count, int((~fixed_known).sum()) * (fixed_cost is None), int((~unit_known).sum()) * (unit_cost is None))
    stand_in = FIXED_SHARE * need if fixed_cost is None else np.full(count, float(fixed_cost))
    return Costs(
        fixed=np.where(fixed_known, found.fixed, stand_in),
        unit=np.where(unit_known, found.unit, UNIT_COST if unit_cost is None else unit_cost),
        fixed_known=fixed_known,
        unit_known=unit_known,
    )


def _warn(count: int, fixed: int, unit: int) -> None:
    """Say once which costs rest on stand-ins."""
    if not fixed and not unit:
        return
    parts = []
    if fixed:
        parts.append(f"{fixed:,} of {count:,} candidates give no fixed_cost: {FIXED_SHARE:.0%} of the need is taken")
    if unit:
        parts.append(
            f"{unit:,} of {count:,} give no unit_cost: {UNIT_COST:g} times the usual price is taken"
            if fixed
            else f"{unit:,} of {count:,} candidates give no unit_cost: {UNIT_COST:g} times the usual price is taken"
        )
    warn_caller(
        f"{'; '.join(parts)}. Add the columns fixed_cost and unit_cost to firms, or say fixed_cost and unit_cost.",
        DefaultWarning,
    )

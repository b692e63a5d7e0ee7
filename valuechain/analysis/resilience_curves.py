"""How deep, how long and how much: what is read off curves of production, many side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import ParameterError
from valuechain.models.simulate import RETURNED, SAME
from valuechain.network import Floats

__all__ = ["TOLERANCE", "Curves", "checked_tolerance", "curves", "lost_share"]

TOLERANCE = RETURNED
"""Fraction of undisturbed production that may be missing where something counts as recovered."""

Days = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """What is read off curves of production, one of each firm or group; shape (curves,) each.

    Parameters
    ----------
    days
        Number of days.
    lost, usual
        Production that is lost, and that there would be, over all days.
    triangle
        Sum over days of the lost fraction.
    first, bottom
        First day with a loss and day with the largest, the first of several; -1: nothing is lost.
    depth
        Lost fraction on the bottom day.
    below
        Last day with more than the tolerance lost; -1: there is none.
    """

    days: int
    lost: Floats
    usual: Floats
    triangle: Floats
    first: Days
    bottom: Days
    depth: Floats
    below: Days

    @property
    def share(self) -> Floats:
        """Lost fraction of all undisturbed production; not known where there is none."""
        return np.divide(self.lost, self.usual, out=np.full(len(self.lost), np.nan), where=self.usual > 0)

    @property
    def first_day(self) -> Floats:
        """First day with a loss; not known where nothing is lost."""
        return _known(self.first, self.first >= 0)

    @property
    def bottom_day(self) -> Floats:
        """Day with the largest loss; not known where nothing is lost."""
        return _known(self.bottom, self.first >= 0)

    @property
    def time_to_bottom(self) -> Floats:
        """Days from the first loss to the largest; not known where nothing is lost."""
        return _known(self.bottom - self.first, self.first >= 0)

    @property
    def time_to_recover(self) -> Floats:
        """Days from the first loss until no more than the tolerance is lost for good.

        Not known where that is not before the end, or where more was never lost.
        """
        return _known(self.below + 1 - self.first, (self.below >= 0) & ~self.is_below)

    @property
    def is_below(self) -> npt.NDArray[np.bool_]:
        """Whether more than the tolerance is lost on the last day."""
        return np.asarray(self.below == self.days - 1)


def _known(values: Days, known: npt.NDArray[np.bool_]) -> Floats:
    return np.where(known, values, np.nan).astype(np.float64)


def lost_share(made: Floats, usual: Floats) -> Floats:
    """Return the lost fraction of production, 0 where only rounding makes the difference or nothing was made before."""
    missing = np.where(usual - made > SAME * usual, usual - made, 0.0)
    return np.minimum(np.divide(missing, usual, out=np.zeros(len(usual)), where=usual > 0), 1.0)


def curves(losses: Iterable[tuple[Floats, Floats]], *, count: int, tolerance: float) -> Curves:
    """Return what is read off curves that come day by day.

    Parameters
    ----------
    losses
        Of each day the lost fractions and the undisturbed production; shapes (count,).
    count
        Number of curves.
    tolerance
        Fraction that may be lost where a curve counts as recovered.
    """
    lost, total, triangle, depth, deepest = (np.zeros(count) for _ in range(5))
    first, bottom, below = (np.full(count, -1, dtype=np.int64) for _ in range(3))
    # A loss of just the tolerance is within it, whatever the last digit is.
    limit = tolerance * (1 + 1e-9)
    days = 0
    for day, (loss, usual) in enumerate(losses):
        days = day + 1
        lost += loss * usual
        total += usual
        triangle += loss
        first[(first < 0) & (loss > 0)] = day
        below[loss > limit] = day
        rounded = loss.round(9)
        deeper = (rounded > deepest) | ((bottom < 0) & (loss > 0))
        bottom[deeper] = day
        depth[deeper] = loss[deeper]
        deepest[deeper] = rounded[deeper]
    return Curves(
        days=days, lost=lost, usual=total, triangle=triangle, first=first, bottom=bottom, depth=depth, below=below
    )


def checked_tolerance(tolerance: float) -> float:
    """Return a tolerance; refuse what is no fraction.

    Raises
    ------
    ParameterError
        When it is no number from 0 to below 1.
    """
    is_number = isinstance(tolerance, int | float | np.number) and not isinstance(tolerance, bool)
    if not is_number or not math.isfinite(tolerance) or not 0 <= tolerance < 1:
        raise ParameterError(f"tolerance {tolerance!r} is no fraction; write a number from 0 to below 1, such as 0.001")
    return float(tolerance)

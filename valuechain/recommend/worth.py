"""Numbers on gains over scenarios: expected, in the tail, how sure (paired bootstrap)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuechain.errors import ParameterError
from valuechain.network import Floats
from valuechain.recommend.hazards import Hazards
from valuechain.scenario.distributions import is_number

__all__ = ["CONFIDENCE", "RESAMPLES", "TAIL", "Sure", "checked_tail", "how_sure", "resampled", "tail_loss"]

TAIL = 0.95
"""Tail losses are the mean of the worst scenarios, those beyond this quantile."""

CONFIDENCE = 0.95
"""Of intervals: so often they hold the true value."""

RESAMPLES = 1000
"""Times that scenarios are drawn again with replacement."""

Mask = npt.NDArray[np.bool_]

COLUMNS = 4096
"""Candidates looked at side by side."""


def checked_tail(tail: float) -> float:
    """Return the quantile beyond which losses count as tail, checked.

    Raises
    ------
    ParameterError
        When it is no number from 0 to below 1.
    """
    if not is_number(tail) or not 0 <= tail < 1:
        raise ParameterError(f"tail {tail!r} is no quantile; write a number from 0 to below 1, such as {TAIL}")
    return float(tail)


def tail_loss(losses: Floats, probability: Floats, tail: float = TAIL) -> Floats:
    """Return the mean of the worst ``1 - tail`` of probability of each column (conditional value at risk).

    The scenario at the edge counts with the part of its probability that lies in the tail.

    Parameters
    ----------
    losses
        Shape (scenarios, columns), currency per flow period.
    probability
        Of each scenario; adds up to 1.
    tail
        Such as 0.95.

    References
    ----------
    Rockafellar and Uryasev (2002), Journal of Banking & Finance 26:1443, Proposition 8.

    Examples
    --------
    >>> tail_loss(np.array([[0.0], [10.0], [40.0]]), np.array([0.5, 0.25, 0.25]), 0.5).tolist()
    [25.0]
    """
    found = np.empty(losses.shape[1])
    for at in range(0, losses.shape[1], COLUMNS):
        part = losses[:, at : at + COLUMNS]
        order = np.argsort(-part, axis=0, kind="stable")
        reached = np.cumsum(probability[order], axis=0)
        weight = np.clip(1 - tail - (reached - probability[order]), 0.0, probability[order])
        found[at : at + COLUMNS] = (np.take_along_axis(part, order, axis=0) * weight).sum(axis=0) / weight.sum(axis=0)
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Sure:
    """How sure expected gains are; shapes (columns,).

    ``low`` and ``high`` hold the expected gain with probability 0.95, as far as drawing scenarios is what is unsure;
    ``positive`` is how likely it is above zero.
    """

    low: Floats
    high: Floats
    positive: Floats

    def only(self, keep: Mask) -> Sure:
        """Return that of some columns."""
        return Sure(low=self.low[keep], high=self.high[keep], positive=self.positive[keep])


def how_sure(gains: Floats, hazards: Hazards, *, seed: int = 0, resamples: int = RESAMPLES) -> Sure:
    """Return how sure expected gains are, by a paired bootstrap over scenarios.

    The random scenarios of a stratum are drawn again with replacement, the same ones for the network with and without
    the partner, and for all columns; a scenario that was not drawn at random stays as it is.

    Parameters
    ----------
    gains
        Loss without less loss with, in each scenario; shape (scenarios, columns).
    hazards
        The scenarios.
    seed, resamples
        Seed of the resamples, and their number.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13 (percentile interval).
    """
    weights = resampled(hazards, seed, resamples)
    columns = gains.shape[1]
    low, high, positive = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    edges = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    for at in range(0, columns, COLUMNS):
        part = slice(at, at + COLUMNS)
        # Most candidates help in few scenarios.
        means = np.asarray(sparse.csr_array(gains[:, part].T) @ weights)
        low[part], high[part] = np.quantile(means, edges, axis=1)
        positive[part] = (means > 0).mean(axis=1)
    return Sure(low=low, high=high, positive=positive)


def resampled(hazards: Hazards, seed: int, resamples: int) -> Floats:
    """Return the weight of each scenario in each resample, stratum by stratum; shape (scenarios, resamples)."""
    weights = np.empty((len(hazards), resamples))
    rng = np.random.default_rng([seed, resamples])
    for stratum in np.unique(hazards.stratum):
        rows = np.flatnonzero(hazards.stratum == stratum)
        count = len(rows)
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples).T
        weights[rows] = drawn * hazards.probability[rows][:, None]
    return weights

"""Measures of risk from many runs: the mean of the worst of them, and how sure means are."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, stdtrit

from valuechain.network import Floats

__all__ = ["CONFIDENCE", "exceedance", "half_width", "influence", "standard_error", "tail_mean", "tail_runs"]

CONFIDENCE = 0.95
"""Of intervals: so often they hold the true value."""

COLUMNS = 4096
"""Columns of a large table looked at at once."""


def tail_runs(runs: int, tail: float) -> float:
    """Return how many runs the tail has, not always a whole number: ``runs (1 - tail)``, and at least one."""
    return max(1.0, round(runs * (1 - tail), 9))


def tail_mean(losses: Floats, tail: float) -> Floats:
    """Return the conditional value at risk: the mean of the worst ``1 - tail`` part of the runs, of each column.

    With k = n (1 - tail) runs in the tail, the worst floor(k) count wholly and the next one with what is left of k; at
    least one run is taken.

    Parameters
    ----------
    losses
        Shape (runs,) or (runs, columns).
    tail
        Such as 0.95.

    References
    ----------
    Acerbi and Tasche (2002), Journal of Banking & Finance 26:1487, Proposition 4.1 (expected shortfall of a sample);
    Rockafellar and Uryasev (2000), Journal of Risk 2(3):21.

    Examples
    --------
    >>> float(tail_mean(np.array([1.0, 4.0, 2.0, 8.0]), 0.625))
    6.666666666666667
    """
    wide = losses.reshape(len(losses), -1)
    found = np.empty(wide.shape[1])
    for first in range(0, wide.shape[1], COLUMNS):
        found[first : first + COLUMNS] = _tail_mean(wide[:, first : first + COLUMNS].astype(np.float64), tail)
    return found.reshape(losses.shape[1:])


def _tail_mean(losses: Floats, tail: float) -> Floats:
    runs, k = len(losses), tail_runs(len(losses), tail)
    whole = int(k)
    if whole >= runs:
        return np.asarray(losses.mean(axis=0))
    # Largest last: the ``whole`` worst of each column behind the one that counts in part.
    ordered = np.sort(np.partition(losses, runs - whole - 1, axis=0)[runs - whole - 1 :], axis=0)
    return np.asarray((ordered[1:].sum(axis=0) + (k - whole) * ordered[0]) / k)


def tail_weights(losses: Floats, tail: float) -> Floats:
    """Return the weight of each run in the tail mean, adding up to 1; runs of equal loss share theirs; shape (runs,).

    With these weights the mean losses of firms in the worst runs add up to the tail mean of the whole.
    """
    k = tail_runs(len(losses), tail)
    rounded = np.round(losses, 12)
    edge = np.sort(rounded)[::-1][int(np.ceil(k)) - 1]
    above, at = rounded > edge, rounded == edge
    weights = above.astype(np.float64)
    weights[at] = (k - above.sum()) / at.sum()
    return np.asarray(weights / k)


def standard_error(values: Floats) -> float:
    """Return the standard error of the mean of independent values; NaN for a single one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def half_width(values: Floats) -> float:
    """Return half the width of the interval (Student's t) around the mean of independent values."""
    if len(values) < 2:
        return float("nan")
    return float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * standard_error(values)


def influence(losses: Floats, tail: float) -> Floats:
    """Return what each run adds to the tail mean: values whose mean is near it and whose spread is its error.

    ``q + max(loss - q, 0) / (1 - tail)`` with q the loss that the tail begins at. Their standard error is the
    asymptotic one of the tail mean.

    References
    ----------
    Hong, Hu and Liu (2014), ACM Transactions on Modeling and Computer Simulation 24(4):22, central limit theorem of the
    estimator of conditional value at risk.
    """
    part = tail_runs(len(losses), tail) / len(losses)
    begins = float(np.quantile(losses, 1 - part, method="inverted_cdf"))
    return np.asarray(begins + np.maximum(losses - begins, 0) / part)


def exceedance(losses: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return each loss that occurs, largest first, how likely one at least that large is, and an interval for that.

    The interval is that of Clopper and Pearson for a share of independent runs; it is exact, and rather too wide.
    """
    runs = len(losses)
    # Losses are sums, so that equal ones may differ in the last digits.
    _, first, count = np.unique(-np.round(losses, 12), return_index=True, return_counts=True)
    reached = np.cumsum(count).astype(np.float64)
    missed, side = runs - reached, (1 - CONFIDENCE) / 2
    low = betaincinv(reached, missed + 1, side)
    high = np.where(missed > 0, betaincinv(reached + 1, np.maximum(missed, 1), 1 - side), 1.0)
    return losses[first], reached / runs, np.asarray(low), np.asarray(high)

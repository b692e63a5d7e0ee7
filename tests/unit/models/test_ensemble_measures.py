"""Tail means, intervals and exceedance against brute force, known distributions and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from valuechain.models.ensemble_measures import (
    exceedance,
    half_width,
    influence,
    standard_error,
    tail_mean,
    tail_runs,
    tail_weights,
)


def brute(losses: np.ndarray, tail: float, times: int = 10_000) -> float:
    """Return the tail mean where each run is many: then the tail has whole runs but for one in many."""
    many = np.sort(np.repeat(losses, times))[::-1]
    return float(many[: round(len(many) * (1 - tail))].mean())


@pytest.mark.parametrize("tail", [0.0, 0.3, 0.5, 0.625, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("runs", [1, 3, 7, 40])
def test_the_tail_mean_counts_the_run_at_its_edge_in_part(runs, tail):
    losses = np.random.default_rng(runs).gamma(0.7, size=runs).round(2)
    expected = losses.max() if runs * (1 - tail) < 1 else brute(losses, tail)
    assert float(tail_mean(losses, tail)) == pytest.approx(expected, rel=1e-9)


def test_the_tail_mean_of_many_columns_is_that_of_each():
    table = np.random.default_rng(1).normal(size=(33, 9000)).astype(np.float32)
    found = tail_mean(table, 0.9)
    assert found.shape == (9000,)
    assert found.dtype == np.float64
    for column in (0, 4095, 4096, 8999):
        assert found[column] == pytest.approx(brute(table[:, column].astype(float), 0.9), rel=1e-7)


def test_the_tail_mean_of_known_distributions():
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    assert float(tail_mean(u, 0.95)) == pytest.approx(0.975, abs=1e-9)
    assert float(tail_mean(-np.log(u), 0.9)) == pytest.approx(1 - np.log(0.1), abs=1e-4)


def test_runs_of_the_tail():
    assert [tail_runs(1000, 0.95), tail_runs(10, 0.95), tail_runs(30, 0.95), tail_runs(20, 0.95)] == [50, 1, 1.5, 1]


@pytest.mark.parametrize("tail", [0.0, 0.5, 0.77, 0.95])
def test_weights_of_the_tail_give_its_mean_and_share_ties(tail):
    losses = np.random.default_rng(3).integers(0, 6, 50) / 10
    weights = tail_weights(losses, tail)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights @ losses == pytest.approx(float(tail_mean(losses, tail)))
    for value in set(losses):
        assert np.ptp(weights[losses == value]) == 0


def test_errors_of_the_mean_are_those_of_scipy():
    values = np.random.default_rng(4).gamma(2, size=50)
    assert standard_error(values) == pytest.approx(stats.sem(values))
    low, high = stats.t.interval(0.95, 49, loc=0, scale=stats.sem(values))
    assert half_width(values) == pytest.approx((high - low) / 2)
    assert np.isnan(standard_error(values[:1]))
    assert np.isnan(half_width(values[:1]))


@pytest.mark.parametrize(("tail", "draw"), [(0.95, "exponential"), (0.8, "uniform"), (0.0, "exponential")])
def test_the_error_of_the_tail_mean_is_that_of_repeated_samples(tail, draw):
    rng = np.random.default_rng(5)
    samples = getattr(rng, draw)(size=(1500, 1000))
    spread = np.std([float(tail_mean(s, tail)) for s in samples])
    errors = np.mean([standard_error(influence(s, tail)) for s in samples])
    assert errors == pytest.approx(spread, rel=0.08)


def test_influence_has_the_tail_mean_as_its_mean():
    losses = np.random.default_rng(6).gamma(1, size=200)
    assert influence(losses, 0.95).mean() == pytest.approx(float(tail_mean(losses, 0.95)))
    np.testing.assert_allclose(influence(losses, 0.0), losses)


def test_exceedance_counts_runs_and_its_interval_is_that_of_clopper_and_pearson():
    losses = np.array([0.1, 0.3, 0.1, 0.0, 0.2, 0.3, 0.3, 0.0])
    found = exceedance(losses)
    assert found[0].tolist() == [0.3, 0.2, 0.1, 0.0]
    assert found[1].tolist() == [(losses >= value).mean() for value in found[0]]
    for reached, low, high in zip((3, 4, 6, 8), found[2], found[3], strict=True):
        interval = stats.binomtest(reached, 8).proportion_ci(0.95, method="exact")
        assert (low, high) == pytest.approx((interval.low, interval.high))


def test_losses_that_differ_by_rounding_are_one():
    found = exceedance(np.array([0.3, 0.1 + 0.2, 0.1]))
    assert found[0].tolist() == [0.3, 0.1]
    assert found[1].tolist() == [2 / 3, 1]

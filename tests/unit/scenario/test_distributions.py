"""Distributions against scipy.stats, and every fault of one in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import valuechain as vc
from valuechain.errors import ScenarioError
from valuechain.scenario.distributions import DISTRIBUTIONS, distribution_of

PROBABILITY = np.concatenate([[2.0**-53, 1e-12, 1e-4], np.linspace(0.001, 0.999, 97), [1 - 1e-9, 1 - 2.0**-53]])

CASES = [
    ({"distribution": "beta", "a": 2, "b": 5}, stats.beta(2, 5)),
    ({"distribution": "beta", "a": 0.5, "b": 0.7, "low": 0.2, "high": 0.6}, stats.beta(0.5, 0.7, 0.2, 0.4)),
    ({"distribution": "uniform", "low": 0.1, "high": 0.4}, stats.uniform(0.1, 0.3)),
    ({"distribution": "triangular", "low": 1, "mode": 4, "high": 6}, stats.triang(0.6, 1, 5)),
    ({"distribution": "triangular", "low": 1, "mode": 1, "high": 6}, stats.triang(0.0, 1, 5)),
    ({"distribution": "triangular", "low": 1, "mode": 6, "high": 6}, stats.triang(1.0, 1, 5)),
    ({"distribution": "normal", "mean": 3, "deviation": 0.5}, stats.norm(3, 0.5)),
    ({"distribution": "lognormal", "median": 20, "sigma": 0.8}, stats.lognorm(0.8, scale=20)),
    ({"distribution": "exponential", "mean": 7}, stats.expon(scale=7)),
    ({"distribution": "gamma", "shape": 2.5, "scale": 4}, stats.gamma(2.5, scale=4)),
    ({"distribution": "weibull", "shape": 1.5, "scale": 10}, stats.weibull_min(1.5, scale=10)),
    ({"distribution": "bernoulli", "p": 0.2, "value": 0.75}, None),
    ({"distribution": "choice", "values": [0.5, 0.1, 0.9], "weights": [1, 2, 1]}, None),
]


@pytest.mark.parametrize(("given", "known"), CASES, ids=lambda c: c["distribution"] if isinstance(c, dict) else "")
def test_quantiles_are_those_of_scipy_and_never_fall(given, known):
    found = distribution_of(given).quantile(PROBABILITY)
    assert found.shape == PROBABILITY.shape
    assert (np.diff(found) >= 0).all()
    if known is not None:
        np.testing.assert_allclose(found, known.ppf(PROBABILITY), rtol=1e-9, atol=1e-12)


def test_every_distribution_is_tested():
    assert {given["distribution"] for given, _ in CASES} == set(DISTRIBUTIONS)


def test_a_triangle_without_width_is_a_number():
    same = distribution_of({"distribution": "triangular", "low": 3, "mode": 3, "high": 3})
    assert same.quantile(np.array([0.0, 0.5, 1.0])).tolist() == [3, 3, 3]


def test_bernoulli_is_its_value_with_its_probability():
    u = (np.arange(1000) + 0.5) / 1000
    found = distribution_of({"distribution": "bernoulli", "p": 0.2, "value": 0.75}).quantile(u)
    assert (found == 0.75).sum() == 200
    assert set(found) == {0, 0.75}
    assert (distribution_of({"distribution": "bernoulli", "p": 0}).quantile(u) == 0).all()
    assert (distribution_of({"distribution": "bernoulli", "p": 1}).quantile(u) == 1).all()


def test_choice_goes_by_weights_and_by_size_whatever_the_order():
    u = (np.arange(1000) + 0.5) / 1000
    one = {"distribution": "choice", "values": [0.5, 0.1, 0.9, 0.7], "weights": [1, 2, 1, 0]}
    two = {"distribution": "choice", "values": [0.9, 0.7, 0.1, 0.5], "weights": [0.1, 0, 0.2, 0.1]}
    found = distribution_of(one).quantile(u)
    assert [(found == v).sum() for v in (0.1, 0.5, 0.9, 0.7)] == [500, 250, 250, 0]
    np.testing.assert_array_equal(found, distribution_of(two).quantile(u))
    even = distribution_of({"distribution": "choice", "values": [3, 1]}).quantile(u)
    assert [(even == v).sum() for v in (1, 3)] == [500, 500]


BETA = {"distribution": "beta", "a": 2, "b": 5}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"loss": {"distribution": "bta", "a": 2}}, "loss: distribution 'bta' is not known; did you mean 'beta'?"),
        ({"loss": {"distribution": 5}}, "loss: distribution '5' is not known; write beta, uniform, triangular"),
        ({"loss": {}}, 'loss has no distribution; write { distribution = "beta", a = 2, b = 5 }'),
        ({"loss": {**BETA, "hihg": 1}}, "loss beta: 'hihg' is not known; did you mean 'high'?"),
        ({"loss": {"distribution": "exponential", "mean": 0.1, "rate": 2}}, "'rate' is not known; write mean"),
        ({"loss": {"distribution": "beta", "a": 2}}, "loss beta: b is missing; add it"),
        ({"loss": {**BETA, "a": 0}}, "loss beta: a is 0; write a number above 0"),
        ({"loss": {**BETA, "a": "2"}}, "loss beta: a is '2'; write a number above 0"),
        ({"loss": {**BETA, "a": math.nan}}, "loss beta: a is nan; write a number above 0"),
        ({"loss": {**BETA, "a": True}}, "loss beta: a is True"),
        ({"loss": {**BETA, "low": math.inf}}, "loss beta: low is inf; write a number"),
        ({"loss": {**BETA, "low": 0.7, "high": 0.2}}, "low = 0.7, high = 0.2 are not in order of size; write"),
        ({"loss": {**BETA, "high": 1.2}}, "loss beta: it goes up to 1.2; a loss is a fraction from 0 to 1"),
        ({"loss": {"distribution": "uniform", "low": 20, "high": 60}}, "loss uniform: it goes up to 60; a loss is"),
        ({"loss": {"distribution": "uniform", "low": -0.1, "high": 0.2}}, "loss uniform: it goes down to -0.1; a loss"),
        ({"loss": {"distribution": "lognormal", "median": 30, "sigma": 1}}, "half of what it gives is beyond 30; a"),
        ({"loss": {"distribution": "normal", "mean": -1, "deviation": 1}}, "half of what it gives is beyond -1"),
        ({"loss": {"distribution": "triangular", "low": 0, "mode": 1, "high": 0.5}}, "write low <= mode <= high"),
        ({"loss": {"distribution": "bernoulli", "p": 1.5}}, "loss bernoulli: p is 1.5; write a number from 0 to 1"),
        ({"loss": {"distribution": "bernoulli", "p": 0.5, "value": 5}}, "loss bernoulli: it goes up to 5"),
        ({"loss": {"distribution": "choice"}}, "loss choice: values is missing; add it"),
        ({"loss": {"distribution": "choice", "values": []}}, "loss choice: values is []; write a list of numbers"),
        ({"loss": {"distribution": "choice", "values": 0.5}}, "loss choice: values is 0.5; write a list of numbers"),
        ({"loss": {"distribution": "choice", "values": [0.5, 2]}}, "loss choice: it goes up to 2"),
        ({"loss": {"distribution": "choice", "values": [0.5], "weights": [0]}}, "weights is [0]; write a list"),
        ({"loss": {"distribution": "choice", "values": [0.5], "weights": [1, 2]}}, "there are 1 values and 2 weights"),
        ({"start": {"distribution": "uniform", "low": -3, "high": 5}}, "start uniform: it goes down to -3; days are"),
        ({"days": {"distribution": "bta"}}, "days: distribution 'bta' is not known"),
        ({"recovery_days": {"distribution": "gamma"}}, "recovery_days gamma: shape is missing; add it"),
        ({"probability": 1.2}, "probability 1.2 is not a probability; write a number from 0 to 1"),
        ({"probability": True}, "probability True is not a probability"),
        ({"what": "demand", "loss": {"distribution": "uniform", "low": 0, "high": 2}}, "a loss of demand is a"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_distribution_is_said(given, said):
    with pytest.raises(ScenarioError) as caught:
        vc.Shock(**given)
    assert said in str(caught.value)


def test_all_faults_of_a_shock_are_said_at_once():
    with pytest.raises(ScenarioError) as caught:
        vc.Shock(
            loss={"distribution": "beta", "a": -1, "c": 3},
            start={"distribution": "unifrom"},
            days={"distribution": "uniform", "low": 1},
            recovery_days={"distribution": "exponential", "mean": 0},
            probability=7,
        )
    assert str(caught.value).splitlines() == [
        "loss beta: 'c' is not known; write a, b, low or high",
        "loss beta: a is -1; write a number above 0",
        "loss beta: b is missing; add it",
        "start: distribution 'unifrom' is not known; did you mean 'uniform'?",
        "days uniform: high is missing; add it",
        "recovery_days exponential: mean is 0; write a number above 0",
        "probability 7 is not a probability; write a number from 0 to 1",
    ]


def test_what_may_be_random_is_taken_and_cannot_be_changed():
    loss = {"distribution": "uniform", "low": -0.5, "high": 0.5}
    surge = vc.Shock(what="demand", loss=loss, probability=0.5)
    loss["low"] = 0.4
    assert surge.loss["low"] == -0.5
    assert surge.is_random
    assert not vc.Shock().is_random
    for name in ("start", "days", "recovery_days"):
        assert vc.Shock(**{name: {"distribution": "exponential", "mean": 5}}).is_random
    with pytest.raises(TypeError):
        surge.loss["low"] = 0

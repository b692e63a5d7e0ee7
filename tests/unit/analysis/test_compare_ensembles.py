"""Two ensembles run by run: intervals of the difference, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import valuechain as vc
from tests.unit.models.storms import BETA, LINKS, SHORT, chain, storm
from valuechain.errors import ParameterError
from valuechain.models.ensemble_measures import influence

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def runs(network=None, scenario=None, **options):
    return vc.ensemble(network or chain(), scenario or storm(), **{"runs": 80, "model": SHORT, **options})


def test_an_ensemble_does_not_differ_from_itself():
    found = vc.compare_ensembles(runs(), runs(threads=1))
    assert (found.table[["difference", "low", "high"]] == 0).all(axis=None)
    assert (found.difference, found.larger) == (0, 0)
    assert found.notes == (
        "No difference in the mean loss can be told from chance (second less first: 0.00% +- 0.00%, 95% interval).",
    )


def test_the_interval_is_that_of_the_paired_differences():
    one, two = runs(), runs(model=vc.Inventory(stock_days=9))
    found = vc.compare_ensembles(one, two)
    pairs = [e.runs.table.set_index("run").sort_index() for e in (one, two)]
    change = pairs[1]["loss"] - pairs[0]["loss"]
    expected = stats.ttest_rel(pairs[1]["loss"], pairs[0]["loss"]).confidence_interval(0.95)
    row = found.table.set_index("measure").loc["mean loss"]
    assert row["difference"] == found.difference == pytest.approx(change.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.larger == (change > 0).mean()
    assert (row["one"], row["two"]) == (one.mean_loss, two.mean_loss)
    tail = found.table.set_index("measure").loc["tail loss"]
    assert (tail["one"], tail["two"]) == (one.tail_loss, two.tail_loss)
    spread = influence(pairs[1]["loss"].to_numpy(), 0.95) - influence(pairs[0]["loss"].to_numpy(), 0.95)
    half = stats.t.ppf(0.975, 79) * stats.sem(spread)
    assert (tail["low"], tail["high"]) == pytest.approx((tail["difference"] - half, tail["difference"] + half))
    assert found.difference_value == pytest.approx(change.mean() * 300 * 25 / 365)
    assert ", less in " in found.notes[0]
    # Larger stocks: less is lost, and pairs know that far better than two samples would.
    alone = np.hypot(one.mean_error, two.mean_error) * 1.96
    assert found.high < 0
    assert (found.high - found.low) / 2 < 0.8 * alone
    assert "times as many runs that are not" in found.notes[1]


def test_the_interval_of_the_tail_holds_the_truth_as_often_as_it_says():
    # A firm alone: the tail loss of both is known from many runs.
    shock = vc.Scenario(shocks=[vc.Shock(where={"firms": ["s"]}, loss=BETA)], days=2)
    half = vc.Scenario(shocks=[vc.Shock(where={"firms": ["s"]}, loss={**BETA, "high": 0.5})], days=2)
    tail = stats.beta(2, 5).expect(lambda x: x, lb=stats.beta(2, 5).ppf(0.95)) / 0.05
    inside = 0
    for seed in range(15):
        one, two = (runs(scenario=s, seed=seed, runs=200) for s in (shock, half))
        row = vc.compare_ensembles(one, two).table.set_index("measure").loc["tail loss"]
        inside += row["low"] <= -tail / 2 / 3 <= row["high"]
    assert inside >= 11


def test_a_network_with_one_more_firm_has_the_same_draws():
    more = chain(links=[*LINKS, ("new", "b", 5.0)])
    one, two = runs(), runs(network=more)
    assert one.draws.table.equals(two.draws.table)
    found = vc.compare_ensembles(one, two)
    pairs = [e.runs.table.set_index("run")["loss"].sort_index() for e in (one, two)]
    assert np.corrcoef(*pairs)[0, 1] > 0.99
    assert found.high - found.low < one.mean_error / 10
    assert found.parameters["one"]["fingerprint"] != found.parameters["two"]["fingerprint"]


def test_currencies_that_differ_are_not_subtracted():
    tables = chain().tables
    other = vc.Network.from_tables(**tables, essential_rule="all", currency="USD")
    found = vc.compare_ensembles(runs(), runs(network=other))
    assert found.difference_value is None
    assert found.difference == 0


def test_what_cannot_be_compared_is_said_at_once():
    one = runs()
    with pytest.raises(ParameterError) as caught:
        vc.compare_ensembles(one, runs(seed=1, runs=79, days=24, tail=0.9))
    lines = str(caught.value).splitlines()
    assert lines[0] == "seed is 0 in one and 1 in the other; run both with the same, so that runs are pairs"
    assert [line.split()[0] for line in lines] == ["seed", "runs", "days", "tail"]
    with pytest.raises(ParameterError, match="str is no ensemble; give what"):
        vc.compare_ensembles(one, "two")


def test_a_single_run_has_no_interval():
    found = vc.compare_ensembles(runs(runs=1), runs(runs=1, model=vc.Inventory(stock_days=9)))
    assert found.table[["low", "high"]].isna().all(axis=None)
    assert found.notes[0].endswith("one run has no interval, ask for more.")

"""Draws of a scenario: their distributions, their correlations, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import valuechain as vc
from tests.conftest import network_of
from valuechain.models.effects import effects_of
from valuechain.models.ensemble_draws import draws_of

BETA = {"distribution": "beta", "a": 2, "b": 5}
FIRMS = {
    "country": {"f1": "DE", "f2": "DE", "f3": "PL", "f4": "PL", "f5": None, "f6": None},
    "owner": {"f1": "g", "f3": "g", "f4": "h", "f5": "g", "f2": None, "f6": None},
}
LINKS = [("f1", "f2", 1.0), ("f1", "f3", 2.0), ("f4", "f5", 3.0), ("f6", "f2", 1.0)]
pytestmark = pytest.mark.usefixtures("no_notes")


def made(order=("f6", "f1", "f4", "f2", "f5", "f3"), links=LINKS, extra=()):
    """Return six firms of two countries and owners, some of which are not known."""
    return network_of(links, order=[*order, *extra], firms=FIRMS, essential_rule="all")


def draws(network, *shocks, seed=7, **correlation):
    scenario = vc.Scenario(shocks=shocks, ensemble={"correlation": correlation})
    return draws_of(network, scenario, effects_of(network, scenario, is_random=True), seed=seed)


def losses(network, *shocks, runs=4000, shock=0, **correlation) -> pd.DataFrame:
    """Return the loss of each firm hit, one row a run."""
    found = draws(network, *shocks, **correlation)
    effects = [found.in_run(k)[0][shock] for k in range(runs)]
    return pd.DataFrame([e.loss for e in effects], columns=network.firm_ids[effects[0].hit])


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return the normals that losses of a beta distribution were made from."""
    return pd.DataFrame(stats.norm.ppf(stats.beta(2, 5).cdf(table)), columns=table.columns)


def test_each_firm_has_the_distribution_it_was_given_whatever_the_correlation():
    for correlation in ({}, {"country": 0.3, "owner": 0.5}, {"country": 1.0}, {"country": 0.7, "owner": 0.9}):
        table = losses(made(), vc.Shock(loss=BETA), **correlation)
        for firm in table:
            assert stats.kstest(table[firm], stats.beta(2, 5).cdf).pvalue > 1e-4, (firm, correlation)


def test_correlations_are_those_stated():
    table = scores(losses(made(), vc.Shock(loss=BETA), runs=20_000, country=0.3, owner=0.5, sector=0.1))
    order = ["f1", "f2", "f3", "f4", "f5", "f6"]
    expected = pd.DataFrame(np.eye(6), index=order, columns=order)
    same = {("f1", "f2"): 0.3, ("f3", "f4"): 0.3, ("f1", "f3"): 0.5, ("f1", "f5"): 0.5, ("f3", "f5"): 0.5}
    for (one, two), value in same.items():
        expected.loc[one, two] = expected.loc[two, one] = value
    # Of the correlation of 20,000 pairs the standard error is at most 0.007.
    np.testing.assert_allclose(table[order].corr(), expected, atol=0.032)


def test_one_value_in_two_columns_is_two_values():
    columns = {"owner": {"a": "DEU", "b": "g", "c": "DEU"}, "country": {"a": "DE", "b": "DE", "c": "PL"}}
    network = network_of([("a", "b", 1.0), ("b", "c", 1.0)], firms=columns, essential_rule="all")
    table = scores(losses(network, vc.Shock(loss=BETA), country=0.5, owner=0.5)).corr()
    assert [table.loc["a", "b"], table.loc["a", "c"]] == pytest.approx([0.5, 0.5], abs=0.06)
    assert table.loc["b", "c"] == pytest.approx(0, abs=0.08)


def test_shares_that_add_up_to_more_than_one_are_scaled_for_those_firms_only():
    found = draws(made(), vc.Shock(loss=BETA), country=0.5, owner=1.0, sector=0.0)
    assert found.notes[0] == (
        "Correlations (country 0.5 + owner 1 + sector 0) add up to more than 1 for 3 of 6 firms; theirs are scaled "
        "down to add up to 1, those of the other firms are as stated."
    )
    assert found.notes[1:] == (
        "No country is known of 2 of 6 firms hit; they share none with others.",
        "No owner is known of 2 of 6 firms hit; they share none with others.",
    )
    table = scores(losses(made(), vc.Shock(loss=BETA), runs=20_000, country=0.5, owner=1.0)).corr()
    # f1: country 1/3 + owner 2/3; f2: country 1/2, no owner; f5: owner 1, no country.
    assert table.loc["f1", "f2"] == pytest.approx(np.sqrt(0.5 / 3), abs=0.03)
    assert table.loc["f1", "f3"] == pytest.approx(2 / 3, abs=0.03)
    assert table.loc["f1", "f5"] == pytest.approx(np.sqrt(2 / 3), abs=0.03)
    assert np.abs(table.loc["f6"].drop("f6")).max() < 0.03


def test_what_adds_up_to_one_but_for_rounding_is_not_scaled():
    assert draws(made(), vc.Shock(where={"firms": ["f1"]}, loss=BETA), country=0.1, owner=0.2, sector=0.7).notes == ()


def test_all_firms_of_one_shock_may_draw_one_loss():
    table = losses(made(), vc.Shock(loss=BETA), vc.Shock(loss=BETA), shock=1, runs=50)
    assert table.nunique(axis=1).min() > 1
    network = made()
    scenario = vc.Scenario(shocks=[vc.Shock(loss=BETA)] * 2, ensemble={"correlation": {"shock": 1.0}})
    found = draws_of(network, scenario, effects_of(network, scenario, is_random=True), seed=7)
    both = [[e.loss for e in found.in_run(run)[0]] for run in range(50)]
    assert all(np.ptp(loss) == 0 for run in both for loss in run)
    assert abs(np.corrcoef([(a[0], b[0]) for a, b in both], rowvar=False)[0, 1]) < 0.5


def test_factors_are_shared_by_the_shocks_of_a_run_and_nothing_else_is():
    network = made()
    found = draws(network, vc.Shock(loss=BETA), vc.Shock(loss=BETA), country=0.6)
    runs = [found.in_run(k)[0] for k in range(20_000)]
    one, two = (scores(pd.DataFrame([r[k].loss for r in runs], columns=network.firm_ids)) for k in (0, 1))
    between = {f: np.corrcoef(one[f], two[f])[0, 1] for f in network.firm_ids}
    assert [between[f] for f in ("f1", "f2", "f3", "f4")] == pytest.approx([0.6] * 4, abs=0.03)
    assert [between[f] for f in ("f5", "f6")] == pytest.approx([0.0] * 2, abs=0.03)


def test_row_order_new_firms_and_new_links_change_no_bit():
    here = losses(made(), vc.Shock(loss=BETA), runs=20, country=0.3, owner=0.5)
    there = losses(
        made(order=("f3", "f5", "f2", "f4", "f1", "f6")), vc.Shock(loss=BETA), runs=20, country=0.3, owner=0.5
    )
    more = [*LINKS, ("f9", "f2", 5.0), ("f2", "f4", 1.0)]
    grown = losses(made(links=more, extra=("f9",)), vc.Shock(loss=BETA), runs=20, country=0.3, owner=0.5)
    few = losses(made(), vc.Shock(where={"firms": ["f5", "f1"]}, loss=BETA), runs=20, country=0.3, owner=0.5)
    for other in (there, grown, few):
        common = [f for f in here if f in other]
        assert here[common].equals(other[common])


def test_runs_seeds_and_shocks_draw_anew():
    network = made()
    seen = {
        tuple(draws(network, *[vc.Shock(loss=BETA)] * 2, seed=seed).in_run(run)[0][shock].loss)
        for seed in (0, 1, 70)
        for run in range(5)
        for shock in (0, 1)
    }
    assert len(seen) == 30


def test_losses_are_cut_off_where_a_fraction_ends():
    wide = {"distribution": "normal", "mean": 0.5, "deviation": 2}
    table = losses(made(), vc.Shock(loss=wide), runs=200)
    assert (table.min(axis=None), table.max(axis=None)) == (0, 1)
    surge = losses(made(), vc.Shock(what="demand", loss=wide), runs=200)
    assert surge.max(axis=None) == 1
    assert surge.min(axis=None) < -1


def test_links_of_a_supplier_draw_one_loss_and_essential_inputs_go_by_buyer():
    network = made()
    link = draws(network, vc.Shock(what="link", loss=BETA)).in_run(3)[0][0]
    by_supplier = pd.Series(link.loss).groupby(network.supplier[link.hit]).nunique()
    assert by_supplier.tolist() == [1, 1, 1]
    assert len(set(link.loss)) == 3
    given = draws(network, vc.Shock(what="essential-input", loss=BETA)).in_run(3)[0][0]
    by_buyer = pd.Series(given.loss).groupby(network.buyer[given.hit]).nunique()
    assert by_buyer.tolist() == [1, 1, 1]
    assert len(set(given.loss)) == 3
    # The draw of a firm is that of its id, so it is the same as that of a capacity shock with this number.
    capacity = losses(network, vc.Shock(loss=BETA), runs=4).loc[3]
    assert set(link.loss) == set(capacity[["f1", "f4", "f6"]])
    assert set(given.loss) == set(capacity[["f2", "f3", "f5"]])


def test_start_days_and_whether_it_happens_are_drawn_once_a_shock_and_run():
    shock = vc.Shock(
        loss=0.5,
        start={"distribution": "choice", "values": [2, 5], "weights": [1, 3]},
        days={"distribution": "uniform", "low": 0, "high": 3},
        probability=0.25,
    )
    found = draws(made(), shock)
    runs = [found.in_run(k) for k in range(8000)]
    assert sum(d.happened[0] for _, d in runs) / 8000 == pytest.approx(0.25, abs=0.02)
    assert all(len(effects) == int(d.happened[0]) for effects, d in runs)
    happened = [e[0] for e, _ in runs if e]
    assert {type(e.start) for e in happened} == {int}
    starts, days = (
        pd.Series([getattr(e, n) for e in happened]).value_counts(normalize=True) for n in ("start", "days")
    )
    assert starts.to_dict() == pytest.approx({5: 0.75, 2: 0.25}, abs=0.05)
    # Rounded to whole days: the ends have half the width of the others.
    assert days.to_dict() == pytest.approx({0: 1 / 6, 1: 1 / 3, 2: 1 / 3, 3: 1 / 6}, abs=0.05)
    assert all(e.loss == 0.5 for e in happened)
    absent = next(d for e, d in runs if not e)
    assert (absent.happened, absent.loss, absent.start, absent.days) == ((False,), (0.0,), (-1,), (-1,))


@pytest.mark.parametrize(("probability", "expected"), [(0, 0), (1, 100), (None, 100)])
def test_certain_and_impossible_shocks(probability, expected):
    found = draws(made(), vc.Shock(probability=probability))
    assert sum(found.in_run(k)[1].happened[0] for k in range(100)) == expected


def test_what_happens_rarely_happens_when_it_happens_often():
    rare, often = (draws(made(), vc.Shock(probability=p)) for p in (0.1, 0.6))
    both = [(rare.in_run(k)[1].happened[0], often.in_run(k)[1].happened[0]) for k in range(300)]
    assert all(o for r, o in both if r)
    assert sum(o for _, o in both) > sum(r for r, _ in both) > 0


def test_recovery_days_are_drawn_for_each_firm_apart_from_its_loss():
    slow = {"distribution": "lognormal", "median": 30, "sigma": 0.4}
    found = draws(made(), vc.Shock(loss=BETA, recovery="linear", recovery_days=slow), country=0.5)
    effects = [found.in_run(k)[0][0] for k in range(4000)]
    days = np.array([e.recovery_days for e in effects])
    assert stats.kstest(days[:, 0], stats.lognorm(0.4, scale=30).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(days[:, 0], [e.loss[0] for e in effects])[0, 1]) < 0.07
    # Where nothing recovers day by day there is nothing to draw.
    assert (draws(made(), vc.Shock(recovery_days=slow)).in_run(0)[0][0].recovery_days == 0).all()


def test_a_day_that_no_number_holds_is_only_far_away():
    far = {"distribution": "lognormal", "median": 1e300, "sigma": 50}
    assert draws(made(), vc.Shock(start=far)).in_run(0)[0][0].start == 10**9

"""What holds of ensembles on any network: the same bits however they are computed, and draws that belong to ids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, shuffled, tables
from tests.property.test_invariance import quick
from valuechain.models.ensemble_measures import exceedance, tail_mean
from valuechain.models.ensemble_work import EnsembleWork
from valuechain.runs import run as run_module

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

LOSSES = st.one_of(
    st.builds(lambda a, b: {"distribution": "beta", "a": a, "b": b}, st.floats(0.3, 5), st.floats(0.3, 5)),
    st.builds(lambda p: {"distribution": "bernoulli", "p": p}, st.floats(0, 1)),
    st.just({"distribution": "uniform", "low": 0.2, "high": 0.9}),
)


@st.composite
def scenarios(draw: st.DrawFn, network: vc.Network) -> vc.Scenario:
    shocks = []
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(["capacity", "demand", "link", "essential-input"]))
        firm, product = st.sampled_from(list(network.firm_ids)), st.sampled_from(list(network.products))
        where = {"product": draw(product)} if what in {"link", "essential-input"} else {"firms": [draw(firm)]}
        shocks.append(
            vc.Shock(
                what=what,
                where=draw(st.sampled_from([{}, where])),
                loss=draw(LOSSES),
                start=draw(st.sampled_from([1, {"distribution": "uniform", "low": 0, "high": 9}])),
                days=draw(st.sampled_from([4, {"distribution": "exponential", "mean": 3}])),
                probability=draw(st.sampled_from([None, 0.6])),
            )
        )
    correlation = draw(st.dictionaries(st.sampled_from(["country", "owner", "sector", "shock"]), st.floats(0, 1)))
    return vc.Scenario(shocks=shocks, days=12, ensemble={"runs": 9, "correlation": correlation})


def bits(result) -> list[object]:
    parts = [result, result.runs, result.exceedance, result.firms, result.groups, result.draws]
    return [p.table[c].to_numpy().tobytes() for p in parts for c in p.table if p.table[c].dtype == float]


@quick
@given(given_tables=tables(), data=st.data(), seed=st.integers(0, 99), threads=st.integers(2, 4))
def test_threads_and_pieces_change_no_bit(given_tables, data, seed, threads):
    network = network_from(given_tables)
    scenario = data.draw(scenarios(network))
    one = vc.ensemble(network, scenario, seed=seed, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        real = run_module.compute_here
        patch.setattr(run_module, "compute_here", lambda work, missing, _: real(work, missing[::-1], 2))
        other = vc.ensemble(network, scenario, seed=seed, threads=threads)
    assert bits(one) == bits(other)
    assert one.notes == other.notes


@quick
@given(given_tables=tables(), data=st.data(), order=st.integers(0, 99))
def test_the_order_of_rows_changes_no_draw(given_tables, data, order):
    network, again = network_from(given_tables), network_from(shuffled(given_tables, order))
    scenario = data.draw(scenarios(network))
    one, two = (vc.ensemble(n, scenario) for n in (network, again))
    np.testing.assert_allclose(one.table, two.table, atol=1e-9)
    left, right = one.draws.table, two.draws.table
    np.testing.assert_allclose(left["loss"], right["loss"], rtol=1e-14)
    assert left.drop(columns="loss").equals(right.drop(columns="loss"))


@quick
@given(given_tables=tables(), data=st.data(), model=st.sampled_from([None, vc.Cascade()]))
def test_losses_are_fractions_and_measures_are_in_order(given_tables, data, model):
    network = network_from(given_tables)
    scenario = data.draw(scenarios(network))
    if model is not None:
        shocks = [s for s in scenario.shocks if s.what in {"capacity", "demand"}]
        scenario = vc.Scenario(shocks=shocks, days=12, ensemble=dict(scenario.ensemble))
    found = vc.ensemble(network, scenario, model=model)
    table = found.table.drop(columns="day")
    assert ((table >= 0) & (table <= 1)).all(axis=None)
    for low, high in (("q05", "q25"), ("q25", "median"), ("median", "q75"), ("q75", "q95")):
        assert (table[low] <= table[high]).all()
    losses = found.runs.table["loss"]
    assert found.mean_loss <= found.tail_loss + 1e-15
    assert found.tail_loss <= losses.max() + 1e-15
    firms = found.firms.table
    np.testing.assert_allclose(firms["expected_value"].sum(), found.expected_value, rtol=1e-5, atol=1e-9)
    assert (firms["tail_value"] >= firms["expected_value"] - 1e-9).all()
    assert (firms["tail_value"] >= firms["worst_runs_value"] - 1e-6 * firms["tail_value"].abs() - 1e-9).all()


@quick
@given(given_tables=tables(), probability=st.sampled_from([None, 0.4]))
def test_a_loss_of_zero_loses_nothing(given_tables, probability):
    zero = {"distribution": "beta", "a": 2, "b": 5, "high": 0}
    scenario = vc.Scenario(shocks=[vc.Shock(loss=zero, probability=probability), vc.Shock(loss=0.0, start=2)], days=9)
    found = vc.ensemble(network_from(given_tables), scenario, runs=4)
    assert (found.table.drop(columns="day") == 0).all(axis=None)
    assert (found.mean_loss, found.tail_loss, found.expected_value) == (0, 0, 0)
    assert found.exceedance.table["probability"].tolist() == [1]


numbers = st.lists(st.integers(0, 20).map(lambda k: k / 20), min_size=1, max_size=40)


@quick
@given(values=numbers, tail=st.integers(0, 19).map(lambda k: k / 20))
def test_tail_and_exceedance_are_those_of_brute_force(values, tail):
    losses = np.array(values)
    many = np.sort(np.repeat(losses, 1000))[::-1]
    expected = losses.max() if len(losses) * (1 - tail) < 1 else many[: round(len(many) * (1 - tail))].mean()
    np.testing.assert_allclose(tail_mean(losses, tail), expected, atol=1e-12)
    loss, probability, low, high = exceedance(losses)
    assert loss.tolist() == sorted(set(values), reverse=True)
    np.testing.assert_allclose(probability, [(losses >= v).mean() for v in loss])
    assert (low <= probability).all()
    assert (probability <= high).all()


def test_the_work_computes_each_run_alone():
    network = vc.synthetic(firms=150, seed=2)
    shock = vc.Shock(where={"country": network.firms["country"].iloc[0]}, loss={"distribution": "beta", "a": 2, "b": 5})
    seen: list[EnsembleWork] = []
    with pytest.MonkeyPatch.context() as patch:
        real = EnsembleWork.__call__
        patch.setattr(EnsembleWork, "__call__", lambda self, which: (seen.append(self), real(self, which))[1])
        vc.ensemble(network, vc.Scenario(shocks=[shock], days=8), runs=3)
    work = seen[0]
    order = np.array([7, 2, 11, 3])
    together = work(order)
    for place, run in enumerate(order):
        alone = work(np.array([run]))
        assert all(alone[name][0].tobytes() == part[place].tobytes() for name, part in together.items())

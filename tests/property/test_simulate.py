"""What holds of the inventory model on any network (models.md, section 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, relabelled, scaled, tables
from tests.property.test_invariance import quick
from valuechain.models.inventory_network import prepare

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

models = st.builds(
    vc.Inventory,
    rationing=st.sampled_from(["proportional", "final-last", "smallest-first", "final-last-smallest-first"]),
    orders=st.sampled_from(["past", "full", "no-return"]),
    tau=st.sampled_from([1, 2.5, 6, 40]),
    stock_days=st.sampled_from([1, 3, 15]),
)


@st.composite
def shocks(draw: st.DrawFn, network: vc.Network) -> list[vc.Shock]:
    made = []
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from(["capacity", "capital", "demand", "link", "essential-input"]))
        recoveries = [None, "none", "instant", "linear", "uniform", "exponential", "convex", "concave"]
        recoveries += ["neighbours"] if what in {"capacity", "capital"} else []
        where = (
            {"product": draw(st.sampled_from(list(network.products)))}
            if what in {"link", "essential-input"}
            else {"firms": [draw(st.sampled_from(list(network.firm_ids)))]}
        )
        made.append(
            vc.Shock(
                what=what,
                where=where,
                loss=draw(st.floats(-1 if what == "demand" else 0, 1)),
                start=draw(st.integers(0, 8)),
                days=draw(st.one_of(st.none(), st.integers(0, 6))),
                recovery=draw(st.sampled_from(recoveries)),
                recovery_days=draw(st.sampled_from([0, 1, 2.5, 20])),
            )
        )
    return made


@quick
@given(given_tables=tables(), model=models, data=st.data())
def test_goods_are_conserved_and_nothing_is_below_zero(given_tables, model, data):
    # The check of mass in each day of a run raises if it is not so.
    network = network_from(given_tables)
    result = vc.simulate(
        network, vc.Scenario(shocks=data.draw(shocks(network)), overlap="combine"), model=model, days=30
    )
    firms = result.firms
    for name in firms:
        assert np.isfinite(firms[name]).all()
        assert (firms[name] >= (-1 if name == "binding" else 0)).all(), name
    assert (firms["production"] <= firms["capacity"] * (1 + 1e-11)).all()
    assert (firms["production"] <= firms["demand"] * (1 + 1e-11)).all()
    assert (firms["delivered_final"] <= firms["production"] * (1 + 1e-11)).all()
    assert result.table["loss"].between(0, 1).all()


@quick
@given(given_tables=tables(), model=models, start=st.integers(0, 9))
def test_no_shock_no_loss(given_tables, model, start):
    network = network_from(given_tables)
    zero = [vc.Shock(what=w, where={}, loss=0.0, start=start) for w in ("capacity", "demand", "link")]
    for scenario in (vc.Scenario(), vc.Scenario(shocks=zero, overlap="combine")):
        result = vc.simulate(network, scenario, model=model, days=60)
        assert (result.table["loss"] == 0).all()
        assert (result.total_loss, result.lost_value, result.not_returned) == (0, 0, 0)


@quick
@given(given_tables=tables(), model=models, factor=st.sampled_from([1e-22, 1e18]), data=st.data())
def test_units_do_not_matter_however_small(given_tables, model, factor, data):
    network, other = network_from(given_tables), network_from(scaled(given_tables, factor))
    scenario = vc.Scenario(shocks=data.draw(shocks(network)), overlap="combine")
    one, two = (vc.simulate(n, scenario, model=model, days=30) for n in (network, other))
    np.testing.assert_allclose(one.table["loss"], two.table["loss"], atol=1e-7)


@quick
@given(one=tables(max_firms=5), two=tables(max_firms=5), model=models, data=st.data())
def test_parts_without_a_link_between_them_are_computed_as_alone(one, two, model, data):
    two = relabelled(two, {f: f"2/{f}" for f in two["firms"]["firm"]})
    assume(not set(one["firms"]["firm"]) & set(two["firms"]["firm"]))
    joined = {k: pd.concat([one[k], two[k]], ignore_index=True) for k in ("firms", "links")}
    whole, first = (network_from({**t, "essential": one["essential"]}) for t in (joined, one))
    firm = data.draw(st.sampled_from(list(first.firm_ids)))
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": [firm]}, loss=0.6, start=2, days=5)])
    together, alone = (vc.simulate(n, scenario, model=model, days=30).firms for n in (whole, first))
    other = together.sel(firm=[f for f in whole.firm_ids if f not in set(first.firm_ids)])
    np.testing.assert_allclose(other["production"], np.broadcast_to(other["production"][0], other["production"].shape))
    for name in alone:
        np.testing.assert_allclose(together[name].sel(firm=first.firm_ids), alone[name], rtol=1e-9, atol=1e-7)


@quick
@given(given_tables=tables(), reference=st.booleans())
def test_both_modes_agree_where_the_published_rules_have_no_quirk(given_tables, reference):
    # In proportion, all inputs essential, amounts far above the thresholds, every firm with some output.
    network = network_from({k: v for k, v in given_tables.items() if k != "essential"}, essential_rule="all")
    assume((prepare(network, vc.Inventory()).graph.base > 0).all())
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": [network.firm_ids[0]]}, loss=0.5, start=1, days=4)])
    # Few days: the published program lets a rounding error grow some threefold a day.
    runs = [vc.simulate(network, scenario, model=vc.Inventory(reference=r), days=12) for r in (False, True)]
    np.testing.assert_allclose(runs[0].table["production"], runs[1].table["production"], rtol=1e-8, atol=1e-9)


def test_two_runs_are_the_same_bits():
    network = vc.synthetic(firms=200, seed=2)
    scenario = dict.fromkeys(sorted(network.firm_ids)[:30], 0.5)
    one, two = (vc.simulate(network, scenario, days=30, seed=s) for s in (0, 9))
    assert one.table.equals(two.table)
    assert one.firms.equals(two.firms)

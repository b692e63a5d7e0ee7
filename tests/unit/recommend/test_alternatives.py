"""Alternatives in a crisis: hand-made networks whose answer is known, and what no answer may break."""

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import DefaultWarning, ParameterError, ScenarioError, UnknownNameError

# Ids out of order. 'old' makes steel for b1 (10), b2 (30); 'new' and 'far' make it for others; b1 also buys gas.
LINKS = [
    ("old", "b1", "steel", 10.0),
    ("old", "b2", "steel", 30.0),
    ("new", "x9", "steel", 50.0),
    ("far", "x9", "steel", 50.0),
    ("gas", "b1", "gas", 5.0),
]
FIRMS = {
    "x9": ("DEU", 100.0, None, 50.0, 8.0),
    "b1": ("DEU", 80.0, None, 50.0, 8.0),
    "far": ("CHN", 50.0, 80.0, 31.0, 121.0),
    "old": ("DEU", 40.0, None, 50.0, 8.0),
    "new": ("DEU", 50.0, 60.0, 50.5, 8.5),
    "b2": ("POL", 90.0, None, 52.0, 19.0),
    "gas": ("NOR", 5.0, None, 60.0, 5.0),
}


def net(links=LINKS, **columns):
    rows = [(f, "s", *v) for f, v in FIRMS.items()]
    firms = pd.DataFrame(rows, columns=["firm", "sector", "country", "output", "capacity", "latitude", "longitude"])
    frame = pd.DataFrame(links, columns=["supplier", "buyer", "product", "flow"])
    members = pd.DataFrame({"firm": ["b2", "b1"], "cluster": ["baltic", "rhine"]})
    firms = firms.assign(capacity=firms["capacity"].astype(float), **columns)
    return vc.Network.from_tables(firms, frame, members=members, essential_rule="all")


def delivered(result):
    return {(r.buyer, r.supplier): round(r.delivery_value, 6) for r in result.table.itertuples()}


def test_spare_capacity_is_shared_fairly_then_from_near_by():
    found = vc.alternatives(net(), {"old": 1.0}, spare_share=0.0)
    # All 40 are found: 'new' has 10 and 'far' 30. b1 is 50 km from 'new', b2 further: 'new' serves b1.
    assert delivered(found) == {("b1", "new"): 10.0, ("b2", "far"): 30.0}
    assert (found.slots, found.filled_share) == (2, pytest.approx(1.0))
    assert found.loss == pytest.approx((40 + 80 + 90) / 415)
    assert found.loss_after == pytest.approx(40 / 415)
    assert found.unmet.table.empty


def test_when_it_does_not_suffice_all_are_filled_alike():
    found = vc.alternatives(net(), {"old": 1.0}, area="EU", spare_share=0.0)
    assert found.needs.table["filled_share"].tolist() == pytest.approx([0.25, 0.25])
    assert found.unmet.table[["buyer", "unmet_value", "why"]].to_numpy().tolist() == [
        ["b2", pytest.approx(22.5), "spare capacity is used up"],
        ["b1", pytest.approx(7.5), "spare capacity is used up"],
    ]
    assert found.table["distance_km"].iloc[1] == pytest.approx(65.8, abs=0.5)


def test_clusters_and_columns_are_served_first():
    first = vc.alternatives(net(), {"old": 1.0}, area="EU", first=["rhine"], spare_share=0.0)
    assert delivered(first) == {("b1", "new"): 10.0}
    column = net(rank=[3.0, 2.0, 1.0, 1.0, 1.0, 1.0, np.nan])
    assert delivered(vc.alternatives(column, {"old": 1.0}, area="EU", priority="rank", spare_share=0.0)) == {
        ("b2", "new"): 10.0
    }
    with pytest.raises(UnknownNameError, match="did you mean 'rhine'"):
        vc.alternatives(net(), {"old": 1.0}, first=["rhin"], spare_share=0.0)
    with pytest.raises(ParameterError, match="holds words"):
        vc.alternatives(net(), {"old": 1.0}, priority="country", spare_share=0.0)


def test_what_another_missing_input_makes_useless_goes_to_others():
    # Gas is gone and nobody else sells it: b1 can use no steel, so that b2 gets all that is near.
    found = vc.alternatives(net(), {"old": 1.0, "gas": 1.0}, area="EU", spare_share=0.0)
    assert delivered(found) == {("b2", "new"): 10.0}
    why = found.needs.table.set_index(["buyer", "product"])["why"]
    assert why["b1", "steel"] == "another input of the buyer stays short, more would not help"
    assert why["b1", "gas"] == "all sellers (1): affected"


def test_affected_firms_and_the_buyer_itself_serve_nobody():
    rows = [*LINKS, ("b2", "x9", "steel", 1.0)]
    found = vc.alternatives(net(rows), {"old": 1.0, "new": 0.1}, spare_share=0.5)
    # 'new' lost a tenth, b2 stands still without steel: 'far' alone has spare capacity.
    assert set(found.table["supplier"]) == {"far"}
    assert found.needs.table["filled_share"].tolist() == pytest.approx([30 / 46] * 3)


def test_one_spare_capacity_serves_two_products_once():
    rows = [*LINKS[:3], ("far", "x9", "steel", 49.0), *LINKS[4:], ("far", "x9", "gas", 1.0)]
    found = vc.alternatives(net(rows), {"old": 1.0, "gas": 1.0}, spare_share=0.0)
    used = found.table.groupby("supplier")["delivery_value"].sum()
    assert used["far"] <= 30 + 1e-9
    assert used["new"] <= 10 + 1e-9
    assert found.table["spare_share"].max() <= 1 + 1e-9


def test_only_direct_needs_and_the_rest_comes_back():
    rows = [*LINKS, ("b1", "z", "tubes", 20.0)]
    firms = pd.DataFrame({"firm": ["z", *FIRMS], "sector": "s"})
    firms["output"] = [50.0, *(v[1] for v in FIRMS.values())]
    firms["capacity"] = [np.nan, *(v[2] for v in FIRMS.values())]
    frame = pd.DataFrame(rows, columns=["supplier", "buyer", "product", "flow"])
    network = vc.Network.from_tables(firms.astype({"capacity": float}), frame, essential_rule="all")
    every = vc.alternatives(network, {"old": 1.0}, spare_share=0.0)
    assert every.needs.table[["buyer", "supplier_hit", "returns_share"]].to_numpy().tolist() == [
        ["b2", True, 0.0],
        ["b1", True, 0.0],
        ["z", False, pytest.approx(1.0)],
    ]
    assert every.unmet.table.empty
    assert vc.alternatives(network, {"old": 1.0}, direct=True, spare_share=0.0).slots == 2


def test_a_simulated_day_before_and_after_the_failure():
    shock = vc.Shock(where={"firms": ["old"]}, loss=1.0, start=3)
    scenario = vc.Scenario(name="stop", shocks=[shock])
    assert vc.alternatives(net(), scenario, day=2, spare_share=0.0).slots == 0
    found = vc.alternatives(net(), scenario, day=5, spare_share=0.0)
    assert delivered(found) == {("b1", "new"): 10.0, ("b2", "far"): 30.0}
    run = vc.simulate(net(), scenario, days=9)
    assert delivered(vc.alternatives(net(), run, day=5, spare_share=0.0)) == delivered(found)
    assert found.loss is None
    with pytest.raises(ParameterError, match="day 9 is none of the run"):
        vc.alternatives(net(), run, day=9, spare_share=0.0)


def test_filters_count_whom_they_leave_out_and_unknown_is_not_near():
    found = vc.alternatives(net(), {"old": 1.0}, area="FRA", spare_share=0.0)
    assert found.unmet.table["why"].iloc[0] == "no supplier: 1 affected, 2 not known to be in FRA"
    blind = net(latitude=np.nan)
    assert vc.alternatives(blind, {"old": 1.0}, max_km=9e9, spare_share=0.0).filled_share == 0
    assert vc.alternatives(net(), {"old": 1.0}, max_km=100, spare_share=0.0).filled_share == pytest.approx(0.25)


def test_a_crisis_is_certain_and_default_capacity_is_said():
    random = vc.Scenario(shocks=[vc.Shock(loss={"distribution": "beta", "a": 1, "b": 1})])
    with pytest.raises(ScenarioError, match="shock 1 is random"):
        vc.alternatives(net(), random, spare_share=0.0)
    with pytest.raises(ParameterError, match="buyers and cluster are given"):
        vc.alternatives(net(), {"old": 1.0}, buyers=["b1"], cluster="rhine")
    with pytest.warns(DefaultWarning, match="give no capacity"):
        vc.alternatives(net(), {"old": 1.0})


def test_deliveries_keep_to_spare_capacity_on_a_network_with_cycles():
    network = vc.synthetic(firms=300, seed=3)
    failing = dict.fromkeys(network.firm_ids[::40], 0.7)
    found = vc.alternatives(network, failing, spare_share=0.3)
    assert len(found.table) > 0
    assert (found.table["delivery_value"] > 0).all()
    value = dict(zip(network.firm_ids, network.firms["output"], strict=True))
    for supplier, used in found.table.groupby("supplier")["delivery_value"].sum().items():
        assert used <= 0.3 * value[supplier] * (1 + 1e-9)
    assert found.loss_after <= found.loss


def test_outside_candidates_serve_too_and_may_be_hit():
    rows = {"firm": ["out", "dim", "gone"], "product": "steel", "country": ["FRA", "FRA", "CHN"]}
    few = pd.DataFrame({**rows, "spare_capacity": [7.0, np.nan, 9.0], "latitude": 50.0, "longitude": 8.0})
    storm = vc.Scenario(name="storm", shocks=[vc.Shock(where={"country": "CHN"}, loss=0.5)])
    both = vc.Scenario(name="both", shocks=[*storm.shocks, vc.Shock(where={"firms": ["old"]}, loss=1.0)])
    found = vc.alternatives(net(), both, candidates=few, buyers=["b1", "b2"], spare_share=0.0)
    assert found.table[found.table["is_outside"]]["supplier"].unique().tolist() == ["out"]
    assert found.table.groupby("supplier")["delivery_value"].sum().to_dict() == {"new": 10.0, "out": 7.0}
    network = net()
    held = vc.Network.from_tables(network.firms, network.links, candidates=few.iloc[:1], essential_rule="all")
    run = vc.simulate(held, vc.Scenario(name="stop", shocks=[vc.Shock(where={"firms": ["old"]}, loss=1.0)]), days=4)
    assert "out" in set(vc.alternatives(held, run, day=3, spare_share=0.0).table["supplier"])


def test_suppliers_that_lost_a_part_give_that_much_less_when_asked_to():
    crisis = {"old": 1.0, "new": 0.4, "far": 0.9}
    nobody = vc.alternatives(net(), crisis, buyers=["b1"], spare_share=0.0)
    assert nobody.table.empty
    assert any("--most-loss 0.5" in note for note in nobody.notes)
    found = vc.alternatives(net(), crisis, buyers=["b1"], most_loss=0.5, spare_share=0.0)
    assert delivered(found) == {("b1", "new"): 6.0}
    with pytest.raises(ParameterError, match="most_loss 2"):
        vc.alternatives(net(), crisis, most_loss=2)


def test_nobody_is_unaffected_is_said_only_where_no_filter_removed_somebody():
    found = vc.alternatives(net(), {"old": 1.0, "far": 1.0}, area="FRA", spare_share=0.0)
    told = next(n for n in found.notes if "your filters removed" in n)
    assert told.endswith("3 not known to be in FRA. Widen area (--area).")
    assert not any("most_loss" in n or n.startswith("Nobody") for n in found.notes)
    # Of those that are lost wholly nothing is left to deliver; of those hit by half, something is.
    for loss, helps in ((1.0, False), (0.4, True)):
        hit = vc.alternatives(net(), {"old": 1.0, "far": loss, "new": loss}, spare_share=0.0)
        told = next(n for n in hit.notes if n.startswith("Nobody who sells these products is unaffected."))
        assert ("most_loss" in told) is helps

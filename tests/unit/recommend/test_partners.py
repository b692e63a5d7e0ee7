"""Suggestions of partners: networks in which the right one is known, what filters say, what is refused and how."""

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, InvalidDataError, NoPartnerError, ParameterError, UnknownNameError
from valuechain.recommend.economy import Backups, activity_of, economy_of, losses_of

# b buys q of a, a buys ore of m. c, which is cheap, makes q from the ore of m too; d makes it from the ore of k.
MINES = [
    ("m", "a", 5.0, "ore"), ("a", "b", 8.0, "q"), ("m", "c", 2.0, "ore"), ("c", "z", 4.0, "q"),
    ("k", "d", 2.0, "ore"), ("d", "y", 4.0, "q"),
]  # fmt: skip
OUTPUT = dict.fromkeys("bmackdzy", 20.0)
MINE_FIRMS = {
    "output": OUTPUT,
    "capacity": dict.fromkeys(OUTPUT, 40.0),
    "fixed_cost": {"c": 1.0, "d": 7.0},
    "unit_cost": {"c": 1.0, "d": 1.25},
    "country": {"c": "DEU", "d": "CHN", "b": "POL"},
}


def mines(**columns):
    return network_of(MINES, firms={**MINE_FIRMS, **columns}, essential_rule="all", currency="kEUR")


def failing(*firms, loss=1.0):
    return vc.Scenario(name="+".join(firms), shocks=[vc.Shock(where={"firms": list(firms)}, loss=loss)])


def asked(net, **options):
    return vc.partners(net, **{"buyer": "b", "product": "q", "scenario": failing("m"), **options})


def test_the_cheap_one_that_shares_the_mine_is_left_out_and_the_shared_point_is_said():
    found = asked(mines())
    row = found.table.iloc[0]
    assert found.table["candidate"].tolist() == ["d"]
    # m stops a, c, b, z: 5 x 20 lost with m itself; d saves b.
    assert (found.expected_loss, row["loss_cut"]) == pytest.approx((100.0, 20.0))
    assert row["cost"] == pytest.approx(7 + 0.25 * 8)
    assert found.shared_points.table.to_numpy().tolist() == [["b", "q", "c", "m"]]
    assert any("c hangs on m, as all present suppliers of q to b do" in n for n in found.notes)
    both = asked(mines(), filters={"shared_points": True}).table
    assert both["candidate"].tolist() == ["d", "c"]
    assert both["loss_cut"].tolist() == pytest.approx([20.0, 0.0])
    assert both["shared_points"].tolist() == ["", "m"]


def test_the_near_one_without_capacity_is_no_partner():
    place = {"latitude": {"b": 50.0, "c": 50.1, "d": 30.0}, "longitude": {"b": 20.0, "c": 20.0, "d": 110.0}}
    full = {"capacity": {**MINE_FIRMS["capacity"], "c": 20.0}}
    found = asked(mines(**place, **full), scenario=failing("a"))
    assert found.table["candidate"].tolist() == ["d"]
    assert found.removed.table.set_index("filter").loc["no spare capacity", "removed"] == 1
    near = asked(mines(**place), scenario=failing("a"), filters={"max_km": 500, "shared_points": True}).table
    assert near["candidate"].tolist() == ["c"]
    assert near["distance_km"].tolist() == pytest.approx([0.1 * 111.19508], rel=1e-6)


def test_partners_and_alternatives_keep_nobody_whose_distance_is_not_known():
    place = {"latitude": {"b": 50.0, "c": 50.1}, "longitude": {"b": 20.0, "c": 20.0}}
    far = {"filters": {"max_km": 9e9, "shared_points": True}}
    net = mines(**place)
    found = asked(net, scenario=failing("a"), **far)
    assert found.table["candidate"].tolist() == ["c"]
    assert found.removed.table.set_index("filter")["not_known"].iloc[-1] == 1
    other = vc.alternatives(net, {"a": 1.0}, max_km=9e9)
    assert set(other.table["supplier"]) <= {"c"}


def test_two_complementary_partners_gain_nothing_alone_and_together_save_the_buyer():
    links = [("a", "b", 4.0, "q"), ("e", "b", 6.0, "r"), ("d", "z", 9.0, "q"), ("f", "z", 9.0, "r")]
    net = network_of(links, firms={"output": dict.fromkeys("abdefz", 50.0)}, essential_rule="all")
    found = vc.partners(net, buyer="b", scenario=failing("a", "e"), spare_share=1.0, fixed_cost=1.0, unit_cost=1.0)
    assert found.table[["candidate", "product", "loss_cut"]].to_numpy().tolist() == [["d", "q", 0.0], ["f", "r", 0.0]]
    assert found.needs.table["most_to_gain"].tolist() == [0.0, 0.0]
    assert any("needs partners for all of them together" in n for n in found.notes)
    eco = economy_of(net, spare_share=1.0)
    pair = Backups(
        slot=np.flatnonzero(eco.graph.slot_buyer == net.positions(["b"])[0]),
        pool=np.array([0, 1]),
        limit=np.full(2, np.inf),
        pool_firm=net.positions(["d", "f"]),
        pool_spare=np.full(2, 50.0),
    )
    u = np.where(np.isin(net.firm_ids, ["a", "e"]), 0.0, 1.0)[None]
    saved = losses_of(eco, activity_of(eco, u)) - losses_of(eco, activity_of(eco, u, backups=pair))
    np.testing.assert_allclose(saved, [50.0])


def test_a_partner_that_is_hit_itself_helps_as_far_as_it_works():
    table = asked(mines(), scenario=failing("m", "k", loss=0.75)).table
    # b lacks 0.75 x 8 = 6, d has 20 x 0.25 = 5 to spare: 2 + 5 of 8.
    assert table["loss_cut"].tolist() == pytest.approx([20 * (7 / 8 - 2 / 8)])
    assert table["delivered"].tolist() == pytest.approx([5.0])


def test_scenarios_of_a_list_are_certain_and_those_drawn_are_not():
    cases = [failing("a"), failing("m"), failing("d")]
    exact = asked(mines(), scenario=cases, probabilities=[0.2, 0.1, 0.05], tail=0.0).table.iloc[0]
    assert exact["loss_cut"] == pytest.approx(0.3 * 20)
    assert exact[["loss_cut_low", "loss_cut_high", "tail_cut"]].tolist() == pytest.approx([6.0] * 3)
    assert exact["helps_in"] == pytest.approx(0.3)
    often = vc.Scenario(
        name="often", shocks=[vc.Shock(where={"firms": ["a"]}, loss={"distribution": "bernoulli", "p": 0.5})]
    )
    drawn = asked(mines(), scenario=often, runs=100, seed=4).table.iloc[0]
    error = 20 * 1.96 * 0.5 / 10
    assert drawn["loss_cut_high"] - drawn["loss_cut_low"] == pytest.approx(2 * error, rel=0.2)
    assert drawn["loss_cut_low"] < drawn["loss_cut"] < drawn["loss_cut_high"]
    assert drawn["probability_positive"] == 1.0


def test_filters_say_how_many_they_removed_and_of_how_many_the_figure_is_unknown():
    lead = {"lead_days": {"c": 3.0}}
    found = asked(mines(**lead), filters={"max_lead_days": 5, "shared_points": True})
    assert found.table["candidate"].tolist() == ["c"]
    row = found.removed.table.set_index("filter").loc["lead time above 5 days"]
    assert row[["removed", "not_known", "left"]].tolist() == [1, 1, 1]
    with pytest.raises(
        NoPartnerError, match=r"of 3 for q: removed were 1 \(a present supplier\), 1 \(hangs .*1 \(not in EU\)"
    ):
        asked(mines(), filters={"area": "EU"})
    tagged = mines(tags={"d": "ISO9001, sme", "c": "sme"}, co2={"c": 2.0, "d": 1.0})
    for filters in ({"tags": ["iso9001"]}, {"max_co2": 1.5}):
        assert asked(tagged, filters={**filters, "shared_points": True}).table["candidate"].tolist() == ["d"]
    with pytest.raises(ParameterError, match="filter tags needs tags of firms"):
        asked(mines(), filters={"tags": "x"})
    with pytest.raises(ParameterError, match="filter 'max_kmm' is not known; did you mean 'max_km'"):
        asked(mines(), filters={"max_kmm": 3})


def test_firms_of_one_group_are_no_partners_of_each_other():
    owned = mines(owner={"d": "g", "a": "g"})
    with pytest.raises(
        NoPartnerError, match=r"(?s)1 \(of the group of .*\(--same-owner\) keeps firms.*--candidates FILE"
    ):
        asked(owned)
    with pytest.raises(NoPartnerError, match=r"1 \(of the group of the buyer or of a present supplier\)"):
        asked(owned)
    assert asked(owned, filters={"same_owner": True}).table["candidate"].tolist() == ["d"]
    assert asked(mines(owner={"d": "g", "c": "g"})).table["candidate"].tolist() == ["d"]


def test_present_suppliers_may_be_asked_to_deliver_more():
    net = network_of([*MINES, ("d", "b", 2.0, "q")], firms=MINE_FIRMS, essential_rule="all")
    with pytest.raises(NoPartnerError, match=r"suppliers_below \(--suppliers-below 0\.5\) asks present suppliers"):
        asked(net, filters={"area": "CHN", "suppliers_below": 0})
    table = asked(net, filters={"suppliers_below": 0.3}, scenario=failing("a")).table
    assert table["loss_cut"].tolist() == pytest.approx([20 * 0.8, 20 * 0.8])
    assert table.set_index("candidate")["kind"].to_dict() == {"c": "same product", "d": "present supplier"}


def test_small_present_suppliers_are_asked_for_more_where_no_new_maker_is_left():
    net = network_of([*MINES, ("d", "b", 2.0, "q")], firms=MINE_FIRMS, essential_rule="all")
    # c is new, so nobody else is asked. Without it d, which delivers a fifth, makes up for a's four fifths.
    assert asked(net, scenario=failing("a")).table["candidate"].tolist() == ["c"]
    found = asked(net, scenario=failing("a"), filters={"area": "CHN"})
    assert found.table[["candidate", "kind", "loss_cut"]].to_numpy().tolist() == [["d", "present supplier", 16.0]]
    assert any(n.startswith("For 1 of 1 needs present suppliers of less than 25% of") for n in found.notes)
    assert found.evidence.table["kind"].tolist() == ["present supplier"]
    removed = found.removed.table.set_index("filter")["removed"]
    assert removed["a present supplier of 25% of the need or more"] == 1
    with pytest.raises(
        NoPartnerError, match=r"1 \(a present supplier\)\. Nobody else in the network makes it\. Give a"
    ):
        asked(network_of(MINES[:4], firms=MINE_FIRMS, essential_rule="all"), buyer="c", product="ore")
    # A quarter is no small share: here d delivers one.
    large = network_of([*MINES, ("d", "b", 8 / 3, "q")], firms=MINE_FIRMS, essential_rule="all")
    with pytest.raises(NoPartnerError, match=r"2 \(a present supplier\)"):
        asked(large, scenario=failing("a"), filters={"area": "CHN"})


def test_who_hangs_on_the_same_mine_is_listed_only_when_nobody_else_is_left_and_helps():
    there = {"filters": {"area": "DEU"}}
    found = asked(mines(), scenario=failing("a"), **there)
    assert found.table[["candidate", "shared_points", "loss_cut"]].to_numpy().tolist() == [["c", "m", 20.0]]
    assert any("No other candidate is left: all here hang on upstream firms" in n for n in found.notes)
    # d, which does not hang on m, is there: only the area removed it.
    told = next(n for n in found.notes if n.startswith("Shared upstream: of those left by your filters, every new"))
    assert "; your filters removed who does not hang on it: d (not in DEU)." in told
    assert "needs another source first" not in told
    active = {"filters": {"active": [("d", "q", "b")]}}
    with pytest.raises(NoPartnerError, match=r"of those left by your filters, every .* it: d \(active already\)\."):
        asked(mines(), **active)
    # Where d sells no q at all, it is true of all. When m itself fails c is worth nothing, and is refused so.
    without = network_of([link for link in MINES if link[1] != "y"], firms=MINE_FIRMS, essential_rule="all")
    told = next(n for n in asked(without, scenario=failing("a")).notes if n.startswith("Shared upstream: every new"))
    assert "every new source of q for b hangs on m" in told
    assert "So ore needs another source first; k makes it too" in told
    with pytest.raises(NoPartnerError, match=r"every new source of q for b hangs on m.* ore needs another source"):
        asked(without, **there)
    with pytest.raises(NoPartnerError, match=r"1 \(hangs on a firm"):
        asked(mines(), scenario=failing("a"), filters={"area": "DEU", "shared_points": False})
    alone = network_of([link for link in MINES if link[0] not in {"k", "d"}], firms=MINE_FIRMS, essential_rule="all")
    with pytest.raises(NoPartnerError, match="ore needs another source first, and nobody else in the network makes"):
        asked(alone, **there)


def test_the_budget_leaves_out_what_costs_more_and_names_the_cheapest():
    options = {"scenario": failing("a"), "filters": {"shared_points": True}}
    # c has 20 to spare at the usual price: 1. d costs 7 and a quarter more for 8.
    found = asked(mines(), budget=2.0, **options)
    assert found.table["candidate"].tolist() == ["c"]
    assert found.removed.table.iloc[-1].tolist() == ["costs more than the budget", 1, 0, 1]
    with pytest.raises(ParameterError, match=r"budget 0\.5000 kEUR is below .*: c for q of b costs 1 kEUR"):
        asked(mines(), budget=0.5, **options)
    with pytest.raises(ParameterError, match="budget -1 is no amount"):
        asked(mines(), budget=-1)
    with pytest.raises(ParameterError, match=r"fixed_cost -3 is no cost.*\n.*unit_cost 'x' is no cost"):
        asked(mines(), fixed_cost=-3, unit_cost="x")
    with pytest.raises(InvalidDataError, match=r"fixed_cost '-1' is below 0"):
        asked(mines(fixed_cost={"d": -1.0}))


def test_unknown_names_and_needs_are_told_with_what_there_is():
    net = mines()
    with pytest.raises(UnknownNameError, match=r"firm 'bb' is not in .*\n?.*product 'qq' is not bought"):
        asked(net, buyer="bb", product="qq")
    with pytest.raises(UnknownNameError, match="buyer 'b' does not buy 'ore'; essential needs are q"):
        asked(net, product="ore")
    none = network_of(MINES, firms=MINE_FIRMS, essential=[("ore", "a", 2)])
    with pytest.raises(UnknownNameError, match="the need of buyer 'b' for 'q' is not essential"):
        asked(none)
    with pytest.raises(ParameterError, match="buyer and cluster are given"):
        asked(net, cluster="x")
    with pytest.raises(UnknownNameError, match="has no clusters; add the table members"):
        vc.partners(net, cluster="x", scenario=failing("a"))


def test_every_stand_in_is_said_once():
    net = network_of(MINES, firms={"output": OUTPUT}, essential_rule="all")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        vc.partners(net, buyer="b", runs=20)
    words = [str(w.message) for w in said if issubclass(w.category, DefaultWarning)]
    assert len(words) == 3
    assert "give no capacity" in words[0]
    assert "no scenario is given" in words[1]
    assert "1 of 1 candidates give no fixed_cost: 5% of the need is taken; 1 of 1 give no unit_cost" in words[2]


def test_a_cluster_is_asked_for_its_weakest_needs():
    clusters = pd.DataFrame({"cluster": ["one"]})
    members = pd.DataFrame({"firm": ["z", "b"], "cluster": "one"})
    tables = {**mines().tables, "clusters": clusters, "members": members}
    net = vc.Network.from_tables(**tables, essential_rule="all")
    cases = [failing("a"), failing("c")]
    found = vc.partners(net, cluster="one", scenario=cases, probabilities=[0.3, 0.2], slots=1)
    assert set(found.table["buyer"]) == {"b"}
    assert found.needs.table["most_to_gain"].tolist() == pytest.approx([6.0])
    assert any("1 needs with less to gain were not looked at" in n for n in found.notes)
    both = vc.partners(net, cluster="one", scenario=cases, probabilities=[0.3, 0.2])
    assert set(both.table["buyer"]) == {"b", "z"}


def test_a_buyer_without_output_is_told_to_have_nothing_to_lose_and_not_that_other_inputs_hold_it_down():
    links = [("a", "b", 8.0, "q"), ("d", "z", 9.0, "q")]
    net = network_of(links, firms={"output": {"a": 20.0, "d": 20.0, "z": 20.0, "b": 0.0}}, essential_rule="all")
    found = vc.partners(net, buyer="b", scenario=failing("a"), spare_share=1.0, fixed_cost=1.0, unit_cost=1.0)
    told = next(n for n in found.notes if "cut nothing alone" in n)
    assert told.endswith("b runs short of q, but its output is 0 and nobody loses by it, so there is nothing to cut.")

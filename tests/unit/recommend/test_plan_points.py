"""Single points of failure before and after a plan, and what hangs on each new supplier: worked out by hand."""

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import failing

# Three buyers, each with one source of q: o (of u), i (of v), e (of w). n makes q for z and is to spare for all.
LINKS = [("o", "u", 6.0, "q"), ("i", "v", 6.0, "q"), ("e", "w", 4.0, "q"), ("n", "z", 9.0, "q"), ("t", "z", 9.0, "q")]
FIRMS = {
    "output": dict.fromkeys("oiewuvnzt", 20.0),
    "capacity": {**dict.fromkeys("oiewuvzt", 20.0), "n": 40.0, "t": 30.0},
}


def plan(net, *rows, **options):
    table = pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"])
    cases = [failing("o"), failing("i"), failing("e")]
    return vc.choose(net, table, scenario=cases, budget=99, **options)


def test_who_no_longer_stops_whom_and_what_hangs_on_the_one_that_gets_most():
    net = network_of(LINKS, firms=FIRMS, essential_rule="all", currency="kEUR")
    found = plan(net, ("n", "q", "u", 2.0), ("n", "q", "v", 2.0), ("t", "q", "w", 1.0))
    points = found.single_points.table
    assert points[["before", "after"]].to_numpy().tolist() == [[3, 0]] * 4
    assert points["new_points"].tolist() == [""] * 4
    # n and t have a half of what z needs each: half is just enough.
    assert points["no_longer"].tolist() == ["e of w; i of v; o of u"] * 4
    load = found.new_suppliers.table.set_index("candidate")
    assert load["share_of_deliveries"].to_dict() == pytest.approx({"n": 12 / 16, "t": 4 / 16})
    assert load[["needs", "buyers"]].to_numpy().tolist() == [[2, 2], [1, 1]]
    # Without n: itself and half of z; with the plan half of u and of v too.
    assert load.loc["n", ["lost_before", "lost_after"]].tolist() == pytest.approx([30.0, 50.0])
    assert any(n.startswith("Mind: n has 75.0 % of all new deliveries, for 2 needs") for n in found.notes)
    assert any(n.startswith("No firm becomes a new single point") for n in found.notes)


def test_a_plan_that_hangs_two_sources_on_one_mine_says_who_becomes_a_single_point():
    links = [("a", "b", 4.0, "q"), ("c", "b", 4.0, "q"), ("s", "b", 4.0, "q"), ("m", "c", 1.0, "ore"),
             ("m", "d", 1.0, "ore"), ("d", "z", 9.0, "q")]  # fmt: skip
    firms = {"output": dict.fromkeys("abcdsmz", 20.0), "capacity": {**dict.fromkeys("abcsmz", 20.0), "d": 40.0}}
    net = network_of(links, firms=firms, essential_rule="all")
    table = pd.DataFrame([("d", "q", "b", 1.0)], columns=["candidate", "product", "buyer", "cost"])
    found = vc.partner_steps(net, table, scenario=failing("a"))
    # Of 12, each gives a quarter then: without m half is left, which is just enough.
    assert found.single_points.table["new_points"].tolist() == [""] * 4
    links[1] = ("c", "b", 5.0, "q")
    found = vc.partner_steps(network_of(links, firms=firms, essential_rule="all"), table, scenario=failing("a"))
    # Of 13, d takes a quarter and c keeps 3.75: m takes 7.
    assert found.single_points.table["new_points"].tolist() == ["", "", "", "m of b"]
    said = "New single points of failure: m of b (once less than half of a need is left, links as standing suppliers)."
    assert said in found.notes


def test_a_plan_with_nothing_in_it_changes_nothing():
    net = network_of(LINKS, firms=FIRMS, essential_rule="all")
    rows = pd.DataFrame([("n", "q", "z", 1.0), ("t", "q", "u", 1.0)], columns=["candidate", "product", "buyer", "cost"])
    found = vc.choose(net, rows, scenario=failing("w"), budget=9)
    assert not len(found.table)
    assert not len(found.new_suppliers.table)
    assert (found.single_points.table["before"] == found.single_points.table["after"]).all()

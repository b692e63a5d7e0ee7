"""Explanations on networks small enough to work out by hand: causes, contributions, margins, and the way there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError, UnknownNameError

ALONE = vc.Cascade(market=None, tolerance=1e-12)
SLOT = [("s2", "j", 3.0, "steel"), ("s1", "j", 1.0, "steel"), ("g", "j", 6.0, "glass"), ("h", "j", 10.0, "hours")]
MIXED = {"essential": [("steel", "j", 2), ("glass", "j", 2)], "default_class": 1}


def explained(network, shock, firm, model=ALONE):
    run = vc.cascade(network, shock, model=model)
    one = vc.explain(run, firm=firm)
    adds_up(one)
    return one


def adds_up(one) -> None:
    """The contributions of a cause add up to what it takes, and the worst cause is what the process takes."""
    causes, table = one.causes.table, one.table
    by = table.groupby(["process", "kind", table["product"].where(table["kind"] == "essential input", "")])
    assert sorted(by["contribution"].sum()) == pytest.approx(sorted(causes["loss"]), abs=1e-12)
    for process, loss in (("inputs missing", one.loss_down), ("buyers missing", one.loss_up)):
        rows = table[table["process"] == process]
        bound = rows.loc[rows["binds"], "contribution"].sum()
        worst = causes.loc[causes["process"] == process, "loss"].max() if len(rows) else 0.0
        assert min(1.0, bound) == pytest.approx(loss, abs=1e-12)
        assert bound == pytest.approx(worst, abs=1e-12)
    product = table["share"] * table["not_replaced"] * table["partner_loss"]
    assert np.allclose(product, table["contribution"], rtol=0, atol=1e-14)
    assert one.loss == max(one.loss_down, one.loss_up)


def way(one) -> list[tuple[int, str]]:
    return list(zip(one.path.table["sweep"], one.path.table["firm"], strict=True))


def rows(frame, *columns) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].fillna({"product": "-"}).itertuples(index=False, name=None))


# ---- downstream


def test_chain_leads_back_to_the_firm_that_failed():
    network = network_of([("z", "m", 10.0), ("m", "b", 5.0)], essential_rule="all")
    one = explained(network, {"z": 1.0}, "b")
    assert (one.loss, one.loss_down, one.loss_up, one.loss_if_mended) == (1, 1, 0, 0)
    assert way(one) == [(2, "b"), (1, "m"), (0, "z")]
    assert one.path.table["product"].tolist()[:2] == ["m", "z"]
    assert one.path.table["kind"].tolist() == ["essential input", "essential input", "own shock"]
    assert one.path.table["from_firm"].tolist()[:2] == ["m", "z"]
    assert one.notes[0] == "b loses 100.0% of its activity: it lacks 100.0% of its essential input m."
    assert "z is hit by the shock (100.0%) -> m lacks z -> b lacks m." in one.notes[-2]


def test_two_suppliers_in_a_slot_and_what_would_bind_next():
    network = network_of(SLOT, **MIXED)
    one = explained(network, {"s1": 1.0, "s2": 0.5, "g": 0.3, "h": 0.8}, "j")
    # steel: 1/4 of 1 + 3/4 of 0.5; glass: 0.3; all else: 10 of 20 purchases, 0.8 of them
    assert one.loss_down == pytest.approx(0.625)
    assert rows(one.causes.table.round(12), "process", "kind", "product", "partners", "loss", "binds", "margin") == [
        ("inputs missing", "essential input", "steel", 2, 0.625, True, 0.0),
        ("inputs missing", "non-essential inputs", "-", 1, 0.4, False, 0.225),
        ("inputs missing", "essential input", "glass", 1, 0.3, False, 0.325),
    ]
    assert rows(one.table, "partner", "flow", "share", "partner_loss", "contribution")[:2] == [
        ("s2", 3.0, 0.75, 0.5, 0.375),
        ("s1", 1.0, 0.25, 1.0, 0.25),
    ]
    assert one.loss_if_mended == pytest.approx(0.4)
    text = " ".join(one.notes)
    assert (
        "The largest part is s2: it delivers 75.0% of it and has itself lost 50.0%. That makes 37.5 of the 62.5" in text
    )
    assert "1 other supplier adds 25.0 points." in text
    assert "With this input alone mended, it would still lose 40.0%: next is lack of non-essential inputs." in text
    assert way(one) == [(1, "j"), (0, "s2")]


def test_non_essential_inputs_bind_together():
    network = network_of([*SLOT, ("i", "j", 5.0, "ink")], **MIXED)
    one = explained(network, {"h": 0.8, "i": 0.6, "g": 0.1}, "j")
    assert one.loss_down == pytest.approx(0.8 * 10 / 25 + 0.6 * 5 / 25)
    bound = one.table[one.table["binds"]]
    assert rows(bound, "kind", "product", "partner") == [
        ("non-essential inputs", "hours", "h"),
        ("non-essential inputs", "ink", "i"),
    ]
    assert bound["contribution"].tolist() == pytest.approx([0.32, 0.12])
    assert one.notes[0].endswith("it lacks non-essential inputs that make 44.0% of its purchases.")


def test_equal_causes_and_contributions_are_named_in_order_of_their_names():
    links = [("y", "j", 2.0, "b"), ("x", "j", 2.0, "b"), ("w", "j", 1.0, "a")]
    one = explained(network_of(links, essential_rule="all"), {"x": 0.5, "y": 0.5, "w": 0.5}, "j")
    assert one.causes.table["product"].tolist() == ["a", "b"]
    assert one.table["partner"].tolist() == ["w", "x", "y"]
    assert one.loss_if_mended == one.loss
    assert "it would lose as much: next is lack of b." in " ".join(one.notes)
    same = explained(network_of(links[:2], essential_rule="all"), {"x": 0.5, "y": 0.5}, "j")
    assert way(same) == [(1, "j"), (0, "x")]


def test_the_market_replaces_part_of_a_loss():
    network = network_of([("s1", "x", 30.0), ("s2", "y", 70.0)], sector={"s1": "s", "s2": "s"}, essential_rule="all")
    one = explained(network, {"s1": 1.0}, "x", vc.Cascade(tolerance=1e-12))
    assert rows(one.table, "share", "not_replaced", "partner_loss") == [(1.0, pytest.approx(3 / 7), 1.0)]
    assert "has itself lost 100.0% (its market replaces 57.1% of that)" in one.notes[1]
    assert explained(network, {"s1": 1.0}, "x").table["not_replaced"].tolist() == [1.0]


def test_costs_scale_lacks_of_inputs_and_what_exceeds_a_loss_is_cut_off():
    costs = {"costs": {"j": 40.0, "s1": 1.0, "s2": 1.0, "g": 1.0, "h": 1.0}}
    model = vc.Cascade(market=None, tolerance=1e-12, costs="costs")
    one = explained(network_of(SLOT, firms=costs, **MIXED), {"g": 1.0}, "j", model)
    assert one.loss == pytest.approx(0.5)  # purchases 20 of costs 40
    assert "Lacks of inputs are multiplied by purchases over costs: 50.0%." in one.notes
    assert one.notes[0] == "j loses 50.0% of its activity: lack of its essential input glass takes 50.0%."
    costs["costs"]["j"] = 16.0
    over = explained(network_of(SLOT, firms=costs, **MIXED), {"g": 1.0}, "j", model)
    assert over.loss == 1
    assert over.causes.table["loss"].iloc[0] == pytest.approx(1.25)
    assert "What is missing adds up to 125.0%; no firm loses more than 100%." in over.notes


# ---- upstream


def test_buyers_that_buy_less():
    links = [("hub", "x", 1.0), ("hub", "y", 3.0), ("hub", "w", 4.0), ("y", "end", 2.0)]
    network = network_of(links, essential_rule="none")
    one = explained(network, {"end": 0.5, "x": 1.0}, "hub")
    assert one.loss_up == pytest.approx(1 / 8 + 3 / 8 * 0.5)
    assert rows(one.table, "process", "kind", "partner", "share", "contribution") == [
        ("buyers missing", "sales", "y", 3 / 8, 3 / 16),
        ("buyers missing", "sales", "x", 1 / 8, 1 / 8),
        ("buyers missing", "sales", "w", 1 / 2, 0.0),
    ]
    assert way(one) == [(2, "hub"), (1, "y"), (0, "end")]
    assert one.notes[0] == "hub loses 31.2% of its activity: its buyers no longer take 31.2% of its sales."
    assert "It buys nothing" not in " ".join(one.notes)


def test_revenue_is_the_base_of_what_buyers_take():
    revenue = {"revenue": {"hub": 10.0, "x": 1.0, "y": 1.0}}
    network = network_of([("hub", "x", 1.0), ("hub", "y", 3.0)], firms=revenue, essential_rule="none")
    one = explained(network, {"y": 1.0}, "hub", vc.Cascade(market=None, revenue="revenue"))
    assert one.loss == pytest.approx(0.3)
    assert one.notes[0].endswith("its buyers no longer take 30.0% of its revenue.")


def test_both_processes_are_told_apart():
    # m lacks 40 % of its input and sells 90 % less: the larger counts, and the way follows it.
    network = network_of([("a", "m", 1.0), ("m", "z", 9.0), ("m", "y", 1.0)], essential_rule="all")
    one = explained(network, {"a": 0.4, "z": 1.0}, "m")
    assert (one.loss_down, one.loss_up, one.loss) == pytest.approx((0.4, 0.9, 0.9))
    assert one.loss_if_mended == pytest.approx(0.4)
    assert one.table["process"].tolist() == ["buyers missing", "buyers missing", "inputs missing"]
    assert way(one) == [(1, "m"), (0, "z")]
    text = " ".join(one.notes)
    assert "Did its buyers buy as before, it would still lose 40.0%: next is lack of a." in text
    assert "On the other side it lacks 40.0% of its essential input a. The two do not add up" in text


def test_equal_losses_on_both_sides_are_told_from_the_inputs_whatever_the_last_digits():
    for unit in (1.0, 1 / 3, 7.3e9):
        links = [("a", "m", 0.1 * unit), ("b", "m", 0.2 * unit), ("m", "y", 0.3 * unit), ("m", "z", 0.6 * unit)]
        network = network_of(links, sector={"a": "s", "b": "s"}, essential_rule="all")
        one = explained(network, {"a": 1.0, "y": 1.0}, "m")
        assert one.loss_down == pytest.approx(one.loss_up, abs=1e-12)
        assert one.table["process"].iloc[0] == "inputs missing"


# ---- firms hit by the shock


def test_a_failed_firm_is_explained_by_the_shock():
    one = explained(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 1.0}, "a")
    assert one.table["kind"].tolist()[0] == "own shock"
    assert one.notes[:2] == (
        "a loses 100.0% of its activity: the shock itself takes 100.0%.",
        "Without the shock, it would lose nothing.",
    )
    assert way(one) == [(0, "a")]


@pytest.mark.parametrize(("own", "kind", "mended"), [(0.2, "essential input", 0.2), (0.7, "own shock", 0.5)])
def test_a_shock_is_a_cap_and_not_an_addition(own, kind, mended):
    one = explained(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 0.5, "b": own}, "b")
    assert one.loss == max(own, 0.5)
    assert one.causes.table["kind"].iloc[0] == kind
    assert one.loss_if_mended == mended


def test_a_shock_as_large_as_the_lack_is_named_first():
    one = explained(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 0.5, "b": 0.5}, "b")
    assert one.causes.table.loc[one.causes.table["binds"], "kind"].tolist() == ["own shock", "own shock"]
    assert way(one) == [(0, "b")]


def test_demand_alone_may_be_lost():
    network = network_of([("a", "b", 4.0), ("a", "c", 1.0)], essential_rule="all")
    shock = vc.Scenario(shocks=[vc.Shock(what="demand", where={"firms": ["b"]}, loss=0.5)], name="x")
    one = explained(network, shock, "b")
    assert (one.loss_down, one.loss_up) == (0, 0.5)
    assert explained(network, shock, "a").loss_up == pytest.approx(0.4)


# ---- nothing lost


def test_nothing_lost_says_why():
    links = [("a", "b", 1.0, "p"), ("c", "b", 1.0, "q"), ("b", "d", 1.0, "r")]
    network = network_of(links, essential=[("p", "b", 0)], default_class=1)
    one = explained(network, {"a": 1.0}, "b")
    assert one.title == "Why b loses nothing"
    assert one.notes[1] == "1 of its 2 suppliers lost activity (a), but what they deliver is negligible here (class 0)."
    assert one.notes[2] == "Its only buyer buys as before."
    assert len(one.path.table) == 0
    lonely = explained(network, {"b": 1.0}, "c", vc.Cascade(market=None, tolerance=0.99))
    assert "It buys nothing in this network, so no input can be missing." in lonely.notes or lonely.loss > 0
    quiet = explained(network, {"d": 0.0}, "b")
    assert "None of its 2 suppliers lost anything." in quiet.notes


def test_a_loss_that_came_too_late_is_said():
    # Half of the sum of all losses: the run stops while the chain is still falling.
    chain = [(f"{9 - k}", f"{8 - k}", 1.0) for k in range(8)]
    model = vc.Cascade(market=None, stop="total", tolerance=0.6)
    run = vc.cascade(network_of(chain, essential_rule="all"), {"9": 1.0}, model=model)
    last = run.table[run.table["loss_down"] > 0]["firm"].min()
    after = vc.explain(run, firm=str(int(last) - 1))
    assert after.loss == 0
    assert f"Some of them lost activity in sweep {run.sweeps}, after which the cascade stopped" in after.notes[-1]


# ---- the stop


@pytest.mark.parametrize("stop", ["change", "total"])
@pytest.mark.parametrize("tolerance", [0.2, 1e-2, 1e-5])
def test_a_truncated_run_is_explained_from_the_sweep_before(stop, tolerance):
    network = vc.synthetic(firms=120, seed=4)
    worst = network.firm_ids[int(np.argmax(network.sales))]
    run = vc.cascade(network, {worst: 1.0}, model=vc.Cascade(stop=stop, tolerance=tolerance))
    for firm in [*run.table["firm"].head(25), *run.table["firm"].tail(3)]:
        one = vc.explain(run, firm=firm)
        adds_up(one)
        path = one.path.table
        assert (np.diff(path["sweep"]) < 0).all()
        assert path["loss"].empty or path["loss"].iloc[0] == pytest.approx(one.loss, abs=1e-12)
        assert np.allclose(path["from_loss"].iloc[:-1], path["loss"].iloc[1:], atol=1e-12)
        assert path["from_firm"].tolist()[:-1] == path["firm"].tolist()[1:]
        if one.loss:
            assert path["kind"].iloc[-1] == "own shock"
            assert path["firm"].iloc[-1] == worst


def test_a_way_round_a_loop_is_told_without_the_loop():
    # a and b buy most from each other, a little from the firm that fails.
    links = [("a", "b", 9.0, "p"), ("b", "a", 9.0, "q"), ("f", "a", 1.0, "p"), ("f", "b", 1.0, "r")]
    network = network_of(links, essential_rule="none")
    run = vc.cascade(network, {"f": 1.0}, model=vc.Cascade(market=None, tolerance=1e-3))
    one = vc.explain(run, firm="b")
    adds_up(one)
    steps = one.path.table["firm"].tolist()
    assert len(steps) > 4
    told = next(n for n in one.notes if n.startswith("The way there"))
    assert told.count("->") <= 2
    assert told.startswith("The way there: f is hit by the shock (100.0%) -> ")


# ---- refusals and words


def test_what_is_no_cascade_or_no_firm_is_refused():
    network = network_of([("sector_1", "b", 1.0)], essential_rule="all")
    run = vc.cascade(network, {"sector_1": 0.5})
    with pytest.raises(UnknownNameError, match="did you mean 'sector_1'"):
        vc.explain(run, firm="sector1")
    with pytest.raises(ParameterError, match="not the result of a cascade"):
        vc.explain(vc.concentration(network), firm="sector_1")
    with pytest.raises(ParameterError, match="not the id of a firm"):
        vc.explain(run, firm=3)


def test_names_stand_beside_ids_and_units_are_given():
    names = {"name": {"a": "Alpha", "b": "Beta"}}
    one = explained(network_of([("a", "b", 1.0)], firms=names, essential_rule="all"), {"a": 1.0}, "b")
    assert one.title == "Why Beta (b) loses 100.0%"
    assert one.table["partner_name"].tolist() == ["Alpha"]
    for result in (one, one.causes, one.path):
        numbers = {c for c in result.table if result.table[c].dtype.kind == "f"}
        assert numbers <= set(result.units)
    assert one.units["flow"] == "currency per year"


# ---- the fixed point


def creeping():
    """Return the failure of b, where a sells nearly all to itself: it loses all in the end, a little each sweep."""
    net = network_of(
        [("a", "a", 0.9999), ("a", "b", 0.0001), ("c", "a", 1.0)],
        order=["c", "b", "a"],
        firms={"final_demand": {"a": 0.0, "b": 1.0, "c": 1.0}},
        essential_rule="none",
    )
    return vc.cascade(net, {"b": 1.0}, model=vc.Cascade(rule="fixed-point", market=None))


def test_a_fixed_point_is_explained_where_it_is_at_rest(no_notes):
    run = creeping()
    spread = vc.propagation(run)
    ends = spread.table[spread.table["process"] == "buyers missing"].set_index("firm")["loss_process"]
    assert ends["a"] == pytest.approx(1.0, abs=1e-10)
    assert spread.sweeps.table["index"].iloc[-1] == run.index
    assert any("up to 90% of a firm" in note for note in spread.notes)
    why = vc.explain(run, firm="a")
    assert why.loss == pytest.approx(1.0, abs=1e-10)
    up = why.table[why.table["process"] == "buyers missing"]
    assert up["contribution"].sum() == pytest.approx(why.loss_up, abs=1e-9)
    assert any("is lost after them, little by little" in note for note in why.notes)


def test_a_long_chain_at_rest_has_its_whole_way():
    ids = [f"f{k:04}" for k in range(1_100)]
    net = network_of(
        [(a, b, 1.0) for a, b in pairwise(ids)],
        order=ids[::-1],
        firms={"final_demand": dict.fromkeys(ids, 1.0)},
        essential_rule="all",
    )
    run = vc.cascade(net, {"f0000": 1.0}, model=vc.Cascade(rule="fixed-point", market=None))
    assert len(vc.explain(run, firm="f1099").path.table) == 1_100
    assert (vc.propagation(run).table["process"] == "inputs missing").sum() == 1_100

"""The cascade on networks small enough to work out by hand; numbers of other programs are in tests/reference."""

from __future__ import annotations

import time

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import (
    DefaultWarning,
    InvalidDataError,
    ModelWarning,
    ParameterError,
    ScenarioError,
    UnknownNameError,
)
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade import lost_fractions, prepare, run
from valuechain.models.firm_columns import firm_column

ALONE = vc.Cascade(market=None, tolerance=1e-12)
CHAIN = [("a", "b", 10.0), ("b", "c", 5.0)]


def losses(result, column: str) -> dict[str, float]:
    return dict(zip(result.table["firm"], result.table[column], strict=True))


# ---- chain


def test_chain_downstream():
    result = vc.cascade(network_of(CHAIN, essential_rule="all"), {"a": 1.0}, model=ALONE)
    assert losses(result, "loss_down") == {"a": 1, "b": 1, "c": 1}
    assert losses(result, "loss_up") == {"a": 1, "b": 0, "c": 0}
    # Weights are shares of sales: a 10, b 5, c 0.
    assert (result.index, result.index_down, result.index_up) == pytest.approx((1, 1, 2 / 3))
    assert result.sweeps == 3  # b falls, c falls, nothing falls


def test_chain_upstream():
    result = vc.cascade(network_of(CHAIN, essential_rule="all"), {"c": 1.0}, model=ALONE)
    assert losses(result, "loss_up") == {"a": 1, "b": 1, "c": 1}
    assert losses(result, "loss_down") == {"a": 0, "b": 0, "c": 1}
    assert (result.index, result.index_down, result.index_up) == pytest.approx((1, 0, 1))


def test_middle_of_a_chain_goes_both_ways_and_the_ways_do_not_mix():
    # c loses its supplier, a its customer. Had they mixed, both would lose the same, so a has another customer.
    network = network_of([*CHAIN, ("a", "d", 10.0)], essential_rule="all")
    result = vc.cascade(network, {"b": 1.0}, model=ALONE)
    assert losses(result, "loss_down") == {"a": 0, "b": 1, "c": 1, "d": 0}
    assert losses(result, "loss_up") == {"a": 0.5, "b": 1, "c": 0, "d": 0}
    assert losses(result, "loss") == {"a": 0.5, "b": 1, "c": 1, "d": 0}
    assert result.index == pytest.approx((20 * 0.5 + 5) / 25)


@pytest.mark.parametrize("fraction", [0.1, 0.4, 1.0])
def test_partial_shock_passes_on_as_it_is_through_essential_inputs(fraction):
    result = vc.cascade(network_of(CHAIN, essential_rule="all"), {"a": fraction}, model=ALONE)
    assert losses(result, "loss_down") == pytest.approx({"a": fraction, "b": fraction, "c": fraction})


def test_only_firm_of_its_market_is_replaced_by_nobody():
    network = network_of(CHAIN, essential_rule="all")
    for fraction in (0.3, 1.0):
        with_market = vc.cascade(network, {"a": fraction}, model=vc.Cascade(tolerance=1e-12))
        assert losses(with_market, "loss_down") == pytest.approx({"a": fraction, "b": fraction, "c": fraction})


# ---- star, diamond, ring


def test_hub_loses_the_share_of_the_customer_that_fails():
    network = network_of([("hub", "x", 1.0), ("hub", "y", 3.0), ("hub", "z", 4.0)], essential_rule="none")
    for leaf, share in (("x", 1 / 8), ("y", 3 / 8), ("z", 1 / 2)):
        result = vc.cascade(network, {leaf: 1.0}, model=ALONE)
        assert losses(result, "loss_up")["hub"] == pytest.approx(share)
        assert result.index_up == pytest.approx(share)  # only the hub sells, so only the hub has weight
        assert result.index_down == 0


DIAMOND = [("a", "b", 2.0), ("a", "c", 2.0), ("b", "d", 3.0), ("c", "d", 1.0)]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], 0.75 * 0.5 + 0.25 * 0.2),  # non-essential losses add up by shares of purchases
        ([("b", "d", 2), ("c", "d", 2)], 0.5),  # the worst essential input binds
        ([("b", "d", 2)], 0.5),
        ([("c", "d", 2)], 0.75 * 0.5),  # the larger of the two kinds binds: 0.2 essential, 0.375 not
        ([("b", "d", 0)], 0.25 * 0.2),
        ([("b", "d", 0), ("c", "d", 0)], 0.0),
    ],
)
def test_diamond_essential_and_not(pairs, expected):
    network = network_of(DIAMOND, essential=[*pairs, ("a", "b", 0), ("a", "c", 0)], default_class=1)
    result = vc.cascade(network, {"b": 0.5, "c": 0.2}, model=ALONE)
    assert losses(result, "loss_down")["d"] == pytest.approx(expected)


def test_ring_non_essential():
    # Each of a, b, c buys half from the one before it in the ring and half from the outsider.
    ring = [("a", "b", 1.0), ("b", "c", 1.0), ("c", "a", 1.0), *(("o", f, 1.0) for f in "abc")]
    result = vc.cascade(network_of(ring, essential_rule="none"), {"a": 1.0}, model=ALONE)
    assert losses(result, "loss_down") == pytest.approx({"a": 1, "b": 0.5, "c": 0.25, "o": 0})
    assert losses(result, "loss_up") == pytest.approx({"a": 1, "b": 1, "c": 1, "o": 1})


# ---- substitution


def test_two_suppliers_of_one_product_share_the_slot():
    network = network_of([("s1", "j", 1.0), ("s2", "j", 3.0)], sector={"s1": "s", "s2": "s"}, essential_rule="all")
    assert losses(vc.cascade(network, {"s1": 1.0}, model=ALONE), "loss_down")["j"] == pytest.approx(0.25)
    assert losses(vc.cascade(network, {"s1": 1.0, "s2": 0.5}, model=ALONE), "loss_down")["j"] == pytest.approx(0.625)


def test_replaceability_is_the_share_of_what_the_market_still_makes():
    # s1 makes 30, s2 makes 70 of one product. With s1 gone, 70 is left, so sigma = 30 / 70 of its loss is felt.
    network = network_of([("s1", "x", 30.0), ("s2", "y", 70.0)], sector={"s1": "s", "s2": "s"}, essential_rule="all")
    market = vc.Cascade(tolerance=1e-12)
    assert losses(vc.cascade(network, {"s1": 1.0}, model=market), "loss_down")["x"] == pytest.approx(3 / 7)
    assert losses(vc.cascade(network, {"s2": 1.0}, model=market), "loss_down")["y"] == pytest.approx(
        1.0
    )  # 70/30, at most 1
    half = vc.cascade(network, {"s1": 0.5}, model=market)
    assert losses(half, "loss_down")["x"] == pytest.approx(30 / 85 * 0.5)
    assert losses(vc.cascade(network, {"s1": 1.0}, model=ALONE), "loss_down")["x"] == 1


def test_market_may_be_any_column_and_an_unknown_market_is_one_of_its_own():
    links = [("s1", "x", 30.0), ("s2", "y", 70.0)]
    columns = {"niche": {"s1": "n", "s2": "n", "x": "m"}}
    network = network_of(links, firms=columns, essential_rule="all")
    model = vc.Cascade(market="niche", tolerance=1e-12)
    assert losses(vc.cascade(network, {"s1": 1.0}, model=model), "loss_down")["x"] == pytest.approx(3 / 7)
    apart = network_of(links, firms={"niche": {"x": "m", "y": "m"}}, essential_rule="all")
    assert losses(vc.cascade(apart, {"s1": 1.0}, model=model), "loss_down")["x"] == 1


def test_published_guard_is_absolute():
    # With sales below 1e-10 the published rule counts the market as 1, so the unit of the flows changes the result.
    def loss(unit: float) -> float:
        links = [("s1", "x", 30 * unit), ("s2", "y", 70 * unit)]
        network = network_of(links, sector={"s1": "s", "s2": "s"}, essential_rule="all")
        return losses(vc.cascade(network, {"s1": 1.0}, model=vc.Cascade(tolerance=1e-13)), "loss_down")["x"]

    assert loss(1e6) == pytest.approx(3 / 7)
    assert loss(2e-12) == pytest.approx(3 / 7)  # 1.4e-10 is left
    assert loss(1e-12) == pytest.approx(3e-11)  # 7e-11 is left: the guard


def test_published_guard_shrinks_losses_where_sales_are_below_1():
    # When the only maker of a product stops, the published rule counts what is left of its market as 1, so a maker
    # that sells 0.25 (billions, say) passes on a quarter of its loss. The unit must be chosen smaller, and we say so.
    network = network_of([("a", "b", 0.25)], essential_rule="all")
    with pytest.warns(ModelWarning, match="smaller unit") as caught:
        result = vc.cascade(network, {"a": 1.0}, model=vc.Cascade(tolerance=1e-12))
    assert losses(result, "loss_down")["b"] == 0.25
    assert [w.filename for w in caught] == [__file__]
    assert losses(vc.cascade(network, {"a": 1.0}, model=ALONE), "loss_down")["b"] == 1
    larger = network_of([("a", "b", 1.0)], essential_rule="all")
    assert losses(vc.cascade(larger, {"a": 1.0}), "loss_down")["b"] == 1


# ---- denominators, caps, orientation: one test a silent mistake


def test_class_0_purchases_stay_in_the_denominator():
    network = network_of([("x", "j", 5.0), ("y", "j", 5.0)], essential=[("x", "j", 0), ("y", "j", 1)])
    assert losses(vc.cascade(network, {"y": 1.0}, model=ALONE), "loss_down")["j"] == pytest.approx(0.5)
    assert losses(vc.cascade(network, {"x": 1.0}, model=ALONE), "loss_down")["j"] == 0


def test_essential_rows_are_inputs_columns_are_buyers():
    network = network_of([("a", "b", 1.0), ("b", "a", 1.0)], essential=[("a", "b", 2), ("b", "a", 0)])
    assert losses(vc.cascade(network, {"a": 1.0}, model=ALONE), "loss_down") == {"a": 1, "b": 1}
    assert losses(vc.cascade(network, {"b": 1.0}, model=ALONE), "loss_down") == {"a": 0, "b": 1}


def test_a_shock_caps_and_does_not_multiply():
    network = network_of([("a", "b", 1.0)], essential_rule="all")
    assert losses(vc.cascade(network, {"a": 0.5, "b": 0.5}, model=ALONE), "loss_down")["b"] == 0.5
    assert losses(vc.cascade(network, {"a": 0.5, "b": 0.7}, model=ALONE), "loss_down")["b"] == pytest.approx(0.7)


def test_self_loops_count():
    # j takes 1 of 4 from itself: in the first sweep (a tolerance of 0.3 stops there) it loses 1/4 by y, not 1/3.
    links = [("j", "j", 1.0), ("y", "j", 1.0), ("o", "j", 2.0), ("j", "c", 3.0)]
    network = network_of(links, essential_rule="none")
    first = vc.cascade(network, {"y": 1.0}, model=vc.Cascade(market=None, tolerance=0.3))
    assert (first.sweeps, losses(first, "loss_down")["j"]) == (1, 0.25)
    last = vc.cascade(network, {"y": 1.0}, model=ALONE)
    assert losses(last, "loss_down")["j"] == pytest.approx(1 / 3)
    up = vc.cascade(network, {"c": 1.0}, model=vc.Cascade(market=None, tolerance=0.8))
    assert losses(up, "loss_up")["j"] == 0.75


def test_upstream_losses_are_of_revenue_when_it_is_known():
    network = network_of(CHAIN, firms={"revenue": {"a": 20.0, "b": 50.0, "c": 1.0}}, essential_rule="all")
    result = vc.cascade(network, {"c": 1.0}, model=vc.Cascade(market=None, revenue="revenue", tolerance=1e-12))
    assert losses(result, "loss_up") == pytest.approx({"c": 1, "b": 5 / 50, "a": 10 / 20 * 5 / 50})


def test_costs_scale_losses_of_essential_and_other_inputs():
    costs = {"costs": {"a": 1.0, "b": 40.0, "c": 5.0}}
    for rule in ("all", "none"):
        network = network_of(CHAIN, firms=costs, essential_rule=rule)
        result = vc.cascade(network, {"a": 1.0}, model=vc.Cascade(market=None, costs="costs", tolerance=1e-12))
        assert losses(result, "loss_down") == pytest.approx({"a": 1, "b": 10 / 40, "c": 10 / 40})


def test_weights_may_be_any_column():
    network = network_of(CHAIN, firms={"employees": {"a": 1.0, "b": 0.0, "c": 3.0}}, essential_rule="all")
    result = vc.cascade(network, {"c": 1.0}, model=vc.Cascade(market=None, weights="employees"))
    assert (result.index, result.index_down, result.index_up) == (1.0, 0.75, 1.0)
    assert "network's employees" in result.notes[0]


def test_firms_without_suppliers_or_customers():
    network = network_of([*CHAIN, ("idle", "idle", 0.0)], essential_rule="all")
    result = vc.cascade(network, {"idle": 1.0, "c": 0.5}, model=ALONE)
    assert losses(result, "loss_down") == {"a": 0, "b": 0, "c": 0.5, "idle": 1}
    assert losses(result, "loss_up") == {"a": 0.5, "b": 0.5, "c": 0.5, "idle": 1}


# ---- stops


def test_stop_by_total_loss():
    # Total loss: 2 at the start (a, both ways), then 3, 4, 5. 4 <= 1.4 * 3 stops before d is reached.
    network = network_of([("a", "b", 1.0), ("b", "c", 1.0), ("c", "d", 1.0)], essential_rule="all")
    early = vc.cascade(network, {"a": 1.0}, model=vc.Cascade(market=None, stop="total", tolerance=0.4))
    assert (early.sweeps, losses(early, "loss_down")["d"]) == (2, 0)
    late = vc.cascade(network, {"a": 1.0}, model=vc.Cascade(market=None, stop="total", tolerance=0.01))
    assert (late.sweeps, losses(late, "loss_down")["d"]) == (4, 1)
    by_change = vc.cascade(network, {"a": 1.0}, model=vc.Cascade(market=None, tolerance=0.4))
    assert (by_change.sweeps, losses(by_change, "loss_down")["d"]) == (4, 1)


def test_stop_by_change_is_a_truncation():
    # The loss halves from link to link of a non-essential ring; what is at most the tolerance is not passed on.
    links = [(str(k), str(k + 1), 1.0) for k in range(9)] + [("o", str(k + 1), 1.0) for k in range(9)]
    network = network_of(links, essential_rule="none")
    result = vc.cascade(network, {"0": 1.0}, model=vc.Cascade(market=None, tolerance=0.1, revenue=None))
    assert losses(result, "loss_down")["3"] == 0.125
    assert losses(result, "loss_down")["4"] == 0.0625
    assert losses(result, "loss_down")["5"] == 0


# ---- systemic risk


def test_systemic_risk_is_the_cascade_of_each_failure():
    network = network_of(DIAMOND, essential_rule="all")
    table = vc.systemic_risk(network).table.set_index("firm")
    for firm in network.firm_ids:
        alone = vc.cascade(network, {firm: 1.0})
        assert table.loc[firm].tolist() == [alone.index, alone.index_down, alone.index_up, alone.sweeps]


def test_systemic_risk_ranks_and_breaks_ties_by_id():
    network = network_of([("b", "x", 1.0), ("a", "x", 1.0), ("c", "y", 9.0)], essential_rule="none")
    assert vc.systemic_risk(network, model=ALONE).table["firm"].tolist() == ["c", "y", "x", "a", "b"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_the_last_digits_change_no_rank(first):
    # Two stars alike but for the order of their rows: sums differ in the last digit, the ranking must not.
    flows = [7.8, 0.8, 6.7, 2.0, 7.8, 5.1]
    second = {"a": "b", "b": "a"}[first]
    links = [(first, f"{first}{k}", f) for k, f in enumerate(flows)]
    links += [(second, f"{second}{5 - k}", f) for k, f in reversed(list(enumerate(flows)))]
    network = network_of(links, sector={"a": "s", "b": "t"}, essential_rule="none")
    assert vc.systemic_risk(network).table["firm"].tolist()[:2] == ["a", "b"]
    half = vc.cascade(network, {f"{f}{k}": 0.3 for f in "ab" for k in range(6)}, model=ALONE)
    assert half.table["firm"].tolist() == sorted(half.table["firm"])  # all lose 0.3


def test_progress_is_told_to_the_end():
    told: list[tuple[int, int]] = []
    links = [(f"f{k}", f"f{k + 1}", 1.0) for k in range(400)]
    vc.systemic_risk(network_of(links, essential_rule="none"), threads=2, progress=lambda *a: told.append(a))
    assert told[-1] == (401, 401)
    assert [d for d, _ in told] == sorted({d for d, _ in told})
    assert len(told) > 1


def test_interrupting_ends_the_run():
    # This cascade goes round for ever (see below): a million of them would keep the pool waiting for minutes.
    links = [("A", "B", 0.3), ("B", "C", 1.0)]
    network = network_of(links, sector={"A": "s", "B": "s", "C": "t"}, essential_rule="all", currency="MEUR")
    count = 1_000_000
    first = int(network.positions(["A"])[0])
    shocks = Shocks(np.arange(count + 1), np.full(count, first), np.ones(count), np.ones(count))
    prepared = prepare(network, vc.Cascade())

    def interrupt(done: int, _: int) -> None:
        raise KeyboardInterrupt

    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        run(prepared, shocks, keep_firms=False, threads=2, progress=interrupt)
    assert time.perf_counter() - start < 60


def test_every_number_says_what_it_rests_on():
    model = vc.Cascade(tolerance=1e-3, stop="total", market=None)
    result = vc.cascade(network_of(CHAIN, essential_rule="all", name="n"), {"a": 1.0, "b": 0.5}, model=model)
    parameters = result.parameters
    assert (parameters["tolerance"], parameters["stop"], parameters["network"]) == (1e-3, "total", "n")
    assert parameters["essential"] == "all inputs essential"
    assert parameters["scenario"] == "a loses 100%, b loses 50%"
    assert set(result.units) == {"loss", "loss_down", "loss_up"}
    assert result.title == "Cascade: a loses 100%, b loses 50%"


@pytest.mark.parametrize(
    ("shock", "name"),
    [
        ({"b": 1, "a": 1.0}, "failure of b, a"),
        ({"a": 0.07}, "a loses 7%"),
        ({"a": 0.9999999}, "a loses 99.99%"),
        ({"a": 1 / 3, "b": 0.0, "c": 1}, "a loses 33.33%, b loses 0%, c loses 100%"),
    ],
)
def test_partial_failures_are_named_with_what_is_lost(shock, name):
    result = vc.cascade(network_of(CHAIN, essential_rule="all"), shock)
    assert (result.title, result.parameters["scenario"]) == (f"Cascade: {name}", name)


def test_many_partial_failures_are_counted():
    network = network_of([(f"f{k}", "z", 1.0) for k in range(5)], essential_rule="all")
    shock = {f"f{k}": 0.5 for k in range(5)}
    assert vc.cascade(network, shock).title == "Cascade: f0 loses 50%, f1 loses 50%, f2 loses 50% and 2 more"


def test_what_is_small_is_not_shown_as_nothing():
    note = vc.cascade(network_of([("a", "b", 1.0), ("c", "b", 2999.0)], essential_rule="none"), {"a": 1.0}).notes[0]
    assert note.startswith("0.033% of the network's sales are lost")
    assert "0.033% because inputs are missing, 0.033% because buyers" in note


def test_nothing_said_on_essential_inputs_warns():
    with pytest.warns(DefaultWarning, match="essential_rule") as caught:
        vc.cascade(network_of(CHAIN), {"a": 1.0})
    assert len(caught) == 1


# ---- scenarios


def test_scenario_and_mapping_say_the_same():
    network = network_of(CHAIN, essential_rule="all")
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["b"]}, loss=0.3)], name="quake")
    one, two = vc.cascade(network, scenario), vc.cascade(network, {"b": 0.3})
    assert one.table.equals(two.table)
    assert one.title == "Cascade: quake"


def test_demand_shock_goes_upstream_only():
    scenario = vc.Scenario(shocks=[vc.Shock(what="demand", where={"firms": ["b"]}, loss=1.0)])
    result = vc.cascade(network_of(CHAIN, essential_rule="all"), scenario, model=ALONE)
    assert losses(result, "loss_down") == {"a": 0, "b": 0, "c": 0}
    assert losses(result, "loss_up") == {"a": 1, "b": 1, "c": 0}


def test_long_lists_of_firms_are_counted():
    network = network_of([("a", "b", 1.0), ("c", "d", 1.0), ("e", "f", 1.0)], essential_rule="all")
    assert lost_fractions(network, dict.fromkeys("abcde", 1.0))[2] == "failure of a, b, c and 2 more"


@pytest.mark.parametrize("shock", [{}, [], ["a"], None, "a"])
def test_a_shock_that_names_nothing(shock):
    with pytest.raises(ScenarioError, match="lost fraction"):
        vc.cascade(network_of(CHAIN, essential_rule="all"), shock)


@pytest.mark.parametrize("value", [1.01, -0.01, float("nan"), float("inf"), True, "1", None])
def test_a_loss_that_is_no_fraction_names_the_firm(value):
    with pytest.raises(ScenarioError, match=r"firm 'b'.*0 to 1"):
        vc.cascade(network_of(CHAIN, essential_rule="all"), {"a": 1.0, "b": value})


def test_a_firm_that_does_not_exist_is_suggested():
    network = network_of([("mill", "baker", 1.0)], essential_rule="all")
    with pytest.raises(UnknownNameError, match="did you mean 'baker'"):
        vc.cascade(network, {"bakre": 1.0})


# ---- parameters


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "fixed"}, "rule 'fixed'"),
        ({"stop": "never"}, "'change' or 'total'"),
        ({"tolerance": 0}, "outside 0..1"),
        ({"tolerance": 1}, "outside 0..1"),
        ({"tolerance": float("nan")}, "outside 0..1"),
        ({"tolerance": "small"}, "is not a number"),
        ({"tolerance": True}, "is not a number"),
    ],
)
def test_parameters_no_run_could_use(options, message):
    with pytest.raises(ParameterError, match=message):
        vc.Cascade(**options)


@pytest.mark.parametrize("use", ["market", "revenue", "costs", "weights"])
def test_a_column_that_does_not_exist_is_suggested(use):
    network = network_of(CHAIN, firms={"turnover": {"a": 1.0, "b": 1.0, "c": 1.0}}, essential_rule="all")
    with pytest.raises(UnknownNameError, match=f"{use}: .*'turnovr'; did you mean 'turnover'"):
        vc.cascade(network, {"a": 1.0}, model=vc.Cascade(**{use: "turnovr"}))


def test_unknown_values_of_a_column_are_no_zeros():
    network = network_of(CHAIN, firms={"revenue": {"a": 1.0}}, essential_rule="all")
    with pytest.raises(InvalidDataError) as caught:
        vc.systemic_risk(network, model=vc.Cascade(revenue="revenue"))
    remedy = "; give it for every firm, or leave out the option revenue"
    orders = ("'b', 'c'", "'c', 'b'")
    assert str(caught.value) in {f"firms: revenue is not known for {ids}{remedy}" for ids in orders}


def test_sales_outside_the_links_are_said():
    firms = {"output": {"a": 50.0, "b": 80.0, "c": 90.0}}
    network = network_of(CHAIN, firms=firms, essential_rule="all")
    assert any("take revenue='output'" in n for n in vc.systemic_risk(network).notes)
    assert any("take revenue='output'" in n for n in vc.diagnose(network).notes)
    taken = vc.systemic_risk(network, model=vc.Cascade(revenue="output"))
    assert not any("take revenue" in n for n in taken.notes)


def test_a_column_that_is_not_known_for_all_is_not_recommended():
    network = network_of(CHAIN, firms={"output": {"a": 50.0, "b": 80.0}}, essential_rule="all")
    note = next(n for n in vc.systemic_risk(network).notes if n.startswith("Firms make much more"))
    assert note.endswith(
        "To count all give output for every firm (it is not known for 1: 'c'), or take rule='fixed-point' (--rule "
        "fixed-point), which uses it where it is known."
    )
    assert "take revenue" not in note


def test_columns_must_be_numbers_and_not_negative():
    firms = {"colour": {"a": "red", "b": "red", "c": "red"}, "balance": {"a": -1.0, "b": 0.0, "c": 1.0}}
    network = network_of(CHAIN, firms=firms, essential_rule="all")
    with pytest.raises(InvalidDataError, match="colour is not numeric"):
        firm_column(network, "colour", "weights")
    with pytest.raises(InvalidDataError, match=r"is negative for 'a'"):
        firm_column(network, "balance", "weights")


def test_weights_that_add_to_nothing_are_refused():
    network = network_of(CHAIN, firms={"size": dict.fromkeys("abc", 0.0)}, essential_rule="all")
    with pytest.raises(InvalidDataError, match="size"):
        vc.cascade(network, {"a": 1.0}, model=vc.Cascade(weights="size"))


def test_a_network_without_flow_has_no_loss_to_weigh():
    result = vc.cascade(network_of([("a", "b", 0.0)], essential_rule="all"), {"a": 1.0})
    assert (result.index, losses(result, "loss")) == (0.0, {"a": 1.0, "b": 0.0})
    assert np.isfinite(result.table["loss"]).all()


def test_a_cascade_that_never_settles_is_ended_and_said():
    # B fails with A; market s is then empty, counts as 1, and B comes back: the published rule goes round for ever.
    links = [("A", "B", 0.3), ("B", "C", 1.0)]
    network = network_of(links, sector={"A": "s", "B": "s", "C": "t"}, essential_rule="all", currency="MEUR")
    with pytest.warns(ModelWarning, match=r"1 of 1 cascades .* did not settle in 10,000 sweeps"):
        assert vc.cascade(network, {"A": 1.0}).sweeps == 10_000
    finer = network_of(
        [(s, b, f * 1000) for s, b, f in links], sector={"A": "s", "B": "s", "C": "t"}, essential_rule="all"
    )
    assert vc.cascade(finer, {"A": 1.0}).sweeps < 10


@pytest.mark.parametrize(
    "call",
    [
        lambda net: vc.cascade(net, {"a": 1.0}, model="published"),
        lambda net: vc.systemic_risk(net, model=vc.Cascade),
        lambda net: vc.systemic_risk(net, threads=0),
        lambda net: vc.systemic_risk(net, threads=1.5),
    ],
)
def test_what_is_no_model_and_no_number_of_threads_is_refused(call):
    with pytest.raises(ParameterError):
        call(network_of(CHAIN, essential_rule="all"))


@pytest.mark.parametrize(
    "call", [vc.systemic_risk, lambda n: vc.cascade(n, {"a": 1.0}), lambda n: vc.cascades(n, {"x": {"a": 1}})]
)
def test_a_path_is_no_network(call):
    with pytest.raises(ParameterError, match=r"'graphs/x' is not a Network; write network=vc.read\(path\)"):
        call("graphs/x")


@pytest.mark.parametrize(
    "wrong", [{"market": 5}, {"revenue": ["revenue"]}, {"rule": []}, {"stop": None}, {"weights": 1.0}]
)
def test_parameters_that_are_no_text(wrong):
    with pytest.raises(ParameterError, match="is not text; write "):
        vc.Cascade(**wrong)

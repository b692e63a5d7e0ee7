"""Exposure on networks whose answer is known in closed form, against the simulation on chains, and its refusals."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import valuechain as vc
from tests.conftest import network_of
from valuechain.analysis import exposure_solver
from valuechain.errors import (
    DefaultWarning,
    InvalidDataError,
    ParameterError,
    SolverError,
    UnknownNameError,
)

DAY = {"flow_period": "day", "essential_rule": "all", "currency": "kEUR"}
COLUMNS = [
    "firm",
    "time_to_survive",
    "time_to_recover",
    "performance_impact",
    "lost_share",
    "impact_elsewhere",
    "buyers_survive",
    "exposed",
]


def chain(stocks: dict[str, float], recover: float = 30.0, **metadata: object) -> vc.Network:
    """Return ore -> metal -> car; cars worth 20 a day go to final users."""
    return network_of(
        [("ore", "metal", 4.0), ("metal", "car", 9.0)],
        order=["metal", "car", "ore"],
        firms={
            "final_demand": {"car": 20.0, "ore": 0.0, "metal": 0.0},
            "stock_days": stocks,
            "recovery_days": dict.fromkeys(("ore", "metal", "car"), recover),
        },
        **{**DAY, **metadata},
    )


def rows(network: vc.Network, **options: object) -> pd.DataFrame:
    return vc.exposure(network, **options).table.set_index("firm")


# ---- closed forms


def test_a_program_that_goes_in_circles_is_solved_another_way(monkeypatch):
    network = chain({"ore": 1, "metal": 7, "car": 5})
    expected = vc.exposure(network)
    ways = []
    another = exposure_solver.WarmSolver._run_another_way
    monkeypatch.setattr(exposure_solver, "FIRST_STEPS", 1)
    monkeypatch.setattr(exposure_solver, "STEPS_A_ROW", 0)
    monkeypatch.setattr(exposure_solver.WarmSolver, "_run_another_way", lambda self: (ways.append(1), another(self))[1])
    found = vc.exposure(network)
    assert ways
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_a_chain_survives_on_all_its_stocks():
    result = vc.exposure(chain({"ore": 1, "metal": 7, "car": 5}))
    assert list(result.table.columns) == COLUMNS
    assert result.table["firm"].tolist() == ["car", "metal", "ore"]
    table = result.table.set_index("firm")
    assert table["time_to_survive"].to_dict() == pytest.approx({"car": 0, "metal": 5, "ore": 12})
    assert table["buyers_survive"].to_dict() == pytest.approx({"car": np.inf, "metal": 5, "ore": 12})
    assert table["performance_impact"].to_dict() == pytest.approx({"car": 600, "metal": 500, "ore": 360})
    assert table["lost_share"].to_dict() == pytest.approx({"car": 1, "metal": 25 / 30, "ore": 18 / 30})
    assert table["impact_elsewhere"].to_dict() == pytest.approx({"car": 0, "metal": 500, "ore": 360})
    assert table["exposed"].all()
    assert (result.exposed, result.exposed_buyers) == (3, 2)
    assert result.units["performance_impact"] == "kEUR"


def test_flows_per_year_are_shared_out_over_its_days():
    stocks = {"ore": 1, "metal": 7, "car": 5}
    year, day = rows(chain(stocks, flow_period="year")), rows(chain(stocks))
    np.testing.assert_allclose(year["performance_impact"], day["performance_impact"] / 365, rtol=1e-12)
    np.testing.assert_allclose(year["buyers_survive"], day["buyers_survive"], rtol=1e-12)


def test_a_firm_that_recovers_in_time_costs_nothing():
    result = vc.exposure(chain({"ore": 1, "metal": 7, "car": 5}, recover=12.0))
    ore = result.table.set_index("firm").loc["ore"]
    assert (ore["performance_impact"], ore["impact_elsewhere"], ore["exposed"]) == (0, 0, False)
    assert result.exposed == 2
    assert rows(chain({"ore": 1, "metal": 7, "car": 5}, recover=0.0))["performance_impact"].eq(0).all()


def two_mills(capacity: float | None, stock: float = 4.0) -> vc.Network:
    """Return a baker (30 a day) with flour from two mills: 6 of 10 a day from the first."""
    capacities = {} if capacity is None else {"capacity": {"mill_2": capacity}}
    return network_of(
        [("mill_1", "baker", 6.0), ("mill_2", "baker", 4.0)],
        sector={"mill_1": "flour", "mill_2": "flour", "baker": "bread"},
        firms={
            "final_demand": {"baker": 30.0, "mill_1": 0.0, "mill_2": 0.0},
            "stock_days": dict.fromkeys(("mill_1", "mill_2", "baker"), stock),
            "recovery_days": dict.fromkeys(("mill_1", "mill_2", "baker"), 20.0),
            **capacities,
        },
        **DAY,
    )


@pytest.mark.parametrize(("capacity", "gap"), [(None, 6.0), (5.0, 5.0), (9.0, 1.0), (10.0, 0.0), (50.0, 0.0)])
def test_another_supplier_makes_up_for_what_its_capacity_allows(capacity, gap):
    found = rows(two_mills(capacity)).loc["mill_1"]
    # Stocks of 4 days are 40 of flour; a gap of g a day lasts 40 / g days, and then costs g / 10 of 30 a day.
    assert found["buyers_survive"] == pytest.approx(40 / gap if gap else np.inf)
    assert found["performance_impact"] == pytest.approx(max(0.0, 20 * gap - 40) / 10 * 30)


def test_goods_go_where_they_are_worth_most():
    # Down: b. Shops of 5 and 50 a day use 1 of a's 2 goods each and 1 of b's; a can only serve one of them wholly.
    net = network_of(
        [("a", "small", 1.0), ("a", "large", 1.0), ("b", "small", 1.0), ("b", "large", 1.0)],
        sector={"a": "g", "b": "g", "small": "s", "large": "s"},
        firms={
            "final_demand": {"small": 5.0, "large": 50.0, "a": 0.0, "b": 0.0},
            "stock_days": dict.fromkeys("ab", 1.0) | {"small": 2.0, "large": 2.0},
            "recovery_days": {"b": 10.0, "a": 10.0, "small": 10.0, "large": 10.0},
        },
        **DAY,
    )
    # 20 of goods and 2 days' stock (4 each): the large shop needs 20 and has 4, so 16; 4 are left for the small one.
    assert rows(net).loc["b", "performance_impact"] == pytest.approx(5 * 10 - 5 * (4 + 4) / 2)


@pytest.mark.parametrize(("kind", "impact"), [(2, 400.0), (1, 100.0), (0, 0.0)])
def test_classes_of_inputs(kind, impact):
    # The baker's purchases are 1 of yeast and 3 of flour; 20 a day for 30 days, 10 days of stock.
    net = network_of(
        [("yeast", "baker", 1.0), ("flour", "baker", 3.0)],
        firms={
            "final_demand": {"baker": 20.0, "yeast": 0.0, "flour": 0.0},
            "stock_days": dict.fromkeys(("baker", "yeast", "flour"), 10.0),
            "recovery_days": dict.fromkeys(("baker", "yeast", "flour"), 30.0),
        },
        essential=[("yeast", "baker", kind), ("flour", "baker", 2)],
        **{k: v for k, v in DAY.items() if k != "essential_rule"},
    )
    found = rows(net).loc["yeast"]
    assert found["performance_impact"] == pytest.approx(impact)
    assert found["buyers_survive"] == (np.inf if kind == 0 else pytest.approx(10))


def test_all_of_several_non_essential_inputs_missed_at_once():
    # One firm makes both, which are 2 and 3 of purchases of 10: without them half of the production is left.
    net = network_of(
        [("a", "z", 2.0, "x"), ("a", "z", 3.0, "y"), ("b", "z", 5.0, "w")],
        firms={
            "final_demand": {"z": 20.0, "a": 0.0, "b": 0.0},
            "stock_days": dict.fromkeys("abz", 10.0),
            "recovery_days": dict.fromkeys("abz", 30.0),
        },
        essential=[("x", "z", 1), ("y", "z", 1), ("w", "z", 2)],
        flow_period="day",
    )
    # Days with neither, x, y or both missing make 1, 0.8, 0.7, 0.5 of usual and use what is there at that pace: the
    # best plan misses one at a time as long as it can.
    made = np.array([1, 0.8, 0.7, 0.5])
    uses = np.array([[1, 0, 0.7, 0], [1, 0.8, 0, 0]])
    best = linprog(-made, A_ub=uses, b_ub=[10, 10], A_eq=np.ones((1, 4)), b_eq=[30])
    least = 20 * (30 + best.fun)
    found = rows(net).loc["a"]
    assert found["buyers_survive"] == pytest.approx(10)
    # Straight lines stand for a curve: never above what any response loses, and close to it.
    assert least * 0.95 < found["performance_impact"] <= least * (1 + 1e-9)
    # Without any stock there is nothing to plan.
    bare = net.firms.assign(stock_days=0.0, recovery_days=1e4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bare = vc.Network.from_tables(bare, net.links, essential=net.table("essential"), flow_period="day")
    assert rows(bare).loc["a", "lost_share"] == pytest.approx(0.5, abs=1e-3)


def test_a_buyer_of_its_own_product_and_a_ring():
    net = network_of(
        [("a", "a", 1.0), ("a", "b", 2.0), ("b", "a", 1.0)],
        firms={
            "final_demand": {"a": 0.0, "b": 8.0},
            "stock_days": {"a": 3.0, "b": 6.0},
            "recovery_days": {"a": 10.0, "b": 10.0},
        },
        **DAY,
    )
    table = rows(net)
    # Without a there is no need for what b sends to it: stocks of 6 days at 9 a day are made into 54, not 48.
    assert table.loc["a", "buyers_survive"] == pytest.approx(54 / 8)
    assert table.loc["a", "performance_impact"] == pytest.approx(10 * 8 - 54)
    assert table.loc["b", "performance_impact"] == pytest.approx(10 * 8)


# ---- the simulation


@pytest.mark.parametrize("stocks", [(7, 5), (1, 1), (15, 3)])
@pytest.mark.parametrize("orders", ["past", "full", "no-return"])
@pytest.mark.parametrize("rationing", ["proportional", "smallest-first"])
def test_a_chain_loses_what_the_simulation_loses_in_the_window(stocks, orders, rationing):
    metal, car = stocks
    net = chain({"ore": 1, "metal": metal, "car": car}, recover=30.0)
    found = rows(net).loc["ore"]
    down = vc.Scenario(shocks=[vc.Shock(where={"firms": ["ore"]}, loss=1.0, start=0, days=30)])
    run = vc.simulate(net, down, model=vc.Inventory(orders=orders, rationing=rationing), days=60)
    met = run.firms["delivered_final"].sel(firm="car").to_numpy()
    # Cars are short from the first day after the time to survive, not a day earlier.
    assert np.flatnonzero(met < 20 - 1e-9)[0] == found["time_to_survive"] == metal + car
    assert found["performance_impact"] == pytest.approx(float((20 - met[:30]).sum()))
    # Goods need a day from ore to metal and a day from metal to car: two days more are lost after the window.
    if orders == "full" and rationing == "proportional":
        np.testing.assert_allclose(met[30:32], 0, atol=1e-9)
        assert met[32] > 0


# ---- what a network does not say


def test_missing_times_to_recover_are_said_once_and_noted():
    net = chain({"ore": 1, "metal": 7, "car": 5})
    firms = net.firms.assign(recovery_days=[8.0, np.nan, np.nan])
    net = vc.Network.from_tables(firms, net.links, **DAY)
    with pytest.warns(DefaultWarning, match=r"2 of 3 firms give no recovery_days.*taken as 30 days") as said:
        result = vc.exposure(net)
    assert len(said) == 1
    assert result.table.set_index("firm")["time_to_recover"].to_dict() == {"metal": 8, "car": 30, "ore": 30}
    assert any("2 of 3 firms give no recovery_days" in note for note in result.notes)
    again = vc.exposure(net, recovery_days=50)
    assert again.table.set_index("firm").loc["ore", "performance_impact"] == pytest.approx((50 - 12) * 20)
    assert (result.parameters["recovery_days"], again.parameters["recovery_days"]) == (30.0, 50.0)


def test_a_default_that_the_caller_chose_needs_no_warning():
    net = chain({"ore": 1, "metal": 7, "car": 5})
    net = vc.Network.from_tables(net.firms.drop(columns="recovery_days"), net.links, **DAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(net, recovery_days=20)["time_to_recover"].eq(20).all()


def test_the_end_of_a_chain_of_which_only_purchases_are_known():
    net = network_of([("ore", "metal", 4.0), ("metal", "car", 9.0)], **DAY)
    with pytest.warns(DefaultWarning, match=r"1 firms buy, sell nothing.*'car'"):
        table = rows(net, recovery_days=30)
    assert table.loc["car", "performance_impact"] == pytest.approx(30 * 9)
    assert table.loc["ore", "buyers_survive"] == pytest.approx(30)
    assert table.loc["metal", "performance_impact"] == pytest.approx(15 * 9)


def test_without_any_final_demand_there_is_nothing_to_lose():
    net = network_of([("a", "b", 1.0), ("b", "a", 2.0)], firms={"final_demand": {"a": 0.0, "b": 0.0}}, **DAY)
    with pytest.raises(InvalidDataError, match=r"final_demand is above 0 for no firm.*give final_demand"):
        vc.exposure(net, recovery_days=5)


@pytest.mark.parametrize("days", [0, -3, np.nan, np.inf, "5", True])
def test_days_that_are_none(days):
    net = chain({"ore": 1, "metal": 7, "car": 5})
    with pytest.raises(ParameterError, match="recovery_days"):
        vc.exposure(net, recovery_days=days)
    with pytest.raises(ParameterError, match="stock_days"):
        vc.exposure(net, stock_days=days)


def test_firms_that_are_not_there():
    net = chain({"ore": 1, "metal": 7, "car": 5})
    with pytest.raises(UnknownNameError, match=r"'orre'.*did you mean 'ore'(.|\n)*'x1'"):
        vc.exposure(net, firms=["orre", "x1", "car"])
    for none in ([], "ore"):
        with pytest.raises(ParameterError, match="not a list of firms"):
            vc.exposure(net, firms=none)
    assert vc.exposure(net, firms=["ore", "ore", "car"]).table["firm"].tolist() == ["car", "ore"]


# ---- the solver


def test_the_order_of_firms_and_a_cold_start_change_nothing(monkeypatch):
    net = vc.synthetic(firms=60, links_per_firm=4, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DefaultWarning)
        one = vc.exposure(net).table.set_index("firm")
    two = rows(net, firms=sorted(net.firm_ids, reverse=True)).loc[one.index]
    calls = []

    def cold(solver: exposure_solver.WarmSolver, pace: float) -> tuple[float, float]:
        solver._highs.clearSolver()
        calls.append(pace)
        return warm(solver, pace)

    warm = exposure_solver.WarmSolver._least
    monkeypatch.setattr(exposure_solver.WarmSolver, "_least", cold)
    three = rows(net).loc[one.index]
    assert len(calls) > 100
    assert (one["impact_elsewhere"] > 0).sum() > 5
    for other in (two, three):
        pd.testing.assert_frame_equal(other, one, rtol=1e-9, atol=1e-9)


def test_a_program_that_cannot_be_solved_is_said(monkeypatch):
    monkeypatch.setitem(exposure_solver._OPTIONS, "time_limit", 0.0)
    with pytest.raises(SolverError, match="could not be solved"):
        vc.exposure(chain({"ore": 1, "metal": 7, "car": 5}))


def test_an_option_that_the_solver_does_not_know_is_said(monkeypatch):
    monkeypatch.setitem(exposure_solver._OPTIONS, "no_such_option", 1)
    with pytest.raises(SolverError, match="no_such_option"):
        vc.exposure(chain({"ore": 1, "metal": 7, "car": 5}))


def test_nothing_is_printed_and_progress_is_told(capfd):
    seen: list[tuple[int, int]] = []
    vc.exposure(chain({"ore": 1, "metal": 7, "car": 5}), progress=lambda done, count: seen.append((done, count)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert capfd.readouterr() == ("", "")


def test_amounts_that_differ_by_a_billion_times():
    # A tiny chain beside a huge one: its loss is found to nine digits of its own.
    links = [("a", "b", 1e-4), ("b", "c", 3e-4), ("A", "B", 1e5), ("B", "C", 3e5)]
    final = {"c": 5e-4, "C": 5e5}
    ids = "abcABC"
    net = network_of(
        links,
        firms={
            "final_demand": {i: final.get(i, 0.0) for i in ids},
            "stock_days": dict(zip(ids, itertools.repeat(3.0), strict=False)),
            "recovery_days": dict.fromkeys(ids, 10.0),
        },
        **DAY,
    )
    table = rows(net)
    assert table.loc["a", "performance_impact"] == pytest.approx(4 * 5e-4, rel=1e-9)
    assert table.loc["A", "performance_impact"] == pytest.approx(4 * 5e5, rel=1e-9)
    assert table.loc["a", "buyers_survive"] == pytest.approx(6, rel=1e-9)

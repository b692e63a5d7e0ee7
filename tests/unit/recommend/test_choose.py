"""Choosing partners under a budget: the program equals the cascade, brute force over subsets, hand-made traps."""

import importlib
import itertools
import os
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import valuechain as vc
from tests.property.strategies import network_from, tables
from valuechain.errors import InvalidDataError, ModelWarning, ParameterError, SolverError
from valuechain.recommend.choose_branch import solve_plan
from valuechain.recommend.choose_case import Case, Options, case_of, tail_mean
from valuechain.recommend.choose_program import Limits
from valuechain.recommend.economy import activity_of, economy_of

# The function hides the module of its name.
choose_module = importlib.import_module("valuechain.recommend.choose")

quick = settings(
    max_examples=int(os.environ.get("VALUECHAIN_EXAMPLES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# Ids out of order. 'sink' needs p and q; 'b' (p) and 'a' (q) hang on the same mine; 'z' makes p elsewhere.
LINKS = [
    ("mine", "b", "ore", 4.0),
    ("mine", "a", "ore", 4.0),
    ("mine", "cheap", "ore", 4.0),
    ("b", "sink", "p", 10.0),
    ("a", "sink", "q", 10.0),
    ("cheap", "other", "p", 9.0),
    ("z", "other", "p", 9.0),
    ("full", "other", "q", 9.0),
    ("y", "other", "q", 9.0),
]
IDS = ["sink", "b", "mine", "a", "z", "cheap", "y", "other", "full"]


def net(**columns):
    firms = pd.DataFrame({"firm": IDS, "sector": "s", "output": 20.0, "capacity": 30.0})
    firms["country"] = ["DEU", "DEU", "CHN", "DEU", "FRA", "CHN", "POL", "DEU", "FRA"]
    firms.loc[firms["firm"] == "full", "capacity"] = 20.0
    frame = pd.DataFrame(LINKS, columns=["supplier", "buyer", "product", "flow"])
    return vc.Network.from_tables(firms.assign(**columns), frame, essential_rule="all", currency="kEUR")


def failing(*firms, loss=1.0, name=None):
    return vc.Scenario(name=name or "+".join(firms), shocks=[vc.Shock(where={"firms": list(firms)}, loss=loss)])


def table(*rows, **columns):
    return pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"]).assign(**columns)


P = [("z", "p", "sink", 5.0), ("cheap", "p", "sink", 1.0)]
Q = [("y", "q", "sink", 5.0), ("full", "q", "sink", 1.0)]


def chosen(result):
    return sorted(result.table["candidate"])


def test_the_cheap_one_that_shares_the_mine_and_the_full_one_are_not_taken():
    found = vc.choose(net(), table(*P, *Q), scenario=[failing("mine"), failing("b")], budget=10)
    assert chosen(found) == ["y", "z"]
    assert found.cost == 10
    # Without: mine stops mine, b, a, cheap, sink and half of other; b stops b and sink. With both the sink works.
    assert found.loss * 180 == pytest.approx((110 + 40) / 2)
    assert found.loss_after * 180 == pytest.approx((90 + 20) / 2)
    assert any("1 options were left out" in note for note in found.notes)  # 'full' has nothing to give


def test_two_links_that_gain_nothing_alone_are_taken_together():
    found = vc.choose(net(), table(*P[:1], *Q[:1]), scenario=failing("mine"), budget=10)
    assert chosen(found) == ["y", "z"]
    assert found.table["cut_alone"].tolist() == [0.0, 0.0]
    assert (found.table["cut_in_set"] > 0).all()
    plans = found.plans.table.set_index("plan")
    assert plans.loc["greedy", "loss_cut"] == 0.0
    assert found.plans.table["plan"].iloc[0] == "exact"


def test_money_that_buys_half_of_a_pair_buys_nothing():
    found = vc.choose(net(), table(*P[:1], *Q[:1]), scenario=failing("mine"), budget=9)
    assert found.table.empty
    assert found.cost == 0
    # mine, b, a, cheap, other and sink stop; both together save sink, 20 of 110.
    assert "z for p of sink; y for q of sink, for 10 kEUR, cuts 18.2 % of it" in found.notes[0]
    alone = vc.choose(net(), table(*P[:1]), scenario=failing("mine"), budget=9)
    assert alone.notes[0].startswith("No option cuts the loss")


def test_a_budget_of_nothing_buys_what_is_free_and_names_the_cheapest_where_nothing_is():
    with pytest.raises(ParameterError, match=r"budget 0 kEUR is below the cheapest option, 20 kEUR"):
        vc.choose(net(), table(("z", "p", "sink", 20.0)), scenario=failing("b"), budget=0)
    free = table(("z", "p", "sink", 0.0), ("cheap", "p", "sink", 20.0))
    assert vc.choose(net(), free, scenario=failing("b"), budget=0).table["candidate"].tolist() == ["z"]


def test_partners_and_countries_are_counted():
    rows = [*P, ("y", "q", "sink", 5.0)]
    two = [failing("a"), failing("b")]
    assert chosen(vc.choose(net(), table(*rows), scenario=two, budget=99, most_partners=1))[0] in {"cheap", "y", "z"}
    assert len(vc.choose(net(), table(*rows), scenario=two, budget=99, most_partners=1).table) == 1
    both = vc.choose(net(), table(*rows), scenario=failing("b"), budget=99, least_countries=2)
    assert both.table["country"].nunique() >= 2
    with pytest.raises(ParameterError, match="least_countries 4 is more than the 3 countries"):
        vc.choose(net(), table(*rows), scenario=two, budget=99, least_countries=4)
    with pytest.raises(ParameterError, match="least_countries 2 needs as many partners, and most_partners is 1"):
        vc.choose(net(), table(*rows), scenario=two, budget=99, least_countries=2, most_partners=1)


def test_orders_cost_by_unit_reach_a_minimum_and_share_a_joint_cost():
    rows = table(("z", "p", "sink", 1.0), unit_cost=3.0, joint_cost=3.0)
    found = vc.choose(net(), rows, scenario=failing("b", loss=0.4), budget=30)
    # b is short by 4 of 10: no more is ordered than helps, 1 + 3 + (3 - 1) * 4.
    assert found.table["order_value"].tolist() == pytest.approx([4.0], rel=1e-5)
    assert found.cost == pytest.approx(12.0, rel=1e-5)
    assert any("price above the usual one (unit_cost - 1)" in note for note in found.notes)
    least = vc.choose(net(), rows.assign(minimum=6.0), scenario=failing("b", loss=0.4), budget=30)
    assert least.cost == pytest.approx(16.0, rel=1e-5)
    # It has 10 to spare, and b is all that it could sell to.
    with pytest.raises(ParameterError, match=r"z has 10 .*to spare, below its minimum of 11; lower minimum, correct"):
        vc.choose(net(), rows.assign(minimum=11.0), scenario=failing("b"), budget=99)
    with pytest.raises(ParameterError, match="no option reaches the minimum order of its candidate; add buyers"):
        vc.choose(net(), rows.assign(minimum=9.0, share=0.5), scenario=failing("b"), budget=99)
    usual = vc.choose(net(), rows.assign(unit_cost=0.5, share=0.25), scenario=failing("b"), budget=9)
    assert usual.cost == pytest.approx(4.0)
    half = vc.choose(net(), rows.assign(unit_cost=0.0, share=0.25), scenario=failing("b"), budget=9)
    assert half.table["order_value"].tolist() == [2.5]


def test_bad_options_are_told_at_once():
    rows = table(
        ("z", "p", "sink", -1.0), ("nobody", "p", "sink", 1.0), ("z", "q", "b", 1.0), ("sink", "p", "sink", 1.0)
    )
    with pytest.raises(InvalidDataError) as told:
        vc.choose(net(), rows, scenario=failing("b"), budget=9)
    text = str(told.value)
    assert "options row 2: cost '-1.0' is negative" in text or "options row 2: cost '-1' is negative" in text
    assert "row 3: candidate 'nobody' is not in firms" in text
    assert "row 4: product 'q' is not bought by 'b'" in text
    assert "row 5: candidate 'sink' is the buyer itself" in text
    with pytest.raises(InvalidDataError, match="row 2: cost is empty; give the cost"):
        vc.choose(net(), table(("z", "p", "sink", np.nan)), scenario=failing("b"), budget=9)
    with pytest.raises(InvalidDataError) as told:
        vc.choose(net(), table(("z", "p", "sink", "abc")), scenario=failing("b"), budget=9)
    assert str(told.value) == (
        "options row 2: cost 'abc' is not a number; write digits without a unit; 0 if there is no cost"
    )
    with pytest.raises(InvalidDataError, match="has no column of costs"):
        vc.choose(net(), table(*P).drop(columns="cost"), scenario=failing("b"), budget=9)
    with pytest.raises(ParameterError, match=r"budget 0\.5000 kEUR is below the cheapest option, 1 kEUR \(cheap for p"):
        vc.choose(net(), table(*P), scenario=failing("b"), budget=0.5)
    with pytest.raises(ParameterError, match="none of the 1 options can change anything"):
        vc.choose(net(), table(Q[1]), scenario=failing("b"), budget=5)
    with pytest.raises(ParameterError) as limits:
        vc.choose(net(), table(*P), scenario=failing("b"), budget=-5, most_partners=0, tail=1.5)
    assert [line.split()[0] for line in str(limits.value).splitlines()] == ["budget", "most_partners", "tail"]


def test_outside_candidates_are_firms_that_may_fail_too():
    few = pd.DataFrame(
        {"firm": ["far", "dim"], "product": "p", "country": ["POL", "POL"], "spare_capacity": [4.0, np.nan]}
    )
    base = net()
    network = vc.Network.from_tables(base.firms, base.links, candidates=few, essential_rule="all", currency="kEUR")
    found = vc.choose(network, table(("far", "p", "sink", 1.0)), scenario=failing("b"), budget=5)
    assert found.table["order_value"].tolist() == [4.0]
    assert found.loss * 180 == pytest.approx(40)
    assert found.loss_after * 180 == pytest.approx(20 + 12)
    storm = vc.Scenario(name="storm", shocks=[vc.Shock(where={"country": "POL"}, loss=1.0), *failing("b").shocks])
    assert vc.choose(network, table(("far", "p", "sink", 1.0)), scenario=storm, budget=5).table.empty
    with pytest.raises(InvalidDataError, match="'dim' has no known spare capacity"):
        vc.choose(network, table(("dim", "p", "sink", 1.0)), scenario=failing("b"), budget=5)


def test_the_tail_can_count_instead_of_the_mean():
    # z helps a little often, y much but rarely; one of them can be paid.
    often, rare = failing("b", loss=0.3, name="often"), failing("a", loss=1.0, name="rare")
    rows = table(("z", "p", "sink", 5.0), ("y", "q", "sink", 5.0))
    options = {"scenario": [often, rare], "probabilities": [0.95, 0.05], "budget": 5}
    assert chosen(vc.choose(net(), rows, **options)) == ["z"]
    assert chosen(vc.choose(net(), rows, tail_weight=1.0, tail=0.95, **options)) == ["y"]
    assert tail_mean(np.array([5.0, 1.0, 9.0]), np.array([0.5, 0.4, 0.1]), 0.8) == pytest.approx((0.9 + 0.5) / 0.2)


def test_more_money_never_cuts_less(monkeypatch):
    rows = table(*P[:1], ("y", "q", "sink", 3.0), ("cheap", "p", "sink", 1.0))
    cases = [failing("mine"), failing("a"), failing("b", loss=0.5)]
    front = vc.cost_front(net(), rows, scenario=cases, points=6).table
    assert (np.diff(front["cost"]) > 0).all()
    assert (np.diff(front["loss_cut"]) > 0).all()
    best = vc.choose(net(), rows, scenario=cases, budget=99)
    assert front["loss_cut"].iloc[-1] == pytest.approx(1 - best.loss_after / best.loss, abs=1e-3)
    with pytest.raises(ParameterError, match="points 1"):
        vc.cost_front(net(), rows, scenario=cases, points=1)

    def late(case, limits, *, loss):
        raise SolverError("no cheaper set in time")

    monkeypatch.setattr(importlib.import_module("valuechain.recommend.cost_front"), "cheapest_set", late)
    again = vc.cost_front(net(), rows, scenario=cases, points=6).table
    assert again["loss_cut"].iloc[-1] == pytest.approx(1 - best.loss_after / best.loss, abs=1e-3)


# ---- against independent programs


def random_case(given_tables, seed, count=4):
    """Return a case of a random network with random options and three scenarios."""
    draw = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        economy = economy_of(network_from(given_tables), spare_share=0.5)
    if economy.n_slots == 0:
        return None
    n = economy.network.n_firms
    pairs = sorted({(int(draw.integers(economy.n_slots)), int(draw.integers(n))) for _ in range(count)})
    pairs = [(k, f) for k, f in pairs if economy.graph.slot_buyer[k] != f and economy.spare[f] > 0]
    slot, firm = (np.array([p[k] for p in pairs], dtype=np.int64) for k in (0, 1))
    none = np.zeros(len(pairs))
    options = Options(
        slot=slot,
        firm=firm,
        limit=np.minimum(economy.graph.need[slot], economy.spare[firm]),
        fixed=draw.integers(1, 5, len(pairs)).astype(float),
        unit=none,
        joint=none,
        minimum=none,
        country=np.full(len(pairs), -1),
    )
    surviving = np.where(draw.random((3, n)) < 0.4, draw.random((3, n)).round(1), 1.0)
    return case_of(economy, options, surviving, np.array([0.5, 0.3, 0.2]))


def least_loss(case, chosen_):
    """Solve for the activities of each scenario with a set given, dense, without any bound worked out before."""
    economy, options = case.economy, case.options
    graph, n, some = economy.graph, economy.network.n_firms, np.flatnonzero(chosen_)
    total = 0.0
    for u, p in zip(case.surviving, case.probability, strict=True):
        rows, limits = [], []
        for k in range(economy.n_slots):
            row = np.zeros(n + len(some))
            row[graph.slot_buyer[k]] += 1.0
            for e in range(graph.link_start[k], graph.link_start[k + 1]):
                row[graph.supplier[e]] -= graph.share[e]
            row[n:][options.slot[some] == k] = -1.0 / graph.need[k]
            rows.append(row)
            limits.append(0.0)
        for f in np.unique(options.firm[some]):
            row = np.zeros(n + len(some))
            row[n:][options.firm[some] == f] = 1.0
            row[f] -= economy.spare[f]
            rows.append(row)
            limits.append(0.0)
        bounds = [(0, v) for v in u] + [(0, v) for v in options.limit[some]]
        answer = linprog(np.r_[-economy.value, np.zeros(len(some))], A_ub=np.array(rows), b_ub=limits, bounds=bounds)
        total += p * (u @ economy.value + answer.fun)
    return total


@quick
@given(given_tables=tables(max_firms=6), seed=st.integers(0, 99))
def test_without_candidates_the_program_is_the_cascade(given_tables, seed):
    case = random_case(given_tables, seed)
    if case is None:
        return
    # Bounds that say nothing: the program has to find the greatest fixed point by itself.
    nobody = case.options.only(np.zeros(len(case.options), dtype=bool))
    free = Case(
        economy=case.economy,
        options=nobody,
        surviving=case.surviving,
        probability=case.probability,
        low=np.zeros_like(case.low),
        high=case.surviving,
    )
    plan = solve_plan(free, Limits(gap=0.0))
    cascade = activity_of(case.economy, case.surviving)
    lost = case.expected((case.surviving - cascade) @ case.economy.value)
    assert plan.loss == pytest.approx(lost, abs=1e-6 * case.economy.value.sum())


@quick
@given(given_tables=tables(max_firms=6), seed=st.integers(0, 99))
def test_the_exact_set_is_that_of_trying_all_subsets(given_tables, seed):
    case = random_case(given_tables, seed)
    if case is None or not len(case.options):
        return
    n, budget = len(case.options), 6.0
    sets = [
        np.array(s) for s in itertools.product([False, True], repeat=n) if case.options.fixed @ np.array(s) <= budget
    ]
    least = min(least_loss(case, s) for s in sets)
    plan = solve_plan(case, Limits(budget=budget, gap=0.0))
    size = case.economy.value.sum()
    assert plan.loss == pytest.approx(least, abs=2e-6 * size)
    assert case.options.cost(plan.chosen, plan.order) <= budget + 1e-9
    # Simulated with sharing by need it cannot beat the central planner, and deliveries keep to spare capacity.
    own = case.expected((1 - case.surviving) @ case.economy.value)
    assert case.expected(case.losses(plan.chosen, plan.order)) >= least + own - 1e-6 * size
    given_ = case.delivered(plan.chosen, plan.order)
    activity = activity_of(case.economy, case.surviving, backups=case.backups(plan.chosen, plan.order))
    for f in np.unique(case.options.firm):
        used = given_[:, case.options.firm == f].sum(axis=1)
        assert (used <= case.economy.spare[f] * activity[:, f] * (1 + 1e-9) + 1e-12).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_suggested_set_never_loses_to_the_best_single_candidate(seed):
    network = vc.synthetic(firms=60, seed=seed)
    economy = economy_of(network, spare_share=0.5)
    draw = np.random.default_rng(seed)
    links = network.links.iloc[draw.choice(network.n_links, 12, replace=False)]
    sellers = draw.choice(network.firm_ids, 12)
    rows = links.assign(candidate=sellers, cost=draw.integers(1, 4, 12).astype(float))
    products = network.products[network.product[links.index]]
    rows = rows[["candidate", "buyer", "cost"]].assign(product=products)
    rows = rows[rows["candidate"] != rows["buyer"]].drop_duplicates(["candidate", "product", "buyer"])
    shocks = [failing(str(f), loss=0.8) for f in draw.choice(network.firm_ids, 6, replace=False)]
    found = vc.choose(network, rows, scenario=shocks, budget=3, spare_share=0.5)
    plans = found.plans.table.set_index("plan")
    assert plans["loss_cut"].iloc[0] == pytest.approx(plans["loss_cut"].max())
    assert 1 - found.loss_after / found.loss >= plans.loc["best single", "loss_cut"] - 1e-12
    assert found.cost <= 3
    assert economy.n_slots > 0


def test_a_gap_that_is_not_proven_in_time_is_said(monkeypatch):
    found = choose_module.sets_of

    def slow(case, limits):
        return [
            replace(s, plan=replace(s.plan, gap=0.2)) if s.plan else replace(s, is_whole=False)
            for s in found(case, limits)
        ]

    monkeypatch.setattr(choose_module, "sets_of", slow)
    with pytest.warns(ModelWarning, match=r"the time of 60 s was over at a gap of 20\.00% of the loss, not 0\.10%"):
        result = vc.choose(net(), table(*P), scenario=failing("b"), budget=9)
    assert result.gap == 0.2
    assert any("are what 60 s allowed" in note for note in result.notes)

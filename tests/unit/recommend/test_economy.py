"""The static economy of essential inputs: closed forms, a linear program, and the plain iteration of its map."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import valuechain as vc
from tests.property.strategies import network_from, shuffled, tables
from valuechain.errors import DefaultWarning, ParameterError
from valuechain.recommend.economy import Backups, activity_of, delivered_of, economy_of, losses_of

quick = settings(
    max_examples=int(os.environ.get("VALUECHAIN_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def economy(links, capacity=None, **firms):
    """Return the economy of (supplier, buyer, product, flow) rows; every input is essential."""
    rows = pd.DataFrame(links, columns=["supplier", "buyer", "product", "flow"])
    ids = sorted({*rows["supplier"], *rows["buyer"]}, reverse=True)
    table = pd.DataFrame({"firm": ids, "sector": "s", "output": 100.0, **firms})
    if capacity is not None:
        table["capacity"] = table["firm"].map(capacity)
    network = vc.Network.from_tables(table, rows, essential_rule="all")
    return economy_of(network, spare_share=0.0)


def surviving(eco, **left):
    u = np.ones((1, eco.network.n_firms))
    for firm, part in left.items():
        u[0, eco.network.positions([firm])] = part
    return u


def activity(eco, backups=None, **left):
    x = activity_of(eco, surviving(eco, **left), backups=backups)
    return dict(zip(eco.network.firm_ids, x[0].tolist(), strict=True))


CHAIN = [("b", "c", "p", 10.0), ("a", "b", "q", 6.0), ("d", "b", "q", 2.0)]


def test_a_buyer_is_short_by_the_share_of_the_supplier_that_fails():
    eco = economy(CHAIN)
    x = activity(eco, a=0.0)
    assert x == pytest.approx({"a": 0, "d": 1, "b": 0.25, "c": 0.25})
    assert losses_of(eco, activity_of(eco, surviving(eco, a=0.0))) == pytest.approx([250.0])


def test_the_worst_essential_input_binds_and_class_1_stops_nobody():
    rows = [*CHAIN, ("e", "b", "r", 1.0)]
    assert activity(economy(rows), a=0.8, e=0.4)["b"] == pytest.approx(0.4)
    frame = pd.DataFrame(rows, columns=["supplier", "buyer", "product", "flow"])
    firms = pd.DataFrame({"firm": list("abcde"), "sector": "s"})
    essential = pd.DataFrame({"input": ["q", "r"], "buyer_sector": ["s", "s"], "class": [2, 1]})
    network = vc.Network.from_tables(firms, frame, essential=essential)
    assert activity(economy_of(network, spare_share=0), a=0.8, e=0.4)["b"] == pytest.approx(0.85)


def test_mutual_suppliers_keep_each_other_running():
    eco = economy([("a", "b", "p", 1.0), ("b", "a", "q", 1.0), ("c", "a", "r", 1.0)])
    assert activity(eco) == {"a": 1, "b": 1, "c": 1}
    assert activity(eco, c=0.5) == {"a": 0.5, "b": 0.5, "c": 0.5}


def test_what_a_firm_supplies_to_itself_holds_nobody_up():
    with pytest.warns(vc.ValueChainWarning, match="itself"):
        eco = economy([("a", "b", "p", 1.0), ("b", "b", "p", 9.0)])
    assert activity(eco, a=0.3)["b"] == pytest.approx(0.3)


def test_spare_capacity_is_capacity_less_output_and_unknown_is_a_share_that_is_said():
    firms = pd.DataFrame({"firm": ["b", "a"], "sector": "s", "output": [50.0, 10.0], "capacity": [60.0, None]})
    links = pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1.0]})
    network = vc.Network.from_tables(firms, links, essential_rule="all")
    with pytest.warns(DefaultWarning, match=r"1 of 2 firms .* give no capacity: 10% of their output"):
        eco = economy_of(network)
    np.testing.assert_allclose(eco.spare, [10, 1])
    assert eco.has_capacity.tolist() == [True, False]
    np.testing.assert_allclose(economy_of(network, spare_share=0).spare, [10, 0])
    with pytest.raises(ParameterError, match="spare_share -1"):
        economy_of(network, spare_share=-1)


def backup(eco, pairs, spare):
    """Return back-ups (firm, buyer, product, limit); ``spare`` by firm."""
    net = eco.network
    firms = sorted({f for f, *_ in pairs})
    slot = []
    for _, buyer, product, _ in pairs:
        at = [
            k
            for k in range(eco.n_slots)
            if net.firm_ids[eco.graph.slot_buyer[k]] == buyer and net.products[eco.slot_product[k]] == product
        ]
        slot += at
    return Backups(
        slot=np.array(slot),
        pool=np.array([firms.index(f) for f, *_ in pairs]),
        limit=np.array([limit for *_, limit in pairs], dtype=float),
        pool_firm=net.positions(firms),
        pool_spare=np.array([spare[f] for f in firms], dtype=float),
    )


TWO = [("a", "b", "q", 8.0), ("a", "c", "q", 4.0), ("f", "z", "p", 1.0), ("g", "z", "p", 1.0)]


def test_a_backup_delivers_what_it_has_while_it_works():
    eco = economy(TWO)
    pair = backup(eco, [("f", "b", "q", np.inf)], {"f": 4})
    assert activity(eco, pair, a=0.0)["b"] == pytest.approx(0.5)
    assert activity(eco, pair, a=0.0, f=0.5)["b"] == pytest.approx(0.25)
    assert activity(eco, pair, a=0.75)["b"] == pytest.approx(1.0)
    assert activity(eco, backup(eco, [("f", "b", "q", 2.0)], {"f": 4}), a=0.0)["b"] == pytest.approx(0.25)


def test_two_buyers_never_get_the_same_capacity():
    eco = economy(TWO)
    pair = backup(eco, [("f", "b", "q", np.inf), ("f", "c", "q", np.inf)], {"f": 6})
    x = activity(eco, pair, a=0.0)
    assert (x["b"], x["c"]) == pytest.approx((0.5, 0.5))
    u = surviving(eco, a=0.0)
    given_ = delivered_of(eco, u, activity_of(eco, u, backups=pair), pair)
    np.testing.assert_allclose(given_, [[4.0, 2.0]])


def test_a_second_backup_is_called_for_the_rest():
    eco = economy(TWO)
    pair = backup(eco, [("g", "b", "q", np.inf), ("f", "b", "q", np.inf), ("f", "c", "q", np.inf)], {"f": 6, "g": 2})
    u = surviving(eco, a=0.0)
    x = activity_of(eco, u, backups=pair)
    # f is asked by c first (its first back-up) for 4, then by b for the 6 that g leaves: 2 are left.
    np.testing.assert_allclose(delivered_of(eco, u, x, pair), [[2.0, 2.0, 4.0]])


def plain_activity(eco, u, backups):
    """Iterate the map from above, each step written out anew."""
    graph, pools = eco.graph, backups.arrays
    x = u.copy()
    for _ in range(5000):
        supply = np.array(
            [
                sum(graph.share[e] * x[graph.supplier[e]] for e in range(graph.link_start[k], graph.link_start[k + 1]))
                for k in range(eco.n_slots)
            ]
        )
        lack = {int(k): graph.need[k] * max(0.0, u[graph.slot_buyer[k]] - supply[k]) for k in pools.slot}
        left = pools.spare * x[pools.firm]
        for turn in range(max(np.diff(pools.link_start), default=0)):
            calls = []
            for q, k in enumerate(pools.slot):
                e = pools.link_start[q] + turn
                if e < pools.link_start[q + 1]:
                    calls.append((int(k), pools.pool[e], min(lack[int(k)], pools.limit[e])))
            for p in range(len(left)):
                asked = sum(a for _, pool, a in calls if pool == p)
                part = 1.0 if asked <= left[p] else left[p] / asked
                for k, pool, a in calls:
                    if pool == p:
                        lack[k] -= part * a
                left[p] = max(0.0, left[p] - part * asked)
        new = u.copy()
        for k in range(eco.n_slots):
            j = graph.slot_buyer[k]
            got = max(supply[k], u[j] - lack[k] / graph.need[k]) if k in lack else supply[k]
            new[j] = min(new[j], got)
        if np.abs(new - x).max() < 1e-13:
            break
        x = new
    return x


@st.composite
def cases(draw):
    """Return an economy, surviving capacities and back-ups, all drawn."""
    given_tables = draw(tables())
    kept = given_tables if draw(st.booleans()) else {k: given_tables[k] for k in ("firms", "links")}
    network = network_from(kept, essential_rule="all")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        eco = economy_of(network, spare_share=0.3)
    part = st.one_of(st.just(1.0), st.just(0.0), st.floats(0, 1))
    u = np.array(draw(st.lists(part, min_size=network.n_firms, max_size=network.n_firms)))
    count = draw(st.integers(0, 5)) if eco.n_slots else 0
    firms = np.array(draw(st.lists(st.integers(0, network.n_firms - 1), min_size=3, max_size=3)))
    integers = [draw(st.integers(0, max(eco.n_slots - 1, 0))) for _ in range(count)]
    backups = Backups(
        slot=np.array(integers, dtype=np.int64),
        pool=np.array([draw(st.integers(0, 2)) for _ in range(count)], dtype=np.int64),
        limit=np.array([draw(st.sampled_from([np.inf, 1.0, 50.0])) for _ in range(count)], dtype=np.float64),
        pool_firm=firms,
        pool_spare=np.array([draw(st.floats(0, 300)) for _ in range(3)]),
    )
    return eco, u, backups


@quick
@given(cases())
def test_activity_is_that_of_the_plain_iteration_and_no_pool_gives_more_than_it_has(case):
    eco, u, backups = case
    x = activity_of(eco, u[None], backups=backups)
    np.testing.assert_allclose(x[0], plain_activity(eco, u, backups), atol=1e-7)
    given_ = delivered_of(eco, u[None], x, backups)[0]
    used = np.bincount(backups.pool, weights=given_, minlength=3)
    assert (used <= backups.pool_spare * x[0][backups.pool_firm] + 1e-9).all()
    assert (given_ <= backups.limit + 1e-9).all()
    assert (activity_of(eco, u[None])[0] <= x[0] + 1e-9).all()


@quick
@given(cases())
def test_without_backups_the_activity_is_the_optimum_of_the_linear_program(case):
    eco, u, _ = case
    graph = eco.graph
    rows = np.zeros((eco.n_slots, len(u)))
    for k in range(eco.n_slots):
        rows[k, graph.slot_buyer[k]] += 1
        links = slice(graph.link_start[k], graph.link_start[k + 1])
        np.subtract.at(rows[k], graph.supplier[links], graph.share[links])
    found = linprog(
        -np.ones(len(u)), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=np.column_stack([np.zeros(len(u)), u])
    )
    np.testing.assert_allclose(activity_of(eco, u[None])[0].sum(), -found.fun, atol=1e-6)


@quick
@given(tables(), st.integers(0, 99))
def test_row_order_changes_no_activity(given_tables, seed):
    losses = []
    for rows in (given_tables, shuffled(given_tables, seed)):
        network = network_from({k: rows[k] for k in ("firms", "links")}, essential_rule="all")
        eco = economy_of(network, spare_share=0)
        u = np.ones((1, network.n_firms))
        u[0, network.positions([min(network.firm_ids)])] = 0.25
        losses.append(losses_of(eco, activity_of(eco, u))[0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-9, abs=1e-9)


def test_number_of_threads_changes_nothing():
    network = vc.synthetic(firms=200, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        eco = economy_of(network, spare_share=0.1)
    u = np.where(np.random.default_rng(1).random((7, 200)) < 0.03, 0.2, 1.0)
    one = activity_of(eco, u, threads=1)
    assert (one == activity_of(eco, u, threads=3)).all()

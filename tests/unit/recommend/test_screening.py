"""What candidates are worth alone: the quick way against whole simulations, statistics against closed forms."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.conftest import network_of
from tests.property.strategies import network_from, tables
from tests.reference import brute_partners
from valuechain.models.ensemble_measures import tail_mean
from valuechain.recommend.economy import Backups, activity_of, delivered_of, economy_of, losses_of
from valuechain.recommend.hazards import hazards_of
from valuechain.recommend.judged import likely_slots
from valuechain.recommend.makers import sold_products
from valuechain.recommend.places import places_of
from valuechain.recommend.screening import ANY, screened
from valuechain.recommend.shared_points import hanging
from valuechain.recommend.worth import checked_tail, how_sure, tail_loss

quick = settings(
    max_examples=int(os.environ.get("VALUECHAIN_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@st.composite
def cases(draw):
    """Return tables, their economy, surviving capacities, and a slot with a firm that supplies it newly."""
    drawn = {k: v for k, v in draw(tables()).items() if k != "essential"}
    network = network_from(drawn, essential_rule="all")
    eco = economy_of(network, spare_share=draw(st.sampled_from([0.2, 3.0])))
    part = st.one_of(st.just(1.0), st.just(0.0), st.floats(0, 1))
    left = draw(st.lists(part, min_size=network.n_firms, max_size=network.n_firms))
    slot = draw(st.integers(0, max(eco.n_slots - 1, 0)))
    firm = draw(st.integers(0, network.n_firms - 1))
    return drawn, eco, np.array([left]), slot, firm


def backup(eco, slot, firm, spare):
    one = np.array([0])
    return Backups(slot=one + slot, pool=one, limit=np.array([np.inf]), pool_firm=one + firm, pool_spare=one + spare)


@quick
@given(cases())
def test_a_candidate_is_worth_what_whole_simulations_differ_by(case):
    _, eco, u, slot, firm = case
    if not eco.n_slots:
        return
    base = activity_of(eco, u)
    spare = eco.spare[[firm, firm]]
    found = screened(eco, u, base, slot=np.array([slot] * 2), firm=np.array([firm, ANY]), spare=spare)
    links = backup(eco, slot, firm, eco.spare[firm])
    having = activity_of(eco, u, backups=links)
    scale = eco.value.sum() + 1
    saved = losses_of(eco, base) - losses_of(eco, having)
    np.testing.assert_allclose(found.cut[:, 0], saved, atol=1e-6 * scale)
    j = eco.graph.slot_buyer[slot]
    np.testing.assert_allclose(found.own[:, 0], eco.value[j] * (having - base)[:, j], atol=1e-6 * scale)
    if saved > 1e-6 * scale:
        np.testing.assert_allclose(found.given[:, 0], delivered_of(eco, u, having, links)[:, 0], atol=1e-6 * scale)
    plenty = activity_of(eco, u, backups=backup(eco, slot, firm, 1e12))
    if plenty[0, firm] > 1e-3:
        most = losses_of(eco, base) - losses_of(eco, plenty)
        np.testing.assert_allclose(found.cut[:, 1], most, atol=1e-6 * scale)
    assert found.cut[0, 1] >= found.cut[0, 0] - 1e-8 * scale


@quick
@given(cases())
def test_a_candidate_is_worth_what_an_independent_simulation_says(case):
    drawn, eco, u, slot, firm = case
    if not eco.n_slots:
        return
    net = eco.network
    ids = net.firm_ids
    link = (ids[firm], ids[eco.graph.slot_buyer[slot]], net.products[eco.slot_product[slot]])
    spare = eco.spare[[firm]]
    found = screened(eco, u, activity_of(eco, u), slot=np.array([slot]), firm=np.array([firm]), spare=spare)
    left, value = dict(zip(ids, u[0], strict=True)), dict(zip(ids, eco.value, strict=True))
    brute = brute_partners.cut(drawn["firms"], drawn["links"], left, [link], {ids[firm]: spare[0]}, value)
    assert found.cut[0, 0] == pytest.approx(brute, abs=1e-6 * (eco.value.sum() + 1))


def one_loop():
    """Return a network in which M feeds J, J feeds A, and A and B need each other; C could feed J as M does."""
    firms = pd.DataFrame(
        [
            ("M", "ore", 100.0, 100.0),
            ("C", "ore", 50.0, 100.0),
            ("K", "other", 50.0, 50.0),
            ("J", "metal", 100.0, 100.0),
            ("B", "tool", 100.0, 100.0),
            ("A", "part", 100.0, 100.0),
        ],
        columns=["firm", "sector", "output", "capacity"],
    ).assign(fixed_cost=1.0, unit_cost=1.0)
    links = [("M", "J", "ore", 40.0), ("C", "K", "ore", 40.0), ("J", "A", "metal", 40.0)]
    links += [("B", "A", "tool", 40.0), ("A", "B", "part", 40.0)]
    table = pd.DataFrame(links, columns=["supplier", "buyer", "product", "flow"])
    return vc.Network.from_tables(firms, table, name="loop", currency="EUR", essential_rule="all")


def test_firms_below_the_buyer_that_need_each_other_rise_with_it():
    # M loses half, so J, A and B make half: 200 lost. With C only M's own 50 are lost; A and B held each other down
    # no more than J did.
    half = vc.Scenario(name="half", shocks=[vc.Shock(where={"firms": ["M"]}, loss=0.5)])
    found = vc.partners(one_loop(), buyer="J", product="ore", scenario=half)
    assert found.expected_loss == pytest.approx(200)
    assert found.table["loss_cut"].tolist() == pytest.approx([150])
    assert found.needs.table["most_to_gain"].tolist() == pytest.approx([150])
    steps = vc.partner_steps(one_loop(), found.table, scenario=half)
    assert steps.table["alone_cut"].tolist() == pytest.approx([150])

    # What is told: no interval where nothing was drawn, no loops to blame where a partner helps, one step is not many.
    told = " ".join([*found.notes, *steps.notes])
    assert "(150 to 150)" not in told
    assert "loops" not in told
    assert "1 step cuts 150" in told
    assert "nobody gets" not in told


def test_a_card_names_the_firms_that_a_drawn_scenario_hits():
    often = vc.Shock(where={"firms": ["M"]}, loss=0.5, probability=0.5)
    drawn = vc.partners(one_loop(), buyer="J", scenario=vc.Scenario(name="fire", shocks=[often]), runs=20, tail=0)
    assert drawn.evidence.table["covers"].str.contains(r"fire \d+ \(hit: M\)").all()
    assert "in the worst" not in " ".join(drawn.notes)


def test_firms_that_need_each_other_rise_no_further_than_another_input_lets_them():
    # A also needs K, which loses 0.3 of its capacity: A and B rise from 0.5 to 0.7, J to all it can make.
    net = one_loop()
    more = pd.DataFrame([("K", "A", "other", 10.0)], columns=["supplier", "buyer", "product", "flow"])
    links = pd.concat([net.links[["supplier", "buyer", "product", "flow"]], more], ignore_index=True)
    net = vc.Network.from_tables(net.firms, links, name="loop", currency="EUR", essential_rule="all")
    hit = [vc.Shock(where={"firms": ["M"]}, loss=0.5), vc.Shock(where={"firms": ["K"]}, loss=0.3)]
    found = vc.partners(net, buyer="J", product="ore", scenario=vc.Scenario(name="two", shocks=hit))
    assert found.table["loss_cut"].tolist() == pytest.approx([50 + 20 + 20])


def looped(seed):
    """Return tables of nine firms, unsorted, full of loops of essential inputs, and the capacity left of each."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation([f"f{k}" for k in range(9)])
    makes = dict(zip(ids, "abcabcabc", strict=True))
    pairs = [(i, j) for i in ids for j in ids if makes[i] != makes[j] and rng.random() < 0.25]
    pairs += [(i, j) for i, j in zip(ids, np.roll(ids, 1), strict=True) if (i, j) not in pairs and rng.random() < 0.5]
    links = pd.DataFrame(pairs, columns=["supplier", "buyer"]).assign(
        flow=rng.integers(1, 10, len(pairs)).astype(float)
    )
    sold = links.groupby("supplier")["flow"].sum().reindex(ids, fill_value=1.0)
    output = (sold + rng.integers(0, 5, 9)).to_numpy()
    firms = pd.DataFrame({"firm": ids, "sector": [makes[i] for i in ids], "output": output})
    firms["capacity"] = output + rng.integers(0, 6, 9)
    left = dict.fromkeys(ids.tolist(), 1.0) | dict.fromkeys(rng.choice(ids, 3, replace=False).tolist(), 0.5)
    return firms, links, left


def test_in_networks_full_of_loops_a_candidate_is_worth_what_an_independent_simulation_says():
    helped = 0
    for seed in range(12):
        firms, links, left = looped(seed)
        net = vc.Network.from_tables(firms, links, name="loops", currency="EUR", essential_rule="all")
        eco, ids = economy_of(net, spare_share=0), net.firm_ids
        u = np.array([[left[i] for i in ids]])
        slot, firm = (a.ravel() for a in np.meshgrid(np.arange(eco.n_slots), np.arange(net.n_firms)))
        keep = (eco.spare[firm] > 0) & (eco.graph.slot_buyer[slot] != firm) & (np.arange(len(slot)) % 4 == seed % 4)
        slot, firm = slot[keep], firm[keep]
        base = activity_of(eco, u)
        found = screened(eco, u, base, slot=slot, firm=firm, spare=eco.spare[firm]).cut[0]
        value, spare = dict(zip(ids, eco.value, strict=True)), dict(zip(ids, eco.spare, strict=True))
        for k, (s, f) in enumerate(zip(slot, firm, strict=True)):
            link = (ids[f], ids[eco.graph.slot_buyer[s]], net.products[eco.slot_product[s]])
            brute = brute_partners.cut(firms, links, left, [link], spare, value)
            assert found[k] == pytest.approx(brute, abs=1e-7), (seed, link)
            helped += brute > 1e-6
    assert helped > 30


def falls_with(eco, first):
    """Return which firms stop when one fails: a firm with an essential slot without a working supplier does."""
    graph, down = eco.graph, np.arange(eco.network.n_firms) == first
    for _ in down:
        for k in range(eco.n_slots):
            if down[graph.supplier[graph.link_start[k] : graph.link_start[k + 1]]].all():
                down[graph.slot_buyer[k]] = True
    return down


@quick
@given(tables())
def test_shared_points_are_those_whose_failure_stops_all_of_the_firms(given_tables):
    net = network_from({k: given_tables[k] for k in ("firms", "links")}, essential_rule="all")
    hangs = hanging(net)
    eco = economy_of(net, spare_share=0)
    stopped = np.array([falls_with(eco, f) for f in range(net.n_firms)])
    for firm in range(net.n_firms):
        assert hangs.stoppers(firm).tolist() == np.flatnonzero(stopped[:, firm]).tolist()
    pair = np.array([0, net.n_firms - 1])
    assert hangs.of_all(pair).tolist() == np.flatnonzero(stopped[:, pair].all(axis=1)).tolist()
    assert hangs.of_all(np.zeros(0, dtype=np.int64)).tolist() == []


def test_of_many_needs_those_are_taken_whose_buyer_loses_most_by_them():
    links = [("a", "b", 4.0, "q"), ("c", "d", 4.0, "q"), ("a", "e", 4.0, "q"), ("f", "e", 1.0, "r")]
    net = network_of(links, firms={"output": {**dict.fromkeys("abcdf", 10.0), "e": 15.0}}, essential_rule="all")
    eco = economy_of(net, spare_share=0)
    cases = [vc.Scenario(name=f, shocks=[vc.Shock(where={"firms": [f]}, loss=0.5)]) for f in ("a", "c")]
    hazards = hazards_of(net, cases, probabilities=[0.5, 0.4])
    base = activity_of(eco, hazards.surviving)
    every = np.arange(eco.n_slots)
    names = [(net.firm_ids[eco.graph.slot_buyer[k]], net.products[eco.slot_product[k]]) for k in every]
    # e loses 15 x 0.5 x 0.5 by q, b 10 x 0.5 x 0.5, d 10 x 0.5 x 0.4; r never holds e down.
    assert {names[k] for k in likely_slots(eco, hazards, base, every, most=2)} == {("e", "q"), ("b", "q")}
    assert likely_slots(eco, hazards, base, every, most=9).tolist() == every.tolist()


def test_threads_change_nothing_and_candidates_may_be_in_any_order():
    net = vc.synthetic(firms=150, seed=5)
    eco = economy_of(net, spare_share=0.4)
    u = np.where(np.random.default_rng(2).random((9, 150)) < 0.05, 0.3, 1.0)
    base = activity_of(eco, u)
    rng = np.random.default_rng(0)
    slot, firm = rng.integers(0, eco.n_slots, 40), rng.integers(0, 150, 40)
    one = screened(eco, u, base, slot=slot, firm=firm, spare=eco.spare[firm], threads=1).cut
    two = screened(eco, u, base, slot=slot[::-1], firm=firm[::-1], spare=eco.spare[firm][::-1], threads=4).cut
    assert one.any()
    assert (one == two[:, ::-1]).all()


def test_tail_loss_is_the_mean_of_the_worst_part_of_probability():
    rng = np.random.default_rng(1)
    losses = rng.random((40, 3))
    np.testing.assert_allclose(tail_loss(losses, np.full(40, 1 / 40), 0.9), tail_mean(losses, 0.9))
    np.testing.assert_allclose(tail_loss(losses, np.full(40, 1 / 40), 0.0), losses.mean(axis=0))
    with pytest.raises(vc.ValueChainError, match="tail 1 is no quantile"):
        checked_tail(1)


def test_resamples_keep_the_probability_of_each_stratum():
    net = vc.example("textbook")
    random = vc.Scenario(name="r", shocks=[vc.Shock(loss={"distribution": "uniform", "low": 0, "high": 1})])
    sure = vc.Scenario(name="s", shocks=[vc.Shock(loss=0.5)])
    found = hazards_of(net, [random, sure], runs=30, probabilities=[0.5, 0.25])
    assert found.stratum.tolist() == [0] * 30 + [1, 2]
    flat = np.where(found.stratum == 0, 4.0, np.where(found.stratum == 1, 8.0, 0.0))[:, None]
    sureness = how_sure(flat, found)
    np.testing.assert_allclose([sureness.low[0], sureness.high[0], sureness.positive[0]], [4.0, 4.0, 1.0])
    wide = how_sure(np.where(found.stratum == 0, np.arange(32.0), 0.0)[:, None], found, seed=3)
    spread = 0.5 * np.arange(30).std() / np.sqrt(30)
    assert (wide.high[0] - wide.low[0]) / 2 == pytest.approx(1.96 * spread, rel=0.1)


def test_makers_are_sellers_or_of_the_sector_that_a_product_without_name_stands_for():
    firms = pd.DataFrame({"firm": ["c", "a", "b", "d"], "sector": ["s", "s", "t", "s"]})
    links = pd.DataFrame({"supplier": ["a", "b"], "buyer": ["b", "c"], "product": [None, "p"], "flow": [1.0, 2.0]})
    net = vc.Network.from_tables(firms, links.astype({"product": "str"}), essential_rule="all")
    rows = sold_products(net)
    makers = set(zip(net.products[rows["product"]], net.firm_ids[rows["firm"]], strict=True))
    assert makers == {("s", "c"), ("s", "a"), ("s", "d"), ("p", "b")}


def test_a_distance_is_known_only_by_the_coordinates_of_both_firms():
    firms = {
        "latitude": {"a": 50.0, "b": 52.0, "d": 51.0}, "longitude": {"a": 10.0, "b": 12.0},
        "region": {"a": "R1", "b": "R2", "c": "R2"}, "country": dict.fromkeys("abcd", "DEU"),
    }  # fmt: skip
    net = network_of([("a", "b", 1.0), ("c", "d", 1.0)], firms=firms)
    at = net.positions(["a", "b", "c", "d"])
    # The middle of a region or country is no place of a firm, and one coordinate is none.
    assert np.isnan(places_of(net).distance(int(at[0]), at)).tolist() == [False, False, True, True]

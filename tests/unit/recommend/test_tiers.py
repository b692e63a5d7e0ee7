"""A lack that is followed so many tiers: chains, loops, brute force sweeps, and when the program does it unasked."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.conftest import network_of
from tests.property.strategies import network_from, tables
from tests.reference import brute_partners
from valuechain.errors import NoPartnerError, ParameterError
from valuechain.recommend.economy import Backups, activity_of, economy_of, losses_of
from valuechain.recommend.hazards import hazards_of
from valuechain.recommend.screening import ANY, potential_of, screened
from valuechain.recommend.tiers import activity_within, in_loop, potential_within, screened_within, tiers_for, tiers_of

quick = settings(
    max_examples=int(os.environ.get("VALUECHAIN_EXAMPLES", "15")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def failing(*firms, loss=1.0):
    return vc.Scenario(name="+".join(firms), shocks=[vc.Shock(where={"firms": list(firms)}, loss=loss)])


def activities(net, scenario, tiers):
    eco = economy_of(net, spare_share=0.0)
    after, before = activity_within(eco, hazards_of(net, scenario).surviving, tiers=tiers)
    return dict(zip(net.firm_ids, after[0], strict=True)), dict(zip(net.firm_ids, before[0], strict=True))


def test_a_lack_goes_down_a_chain_one_tier_a_sweep():
    links = [("c", "b", 1.0, "r"), ("d", "c", 1.0, "q"), ("a", "d", 1.0, "p"), ("e", "d", 3.0, "p")]
    net = network_of(links, essential_rule="all")
    # d lacks a quarter, one tier away; c and b, two and three away, then the same.
    for tiers, reached in ((1, "d"), (2, "dc"), (3, "dcb"), (9, "dcb")):
        after, before = activities(net, failing("a"), tiers)
        assert after == {f: 0.0 if f == "a" else 0.75 if f in reached else 1.0 for f in "abcde"}
        assert (
            before == activities(net, failing("a"), tiers - 1)[0] if tiers > 1 else set(before.values()) == {0.0, 1.0}
        )


def test_in_a_loop_a_lack_shrinks_with_every_round_and_never_ends():
    # b buys half of its input from a and half from c, and c buys all from b: after 2 n tiers both are at 2^-n.
    net = network_of([("a", "b", 1.0, "p"), ("c", "b", 1.0, "p"), ("b", "c", 1.0, "q")], essential_rule="all")
    for tiers in (2, 4, 10, 40):
        after, _ = activities(net, failing("a"), tiers)
        assert after["b"] == after["c"] == pytest.approx(2.0 ** -(tiers / 2))
    assert activities(net, failing("a"), None)[0]["b"] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(
        ParameterError, match="tiers 0 is no number of tiers; write a whole number from 1 to 100, or 'all'"
    ):
        vc.partners(net, buyer="b", tiers=0)
    assert [tiers_of(t) for t in ("all", None, 3)] == [None, None, 3]


@st.composite
def cases(draw):
    drawn = {k: v for k, v in draw(tables()).items() if k != "essential"}
    network = network_from(drawn, essential_rule="all")
    eco = economy_of(network, spare_share=draw(st.sampled_from([0.2, 3.0])))
    part = st.one_of(st.just(1.0), st.just(0.0), st.floats(0, 1))
    left = draw(st.lists(part, min_size=network.n_firms, max_size=network.n_firms))
    slot = draw(st.integers(0, max(eco.n_slots - 1, 0)))
    firm = draw(st.integers(0, network.n_firms - 1))
    return drawn, eco, np.array([left]), slot, firm, draw(st.integers(1, 6))


@quick
@given(cases())
def test_each_tier_is_a_sweep_of_an_independent_simulation(case):
    drawn, eco, u, slot, firm, tiers = case
    if not eco.n_slots:
        return
    net = eco.network
    ids, scale = net.firm_ids, eco.value.sum() + 1
    left = dict(zip(ids, u[0].tolist(), strict=True))
    spare = dict(zip(ids, eco.spare.tolist(), strict=True))
    need = (ids[firm], ids[eco.graph.slot_buyer[slot]], net.products[eco.slot_product[slot]])
    sides = [brute_partners.activities(drawn["firms"], drawn["links"], left, p, spare, tiers) for p in ([], [need])]
    without, having = (np.array([side[i] for i in ids]) for side in sides)
    base, before = activity_within(eco, u, tiers=tiers)
    np.testing.assert_allclose(base[0], without, atol=1e-11)
    found = screened_within(
        eco, u, base, slot=np.array([slot] * 2), firm=np.array([ANY, firm]), spare=eco.spare[[firm] * 2], tiers=tiers
    )
    np.testing.assert_allclose(found.cut[0, 1], eco.value @ (having - without), atol=1e-8 * scale)
    j = eco.graph.slot_buyer[slot]
    np.testing.assert_allclose(found.own[0, 1], eco.value[j] * (having - without)[j], atol=1e-8 * scale)
    assert found.cut[0, 0] >= found.cut[0, 1] - 1e-9 * scale
    # As back-ups of a set, and the more tiers the less is made.
    one = np.array([0])
    links = Backups(
        slot=one + slot, pool=one, limit=np.array([np.inf]), pool_firm=one + firm, pool_spare=eco.spare[[firm]]
    )
    np.testing.assert_allclose(activity_within(eco, u, tiers=tiers, backups=links)[0][0], having, atol=1e-11)
    more, _ = activity_within(eco, u, tiers=tiers + 1)
    assert (more <= base + 1e-12).all()
    assert (base <= before + 1e-12).all()
    assert (activity_of(eco, u) <= more + 1e-9).all()


@quick
@given(cases(), st.integers(0, 3))
def test_without_loops_enough_tiers_are_without_end(case, extra):
    drawn, _, _, _, _, _ = case
    order = {f: k for k, f in enumerate(sorted(drawn["firms"]["firm"]))}
    links = drawn["links"]
    down = links[links["supplier"].map(order) < links["buyer"].map(order)]
    if not len(down):
        return
    net = network_from({**drawn, "links": down}, essential_rule="all")
    eco = economy_of(net, spare_share=0.3)
    if not eco.n_slots:
        return
    u = np.linspace(0, 1, 3 * net.n_firms).reshape(3, -1)
    tiers = net.n_firms - 1 + extra
    base, before = activity_within(eco, u, tiers=max(tiers, 1))
    np.testing.assert_allclose(base, activity_of(eco, u), atol=1e-9)
    # A candidate from farther up the chain makes no loop.
    place = np.array([order[f] for f in net.firm_ids])
    slots, firms = np.nonzero(place[None, :] < place[eco.graph.slot_buyer][:, None])
    what = {"slot": slots, "firm": firms, "spare": eco.spare[firms]}
    ended, endless = screened_within(eco, u, base, **what, tiers=tiers + 1), screened(eco, u, base, **what)
    scale = eco.value.sum() + 1
    for name in ("cut", "own", "given"):
        worth = endless.cut > 1e-6 * scale
        np.testing.assert_allclose(getattr(ended, name)[worth], getattr(endless, name)[worth], atol=1e-6 * scale)
    chance = np.full(3, 1 / 3)
    every = np.arange(eco.n_slots)
    np.testing.assert_allclose(
        potential_within(eco, u, base, chance, slot=every, tiers=tiers + 1),
        potential_of(eco, u, base, chance, slot=every),
        atol=1e-6 * scale,
    )
    assert in_loop(eco)[1] == 0.0
    assert (before >= base - 1e-12).all()


def test_a_partner_may_help_others_before_something_else_stops_its_buyer():
    # b needs p of a and q of m, m needs r of n. a is half down, n is down: b is at a half after a tier, at 0 after two.
    links = [
        ("a", "b", 4.0, "p"),
        ("m", "b", 4.0, "q"),
        ("n", "m", 4.0, "r"),
        ("b", "d", 4.0, "s"),
        ("c", "z", 4.0, "p"),
    ]
    net = network_of(links, firms={"output": dict.fromkeys("abmndcz", 10.0)}, essential_rule="all")
    both = vc.Scenario(
        name="both",
        shocks=[vc.Shock(where={"firms": ["a"]}, loss=0.5), vc.Shock(where={"firms": ["n"]}, loss=1.0)],
    )
    ask = {"scenario": both, "spare_share": 1.0, "tiers": 2}
    found = vc.partners(net, buyer="b", product="p", fixed_cost=1.0, **ask)
    # With c for p, b is whole after one tier, so d is after two, when b itself stands still.
    assert found.table[["candidate", "loss_cut", "buyer_cut"]].to_numpy().tolist() == [["c", 5.0, 0.0]]
    steps = vc.partner_steps(net, found.table, **ask)
    assert steps.table["alone_cut"].tolist() == [5.0]
    # When c stands still, z does after one tier; nobody hangs on z.
    assert steps.new_suppliers.table["lost_before"].tolist() == [20.0]


def tables_of_countries(countries=("A", "B", "C"), sectors=("1", "2")):
    """Return an input-output table in which each industry buys half of each input at home, half from the others."""
    links = [
        (f"{c}{s}", f"{d}{t}", 4.0 if c == d else 4.0 / (len(countries) - 1))
        for c in countries for d in countries for s in sectors for t in sectors if (c, s) != (d, t)
    ]  # fmt: skip
    ids = [f"{c}{s}" for c in countries for s in sectors]
    firms = {
        "sector": {i: i[1] for i in ids},
        "output": dict.fromkeys(ids, 30.0),
        "country": {i: {"A": "DEU", "B": "POL", "C": "CHN"}[i[0]] for i in ids},
        "kind": dict.fromkeys(ids, "industry"),
    }
    return network_of(links, firms=firms, essential_rule="all")


def test_where_all_is_one_loop_two_tiers_are_followed_and_said_and_no_more_elsewhere():
    net = tables_of_countries()
    scenario = failing("B2", loss=0.5)
    ask = {"buyer": "A1", "scenario": scenario, "spare_share": 0.1, "fixed_cost": 1.0, "unit_cost": 1.0}
    endless = vc.partners(net, **ask, tiers="all", filters={"suppliers_below": 0.4})
    assert endless.table["loss_cut"].max() <= 1e-6
    found = vc.partners(net, **ask, filters={"suppliers_below": 0.4})
    assert found.parameters["tiers"] == 2
    assert any(n.startswith("A lack is followed 2 tiers down the chain: 100.0 % of all") for n in found.notes)
    row = found.table.set_index(["candidate", "product"]).loc[("C2", "2")]
    # A1 needs 8 of product 2: half at home, a quarter from B2, whose lack of one half is an eighth.
    assert row["kind"] == "present supplier"
    assert row["loss_cut"] > 1
    one = vc.partners(net, **ask, tiers=1, filters={"suppliers_below": 0.4}).table.set_index(["candidate", "product"])
    # One tier: A1 lacks an eighth, 1; C2 has 3 to spare and gives it all.
    assert one.loc[("C2", "2"), ["loss_cut", "buyer_cut", "delivered"]].tolist() == pytest.approx([30 / 8, 30 / 8, 1.0])
    chain = network_of([("a", "b", 4.0, "p"), ("c", "d", 4.0, "p"), ("b", "d", 1.0, "q")], essential_rule="all")
    eco = economy_of(chain, spare_share=1.0)
    hazards = hazards_of(chain, failing("a"))
    assert tiers_for(eco, hazards, np.arange(eco.n_slots)) is None


def test_loops_of_one_size_are_taken_together_whatever_the_order_of_rows():
    links = [
        ("a", "b", 3.0, "p"),
        ("b", "a", 3.0, "q"),
        ("d", "c", 3.0, "p"),
        ("c", "d", 3.0, "q"),
        ("a", "e", 1.0, "p"),
    ]
    for rows in (links, links[::-1]):
        net = network_of(rows, essential_rule="all")
        inside, part = in_loop(economy_of(net, spare_share=0.0))
        assert sorted(net.firm_ids[inside]) == ["a", "b", "c", "d"]
        assert part == pytest.approx(6 / 13)


def test_present_industries_are_asked_for_more_though_new_makers_are_there():
    net = tables_of_countries()
    ask = {"buyer": "A1", "product": "2", "scenario": failing("B2"), "spare_share": 0.1, "tiers": 1}
    # All others deliver a quarter or more.
    with pytest.raises(NoPartnerError, match="a present supplier"):
        vc.partners(net, **ask)
    links = net.links.copy()
    links.loc[(links["supplier"] == "C2") & (links["buyer"] == "A1"), "flow"] = 1.0
    links = links[~((links["supplier"] == "B2") & (links["buyer"] == "A1"))]
    changed = vc.Network.from_tables(**{**net.tables, "links": links}, essential_rule="all")
    found = vc.partners(changed, **{**ask, "scenario": failing("A2")})
    assert found.table[["candidate", "kind"]].to_numpy().tolist() == [
        ["C2", "present supplier"],
        ["B2", "same product"],
    ]
    assert found.table["loss_cut"].nunique() == 1
    firms = changed.firms.drop(columns="kind")
    plain = vc.Network.from_tables(**{**changed.tables, "firms": firms}, essential_rule="all")
    assert vc.partners(plain, **{**ask, "scenario": failing("A2")}).table["candidate"].tolist() == ["B2"]


def test_needs_say_where_they_come_from_and_the_most_concentrated_foreign_one_is_named():
    net = tables_of_countries()
    links = net.links.copy()
    links.loc[(links["supplier"] == "B2") & (links["buyer"] == "A1"), "flow"] = 6.0
    firms = net.firms.assign(country=net.firms["country"].where(net.firms["firm"] != "C1"))
    net = vc.Network.from_tables(**{**net.tables, "links": links, "firms": firms}, essential_rule="all")
    found = vc.partners(net, buyer="A1", scenario=failing("B2"), spare_share=0.1, filters={"suppliers_below": 0.9})
    needs = found.needs.table.set_index("product")
    # Of product 2, 4 come from A2, 6 from B2, 2 from C2; of product 1, 2 from B1 and 2 from C1, of unknown country.
    columns = ["largest_supplier", "foreign_share", "largest_country", "country_share"]
    assert needs.loc["2", columns].tolist() == ["B2", pytest.approx(8 / 12), "POL", pytest.approx(0.5)]
    assert needs.loc["1", columns].tolist() == ["B1", pytest.approx(0.5), "POL", pytest.approx(0.5)]
    said = next(n for n in found.notes if n.startswith("Most concentrated foreign input"))
    assert said.startswith("Most concentrated foreign input: 1, 50.0 % of it from POL, 50.0 % from abroad in all; ")
    nowhere = vc.Network.from_tables(**{**net.tables, "firms": firms.drop(columns="country")}, essential_rule="all")
    table = vc.partners(nowhere, buyer="A1", scenario=failing("B2"), filters={"suppliers_below": 0.9}).needs.table
    assert "foreign_share" not in table


def test_steps_follow_a_lack_as_far_as_the_suggestions_do():
    net = tables_of_countries()
    ask = {"scenario": failing("B2", loss=0.5), "spare_share": 0.1}
    found = vc.partners(net, buyer="A1", product="2", filters={"suppliers_below": 0.4}, fixed_cost=1.0, tiers=1, **ask)
    steps = vc.partner_steps(net, found.table, steps=1, tiers=found.parameters["tiers"], **ask)
    assert steps.expected_loss == pytest.approx(found.expected_loss)
    assert steps.table["total_cut"].tolist() == pytest.approx([found.table["loss_cut"].max()])
    eco = economy_of(net, spare_share=0.1)
    u = hazards_of(net, ask["scenario"]).surviving
    same = vc.what_if(net, net, scenario=ask["scenario"], tiers=1).table
    assert same["before"][0] == pytest.approx(found.expected_loss)
    assert steps.expected_loss == pytest.approx(losses_of(eco, activity_within(eco, u, tiers=1)[0])[0])

"""Partners that help only together: small networks worked out by hand, and a slow independent simulation."""

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.reference.brute_partners import cut as brute_cut
from tests.unit.recommend.test_partners import failing
from valuechain.errors import NoPartnerError, ParameterError

# b needs q of a and r of e; one storm takes both. For q: d, and c, which is cheaper but lives on a mine that fails too.
# For r: f, and g, which has little to spare.
LINKS = [
    ("a", "b", 4.0, "q"), ("e", "b", 6.0, "r"), ("d", "z", 9.0, "q"), ("c", "z", 9.0, "q"), ("m", "c", 5.0, "ore"),
    ("f", "z", 9.0, "r"), ("g", "z", 9.0, "r"), ("b", "w", 30.0, "p"),
]  # fmt: skip
FIRMS = {
    "output": dict.fromkeys("abcdefgmwz", 50.0),
    "capacity": {**dict.fromkeys("abcdefmwz", 80.0), "g": 51.0},
    "fixed_cost": {"d": 3.0, "c": 1.0, "f": 4.0, "g": 1.0, "a": 9.0, "e": 9.0},
    "unit_cost": dict.fromkeys("dcfgae", 1.0),
}
STORM = failing("a", "e", "m")


def net(**columns):
    return network_of(LINKS, firms={**FIRMS, **columns}, essential_rule="all", currency="kEUR")


@pytest.mark.parametrize("asked", [{"buyer": "b"}, {"buyer": "b", "product": "q"}, {}])
def test_one_for_each_need_that_the_storm_takes_saves_the_buyer(asked):
    found = vc.partners(net(), scenario=STORM, **asked)
    row = found.together.table.iloc[0]
    assert row[["buyer", "needs", "candidates"]].tolist() == ["b", "q; r", "d; f"]
    # b and w, 50 each; alone nothing.
    assert row[["loss_cut", "alone_cut", "best_single", "cost"]].tolist() == pytest.approx([100.0, 0.0, 0.0, 7.0])
    assert len(found.together.table) == 1
    assert any(n.startswith("Together d (q) and f (r) cut 100 kEUR per year for b, one by one 0") for n in found.notes)
    members = found.together.members.table
    assert members[["candidate", "product", "buyer", "cost"]].to_numpy().tolist() == [
        ["d", "q", "b", 3.0], ["f", "r", "b", 4.0],
    ]  # fmt: skip
    changed = vc.edit.with_links(net(), members)
    assert changed.n_links == net().n_links + 2


def test_a_set_that_costs_more_than_the_budget_is_none():
    assert len(vc.partners(net(), buyer="b", scenario=STORM, budget=7).together.table) == 1
    assert not len(vc.partners(net(), buyer="b", scenario=STORM, budget=6.5).together.table)


def test_who_adds_nothing_is_no_member_and_needs_that_partners_help_alone_are_no_set():
    # t falls short as well, but less than the two others, which no partner lifts above a half.
    links = [*LINKS, ("h", "b", 2.0, "t"), ("k", "z", 9.0, "t")]
    more = {"h": 80.0, "k": 80.0, "d": 52.0, "c": 52.0}
    less = {"capacity": {**FIRMS["capacity"], **more}, "output": {**FIRMS["output"], "h": 50.0, "k": 50.0}}
    storm = vc.Scenario(name="s", shocks=[STORM.shocks[0], failing("h", loss=0.25).shocks[0]])
    made = network_of(links, firms={**FIRMS, **less}, essential_rule="all")
    found = vc.partners(made, buyer="b", scenario=storm, fixed_cost=1.0, unit_cost=1.0)
    assert found.together.table["needs"].tolist() == ["q; r"]
    # d delivers 2 of 4: half of b and of w.
    assert found.together.table["loss_cut"].tolist() == pytest.approx([50.0])
    assert not len(vc.partners(net(), buyer="b", scenario=failing("a")).together.table)


def test_a_need_that_falls_short_less_helps_beside_one_that_helps_alone():
    # Without a, b has no q; of r it lacks a half: d alone lifts b to a half, f alone nothing, both to the whole.
    storm = vc.Scenario(name="s", shocks=[failing("a").shocks[0], failing("e", loss=0.5).shocks[0]])
    row = vc.partners(net(), buyer="b", scenario=storm).together.table.iloc[0]
    assert row[["loss_cut", "alone_cut", "best_single"]].tolist() == pytest.approx([100.0, 50.0, 50.0])


def random_case(seed):
    rng = np.random.default_rng(seed)
    ids = [f"f{k}" for k in rng.permutation(12)]
    product = dict(zip(ids, "pqrpqrpqrpqr", strict=True))
    pairs = {(ids[int(s)], ids[int(b)]) for s, b in rng.integers(0, 12, (20, 2)) if s != b}
    links = [(s, b, float(rng.integers(1, 9)), product[s]) for s, b in sorted(pairs)]
    hit = [str(f) for f in rng.choice(sorted({f for pair in pairs for f in pair}), 5, replace=False)]
    made = network_of(links, firms={"output": dict.fromkeys(ids, 20.0)}, essential_rule="all")
    return made, [dict.fromkeys(hit[:4], 0.5), dict.fromkeys(hit[1:], 0.0)]


def test_sets_equal_a_slow_simulation_and_beat_the_best_single_candidate():
    compared = 0
    for seed in range(12):
        made, left = random_case(seed)
        cases = [failing(*state, loss=1 - next(iter(state.values()))) for state in left]
        options = {"spare_share": 0.3, "fixed_cost": 1.0, "unit_cost": 1.0, "filters": {"shared_points": True}}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = vc.partners(made, scenario=cases, **options)
        except (NoPartnerError, ParameterError):
            continue
        value, spare = dict.fromkeys(made.firm_ids, 20.0), dict.fromkeys(made.firm_ids, 6.0)
        for row in found.together.table.to_dict("records"):
            members = found.together.members.table
            members = members[members["set"] == row["set"]]
            assert not members["candidate"].duplicated().any()  # the slow simulation shares no capacity
            team = [tuple(m) for m in members[["candidate", "buyer", "product"]].to_numpy()]
            joint, *alone = (
                np.mean([brute_cut(made.firms, made.links, state, some, spare, value) for state in left])
                for some in (team, *([m] for m in team))
            )
            assert row["loss_cut"] == pytest.approx(joint)
            assert row["alone_cut"] == pytest.approx(sum(alone), abs=1e-9)
            assert row["loss_cut"] > row["best_single"] >= max(alone) - 1e-9
            compared += 1
    assert compared >= 3


def test_one_firm_for_two_needs_shares_what_it_has_to_spare():
    links = [("a", "b", 4.0, "q"), ("e", "b", 4.0, "r"), ("d", "z", 9.0, "q"), ("d", "z", 9.0, "r")]
    firms = {"output": dict.fromkeys("abdez", 50.0), "capacity": {**dict.fromkeys("abez", 50.0), "d": 54.0}}
    made = network_of(links, firms=firms, essential_rule="all")
    row = vc.partners(made, buyer="b", scenario=failing("a", "e"), fixed_cost=1.0, unit_cost=1.0).together.table.iloc[0]
    # 4 to spare for two needs of 4: a half of b.
    assert row[["candidates", "loss_cut"]].tolist() == ["d; d", 25.0]


def test_steps_take_on_together_what_helps_only_together():
    found = vc.partners(net(), buyer="b", scenario=STORM)
    steps = vc.partner_steps(net(), found.table, scenario=STORM)
    table = steps.table
    assert table[["step", "candidate", "cost"]].to_numpy().tolist() == [[1, "d", 3.0], [1, "f", 4.0]]
    assert table["added_cut"].tolist() == pytest.approx([100.0, np.nan], nan_ok=True)
    assert table["alone_cut"].tolist() == [0.0, 0.0]
    assert (table[["total_cut", "cost_so_far"]].to_numpy() == [[100.0, 7.0], [100.0, 7.0]]).all()
    assert any("Rows with the same step belong together" in n for n in steps.notes)
    # g has a sixth of r to spare.
    cheap = vc.partner_steps(net(), found.table, scenario=STORM, budget=6).table
    assert cheap["candidate"].tolist() == ["d", "g"]
    assert cheap["total_cut"].tolist() == pytest.approx([100 / 6] * 2)
    with pytest.raises(ParameterError, match="below the cheapest option that helps, 4"):
        vc.partner_steps(net(), found.table, scenario=STORM, budget=3.5)
    # Of what helps alone and what helps together, first what gives more for its money.
    mixed = [STORM, failing("b")]
    links = [*LINKS, ("v", "w", 30.0, "p"), ("u", "x", 9.0, "p")]
    firms = {**FIRMS, "output": {**FIRMS["output"], **dict.fromkeys("vux", 50.0)},
             "capacity": {**FIRMS["capacity"], "v": 50.0, "u": 80.0, "x": 50.0}}  # fmt: skip
    rows = pd.concat([found.table, pd.DataFrame([{"candidate": "u", "product": "p", "buyer": "w", "cost": 1.0}])])
    steps = vc.partner_steps(network_of(links, firms=firms, essential_rule="all"), rows, scenario=mixed)
    assert steps.table[["step", "candidate"]].to_numpy().tolist() == [[1, "u"], [2, "d"], [2, "f"]]
    assert not steps.table["total_cut"].diff().iloc[1:].lt(0).any()


def test_the_report_has_sets_and_what_a_plan_does_to_single_points(tmp_path):
    found = vc.partners(net(), buyer="b", scenario=STORM)
    rows = found.table[["candidate", "product", "buyer", "cost"]]
    chosen = vc.choose(net(), rows, scenario=STORM, budget=9)
    vc.write_report(net(), tmp_path / "r.html", results=[found, chosen])
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    for said in (
        *("Partners that help together", "Cut one by one", "Single points of failure before and after"),
        *("What hangs on each new supplier", "Of all new deliveries", "New single point of failure: none."),
    ):
        assert said in page, said

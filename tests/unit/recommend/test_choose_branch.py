"""Branch and cut: its lines hold for every set, its bounds for every scenario, its set is that of one whole program."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import tables
from tests.unit.recommend.test_choose import quick, random_case
from valuechain.recommend import choose_branch
from valuechain.recommend.choose_branch import branch_and_cut, solve_plan
from valuechain.recommend.choose_case import Options, case_of
from valuechain.recommend.choose_program import Limits, solve_whole
from valuechain.recommend.choose_recourse import Recourse
from valuechain.recommend.economy import activity_of, economy_of
from valuechain.recommend.hazards import HazardModel, hazards_of

SETS = {n: [np.array(s, dtype=bool) for s in itertools.product([False, True], repeat=n)] for n in range(1, 7)}


def cyclic_case(seed, *, firms=40, count=10, runs=8, joint=False):
    """Return a case of a synthetic economy, whose loops of essential inputs are long, with options of random cost."""
    network = vc.synthetic(firms=firms, links_per_firm=4, seed=seed)
    economy, draw = economy_of(network, spare_share=0.4), np.random.default_rng(seed)
    graph = economy.graph
    drawn = draw.integers(0, [[economy.n_slots], [firms]], (2, 3 * count))
    pairs = list(dict.fromkeys((int(k), int(f)) for k, f in drawn.T))
    pairs = [p for p in pairs if graph.slot_buyer[p[0]] != p[1] and economy.spare[p[1]] > 0][:count]
    slot, firm = (np.array(p, dtype=np.int64) for p in zip(*pairs, strict=True))
    none = np.zeros(len(pairs))
    options = Options(
        slot=slot,
        firm=firm,
        limit=graph.need[slot],
        fixed=draw.integers(1, 6, len(pairs)).astype(float),
        unit=none,
        joint=(1.0 + firm % 3) if joint else none,
        minimum=none,
        country=firm % 4 - 1,
    )
    hazards = hazards_of(network, HazardModel(probability=0.06), runs=runs, seed=seed)
    return case_of(economy, options, hazards.surviving, hazards.probability)


def test_a_larger_case_takes_branches_and_agrees_too(monkeypatch):
    monkeypatch.setattr(choose_branch, "WHOLE", 0.0)
    nodes, look = [], choose_branch._Search._children
    monkeypatch.setattr(choose_branch._Search, "_children", lambda self, node: nodes.append(node) or look(self, node))
    case, limits = cyclic_case(2, firms=120, count=30, runs=20), Limits(budget=25.0, gap=1e-4)
    whole, found = solve_whole(case, limits), branch_and_cut(case, limits)
    assert len(nodes) > 1
    assert found.loss * (1 - found.gap) <= whole.loss * (1 + 1e-6)
    assert whole.loss * (1 - whole.gap) <= found.loss * (1 + 1e-6)
    assert found.gap <= 1e-4 + 1e-7


@quick
@given(given_tables=tables(max_firms=6), seed=st.integers(0, 99))
def test_lines_are_above_the_gain_of_every_set_and_touch_their_own(given_tables, seed):
    case = random_case(given_tables, seed)
    if case is None or not len(case.options):
        return
    recourse, draw, n = Recourse(case), np.random.default_rng(seed), len(case.options)
    gains = [recourse.gains(s.astype(float))[0] for s in SETS[n]]
    gone = draw.random(n) < 0.3
    reach = recourse.without(recourse.whole, gone)
    y = np.where(gone, 0.0, draw.random(n))
    falls = [recourse.falls(reach, np.flatnonzero(draw.random(n) < 0.4)) for _ in range(3)]
    cuts = recourse.above(reach, y, [f for f in falls if len(f.of)])[1]
    for s, gain in zip(SETS[n], gains, strict=True):
        if not (s & gone).any():
            assert (gain <= cuts.at(s.astype(float)) + 1e-7).all()
        assert recourse.gains(s.astype(float))[1].at(s.astype(float)) == pytest.approx(gain, abs=1e-7)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_activity_is_above_its_bound_when_options_are_gone(seed):
    case = cyclic_case(seed)
    recourse, draw = Recourse(case), np.random.default_rng(seed)
    gone = draw.random(len(case.options)) < 0.5
    reach = recourse.without(recourse.whole, gone)
    rest = case.options.only(~gone)
    # Nobody shares the capacity of the options that are left: the most that can be.
    true = case.with_options(rest).high
    assert (true <= reach.high[:, : true.shape[1]] + 1e-9).all()
    assert reach.top.sum() < recourse.whole.top.sum()
    nothing = np.zeros(len(case.options))
    alone = activity_of(case.economy, case.surviving, backups=case.backups(nothing > 0, nothing))
    assert (recourse.without(recourse.whole, nothing == 0).high[:, : alone.shape[1]] >= alone - 1e-9).all()


@pytest.mark.parametrize(
    ("seed", "joint", "limits"),
    [
        (1, False, Limits(budget=9.0)),
        (2, False, Limits(budget=14.0)),
        (3, True, Limits(budget=12.0)),
        (4, False, Limits(budget=20.0, most_partners=2)),
        (5, False, Limits(budget=20.0, least_countries=2)),
        (6, True, Limits(budget=15.0, tail_weight=0.5, tail=0.7)),
        (7, False, Limits(tail_weight=1.0, tail=0.8, most_partners=3)),
    ],
)
def test_the_set_is_that_of_one_whole_program(seed, joint, limits):
    case = cyclic_case(seed, joint=joint)
    limits = replace(limits, gap=0.0)
    whole, found = solve_whole(case, limits), branch_and_cut(case, limits)
    size = case.expected((case.surviving - case.low) @ case.economy.value)
    assert size > 0
    assert found.loss == pytest.approx(whole.loss, abs=1e-6 * size)
    assert found.bound <= whole.loss + 1e-6 * size
    assert found.gap < 1e-5
    assert case.options.cost(found.chosen, found.order) <= limits.budget * (1 + 1e-9)


def test_no_set_is_none_and_what_the_time_allows_is_said():
    case = cyclic_case(4)
    assert branch_and_cut(case, Limits(budget=20.0, least_countries=9)) is None
    limits = Limits(budget=14.0, gap=0.0)
    best, hasty = solve_plan(case, limits), solve_plan(case, replace(limits, seconds=1e-9))
    assert hasty.bound <= best.loss * (1 + 1e-6)
    assert hasty.loss >= best.loss * (1 - 1e-6)
    assert hasty.gap == pytest.approx((hasty.loss - hasty.bound) / hasty.loss)

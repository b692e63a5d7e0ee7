"""Fair fill and least cost: closed forms, and linear programs written down independently."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from valuechain.recommend.allocation import allocate
from valuechain.recommend.fair_fill import Market, fair_fill

quick = settings(max_examples=int(os.environ.get("VALUECHAIN_EXAMPLES", "20")), deadline=None)


def market(need, capacity, pairs, rank=None, cost=None):
    pairs = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Market(
        need=np.array(need, dtype=float),
        rank=np.ones(len(need), dtype=np.int64) if rank is None else np.array(rank, dtype=np.int64),
        capacity=np.array(capacity, dtype=float),
        pair_need=pairs[:, 0],
        pair_offer=pairs[:, 1],
        cost=np.zeros(len(pairs)) if cost is None else np.array(cost, dtype=float),
    )


@st.composite
def markets(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    every = [(k, c) for k in range(n) for c in range(m)]
    pairs = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    return market(
        draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)),
        draw(st.lists(st.integers(0, 9), min_size=m, max_size=m)),
        sorted(pairs),
        draw(st.lists(st.integers(1, 2), min_size=n, max_size=n)),
        draw(st.lists(st.integers(0, 4), min_size=len(pairs), max_size=len(pairs))),
    )


def program(made, objective, floor, ceiling):
    """Solve for deliveries whose fills lie between two bounds, shape (needs,); the last variable is a level."""
    n, m, pairs = len(made.need), len(made.capacity), len(made.pair_need)
    gives = np.zeros((n, pairs + 1))
    gives[made.pair_need, np.arange(pairs)] = 1.0
    uses = np.zeros((m, pairs + 1))
    uses[made.pair_offer, np.arange(pairs)] = 1.0
    level = np.zeros((n, pairs + 1))
    level[:, pairs] = np.where(floor < 0, made.need, 0.0)
    rows = np.vstack([uses, gives, level - gives])
    bounds = np.r_[made.capacity, ceiling * made.need, np.where(floor < 0, 0.0, -floor * made.need)]
    return linprog(objective, A_ub=rows, b_ub=bounds + 1e-9, bounds=[(0, None)] * pairs + [(0, 1)])


def slow_fills(made):
    """Raise the least level as a program, fix who cannot rise above it, and again: the definition."""
    n, pairs = len(made.need), len(made.pair_need)
    fill, ceiling = np.zeros(n), np.zeros(n)
    for rank in sorted(set(made.rank)):
        rising = set(np.flatnonzero(made.rank == rank).tolist())
        while rising:
            ceiling[list(rising)] = 1.0
            floor = np.where([k in rising for k in range(n)], -1.0, fill)
            level = -program(made, np.r_[np.zeros(pairs), -1.0], floor, ceiling).fun
            at_least = np.where([k in rising for k in range(n)], level - 1e-8, fill - 1e-8)
            stuck = []
            for k in sorted(rising):
                most = -program(made, np.r_[-1.0 * (made.pair_need == k), 0.0], np.maximum(at_least, 0), ceiling).fun
                if most <= (level + 1e-6) * made.need[k]:
                    stuck.append(k)
            for k in stuck:
                fill[k] = ceiling[k] = level
            rising -= set(stuck)
            assert stuck
    return fill


def test_one_offer_is_shared_by_the_size_of_the_needs():
    assert fair_fill(market([10, 30], [20], [(0, 0), (1, 0)])) == pytest.approx([0.5, 0.5])


def test_who_has_another_offer_leaves_the_scarce_one_to_others():
    # Need 1 could take offer 0 too: fair fill sends it to offer 1, so that all are at 0.8, not 0.5 and 1.
    made = market([10, 10], [8, 8], [(0, 0), (1, 0), (1, 1)])
    assert fair_fill(made) == pytest.approx([0.8, 0.8])
    # With less in offer 1 the two share: (8 + 2) / 20.
    assert fair_fill(market([10, 10], [8, 2], [(0, 0), (1, 0), (1, 1)])) == pytest.approx([0.5, 0.5])


def test_priority_comes_before_fairness_and_keeps_its_fill():
    made = market([10, 10, 5], [12, 3], [(0, 0), (1, 0), (1, 1), (2, 1)], rank=[2, 1, 3])
    # Need 1 is filled wholly; offer 1 helps it, so that need 0 gets 5 of what is left and need 2 nothing.
    assert fair_fill(made) == pytest.approx([0.5, 1.0, 0.0])


def test_without_offers_nothing_is_filled():
    assert fair_fill(market([3, 4], [5], [(1, 0)])).tolist() == [0.0, 1.0]
    assert fair_fill(market([3], [], [])).tolist() == [0.0]
    assert allocate(market([3], [5], [])).tolist() == []


@quick
@given(made=markets())
def test_fills_are_those_of_the_definition_and_the_total_is_a_maximum_flow(made):
    fill = fair_fill(made)
    np.testing.assert_allclose(fill, slow_fills(made), atol=1e-5)
    pairs = len(made.pair_need)
    most = -program(made, np.r_[-np.ones(pairs), 0.0], np.zeros(len(made.need)), np.ones(len(made.need))).fun
    assert fill @ made.need == pytest.approx(most, abs=1e-6)


@quick
@given(made=markets())
def test_deliveries_give_the_fills_at_least_cost_within_capacities(made):
    given_, fill = allocate(made), fair_fill(made)
    got = np.bincount(made.pair_need, weights=given_, minlength=len(made.need))
    used = np.bincount(made.pair_offer, weights=given_, minlength=len(made.capacity))
    np.testing.assert_allclose(got, fill * made.need, atol=1e-6)
    assert (used <= made.capacity * (1 + 1e-12)).all()
    assert (given_ >= 0).all()
    slack = np.maximum(fill - 1e-9, 0)
    least = program(made, np.r_[made.cost, 0.0], slack, np.minimum(fill + 1e-9, 1)).fun
    assert made.cost @ given_ == pytest.approx(least, abs=1e-4)


def test_many_pairs_come_in_by_their_prices():
    # 60 needs, one cheap offer each in a ring and a dear one for all: the first program sees 12 offers a need only.
    n = 60
    pairs = [(k, c) for k in range(n) for c in range(n)]
    cost = [float((c - 17 * k) % n) + 1 for k, c in pairs]
    made = market([1.0] * n, [1.0] * n, pairs, cost=cost)
    given_ = allocate(made)
    assert made.cost @ given_ == pytest.approx(n, abs=1e-3)  # everybody gets the offer of cost 1


def test_units_and_sizes_of_separate_parts_do_not_matter():
    small = market([1e-9, 1e9], [0.5e-9, 2e9], [(0, 0), (1, 1)])
    assert fair_fill(small) == pytest.approx([0.5, 1.0])
    assert allocate(small) == pytest.approx([0.5e-9, 1e9], rel=1e-9)

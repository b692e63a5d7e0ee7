"""The sweeps: lanes, refilling and striding change no bit of any scenario."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from valuechain.kernels.cascade import DONE, LANES, MAX_SWEEPS, STOP, Graph, Shocks, make_graph, new_work, run_scenarios
from valuechain.kernels.cascade_rows import new_rows

N = 40


def random_links(seed: int, idle: int = 0) -> Graph:
    """Return arrays as a network would give them: one essential slot and some linear links for most firms.

    ``idle`` more firms trade in a ring of their own, which no scenario reaches.
    """
    draw = np.random.default_rng(seed)
    essential = [np.sort(draw.choice(N, 2, replace=False)) if j % 5 else np.zeros(0, int) for j in range(N)]
    linear = [np.sort(draw.choice(N, 3, replace=False)) if j % 3 else np.zeros(0, int) for j in range(N)]
    buyers = [np.sort(draw.choice(N, int(draw.integers(0, 4)), replace=False)) for _ in range(N)]
    parts = [(j, suppliers) for j in range(N) for suppliers in (essential[j], linear[j]) if len(suppliers)]
    sizes = np.array([len(suppliers) for _, suppliers in parts])
    sale_buyer = np.concatenate(buyers).astype(np.int64)
    ring = N + np.arange(idle)
    after = N + (np.arange(idle) + 1) % max(idle, 1)
    some = np.full(idle, 0.5)
    return make_graph(
        sales=np.r_[draw.uniform(1, 9, N), some],
        market=np.r_[draw.integers(0, 7, N), np.full(idle, 7)],
        n_markets=8,
        group_buyer=np.r_[np.array([j for j, _ in parts]), ring],
        link_group=np.r_[np.repeat(np.arange(len(parts)), sizes), len(parts) + np.arange(idle)],
        link_supplier=np.r_[np.concatenate([suppliers for _, suppliers in parts]), after].astype(np.int64),
        link_share=np.r_[draw.uniform(0.2, 0.5, int(sizes.sum())), some],
        sale_supplier=np.r_[np.repeat(np.arange(N), [len(b) for b in buyers]), after],
        sale_buyer=np.r_[sale_buyer, ring],
        sale_share=np.r_[draw.uniform(0.05, 0.3, len(sale_buyer)), some],
    )


def random_shocks(seed: int, count: int) -> Shocks:
    draw = np.random.default_rng(seed)
    sizes = draw.integers(0, 5, count)
    firms = [draw.choice(N, s, replace=False) for s in sizes]
    total = int(sizes.sum())
    start = np.r_[0, np.cumsum(sizes)].astype(np.int64)
    return Shocks(start, np.concatenate(firms).astype(np.int64), draw.random(total), draw.random(total))


def computed(links, shocks, *, threads=1, tolerance=1e-4, by_total=False, keep=True):
    """Return index, sweeps, h_down, h_up and the weights, computed by threads that share the scenarios out."""
    count, n = len(shocks.start) - 1, len(links.sales)
    weights = np.random.default_rng(0).random((2, n))
    weights /= weights.sum(axis=1, keepdims=True)
    index, sweeps = np.full((count, 2, 3), np.nan), np.zeros(count, dtype=np.int64)
    h_down, h_up = (np.full((count if keep else 0, n), np.nan) for _ in range(2))
    work = new_work()
    given = (links, shocks, weights, tolerance, by_total, work, index, sweeps, h_down, h_up)
    with ThreadPoolExecutor(threads) as pool:
        for job in [pool.submit(run_scenarios, *given) for _ in range(threads)]:
            job.result()
    assert work[DONE] == count
    return index, sweeps, h_down, h_up, weights


def chosen(shocks: Shocks, which) -> Shocks:
    """Return some of the scenarios, in the order given."""
    entries = [np.arange(shocks.start[s], shocks.start[s + 1]) for s in which]
    start = np.r_[0, np.cumsum([len(e) for e in entries])].astype(np.int64)
    at = np.concatenate(entries).astype(np.int64)
    return Shocks(start, shocks.firm[at], shocks.down[at], shocks.up[at])


@pytest.mark.parametrize("by_total", [False, True])
def test_each_scenario_is_the_same_bits_in_any_company(by_total):
    links, shocks = random_links(1), random_shocks(2, 3 * LANES + 5)
    count = len(shocks.start) - 1
    together = computed(links, shocks, by_total=by_total)[:4]
    assert len(set(together[1].tolist())) > 2  # lanes end at different sweeps, so they are refilled
    backwards = np.arange(count)[::-1]
    turned = computed(links, chosen(shocks, backwards), by_total=by_total)[:4]
    for one, other in zip(together, turned, strict=True):
        assert np.array_equal(one, other[backwards])
    for scenario in range(count):
        alone = computed(links, chosen(shocks, [scenario]), by_total=by_total)[:4]
        for one, other in zip(together, alone, strict=True):
            assert np.array_equal(one[scenario], other[0])


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_no_bit(threads):
    links, shocks = random_links(14), random_shocks(15, 500)
    for one, other in zip(computed(links, shocks), computed(links, shocks, threads=threads), strict=True):
        assert np.array_equal(one, other)


def test_a_lane_left_by_one_scenario_holds_nothing_for_the_next():
    # Everybody fails, then one firm: what the first leaves behind in its lane must not be seen by the second.
    links, small = random_links(16), random_shocks(17, 6 * LANES)
    every = np.arange(N)
    for scenario in range(6 * LANES):
        one = chosen(small, [scenario])
        crowd = Shocks(
            np.r_[np.arange(LANES + 1) * N, LANES * N + one.start[1]],
            np.r_[np.tile(every, LANES), one.firm],
            np.r_[np.ones(LANES * N), one.down],
            np.r_[np.ones(LANES * N), one.up],
        )
        for after, alone in zip(computed(links, crowd)[:4], computed(links, one)[:4], strict=True):
            assert np.array_equal(after[-1], alone[0])


@pytest.mark.parametrize("by_total", [False, True])
@pytest.mark.parametrize("markets", [True, False])
def test_walking_what_is_hit_does_as_sweeping_all_firms(by_total, markets):
    # Among 20,000 idle links nothing that happens here is ever 2 % of all: no scenario moves into a lane.
    few, many = random_links(20), random_links(20, idle=20_000)
    if not markets:
        few, many = (links._replace(market_sales=np.zeros(0)) for links in (few, many))
    shocks = random_shocks(21, 200)
    lanes, front = (computed(links, shocks, by_total=by_total) for links in (few, many))
    assert np.array_equal(lanes[1], front[1])
    assert front[1].max() > 4
    for a, b in zip(lanes[2:4], front[2:4], strict=True):
        assert a == pytest.approx(b[:, :N], abs=1e-13)
        assert (a < 1).mean() > 0.2
        assert (b[:, N:] == 1).all()


def endless() -> tuple[Graph, Shocks]:
    """Return a network in which the failure of firm 0 goes round for ever, and so many scenarios that they take long.

    Firm 1 fails with 0; their market is then empty, counts as 1, and 1 comes back.
    """
    graph = make_graph(
        sales=np.array([0.3, 1.0, 0.0]),
        market=np.array([0, 0, 1]),
        n_markets=2,
        group_buyer=np.array([1, 2]),
        link_group=np.array([0, 1]),
        link_supplier=np.array([0, 1]),
        link_share=np.ones(2),
        sale_supplier=np.array([0, 1]),
        sale_buyer=np.array([1, 2]),
        sale_share=np.ones(2),
    )
    count = 200_000
    return graph, Shocks(np.arange(count + 1), np.zeros(count, dtype=np.int64), np.ones(count), np.ones(count))


def test_all_calls_leave_when_told_to():
    graph, shocks = endless()
    count, work = len(shocks.start) - 1, new_work()
    index, sweeps, nothing = np.zeros((count, 1, 3)), np.zeros(count, dtype=np.int64), np.ones((0, 3))
    given = (graph, shocks, np.ones((1, 3)) / 3, 1e-2, False, work, index, sweeps, nothing, nothing)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run_scenarios, *given) for _ in range(2)]
        while work[DONE] == 0:
            assert not any(job.done() for job in jobs)
            time.sleep(0.01)
        work[STOP] = 1
        for job in jobs:
            job.result(timeout=60)
    assert 0 < work[DONE] < count
    assert (sweeps == MAX_SWEEPS).sum() == work[DONE]


def test_rows_start_on_a_cache_line():
    kept = [new_rows(count, 0.25) for count in range(1, 40)]
    assert all(rows.ctypes.data % 64 == 0 and rows.shape == (k + 1, LANES) for k, rows in enumerate(kept))
    assert all((rows == 0.25).all() for rows in kept)


def test_index_is_the_weighted_loss():
    links, shocks = random_links(3), random_shocks(4, 20)
    index, _, h_down, h_up, weights = computed(links, shocks)
    for w in range(2):
        assert index[:, w, 1] == pytest.approx((1 - h_down) @ weights[w])
        assert index[:, w, 2] == pytest.approx((1 - h_up) @ weights[w])
        assert index[:, w, 0] == pytest.approx((1 - np.minimum(h_down, h_up)) @ weights[w])


def test_firms_need_not_be_kept():
    links, shocks = random_links(5), random_shocks(6, 20)
    kept, dropped = computed(links, shocks), computed(links, shocks, keep=False)
    assert np.array_equal(kept[0], dropped[0])
    assert dropped[2].shape == (0, N)


def test_scenario_without_a_shock_ends_after_one_sweep():
    links = random_links(7)
    shocks = Shocks(np.array([0, 0]), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    index, sweeps, h_down, h_up, _ = computed(links, shocks)
    assert sweeps.tolist() == [1]
    assert (index == 0).all()
    assert (h_down == 1).all()
    assert (h_up == 1).all()


def test_more_threads_than_scenarios():
    links, shocks = random_links(8), random_shocks(9, 2)
    assert np.array_equal(computed(links, shocks, threads=5)[2], computed(links, shocks)[2])


def test_inputs_are_left_as_they_were():
    links, shocks = random_links(10), random_shocks(11, 20)
    before = [np.array(a) for a in (*links, *shocks)]
    computed(links, shocks)
    assert all(np.array_equal(a, b) for a, b in zip(before, (*links, *shocks), strict=True))


def test_losses_stay_between_0_and_1_where_shares_add_to_more():
    # Revenue below sales (bad data) makes shares above 1: losses are still cut at 1.
    links = random_links(12)._replace(sale_share=np.full(len(random_links(12).sale_share), 3.0))
    _, _, h_down, h_up, _ = computed(links, random_shocks(13, 30))
    assert h_up.min() == 0
    assert ((h_up >= 0) & (h_up <= 1) & (h_down >= 0) & (h_down <= 1)).all()

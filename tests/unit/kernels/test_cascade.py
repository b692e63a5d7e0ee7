"""The sweeps: lanes, refilling and striding change no bit of any scenario."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from valuechain.kernels.cascade import DONE, LANES, STOP, Graph, Shocks, make_graph, new_work, run_scenarios

N = 40


def random_links(seed: int) -> Graph:
    """Return arrays as a network would give them: one essential slot and some linear links for most firms."""
    draw = np.random.default_rng(seed)
    essential = [np.sort(draw.choice(N, 2, replace=False)) if j % 5 else np.zeros(0, int) for j in range(N)]
    linear = [np.sort(draw.choice(N, 3, replace=False)) if j % 3 else np.zeros(0, int) for j in range(N)]
    buyers = [np.sort(draw.choice(N, int(draw.integers(0, 4)), replace=False)) for _ in range(N)]
    parts = [(j, suppliers) for j in range(N) for suppliers in (essential[j], linear[j]) if len(suppliers)]
    sizes = np.array([len(suppliers) for _, suppliers in parts])
    sale_buyer = np.concatenate(buyers).astype(np.int64)
    return make_graph(
        sales=draw.uniform(1, 9, N),
        market=draw.integers(0, 7, N),
        n_markets=7,
        group_buyer=np.array([j for j, _ in parts]),
        link_group=np.repeat(np.arange(len(parts)), sizes),
        link_supplier=np.concatenate([suppliers for _, suppliers in parts]).astype(np.int64),
        link_share=draw.uniform(0.2, 0.5, int(sizes.sum())),
        sale_supplier=np.repeat(np.arange(N), [len(b) for b in buyers]),
        sale_buyer=sale_buyer,
        sale_share=draw.uniform(0.05, 0.3, len(sale_buyer)),
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
    count = len(shocks.start) - 1
    weights = np.random.default_rng(0).random((2, N))
    weights /= weights.sum(axis=1, keepdims=True)
    index, sweeps = np.full((count, 2, 3), np.nan), np.zeros(count, dtype=np.int64)
    h_down, h_up = (np.full((count if keep else 0, N), np.nan) for _ in range(2))
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


def test_all_calls_leave_when_told_to():
    links, shocks = random_links(18), random_shocks(19, 50)
    work = new_work()
    work[STOP] = 1
    index, sweeps = np.zeros((50, 1, 3)), np.zeros(50, dtype=np.int64)
    run_scenarios(links, shocks, np.ones((1, N)), 1e-4, False, work, index, sweeps, np.ones((0, N)), np.ones((0, N)))
    assert work[DONE] == 0
    assert not sweeps.any()


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

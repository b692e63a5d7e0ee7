"""The level up to which orders are met, against a solution by bisection."""

from __future__ import annotations

import numba as nb
import numpy as np
import pytest

from valuechain.kernels.production_level import _sorted_level, water_level


@nb.njit
def level_of(amount, order, final_usual, final, made):
    return water_level(amount.copy(), order.copy(), order.shape[0], final_usual, final, made)


@nb.njit
def sorted_level_of(amount, order, final_usual, final, made):
    return _sorted_level(amount, order, final_usual, final, made)


def shared(level, amount, order, final_usual, final):
    return np.minimum(order, level * amount).sum() + (min(final, level * final_usual) if final_usual > 0 else 0)


def test_by_hand():
    # Usual 1, 2, 4; ordered 2, 2, 2: at level 0.5 the last gets 2 and is served; 1 of 4 is left for 1 + 2: 2/3.
    amount, order = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 2.0])
    assert level_of(amount, order, 0.0, 0.0, 4.0) == pytest.approx(2 / 3)
    # Final demand counts as a client of usual size.
    assert level_of(amount, order, 1.0, 1.0, 4.0) == pytest.approx(0.5)


@pytest.mark.parametrize("function", [level_of, sorted_level_of])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("seed", range(12))
def test_what_is_shared_out_adds_up(function, seed, scale):
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 400))
    amount = draw.lognormal(0, 2, count) * scale
    order = amount * np.where(draw.random(count) < 0.2, 0.0, draw.lognormal(0, 2, count))
    final_usual = float(draw.choice([0.0, 3.0])) * scale
    final = final_usual * float(draw.choice([0.0, 0.5, 1.0, 1.5]))
    made = float(draw.random()) * (order.sum() + (final if final_usual else 0))
    level = function(amount, order, final_usual, final, made)
    assert shared(level, amount, order, final_usual, final) == pytest.approx(made, rel=1e-12)


def test_orders_that_take_a_pass_each_do_not_cost_their_square():
    # Each pass serves one more client only: ratios that fall off so that the level rises by a hair.
    count = 60
    amount = 4.0 ** np.arange(count)
    order = amount * (1 + np.arange(count) * 1e-3)
    made = order.sum() * 0.9999
    level = level_of(amount, order, 0.0, 0.0, made)
    assert shared(level, amount, order, 0.0, 0.0) == pytest.approx(made, rel=1e-12)


def test_nothing_made_serves_nobody():
    assert level_of(np.ones(3), np.ones(3), 1.0, 1.0, 0.0) == 0

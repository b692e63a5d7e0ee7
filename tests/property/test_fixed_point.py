"""The stated bound holds: the fixed point of dense matrices, written apart, lies between index and index + error."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, scaled, shuffled, tables
from tests.reference.dense_fixed_point import dense_shares, downstream, upstream
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_bounds import index_bounds
from valuechain.models.cascade_network import prepare
from valuechain.models.cascade_run import Outcome, run

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

EXAMPLES = int(os.environ.get("VALUECHAIN_EXAMPLES", "40"))
bounded = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def economy(given_tables, seed: int, closed: bool) -> tuple[vc.Network, np.ndarray]:
    """Return a network whose firms sell outside it what ``revenue`` says, some nothing; all nothing if closed."""
    net = network_from(given_tables)
    draw = np.random.default_rng(seed)
    outside = draw.random(net.n_firms) * draw.integers(0, 2, net.n_firms)
    revenue = net.sales * (1 + (0 if closed else outside))
    frame = net.firms.drop(columns="output").assign(revenue=revenue)
    return network_from({**given_tables, "firms": frame, "links": net.links}), revenue


def shocks_of(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, Shocks]:
    """Return lost supply and demand, shape (scenarios, n): each firm alone, then parts of several firms."""
    draw = np.random.default_rng(seed)
    down, up = np.eye(n + 4, n), np.eye(n + 4, n)
    for k in range(n, n + 4):
        down[k], up[k] = (draw.random(n) * (draw.random(n) < 0.4) for _ in range(2))
    hit = [np.flatnonzero((d > 0) | (u > 0)) for d, u in zip(down, up, strict=True)]
    start = np.r_[0, np.cumsum([len(h) for h in hit])]
    rows = np.repeat(np.arange(n + 4), np.diff(start))
    firm = np.concatenate(hit).astype(np.int64)
    return down, up, Shocks(start, firm, down[rows, firm], up[rows, firm])


def check(outcome: Outcome, k: int, expected: tuple[float, float, float], slack: float) -> None:
    """Compare index, index_down and index_up of a scenario; what is not known (NaN) is passed over."""
    index, error = outcome.index[k, 0], outcome.error[k, 0]
    for low, over, true in zip(index, error, expected, strict=True):
        if not np.isnan(true):
            assert low - slack <= true <= low + over + slack


@bounded
@given(tables(), st.booleans(), st.booleans(), st.integers(0, 2**31), st.sampled_from([1e-12, 1e-3]))
def test_the_bound_holds_and_the_dense_solution_is_met(given_tables, replaced, closed, seed, tolerance):
    net, revenue = economy(given_tables, seed, closed)
    model = vc.Cascade(
        rule="fixed-point", market="sector" if replaced else None, revenue="revenue", tolerance=tolerance
    )
    prepared = prepare(net, model)
    classes = {(a, b): int(c) for a, b, c in given_tables["essential"].itertuples(index=False)}
    dense = dense_shares(net, revenue, classes)
    down, up, shocks = shocks_of(net.n_firms, seed)
    # What the dense solution itself is worth: a system whose demand hardly leaves is hardly conditioned.
    slack = 1e-13 + 4e-16 * np.linalg.cond(np.eye(net.n_firms) - 0.999999999 * dense.up)
    assume(slack < 1e-8)
    outcome = run(prepared, shocks, keep_firms=True, threads=1)
    weights = prepared.weights[0]
    for k in range(len(down)):
        y = upstream(dense, up[k])
        x = downstream(dense, down[k], replaced=replaced)
        x = np.full(net.n_firms, np.nan) if x is None else x
        check(outcome, k, (weights @ np.maximum(x, y), weights @ x, weights @ y), slack)
        error = float(outcome.error[k, 0].max())
        if error <= 1e-11 and not np.isnan(x).any():
            assert np.abs(1 - outcome.h_down[k] - x).max() <= 1e-9


@bounded
@given(tables(), st.booleans(), st.integers(0, 1000), st.sampled_from([1e-9, 1.0, 1e9]))
def test_row_order_and_currency_move_no_index_beyond_its_error(given_tables, replaced, seed, factor):
    model = vc.Cascade(rule="fixed-point", market="sector" if replaced else None)
    given = (given_tables, scaled(shuffled(given_tables, seed), factor))
    one, two = (vc.systemic_risk(network_from(t), model=model, threads=1).table.set_index("firm") for t in given)
    two = two.loc[one.index]
    assert (one["index"] <= two["index"] + two["error"] + 1e-13).all()
    assert (two["index"] <= one["index"] + one["error"] + 1e-13).all()


@bounded
@given(tables(), st.booleans(), st.booleans(), st.integers(0, 2**31))
def test_no_firm_passes_its_bound(given_tables, replaced, published, seed):
    net, _ = economy(given_tables, seed, closed=False)
    model = vc.Cascade(
        rule="published" if published else "fixed-point",
        market="sector" if replaced else None,
        revenue="revenue",
        tolerance=1e-9,
    )
    bound = index_bounds(prepare(net, model))
    table = vc.systemic_risk(net, model=model, threads=1).table
    assert (table["index"].to_numpy() <= bound[net.positions(table["firm"])] * (1 + 1e-12)).all()


@bounded
@given(tables(), st.booleans(), st.integers(1, 9), st.integers(0, 2**31))
def test_the_top_is_that_of_the_whole_ranking(given_tables, published, top, seed):
    net, _ = economy(given_tables, seed, closed=False)
    model = vc.Cascade(rule="published" if published else "fixed-point", revenue="revenue")
    whole = vc.systemic_risk(net, model=model, threads=1).table
    part = vc.systemic_risk(net, model=model, threads=1, top=top).table
    assert part.equals(whole.head(top))

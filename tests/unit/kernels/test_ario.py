"""The kernel of ARIO against its equations with the whole matrix of orders in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from valuechain.models.ario import Ario
from valuechain.models.ario_events import DemandLoss, LinkLoss, ProductionLoss
from valuechain.models.ario_run import run_ario
from valuechain.models.ario_table import make_table

DAYS = 60
N = 11


def economy(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return flows with empty cells, an idle row and a buyer of nothing; final demand; sectors in no order."""
    draw = np.random.default_rng(seed)
    flows = draw.lognormal(0, 1, (N, N)) * (draw.random((N, N)) < 0.6)
    flows[3], flows[:, 3], flows[:, 7] = 0, 0, 0
    demand = draw.lognormal(1, 1, N)
    demand[3] = 0
    return flows, demand, draw.permutation(["c", "a", "b", "a", "c", "b", "b", "a", "d", "c", "a"])


def dense(
    flows: np.ndarray,
    demand: np.ndarray,
    sector: np.ndarray,
    model: Ario,
    lost: np.ndarray,
    final: np.ndarray,
    open_: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return production and stocks by docs/methods/ario.md; lost, final (days, n), open_ (days, n, n) are fractions."""
    names = np.unique(sector)
    of = (sector[None, :] == names[:, None]).astype(float)
    flows, demand = flows / 365, demand / 365
    output = flows.sum(axis=1) + demand
    some = np.where(output > 0, output, 1.0)
    share = of @ flows / some
    days = np.array([model.stock_days.get(s, 90.0) for s in names])[:, None]
    finite = np.isfinite(days)
    stock = np.where(finite, output * share * np.where(finite, days, 1.0), np.inf)
    orders, alpha, before, made = flows.copy(), np.ones(N), output.copy(), []
    weight, needed = np.ones(N), share * output
    for day in range(len(lost)):
        if day:
            can = open_[day] * flows * weight[:, None]
            base = of @ (can if model.orders == "alt" else flows)
            orders = can * (of.T @ np.divide(needed, base, out=np.zeros_like(base), where=base > 0))
            if model.orders == "alt" and not np.array_equal(open_[day], open_[day - 1]):  # ordered before it closed
                was = of @ (open_[day - 1] * flows * weight[:, None])
                orders = can * (of.T @ np.divide(needed, was, out=np.zeros_like(was), where=was > 0))
        else:
            orders = open_[0] * flows
        total = orders.sum(axis=1) + demand * final[day]
        scarcity = np.divide(total - before, total, out=np.zeros(N), where=total > 0)
        rises = scarcity > model.scarcity_tolerance
        alpha = alpha + np.where(rises, (model.alpha_max - alpha) * scarcity, 1 - alpha) / model.tau_alpha
        capacity = output * (1 - lost[day]) * alpha
        wish = np.minimum(total, capacity)
        alarm = np.where(finite, wish * share * np.maximum(model.psi * np.where(finite, days, 1.0), 1.0), 0.0)
        enough = np.divide(stock, alarm, out=np.ones_like(alarm), where=(alarm > 0) & finite)
        before = wish * np.minimum(enough.min(axis=0), 1.0)
        part = np.divide(before, total, out=np.zeros(N), where=total > 0)
        stock = np.where(finite, stock, 0.0) + of @ (orders * part[:, None]) - before * share
        stock = np.where(finite, np.maximum(stock, 0.0), np.inf)
        plan = np.minimum(total, capacity)
        gap = np.maximum(plan * share * np.where(finite, days, 0.0) - np.where(finite, stock, 0.0), 0.0)
        needed = gap / model.restoration + before * share
        weight = capacity / some if model.orders == "alt" else np.ones(N)
        made.append(before)
    return np.array(made), stock


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("orders", ["alt", "noalt"])
def test_whole_matrix_in_numpy(seed: int, orders: str) -> None:
    flows, demand, sector = economy(seed)
    model = Ario(stock_days={"a": 3.0, "b": np.inf, "c": 10.0}, restoration=8.0, tau_alpha=20.0, orders=orders)
    lost, final, open_ = np.zeros((DAYS, N)), np.ones((DAYS, N)), np.ones((DAYS, N, N))
    lost[4:20, [2, 9]] = [0.7, 1.0]
    final[10:, 5] = 0.4
    open_[6:30, 0, 1], open_[8:25, :, 6] = 0.25, 0.0
    left = np.zeros(1)
    events = [
        ProductionLoss(firms=np.array([2, 9]), loss=np.array([0.7, 1.0]), start=4, days=16, left=left),
        DemandLoss(firms=np.array([5]), loss=np.array([0.6]), start=10, days=DAYS, left=left),
        LinkLoss(firms=np.array([0]), buyers=np.array([1]), loss=np.array([0.75]), start=6, days=24, left=left),
        LinkLoss(firms=np.arange(N), buyers=np.full(N, 6), loss=np.ones(N), start=8, days=17, left=left),
    ]
    table = make_table(flows, final_demand=demand, sector=sector, model=model)
    kept = table.kernel.flow.copy()
    outcome = run_ario(table, model, days=DAYS, events=events)
    production, _ = dense(flows, demand, sector, model, lost, final, open_)
    np.testing.assert_allclose(outcome.production, production, rtol=1e-10, atol=1e-14)
    assert outcome.imbalance.max() < 1e-13
    assert np.array_equal(table.kernel.flow, kept)
    assert outcome.production.min() < 0.9 * outcome.baseline[outcome.baseline > 0].min()

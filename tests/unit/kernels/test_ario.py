"""The kernel of ARIO against its equations with the whole matrix of orders in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.models.ario import Ario

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


def limits(flows: np.ndarray, open_: np.ndarray, day: int) -> np.ndarray:
    """Return the most each link carries on a day, currency a day; infinite where it is open."""
    today = open_[min(day, len(open_) - 1)]
    return np.where(today < 1, today * flows, np.inf)


def ordered(of: np.ndarray, usual: np.ndarray, needed: np.ndarray, limit: np.ndarray, model: Ario) -> np.ndarray:
    """Return orders for tomorrow; ``usual`` are flows times weights."""
    base = of @ usual
    part = usual * (of.T @ np.divide(needed, base, out=np.zeros_like(base), where=base > 0))
    shocked = np.isfinite(limit)
    orders = np.where(shocked, np.minimum(part, limit), part)
    if model.orders == "noalt":
        return orders
    rest = np.maximum(needed - of @ np.where(shocked, orders, 0.0), 0.0)
    offered = of @ np.where(shocked, 0.0, usual)
    rate = np.divide(rest, offered, out=np.zeros_like(rest), where=offered > 0)
    return np.where(shocked, orders, usual * (of.T @ rate))


def dense(
    flows: np.ndarray,
    demand: np.ndarray,
    sector: np.ndarray,
    model: Ario,
    lost: np.ndarray,
    final: np.ndarray,
    open_: np.ndarray,
) -> np.ndarray:
    """Return production by docs/methods/ario.md; lost, final (days, n), open_ (days, n, n) are fractions."""
    names = np.unique(sector)
    of = (sector[None, :] == names[:, None]).astype(float)
    flows, demand = flows / 365, demand / 365
    output = flows.sum(axis=1) + demand
    some = np.where(output > 0, output, 1.0)
    share = of @ flows / some
    days = np.array([model.stock_days.get(s, 90.0) for s in names])[:, None]
    finite = np.isfinite(days)
    stock = np.where(finite, output * share * np.where(finite, days, 1.0), np.inf)
    alpha, before, made = np.ones(N), output.copy(), []
    orders = flows.copy()
    for day in range(len(lost)):
        limit = limits(flows, open_, day)
        orders = np.minimum(orders, limit)  # what was ordered before the link closed is dropped
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
        orders = ordered(of, flows * weight[:, None], needed, np.maximum(limit, limits(flows, open_, day + 1)), model)
        made.append(before)
    return np.array(made)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("orders", ["alt", "noalt"])
def test_whole_matrix_in_numpy(seed: int, orders: str) -> None:
    flows, demand, sector = economy(seed)
    model = Ario(stock_days={"a": 3.0, "b": np.inf, "c": 10.0}, restoration=8.0, tau_alpha=20.0, orders=orders)
    lost, final, open_ = np.zeros((DAYS, N)), np.ones((DAYS, N)), np.ones((DAYS, N, N))
    lost[4:20, [2, 9]] = [0.7, 1.0]
    final[10:, 5] = 0.4
    open_[6:30, 0, 1], open_[8:25, :, 6] = 0.25, 0.0
    supplier, buyer = np.nonzero(flows)
    ids = [f"f{k:02d}" for k in draw_order(seed)]
    network = network_of(
        [(ids[i], ids[j], float(flows[i, j])) for i, j in zip(supplier, buyer, strict=True)],
        sector=dict(zip(ids, sector.tolist(), strict=True)),
        firms={"final_demand": dict(zip(ids, demand.tolist(), strict=True))},
        essential_rule="all",
    )
    shocks = [
        vc.Shock(where={"firms": [ids[2]]}, loss=0.7, start=4, days=16),
        vc.Shock(where={"firms": [ids[9]]}, loss=1.0, start=4, days=16),
        vc.Shock(what="demand", where={"firms": [ids[5]]}, loss=0.6, start=10),
        vc.Shock(what="link", where={"buyer": ids[6]}, start=8, days=17),
    ]
    if flows[0, 1] > 0:
        shocks.append(vc.Shock(what="link", where={"supplier": ids[0], "buyer": ids[1]}, loss=0.75, start=6, days=24))
    result = vc.simulate(network, vc.Scenario(shocks=shocks), model=model, days=DAYS)
    production = dense(flows, demand, sector, model, lost, final, open_)
    made = result.firms["production"].sel(firm=[i for i in ids if i in set(network.firm_ids)]).to_numpy()
    there = [k for k, i in enumerate(ids) if i in set(network.firm_ids)]
    np.testing.assert_allclose(made, production[:, there], rtol=1e-10, atol=1e-14)
    assert result.total_loss > 0.01


def draw_order(seed: int) -> list[int]:
    """Return numbers of firms in no order."""
    return np.random.default_rng(100 + seed).permutation(N).tolist()

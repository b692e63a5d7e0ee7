"""The cascade once more, from the equations of Diem et al. (2022) in dense NumPy: slow, short, written for the tests.

``deviation`` builds in one of the mistakes that other programs have made silently, to show that the cases would tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DEVIATIONS = (
    "downstream frozen once quiet",
    "limit of 5 sweeps",
    "guard at 0 only",
    "upstream as sum of L h",
    "self loops dropped",
    "class-0 purchases left out of the denominator",
    "essential matrix transposed",
    "shock multiplied instead of capped",
)


@dataclass
class Dense:
    """A network as arrays: ``flows`` (products, suppliers, buyers), ``essential`` (products, sectors) in 0, 1, 2."""

    flows: np.ndarray
    sector: np.ndarray
    essential: np.ndarray
    market: np.ndarray | None = None
    revenue: np.ndarray | None = None
    costs: np.ndarray | None = None
    weights: np.ndarray | None = None


def flows_by_sector(matrix: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Return flows (products, suppliers, buyers) where each firm's product is its sector."""
    flows = np.zeros((sector.max() + 1, *matrix.shape))
    for i, k in enumerate(sector):
        flows[k, i] = matrix[i]
    return flows


def dense_cascade(
    net: Dense, lost_down: np.ndarray, lost_up: np.ndarray, *, eps: float, by_total: bool = False, deviation: str = ""
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return h_down, h_up and the number of sweeps."""
    flows, essential = net.flows, net.essential
    if deviation == "self loops dropped":
        flows = flows * (1 - np.eye(len(net.sector)))
    if deviation == "essential matrix transposed":
        essential = essential.T
    n = len(net.sector)
    sales, purchases = flows.sum(axis=(0, 2)), flows.sum(axis=(0, 1))
    klass = essential[:, net.sector]
    if deviation == "class-0 purchases left out of the denominator":
        purchases = (flows.sum(axis=1) * (klass > 0)).sum(axis=0)
    scale = np.ones(n) if net.costs is None else flows.sum(axis=(0, 1)) / _or_one(net.costs)
    by_slot = flows / _or_one(flows.sum(axis=1))[:, None, :] * (klass == 2)[:, None, :] * scale
    by_purchases = (flows * (klass == 1)[:, None, :]).sum(axis=0) / _or_one(purchases) * scale
    base = sales if net.revenue is None else net.revenue
    by_sales = flows.sum(axis=0) / _or_one(base)[:, None]
    cap_down, cap_up = 1 - lost_down, 1 - lost_up
    h_down, h_up = cap_down.copy(), cap_up.copy()
    total = (2 - h_down - h_up).sum()
    sweeps, frozen = 0, False
    while True:
        sweeps += 1
        lost = _sigma(net.market, sales, h_down, deviation) * (1 - h_down)
        works = np.minimum(1 - np.einsum("kij,i->kj", by_slot, lost).max(axis=0), 1 - by_purchases.T @ lost)
        sold = by_sales @ h_up if deviation == "upstream as sum of L h" else 1 - by_sales @ (1 - h_up)
        if deviation == "upstream as sum of L h":
            sold = np.where(sales > 0, sold, 1)
        if deviation == "shock multiplied instead of capped":
            new_down, new_up = np.maximum(0, cap_down * works), np.maximum(0, cap_up * sold)
        else:
            new_down, new_up = np.maximum(0, np.minimum(cap_down, works)), np.maximum(0, np.minimum(cap_up, sold))
        if frozen:
            new_down = h_down
        change_down, change_up = (h_down - new_down).max(), (h_up - new_up).max()
        frozen = deviation == "downstream frozen once quiet" and (frozen or change_down <= eps)
        h_down, h_up = new_down, new_up
        new_total = (2 - h_down - h_up).sum()
        stopped = new_total <= (1 + eps) * total if by_total else max(change_down, change_up) <= eps
        total = new_total
        if stopped or (deviation == "limit of 5 sweeps" and sweeps == 5):
            return h_down, h_up, sweeps


def indices(net: Dense, h_down: np.ndarray, h_up: np.ndarray) -> tuple[float, float, float]:
    """Return the weighted loss, that of the downstream and that of the upstream process."""
    weights = net.flows.sum(axis=(0, 2)) if net.weights is None else net.weights
    share = weights / weights.sum()
    return float(share @ (1 - np.minimum(h_down, h_up))), float(share @ (1 - h_down)), float(share @ (1 - h_up))


def _or_one(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, 1, values)


def _sigma(market: np.ndarray | None, sales: np.ndarray, h_down: np.ndarray, deviation: str) -> np.ndarray:
    if market is None:
        return np.ones_like(sales)
    left = np.bincount(market, weights=sales * h_down)
    left = np.where(left <= (0 if deviation == "guard at 0 only" else 1e-10), 1, left)
    return np.minimum(1, sales / left[market])

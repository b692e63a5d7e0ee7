"""The fixed point of the cascade from dense matrices, written apart from the package.

Upstream is linear where no loss is cut off: on the firms from which a shocked one is reached, y solves
(I - U) y = shock. Downstream no linear system is left where losses raise what others lose; sweeps in long double stand
for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import valuechain as vc


@dataclass(frozen=True)
class DenseShares:
    """Shares of n firms: ``groups`` holds for each group (buyer, vector of shares by supplier); ``up`` is (n, n)."""

    groups: list[tuple[int, np.ndarray]]
    up: np.ndarray
    sales: np.ndarray
    market: np.ndarray


def dense_shares(network: vc.Network, base: np.ndarray, classes: dict[tuple[str, str], int]) -> DenseShares:
    """Return the shares of a network whose ``classes`` give the class of (product, sector of the buyer), else 1."""
    firms, links = network.firms, network.links
    at = {firm: k for k, firm in enumerate(firms["firm"])}
    n = len(at)
    sector = firms["sector"].tolist()
    flows: dict[tuple[int, str], np.ndarray] = {}
    matrix = np.zeros((n, n))
    for row in links.itertuples():
        i, j = at[row.supplier], at[row.buyer]
        product = sector[i] if not isinstance(getattr(row, "product", None), str) else row.product
        flows.setdefault((j, product), np.zeros(n))[i] += row.flow
        matrix[i, j] += row.flow
    bought, sales = matrix.sum(axis=0), matrix.sum(axis=1)
    groups, other = [], np.zeros((n, n))
    for (j, product), flow in flows.items():
        kind = classes.get((product, sector[j]), 1)
        if kind == 2 and flow.sum() > 0:
            groups.append((j, flow / flow.sum()))
        elif kind == 1 and bought[j] > 0:
            other[j] += flow / bought[j]
    groups += [(j, other[j]) for j in range(n) if other[j].any()]
    up = matrix / np.where(base > 0, base, 1.0)[:, None]
    names = sorted(set(sector))
    return DenseShares(groups, up, sales, np.array([names.index(s) for s in sector]))


def upstream(dense: DenseShares, lost: np.ndarray) -> np.ndarray:
    """Return the least y >= lost with y = U y wherever y > lost; rows of U add to at most 1."""
    n = len(lost)
    reach = lost > 0
    while True:
        wider = reach | (dense.up[:, reach].sum(axis=1) > 0)
        if (wider == reach).all():
            break
        reach = wider
    held = lost > 0
    y = np.zeros(n)
    for _ in range(2 * n + 2):
        # Held firms lose what the shock took; the others what their buyers lost.
        free = reach & ~held
        y = np.where(held, lost, 0.0)
        if free.any():
            y[free] = np.linalg.solve(np.eye(free.sum()) - dense.up[np.ix_(free, free)], dense.up[free] @ y)
        released = held & (dense.up @ y > lost + 1e-13)
        if not released.any():
            return np.minimum(y, 1.0)
        held &= ~released
    raise AssertionError("policies did not settle")


def downstream(dense: DenseShares, lost: np.ndarray, *, replaced: bool, sweeps: int = 20_000) -> np.ndarray | None:
    """Return the limit of the sweeps in long double, or None where it is not reached."""
    x, start = lost.astype(np.longdouble), lost.astype(np.longdouble)
    buyers = np.array([j for j, _ in dense.groups], dtype=int)
    shares = np.array([s for _, s in dense.groups], dtype=np.longdouble).reshape(-1, len(lost))
    sales = dense.sales.astype(np.longdouble)
    for _ in range(sweeps):
        passed = x
        if replaced:
            left = np.zeros(dense.market.max() + 1, dtype=np.longdouble)
            np.add.at(left, dense.market, sales * (1 - x))
            at = left[dense.market]
            passed = x * np.where(sales >= at, 1, sales / np.where(at > 0, at, 1))
        new = start.copy()
        np.maximum.at(new, buyers, np.minimum(shares @ passed, 1))
        moved = np.abs(new - x).max(initial=0)
        x = new
        if moved < 1e-18:
            return x.astype(float)
    return None

"""The programs of exposure written anew: dense, in currency over the whole window, from the tables, one row at a time.

Nothing here is shared with the package but the network's tables and the class of each slot.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

import valuechain as vc
from valuechain.essential import essentiality

CURVE_PARTS = 3


class DenseExposure:
    """A small network in currency per day, with ``final_demand`` and ``stock_days`` known for every firm."""

    def __init__(self, network: vc.Network) -> None:
        firms, per_day = network.firms, 1 / 365 if network.flow_period == "year" else 1.0
        known = essentiality(network)
        self.links = [
            (int(i), int(j), int(s), float(f) * per_day)
            for i, j, s, f in zip(network.supplier, network.buyer, known.slots.of_link, network.flow, strict=True)
            if f > 0
        ]
        self.kind = {s: int(known.slot_class[s]) for _, _, s, _ in self.links}
        self.final = [float(v) * per_day for v in firms["final_demand"]]
        n = len(self.final)
        self.base = [self.final[i] + sum(f for k, _, _, f in self.links if k == i) for i in range(n)]
        self.bought = [sum(f for _, j, _, f in self.links if j == i) for i in range(n)]
        capacity = [float(v) * per_day for v in firms["capacity"]] if "capacity" in firms else [0.0] * n
        self.most = [max(b, 0.0 if np.isnan(c) else c) for b, c in zip(self.base, capacity, strict=True)]
        self.stock = [max(1.0, float(v)) for v in firms["stock_days"]]

    def lost(self, down: int, days: float) -> float:
        """Return the least final demand of the others that is lost in a window (currency)."""
        n, m = len(self.base), len(self.links)
        slots = sorted(self.kind)
        # Columns: production, delivery, final demand met, part made at usual pace, use of inputs forgone (all amounts
        # of the window; the last two in days).
        made, sent, met = range(n), range(n, n + m), range(n + m, 2 * n + m)
        pace, gone = range(2 * n + m, 3 * n + m), range(3 * n + m, 3 * n + m + len(slots))
        width = 3 * n + m + len(slots)
        rows: list[np.ndarray] = []
        limits: list[float] = []

        def row(limit: float, *entries: tuple[int, float]) -> None:
            line = np.zeros(width)
            for column, value in entries:
                line[column] += value
            rows.append(line)
            limits.append(limit)

        for i in range(n):
            row(0.0, (met[i], 1.0), (made[i], -1.0), *((sent[e], 1.0) for e, k in enumerate(self.links) if k[0] == i))
            if self.base[i] > 0:
                row(0.0, (pace[i], 1.0), (made[i], -1 / self.base[i]))
        for k, s in enumerate(slots):
            arriving = [(sent[e], -1.0) for e, link in enumerate(self.links) if link[2] == s]
            usual = sum(link[3] for link in self.links if link[2] == s)
            buyer = next(link[1] for link in self.links if link[2] == s)
            if self.kind[s] == 0 or self.base[buyer] == 0:
                continue
            stock = self.stock[buyer] * usual
            if self.kind[s] == 2 or usual >= self.bought[buyer] * (1 - 1e-6):
                row(stock, (made[buyer], usual / self.base[buyer]), *arriving)
            else:
                row(stock, (pace[buyer], usual), (gone[k], -usual), *arriving)
        for i in range(n):
            self._partial(i, slots, days, row, made, pace, gone)
        bounds = [(0.0, 0.0 if i == down else self.most[i] * days) for i in range(n)]
        bounds += [(0.0, None)] * m + [(0.0, self.final[i] * days) for i in range(n)]
        bounds += [(0.0, days)] * n + [(0.0, None)] * len(slots)
        cost = np.zeros(width)
        cost[list(met)] = -1.0
        cost[met[down]] = 0.0
        unit = max(self.final)
        found = linprog(cost, A_ub=np.array(rows), b_ub=np.array(limits), bounds=bounds, method="highs-ipm")
        assert found.status == 0, found.message
        wanted = sum(self.final) * days - self.final[down] * days
        lost = float(wanted + found.fun)
        return lost if lost > 1e-7 * unit * days else 0.0

    def _partial(self, firm, slots, days, row, made, pace, gone) -> None:
        share = {}
        for k, s in enumerate(slots):
            amount = sum(link[3] for link in self.links if link[2] == s and link[1] == firm)
            if amount > 0 and self.kind[s] == 1 and self.base[firm] > 0 and amount < self.bought[firm] * (1 - 1e-6):
                share[k] = amount / self.bought[firm]
        if not share:
            return
        base, can = self.base[firm], self.most[firm] / self.base[firm]
        row(days, (pace[firm], 1.0), *((gone[k], w / (1 - w)) for k, w in share.items()))
        if can > 1:
            row(0.0, (made[firm], 1 / base), (pace[firm], -can))
            for k, w in share.items():
                gain = can - 1 + w
                row((1 - w) * days, (made[firm], 1 / base), (pace[firm], -gain), (gone[k], gain))
        else:
            row(0.0, (made[firm], 1 / base), (pace[firm], -1.0))
        if len(share) > 1:
            rest = 1 - sum(share.values())
            for part in range(CURVE_PARTS):
                at = min(1.0, max(0.0, rest + (1 - rest) * part / CURVE_PARTS))
                # Tangent at ``at`` to x (1 - x), which is at + slope (x - at).
                slope = 1 - 2 * at
                row(
                    (at * (1 - at) - slope * at) * days, (pace[firm], -slope), *((gone[k], w) for k, w in share.items())
                )

    def survive(self, down: int, longest: float = 1e4) -> float:
        """Return how long the others lose nothing, by halving (days)."""
        if self.lost(down, longest) == 0:
            return np.inf
        low, high = 0.0, longest
        while high - low > 1e-5 * max(1.0, low):
            middle = (low + high) / 2
            low, high = (middle, high) if self.lost(down, middle) == 0 else (low, middle)
        return low

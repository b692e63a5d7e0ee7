"""Failures of firms that need all their essential slots, each with any supplier: by sets, straight from the definition.

Slow and plain on purpose: it shares no code with the program.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import valuechain as vc

HAIR = 1e-12


def random_tables(rng: np.random.Generator, most: int = 12) -> dict[str, pd.DataFrame]:
    """Return a network of up to 12 firms: cycles, self loops, empty slots, parallel links, shared owners."""
    n = int(rng.integers(2, most + 1))
    ids = [f"F{k}" for k in rng.permutation(100)[:n]]
    sectors = rng.choice(["s1", "s2", "s3"], n)
    m = int(rng.integers(1, 3 * n + 1))
    links = pd.DataFrame(
        {
            "supplier": [ids[k] for k in rng.integers(0, n, m)],
            "buyer": [ids[k] for k in rng.integers(0, n, m)],
            "product": rng.choice(["p", "q", "r"], m),
            "route": [f"r{k}" for k in range(m)],
            "flow": rng.choice([0.0, 1.0, 2.0, 3.0, 0.7], m, p=[0.15, 0.3, 0.2, 0.2, 0.15]),
        }
    )
    classes = rng.choice([0, 1, 2], (3, 3), p=[0.1, 0.15, 0.75])
    essential = pd.DataFrame(
        [(p, s, classes[a, b]) for a, p in enumerate("pqr") for b, s in enumerate(["s1", "s2", "s3"])],
        columns=["input", "buyer_sector", "class"],
    )
    firms = pd.DataFrame(
        {
            "firm": ids,
            "sector": sectors,
            "owner": [None if o == "-" else o for o in rng.choice(["g", "h", "k", "-"], n)],
            "output": rng.choice([1.0, 5.0, 12.5, np.nan], n),
            "employees": rng.choice([10.0, 3.0, np.nan], n),
        }
    )
    kinds = dict.fromkeys(("firm", "sector", "owner"), "str")
    return {
        "firms": firms.astype(kinds),
        "links": links.astype(dict.fromkeys(("supplier", "buyer", "product", "route"), "str")),
        "essential": essential.astype({"input": "str", "buyer_sector": "str", "class": "float64"}),
    }


def network_from(tables: dict[str, pd.DataFrame]) -> vc.Network:
    return vc.Network(tables, {"name": "random", "currency": "MEUR"})


class Chain:
    """Essential slots of each firm as ``{supplier: share of flow}``, and who makes what."""

    def __init__(self, tables: dict[str, pd.DataFrame], min_share: float = 0.0) -> None:
        self.m = min_share
        self.firms = list(tables["firms"]["firm"])
        sector = dict(zip(tables["firms"]["firm"], tables["firms"]["sector"], strict=True))
        klass = {(i, s): c for i, s, c in tables["essential"].itertuples(index=False)}
        self.makers: dict[str, set[str]] = {}
        flows: dict[tuple[str, str], dict[str, float]] = {}
        for link in tables["links"].itertuples(index=False):
            if link.flow <= 0:
                continue
            self.makers.setdefault(link.product, set()).add(link.supplier)
            if klass[link.product, sector[link.buyer]] == 2:
                slot = flows.setdefault((link.buyer, link.product), {})
                slot[link.supplier] = slot.get(link.supplier, 0.0) + link.flow
        self.slots: dict[str, list[dict[str, float]]] = {f: [] for f in self.firms}
        self.products: dict[str, list[str]] = {f: [] for f in self.firms}
        for (buyer, product), slot in flows.items():
            slot.pop(buyer, None)  # what a firm supplies to itself keeps it not alive
            total = sum(slot.values())
            self.slots[buyer].append({s: f / total for s, f in slot.items()})
            self.products[buyer].append(product)

    def is_met(self, slot: dict[str, float], works: set[str]) -> bool:
        left = [share for s, share in slot.items() if s in works]
        return bool(left) and sum(left) >= self.m - HAIR

    def down(self, failed: set[str]) -> set[str]:
        """D(X): the least fixed point of failure. A slot without any outside supplier never fails."""
        down = set(failed)
        while True:
            works = set(self.firms) - down
            more = {j for j in works if any(s and not self.is_met(s, works) for s in self.slots[j])}
            if not more:
                return down
            down |= more

    def built(self, failed: set[str] = frozenset()) -> set[str]:
        """Return the least fixed point of working."""
        works: set[str] = set()
        while True:
            left = set(self.firms) - works - set(failed)
            more = {j for j in left if all(self.is_met(s, works) for s in self.slots[j])}
            if not more:
                return works
            works |= more

    def lost(self, failed: set[str], semantics: str) -> set[str]:
        """Return what stops, the failed themselves included (ground-up: those of them that could be built)."""
        if semantics == "propagation":
            return self.down(set(failed))
        return self.built() - self.built(failed)

    def dead_products(self, failed: set[str], semantics: str) -> set[str]:
        lost = self.lost(failed, semantics)
        alive = set(self.firms) if semantics == "propagation" else self.built()
        return {p for p, who in self.makers.items() if who & alive and not (who & alive) - lost}

    def sweeps(self, failed: set[str]) -> dict[str, int]:
        """Return in which sweep each firm stops that stops by propagation; 0 for the failed."""
        sweep, down, k = dict.fromkeys(failed, 0), set(failed), 0
        while True:
            works, k = set(self.firms) - down, k + 1
            more = {j for j in works if any(s and not self.is_met(s, works) for s in self.slots[j])}
            if not more:
                return sweep
            sweep |= dict.fromkeys(more, k)
            down |= more

"""Measure alternatives: seconds for a crisis that breaks at least 1,000 needs, and for tables of needs and offers.

Run: python tests/bench/bench_alternatives.py [--firms 17000] [--links 5] [--needs 1000] [--rows 1000]

The crisis halves the capacity of as many firms, drawn by a fixed seed, as break the wanted number of needs whose
supplier is hit itself; all needs that then are short, most of this network, are measured besides. Firms lie in a square
of 1,000 km. Seconds of the processor are beside those of the clock, so that other work on the computer is seen.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import valuechain as vc

LIMIT_SECONDS = 5.0
"""What 1,000 broken needs may take."""


def measure(what: str, call: Callable[[], object]) -> object:
    """Print the seconds of one call; compiled code is compiled before."""
    processor, clock = time.process_time(), time.perf_counter()
    result = call()
    used = (time.process_time() - processor, time.perf_counter() - clock)
    told = "ok" if used[0] <= LIMIT_SECONDS else f"more than {LIMIT_SECONDS:g} s"
    print(f"  {what}: {used[0]:.2f} s processor, {used[1]:.2f} s clock ({told}); {result!r}", flush=True)
    return result


def placed(network: vc.Network) -> vc.Network:
    """Return the network with firms in a square of some 1,000 km and spare capacities of 0 to 60 %."""
    draw = np.random.default_rng(0)
    tables, n = network.tables, network.n_firms
    output = tables["firms"]["output"]
    tables["firms"] = tables["firms"].assign(
        latitude=draw.uniform(46, 55, n), longitude=draw.uniform(6, 20, n), capacity=output * draw.uniform(1, 1.6, n)
    )
    return vc.Network.from_tables(**tables, name=network.name)


def crisis(network: vc.Network, needs: int) -> dict[str, float]:
    """Return failing firms, as many as break the wanted number of needs."""
    order = np.random.default_rng(1).permutation(network.firm_ids)
    count = 8
    while True:
        failing = dict.fromkeys(map(str, order[:count]), 0.5)
        found = vc.alternatives(network, failing, spare_share=0.1, direct=True)
        if found.slots >= needs or count >= network.n_firms:
            return failing
        count = int(count * max(1.1, min(4.0, needs / max(found.slots, 1))))


def tables(rows: int, products: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return needs and offers of a few products, by many firms."""
    draw = np.random.default_rng(2)

    def one(prefix: str) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "firm": [f"{prefix}{k}" for k in range(rows)],
                "product": draw.choice([f"p{k}" for k in range(products)], rows),
                "quantity": draw.uniform(1, 50, rows).round(1),
                "unit": "t",
                "latitude": draw.uniform(46, 55, rows),
                "longitude": draw.uniform(6, 20, rows),
                "priority": draw.integers(1, 4, rows).astype(float),
            }
        )

    return one("n"), one("o")


def main() -> None:
    """Measure a crisis and two pairs of tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=17_000)
    parser.add_argument("--links", type=float, default=5)
    parser.add_argument("--needs", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=1_000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    network = placed(vc.synthetic(firms=given.firms, links_per_firm=given.links, seed=1))
    print(f"{network.name}: {network.n_firms:,} firms, {network.n_links:,} links", flush=True)
    failing = crisis(network, given.needs)
    print(f"{len(failing):,} firms halved", flush=True)
    options = {"spare_share": 0.1}
    measure("direct needs", lambda: vc.alternatives(network, failing, direct=True, **options))
    measure("direct needs, 300 km", lambda: vc.alternatives(network, failing, direct=True, max_km=300, **options))
    measure("all needs", lambda: vc.alternatives(network, failing, **options))
    for products in (1, 20):
        needs, offers = tables(given.rows, products)
        print(f"{given.rows:,} needs, {given.rows:,} offers of {products} products", flush=True)
        measure("match", lambda needs=needs, offers=offers: vc.match(needs, offers))
        measure("match within 300 km", lambda needs=needs, offers=offers: vc.match(needs, offers, max_km=300))


if __name__ == "__main__":
    main()

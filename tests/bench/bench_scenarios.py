"""Measure batches of scenarios: ms a scenario for firms drawn at random, with and without sums over groups.

Run: python tests/bench/bench_scenarios.py [--firms 10000] [--scenarios 5000] [--hit 10] [--threads 2] [--repeats 3]
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import valuechain as vc


def drawn(net: vc.Network, scenarios: int, hit: int, seed: int) -> pd.DataFrame:
    """Return one table of scenarios, each of ``hit`` firms that lose all supply and half of their demand."""
    draw = np.random.default_rng(seed)
    firms = np.concatenate([draw.choice(net.n_firms, hit, replace=False) for _ in range(scenarios)])
    names = np.repeat([f"s{k:05d}" for k in range(scenarios)], hit)
    return pd.DataFrame({"scenario": names, "firm": net.firm_ids[firms], "supply": 1.0, "demand": 0.5})


def fastest(call: Callable[[], object], repeats: int) -> float:
    """Return the fewest seconds of some calls."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=10_000)
    parser.add_argument("--links-per-firm", type=float, default=6.0)
    parser.add_argument("--scenarios", type=int, default=5_000)
    parser.add_argument("--hit", type=int, default=10)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    net = vc.synthetic(firms=options.firms, links_per_firm=options.links_per_firm, clusters=20, seed=1)
    table = drawn(net, options.scenarios, options.hit, 1)
    columns = ["scenario", "firm", "supply", "demand"]
    few = table.head(options.hit * 20)[columns]
    vc.cascades(net, few, by="country", threads=options.threads)  # compiles
    print(f"{net.n_firms:,} firms, {net.n_links:,} links, {options.scenarios:,} scenarios of {options.hit} firms")
    for by in (None, "country", "sector", "cluster"):
        seconds = fastest(
            lambda by=by: vc.cascades(net, table, by=by, threads=options.threads),  # type: ignore[misc]
            options.repeats,
        )
        print(f"{'sums over ' + by if by else 'no groups':>20}: {seconds / options.scenarios * 1e3:7.3f} ms a scenario")
    maps = {
        name: dict(zip(rows["firm"], rows["supply"], strict=True))
        for name, rows in table.groupby("scenario", sort=False)
    }
    seconds = fastest(lambda: vc.cascades(net, maps, threads=options.threads), options.repeats)
    print(f"{'from a mapping':>20}: {seconds / options.scenarios * 1e3:7.3f} ms a scenario (supply and demand hit)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'peak':>20}: {memory:7.2f} GB")


if __name__ == "__main__":
    main()

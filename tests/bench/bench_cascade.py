"""Measure the cascade: ms a failing firm, sweeps, threads, memory, on heavy-tailed networks with a mixed matrix.

Run: python tests/bench/bench_cascade.py [--sizes 1000 10000 100000] [--sample 3000] [--threads 1 2]
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np
import pandas as pd

from valuechain.io.synthetic import synthetic
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_network import Cascade, prepare
from valuechain.models.cascade_run import run
from valuechain.network import Network

PUBLISHED = {1_000: 16.0, 3_000: 55.0, 10_000: 182.0, 30_000: 677.0}
"""ms of processor time a firm of the authors' program fastcascade 0.9.3.1, one thread, 50 sectors, eps 1e-2."""


def mixed_network(firms: int, links_per_firm: float, seed: int) -> Network:
    """Return a synthetic network in which each pair of sectors has class 0, 1 or 2 by chance (20, 55, 25 %)."""
    net = synthetic(firms=firms, links_per_firm=links_per_firm, sectors=50, seed=seed)
    tables = net.tables
    draw = np.random.default_rng(seed)
    sectors, products = net.sectors, net.products
    pairs = [(p, s) for p in products for s in sectors]
    classes = draw.choice([0.0, 1.0, 2.0], len(pairs), p=[0.2, 0.55, 0.25])
    tables["essential"] = pd.DataFrame(
        {
            "input": pd.Series([p for p, _ in pairs], dtype="str"),
            "buyer_sector": pd.Series([s for _, s in pairs], dtype="str"),
            "class": classes,
        }
    )
    return Network(tables, {**net.metadata, "name": f"mixed {firms}"})


def measure(net: Network, sample: int, threads: list[int], repeats: int) -> None:
    """Print a line for each number of threads: the fastest of ``repeats`` runs over different firms."""
    prepared = prepare(net, Cascade())
    draw = np.random.default_rng(1)
    count = min(sample, net.n_firms)
    for workers in threads:
        best, sweeps = np.inf, 0.0
        for _ in range(repeats):
            firms = draw.permutation(net.n_firms)[:count].astype(np.int64)
            shocks = Shocks(np.arange(count + 1), firms, np.ones(count), np.ones(count))
            start = time.perf_counter()
            outcome = run(prepared, shocks, keep_firms=False, threads=workers)
            best, sweeps = min(best, (time.perf_counter() - start) / count * 1e3), float(outcome.sweeps.mean())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        against = f"; published program {PUBLISHED[net.n_firms]:.0f} ms" if net.n_firms in PUBLISHED else ""
        print(
            f"{net.n_firms:>9,} firms {net.n_links:>9,} links, {workers} threads: {best:8.3f} ms a firm, "
            f"{sweeps:.2f} sweeps, {memory:.2f} GB peak so far{against}",
            flush=True,
        )


def main() -> None:
    """Print one line a size and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--links-per-firm", type=float, default=7.5)
    parser.add_argument("--sample", type=int, default=3_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    warm = mixed_network(200, 5.0, 0)
    run(
        prepare(warm, Cascade()),
        Shocks(np.arange(2), np.arange(1), np.ones(1), np.ones(1)),
        keep_firms=False,
        threads=1,
    )
    for size in options.sizes:
        sample = max(100, min(options.sample, options.sample * 10_000 // size))
        measure(mixed_network(size, options.links_per_firm, 1), sample, options.threads, options.repeats)


if __name__ == "__main__":
    main()

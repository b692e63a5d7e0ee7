"""Measure the K most systemic firms with proof: time, firms computed, memory, on a heavy-tailed network with revenue.

Run: python tests/bench/bench_top.py [--firms 1000000] [--links-per-firm 5] [--top 100] [--rule fixed-point]
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

from bench_cascade import mixed_network

import valuechain as vc


def main() -> None:
    """Print what it took, the certificate and the ends of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--links-per-firm", type=float, default=5.0)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--rule", choices=["published", "fixed-point"], default="fixed-point")
    parser.add_argument("--tolerance", type=float)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    net = mixed_network(options.firms, options.links_per_firm, 1)
    built = time.perf_counter() - start
    print(f"{net.n_firms:,} firms, {net.n_links:,} links, invented in {built:.0f} s", flush=True)
    model = vc.Cascade(rule=options.rule, tolerance=options.tolerance, revenue="output")
    start = time.perf_counter()
    risk = vc.systemic_risk(net, model=model, top=options.top, threads=options.threads)
    took = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{options.rule}, tolerance {model.tolerance:g}: {took:.0f} s, peak {memory:.2f} GB")
    print(risk.notes[0])
    print(risk.table.iloc[[0, 1, -2, -1]].to_string(index=False))


if __name__ == "__main__":
    main()

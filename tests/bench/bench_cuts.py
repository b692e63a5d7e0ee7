"""Measure cut sets, what one firm hangs on and independent sources on large invented networks.

Run: python tests/bench/bench_cuts.py [--firms 100000] [--slots 3.8] [--single 0.3] [--cyclic] [--targets 5] [--size 2]

The networks are those of bench_critical.py; the defaults give 100,000 firms and 865,043 links. Targets are drawn from
the firms with essential needs, with one product besides. Times are wall and CPU seconds, after compilation.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import numpy as np

import valuechain as vc
from valuechain.analysis.needs import measures_of, needs_of
from valuechain.results import Result

CRITICAL = run_path(str(Path(__file__).with_name("bench_critical.py")))


def timed(what: str, call: Callable[[], Result]) -> None:
    """Print the times of a call, in seconds, and what it found."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what}: {wall:.2f} s wall, {cpu:.2f} s CPU; {result!r}; peak {CRITICAL['peak']():,.0f} MB", flush=True)


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--slots", type=float, default=3.8)
    parser.add_argument("--single", type=float, default=0.3)
    parser.add_argument("--cyclic", action="store_true")
    parser.add_argument("--targets", type=int, default=5)
    parser.add_argument("--size", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    build = CRITICAL["invented"]
    small = build(300, options.slots, options.single, cyclic=options.cyclic)
    last = str(small.firm_ids[-1])
    vc.cut_sets(small, last, size=options.size)  # compile
    vc.stopped_by(small, last)
    vc.hangs_on(small, last)
    vc.slot_redundancy(small)
    network = build(options.firms, options.slots, options.single, cyclic=options.cyclic)
    needs = needs_of(network)  # shared by all questions to one network
    measures_of(network)
    print(f"{network!r}", flush=True)
    buys = np.flatnonzero(np.diff(needs.of_buyer) > 0)
    drawn = np.random.default_rng(1).choice(buys, options.targets, replace=False)
    for firm in map(str, network.firm_ids[drawn]):

        def search(firm: str = firm) -> Result:
            return vc.cut_sets(network, firm, kind="firm", size=options.size)

        timed(f"cut sets of {firm}", search)
    timed("cut sets of product p00", lambda: vc.cut_sets(network, "p00", size=options.size))
    timed(f"{firm} hangs on", lambda: vc.hangs_on(network, firm))
    timed(f"stopped by {firm}", lambda: vc.stopped_by(network, firm))
    timed("independent sources", lambda: vc.slot_redundancy(network))


if __name__ == "__main__":
    main()

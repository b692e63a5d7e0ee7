"""Measure exposure: seconds for all firms of synthetic networks, one thread, from the undisturbed state and cold.

Run: python tests/bench/bench_exposure.py [--sizes 300 1000 2000] [--links 6] [--cold 20]

``cold`` firms are also solved without a start, to compare; seconds are of the processor, so that other work on the
computer counts little.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np

from valuechain.analysis.exposure import exposure
from valuechain.analysis.exposure_solver import WarmSolver
from valuechain.io.synthetic import synthetic
from valuechain.network import Network

LIMIT_SECONDS = {2_000: 300.0}
"""What all firms may take, one thread."""


def seconds(network: Network, firms: list[str] | None) -> float:
    """Return the processor time of one call."""
    began = time.process_time()
    exposure(network, firms=firms)
    return time.process_time() - began


def cold_seconds(network: Network, firms: list[str]) -> float:
    """Return the same with every program solved from nothing."""
    warm = WarmSolver._least

    def cold(solver: WarmSolver, pace: float) -> tuple[float, float]:
        solver._highs.clearSolver()
        return warm(solver, pace)

    WarmSolver._least = cold  # type: ignore[method-assign]
    try:
        return seconds(network, firms)
    finally:
        WarmSolver._least = warm  # type: ignore[method-assign]


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1_000, 2_000])
    parser.add_argument("--links", type=float, default=6.0)
    parser.add_argument("--cold", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for size in given.sizes:
        network = synthetic(firms=size, links_per_firm=given.links, seed=given.seed)
        chosen = np.random.default_rng(0).choice(network.firm_ids, min(given.cold, size), replace=False).tolist()
        line = f"{size:,} firms, {network.n_links:,} links"
        if given.cold:
            warm, cold = seconds(network, chosen), cold_seconds(network, chosen)
            line += f"; {len(chosen)} firms: warm {warm:.2f} s, cold {cold:.2f} s ({cold / warm:.0f} times)"
        every = seconds(network, None)
        limit = LIMIT_SECONDS.get(size)
        line += f"; all firms {every:.1f} s" + (f" (limit {limit:.0f} s)" if limit else "")
        print(line, flush=True)


if __name__ == "__main__":
    main()

"""Measure centrality: all measures together and each by itself, sampled betweenness, attack curves; one thread.

Run: python tests/bench/bench_centrality.py [NETWORK ...] [--firms 100000] [--links 10]

NETWORK is a folder, such as that of the world table of 2011 (413,525 links); the synthetic network, of a million links
unless told otherwise, comes after them. Seconds of the processor are beside those of the clock, so that other work on
the computer is seen. Targets: all measures of the world table in 30 s; sampled betweenness at a million links in 60 s.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable

import valuechain as vc
from valuechain.analysis.centrality_measures import MEASURES
from valuechain.results import Result


def measure(what: str, call: Callable[[], Result]) -> Result:
    """Print the seconds of one call."""
    processor, clock = time.process_time(), time.perf_counter()
    result = call()
    used = (time.process_time() - processor, time.perf_counter() - clock)
    print(f"  {what}: {used[0]:.2f} s processor, {used[1]:.2f} s clock", flush=True)
    return result


def run(network: vc.Network, *, each: bool) -> None:
    """Print a line a question."""
    print(f"{network.name}: {network.n_firms:,} firms, {network.n_links:,} links", flush=True)
    _ = network.supplier, network.buyer, network.product, network.fingerprint, network.matrix
    vc.centrality(vc.example("textbook"), measures="all")  # imports and compiled code are there
    found = measure("betweenness", lambda: vc.centrality(network, measures="betweenness"))
    row = found.measures.table.iloc[0]
    print(
        f"    {row['method']}; error {row['error']:.3g} at most, largest value {found.table['betweenness'].max():.3g}"
    )
    if each:
        for name in MEASURES:
            measure(name, lambda name=name: vc.centrality(network, measures=name))  # type: ignore[misc]
    measure("all measures together", lambda: vc.centrality(network, measures="all"))
    rankings = ["stops_in_turn", "stops", "out_strength", "katz_downstream", "random"]
    vc.attack_curve(vc.example("textbook"), rankings=rankings)
    curves = measure("five attack curves, 20 random orders", lambda: vc.attack_curve(network, rankings=rankings))
    print(f"    {curves.notes[0]}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)


def main() -> None:
    """Measure each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--links", type=float, default=10.0, help="a firm")
    parser.add_argument("--each", action="store_true", help="also each measure by itself")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for path in given.networks:
        run(vc.read(path), each=given.each)
    if given.firms:
        run(vc.synthetic(firms=given.firms, links_per_firm=given.links, seed=1), each=given.each)


if __name__ == "__main__":
    main()

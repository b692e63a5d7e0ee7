"""Measure dependence: seconds for dependency, concentration, exposure through all tiers and reach, one thread.

Run: python tests/bench/bench_dependence.py [NETWORK ...] [--firms 100000] [--links 8.5]

NETWORK is a folder, such as that of the world table of 2011 (413,525 links); the synthetic network comes after them.
Seconds of the processor are beside those of the clock, so that other work on the computer is seen. Synthetic firms are
spread over 43 countries by a fixed draw.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import valuechain as vc
from valuechain.errors import ValueChainError


def measure(what: str, call: Callable[[], object]) -> None:
    """Print the seconds of one call, and what it says when it refuses."""
    processor, clock = time.process_time(), time.perf_counter()
    try:
        said = f"{len(call().table):,} rows"  # type: ignore[attr-defined]
    except ValueChainError as error:
        said = f"refused: {str(error)[:150]}"
    used = (time.process_time() - processor, time.perf_counter() - clock)
    print(f"  {what}: {used[0]:.2f} s processor, {used[1]:.2f} s clock; {said}", flush=True)


def with_countries(network: vc.Network, count: int = 40) -> vc.Network:
    """Return the network with firms spread over countries by a fixed draw, as a synthetic one is of one country."""
    import pycountry  # noqa: PLC0415

    codes = [*sorted(c.alpha_3 for c in pycountry.countries)[:count], "DEU", "FRA", "POL"]
    tables = network.tables
    drawn = np.random.default_rng(0).choice(codes, network.n_firms)
    tables["firms"] = (
        tables["firms"].assign(country=pd.Series(drawn, dtype="str")).drop(columns="region", errors="ignore")
    )
    return vc.Network.from_tables(**tables, name=network.name)


def run(network: vc.Network) -> None:
    """Print a line a question."""
    print(f"{network.name}: {network.n_firms:,} firms, {network.n_links:,} links", flush=True)
    _ = network.supplier, network.buyer, network.product, network.fingerprint
    buyer = str(network.firm_ids[int(network.purchases.argmax())])
    measure("dependency, EU", lambda: vc.dependency(network, area="EU"))
    measure("country single points", lambda: vc.country_single_points(network))
    measure("concentration by product, by country", lambda: vc.concentration(network, merge="country"))
    measure("concentration by buyer, by bloc", lambda: vc.concentration(network, by="buyer", merge="bloc"))
    measure("one buyer, all tiers, by country", lambda: vc.supplier_exposure(network, buyer=buyer))
    measure("one buyer, all tiers, by firm", lambda: vc.supplier_exposure(network, buyer=buyer, by="firm"))
    measure("every buyer, all tiers, by country", lambda: vc.supplier_exposure(network))
    measure("reach upstream", lambda: vc.reach(network, buyer))


def main() -> None:
    """Measure each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--links", type=float, default=8.5)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for path in given.networks:
        run(vc.read(path))
    if given.firms:
        run(with_countries(vc.synthetic(firms=given.firms, links_per_firm=given.links, seed=1)))


if __name__ == "__main__":
    main()

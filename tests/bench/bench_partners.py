"""Measure partners: seconds to screen candidates over scenarios, and for the whole answer.

Run: python tests/bench/bench_partners.py [--firms 17000] [--links 5] [--candidates 1000] [--scenarios 100]

The network is synthetic; every firm may fail (the default hazards). Candidates are those of the needs with most to
gain. The first line is a small network, which compiles. Seconds of the processor are beside those of the clock, so that
other work on the computer is seen.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd

import valuechain as vc
from valuechain.recommend.candidates import candidates_of
from valuechain.recommend.economy import activity_of, economy_of
from valuechain.recommend.filters import Filters
from valuechain.recommend.hazards import hazards_of
from valuechain.recommend.judged import likely_slots
from valuechain.recommend.screening import potential_of, screened


class Clock:
    """Prints how long each step took."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start anew."""
        self.clock, self.processor = time.perf_counter(), time.process_time()

    def say(self, what: str) -> None:
        """Print the seconds since the last line."""
        clock, processor = time.perf_counter() - self.clock, time.process_time() - self.processor
        print(f"  {what}: {clock:.2f} s clock, {processor:.2f} s processor", flush=True)
        self.start()


def spread(slot: np.ndarray, most: int) -> np.ndarray:
    """Return which candidates to take: of each need equally many, so that all needs have some."""
    nth = pd.Series(slot).groupby(slot).cumcount().to_numpy()
    return np.sort(np.lexsort((slot, nth))[:most])


def run(firms: int, links: float, candidates: int, scenarios: int) -> None:
    """Print a line a step."""
    network = vc.synthetic(firms=firms, links_per_firm=links, seed=1)
    print(f"{network.n_firms:,} firms, {network.n_links:,} links, {scenarios} scenarios", flush=True)
    clock = Clock()
    economy = economy_of(network, spare_share=0.1)
    hazards = hazards_of(network, runs=scenarios)
    clock.say("economy and hazards")
    base = activity_of(economy, hazards.surviving)
    clock.say("activity without partners")
    every = likely_slots(economy, hazards, base, np.arange(economy.n_slots), most=60)
    potential = potential_of(economy, hazards.surviving, base, hazards.probability, slot=every)
    clock.say(f"what {len(every):,} needs could gain")
    slots = every[np.argsort(-potential, kind="stable")]
    found = candidates_of(economy, slots[:50], Filters())
    clock.say(f"candidates for 50 needs: {len(found):,}")
    few = spread(found.slot, candidates)
    slot, firm = found.slot[few], found.firm[few]
    worth = screened(economy, hazards.surviving, base, slot=slot, firm=firm, spare=economy.spare[firm])
    needs, helps = len(np.unique(slot)), (worth.cut > 0).mean()
    clock.say(f"screening {len(slot):,} candidates for {needs} needs (in {helps:.1%} of cells one cuts a loss)")
    buyer = network.firm_ids[economy.graph.slot_buyer[slots[0]]]
    vc.partners(network, buyer=str(buyer), runs=scenarios, spare_share=0.1, fixed_cost=1.0, unit_cost=1.0)
    clock.say("vc.partners for all needs of one buyer")
    vc.partners(network, runs=scenarios, spare_share=0.1, fixed_cost=1.0, unit_cost=1.0)
    clock.say("vc.partners for the 20 weakest needs of the network")


def main() -> None:
    """Compile, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=17_000)
    parser.add_argument("--links", type=float, default=5.0)
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--scenarios", type=int, default=100)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    run(300, 4.0, 100, 20)
    run(given.firms, given.links, given.candidates, given.scenarios)


if __name__ == "__main__":
    main()

"""Measure an ensemble: time of 1,000 runs, peak memory of the process, two threads against one, the part of a run.

Run: python tests/bench/bench_ensemble.py [--firms 17000] [--links-per-firm 5] [--runs 1000] [--days 120] [--few 40]

Correlated beta losses on all firms of the largest country, a random start, a second shock that happens with a
probability. The target is 600 s and 4 GB for 1,000 runs of 120 days on 17,000 firms and 85,000 links with 2 threads.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import time
import warnings

import valuechain as vc

SECONDS, GIGABYTES = 600, 4.0


def scenario_of(net: vc.Network, days: int) -> vc.Scenario:
    """Return shocks on the largest country and the largest sector."""
    country, sector = (net.firms[c].value_counts().index[0] for c in ("country", "sector"))
    flood = vc.Shock(
        where={"country": country},
        loss={"distribution": "beta", "a": 2, "b": 5},
        start={"distribution": "triangular", "low": 0, "mode": 10, "high": 40},
        days=20,
        recovery="linear",
        recovery_days=30,
    )
    strike = vc.Shock(
        where={"sector": sector},
        loss={"distribution": "uniform", "low": 0.2, "high": 0.6},
        start={"distribution": "uniform", "low": 0, "high": 60},
        days={"distribution": "lognormal", "median": 10, "sigma": 0.5},
        probability=0.3,
    )
    ensemble = {"seed": 7, "correlation": {"country": 0.2, "sector": 0.3}}
    return vc.Scenario(shocks=[flood, strike], name="flood and strike", days=days, ensemble=ensemble)


def timed(net: vc.Network, scenario: vc.Scenario, runs: int, threads: int) -> float:
    """Return the seconds of an ensemble."""
    began = time.perf_counter()
    vc.ensemble(net, scenario, runs=runs, threads=threads)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("firms", 17_000), ("links-per-firm", 5), ("runs", 1000), ("days", 120), ("few", 40)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--profile", action="store_true", help="show where one thread spends its time, and stop")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    net = vc.synthetic(firms=given.firms, links_per_firm=given.links_per_firm, sectors=50, seed=1)
    scenario = scenario_of(net, given.days)
    print(f"{net.n_firms:,} firms, {net.n_links:,} links, {given.days} days")
    timed(net, scenario, 2, 1)
    if given.profile:
        profile = cProfile.Profile()
        # A thread of the pool is not seen by the profile: the work of one thread is called here.
        with profile:
            from valuechain.models.ensemble_draws import draws_of  # noqa: PLC0415
            from valuechain.models.over_time import dynamics_of  # noqa: PLC0415

            dynamics = dynamics_of(net, None)
            draws = draws_of(net, scenario, dynamics.effects(scenario, is_random=True), seed=7)
            for run in range(given.few // 4):
                dynamics.run(draws.in_run(run)[0], days=given.days, keep_firms=False)
        pstats.Stats(profile).sort_stats("tottime").print_stats(18)
        return
    for _ in range(3):
        one, two = (timed(net, scenario, given.few, threads) for threads in (1, 2))
        print(f"{given.few} runs: 1 thread {one:.1f} s, 2 threads {two:.1f} s, ratio {one / two:.2f}")
    busy = time.process_time()
    seconds = timed(net, scenario, given.runs, 2)
    busy = time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{given.runs:,} runs, 2 threads: {seconds:.0f} s (target {SECONDS} s for 1,000 runs of 120 days)")
    print(f"processor time of that: {busy:.0f} s, {busy / given.runs:.3f} s a run")
    print(f"peak memory of the process: {peak:.2f} GB (target {GIGABYTES:g} GB)")


if __name__ == "__main__":
    main()

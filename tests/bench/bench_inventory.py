"""Measure the inventory model: ms a step, by rule, size and option, with and without a hub; memory of the model's own.

Run: python tests/bench/bench_inventory.py [--sizes 10000 100000] [--days 60] [--repeats 5] [--csv FILE]

A step is one day after a shock to a tenth of the firms, with the check of mass and the day's limits, without keeping
firms. ``leads``: half of the links take 2 to 15 days. ``switch``: buyers switch after three days, and every firm can
make a quarter more than usual. Each size has a process of its own, so that its peak of memory is its own.
Times are those of the processor, which others on the machine disturb less.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from valuechain.io.synthetic import synthetic
from valuechain.models.inventory import Inventory
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import run
from valuechain.models.timeline import timeline
from valuechain.network import Network
from valuechain.scenario import Scenario, Shock

LIMIT_MS = {
    (10_000, "proportional"): 2.0,
    (10_000, "smallest-first"): 4.0,
    (100_000, "smallest-first"): 40.0,
}
"""What a step may take, one thread; the published program takes 24, 43 (345 with the hub) and 656 ms."""

HUB = 1_900
"""Clients of the hub."""


@dataclass(frozen=True)
class Measured:
    """Figures of one size, rule and network. Memory is the peak of what preparing and running allocate."""

    firms: int
    links: int
    most_clients: int
    rationing: str
    option: str
    ms_step: float
    ms_middle: float
    ms_worst: float
    limit_ms: float | None
    short_share: float
    memory_mb: float


def network_of(firms: int, hub: int, seed: int = 1) -> Network:
    """Return a synthetic network of six links a firm, in which one firm has at least ``hub`` clients."""
    net = synthetic(firms=firms, links_per_firm=6, sectors=50, seed=seed)
    if not hub:
        return net
    tables = net.tables
    draw = np.random.default_rng(seed)
    ids = net.firm_ids
    clients = draw.choice(ids[1:], hub, replace=False)
    links = tables["links"]
    more = pd.DataFrame({"supplier": ids[0], "buyer": clients, "flow": draw.lognormal(0, 1, hub)})
    tables["links"] = pd.concat([links[links["supplier"] != ids[0]], more], ignore_index=True)
    return Network.from_tables(**tables, name="with a hub", essential_rule="all")


OPTIONS = {
    "none": {"lead_times": False},
    "leads": {},
    "switch": {"lead_times": False, "switch_after": 3, "overproduction": True},
    "leads and switch": {"switch_after": 3, "overproduction": True},
}
RULES = ("proportional", "final-last", "smallest-first", "final-last-smallest-first")


def with_leads_and_capacity(net: Network, seed: int = 2) -> Network:
    """Return a network in which half of the links take 2 to 15 days, and firms can make a quarter more than usual."""
    tables = net.tables
    draw = np.random.default_rng(seed)
    days = draw.integers(2, 16, net.n_links).astype(float)
    tables["links"] = tables["links"].assign(lead_days=np.where(draw.random(net.n_links) < 0.5, days, np.nan))
    base = prepare(net, Inventory()).graph.base / (1 / 365 if net.flow_period == "year" else 1)
    tables["firms"] = tables["firms"].assign(capacity=base * 1.25)
    return Network.from_tables(**tables, name="with leads", essential_rule="all")


def measure(firms: int, hub: int, days: int, repeats: int) -> list[Measured]:
    """Return the figures of one network for each rule and option."""
    warnings.simplefilter("ignore")
    net = with_leads_and_capacity(network_of(firms, hub))
    hit = np.random.default_rng(0).choice(net.firm_ids, firms // 10, replace=False)
    ids = sorted({*hit, net.firm_ids[0]})
    scenario = Scenario(
        shocks=[Shock(where={"firms": ids}, loss=0.6, start=1, days=10, recovery="linear", recovery_days=30)]
    )
    found = []
    for option, chosen in OPTIONS.items():
        for rationing in RULES:
            model = Inventory(rationing=rationing, **chosen)
            run(prepare(net, model), timeline(net, scenario, days=2), days=2, keep_firms=False)
            tracemalloc.start()
            prepared, shocks = prepare(net, model), timeline(net, scenario, days=days)
            run(prepared, shocks, days=3, keep_firms=False)
            memory = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
            times = []
            for _ in range(repeats):
                began = time.thread_time()
                outcome = run(prepared, shocks, days=days, keep_firms=False)
                times.append((time.thread_time() - began) * 1e3 / days)
            found.append(
                Measured(
                    firms=firms,
                    links=len(prepared.link),
                    most_clients=int(np.diff(prepared.graph.sale_start).max()),
                    rationing=rationing,
                    option=option,
                    ms_step=round(min(times), 3),
                    ms_middle=round(statistics.median(times), 3),
                    ms_worst=round(max(times), 3),
                    limit_ms=LIMIT_MS.get((firms, rationing)),
                    short_share=round(float((outcome.last < prepared.graph.base * 0.999).mean()), 3),
                    memory_mb=round(memory, 1),
                )
            )
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    rows = []
    for firms in given.sizes:
        for hub in (0, HUB):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                rows += pool.submit(measure, firms, hub, given.days, given.repeats).result()
    table = pd.DataFrame([asdict(r) for r in rows])
    print(table.to_string(index=False))
    if given.csv:
        table.to_csv(given.csv, index=False)


if __name__ == "__main__":
    main()

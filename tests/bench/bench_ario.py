"""Measure ARIO: ms a step and peak memory, one thread, full tables of invented industries, capital losses that recover.

Run: python tests/bench/bench_ario.py [--sizes 6x8 8x50 44x56] [--days 100] [--repeats 5] [--reference] [--scenario]

A size is regions x sectors. Each has a process of its own, so that its peak of memory is its own; the peak counts all,
the interpreter and the table as it is given included. A step is a day of ``run_ario`` with all it records. Processor
time is what counts where others use the machine too. ``--scenario`` runs the same losses as a scenario on a network, as
``simulate`` does, firms kept; the peak then holds the network and its tables too.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")})

import numpy as np
import pandas as pd

import valuechain as vc
from valuechain.models.ario import Ario
from valuechain.models.ario_dynamics import ario_dynamics
from valuechain.models.ario_events import CapitalLoss, recovery_curve
from valuechain.models.ario_run import run_ario
from valuechain.models.ario_table import ArioTable, make_table

BOARIO = {48: 1.2, 400: 10.0, 2464: 427.0}
"""ms a step of BoARIO 0.7.2 with recover events, one thread, as design/models.md has them."""


def economy(regions: int, sectors: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return flows without a single empty cell, heavy-tailed, final demand (a third of output), and sectors."""
    draw = np.random.default_rng(regions * sectors)
    n = regions * sectors
    flows = draw.lognormal(0.0, 2.0, (n, n))
    sector = np.tile(np.array([f"s{k:03d}" for k in range(sectors)]), regions)
    return flows, draw.uniform(0.5, 1.5, (n, regions)) * (flows.sum(axis=1) / 2 / regions)[:, None], sector


def table_of(regions: int, sectors: int, model: Ario) -> ArioTable:
    """Return an invented table."""
    flows, demand, sector = economy(regions, sectors)
    return make_table(flows, final_demand=demand, sector=sector, model=model)


def network_of(regions: int, sectors: int) -> vc.Network:
    """Return the same economy as a network."""
    flows, demand, sector = economy(regions, sectors)
    ids = pd.Series([f"i{k:05d}" for k in range(len(flows))], dtype="str")
    supplier, buyer = np.indices(flows.shape).reshape(2, -1)
    links = pd.DataFrame(
        {
            "supplier": ids.take(supplier).reset_index(drop=True),
            "buyer": ids.take(buyer).reset_index(drop=True),
            "flow": flows.ravel(),
        }
    )
    firms = pd.DataFrame({"firm": ids, "sector": sector, "final_demand": demand.sum(axis=1)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.Network.from_tables(firms, links)


def measure_scenario(regions: int, sectors: int, days: int, repeats: int, reference: bool) -> tuple[float, ...]:
    """Return the same numbers for a scenario, and the peak of memory before the network was made ready."""
    network = network_of(regions, sectors)
    hit = network.firm_ids[np.arange(sectors) * regions % network.n_firms].tolist()
    shocks = [
        vc.Shock(
            what="capital", where={"firms": hit}, loss=loss, start=start, days=5, recovery="linear", recovery_days=60
        )
        for start, loss in ((1, 0.3), (20, 0.2))
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    dynamics = ario_dynamics(network, Ario(reference=reference))
    effects = dynamics.effects(vc.Scenario(shocks=shocks))
    return *repeated(lambda n: dynamics.run(effects, days=n, keep_firms=True).production, days, repeats), before


def repeated(run: Callable[[int], np.ndarray], days: int, repeats: int) -> tuple[float, float, float, float]:
    """Return the least and the median ms a step, the least of processor time, and the peak of memory in MB."""
    run(2)  # compiles
    times, processor = [], []
    for _ in range(repeats):
        begin, worked = time.perf_counter(), time.process_time()
        if not run(days).min() >= 0:
            raise SystemExit("the run is not a run")
        times.append((time.perf_counter() - begin) / days * 1e3)
        processor.append((time.process_time() - worked) / days * 1e3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return min(times), float(np.median(times)), min(processor), peak


def measure(regions: int, sectors: int, days: int, repeats: int, reference: bool) -> tuple[float, float, float, float]:
    """Return the least and the median ms a step, the least of processor time, and the peak of memory in MB."""
    model = Ario(reference=reference)
    table = table_of(regions, sectors, model)
    hit = np.arange(sectors) * regions % len(table.order)
    events = [
        CapitalLoss(
            firms=hit,
            loss=share * table.capital[table.rank[hit]],
            start=start,
            days=5,
            left=recovery_curve("linear", 60.0, days=days),
        )
        for start, share in ((1, 0.3), (20, 0.2))
    ]
    return repeated(lambda n: run_ario(table, model, days=n, events=events).production, days, repeats)


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["6x8", "8x50", "44x56"])
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--reference", action="store_true")
    parser.add_argument("--scenario", action="store_true")
    options = parser.parse_args()
    print("industries  ms a step: least  median  processor   BoARIO 0.7.2   peak MB")
    context = multiprocessing.get_context("spawn")
    for size in options.sizes:
        regions, sectors = (int(part) for part in size.split("x"))
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            task = measure_scenario if options.scenario else measure
            job = pool.submit(task, regions, sectors, options.days, options.repeats, options.reference)
            least, median, processor, peak, *before = job.result()
        n = regions * sectors
        peer = BOARIO.get(n, float("nan"))
        print(
            f"{n:10,}  {least:16.3f}  {median:6.3f}  {processor:9.3f}  {peer:13.1f}  {peak:8.0f}", *before, flush=True
        )


if __name__ == "__main__":
    main()

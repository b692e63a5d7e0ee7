"""Measure the cascade: ms a failing firm, sweeps, threads, memory, on heavy-tailed networks with a mixed matrix.

Run: python tests/bench/bench_cascade.py [--sizes 1000 10000 100000] [--threads 2] [--repeats 5]
    [--rule published] [--csv FILE]

Each size has a process of its own, so that its peak of memory is its own. Runs with one thread and with several take
turns over the same firms: on a machine that others use too, only neighbouring runs can be compared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from valuechain.io.synthetic import synthetic
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_network import Cascade, prepare
from valuechain.models.cascade_run import run
from valuechain.network import Network

FASTCASCADE = {1_000: 16.0, 3_000: 55.0, 10_000: 182.0, 30_000: 677.0}
"""ms of processor time a firm of the authors' program fastcascade 0.9.3.1, one thread, 50 sectors, eps 1e-2; measured
on the machine the figures in docs/decisions/0008 are from."""

ESRICASCADE = {10_000: 0.78, 100_000: 9.9}
"""ms a firm of ESRIcascade.jl as its own page states them, on its authors' machine."""

SAMPLE = {1_000: 20_000, 10_000: 10_000, 100_000: 2_000}
"""Failing firms a run, by the size they are for; a run that is over at once measures the start of threads."""


@dataclass(frozen=True)
class Measured:
    """Figures of one size. Times are the least of all runs; scaling is time with one thread over time with several.

    ``processor_growth`` is processor time with several threads over that with one: what they cost each other in shared
    cache and memory. Unlike scaling it can be told on a machine whose processors others use too.
    """

    firms: int
    links: int
    ms_one_thread: float
    ms_processor: float
    ms_threads: float
    threads: int
    scaling_best: float
    scaling_median: float
    processor_growth: float
    sweeps: float
    prepare_s: float
    peak_gb: float
    fastcascade_ms: float | None
    esricascade_ms: float | None


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


def failures(firms: int, count: int) -> Shocks:
    """Return scenarios in each of which one firm fails, drawn by chance; all firms come before any comes twice."""
    order = np.random.default_rng(1).permutation(firms)
    which = np.resize(order, count).astype(np.int64)
    return Shocks(np.arange(count + 1), which, np.ones(count), np.ones(count))


def measure(firms: int, links_per_firm: float, threads: int, repeats: int, rule: str) -> Measured:
    """Return the figures of one size: runs with one thread and with several take turns."""
    warnings.simplefilter("ignore")
    net = mixed_network(firms, links_per_firm, 1)
    start = time.perf_counter()
    prepared = prepare(net, Cascade(rule=rule))
    prepare_s = time.perf_counter() - start
    # Every failure spreads to all by the rule fixed-point, which takes longer.
    sample = SAMPLE[min(SAMPLE, key=lambda size: abs(np.log(size / firms)))] // (1 if rule == "published" else 8)
    shocks = failures(firms, sample)
    run(prepared, failures(firms, 1), keep_firms=False, threads=1)  # compiles, or reads what was compiled
    one, processor, several, processor_several, sweeps = [], [], [], [], 0.0
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        outcome = run(prepared, shocks, keep_firms=False, threads=1)
        one.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
        start, used = time.perf_counter(), time.process_time()
        run(prepared, shocks, keep_firms=False, threads=threads)
        several.append(time.perf_counter() - start)
        processor_several.append(time.process_time() - used)
        sweeps = float(outcome.sweeps.mean())
    ratios = np.array(one) / np.array(several)
    return Measured(
        firms=firms,
        links=net.n_links,
        ms_one_thread=min(one) / sample * 1e3,
        ms_processor=min(processor) / sample * 1e3,
        ms_threads=min(several) / sample * 1e3,
        threads=threads,
        scaling_best=float(ratios.max()),
        scaling_median=float(np.median(ratios)),
        processor_growth=min(processor_several) / min(processor),
        sweeps=sweeps,
        prepare_s=prepare_s,
        peak_gb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        fastcascade_ms=FASTCASCADE.get(firms),
        esricascade_ms=ESRICASCADE.get(firms),
    )


def told(m: Measured) -> str:
    """Return the line of one size."""
    beside = f"; fastcascade {m.fastcascade_ms:g} ms" if m.fastcascade_ms else ""
    beside += f"; ESRIcascade.jl states {m.esricascade_ms:g} ms" if m.esricascade_ms else ""
    return (
        f"{m.firms:>9,} firms {m.links:>9,} links: {m.ms_one_thread:7.3f} ms a firm ({m.ms_processor:.3f} processor), "
        f"{m.sweeps:.2f} sweeps; {m.threads} threads {m.ms_threads:7.3f} ms, {m.scaling_best:.2f} times faster in the "
        f"best pair, {m.scaling_median:.2f} in the middle one, {m.processor_growth:.2f} times the processor time; "
        f"peak {m.peak_gb:.2f} GB{beside}"
    )


def main() -> None:
    """Print one line a size; write them as CSV when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--links-per-firm", type=float, default=7.5)
    parser.add_argument("--threads", type=int, default=2, help="threads to compare with one")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of runs")
    parser.add_argument("--rule", choices=["published", "fixed-point"], default="published")
    parser.add_argument("--csv", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    rows = []
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for size in options.sizes:
            job = pool.submit(measure, size, options.links_per_firm, options.threads, options.repeats, options.rule)
            rows.append(job.result())
            print(told(rows[-1]), flush=True)
    if options.csv:
        pd.DataFrame([asdict(row) for row in rows]).to_csv(options.csv, index=False)


if __name__ == "__main__":
    main()

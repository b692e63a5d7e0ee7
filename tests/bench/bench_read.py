"""Measure reading and checking of a large folder, each format in a fresh process.

Run ``python tests/bench/bench_read.py``; wall time and peak memory are printed and compared with the budget.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from valuechain.errors import DataWarning
from valuechain.io.folder import read_folder, write_folder

BUDGET = {"csv": (6.0, 1.5), "parquet": (2.0, 1.5)}
"""Seconds to read and check, and peak resident memory in GB, for 100,000 firms and 1,000,000 links."""
ARRAYS_BUDGET = 2.0


def generate(folder: Path, firms: int, links: int, kind: str) -> None:
    """Write a random network with ids in random order, without going through the package."""
    random = np.random.default_rng(1)
    ids = np.array([f"F{k:07d}" for k in range(firms)], dtype=object)
    random.shuffle(ids)
    firm_table = pd.DataFrame(
        {
            "firm": ids,
            "sector": np.array([f"C{k:02d}" for k in range(60)], dtype=object)[random.integers(0, 60, firms)],
            "country": np.array(["LVA", "DEU", "POL", "FRA"], dtype=object)[random.integers(0, 4, firms)],
            "output": random.lognormal(16, 1, firms).round(2),
        }
    )
    supplier, buyer = random.integers(0, firms, links), random.integers(0, firms, links)
    link_table = pd.DataFrame(
        {"supplier": ids[supplier], "buyer": ids[buyer], "flow": random.lognormal(8, 2, links).round(2)}
    )
    link_table = link_table.drop_duplicates(["supplier", "buyer"])
    (folder / "network.toml").write_text('format = 1\nname = "bench"\ncurrency = "EUR"\n', encoding="utf-8")
    for name, table in (("firms", firm_table), ("links", link_table)):
        if kind == "csv":
            table.to_csv(folder / f"{name}.csv", index=False)
        else:
            table.to_parquet(folder / f"{name}.parquet", index=False)


def measure(folder: Path, *, with_write: bool) -> dict[str, float]:
    """Read once and build the arrays; start-up and imports are not counted in the time, but in the memory."""
    warnings.simplefilter("ignore", DataWarning)
    start = time.perf_counter()
    net = read_folder(folder)
    read = time.perf_counter()
    for part in ("supplier", "buyer", "flow", "product", "sector", "matrix"):
        getattr(net, part)
    arrays = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    figures = {"links": net.n_links, "read_s": read - start, "arrays_s": arrays - read, "peak_gb": peak}
    if with_write:
        for tables in ("csv", "parquet"):
            start = time.perf_counter()
            write_folder(net, folder / f"out_{tables}", tables=tables)  # type: ignore[arg-type]
            figures[f"write_{tables}_s"] = time.perf_counter() - start
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--format", choices=[*BUDGET, "both"], default="both")
    parser.add_argument("--write", action="store_true", help="measure writing, too")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, with_write=options.write)))
        return 0
    late = False
    for kind in BUDGET if options.format == "both" else [options.format]:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), options.firms, options.links, kind)
            command = [sys.executable, __file__, "--measure", folder, *(["--write"] if options.write else [])]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures = json.loads(done.stdout)
        seconds, memory = BUDGET[kind]
        kept = figures["read_s"] < seconds and figures["peak_gb"] < memory and figures["arrays_s"] < ARRAYS_BUDGET
        late |= not kept
        print(f"{kind}: " + ", ".join(f"{k} {v:.2f}" for k, v in figures.items()) + (" ok" if kept else " OVER BUDGET"))
    return int(late)


if __name__ == "__main__":
    sys.exit(main())

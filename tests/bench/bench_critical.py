"""Measure the exact single points of failure on large invented networks.

Run: python tests/bench/bench_critical.py [--firms 100000] [--slots 3.75] [--single 0.3] [--cyclic] [--runs 3]

Firms buy from firms before them (with --cyclic from any), a share --single of slots from one supplier only, the others
from 2 to 4. Suppliers are drawn by a size with a heavy tail; the first twentieth of firms are raw materials, so that no
firm carries all others. The defaults give 100,000 firms and 851,146 links, --slots 3.55 --single 0.05 and --slots 5.9
--single 0.75 --cyclic about as many, --firms 1000000 --slots 2.52 gives 5,739,383. Each run is timed on the loaded
network, in wall and in CPU seconds, after compilation, with everything that the call works out of the tables (slots,
fingerprint); memory is the peak of this process, which builds the tables and runs. The ratio is wall time to --target.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

import valuechain as vc

PRODUCTS = 60


def peak() -> float:
    """Return the most memory of this process so far in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def invented(firms: int, slots: float, single: float, *, cyclic: bool, seed: int = 1) -> vc.Network:
    """Return a network by the recipe above; its tables keep every rule, so they are not checked again."""
    rng = np.random.default_rng(seed)
    base = firms // 20  # raw materials: nothing comes from before them, so no firm carries all others
    count = rng.poisson(slots, firms)
    count[:base] = 0
    buyer = np.repeat(np.arange(firms, dtype=np.int32), count)
    sources = np.where(rng.random(len(buyer)) < single, 1, rng.integers(2, 5, len(buyer)))
    slot = np.repeat(np.arange(len(buyer), dtype=np.int32), sources)
    # Suppliers are drawn by size, which has a heavy tail; without cycles among the firms before the buyer.
    upto = np.cumsum(rng.pareto(1.5, firms) + 1)
    drawn = rng.random(len(slot)) * (upto[-1] if cyclic else upto[buyer[slot] - 1])
    supplier = np.searchsorted(upto, drawn, side="right").astype(np.int32)
    del drawn
    # A slot is one buyer's need for one product: all its links carry that product.
    product = rng.integers(0, PRODUCTS, len(buyer)).astype(np.int32)[slot]
    buyer = buyer[slot]
    del slot
    keep = (supplier != buyer) & (np.arange(len(buyer)) > 0)
    key = pd.DataFrame({"s": supplier, "b": buyer, "p": product})
    keep &= ~key.duplicated().to_numpy()
    del key
    shuffled = rng.permutation(firms)
    ids = pa.array([f"F{k}" for k in shuffled], type=pa.large_string())
    names = pa.array([f"p{k:02d}" for k in range(PRODUCTS)], type=pa.large_string())
    kind = pd.StringDtype("pyarrow", na_value=np.nan)

    def column(values: pa.Array, at: np.ndarray) -> pd.Series:
        return pd.Series(pd.array(values.take(pa.array(at)), dtype=kind))

    links = pd.DataFrame(
        {
            "supplier": column(ids, supplier[keep]),
            "buyer": column(ids, buyer[keep]),
            "product": column(names, product[keep]),
            "flow": rng.pareto(1.5, int(keep.sum())) + 0.1,
        }
    )
    table = pd.DataFrame({"firm": column(ids, np.arange(firms)), "sector": column(names, rng.integers(0, 60, firms))})
    table["output"] = rng.pareto(1.1, firms) + 1
    return vc.Network({"firms": table, "links": links}, {"name": "invented", "essential_rule": "all"})


def timed(what: str, call: Callable[[], object], runs: int, target: float = 0.0) -> None:
    """Print the best times of a call, in seconds."""
    best, result = [], None
    for _ in range(runs):
        result = None  # that of the run before is no memory that a call needs
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        best.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = min(best)
    ratio = f", {wall / target:.2f} of the target" if target else ""
    print(f"{what}: {wall:.2f} s wall, {cpu:.2f} s CPU{ratio}; {result!r}; peak {peak():,.0f} MB", flush=True)


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--slots", type=float, default=3.75)
    parser.add_argument("--single", type=float, default=0.3)
    parser.add_argument("--cyclic", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--target", type=float, default=0.5, help="seconds")
    parser.add_argument("--what", nargs="*", default=["points"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    small = invented(300, options.slots, options.single, cyclic=options.cyclic)
    print(f"start: peak {peak():,.0f} MB")
    calls: dict[str, Callable[[vc.Network], object]] = {
        "points": vc.single_points_of_failure,
        "share": lambda n: vc.single_points_of_failure(n, min_share=0.5),
        "ground-up": lambda n: vc.single_points_of_failure(n, semantics="ground-up"),
        "sectors": lambda n: vc.single_points_of_failure(n, by="sector"),
    }
    for what in options.what:  # compile
        calls[what](small)
    network = invented(options.firms, options.slots, options.single, cyclic=options.cyclic)
    print(f"{network!r}: tables built, peak {peak():,.0f} MB", flush=True)
    timed("positions and arrays", lambda: len(network.supplier + network.buyer + network.product), 1)
    for what in options.what:

        def call(what: str = what) -> object:
            network.derived.clear()  # slots, classes and needs are worked out anew
            network.__dict__.pop("fingerprint", None)
            return calls[what](network)

        timed(what, call, options.runs, options.target)


if __name__ == "__main__":
    main()

"""Measure the main job as a user meets it: ``--help``, the first ever run (which compiles) and later runs.

Run: python tests/bench/bench_diagnose.py NETWORK [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time


def timed(arguments: list[str], cache: str) -> tuple[float, float]:
    """Return wall seconds and the largest memory in MB of any child so far."""
    command = [sys.executable, "-c", "from valuechain.cli import main; main()", *arguments]
    start = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
    )
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        helps = [timed(["--help"], cache)[0] for _ in range(5)]
        print(f"--help: {min(helps):.2f} s (best of 5; slowest {max(helps):.2f})")
        seconds, memory = timed(["diagnose", options.network], cache)
        print(f"diagnose, first ever run: {seconds:.1f} s, {memory:,.0f} MB")
        for _ in range(options.runs):
            seconds, memory = timed(["diagnose", options.network], cache)
            print(f"diagnose, later run: {seconds:.1f} s, {memory:,.0f} MB")


if __name__ == "__main__":
    main()

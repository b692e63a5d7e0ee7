"""The cascade under pytest-benchmark: its table of times, and files to compare one version with another.

Run: pytest tests/bench/cascade_benchmark.py --benchmark-columns=min,median,rounds [--benchmark-autosave,
--benchmark-compare]. Needs the extra ``bench``. ``extra_info`` in the saved files has ms a firm and mean sweeps. For
thread scaling, memory and the figures of other programs run bench_cascade.py: there runs take turns, which
pytest-benchmark cannot do.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from bench_cascade import SAMPLE, failures, mixed_network

from valuechain.models.cascade_network import Cascade, prepare
from valuechain.models.cascade_run import run


@pytest.mark.parametrize("rule", ["published", "fixed-point"])
@pytest.mark.parametrize("firms", [1_000, 10_000, 100_000])
def test_failing_firms(benchmark, firms: int, rule: str) -> None:
    """Time the failure of a sample of firms, each alone, with one thread; ms a firm are printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = prepare(mixed_network(firms, 7.5, 1), Cascade(rule=rule))
    count = SAMPLE[firms] // (1 if rule == "published" else 8)
    shocks = failures(firms, count)
    outcome = benchmark.pedantic(
        run, args=(prepared, shocks), kwargs={"keep_firms": False, "threads": 1}, rounds=3, warmup_rounds=1
    )
    each = benchmark.stats.stats.min / count * 1e3
    benchmark.extra_info |= {"ms_a_firm": each, "sweeps": float(outcome.sweeps.mean())}
    print(f"\n{rule}, {firms:,} firms: {each:.3f} ms a firm, {outcome.sweeps.mean():.2f} sweeps")

"""Runs over time on a page: loss by day, bands of an ensemble, and what each firm loses on each day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.models.ensemble_result import EnsembleResult
from valuechain.models.simulate import SimulationResult
from valuechain.network import Floats
from valuechain.report.impacts import levels
from valuechain.report.packing import counts, halves, real
from valuechain.report.saved_results import SavedEnsembleResult
from valuechain.report.selection import Selection
from valuechain.report.words import clean
from valuechain.results import Result

__all__ = ["is_run", "timelines"]

CELLS = 100_000
"""Losses by firm and day that a page holds for all its runs together, half a byte each."""
DAYS = 120
"""Days of which a page holds what each firm loses, at most; those between show the day before."""
LEAST = 1 / 254
"""Loss below which a firm is not kept, fraction of its usual production."""

Run = SimulationResult | EnsembleResult | SavedEnsembleResult


def is_run(result: Result) -> bool:
    """Tell whether a result goes over days."""
    return isinstance(result, Run)


def timelines(results: Sequence[Result], selection: Selection) -> list[dict[str, Any]]:
    """Return the runs among the results as the page's script reads them, in the order given."""
    runs = [r for r in results if isinstance(r, Run)]
    room = CELLS // max(1, len(runs))
    return [
        _simulation(r, selection, room) if isinstance(r, SimulationResult) else _ensemble(r, selection) for r in runs
    ]


def _simulation(run: SimulationResult, selection: Selection, room: int) -> dict[str, Any]:
    loss = run.table["loss"].to_numpy(dtype=np.float64)
    return {
        "kind": "run",
        "name": clean(run.parameters.get("scenario", run.title)),
        "model": clean(run.parameters.get("model", "")),
        "days": len(loss),
        "loss": real(loss),
        "total": float(f"{run.total_loss:.10g}"),
        "lost": float(f"{run.lost_value:.10g}"),
        "seed": _seed(run),
        "firms": None if run.firms is None else _by_day(run, selection, room),
    }


def _by_day(run: SimulationResult, selection: Selection, room: int) -> dict[str, Any] | None:
    """Return what firms lose on some of the days, the firms that lose most first."""
    if run.firms is None:
        return None
    made = np.asarray(run.firms["production"], dtype=np.float64)
    usual = np.broadcast_to(np.asarray(run.firms["undisturbed"], dtype=np.float64), made.shape)
    lost = np.zeros_like(made)
    np.divide(usual - made, usual, out=lost, where=usual > 0)
    lost = np.clip(lost, 0.0, 1.0)
    ids = [str(f) for f in run.firms["firm"].values]
    at = np.array([selection.place.get(f, -1) for f in ids], dtype=np.int64)
    hit = np.flatnonzero((lost.max(axis=0, initial=0.0) > LEAST) & (at >= 0))
    value = (lost * usual)[:, hit].sum(axis=0)
    hit = hit[np.lexsort((at[hit], -np.array([float(f"{v:.10g}") for v in value])))]
    days = _days(len(made), max(2, min(DAYS, room // max(1, len(hit)))))
    kept = hit[: max(1, room // len(days))]
    return {
        "place": counts(at[kept]),
        "days": counts(days),
        "losses": halves(levels(lost[np.ix_(days, kept)])),
        "hit": len(hit),
    }


def _days(days: int, most: int) -> npt.NDArray[np.int64]:
    return np.unique(np.rint(np.linspace(0, days - 1, min(days, most))).astype(np.int64))


def _ensemble(run: EnsembleResult | SavedEnsembleResult, selection: Selection) -> dict[str, Any]:
    table = run.table
    bands = [str(c) for c in table.columns if c not in {"day", "mean"}]
    return {
        "kind": "ensemble",
        "name": clean(run.parameters.get("scenario", run.title)),
        "model": clean(run.parameters.get("model", "")),
        "days": len(table),
        "runs": int(run.parameters.get("runs", 0)),
        "loss": real(table["mean"].to_numpy(dtype=np.float64)),
        "bands": [{"name": clean(c), "loss": real(table[c].to_numpy(dtype=np.float64))} for c in bands],
        "total": float(f"{run.mean_loss:.10g}"),
        "tail": float(f"{run.tail_loss:.10g}"),
        "lost": float(f"{run.expected_value:.10g}"),
        "seed": _seed(run),
        "expected": _expected(run.firms, selection),
    }


def _expected(firms: Result | None, selection: Selection) -> dict[str, Any] | None:
    """Return what each firm on the page loses on average over the runs, NaN where it is not known."""
    if firms is None:
        return None
    found: Floats = np.full(selection.n_firms, np.nan)
    at = np.array([selection.place.get(str(f), -1) for f in firms.table["firm"]], dtype=np.int64)
    loss = firms.table["expected_loss"].to_numpy(dtype=np.float64)
    found[at[at >= 0]] = np.clip(loss[at >= 0], 0.0, 1.0)
    return real(found)


def _seed(run: Result) -> int | None:
    seed = run.parameters.get("seed")
    return int(seed) if isinstance(seed, int) else None

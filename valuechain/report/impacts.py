"""What fails with a firm, worked out beforehand: how the loss spreads sweep by sweep, for the most critical firms."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from valuechain.errors import ValueChainError, ValueChainWarning
from valuechain.models.cascade import CascadeResult, cascade
from valuechain.models.cascade_network import Cascade
from valuechain.models.cascade_replay import history_of
from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Floats, Network
from valuechain.report.packing import counts, halves, real
from valuechain.report.selection import Selection
from valuechain.results import Result

__all__ = ["FIRMS", "impacts", "model_of"]

FIRMS = 24
"""Firms of which the page holds what fails with them."""
SWEEPS = 40
"""Sweeps told apart; the last one stands for all that follow."""
CELLS = 16_000
"""Losses by firm and sweep that a page holds, half a byte each."""
LEAST = 0.0005
"""Loss below which a firm is not listed, fraction of its activity."""
STEPS = 15
"""Steps of the square root of a loss: colours need no more, and small losses are told apart. Level 0 is no loss."""
CHANGED = 0.06
"""Share of the firms hit that must change their level for a sweep to be held."""
NAMED = 14
"""Firms hit most whose final loss is held in full."""


def impacts(network: Network, risk: SystemicRisk | None, selection: Selection, first: Sequence[str]) -> dict[str, Any]:
    """Return, by place of the firm on the page, the cascade that its failure sets off.

    ``first`` are ids of firms to take before those with the highest index, such as single points of failure.
    """
    model = None if risk is None else model_of(risk)
    if risk is None or model is None:
        return {}
    chosen = [*first[: FIRMS // 2], *map(str, risk.table["firm"])]
    chosen = [f for f in dict.fromkeys(chosen) if f in selection.place][:FIRMS]
    index = dict(zip(map(str, risk.table["firm"]), risk.table["index"].to_numpy(dtype=np.float64), strict=True))
    ids = [str(f) for f in network.firm_ids]
    at = np.array([selection.place.get(f, -1) for f in ids], dtype=np.int64)
    found = {}
    for firm in chosen:
        with warnings.catch_warnings():
            # What is to be said of the network was said when its risk was computed.
            warnings.simplefilter("ignore", ValueChainWarning)
            run = cascade(network, {firm: 1.0}, model=model)
        # Parameters say in words what the index was computed with: a cascade that differs is not shown for it.
        if abs(run.index - index.get(firm, np.inf)) <= 1e-9 * max(1.0, abs(run.index)):
            found[str(selection.place[firm])] = _spread(run, at, CELLS // max(1, len(chosen)))
    return found


def model_of(risk: Result) -> Cascade | None:
    """Return the model of a risk result, as its parameters name it; None where they do not."""
    said = risk.parameters
    try:
        fields: dict[str, Any] = {"rule": said["rule"], "tolerance": said["tolerance"]}
        if said["rule"] == "published":
            fields["stop"] = said["stop"]
        if not str(said["market"]).startswith("none"):
            fields["market"] = said["market"]
        else:
            fields["market"] = None
        for name, default in (("costs", "not used"), ("weights", "sales inside the network")):
            if said[name] != default:
                fields[name] = said[name]
        return Cascade(**fields)
    except (KeyError, TypeError, ValueError, ValueChainError):
        return None


def levels(lost: Floats) -> np.ndarray[Any, Any]:
    """Return losses as levels 0..15; whatever counts as a loss is at least 1."""
    level = np.rint(np.sqrt(np.clip(lost, 0.0, 1.0)) * STEPS)
    return np.asarray(np.where(lost > LEAST, np.maximum(level, 1), 0), dtype=np.uint8)


def _spread(run: CascadeResult, at: np.ndarray[Any, Any], cells: int) -> dict[str, Any]:
    """Return the losses of the firms on the page after sweeps that change them, the largest final loss first."""
    losses, totals = _by_sweep(run)
    hits = (losses > LEAST).sum(axis=1)
    final = losses[-1]
    hit = np.flatnonzero((final > LEAST) & (at >= 0))
    order = hit[np.lexsort((at[hit], -np.round(final[hit], 12)))]
    shown = levels(losses[:, order])
    kept = _telling(shown)
    order = order[: max(NAMED, cells // len(kept))]
    return {
        "firms": counts(at[order]),
        "final": real(final[order[:NAMED]]),
        "losses": halves(shown[kept][:, : len(order)]),
        "at": kept,
        "totals": [float(f"{totals[k]:.6g}") for k in kept],
        "hits": hits[kept].tolist(),
        "sweeps": int(run.sweeps),
    }


def _by_sweep(run: CascadeResult) -> tuple[Floats, Floats]:
    """Return the losses of all firms after each sweep, shape (sweeps, firms), and their weighted sum.

    The last one is where the cascade ended: its index.
    """
    history = history_of(run)
    weights = history.prepared.weights[0]
    losses = np.array([1.0 - state.works.min(axis=0) for state in history.states(min(history.sweeps, SWEEPS))])
    totals = losses @ weights
    final = run.table.set_index("firm")["loss"].reindex(run.source.network.firm_ids).to_numpy(dtype=np.float64)
    losses[-1], totals[-1] = final, run.index
    return losses, totals


def _telling(shown: np.ndarray[Any, Any]) -> list[int]:
    """Return the first sweep, the last, and those between that change the level of many firms since the one before."""
    kept = [0]
    last = len(shown) - 1
    for k in range(1, last):
        if (shown[k] != shown[kept[-1]]).mean() > CHANGED:
            kept.append(k)
    return [*kept, last] if last else kept

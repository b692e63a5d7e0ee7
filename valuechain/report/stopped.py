"""What cannot work at all without a firm: the exact set, from the analysis of single points of failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from valuechain.analysis.needs import needs_of
from valuechain.analysis.single_points import SinglePoints
from valuechain.kernels.needs import fail_together, nothing_fallen, recover
from valuechain.network import Index, Network
from valuechain.report.engines import VIS_FIRMS
from valuechain.report.packing import counts, real, short_real
from valuechain.report.selection import Selection
from valuechain.results import Result

__all__ = ["LISTED", "points_blob", "points_of", "stopped_sets"]

SETS = 60
"""Firms of which the page names the firms that they stop."""
LISTED = 12
"""Stopped firms named for each."""


def points_of(results: Sequence[Result]) -> SinglePoints | None:
    """Return the first result by firm on single points of failure, None where there is none."""
    for result in results:
        if isinstance(result, SinglePoints) and {"firm", "stops"} <= set(result.table.columns):
            return result
    return None


def stopped_sets(network: Network, firms: Sequence[str], *, min_share: float = 0.0) -> list[Index]:
    """Return for each firm the positions of the firms that stop when it fails, itself left out, the nearest first."""
    needs = needs_of(network, min_share)
    fallen = nothing_fallen(needs)
    found = []
    for place in network.positions(list(firms)):
        down = fail_together(needs, fallen, np.array([place], dtype=np.int32))
        found.append(fallen.trail[1:down].astype(np.int64))
        recover(needs, fallen, 0)
    return found


def points_blob(network: Network, points: SinglePoints | None, selection: Selection) -> dict[str, Any] | None:
    """Return what the page's script reads: how many firms each firm stops, their value, and who they are.

    ``at`` are places of the firms that stop another; all other firms of the page stop nobody.
    """
    if points is None:
        return None
    table = points.table[points.table["stops"] > 0]
    at = np.array([selection.place.get(str(f), -1) for f in table["firm"]], dtype=np.int64)
    shown = table[at >= 0]
    named = [str(f) for f in shown["firm"].head(SETS)]
    sets = {}
    amounts = real if selection.n_firms <= VIS_FIRMS else short_real
    # From scratch, what stops is another question: only its counts are shown.
    if points.parameters.get("semantics") == "propagation":
        place = np.array([selection.place.get(str(f), -1) for f in network.firm_ids], dtype=np.int64)
        for firm, stops in zip(
            named, stopped_sets(network, named, min_share=float(points.parameters["min_share"])), strict=True
        ):
            others = place[stops]
            sets[str(selection.place[firm])] = counts(others[others >= 0][:LISTED])
    return {
        "at": counts(at[at >= 0]),
        "stops": counts(shown["stops"].to_numpy(dtype=np.int64)),
        "value": amounts(shown["value_stopped"].to_numpy(dtype=np.float64)),
        "sets": sets,
    }

"""Curves of cost against loss, read from any result with columns for both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from valuechain.results import Result

__all__ = ["MORE", "Front", "front_of"]

_LOSSES = ("expected_loss", "loss", "mean_loss", "loss_after")
MORE = ("options", "partners", "added")
"""Columns that say what is in the set of a point."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """Points of cost against loss, cheapest first: columns ``cost`` and ``left``, and what is in each set."""

    table: pd.DataFrame
    units: tuple[str, str]

    @property
    def is_share(self) -> bool:
        """Whether the loss is a share."""
        return self.units[1].startswith(("fraction", "share"))


def front_of(result: Result, currency: str) -> Front | None:
    """Return the curve of cost against loss that a result is; None where it is none.

    It has a column ``cost`` or ``budget``, and one of the loss that remains or of the part of it that is cut; in the
    latter case spending nothing leaves all of it.
    """
    table = result.table.set_axis(list(map(str, result.table.columns)), axis=1)
    cost = next((c for c in ("cost", "budget") if c in table), None)
    loss = next((c for c in (*_LOSSES, "loss_cut") if c in table), None)
    if cost is None or loss is None or {"candidate", "firm", "scenario"} & set(table.columns):
        return None
    unit = str(result.units.get(loss, ""))
    is_cut = loss == "loss_cut"
    if is_cut and not unit.startswith(("fraction", "share")):
        return None
    rows = table[[cost, loss, *(c for c in MORE if c in table)]].rename(columns={cost: "cost", loss: "left"})
    rows = rows.dropna(subset=["cost", "left"]).astype({"cost": "float64", "left": "float64"})
    if is_cut:
        nothing = pd.DataFrame({"cost": [0.0], "left": [0.0]})
        rows = rows if (rows["cost"] <= 0).any() else pd.concat([nothing, rows], ignore_index=True)
        rows["left"] = 1.0 - rows["left"]
    rows = rows.sort_values(["cost", "left"], kind="stable", ignore_index=True)
    return Front(table=rows, units=(str(result.units.get(cost, currency)), unit))

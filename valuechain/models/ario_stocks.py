"""Target stocks of ARIO: days of use of each input at each industry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from valuechain.errors import UnknownNameError, suggestion
from valuechain.models.ario import SHORTEST_STOCK, Ario
from valuechain.models.stock_limits import check_stocks
from valuechain.network import Floats, Network

__all__ = ["column", "days_of_inputs", "stock_days"]

USUAL_DAYS = 90.0
"""Days of sectors that a table of stocks by sector leaves out."""


def days_of_inputs(model: Ario, sectors: npt.NDArray[np.object_]) -> Floats:
    """Return the target stock of the input of each sector by the model alone, days; shape (sectors,).

    Raises
    ------
    UnknownNameError
        When the model has stocks for a sector that does not occur.
    """
    if not isinstance(model.stock_days, Mapping):
        days = np.full(len(sectors), float(model.stock_days))
    else:
        known = [str(s) for s in sectors]
        unknown = [s for s in model.stock_days if s not in known]
        if unknown:
            hints = (f"stock_days: no firm has sector '{s}'; {suggestion(s, known) or 'leave it out'}" for s in unknown)
            raise UnknownNameError("\n".join(hints))
        days = np.array([float(model.stock_days.get(s, USUAL_DAYS)) for s in known])
    return np.where(days <= 1.0, SHORTEST_STOCK, days)


def stock_days(network: Network, model: Ario, notes: list[str]) -> Floats:
    """Return the target stock of each input at each firm, days, by position; shape (sectors, firms).

    A sector that the model names decides for all buyers of that input, and so does infinity; else the column
    ``stock_days`` of the buyer, else the model's number. In reference mode the column is not used.
    """
    by_input = days_of_inputs(model, network.sectors)
    days = np.repeat(by_input[:, None], network.n_firms, axis=1)
    if "stock_days" in network.links and network.links["stock_days"].notna().any():
        notes.append("The column stock_days of links is not used: stocks are of all a firm buys of a sector.")
    given = column(network, "stock_days")
    known = ~np.isnan(given)
    if not known.any():
        return days
    if model.reference:
        notes.append("The column stock_days of firms is not used, as in the published program.")
        return days
    named = model.stock_days if isinstance(model.stock_days, Mapping) else {}
    free = np.array([str(s) not in named for s in network.sectors]) & np.isfinite(by_input)
    if not free.any():
        notes.append(
            "The column stock_days of firms is not used: the model says how long the stock of each input lasts."
        )
        return days
    check_stocks(network, "stock_days")
    held = np.where(given <= 1.0, SHORTEST_STOCK, given)
    days[np.ix_(free, known)] = held[known]
    short = int((given <= 1.0).sum())
    if short:
        notes.append(f"{short:,} firms hold stocks of a day or less: they are taken to hold {SHORTEST_STOCK:g} days'.")
    missing = ~known & (network.purchases > 0)
    if missing.any():
        notes.append(
            f"{int(missing.sum()):,} firms that buy give no stock_days: the model's {_words(model)} are taken."
        )
    return days


def _words(model: Ario) -> str:
    return f"{USUAL_DAYS if isinstance(model.stock_days, Mapping) else model.stock_days:g} days"


def column(network: Network, name: str) -> Floats:
    """Return a column of firms by position, nan where it is not known."""
    if name not in network.firms:
        return np.full(network.n_firms, np.nan)
    return network.firms[name].to_numpy(dtype=np.float64)

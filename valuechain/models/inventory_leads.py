"""How long goods are on their way over each link, from the column ``lead_days``."""

from __future__ import annotations

import numpy as np

from valuechain.errors import Fault, InvalidDataError
from valuechain.models.firm_columns import listed
from valuechain.models.inventory import Inventory
from valuechain.network import Index, Network

__all__ = ["days_in_transit"]

MOST_DAYS = 3650
"""Lead times above this, ten years, are errors of typing; they would also fill the memory."""


def days_in_transit(network: Network, model: Inventory, link: Index, notes: list[str]) -> Index:
    """Return how many days beyond the first goods take on each of these links, whole days.

    Parameters
    ----------
    network, model
        The network and the parameters.
    link
        Positions of the links; shape (links,).
    notes
        Gets the words for what is used.

    Raises
    ------
    InvalidDataError
        When a lead time is longer than ten years.
    """
    nothing = np.zeros(len(link), dtype=np.int64)
    if "lead_days" not in network.links or not len(link):
        given = np.full(len(link), np.nan)
    else:
        given = network.links["lead_days"].to_numpy(dtype=np.float64)[link]
    known = ~np.isnan(given)
    if not model.has_lead_times:
        if known.any():
            why = "as published" if model.reference else "lead_times=False"
            notes.append(f"The lead times of {int(known.sum()):,} links are not used ({why}): every link takes a day.")
        return nothing
    if not known.any():
        notes.append("No link gives lead_days: goods arrive a day after they are ordered and made.")
        return nothing
    _refuse_years(network, link[known & (given > MOST_DAYS)])
    words = f"{int(known.sum()):,} of {len(link):,} links give lead_days, rounded up to whole days, at least one"
    notes.append(words + (f"; the other {int((~known).sum()):,} count as one day." if not known.all() else "."))
    return np.maximum(np.ceil(np.where(known, given, 1.0)), 1.0).astype(np.int64) - 1


def _refuse_years(network: Network, links: Index) -> None:
    if not links.size:
        return
    rows = network.links.iloc[links]
    names = rows["supplier"].astype(str) + " to " + rows["buyer"].astype(str)
    raise InvalidDataError(
        [
            Fault(
                file="links",
                column="lead_days",
                problem=f"is more than {MOST_DAYS:,} days for {listed(names)}",
                remedy="give days from order to arrival, or leave lead times out with Inventory(lead_times=False)",
            )
        ]
    )

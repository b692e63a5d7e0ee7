"""The longest stocks that a run takes: a hundred years of use. What is larger is a slip, and sums of it overflow."""

from __future__ import annotations

import numpy as np

from valuechain.errors import Fault, InvalidDataError
from valuechain.network import Network
from valuechain.values import MOST_DAYS

__all__ = ["check_stocks"]


def check_stocks(network: Network, *columns: str) -> None:
    """Refuse stocks of firms, or of what comes over links, that last longer than a hundred years.

    Raises
    ------
    InvalidDataError
        With every such firm and column, and every such link.
    """
    firms = network.firms
    faults = []
    for column in columns:
        days = firms[column].to_numpy(dtype=np.float64) if column in firms else np.zeros(0)
        faults += [
            Fault(
                file="firms",
                column=column,
                value=f"{days[row]:g}",
                problem=f"is more than a hundred years (firm '{firms['firm'].iloc[row]}')",
                remedy=f"write days of use, at most {MOST_DAYS:,}",
            )
            for row in np.flatnonzero(days > MOST_DAYS)
        ]
    links = network.links
    held = links["stock_days"].to_numpy(dtype=np.float64) if "stock_days" in links else np.zeros(0)
    faults += [
        Fault(
            file="links",
            column="stock_days",
            value=f"{held[row]:g}",
            problem=f"is more than a hundred years ('{links['supplier'].iloc[row]}' to '{links['buyer'].iloc[row]}')",
            remedy=f"write days of use, at most {MOST_DAYS:,}",
        )
        for row in np.flatnonzero(held > MOST_DAYS)
    ]
    if faults:
        raise InvalidDataError(faults)

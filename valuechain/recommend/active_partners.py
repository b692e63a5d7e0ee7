"""Partners that deliver already, as an edited workbook says: what the network knows of them, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from valuechain.network import Network
from valuechain.results import Result, percent_text

__all__ = ["ACTIVE", "active_keys", "active_result"]

ACTIVE = "active"
"""Status of a partner that delivers."""

Key = tuple[str, str, str]


def active_keys(statuses: pd.DataFrame) -> tuple[Key, ...]:
    """Return ``(candidate, product, buyer)`` of the active partners of a workbook, for the filter ``active``."""
    rows = statuses.loc[statuses["status"] == ACTIVE, ["candidate", "product", "buyer"]].astype("str")
    return tuple((str(c), str(p), str(b)) for c, p, b in rows.itertuples(index=False))


def active_result(network: Network, active: Iterable[Key], suggested: Iterable[Key] = ()) -> Result:
    """Return what the network says of partners that deliver already, and how to make links of those without one.

    Parameters
    ----------
    network
        The network.
    active
        ``(candidate, product, buyer)`` each.
    suggested
        Those that would be suggestions today if they were not active: the others may be mistyped.
    """
    would_be = set(suggested)
    links = network.links
    flows = pd.Series(
        network.flow,
        index=pd.MultiIndex.from_arrays([links["supplier"], network.products[network.product], links["buyer"]]),
    )
    flows = flows.groupby(level=[0, 1, 2]).sum()
    need = flows.groupby(level=[1, 2]).sum()
    rows = []
    for candidate, product, buyer in active:
        flow = float(flows.get((candidate, product, buyer), np.nan))
        share = flow / float(need.get((product, buyer), np.nan)) if flow > 0 else np.nan
        rows.append(
            {
                "candidate": candidate,
                "product": product,
                "buyer": buyer,
                "flow": flow if flow > 0 else np.nan,
                "share_today": share,
                "suggestion": (candidate, product, buyer) in would_be,
                "remark": _remark(share),
            }
        )
    columns = ("candidate", "product", "buyer", "flow", "share_today", "suggestion", "remark")
    table = pd.DataFrame(rows, columns=list(columns))
    text, numbers = ("candidate", "product", "buyer", "remark"), ("flow", "share_today")
    return Result(
        table=table.astype({**dict.fromkeys(text, "str"), **dict.fromkeys(numbers, np.float64), "suggestion": bool}),
        title="Active partners: no suggestions any more",
        units={"flow": network.flow_unit, "share_today": "fraction of need"},
        notes=(
            "They deliver already. Without a link no number here counts them: neither what the buyer loses nor what "
            "other partners would cut.",
            "suggestion: would be one today if it were not active.",
        ),
    )


def _remark(share: float) -> str:
    if share > 0:
        return f"a link says {percent_text(share)} % of the need: counted as a present supplier"
    return "no link says how much: add supplier, buyer, product and flow to links, or edit.with_links"

"""Links of ARIO that a scenario closes for a while, one by one: each carries no more than its limit.

They are taken out of the table of flows. A buyer asks each supplier for its usual part; what a link cannot carry goes
to the suppliers over open links where buyers turn to others, and to nobody where shares are fixed.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numba as nb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_compiled = cast("Any", nb.njit)(cache=True, nogil=True)


class Links(NamedTuple):
    """Links in the order of their suppliers: those of sector s are ``first[s]:first[s + 1]``; currency a day.

    ``supplier``, ``buyer`` (k,): places in the table. ``amount`` (k,): the usual flow. ``limit`` (k,): the most that
    the link carries today, infinite while it is open. ``order`` (k,): what is ordered over it.
    """

    first: Ints
    supplier: Ints
    buyer: Ints
    amount: Floats
    limit: Floats
    order: Floats


@_compiled
def receive_over_links(links: Links, s: int, served: Floats, arrived: Floats) -> None:
    """Add what comes over the links of sector s; ``served`` is the delivered part of each supplier's orders."""
    for k in range(links.first[s], links.first[s + 1]):
        arrived[links.buyer[k]] += links.order[k] * served[links.supplier[k]]


@_compiled
def offer_over_links(links: Links, s: int, weight: Floats, offered: Floats, shocked: Floats) -> None:
    """Add weighted usual flows of sector s by buyer: of open links to ``offered``, of the others to ``shocked``."""
    for k in range(links.first[s], links.first[s + 1]):
        value = weight[links.supplier[k]] * links.amount[k]
        if np.isinf(links.limit[k]):
            offered[links.buyer[k]] += value
        else:
            shocked[links.buyer[k]] += value


@_compiled
def order_over_links(
    links: Links,
    s: int,
    weight: Floats,
    needed: Floats,
    base: Floats,
    by_capacity: bool,
    offered: Floats,
    rate: Floats,
) -> None:
    """Set what is ordered over each link of sector s, and the rate at which each buyer orders over all others.

        order(i, f) = min(needed(f) weight(i) amount(i, f) / base(f), limit(i, f))
        rate(f) = (needed(f) - sum over shocked i of order(i, f)) / offered(f)     where buyers turn to others
        rate(f) = needed(f) / base(f)                                              where shares are fixed

    Parameters
    ----------
    needed
        What each buyer wants of the input; shape (n,).
    base
        Weighted usual flows over all links; shape (n,).
    offered
        Weighted usual flows over open links; shape (n,).
    rate
        Set here; shape (n,).
    """
    rest = needed.copy()
    for k in range(links.first[s], links.first[s + 1]):
        f = links.buyer[k]
        if not np.isinf(links.limit[k]):
            part = weight[links.supplier[k]] * links.amount[k] / base[f] if base[f] > 0.0 else 0.0
            links.order[k] = min(needed[f] * part, links.limit[k])
            rest[f] -= links.order[k]
    for f in range(rate.shape[0]):
        if by_capacity:
            rate[f] = max(rest[f], 0.0) / offered[f] if offered[f] > 0.0 else 0.0
        else:
            rate[f] = needed[f] / base[f] if base[f] > 0.0 else 0.0
    for k in range(links.first[s], links.first[s + 1]):
        if np.isinf(links.limit[k]):
            links.order[k] = rate[links.buyer[k]] * weight[links.supplier[k]] * links.amount[k]

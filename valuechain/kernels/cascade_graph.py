"""The network and the scenarios as the cascade's sweeps read them."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numba as nb
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

inner = cast("Any", nb.njit)(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles what only compiled code calls. Doors for Python would take a third of the time of compilation."""

pasted = cast("Any", nb.njit)(cache=True, nogil=True, inline="always")
"""For what is called at one place and calls much itself: compiled with its caller only, not once more before."""

GUARD = 1e-10
"""Published absolute guard: a market with no more sales left than this counts as 1 (so the index has a unit)."""

NEARLY_GONE = 1e-6
"""Below this part of a market's sales, what is left is summed anew: a difference of large numbers would be noise."""


class Graph(NamedTuple):
    """A network of n firms; all shares are fractions.

    A group is what one lack can stop: an essential slot, or all non-essential purchases of a buyer. Groups of buyer j
    are ``group_start[j]:group_start[j + 1]``; the links of group g are ``link_start[g]:link_start[g + 1]`` with
    ``supplier`` and ``share``. Sales of i are ``sale_start[i]:sale_start[i + 1]`` with ``sale_buyer`` and
    ``sale_share``. The same links the other way round, for pushing a loss on: those of supplier i are
    ``push_start[i]:push_start[i + 1]`` with ``push_group`` and ``push_share``; purchases of buyer j are
    ``buy_start[j]:buy_start[j + 1]`` with ``buy_supplier`` and ``buy_share``.
    Firms of market m are ``market_firm[market_start[m]:market_start[m + 1]]``; ``market_sales`` are their sales in
    currency per flow period. No market at all: no replacement.
    """

    group_start: Ints
    link_start: Ints
    supplier: Small
    share: Floats
    group_buyer: Small
    push_start: Ints
    push_group: Small
    push_share: Floats
    sale_start: Ints
    sale_buyer: Small
    sale_share: Floats
    buy_start: Ints
    buy_supplier: Small
    buy_share: Floats
    sales: Floats
    market: Small
    market_sales: Floats
    market_start: Ints
    market_firm: Small


class Shocks(NamedTuple):
    """Scenarios: entries ``start[s]:start[s + 1]`` give firm (once a scenario), lost supply and lost demand (0..1)."""

    start: Ints
    firm: Ints
    down: Floats
    up: Floats


def chosen(shocks: Shocks, which: Ints) -> Shocks:
    """Return some of the scenarios, in the order asked for."""
    lengths = np.diff(shocks.start)[which]
    start = np.r_[0, np.cumsum(lengths)].astype(np.int64)
    entries = np.repeat(shocks.start[which] - start[:-1], lengths) + np.arange(start[-1])
    return Shocks(start, shocks.firm[entries], shocks.down[entries], shocks.up[entries])


def grouped(group: npt.NDArray[np.integer], n_groups: int) -> tuple[Ints, Ints]:
    """Return where each group starts and the members in group order, shape (groups + 1,) and (members,)."""
    counts = np.bincount(group, minlength=n_groups)
    return np.r_[0, np.cumsum(counts)].astype(np.int64), np.argsort(group, kind="stable").astype(np.int64)


def make_graph(
    *,
    sales: Floats,
    market: Ints,
    n_markets: int,
    group_buyer: Ints,
    link_group: Ints,
    link_supplier: Ints,
    link_share: Floats,
    sale_supplier: Ints,
    sale_buyer: Ints,
    sale_share: Floats,
) -> Graph:
    """Return the graph of links given one by one.

    Parameters
    ----------
    sales
        Sales of each firm, currency per flow period; shape (n,).
    market, n_markets
        Market of each firm, shape (n,), and how many there are; 0: no replacement.
    group_buyer
        Buyer of each group, ascending; shape (groups,).
    link_group, link_supplier, link_share
        Group, supplier and share in the group's flow of each purchase; shape (purchases,).
    sale_supplier, sale_buyer, sale_share
        Ends and share in the supplier's sales of each sale; shape (links,).
    """
    n = len(sales)
    group_start, _ = grouped(group_buyer, n)
    link_start, by_group = grouped(link_group, len(group_buyer))
    push_start, by_supplier = grouped(link_supplier, n)
    sale_start, by_seller = grouped(sale_supplier, n)
    buy_start, by_buyer = grouped(sale_buyer, n)
    market_start, by_market = grouped(market, max(n_markets, 1))
    market_sales = np.bincount(market, weights=sales, minlength=n_markets).astype(np.float64)
    return Graph(
        group_start=group_start,
        link_start=link_start,
        supplier=link_supplier[by_group].astype(np.int32),
        share=link_share[by_group],
        group_buyer=group_buyer.astype(np.int32),
        push_start=push_start,
        push_group=link_group[by_supplier].astype(np.int32),
        push_share=link_share[by_supplier],
        sale_start=sale_start,
        sale_buyer=sale_buyer[by_seller].astype(np.int32),
        sale_share=sale_share[by_seller],
        buy_start=buy_start,
        buy_supplier=sale_supplier[by_buyer].astype(np.int32),
        buy_share=sale_share[by_buyer],
        sales=sales.copy(),
        market=market.astype(np.int32),
        market_sales=market_sales if n_markets else np.zeros(0),
        market_start=market_start,
        market_firm=by_market.astype(np.int32),
    )

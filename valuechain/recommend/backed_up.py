"""Back-ups that share no spare capacity, as links of the economy: then it is one like any other.

Slot k with back-ups e gets s_k(x) + sum over e of min(limit_e, spare_e x_e) / D_k, and its buyer can use no more than
its own capacity: what a back-up is asked for beyond that changes nothing. So a back-up is a supplier whose share of the
need is spare_e / D_k; where its limit is less than what it has to spare, a stand-in firm comes between that makes the
activity of the supplier or limit_e / spare_e, whichever is less.
"""

from __future__ import annotations

import numpy as np

from valuechain.kernels.sourcing import Pools, Sourcing
from valuechain.network import Floats

__all__ = ["backed_up", "shares_capacity"]


def shares_capacity(pools: Pools) -> bool:
    """Tell whether two back-up links draw on one pool."""
    return len(np.unique(pools.pool)) < len(pools.pool)


def backed_up(graph: Sourcing, pools: Pools) -> tuple[Sourcing, Floats]:
    """Return the economy with its back-ups as links, and what the capacity of stand-in firms allows.

    Parameters
    ----------
    graph
        The economy of n firms.
    pools
        Back-ups that share no capacity.

    Returns
    -------
    tuple
        The economy, whose firms are the n and, after them, the stand-ins; and the most these make, share of the spare
        capacity behind them; shape (stand-ins,).
    """
    n, slots = len(graph.slot_start) - 1, len(graph.slot_buyer)
    spare, firm = pools.spare[pools.pool], pools.firm[pools.pool]
    slot = np.repeat(pools.slot, np.diff(pools.link_start))
    has = (spare > 0) & (pools.limit > 0)
    spare, firm, slot, limit = spare[has], firm[has], slot[has], pools.limit[has]
    stands_in = limit < spare
    count = int(stands_in.sum())
    supplier = firm.copy()
    supplier[stands_in] = n + np.arange(count)
    links = np.repeat(np.arange(slots), np.diff(graph.link_start))
    of_slot = np.r_[links, slot, slots + np.arange(count)]
    order = np.argsort(of_slot, kind="stable")
    of_slot = of_slot[order]
    suppliers = np.r_[graph.supplier, supplier, firm[stands_in]][order]
    buyer = np.r_[graph.slot_buyer, n + np.arange(count)]
    pairs = np.unique(np.column_stack([suppliers, buyer[of_slot]]).astype(np.int64), axis=0)
    firms = np.arange(n + count + 1)
    joined = Sourcing(
        slot_start=np.searchsorted(buyer, firms).astype(np.int64),
        slot_buyer=buyer.astype(np.int64),
        need=np.r_[graph.need, np.ones(count)],
        link_start=np.searchsorted(of_slot, np.arange(slots + count + 1)).astype(np.int64),
        supplier=suppliers.astype(np.int64),
        share=np.r_[graph.share, spare / graph.need[slot], np.ones(count)][order],
        use_start=np.searchsorted(pairs[:, 0], firms).astype(np.int64),
        use_buyer=np.ascontiguousarray(pairs[:, 1]),
    )
    return joined, (limit / np.where(spare > 0, spare, 1.0))[stands_in]

"""The economy with deliveries that are there for sure, or that come with a firm's activity: no pool is shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuechain.network import Floats, Index
from valuechain.recommend.economy import Economy

__all__ = ["SURE", "with_granted"]

SURE = -1
"""Stands for a firm that never fails."""


def with_granted(
    economy: Economy, surviving: Floats, *, slot: Index, firm: Index, share: Floats
) -> tuple[Economy, Floats]:
    """Return an economy with more deliveries to slots, and the capacities left, for ``activity_of``.

    Each delivery adds ``share * x_firm`` to what its slot gets; the buyer never works above its own capacity. The
    economy has one more firm, the last, which never fails.

    Parameters
    ----------
    economy
        The economy.
    surviving
        Capacity left of each firm, 0..1; shape (scenarios, firms).
    slot, firm, share
        Essential slot, delivering firm (``SURE``: what never fails) and share of the slot's need; shape (deliveries,).
    """
    graph, n = economy.graph, economy.network.n_firms
    of_link = np.repeat(np.arange(economy.n_slots), np.diff(graph.link_start))
    slots = np.r_[of_link, slot]
    order = np.argsort(slots, kind="stable")
    supplier = np.r_[graph.supplier, np.where(firm == SURE, n, firm)][order].astype(np.int64)
    slots = slots[order]
    pairs = np.unique(np.column_stack([supplier, graph.slot_buyer[slots]]), axis=0).astype(np.int64)
    made = graph._replace(
        link_start=np.searchsorted(slots, np.arange(economy.n_slots + 1)).astype(np.int64),
        supplier=supplier,
        share=np.r_[graph.share, share][order].astype(np.float64),
        slot_start=np.r_[graph.slot_start, graph.slot_start[-1]],
        use_start=np.searchsorted(pairs[:, 0], np.arange(n + 2)).astype(np.int64),
        use_buyer=np.ascontiguousarray(pairs[:, 1]),
    )
    return replace(economy, graph=made), np.column_stack([surviving, np.ones(len(surviving))])

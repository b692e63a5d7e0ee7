"""Which input holds the production of a firm down."""

from __future__ import annotations

import numba as nb
import numpy as np

from valuechain.kernels.production_graph import Floats, Given, ProductionGraph, Small, State, inner

__all__ = ["find_binding"]

TIE = 1e-9
"""Parts of usual production this close are the same: which of two inputs binds must not hang on the order of a sum."""


@nb.njit(cache=True, nogil=True)
def find_binding(
    graph: ProductionGraph, state: State, given: Given, product: Small, cover: Floats, found: Small
) -> None:
    """Write for each firm the product whose lack holds its production down on the day, -1 for none.

    Inputs bind where a firm makes less than capacity and demand allow. It is the essential slot with the least cover,
    or, where the lack of non-essential inputs takes away more, the one of them that lacks most; of equal ones the
    first.

    Parameters
    ----------
    graph, state, given
        As for :func:`valuechain.kernels.production.step`; the state after the day.
    product
        Number of the product of each slot; slots of a firm are ordered by it; shape (slots,).
    cover
        Working memory, shape (slots,).
    found
        Where the numbers are written; shape (firms,).
    """
    demand, final, capacity, production = state.demand, given.final, given.capacity, state.production
    for i in range(found.shape[0]):
        found[i] = -1
        could = min(capacity[i], demand[i] + final[i])
        if production[i] < could - TIE * graph.base[i]:
            s = _binding_slot(graph, state, given, cover, i)
            if s >= 0:
                found[i] = product[s]


@inner
def _binding_slot(graph: ProductionGraph, state: State, given: Given, cover: Floats, i: int) -> int:
    """Return the slot of firm i that leaves least of its production, -1 where it has none."""
    slot_amount, slot_class, input_kept = graph.slot_amount, graph.slot_class, given.input_kept
    limited, first, last = input_kept.shape[0] > 0, graph.slot_start[i], graph.slot_start[i + 1]
    least, lacking, most = np.inf, 0.0, 0.0
    for s in range(first, last):
        held = 0.0
        for e in range(graph.link_start[s], graph.link_start[s + 1]):
            held += state.stock[e]
        cover[s] = held / slot_amount[s]
        if limited and input_kept[s] < 1.0:
            cover[s] = min(cover[s], input_kept[s])
        if slot_class[s] == 2:
            least = min(least, cover[s])
        elif slot_class[s] == 1 and cover[s] < 1.0:
            lacking += (1.0 - cover[s]) * slot_amount[s]
            most = max(most, (1.0 - cover[s]) * slot_amount[s])
    by_essential = lacking <= 0.0 or least <= max(0.0, 1.0 - lacking / graph.bought[i]) + TIE
    enough = most - TIE * graph.bought[i]
    for s in range(first, last):
        if by_essential and slot_class[s] == 2 and cover[s] <= least + TIE:
            return s
        if not by_essential and slot_class[s] == 1 and (1.0 - cover[s]) * slot_amount[s] >= enough:
            return s
    return -1

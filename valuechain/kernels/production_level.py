"""How far a supplier that is short can meet the orders of its clients when the relatively smallest come first."""

from __future__ import annotations

import numpy as np

from valuechain.kernels.production_graph import Floats, inner

PASSES = 12
"""Passes before the rest is sorted. Nearly all rationing is over after three; sorting bounds the others."""


@inner
def water_level(amount: Floats, order: Floats, live: int, final_usual: float, final: float, made: float) -> float:
    """Return the level x at which the parts ``min(order, x amount)`` of all clients add up to what was made.

    Clients whose order is at most x times their usual amount get all of it, the others x times their usual amount:
    the relatively smallest orders are filled first. Each pass takes for given the clients found below the level so
    far, which can only raise it; after ``PASSES`` passes the rest is sorted, so the cost is O(k log k) for k clients.

    Parameters
    ----------
    amount, order
        Usual amount (positive) and order of each client, currency per day. Both are overwritten.
    live
        Number of clients: the first so many elements count.
    final_usual, final
        The same for final demand; a usual amount of 0 leaves it out.
    made
        What there is to share out, currency per day; less than all orders together.

    References
    ----------
    Inoue and Todo (2019), Nature Sustainability 2:841, Methods (rationing).
    """
    left, weight = made, final_usual
    with_final = final_usual > 0.0
    for k in range(live):
        weight += amount[k]
    level = left / weight if weight > 0.0 else np.inf
    for _ in range(PASSES):
        kept, changed, weight = 0, False, 0.0
        for k in range(live):
            if order[k] <= level * amount[k]:
                left -= order[k]
                changed = True
            else:
                order[kept], amount[kept] = order[k], amount[k]
                weight += amount[k]
                kept += 1
        live = kept
        if with_final and final <= level * final_usual:
            left -= final
            with_final, changed = False, True
        elif with_final:
            weight += final_usual
        if not changed:
            return level
        if weight <= 0.0:
            return np.inf
        level = max(left, 0.0) / weight
    return _sorted_level(amount[:live], order[:live], final_usual if with_final else 0.0, final, max(left, 0.0))


@inner
def _sorted_level(amount: Floats, order: Floats, final_usual: float, final: float, left: float) -> float:
    """Return the level for the clients that are left: met one after the other, smallest relative order first."""
    ratio = order / amount
    weight = final_usual + amount.sum()
    final_ratio = final / final_usual if final_usual > 0.0 else np.inf
    for k in np.argsort(ratio):
        if final_ratio <= ratio[k] and left >= final_ratio * weight:
            left, weight, final_ratio = left - final, weight - final_usual, np.inf
        if left < ratio[k] * weight:
            return left / weight
        left -= order[k]
        weight -= amount[k]
    return left / final_usual if final_ratio < np.inf else np.inf

"""Needs as arrays: which slot stops which buyer, and failures that can be taken back.

A slot fails when more of its weight is lost than it can do without. Weights are whole numbers, so that adding them in
any order, and taking them back, gives the same number to the last bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from valuechain.kernels.cascade_graph import Small, inner

Ints = npt.NDArray[np.int64]
Whole = npt.NDArray[Any]
"""int32 where suppliers are counted, int64 where shares are weighed."""

Flags = npt.NDArray[np.uint8]


class Needs(NamedTuple):
    """Essential slots of n firms; positions of firms, slots and products are int32.

    Slot k of buyer ``buyer[k]`` is for ``product[k]``. Its suppliers are ``supplier[start[k]:start[k + 1]]``, each
    once, with ``weight``; it fails when the weight of failed suppliers exceeds ``limit[k]``. Slots are ordered by
    buyer: those of firm j are ``of_buyer[j]:of_buyer[j + 1]``. The same seen from the supplier: entries
    ``push_start[i]:push_start[i + 1]`` of ``push_slot`` and ``push_weight``. Firm i makes the products
    ``made[made_start[i]:made_start[i + 1]]``; ``makers[p]`` counts the makers of product p.
    """

    buyer: Small
    product: Small
    start: Ints
    supplier: Small
    weight: Whole
    limit: Whole
    of_buyer: Ints
    push_start: Ints
    push_slot: Small
    push_weight: Whole
    made_start: Ints
    made: Small
    makers: Small


class Fallen(NamedTuple):
    """What has failed: ``is_down`` by firm, and the firms in the order in which they failed.

    ``spare`` is the weight that each slot can still lose; below zero it has failed (one number, since reading it is
    what a failure costs). ``trail[:top[0]]`` lists the failed firms; ``top[1]`` counts the links followed, a measure of
    work.
    """

    is_down: Flags
    spare: Whole
    trail: Small
    top: Ints


def nothing_fallen(needs: Needs) -> Fallen:
    """Return the state in which every firm works."""
    n = len(needs.push_start) - 1
    return Fallen(
        is_down=np.zeros(n, dtype=np.uint8),
        spare=needs.limit.copy(),
        trail=np.empty(n, dtype=np.int32),
        top=np.zeros(2, dtype=np.int64),
    )


@inner
def put_down(fallen: Fallen, firm: int) -> None:
    """Let one firm fail that worked; what it stops follows with :func:`spread`."""
    if fallen.is_down[firm] == 0:
        fallen.is_down[firm] = 1
        fallen.trail[fallen.top[0]] = firm
        fallen.top[0] += 1


@inner
def spread(needs: Needs, fallen: Fallen, mark: int) -> None:
    """Follow the failures from place ``mark`` of the trail on until nothing more stops."""
    at = mark
    while at < fallen.top[0]:
        firm = fallen.trail[at]
        at += 1
        for e in range(needs.push_start[firm], needs.push_start[firm + 1]):
            slot = needs.push_slot[e]
            spare = fallen.spare[slot] - needs.push_weight[e]
            fallen.spare[slot] = spare
            if spare < 0:
                buyer = needs.buyer[slot]
                if fallen.is_down[buyer] == 0:
                    fallen.is_down[buyer] = 1
                    fallen.trail[fallen.top[0]] = buyer
                    fallen.top[0] += 1
        fallen.top[1] += needs.push_start[firm + 1] - needs.push_start[firm] + 1


@inner
def take_back(needs: Needs, fallen: Fallen, mark: int) -> None:
    """Undo all failures from place ``mark`` of the trail on."""
    while fallen.top[0] > mark:
        fallen.top[0] -= 1
        firm = fallen.trail[fallen.top[0]]
        fallen.is_down[firm] = 0
        for e in range(needs.push_start[firm], needs.push_start[firm + 1]):
            fallen.spare[needs.push_slot[e]] += needs.push_weight[e]


@nb.njit(cache=True, nogil=True)
def fail_together(needs: Needs, fallen: Fallen, firms: Small) -> int:
    """Let firms fail together on top of what has failed; return how many are down then."""
    mark = fallen.top[0]
    for f in firms:
        put_down(fallen, f)
    spread(needs, fallen, mark)
    return int(fallen.top[0])


@nb.njit(cache=True, nogil=True)
def recover(needs: Needs, fallen: Fallen, mark: int) -> None:
    """Undo all failures from place ``mark`` of the trail on; see :func:`take_back`."""
    take_back(needs, fallen, mark)


@nb.njit(cache=True, nogil=True)
def by_supplier(supplier: Small, slot: Small, weight: Whole, n: int) -> tuple[Ints, Small, Whole]:
    """Return where the entries of each supplier start, and their slots and weights in that order."""
    start = np.zeros(n + 1, np.int64)
    for s in supplier:
        start[s + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start[:-1].copy()
    slots, weights = np.empty_like(slot), np.empty_like(weight)
    for e in range(len(supplier)):
        s = supplier[e]
        slots[fill[s]], weights[fill[s]] = slot[e], weight[e]
        fill[s] += 1
    return start, slots, weights

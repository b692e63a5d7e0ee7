"""Failures of units (firms, or groups that fail together) by either semantics, and what sets of units stop.

Propagation fails on top of what has failed; from scratch, all that has failed is worked out together.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Small, inner
from valuechain.kernels.needs import Fallen, Flags, Ints, Needs, nothing_fallen, put_down, spread, take_back
from valuechain.kernels.needs_ground_up import derive, early_limits, lose

IN_LOOP = 2**31 - 1
"""Sweep of firms that no sweep reaches: a loop that cannot be built without its outside source."""


class Ways(NamedTuple):
    """How failures spread. ``early`` and ``rank`` (firms,) are those of ground-up, there for propagation too."""

    needs: Needs
    early: Needs
    rank: Small
    ground_up: bool


class Units(NamedTuple):
    """What can fail: the firms of unit u are ``firm[start[u]:start[u + 1]]``."""

    start: Ints
    firm: Small


def ways(needs: Needs, *, ground_up: bool) -> Ways:
    """Return how failures spread through the needs; ``rank`` is -1 for firms that never work."""
    if not ground_up:
        return Ways(needs, needs, np.zeros(len(needs.push_start) - 1, dtype=np.int32), ground_up=False)
    rank = derive(needs)
    return Ways(needs, early_limits(needs, rank), rank, ground_up=True)


def nothing_failed(how: Ways) -> Fallen:
    """Return the state in which every firm works that ever does."""
    return nothing_fallen(how.early)


@inner
def fail_firms(how: Ways, fallen: Fallen, firms: Small) -> int:
    """Let firms fail from the state in which nothing has; the first of the trail, as many as are returned, are down."""
    if how.ground_up:
        return lose(how.needs, how.early, how.rank, fallen, firms)
    for f in firms:
        put_down(fallen, f)
    spread(how.needs, fallen, 0)
    return fallen.top[0]


@inner
def take_all_back(how: Ways, fallen: Fallen) -> None:
    """Return to the state in which nothing has failed."""
    take_back(how.early if how.ground_up else how.needs, fallen, 0)


@inner
def _joined(units: Units, row: Small, firms: Small) -> int:
    size = 0
    for u in row:
        if u >= 0:
            for k in range(units.start[u], units.start[u + 1]):
                firms[size] = units.firm[k]
                size += 1
    return size


@nb.njit(cache=True, nogil=True)
def worth(
    how: Ways, fallen: Fallen, units: Units, sets: Small, measures: Ints, stops: Ints, sums: Ints, more: Ints
) -> None:
    """Add up what each set of units stops beyond its own firms, and which of it none of its units stops alone.

    ``sets`` (sets, size) has units, -1 where a set is smaller. Fills ``stops`` (sets, 2), ``sums`` and ``more`` (sets,
    measures): column 0 of ``stops`` and ``sums`` for all that stops, column 1 and ``more`` for what only the set stops.
    """
    n = len(fallen.is_down)
    alone, own = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    firms = np.empty(sets.shape[1] * n, np.int32)
    for c in range(len(sets)):
        size = _joined(units, sets[c], firms)
        for k in range(size):
            own[firms[k]] = c
        if sets.shape[1] > 1:
            for u in sets[c]:
                if u >= 0:
                    down = fail_firms(how, fallen, units.firm[units.start[u] : units.start[u + 1]])
                    for t in range(down):
                        alone[fallen.trail[t]] = c
                    take_all_back(how, fallen)
        down = fail_firms(how, fallen, firms[:size])
        for t in range(down):
            f = fallen.trail[t]
            if own[f] == c:
                continue
            stops[c, 0] += 1
            sums[c] += measures[f]
            if alone[f] != c:
                stops[c, 1] += 1
                more[c] += measures[f]
        take_all_back(how, fallen)


@nb.njit(cache=True, nogil=True)
def stopped_firms(how: Ways, fallen: Fallen, firms: Small) -> Small:
    """Return the firms that are down when the given ones fail, these included; ``fallen`` ends as it began."""
    down = fail_firms(how, fallen, firms)
    found = fallen.trail[:down].copy()
    take_all_back(how, fallen)
    return found


@nb.njit(cache=True, nogil=True)
def sweeps(needs: Needs, gone: Small) -> Small:
    """Return in which sweep each firm stops when ``gone`` fail at once; 0 for these, -1 for firms that go on; (firms,).

    In each sweep, every firm stops of which a slot has lost too much by the sweep before.
    """
    sweep, lost = np.full(len(needs.push_start) - 1, -1, np.int32), np.zeros_like(needs.limit)
    trail, size, at = np.empty(len(sweep), np.int32), 0, 0
    for f in gone:
        if sweep[f] < 0:
            sweep[f], trail[size] = 0, f
            size += 1
    while at < size:
        f = trail[at]
        at += 1
        for e in range(needs.push_start[f], needs.push_start[f + 1]):
            k = needs.push_slot[e]
            lost[k] += needs.push_weight[e]
            j = needs.buyer[k]
            if lost[k] > needs.limit[k] and sweep[j] < 0:
                sweep[j], trail[size] = sweep[f] + 1, j
                size += 1
    return sweep


@nb.njit(cache=True, nogil=True)
def upstream(needs: Needs, firms: Small) -> Flags:
    """Return which firms can matter to the given ones: these, their suppliers of essential slots, and so on; (firms,).

    Slots that cannot fail any more than they have (no supplier but the buyer) lead nowhere.
    """
    kept = np.zeros(len(needs.push_start) - 1, np.uint8)
    stack, size = np.empty(len(kept), np.int32), 0
    for f in firms:
        if kept[f] == 0:
            kept[f], stack[size] = 1, f
            size += 1
    while size > 0:
        size -= 1
        j = stack[size]
        for k in range(needs.of_buyer[j], needs.of_buyer[j + 1]):
            for e in range(needs.start[k], needs.start[k + 1]):
                s = needs.supplier[e]
                if kept[s] == 0:
                    kept[s], stack[size] = 1, s
                    size += 1
    return kept


@nb.njit(cache=True, nogil=True)
def lost_slots(needs: Needs, sweep: Small, firms: Small) -> tuple[Small, Small]:
    """Return for each of some stopped firms the first slot that had lost too much when it stopped, and how many in all.

    ``sweep`` is that of :func:`sweeps`, or IN_LOOP for firms that stop with a loop. The slot is -1 where there is none;
    the slots in all are those that have lost too much in the end.
    """
    first, count = np.full(len(firms), -1, np.int32), np.zeros(len(firms), np.int32)
    for i in range(len(firms)):
        j = firms[i]
        for k in range(needs.of_buyer[j], needs.of_buyer[j + 1]):
            before, after = needs.limit[k] * 0, needs.limit[k] * 0
            for e in range(needs.start[k], needs.start[k + 1]):
                when = sweep[needs.supplier[e]]
                if when >= 0:
                    after += needs.weight[e]
                    if when < sweep[j] or sweep[j] == IN_LOOP:
                        before += needs.weight[e]
            if needs.start[k] == needs.start[k + 1]:
                continue  # it had no source before, so it stops nobody now
            if before > needs.limit[k] and first[i] < 0:
                first[i] = k
            count[i] += after > needs.limit[k]
    return first, count

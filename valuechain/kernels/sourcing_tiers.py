"""The static economy of essential inputs when a lack travels a number of tiers only, with and without a new supplier.

With T the map of ``sourcing.py``, u what own capacity allows and n the number of tiers:

    x_0 = u        x_(t+1) = T(x_t)        the activity is x_n

After one sweep a lack has reached the buyers of the firms that are hit, after n sweeps those n tiers away. T is
monotone and T(u) <= u, so x_t falls with t down to the greatest fixed point (Kleene's iteration from above); where no
chain of essential inputs is longer than n links, x_n is that fixed point. In a loop of essential inputs the fixed
point is where a lack has gone round for ever.

A new supplier of slot k of buyer j changes what T gives to j alone, so x_t with it is followed as a difference to x_t
without it, tier by tier and only through the firms that rise: a firm rises at t + 1 only if each of its slots that
binds there has a supplier that rose at t, or is k.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner
from valuechain.kernels.screening import NOTICED, Jobs, Worth
from valuechain.kernels.sourcing import TOLERANCE, Pools, Sourcing, call_backups, supply

__all__ = ["Uses", "screen_within", "solve_within"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)


LANES = 8
"""Scenarios worked out side by side: the activity of a supplier is read once for all of them."""


class Uses(NamedTuple):
    """Links by supplier: those of firm i are ``start[i]:start[i + 1]``, each a ``share`` of the need of a ``slot``."""

    start: Ints
    slot: Ints
    share: Floats


class _Rise(NamedTuple):
    """Who rises by how much with a new supplier in one tier, and what that adds to slots.

    ``by`` has shape (firms,), ``firm`` the ``size[0]`` firms that rise. ``more`` is added to slots (share of need);
    ``slot`` are those it is added to, ``buyer`` the buyers that may rise, which ``waits`` marks.
    """

    by: Floats
    firm: Ints
    size: Ints
    more: Floats
    slot: Ints
    waits: Ints
    buyer: Ints


@inner
def no_rise(n: int, slots: int) -> _Rise:
    """Return that nobody rises."""
    return _Rise(
        np.zeros(n),
        np.empty(n, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.zeros(slots),
        np.empty(slots, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
    )


@compiled
def solve_within(
    graph: Sourcing,
    pools: Pools,
    surviving: Floats,
    tiers: int,
    first: int,
    last: int,
    before: Floats,
    activity: Floats,
) -> None:
    """Set the activity in scenarios ``first`` to before ``last`` after a lack has travelled a number of tiers.

    Parameters
    ----------
    graph, pools
        The economy and its back-ups.
    surviving
        Capacity left, share of normal output, 0..1; shape (scenarios, firms).
    tiers
        Number of tiers, from 1.
    first, last
        Which scenarios.
    before, activity
        Activity after one tier less, which is what inputs come from, and after all; share of normal output, shape
        (scenarios, firms). Written.
    """
    n, place = surviving.shape[1], np.full(graph.slot_buyer.shape[0], -1)
    able, now, later = np.empty((n, LANES)), np.empty((n, LANES)), np.empty((n, LANES))
    least = np.empty((pools.slot.shape[0], LANES))
    for q in range(pools.slot.shape[0]):
        place[pools.slot[q]] = q
    for at in range(first, last, LANES):
        # Lanes that are left over repeat the last scenario.
        for lane in range(LANES):
            s = min(at + lane, last - 1)
            able[:, lane] = surviving[s]
            later[:, lane] = surviving[s]
        for _ in range(tiers):
            now[:] = later
            call_all(graph, pools, able, now, least)
            if not sweep(graph, place, least, able, now, later):
                break
        for lane in range(min(LANES, last - at)):
            before[at + lane] = now[:, lane]
            activity[at + lane] = later[:, lane]


@inner
def call_all(graph: Sourcing, pools: Pools, able: Floats, now: Floats, least: Floats) -> None:
    """Set what slots with back-ups get at least, share of need; shape (slots with back-ups, lanes)."""
    if pools.slot.shape[0] == 0:
        return
    lack, given = np.empty(pools.slot.shape[0]), np.empty(pools.pool.shape[0])
    for lane in range(LANES):
        u, x = able[:, lane].copy(), now[:, lane].copy()
        call_backups(graph, pools, u, x, lack, given)
        for q in range(pools.slot.shape[0]):
            k = pools.slot[q]
            least[q, lane] = u[graph.slot_buyer[k]] - lack[q] / graph.need[k]


@inner
def sweep(graph: Sourcing, place: Ints, least: Floats, able: Floats, now: Floats, later: Floats) -> bool:
    """Set the activity one tier on, in all lanes side by side; tell whether any changed.

    ``place`` has the place of each slot in ``least``, -1: none.
    """
    changed = False
    level, got = np.empty(LANES), np.empty(LANES)
    for j in range(able.shape[0]):
        for lane in range(LANES):
            level[lane] = able[j, lane]
        for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
            for lane in range(LANES):
                got[lane] = 0.0
            for e in range(graph.link_start[k], graph.link_start[k + 1]):
                share, i = graph.share[e], graph.supplier[e]
                for lane in range(LANES):
                    got[lane] += share * now[i, lane]
            if place[k] >= 0:
                for lane in range(LANES):
                    got[lane] = max(got[lane], least[place[k], lane])
            for lane in range(LANES):
                level[lane] = min(level[lane], got[lane])
        for lane in range(LANES):
            changed = changed or level[lane] < now[j, lane] - TOLERANCE
            later[j, lane] = level[lane]
    return changed


@inner
def trace(graph: Sourcing, u: Floats, tiers: int, x: Floats, got: Floats) -> None:
    """Set the activity after each tier, shape (tiers + 1, firms), and what slots get, (tiers, slots), share of need."""
    x[0] = u
    for t in range(tiers):
        for j in range(u.shape[0]):
            level = u[j]
            for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
                got[t, k] = supply(graph, k, x[t])
                level = min(level, got[t, k])
            x[t + 1, j] = level


@inner
def is_binding(u: Floats, x: Floats, got: Floats, t: int, slot: int, buyer: int) -> bool:
    """Tell whether a slot holds its buyer down in tier t + 1."""
    return bool(x[t + 1, buyer] < u[buyer] - NOTICED and got[t, slot] <= x[t + 1, buyer] + NOTICED)


@inner
def pass_on(graph: Sourcing, uses: Uses, u: Floats, x: Floats, got: Floats, t: int, rise: _Rise) -> tuple[int, int]:
    """Add what those who rise deliver to slots; list the slots, and the buyers held down by one of them."""
    slots, buyers = 0, 0
    for r in range(rise.size[0]):
        a = rise.firm[r]
        for e in range(uses.start[a], uses.start[a + 1]):
            k = uses.slot[e]
            if rise.more[k] == 0.0:
                rise.slot[slots] = k
                slots += 1
            rise.more[k] += uses.share[e] * rise.by[a]
            i = graph.slot_buyer[k]
            if rise.waits[i] == 0 and is_binding(u, x, got, t, k, i):
                rise.waits[i] = 1
                rise.buyer[buyers] = i
                buyers += 1
    return slots, buyers


@inner
def follow(
    graph: Sourcing,
    uses: Uses,
    u: Floats,
    x: Floats,
    got: Floats,
    slot: int,
    firm: int,
    spare: float,
    rise: _Rise,
) -> float:
    """Follow what a new supplier of a slot changes through all tiers; return what it delivers in the last one.

    ``rise`` holds who rises in the last tier; clear it afterwards.
    """
    tiers, buyer, need = got.shape[0], graph.slot_buyer[slot], graph.need[slot]
    given = 0.0
    for t in range(tiers):
        slots, buyers = pass_on(graph, uses, u, x, got, t, rise)
        if rise.waits[buyer] == 0:
            rise.buyer[buyers] = buyer
            buyers += 1
        lack = need * max(0.0, u[buyer] - got[t, slot] - rise.more[slot])
        given = lack if firm < 0 else min(lack, spare * (x[t, firm] + rise.by[firm]))
        clear(rise)
        for b in range(buyers):
            i = rise.buyer[b]
            rise.waits[i] = 0
            level = u[i]
            for k in range(graph.slot_start[i], graph.slot_start[i + 1]):
                more = rise.more[k] + (given / need if k == slot else 0.0)
                level = min(level, got[t, k] + more)
            if level > x[t + 1, i] + TOLERANCE:
                rise.by[i] = level - x[t + 1, i]
                rise.firm[rise.size[0]] = i
                rise.size[0] += 1
        for r in range(slots):
            rise.more[rise.slot[r]] = 0.0
    return float(given)


@inner
def clear(rise: _Rise) -> None:
    """Let nobody rise."""
    for r in range(rise.size[0]):
        rise.by[rise.firm[r]] = 0.0
    rise.size[0] = 0


@inner
def gain(value: Floats, rise: _Rise, buyer: int) -> tuple[float, float]:
    """Return the output saved in all firms and in the buyer, currency per flow period; nobody rises afterwards."""
    total, own = 0.0, 0.0
    for r in range(rise.size[0]):
        i = rise.firm[r]
        if rise.by[i] > NOTICED:
            total += value[i] * rise.by[i]
            if i == buyer:
                own = value[i] * rise.by[i]
    clear(rise)
    return total, own


@compiled
def screen_within(
    graph: Sourcing,
    uses: Uses,
    value: Floats,
    surviving: Floats,
    jobs: Jobs,
    tiers: int,
    first: int,
    last: int,
    worth: Worth,
) -> None:
    """Set what each new supplier is worth in scenarios ``first`` to before ``last``; ``worth`` starts as zeros.

    Parameters
    ----------
    graph, uses
        The economy, by buyer and by supplier.
    value
        Normal output, currency per flow period; shape (firms,).
    surviving
        Capacity left, 0..1; shape (scenarios, firms).
    jobs
        The new suppliers.
    tiers
        How many tiers a lack travels, from 1.
    first, last
        Which scenarios.
    worth
        Written.
    """
    n, slots = surviving.shape[1], graph.slot_buyer.shape[0]
    x, got, rise = np.empty((tiers + 1, n)), np.empty((tiers, slots)), no_rise(n, slots)
    for s in range(first, last):
        u = surviving[s]
        trace(graph, u, tiers, x, got)
        for g in range(jobs.slot.shape[0]):
            k = jobs.slot[g]
            j = graph.slot_buyer[k]
            binds = False
            for t in range(tiers):
                binds = binds or is_binding(u, x, got, t, k, j)
            if not binds:
                continue
            all_given = follow(graph, uses, u, x, got, k, -1, 0.0, rise)
            best = gain(value, rise, j)
            if best[0] <= 0.0 and best[1] <= 0.0:
                continue
            most = graph.need[k] * max(0.0, u[j] - got[tiers - 1, k])
            for c in range(jobs.start[g], jobs.start[g + 1]):
                firm, spare = jobs.firm[c], jobs.spare[c]
                if firm < 0 or spare * x[tiers - 1, firm] >= most:
                    # Has in every tier all that lacks, even if it does not rise itself: activities fall, lacks grow.
                    worth.cut[s, c], worth.own[s, c] = best
                    worth.given[s, c] = all_given
                    continue
                worth.given[s, c] = follow(graph, uses, u, x, got, k, firm, spare, rise)
                worth.cut[s, c], worth.own[s, c] = gain(value, rise, j)

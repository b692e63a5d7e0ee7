"""Buyers that order from other suppliers of the same product when one keeps delivering less than was ordered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuechain.kernels.production_graph import Floats, Given, Ints, ProductionGraph, Small, State, inner

__all__ = ["Switch", "arrive_lent", "count_short", "new_switch", "order_elsewhere"]

IN_FULL = 0.99 * (1.0 - 1e-9)
"""Part of an order below which a supplier delivers less than was ordered; a loss of exactly 1 % is not below."""

NOTHING = 1e-12
"""Part of usual amounts that counts as none: rounding must not decide who has capacity to spare or fails."""

ROUNDS = 2
"""Times a day that buyers ask those who still have capacity to spare. One is enough unless suppliers are overasked;
what is lacking after the second is asked for on the next day."""


class Switch(NamedTuple):
    """What buyers know of their suppliers, and what others deliver in their place.

    ``after`` is the number of days of short deliveries after which buyers switch, 0: never; then all arrays are empty.
    By link: ``short`` counts these days; ``wanted`` is what the buyer would order were the link open; ``own`` what
    arrived at the supplier's gate for it (sent the day before), later in a step what is lacking; ``extra`` the part of
    the order that stands in for others; ``instead`` what was ordered elsewhere in place of the link on the day, and
    ``owed`` all of that that has not arrived; ``asked`` is working memory.
    By slot: ``lack`` is what failing suppliers lack, ``left`` the part nobody has taken on yet, ``lent_days`` the mean
    transit time of what is ordered elsewhere, ``owing`` the sum of ``owed``. ``queue`` lists the slots that lack.
    By firm: ``spare`` is capacity that nobody ordered, ``claimed`` what is asked of it. Amounts in currency per day.
    """

    after: int
    short: Small
    wanted: Floats
    own: Floats
    extra: Floats
    instead: Floats
    owed: Floats
    asked: Floats
    lack: Floats
    left: Floats
    lent_days: Floats
    owing: Floats
    queue: Ints
    spare: Floats
    claimed: Floats


def new_switch(graph: ProductionGraph, after: int) -> Switch:
    """Return what buyers know before day 0: all suppliers deliver in full."""
    sizes = (len(graph.amount), len(graph.slot_amount), len(graph.base))
    links, slots, firms = sizes if after else (0, 0, 0)
    return Switch(
        after=after,
        short=np.zeros(links, dtype=np.int32),
        wanted=graph.amount[:links].copy(),
        own=np.zeros(links),
        extra=np.zeros(links),
        instead=np.zeros(links),
        owed=np.zeros(links),
        asked=np.zeros(links),
        lack=np.zeros(slots),
        left=np.zeros(slots),
        lent_days=np.zeros(slots),
        owing=np.zeros(slots),
        queue=np.zeros(slots, dtype=np.int64),
        spare=np.zeros(firms),
        claimed=np.zeros(firms),
    )


@inner
def count_short(short: Small, wanted: Floats, usual: float, e: int, own: float) -> None:
    """Count a day on which link e brought less than was wanted; an order of nothing tells nothing."""
    if wanted[e] > NOTHING * usual:
        if own < IN_FULL * wanted[e]:
            short[e] += 1
        else:
            short[e] = 0


@inner
def arrive_lent(graph: ProductionGraph, state: State, switch: Switch, s: int, came: float) -> None:
    """Book goods that others delivered to slot s as stock of the links they stand in for, as these are owed."""
    stock, owed, amount = state.stock, switch.owed, graph.amount
    part = came / switch.owing[s] if switch.owing[s] > 0.0 else 0.0
    total = 0.0
    for e in range(graph.link_start[s], graph.link_start[s + 1]):
        stock[e] += owed[e] * part
        rest = owed[e] * (1.0 - part)
        owed[e] = rest if rest > NOTHING * amount[e] else 0.0
        total += owed[e]
    switch.owing[s] = total


@inner
def order_elsewhere(graph: ProductionGraph, state: State, given: Given, switch: Switch, days: Small) -> None:
    """Order what failing suppliers lack from others in the slot that have capacity to spare.

    Asked is in proportion to the capacity to spare, never for more than it; a supplier that is asked for more by
    several buyers takes on the same part of what each asks. So it can deliver all it takes on, and nobody gets less.
    """
    _find_spare(graph, state, given, switch)
    count = _queue_up(graph, switch)
    for _ in range(ROUNDS):
        if count == 0:
            break
        count = _ask(graph, state, given, switch, count)
        _take_on(graph, state, switch, count)
    _book(graph, switch, days)


@inner
def _find_spare(graph: ProductionGraph, state: State, given: Given, switch: Switch) -> None:
    """Find what each firm could make beyond what is ordered from it as usual."""
    base, capacity, final, limit = graph.base, given.capacity, given.final, state.limit
    demand, spare = state.demand, switch.spare
    for i in range(base.shape[0]):
        free = min(capacity[i], base[i] * limit[i]) - demand[i] - final[i]
        spare[i] = free if free > NOTHING * base[i] else 0.0


@inner
def _queue_up(graph: ProductionGraph, switch: Switch) -> int:
    """List the slots in which something is lacking; return how many they are. Forget the orders of yesterday."""
    lack, left, queue, slot_amount = switch.lack, switch.left, switch.queue, graph.slot_amount
    count = 0
    for s in range(lack.shape[0]):
        left[s] = lack[s]
        if lack[s] > NOTHING * slot_amount[s]:
            queue[count] = s
            count += 1
    return count


@inner
def _ask(graph: ProductionGraph, state: State, given: Given, switch: Switch, count: int) -> int:
    """Ask suppliers that do not fail; return how many slots, now first in the queue, found one with some to spare."""
    link_start, supplier, amount, order = graph.link_start, graph.supplier, graph.amount, state.order
    short, asked, left, queue = switch.short, switch.asked, switch.left, switch.queue
    spare, claimed, link_kept = switch.spare, switch.claimed, given.link_kept
    limited, after, kept = link_kept.shape[0] > 0, switch.after, 0
    claimed[:] = 0.0
    for q in range(count):
        s, total = queue[q], 0.0
        for e in range(link_start[s], link_start[s + 1]):
            free = spare[supplier[e]] if short[e] < after else 0.0
            if limited and link_kept[e] < 1.0:
                free = min(free, max(0.0, link_kept[e] * amount[e] - order[e]))
            asked[e] = free
            total += free
        if total <= 0.0 or left[s] <= NOTHING * graph.slot_amount[s]:
            continue
        part = min(1.0, left[s] / total)
        for e in range(link_start[s], link_start[s + 1]):
            asked[e] *= part
            claimed[supplier[e]] += asked[e]
        queue[kept] = s
        kept += 1
    return kept


@inner
def _take_on(graph: ProductionGraph, state: State, switch: Switch, count: int) -> None:
    """Let suppliers take on what is asked of them, as far as their capacity goes."""
    link_start, supplier, order, demand = graph.link_start, graph.supplier, state.order, state.demand
    asked, extra, left, queue = switch.asked, switch.extra, switch.left, switch.queue
    spare, claimed = switch.spare, switch.claimed
    for q in range(count):
        s = queue[q]
        for e in range(link_start[s], link_start[s + 1]):
            if asked[e] > 0.0:
                seller = supplier[e]
                taken = asked[e] * min(1.0, spare[seller] / claimed[seller])
                order[e] += taken
                extra[e] += taken
                demand[seller] += taken
                left[s] -= taken
    for i in range(spare.shape[0]):
        rest = spare[i] - claimed[i]
        spare[i] = rest if rest > NOTHING * graph.base[i] else 0.0


@inner
def _book(graph: ProductionGraph, switch: Switch, days: Small) -> None:
    """Note for which links goods were ordered elsewhere, and how long those goods are in transit."""
    link_start, own, extra, instead, owed = graph.link_start, switch.own, switch.extra, switch.instead, switch.owed
    lack, left, travels = switch.lack, switch.left, days.shape[0] > 0
    for s in range(lack.shape[0]):
        if left[s] >= lack[s]:
            continue
        part, ordered, weighed = 1.0 - max(0.0, left[s]) / lack[s], 0.0, 0.0
        for e in range(link_start[s], link_start[s + 1]):
            instead[e] = own[e] * part
            owed[e] += instead[e]
            ordered += extra[e]
            weighed += extra[e] * days[e] if travels else 0.0
        switch.owing[s] += ordered
        switch.lent_days[s] = weighed / ordered

"""The static economy when one buyer gets new suppliers for several of its needs at once.

With base x the greatest fixed point without them (see ``sourcing.py``), only firms that are held below their own
capacity can rise, and only if the buyer does: the new suppliers change what the map gives to the buyer alone. So the
buyer and all that may rise with it start from their own capacity, all others keep x, and those that started too high
come down to the greatest fixed point with the new suppliers.

Each need has one new supplier. It is asked for what the need lacks, at most its limit; a firm asked for more than it
has to spare at its activity, since it is to deliver to several needs, serves all by the same part.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Floats, Ints, inner
from valuechain.kernels.screening import downstream
from valuechain.kernels.sourcing import TOLERANCE, Queue, Sourcing, new_queue, put, put_buyers, supply, take

__all__ = ["Team", "with_team"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)


class Team(NamedTuple):
    """New suppliers of one ``buyer``: each with its ``slot``, ``firm`` and ``limit`` (currency per flow period).

    ``spare`` is what its firm has to spare for all of them while it works normally (currency per flow period).
    """

    buyer: int
    slot: Ints
    firm: Ints
    limit: Floats
    spare: Floats


@inner
def team_gives(graph: Sourcing, team: Team, u: Floats, x: Floats, given: Floats) -> None:
    """Set what each new supplier delivers, currency per flow period."""
    for c in range(team.slot.shape[0]):
        k = team.slot[c]
        lack = graph.need[k] * max(0.0, u[team.buyer] - supply(graph, k, x))
        given[c] = min(lack, team.limit[c])
    for c in range(team.slot.shape[0]):
        asked, first = 0.0, True
        for d in range(team.slot.shape[0]):
            if team.firm[d] == team.firm[c]:
                asked += given[d]
                first = first and d >= c
        there = team.spare[c] * x[team.firm[c]]
        if first and asked > there:
            for d in range(team.slot.shape[0]):
                if team.firm[d] == team.firm[c]:
                    given[d] *= there / asked


@inner
def come_down_with(graph: Sourcing, team: Team, u: Floats, x: Floats, given: Floats, queue: Queue, most: int) -> None:
    """Bring activities down to the greatest fixed point with the new suppliers.

    At most so many updates: where they are used up, some firms still wait.
    """
    while queue.state[1] > 0 and most > 0:
        most -= 1
        j = take(queue)
        level = u[j]
        if j == team.buyer:
            team_gives(graph, team, u, x, given)
        for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
            got = supply(graph, k, x)
            if j == team.buyer:
                for c in range(team.slot.shape[0]):
                    if team.slot[c] == k:
                        got += given[c] / graph.need[k]
            level = min(level, got)
        if level < x[j] - TOLERANCE:
            x[j] = level
            put_buyers(graph, queue, j)
            for c in range(team.firm.shape[0]):
                if team.firm[c] == j:
                    put(queue, team.buyer)


@compiled
def with_team(graph: Sourcing, team: Team, surviving: Floats, activity: Floats, given: Floats, most: int) -> bool:
    """Set the activity with the new suppliers, and what each delivers, in every scenario.

    Returns False, with work half done, where a scenario takes more updates than there may be.

    Parameters
    ----------
    graph
        The economy.
    team
        The new suppliers.
    surviving
        Capacity left, share of normal output, 0..1; shape (scenarios, firms).
    activity
        The greatest fixed point without them, overwritten by that with them; shape (scenarios, firms).
    given
        Written: currency per flow period; shape (scenarios, suppliers).
    most
        Most updates of firms in one scenario.
    """
    n = surviving.shape[1]
    queue, seen = new_queue(n), np.full(n, -1, dtype=np.int64)
    found, gives = np.empty(n, dtype=np.int64), np.zeros(team.slot.shape[0])
    for s in range(surviving.shape[0]):
        u, x = surviving[s], activity[s]
        found[0] = team.buyer
        count = downstream(graph, u, x, seen, s, found, 1)
        for r in range(count):
            x[found[r]] = u[found[r]]
            put(queue, found[r])
        come_down_with(graph, team, u, x, gives, queue, most)
        if queue.state[1] > 0:
            return False
        team_gives(graph, team, u, x, gives)
        given[s] = gives
    return True

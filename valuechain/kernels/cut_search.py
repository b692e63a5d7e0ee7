"""All minimal cut sets of one target: branching on what keeps it alive.

A support is a set of working firms with the target in it, in which every firm finds enough suppliers for each slot: as
long as all of it is left alone, the target works. So every cut set has a member in every support. The search takes one
support, lets each of its units fail in turn, takes a support of what is left, and so on; at the last level, units that
are missing in some support are dropped before the others are made to fail one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from valuechain.kernels.cascade_graph import Small, inner, pasted
from valuechain.kernels.cut_failures import Units, Ways, nothing_failed
from valuechain.kernels.needs import Fallen, Flags, Ints, Needs, put_down, spread, take_back
from valuechain.kernels.needs_ground_up import lose


class Hunt(NamedTuple):
    """What is searched: how firms fail, the units, the units of each firm, and the target, which no unit contains.

    ``units_of_firm`` lists the units of each firm; ``partner`` has for each unit those with which it is a cut set
    already.
    """

    how: Ways
    units: Units
    units_of_firm: Units
    partner: Units
    target: int


class Search(NamedTuple):
    """State of a search.

    ``clock``: stamp, cut sets found, links followed in supports, 1 when it was broken off, and -1, the mark of a unit
    that is to fail. Numbers written in the code are types of their own to the compiler, which would compile all anew.
    """

    fallen: Fallen
    order: Ints
    banned: Small
    fallible: Small
    avoided: Small
    support: Small
    in_support: Ints
    stopping: Ints
    touched: Ints
    is_candidate: Flags
    candidates: Small
    chosen: Small
    firms: Small
    clock: Ints


def search_state(hunt: Hunt, size: int, banned: Small) -> Search:
    """Return the state before a search for cut sets of a size; banned units never fail."""
    n, count = len(hunt.how.rank), len(hunt.units.start) - 1
    of_firm = np.repeat(np.arange(n), np.diff(hunt.units_of_firm.start))
    flags = np.zeros(count, dtype=np.int32)
    flags[banned] = 1
    free = flags[hunt.units_of_firm.firm] == 0
    return Search(
        fallen=nothing_failed(hunt.how),
        order=hunt.how.rank.astype(np.int64),
        banned=flags,
        fallible=np.bincount(of_firm[free], minlength=n).astype(np.int32),
        avoided=np.zeros(n, dtype=np.int32),
        support=np.empty(n, dtype=np.int32),
        in_support=np.zeros(n, dtype=np.int64),
        stopping=np.zeros(n, dtype=np.int64),
        touched=np.zeros(count, dtype=np.int64),
        is_candidate=np.zeros(count, dtype=np.uint8),
        candidates=np.empty((size, count), dtype=np.int32),
        chosen=np.zeros(size, dtype=np.int32),
        firms=np.empty(size * max(len(hunt.units.firm), 1), dtype=np.int32),
        clock=np.array([0, 0, 0, 0, -1], dtype=np.int64),
    )


@pasted
def _cover(
    needs: Needs, search: Search, ground_up: bool, buyer: int, slot: int, size: int
) -> int:  # many arrays are dear to hand over: not for each slot
    """Add suppliers to the support until a slot has enough: none that may fail where others do, few in all."""
    stamp, place = search.clock[0], search.order[buyer]
    first, end = needs.start[slot], needs.start[slot + 1]
    have = needs.limit[slot] * 0
    missing = have - needs.limit[slot]
    for e in range(first, end):
        s = needs.supplier[e]
        missing += needs.weight[e]
        if search.in_support[s] == stamp and search.order[s] <= place:
            have += needs.weight[e]
    search.clock[2] += end - first + 1
    grade = 0
    while grade < 3 and have < missing:
        for e in range(first, end):
            s = needs.supplier[e]
            if (
                have < missing
                and search.in_support[s] != stamp
                and search.fallen.is_down[s] == 0
                and (not ground_up or 0 <= search.order[s] < place)
                and grade == (2 if search.avoided[s] > 0 else 1 if search.fallible[s] > 0 else 0)
            ):
                search.in_support[s], search.support[size] = stamp, s
                size += 1
                have += needs.weight[e]
        grade += 1
    return size


@inner
def _find_support(hunt: Hunt, search: Search) -> int:
    """Find a support of the target in what works, return its size; ``touched`` has the stamp for units it touches."""
    search.clock[0] += 1
    needs, of, at, size = hunt.how.needs, hunt.units_of_firm, 0, 1
    search.support[0], search.in_support[hunt.target] = hunt.target, search.clock[0]
    while at < size:
        j = search.support[at]
        at += 1
        for k in range(needs.of_buyer[j], needs.of_buyer[j + 1]):
            if needs.start[k + 1] > needs.start[k]:
                size = _cover(needs, search, hunt.how.ground_up, j, k, size)
        for k in range(of.start[j], of.start[j + 1]):
            search.touched[of.firm[k]] = search.clock[0]
    return size


@inner
def _move(hunt: Hunt, search: Search, depth: int, mark: int) -> None:
    """Let the unit chosen at a depth fail on top of those before; with a mark, go back to those up to that depth.

    One function for both ways: what is called at several places is compiled for each.
    """
    fallen, units = search.fallen, hunt.units
    if hunt.how.ground_up:
        _build_anew(hunt, search, depth)
    elif mark >= 0:
        take_back(hunt.how.needs, fallen, mark)
    else:
        first, u = fallen.top[0], search.chosen[depth]
        for k in range(units.start[u], units.start[u + 1]):
            put_down(fallen, units.firm[k])
        spread(hunt.how.needs, fallen, first)


@pasted
def _build_anew(hunt: Hunt, search: Search, depth: int) -> None:
    """Let the units chosen up to a depth fail from scratch; ``order`` becomes one in which what is left can start."""
    fallen, needs = search.fallen, hunt.how.needs
    for f in fallen.trail[: fallen.top[0]]:
        search.order[f] = hunt.how.rank[f]
    take_back(hunt.how.early, fallen, 0)
    size = 0
    for u in search.chosen[: depth + 1]:
        for k in range(hunt.units.start[u], hunt.units.start[u + 1]):
            search.firms[size] = hunt.units.firm[k]
            size += 1
    down = lose(needs, hunt.how.early, hunt.how.rank, fallen, search.firms[:size])
    # Firms set aside and let in again are behind those down, the last let in first: that is an order to start in.
    for t in range(fallen.top[0]):
        f = fallen.trail[t]
        search.clock[2] += needs.push_start[f + 1] - needs.push_start[f] + 1
        if t >= down:
            search.order[f] = len(fallen.trail) + fallen.top[0] - t


@inner
def _ban(hunt: Hunt, search: Search, unit: int, by: int) -> None:
    """Take a unit out of the search (by 1), or let it in again (by -1)."""
    before = search.banned[unit]
    search.banned[unit] += by
    if (before == 0) != (search.banned[unit] == 0):
        for k in range(hunt.units.start[unit], hunt.units.start[unit + 1]):
            search.fallible[hunt.units.firm[k]] -= by


@inner
def _ban_partners(hunt: Hunt, search: Search, unit: int, by: int) -> None:
    for k in range(hunt.partner.start[unit], hunt.partner.start[unit + 1]):
        _ban(hunt, search, hunt.partner.firm[k], by)


@inner
def _list_candidates(hunt: Hunt, search: Search, depth: int) -> int:
    """Return how many units a support touches that may fail; they are in a row of ``candidates``."""
    count, of = 0, hunt.units_of_firm
    size = _find_support(hunt, search)
    for f in search.support[:size]:
        for k in range(of.start[f], of.start[f + 1]):
            u = of.firm[k]
            if search.banned[u] == 0 and search.touched[u] > 0:
                search.touched[u] = 0  # each once
                search.candidates[depth, count] = u
                count += 1
    return count


@inner
def _avoid(hunt: Hunt, search: Search, unit: int, by: int) -> None:
    """Make supports go round a candidate (by 1), or no longer (by -1)."""
    search.is_candidate[unit] = by > 0
    for k in range(hunt.units.start[unit], hunt.units.start[unit + 1]):
        search.avoided[hunt.units.firm[k]] += by


@inner
def _drop_untouched(hunt: Hunt, search: Search, depth: int, first: int, count: int) -> int:
    """Take a support and drop the candidates from place ``first`` on that are not in it; return how many are."""
    _find_support(hunt, search)
    dropped = 0
    for k in range(first, count):
        u = search.candidates[depth, k]
        if search.is_candidate[u] == 1 and search.touched[u] != search.clock[0]:
            _avoid(hunt, search, u, -1)
            dropped += 1
    return dropped


@inner
def _note(search: Search, found: Small, depth: int, unit: int) -> None:
    if search.clock[1] == len(found):
        search.clock[3] = 1
        return
    search.chosen[depth] = unit
    found[search.clock[1]] = search.chosen
    search.clock[1] += 1


@inner
def _follow_single_sources(hunt: Hunt, search: Search, depth: int, firm: int, stamp: int, found: Small) -> None:
    """Note the candidates that stop a firm as the only source left of it, of those that are that for it, and so on."""
    needs, of, stack, size = hunt.how.needs, hunt.units_of_firm, search.support, 1
    stack[0], search.stopping[firm] = firm, stamp
    while size > 0:
        size -= 1
        j = stack[size]
        for k in range(of.start[j], of.start[j + 1]):
            if search.is_candidate[of.firm[k]] == 1:
                _avoid(hunt, search, of.firm[k], -1)
                _note(search, found, depth, of.firm[k])
        for slot in range(needs.of_buyer[j], needs.of_buyer[j + 1]):
            missing = needs.limit[slot] * 0
            for e in range(needs.start[slot], needs.start[slot + 1]):
                if search.fallen.is_down[needs.supplier[e]] == 1 or hunt.how.rank[needs.supplier[e]] < 0:
                    missing += needs.weight[e]
            for e in range(needs.start[slot], needs.start[slot + 1]):
                s = needs.supplier[e]
                works = search.fallen.is_down[s] == 0 and hunt.how.rank[s] >= 0
                if works and search.stopping[s] != stamp and missing + needs.weight[e] > needs.limit[slot]:
                    search.stopping[s], stack[size] = stamp, s
                    size += 1
            search.clock[2] += needs.start[slot + 1] - needs.start[slot] + 1


@pasted
def _last_level(hunt: Hunt, search: Search, depth: int, found: Small, budget: int) -> None:
    """Note every unit that stops the target on top of those chosen before."""
    if search.clock[2] + search.fallen.top[1] > budget:
        search.clock[3] = 1
        return
    count = _list_candidates(hunt, search, depth)
    stamp = search.clock[0]
    for k in range(count):
        _avoid(hunt, search, search.candidates[depth, k], 1)
    _follow_single_sources(hunt, search, depth, hunt.target, stamp, found)
    while (
        _drop_untouched(hunt, search, depth, depth * 0, count) > 0 and search.clock[2] + search.fallen.top[1] < budget
    ):
        pass
    for k in range(count):
        u = search.candidates[depth, k]
        if search.is_candidate[u] == 0:
            continue
        if search.clock[2] + search.fallen.top[1] > budget or search.clock[3] == 1:
            search.clock[3] = 1
            _avoid(hunt, search, u, -1)
            continue
        search.chosen[depth], mark = u, search.fallen.top[0]
        _move(hunt, search, depth, search.clock[4])
        stops = search.fallen.is_down[hunt.target] == 1
        if not stops:
            _avoid(hunt, search, u, -1)
            _drop_untouched(hunt, search, depth, k + 1, count)
        _move(hunt, search, depth - 1, mark)
        if stops and hunt.units.start[u + 1] == hunt.units.start[u] + 1:
            _follow_single_sources(hunt, search, depth, np.int64(hunt.units.firm[hunt.units.start[u]]), stamp, found)
        elif stops:
            _avoid(hunt, search, u, -1)
            _note(search, found, depth, u)


@nb.njit(cache=True, nogil=True)
def find_cuts(hunt: Hunt, search: Search, found: Small, budget: int) -> None:
    """Fill ``found`` (limit, size) with the cut sets of that size that have no smaller one in them.

    Smaller ones must be kept out: single units by being banned, pairs as partners. The search ends early, and says so
    in ``clock``, when there are more than ``found`` has room for or ``budget`` links have been followed.
    """
    last, depth, is_new = found.shape[1] - 1, search.clock[1], True  # none found: 0
    at, count, mark = np.zeros(last + 1, np.int64), np.zeros(last + 1, np.int64), np.zeros(last + 1, np.int64)
    while depth >= 0:
        if is_new and depth == last:
            _last_level(hunt, search, depth, found, budget)
        elif is_new:
            at[depth], count[depth] = 0, _list_candidates(hunt, search, depth)
        if is_new := depth < last and at[depth] < count[depth] and search.clock[3] == 0:
            search.chosen[depth], mark[depth] = search.candidates[depth, at[depth]], search.fallen.top[0]
            at[depth] += 1
            _move(hunt, search, depth, search.clock[4])
            _ban_partners(hunt, search, search.chosen[depth], 1)
            depth += 1
            continue
        for k in range(at[depth]):
            _ban(hunt, search, search.candidates[depth, k], -1)
        depth -= 1
        if depth >= 0:  # all sets with this unit are known: it fails no more at this level
            _ban_partners(hunt, search, search.chosen[depth], -1)
            _move(hunt, search, depth - 1, mark[depth])
            _ban(hunt, search, search.chosen[depth], 1)

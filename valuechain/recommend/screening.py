"""What every candidate is worth on its own in every scenario: the static cascade with and without it, same draws."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.kernels.replies import forget
from valuechain.kernels.screening import Jobs, screen
from valuechain.kernels.sourcing import UNLIMITED
from valuechain.kernels.supply_path import new_replies
from valuechain.network import Floats, Index
from valuechain.recommend.at_rest import system_at
from valuechain.recommend.economy import Economy
from valuechain.recommend.supply_curve import worth_along

__all__ = ["ANY", "Screened", "jobs_of", "potential_of", "screened"]

ANY = -1
"""Firm that stands for a supplier that always has enough."""

FEW_UPDATES = 5_000
"""Updates of firms for one need in one scenario, after which linear systems are quicker (a fifth of a millisecond)."""

MEMORY_FOR_REPLIES, LEAST_REPLIES = 128_000_000, 128
"""Bytes of replies that are kept in each thread, and how many at least (see ``kernels/replies.py``)."""

SLOTS_AT_ONCE = 2048
"""Slots whose potential is worked out side by side: scenarios times this is what is held in memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Screened:
    """What each candidate is worth, currency per flow period.

    Parameters
    ----------
    cut
        Output of all firms that is not lost; shape (scenarios, candidates).
    own
        The part of it that is the buyer's; shape (scenarios, candidates).
    given
        What the candidate delivers; shape (scenarios, candidates).
    """

    cut: Floats
    own: Floats
    given: Floats

    def at(self, scenario: int) -> Screened:
        """Return that in one scenario, not copied; shapes (candidates,)."""
        return Screened(cut=self.cut[scenario], own=self.own[scenario], given=self.given[scenario])

    def only(self, keep: npt.NDArray[np.bool_] | Index) -> Screened:
        """Return that of some candidates."""
        return Screened(cut=self.cut[:, keep], own=self.own[:, keep], given=self.given[:, keep])


def screened(
    economy: Economy,
    surviving: Floats,
    base: Floats,
    *,
    slot: Index,
    firm: Index,
    spare: Floats,
    threads: int | None = None,
) -> Screened:
    """Return what each candidate is worth alone in each scenario.

    Parameters
    ----------
    economy
        The economy.
    surviving
        Capacity left of each firm, 0..1; shape (scenarios, firms).
    base
        Activity without any candidate, from :func:`activity_of`; shape (scenarios, firms).
    slot, firm, spare
        Essential slot, firm (``ANY``: one that always has enough) and spare capacity of each candidate (currency per
        flow period); shape (candidates,), in any order.
    threads
        Threads to use; None: one a core. The result is the same for any number.

    Examples
    --------
    >>> import numpy as np, valuechain as vc
    >>> from valuechain.recommend.economy import activity_of, economy_of
    >>> economy = economy_of(vc.example("textbook"), spare_share=0.0)
    >>> left = np.array([[0.5, 1.0]])
    >>> base = activity_of(economy, left)
    >>> found = screened(economy, left, base, slot=np.array([1]), firm=np.array([ANY]), spare=np.array([0.0]))
    >>> bool(found.cut[0, 0] > 0)
    True
    """
    surviving = np.ascontiguousarray(surviving, dtype=np.float64)
    jobs, back = jobs_of(slot, firm, spare)
    shape = (len(surviving), len(back))
    found = Screened(cut=np.zeros(shape), own=np.zeros(shape), given=np.zeros(shape))
    count = max(1, min(threads or os.cpu_count() or 1, len(surviving)))
    with ThreadPoolExecutor(count) as pool:
        tasks = [
            pool.submit(_one_scenario, economy, surviving[s], base[s], jobs, found.at(s)) for s in range(len(surviving))
        ]
        for task in tasks:
            task.result()
    return found.only(back)


def jobs_of(slot: Index, firm: Index, spare: Floats) -> tuple[Jobs, Index]:
    """Return candidates sorted by slot as the kernels read them, and the place of each among the sorted."""
    order = np.lexsort((firm, slot))
    slots, start = np.unique(slot[order], return_index=True)
    jobs = Jobs(
        slot=slots.astype(np.int64),
        start=np.r_[start, len(order)].astype(np.int64),
        firm=firm[order].astype(np.int64),
        spare=np.asarray(spare, dtype=np.float64)[order],
    )
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return jobs, back


def _one_scenario(economy: Economy, u: Floats, base: Floats, jobs: Jobs, found: Screened) -> None:
    """Set what each new supplier is worth in a scenario: firm by firm where few rise, else by linear systems."""
    graph, value = economy.graph, economy.value
    left = np.ones(len(jobs.slot), dtype=np.int64)
    screen(graph, value, u, base, jobs, left, FEW_UPDATES, found.cut, found.own, found.given)
    if not left.any():
        return
    system = system_at(graph, u, base, value)
    if system is None:
        screen(graph, value, u, base, jobs, left, UNLIMITED, found.cut, found.own, found.given)
        return
    replies = new_replies(_room_for(len(system.firm)), len(system.firm))
    for g in np.flatnonzero(left):
        part = slice(jobs.start[g], jobs.start[g + 1])
        if 2 * replies.state[0] > len(replies.column):
            forget(replies)
        one = worth_along(graph, system, replies, int(jobs.slot[g]), jobs.firm[part], jobs.spare[part])
        found.cut[part], found.own[part], found.given[part] = one.cut, one.own, one.given


def _room_for(unknowns: int) -> int:
    """Return for how many replies there is room."""
    return max(LEAST_REPLIES, MEMORY_FOR_REPLIES // (8 * unknowns))


def potential_of(
    economy: Economy, surviving: Floats, base: Floats, probability: Floats, *, slot: Index, threads: int | None = None
) -> Floats:
    """Return what a supplier that always has enough would be worth to each slot, currency per flow period; (slots,).

    No single partner for the slot can be worth more, in expectation over the scenarios.
    """
    found = np.zeros(len(slot))
    for at in range(0, len(slot), SLOTS_AT_ONCE):
        part = slot[at : at + SLOTS_AT_ONCE]
        worth = screened(
            economy,
            surviving,
            base,
            slot=part,
            firm=np.full(len(part), ANY, dtype=np.int64),
            spare=np.full(len(part), np.inf),
            threads=threads,
        )
        found[at : at + SLOTS_AT_ONCE] = probability @ worth.cut
    return found

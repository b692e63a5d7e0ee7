"""How far a lack travels: activity and worth of new suppliers after a number of tiers, or when it has gone for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypedDict

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from valuechain.errors import ParameterError
from valuechain.kernels.sourcing_tiers import Uses, Worth, screen_within, solve_within
from valuechain.network import Floats, Index
from valuechain.recommend.economy import Backups, Economy, activity_of
from valuechain.recommend.hazards import Hazards
from valuechain.recommend.screening import ANY, Screened, jobs_of, potential_of, screened
from valuechain.results import rank_key

__all__ = [
    "ALL",
    "LOOP_TIERS",
    "MOST_TIERS",
    "How",
    "activity_within",
    "in_loop",
    "potential_within",
    "screened_within",
    "tiers_for",
    "tiers_of",
    "uses_of",
]

ALL = "all"
"""Word for: without end."""

LOOP_TIERS = 2
"""Tiers that a lack travels where the network is one loop and nobody says how many. A stated stand-in."""

MOST_TIERS = 100
"""Most tiers that may be asked for: the memory for one scenario grows with them."""

ONE_LOOP = 0.5
"""Part of all essential purchases within one loop from which the network is one loop."""

HELPS = 0.1
"""Part of what its buyer loses that the best imaginable supplier of a need has to save, for links to help at all."""

NOTICED = 1e-9
"""Differences below this part are rounding: they decide nothing."""

SCENARIOS, BUYERS = 4, 3
"""Scenarios, from mild to severe, and buyers that lose most, by which it is judged whether links help at all."""


Mask = npt.NDArray[np.bool_]


class How(TypedDict):
    """How a lack is followed: so many tiers (None: without end), with so many threads."""

    tiers: int | None
    threads: int | None


def uses_of(economy: Economy) -> Uses:
    """Return the links of an economy by supplier."""
    graph = economy.graph
    order = np.argsort(graph.supplier, kind="stable")
    slot = np.repeat(np.arange(economy.n_slots), np.diff(graph.link_start))
    count = np.bincount(graph.supplier, minlength=economy.network.n_firms)
    return Uses(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        slot=slot[order].astype(np.int64),
        share=graph.share[order].astype(np.float64),
    )


def activity_within(
    economy: Economy,
    surviving: Floats,
    *,
    tiers: int | None,
    backups: Backups | None = None,
    threads: int | None = None,
) -> tuple[Floats, Floats]:
    """Return the activity of every firm, and the activity that its buyers got their inputs from; (scenarios, firms).

    Parameters
    ----------
    economy
        The economy.
    surviving
        Capacity left of each firm, 0..1; shape (scenarios, firms).
    tiers
        How many tiers a lack travels, from 1: inputs then come from the activity of one tier less. None: without end,
        the greatest fixed point, and both are the same.
    backups
        Back-up links; None: none.
    threads
        Threads to use; None: one a core. The result is the same for any number.

    Examples
    --------
    >>> import numpy as np, valuechain as vc
    >>> from valuechain.recommend.economy import economy_of
    >>> economy = economy_of(vc.example("textbook"), spare_share=0.0)
    >>> after, before = activity_within(economy, np.array([[0.5, 1.0]]), tiers=1)
    >>> before.tolist()
    [[0.5, 1.0]]
    """
    if tiers is None:
        activity = activity_of(economy, surviving, backups=backups, threads=threads)
        return activity, activity
    surviving = np.ascontiguousarray(surviving, dtype=np.float64)
    nothing, none = np.zeros(0, dtype=np.int64), np.zeros(0)
    backups = backups or Backups(slot=nothing, pool=nothing, limit=none, pool_firm=nothing, pool_spare=none)
    activity, before = np.empty_like(surviving), np.empty_like(surviving)
    _side_by_side(
        len(surviving),
        threads,
        lambda a, b: solve_within(economy.graph, backups.arrays, surviving, tiers, a, b, before, activity),
    )
    return activity, before


def screened_within(
    economy: Economy,
    surviving: Floats,
    base: Floats,
    *,
    slot: Index,
    firm: Index,
    spare: Floats,
    tiers: int | None,
    threads: int | None = None,
) -> Screened:
    """Return what each candidate is worth alone in each scenario; see :func:`~.screening.screened` for all but tiers.

    Parameters
    ----------
    economy, surviving, slot, firm, spare, threads
        As there.
    base
        Activity without any candidate, from :func:`activity_within` with the same tiers.
    tiers
        How many tiers a lack travels; None: without end.

    Examples
    --------
    >>> import numpy as np, valuechain as vc
    >>> from valuechain.recommend.economy import economy_of
    >>> economy = economy_of(vc.example("textbook"), spare_share=0.0)
    >>> left = np.array([[0.5, 1.0]])
    >>> base, _ = activity_within(economy, left, tiers=1)
    >>> what = {"slot": np.array([1]), "firm": np.array([-1]), "spare": np.array([0.0])}
    >>> bool(screened_within(economy, left, base, **what, tiers=1).cut[0, 0] > 0)
    True
    """
    if tiers is None:
        return screened(economy, surviving, base, slot=slot, firm=firm, spare=spare, threads=threads)
    surviving = np.ascontiguousarray(surviving, dtype=np.float64)
    jobs, back = jobs_of(slot, firm, spare)
    shape = (len(surviving), len(back))
    worth, uses = Worth(cut=np.zeros(shape), own=np.zeros(shape), given=np.zeros(shape)), uses_of(economy)
    _side_by_side(
        len(surviving),
        threads,
        lambda a, b: screen_within(economy.graph, uses, economy.value, surviving, jobs, tiers, a, b, worth),
    )
    return Screened(cut=worth.cut[:, back], own=worth.own[:, back], given=worth.given[:, back])


def potential_within(
    economy: Economy,
    surviving: Floats,
    base: Floats,
    probability: Floats,
    *,
    slot: Index,
    tiers: int | None,
    threads: int | None = None,
) -> Floats:
    """Return what a supplier that always has enough would be worth to each slot, currency per flow period; (slots,).

    See :func:`~.screening.potential_of` for all but tiers.
    """
    if tiers is None:
        return potential_of(economy, surviving, base, probability, slot=slot, threads=threads)
    anybody, plenty = np.full(len(slot), ANY, dtype=np.int64), np.full(len(slot), np.inf)
    how: How = {"tiers": tiers, "threads": threads}
    worth = screened_within(economy, surviving, base, slot=slot, firm=anybody, spare=plenty, **how)
    return np.asarray(probability @ worth.cut)


def _side_by_side(scenarios: int, threads: int | None, part: Callable[[int, int], None]) -> None:
    """Work on parts of the scenarios side by side."""
    count = max(1, min(threads or os.cpu_count() or 1, scenarios))
    bounds = np.linspace(0, scenarios, 4 * count + 1).astype(int)
    with ThreadPoolExecutor(count) as pool:
        for task in [pool.submit(part, int(a), int(b)) for a, b in pairwise(bounds)]:
            task.result()


def tiers_of(tiers: int | str | None) -> int | None:
    """Return a number of tiers, None for without end.

    Raises
    ------
    ParameterError
        When it is no number of tiers.
    """
    if tiers is None or tiers == ALL:
        return None
    if isinstance(tiers, bool) or not isinstance(tiers, int | np.integer) or not 1 <= tiers <= MOST_TIERS:
        raise ParameterError(
            f"tiers {tiers!r} is no number of tiers; write a whole number from 1 to {MOST_TIERS}, or {ALL!r} for "
            "without end"
        )
    return int(tiers)


def in_loop(economy: Economy) -> tuple[Mask, float]:
    """Return who is in the largest loop of essential inputs, (firms,), and the part of essential purchases within it.

    A loop is a set of firms each of which essentially needs, through others, each other one (strong component).

    Examples
    --------
    >>> import valuechain as vc
    >>> from valuechain.recommend.economy import economy_of
    >>> firms, part = in_loop(economy_of(vc.example("textbook"), spare_share=0.0))
    >>> int(firms.sum()), part
    (2, 1.0)
    """
    graph, n = economy.graph, economy.network.n_firms
    buyer = np.repeat(graph.slot_buyer, np.diff(graph.link_start))
    if not len(buyer):
        return np.zeros(n, dtype=bool), 0.0
    flow = graph.share * np.repeat(graph.need, np.diff(graph.link_start))
    links = sparse.coo_array((np.ones(len(buyer)), (graph.supplier, buyer)), shape=(n, n))
    _, part = connected_components(links, directed=True, connection="strong")
    same = part[graph.supplier] == part[buyer]
    bought = np.bincount(part[buyer[same]], weights=flow[same], minlength=n)
    # Loops that are as large are taken together, so that no order of rows decides.
    return bought[part] >= bought.max() * (1 - NOTICED), float(bought.max() / flow.sum())


def tiers_for(economy: Economy, hazards: Hazards, every: Index, *, threads: int | None = None) -> int | None:
    """Return how many tiers to follow a lack where nobody says: None (without end) or ``LOOP_TIERS``.

    The latter where most essential purchases are within one loop, and, without end, no need of the buyers that lose
    most there would save them a tenth of their loss, even with a supplier that always has enough: a lack has then gone
    round the loop until all in it are down, and no link can be told from another.

    Parameters
    ----------
    economy, hazards
        The economy and the scenarios.
    every
        Essential slots that partners are wanted for.
    threads
        Threads to use.
    """
    inside, part = in_loop(economy)
    buyer = economy.graph.slot_buyer
    every = every[inside[buyer[every]]]
    if part < ONE_LOOP - NOTICED or not len(every):
        return None
    first, _ = activity_within(economy, hazards.surviving, tiers=LOOP_TIERS, threads=threads)
    firms = np.unique(buyer[every])
    lost = (hazards.surviving - first)[:, firms] * economy.value[firms] * hazards.probability[:, None]
    order = np.argsort(rank_key(lost.sum(axis=1)), kind="stable")
    order = order[lost.sum(axis=1)[order] > 0]
    if not len(order):
        return None
    # In the middle of equal parts of the scenarios with a loss, from the mildest to the most severe.
    some = np.unique(order[((np.arange(SCENARIOS) + 0.5) / SCENARIOS * len(order)).astype(np.int64)])
    ids = economy.network.firm_ids[firms].astype(str)
    slots = every[np.isin(buyer[every], firms[np.lexsort((ids, -rank_key(lost.sum(axis=0))))[:BUYERS]])]
    surviving, chance = hazards.surviving[some], hazards.probability[some]
    base, _ = activity_within(economy, surviving, tiers=None, threads=threads)
    anybody = np.full(len(slots), ANY, dtype=np.int64)
    plenty = np.full(len(slots), np.inf)
    worth = screened(economy, surviving, base, slot=slots, firm=anybody, spare=plenty, threads=threads)
    loss = economy.value[buyer[slots]] * (chance @ (surviving - base)[:, buyer[slots]])
    helps = (chance @ worth.own) > HELPS * loss * (1 + NOTICED)
    return None if helps.any() or not loss.any() else LOOP_TIERS

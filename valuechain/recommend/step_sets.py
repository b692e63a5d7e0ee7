"""Options of one buyer that add something only together: taken on in one step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Case
from valuechain.results import rank_key

__all__ = ["StepSet", "sets_for_a_step"]

COMBINATIONS = 32
"""Sets of one option for each need of a buyer that are simulated for a step."""

NOTICED = 1e-9

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class StepSet:
    """Options, what they add together (currency per flow period) and what that costs more (currency)."""

    options: Index
    added: float
    cost: float


def sets_for_a_step(case: Case, chosen: Mask, spent: float, added: Floats, most: float) -> list[StepSet]:
    """Return sets of options, one for each of several needs of a buyer, that add more than each of them does.

    Parameters
    ----------
    case
        The case; limits of options are what is ordered.
    chosen, spent
        Options taken on before and what they cost.
    added
        What each option adds alone to those, currency per flow period; shape (options,).
    most
        Most that a set may cost more, currency; sets that help and cost more are returned only if no other helps.
    """
    options, graph = case.options, case.economy.graph
    tiny = NOTICED * max(case.expected(case.base), 1e-300)
    buyer = graph.slot_buyer[options.slot]
    found = []
    for j in np.unique(buyer[~chosen]):
        free = np.flatnonzero((buyer == j) & ~chosen)
        slots = np.unique(options.slot[free])
        # Where every option adds something alone, single steps find the way.
        if len(slots) < 2 or (added[free] > tiny).all():
            continue
        made = _best(case, chosen, spent, [free[options.slot[free] == k] for k in slots], most, tiny)
        if made is not None and made.added > np.maximum(added[made.options], 0.0).sum() + tiny:
            found.append(made)
    return found


def _best(case: Case, chosen: Mask, spent: float, by_slot: list[Index], most: float, tiny: float) -> StepSet | None:
    """Return the combination that adds most, less who adds nothing; where none can be paid, the cheapest."""
    options, before = case.options, case.expected(case.losses(chosen, case.options.limit))
    width = max(1, int(COMBINATIONS ** (1 / len(by_slot))))
    ranked = [rows[np.lexsort((rows, options.fixed[rows], -rank_key(options.limit[rows])))][:width] for rows in by_slot]
    sets = [_made(case, chosen, spent, np.array(members), before) for members in product(*ranked)]
    sets = [_lean(case, chosen, spent, s, before) for s in sets if s.added > tiny]
    sets = [s for s in sets if len(s.options) > 1]
    if not sets:
        return None
    able = [s for s in sets if s.cost <= most * (1 + NOTICED)]
    if not able:
        return min(sets, key=lambda s: s.cost)
    return min(able, key=lambda s: (-float(rank_key(s.added)), s.cost, s.options.tolist()))


def _made(case: Case, chosen: Mask, spent: float, members: Index, before: float) -> StepSet:
    more = chosen.copy()
    more[members] = True
    added = before - case.expected(case.losses(more, case.options.limit))
    cost = max(case.options.cost(more, case.options.limit) - spent, 0.0)
    return StepSet(options=members, added=added, cost=cost)


def _lean(case: Case, chosen: Mask, spent: float, whole: StepSet, before: float) -> StepSet:
    """Return a set without those who add nothing to it, the dearest left out first."""
    for member in sorted(whole.options.tolist(), key=lambda c: (-case.options.fixed[c], c)):
        rest = whole.options[whole.options != member]
        less = _made(case, chosen, spent, rest, before) if len(rest) else whole
        if len(rest) and less.added >= whole.added * (1 - NOTICED):
            whole = less
    return whole

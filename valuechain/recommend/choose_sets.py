"""Sets of options: the exact one, the greedy one, the best single one, each simulated again."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats
from valuechain.recommend.choose_branch import solve_plan
from valuechain.recommend.choose_case import Case, tail_mean
from valuechain.recommend.choose_program import Limits, Plan, cheapest_set
from valuechain.recommend.tiers import screened_within
from valuechain.results import rank_key

__all__ = ["Set", "cheapest", "keeps_to", "sets_of", "without_budget"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Set:
    """A set and what it does, simulated again.

    Parameters
    ----------
    name
        How it was found.
    chosen, order
        Options taken, and what is ordered of each (currency per flow period); shape (options,).
    cost
        Currency.
    losses
        Output lost in each scenario, currency per flow period; shape (scenarios,).
    goal
        What is minimised: expected loss, or the part of it and of the tail that was asked for.
    plan
        The answer of the program; None for the others.
    is_whole
        False: the time was over before all was tried.
    """

    name: str
    chosen: Mask
    order: Floats
    cost: float
    losses: Floats
    goal: float
    plan: Plan | None = None
    is_whole: bool = True


def made_set(case: Case, limits: Limits, name: str, chosen: Mask, order: Floats) -> Set:
    """Return a set with what it does when it is simulated."""
    losses = case.losses(chosen, order)
    goal = goal_of(case, limits, losses)
    return Set(name=name, chosen=chosen, order=order, cost=case.options.cost(chosen, order), losses=losses, goal=goal)


def goal_of(case: Case, limits: Limits, losses: Floats) -> float:
    """Return what is minimised: the expected loss, mixed with the tail mean."""
    tail = tail_mean(losses, case.probability, limits.tail) if limits.tail_weight else 0.0
    return (1 - limits.tail_weight) * case.expected(losses) + limits.tail_weight * tail


def keeps_to(case: Case, limits: Limits, chosen: Mask, order: Floats, *, countries: bool = True) -> bool:
    """Tell whether a set keeps to the limits; ``countries=False``: but for the number of countries."""
    options = case.options
    if options.cost(chosen, order) > limits.budget * (1 + 1e-9):
        return False
    partners = np.unique(options.firm[chosen])
    if limits.most_partners is not None and len(partners) > limits.most_partners:
        return False
    ordered = np.bincount(options.partner[chosen], weights=order[chosen], minlength=len(options))
    least = options.minimum[chosen] * (1 - 1e-9)
    if (ordered[options.partner[chosen]] < least).any():
        return False
    known = options.country[chosen]
    return not countries or len(np.unique(known[known >= 0])) >= limits.least_countries


def sets_of(case: Case, limits: Limits) -> list[Set] | None:
    """Return the exact set, the greedy one and the best single one that keep to the limits, the best first.

    None where no set keeps to the limits.
    """
    plan = solve_plan(case, limits)
    if plan is None:
        return None
    exact = replace(made_set(case, limits, "exact", plan.chosen, plan.order), plan=plan)
    alone = singles(case, limits)
    found = [exact, greedy(case, limits, alone)]
    single = min(alone, key=lambda s: (s.goal, s.cost), default=None)
    if single is not None:
        again = made_set(case, limits, single.name, single.chosen, single.order)
        found.append(replace(again, is_whole=single.is_whole))
    found = [s for s in found if keeps_to(case, limits, s.chosen, s.order) or s is exact]
    # What differs by rounding alone is a tie; of sets that do equally well the cheapest is as exact.
    whole = max(case.expected(case.base), 1e-300)
    alike = [s for s in found if round(s.goal / whole, 9) == round(exact.goal / whole, 9)]
    cheap = min(alike, key=lambda s: float(rank_key(s.cost)))
    if rank_key(cheap.cost) < rank_key(exact.cost):
        found[0] = replace(cheap, name=exact.name, plan=plan, is_whole=exact.is_whole)
    return sorted(found, key=lambda s: (round(s.goal / whole, 9), float(rank_key(s.cost))))


def _screened(case: Case) -> Floats:
    """Return what each option saves alone, by screening; shape (scenarios, options).

    Of options with a limit below the spare capacity it is what they would save without it.
    """
    options = case.options
    slot, firm, spare = options.slot, options.firm, case.economy.spare[options.firm]
    left, low = case.surviving, case.low
    return screened_within(case.economy, left, low, slot=slot, firm=firm, spare=spare, tiers=case.tiers).cut


def singles(case: Case, limits: Limits) -> list[Set]:
    """Return what each option does alone, of those that a budget allows; the time limit ends it.

    Options whose limit is below what their firm has to spare are simulated one by one, the others are screened.
    """
    n, began, found, cut = len(case.options), time.monotonic(), [], _screened(case)
    limited = case.options.limit < case.economy.spare[case.options.firm]
    for c in range(n):
        chosen = np.arange(n) == c
        order = np.where(chosen, case.options.limit, 0.0)
        if keeps_to(case, limits, chosen, order, countries=False):
            if limited[c]:
                found.append(made_set(case, limits, "best single", chosen, order))
                continue
            losses = case.base - cut[:, c]
            goal, cost = goal_of(case, limits, losses), case.options.cost(chosen, order)
            found.append(Set(name="best single", chosen=chosen, order=order, cost=cost, losses=losses, goal=goal))
        if time.monotonic() - began > limits.seconds:
            return [replace(s, is_whole=False) for s in found]
    return found


def greedy(case: Case, limits: Limits, alone: list[Set]) -> Set:
    """Return the set that grows by the option with the most gain for its cost, as long as any gains.

    Gains are simulated anew only for options that may come first by what they gained before (Minoux 1978, Accelerated
    greedy algorithms for maximizing submodular set functions: 234). Two options may gain only together, so that this
    is no bound here, and greedy no optimum.
    """
    base = goal_of(case, limits, case.base)
    best = made_set(case, limits, "greedy", np.zeros(len(case.options), dtype=bool), np.zeros(len(case.options)))
    heap = [(-_worth(base - s.goal, s.cost), int(np.flatnonzero(s.chosen)[0]), 0) for s in alone if s.goal < base]
    heapq.heapify(heap)
    began, size = time.monotonic(), 0
    while heap:
        if time.monotonic() - began > limits.seconds:
            return replace(best, is_whole=False)
        _, c, known = heapq.heappop(heap)
        chosen = best.chosen | (np.arange(len(case.options)) == c)
        order = np.where(chosen, case.options.limit, 0.0)
        if not keeps_to(case, limits, chosen, order, countries=False):
            continue
        tried = made_set(case, limits, "greedy", chosen, order)
        worth = _worth(best.goal - tried.goal, tried.cost - best.cost)
        if known == size:
            if best.goal - tried.goal > 1e-9 * max(base, 1e-300):
                best, size = tried, size + 1
        elif worth > 0:
            heapq.heappush(heap, (-worth, c, size))
    return best


def _worth(gain: float, cost: float) -> float:
    """Return gain by cost; what costs nothing comes first, by gain."""
    return gain / cost if cost > 0 else gain * 1e12


def cheapest(case: Case, limits: Limits) -> Set | None:
    """Return the cheapest set with at least one option that keeps to all limits but the budget; None: there is none."""
    plan = cheapest_set(case, limits)
    return None if plan is None else made_set(case, limits, "cheapest", plan.chosen, plan.order)


def without_budget(case: Case, limits: Limits) -> Set | None:
    """Return the best set that keeps to all limits but the budget; None: there is none, or no budget to lift."""
    if np.isinf(limits.budget):
        return None
    plan = solve_plan(case, replace(limits, budget=np.inf))
    return None if plan is None else made_set(case, limits, "without a budget", plan.chosen, plan.order)

"""What more money buys: sets of partners for rising budgets, none of which is worse and dearer than another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError, SolverError
from valuechain.network import Network
from valuechain.recommend.choose import checked_limits, prepared, why_nothing
from valuechain.recommend.choose_branch import solve_plan
from valuechain.recommend.choose_case import Case, tail_mean
from valuechain.recommend.choose_program import Limits, Plan, cheapest_set
from valuechain.recommend.choose_sets import Set, cheapest, made_set
from valuechain.recommend.choose_tables import option_words
from valuechain.recommend.hazards import HazardModel
from valuechain.results import Result, number_text, percent_text
from valuechain.scenario import Scenario

__all__ = ["CostFront", "cost_front"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CostFront(Result):
    """Sets for rising budgets. ``loss`` is the expected loss without any, a part of all output; ``most_cost`` what the
    dearest useful set costs.
    """  # noqa: D205 - one sentence a number

    loss: float
    most_cost: float


def cost_front(  # noqa: PLR0913 - one argument a choice, all but two with a default
    network: Network,
    options: pd.DataFrame | str | os.PathLike[str],
    *,
    scenario: Scenario | HazardModel | Sequence[Scenario] | None = None,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
    points: int = 10,
    budget: float | None = None,
    most_partners: int | None = None,
    least_countries: int = 0,
    runs: int | None = None,
    seed: int | None = None,
    probabilities: Sequence[float] | None = None,
    spare_share: float | None = None,
    gap: float = 1e-3,
    seconds: float = 60.0,
) -> CostFront:
    """Return the least expected loss for each of several budgets: the cost against loss front.

    The budget is the constraint that moves (epsilon-constraint; Haimes, Lasdon and Wismer 1971): from the cheapest set
    to the one that leaves the least loss, each solved as in :func:`choose` and simulated again. Sets that cost no less
    and cut no more than another are left out.

    Parameters
    ----------
    network, options, scenario, candidates, runs, seed, probabilities, spare_share, gap
        As in :func:`choose`.
    points
        Budgets to solve for, from 2.
    budget
        Largest budget, currency; None: what the best set costs.
    most_partners, least_countries
        As in :func:`choose`.
    seconds
        Time limit of each budget.

    Returns
    -------
    CostFront
        Table ``cost, loss_cut, tail_cut, options, partners, gap, next_worth_value, added``: one row a set, the cheapest
        first. ``next_worth_value`` is what one more unit of money cut from the set before to this one, loss (currency
        per flow period) per currency; ``added`` names what is new in it.

    Raises
    ------
    InvalidDataError, ParameterError
        As in :func:`choose`.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> rows = [("KOR.anode", "anode", "CHN.cells", 2.0), ("JPN.anode", "anode", "CHN.cells", 1.0)]
    >>> table = pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"])
    >>> fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["CHN.anode"]}, loss=0.01)])
    >>> vc.cost_front(net, table, scenario=fire, spare_share=0.1).table["cost"].tolist()
    [1.0, 2.0, 3.0]
    """
    limits = checked_limits(budget, most_partners, least_countries, 0.0, 0.95, gap, seconds)
    whole = isinstance(points, int | np.integer) and not isinstance(points, bool)
    if not whole or points < 2:
        raise ParameterError(f"points {points!r} is no count of budgets; write a whole number from 2")
    hazard = (scenario, runs, seed, probabilities)
    case, hazards, _ = prepared(
        network, options, hazard, candidates=candidates, spare_share=spare_share, has_budget=True
    )
    smallest = cheapest(case, limits)
    if smallest is None or smallest.cost > limits.budget * (1 + 1e-9):
        raise ParameterError(why_nothing(case, limits, smallest))
    sets = _solved(case, limits, smallest, int(points))
    table = _table(case, sets)
    loss, total = case.expected(case.base), float(case.economy.value.sum())
    return CostFront(
        table=table,
        title="What more money buys",
        units={
            "cost": network.currency,
            **dict.fromkeys(("loss_cut", "tail_cut"), "fraction of the loss"),
            "gap": "fraction of the loss left",
            "next_worth_value": f"{network.flow_unit} per {network.currency}",
        },
        parameters={
            **hazards.parameters,
            "points": int(points),
            **{n: v for n, v in vars(limits).items() if v != getattr(Limits(), n) and n != "seconds"},
            "essential": case.economy.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*_words(case, table), hazards.words, *hazards.notes),
        loss=loss / total if total > 0 else 0.0,
        most_cost=float(table["cost"].max()) if len(table) else 0.0,
    )


def _solved(case: Case, limits: Limits, smallest: Set, points: int) -> list[Set]:
    """Return the sets that no other beats, the cheapest first."""
    best = _set(case, limits)
    # The least loss is proven to a gap only: of all sets within it, the cheapest ends the front.
    plan = None if best.plan is None else _cheapest_as_good(case, limits, best.plan.loss * (1 + limits.gap))
    most = best if plan is None else replace(made_set(case, limits, "exact", plan.chosen, plan.order), plan=best.plan)
    most = min(best, most, key=lambda s: s.cost)
    # Closer to each other where money is scarce: there the loss falls fastest.
    steps = smallest.cost + max(most.cost - smallest.cost, 0.0) * np.linspace(0, 1, points) ** 2
    tried = [*(_set(case, replace(limits, budget=float(b))) for b in np.unique(steps) if b < most.cost), most]
    front: list[Set] = []
    least = case.expected(case.base)
    for made in sorted(tried, key=lambda s: (s.cost, s.goal)):
        if made.goal < least * (1 - 1e-9):
            front.append(made)
            least = made.goal
    return front


def _cheapest_as_good(case: Case, limits: Limits, loss: float) -> Plan | None:
    """Return the cheapest set that leaves no more than a loss; None where the time did not suffice for any.

    It is only to save money at the end of the front, and harder to prove than the sets: a part of the time must do.
    """
    try:
        return cheapest_set(case, replace(limits, seconds=limits.seconds / 6), loss=loss)
    except SolverError:
        return None  # the best set, which is there, ends the front


def _set(case: Case, limits: Limits) -> Set:
    plan = solve_plan(case, limits)
    nothing = np.zeros(len(case.options))
    if plan is None:
        return made_set(case, limits, "none", nothing > 0, nothing)
    return replace(made_set(case, limits, "exact", plan.chosen, plan.order), plan=plan)


def _table(case: Case, sets: list[Set]) -> pd.DataFrame:
    loss = max(case.expected(case.base), 1e-300)
    tail = max(tail_mean(case.base, case.probability, 0.95), 1e-300)
    rows = []
    before_cost, before_goal = 0.0, case.expected(case.base)
    before = np.zeros(len(case.options), dtype=bool)
    for made in sets:
        new = np.flatnonzero(made.chosen & ~before)
        more = made.cost - before_cost
        names = "; ".join(option_words(case, int(c)) for c in new[:3])
        rows.append(
            {
                "cost": made.cost,
                "loss_cut": 1 - made.goal / loss,
                "tail_cut": 1 - tail_mean(made.losses, case.probability, 0.95) / tail,
                "options": int(made.chosen.sum()),
                "partners": len(np.unique(case.options.firm[made.chosen])),
                "gap": made.plan.gap if made.plan is not None else np.nan,
                "next_worth_value": (before_goal - made.goal) / more if more > 0 else np.nan,
                "added": names + (f" and {len(new) - 3} more" if len(new) > 3 else ""),
            }
        )
        before, before_cost, before_goal = made.chosen, made.cost, made.goal
    kinds = {
        **dict.fromkeys(("cost", "loss_cut", "tail_cut"), "float64"),
        **dict.fromkeys(("options", "partners"), "int64"),
        **dict.fromkeys(("gap", "next_worth_value"), "float64"),
        "added": "str",
    }
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)  # the same kinds where there is no row


def _words(case: Case, table: pd.DataFrame) -> tuple[str, ...]:
    currency = case.economy.network.currency
    if not len(table):
        return ("No option cuts the loss in these scenarios: no money buys anything here.",)
    top, half = table.iloc[-1], table[table["loss_cut"] >= table["loss_cut"].max() / 2].iloc[0]
    most, some = (f"{number_text(row['cost'])} {currency}" for row in (top, half))
    return (
        f"The most that these options cut is {percent_text(top['loss_cut'])} % of the expected loss, for {most}; a set "
        f"for {some} cuts at least half of that.",
        "Each row is a set of its own: a dearer set need not hold a cheaper one.",
    )

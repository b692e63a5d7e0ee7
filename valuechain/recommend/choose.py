"""Which new partners to take for a budget: the set that cuts the expected loss most, proven and simulated again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ModelWarning, ParameterError, warn_caller
from valuechain.network import Network
from valuechain.recommend.choose_case import Case, case_of
from valuechain.recommend.choose_program import Limits
from valuechain.recommend.choose_sets import Set, cheapest, sets_of, without_budget
from valuechain.recommend.choose_tables import choice_notes, chosen_table, chosen_units, option_words, plans_result
from valuechain.recommend.economy import Economy, economy_of
from valuechain.recommend.hazards import HazardModel, Hazards, hazards_of
from valuechain.recommend.option_table import checked_options
from valuechain.recommend.outside import checked_candidates, with_outside
from valuechain.recommend.plan_points import load_result, plan_notes, points_result, taken_links
from valuechain.results import Result, number_text
from valuechain.scenario import Scenario
from valuechain.scenario.distributions import is_number

__all__ = ["Choice", "checked_limits", "choose", "prepared", "why_nothing"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Choice(Result):
    """The set of partners that is suggested.

    ``loss`` and ``loss_after`` are expected losses without and with it, parts of all output, simulated; ``cost`` is
    what it costs; ``gap`` how far, at most, the exact set is from the best possible one, as a part of its loss;
    ``plans`` compares the exact, the greedy and the best single set. ``single_points`` has how many firms stop others
    before and after, who becomes a single point of failure and who ceases to be one; ``new_suppliers`` how much of all
    new deliveries each has, and what is lost when it stands still.
    """

    loss: float
    loss_after: float
    cost: float
    gap: float
    plans: Result
    single_points: Result
    new_suppliers: Result


def choose(  # noqa: PLR0913 - one argument a choice, all but two with a default
    network: Network,
    options: Result | pd.DataFrame | str | os.PathLike[str],
    *,
    scenario: Scenario | HazardModel | Sequence[Scenario] | None = None,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
    budget: float | None = None,
    most_partners: int | None = None,
    least_countries: int = 0,
    tail_weight: float = 0.0,
    tail: float = 0.95,
    runs: int | None = None,
    seed: int | None = None,
    probabilities: Sequence[float] | None = None,
    spare_share: float | None = None,
    gap: float = 1e-3,
    seconds: float = 60.0,
) -> Choice:
    """Return the set of new links that leaves the least expected loss for a budget.

    The exact set is that of a mixed-integer linear program (``docs/methods/choose.md``) in which capacity is given out
    as a central planner would, in each scenario anew and never twice. It is simulated again with everybody who asks for
    the same sharing it by need, beside a greedy set and the best single option; the best of them is suggested.

    Parameters
    ----------
    network
        The value chain.
    options
        Table or file (.csv, .parquet): ``candidate, product, buyer``, optionally ``share`` (of the need) or
        ``quantity`` (currency per flow period) as the most it delivers, and costs: ``cost`` (or ``fixed_cost``,
        currency), ``unit_cost`` (price of a unit of flow, 1 is the usual one: what is above it is a cost of all that is
        ordered), ``joint_cost`` (currency, once for all buyers of a candidate), ``minimum`` (least that all its buyers
        order together, currency per flow period).
    scenario, runs, seed, probabilities
        What may happen, see :func:`valuechain.recommend.hazards.hazards_of`; default a hazard model, with a warning.
    candidates
        Outside firms that may supply, a table or file as ``candidates`` of the format; default that of the network.
    budget
        Most the set may cost, currency; None: no limit.
    most_partners, least_countries
        Most candidates, and least different countries of them.
    tail_weight, tail
        Part (0..1) of what is minimised that is the mean of the worst ``1 - tail`` of losses (CVaR).
    spare_share
        Spare capacity of firms without ``capacity``, share of their output; default 0.1, with a warning.
    gap
        Proven distance to the best possible set, as a part of the loss that is left (not of output).
    seconds
        Time limit of the program, and of the search for each of the sets it is compared with.

    Returns
    -------
    Choice
        Table ``candidate, product, buyer, order_value, cost, cut_in_set, cut_alone, probability_used, country``: one
        row an option of the set, the one that is missed most first.

    Raises
    ------
    InvalidDataError
        With every fault of the options.
    ParameterError
        When a limit is none, or no set keeps to them: the message has the cheapest set.

    Warns
    -----
    ModelWarning
        When the time was over before the gap was proven.

    References
    ----------
    Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2: 21.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> rows = [("KOR.anode", "anode", "CHN.cells", 2.0), ("JPN.anode", "anode", "CHN.cells", 1.0)]
    >>> table = pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"])
    >>> fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["CHN.anode"]}, loss=0.01)])
    >>> vc.choose(net, table, scenario=fire, budget=2, spare_share=0.1).table["candidate"].tolist()
    ['KOR.anode']
    """
    limits = checked_limits(budget, most_partners, least_countries, tail_weight, tail, gap, seconds)
    case, hazards, unused = prepared(
        network,
        options,
        (scenario, runs, seed, probabilities),
        candidates=candidates,
        spare_share=spare_share,
        has_budget=budget is not None,
    )
    found = sets_of(case, limits)
    if found is None or not found[0].chosen.any():
        # Nothing is taken: is nothing worth it, or does no set keep to the limits?
        smallest = cheapest(case, limits)
        if found is None or smallest is None or smallest.cost > limits.budget * (1 + 1e-9):
            raise ParameterError(why_nothing(case, limits, smallest))
    return _choice(network, case, hazards, limits, found, unused)


def checked_limits(  # noqa: PLR0917 - the limits, in the order of the signature
    budget: float | None,
    most_partners: int | None,
    least_countries: int,
    tail_weight: float,
    tail: float,
    gap: float,
    seconds: float,
) -> Limits:
    """Return the limits; all that are none are told at once."""
    problems = []
    if budget is not None and (not is_number(budget) or budget < 0):
        problems.append(f"budget {budget!r} is no amount; write a number from 0")
    for name, value, least in (("most_partners", most_partners, 1), ("least_countries", least_countries, 0)):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and (not whole or value < least):
            problems.append(f"{name} {value!r} is no count; write a whole number from {least}")
    for name, part, most in (("tail_weight", tail_weight, 1.0), ("gap", gap, 1.0)):
        if not is_number(part) or not 0 <= part <= most:
            problems.append(f"{name} {part!r} is no share; write a number from 0 to 1")
    if not is_number(tail) or not 0 < tail < 1:
        problems.append(f"tail {tail!r} is no level; write a number between 0 and 1, such as 0.95")
    if not is_number(seconds) or seconds <= 0:
        problems.append(f"seconds {seconds!r} is no time; write a number above 0")
    if problems:
        raise ParameterError("\n".join(problems))
    return Limits(
        budget=np.inf if budget is None else float(budget),
        most_partners=None if most_partners is None else int(most_partners),
        least_countries=int(least_countries),
        tail_weight=float(tail_weight),
        tail=float(tail),
        gap=float(gap),
        seconds=float(seconds),
    )


def prepared(
    network: Network,
    options: Result | pd.DataFrame | str | os.PathLike[str],
    hazard: tuple[Scenario | HazardModel | Sequence[Scenario] | None, int | None, int | None, Sequence[float] | None],
    *,
    candidates: pd.DataFrame | str | os.PathLike[str] | None,
    spare_share: float | None,
    has_budget: bool,
    tiers: int | None = None,
) -> tuple[Case, Hazards, int]:
    """Return the case, what may happen, and how many options can change nothing.

    Raises
    ------
    InvalidDataError
        With every fault of the options, or when none of them can change anything.
    """
    table = network.table("candidates") if candidates is None else checked_candidates(candidates, network)
    outside = with_outside(network, table)
    network = outside.network
    economy = economy_of(network, spare_share=spare_share, outside_spare=outside.spare)
    found, unused = checked_options(economy, options, has_budget=has_budget, outside=outside)
    if not len(found):
        raise ParameterError(
            f"none of the {unused:,} options can change anything: their inputs are not essential to their buyers (only "
            f"essential inputs stop a buyer; here: {economy.rule}), or their candidates have no spare capacity"
        )
    scenario, runs, seed, probabilities = hazard
    hazards = hazards_of(network, scenario, runs=runs, seed=seed, probabilities=probabilities)
    return case_of(economy, found, hazards.surviving, hazards.probability, tiers=tiers), hazards, unused


def why_nothing(case: Case, limits: Limits, smallest: Set | None) -> str:
    """Say why no set keeps to the limits."""
    currency = case.economy.network.currency
    if smallest is not None:
        words = "; ".join(option_words(case, int(k)) for k in np.flatnonzero(smallest.chosen)[:3])
        one = "option" if smallest.chosen.sum() == 1 else "set that keeps to the other limits"
        return (
            f"budget {number_text(limits.budget)} {currency} is below the cheapest {one}, {number_text(smallest.cost)} "
            f"{currency} ({words}); raise the budget"
        )
    known = case.options.country
    count = len(np.unique(known[known >= 0]))
    if limits.least_countries > count:
        return (
            f"least_countries {limits.least_countries} is more than the {count} countries of the candidates; write at "
            f"most {count}, or add options"
        )
    if limits.most_partners is not None and limits.least_countries > limits.most_partners:
        return (
            f"least_countries {limits.least_countries} needs as many partners, and most_partners is "
            f"{limits.most_partners}; raise it"
        )
    return _short_of_minimum(case)


def _short_of_minimum(case: Case) -> str:
    """Say why no option reaches the minimum order of its candidate: what it has to spare, or what is asked of it."""
    options, network = case.options, case.economy.network
    spare = case.economy.spare[options.firm]
    few = np.flatnonzero(spare < options.minimum)
    line = "no option reaches the minimum order of its candidate"
    if not len(few):
        return f"{line}; add buyers of the same candidate, or lower minimum"
    first = few[np.unique(options.firm[few], return_index=True)[1]]
    told = "; ".join(
        f"{network.firm_ids[options.firm[k]]} has {number_text(float(spare[k]))} {network.flow_unit} to spare, below "
        f"its minimum of {number_text(float(options.minimum[k]))}"
        for k in first[:3]
    )
    if len(few) == len(options):
        return f"{line}: {told}; lower minimum, correct its capacity, or add other candidates"
    return f"{line}: {told}; lower minimum, or add buyers of the other candidates"


def _choice(network: Network, case: Case, hazards: Hazards, limits: Limits, found: list[Set], unused: int) -> Choice:
    economy: Economy = case.economy
    best, total = found[0], float(economy.value.sum())
    exact = next(s for s in found if s.plan is not None)
    if exact.plan is not None and exact.plan.gap > limits.gap * (1 + 1e-6) + 1e-9:
        warn_caller(
            f"the time of {limits.seconds:g} s was over at a gap of {exact.plan.gap:.2%} of the loss, not "
            f"{limits.gap:.2%}; allow more seconds, or take fewer options or scenarios",
            ModelWarning,
        )
    links = taken_links(case, best.chosen, best.order)
    points, load = points_result(links), load_result(links)
    dearer = None if best.chosen.any() else without_budget(case, limits)
    return Choice(
        table=chosen_table(case, best),
        title="Partners to take",
        units=chosen_units(network),
        parameters={
            **hazards.parameters,
            **{n: v for n, v in vars(limits).items() if v != getattr(Limits(), n) and n != "seconds"},
            "gap": limits.gap,
            "essential": economy.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*choice_notes(case, hazards, limits, found, unused, dearer=dearer), *plan_notes(points, load)),
        loss=case.expected(case.base) / total if total > 0 else 0.0,
        loss_after=case.expected(best.losses) / total if total > 0 else 0.0,
        cost=best.cost,
        gap=exact.plan.gap if exact.plan is not None else 0.0,
        plans=plans_result(case, limits, found),
        single_points=points,
        new_suppliers=load,
    )

"""In which order to take partners on: step by step the one that adds most for its cost, simulated with those before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.choose import prepared
from valuechain.recommend.choose_case import Case
from valuechain.recommend.hazards import HazardModel
from valuechain.recommend.plan_points import load_result, plan_notes, points_result, taken_links
from valuechain.recommend.step_sets import StepSet, sets_for_a_step
from valuechain.recommend.tiers import tiers_of
from valuechain.recommend.worth import TAIL, checked_tail, tail_loss
from valuechain.results import Result, number_text, percent_text, rank_key
from valuechain.scenario import Scenario
from valuechain.scenario.distributions import is_number

__all__ = ["MOST_STEPS", "Steps", "partner_steps"]

MOST_STEPS = 5
"""Steps where nobody says how many."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Steps(Result):
    """Partners in the order in which to take them on.

    ``expected_loss`` is that without any of them, ``loss_after`` that with all steps (currency per flow period),
    ``cost`` what all steps cost (currency). ``single_points`` has how many firms stop others before and after all
    steps, who becomes a single point of failure and who ceases to be one; ``new_suppliers`` how much of all new
    deliveries each has, and what is lost when it stands still.
    """

    expected_loss: float
    loss_after: float
    cost: float
    single_points: Result
    new_suppliers: Result


def partner_steps(  # noqa: PLR0913 - one argument a choice
    network: Network,
    options: Result | pd.DataFrame | str | os.PathLike[str],
    *,
    scenario: Scenario | HazardModel | Sequence[Scenario] | None = None,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
    budget: float | None = None,
    steps: int = MOST_STEPS,
    tail: float = TAIL,
    runs: int | None = None,
    seed: int | None = None,
    probabilities: Sequence[float] | None = None,
    spare_share: float | None = None,
    tiers: int | str | None = None,
) -> Steps:
    """Return in which order to take partners on: each step the one that adds most for its cost to those before.

    Every step simulates all that remain together with those chosen already; nothing is added up. Where options of a
    buyer add nothing alone since several of its needs fall short at once, one option for each of these needs is taken
    on in one step, if that adds more for its cost than any single option; :func:`valuechain.choose` looks at all sets.

    Parameters
    ----------
    network
        The value chain.
    options
        Suggestions, such as the table of :func:`valuechain.partners` or rows of it: ``candidate, product, buyer`` and
        costs, see :func:`valuechain.choose`.
    scenario, runs, seed, probabilities
        What may happen, see :func:`~valuechain.recommend.hazards.hazards_of`.
    candidates
        Outside candidates, as in :func:`valuechain.partners`.
    budget
        Most that all steps together may cost, currency.
    steps
        Most steps.
    tail
        Tail losses are the mean of the worst ``1 - tail`` part of probability.
    spare_share
        Spare capacity of firms without ``capacity``, share of their output.
    tiers
        How many tiers a lack is followed, as ``parameters["tiers"]`` of :func:`valuechain.partners` says; None, or
        ``"all"``: without end.

    Returns
    -------
    Steps
        Table ``step, candidate, product, buyer, added_cut, alone_cut, total_cut, loss_after, tail_after, cost,
        cost_so_far``; cuts and losses in currency per flow period. Options taken on together have one row each with the
        same ``step``; ``added_cut`` is in the first of them, ``total_cut`` and what follows are those after the step.

    Raises
    ------
    InvalidDataError
        With every fault of the options.
    ParameterError
        When the budget is below the cheapest option that helps, or a choice is none.

    Examples
    --------
    >>> import pandas as pd, valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> rows = [("KOR.anode", "anode", "CHN.cells", 2.0), ("JPN.anode", "anode", "CHN.cells", 1.0)]
    >>> table = pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"])
    >>> fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["CHN.anode"]}, loss=0.01)])
    >>> partner_steps(net, table, scenario=fire, spare_share=0.1).table["step"].tolist()
    [1, 2]
    """
    checked_tail(tail)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ParameterError(f"steps {steps!r} is no number of steps; write a whole number from 1")
    if budget is not None and (not is_number(budget) or budget < 0):
        raise ParameterError(f"budget {budget!r} is no amount; write a number from 0, in {network.currency}")
    case, hazards, unused = prepared(
        network,
        options,
        (scenario, runs, seed, probabilities),
        candidates=candidates,
        spare_share=spare_share,
        has_budget=budget is not None,
        tiers=tiers_of(tiers),
    )
    rows = _taken(case, steps, np.inf if budget is None else float(budget), tail, network.currency)
    table = _table(case, rows)
    chosen = np.isin(
        np.arange(len(case.options)), np.concatenate([np.zeros(0, dtype=np.int64), *(r.options for r in rows)])
    )
    links = taken_links(case, chosen, case.options.limit)
    points, load = points_result(links), load_result(links)
    before = case.expected(case.base)
    return Steps(
        table=table,
        title="Partners step by step",
        units=dict.fromkeys(("added_cut", "alone_cut", "total_cut", "loss_after", "tail_after"), network.flow_unit)
        | {"cost": network.currency, "cost_so_far": network.currency},
        parameters={
            **hazards.parameters,
            **({} if budget is None else {"budget": budget}),
            "steps": steps,
            "tail": tail,
            **({} if case.tiers is None else {"tiers": case.tiers}),
            "essential": case.economy.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(
            *_words(table, before, network, unused),
            *_superseded(case, rows, chosen, network),
            *plan_notes(points, load),
            *hazards.notes,
        ),
        expected_loss=before,
        loss_after=before if not len(table) else float(table["loss_after"].iloc[-1]),
        cost=0.0 if not len(table) else float(table["cost_so_far"].iloc[-1]),
        single_points=points,
        new_suppliers=load,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Step:
    """Options taken on at once, one or a set, and what is so after it; ``alone`` and ``price`` by option."""

    options: Index
    added: float
    alone: Floats
    price: Floats
    total: float
    after: float
    tail: float
    cost_so_far: float


def _taken(case: Case, steps: int, budget: float, tail: float, currency: str) -> list[_Step]:
    """Return the steps: the option, or set of a buyer, with most added cut for its cost, as long as any adds some."""
    n, order = len(case.options), case.options.limit
    chosen, spent = np.zeros(n, dtype=bool), 0.0
    before = loss = case.expected(case.base)
    alone = np.array([before - case.expected(case.losses(one, order)) for one in np.eye(n, dtype=bool)])
    found: list[_Step] = []
    too_dear: list[float] = []
    while len(found) < steps:
        left = budget - spent
        tried = _tried(case, chosen, spent, loss, alone if not found else None, left)
        helps = [s for s in tried if s.added > 1e-9 * max(before, 1e-300)]
        able = [s for s in helps if s.cost <= left + 1e-9 * budget]
        too_dear += [s.cost for s in helps if s not in able]
        if not able:
            break
        best = max(able, key=lambda s: (_rate(s), -len(s.options), -int(s.options[0])))
        price = _prices(case, chosen, best)
        chosen[best.options] = True
        losses: Floats = case.losses(chosen, order)
        loss, spent = case.expected(losses), spent + best.cost
        found.append(
            _Step(
                options=best.options,
                added=best.added,
                alone=alone[best.options],
                price=price,
                total=before - loss,
                after=loss,
                tail=float(tail_loss(losses[:, None], case.probability, tail)[0]),
                cost_so_far=spent,
            )
        )
    if not found and too_dear:
        raise ParameterError(
            f"budget {number_text(budget)} {currency} is below the cheapest option that helps, "
            f"{number_text(min(too_dear))} {currency}; raise the budget"
        )
    return found


def _rate(step: StepSet) -> float:
    """Return gain by cost; what costs nothing comes first, by gain."""
    return float(rank_key(step.added / step.cost if step.cost > 0 else step.added * 1e12))


def _tried(
    case: Case, chosen: npt.NDArray[np.bool_], spent: float, loss: float, alone: Floats | None, left: float
) -> list[StepSet]:
    """Return what may be the next step: single options, and sets of options that add something only together."""
    n, order = len(case.options), case.options.limit
    added, singles = np.full(n, -np.inf), []
    for c in np.flatnonzero(~chosen):
        more = chosen | (np.arange(n) == c)
        cost = max(case.options.cost(more, order) - spent, 0.0)
        added[c] = alone[c] if alone is not None else loss - case.expected(case.losses(more, order))
        singles.append(StepSet(options=np.array([c]), added=float(added[c]), cost=cost))
    return [*singles, *sets_for_a_step(case, chosen, spent, added, left)]


def _prices(case: Case, chosen: npt.NDArray[np.bool_], step: StepSet) -> Floats:
    """Return what each option of a step adds to the cost, in their order: a joint cost falls on the first."""
    order, have, prices = case.options.limit, chosen.copy(), []
    for c in step.options:
        spent = case.options.cost(have, order)
        have[c] = True
        prices.append(max(case.options.cost(have, order) - spent, 0.0))
    return np.array(prices)


def _table(case: Case, rows: list[_Step]) -> pd.DataFrame:
    network, options = case.economy.network, case.options
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(r.options for r in rows)])
    size = [len(r.options) for r in rows]
    slot = options.slot[at]
    # What a set adds stands in its first row only, so that nobody adds it up twice.
    added = np.full(len(at), np.nan)
    added[np.cumsum([0, *size[:-1]])[: len(rows)]] = [r.added for r in rows]

    def of_step(values: list[float]) -> Floats:
        return np.repeat(np.array(values, dtype=np.float64), size)

    return pd.DataFrame(
        {
            "step": np.repeat(np.arange(1, len(rows) + 1), size),
            "candidate": pd.Series(network.firm_ids[options.firm[at]], dtype="str"),
            "product": pd.Series(network.products[case.economy.slot_product[slot]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[case.economy.graph.slot_buyer[slot]], dtype="str"),
            "added_cut": added,
            "alone_cut": np.concatenate([np.zeros(0), *(r.alone for r in rows)]),
            "total_cut": of_step([r.total for r in rows]),
            "loss_after": of_step([r.after for r in rows]),
            "tail_after": of_step([r.tail for r in rows]),
            "cost": np.concatenate([np.zeros(0), *(r.price for r in rows)]),
            "cost_so_far": of_step([r.cost_so_far for r in rows]),
        }
    )


def _superseded(case: Case, rows: list[_Step], chosen: npt.NDArray[np.bool_], network: Network) -> list[str]:
    """Name the step without which the later ones cut the same for less, simulated; of several the dearest."""
    best: tuple[float, int] | None = None
    for k, step in enumerate(rows[:-1]):
        rest = chosen.copy()
        rest[step.options] = False
        loss = case.expected(case.losses(rest, case.options.limit))
        cost = case.options.cost(rest, case.options.limit)
        least = rows[-1].cost_so_far if best is None else best[0]
        if loss <= rows[-1].after + 1e-9 * rows[-1].total and cost < least * (1 - 1e-9):
            best = (cost, k)
    if best is None:
        return []
    who = ", ".join(network.firm_ids[case.options.firm[rows[best[1]].options]].tolist())
    return [
        f"Step {best[1] + 1} ({who}) adds nothing any more once the later ones are there: without it the same is cut "
        f"for {number_text(best[0])} {network.currency}. Leave it out where the later ones are sure to follow."
    ]


def _words(table: pd.DataFrame, before: float, network: Network, unused: int) -> tuple[str, ...]:
    if not len(table):
        return (
            "No option cuts the expected loss, nor does one option for each need of a buyer together; "
            "valuechain.choose looks at all sets.",
        )
    last, promised = table.iloc[-1], float(table["alone_cut"].sum())
    steps = int(last["step"])
    total, many = float(last["total_cut"]), steps > 1
    alone = f" What each cuts alone adds up to {number_text(promised)}"
    if len(table) == 1 or abs(promised - total) <= 1e-9 * total:
        alone = ""
    else:
        alone += ", which nobody gets." if promised > total else "; together they cut more."
    notes = [
        f"{steps} {'steps cut' if many else 'step cuts'} {number_text(total)} {network.flow_unit} of an expected "
        f"loss of {number_text(before)} ({percent_text(total / before)} %) for "
        f"{number_text(float(last['cost_so_far']))} {network.currency}.{alone}",
        "added_cut: what the step cuts beyond those before it, simulated together; alone_cut: what it would cut alone.",
    ]
    if len(table) > steps:
        notes.append(
            "Rows with the same step belong together: alone some of them cut nothing, since several needs of the buyer "
            "fall short at once. What they add is in the first of these rows."
        )
    if unused:
        notes.append(f"{unused:,} options can change nothing: the input is not essential, or nothing is to spare.")
    return tuple(notes)

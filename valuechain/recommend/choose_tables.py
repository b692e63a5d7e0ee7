"""Tables and sentences of a choice of partners."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.network import Network
from valuechain.recommend.choose_case import Case, tail_mean
from valuechain.recommend.choose_program import Limits
from valuechain.recommend.choose_sets import Set
from valuechain.recommend.hazards import Hazards
from valuechain.results import Result, number_text, percent_text, rank_key

__all__ = ["choice_notes", "chosen_table", "chosen_units", "option_words", "plans_result"]

PROVEN = 1e-6
"""Gap of a proven plan below which what is left is rounding of the solver."""


def option_words(case: Case, option: int) -> str:
    """Return ``KOR.anode for anode of CHN.cells``."""
    economy, slot = case.economy, case.options.slot[option]
    ids = economy.network.firm_ids
    product = economy.network.products[economy.slot_product[slot]]
    return f"{ids[case.options.firm[option]]} for {product} of {ids[economy.graph.slot_buyer[slot]]}"


def chosen_units(network: Network) -> dict[str, str]:
    """Return the units of the columns of a set."""
    return {
        "order_value": network.flow_unit,
        "cost": network.currency,
        "cut_in_set": "fraction of the loss",
        "cut_alone": "fraction of the loss",
        "probability_used": "fraction of scenarios",
    }


def chosen_table(case: Case, best: Set) -> pd.DataFrame:
    """Return one row an option of a set, the one that is missed most first."""
    economy, options, network = case.economy, case.options, case.economy.network
    some = np.flatnonzero(best.chosen)
    slot, firm = options.slot[some], options.firm[some]
    loss = case.expected(case.base)
    given = case.delivered(best.chosen, best.order)[:, some]
    buyers = np.bincount(options.partner[some], minlength=len(options))
    without, alone = np.zeros(len(some)), np.zeros(len(some))
    for k, c in enumerate(some):
        rest = best.chosen & (np.arange(len(options)) != c)
        without[k] = case.expected(case.losses(rest, np.where(rest, best.order, 0.0)) - best.losses)
        one = best.chosen & ~rest
        alone[k] = loss - case.expected(case.losses(one, np.where(one, best.order, 0.0)))
    ids = network.firm_ids
    table = pd.DataFrame(
        {
            "candidate": pd.Series(ids[firm], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "buyer": pd.Series(ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "order_value": best.order[some],
            "cost": options.fixed[some]
            + options.unit[some] * best.order[some]
            + options.joint[some] / np.maximum(buyers[options.partner[some]], 1),
            "cut_in_set": without / loss if loss > 0 else without,
            "cut_alone": alone / loss if loss > 0 else alone,
            "probability_used": case.probability @ (given > 1e-9 * np.maximum(best.order[some], 1e-300)),
            "country": _countries(network, firm),
        }
    )
    order = np.lexsort((table["buyer"], table["product"], table["candidate"], -rank_key(table["cut_in_set"].round(12))))
    return table.iloc[order].reset_index(drop=True)


def _countries(network: Network, firm: np.ndarray) -> pd.Series:
    if "country" not in network.firms:
        return pd.Series([None] * len(firm), dtype="str")
    return network.firms["country"].iloc[firm].reset_index(drop=True).astype("str")


def plans_result(case: Case, limits: Limits, found: list[Set]) -> Result:
    """Return how the sets compare, the best first."""
    loss = max(case.expected(case.base), 1e-300)
    own = case.expected((1 - case.surviving) @ case.economy.value)
    rows = [
        {
            "plan": s.name,
            "options": int(s.chosen.sum()),
            "partners": len(np.unique(case.options.firm[s.chosen])),
            "cost": s.cost,
            "loss_cut": 1 - case.expected(s.losses) / loss,
            "tail_cut": 1
            - tail_mean(s.losses, case.probability, limits.tail)
            / max(tail_mean(case.base, case.probability, limits.tail), 1e-300),
            "planned_cut": 1 - (s.plan.loss + own) / loss if s.plan is not None and not limits.tail_weight else np.nan,
        }
        for s in found
    ]
    units = dict.fromkeys(("loss_cut", "tail_cut", "planned_cut"), "fraction of the loss")
    return Result(
        table=pd.DataFrame(rows),
        title="Sets compared, simulated again",
        units={"cost": case.economy.network.currency, **units},
    )


def _plural(count: int) -> str:
    return "" if count == 1 else "s"


def choice_notes(
    case: Case, hazards: Hazards, limits: Limits, found: list[Set], unused: int, *, dearer: Set | None = None
) -> tuple[str, ...]:
    """Return what the set means, the most important first; ``dearer`` is the best set without the budget."""
    best, currency = found[0], case.economy.network.currency
    loss, total = case.expected(case.base), float(case.economy.value.sum())
    after = case.expected(best.losses)
    partners = len(np.unique(case.options.firm[best.chosen]))
    notes = []
    if not best.chosen.any():
        notes.append(_nothing(case, limits, dearer))
    else:
        notes.append(
            f"Take {int(best.chosen.sum()):,} of {len(case.options):,} option{_plural(len(case.options))} from "
            f"{partners:,} partner{_plural(partners)} for "
            f"{number_text(best.cost)} {currency}: the expected loss falls from {percent_text(loss / total)} to "
            f"{percent_text(after / total)} % of output, by {percent_text(1 - after / loss)} % of it."
        )
        if limits.tail > 0:
            tails = [tail_mean(x, case.probability, limits.tail) / total for x in (case.base, best.losses)]
            notes.append(
                f"In the worst {percent_text(1 - limits.tail)} % of scenarios the mean loss falls from "
                f"{percent_text(tails[0])} to {percent_text(tails[1])} % of output."
            )
    notes += _compared(case, limits, found)
    if (case.options.unit > 0).any():
        notes.append(
            "Costs hold the price above the usual one (unit_cost - 1) of what is ordered: what a partner delivers is "
            "not bought from present suppliers."
        )
    if unused:
        notes.append(
            f"{unused:,} options were left out: their input is not essential to the buyer, or the candidate has no "
            "spare capacity."
        )
    notes.append(
        "Cuts in the set do not add up, nor do those alone: two options may help only together, or do the same. "
        "Capacity is given out once in every scenario."
    )
    return (*notes, hazards.words, *hazards.notes)


def _nothing(case: Case, limits: Limits, dearer: Set | None) -> str:
    """Say why nothing is taken: options may cut something only together, for more money."""
    loss, currency = max(case.expected(case.base), 1e-300), case.economy.network.currency
    cut = 0.0 if dearer is None else 1 - case.expected(dearer.losses) / loss
    if dearer is None or cut <= 1e-9:
        return "No option cuts the loss in these scenarios: nothing is worth its cost here."
    words = "; ".join(option_words(case, int(k)) for k in np.flatnonzero(dearer.chosen)[:3])
    more = int(dearer.chosen.sum()) - 3
    return (
        f"No set for {number_text(limits.budget)} {currency} cuts the loss. A dearer one does: {words}"
        f"{f' and {more:,} more' if more > 0 else ''}, for {number_text(dearer.cost)} {currency}, cuts "
        f"{percent_text(cut)} % of it; cost_front (--front) says what more money buys."
    )


def _compared(case: Case, limits: Limits, found: list[Set]) -> list[str]:
    """Say how good the set is, and which of the ways found it."""
    exact, best = next(s for s in found if s.plan is not None), found[0]
    notes = []
    if exact.plan is not None:
        within = f"is within {percent_text(exact.plan.gap)} % of" if exact.plan.gap > PROVEN else "is proven to leave"
        notes.append(
            f"The exact set {within} the least loss that any set could leave when "
            "capacity is given out as a central planner would (own losses of firms not counted)."
        )
    others = [s for s in found if s is not best]
    if others:
        loss = max(case.expected(case.base), 1e-300)
        words = ", ".join(f"{s.name} {percent_text(1 - case.expected(s.losses) / loss)} %" for s in others)
        notes.append(f"Suggested is the {best.name} set; simulated again, the others cut the loss by: {words}.")
    if not all(s.is_whole for s in found):
        notes.append(
            f"The greedy set and the best single option are what {limits.seconds:g} s allowed; more may be better."
        )
    return notes

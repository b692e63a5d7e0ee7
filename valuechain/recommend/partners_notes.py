"""What the suggestions of partners mean, in sentences, and the small tables beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.evidence import evidence_table
from valuechain.recommend.judged import Judged, Question
from valuechain.recommend.makers import OUTSIDE, POTENTIAL
from valuechain.recommend.needs_table import from_abroad
from valuechain.recommend.no_partner import first_upstream, removed_words
from valuechain.recommend.partners_limits import how_far, who_is_left
from valuechain.results import Result, number_text, percent_text

__all__ = [
    "CARDS",
    "evidence_result",
    "partner_notes",
    "potential_result",
    "removed_result",
    "shared_result",
    "whose",
]


POINTS = tuple(f"{half}points_{when}" for half in ("", "half_") for when in ("today", "as_backup", "as_standing"))
"""Columns of evidence that count firms that stop others."""

CARDS = 5
"""Suggestions that get an evidence card where nobody says how many."""


def whose(network: Network, question: Question) -> str:
    """Return whose needs are meant, in words."""
    what = "its essential inputs" if question.product is None else product_name(network, question.product)
    if question.buyer is not None:
        who = firm_name(network, question.buyer)
        return f"{who}: {what}" if question.product is not None else f"{who}: all essential inputs"
    if question.cluster is not None:
        what = "all essential inputs" if question.product is None else what
        return f"cluster {question.cluster}: {what}"
    return f"network {network.name}" + ("" if question.product is None else f": {what}")


def removed_result(judged: Judged) -> Result:
    """Return how many candidates each filter removed, the budget last."""
    table = judged.found.removed
    if judged.over_budget:
        row = {"filter": "costs more than the budget", "removed": judged.over_budget, "not_known": 0}
        more = pd.DataFrame([{**row, "left": len(judged.found)}]).astype({"filter": "str"})
        table = pd.concat([table, more], ignore_index=True)
    return Result(
        table=table,
        title="Who was left out",
        units={"removed": "firms", "not_known": "firms", "left": "firms"},
        notes=("A firm counts once for each need. not_known: of these the figure that the filter needs is not known.",),
    )


def shared_result(judged: Judged) -> Result:
    """Return whom the filter on shared upstream points removed."""
    return Result(
        table=judged.found.shared_points,
        title="Left out: hangs on the same upstream firm as all present suppliers",
        notes=("When shared_point fails, all present suppliers stop, and the candidate as well.",),
    )


def potential_result(judged: Judged) -> Result:
    """Return who makes something like a product: no number rests on them."""
    return Result(
        table=judged.found.potential,
        title="Potential: firms that make something like it",
        units={"similarity": "0..1", "spare": judged.network.flow_unit},
        notes=(
            "similarity: how alike the inputs of what they make and of the product are (cosine of recipes). Nothing "
            "here says that they could make it: firms to ask, counted in no number unless count_potential says so.",
        ),
    )


def evidence_result(judged: Judged, cards: int = CARDS) -> Result:
    """Return the evidence for the first suggestions, one row a card."""
    if isinstance(cards, bool) or not isinstance(cards, int) or cards < 0:
        raise ParameterError(f"cards {cards!r} is no number of cards; write a whole number from 0")
    network, rows = judged.network, judged.order()[:cards]
    flow = ("loss_cut", "loss_cut_low", "loss_cut_high", "tail_cut", "spare")
    chances = ("short_in", "helps_in", "not_able_in", "held_by_others_in")
    return Result(
        table=evidence_table(judged, rows) if len(rows) else pd.DataFrame({"candidate": pd.Series(dtype="str")}),
        title="Evidence",
        units=dict.fromkeys(flow, network.flow_unit)
        | dict.fromkeys(chances, "fraction of scenarios")
        | {
            "cost": network.currency,
            "share_of_loss": "fraction",
            "cost_share": "fraction of need",
            "stock_days": "days",
            "stock_cut": network.flow_unit,
            **dict.fromkeys(("inputs_low", "inputs_high"), network.flow_unit),
            **dict.fromkeys(("inputs_positive", "inputs_top3", "inputs_top3_by_cost"), "fraction of draws"),
            "stock_better_days": "days",
            "shock_days": "days",
            **dict.fromkeys(("loss_cut_in_shock", "stock_cut_in_shock"), network.currency),
            "probability_positive": "fraction",
            "used_at_most": "fraction of spare",
            "shared_suppliers": "fraction of purchases",
            "present_share": "fraction of need",
            **dict.fromkeys(POINTS, "firms"),
        },
        notes=("Each card judges one partner alone; cards must not be added up.",),
    )


def partner_notes(judged: Judged) -> tuple[str, ...]:
    """Return the sentences of the result."""
    network = judged.network
    notes = [_headline(judged)]
    if judged.expected_loss > 0:
        notes.append(
            f"Expected loss of all firms as it is: {number_text(judged.expected_loss)} {network.flow_unit}"
            f"{_tail(judged)}; {judged.hazards.words[0].lower() + judged.hazards.words[1:]}"
        )
    notes += how_far(judged)
    removed = removed_words(judged.found)
    if removed:
        notes.append(f"Candidates: {len(judged.found):,} of {_makers(judged):,}; removed were {removed}.")
    points = judged.found.shared_points
    if len(points):
        row = points.iloc[0]
        notes.append(
            f"Shared upstream: {row['candidate']} hangs on {row['shared_point']}, as all present suppliers of "
            f"{row['product']} to {row['buyer']} do; it is no second source when that fails"
            + (f" (and {len(points) - 1:,} more)." if len(points) > 1 else ".")
        )
    notes += [*who_is_left(judged), *first_upstream(judged.economy, judged.found), *from_abroad(judged)]
    if judged.over_budget:
        notes.append(f"{judged.over_budget:,} candidates cost more than the budget.")
    if judged.passed_over:
        notes.append(
            f"{judged.passed_over:,} needs with less to gain were not looked at; slots (--slots) says how many are."
        )
    outside = int((judged.found.kind == OUTSIDE).sum())
    if outside:
        notes.append(f"{outside:,} candidates are outside the network: of their suppliers nothing is known.")
    if (judged.found.kind == POTENTIAL).any():
        notes.append(
            "kind potential: makes something like the product; whether it could make this one has to be asked."
        )
    notes += _idle(judged)
    notes.append(
        "Each row is judged alone: never add up rows. Partners may need each other, or do the same work; "
        "simulate them together."
    )
    notes += _costs(judged)
    if judged.economy.estimated:
        notes.append(
            f"{judged.economy.estimated:,} firms give no output; the larger of their sales and purchases inside the "
            "network stands for it."
        )
    return (*notes, *judged.hazards.notes)


def _tail(judged: Judged) -> str:
    """Return the loss in the worst scenarios, in words; of all scenarios it would be the expected loss again."""
    tail = judged.question.tail
    worst = f", in the worst {percent_text(1 - tail)} % of scenarios {number_text(judged.tail_loss)}"
    return worst if tail > 0 else ""


def _costs(judged: Judged) -> list[str]:
    if not (judged.costs.unit > 1).any():
        return []
    return ["cost: taking it on, and the price above the usual one (unit_cost - 1) of what it is expected to deliver."]


def _makers(judged: Judged) -> int:
    return int(judged.found.removed["removed"].sum()) + len(judged.found) + judged.over_budget


def _headline(judged: Judged) -> str:
    network = judged.network
    if not judged.loss.any():
        return "In none of these scenarios is anything lost, so no partner is worth anything."
    k = int(judged.order()[0])
    if not judged.cut[k] > 0:
        return "No candidate alone would cut the expected loss."
    share = percent_text(float(judged.cut[k]) / judged.expected_loss)
    low, high = number_text(float(judged.sure.low[k])), number_text(float(judged.sure.high[k]))
    # Where nothing was drawn there is no interval.
    sure = f" ({low} to {high})" if low != high else ""
    return (
        f"Most is cut by {firm_name(network, str(network.firm_ids[judged.found.firm[k]]))} as supplier of "
        f"{product_name(network, str(network.products[judged.product[k]]))} to "
        f"{firm_name(network, str(network.firm_ids[judged.buyer[k]]))}: {number_text(float(judged.cut[k]))} "
        f"{network.flow_unit}{sure}, {share} % of the expected loss of all firms."
    )


def _idle(judged: Judged) -> list[str]:
    """Say how many cut nothing alone, and that another input may hold their buyer down."""
    idle = int((judged.cut <= 0).sum())
    if not idle or not judged.loss.any():
        return []
    short = judged.slots[(judged.potential <= 0) & (_shortage(judged, judged.slots) > 0)]
    told = next((said for k in short if (said := _held_down(judged, int(k)))), "")
    return [f"{idle:,} of {len(judged.found):,} candidates cut nothing alone.{told}"]


def _held_down(judged: Judged, slot: int) -> str:
    """Say why nothing is gained by filling a need that falls short; empty where it is not told."""
    economy, graph = judged.economy, judged.economy.graph
    buyer = graph.slot_buyer[slot]
    who = f" {judged.network.firm_ids[buyer]} runs short of {judged.network.products[economy.slot_product[slot]]}, but"
    others = np.flatnonzero(graph.slot_buyer == buyer)
    if (_shortage(judged, others[others != slot]) > 0).any():
        return f"{who} other inputs hold it down as much: it needs partners for all of them together."
    if economy.value[buyer] <= 0:
        return f"{who} its output is 0 and nobody loses by it, so there is nothing to cut."
    return ""


def _shortage(judged: Judged, slots: Index) -> Floats:
    """Return the expected part of each need that usual suppliers do not deliver; shape (needs,)."""
    graph = judged.economy.graph
    short = np.zeros(len(slots))
    for at, k in enumerate(slots):
        links = slice(graph.link_start[k], graph.link_start[k + 1])
        got = judged.before[:, graph.supplier[links]] @ graph.share[links]
        held = np.maximum(judged.hazards.surviving[:, graph.slot_buyer[k]] - got, 0.0)
        short[at] = float(judged.hazards.probability @ np.where(held > 1e-9, held, 0.0))
    return short

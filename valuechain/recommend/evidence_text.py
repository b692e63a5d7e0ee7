"""Evidence cards in sentences, for people who decide whom to call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.network import Network
from valuechain.results import number_text, percent_text

__all__ = ["card_lines"]


def card_lines(network: Network, card: Mapping[str, Any]) -> list[str]:
    """Return a card as a heading and sentences.

    Parameters
    ----------
    network
        The network.
    card
        A row of the table of evidence.
    """
    who = card["candidate"] if card["name"] == card["candidate"] else f"{card['name']} ({card['candidate']})"
    what = f"{product_name(network, card['product'])} for {firm_name(network, card['buyer'])}"
    head = f"{who} as second source of {what}"
    if card["present_share"] > 0:
        head = f"{who} with more {what}, of which it delivers {percent_text(card['present_share'])} % today"
    told = [*_worth(network, card), *_covers(card), *_capacity(network, card), *_upstream(card)]
    return [head, *told, *_inputs(network, card), *_rank(card)]


def _worth(network: Network, card: Mapping[str, Any]) -> list[str]:
    unit = network.flow_unit
    low, high = number_text(card["loss_cut_low"]), number_text(card["loss_cut_high"])
    sure = f", 95 % between {low} and {high}" if low != high else ""
    part = percent_text(card["probability_positive"])
    # Where nothing was drawn, or all draws say the same, both ends are equal.
    drawn = card["loss_cut_low"] != card["loss_cut_high"]
    gain = f" A gain is {part} % sure, as far as drawing scenarios is what is unsure." if drawn else ""
    lines = [
        f"Loss cut: {number_text(card['loss_cut'])} {unit}{sure}; {percent_text(card['share_of_loss'])} % of the "
        f"expected loss of all firms. In the worst scenarios {number_text(card['tail_cut'])} {unit} less.{gain}",
        f"Cost: {number_text(card['cost'])} {network.currency} in the first {network.flow_period}, "
        f"{percent_text(card['cost_share'])} % of what the need costs. {_stock(network, card)}",
    ]
    if card["kind"] == "potential":
        lines.append("Potential only: it makes something like the product; whether it can make this one is not known.")
    return lines


def _stock(network: Network, card: Mapping[str, Any]) -> str:
    """Say what the same money does as a stock of the product."""
    period, better, days = network.flow_period, _number(card, "stock_better_days"), _number(card, "shock_days")
    line = (
        f"The same money buys a stock for {number_text(card['stock_days'])} days. If what happens lasts a whole "
        f"{period}, as the loss cut has it, that cuts {number_text(card['stock_cut'])} {network.flow_unit}"
    )
    if not math.isnan(days):
        line += (
            f"; in the {number_text(days)} days that these shocks last at most it cuts "
            f"{number_text(card['stock_cut_in_shock'])} {network.currency}, the partner "
            f"{number_text(card['loss_cut_in_shock'])}"
        )
    # A saved card has no infinite numbers.
    always = math.isnan(better) and card["stock_cut"] > 0 >= card["loss_cut"]
    if math.isnan(better) and not always:
        return f"{line}."
    if always or better == math.inf:
        much = "more than" if card["loss_cut"] <= 0 else "at least as much as"
        return f"{line}; it cuts {much} the partner however long it lasts."
    return (
        f"{line}; it cuts at least as much as the partner if what happens lasts no longer than {number_text(better)} "
        "days. finalists (--finalists) runs both day by day."
    )


def _number(card: Mapping[str, Any], name: str) -> float:
    """Return a number of a card, NaN where it is not known: a saved card has nothing there."""
    value = card.get(name)
    return float(value) if isinstance(value, int | float) else math.nan


def _covers(card: Mapping[str, Any]) -> list[str]:
    line = (
        f"Covers: the need falls short in {percent_text(card['short_in'])} % of scenarios, and it helps in "
        f"{percent_text(card['helps_in'])} %" + (f" (most in {card['covers']})." if card["covers"] else ".")
    )
    parts = []
    if card["not_able_in"] > 0:
        parts.append(f"in {percent_text(card['not_able_in'])} % it stands still itself")
    if card["held_by_others_in"] > 0:
        parts.append(f"in {percent_text(card['held_by_others_in'])} % other inputs hold the buyer down as much")
    if not parts:
        return [line]
    example = f" (such as {card['covers_not']})" if card["covers_not"] else ""
    return [line, f"Does not cover: {', and '.join(parts)}{example}."]


def _capacity(network: Network, card: Mapping[str, Any]) -> list[str]:
    known = "" if card["spare_known"] else ", a stand-in since its capacity is not given"
    line = (
        f"Capacity: {number_text(card['spare'])} {network.flow_unit} to spare{known}; at most "
        f"{percent_text(card['used_at_most'])} % of it would be used."
    )
    if card["rivals"]:
        more = f" and {card['rivals'] - 3} more" if card["rivals"] > 3 else ""
        line += f" Rivals for it among the needs looked at: {card['rival_buyers']}{more}."
    return [line]


def _upstream(card: Mapping[str, Any]) -> list[str]:
    if math.isnan(_number(card, "shared_suppliers")):
        return ["Upstream: of what it buys, or present suppliers buy, nothing is known.", *_point(card)]
    names = f", most through {card['shared_names']}" if card["shared_names"] else ""
    overlap = percent_text(card["shared_suppliers"])
    return [f"Upstream: purchases overlap by {overlap} % with those of present suppliers{names}.", *_point(card)]


def _point(card: Mapping[str, Any]) -> list[str]:
    """Say who would stop whom with it, and who would no longer."""
    new, half = card["new_as_standing"], card["half_new_as_standing"]
    if new:
        said = [f"yes: once it is a standing supplier, the buyer stops when one of these fails: {new}."]
    elif half:
        said = [
            "none as long as any part of a need is enough. Should less than half of a need stop a firm: as a standing "
            f"supplier it makes the buyer stop when one of these fails: {half}."
        ]
    else:
        said = ["none that is known, since of its own suppliers nothing is." if card["kind"] == "outside" else "none."]
    if card["hangs_on_it"]:
        said.append("The buyer stops today already when it fails.")
    elif card["shared_points"]:
        said.append(
            f"But {card['shared_points']} stops it and all present suppliers: it is no second source when that fails."
        )
    elif card["present_share"] > 0:
        said.append("But it is no new source either, since it delivers to the buyer already.")
    if card["frees_as_backup"]:
        said.append(f"The buyer no longer stops when one of these fails: {card['frees_as_backup']}.")
    counted = [_count(card, ""), _count(card, "half_")]
    said.append(f"Firms that stop others: {counted[0]}; should less than half of a need stop a firm: {counted[1]}.")
    return ["New single point of failure: " + " ".join(said)]


def _count(card: Mapping[str, Any], rule: str) -> str:
    """Return how many firms stop others today and with the suggestion."""
    today, backup, standing = (card[f"{rule}points_{when}"] for when in ("today", "as_backup", "as_standing"))
    if backup == standing:
        return f"{today:,} today, {backup:,} with it"
    return f"{today:,} today, {backup:,} with it as a back-up, {standing:,} as a standing supplier"


def _rank(card: Mapping[str, Any]) -> list[str]:
    line = f"Rank: {card['rank']} of {card['rank_of']} candidates for this need by loss cut."
    if card["deciding_datum"]:
        by = "loss cut" if card["deciding_datum"] == "capacity" else "loss cut per cost"
        line += (
            f" Find out its {card['deciding_datum']}: half or double of what is taken puts it between rank "
            f"{card['rank_low']} and {card['rank_high']} by {by}."
        )
    elif card["stand_ins"]:
        line += f" Not known: {card['stand_ins']}; half or double of what is taken changes no rank."
    return [line]


def _inputs(network: Network, card: Mapping[str, Any]) -> list[str]:
    """Say how sure gain and rank are when inputs that are not known differ."""
    # A card that was saved before has nothing on rivals.
    own, rivals = card["inputs_varied"], card.get("inputs_varied_rivals") or ""
    if not own and not rivals:
        return []
    what = "; ".join([*([own] if own else []), *([f"of its rivals for this need {rivals}"] if rivals else [])])
    low, high = number_text(card["inputs_low"]), number_text(card["inputs_high"])
    return [
        f"Unsure inputs ({what}: between half and double of what is taken, {card['inputs_draws']:,} "
        f"draws): a gain in {percent_text(card['inputs_positive'])} % of them, loss cut in 95 % between {low} "
        f"and {high} {network.flow_unit}; among the first three for this need in "
        f"{percent_text(card['inputs_top3'])} % by loss cut, "
        f"{percent_text(card['inputs_top3_by_cost'])} % by loss cut per cost."
    ]

"""Suggested partners as evidence cards, and what a budget buys: read from any result with the columns for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from valuechain.recommend.evidence_text import card_lines
from valuechain.report.document.basis import basis_sentences, over_which
from valuechain.report.document.blocks import Block, Card, Cards, Section, Text
from valuechain.report.document.budgets import budget_blocks
from valuechain.report.document.parts import Parts
from valuechain.report.document.remarks import in_words, notes_of
from valuechain.report.document.tables import LONG, Show, heading_of, of_result, ranked
from valuechain.report.document.telling import Telling, is_missing
from valuechain.report.words import clean, short
from valuechain.results import ENDS, Result, has_interval

CARDS = 6
EVIDENCE = frozenset(
    {"short_in", "covers", "covers_not", "rank", "rank_of", "rivals", "hangs_on_it", "stock_days", "stock_cut"}
    | {"points_today", "half_points_as_standing", "inputs_varied"}
)
"""Columns that tell a table of evidence, which is told in sentences."""
POTENTIAL = 8
"""Rows of firms that make something like a product, to ask and not to count on, and of sets that help together."""
MANY = 1_000
"""Suggestions among which those for different needs are looked for."""
FACTS = 12
"""Facts of a card beside those in its sentence."""

_LEADING = ("candidate", "product", "buyer", "loss_cut", "loss_cut_low", "loss_cut_high", "cost", "status")
_TOGETHER = ("buyer", "needs", "candidates", "loss_cut", "alone_cut", "best_single", "cost")
_BESIDE = ("kind", "country", "distance_km", "lead_days")
"""Facts of a card whose evidence is told in sentences."""
_NAMES = ("candidate_name", "name")
"""Columns with the name of a candidate from outside the network."""


def suggestions_section(telling: Telling, parts: Parts) -> Section | None:
    """Return suggestions with their evidence, chosen sets, curves of cost against loss; None where there are none."""
    partners = parts.partners
    if not partners and not parts.sets and not parts.fronts:
        return None
    blocks: list[Block] = []
    for result in partners:
        if not len(result.table):
            blocks += [Text(sentences=(telling.say("verdict_none_found"),)), notes_of(telling, result)]
            continue
        known = evidence_of(result)
        rows = _rows(result, min(CARDS, len(known)) if known else CARDS)
        basis = basis_sentences(telling, [result], parts.runs)
        blocks.append(Text(sentences=(telling.say("partners_intro"), *basis)))
        # Sentences of evidence are English: in another language its facts stand here, and they further on.
        told = known if telling.language == "en" else {}
        cards = [_card(telling, result, k, row, told.get(key_of(row))) for k, row in enumerate(rows, 1)]
        blocks.append(Cards(cards=tuple(cards)))
        shows = [Show(name=n) for n in _LEADING if has_interval(result.table) or n not in ENDS]
        caption = telling.say("partners_title")
        blocks.append(ranked(telling, result.table, shows, caption=caption, units=_units(telling, result), rows=25))
        blocks.append(notes_of(telling, result))
        together = getattr(result, "together", None)
        if isinstance(together, Result) and len(together.table):
            shows, caption = [Show(name=n) for n in _TOGETHER], short(clean(together.title), LONG)
            made = ranked(telling, together.table, shows, caption=caption, units=together.units, rows=POTENTIAL)
            blocks += [made, notes_of(telling, together)]
        for name in ("active", "potential"):
            part = getattr(result, name, None)
            if isinstance(part, Result) and len(part.table):
                blocks += [of_result(telling, part, rows=POTENTIAL), notes_of(telling, part)]
    blocks += budget_blocks(telling, parts.sets, parts.fronts)
    return Section(key="partners", title=telling.say("partners"), blocks=blocks)


def evidence_lines(telling: Telling, partners: Sequence[Result]) -> list[str]:
    """Return the evidence on the first suggestions, each as a paragraph in English that begins with what it is on."""
    found = []
    for result in partners:
        known = evidence_of(result)
        for row in _rows(result, min(CARDS, len(known))):
            evidence = known.get(key_of(row))
            if evidence is not None:
                found.append(" ".join(in_words(telling, clean(line)) for line in card_lines(telling.network, evidence)))
    return found


def best_suggestions(telling: Telling, partners: Sequence[Result], count: int) -> list[str]:
    """Return the first suggestion for each need in words; each stands by itself, for gains do not add up."""
    first: dict[tuple[str, str], tuple[Result, dict[str, Any]]] = {}
    for result in partners:
        for row in _rows(result, MANY):
            if not is_missing(row["loss_cut"]):
                first.setdefault((str(row["product"]), str(row["buyer"])), (result, row))
    rows = sorted(first.values(), key=lambda found: -float(found[1]["loss_cut"]))
    found = [telling.say("verdict_partner", **_said(telling, result, row)) for result, row in rows[:count]]
    return [*found, telling.say("verdict_not_summed")] if len(found) > 1 else found


def _units(telling: Telling, result: Result) -> dict[str, str]:
    """Return the units of suggestions: bounds are in the unit of what they bound, costs in the currency."""
    cut = str(result.units.get("loss_cut", ""))
    return {"loss_cut_low": cut, "loss_cut_high": cut, "cost": telling.network.currency, **result.units}


def _rows(result: Result, count: int) -> list[dict[str, Any]]:
    """Return the first rows, each by the names of its columns."""
    return [{str(k): v for k, v in row.items()} for row in result.table.head(count).to_dict("records")]


def _said(telling: Telling, result: Result, row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "candidate": candidate_name(telling, row),
        "product": telling.product(row["product"]),
        "buyer": telling.firm(row["buyer"]),
        "cut": _cut(telling, result, row),
        "cost": _value(telling, result, "cost", row) or telling.say("not_known"),
    }


def _cut(telling: Telling, result: Result, row: Mapping[str, Any]) -> str:
    """Return what a suggestion cuts: with its interval, and how much of the expected loss it is, where known."""
    value, expected = row["loss_cut"], getattr(result, "expected_loss", None)
    said = _value(telling, result, "loss_cut", row)
    is_share = str(result.units.get("loss_cut", "")).startswith(("fraction", "share"))
    ends = [row.get(f"loss_cut_{end}") for end in ("low", "high")]
    if not any(map(is_missing, ends)):
        low, high = (telling.share(float(e)) if is_share else telling.number(float(e)) for e in ends if e is not None)
        # Where nothing was drawn there is no interval.
        said = telling.say("cut_interval", cut=said, low=low, high=high) if low != high else said
    if is_share or is_missing(value) or not isinstance(expected, int | float) or not expected > 0:
        return said
    part = telling.share(float(value) / float(expected))
    over = over_which(telling, result)
    if not over:
        return telling.say("cut_part", cut=said, share=part)
    return telling.say("cut_part_over", cut=said, share=part, over=over)


def candidate_name(telling: Telling, row: Mapping[str, Any]) -> str:
    """Return what a candidate is called: its name in the network, or the one its row gives."""
    candidate = str(row["candidate"])
    given = next((row[c] for c in _NAMES if isinstance(row.get(c), str) and str(row[c]).strip()), None)
    if candidate not in telling.names and given is not None:
        return short(clean(given), 70)
    return telling.firm(candidate)


def _value(telling: Telling, result: Result, column: str, row: Mapping[str, Any]) -> str:
    """Return a value of a row with its unit; empty where it is not known."""
    value = row.get(column)
    if is_missing(value) or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return telling.say("yes" if value else "no")
    unit = str(_units(telling, result).get(column, ""))
    if isinstance(value, int | float):
        if unit.startswith(("fraction", "share")):
            return telling.share(float(value))
        shown = "" if unit in {"0..1", "1"} else telling.unit(unit)
        return f"{telling.number(float(value))} {shown}".strip()
    if column == "kind":
        return telling.words["kinds"].get(value) or short(clean(value), LONG)
    return telling.country(value) if column == "country" else short(clean(value), LONG)


def evidence_of(result: Result) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return what is known for and against suggestions, by candidate, product and buyer; nothing where not given."""
    evidence = getattr(result, "evidence", None)
    if not isinstance(evidence, Result) or not set(map(str, evidence.table.columns)) >= EVIDENCE:
        return {}
    return {key_of(row): row for row in _rows(evidence, MANY)}


def key_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return candidate, product and buyer of a row."""
    return tuple(str(row[c]) for c in ("candidate", "product", "buyer"))


def _card(
    telling: Telling, result: Result, place: int, row: Mapping[str, Any], known: Mapping[str, Any] | None
) -> Card:
    said = _said(telling, result, row)
    title = telling.say("card_title", place=telling.number(place), **said)
    facts = [(heading_of(telling, "loss_cut"), said["cut"]), (heading_of(telling, "cost"), said["cost"])]
    status = row.get("status")
    if isinstance(status, str) and status:
        facts.append((heading_of(telling, "status"), telling.words["statuses"].get(status) or clean(status)))
    # The first line of a card in sentences is its title.
    lines = [] if known is None else card_lines(telling.network, known)[1:]
    texts = [in_words(telling, clean(line)) for line in lines]
    for column in map(str, result.table.columns):
        value = _value(telling, result, column, row)
        if column in {*_LEADING, *_NAMES} or not value or (known is not None and column not in _BESIDE):
            continue
        if isinstance(row[column], str) and len(value) > 60:
            texts.append(f"{heading_of(telling, column)}: {value}")
        elif len(facts) < FACTS:
            facts.append((heading_of(telling, "partner_kind" if column == "kind" else column), value))
    return Card(title=title, facts=tuple(facts), sentences=tuple(texts))

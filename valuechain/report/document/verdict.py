"""The verdict in words: what would break the chain, what it would cost, what would help."""

from __future__ import annotations

from valuechain.models.simulate import SimulationResult
from valuechain.report.document.basis import basis_sentences
from valuechain.report.document.blocks import Block, Heading, Section, Text
from valuechain.report.document.budgets import set_sentence
from valuechain.report.document.conclusions import (
    concentrated_said,
    countries_said,
    exposed_said,
    points_said,
    risk_said,
    single_said,
)
from valuechain.report.document.disruptions import lost, run_name, tail_share, worst_day
from valuechain.report.document.parts import Parts, Run
from valuechain.report.document.suggestions import best_suggestions
from valuechain.report.document.tables import listed
from valuechain.report.document.telling import Telling
from valuechain.report.words import short

PLACES = 3
"""Places, runs or suggestions that the verdict names."""


def verdict_section(telling: Telling, parts: Parts) -> Section:
    """Return the verdict; each sentence has its numbers in a table further on."""
    blocks: list[Block] = []
    for key, sentences in (
        ("breaks", _breaks(telling, parts)),
        ("costs", _costs(telling, parts)),
        ("helps", _helps(telling, parts)),
    ):
        blocks += [Heading(text=telling.say(key)), Text(sentences=tuple(sentences), is_list=True)]
    return Section(key="verdict", title=telling.say("verdict"), blocks=blocks)


def _breaks(telling: Telling, parts: Parts) -> list[str]:
    sections = (points_said, risk_said, single_said, concentrated_said, countries_said, exposed_said)
    return [sentence for said in sections for sentence in said(telling, parts)]


def _costs(telling: Telling, parts: Parts) -> list[str]:
    if not parts.runs:
        return [telling.say("verdict_no_runs")]
    ranked = sorted(parts.runs, key=lambda run: -lost(run)[0])
    found = [_cost(telling, run) for run in ranked[: 2 * PLACES]]
    if len(ranked) > len(found):
        found.append(telling.say("verdict_more_runs", len(ranked) - len(found)))
    return found


def _cost(telling: Telling, run: Run) -> str:
    share, value = lost(run)
    day, depth = worst_day(run)
    words = {
        "name": run_name(telling, run),
        "share": telling.share(share),
        "value": telling.amount(value, telling.network.currency),
        "days": telling.say("in_days", len(run.table)),
        "day": telling.number(day),
        "depth": telling.share(depth),
    }
    if isinstance(run, SimulationResult):
        return telling.say("verdict_run" if value > 0 else "verdict_run_nothing", **words)
    tail = {"part": tail_share(telling, run), "tail": telling.share(run.tail_loss)}
    return telling.say("verdict_ensemble", **words, **tail)


def _helps(telling: Telling, parts: Parts) -> list[str]:
    suggested = best_suggestions(telling, parts.partners, PLACES)
    suggested += [set_sentence(telling, chosen) for chosen in parts.sets if len(chosen.table)]
    if suggested:
        judged = [*parts.partners, *(chosen for chosen in parts.sets if len(chosen.table))]
        return [*suggested, *basis_sentences(telling, judged, parts.runs)]
    last = telling.say("verdict_none_found" if parts.partners else "verdict_no_partners")
    table = parts.single_sourced.table
    if not len(table):
        return [telling.say("verdict_no_places"), last]
    found = []
    for row in table.head(PLACES).to_dict("records"):
        value = telling.amount(float(row["buyers_value"]), telling.network.flow_unit)
        words = {"product": telling.product(row["product"]), "firm": telling.firm(row["supplier"]), "value": value}
        who = short(listed(telling, row["buyer_names"], {}), 90)
        found.append(telling.say("verdict_place", int(row["buyers"]), buyers=who, **words))
    return [*found, last]

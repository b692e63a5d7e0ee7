"""The verdict in words: what would break the chain, what it would cost, what would help."""

from __future__ import annotations

import pandas as pd

from valuechain.analysis.concentration import HIGH
from valuechain.models.simulate import SimulationResult
from valuechain.report.document.basis import basis_sentences
from valuechain.report.document.blocks import Block, Heading, Section, Text
from valuechain.report.document.budgets import set_sentence
from valuechain.report.document.disruptions import lost, run_name, tail_share, worst_day
from valuechain.report.document.parts import Parts, Run
from valuechain.report.document.suggestions import best_suggestions
from valuechain.report.document.tables import is_market, listed
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean, short
from valuechain.results import rank_key

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
    found = _points(telling, parts)
    if parts.risk is not None:
        found += _risk(telling, parts)
    single = parts.single_sourced
    if single.essential_slots:
        share = telling.share(single.slots / single.essential_slots)
        words = {"slots": telling.number(single.slots), "all": telling.number(single.essential_slots), "share": share}
        if single.slots:
            found.append(telling.say("verdict_single", **words))
        else:
            found.append(telling.say("verdict_no_single", single.essential_slots))
    found += [*_concentrated(telling, parts), *_countries(telling, parts)]
    if parts.exposure is not None and parts.exposure.exposed_buyers:
        found.append(telling.say("verdict_exposed", parts.exposure.exposed_buyers))
    return found


def _points(telling: Telling, parts: Parts) -> list[str]:
    table = parts.points.table
    if not parts.points.points:
        return [telling.say("verdict_no_points")]
    top = table[table["stops"] > 0].iloc[0]
    value = telling.amount(float(top["value_stopped"]), telling.network.flow_unit)
    worst = telling.say("verdict_point", int(top["stops"]), firm=telling.firm(top["firm"]), value=value)
    return [worst, telling.say("verdict_points", parts.points.points, all=telling.number(len(table)))]


def most_critical(telling: Telling, parts: Parts) -> pd.Series | None:
    """Return the row of the firm with the largest index that sells something; a final market is no weak point."""
    if parts.risk is None:
        return None
    table = parts.risk.table
    suppliers = table[~is_market(telling, table["firm"])]
    return suppliers.iloc[0] if len(suppliers) and float(suppliers["index"].iloc[0]) > 0 else None


def _risk(telling: Telling, parts: Parts) -> list[str]:
    top = most_critical(telling, parts)
    if parts.risk is None or top is None:
        return []
    unit = str(parts.risk.units.get("index", ""))
    base = telling.words["bases"].get(unit) or clean(unit.removeprefix("fraction of "))
    share = telling.share(float(top["index"]))
    found = [telling.say("verdict_risk", firm=telling.firm(top["firm"]), share=share, base=base)]
    first = parts.risk.table.iloc[0]
    if first["firm"] != top["firm"]:
        words = {"firm": telling.firm(first["firm"]), "share": telling.share(float(first["index"]))}
        found.append(telling.say("verdict_market", **words))
    return found


def _concentrated(telling: Telling, parts: Parts) -> list[str]:
    table = parts.by_product.table
    if not len(table):
        return []
    high = table[table["hhi_low"] > HIGH]
    words = {"all": telling.number(len(table)), "limit": telling.number(HIGH)}
    if not len(high):
        return [telling.say("verdict_not_concentrated", **words)]
    # Of equally concentrated products the one with most flow is named.
    top = high.iloc[0]
    words |= {"product": telling.product(top["group"]), "firm": telling.firm(top["largest"])}
    return [telling.say("verdict_concentrated", len(high), share=telling.share(float(top["largest_share"])), **words)]


def _countries(telling: Telling, parts: Parts) -> list[str]:
    if parts.countries is None:
        return []
    table = parts.countries.table
    single = table[table["single_point"]]
    if not len(single):
        return []
    # Sums differ in their last digits with the order of rows: equal flows are told apart by name.
    ranked = single.assign(_flow=-rank_key(single["flow"])).sort_values(["_flow", "product", "country"])
    top = ranked.iloc[0]
    return [
        telling.say(
            "verdict_country",
            int(single["product"].nunique()),
            product=telling.product(top["product"]),
            country=telling.country(top["country"]),
            share=telling.share(float(top["lost_share"])),
            buyers=telling.number(int(top["buyers_without_source"])),
        )
    ]


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

"""Sections on the structure of a network: critical firms, single sources, concentration, countries, exposure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.analysis.critical import Critical
from valuechain.report.document.blocks import Block, Section, Table, Text
from valuechain.report.document.charts import concentration_bars
from valuechain.report.document.conclusions import (
    concentrated_said,
    countries_said,
    exposed_said,
    origins_said,
    points_said,
    risk_said,
)
from valuechain.report.document.parts import Parts
from valuechain.report.document.remarks import notes_of
from valuechain.report.document.tables import Show, is_market, ranked
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean
from valuechain.results import Result


def structure_sections(telling: Telling, parts: Parts) -> list[Section]:
    """Return what the network's structure says, without any disruption."""
    found = [_critical(telling, parts), _single(telling, parts), _concentration(telling, parts)]
    if parts.countries is not None:
        found.append(_countries(telling, parts, parts.countries))
    if parts.exposure is not None:
        found.append(_exposure(telling, parts, parts.exposure))
    return found


def with_index(parts: Parts) -> pd.DataFrame:
    """Return the firms that stop others, most value stopped first, with their index where it is known."""
    table = parts.points.table
    table = table[table["stops"] > 0]
    if parts.risk is None:
        return table
    return table.merge(parts.risk.table[["firm", "index"]], on="firm", how="left")


def _critical(telling: Telling, parts: Parts) -> Section:
    units = {**parts.points.units, **({} if parts.risk is None else parts.risk.units)}
    table = with_index(parts)
    blocks: list[Block] = [Text(sentences=(telling.say("points_intro"),))]
    if len(table):
        names = ("firm", "stops", "value_stopped", "kind", "products", "index")
        shows = [Show(name=n) for n in names]
        blocks.append(ranked(telling, table, shows, caption=telling.say("points_title"), units=units))
    # The judgement repeats what the single points say.
    if parts.critical is None:
        blocks.append(notes_of(telling, parts.points, points_said(telling, parts)))
    else:
        blocks += _sure(telling, parts, parts.critical)
    if parts.risk is None:
        blocks.append(Text(sentences=(telling.say("no_risk"),)))
    else:
        blocks += [Text(sentences=(telling.say("risk_intro", base=_base(telling, parts.risk)),))]
        blocks += [_risk_table(telling, parts.risk), notes_of(telling, parts.risk, risk_said(telling, parts))]
    return Section(key="critical", title=telling.say("critical"), blocks=blocks)


def _sure(telling: Telling, parts: Parts, critical: Critical) -> list[Block]:
    """Return how sure the ranking is over draws of uncertain links, and where firms stand in others."""
    names = ("rank", "firm", "value_stopped", "rank_low", "rank_high", "in_top", "index_rank", "centrality_rank")
    blocks: list[Block] = [Text(sentences=(telling.say("sure_intro"),))]
    if len(critical.table):
        shows = [Show(name=n) for n in names]
        caption = telling.say("sure_title")
        blocks.append(ranked(telling, critical.table, shows, caption=caption, units=critical.units))
    return [*blocks, notes_of(telling, critical, points_said(telling, parts))]


def _base(telling: Telling, risk: Result) -> str:
    unit = str(risk.units.get("index", ""))
    return telling.words["bases"].get(unit) or clean(unit.removeprefix("fraction of "))


def _risk_table(telling: Telling, risk: Result) -> Table:
    firms = telling.network.firms
    known = [c for c in ("sector", "country") if c in firms and firms[c].notna().any()]
    table = risk.table.head(50).merge(firms[["firm", *known]], on="firm", how="left")
    table["market"] = np.where(is_market(telling, table["firm"]), telling.say("market"), "")
    shows = [Show(name=n) for n in ("firm", "market", *known, "index", "index_down", "index_up")]
    caption = telling.say("risk_title")
    return ranked(telling, table, shows, caption=caption, units=risk.units, total=len(risk.table))


def _single(telling: Telling, parts: Parts) -> Section:
    single = parts.single_sourced
    counts = {"slots": telling.number(single.slots), "all": telling.number(single.essential_slots)}
    blocks: list[Block] = [Text(sentences=(telling.say("single_intro", **counts),))]
    if len(single.table):
        names = ("supplier", "product", "buyers", "buyers_value", "flow", "buyer_names")
        shows = [Show(name=n) for n in names]
        blocks.append(ranked(telling, single.table, shows, caption=telling.say("single_title"), units=single.units))
    blocks.append(notes_of(telling, single))
    return Section(key="single", title=telling.say("single"), blocks=blocks)


def _concentration(telling: Telling, parts: Parts) -> Section:
    blocks: list[Block] = [Text(sentences=(telling.say("concentration_intro"),))]
    pairs = (
        ("suppliers", "concentration_suppliers", parts.by_product, concentrated_said),
        ("countries", "concentration_countries", parts.by_country, origins_said),
    )
    for role, title, result, said in pairs:
        if result is not None and len(result.table):
            chart = concentration_bars(telling, result.table, key=f"bars-{role}", title=telling.say(title), role=role)
            blocks += [chart, notes_of(telling, result, said(telling, parts))]
    if len(blocks) == 1:
        blocks.append(Text(sentences=(telling.say("nothing_sold"),)))
    return Section(key="concentration", title=telling.say("concentration"), blocks=blocks)


def _countries(telling: Telling, parts: Parts, result: Result) -> Section:
    blocks: list[Block] = [Text(sentences=(telling.say("countries_intro"),))]
    names = ("product", "country", "lost_share", "buyers_without_source", "buyers", "flow", "single_point")
    caption = telling.say("countries_title")
    blocks += [ranked(telling, result.table, [Show(name=n) for n in names], caption=caption, units=result.units)]
    blocks.append(notes_of(telling, result, countries_said(telling, parts)))
    return Section(key="countries", title=telling.say("countries"), blocks=blocks)


def _exposure(telling: Telling, parts: Parts, result: Result) -> Section:
    names = (
        *("firm", "time_to_survive", "buyers_survive", "time_to_recover"),
        *("performance_impact", "lost_share", "exposed"),
    )
    caption = telling.say("exposure_title")
    blocks: list[Block] = [
        Text(sentences=(telling.say("exposure_intro"),)),
        ranked(telling, result.table, [Show(name=n) for n in names], caption=caption, units=result.units),
        notes_of(telling, result, exposed_said(telling, parts)),
    ]
    return Section(key="exposure", title=telling.say("exposure"), blocks=blocks)

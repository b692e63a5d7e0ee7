"""Put a report together: its sections in the order of reading, and the page around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from valuechain.models.simulate import SimulationResult
from valuechain.network import Network
from valuechain.report.build import content_security_policy
from valuechain.report.document.blocks import Block, Figure, Section, Text
from valuechain.report.document.conclusions import most_critical
from valuechain.report.document.disruptions import disruptions_section, lost, tail_share
from valuechain.report.document.method import is_invented, method_section, provenance_section
from valuechain.report.document.parts import Parts, parts_of
from valuechain.report.document.remarks import notes_of, remarks_section
from valuechain.report.document.structure import structure_sections
from valuechain.report.document.suggestions import evidence_lines, suggestions_section
from valuechain.report.document.tables import of_result
from valuechain.report.document.telling import Telling, catalogue
from valuechain.report.document.verdict import verdict_section
from valuechain.report.facts import version_text
from valuechain.report.words import clean, short
from valuechain.results import Result

HEADLINES = 3
"""Runs among the headline figures."""


def report_text(network: Network, results: Sequence[Result], language: str) -> str:
    """Return the whole report."""
    telling = Telling(network=network, words=catalogue(language))
    parts = parts_of(network, results)
    style = template_text("report.css")
    return _render(
        {
            "w": telling.words["report"],
            "language": telling.language,
            "csp": content_security_policy([], [style]),
            "style": style,
            "version": version_text(),
            "name": clean(network.name),
            "short_name": short(clean(network.name), 80),
            "invented": is_invented(network),
            "about": _about(telling),
            "figures": _headlines(telling, parts),
            "sections": _sections(telling, parts),
        }
    )


def _sections(telling: Telling, parts: Parts) -> list[Section]:
    found = [verdict_section(telling, parts), *structure_sections(telling, parts)]
    for section in (
        disruptions_section(telling, parts.runs),
        suggestions_section(telling, parts),
        _others(telling, parts.others),
    ):
        found += [] if section is None else [section]
    found.append(method_section(telling, parts))
    remarks = remarks_section(telling, parts.used, evidence_lines(telling, parts.partners))
    found += [] if remarks is None else [remarks]
    return [*found, provenance_section(telling, parts.used)]


def _others(telling: Telling, others: Sequence[Result]) -> Section | None:
    """Return results that have no place of their own, as they are."""
    if not others:
        return None
    blocks: list[Block] = [Text(sentences=(telling.say("others_intro"),))]
    for result in others:
        blocks += [of_result(telling, result), notes_of(telling, result)]
    return Section(key="others", title=telling.say("others"), blocks=blocks)


def _about(telling: Telling) -> str:
    """Return in one line what the data are: their year, source and licence."""
    meta = telling.network.metadata
    return " · ".join(
        f"{telling.say(f'provenance_{k}')}: {short(clean(meta[k]), 160)}"
        for k in ("year", "source", "licence")
        if k in meta
    )


def _headlines(telling: Telling, parts: Parts) -> list[Figure]:
    network = telling.network
    value, unit = telling.worth(float(network.flow.sum()), network.flow_unit)
    figures = [
        Figure(label=telling.say("firms"), value=telling.number(network.n_firms)),
        Figure(label=telling.say("links"), value=telling.number(network.n_links)),
        Figure(label=telling.say("value"), value=value, unit=unit),
        Figure(
            label=telling.say("headline_points"), value=telling.number(parts.points.points), unit=telling.say("firms")
        ),
    ]
    single = parts.single_sourced
    if single.essential_slots:
        share = telling.share(single.slots / single.essential_slots)
        figures.append(Figure(label=telling.say("headline_single"), value=share))
    if parts.risk is not None:
        top = most_critical(telling, parts)
        if top is not None:
            label = telling.say("headline_risk", firm=short(telling.firm(top["firm"]), 50))
            figures.append(Figure(label=label, value=telling.share(float(top["index"]))))
    for run in parts.runs[:HEADLINES]:
        name = short(clean(run.parameters.get("scenario") or run.title), 50)
        figures.append(Figure(label=telling.say("headline_run", name=name), value=telling.share(lost(run)[0])))
        if not isinstance(run, SimulationResult):
            label = telling.say("headline_tail", name=name, part=tail_share(telling, run))
            figures.append(Figure(label=label, value=telling.share(run.tail_loss)))
    return figures


def template_text(name: str) -> str:
    """Return a file of the template, with line ends of one kind."""
    folder = files("valuechain.report.document") / "templates"
    return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _render(values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - only when a report is built

    environment = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(values)

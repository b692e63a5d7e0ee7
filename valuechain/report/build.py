"""Put a page together: what is shown, in which words, and the rules that keep a browser from running anything else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from valuechain.analysis.diagnose import Diagnosis
from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Network
from valuechain.report import words as wording
from valuechain.report.clusters import clusters_of, own_ids
from valuechain.report.colours import UNKNOWN, difference_steps, sequential_steps
from valuechain.report.engines import Engine, engine_notices, engine_of, engine_script
from valuechain.report.facts import (
    Showing,
    caption,
    cuts,
    first_to_fail,
    head,
    labels_of,
    method,
    row_count,
    single_sources,
    size_legend,
    size_words,
    version_text,
)
from valuechain.report.figure import figure, first_listed
from valuechain.report.filters import Filters, kept_by
from valuechain.report.impacts import impacts
from valuechain.report.layout import coordinates
from valuechain.report.partners.blob import partners_blob
from valuechain.report.partners.section import partner_words
from valuechain.report.payload import blob, json_blob, radii, vis_options
from valuechain.report.phrases import told_unit
from valuechain.report.places import map_blob, map_places
from valuechain.report.schemes import difference_legend, loss_legend, schemes
from valuechain.report.sections import sections
from valuechain.report.selection import Selection, select
from valuechain.report.stopped import points_blob, points_of
from valuechain.report.tables import Section
from valuechain.report.timelines import timelines
from valuechain.report.words import Catalogue, base_words, clean
from valuechain.results import Result

_AROUND_SIGNS = re.compile(r" *([=<>{}()\[\],;:?&|!*]) *")

PRINTED = 25
"""Rows of each table on paper, as the style sheet cuts them."""

START_LIST = 10
"""Firms offered before one is chosen."""

SCRIPTS = (
    *("words", "data", "scene", "names", "draw_flat", "draw_vis", "draw_sigma"),
    *("views", "filters", "impact", "time", "chart", "panel", "tables", "search", "save", "share", "main"),
)
"""Files of the page's script, one subject each, in the order they are put together."""


def page_text(
    network: Network,
    results: Sequence[Result],
    language: str,
    *,
    renderer: str = "auto",
    filters: Filters | None = None,
    scenario: str | None = None,
) -> str:
    """Return the whole page. ``scenario`` names the run to start with."""
    words = wording.catalogue(language)
    risk = risk_of(results)
    engine = engine_of(renderer, int(kept_by(network, filters).firms.sum()))
    selection = select(network, risk, engine=engine, filters=filters)
    base = None if risk is None else base_words(str(risk.units.get("index", "fraction of sales")), words)
    clusters = clusters_of(network, selection)
    show = Showing(
        network=network,
        results=results,
        words=words,
        selection=selection,
        places=coordinates(selection.supplier, selection.buyer, radii(selection.size[0])),
        colouring=schemes(selection, words, base, clusters),
        labels=labels_of(network, selection),
        has_risk=risk is not None,
        filters=filters,
    )
    parts = sections(network, results, show.labels, words)
    partners = partners_blob(network, parts, selection.place, language)
    shown = map_places(selection)
    details = {
        "engine": engine,
        "options": vis_options() if engine == "vis" else None,
        "network": {"name": clean(network.name), "fingerprint": content_fingerprint(network)},
        "unit": told_unit(clean(network.flow_unit), words),
        "currency": clean(network.currency),
        "of": base or "",
        "start": first_listed(selection, START_LIST),
        "single": single_sources(results, show.labels, selection.products),
        "clusters": None if clusters is None else clusters.blob(),
        "map": map_blob(shown, _countries(selection)),
        "impacts": impacts(network, risk, selection, first_to_fail(results)),
        "points": points_blob(network, points_of(results), selection),
        "runs": timelines(results, selection),
        "codes": own_ids([clean(p) for p in network.products], selection.products),
        "scenario": scenario,
        **({} if partners is None else {"partners": partners}),
        "steps": {"palette": sequential_steps(), "unknown": UNKNOWN, "difference": difference_steps()},
    }
    return _render(_values(show, parts, details, engine))


def _countries(selection: Selection) -> list[str]:
    """Return the countries of the firms on the page in the order of their codes in the page's data."""
    if "country" not in selection.firms:
        return []
    return sorted(map(str, selection.firms["country"].dropna().unique()))


def _values(show: Showing, parts: Sequence[Section], details: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Return what the template needs."""
    words, selection = show.words, show.selection
    partners = "partners" in details
    script, style, drawing = page_script(partners=partners), page_style(partners=partners), engine_script(engine)
    picture = figure(selection, show.places, show.colouring[0])
    size, is_output = selection.size
    return {
        "w": words["page"],
        "partners": partners,
        "p": _partner_texts(words) if partners else {},
        "language": words["page"]["language_code"],
        "csp": content_security_policy([drawing, script], [style]),
        "style": style,
        "engine": drawing,
        "engine_name": engine,
        "script": script,
        "data": json_blob(blob(selection, show.places, show.colouring, words, details)),
        "head": head(show.network, words),
        "schemes": show.colouring,
        "has_risk": show.has_risk,
        "sizes": size_legend(size, show.network, words),
        "size_meaning": words["page"][size_words(selection, is_output)],
        "cuts": cuts(show),
        "figure": picture,
        "caption": caption(show, picture.links),
        "sections": parts,
        "printed_rows": PRINTED,
        "row_counts": {s.key: row_count(s, words) for s in parts},
        "runs": [{k: r[k] for k in ("name", "kind", "model", "seed")} for r in details["runs"]],
        "loss_legend": loss_legend(words),
        "difference_legend": difference_legend(words),
        "notices": engine_notices(engine),
        "has_map": details["map"] is not None,
        "no_map": words["script"]["no_map"],
        "has_impacts": bool(details["impacts"]),
        "method": method(show.results, words),
        "fingerprint": details["network"]["fingerprint"],
        "version": version_text(),
    }


def _partner_texts(words: Catalogue) -> dict[str, str]:
    """Return what the template says of suggestions."""
    own = partner_words(words["page"]["language_code"])
    return {**own["partners"], "limit": own["limit"]}


def risk_of(results: Sequence[Result]) -> SystemicRisk | None:
    """Return the first risk result among the results, or None."""
    for result in results:
        if isinstance(result, SystemicRisk):
            return result
        if isinstance(result, Diagnosis):
            return result.risk
    return None


def content_security_policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Return the policy of the page: these scripts and styles run, nothing else, and nothing is fetched.

    Trusted types forbid, on top, that any script writes HTML from text.
    """
    rules = (
        "default-src 'none'",
        "script-src " + " ".join(f"'{_sha256(s)}'" for s in scripts),
        "style-src " + " ".join(f"'{_sha256(s)}'" for s in styles),
        "img-src data:",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(rules)


def _sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def content_fingerprint(network: Network) -> str:
    """Return a hash of the network's content that the order of rows and columns does not change."""
    tables = {}
    for name, frame in network.tables.items():
        columns = sorted(frame.columns)
        tables[name] = frame[columns].sort_values(columns, ignore_index=True, kind="stable")
    return Network(tables, network.metadata).fingerprint


def template_text(name: str) -> str:
    """Return a file of the template, with line ends of one kind."""
    return (files("valuechain.report") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def page_script(*, partners: bool = False) -> str:
    """Return the page's own script: its files one after the other, in one scope; that of partners where there are."""
    names = [*SCRIPTS[:-1], *(["partners"] if partners else []), SCRIPTS[-1]]
    lines = (line.strip() for name in names for line in template_text(f"js/{name}.js").split("\n"))
    # Indents and comments are for those who read the files; each line of the script stands by itself.
    kept = "\n".join(_tight(line) for line in lines if line and not line.startswith("//"))
    return f'(function () {{\n"use strict";\n{kept}\n}})();\n'


def page_style(*, partners: bool = False) -> str:
    """Return the style sheet without the room that those who read its file need."""
    text = template_text("page.css") + (template_text("partners.css") if partners else "")
    return re.sub(r"\n *| *([{};]) *", lambda found: found[1] or "", text)


def _tight(line: str) -> str:
    """Return a line of script without spaces around signs; lines that hold a pattern or another kind of text stay."""
    if any(sign in line for sign in "`'/\\"):
        return line
    parts = line.split('"')
    return '"'.join(_AROUND_SIGNS.sub(r"\1", part) if k % 2 == 0 else part for k, part in enumerate(parts))


def _tight_page(name: str) -> str:
    return "\n".join(line.lstrip(" ") for line in template_text(name).split("\n"))


def _render(values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - only when a page is built

    environment = Environment(
        loader=FunctionLoader(_tight_page),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(values)

"""Put a page together: what is shown, in which words, and the rules that keep a browser from running anything else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

import numpy as np

from valuechain.analysis.diagnose import Diagnosis
from valuechain.errors import UnreadableFileError
from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Network
from valuechain.report import words as wording
from valuechain.report.figure import figure, importance_order
from valuechain.report.layout import coordinates
from valuechain.report.payload import blob, json_blob, radii
from valuechain.report.schemes import schemes
from valuechain.report.selection import FIRMS_DRAWN, LINKS_DRAWN, Selection, select
from valuechain.report.tables import ROWS, Labels, Section, sections
from valuechain.report.words import Catalogue, clean, headline, number, short
from valuechain.results import Result

START_LIST = 10
"""Firms offered before one is chosen."""

_OF_ONE_RESULT = frozenset({"network", "fingerprint", "top", "by", "merge", "scenario"})


def page_text(network: Network, results: Sequence[Result], language: str) -> str:
    """Return the whole page."""
    words = wording.catalogue(language)
    risk = risk_of(results)
    selection = select(network, risk)
    size, is_output = selection.size
    places = coordinates(selection.supplier, selection.buyer, radii(size))
    unit = None if risk is None else str(risk.units.get("index", "fraction of sales"))
    colouring = schemes(selection, words, unit)
    labels = _labels(network, selection)
    parts = sections(results, labels, words)
    details = {
        "unit": clean(network.flow_unit),
        "of": clean(unit or "").removeprefix("fraction of "),
        "start": importance_order(selection)[:START_LIST].tolist(),
        "single": _single_sources(results, labels),
    }
    picture = figure(selection, places, colouring[0])
    script, style = _template_text("page.js"), _template_text("page.css")
    engine = vis_network()
    return _render(
        {
            "w": words["page"],
            "language": language,
            "csp": content_security_policy([engine, script], [style]),
            "style": style,
            "engine": engine,
            "script": script,
            "data": json_blob(blob(selection, places, colouring, words, details)),
            "head": _head(network),
            "schemes": colouring,
            "has_risk": risk is not None,
            "sizes": _size_legend(size, network),
            "size_meaning": words["page"][_size_words(selection, is_output)],
            "cuts": _cuts(selection, network, words, has_risk=risk is not None),
            "figure": picture,
            "caption": _caption(selection, picture.links, network, words, has_risk=risk is not None),
            "sections": parts,
            "row_counts": {s.key: _row_count(s, words) for s in parts},
            "method": _method(results, words),
            "fingerprint": content_fingerprint(network),
            "version": _version(),
        }
    )


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


def vis_network() -> str:
    """Return the vis-network script that pyvis ships, the smallest of its versions, with its licence banner.

    Raises
    ------
    UnreadableFileError
        When the installed pyvis has none.
    """
    folder = files("pyvis") / "templates" / "lib"
    found = [d / "vis-network.min.js" for d in folder.iterdir() if d.name.startswith("vis-")]
    texts = sorted((f.read_text(encoding="utf-8") for f in found if f.is_file()), key=lambda t: (len(t), t))
    if not texts:
        raise UnreadableFileError(f"{folder}: pyvis has no vis-network.min.js; install pyvis 0.3.2")
    # The last line names a source map, which developer tools would ask for.
    lines = texts[0].replace("\r\n", "\n").rstrip().split("\n")
    kept = "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL="))
    if "</script" in kept.lower() or "<!--" in kept:
        raise UnreadableFileError(f"{folder}: vis-network cannot be put into a page; install pyvis 0.3.2")
    return kept


def content_fingerprint(network: Network) -> str:
    """Return a hash of the network's content that the order of rows and columns does not change."""
    tables = {}
    for name, frame in network.tables.items():
        columns = sorted(frame.columns)
        tables[name] = frame[columns].sort_values(columns, ignore_index=True, kind="stable")
    return Network(tables, network.metadata).fingerprint


def _template_text(name: str) -> str:
    return (files("valuechain.report") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _render(values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - only when a page is built

    environment = Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(values)


def _head(network: Network) -> dict[str, Any]:
    meta = network.metadata
    return {
        "name": clean(network.name),
        "short_name": short(clean(network.name), 80),
        "firms": number(network.n_firms),
        "links": number(network.n_links),
        "value": headline(float(f"{network.flow.sum():.10g}")),
        "unit": clean(network.flow_unit),
        "synthetic": bool(meta.get("synthetic", False)),
        **{k: clean(meta[k]) if k in meta else "" for k in ("year", "source", "licence", "notes")},
    }


def _labels(network: Network, selection: Selection) -> Labels:
    firms = network.firms
    ids = [str(f) for f in firms["firm"]]
    given = firms["name"] if "name" in firms else firms["firm"]
    names = {i: clean(n) if isinstance(n, str) and n.strip() else clean(i) for i, n in zip(ids, given, strict=True)}
    products = dict(zip(map(str, network.products), selection.products, strict=True))
    return Labels(names=names, place=selection.place, products=products, firms=firms)


def _single_sources(results: Sequence[Result], labels: Labels) -> dict[str, list[list[Any]]]:
    """Return for each firm on the page the products it is the only source of: product, number of buyers, who."""
    found: dict[str, list[list[Any]]] = {}
    for result in results:
        if not isinstance(result, Diagnosis):
            continue
        table = result.single_sourced.table
        columns = (table[c] for c in ("supplier", "product", "buyers", "buyer_names"))
        for supplier, product, buyers, who in zip(*columns, strict=True):
            place = labels.place.get(str(supplier))
            if place is not None:
                name = labels.products.get(str(product), clean(product))
                found.setdefault(str(place), []).append([name, int(buyers), clean(who)])
        break
    return found


def _size_words(selection: Selection, is_output: bool) -> str:
    if is_output:
        return "size_by_output"
    return "size_by_sales_missing" if "output" in selection.firms else "size_by_sales"


def _size_legend(size: np.ndarray[Any, np.dtype[np.float64]], network: Network) -> list[dict[str, str]]:
    """Return three circles of the legend of sizes, with radius and value."""
    top = float(size.max(initial=0.0))
    if top <= 0:
        return []
    values = [float(f"{top * part:.1g}") for part in (0.05, 0.3, 1.0)]
    radius = radii(np.array([*values, top]))[:3]
    unit = clean(network.flow_unit)
    return [
        {"radius": f"{r:.1f}", "label": headline(v) + (f" {unit}" if k == 2 else "")}
        for k, (v, r) in enumerate(zip(values, radius, strict=True))
    ]


def _cuts(selection: Selection, network: Network, words: Catalogue, *, has_risk: bool) -> list[str]:
    """Return sentences that say what of a large network is not on the page."""
    page = words["page"]
    found = []
    if selection.is_cut:
        how = page["cut_how_risk"] if has_risk else page["cut_how_sales"]
        drawn, everything = number(FIRMS_DRAWN), number(network.n_firms)
        found.append(page["cut_firms"].format(drawn=drawn, all=everything, how=how, rows=number(ROWS)))
    held = len(selection.flow)
    if held < selection.links_among:
        found.append(page["cut_links_held"].format(held=number(held), all=number(selection.links_among)))
    other = selection.supplier != selection.buyer
    pairs = len(np.unique(selection.supplier[other] * max(selection.n_firms, 1) + selection.buyer[other]))
    if pairs > LINKS_DRAWN:
        found.append(page["cut_links_drawn"].format(drawn=number(LINKS_DRAWN), all=number(pairs)))
    return found


def _caption(selection: Selection, links: int, network: Network, words: Catalogue, *, has_risk: bool) -> str:
    page = words["page"]
    return str(
        page["picture"].format(
            firms=number(selection.n_firms),
            links=number(links),
            all=number(network.n_links),
            measure=page["measure_risk"] if has_risk else page["measure_size"],
        )
    )


def _row_count(section: Section, words: Catalogue) -> str:
    key = "rows_cut" if section.is_cut else "rows_all"
    return str(words["page"][key].format(rows=number(len(section.rows)), total=number(section.total)))


def _method(results: Sequence[Result], words: Catalogue) -> list[tuple[str, str]]:
    """Return the parameters that the results rest on, each once, in words."""
    found: dict[tuple[str, str], None] = {}
    for result in results:
        parts = (result, *result.sections) if isinstance(result, Diagnosis) else (result,)
        for part in parts:
            for key, value in part.parameters.items():
                if key not in _OF_ONE_RESULT:
                    name = words["parameters"].get(key) or clean(key).replace("_", " ").capitalize()
                    said = words["parameter_values"].get(f"{key}.{value}") or clean(value)
                    found[name, said] = None
    return list(found)


def _version() -> str:
    try:
        return f"valuechain {version('valuechain')}"
    except PackageNotFoundError:
        return "valuechain"

"""What a page says in words beside drawing and tables: headline figures, legends, what is left out, the method."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.analysis.diagnose import Diagnosis
from valuechain.network import Floats, Network
from valuechain.report.filters import Filters
from valuechain.report.packing import counts
from valuechain.report.partners.section import is_suggestion, partner_words
from valuechain.report.payload import radii
from valuechain.report.phrases import told_unit
from valuechain.report.schemes import Scheme
from valuechain.report.selection import Selection
from valuechain.report.stopped import points_of
from valuechain.report.tables import ROWS, Labels, Section
from valuechain.report.words import Catalogue, clean, headline, local, number, short
from valuechain.results import Result

_OF_ONE_RESULT = frozenset({"network", "fingerprint", "top", "by", "merge", "scenario"})


_MORE = re.compile(r" and ([\d,]+) more$")
NAMED = 600
"""Rows on single sources that name the buyers."""


@dataclass(frozen=True, kw_only=True)
class Showing:
    """All that a page is made of."""

    network: Network
    results: Sequence[Result]
    words: Catalogue
    selection: Selection
    places: npt.NDArray[np.int64]
    colouring: Sequence[Scheme]
    labels: Labels
    has_risk: bool
    filters: Filters | None

    def number(self, value: float) -> str:
        """Return a number as the page's language writes it."""
        return local(number(value), self.words)


def head(network: Network, words: Catalogue) -> dict[str, Any]:
    """Return name, headline figures and provenance of a network."""
    meta = network.metadata
    return {
        "name": clean(network.name),
        "short_name": short(clean(network.name), 80),
        "firms": local(number(network.n_firms), words),
        "links": local(number(network.n_links), words),
        "value": headline(float(f"{network.flow.sum():.10g}"), words),
        "unit": told_unit(clean(network.flow_unit), words),
        "synthetic": bool(meta.get("synthetic", False)),
        **{k: clean(meta[k]) if k in meta else "" for k in ("year", "source", "licence", "notes")},
    }


def labels_of(network: Network, selection: Selection) -> Labels:
    """Return what tables need to name firms and products."""
    firms = network.firms
    ids = [str(f) for f in firms["firm"]]
    given = firms["name"] if "name" in firms else firms["firm"]
    names = {i: clean(n) if isinstance(n, str) and n.strip() else clean(i) for i, n in zip(ids, given, strict=True)}
    products = dict(zip(map(str, network.products), selection.products, strict=True))
    markets = frozenset(i for i, sales in zip(ids, network.sales, strict=True) if sales <= 0)
    return Labels(names=names, place=selection.place, products=products, firms=firms, markets=markets)


def single_sources(results: Sequence[Result], labels: Labels, products: Sequence[str]) -> dict[str, Any] | None:
    """Return what firms on the page are the only source of: firm, product, number of buyers; and who they are.

    ``products`` are the names on the page, in order of their places. The first rows, with most at stake, say ``who``.
    """
    for result in results:
        if not isinstance(result, Diagnosis):
            continue
        place = {name: k for k, name in enumerate(products)}
        table = result.single_sourced.table
        at = np.array([labels.place.get(str(f), -1) for f in table["supplier"]], dtype=np.int64)
        kept = table[at >= 0]
        named = [place[labels.products[str(p)]] for p in kept["product"]]
        taken = Counter(labels.names.values())
        named_at = {n: labels.place[i] for i, n in labels.names.items() if taken[n] == 1 and i in labels.place}
        return {
            "firm": counts(at[at >= 0]),
            "product": counts(np.array(named, dtype=np.int64)),
            "buyers": counts(kept["buyers"].to_numpy(dtype=np.int64)),
            "who": [_who(clean(who), named_at) for who in kept["buyer_names"].head(NAMED)],
        }
    return None


def _who(names: str, place: Mapping[str, int]) -> str | list[int]:
    """Return names as places of firms on the page, -k for k more that are not named; as they are where one is none."""
    more = _MORE.search(names)
    at = [place.get(name) for name in (names if more is None else names[: more.start()]).split("; ")]
    if any(k is None for k in at):
        return names
    return [int(k) for k in at if k is not None] + ([] if more is None else [-int(more[1].replace(",", ""))])


def first_to_fail(results: Sequence[Result]) -> list[str]:
    """Return the firms that stop others by themselves, the worst first."""
    points = points_of(results)
    if points is None:
        return []
    return [str(f) for f in points.table["firm"][points.table["stops"] > 0].head(50)]


def size_words(selection: Selection, is_output: bool) -> str:
    """Return the name of the sentence that says what the size of a firm means."""
    if is_output:
        return "size_by_output"
    return "size_by_sales_missing" if "output" in selection.firms else "size_by_sales"


def size_legend(size: Floats, network: Network, words: Catalogue) -> list[dict[str, str]]:
    """Return three circles of the legend of sizes, with radius and value."""
    top = float(size.max(initial=0.0))
    if not top > 0:
        return []
    values = [float(f"{top * part:.1g}") for part in (0.05, 0.3, 1.0)]
    radius = radii(np.array([*values, top]))[:3]
    unit = told_unit(clean(network.flow_unit), words)
    return [
        {"radius": f"{r:.1f}", "label": headline(v, words) + (f" {unit}" if k == 2 else "")}
        for k, (v, r) in enumerate(zip(values, radius, strict=True))
    ]


def cuts(show: Showing) -> list[str]:
    """Return sentences that say what of a network is not on the page."""
    page, selection, network = show.words["page"], show.selection, show.network
    found = []
    if show.filters is not None and not show.filters.is_empty:
        of = (show.number(selection.asked), show.number(network.n_firms))
        found.append(page["cut_filtered"].format(kept=of[0], all=of[1], filters=clean(show.filters.words())))
    if selection.is_cut:
        how = page["cut_how_risk"] if show.has_risk else page["cut_how_sales"]
        drawn, everything = show.number(selection.n_firms), show.number(selection.asked)
        found.append(page["cut_firms"].format(drawn=drawn, all=everything, how=how, rows=show.number(ROWS)))
    held = len(selection.flow)
    if held < selection.links_among:
        found.append(page["cut_links_held"].format(held=show.number(held), all=show.number(selection.links_among)))
    other = selection.supplier != selection.buyer
    pairs = len(np.unique(selection.supplier[other] * max(selection.n_firms, 1) + selection.buyer[other]))
    if pairs > selection.room.lines:
        drawn = show.number(selection.room.lines)
        found.append(page["cut_links_drawn"].format(drawn=drawn, all=show.number(pairs)))
    return found


def caption(show: Showing, links: int) -> str:
    """Return what the still picture shows."""
    page = show.words["page"]
    return str(
        page["picture"].format(
            firms=show.number(show.selection.n_firms),
            links=show.number(links),
            all=show.number(show.network.n_links),
            measure=page["measure_risk"] if show.has_risk else page["measure_size"],
        )
    )


def row_count(section: Section, words: Catalogue) -> str:
    """Return how many rows a table has, and of how many they are the first."""
    key = "rows_cut" if section.is_cut else "rows_all"
    rows, total = local(number(len(section.rows)), words), local(number(section.total), words)
    if section.suggested and section.is_cut:
        return str(partner_words(words["page"]["language_code"])["partners"]["rows_cut"]).format(rows=rows, total=total)
    return str(words["page"][key].format(rows=rows, total=total))


def method(results: Sequence[Result], words: Catalogue) -> list[tuple[str, str]]:
    """Return the parameters that the results rest on, each once, in words."""
    found: dict[tuple[str, str], None] = {}
    language = words["page"]["language_code"]
    for result in results:
        parts = (result, *result.sections) if isinstance(result, Diagnosis) else (result,)
        names = {**words["parameters"], **(partner_words(language)["parameters"] if is_suggestion(result) else {})}
        for part in parts:
            for key, value in part.parameters.items():
                if key not in _OF_ONE_RESULT and value is not None:
                    name = names.get(key) or clean(key).replace("_", " ").capitalize()
                    said = words["parameter_values"].get(f"{key}.{value}") or _said(value, words)
                    found[name, said] = None
    return list(found)


def _said(value: Any, words: Catalogue) -> str:
    if isinstance(value, bool):
        return str(words["page"]["yes" if value else "no"])
    if isinstance(value, float):
        return local(number(value), words)
    if isinstance(value, Mapping):
        return ", ".join(f"{clean(k)} {_said(v, words)}" for k, v in value.items())
    return clean(value)


def version_text() -> str:
    """Return the program and its version."""
    try:
        return f"valuechain {version('valuechain')}"
    except PackageNotFoundError:
        return "valuechain"

"""Suggested partners as a section: ranked rows, and the evidence for and against each in labelled sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from valuechain.errors import Fault, InvalidDataError
from valuechain.network import Network
from valuechain.recommend.evidence_text import card_lines
from valuechain.report.document.basis import basis_sentences
from valuechain.report.document.parts import SUGGESTION
from valuechain.report.document.remarks import in_words, worded
from valuechain.report.document.suggestions import evidence_of, key_of
from valuechain.report.document.telling import Telling, is_missing
from valuechain.report.document.telling import catalogue as report_words
from valuechain.report.tables import Cell, ColumnView, Labels, Member, Section, Suggested, cell_of, view_of
from valuechain.report.words import Catalogue, catalogue, clean, short
from valuechain.results import Result

__all__ = ["NAME", "cells_of", "is_suggestion", "outside_names", "partner_words", "partners_section", "says_nothing"]

FIRST = 100
"""Suggestions on the page, the first ones; of those behind them the best for each other need is added."""
MOST = 200
NAME = 80
"""Characters of a name in the title of a card."""

_LEADING = (
    *("candidate", "loss_cut", "cost", "product", "buyer", "country", "loss_cut_low", "loss_cut_high", "efficient"),
    *("status", "kind", "distance_km", "lead_days", "tail_cut", "probability_positive", "helps_in", "spare"),
)
"""Columns in this order, what is gained and paid where a phone shows it; any others follow."""
_NOT_SHOWN = frozenset({"name", "candidate_name"})
_LABEL = re.compile(r"([^:.;(]{2,40})(?: (\(.*?\)))?: (.+)", re.DOTALL)
"""A line of a card: what it is on, perhaps something in brackets, what it says."""


def is_suggestion(result: Result) -> bool:
    """Tell whether a result suggests partners, each judged alone."""
    return set(map(str, result.table.columns)) >= SUGGESTION


def partner_words(language: str) -> Catalogue:
    """Return the words of suggestions in a language: headings of columns are those of the report."""
    own = catalogue(language, of="valuechain.report.partners")
    report = report_words(language)
    return {
        **own,
        "columns": {**report["columns"], **own["columns"]},
        "kinds": {**report["kinds"], **own["kinds"]},
        "units": report["units"],
        "limit": report["report"]["limit_partners"],
    }


def partners_section(
    key: str, network: Network, result: Result, labels: Labels, words: Catalogue, *, first: int = 0
) -> Section:
    """Return suggestions as a section; ``first`` is the number of suggestions in sections before it.

    Raises
    ------
    InvalidDataError
        When the evidence that comes with them is not what partners writes.
    """
    language = words["page"]["language_code"]
    words = {**words, **partner_words(language)}
    telling = Telling(network=network, words=report_words(language))
    rows = _shown_rows(result.table)
    table = result.table.iloc[rows]
    known = evidence_of(result)
    labels = replace(labels, names={**outside_names(result, network), **labels.names})
    columns = [c for c in _ordered(table) if not says_nothing(c, table)]
    views, cells = cells_of(table, columns, result, labels, words)
    said = words["partners"]
    present = _links(network, map(str, table["buyer"]))
    records = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    notes = (said["intro"], *basis_sentences(telling, [result], [])) if rows else (said["none"],)
    english = (said["english"],) if language != "en" and known else ()
    remarks = tuple(text for text in (worded(telling, note) for note in result.notes) if text)
    return Section(
        key=key,
        title=said["title"] if key == "partners" else f"{said['title']}: {short(clean(result.title), 60)}",
        notes=(*notes, *_active(telling, result, words), *english, *(() if rows else remarks)),
        columns=(ColumnView(heading=words["columns"]["rank"], unit="", kind="number"), *views),
        rows=tuple((Cell(text=str(at + 1), kind="number"), *row) for at, row in zip(rows, cells, strict=True)),
        total=len(result.table),
        suggested=tuple(
            _suggested(telling, row, known.get(key_of(row)), labels, words, is_more=key_of(row) in present)
            for row in records
        ),
        first=first,
        remarks=remarks,
    )


def cells_of(
    table: pd.DataFrame, columns: Sequence[str], result: Result, labels: Labels, words: Catalogue
) -> tuple[tuple[ColumnView, ...], tuple[tuple[Cell, ...], ...]]:
    """Return how columns are shown, and the cells row by row."""
    roles = ["firm" if c in {"candidate", "buyer"} else c for c in columns]
    views = [view_of(c, r, table[c], result, ("partners", words)) for c, r in zip(columns, roles, strict=True)]
    of = words["of"]
    views = [
        replace(view, unit=of.get(c) or words["units"].get(view.unit, view.unit))
        for c, view in zip(columns, views, strict=True)
    ]
    cells = (
        tuple(cell_of(r, v.kind, row[c], labels, words) for c, r, v in zip(columns, roles, views, strict=True))
        for row in table[columns].to_dict("records")
    )
    return tuple(views), tuple(cells)


def _shown_rows(table: pd.DataFrame) -> list[int]:
    """Return places of the rows that are shown: the first, and behind them the best for each other need."""
    best = ~table[["product", "buyer"]].astype(str).duplicated().to_numpy()
    return [k for k in range(len(table)) if k < FIRST or best[k]][:MOST]


def _ordered(table: pd.DataFrame) -> list[str]:
    columns = [str(c) for c in table.columns if str(c) not in _NOT_SHOWN]
    return [*(c for c in _LEADING if c in columns), *(c for c in columns if c not in _LEADING)]


def says_nothing(column: str, table: pd.DataFrame) -> bool:
    """Tell whether a column holds nothing that another one does not."""
    values = table[column]
    if column in {"loss_cut_low", "loss_cut_high"}:
        return bool(values.isna().all() or ((values - table["loss_cut"]).abs() <= 1e-9 * values.abs()).all())
    if column == "kind":
        return bool((values == "same product").all())
    return bool((values.isna() | (values == "")).all())


def outside_names(result: Result, network: Network) -> dict[str, str]:
    """Return what candidates are called that are no firms of the network: by the table, its cards or the network."""
    found: dict[str, str] = {}
    told: list[Mapping[Any, Any]] = [*evidence_of(result).values(), *result.table.to_dict("records")]
    for row in told:
        given = next((row[c] for c in ("candidate_name", "name") if isinstance(row.get(c), str)), "")
        if given.strip():
            found[str(row["candidate"])] = clean(given)
    outside = network.table("candidates")
    if outside is not None and "name" in outside:
        known = outside[outside["name"].notna()]
        found |= {str(i): clean(n) for i, n in zip(known["firm"], known["name"], strict=True)}
    return found


def _links(network: Network, buyers: Iterable[str]) -> frozenset[tuple[str, str, str]]:
    """Return who supplies what to these buyers today, by ids."""
    asked = frozenset(buyers)
    wanted = np.array([str(firm) in asked for firm in network.firm_ids], dtype=bool)
    at = np.flatnonzero(wanted[network.buyer])
    links = (
        network.firm_ids[network.supplier[at]],
        network.products[network.product[at]],
        network.firm_ids[network.buyer[at]],
    )
    return frozenset(zip(*(map(str, part) for part in links), strict=True))


def _active(telling: Telling, result: Result, words: Catalogue) -> list[str]:
    """Return who delivers already, as statuses say, one sentence each: what a link says of it, or how to make one."""
    active = getattr(result, "active", None)
    if not isinstance(active, Result):
        return []
    said, found = words["partners"], []
    for row in active.table.to_dict("records"):
        share = row["share_today"]
        link = said["no_link"] if is_missing(share) else said["linked"].format(share=telling.share(float(share)))
        names = {"candidate": telling.firm(row["candidate"]), "buyer": telling.firm(row["buyer"])}
        found.append(said["active"].format(**names, product=telling.product(row["product"]), link=link))
    return found


def _suggested(
    telling: Telling,
    row: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    labels: Labels,
    words: Catalogue,
    *,
    is_more: bool,
) -> Suggested:
    candidate, product, buyer = (str(row[c]) for c in ("candidate", "product", "buyer"))
    name, buyer_name = (labels.names.get(i, clean(i)) for i in (candidate, buyer))
    member = Member(candidate, product, name, labels.products.get(product, clean(product)))
    title = words["script"]["title_more" if is_more else "title"].format(
        candidate=short(name, NAME), product=short(member.product_name, NAME), buyer=short(buyer_name, NAME)
    )
    return Suggested(
        members=(member,),
        buyer=buyer,
        buyer_name=buyer_name,
        title=title,
        is_more=is_more,
        is_efficient=row.get("efficient") is True,
        evidence=() if known is None else _evidence(telling, known, words),
    )


def _evidence(telling: Telling, known: Mapping[str, Any], words: Catalogue) -> tuple[tuple[str, str], ...]:
    """Return a card line by line: what each is on, in the page's language where there is a word, and what it says."""
    try:
        lines = card_lines(telling.network, known)[1:]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = Fault(
            file="results",
            value=str(known.get("candidate", "")),
            problem=f"has a card of evidence that cannot be told ({type(error).__name__}: {error})",
            remedy="compute the suggestions again with vc.partners, or valuechain partners --format json",
        )
        raise InvalidDataError([fault]) from error
    found = []
    for line in lines:
        parts = _LABEL.fullmatch(line)
        label, text = ("", line) if parts is None else (parts[1], ": ".join(p for p in parts.groups()[1:] if p))
        found.append((words["card"].get(label, clean(label)), in_words(telling, clean(text))))
    return tuple(found)

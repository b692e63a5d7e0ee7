"""Sentences that analyses wrote on their numbers, for people who read no code: names and words instead of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from valuechain.report.document.blocks import Heading, Section, Text
from valuechain.report.document.telling import Telling, catalogue
from valuechain.report.schemes import country_name
from valuechain.report.words import clean, short
from valuechain.results import Result
from valuechain.schema import TABLES

__all__ = ["in_words", "notes_of", "remarks_section", "worded"]

NOTES = 6
"""Sentences of an analysis that are printed."""
LENGTH = 1200

_TOKEN = re.compile(r"(?<![\w'/.-])[\w-]*\w(?![\w'-]|\.\w)")
_FOR_PROGRAMMERS = re.compile(r"\s*[A-Z][^.]*\b\w+='[\w-]+' \(--[\w-]+[^)]*\)\.")
"""A sentence on which argument or option to give: it helps who runs the program, not who reads the report."""


def notes_of(telling: Telling, result: Result, own: Sequence[str] = ()) -> Text:
    """Return what is said below a table: the sentences of the analysis or, in another language, the report's own.

    Those of the analysis, which are English, are then in a section of their own, see :func:`remarks_section`.
    """
    if telling.language == "en":
        return Text(sentences=_sentences(telling, result), is_list=True, is_note=True)
    return Text(sentences=tuple(own), is_list=True, is_note=True)


def remarks_section(telling: Telling, results: Sequence[Result], more: Sequence[str] = ()) -> Section | None:
    """Return what analyses wrote in English, for a report in another language; None in English."""
    if telling.language == "en":
        return None
    blocks: list[Text | Heading] = [Text(sentences=(telling.say("remarks_intro"),))]
    for result in results:
        said = _sentences(telling, result)
        if said:
            blocks.append(Heading(text=short(clean(result.title), 120), english=True))
            blocks.append(Text(sentences=said, is_list=True, is_note=True, english=True))
    if more:
        blocks.append(Text(sentences=tuple(more), is_list=True, is_note=True, english=True))
    return Section(key="remarks", title=telling.say("remarks"), blocks=blocks) if len(blocks) > 1 else None


def _sentences(telling: Telling, result: Result) -> tuple[str, ...]:
    said = (worded(telling, note) for note in result.notes[:NOTES])
    return tuple(text for text in said if text)


def worded(telling: Telling, note: str) -> str:
    """Return a sentence of an analysis in words, without what is meant for programmers."""
    return _FOR_PROGRAMMERS.sub("", in_words(telling, clean(note)[:LENGTH])).strip()


def in_words(telling: Telling, text: str) -> str:
    """Return a text in which codes of columns, products, countries and firms are what people call them.

    A code in brackets behind its name stays with a firm, whose id is in the tables too, and goes with a product.
    """
    for product in {token for token in _TOKEN.findall(text) if token in telling.products}:
        name = telling.products[product]
        text = text.replace(f"{name} ({product})", name)

    def word(found: re.Match[str]) -> str:
        token, start, end = found[0], found.start(), found.end()
        is_beside = text[start - 1 : start] == "(" and text[end : end + 1] == ")"
        is_first = text[end : end + 1] == ":"
        return token if is_beside else _word(telling, token, is_first=is_first)

    return _TOKEN.sub(word, text)


def _word(telling: Telling, token: str, *, is_first: bool) -> str:
    """Return what a code means; any other word is returned as it is."""
    if token in _CODES or token in {"hhi"}:
        known = _columns().get(token) or token.replace("_", " ")
        is_name = is_first or known[:2].isupper()
        return known if is_name else known[0].lower() + known[1:]
    if "_" in token and token in telling.products:
        return short(telling.products[token], 70)
    if token in telling.country_codes:
        return country_name(token, "en")
    # Ids that could be words or numbers of a sentence are left alone.
    if re.search(r"\d", token) and re.search(r"[^\W\d]", token) and token in telling.names:
        return telling.firm(token)
    return token


@cache
def _columns() -> Mapping[str, str]:
    """Return headings of columns in English, the language of these sentences."""
    columns: Mapping[str, str] = catalogue("en")["columns"]
    return columns


_RESULTS = frozenset(
    {
        *("index_down", "index_up", "largest_share", "performance_impact", "time_to_survive", "time_to_recover"),
        *("buyers_survive", "lost_share", "loss_cut", "lost_value", "expected_loss", "value_stopped", "fixed_cost"),
        *("unit_cost", "unknown_share", "count_potential", "single_point", "tail_cut", "buyer_cut", "helps_in"),
    }
)
"""Columns of results whose names are no words."""

_CODES = _RESULTS | {c.name for table in TABLES.values() for c in table.columns if "_" in c.name}

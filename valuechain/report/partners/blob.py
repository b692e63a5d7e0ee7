"""Suggested partners as the page's script reads them: who, for whom, and where in a table each figure stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuechain.network import Network
from valuechain.report.partners.section import partner_words
from valuechain.report.tables import Section, Suggested
from valuechain.report.words import Catalogue, clean

__all__ = ["partners_blob"]


def partners_blob(
    network: Network, sections: Sequence[Section], place: Mapping[str, int], language: str
) -> dict[str, Any] | None:
    """Return the suggestions of all sections; None where there are none.

    ``rows`` has one for each suggestion, in the order of their numbers: ``t`` its table, ``c`` and ``b`` the places of
    candidate and buyer on the page, ``p`` that of the product; of firms that are not on the page ``id`` and ``name``.
    """
    given = [section for section in sections if section.suggested]
    if not given:
        return None
    words = partner_words(language)
    products = {str(p): k for k, p in enumerate(network.products)}
    known = frozenset(map(str, network.firm_ids))
    rows = []
    for number, section in enumerate(given):
        rows += [{"t": number, **_row(one, place, products, known)} for one in section.suggested]
    return {
        "words": words["script"],
        "tables": [_table(section, words) for section in given],
        "rows": rows,
    }


def _row(
    one: Suggested, place: Mapping[str, int], products: Mapping[str, int], known: frozenset[str]
) -> dict[str, Any]:
    row: dict[str, Any] = {"title": one.title, "p": products.get(one.product, -1)}
    if one.is_more:
        row["more"] = True
    if one.is_efficient:
        row["best"] = True
    row["c"], row["b"] = place.get(one.candidate, -1), place.get(one.buyer, -1)
    if row["c"] < 0:
        row |= {"id": clean(one.candidate), "name": one.name, "outside": one.candidate not in known}
    if row["b"] < 0:
        row |= {"buyer": clean(one.buyer), "buyer_name": one.buyer_name}
    return row


def _table(section: Section, words: Catalogue) -> dict[str, Any]:
    """Return the heads of a table, and which columns are whom it is on, the loss cut and its bounds (-1: has none)."""
    heads = [[c.heading, c.unit] for c in section.columns]
    cut, who = (
        [next((k for k, head in enumerate(heads) if head[0] == words["columns"][c]), -1) for c in columns]
        for columns in (("loss_cut", "loss_cut_low", "loss_cut_high"), ("candidate", "product", "buyer"))
    )
    return {"heads": heads, "cut": cut, "who": who}

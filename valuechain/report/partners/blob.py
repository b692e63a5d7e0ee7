"""Suggested partners as the page's script reads them: who, for whom, and where in a table each figure stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuechain.network import Network
from valuechain.report.partners.section import partner_words
from valuechain.report.tables import Section, Suggested
from valuechain.report.words import Catalogue, clean

__all__ = ["partners_blob"]

_CUT = (("loss_cut",), ("loss_cut_low",), ("loss_cut_high",), ("buyer_cut",))
_WHO = (("candidate", "candidates"), ("product", "needs"), ("buyer",))
"""Columns that say whom a suggestion is on, of single ones and of sets."""


def partners_blob(
    network: Network, sections: Sequence[Section], place: Mapping[str, int], language: str
) -> dict[str, Any] | None:
    """Return the suggestions of all sections; None where there are none.

    ``rows`` has one for each suggestion, in the order of their numbers: ``t`` its table, ``b`` the place of the buyer
    on the page, ``m`` its members: places of candidate ``c`` and product ``p``; of firms not on the page id and name.
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
    row: dict[str, Any] = {"title": one.title, "b": place.get(one.buyer, -1), "m": []}
    row |= {"more": True} if one.is_more else {}
    row |= {"best": True} if one.is_efficient else {}
    if row["b"] < 0:
        row |= {"buyer": clean(one.buyer), "buyer_name": one.buyer_name}
    for member in one.members:
        at: dict[str, Any] = {"c": place.get(member.candidate, -1), "p": products.get(member.product, -1)}
        if at["c"] < 0:
            at |= {"id": clean(member.candidate), "name": member.name, "outside": member.candidate not in known}
        row["m"].append(at)
    return row


def _table(section: Section, words: Catalogue) -> dict[str, Any]:
    """Return the heads of a table, and which columns are whom it is on, loss cut, bounds, the buyer's (-1: none)."""
    heads = [[c.heading, c.unit] for c in section.columns]
    cut, who = ([_place(heads, {words["columns"][c] for c in names}) for names in of] for of in (_CUT, _WHO))
    return {"heads": heads, "cut": cut, "who": who}


def _place(heads: Sequence[Sequence[str]], headings: set[str]) -> int:
    return next((k for k, head in enumerate(heads) if head[0] in headings), -1)

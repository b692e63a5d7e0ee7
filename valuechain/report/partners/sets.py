"""Partners that help only together as a section: one row a set, its candidates and needs by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from valuechain.network import Network
from valuechain.report.document.parts import SUGGESTION
from valuechain.report.partners.section import NAME, cells_of, outside_names, partner_words, says_nothing
from valuechain.report.tables import Labels, Member, Section, Suggested
from valuechain.report.words import Catalogue, clean, short
from valuechain.results import Result

__all__ = ["sets_of", "sets_section"]

NAMED = 3
"""Members in the title of a set; its card lists all of them."""

_COLUMNS = ("set", "candidates", "loss_cut", "cost", "needs", "buyer", "loss_cut_low", "loss_cut_high", "alone_cut")
_NEEDED = frozenset({*_COLUMNS, "best_single"})
_OF_MEMBERS = (SUGGESTION - {"loss_cut"}) | {"set"}


def sets_of(result: Result) -> tuple[Result, Result] | None:
    """Return the sets that come with suggestions, and their members; None where there are none."""
    together = getattr(result, "together", None)
    members = getattr(together, "members", None)
    if not isinstance(together, Result) or not isinstance(members, Result) or not len(together.table):
        return None
    has_columns = set(together.table.columns) >= _NEEDED and set(members.table.columns) >= _OF_MEMBERS
    return (together, members) if has_columns else None


def sets_section(
    key: str, network: Network, result: Result, labels: Labels, words: Catalogue, *, first: int = 0
) -> Section | None:
    """Return the sets of suggestions as a section; ``first`` is the number of suggestions in sections before it."""
    found = sets_of(result)
    if found is None:
        return None
    together, members = found
    words = {**words, **partner_words(words["page"]["language_code"])}
    labels = replace(labels, names={**outside_names(result, network), **labels.names})
    of_set = {
        number: tuple(_member(row, labels) for row in rows.to_dict("records"))
        for number, rows in members.table.groupby("set", sort=False)
    }
    table = together.table.assign(
        candidates=["; ".join(m.name for m in of_set[k]) for k in together.table["set"]],
        needs=["; ".join(m.product_name for m in of_set[k]) for k in together.table["set"]],
    )
    ordered = [*_COLUMNS, *(c for c in map(str, table.columns) if c not in _COLUMNS)]
    columns = [c for c in ordered if not says_nothing(c, table)]
    views, cells = cells_of(table, columns, replace(together, table=table), labels, words)
    said = words["partners"]
    return Section(
        key=key,
        title=said["together"],
        notes=(said["together_meaning"],),
        columns=views,
        rows=cells,
        total=len(table),
        suggested=tuple(
            _suggested(str(row["buyer"]), of_set[row["set"]], labels, words) for row in table.to_dict("records")
        ),
        first=first,
    )


def _member(row: Mapping[object, object], labels: Labels) -> Member:
    candidate, product = str(row["candidate"]), str(row["product"])
    name = labels.names.get(candidate, clean(candidate))
    return Member(candidate, product, name, labels.products.get(product, clean(product)))


def _suggested(buyer: str, members: tuple[Member, ...], labels: Labels, words: Catalogue) -> Suggested:
    buyer_name = labels.names.get(buyer, clean(buyer))
    names = " + ".join(short(m.name, NAME) for m in members[:NAMED])
    names += f" + … ({len(members)})" if len(members) > NAMED else ""
    return Suggested(
        members=members,
        buyer=buyer,
        buyer_name=buyer_name,
        title=words["script"]["title_together"].format(candidates=names, buyer=short(buyer_name, NAME)),
        is_efficient=True,
    )

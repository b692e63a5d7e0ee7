"""What to say when a need has no candidate: which filter removed how many, and whom they all hang on upstream."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.errors import NoPartnerError
from valuechain.network import Index
from valuechain.recommend.candidate_tables import PRESENTLY
from valuechain.recommend.candidates import Candidates
from valuechain.recommend.economy import Economy
from valuechain.recommend.filters import SMALL
from valuechain.recommend.makers import sold_products

__all__ = ["first_upstream", "refuse_none", "removed_words"]

ADVICE = {
    PRESENTLY: "suppliers_below (--suppliers-below 0.5) asks present suppliers of less than half the need for more",
    "of the group": "same_owner (--same-owner) keeps firms of the same group",
    "hangs on": "shared_points (--shared-points) keeps firms that hang on the same upstream firm",
}
"""What to loosen, by how the filter that removed somebody begins."""

NAMED = 3
"""Upstream firms and makers named."""


def removed_words(found: Candidates) -> str:
    """Return how many candidates each filter removed."""
    rows = found.removed[["filter", "removed", "not_known"]].to_numpy(dtype=object).tolist()
    return ", ".join(
        f"{removed:,} ({words}" + (f"; of {unknown:,} it is not known)" if unknown else ")")
        for words, removed, unknown in rows
        if removed
    )


def refuse_none(economy: Economy, slots: Index, found: Candidates) -> None:
    """Refuse to go on when no candidate is left.

    Raises
    ------
    NoPartnerError
        When there is none; the message says how many each filter removed, and what to loosen.
    """
    if len(found):
        return
    network = economy.network
    names = sorted({str(p) for p in network.products[economy.slot_product[slots]]})
    what = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    makers = int(found.removed["removed"].sum())
    like = (
        f" {len(found.potential):,} firms make something like it (count_potential, --count-potential)."
        if len(found.potential)
        else ""
    )
    if not makers:
        raise NoPartnerError(f"nobody in network '{network.name}' makes {what}, so there is no candidate.{like}")
    line = f"no candidate is left of {makers:,} for {what}: removed were {removed_words(found)}."
    present = found.removed["filter"].str.startswith(PRESENTLY)
    alone = int(found.removed.loc[present, "removed"].sum()) == makers
    if alone:
        line += " Nobody else in the network makes it."
    line += "".join(f" {words}" for words in first_upstream(economy, found))
    hints = "".join(
        f"; {advice}"
        for words, advice in ADVICE.items()
        if found.removed.loc[found.removed["filter"].str.startswith(words), "removed"].sum()
        and (words != PRESENTLY or _some_below_half(economy, slots, found))
    )
    loosen = f" Loosen a filter{hints}; or give" if hints or not alone else " Give"
    raise NoPartnerError(f"{line}{loosen} a table of outside candidates (candidates, --candidates FILE).{like}")


def _some_below_half(economy: Economy, slots: Index, found: Candidates) -> bool:
    """Tell whether the advice to ask present suppliers of less than half would ask somebody who was not asked."""
    removed = found.removed.set_index("filter")["removed"]
    asked = 0.0 if removed.get(PRESENTLY, 0) else SMALL
    graph = economy.graph
    parts = [graph.share[graph.link_start[k] : graph.link_start[k + 1]] for k in slots]
    return any(bool(((share >= asked) & (share < 0.5)).any()) for share in parts)


def first_upstream(economy: Economy, found: Candidates) -> list[str]:
    """Return, for upstream firms that leave needs without a candidate, what needs another source first; in sentences.

    A need is meant when it has no candidate that is free of them, and those removed for it all hang on the same firm.
    """
    free = {int(s) for s, points in zip(found.slot, found.shared, strict=True) if not len(points)}
    common: dict[int, Index] = {}
    for slot, points in found.hung_out:
        if slot not in free:
            common[slot] = points if slot not in common else np.intersect1d(common[slot], points)
    # Whether others do not hang on it, whom only a filter that was asked for removed.
    others: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for slot, firm, words, points in found.unwanted:
        for m in np.setdiff1d(common.get(slot, points), points):
            others.setdefault((int(m), slot), []).append((firm, words))
    of_point: dict[tuple[int, bool], list[int]] = {}
    for slot, points in common.items():
        for m in points:
            of_point.setdefault((int(m), (int(m), slot) in others), []).append(slot)
    if not of_point:
        return []
    ids = economy.network.firm_ids.astype(str)
    order = sorted(of_point, key=lambda m: (-len(of_point[m]), ids[m[0]], m[1]))
    sells = sold_products(economy.network)
    lines = []
    for m, filtered in order[:NAMED]:
        slots = sorted(of_point[m, filtered], key=lambda k: (-economy.graph.need[k], _need_words(economy, k)))
        more = f" (and {len(slots) - 1:,} more need{'s' if len(slots) > 2 else ''})" if len(slots) > 1 else ""
        lines.append(
            f"Shared upstream: {'of those left by your filters, ' if filtered else ''}every new source of "
            f"{_need_words(economy, slots[0])}{more} hangs on {firm_name(economy.network, ids[m])}, as all present "
            "suppliers do"
            + (_others_words(economy, others[m, slots[0]]) if filtered else ". ")
            + ("" if filtered else " ".join(_makers_words(economy, m, sells)))
        )
    return lines


def _others_words(economy: Economy, others: list[tuple[int, str]]) -> str:
    """Say who does not hang on an upstream firm, and which filter removed them."""
    named = sorted((str(economy.network.firm_ids[firm]), words) for firm, words in others)
    told = ", ".join(f"{firm} ({words})" for firm, words in named[:NAMED])
    more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
    return f"; your filters removed who does not hang on it: {told}{more}."


def _need_words(economy: Economy, slot: int) -> str:
    network = economy.network
    return f"{network.products[economy.slot_product[slot]]} for {network.firm_ids[economy.graph.slot_buyer[slot]]}"


def _makers_words(economy: Economy, point: int, sells: pd.DataFrame) -> list[str]:
    """Return for each product that an upstream firm supplies as an essential input who else makes it."""
    network, graph = economy.network, economy.graph
    slot_of_link = np.repeat(np.arange(economy.n_slots), np.diff(graph.link_start))
    products = np.unique(economy.slot_product[slot_of_link[graph.supplier == point]])
    lines = []
    for p in products[:NAMED]:
        makers = sells.loc[sells["product"] == p, "firm"].to_numpy(dtype=np.int64)
        makers = makers[(makers != point) & ~economy.is_outside[makers]]
        what = product_name(network, str(network.products[p]))
        if len(makers):
            names = sorted(str(i) for i in network.firm_ids[makers])
            told = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
            verb = "makes" if len(names) == 1 else "make"
            lines.append(
                f"So {what} needs another source first; {told} {verb} it too (product, --product "
                f"{network.products[p]}, judges them)."
            )
        else:
            lines.append(
                f"So {what} needs another source first, and nobody else in the network makes it: look outside "
                "(candidates, --candidates FILE)."
            )
    return lines

"""The table of partners that help only together, its members, and what to say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.single_sourced import firm_name
from valuechain.recommend.judged import Judged
from valuechain.recommend.new_links import equal_part
from valuechain.recommend.together import Joint
from valuechain.results import Result, number_text

__all__ = ["Together", "together_notes", "together_result"]


NAMED = 3
"""Members of a set named in a sentence."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Together(Result):
    """Sets of partners for several needs of one buyer that cut more together than one by one.

    ``members`` has one row a candidate of a set, with the columns that :func:`valuechain.edit.with_links`,
    :func:`valuechain.partner_steps` and :func:`valuechain.choose` take.
    """

    members: Result


def together_result(judged: Judged, sets: list[Joint]) -> Together:
    """Return one row a set, the one that cuts most first."""
    network, unit = judged.network, judged.network.flow_unit
    ids = network.firm_ids.astype(str)
    products = network.products.astype(str)[judged.economy.slot_product]
    rows = [
        {
            "set": number,
            "buyer": ids[s.buyer],
            "needs": "; ".join(products[s.slot]),
            "candidates": "; ".join(ids[s.firm]),
            "loss_cut": s.cut,
            "loss_cut_low": s.low,
            "loss_cut_high": s.high,
            "cost": s.total_cost,
            "tail_cut": s.tail_cut,
            "probability_positive": s.positive,
            "alone_cut": float(s.alone.sum()),
            "best_single": s.best_single,
        }
        for number, s in enumerate(sets, 1)
    ]
    columns = ("set", "buyer", "needs", "candidates", *_AMOUNTS[:3], "cost", "tail_cut", "probability_positive")
    table = pd.DataFrame(rows, columns=[*columns, "alone_cut", "best_single"])
    text = dict.fromkeys(("buyer", "needs", "candidates"), "str")
    numbers = dict.fromkeys((*_AMOUNTS, "cost", "probability_positive"), np.float64)
    return Together(
        table=table.astype({"set": np.int64, **text, **numbers}),
        title="Partners that help together",
        units=dict.fromkeys(_AMOUNTS, unit) | {"cost": network.currency, "probability_positive": "fraction"},
        notes=(
            "Several needs of the buyer fall short at once: one partner for each, simulated together. alone_cut: what "
            "all of them cut one by one, added up; best_single: the most that any one candidate for these needs cuts.",
        ),
        members=_members(judged, sets),
    )


_AMOUNTS = ("loss_cut", "loss_cut_low", "loss_cut_high", "tail_cut", "alone_cut", "best_single")


def _members(judged: Judged, sets: list[Joint]) -> Result:
    network, economy = judged.network, judged.economy
    number = np.repeat(np.arange(1, len(sets) + 1), [len(s.slot) for s in sets])
    slot, firm = (_joined([getattr(s, c) for s in sets], np.int64) for c in ("slot", "firm"))
    spare, alone, cost = (_joined([getattr(s, c) for s in sets], np.float64) for c in ("spare", "alone", "cost"))
    table = pd.DataFrame(
        {
            "set": number.astype(np.int64),
            "candidate": pd.Series(network.firm_ids[firm], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "cost": cost,
            "alone_cut": alone,
            "spare": spare,
            "flow": equal_part(economy, slot, spare),
        }
    )
    return Result(
        table=table,
        title="Members of the sets",
        units=dict.fromkeys(("alone_cut", "spare", "flow"), network.flow_unit) | {"cost": network.currency},
    )


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype=kind), *parts]).astype(kind)


def together_notes(judged: Judged, sets: list[Joint]) -> list[str]:
    """Say which set cuts most, where there is one."""
    if not sets:
        return []
    first, network = sets[0], judged.network
    ids, products = network.firm_ids.astype(str), network.products.astype(str)[judged.economy.slot_product]
    each = [f"{ids[f]} ({products[k]})" for f, k in zip(first.firm, first.slot, strict=True)]
    who = " and ".join([*each[:NAMED], *([f"{len(each) - NAMED} more"] if len(each) > NAMED else [])])
    more = f" {len(sets):,} such sets are in the table together." if len(sets) > 1 else ""
    return [
        f"Together {who} cut {number_text(first.cut)} {network.flow_unit} for {firm_name(network, ids[first.buyer])}, "
        f"one by one {number_text(float(first.alone.sum()))} in all: its needs fall short at once.{more}"
    ]

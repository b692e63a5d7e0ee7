"""Tables and sentences of alternatives: deliveries, needs with what stays unmet and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from valuechain.analysis.single_sourced import firm_name, product_name
from valuechain.network import Floats, Index, Network
from valuechain.recommend.broken_needs import Broken, Suppliers, id_ranks
from valuechain.recommend.crisis_state import Mask, State
from valuechain.recommend.economy import Economy
from valuechain.recommend.nearness import STAND_IN_KM
from valuechain.results import Result, number_text, percent_text, rank_key

__all__ = ["Found", "deliveries_table", "headline", "needs_result", "units_of"]

MOST_LOSS = (
    "most_loss (--most-loss 0.5) lets suppliers deliver that have lost up to that share: what is left of their spare "
    "capacity."
)

FULL = 1e-6
"""A need that lacks less than this share of what was missing is filled."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What was broken, who may serve it, and what each pair delivers (currency per flow period; shape (pairs,)).

    ``useless`` tells the needs that get less than there is, as another input of the buyer stays short; ``returns`` what
    usual suppliers deliver again once the deliveries run, currency per flow period; both of shape (needs,).
    """

    economy: Economy
    state: State
    broken: Broken
    rank: Index
    suppliers: Suppliers
    given: Floats
    spare: Floats
    useless: Mask
    returns: Floats

    @property
    def filled(self) -> Floats:
        """What each need gets from others; shape (needs,)."""
        return np.bincount(self.suppliers.need, weights=self.given, minlength=len(self.broken.slot)).astype(np.float64)

    @cached_property
    def has_supplier(self) -> Mask:
        """Whether anybody may serve each need; shape (needs,)."""
        return np.bincount(self.suppliers.need, minlength=len(self.broken.slot)) > 0

    @property
    def unmet(self) -> Floats:
        """What each need still lacks when all this runs; shape (needs,)."""
        lack = self.broken.lack
        rest = lack - self.filled - self.returns
        return np.where(rest > FULL * lack, rest, 0.0)


def units_of(network: Network) -> dict[str, str]:
    """Return the units of the columns of both tables."""
    shares = dict.fromkeys(("need_share", "filled_share", "returns_share"), "fraction of what is missing")
    return {
        "delivery_value": network.flow_unit,
        "need_value": network.flow_unit,
        "unmet_value": network.flow_unit,
        "still_delivered": "fraction of the need",
        "spare_share": "fraction of spare capacity",
        "distance_km": "km",
        **shares,
    }


def _order(found: Found) -> Index:
    """Return needs, those of priority first, then those whose supplier is hit itself, then what lacks most."""
    broken = found.broken
    buyer = id_ranks(found.economy.network)[found.economy.graph.slot_buyer[broken.slot]]
    product = found.economy.slot_product[broken.slot]
    return np.lexsort((product, buyer, -rank_key(broken.lack), ~broken.is_direct, found.rank))


def deliveries_table(found: Found) -> pd.DataFrame:
    """Return one row a delivery."""
    network, economy = found.economy.network, found.economy
    place = np.argsort(_order(found))
    some = np.flatnonzero(found.given > 0)
    need, firm, given = found.suppliers.need[some], found.suppliers.firm[some], found.given[some]
    order = np.lexsort((id_ranks(network)[firm], -rank_key(given), place[need]))
    some, need, firm, given = some[order], need[order], firm[order], given[order]
    slot = found.broken.slot[need]
    ids = network.firm_ids
    return pd.DataFrame(
        {
            "buyer": pd.Series(ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "supplier": pd.Series(ids[firm], dtype="str"),
            "delivery_value": given,
            "need_share": given / found.broken.lack[need],
            "spare_share": given / found.spare[firm],
            "distance_km": found.suppliers.km[some],
            "place": pd.Series(found.suppliers.place[some], dtype="str"),
            "supplies_already": found.suppliers.is_known[some],
            "capacity_known": economy.has_capacity[firm],
            "is_outside": economy.is_outside[firm],
        }
    )


def needs_result(found: Found) -> Result:
    """Return one row a need: what is missing, what is found, what stays unmet and why."""
    network, economy, order = found.economy.network, found.economy, _order(found)
    slot, lack = found.broken.slot[order], found.broken.lack[order]
    filled, unmet = found.filled[order], found.unmet[order]
    table = pd.DataFrame(
        {
            "buyer": pd.Series(network.firm_ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "need_value": lack,
            "filled_share": np.minimum(filled / lack, 1.0),
            "returns_share": np.minimum(found.returns[order] / lack, 1.0),
            "unmet_value": unmet,
            "still_delivered": found.broken.delivered[order],
            "supplier_hit": found.broken.is_direct[order],
            "served": (found.rank[order] + 1).astype(np.int64),
            "why": pd.Series(
                [_reason(found, int(k)) if u > 0 else "" for k, u in zip(order, unmet, strict=True)], dtype="str"
            ),
        }
    )
    return Result(table=table, title="Needs that are short", units=units_of(network))


def _reason(found: Found, need: int) -> str:
    """Say why a need is not filled wholly."""
    if found.useless[need]:
        return "another input of the buyer stays short, more would not help"
    if found.has_supplier[need]:
        return "spare capacity is used up"
    counts = {w: int(c[need]) for w, c in found.suppliers.left_out.items() if c[need] and w != "is the buyer"}
    if not counts:
        return "no other firm sells it"
    if len(counts) == 1:
        why, count = counts.popitem()
        return f"all sellers ({count:,}): {why}"
    return "no supplier: " + ", ".join(f"{count:,} {why}" for why, count in counts.items())


def headline(
    found: Found, filled: float, loss: float | None, after: float | None, drawn: float | None
) -> tuple[str, ...]:
    """Return what the tables mean, the most important first."""
    network, count = found.economy.network, len(found.broken.slot)
    notes = [found.state.words]
    if count == 0:
        return (*notes, "No need is left short: nothing has to be replaced.", *found.state.notes)
    lack, given = float(found.broken.lack.sum()), float(found.given.sum())
    notes.append(
        f"{count:,} needs get less than their buyers could use, {number_text(lack)} {network.flow_unit} in all. "
        f"{number_text(given)} ({percent_text(filled)} %) can come from spare capacity elsewhere."
    )
    if loss is not None and after is not None and drawn is not None:
        notes.append(_tried_words(found, loss, after, drawn))
    else:
        short = found.unmet > 0
        notes.append(f"{int((~short).sum()):,} needs are then filled, {int(short.sum()):,} stay short.")
    return (*notes, *_first_steps(found), *_rests_on(found), *found.state.notes)


def _tried_words(found: Found, loss: float, after: float, drawn: float) -> str:
    """Say what the deliveries do, simulated again."""
    short, given = found.unmet > 0, float(found.given.sum())
    filled = ~short & (found.filled >= (1 - FULL) * found.broken.lack)
    text = (
        f"With these deliveries, simulated again, the network loses {percent_text(after)} % of its output, not "
        f"{percent_text(loss)} %: {int(filled.sum()):,} needs are filled by them, {int((~short & ~filled).sum()):,} "
        f"more are met once usual suppliers that only lacked inputs come back, {int(short.sum()):,} stay short."
    )
    if given > 0 and drawn < given * 0.99:
        text += f" Then only {number_text(drawn)} of the {number_text(given)} are still drawn on."
    return text


def _first_steps(found: Found) -> list[str]:
    network, economy = found.economy.network, found.economy
    short = found.unmet
    notes = []
    if short.max() > 0:
        worst = int(np.lexsort((np.arange(len(short)), -rank_key(short)))[0])
        slot = found.broken.slot[worst]
        buyer = str(network.firm_ids[economy.graph.slot_buyer[slot]])
        product = str(network.products[economy.slot_product[slot]])
        notes.append(
            f"Largest need that stays unmet: {firm_name(network, buyer)}, {product_name(network, product)}, "
            f"{number_text(float(short[worst]))} {network.flow_unit} ({_reason(found, worst)})."
        )
    return notes


def _nobody(found: Found) -> list[str]:
    """Say why nobody delivers, where sellers are affected: they all are, or filters removed those that are not."""
    counts = {why: int(count.sum()) for why, count in found.suppliers.left_out.items() if why != "is the buyer"}
    if found.given.any() or len(found.suppliers.need) or not counts.get("affected"):
        return []
    filters = {why: count for why, count in counts.items() if count and why.startswith("not known to be")}
    if filters:
        told = ", ".join(f"{count:,} {why}" for why, count in filters.items())
        ways = ["max_km (--max-km)" if " within " in why else "area (--area)" for why in filters]
        return [
            "Of those who sell these products and are not affected, your filters removed all with spare capacity (one "
            f"counts once for each need): {told}. Widen {' or '.join(ways)}."
        ]
    able = "" if not counts.get("without spare capacity") else " and has spare capacity"
    words = f"Nobody who sells these products{able} is unaffected."
    return [f"{words} {MOST_LOSS}" if _some_left(found) else words]


def _some_left(found: Found) -> bool:
    """Tell whether sellers that are affected have some of their spare capacity left."""
    network, economy = found.economy.network, found.economy
    asked = np.isin(network.product, economy.slot_product[found.broken.slot]) & (network.flow > 0)
    sellers = np.unique(network.supplier[asked])
    left = economy.spare[sellers] * np.minimum(found.state.activity[sellers], 1.0)
    return bool((left > 0).any())


def _rests_on(found: Found) -> list[str]:
    """Say what the numbers rest on where the data do not say."""
    used = np.unique(found.suppliers.firm[found.given > 0])
    guessed = int((~found.economy.has_capacity[used]).sum())
    notes = [
        *_nobody(found),
        "A delivery is a proposal: spare capacity is capacity less output, and that a firm sells the product to others "
        "does not say that it fits this buyer. Ask first.",
    ]
    if guessed:
        notes.append(f"{guessed:,} of the {len(used):,} suppliers give no capacity: theirs is a share of their output.")
    km = found.suppliers.km
    if len(km) and np.isnan(km).any():
        words = ", ".join(f"{w} {k:,.0f} km" for w, k in STAND_IN_KM.items())
        notes.append(
            f"The distance of {int(np.isnan(km).sum()):,} of {len(km):,} possible pairs is not known (no coordinates); "
            f"to order them, these stand in: {words}."
        )
    return notes

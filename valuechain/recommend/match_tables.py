"""Tables and sentences of matched needs and offers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import shown, suggestion
from valuechain.network import Floats, Index
from valuechain.recommend.nearness import STAND_IN_KM
from valuechain.recommend.needs_offers import ROW, periods
from valuechain.results import Result, number_text, rank_key

__all__ = ["MatchFound", "headline", "matches_table", "needs_result", "offers_result"]

FULL = 1e-6
"""A need that lacks less than this share is filled."""

SPELT_OUT = 5
"""Products whose sums are said in words."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MatchFound:
    """Needs, offers, the possible pairs of them (positions) and what each delivers.

    ``left_out`` counts offers of the same product that were not possible, by the reason; shape (needs,).
    """

    needs: pd.DataFrame
    offers: pd.DataFrame
    need: Index
    offer: Index
    given: Floats
    km: Floats
    place: npt.NDArray[np.object_]
    left_out: dict[str, Index]

    def of_needs(self) -> Floats:
        """Return what each need gets; shape (needs,)."""
        return np.bincount(self.need, weights=self.given, minlength=len(self.needs)).astype(np.float64)

    def of_offers(self) -> Floats:
        """Return what each offer gives; shape (offers,)."""
        return np.bincount(self.offer, weights=self.given, minlength=len(self.offers)).astype(np.float64)

    @cached_property
    def has_offer(self) -> npt.NDArray[np.bool_]:
        """Whether anybody may serve each need; shape (needs,)."""
        return np.bincount(self.need, minlength=len(self.needs)) > 0

    def order(self) -> Index:
        """Return the needs as they are served: by priority, then what is needed first, then firm and product."""
        priority = (
            self.needs["priority"].to_numpy(np.float64) if "priority" in self.needs else np.zeros(len(self.needs))
        )
        return np.lexsort((periods(self.needs)[1], np.where(np.isnan(priority), np.inf, priority)))


def _text(values: object) -> pd.Series:
    return pd.Series(values, dtype="str")


def _day(one: npt.NDArray[np.str_], other: npt.NDArray[np.str_], *, last: bool) -> pd.Series:
    """Return the later first day, or the earlier last day; where neither is known, nothing."""
    days = np.where((one < other) == last, one, other)
    return _text([None if d[:4] in {"0000", "9999"} else str(d) for d in days])


def matches_table(found: MatchFound) -> pd.DataFrame:
    """Return one row a delivery."""
    some = np.flatnonzero(found.given > 0)
    place = np.argsort(found.order())
    some = some[np.lexsort((found.offer[some], -rank_key(found.given[some]), place[found.need[some]]))]
    need, offer, given = found.need[some], found.offer[some], found.given[some]
    needs, offers = found.needs.iloc[need].reset_index(drop=True), found.offers.iloc[offer].reset_index(drop=True)
    (first, last), (begins, ends) = periods(needs), periods(offers)
    return pd.DataFrame(
        {
            "buyer": needs["firm"],
            "product": needs["product"],
            "supplier": offers["firm"],
            "quantity": given,
            "unit": needs["unit"],
            "need_share": given / needs["quantity"].to_numpy(np.float64),
            "offer_share": given / offers["quantity"].to_numpy(np.float64),
            "distance_km": found.km[some],
            "place": _text(found.place[some]),
            "first_day": _day(first, begins, last=False),
            "last_day": _day(last, ends, last=True),
            "need_row": needs[ROW],
            "offer_row": offers[ROW],
        }
    )


def needs_result(found: MatchFound) -> Result:
    """Return one row a need: what it gets, what stays open and why."""
    order = found.order()
    needs, got = found.needs.iloc[order].reset_index(drop=True), found.of_needs()[order]
    asked = needs["quantity"].to_numpy(np.float64)
    unmet = np.where(asked - got > FULL * asked, asked - got, 0.0)
    table = pd.DataFrame(
        {
            "buyer": needs["firm"],
            "product": needs["product"],
            "quantity": asked,
            "unit": needs["unit"],
            "filled_share": np.divide(np.minimum(got, asked), asked, out=np.ones(len(asked)), where=asked > 0),
            "unmet_quantity": unmet,
            "priority": needs["priority"] if "priority" in needs else np.full(len(needs), np.nan),
            "until": needs["until"] if "until" in needs else _text([None] * len(needs)),
            "why": _text([_reason(found, int(k)) if u > 0 else "" for k, u in zip(order, unmet, strict=True)]),
            "row": needs[ROW],
        }
    )
    return Result(table=table, title="Needs", units={"filled_share": "fraction of the need"})


def _reason(found: MatchFound, need: int) -> str:
    """Say why a need is not filled wholly."""
    if found.has_offer[need]:
        return "offers are used up"
    product = str(found.needs["product"].iloc[need])
    same = found.offers[found.offers["product"] == product]
    if not len(same):
        hint = suggestion(product, found.offers["product"].unique().tolist())
        return f"no offer of this product{'; ' + hint if hint else ''}"
    counts = {why: int(count[need]) for why, count in found.left_out.items() if count[need]}
    words = [f"{count:,} offer{'s' if count > 1 else ''} {why}" for why, count in counts.items()]
    if "in another unit" in counts:
        units = sorted(set(same["unit"]) - {found.needs["unit"].iloc[need]})
        words.append(f"units are not converted: offered in {', '.join(map(shown, units[:3]))}")
    return "; ".join(words) or "its offers are of 0"


def offers_result(found: MatchFound) -> Result:
    """Return one row an offer: what is used and what is left, the most left first by firm and product."""
    used = found.of_offers()
    offers, has = found.offers, found.offers["quantity"].to_numpy(np.float64)
    left = np.where(has - used > FULL * has, has - used, 0.0)
    table = pd.DataFrame(
        {
            "supplier": offers["firm"],
            "product": offers["product"],
            "quantity": has,
            "unit": offers["unit"],
            "used_share": np.divide(np.minimum(used, has), has, out=np.zeros(len(has)), where=has > 0),
            "left_quantity": left,
            "until": offers["until"] if "until" in offers else _text([None] * len(offers)),
            "row": offers[ROW],
        }
    )
    order = np.lexsort((np.arange(len(table)), table["used_share"].round(9)))
    return Result(
        table=table.iloc[order].reset_index(drop=True), title="Offers", units={"used_share": "fraction of the offer"}
    )


def headline(found: MatchFound) -> tuple[str, ...]:
    """Return what the tables mean."""
    got, asked = found.of_needs(), found.needs["quantity"].to_numpy(np.float64)
    whole = int((asked - got <= FULL * asked).sum())
    part = int((got > 0).sum()) - int(((asked - got <= FULL * asked) & (asked > 0)).sum())
    notes = [
        f"{whole:,} of {len(asked):,} needs are filled wholly, {part:,} in part, {len(asked) - whole - part:,} not at "
        f"all; {int((found.of_offers() > 0).sum()):,} of {len(found.offers):,} offers are used."
    ]
    sums = found.needs[["product", "unit"]].assign(got=got, asked=asked, rows=1)
    sums = sums.groupby(["product", "unit"], as_index=False).sum()
    sums = sums.sort_values(["rows", "product", "unit"], ascending=[False, True, True]).head(SPELT_OUT)
    notes += [
        f"{shown(str(product))}: {number_text(float(found_))} of {number_text(float(all_))} {unit} are found."
        for product, unit, found_, all_ in sums[["product", "unit", "got", "asked"]].to_numpy(dtype=object)
    ]
    strangers = found.left_out["in another unit"] > 0
    if strangers.any():
        products = sorted(set(found.needs["product"][strangers]))
        notes.append(
            f"Needs and offers of {', '.join(map(shown, products[:5]))} are in different units, which are not mixed; "
            "write one unit in both tables."
        )
    if len(found.km) and np.isnan(found.km).any():
        words = ", ".join(f"{w} {k:,.0f} km" for w, k in STAND_IN_KM.items())
        notes.append(
            f"The distance of {int(np.isnan(found.km).sum()):,} of {len(found.km):,} possible pairs is not known (no "
            f"coordinates); to order them, these stand in: {words}."
        )
    notes.append("A quantity is for the whole period; days without a from or until bound nothing.")
    return tuple(notes)

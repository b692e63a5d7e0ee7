"""Needs and offers of firms, matched: what, how much, until when and where, with nothing given out twice."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.allocation import allocate
from valuechain.recommend.broken_needs import MOST_PAIRS
from valuechain.recommend.fair_fill import Market
from valuechain.recommend.match_tables import MatchFound, headline, matches_table, needs_result, offers_result
from valuechain.recommend.nearness import kilometres, ordering_km
from valuechain.recommend.needs_offers import checked_rows, periods, places_of_rows
from valuechain.results import Result
from valuechain.scenario.distributions import is_number
from valuechain.schema.blocs import area_countries

__all__ = ["Matches", "match"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Matches(Result):
    """Who gives what to whom. ``filled`` of the ``asked`` needs are filled wholly; ``needs`` and ``offers`` have a row
    for each of theirs, with what is left open.
    """  # noqa: D205 - one sentence a number

    asked: int
    filled: int
    needs: Result
    offers: Result


def match(
    needs: pd.DataFrame | str | os.PathLike[str],
    offers: pd.DataFrame | str | os.PathLike[str],
    *,
    network: Network | None = None,
    area: str | Iterable[str] | None = None,
    max_km: float | None = None,
) -> Matches:
    """Return which offer serves which need.

    A pair is possible when product and unit are the same, the periods overlap and the firms differ. No offer is given
    out twice. Needs of priority 1 are served before those of 2, those without one last; within a priority the least
    filled need is raised first; among all ways to deliver the same, the nearest are taken.

    Parameters
    ----------
    needs, offers
        Tables, or files (.csv, .parquet), with ``firm, product, quantity, unit`` and optionally ``priority, from,
        until, region, country, latitude, longitude``.
    network
        Where the firms are, for rows that do not say; then every firm must be in it.
    area
        Offers only from a bloc or countries: ``"EU"``, ``"DEU,POL"``, ``["DEU", "POL"]``.
    max_km
        Offers only up to this distance, km; where it is not known, an offer is left out, and counted.

    Returns
    -------
    Matches
        Table ``buyer, product, supplier, quantity, unit, need_share, offer_share, distance_km, place, first_day,
        last_day, need_row, offer_row``: one row a delivery, in the order in which needs are served.

    Raises
    ------
    InvalidDataError
        With every fault of both tables.
    UnreadableFileError
        When there is no such file.

    References
    ----------
    Megiddo (1974), see :func:`valuechain.recommend.fair_fill.fair_fill`.

    Examples
    --------
    >>> import pandas as pd
    >>> needs = pd.DataFrame({"firm": ["bakery", "mill"], "product": "flour", "quantity": [6.0, 2.0], "unit": "t"})
    >>> offers = pd.DataFrame({"firm": ["store"], "product": ["flour"], "quantity": [4.0], "unit": ["t"]})
    >>> match(needs, offers).table[["buyer", "supplier", "quantity"]].to_numpy().tolist()
    [['bakery', 'store', 3.0], ['mill', 'store', 1.0]]
    """
    if max_km is not None and (not is_number(max_km) or max_km < 0):
        raise ParameterError(f"max_km {max_km!r} is no distance; write kilometres, such as 800")
    wanted, given = (_sorted(frame) for frame in checked_rows(needs, offers, network))
    found = _matched(wanted, given, network, area, max_km)
    left_needs, left_offers = needs_result(found), offers_result(found)
    filled = int((left_needs.table["unmet_quantity"] == 0).sum())
    chosen = {"area": area, "max_km": max_km, "network": None if network is None else network.name}
    return Matches(
        table=matches_table(found),
        title="Needs and offers, matched",
        units={"need_share": "fraction of the need", "offer_share": "fraction of the offer", "distance_km": "km"},
        parameters={name: value for name, value in chosen.items() if value is not None},
        notes=headline(found),
        asked=len(wanted),
        filled=filled,
        needs=left_needs,
        offers=left_offers,
    )


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in an order that the order of the file does not decide, unless rows are the same."""
    keys = [c for c in ("firm", "product", "unit", "quantity", "priority", "from", "until", "region") if c in frame]
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _matched(
    needs: pd.DataFrame,
    offers: pd.DataFrame,
    network: Network | None,
    area: str | Iterable[str] | None,
    max_km: float | None,
) -> MatchFound:
    need, offer = _same_product(needs, offers)
    counts: dict[str, Index] = {}
    open_pairs = (needs["quantity"].to_numpy() > 0)[need] & (offers["quantity"].to_numpy() > 0)[offer]
    need, offer = need[open_pairs], offer[open_pairs]
    own = needs["firm"].to_numpy(dtype=object)[need] == offers["firm"].to_numpy(dtype=object)[offer]
    units = needs["unit"].to_numpy(dtype=object)[need] == offers["unit"].to_numpy(dtype=object)[offer]
    (first, last), (begins, ends) = periods(needs), periods(offers)
    in_time = (first[need] <= ends[offer]) & (begins[offer] <= last[need])
    mine, theirs = places_of_rows(needs, network), places_of_rows(offers, network)
    km, place = kilometres(mine.take(need), theirs.take(offer))
    tests = {"of the firm itself": ~own, "in another unit": units, "at another time": in_time}
    if area is not None:
        name, codes = area_countries(area)
        tests[f"not known to be in {name}"] = np.isin(theirs.country.astype(str), codes)[offer]
    if max_km is not None:
        near = np.less_equal(km, max_km, where=~np.isnan(km), out=np.zeros(len(km), dtype=bool))
        tests[f"not known to be within {max_km:g} km"] = near
    kept = np.ones(len(need), dtype=bool)
    for why, test in tests.items():
        counts[why] = np.bincount(need[kept & ~test], minlength=len(needs))
        kept &= test
    need, offer, km, place = need[kept], offer[kept], km[kept], place[kept]
    delivered = _allocated(needs, offers, need, offer, ordering_km(km, place))
    return MatchFound(
        needs=needs, offers=offers, need=need, offer=offer, given=delivered, km=km, place=place, left_out=counts
    )


def _same_product(needs: pd.DataFrame, offers: pd.DataFrame) -> tuple[Index, Index]:
    """Return all pairs of a need and an offer of the same product, by need, then by offer."""
    labels = pd.concat([needs["product"], offers["product"]])
    codes, _ = pd.factorize(labels, sort=True)
    wanted, given = codes[: len(needs)], codes[len(needs) :]
    order = np.argsort(given, kind="stable")
    first, last = (np.searchsorted(given[order], wanted, side=side) for side in ("left", "right"))
    count = last - first
    if count.sum() > MOST_PAIRS:
        raise ParameterError(
            f"{len(needs):,} needs and {len(offers):,} offers are {int(count.sum()):,} pairs of one product, more than "
            f"{MOST_PAIRS:,}; match part of them, or name products more finely"
        )
    need = np.repeat(np.arange(len(needs)), count)
    within = np.arange(len(need)) - np.repeat(np.cumsum(count) - count, count)
    return need.astype(np.int64), order[first[need] + within].astype(np.int64)


def _allocated(needs: pd.DataFrame, offers: pd.DataFrame, need: Index, offer: Index, cost: Floats) -> Floats:
    """Return what each pair delivers, in the unit of its product."""
    asked = np.unique(need)
    place = np.full(len(needs), -1)
    place[asked] = np.arange(len(asked))
    return allocate(
        Market(
            need=needs["quantity"].to_numpy(dtype=np.float64)[asked],
            rank=ranks(needs)[asked],
            capacity=offers["quantity"].to_numpy(dtype=np.float64),
            pair_need=place[need],
            pair_offer=offer,
            cost=cost,
        )
    )


def ranks(needs: pd.DataFrame) -> Index:
    """Return when each need is served, from 1; those without a priority come last."""
    if "priority" not in needs:
        return np.ones(len(needs), dtype=np.int64)
    numbers = needs["priority"].to_numpy(dtype=np.float64)
    return np.asarray(np.unique(np.where(np.isnan(numbers), np.inf, numbers), return_inverse=True)[1] + 1, np.int64)

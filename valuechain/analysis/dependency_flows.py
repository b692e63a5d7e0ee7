"""Flows into, within and out of an area by product, and what flows of unknown countries may add to each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.concentration_groups import Labels, column_codes
from valuechain.network import Floats, Index, Network


@dataclass(frozen=True, kw_only=True, eq=False)
class AreaFlows:
    """Flows of each product by where its two ends are; shapes (products,) unless said.

    ``extra``: from outside into the area; ``intra``: between its countries; ``exports``: out of it. ``maybe_*`` is the
    flow that would count so if its unknown countries were such; ``may_import`` may be an import of any kind.
    ``source`` and ``pair_*`` are the sums by product and country of origin.
    """

    extra: Floats
    intra: Floats
    exports: Floats
    maybe_extra: Floats
    maybe_intra: Floats
    maybe_intra_only: Floats
    maybe_exports: Floats
    may_import: Floats
    countries: Labels
    pair_product: Index
    pair_country: Index
    pair_extra: Floats
    pair_world: Floats
    maybe_world: Floats
    firms_unknown: int
    has_inside: bool


def area_flows(network: Network, area: tuple[str, ...]) -> AreaFlows:
    """Return the flows of each product into, within and out of an area."""
    codes, countries = column_codes(network, "country")
    inside = np.r_[np.isin(countries.astype(str), area), False]
    origin, target = codes[network.supplier], codes[network.buyer]
    known_from, known_to = origin >= 0, target >= 0
    from_in, to_in = inside[origin] & known_from, inside[target] & known_to
    from_out, to_out = known_from & ~from_in, known_to & ~to_in
    # Trade is between countries, and a firm's supply to itself stays in its country, known or not.
    moves = (origin != target) | ~known_from
    moves &= network.supplier != network.buyer
    several = len(area) > 1
    may_be_in, may_be_out = ~known_from | from_in, ~known_from | from_out
    goes_in, goes_out = ~known_to | to_in, ~known_to | to_out
    known = known_from & known_to

    def total(which: npt.NDArray[np.bool_]) -> Floats:
        use = which & moves
        sums = np.bincount(network.product[use], weights=network.flow[use], minlength=len(network.products))
        return sums.astype(np.float64)

    may_extra = ~known & may_be_out & goes_in
    may_intra = ~known & may_be_in & goes_in & several
    may_export = ~known & may_be_in & goes_out
    # For the area as one country of the world: flows within it are no trade, all others between countries are.
    world = known & moves & ~(from_in & to_in)
    as_one = np.where(inside[origin] & known_from, len(countries), origin)
    extra_link = from_out & to_in & moves
    pairs = (
        pd.DataFrame(
            {
                "product": network.product,
                "country": as_one,
                "extra": np.where(extra_link, network.flow, 0.0),
                "world": np.where(world, network.flow, 0.0),
            }
        )[extra_link | world]
        .groupby(["product", "country"], as_index=False)
        .sum()
    )
    return AreaFlows(
        extra=total(from_out & to_in),
        intra=total(from_in & to_in),
        exports=total(from_in & to_out),
        maybe_extra=total(may_extra),
        maybe_intra=total(may_intra),
        maybe_intra_only=total(may_intra & ~may_export),
        maybe_exports=total(may_export),
        may_import=total(may_extra | may_intra),
        countries=np.append(countries, "the area").astype(object),
        pair_product=pairs["product"].to_numpy(dtype=np.int64),
        pair_country=pairs["country"].to_numpy(dtype=np.int64),
        pair_extra=pairs["extra"].to_numpy(dtype=np.float64),
        pair_world=pairs["world"].to_numpy(dtype=np.float64),
        maybe_world=total(~known),
        firms_unknown=int((codes < 0).sum()),
        has_inside=bool((inside[codes] & (codes >= 0)).any()),
    )


def ratio(above: Floats, below: Floats, *, infinite: bool = False) -> Floats:
    """Return a quotient, not known where nothing is divided by nothing; of something by nothing: infinite."""
    empty = np.where((above > 0) & infinite, np.inf, np.nan)
    return np.divide(above, below, out=empty, where=below > 0)


def _index(product: Index, flow: Floats, unknown: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the HHI of known flows, its bounds with an unknown flow added, and the largest share.

    At the least the unknown is spread over countless sources; at the most all of it is the largest one's.
    """
    n = len(unknown)
    total = np.bincount(product, weights=flow, minlength=n).astype(np.float64)
    squares = np.bincount(product, weights=flow**2, minlength=n).astype(np.float64)
    largest = np.zeros(n)
    np.maximum.at(largest, product, flow)
    whole = total + unknown
    hhi = np.minimum(1.0, ratio(squares, total**2))
    low = np.minimum(hhi, np.where(unknown > 0, ratio(squares, whole**2), hhi))
    high = np.minimum(1.0, ratio(squares - largest**2 + (largest + unknown) ** 2, whole**2))
    return hhi, low, np.where(unknown > 0, high, hhi), ratio(largest, total)


def import_index(flows: AreaFlows) -> tuple[Floats, Floats, Floats, Labels, Floats]:
    """Return the HHI of the countries outside that the area imports from, bounds, and the largest with its share."""
    used = flows.pair_extra > 0
    product, country, flow = flows.pair_product[used], flows.pair_country[used], flows.pair_extra[used]
    hhi, low, high, top = _index(product, flow, flows.maybe_extra)
    share = flow / np.maximum(flows.extra[product], np.finfo(float).tiny)
    order = np.lexsort((country, -share.round(12), product))  # countries are sorted: ties go to the first by code
    first = order[np.flatnonzero(np.r_[True, np.diff(product[order]) > 0])] if len(order) else order
    names = np.full(len(flows.extra), None, dtype=object)
    names[product[first]] = flows.countries[country[first]]
    # Where no import is known there is no index, but it may be anything once the unknown turn out to be imports.
    bare = (flows.extra <= 0) & (flows.maybe_extra > 0)
    return hhi, np.where(bare, np.nan, low), np.where(bare, 1.0, high), names, top


def world_index(flows: AreaFlows) -> tuple[Floats, Floats, Floats]:
    """Return the HHI of the world's exports by country, the area counted as one, and bounds."""
    used = flows.pair_world > 0
    hhi, low, high, _ = _index(flows.pair_product[used], flows.pair_world[used], flows.maybe_world)
    return hhi, low, np.where(np.isnan(hhi) & (flows.maybe_world > 0), 1.0, high)

"""Countries that a product's supply hangs on: what is lost, and who is left without a source, when one is gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.concentration_groups import column_codes
from valuechain.errors import ParameterError
from valuechain.network import Network
from valuechain.results import Result, rank_key


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CountrySinglePoints(Result):
    """Supplier countries of each product by what is lost without them; ``single_points`` counts those that matter."""

    single_points: int


def country_single_points(network: Network, *, share: float = 0.5) -> CountrySinglePoints:
    """Return, for each product and supplier country, what is lost when that country supplies no more.

    An indicator of this program's own: with the country gone, ``lost_share`` of the flow of the product is lost, and
    ``buyers_without_source`` of its buyers have no other country to buy it from in this network. A country is a single
    point when it is at least ``share`` of the flow and leaves some buyer without a source. It is in the spirit of the
    single points of failure of trade networks in Arjona, Connell and Herghelegiu (2023), and does not reproduce them.

    Parameters
    ----------
    network
        The value chain; firms need ``country``.
    share
        Least lost share of a single point, 0..1.

    Returns
    -------
    CountrySinglePoints
        Table ``product, country, lost_share, buyers_without_source, buyers, single_point, left_after, flow,
        maybe_without_source``: one row a product and country, single points first, then by lost share. ``left_after``
        is the share left when this and all larger countries are gone (v_k of Piccardi and Tajoli 2018, on flows).
        Shares are of the whole flow, that of unknown countries too; a buyer who has such a source is not left without
        one for certain, and counts in ``maybe_without_source``.

    Raises
    ------
    ParameterError
        When ``share`` is not between 0 and 1.
    UnknownNameError
        When firms have no country.

    References
    ----------
    Piccardi and Tajoli (2018), Complexity, centralization, and fragility in economic networks, PLOS ONE 13: e0208265.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.country_single_points(vc.example("eu_battery")).table.columns[:3].tolist()
    ['product', 'country', 'lost_share']
    """
    if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= float(share) <= 1:
        raise ParameterError(f"share is {share!r}; it has to be between 0 and 1")
    codes, countries = column_codes(network, "country")
    table = _table(network, codes[network.supplier], countries, float(share))
    return CountrySinglePoints(
        table=table,
        title="Countries the supply of a product hangs on",
        units={
            "lost_share": "fraction of flow",
            "buyers_without_source": "buyers",
            "buyers": "buyers",
            "left_after": "fraction of flow",
            "flow": network.flow_unit,
            "maybe_without_source": "buyers",
        },
        parameters={"share": float(share), "network": network.name, "fingerprint": network.fingerprint},
        notes=_sentences(table, float(share), codes),
        single_points=int(table["single_point"].sum()),
    )


def _table(network: Network, origin: np.ndarray, countries: np.ndarray, share: float) -> pd.DataFrame:
    links = pd.DataFrame({"product": network.product, "buyer": network.buyer, "country": origin, "flow": network.flow})[
        (network.flow > 0) & (network.supplier != network.buyer)
    ]
    whole = links.groupby("product")["flow"].sum()
    needs = links.groupby(["product", "buyer", "country"], as_index=False)["flow"].sum()
    each = needs.groupby(["product", "buyer"])["country"]
    needs["sources"] = each.transform("size")
    needs["open"] = each.transform("min") < 0  # some of it comes from a country that is not known
    needs["without"] = needs["sources"] == 1
    needs["maybe"] = (needs["sources"] == 2) & needs["open"]
    known = needs[needs["country"] >= 0]
    table = known.groupby(["product", "country"], as_index=False).agg(
        flow=("flow", "sum"), without=("without", "sum"), maybe=("maybe", "sum")
    )
    lost = np.minimum(1.0, table["flow"].to_numpy() / whole.reindex(table["product"]).to_numpy())
    buyers = needs.groupby("product")["buyer"].nunique()
    made = pd.DataFrame(
        {
            "product": pd.Series(network.products[table["product"]], dtype="str"),
            "country": pd.Series(countries[table["country"]], dtype="str"),
            "lost_share": lost,
            "buyers_without_source": table["without"].to_numpy(dtype=np.int64),
            "buyers": buyers.reindex(table["product"]).to_numpy(dtype=np.int64),
            "single_point": (lost >= share - 1e-12) & (table["without"].to_numpy() > 0),
            "flow": table["flow"].to_numpy(dtype=np.float64),
            "maybe_without_source": table["maybe"].to_numpy(dtype=np.int64),
        }
    )
    made["_share"], made["_flow"] = -made["lost_share"].round(12), -rank_key(made["flow"])
    made = made.sort_values(["product", "_share", "country"], ignore_index=True)
    left = 1 - made.groupby("product")["lost_share"].cumsum()
    made.insert(6, "left_after", left.where(left > 1e-12, 0.0))
    made["_point"] = ~made["single_point"]
    made = made.sort_values(["_point", "_share", "_flow", "product", "country"], ignore_index=True)
    return made.drop(columns=["_share", "_flow", "_point"])


def _sentences(table: pd.DataFrame, share: float, codes: np.ndarray) -> tuple[str, ...]:
    count = int(table["single_point"].sum())
    products = table.loc[table["single_point"], "product"].nunique()
    notes = [
        f"{products} of {table['product'].nunique()} products have a country as single point ({count} pairs of product "
        f"and country): without it at least {share:.0%} of the product's flow is lost and some buyer has no other "
        "country to buy it from. This is a definition of this program's own."
    ]
    if len(table):
        top = table.iloc[0]
        notes.append(
            f"First: without {top['country']}, {top['lost_share']:.0%} of the flow of {top['product']} is lost and "
            f"{top['buyers_without_source']} of {top['buyers']} buyers have no source."
        )
    unknown = int((codes < 0).sum())
    if unknown:
        notes.append(
            f"{unknown} firms have no country: what they sell counts in the whole flow, and whoever buys from them is "
            "not left without a source for certain (maybe_without_source)."
        )
    return tuple(notes)

"""Who makes a product, inside the network and outside, and who makes something like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from valuechain.errors import Fault, InvalidDataError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.economy import Economy
from valuechain.recommend.outside import Outside
from valuechain.recommend.wishes import number_column

__all__ = [
    "INSIDE",
    "KINDS",
    "LEAST_SIMILARITY",
    "OUTSIDE",
    "POTENTIAL",
    "PRESENT",
    "Makers",
    "makers_of",
    "similar_products",
]

INSIDE, OUTSIDE, POTENTIAL, PRESENT = 0, 1, 2, 3
KINDS = ("same product", "outside", "potential", "present supplier")
"""How a candidate could supply: it makes the product here, it says so from outside, it makes something like it, or it
delivers some of it to the buyer already and would deliver more."""

LEAST_SIMILARITY = 0.5
"""Products of which the inputs are less alike (cosine) are no hint that one maker could make the other."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Makers:
    """Firms by product; ``rows`` has ``product, firm`` (positions), ``kind, spare, fixed, unit, similarity``."""

    rows: pd.DataFrame
    start: Index

    def of(self, product: int) -> pd.DataFrame:
        """Return who makes a product, in order of kind, then position."""
        return self.rows.iloc[self.start[product] : self.start[product + 1]]


def sold_products(network: Network) -> pd.DataFrame:
    """Return ``product, firm`` of each seller; where links name no product, all firms of the sector count as makers."""
    sells = (network.flow > 0) & (network.supplier != network.buyer)
    rows = pd.DataFrame({"product": network.product[sells], "firm": network.supplier[sells]})
    links = network.links
    unnamed = links["product"].isna().to_numpy() if "product" in links else np.ones(network.n_links, dtype=bool)
    stands = np.unique(network.product[unnamed])
    if len(stands):
        of_sector = {s: k for k, s in enumerate(network.sectors)}
        product_of = np.full(len(network.sectors), -1, dtype=np.int64)
        product_of[[of_sector[network.products[p]] for p in stands]] = stands
        product = product_of[network.sector]
        firms = np.flatnonzero(product >= 0)
        rows = pd.concat([rows, pd.DataFrame({"product": product[firms], "firm": firms})])
    return rows.drop_duplicates()


def makers_of(economy: Economy, outside: Outside) -> Makers:
    """Return the makers of each product with what they have to spare and what they cost (NaN: not known)."""
    network = economy.network
    inside = sold_products(network)
    inside = inside[~economy.is_outside[inside["firm"].to_numpy()]]
    firm = inside["firm"].to_numpy()
    rows = inside.assign(
        kind=INSIDE,
        spare=economy.spare[firm],
        fixed=_cost(network, "fixed_cost")[firm],
        unit=_cost(network, "unit_cost")[firm],
    )
    offers = pd.DataFrame(
        {
            "product": outside.product,
            "firm": outside.firm,
            "kind": OUTSIDE,
            "spare": outside.offered,
            "fixed": outside.fixed,
            "unit": outside.unit,
        }
    )
    rows = pd.concat([rows, offers], ignore_index=True) if len(offers) else rows
    return _sorted(rows.assign(similarity=1.0), len(network.products))


def _sorted(rows: pd.DataFrame, products: int) -> Makers:
    rows = rows.sort_values(["product", "kind", "firm"], ignore_index=True)
    count = np.bincount(rows["product"].to_numpy(dtype=np.int64), minlength=products)
    return Makers(rows=rows, start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64))


def _cost(network: Network, column: str) -> Floats:
    """Return a column of costs of firms, NaN where not known; negative ones are faults."""
    if column not in network.firms:
        return np.full(network.n_firms, np.nan)
    values = number_column(network.firms, column)
    faults = [
        Fault(
            file="firms",
            row=int(k) + 2,
            column=column,
            value=f"{values[k]:g}",
            problem="is below 0",
            remedy="write what it costs, or leave the cell empty",
        )
        for k in np.flatnonzero(values < 0)
    ]
    if faults:
        raise InvalidDataError(faults)
    return values


def similar_products(network: Network) -> sparse.csr_array:
    """Return how alike the inputs of each two products are, from LEAST_SIMILARITY to 1; shape (products, products).

    The recipe of a product is the mean of what its makers buy, by product, share of purchases, weighed by what they
    sell of it; two recipes are alike by their cosine. A product whose makers buy nothing is like no other.
    """
    n, p = network.n_firms, len(network.products)
    other = network.supplier != network.buyer
    flow = network.flow[other]
    bought = sparse.csr_array((flow, (network.buyer[other], network.product[other])), shape=(n, p))
    sold = sparse.csr_array((flow, (network.supplier[other], network.product[other])), shape=(n, p))
    recipe = sold.T @ _unit_rows(bought, 1)
    alike = _unit_rows(sparse.csr_array(recipe), 2)
    cosine = sparse.csr_array(alike @ alike.T)
    cosine.setdiag(0.0)
    cosine.data[cosine.data < LEAST_SIMILARITY] = 0.0
    cosine.eliminate_zeros()
    return cosine


def _unit_rows(matrix: sparse.csr_array, norm: int) -> sparse.csr_array:
    """Return a matrix whose rows have norm 1; empty rows stay empty."""
    size = np.asarray((abs(matrix) ** norm).sum(axis=1)) ** (1 / norm)
    return sparse.csr_array(sparse.diags_array(np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)) @ matrix)


def potential_makers(makers: Makers, alike: sparse.csr_array, product: int) -> pd.DataFrame:
    """Return firms that make something like a product, and not the product itself; each by its most alike product."""
    part = slice(alike.indptr[product], alike.indptr[product + 1])
    pairs = zip(alike.indices[part].tolist(), alike.data[part].tolist(), strict=True)
    found = [makers.of(q).assign(similarity=s, makes=q) for q, s in pairs]
    if not found:
        return makers.rows.iloc[:0].assign(makes=np.zeros(0, dtype=np.int64))
    rows = pd.concat(found, ignore_index=True)
    rows = rows[(rows["kind"] == INSIDE) & ~rows["firm"].isin(makers.of(product)["firm"])]
    rows = rows.sort_values(["similarity", "makes", "firm"], ascending=[False, True, True]).drop_duplicates("firm")
    return rows.assign(product=product, kind=POTENTIAL).sort_values("firm", ignore_index=True)

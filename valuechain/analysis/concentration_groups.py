"""Groups of links and sources of supply for concentration: columns of firms, clusters, blocs of countries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import UnknownNameError, suggestion
from valuechain.network import Floats, Index, Network
from valuechain.schema.blocs import partition

Labels = npt.NDArray[np.object_]
Blocs = Iterable[str] | Mapping[str, Iterable[str]] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """Links taken apart where a firm is in several clusters.

    ``link`` is the link of each part, ``code`` the position of its label (-1: not known), ``weight`` the part of the
    link's flow; shapes (parts,).
    """

    link: Index
    code: Index
    labels: Labels
    weight: Floats


def column_codes(network: Network, column: str) -> tuple[Index, Labels]:
    """Return the value of each firm in a column (-1: not known) and the values, sorted."""
    firms = network.firms
    if column not in firms:
        hint = suggestion(column, list(firms.columns)) or "add it"
        raise UnknownNameError(f"firms of network '{network.name}' has no column '{column}'; {hint}")
    codes, labels = pd.factorize(firms[column], sort=True)
    return codes.astype(np.int64), np.asarray(labels, dtype=object)


def memberships(network: Network) -> tuple[Index, Index, Labels]:
    """Return firm and cluster of each membership, and the clusters, sorted."""
    members = network.table("members")
    if members is None or not len(members):
        raise UnknownNameError(f"network '{network.name}' has no clusters; add the table members")
    members = members[["firm", "cluster"]].drop_duplicates()
    codes, labels = pd.factorize(members["cluster"], sort=True)
    return network.positions(members["firm"]), codes.astype(np.int64), np.asarray(labels, dtype=object)


def _whole(code: Index, labels: Labels) -> Parts:
    return Parts(link=np.arange(len(code)), code=code, labels=labels, weight=np.ones(len(code)))


def _joined(firm_of_link: Index, firm: Index, code: Index) -> tuple[Index, Index]:
    """Return each link once for each cluster of its firm."""
    pairs = pd.DataFrame({"link": np.arange(len(firm_of_link)), "firm": firm_of_link}).merge(
        pd.DataFrame({"firm": firm, "code": code}), on="firm"
    )
    return pairs["link"].to_numpy(dtype=np.int64), pairs["code"].to_numpy(dtype=np.int64)


def group_parts(network: Network, by: str) -> Parts:
    """Return the group of each link; the links of a buyer in several clusters count in each of them."""
    if by == "product":
        return _whole(network.product, network.products)
    if by == "buyer":
        return _whole(network.buyer, network.firm_ids)
    if by == "cluster":
        firm, code, labels = memberships(network)
        link, codes = _joined(network.buyer, firm, code)
        return Parts(link=link, code=codes, labels=labels, weight=np.ones(len(link)))
    codes, labels = column_codes(network, by)
    return _whole(codes[network.supplier], labels)


def source_parts(network: Network, merge: str | None, blocs: Blocs) -> Parts:
    """Return the source of each link: supplier, or what suppliers are merged by.

    Suppliers in several clusters give an equal part of each sale to each; those in none stand alone.
    """
    if merge is None:
        return _whole(network.supplier, network.firm_ids)
    if merge == "cluster" and "cluster" not in network.firms:
        return _cluster_sources(network)
    if merge == "bloc" and "bloc" not in network.firms:
        codes, labels = bloc_codes(network, blocs)
    else:
        codes, labels = column_codes(network, merge)
    return _whole(codes[network.supplier], labels)


def bloc_codes(network: Network, blocs: Blocs) -> tuple[Index, Labels]:
    """Return the bloc of each firm (-1: country not known); a country in no bloc stands for itself."""
    codes, countries = column_codes(network, "country")
    of_country = partition(blocs)
    new, labels = pd.factorize(pd.Series([of_country.get(c, c) for c in countries], dtype="str"), sort=True)
    return np.where(codes >= 0, np.r_[new, -1][codes], -1).astype(np.int64), np.asarray(labels, dtype=object)


def _cluster_sources(network: Network) -> Parts:
    firm, code, clusters = memberships(network)
    count = np.bincount(firm, minlength=network.n_firms)
    alone = np.flatnonzero(count == 0)
    labels = np.concatenate([clusters, network.firm_ids[alone]]).astype(object)
    link, codes = _joined(network.supplier, np.r_[firm, alone], np.r_[code, len(clusters) + np.arange(len(alone))])
    share = 1.0 / np.maximum(count, 1)[network.supplier[link]]
    return Parts(link=link, code=codes, labels=labels, weight=share)

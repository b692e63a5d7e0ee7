"""Which part of a network a page shows: firms of some clusters or countries, links of some products or sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from valuechain.errors import ParameterError, suggestion
from valuechain.network import Network

__all__ = ["Filters", "Kept", "kept_by"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a page shows: empty means all. ``minimum_flow`` is in the unit of the network's flows."""

    clusters: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    minimum_flow: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether all of the network is shown."""
        return not (self.clusters or self.countries or self.products or self.minimum_flow)

    def words(self) -> str:
        """Return what is asked for, as one line."""
        said = [f"{n} {', '.join(v)}" for n, v in vars(self).items() if isinstance(v, tuple) and v]
        return "; ".join([*said, *([f"flow of at least {self.minimum_flow:g}"] if self.minimum_flow else [])])


class Kept(NamedTuple):
    """Firms and links that filters keep; shapes (firms,) and (links,)."""

    firms: Flags
    links: Flags


def kept_by(network: Network, filters: Filters | None) -> Kept:
    """Return the firms and links that filters keep.

    Raises
    ------
    ParameterError
        With every name that is not in the network; or when no firm is left.
    """
    firms, links = np.ones(network.n_firms, dtype=bool), np.ones(network.n_links, dtype=bool)
    if filters is None or filters.is_empty:
        return Kept(firms, links)
    faults: list[str] = []
    if filters.countries:
        firms &= _of_countries(network, filters.countries, faults)
    if filters.clusters:
        firms &= _of_clusters(network, filters.clusters, faults)
    if filters.products:
        links &= np.isin(
            network.product, _places(filters.products, [str(p) for p in network.products], "product", faults)
        )
    if not filters.minimum_flow >= 0 or np.isinf(filters.minimum_flow):
        faults.append(f"minimum_flow {filters.minimum_flow!r} is no amount; write 0 or more, {network.flow_unit}")
    else:
        links &= network.flow >= filters.minimum_flow
    if faults:
        raise ParameterError("\n".join(faults))
    links &= firms[network.supplier] & firms[network.buyer]
    if filters.products or filters.minimum_flow:
        trading = np.zeros(network.n_firms, dtype=bool)
        trading[network.supplier[links]] = trading[network.buyer[links]] = True
        firms &= trading
    if not firms.any():
        raise ParameterError(f"no firm of '{network.name}' is left by the filters ({filters.words()}); ask for less")
    return Kept(firms, links)


def _of_countries(network: Network, asked: Sequence[str], faults: list[str]) -> Flags:
    if "country" not in network.firms:
        faults.append("countries: firms have no column country; add it or leave the filter out")
        return np.ones(network.n_firms, dtype=bool)
    column = network.firms["country"]
    _places(asked, sorted(column.dropna().unique()), "country", faults)
    return column.isin(list(asked)).to_numpy(dtype=bool)


def _of_clusters(network: Network, asked: Sequence[str], faults: list[str]) -> Flags:
    members = network.table("members")
    if members is None:
        faults.append("clusters: the network has no table members; add it or leave the filter out")
        return np.ones(network.n_firms, dtype=bool)
    _places(asked, sorted(members["cluster"].unique()), "cluster", faults)
    found = np.zeros(network.n_firms, dtype=bool)
    found[network.positions(members["firm"][members["cluster"].isin(list(asked))])] = True
    return found


def _places(asked: Sequence[str], known: Sequence[str], what: str, faults: list[str]) -> list[int]:
    """Return the places of what is asked for among what is known; note a fault for each that is not."""
    place = {str(k): n for n, k in enumerate(known)}
    faults += [
        f"{what} '{name}' is not in the network; {suggestion(str(name), list(place))}".rstrip("; ")
        for name in asked
        if str(name) not in place
    ]
    return [place[str(name)] for name in asked if str(name) in place]

"""Who is in which cluster, for the firms of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from valuechain.network import Index, Network
from valuechain.report.packing import counts
from valuechain.report.selection import Selection
from valuechain.report.words import clean

__all__ = ["Clusters", "clusters_of", "own_ids"]


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Names of clusters in the order of their ids; pairs of firm (place on the page) and cluster, shape (members,)."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    firm: Index
    cluster: Index

    def first(self, firms: int) -> list[str | None]:
        """Return the name of each firm's first cluster by id, None where it is in none."""
        found: list[str | None] = [None] * firms
        for firm, cluster in zip(self.firm[::-1], self.cluster[::-1], strict=True):
            found[firm] = self.names[cluster]
        return found

    def blob(self) -> dict[str, Any]:
        """Return what the page's script reads."""
        members = {"firm": counts(self.firm), "cluster": counts(self.cluster)}
        return {"names": self.names, **own_ids(self.ids, self.names), **members}


def clusters_of(network: Network, selection: Selection) -> Clusters | None:
    """Return the clusters of the firms on a page; None where the network has none."""
    members = network.table("members")
    if members is None or len(members) == 0:
        return None
    at = np.array([selection.place.get(str(f), -1) for f in members["firm"]], dtype=np.int64)
    ids = np.array([str(c) for c in members["cluster"]], dtype=object)[at >= 0]
    known = sorted(set(ids))
    if not known:
        return None
    cluster = np.searchsorted(np.array(known, dtype=object), ids).astype(np.int64)
    firm = at[at >= 0]
    order = np.lexsort((cluster, firm))
    named = _names(network)
    names = tuple(clean(named.get(c, c)) for c in known)
    return Clusters(names=names, ids=tuple(map(clean, known)), firm=firm[order], cluster=cluster[order])


def own_ids(ids: Sequence[str], names: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return ids as a part of what the page's script reads, nothing where they are the names."""
    return {} if tuple(ids) == tuple(names) else {"ids": tuple(ids)}


def _names(network: Network) -> dict[str, str]:
    table = network.table("clusters")
    if table is None or "name" not in table:
        return {}
    known = table[table["name"].notna()]
    return dict(zip(known["cluster"].astype(str), known["name"].astype(str), strict=True))

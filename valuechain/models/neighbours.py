"""How firms' suppliers and clients fare, for recoveries that they slow down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.network import Floats, Index, Network


@dataclass(frozen=True, kw_only=True)
class Partners:
    """Suppliers and clients of each firm, one a link that has a flow: those of i are ``start[i]:start[i + 1]``."""

    start: Index
    partner: Index

    def mean(self, values: Floats) -> Floats:
        """Return the mean of a value over each firm's partners, 0 for a firm that has none; shape (firms,)."""
        total = np.concatenate([[0.0], np.cumsum(values[self.partner])])
        return np.asarray((total[self.start[1:]] - total[self.start[:-1]]) / np.maximum(np.diff(self.start), 1))

    def mean_of(self, values: Floats, firm: int) -> float:
        """Return the mean of a value over the partners of one firm, 0 when it has none."""
        partners = self.partner[self.start[firm] : self.start[firm + 1]]
        return float(values[partners].mean()) if len(partners) else 0.0


def partners_of(network: Network) -> Partners:
    """Return the suppliers and clients of each firm; worked out once for a network."""
    found: Partners | None = network.derived.get("partners")
    if found is None:
        found = network.derived["partners"] = _partners_of(network)
    return found


def _partners_of(network: Network) -> Partners:
    used = network.flow > 0
    firm = np.concatenate([network.supplier[used], network.buyer[used]])
    partner = np.concatenate([network.buyer[used], network.supplier[used]])
    order = np.argsort(firm, kind="stable")
    counts = np.bincount(firm, minlength=network.n_firms)
    return Partners(start=np.concatenate([[0], np.cumsum(counts)]), partner=partner[order])

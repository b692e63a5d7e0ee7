"""Slots: one buyer's need for one product. Suppliers are alternatives (OR), essential slots all needed (AND)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.network import Floats, Index, Network


@dataclass(frozen=True, kw_only=True)
class Slots:
    """All slots of a network, ordered by buyer, then product.

    ``buyer``, ``product``, ``flow`` have shape (slots,). ``order`` lists the links slot by slot: those of slot k are
    ``order[start[k]:start[k + 1]]``; ``of_link`` has the slot of each link, shape (links,).
    """

    buyer: Index
    product: Index
    flow: Floats
    order: Index
    start: Index
    of_link: Index

    def __len__(self) -> int:
        return len(self.buyer)


def slots_of(network: Network) -> Slots:
    """Return the slots of a network.

    Examples
    --------
    >>> import valuechain as vc
    >>> len(slots_of(vc.example("textbook")))
    4
    """
    n_products = max(len(network.products), 1)
    key = network.buyer * n_products + network.product
    order = _ordered(network.supplier, key, network.n_firms)
    sorted_key = key[order]
    first = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
    of_link = np.empty(len(key), dtype=np.int64)
    of_link[order] = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(key)]))
    flow = np.bincount(of_link, weights=network.flow, minlength=len(first)) if len(key) else np.zeros(0)
    slot_key = sorted_key[first]
    parts = {
        "buyer": slot_key // n_products,
        "product": slot_key % n_products,
        "flow": flow,
        "order": order.astype(np.int64),
        "start": np.r_[first, len(key)].astype(np.int64),
        "of_link": of_link,
    }
    for part in parts.values():
        part.flags.writeable = False
    return Slots(**parts)


def _ordered(supplier: Index, key: Index, n_firms: int) -> Index:
    """Return the links in the order of a key of theirs, then of suppliers, then as they are."""
    most = int(key.max(initial=0)) + 1
    if most * max(n_firms, 1) < 2**63:
        # One stable sort of one number is three to ten times as fast as lexsort, most where the links are in order.
        both = key * n_firms
        both += supplier
        return np.argsort(both, kind="stable")
    return np.lexsort((supplier, key))

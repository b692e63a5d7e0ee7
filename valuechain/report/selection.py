"""Which firms and links a page draws, in an order that rows of the tables do not decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.models.systemic_risk import SystemicRisk
from valuechain.network import Floats, Index, Network
from valuechain.report.engines import Engine
from valuechain.report.filters import Filters, kept_by
from valuechain.report.words import clean


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a renderer can hold: networks of up to ``whole`` firms are drawn whole, of larger ones ``drawn`` firms.

    The page holds the ``links`` heaviest links; the ``lines`` heaviest are drawn before a firm is chosen.
    """

    whole: int
    drawn: int
    links: int
    lines: int


ROOM: dict[Engine, Room] = {
    "vis": Room(whole=2_000, drawn=1_500, links=40_000, lines=6_000),
    "sigma": Room(whole=60_000, drawn=50_000, links=200_000, lines=15_000),
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The firms of a page by id and the links among them, by supplier, then buyer, then product.

    ``firms`` are the rows of the firms table; ``supplier`` and ``buyer`` are places in it, ``product`` a place in
    ``products``; shape (links held,). ``index``, ``index_down`` and ``index_up`` are NaN where they are not known.
    ``suppliers`` and ``buyers`` count all of a firm's partners, also those that are not on the page. ``asked`` counts
    the firms that the filters keep, of which a page that ``is_cut`` holds the most critical ones; a page that
    ``is_complete`` holds all firms and links of the network.
    """

    firms: pd.DataFrame
    room: Room
    ids: tuple[str, ...]
    place: dict[str, int]
    supplier: Index
    buyer: Index
    product: Index
    flow: Floats
    products: tuple[str, ...]
    index: Floats
    index_down: Floats
    index_up: Floats
    sales: Floats
    suppliers: Index
    buyers: Index
    links_among: int
    is_cut: bool
    asked: int
    is_complete: bool

    @property
    def n_firms(self) -> int:
        """Number of firms on the page."""
        return len(self.ids)

    @property
    def size(self) -> tuple[Floats, bool]:
        """What the size of a firm stands for, and whether it is the output (else sales inside the network)."""
        if "output" in self.firms and self.firms["output"].notna().all():
            return self.firms["output"].to_numpy(dtype=np.float64), True
        return self.sales, False


def select(
    network: Network, risk: SystemicRisk | None, *, engine: Engine = "vis", filters: Filters | None = None
) -> Selection:
    """Return what the page of a network shows: all that filters keep, or the most critical firms of a large one."""
    ids = np.array([str(f) for f in network.firm_ids], dtype=object)
    room, indices = ROOM[engine], _indices(network, risk)
    kept = kept_by(network, filters)
    chosen = np.flatnonzero(kept.firms)
    asked = len(chosen)
    if asked > room.whole:
        importance = network.sales if risk is None else np.nan_to_num(indices["index"], nan=-1.0)
        chosen = chosen[np.lexsort((_rank(ids[chosen]), -_steady(importance[chosen])))[: room.drawn]]
    chosen = chosen[np.argsort(ids[chosen], kind="stable")]
    place = np.full(network.n_firms, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    supplier, buyer, flow = place[network.supplier], place[network.buyer], network.flow
    among = np.flatnonzero((supplier >= 0) & (buyer >= 0) & kept.links)
    order = among[np.lexsort((network.product[among], buyer[among], supplier[among], -flow[among]))][: room.links]
    order = order[np.lexsort((network.product[order], buyer[order], supplier[order]))]
    suppliers, buyers = _partners(network)
    return Selection(
        room=room,
        firms=network.firms.iloc[chosen].reset_index(drop=True),
        ids=tuple(clean(i) for i in ids[chosen]),
        place={str(i): k for k, i in enumerate(ids[chosen])},
        supplier=supplier[order],
        buyer=buyer[order],
        product=network.product[order],
        flow=flow[order],
        products=_product_names(network),
        sales=network.sales[chosen],
        suppliers=suppliers[chosen],
        buyers=buyers[chosen],
        links_among=len(among),
        is_cut=asked > room.whole,
        asked=asked,
        is_complete=len(chosen) == network.n_firms and len(order) == network.n_links,
        **{name: values[chosen] for name, values in indices.items()},
    )


def _indices(network: Network, risk: SystemicRisk | None) -> dict[str, Floats]:
    columns = ("index", "index_down", "index_up")
    found = {c: np.full(network.n_firms, np.nan) for c in columns}
    if risk is not None:
        at = network.positions(risk.table["firm"])
        for column in columns:
            found[column][at] = risk.table[column].to_numpy(dtype=np.float64)
    return found


def _rank(labels: npt.NDArray[np.object_]) -> Index:
    return np.argsort(np.argsort(labels, kind="stable"), kind="stable")


def _steady(values: Floats) -> Floats:
    """Return values without their last digits, which depend on the order of additions."""
    return np.array([float(f"{v:.10g}") for v in values])


def _partners(network: Network) -> tuple[Index, Index]:
    """Return how many suppliers and buyers each firm has; a firm is no partner of its own."""
    n = max(network.n_firms, 1)
    other = network.supplier != network.buyer
    pairs = np.unique(network.supplier[other] * n + network.buyer[other])
    return (
        np.bincount(pairs % n, minlength=n).astype(np.int64),
        np.bincount(pairs // n, minlength=n).astype(np.int64),
    )


def _product_names(network: Network) -> tuple[str, ...]:
    table = network.table("products")
    named: dict[str, str] = {}
    if table is not None and "name" in table:
        known = table[table["name"].notna()]
        named = dict(zip(known["product"].astype(str), known["name"].astype(str), strict=True))
    return tuple(clean(named.get(str(p), p)) for p in network.products)

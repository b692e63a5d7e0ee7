"""Who could supply a need: firms that make the product, less those that cannot help, and which filter removed whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats, Index, Network
from valuechain.recommend.economy import Economy
from valuechain.recommend.filters import Filters
from valuechain.recommend.shared_points import Hanging, hanging
from valuechain.recommend.wishes import Step, Wishes, wishes_of

__all__ = ["SHARED", "Candidates", "candidates_of", "makers_of", "named_points"]

Mask = npt.NDArray[np.bool_]

SHARED = "hangs on a firm that all present suppliers hang on"
"""Words of the filter on shared upstream points."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Firms that could supply needs, one by one.

    Parameters
    ----------
    slot
        Essential slot each could supply, position in the economy; shape (candidates,).
    firm
        Position of the firm; shape (candidates,).
    shared
        Upstream firms whose failure would stop it together with all present suppliers, positions; one entry each.
    distance
        From the buyer, km, NaN where not known; shape (candidates,).
    lead_days
        From order to delivery, days, NaN where not known; shape (candidates,).
    removed
        Table ``filter, removed, not_known, left``: how many each filter removed, in their order.
    shared_points
        Table ``buyer, product, candidate, shared_point``: whom the filter on shared points removed, and why.
    """

    slot: Index
    firm: Index
    shared: tuple[Index, ...]
    distance: Floats
    lead_days: Floats
    removed: pd.DataFrame
    shared_points: pd.DataFrame

    def __len__(self) -> int:
        return len(self.slot)

    def only(self, keep: Mask) -> Candidates:
        """Return some of the candidates; what was removed stays as it is."""
        return replace(
            self,
            slot=self.slot[keep],
            firm=self.firm[keep],
            shared=tuple(self.shared[k] for k in np.flatnonzero(keep)),
            distance=self.distance[keep],
            lead_days=self.lead_days[keep],
        )


def makers_of(network: Network) -> pd.Series:
    """Return the firms that make each product: its sellers, and where links name none, all firms of the sector.

    Positions of firms by position of the product, in order.
    """
    sells = (network.flow > 0) & (network.supplier != network.buyer)
    rows = pd.DataFrame({"product": network.product[sells], "firm": network.supplier[sells]})
    links = network.links
    unnamed = links["product"].isna().to_numpy() if "product" in links else np.ones(network.n_links, dtype=bool)
    stands = np.unique(network.product[unnamed])
    if len(stands):
        of_sector = {s: k for k, s in enumerate(network.sectors)}
        sector = [of_sector[network.products[p]] for p in stands]
        product_of = np.full(len(network.sectors), -1, dtype=np.int64)
        product_of[sector] = stands
        product = product_of[network.sector]
        firms = np.flatnonzero(product >= 0)
        rows = pd.concat([rows, pd.DataFrame({"product": product[firms], "firm": firms})])
    rows = rows.drop_duplicates().sort_values(["product", "firm"])
    return rows.groupby("product")["firm"].agg(lambda f: f.to_numpy(dtype=np.int64))


def candidates_of(economy: Economy, slots: Index, filters: Filters) -> Candidates:
    """Return the candidates for some essential slots.

    Parameters
    ----------
    economy
        The economy.
    slots
        Positions of essential slots in it; shape (slots,).
    filters
        What a partner has to be.
    """
    network = economy.network
    makers = makers_of(network)
    search = _Search(
        economy=economy,
        filters=filters,
        wishes=wishes_of(network, filters),
        hangs=hanging(network),
        owner=_owners(network),
    )
    removed: dict[str, list[int]] = {}
    firms, shared, told = [np.zeros(0, dtype=np.int64)], [], []
    for slot in slots:
        makes = np.asarray(makers.get(int(economy.slot_product[slot]), firms[0]), dtype=np.int64)
        points = search.shared(int(slot), makes)
        passes = np.ones(len(makes), dtype=bool)
        for step in search.steps(int(slot), makes, points):
            out = passes & ~step.passes
            count = removed.setdefault(step.words, [0, 0])
            count[0] += int(out.sum())
            count[1] += int((out & step.unknown).sum())
            if step.words == SHARED:
                told += [(int(slot), int(makes[k]), points[k]) for k in np.flatnonzero(out)]
            passes &= step.passes
        firms.append(makes[passes])
        shared += [points[k] for k in np.flatnonzero(passes)]
    slot_of = np.repeat(slots, [len(f) for f in firms[1:]]).astype(np.int64)
    firm = np.concatenate(firms)
    return Candidates(
        slot=slot_of,
        firm=firm,
        shared=tuple(shared),
        distance=search.distances(slot_of, firm),
        lead_days=search.leads(slot_of, firm),
        removed=_removed_table(removed, len(firm)),
        shared_points=_told_table(economy, told),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """What judges candidates, worked out once for all slots."""

    economy: Economy
    filters: Filters
    wishes: Wishes
    hangs: Hanging
    owner: Index

    def steps(self, slot: int, firms: Index, points: list[Index]) -> Iterator[Step]:
        """Yield the filters in the order in which they are told: who cannot be a partner, then who is not wanted."""
        graph, product = self.economy.graph, int(self.economy.slot_product[slot])
        buyer = int(graph.slot_buyer[slot])
        links = slice(graph.link_start[slot], graph.link_start[slot + 1])
        share = np.zeros(self.economy.network.n_firms)
        share[graph.supplier[links]] = graph.share[links]
        yield _step("the buyer itself", firms != buyer)
        large = share[firms] >= self.filters.suppliers_below if self.filters.suppliers_below else share[firms] > 0
        words = f"a present supplier of {self.filters.suppliers_below:.0%} of the need or more"
        yield _step(words if self.filters.suppliers_below else "a present supplier", ~large)
        yield _step("no spare capacity", self.economy.spare[firms] > 0)
        if not self.filters.same_owner:
            groups = self.owner[np.r_[buyer, graph.supplier[links]]]
            alike = np.isin(self.owner[firms], groups[groups >= 0])
            yield _step("of the group of the buyer or of a present supplier", ~alike)
        if not self.filters.shared_points:
            yield _step(SHARED, np.array([not len(p) for p in points], dtype=bool))
        yield from self.wishes.steps(buyer, product, firms)

    def shared(self, slot: int, firms: Index) -> list[Index]:
        """Return, for each firm, the upstream firms that stop it and all present suppliers of a slot."""
        graph = self.economy.graph
        points = self.hangs.of_all(graph.supplier[graph.link_start[slot] : graph.link_start[slot + 1]])
        points = points[points != graph.slot_buyer[slot]]
        return [self.hangs.shared(points, int(f)) for f in firms]

    def distances(self, slot: Index, firm: Index) -> Floats:
        """Return the distance of each candidate from its buyer, km."""
        found = np.full(len(slot), np.nan)
        buyer = self.economy.graph.slot_buyer[slot]
        for j in np.unique(buyer):
            found[buyer == j] = self.wishes.places.distance(int(j), firm[buyer == j])
        return found

    def leads(self, slot: Index, firm: Index) -> Floats:
        """Return the lead time of each candidate, days."""
        found = np.full(len(slot), np.nan)
        product = self.economy.slot_product[slot]
        for p in np.unique(product):
            found[product == p] = self.wishes.leads.days(int(p), firm[product == p])
        return found


def _step(words: str, passes: Mask) -> Step:
    return Step(words=words, passes=passes, unknown=np.zeros(len(passes), dtype=bool))


def _owners(network: Network) -> Index:
    """Return the owner of each firm as a number, -1 where not known."""
    if "owner" not in network.firms:
        return np.full(network.n_firms, -1, dtype=np.int64)
    return pd.factorize(network.firms["owner"])[0].astype(np.int64)


def _removed_table(removed: dict[str, list[int]], left: int) -> pd.DataFrame:
    """Return how many candidates each filter removed, and how many were left after it."""
    counts = [c for c, _ in removed.values()]
    after = left + np.cumsum([0, *counts[::-1]])[::-1][1:]
    return pd.DataFrame(
        {
            "filter": pd.Series(list(removed), dtype="str"),
            "removed": np.array(counts, dtype=np.int64),
            "not_known": np.array([u for _, u in removed.values()], dtype=np.int64),
            "left": np.asarray(after, dtype=np.int64),
        }
    )


def _told_table(economy: Economy, told: list[tuple[int, int, Index]]) -> pd.DataFrame:
    network = economy.network
    ids, products = network.firm_ids, network.products
    rows = [
        (
            ids[economy.graph.slot_buyer[slot]],
            products[economy.slot_product[slot]],
            ids[firm],
            named_points(network, points),
        )
        for slot, firm, points in told
    ]
    table = pd.DataFrame(rows, columns=["buyer", "product", "candidate", "shared_point"], dtype="str")
    return table.sort_values(["buyer", "product", "candidate"], ignore_index=True)


def named_points(network: Network, points: Index) -> str:
    """Return the ids of shared points, the first three by id."""
    ids = sorted(str(i) for i in network.firm_ids[points])
    return "; ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")

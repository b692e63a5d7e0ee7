"""Who could supply a need: firms that make the product, less those that cannot help, and which filter removed whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from valuechain.network import Floats, Index, Network
from valuechain.recommend.economy import Economy
from valuechain.recommend.filters import Filters
from valuechain.recommend.makers import Makers, makers_of, potential_makers, similar_products
from valuechain.recommend.outside import Outside, with_outside
from valuechain.recommend.shared_points import Hanging, hanging
from valuechain.recommend.wishes import Step, Wishes, wishes_of
from valuechain.results import rank_key

__all__ = ["SHARED", "Candidates", "candidates_of", "named_points"]

Mask = npt.NDArray[np.bool_]

CARRIED = ("firm", "kind", "spare", "fixed", "unit", "similarity", "hangs_on_it")

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
    kind
        Place in ``makers.KINDS``; shape (candidates,).
    spare, fixed, unit
        Spare capacity (currency per flow period), fixed cost (currency) and price of a unit of each, costs NaN where
        not given; shape (candidates,).
    similarity
        How alike the inputs of what it makes and of the product are, 1 for makers of the product; (candidates,).
    hangs_on_it
        Whether the buyer stops today already when it fails; shape (candidates,).
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
    potential
        Table ``candidate, product, buyer, makes, similarity, spare``: who makes something like the product.
    """

    slot: Index
    firm: Index
    kind: Index
    spare: Floats
    fixed: Floats
    unit: Floats
    similarity: Floats
    hangs_on_it: Mask
    shared: tuple[Index, ...]
    distance: Floats
    lead_days: Floats
    removed: pd.DataFrame
    shared_points: pd.DataFrame
    potential: pd.DataFrame

    def __len__(self) -> int:
        return len(self.slot)

    def only(self, keep: Mask) -> Candidates:
        """Return some of the candidates; what was removed stays as it is."""
        return replace(
            self,
            slot=self.slot[keep],
            **{f: getattr(self, f)[keep] for f in CARRIED},
            shared=tuple(self.shared[k] for k in np.flatnonzero(keep)),
            distance=self.distance[keep],
            lead_days=self.lead_days[keep],
        )


def candidates_of(
    economy: Economy, slots: Index, filters: Filters, *, outside: Outside | None = None, count_potential: bool = False
) -> Candidates:
    """Return the candidates for some essential slots.

    Parameters
    ----------
    economy
        The economy, outside candidates included.
    slots
        Positions of essential slots in it; shape (slots,).
    filters
        What a partner has to be.
    outside
        What outside candidates offer; None: there are none.
    count_potential
        Firms that make something like the product are candidates too.
    """
    network = economy.network
    search = _Search(
        economy=economy,
        filters=filters,
        wishes=wishes_of(network, filters),
        hangs=hanging(network),
        owner=_owners(network),
        makers=makers_of(economy, outside or with_outside(network, None)),
        alike=similar_products(network),
    )
    removed: dict[str, list[int]] = {}
    kept, potential, shared, told = [], [], [], []
    for slot in slots:
        makes = search.makers.of(int(economy.slot_product[slot]))
        like = search.like(int(slot))
        if count_potential and len(like):
            makes = pd.concat([makes, like.drop(columns="makes")], ignore_index=True) if len(makes) else like
        firms = makes["firm"].to_numpy(dtype=np.int64)
        points = search.shared(int(slot), firms)
        passes = np.ones(len(firms), dtype=bool)
        for step in search.steps(int(slot), makes, points):
            out = passes & ~step.passes
            count = removed.setdefault(step.words, [0, 0])
            count[0] += int(out.sum())
            count[1] += int((out & step.unknown).sum())
            if step.words == SHARED:
                told += [(int(slot), int(firms[k]), points[k]) for k in np.flatnonzero(out)]
            passes &= step.passes
        kept.append(makes[passes].assign(slot=slot))
        shared += [points[k] for k in np.flatnonzero(passes)]
        potential.append(like[search.passes(int(slot), like)].assign(slot=slot))
    rows = pd.concat(kept, ignore_index=True)
    slot_of, firm = (rows[c].to_numpy(dtype=np.int64) for c in ("slot", "firm"))
    return Candidates(
        slot=slot_of,
        firm=firm,
        kind=rows["kind"].to_numpy(dtype=np.int64),
        spare=rows["spare"].to_numpy(dtype=np.float64),
        fixed=rows["fixed"].to_numpy(dtype=np.float64),
        unit=rows["unit"].to_numpy(dtype=np.float64),
        similarity=rows["similarity"].to_numpy(dtype=np.float64),
        hangs_on_it=search.hung(slot_of, firm),
        shared=tuple(shared),
        distance=search.distances(slot_of, firm),
        lead_days=search.leads(slot_of, firm),
        removed=_removed_table(removed, len(firm)),
        shared_points=_told_table(economy, told),
        potential=_potential_table(economy, pd.concat(potential, ignore_index=True)),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """What judges candidates, worked out once for all slots."""

    economy: Economy
    filters: Filters
    wishes: Wishes
    hangs: Hanging
    owner: Index
    makers: Makers
    alike: sparse.csr_array

    def like(self, slot: int) -> pd.DataFrame:
        """Return firms that make something like the product of a slot."""
        return potential_makers(self.makers, self.alike, int(self.economy.slot_product[slot]))

    def passes(self, slot: int, makes: pd.DataFrame) -> Mask:
        """Tell who passes all filters."""
        passes = np.ones(len(makes), dtype=bool)
        points = self.shared(slot, makes["firm"].to_numpy(dtype=np.int64))
        for step in self.steps(slot, makes, points):
            passes &= step.passes
        return passes

    def steps(self, slot: int, makes: pd.DataFrame, points: list[Index]) -> Iterator[Step]:
        """Yield the filters in the order in which they are told: who cannot be a partner, then who is not wanted."""
        graph, product = self.economy.graph, int(self.economy.slot_product[slot])
        firms, buyer = makes["firm"].to_numpy(dtype=np.int64), int(graph.slot_buyer[slot])
        links = slice(graph.link_start[slot], graph.link_start[slot + 1])
        share = np.zeros(self.economy.network.n_firms)
        share[graph.supplier[links]] = graph.share[links]
        yield _step("the buyer itself", firms != buyer)
        large = share[firms] >= self.filters.suppliers_below if self.filters.suppliers_below else share[firms] > 0
        words = f"a present supplier of {self.filters.suppliers_below:.0%} of the need or more"
        yield _step(words if self.filters.suppliers_below else "a present supplier", ~large)
        spare = makes["spare"].to_numpy(dtype=np.float64)
        yield Step(words="no spare capacity", passes=np.nan_to_num(spare) > 0, unknown=np.isnan(spare))
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

    def hung(self, slot: Index, firm: Index) -> Mask:
        """Tell whether each buyer stops already when the candidate fails."""
        buyer = self.economy.graph.slot_buyer[slot]
        found = np.zeros(len(slot), dtype=bool)
        for j in np.unique(buyer):
            found[buyer == j] = np.isin(firm[buyer == j], self.hangs.stoppers(int(j)))
        return found

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


def _potential_table(economy: Economy, rows: pd.DataFrame) -> pd.DataFrame:
    """Return who makes something like a product, the most alike first."""
    network = economy.network
    slot, firm, makes = (rows[c].to_numpy(dtype=np.int64) for c in ("slot", "firm", "makes"))
    table = pd.DataFrame(
        {
            "candidate": pd.Series(network.firm_ids[firm], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "makes": pd.Series(network.products[makes], dtype="str"),
            "similarity": rows["similarity"].to_numpy(dtype=np.float64),
            "spare": rows["spare"].to_numpy(dtype=np.float64),
        }
    )
    table["_rank"] = -rank_key(table["similarity"])
    return table.sort_values(["_rank", "buyer", "product", "candidate"], ignore_index=True).drop(columns="_rank")


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

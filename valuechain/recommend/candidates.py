"""Who could supply a need: firms that make the product, less those that cannot help, and which filter removed whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from valuechain.network import Floats, Index, Network
from valuechain.recommend.candidate_tables import PRESENTLY, potential_table, removed_table, told_table
from valuechain.recommend.economy import Economy
from valuechain.recommend.filters import SMALL, Filters
from valuechain.recommend.makers import (
    INSIDE,
    POTENTIAL,
    PRESENT,
    Makers,
    makers_of,
    potential_makers,
    similar_products,
)
from valuechain.recommend.outside import Outside, with_outside
from valuechain.recommend.shared_points import Hanging, hanging
from valuechain.recommend.wishes import Step, Wishes, wishes_of

__all__ = ["SHARED", "Candidates", "candidates_of"]

Mask = npt.NDArray[np.bool_]

CARRIED = ("firm", "kind", "spare", "fixed", "unit", "similarity", "hangs_on_it", "present")

SHARED = "hangs on a firm that all present suppliers hang on"
"""Words of the filter on shared upstream points."""


ACTIVE_WORDS = "active already"
"""Why a partner that delivers already is none."""


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
        Place in ``makers.KINDS``; shape (candidates,). Present suppliers count as makers here, see :meth:`kinds`.
    present
        What it delivers of the need today, share; shape (candidates,).
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
    hung_out
        Slot and shared upstream firms of each candidate removed for the latter; positions.
    active_out
        Slot and firm of each that would be a candidate if the filter ``active`` did not name it; positions.
    unwanted
        Slot, firm, words of the filter and shared upstream firms of each that only what was asked for removed;
        positions.
    asked_for_more
        Slots for which small present suppliers are candidates though nobody asked for them.
    """

    slot: Index
    firm: Index
    kind: Index
    spare: Floats
    fixed: Floats
    unit: Floats
    similarity: Floats
    hangs_on_it: Mask
    present: Floats
    shared: tuple[Index, ...]
    distance: Floats
    lead_days: Floats
    removed: pd.DataFrame
    shared_points: pd.DataFrame
    potential: pd.DataFrame
    hung_out: tuple[tuple[int, Index], ...]
    active_out: tuple[tuple[int, int], ...]
    unwanted: tuple[tuple[int, int, str, Index], ...]
    asked_for_more: Index

    def __len__(self) -> int:
        return len(self.slot)

    def kinds(self) -> Index:
        """Return the place in ``makers.KINDS`` of each candidate, present suppliers told from new ones."""
        return np.where((self.kind == INSIDE) & (self.present > 0), PRESENT, self.kind)

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
    kept, potential, shared, told, unwanted, more = [], [], [], [], [], []
    active: list[tuple[int, int]] = []
    for slot in slots:
        makes = search.makers.of(int(economy.slot_product[slot]))
        like = search.like(int(slot))
        if count_potential and len(like):
            makes = pd.concat([makes, like.drop(columns="makes")], ignore_index=True) if len(makes) else like
        firms = makes["firm"].to_numpy(dtype=np.int64)
        points = search.shared(int(slot), firms)
        steps = list(search.steps(int(slot), makes, points))
        if filters.suppliers_below is None and search.wants_more(int(slot), makes, _all(steps)):
            loose = list(search.steps(int(slot), makes, points, below=SMALL))
            if (_all(loose, but=SHARED) & ~_all(steps, but=SHARED)).any():
                steps = loose
                more += [int(slot)] if _all(loose).any() else []
        unwanted += [(int(slot), int(firms[k]), words, points[k]) for k, words in _only_unwanted(steps)]
        passes = np.ones(len(firms), dtype=bool)
        for step in steps:
            out = passes & ~step.passes
            count = removed.setdefault(step.words, [0, 0])
            count[0] += int(out.sum())
            count[1] += int((out & step.unknown).sum())
            if step.words == SHARED:
                told += [(int(slot), int(firms[k]), points[k]) for k in np.flatnonzero(out)]
            if step.words == ACTIVE_WORDS:
                others = ~step.passes & _all(steps, but=ACTIVE_WORDS)
                active += [(int(slot), int(f)) for f in firms[others]]
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
        present=search.present(slot_of, firm),
        shared=tuple(shared),
        distance=search.distances(slot_of, firm),
        lead_days=search.leads(slot_of, firm),
        removed=removed_table(removed, len(firm)),
        shared_points=told_table(economy, told),
        potential=potential_table(economy, pd.concat(potential, ignore_index=True)),
        active_out=tuple(active),
        hung_out=tuple((k, p) for k, _, p in told),
        unwanted=tuple(unwanted),
        asked_for_more=np.array(more, dtype=np.int64),
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
        return _all(self.steps(slot, makes, self.shared(slot, makes["firm"].to_numpy(dtype=np.int64))))

    def steps(
        self, slot: int, makes: pd.DataFrame, points: list[Index], *, below: float | None = None
    ) -> Iterator[Step]:
        """Yield the filters in the order in which they are told: who cannot be a partner, then who is not wanted.

        Present suppliers with less than ``below`` of the need pass; None: as the filters say.
        """
        graph, product = self.economy.graph, int(self.economy.slot_product[slot])
        firms, buyer = makes["firm"].to_numpy(dtype=np.int64), int(graph.slot_buyer[slot])
        links = slice(graph.link_start[slot], graph.link_start[slot + 1])
        share = self.present(np.full(len(firms), slot), firms)
        below = below or self.filters.suppliers_below
        yield _step("the buyer itself", firms != buyer)
        if self.filters.active:
            yield replace(_step(ACTIVE_WORDS, self.not_active(product, buyer, firms)), is_wish=True)
        words = f"{PRESENTLY} of {below:.0%} of the need or more" if below else PRESENTLY
        yield _step(words, share < below if below else share <= 0)
        spare = makes["spare"].to_numpy(dtype=np.float64)
        yield Step(words="no spare capacity", passes=np.nan_to_num(spare) > 0, unknown=np.isnan(spare))
        if not self.filters.same_owner:
            groups = self.owner[np.r_[buyer, graph.supplier[links]]]
            alike = np.isin(self.owner[firms], groups[groups >= 0])
            yield _step("of the group of the buyer or of a present supplier", ~alike)
        if self.filters.shared_points is not True:
            yield _step(SHARED, np.array([not len(p) for p in points], dtype=bool))
        yield from (replace(step, is_wish=True) for step in self.wishes.steps(buyer, product, firms))

    def not_active(self, product: int, buyer: int, firms: Index) -> Mask:
        """Tell who does not deliver already, though no link may say so."""
        network = self.economy.network
        need = (str(network.products[product]), str(network.firm_ids[buyer]))
        active = [c for c, *of in self.filters.active if tuple(of) == need]
        return np.asarray(~np.isin(network.firm_ids[firms].astype(str), active), dtype=bool)

    def shared(self, slot: int, firms: Index) -> list[Index]:
        """Return, for each firm, the upstream firms that stop it and all present suppliers of a slot."""
        graph = self.economy.graph
        points = self.hangs.of_all(graph.supplier[graph.link_start[slot] : graph.link_start[slot + 1]])
        points = points[points != graph.slot_buyer[slot]]
        return [self.hangs.shared(points, int(f)) for f in firms]

    def wants_more(self, slot: int, makes: pd.DataFrame, passes: Mask) -> bool:
        """Tell whether small present suppliers shall be asked: no new maker is left, or they are industries.

        An industry that supplies a little has firms that do not yet, and nearly all industries supply each other.
        """
        graph, firms = self.economy.graph, self.economy.network.firms
        if not passes[makes["kind"].to_numpy() != POTENTIAL].any():
            return True
        suppliers = graph.supplier[graph.link_start[slot] : graph.link_start[slot + 1]]
        return "kind" in firms and bool((firms["kind"].iloc[suppliers] == "industry").all())

    def present(self, slot: Index, firm: Index) -> Floats:
        """Return what each candidate delivers of the need today, share."""
        graph, found = self.economy.graph, np.zeros(len(slot))
        for k in np.unique(slot):
            share = np.zeros(self.economy.network.n_firms)
            links = slice(graph.link_start[k], graph.link_start[k + 1])
            share[graph.supplier[links]] = graph.share[links]
            found[slot == k] = share[firm[slot == k]]
        return found

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


def _all(steps: Iterable[Step], *, but: str = "") -> Mask:
    """Tell who passes all filters, but the one with these words."""
    return np.logical_and.reduce([step.passes for step in steps if step.words != but])


def _only_unwanted(steps: list[Step]) -> list[tuple[int, str]]:
    """Return who could be a partner and is not wanted, whatever stands upstream, and the filter that says so first."""
    wishes = [step for step in steps if step.is_wish]
    able = _all(step for step in steps if not step.is_wish and step.words != SHARED)
    return (
        [
            (int(k), next(step.words for step in wishes if not step.passes[k]))
            for k in np.flatnonzero(able & ~_all(wishes))
        ]
        if wishes
        else []
    )


def _owners(network: Network) -> Index:
    """Return the owner of each firm as a number, -1 where not known."""
    if "owner" not in network.firms:
        return np.full(network.n_firms, -1, dtype=np.int64)
    return pd.factorize(network.firms["owner"])[0].astype(np.int64)

"""The part of a network that can matter to one target, and the units in it that may fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.analysis.cut_target import Target
from valuechain.analysis.needs import group_members
from valuechain.analysis.stops import forest_of, with_groups
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.cut_failures import Units, Ways, upstream, ways
from valuechain.kernels.cut_search import Hunt, find_cuts, search_state
from valuechain.kernels.needs import Ints, Needs, by_supplier, nothing_fallen
from valuechain.kernels.needs_forest import frames
from valuechain.models.cascade_groups import FirmGroups
from valuechain.network import Index, Network


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What a search for cut sets of one target works on.

    ``units`` are firms, or groups, by their positions in the network; unit u of the search is ``unit[u]``. ``grouped``
    says that units are groups. ``works`` tells whether the target works at all while nothing fails.
    """

    how: Ways
    units: Units
    units_of_firm: Units
    unit: Small
    grouped: bool
    target: int
    works: bool


def structure(
    needs: Needs, network: Network, target: Target, *, semantics: str, groups: FirmGroups | None
) -> Structure:
    """Return the target with all that is upstream of it, as a network of its own.

    What contains the target firm is no unit. Firms are numbered by how many slots they supply, the busiest first, then
    by id, so that supports are small and the order of rows changes nothing.
    """
    kept = np.flatnonzero(upstream(needs, target.firms))
    busy = _busy(needs, kept)
    by_name = np.argsort(np.argsort(network.firm_ids[kept].astype(str), kind="stable"), kind="stable")
    firms = kept[np.lexsort((by_name, -busy))].astype(np.int32)
    own = target.firms if target.kind == "firm" or target.any_stops else np.zeros(0, dtype=np.int32)
    inner, at = _inner(needs, firms, network.n_firms, target)
    how = ways(inner, ground_up=semantics == "ground-up")
    units, unit = _units(firms, own, network.n_firms, groups)
    return Structure(
        how=how,
        units=units,
        units_of_firm=_turned(units, len(how.rank)),
        unit=unit,
        grouped=groups is not None,
        target=at,
        works=len(target.firms) > 0 and bool(how.rank[at] >= 0),
    )


def _busy(needs: Needs, kept: Index) -> Ints:
    return np.diff(needs.push_start)[kept]


def _inner(needs: Needs, firms: Small, n_firms: int, target: Target) -> tuple[Needs, int]:
    """Return the needs of some firms in their new numbers, and the number of the target among them.

    A product or cluster is one more firm: it has one slot that all makers or members supply, or a slot for each.
    """
    number = np.full(n_firms, -1, dtype=np.int64)
    number[firms] = np.arange(len(firms))
    slots = np.flatnonzero(number[needs.buyer] >= 0)
    slots = slots[np.argsort(number[needs.buyer[slots]], kind="stable")]
    size = np.diff(needs.start)[slots]
    begin = np.cumsum(size) - size
    entry = np.repeat(needs.start[slots] - begin, size) + np.arange(size.sum())
    slot, supplier = np.repeat(np.arange(len(slots)), size), number[needs.supplier[entry]]
    order = np.lexsort((supplier, slot))
    buyer, limit, weight = number[needs.buyer[slots]], needs.limit[slots], needs.weight[entry][order]
    supplier, n = supplier[order], len(firms)
    if target.kind == "firm":
        return _made(n, (buyer, limit), (slot, supplier, weight)), int(number[target.firms[0]])
    makers = np.sort(number[target.firms])
    count = len(makers) if target.any_stops else 1
    inside = np.arange(len(makers)) if target.any_stops else np.zeros(len(makers), dtype=np.int64)
    kind = needs.limit.dtype
    spare = np.full(count, 0 if target.any_stops else len(makers) - 1, dtype=kind)
    added = (np.full(count, n), spare), (len(slots) + inside, makers, np.ones(len(makers), dtype=kind))
    slots_of = tuple(map(np.concatenate, zip((buyer, limit), added[0], strict=True)))
    sources_of = tuple(map(np.concatenate, zip((slot, supplier, weight), added[1], strict=True)))
    return _made(n + 1, slots_of, sources_of), n


def _made(n: int, slots: tuple[Ints, ...], sources: tuple[Ints, ...]) -> Needs:
    """Return needs from (buyer, limit) of slots by buyer, and (slot, supplier, weight) of sources by slot.

    Who makes what is left out.
    """
    (buyer, limit), (slot, supplier, weight) = slots, sources
    slot32, supplier32 = slot.astype(np.int32), supplier.astype(np.int32)
    push = by_supplier(supplier32, slot32, weight, n)
    return Needs(
        buyer=buyer.astype(np.int32),
        product=np.zeros(len(buyer), dtype=np.int32),
        start=_starts(slot, len(buyer)),
        supplier=supplier32,
        weight=weight,
        limit=limit,
        of_buyer=_starts(buyer, n),
        push_start=push[0],
        push_slot=push[1],
        push_weight=push[2],
        made_start=np.zeros(n + 1, dtype=np.int64),
        made=np.zeros(0, dtype=np.int32),
        makers=np.zeros(1, dtype=np.int32),
    )


def _starts(key: Index | Small, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(key, minlength=count))]).astype(np.int64)


def _units(firms: Small, own: Small, n_firms: int, groups: FirmGroups | None) -> tuple[Units, Small]:
    """Return the units with firms in the structure, in its numbers, and which firm or group each of them is."""
    if groups is None:
        inside = np.flatnonzero(~np.isin(firms, own)).astype(np.int32)
        return Units(np.arange(len(inside) + 1, dtype=np.int64), inside), firms[inside]
    start, member = all_units(groups)
    group = np.repeat(np.arange(len(start) - 1), np.diff(start))
    number = np.full(n_firms, -1, dtype=np.int32)
    number[firms] = np.arange(len(firms))
    out = np.unique(group[np.isin(member, own)])
    keep = (number[member] >= 0) & ~np.isin(group, out)
    unit, code = np.unique(group[keep], return_inverse=True)
    return Units(_starts(code, len(unit)), number[member[keep]]), unit.astype(np.int32)


def all_units(groups: FirmGroups | int) -> Units:
    """Return the firms of each known group, or each of so many firms by itself."""
    if isinstance(groups, int):
        return Units(np.arange(groups + 1, dtype=np.int64), np.arange(groups, dtype=np.int32))
    return Units(*group_members(groups.start, groups.group, len(groups.labels) - (groups.rest >= 0)))


def _turned(units: Units, n: int) -> Units:
    """Return the units of each firm."""
    unit = np.repeat(np.arange(len(units.start) - 1), np.diff(units.start)).astype(np.int32)
    order = np.argsort(units.firm, kind="stable")
    return Units(_starts(units.firm, n), unit[order])


def cuts_of_size(
    of: Structure, size: int, *, singles: Small, pairs: Small, budget: int, limit: int
) -> tuple[Small, int, bool]:
    """Return the minimal cut sets of one size as rows of units, the links followed, and whether that is all of them.

    ``singles`` (cuts, 1) and ``pairs`` (cuts, 2) are all smaller ones.
    """
    if size == 1 and not of.how.ground_up:
        return _single_points(of), 0, True
    count = len(of.unit)
    both = np.concatenate([pairs, pairs[:, ::-1]]) if len(pairs) else np.zeros((0, 2), dtype=np.int32)
    both = both[np.argsort(both[:, 0], kind="stable")]
    hunt = Hunt(
        how=of.how,
        units=of.units,
        units_of_firm=of.units_of_firm,
        partner=Units(_starts(both[:, 0], count), np.ascontiguousarray(both[:, 1])),
        target=of.target,
    )
    search = search_state(hunt, size, singles.ravel())
    found = np.zeros((limit, size), dtype=np.int32)
    find_cuts(hunt, search, found, budget)
    rows = np.sort(found[: search.clock[1]], axis=1)
    return rows, int(search.clock[2] + search.fallen.top[1]), search.clock[3] == 0


def _single_points(of: Structure) -> Small:
    """Return the units that alone stop the target, by propagation: read off the frames of the rollback forest."""
    needs, n = of.how.needs, len(of.how.rank)
    count = len(of.unit)
    if of.grouped:
        needs = with_groups(needs, *of.units)
    forest = forest_of(needs, np.ones(len(needs.push_start) - 1, dtype=np.uint8))
    start, low, high, _, at = frames(needs, forest, nothing_fallen(needs))
    mine = slice(start[of.target], start[of.target + 1])
    places = [at[a:b] for a, b in zip(low[mine], high[mine], strict=True)]
    found = np.concatenate([*places, np.zeros(0, dtype=np.int32)])
    if of.grouped:
        return np.sort(found[found >= n] - n).astype(np.int32)[:, None]
    unit = np.full(n, -1, dtype=np.int32)
    unit[of.units.firm] = np.arange(count)
    return np.sort(unit[found][unit[found] >= 0])[:, None]

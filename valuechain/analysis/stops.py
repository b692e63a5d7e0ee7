"""What each firm or group stops, as arrays: the forest for propagation, one by one from scratch for ground-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from valuechain.analysis.needs import Measures, group_members, needs_of
from valuechain.errors import ParameterError, closest
from valuechain.kernels import needs_forest as forest
from valuechain.kernels import needs_ground_up as ground_up
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.needs import Flags, Ints, Needs, Whole, by_supplier, nothing_fallen
from valuechain.models.cascade_groups import FirmGroups
from valuechain.network import Network

Semantics = Literal["propagation", "ground-up"]
SEMANTICS = ("propagation", "ground-up")


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What each firm or group stops beyond itself; g of them.

    ``stops`` (g,), ``sums`` (g, measures) in whole numbers, ``products`` (g,) without a working maker and the first of
    them ``product`` (g, SHOWN), -1 where there are no more; ``hang`` (firms,) counts those that stop each firm, itself
    not counted; ``direct`` (firms,) the buyers that have the firm as only source. ``derivable`` (firms,) says which
    firms can be built from scratch, None for propagation.
    """

    stops: Ints
    sums: Ints
    products: Small
    product: Small
    hang: Ints
    direct: Ints
    derivable: npt.NDArray[np.bool_] | None


def checked_semantics(semantics: str) -> str:
    """Return the semantics, checked.

    Raises
    ------
    ParameterError
        When there are no such semantics.
    """
    if semantics not in SEMANTICS:
        near = closest(semantics, SEMANTICS) if isinstance(semantics, str) else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ParameterError(
            f"semantics {semantics!r} is not known: write 'propagation' (what stops when it fails) or 'ground-up' "
            f"(what can no longer be built from scratch){hint}"
        )
    return semantics


def stopped(
    network: Network,
    measures: Measures,
    *,
    semantics: str,
    groups: FirmGroups | None,
    min_share: float,
    kept: npt.NDArray[np.bool_] | None = None,
) -> Stopped:
    """Return what each firm stops, or each group of firms that fails together; ``kept`` (links,) leaves only these."""
    needs = needs_of(network, min_share, kept)
    members = None
    if groups is not None:
        count = len(groups.labels) - (groups.rest >= 0)
        members = group_members(groups.start, groups.group, count)
    if semantics == "ground-up":
        return _from_scratch(needs, measures, members)
    return _in_forest(needs, measures, members)


def _in_forest(needs: Needs, measures: Measures, members: tuple[Ints, Small] | None) -> Stopped:
    """Return what stops by propagation. A group is one more firm, the only source of a need of each member."""
    n = len(needs.push_start) - 1
    whole, direct = measures.whole, only_source(needs, np.zeros(len(needs.limit), dtype=needs.limit.dtype))
    matters = np.ones(n, dtype=np.uint8)
    own, size = whole, np.ones(n, dtype=np.int64)
    if members is not None:
        needs = with_groups(needs, *members)
        count = len(members[0]) - 1
        whole = np.concatenate([whole, np.zeros((count, whole.shape[1]), dtype=np.int64)])
        matters = np.concatenate([0 * matters, np.ones(count, dtype=np.uint8)])
        own, size = _group_sums(measures.whole, *members), np.diff(members[0]) + 1
    hung, stops = rolled(needs, whole, matters)
    which = hung.of_firm if members is None else hung.of_firm[n:]
    return Stopped(
        stops=stops.firms[which] - size,
        sums=stops.sums[which] - own,
        products=stops.products[which],
        product=stops.product[which],
        hang=stops.hang[:n] - (members is None),
        direct=direct,
        derivable=None,
    )


def rolled(needs: Needs, measures: Ints, matters: Flags) -> tuple[forest.Forest, forest.Stops]:
    """Return the forest of a network and what each of its components stops."""
    hung = forest_of(needs, matters)
    count = len(hung.parent)
    # Columns of zeros (nothing known of employees, no clusters) add up to zero: reading them would cost as much.
    used = np.flatnonzero(measures.any(axis=0))
    sums = np.zeros((count, len(used)), dtype=np.int64)
    stops = forest.Stops(
        firms=np.zeros(count, dtype=np.int32),
        sums=sums,
        products=np.zeros(count, dtype=np.int32),
        product=np.full((count, forest.SHOWN), -1, dtype=np.int32),
        hang=np.zeros(len(needs.push_start) - 1, dtype=np.int64),
    )
    # The walk counts makers down and up again: not in the arrays that the network keeps.
    own, added = needs._replace(makers=needs.makers.copy()), np.ascontiguousarray(measures[:, used])
    forest.walk(own, hung, nothing_fallen(needs), added, stops)
    if len(used) == measures.shape[1]:
        return hung, stops
    whole = np.zeros((count, measures.shape[1]), dtype=np.int64)
    whole[:, used] = sums
    return hung, stops._replace(sums=whole)


def forest_of(needs: Needs, matters: Flags) -> forest.Forest:
    """Return the forest in which the firms of a network hang by their single sources."""
    entry = np.flatnonzero(needs.push_weight > needs.limit[needs.push_slot])
    supplier = np.searchsorted(needs.push_start, entry, side="right") - 1
    target = needs.buyer[needs.push_slot[entry]]
    n = len(needs.push_start) - 1
    start = np.concatenate([[0], np.cumsum(np.bincount(supplier, minlength=n))]).astype(np.int64)
    component, count = forest.strong_components(start, target)
    return forest.hang(start, target, component, count, matters)


def only_source(needs: Needs, missing: Whole) -> Ints:
    """Return for how many buyers each firm is the only source of a need, when ``missing`` is lost anyway; (firms,)."""
    entry = np.flatnonzero(needs.push_weight > needs.limit[needs.push_slot] - missing[needs.push_slot])
    supplier = np.searchsorted(needs.push_start, entry, side="right") - 1
    n = len(needs.push_start) - 1
    buyer = needs.buyer[needs.push_slot[entry]]
    # Entries of one supplier come in the order of slots, so of buyers: a buyer's several needs stand side by side.
    new = np.r_[True, (np.diff(supplier) != 0) | (np.diff(buyer) != 0)][: len(entry)]
    return np.bincount(supplier[new], minlength=n).astype(np.int64)


def with_groups(needs: Needs, start: Ints, firm: Small) -> Needs:
    """Return needs with one more firm for each group, the only source of a need of each of its members."""
    n, count, slots = len(needs.push_start) - 1, len(start) - 1, len(needs.limit)
    kind = needs.limit.dtype
    group = np.repeat(np.arange(count), np.diff(start)).astype(np.int32)
    added = by_supplier(group, np.arange(slots, slots + len(firm), dtype=np.int32), np.ones(len(firm), kind), count)
    last = needs.push_start[-1]
    return needs._replace(
        buyer=np.concatenate([needs.buyer, firm]),
        limit=np.concatenate([needs.limit, np.zeros(len(firm), kind)]),
        push_start=np.concatenate([needs.push_start, last + added[0][1:]]),
        push_slot=np.concatenate([needs.push_slot, added[1]]),
        push_weight=np.concatenate([needs.push_weight, added[2]]),
        made_start=np.concatenate([needs.made_start, np.full(count, needs.made_start[-1])]),
        of_buyer=needs.of_buyer[: n + 1],
    )


def _group_sums(whole: Ints, start: Ints, firm: Small) -> Ints:
    group = np.repeat(np.arange(len(start) - 1), np.diff(start))
    sums = np.zeros((len(start) - 1, whole.shape[1]), dtype=np.int64)
    np.add.at(sums, group, whole[firm])
    return sums


def _from_scratch(needs: Needs, measures: Measures, members: tuple[Ints, Small] | None) -> Stopped:
    """Return what can no longer be built; firms that cannot be built anyway stop nothing and are stopped by nothing."""
    n = len(needs.push_start) - 1
    rank = ground_up.derive(needs)
    derivable = rank >= 0
    early = ground_up.early_limits(needs, rank)
    if members is None:
        members = (np.arange(n + 1, dtype=np.int64), np.arange(n, dtype=np.int32))
        own, size, alone = measures.whole * derivable[:, None], derivable.astype(np.int64), True
    else:
        kept = derivable[members[1]]
        inner = np.concatenate([[0], np.cumsum(kept)])[members[0]].astype(np.int64)
        members = (inner, members[1][kept])
        own, size, alone = _group_sums(measures.whole, *members), np.diff(inner), False
    count = len(members[0]) - 1
    makers = np.bincount(needs.made[np.repeat(derivable, np.diff(needs.made_start))], minlength=len(needs.makers))
    firms, products = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    sums, hang = np.zeros((count, measures.whole.shape[1]), dtype=np.int64), np.zeros(n, dtype=np.int64)
    product = np.full((count, forest.SHOWN), -1, dtype=np.int32)
    ground_up.lose_each(
        needs, early, rank, nothing_fallen(early), *members, measures.whole, makers.astype(np.int32),
        firms, sums, products, product, hang,
    )  # fmt: skip
    return Stopped(
        stops=firms - size,
        sums=sums - own,
        products=products,
        product=product,
        hang=hang - derivable if alone else hang,
        direct=only_source_of_derivable(needs, derivable),
        derivable=derivable,
    )


def only_source_of_derivable(needs: Needs, derivable: npt.NDArray[np.bool_]) -> Ints:
    """Return for how many firms that can be built each firm is the only source that can be built; shape (firms,)."""
    return np.where(derivable, only_source(needs, lacking(needs, derivable)), 0)


def lacking(needs: Needs, derivable: npt.NDArray[np.bool_]) -> Whole:
    """Return what each slot lacks since some of its suppliers cannot be built; shape (slots,)."""
    missing = np.zeros(len(needs.limit), dtype=needs.limit.dtype)
    of_entry = np.repeat(np.arange(len(needs.limit)), np.diff(needs.start))
    lacks = ~derivable[needs.supplier]
    np.add.at(missing, of_entry[lacks], needs.weight[lacks])
    # A buyer that cannot be built has nothing to lose, and a firm that cannot be built is no source.
    missing[~derivable[needs.buyer]] = -np.iinfo(missing.dtype).max // 2
    return missing

"""The essential slots of a network as the kernels read them, and the measures that are added up over stopped firms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.single_sourced import firm_value
from valuechain.errors import ParameterError
from valuechain.essential import ESSENTIAL, essentiality
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.needs import Ints, Needs, Whole, by_supplier
from valuechain.network import Floats, Index, Network

Flags = npt.NDArray[np.bool_]

ONE = 2**50
"""Whole weight of a slot: shares are counted in units of 1/ONE."""

HAIR = 1e-12
"""A share counts as kept when it is this close below ``min_share``: 0.3 must be 0.3 in any currency."""


def checked_share(min_share: float) -> float:
    """Return the share of its flow that a slot needs, checked.

    Raises
    ------
    ParameterError
        When it is no fraction from 0 to 1.
    """
    if isinstance(min_share, bool) or not isinstance(min_share, int | float | np.number) or not 0 <= min_share <= 1:
        raise ParameterError(
            f"min_share {min_share!r} is not a fraction; write a number from 0 (any working supplier is enough) to 1 "
            "(all must work)"
        )
    return float(min_share)


def needs_of(network: Network, min_share: float = 0.0, kept: Flags | None = None) -> Needs:
    """Return the essential slots of a network; a slot fails when less than ``min_share`` of its flow is left.

    Suppliers are those with a flow above zero. What a firm supplies to itself keeps no slot alive, so shares are of the
    flow from other firms; a slot that only the buyer itself supplies cannot fail, and cannot start from scratch.
    ``kept``, shape (links,), leaves only these links: what is essential stays as it is with all of them.
    """
    if kept is not None:
        return _needs(network, min_share, kept)
    found = network.derived.get("needs")
    if isinstance(found, tuple) and found[0] == min_share:
        return found[1]
    made = _needs(network, min_share, None)
    network.derived["needs"] = (min_share, made)
    return made


def _needs(network: Network, min_share: float, kept: Flags | None) -> Needs:
    there = network.flow > 0 if kept is None else kept & (network.flow > 0)
    slot, supplier, flow, buyer, product = _sources(network, there)
    n, slots = network.n_firms, len(buyer)
    count = np.bincount(slot, minlength=slots)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    if min_share == 0:
        weight: Whole = np.ones(len(slot), dtype=np.int32)
        limit: Whole = (count - 1).astype(np.int32)
    else:
        total = np.bincount(slot, weights=flow, minlength=slots)
        weight = np.rint(flow / total[slot] * ONE).astype(np.int64)
        whole = np.zeros(slots, dtype=np.int64)
        np.add.at(whole, slot, weight)
        # All of it gone is always too much; none of it there to begin with (the buyer itself) is never enough.
        limit = np.minimum(math.floor((1 - min_share + HAIR) * ONE), whole - 1)
    push_start, push_slot, push_weight = by_supplier(supplier, slot, weight, n)
    made_start, made, makers = _makers(network, there)
    return Needs(
        buyer=buyer,
        product=product,
        start=start,
        supplier=supplier,
        weight=weight,
        limit=limit,
        of_buyer=np.concatenate([[0], np.cumsum(np.bincount(buyer, minlength=n))]).astype(np.int64),
        push_start=push_start,
        push_slot=push_slot,
        push_weight=push_weight,
        made_start=made_start,
        made=made,
        makers=makers,
    )


def _sources(network: Network, there: Flags) -> tuple[Small, Small, Floats, Small, Small]:
    """Return slot, supplier and flow of each source of an essential slot; buyer and product of each such slot."""
    essential = essentiality(network)
    slots = essential.slots
    links, old = slots.order, np.repeat(np.arange(len(slots), dtype=np.int32), np.diff(slots.start))
    counts = (essential.slot_class == ESSENTIAL)[old] & there[links]
    if not counts.all():
        links, old = links[counts], old[counts]
    supplier = network.supplier.astype(np.int32)[links]
    new_slot = np.r_[True, old[1:] != old[:-1]][: len(old)]
    # A supplier may have several links (routes) in one slot: it is one source.
    new = new_slot | np.r_[True, supplier[1:] != supplier[:-1]][: len(old)]
    flow, slot = network.flow[links], np.cumsum(new_slot, dtype=np.int32) - np.int32(1)
    buyer, product = (of.astype(np.int32)[old[new_slot]] for of in (slots.buyer, slots.product))
    if not new.all():
        flow = np.add.reduceat(flow, np.flatnonzero(new))
        slot, supplier = slot[new], supplier[new]
    other = supplier != buyer[slot]
    if other.all():
        return slot, supplier, flow, buyer, product
    return slot[other], supplier[other], flow[other], buyer, product


def _makers(network: Network, there: Flags) -> tuple[Ints, Small, Small]:
    """Return the products each firm makes (delivers with a flow above zero) and the number of makers of each."""
    n_products = max(len(network.products), 1)
    key = network.supplier[there] * n_products + network.product[there]
    key.sort()
    key = key[np.r_[True, key[1:] != key[:-1]][: len(key)]]
    made = (key % n_products).astype(np.int32)
    start = np.concatenate([[0], np.cumsum(np.bincount(key // n_products, minlength=network.n_firms))])
    return start.astype(np.int64), made, np.bincount(made, minlength=n_products).astype(np.int32)


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What is added up over stopped firms, as whole numbers, which add up to the same in any order.

    ``whole`` has shape (firms, 4): output, known employees, firms whose employees are not known, members of clusters;
    each divided by its ``unit`` (4,). ``estimated`` counts the firms whose output is not known.
    """

    whole: Ints
    unit: Floats
    estimated: int
    has_employees: bool
    has_members: bool


def measures_of(network: Network) -> Measures:
    """Return output (its stand-in where not known), employees and membership of each firm."""
    n, firms = network.n_firms, network.firms
    value, estimated = firm_value(network)
    has_employees = "employees" in firms and bool(firms["employees"].notna().any())
    employees = firms["employees"].to_numpy(dtype=np.float64) if has_employees else np.full(n, np.nan)
    members = network.table("members")
    is_member = np.zeros(n)
    if members is not None and len(members):
        is_member[network.positions(pd.Series(members["firm"].unique(), dtype="str"))] = 1
    unknown = np.isnan(employees)
    columns = (value, np.where(unknown, 0.0, employees), unknown.astype(np.float64), is_member)
    unit = np.array([_unit(columns[0]), _unit(columns[1]), 1.0, 1.0])
    whole = np.empty((n, 4), dtype=np.int64)
    for k, column in enumerate(columns):
        whole[:, k] = np.rint(column / unit[k])
    return Measures(
        whole=whole,
        unit=unit,
        estimated=estimated,
        has_employees=has_employees,
        has_members=members is not None and len(members) > 0,
    )


def _unit(values: Floats) -> float:
    """Return a power of two so small that values in it have 61 bits in all, and their sum no more."""
    total = float(values.sum())
    return math.ldexp(1.0, math.frexp(total)[1] - 61) if total > 0 else 1.0


def group_members(start: Index, group: Index, count: int) -> tuple[Ints, Small]:
    """Return where the members of each group start, and the firms in that order, from the groups of each firm."""
    firm = np.repeat(np.arange(len(start) - 1), np.diff(start))
    known = group < count
    order = np.lexsort((firm[known], group[known]))
    first = np.concatenate([[0], np.cumsum(np.bincount(group[known], minlength=count))]).astype(np.int64)
    return first, firm[known][order].astype(np.int32)

"""A network and the parameters of the inventory model, made ready for many days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.essential import ESSENTIAL, essentiality
from valuechain.kernels.production_graph import FULL, NO_RETURN, PAST, ProductionGraph, Rules, make_graph
from valuechain.kernels.production_transit import Leads, make_leads
from valuechain.models.firm_activity import final_demand, link_stocks, most_made, per_day_factor, stock_days
from valuechain.models.inventory import Inventory
from valuechain.models.inventory_leads import days_in_transit
from valuechain.models.stock_limits import check_stocks
from valuechain.network import Floats, Index, Network
from valuechain.slots import Slots, slots_of

Codes = npt.NDArray[np.int32]

_ORDERS = {"past": PAST, "full": FULL, "no-return": NO_RETURN}


@dataclass(frozen=True, kw_only=True)
class PreparedInventory:
    """A network made ready: the kernels' view, and the words for what its numbers rest on.

    ``link`` has the position in the network of each link of the graph, shape (links of the graph,): links without a
    flow are left out. ``leads`` says how long links take, ``product`` is that of each slot of the
    graph; shape (slots,). ``most`` is the most each firm can make, shape (firms,), ``initial_days`` the first
    stock of what comes over each link, shape (links of the graph,).
    ``switch_after`` is 0 where buyers never switch.
    ``is_steady``: without a shock every day is like the day before.
    """

    graph: ProductionGraph
    rules: Rules
    reference: bool
    link: Index
    leads: Leads
    product: Codes
    switch_after: int
    most: Floats
    initial_days: Floats
    is_steady: bool
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]


def prepare(network: Network, model: Inventory) -> PreparedInventory:
    """Return the kernels' view of a network, with all amounts in currency per day.

    Warns
    -----
    DefaultWarning
        When some firms have no ``stock_days``, and which default they get; once for a network.

    Raises
    ------
    InvalidDataError
        When stocks of firms last longer than a hundred years.
    """
    check_stocks(network, "stock_days", "initial_stock_days")
    per_day = per_day_factor(network)
    notes: list[str] = []
    slots, classes, rule = _slots(network, model, notes)
    link = slots.order[network.flow[slots.order] > 0]
    used, link_slot = np.unique(slots.of_link[link], return_inverse=True)
    amount = network.flow[link] * per_day
    final = final_demand(network, notes) * per_day
    base = final + np.bincount(network.supplier[link], weights=amount, minlength=network.n_firms)
    of_firm, first = stock_days(network, model.stock_days, notes, reference=model.reference)
    target, initial = link_stocks(network, link, of_firm, first, notes, reference=model.reference)
    graph = make_graph(
        slot_buyer=slots.buyer[used],
        slot_class=classes[used],
        link_slot=link_slot.astype(np.int64),
        supplier=network.supplier[link],
        amount=amount,
        final=final,
        base=base,
        target_days=target,
    )
    notes += _switch_notes(model)
    return PreparedInventory(
        graph=graph,
        rules=Rules("final-last" in model.rationing, "smallest" in model.rationing, _ORDERS[model.orders], model.tau),
        reference=model.reference,
        link=link,
        leads=make_leads(days_in_transit(network, model, link, notes)),
        product=slots.product[used].astype(np.int32),
        switch_after=model.switch_after or 0,
        most=most_made(network, base, per_day, notes) if model.overproduction else base,
        initial_days=initial,
        is_steady=bool((initial == target).all()),
        parameters=_parameters(network, model, rule),
        notes=tuple(notes),
    )


def _slots(network: Network, model: Inventory, notes: list[str]) -> tuple[Slots, npt.NDArray[np.int8], str]:
    """Return slots, their classes and the words for the rule: as published every input is essential."""
    if model.reference:
        slots = slots_of(network)
        if network.table("essential") is not None or network.metadata.get("essential_rule") not in {None, "all"}:
            notes.append("Every input counts as essential, as published; what the network says of it is not used.")
        return slots, np.full(len(slots), ESSENTIAL, dtype=np.int8), "all inputs essential (published)"
    essential = essentiality(network)
    return essential.slots, essential.slot_class, essential.rule


def _switch_notes(model: Inventory) -> list[str]:
    if model.switch_after is None:
        return []
    days = "a day" if model.switch_after == 1 else f"{model.switch_after:,} days"
    notes = [f"Buyers order elsewhere what a supplier lacks after {days} below 99 % of what was ordered."]
    if not model.overproduction:
        notes.append(
            "Without overproduction suppliers have capacity to spare only where demand has fallen, so little can be "
            "ordered elsewhere; overproduction=True lets them make up to their capacity."
        )
    return notes


def _parameters(network: Network, model: Inventory, rule: str) -> dict[str, Any]:
    return {
        "model": "inventory (Inoue and Todo 2019)",
        "rationing": model.rationing,
        "orders": model.orders,
        "tau": float(model.tau),
        "stock_days": float(model.stock_days),
        "overproduction": model.overproduction,
        "lead_times": model.has_lead_times,
        "switch_after": model.switch_after,
        "reference": model.reference,
        "essential": rule,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }

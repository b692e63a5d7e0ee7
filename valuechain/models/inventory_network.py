"""A network and the parameters of the inventory model, made ready for many days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning, warn_caller
from valuechain.essential import ESSENTIAL, essentiality
from valuechain.kernels.production_graph import FULL, NO_RETURN, PAST, ProductionGraph, Rules, make_graph
from valuechain.models.firm_columns import listed
from valuechain.models.inventory import Inventory
from valuechain.network import Floats, Index, Network
from valuechain.slots import Slots, slots_of

DAYS_A_YEAR = 365
_ORDERS = {"past": PAST, "full": FULL, "no-return": NO_RETURN}


@dataclass(frozen=True, kw_only=True)
class PreparedInventory:
    """A network made ready: the kernels' view, and the words for what its numbers rest on.

    ``link`` has the position in the network of each link of the graph, shape (links of the graph,): links without a
    flow are left out. ``most`` is the most each firm can make, ``initial_days`` its first stock; shape (firms,).
    ``is_steady``: without a shock every day is like the day before.
    """

    graph: ProductionGraph
    rules: Rules
    reference: bool
    link: Index
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
    """
    per_day = 1 / DAYS_A_YEAR if network.flow_period == "year" else 1.0
    notes: list[str] = []
    slots, classes, rule = _slots(network, model, notes)
    link = slots.order[network.flow[slots.order] > 0]
    used, link_slot = np.unique(slots.of_link[link], return_inverse=True)
    amount = network.flow[link] * per_day
    final = _final_demand(network, notes) * per_day
    base = final + np.bincount(network.supplier[link], weights=amount, minlength=network.n_firms)
    target, initial = _stock_days(network, model, notes)
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
    return PreparedInventory(
        graph=graph,
        rules=Rules("final-last" in model.rationing, "smallest" in model.rationing, _ORDERS[model.orders], model.tau),
        reference=model.reference,
        link=link,
        most=_most(network, model, base, per_day, notes),
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


def _final_demand(network: Network, notes: list[str]) -> Floats:
    """Return what each firm sells to final users: its column, else what output leaves after sales, else nothing."""
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    final = firms["final_demand"].to_numpy(dtype=np.float64).copy() if "final_demand" in firms else unknown
    output = firms["output"].to_numpy(dtype=np.float64) if "output" in firms else unknown
    missing = np.isnan(final)
    guessed = missing & ~np.isnan(output)
    final[guessed] = output[guessed] - network.sales[guessed]
    final[missing & ~guessed] = 0.0
    if guessed.any():
        notes.append(f"Final demand of {int(guessed.sum()):,} firms is their output less their sales in the network.")
    silent = int((missing & ~guessed).sum())
    if silent:
        notes.append(f"{silent:,} firms give neither final_demand nor output: they are taken to have no final demand.")
    negative = final < 0
    if negative.any():
        notes.append(f"Final demand of {int(negative.sum()):,} firms is below 0 and counts as 0.")
        final[negative] = 0.0
    return final


def _stock_days(network: Network, model: Inventory, notes: list[str]) -> tuple[Floats, Floats]:
    """Return target and initial stocks in days."""
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    target = firms["stock_days"].to_numpy(dtype=np.float64).copy() if "stock_days" in firms else unknown
    buys = network.purchases > 0
    missing = np.isnan(target) & buys
    target[np.isnan(target)] = model.stock_days
    if not missing.any():
        pass
    elif (missing == buys).all():
        notes.append(f"No firm gives stock_days: all aim at stocks of {model.stock_days:g} days.")
    else:
        words = f"{int(missing.sum()):,} of {int(buys.sum()):,} firms that buy give no stock_days"
        notes.append(f"{words}: they aim at {model.stock_days:g} days.")
        if not network.derived.get("stock_days_said"):
            network.derived["stock_days_said"] = True
            warn_caller(
                f"{words} ({listed(firms['firm'][missing])}): they are taken to aim at stocks of "
                f"{model.stock_days:g} days. Fill in the column, or choose another default with stock_days=... .",
                DefaultWarning,
            )
    given = firms["initial_stock_days"].to_numpy(dtype=np.float64) if "initial_stock_days" in firms else unknown
    initial = np.where(np.isnan(given), target, given)
    if model.reference:
        return target, initial
    short = (target < 1) | (initial < 1)
    if short.any():
        notes.append(
            f"{int(short.sum()):,} firms hold stocks of less than a day: they are taken to hold a day's, as goods "
            "arrive once a day."
        )
    return np.maximum(target, 1.0), np.maximum(initial, 1.0)


def _most(network: Network, model: Inventory, base: Floats, per_day: float, notes: list[str]) -> Floats:
    """Return the most each firm can make in a day."""
    if not model.overproduction:
        return base
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    capacity = firms["capacity"].to_numpy(dtype=np.float64) * per_day if "capacity" in firms else unknown
    missing = int(np.isnan(capacity).sum())
    if missing:
        notes.append(f"{missing:,} firms give no capacity: they never make more than usual.")
    return np.maximum(np.where(np.isnan(capacity), base, capacity), base)


def _parameters(network: Network, model: Inventory, rule: str) -> dict[str, Any]:
    return {
        "model": "inventory (Inoue and Todo 2019)",
        "rationing": model.rationing,
        "orders": model.orders,
        "tau": float(model.tau),
        "stock_days": float(model.stock_days),
        "overproduction": model.overproduction,
        "reference": model.reference,
        "essential": rule,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }

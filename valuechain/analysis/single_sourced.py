"""Essential inputs that hang on one supplier, and the buyers that hang on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.essential import ESSENTIAL, essentiality
from valuechain.network import Floats, Network
from valuechain.results import Result, firms_text, number_text, rank_key
from valuechain.slots import Slots

NAMED_BUYERS = 5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SingleSourced(Result):
    """Suppliers that are the only source of an essential input; ``slots`` counts the needs that hang on one supplier.

    ``essential_slots`` is the number of essential needs in all.
    """

    slots: int
    essential_slots: int


def single_sourced_inputs(network: Network) -> SingleSourced:
    """Return the suppliers that are some buyer's only source of an essential input.

    A need is one buyer's need for one product (a slot). It is single-sourced when exactly one supplier other than the
    buyer itself delivers it (flow > 0); what a firm supplies to itself is no second source and no dependence.

    Returns
    -------
    SingleSourced
        Table ``supplier, product, buyers, buyers_value, flow, buyer_names``: one row a supplier and product, the one
        whose buyers are worth most first. ``buyers_value`` is the output of these buyers (where it is not known, the
        larger of their sales and purchases inside the network), which stops when the input is missing.

    Examples
    --------
    >>> import valuechain as vc
    >>> single_sourced_inputs(vc.example("textbook")).slots
    2
    """
    essential = essentiality(network)
    slots = essential.slots
    real = (network.flow > 0) & (network.supplier != network.buyer)
    sources = np.bincount(slots.of_link[real], minlength=len(slots))
    # A slot may list one supplier on several links (other routes), so distinct suppliers are counted below.
    wanted = essential.slot_class == ESSENTIAL
    links = np.flatnonzero(real & (wanted & (sources >= 1))[slots.of_link])
    pairs = pd.DataFrame(
        {"slot": slots.of_link[links], "supplier": network.supplier[links], "flow": network.flow[links]}
    )
    pairs = pairs.groupby(["slot", "supplier"], as_index=False).agg(flow=("flow", "sum"))
    single = pairs[~pairs.duplicated("slot", keep=False)]
    value, estimated = firm_value(network)
    table = _by_supplier(network, slots, single, value)
    total = int(np.unique(slots.of_link[real & wanted[slots.of_link]]).size)
    return SingleSourced(
        table=table,
        title="Essential inputs that hang on one supplier",
        units={"buyers": "firms", "buyers_value": network.flow_unit, "flow": network.flow_unit},
        parameters={"essential": essential.rule, "network": network.name, "fingerprint": network.fingerprint},
        notes=_sentences(table, len(single), total, estimated, network, any_essential=bool(wanted.any())),
        slots=len(single),
        essential_slots=total,
    )


def firm_names(network: Network) -> npt.NDArray[np.object_]:
    """Return what people call each firm: its name, or its id where it has none; shape (firms,)."""
    firms = network.firms
    if "name" not in firms:
        return network.firm_ids
    return firms["name"].where(firms["name"].notna(), firms["firm"]).to_numpy(dtype=object)


def firm_name(network: Network, firm: str) -> str:
    """Return a firm's name with its id, or the id alone where it has no name."""
    position, firms = network.positions([firm])[0], network.firms
    # One name of a million: the list of all would take more room than the answer.
    name = firms["name"].iloc[position] if "name" in firms else pd.NA
    return firm if pd.isna(name) or name == firm else f"{name} ({firm})"


def product_name(network: Network, product: str) -> str:
    """Return a product's name with its id, or the id alone where it has no name."""
    products = network.table("products")
    if products is None or "name" not in products:
        return product
    names = products["name"][products["product"] == product].dropna()
    return f"{names.iloc[0]} ({product})" if len(names) and names.iloc[0] != product else product


def firm_value(network: Network) -> tuple[Floats, int]:
    """Return each firm's output, its trade inside the network where the output is not known, and how often that is.

    Trade is the larger of sales and purchases: a firm at the end of the chain sells nothing here, yet makes something.
    """
    firms = network.firms
    trade = np.maximum(network.sales, network.purchases)
    if "output" not in firms:
        return trade, network.n_firms
    output = firms["output"].to_numpy(dtype=np.float64)
    unknown = np.isnan(output)
    return np.where(unknown, trade, output), int(unknown.sum())


def _by_supplier(network: Network, slots: Slots, single: pd.DataFrame, value: Floats) -> pd.DataFrame:
    """Return one row a supplier and product from one row a single-sourced slot, most at stake first."""
    slot = single["slot"].to_numpy()
    supplier, product, buyer = single["supplier"].to_numpy(), slots.product[slot], slots.buyer[slot]
    by_name = np.argsort(np.argsort(network.firm_ids.astype(str)))
    # Largest buyers first within a supplier and product, equal ones by id: row order must not show.
    order = np.lexsort((by_name[buyer], -rank_key(value[buyer]), product, supplier))
    supplier, product, buyer = supplier[order], product[order], buyer[order]
    first = np.flatnonzero(np.r_[True, (np.diff(supplier) != 0) | (np.diff(product) != 0)][: len(order)])
    end = np.r_[first[1:], len(order)][: len(first)]  # no group at all: no end either
    group = np.repeat(np.arange(len(first)), end - first)
    names = firm_names(network)[buyer]
    table = pd.DataFrame(
        {
            "supplier": pd.Series(network.firm_ids[supplier[first]], dtype="str"),
            "product": pd.Series(network.products[product[first]], dtype="str"),
            "buyers": end - first,
            "buyers_value": np.bincount(group, weights=value[buyer], minlength=len(first)),
            "flow": np.bincount(group, weights=single["flow"].to_numpy()[order], minlength=len(first)),
            "buyer_names": pd.Series([_names(names[a:b]) for a, b in zip(first, end, strict=True)], dtype="str"),
        }
    )
    table["_rank"] = rank_key(table["buyers_value"])
    return table.sort_values(
        ["_rank", "buyers", "supplier", "product"], ascending=[False, False, True, True], ignore_index=True
    ).drop(columns="_rank")


def _names(buyers: npt.NDArray[np.object_]) -> str:
    # Names may hold commas.
    named = "; ".join(buyers[:NAMED_BUYERS])
    return named + (f" and {len(buyers) - NAMED_BUYERS} more" if len(buyers) > NAMED_BUYERS else "")


def _sentences(
    table: pd.DataFrame, single: int, total: int, estimated: int, network: Network, *, any_essential: bool
) -> tuple[str, ...]:
    if not total:
        if any_essential:
            return ("No essential input comes from another firm, so no firm stops because one supplier fails.",)
        return ("No input is essential here, so no firm stops because one supplier fails.",)
    share = f"{single:,} of {total:,} essential needs ({single / total:.0%}) hang on one supplier."
    notes = [share + " A buyer stops when any of its essential needs is not met."]
    if len(table):
        top = table.iloc[0]
        buyers = "1 buyer" if top["buyers"] == 1 else f"{top['buyers']} buyers"
        supplier, product = firm_name(network, top["supplier"]), product_name(network, top["product"])
        notes.append(
            f"Most is at stake with {supplier}: {buyers} worth {number_text(float(top['buyers_value']))} "
            f"{network.flow_unit} of output without another source of {product}."
        )
    if estimated:
        notes.append(
            f"buyers_value: {firms_text(estimated, 'gives', 'give')} no output; the larger of their "
            "sales and purchases inside the network stands for it."
        )
    return tuple(notes)

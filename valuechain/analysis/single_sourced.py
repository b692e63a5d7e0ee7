"""Essential inputs that hang on one supplier, and the buyers that hang on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.essential import ESSENTIAL, essentiality
from valuechain.network import Network
from valuechain.results import Result, number_text

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
        whose buyers are worth most first. ``buyers_value`` is the output of these buyers (their sales inside the
        network where the output is not known), which stops when the input is missing.

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
    rows = pd.DataFrame(
        {
            "supplier": network.firm_ids[single["supplier"].to_numpy()],
            "product": network.products[slots.product[single["slot"].to_numpy()]],
            "buyer": network.firm_ids[slots.buyer[single["slot"].to_numpy()]],
            "value": value[slots.buyer[single["slot"].to_numpy()]],
            "flow": single["flow"].to_numpy(),
        }
    ).sort_values(["supplier", "product", "value", "buyer"], ascending=[True, True, False, True])
    grouped = rows.groupby(["supplier", "product"], as_index=False, sort=False).agg(
        buyers=("buyer", "size"), buyers_value=("value", "sum"), flow=("flow", "sum"), buyer_names=("buyer", _names)
    )
    grouped["_rank"] = grouped["buyers_value"].map(lambda v: float(f"{v:.12g}"))
    table = grouped.sort_values(
        ["_rank", "buyers", "supplier", "product"], ascending=[False, False, True, True], ignore_index=True
    ).drop(columns="_rank")
    total = int(np.unique(slots.of_link[real & wanted[slots.of_link]]).size)
    return SingleSourced(
        table=table.astype({"supplier": "str", "product": "str", "buyer_names": "str"}),
        title="Essential inputs that hang on one supplier",
        units={"buyers": "firms", "buyers_value": network.flow_unit, "flow": network.flow_unit},
        parameters={"essential": essential.rule, "network": network.name, "fingerprint": network.fingerprint},
        notes=_sentences(table, len(single), total, estimated, network),
        slots=len(single),
        essential_slots=total,
    )


def firm_value(network: Network) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    """Return each firm's output, its sales inside the network where the output is not known, and how often that is."""
    firms = network.firms
    if "output" not in firms:
        return network.sales.copy(), network.n_firms
    output = firms["output"].to_numpy(dtype=np.float64)
    unknown = np.isnan(output)
    return np.where(unknown, network.sales, output), int(unknown.sum())


def _names(buyers: pd.Series) -> str:
    named = ", ".join(buyers.head(NAMED_BUYERS))
    return named + (f" and {len(buyers) - NAMED_BUYERS} more" if len(buyers) > NAMED_BUYERS else "")


def _sentences(table: pd.DataFrame, single: int, total: int, estimated: int, network: Network) -> tuple[str, ...]:
    if not total:
        return ("No input is essential here, so no firm stops because one supplier fails.",)
    share = f"{single:,} of {total:,} essential needs ({single / total:.0%}) hang on one supplier."
    notes = [share + " A buyer stops when any of its essential needs is not met."]
    if len(table):
        top = table.iloc[0]
        buyers = "1 buyer" if top["buyers"] == 1 else f"{top['buyers']} buyers"
        notes.append(
            f"Most is at stake with {top['supplier']}: {buyers} worth {number_text(float(top['buyers_value']))} "
            f"{network.flow_unit} of output without another source of {top['product']}."
        )
    if estimated:
        notes.append(f"buyers_value: {estimated:,} firms give no output; their sales inside the network stand for it.")
    return tuple(notes)

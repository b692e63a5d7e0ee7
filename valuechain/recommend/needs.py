"""Which needs partners are wanted for: those of a buyer, of a cluster's firms, or of a product; the weakest of them."""

from __future__ import annotations

import numpy as np

from valuechain.analysis.concentration_groups import memberships
from valuechain.errors import ParameterError, UnknownNameError, suggestion
from valuechain.network import Index, Network
from valuechain.recommend.economy import Economy

__all__ = ["wanted_slots"]


def wanted_slots(economy: Economy, *, buyer: str | None, product: str | None, cluster: str | None) -> Index:
    """Return the essential slots of a buyer or cluster, for a product or all; positions in the economy.

    Raises
    ------
    ParameterError
        When a buyer and a cluster are given.
    UnknownNameError
        When there is no such firm, cluster or product, or no such need, or it is not essential; says what there is.
    """
    if buyer is not None and cluster is not None:
        raise ParameterError("buyer and cluster are given; name one of them, or neither for the whole network")
    network = economy.network
    problems, firms, at = [], None, None
    try:
        firms = network.positions([buyer]) if buyer is not None else _members(network, cluster)
    except UnknownNameError as error:
        problems.append(str(error))
    if product is not None:
        found = np.flatnonzero(network.products == product)
        if len(found):
            at = int(found[0])
        else:
            hint = suggestion(product, network.products) or "valuechain check lists what there is"
            problems.append(f"product '{product}' is not bought in network '{network.name}'; {hint}")
    if problems:
        raise UnknownNameError("\n".join(problems))
    keep = np.ones(economy.n_slots, dtype=bool)
    if firms is not None:
        keep &= np.isin(economy.graph.slot_buyer, firms)
    of_firms = keep.copy()
    if at is not None:
        keep &= economy.slot_product == at
    if not keep.any():
        who = f"buyer '{buyer}'" if buyer is not None else f"cluster '{cluster}'" if cluster is not None else "no firm"
        raise UnknownNameError(_no_need(economy, who, firms, product, at, np.flatnonzero(of_firms)))
    return np.flatnonzero(keep)


def _members(network: Network, cluster: str | None) -> Index | None:
    if cluster is None:
        return None
    firm, code, labels = memberships(network)
    if cluster not in labels:
        hint = suggestion(cluster, labels) or f"clusters with members are {', '.join(map(str, labels[:10]))}"
        raise UnknownNameError(f"cluster '{cluster}' has no member in network '{network.name}'; {hint}")
    return np.unique(firm[code == np.flatnonzero(labels == cluster)[0]])


def _no_need(economy: Economy, who: str, firms: Index | None, product: str | None, at: int | None, slots: Index) -> str:
    """Return why there is no such need: not bought, bought from itself only, or not essential."""
    network = economy.network
    if who == "no firm":
        what = "any input" if product is None else f"'{product}'"
        return f"no firm of network '{network.name}' essentially needs {what} from another firm"
    names = sorted({str(p) for p in network.products[economy.slot_product[slots]]})
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    there = f"essential needs are {listed}" if names else "it has no essential need at all"
    if product is None:
        return f"{who} has no essential need that another firm supplies, so no partner cuts a loss"
    bought = (
        np.isin(economy.slots.buyer, [] if firms is None else firms)
        & (economy.slots.product == at)
        & (economy.slots.flow > 0)
    )
    if bought.any():
        why = "is not essential, or comes from itself only: nothing stops without it, so a partner cuts no loss"
        return f"the need of {who} for '{product}' {why}; {there}"
    return f"{who} does not buy '{product}'; {there}"

"""Which links a shock selects: by route, mode and product of the link, and by the firms at its ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ScenarioError
from valuechain.network import Index, Network
from valuechain.scenario import ENDS, matches, selected_firms
from valuechain.values import listed_values

Mask = npt.NDArray[np.bool_]


def selected_links(network: Network, where: Mapping[str, Any], *, buyers_only: bool = False) -> Index:
    """Return the positions of the links that all selectors select; none given selects every link.

    ``product`` is that of the link, ``route`` and ``mode`` are columns of links. ``supplier``, ``supplier_country`` and
    so on look at the firm that sells, ``buyer``, ``buyer_country`` ... at the one that buys. The selectors of firms
    (``firms``, ``country`` ...) select a link that has such a firm at either end; with ``buyers_only``, as buyer.

    Raises
    ------
    ScenarioError
        With every value that does not occur in the network, or when together they select nothing.
    """
    chosen = np.ones(network.n_links, dtype=bool)
    problems: list[str] = []
    for key, wanted in where.items():
        values = [str(v) for v in listed_values(wanted)]
        chosen &= _selected(network, key, values, problems, buyers_only=buyers_only)
    if problems:
        raise ScenarioError("\n".join(problems))
    if not chosen.any():
        words = ", ".join(f"{k} = {v!r}" for k, v in where.items())
        raise ScenarioError(f"no link of network '{network.name}' has {words or 'any selector'}; widen one of them")
    return np.flatnonzero(chosen)


def _selected(network: Network, key: str, values: list[str], problems: list[str], *, buyers_only: bool) -> Mask:
    """Return which links one selector selects, and add what is wrong with its values."""
    if key == "product":
        product = pd.Series(network.products[network.product], dtype="str")
        return matches(product, values, network, key, problems)
    if key in {"route", "mode"}:
        links = network.links
        if key not in links:
            problems.append(f"where {key}: the links of network '{network.name}' have no column '{key}'; add it")
            return np.zeros(network.n_links, dtype=bool)
        return matches(links[key], values, network, key, problems)
    end, _, rest = key.partition("_")
    of_firms = key if end not in ENDS else rest or "firms"
    has = np.zeros(network.n_firms, dtype=bool)
    try:
        has[selected_firms(network, {of_firms: values})] = True
    except ScenarioError as error:
        problems += [line.replace(f"where {of_firms}", f"where {key}", 1) for line in str(error).splitlines()]
    if end == "supplier":
        return np.asarray(has[network.supplier])
    if end == "buyer" or buyers_only:
        return np.asarray(has[network.buyer])
    return np.asarray(has[network.supplier] | has[network.buyer])

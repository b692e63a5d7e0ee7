"""Whom a shock hits: selectors on the columns of firms, combined by AND."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ScenarioError, UnknownNameError, shown, suggestion
from valuechain.network import Index, Network
from valuechain.scenario.shock import FIRM_SELECTORS
from valuechain.scenario.wording import one_of
from valuechain.schema.countries import country_code
from valuechain.values import listed_values

__all__ = ["matches", "selected_firms"]


def selected_firms(network: Network, where: Mapping[str, Any]) -> Index:
    """Return the positions of the firms that all selectors select; none given selects every firm.

    Raises
    ------
    ScenarioError
        With every value that does not occur in the network, or when together they select nothing.
    """
    chosen = np.ones(network.n_firms, dtype=bool)
    problems: list[str] = []
    for key, wanted in where.items():
        values = [str(v) for v in listed_values(wanted)]
        chosen &= _selector(network, key, values, problems)
    if problems:
        raise ScenarioError("\n".join(problems))
    if not chosen.any():
        words = ", ".join(f"{k} = {v!r}" for k, v in where.items())
        raise ScenarioError(f"no firm of network '{network.name}' has {words}; widen one of them")
    return np.flatnonzero(chosen)


def _selector(network: Network, key: str, values: list[str], problems: list[str]) -> npt.NDArray[np.bool_]:
    """Return which firms one selector selects, and add what is wrong with its values."""
    chosen = np.zeros(network.n_firms, dtype=bool)
    if key not in FIRM_SELECTORS:
        problems.append(f"where '{key}' does not select firms; {one_of(FIRM_SELECTORS)}")
    elif key == "firms":
        try:
            chosen[network.positions(values)] = True
        except UnknownNameError as error:
            problems += [f"where firms: {line}" for line in str(error).splitlines()]
    elif key == "cluster":
        members = network.table("members")
        if members is None:
            problems.append(f"where cluster: network '{network.name}' has no table members; add it")
        else:
            found = matches(members["cluster"], values, network, key, problems)
            chosen[network.positions(members["firm"][found])] = True
    elif key == "product":
        product = pd.Series(network.products[network.product], dtype="str")
        chosen[network.supplier[matches(product, values, network, key, problems)]] = True
    elif key not in network.firms:
        problems.append(f"where {key}: the firms of network '{network.name}' have no column '{key}'; add it")
    else:
        values = [country_code(v) or v for v in values] if key == "country" else values
        chosen = matches(network.firms[key], values, network, key, problems)
    return chosen


def matches(
    column: pd.Series, values: list[str], network: Network, key: str, problems: list[str]
) -> npt.NDArray[np.bool_]:
    """Return which rows of a column have one of the values; add to ``problems`` each value that no row has."""
    chosen = np.zeros(len(column), dtype=bool)
    for value in values:
        hit = column.str.startswith(value, na=False) if key == "region" else column == value
        if not hit.any():
            known = sorted(str(v) for v in column.dropna().unique())
            few = f"values are {', '.join(map(shown, known))}" if 0 < len(known) <= 12 else "check it"
            hint = suggestion(value, known) or few
            problems.append(f"where {key}: {shown(value)} selects nothing in network '{network.name}'; {hint}")
        chosen |= hit.to_numpy(dtype=bool, na_value=False)
    return chosen

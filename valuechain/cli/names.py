"""Names of firms and clusters beside their ids, and the columns a screen has room for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from valuechain.cli.output import is_narrow

if TYPE_CHECKING:
    import pandas as pd

    from valuechain.network import Network
    from valuechain.results import Result

R = TypeVar("R", bound="Result")

ROOMY = frozenset({"index_down", "index_up", "sweeps", "indirect_rank", "firms_hit"})
"""Columns that a narrow terminal leaves out of long tables; csv and json hold all."""


def named(result: R, network: Network, form: str) -> R:
    """Return a result whose rows have the names of their firms or clusters, where there are any.

    People read the name beside the id; programs find it after the columns they know.
    """
    units = result.units
    if form == "table":
        short = {column: unit.replace("of the network's ", "of ") for column, unit in units.items()}
        units = {column: unit for column, unit in short.items() if unit != column}
    table = result.table
    for id_column, names in _names(result, network):
        if id_column in table and "name" not in table:
            place = list(table.columns).index(id_column) + 1 if form == "table" else table.shape[1]
            table = table.copy(deep=False)
            table.insert(place, "name", table[id_column].map(names).astype("str"))
    return replace(result, table=table, units=units)


def _names(result: Result, network: Network) -> list[tuple[str, pd.Series]]:
    """Return which column holds ids, and the names by id."""
    sources = [("firm", "firm", network.firms)]
    clusters = network.table("clusters")
    if clusters is not None and "cluster" in [result.parameters.get("by"), result.parameters.get("each")]:
        sources.append(("group", "cluster", clusters))
    return [
        (column, frame.set_index(key)["name"])
        for column, key, frame in sources
        if "name" in frame and frame["name"].notna().any()
    ]


def shown_columns(result: Result) -> dict[str, str] | None:
    """Return the columns that a narrow terminal has room for, with their labels; None: all of them."""
    columns = [str(c) for c in result.table.columns]
    if not is_narrow() or len(columns) <= 6:
        return None
    return {c: c.replace("_", " ") for c in columns if c not in ROOMY}

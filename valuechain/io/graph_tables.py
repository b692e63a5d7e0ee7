"""Between a network and nodes and edges with attributes: the one place where graph formats meet the tables.

A graph holds firms as nodes and links as edges, each column as an attribute of its own, so that other programs see
them. All else (metadata, the other tables, the order and kind of columns) is one JSON text, the graph attribute
``valuechain``. A graph without it comes from another program; then names of attributes decide.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from valuechain.errors import Fault, InvalidDataError, ParameterError
from valuechain.network import Network
from valuechain.schema import TABLES, RawTable

STORED = "valuechain"
"""Name of the graph attribute with all that nodes and edges do not hold."""

Columns = dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class GraphColumn:
    """A column of firms or links as an attribute: its values in table order, None where missing."""

    column: str
    attribute: str
    is_number: bool
    values: list[Any]


@dataclass(frozen=True, kw_only=True)
class GraphView:
    """A network as nodes and edges."""

    ids: list[str]
    nodes: list[GraphColumn]
    sources: list[str]
    targets: list[str]
    edges: list[GraphColumn]
    stored: str


class AttributeColumns:
    """Collects attributes that come node by node (or edge by edge) into columns."""

    def __init__(self) -> None:
        self._cells: Columns = {}

    def add(self, position: int, name: str, value: Any) -> None:
        """Set one attribute of one node or edge."""
        cells = self._cells.setdefault(name, [])
        if position < len(cells):
            cells[position] = value
            return
        cells.extend([None] * (position - len(cells)))
        cells.append(value)

    def columns(self, count: int) -> Columns:
        """Return a list of ``count`` values an attribute, None where it was not set."""
        return {name: cells + [None] * (count - len(cells)) for name, cells in self._cells.items()}


@dataclass(kw_only=True)
class GraphParts:
    """A graph as read: what :func:`network_from_parts` makes a network of."""

    file: str
    ids: list[str] = field(default_factory=list)
    nodes: Columns = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    edges: Columns = field(default_factory=dict)
    stored: str | None = None


def graph_view(net: Network, *, node_names: Collection[str] = (), edge_names: Collection[str] = ()) -> GraphView:
    """Return a network as nodes and edges.

    Parameters
    ----------
    net
        The network.
    node_names, edge_names
        Attribute names the format has its own use for; a column of such a name gets another one.
    """
    firms, links = net.firms, net.links
    nodes = _graph_columns(firms, {"firm"}, node_names)
    edges = _graph_columns(links, {"supplier", "buyer"}, edge_names)
    others = {name: frame for name, frame in net.tables.items() if name not in {"firms", "links"}}
    stored = {
        "format": 1,
        "metadata": dict(net.metadata),
        "firms": [[c.column, c.attribute, c.is_number] for c in nodes],
        "links": [[c.column, c.attribute, c.is_number] for c in edges],
        "derived": [sorted(node_names), sorted(edge_names)],
        "tables": {
            name: [[str(c), _is_number(frame[c]), _plain_values(frame[c])] for c in frame.columns]
            for name, frame in others.items()
        },
    }
    return GraphView(
        ids=firms["firm"].tolist(),
        nodes=nodes,
        sources=links["supplier"].tolist(),
        targets=links["buyer"].tolist(),
        edges=edges,
        stored=json.dumps(stored),
    )


def _graph_columns(frame: pd.DataFrame, ids: set[str], reserved: Collection[str]) -> list[GraphColumn]:
    taken = {*reserved, *(str(c) for c in frame.columns if c not in reserved)}
    columns = []
    for column in frame.columns:
        if column in ids:
            continue
        attribute = str(column)
        if attribute in reserved:
            while attribute in taken:
                attribute += "_"
            taken.add(attribute)
        values = frame[column]
        columns.append(
            GraphColumn(
                column=str(column), attribute=attribute, is_number=_is_number(values), values=_plain_values(values)
            )
        )
    return columns


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(values.dtype)


def _plain_values(values: pd.Series) -> list[Any]:
    return [None if v is None or (isinstance(v, float) and math.isnan(v)) else v for v in values.tolist()]


def network_from_parts(
    parts: GraphParts,
    *,
    flow: str,
    sector: str,
    name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    stacklevel: int = 3,
) -> Network:
    """Return the network a graph holds.

    Parameters
    ----------
    parts
        The graph.
    flow, sector
        Attributes of edges and nodes with these columns, in a graph of another program.
    name, metadata
        Name and keys of network.toml; they go before what the graph has.
    stacklevel
        How far up the caller stands whom warnings should point at.

    Raises
    ------
    InvalidDataError
        When attributes are missing, or the data have faults.
    """
    if parts.stored is None:
        tables = _foreign_tables(parts, flow, sector)
        keys: dict[str, Any] = {"format": 1, "name": name or "network"}
    else:
        tables, keys = _stored_tables(parts, parts.stored)
    if name is not None:
        keys["name"] = name
    keys |= dict(metadata or {})
    return Network.from_raw(tables, keys, metadata_file=f"{parts.file} graph attributes", stacklevel=stacklevel + 1)


def _stored_tables(parts: GraphParts, stored: str) -> tuple[dict[str, RawTable], dict[str, Any]]:
    try:
        record = json.loads(stored)
        if record["format"] != 1:
            raise ValueError(f"format {record['format']}")
        firms = _known_columns(record["firms"], parts.nodes, len(parts.ids), record["derived"][0])
        links = _known_columns(record["links"], parts.edges, len(parts.sources), record["derived"][1])
        others = {
            str(name): {str(c): _series(values, is_number=n) for c, n, values in columns}
            for name, columns in record["tables"].items()
            if name in TABLES and name not in {"firms", "links"}
        }
        frames = {name: pd.DataFrame(columns) for name, columns in others.items()}
        metadata = {"format": 1, **record["metadata"]}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        problem = f"cannot be read ({type(error).__name__}: {error})"
        remedy = "write the file again, or delete the attribute to read nodes and edges alone"
        raise InvalidDataError([Fault(file=parts.file, column=STORED, problem=problem, remedy=remedy)]) from error
    tables = {n: RawTable(f"{parts.file} {n}", f) for n, f in frames.items()}
    return _main_tables(parts, firms, links) | tables, metadata


def _known_columns(declared: Sequence[Any], found: Columns, count: int, derived: Sequence[str]) -> dict[str, pd.Series]:
    """Return the columns the network had, in its order, then attributes that were added since."""
    columns = {}
    for column, attribute, is_number in declared:
        columns[str(column)] = _series(found.get(attribute, [None] * count), is_number=bool(is_number))
    used = {str(attribute) for _, attribute, _ in declared} | set(derived)
    added = {a: _series(v) for a, v in found.items() if a not in used and a not in columns}
    return columns | added


def _series(values: Sequence[Any], *, is_number: bool = False) -> pd.Series:
    """Return values as a typed column where they allow it; the checks read all others cell by cell."""
    present = [v for v in values if v is not None]
    if present and all(type(v) is float or type(v) is int for v in present):
        if is_number or all(abs(v) < 2**53 for v in present):
            return pd.Series([np.nan if v is None else float(v) for v in values], dtype=np.float64)
    elif all(type(v) is str for v in present):
        return pd.Series(values, dtype="str")
    return pd.Series(list(values), dtype=object)


def _main_tables(parts: GraphParts, firms: dict[str, pd.Series], links: dict[str, pd.Series]) -> dict[str, RawTable]:
    nodes = pd.DataFrame({**firms, "firm": _series(parts.ids)})
    ends = {"supplier": _series(parts.sources), "buyer": _series(parts.targets)}
    edges = pd.DataFrame({**links, **ends})
    # Rows are numbered as if the nodes stood in a sheet with a header: 2, 3, 4 ...
    return {
        "firms": RawTable(f"{parts.file} nodes", nodes),
        "links": RawTable(f"{parts.file} edges", edges),
    }


def _foreign_tables(parts: GraphParts, flow: str, sector: str) -> dict[str, RawTable]:
    """Return firms and links of a graph that another program made."""
    nodes = _without_copies(parts.nodes, {"firm": parts.ids, "label": parts.ids})
    edges = _without_copies(parts.edges, {"supplier": parts.sources, "buyer": parts.targets})
    faults = _empty_graph_faults(parts)
    faults += _clash_faults(nodes, ("firm",), f"{parts.file} nodes") if parts.ids else []
    faults += _clash_faults(edges, ("supplier", "buyer"), f"{parts.file} edges") if parts.sources else []
    if parts.ids:
        nodes = _renamed(nodes, sector, "sector", f"{parts.file} nodes", faults)
    if parts.sources:
        edges = _renamed(edges, flow, "flow", f"{parts.file} edges", faults)
    if faults:
        raise InvalidDataError(faults)
    if not any(n.casefold() == "name" for n in nodes):
        # What graph programs show beside a node.
        nodes = {("name" if n.casefold() == "label" else n): v for n, v in nodes.items()}
    return _main_tables(parts, {n: _series(v) for n, v in nodes.items()}, {n: _series(v) for n, v in edges.items()})


def _empty_graph_faults(parts: GraphParts) -> list[Fault]:
    absent = [word for word, found in (("nodes", parts.ids), ("edges", parts.sources)) if not found]
    return [
        Fault(file=parts.file, problem=f"has no {word}", remedy="a network needs firms as nodes and links as edges")
        for word in absent
    ]


def _without_copies(columns: Columns, copies: Mapping[str, list[str]]) -> Columns:
    """Drop attributes that only repeat an id, as some programs write them."""
    return {
        name: values
        for name, values in columns.items()
        if name.casefold() not in copies or [str(v) for v in values] != copies[name.casefold()]
    }


def _clash_faults(columns: Columns, names: tuple[str, ...], file: str) -> list[Fault]:
    return [
        Fault(file=file, column=name, problem="is an attribute and also the id", remedy="rename the attribute")
        for name in columns
        if name.casefold() in names
    ]


def _renamed(columns: Columns, attribute: str, column: str, file: str, faults: list[Fault]) -> Columns:
    """Return the columns with ``attribute`` under the name ``column``."""
    alike = next((n for n in columns if n.casefold() == attribute.casefold()), "")
    match = attribute if attribute in columns else alike
    if not match:
        found = ", ".join(f"'{n}'" for n in list(columns)[:12]) or "none"
        usual = next((n for n in columns if n.casefold() in _USUAL[column]), None)
        option = f'say {column}="{usual}"' if usual else f'name another one by {column}="..."'
        remedy = f"add it, or {option} if that is what holds it (attributes found: {found})"
        faults.append(Fault(file=file, column=attribute, problem="is not an attribute", remedy=remedy))
        return columns
    if match != column and column in columns:
        raise ParameterError(
            f"{file}: {column} is to be '{attribute}', but there is also an attribute '{column}'; "
            f"drop it, or leave the option out to use '{column}'"
        )
    return {(column if n == match else n): v for n, v in columns.items()}


_USUAL = {
    "flow": {"weight", "value", "amount", "volume", "flow_value"},
    "sector": {"industry", "nace", "category", "branch", "type", "modularity_class", "group"},
}
"""Attributes of other programs that often hold what is looked for: named in the message, never taken unasked."""

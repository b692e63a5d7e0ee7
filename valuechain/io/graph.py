"""Networks to and from networkx and igraph, both ways without loss. For use at the edge only: analyses use arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from valuechain.errors import Fault, InvalidDataError
from valuechain.io.graph_tables import STORED, AttributeColumns, GraphColumn, GraphParts, graph_view, network_from_parts
from valuechain.network import Network

if TYPE_CHECKING:
    import igraph
    import networkx as nx

_DIRECTION = "make a directed graph whose edges run from supplier to buyer"


def to_networkx(net: Network) -> nx.MultiDiGraph[str]:
    """Return the network as a networkx graph: firms are nodes, links are edges from supplier to buyer.

    Columns become attributes, absent where the value is missing. The key of an edge is the position of its link.
    Graph attribute ``valuechain`` holds the rest of the network as JSON text.

    Parameters
    ----------
    net
        The network. A million links take about ten seconds and some gigabytes.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"firm": ["mill", "baker"], "sector": ["C10", "C10"]})
    >>> links = pd.DataFrame({"supplier": ["mill"], "buyer": ["baker"], "flow": [10.0]})
    >>> graph = to_networkx(Network.from_tables(firms, links, name="bread"))
    >>> list(graph.edges(data="flow"))
    [('mill', 'baker', 10.0)]
    """
    import networkx as nx  # noqa: PLC0415 - half a second that only this function needs

    view = graph_view(net)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=net.name)
    graph.graph[STORED] = view.stored
    graph.add_nodes_from(zip(view.ids, _attribute_dicts(view.nodes, len(view.ids)), strict=True))
    edges = _attribute_dicts(view.edges, len(view.sources))
    # The stubs know no edges with keys.
    keyed: Any = zip(view.sources, view.targets, range(len(edges)), edges, strict=True)
    graph.add_edges_from(keyed)
    return graph


def _attribute_dicts(columns: list[GraphColumn], count: int) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = [{} for _ in range(count)]
    for column in columns:
        for cell, value in zip(cells, column.values, strict=True):
            if value is not None:
                cell[column.attribute] = value
    return cells


def from_networkx(
    graph: nx.Graph[Any],
    *,
    name: str | None = None,
    flow: str = "flow",
    sector: str = "sector",
    metadata: Mapping[str, Any] | None = None,
) -> Network:
    """Return the network in a directed networkx graph; the graph is left as it is.

    Parameters
    ----------
    graph
        A DiGraph or MultiDiGraph with edges from supplier to buyer, made by :func:`to_networkx` or not.
    name
        Name of the network; that of the graph where it is not given.
    flow
        Edge attribute that holds the flow, such as ``weight``.
    sector
        Node attribute that holds the sector.
    metadata
        Further keys of network.toml: ``currency``, ``year`` ...

    Raises
    ------
    InvalidDataError
        When the graph is not directed, an attribute is missing, or the data have faults.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_nodes_from(["mill", "baker"], industry="C10")
    >>> graph.add_edge("mill", "baker", weight=10.0)
    >>> from_networkx(graph, flow="weight", sector="industry", name="bread")
    <Network 'bread': 2 firms, 1 links>
    """
    if not graph.is_directed():
        raise InvalidDataError([Fault(file="graph", problem="is not directed", remedy=_DIRECTION)])
    parts = GraphParts(file="graph")
    nodes, edges = AttributeColumns(), AttributeColumns()
    for position, (node, attributes) in enumerate(graph.nodes(data=True)):
        parts.ids.append(str(node))
        for key, value in attributes.items():
            nodes.add(position, str(key), value)
    for position, (supplier, buyer, attributes) in enumerate(_ordered_edges(graph)):
        parts.sources.append(str(supplier))
        parts.targets.append(str(buyer))
        for key, value in attributes.items():
            edges.add(position, str(key), value)
    parts.nodes, parts.edges = nodes.columns(len(parts.ids)), edges.columns(len(parts.sources))
    stored = graph.graph.get(STORED)
    parts.stored = None if stored is None else str(stored)
    if name is None and stored is None:
        name = str(graph.graph.get("name") or "network")
    return network_from_parts(parts, flow=flow, sector=sector, name=name, metadata=metadata, stacklevel=2)


def _ordered_edges(graph: nx.Graph[Any]) -> list[tuple[Any, Any, dict[Any, Any]]]:
    """Return the edges in the order of their links where the keys tell it, else in the order of the graph."""
    if not graph.is_multigraph():
        return list(graph.edges(data=True))
    view: Any = graph.edges
    edges: list[tuple[Any, Any, Any, dict[Any, Any]]] = list(view(keys=True, data=True))
    keys = {key for _, _, key, _ in edges}
    # networkx groups edges by supplier; keys 0, 1, 2 ... across the whole graph are positions of links.
    if len(keys) == len(edges) and all(type(key) is int for key in keys):
        edges.sort(key=lambda edge: edge[2])
    return [(supplier, buyer, attributes) for supplier, buyer, _, attributes in edges]


def to_igraph(net: Network) -> igraph.Graph:
    """Return the network as a directed igraph graph; positions of vertices and edges are those of firms and links.

    The vertex attribute ``name`` is the firm's id, as igraph wants it; the column ``name`` is attribute ``name_``.

    Parameters
    ----------
    net
        The network.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"firm": ["mill", "baker"], "sector": ["C10", "C10"]})
    >>> links = pd.DataFrame({"supplier": ["mill"], "buyer": ["baker"], "flow": [10.0]})
    >>> to_igraph(Network.from_tables(firms, links, name="bread")).vs["name"]
    ['mill', 'baker']
    """
    import igraph  # noqa: PLC0415

    view = graph_view(net, node_names=("name",))
    graph = igraph.Graph(
        n=net.n_firms,
        edges=list(zip(net.supplier.tolist(), net.buyer.tolist(), strict=True)),
        directed=True,
        vertex_attrs={"name": view.ids, **{c.attribute: _igraph_values(c) for c in view.nodes}},
        edge_attrs={c.attribute: _igraph_values(c) for c in view.edges},
    )
    graph[STORED] = view.stored
    return graph


def _igraph_values(column: GraphColumn) -> list[Any]:
    """Return numbers with nan where missing: with None, igraph writes the attribute as text."""
    return [float("nan") if v is None else v for v in column.values] if column.is_number else column.values


def from_igraph(
    graph: igraph.Graph,
    *,
    name: str | None = None,
    flow: str = "flow",
    sector: str = "sector",
    metadata: Mapping[str, Any] | None = None,
) -> Network:
    """Return the network in a directed igraph graph; the graph is left as it is.

    Parameters
    ----------
    graph
        Edges run from supplier to buyer. Vertex attribute ``name`` is the firm's id; else vertices are numbered.
    name, flow, sector, metadata
        As in :func:`from_networkx`.

    Raises
    ------
    InvalidDataError
        When the graph is not directed, an attribute is missing, or the data have faults.

    Examples
    --------
    >>> import igraph
    >>> graph = igraph.Graph([(1, 0)], directed=True, edge_attrs={"weight": [5.0]})
    >>> graph.vs["sector"] = ["G46", "C10"]
    >>> from_igraph(graph, flow="weight").links["supplier"].tolist()
    ['1']
    """
    if not graph.is_directed():
        raise InvalidDataError([Fault(file="graph", problem="is not directed", remedy=_DIRECTION)])
    vertices = {str(a): list(graph.vs[a]) for a in graph.vs.attributes()}
    count = graph.vcount()
    ids = [str(v) for v in vertices.pop("name", range(count))]
    pairs = graph.get_edgelist()
    attributes = set(graph.attributes())
    parts = GraphParts(
        file="graph",
        ids=ids,
        nodes=_without_nan(vertices),
        sources=[ids[tail] for tail, _ in pairs],
        targets=[ids[head] for _, head in pairs],
        edges=_without_nan({str(a): list(graph.es[a]) for a in graph.es.attributes()}),
        stored=str(graph[STORED]) if STORED in attributes else None,
    )
    if name is None and parts.stored is None and "name" in attributes:
        name = str(graph["name"])
    return network_from_parts(parts, flow=flow, sector=sector, name=name, metadata=metadata, stacklevel=2)


def _without_nan(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {a: [None if isinstance(v, float) and v != v else v for v in values] for a, values in columns.items()}  # noqa: PLR0124

"""GraphML files: written for networkx, igraph, Gephi, yEd and this package; read from any of them."""

from __future__ import annotations

import io
import os
from pathlib import Path

from valuechain.io.atomic import write_text_atomic
from valuechain.io.graph_tables import STORED, GraphColumn, graph_view, network_from_parts
from valuechain.io.graph_xml import (
    EDGE_NAMES,
    NODE_NAMES,
    Attributes,
    GraphReader,
    attribute_xml,
    by_position,
    cell_text,
    edge_weights,
    node_labels,
    parse,
    refuse_illegal,
    text_xml,
    typed,
)
from valuechain.network import Network


def read_graphml(path: str | os.PathLike[str], *, flow: str = "flow", sector: str = "sector") -> Network:
    """Return the network in a GraphML file.

    Parameters
    ----------
    path
        The file, written by this package or another program.
    flow, sector
        Attributes of edges and nodes with these columns, in a file of another program.

    Raises
    ------
    UnreadableFileError
        When it is not XML, or declares entities.
    InvalidDataError
        When the graph is not directed, an attribute is missing, or the data have faults.
    """
    source = Path(path)
    parts = parse(source, _GraphmlReader(source.name))
    name = source.stem if parts.stored is None else None
    return network_from_parts(parts, flow=flow, sector=sector, name=name)


def write_graphml(net: Network, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a network as GraphML; reading it gives the same network.

    Edges have ``flow`` also as ``weight``, nodes their name (else the id) also as ``label``, for programs that look
    there; reading takes the columns, never these copies.

    Parameters
    ----------
    net
        The network.
    path
        The file.
    force
        Replace a file that exists.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.
    InvalidDataError
        When text holds a character that XML cannot hold.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> firms = pd.DataFrame({"firm": ["<mill>", "baker"], "sector": ["C10", "G46"]})
    >>> links = pd.DataFrame({"supplier": ["<mill>"], "buyer": ["baker"], "flow": [0.1]})
    >>> net = Network.from_tables(firms, links)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_graphml(net, pathlib.Path(folder) / "two.graphml")
    ...     read_graphml(pathlib.Path(folder) / "two.graphml") == net
    True
    """
    target = Path(path)
    view = graph_view(net, node_names=NODE_NAMES, edge_names=EDGE_NAMES)
    refuse_illegal(view, target.name)
    label = GraphColumn(column="label", attribute="label", is_number=False, values=node_labels(view))
    weight = GraphColumn(column="weight", attribute="weight", is_number=True, values=list(edge_weights(view)))
    nodes, edges = [*view.nodes, label], [*view.edges, weight]
    out = io.StringIO()
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    out.write(f'<key id="g0" for="graph" attr.name="{STORED}" attr.type="string"/>\n')
    _write_keys(out, nodes, "node")
    _write_keys(out, edges, "edge")
    out.write(f'<graph id="network" edgedefault="directed">\n<data key="g0">{text_xml(view.stored)}</data>\n')
    for firm, cells in zip(view.ids, by_position(nodes, len(view.ids)), strict=True):
        data = "".join(f'<data key="n{k}">{text_xml(cell_text(v))}</data>' for k, v in cells)
        out.write(f"<node id={attribute_xml(firm)}>{data}</node>\n")
    cells_by_edge = by_position(edges, len(view.sources))
    for number, (supplier, buyer, cells) in enumerate(zip(view.sources, view.targets, cells_by_edge, strict=True)):
        data = "".join(f'<data key="e{k}">{text_xml(cell_text(v))}</data>' for k, v in cells)
        ends = f"source={attribute_xml(supplier)} target={attribute_xml(buyer)}"
        out.write(f'<edge id="{number}" {ends}>{data}</edge>\n')
    out.write("</graph>\n</graphml>\n")
    write_text_atomic(target, out.getvalue(), force=force)


def _write_keys(out: io.StringIO, columns: list[GraphColumn], what: str) -> None:
    for number, column in enumerate(columns):
        kind = "double" if column.is_number else "string"
        name = attribute_xml(column.attribute)
        out.write(f'<key id="{what[0]}{number}" for="{what}" attr.name={name} attr.type="{kind}"/>\n')


class _GraphmlReader(GraphReader):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._keys: dict[str, tuple[str, str]] = {}
        self._defaults: list[tuple[str, str, str]] = []
        self._key = ""
        self._what = "graph"
        self._position = 0
        self._open_nodes: list[int] = []

    def start_key(self, attributes: Attributes) -> None:
        self._key = attributes.get("id", "")
        self._what = attributes.get("for", "all")
        self._keys[self._key] = (attributes.get("attr.name", self._key), attributes.get("attr.type", "string"))

    def end_default(self, text: str) -> None:
        self._defaults.append((self._what, self._key, text))

    def start_graph(self, attributes: Attributes) -> None:
        if self._open_nodes:
            self.refuse("has graphs inside nodes", "export it without groups")
        self.add_graph(is_directed=attributes.get("edgedefault", "directed") == "directed")
        self._what = "graph"

    def start_node(self, attributes: Attributes) -> None:
        self._position = self.add_node(attributes)
        self._open_nodes.append(self._position)
        self._begin("node")

    def end_node(self, text: str) -> None:  # noqa: ARG002 - every end method takes the text
        self._open_nodes.pop()
        self._what = "graph"

    def start_edge(self, attributes: Attributes) -> None:
        if attributes.get("directed", "true") == "false":
            self.refuse_undirected()
        self._position = self.add_edge(attributes)
        self._begin("edge")

    def end_edge(self, text: str) -> None:  # noqa: ARG002
        self._what = "graph"

    def start_hyperedge(self, attributes: Attributes) -> None:  # noqa: ARG002
        self.refuse("has edges with more than two ends", "make a link of each pair of supplier and buyer")

    def _begin(self, what: str) -> None:
        self._what = what
        for meant, key, text in self._defaults:
            if meant in {what, "all"}:
                self._set(key, text)

    def start_data(self, attributes: Attributes) -> None:
        self._key = attributes.get("key", "")

    def end_data(self, text: str) -> None:
        self._set(self._key, text)

    def _set(self, key: str, text: str) -> None:
        name, kind = self._keys.get(key, (key, "string"))
        if self._what == "graph":
            if name == STORED:
                self.parts.stored = text
        elif self._what == "node":
            self.nodes.add(self._position, name, typed(text, kind))
        else:
            self.edges.add(self._position, name, typed(text, kind))

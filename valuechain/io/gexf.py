"""GEXF files (version 1.3), the format of Gephi: written for Gephi and this package; read from either."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

from valuechain.io.atomic import write_text_atomic
from valuechain.io.graph_tables import GraphColumn, graph_view, network_from_parts
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


def read_gexf(path: str | os.PathLike[str], *, flow: str = "flow", sector: str = "sector") -> Network:
    """Return the network in a GEXF file.

    Parameters
    ----------
    path
        The file, written by this package or another program.
    flow, sector
        Attributes of edges and nodes with these columns, in a file of another program; Gephi calls its edges'
        values ``weight``.

    Raises
    ------
    UnreadableFileError
        When it is not XML, or declares entities.
    InvalidDataError
        When the graph is not directed or changes over time, an attribute is missing, or the data have faults.
    """
    source = Path(path)
    parts = parse(source, _GexfReader(source.name))
    name = source.stem if parts.stored is None else None
    return network_from_parts(parts, flow=flow, sector=sector, name=name)


def write_gexf(net: Network, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a network as GEXF; reading it gives the same network.

    Edges have ``flow`` also as ``weight``, so that Gephi draws them as thick as they are; reading takes the column.

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
    ...     write_gexf(net, pathlib.Path(folder) / "two.gexf")
    ...     read_gexf(pathlib.Path(folder) / "two.gexf") == net
    True
    """
    target = Path(path)
    view = graph_view(net, node_names=NODE_NAMES, edge_names=EDGE_NAMES)
    refuse_illegal(view, target.name)
    out = io.StringIO()
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n')
    # GEXF has no attributes of the whole graph; its description is the one place that every program leaves alone.
    out.write(f"<meta><creator>valuechain</creator><description>{text_xml(view.stored)}</description></meta>\n")
    out.write('<graph defaultedgetype="directed" mode="static">\n')
    _write_declarations(out, view.nodes, "node")
    _write_declarations(out, view.edges, "edge")
    out.write("<nodes>\n")
    cells_by_node = by_position(view.nodes, len(view.ids))
    for firm, label, cells in zip(view.ids, node_labels(view), cells_by_node, strict=True):
        out.write(f"<node id={attribute_xml(firm)} label={attribute_xml(label)}>{_values(cells)}</node>\n")
    out.write("</nodes>\n<edges>\n")
    cells_by_edge = by_position(view.edges, len(view.sources))
    rows = zip(view.sources, view.targets, edge_weights(view), cells_by_edge, strict=True)
    for number, (supplier, buyer, flow, cells) in enumerate(rows):
        # Gephi refuses edges of weight zero; without one it takes 1 for drawing.
        weight = f' weight="{cell_text(flow)}"' if flow > 0 else ""
        ends = f"source={attribute_xml(supplier)} target={attribute_xml(buyer)}"
        out.write(f'<edge id="{number}" {ends}{weight}>{_values(cells)}</edge>\n')
    out.write("</edges>\n</graph>\n</gexf>\n")
    write_text_atomic(target, out.getvalue(), force=force)


def _write_declarations(out: io.StringIO, columns: list[GraphColumn], what: str) -> None:
    out.write(f'<attributes class="{what}" mode="static">\n')
    for number, column in enumerate(columns):
        kind = "double" if column.is_number else "string"
        out.write(f'<attribute id="{number}" title={attribute_xml(column.attribute)} type="{kind}"/>\n')
    out.write("</attributes>\n")


def _values(cells: list[tuple[int, Any]]) -> str:
    if not cells:
        return ""
    values = "".join(f'<attvalue for="{k}" value={attribute_xml(cell_text(v))}/>' for k, v in cells)
    return f"<attvalues>{values}</attvalues>"


class _GexfReader(GraphReader):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._declared: dict[tuple[str, str], tuple[str, str]] = {}
        self._defaults: list[tuple[str, str, str]] = []
        self._class = "node"
        self._attribute = ""
        self._what = ""
        self._position = 0
        self._is_directed = False

    def end_description(self, text: str) -> None:
        if _is_stored(text):
            self.parts.stored = text

    def start_graph(self, attributes: Attributes) -> None:
        # Without a word on it, edges are undirected in GEXF; each edge may still say that it is directed.
        self._is_directed = attributes.get("defaultedgetype", "undirected") == "directed"
        self.add_graph(is_directed=True)

    def start_attributes(self, attributes: Attributes) -> None:
        self._class = attributes.get("class", "node")
        if attributes.get("mode", "static") == "dynamic":
            self.refuse("has attributes that change over time", "export one moment as a static graph")

    def start_attribute(self, attributes: Attributes) -> None:
        self._attribute = attributes.get("id", "")
        title = attributes.get("title") or self._attribute
        self._declared[self._class, self._attribute] = (title, attributes.get("type", "string"))

    def end_default(self, text: str) -> None:
        self._defaults.append((self._class, self._attribute, text))

    def start_node(self, attributes: Attributes) -> None:
        self._what, self._position = "node", self.add_node(attributes)
        self._set_defaults()
        if attributes.get("label"):
            self.nodes.add(self._position, "label", attributes["label"])

    def start_edge(self, attributes: Attributes) -> None:
        kind = attributes.get("type", "directed" if self._is_directed else "undirected")
        if kind != "directed":
            self.refuse_undirected()
        self._what, self._position = "edge", self.add_edge(attributes)
        self._set_defaults()
        if attributes.get("label"):
            self.edges.add(self._position, "label", attributes["label"])
        if attributes.get("weight"):
            self.edges.add(self._position, "weight", typed(attributes["weight"], "double"))

    def _set_defaults(self) -> None:
        for meant, attribute, text in self._defaults:
            if meant == self._what:
                self._set(attribute, text)

    def start_attvalue(self, attributes: Attributes) -> None:
        # Version 1.1 wrote "id" where later ones write "for".
        self._set(attributes.get("for", attributes.get("id", "")), attributes.get("value"))

    def _set(self, attribute: str, text: str | None) -> None:
        title, kind = self._declared.get((self._what, attribute), (attribute, "string"))
        columns = self.nodes if self._what == "node" else self.edges
        columns.add(self._position, title, typed(text, kind))


def _is_stored(text: str) -> bool:
    """Tell whether the description of a file is ours: any program may write one."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and {"format", "metadata", "firms", "links"} <= record.keys()

"""Reading and writing graph files as XML: a parser that refuses entities, and text that comes back the same.

The writers are our own, because networkx and ElementTree lose what a network may hold: a carriage return becomes a
line feed, a missing value a "None" or an error, and networkx turns parallel links and the order of edges round.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax import saxutils

from valuechain.errors import Fault, InvalidDataError, UnreadableFileError
from valuechain.io.graph_tables import AttributeColumns, GraphColumn, GraphParts, GraphView
from valuechain.schema.numbers import number_text

NODE_NAMES = ("id", "label")
EDGE_NAMES = ("id", "label", "weight")
"""Attributes that graph programs give a meaning of their own: what they show beside a node, how thick an edge is."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z|[+-]?(inf|infinity|nan)\Z", re.IGNORECASE)

Attributes = dict[str, str]


class GraphReader:
    """What the readers of GraphML and GEXF share: nodes, edges and their attributes as they come from the parser.

    A subclass has a method ``start_<element>`` or ``end_<element>`` for each element it looks at.
    """

    def __init__(self, file: str) -> None:
        self.parts = GraphParts(file=file)
        self.nodes, self.edges = AttributeColumns(), AttributeColumns()
        self.text: list[str] = []
        self.graphs = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the start of an element."""
        self.text.clear()
        local = tag.rpartition(" ")[2].casefold()
        handler: Callable[[Attributes], None] | None = getattr(self, f"start_{local}", None)
        if handler is not None:
            handler(attributes)

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        local = tag.rpartition(" ")[2].casefold()
        handler: Callable[[str], None] | None = getattr(self, f"end_{local}", None)
        if handler is not None:
            handler("".join(self.text))
        self.text.clear()

    def finish(self) -> GraphParts:
        """Return the graph."""
        if not self.graphs:
            self.refuse("has no graph in it", "check that it is the right file, or export it again")
        self.parts.nodes = self.nodes.columns(len(self.parts.ids))
        self.parts.edges = self.edges.columns(len(self.parts.sources))
        return self.parts

    def add_graph(self, *, is_directed: bool) -> None:
        """Take a graph; only one, and only with directions."""
        self.graphs += 1
        if self.graphs > 1:
            self.refuse("has more than one graph", "keep one graph a file")
        if not is_directed:
            self.refuse_undirected()

    def refuse_undirected(self) -> None:
        """Raise for edges that do not say who sells to whom."""
        self.refuse("is not directed", "export it as a directed graph whose edges run from supplier to buyer")

    def add_node(self, attributes: Attributes) -> int:
        """Take a node and return its position."""
        if not attributes.get("id"):
            self.refuse(f"node {len(self.parts.ids) + 1} has no id", "give each node an id")
        self.parts.ids.append(attributes["id"])
        return len(self.parts.ids) - 1

    def add_edge(self, attributes: Attributes) -> int:
        """Take an edge and return its position."""
        for end in ("source", "target"):
            if not attributes.get(end):
                self.refuse(f"edge {len(self.parts.sources) + 1} has no {end}", f"give each edge a {end}")
        self.parts.sources.append(attributes["source"])
        self.parts.targets.append(attributes["target"])
        return len(self.parts.sources) - 1

    def refuse(self, problem: str, remedy: str) -> None:
        """Raise for a file that breaks the format."""
        raise InvalidDataError([Fault(file=self.parts.file, problem=problem, remedy=remedy)])


def typed(text: str | None, kind: str) -> Any:
    """Return the value of an attribute by its declared type; what does not fit stays text, for the checks to report.

    Examples
    --------
    >>> typed("1e3", "double"), typed("007", "string"), typed("12", "int"), typed("NaN", "float"), typed("x", "int")
    (1000.0, '007', 12, None, 'x')
    """
    if text is None or text == "":
        return None
    kind = kind.casefold()
    word = text.strip()
    if kind in {"double", "float"} and _NUMBER.match(word):
        number = float(word)
        return None if number != number else number  # noqa: PLR0124 - NaN is not itself
    if kind in {"int", "integer", "long", "short", "byte", "biginteger"} and re.fullmatch(r"[+-]?\d{1,300}", word):
        return int(word)
    return text


def parse(path: str | os.PathLike[str], reader: GraphReader) -> GraphParts:
    """Return the graph in an XML file.

    Raises
    ------
    UnreadableFileError
        When it cannot be opened, is not XML, or declares a document type: entities could make a small file fill the
        memory or fetch other files.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse_doctype(*_: Any) -> None:
        raise UnreadableFileError(
            f"{path}: declares a document type or entities, which graph files do not need and which can do harm; "
            "delete the <!DOCTYPE ...> part, or export the file again"
        )

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text.append
    try:
        with Path(path).open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise UnreadableFileError(f"{path}: is not well-formed XML ({error}); export the file again") from error
    except UnreadableFileError:
        raise
    except (OSError, LookupError, ValueError) as error:
        if isinstance(error, InvalidDataError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFileError(f"{path}: cannot be read ({reason}); check the path and the encoding") from error
    return reader.finish()


def text_xml(text: str) -> str:
    """Return text for between tags; a bare carriage return would come back as a line feed."""
    return saxutils.escape(text, {"\r": "&#13;"})


def attribute_xml(text: str) -> str:
    """Return text as a quoted attribute value; line breaks and tabs as references, so that they come back."""
    return saxutils.quoteattr(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def cell_text(value: Any) -> str:
    """Return a value as the text that reads back the same."""
    return number_text(value) if isinstance(value, float) else str(value)


def node_labels(view: GraphView) -> list[str]:
    """Return what to show beside each node: the name, else the id."""
    names = next((c.values for c in view.nodes if c.column == "name"), [None] * len(view.ids))
    return [name or firm for name, firm in zip(names, view.ids, strict=True)]


def edge_weights(view: GraphView) -> list[float]:
    """Return the flow of each edge, which graph programs take for its weight."""
    return next(c.values for c in view.edges if c.column == "flow")


def refuse_illegal(view: GraphView, file: str) -> None:
    """Raise with every text that XML cannot hold (U+FFFE, U+FFFF), so that no file is written that nobody can read."""
    faults = [*_illegal(view.ids, "firm", f"{file} nodes")]
    for columns, place in ((view.nodes, f"{file} nodes"), (view.edges, f"{file} edges")):
        for column in columns:
            faults += _illegal([column.attribute], column.column, place)
            if not column.is_number:
                faults += _illegal(column.values, column.column, place)
    if faults:
        raise InvalidDataError(faults)


def _illegal(values: Iterable[str | None], column: str, place: str) -> list[Fault]:
    return [
        Fault(
            file=place,
            row=position,
            column=column,
            value=value,
            problem="holds a character that XML cannot hold",
            remedy="remove the character, or write a folder instead",
        )
        for position, value in enumerate(values, start=2)
        if value is not None and _ILLEGAL.search(value)
    ]


def by_position(columns: list[GraphColumn], count: int) -> list[list[tuple[int, Any]]]:
    """Return for each node or edge the values it has, with the number of their column."""
    cells: list[list[tuple[int, Any]]] = [[] for _ in range(count)]
    for number, column in enumerate(columns):
        for cell, value in zip(cells, column.values, strict=True):
            if value is not None:
                cell.append((number, value))
    return cells

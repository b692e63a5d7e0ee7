"""What a section of the report is made of: sentences, figures, tables, charts and cards, in plain texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST_BESIDE = 5
"""Columns of a table that has room beside its chart."""

BRIEF = 22
"""Characters of a text that is not broken over lines."""

Kind = Literal["firm", "share", "number", "text", "long"]


@dataclass(frozen=True, kw_only=True)
class Text:
    """Sentences, as paragraphs or as a list; ``english`` where an analysis wrote them, whatever the language."""

    sentences: tuple[str, ...]
    is_list: bool = False
    is_note: bool = False
    english: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading within a section."""

    text: str
    english: bool = False
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, kw_only=True)
class Column:
    """Heading of a column, its unit and how its cells are written."""

    heading: str
    unit: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text, and the id of the firm it names where that is another text."""

    text: str
    kind: Kind
    firm_id: str = ""

    @property
    def is_brief(self) -> bool:
        """Whether it is so short a text that it stays on one line."""
        return self.kind == "text" and len(self.text) <= BRIEF


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows for a reader; ``count`` says how many there are of how many, ``caption`` what they are."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing, what it shows, and a table that says the same; ``svg`` is markup whose texts are escaped."""

    title: str
    svg: str
    table: Table
    legend: tuple[tuple[str, str], ...] = ()
    kind: Literal["chart"] = "chart"

    @property
    def is_stacked(self) -> bool:
        """Whether the table needs more room than there is beside the drawing."""
        return len(self.table.columns) > MOST_BESIDE


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A headline figure."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Headline figures side by side."""

    figures: tuple[Figure, ...]
    kind: Literal["figures"] = "figures"


@dataclass(frozen=True, kw_only=True)
class Card:
    """One suggestion with its evidence: label and value, and sentences on it, which an analysis wrote in English."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Suggestions, the best first."""

    cards: tuple[Card, ...]
    kind: Literal["cards"] = "cards"


Block = Text | Heading | Table | Chart | Figures | Cards


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the report with a heading of its own; ``key`` is its place in the file."""

    key: str
    title: str
    blocks: Sequence[Block]

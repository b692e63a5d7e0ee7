"""Tables and columns of format 1, as data. The checks, the docs page, the template and the messages come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "country", "choice", "date"]
FLOW_UNIT = "currency per flow period"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its kind, range, unit and meaning.

    ``kind``: *id* and *text* are text, *number* is a float, *country* an ISO 3166-1 code, *choice* one of ``choices``,
    *date* a day as YYYY-MM-DD or a year. ``refers_to`` names the table whose key the values must be in.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its columns, the columns that identify a row, and whether a network must have it."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the names of all declared columns."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column | None:
        """Return the declaration of a column, or None when the schema does not know it."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, kw_only=True)
class MetadataKey:
    """One key of network.toml. ``types`` are the TOML types it may have."""

    name: str
    types: tuple[type, ...]
    meaning: str
    required: bool = False
    choices: tuple[object, ...] = ()


_PLACE = (
    Column(name="country", kind="country", meaning="ISO 3166-1 alpha-3 code; alpha-2 is accepted and normalised"),
    Column(name="region", kind="text", meaning="NUTS code"),
    Column(
        name="latitude",
        kind="number",
        unit="degrees north",
        minimum=-90,
        maximum=90,
        meaning="where the firm is, WGS84",
    ),
    Column(
        name="longitude",
        kind="number",
        unit="degrees east",
        minimum=-180,
        maximum=180,
        meaning="where the firm is, WGS84",
    ),
)

_ACCOUNTS = (
    Column(name="output", kind="number", unit=FLOW_UNIT, minimum=0, meaning="value of all the firm makes"),
    Column(
        name="final_demand",
        kind="number",
        unit=FLOW_UNIT,
        meaning="sales to final users; may be negative in input-output tables (stocks run down)",
    ),
    Column(name="revenue", kind="number", unit=FLOW_UNIT, minimum=0, meaning="all sales, also outside the network"),
    Column(name="costs", kind="number", unit=FLOW_UNIT, minimum=0, meaning="all costs, also outside the network"),
    Column(
        name="capacity",
        kind="number",
        unit=FLOW_UNIT,
        minimum=0,
        meaning="most the firm could make; at least its output",
    ),
    Column(name="stock_days", kind="number", unit="days", minimum=0, meaning="input stock the firm aims to hold"),
    Column(
        name="initial_stock_days",
        kind="number",
        unit="days",
        minimum=0,
        meaning="input stock at the start; the target where missing",
    ),
    Column(name="recovery_days", kind="number", unit="days", minimum=0, meaning="days to full output after a failure"),
    Column(name="owner", kind="text", meaning="id of the group that owns the firm"),
    Column(name="employees", kind="number", unit="persons", minimum=0, meaning="people employed"),
    Column(name="kind", kind="choice", choices=("firm", "industry", "facility"), meaning="what the row stands for"),
    Column(name="tags", kind="text", meaning="words separated by commas, such as certificates"),
)

_FIRM_COLUMNS = (
    Column(name="firm", kind="id", required=True, meaning="unique id of the firm"),
    Column(name="sector", kind="text", required=True, meaning="what the firm makes: NACE or any other code"),
    Column(name="name", kind="text", meaning="name shown to people"),
    *_PLACE,
    *_ACCOUNTS,
)

_LINK_COLUMNS = (
    Column(name="supplier", kind="id", required=True, refers_to="firms", meaning="firm that sells"),
    Column(name="buyer", kind="id", required=True, refers_to="firms", meaning="firm that buys"),
    Column(name="product", kind="text", meaning="what is bought; the supplier's sector where missing"),
    Column(name="flow", kind="number", required=True, unit=FLOW_UNIT, minimum=0, meaning="value bought"),
    Column(name="lead_days", kind="number", unit="days", minimum=0, meaning="days from order to delivery"),
    Column(
        name="stock_days",
        kind="number",
        unit="days",
        minimum=0,
        meaning="stock of it the buyer aims to hold and begins with; that of the firm where missing",
    ),
    Column(name="mode", kind="text", meaning="means of transport"),
    Column(name="route", kind="text", meaning="corridor, port or passage the goods take"),
    Column(
        name="status",
        kind="choice",
        choices=("declared", "validated", "inferred", "candidate"),
        meaning="how the link is known",
    ),
    Column(name="confidence", kind="number", unit="share", minimum=0, maximum=1, meaning="how sure the link is, 0..1"),
    Column(name="source", kind="text", meaning="where the figure comes from"),
    Column(name="date", kind="date", meaning="day or year of the figure"),
)

_ESSENTIAL_COLUMNS = (
    Column(name="input", kind="text", required=True, meaning="product bought (a sector where links have no product)"),
    Column(name="buyer_sector", kind="text", required=True, meaning="sector of the buyer"),
    Column(
        name="class",
        kind="number",
        required=True,
        minimum=0,
        maximum=2,
        choices=("0", "1", "2"),
        unit="class",
        meaning="0 negligible, 1 non-essential, 2 essential",
    ),
)

_CLUSTER_COLUMNS = (
    Column(name="cluster", kind="id", required=True, meaning="unique id of the cluster"),
    Column(name="name", kind="text", meaning="name shown to people"),
    Column(name="country", kind="country", meaning="ISO 3166-1 alpha-3 code; alpha-2 is accepted and normalised"),
    Column(name="region", kind="text", meaning="NUTS code"),
    Column(name="url", kind="text", meaning="web page"),
)

_MEMBER_COLUMNS = (
    Column(name="firm", kind="id", required=True, refers_to="firms", meaning="member firm"),
    Column(name="cluster", kind="id", required=True, meaning="cluster it belongs to; a firm may be in several"),
    Column(name="role", kind="text", meaning="part the firm plays in the cluster"),
)

_PRODUCT_COLUMNS = (
    Column(name="product", kind="id", required=True, meaning="unique id of the product, as in links"),
    Column(name="name", kind="text", meaning="name shown to people"),
    Column(name="code", kind="text", meaning="CPA, HS or CN code"),
    Column(name="parent", kind="text", meaning="wider product it belongs to"),
)

_CANDIDATE_COLUMNS = (
    Column(name="firm", kind="id", required=True, meaning="unique id, not one of firms"),
    Column(name="product", kind="text", required=True, meaning="what it could supply"),
    Column(name="country", kind="country", required=True, meaning="ISO 3166-1 alpha-3 or alpha-2 code"),
    Column(name="sector", kind="text", meaning="what the firm makes: NACE or any other code"),
    Column(name="name", kind="text", meaning="name shown to people"),
    *_PLACE[1:],
    *_ACCOUNTS,
    Column(name="spare_capacity", kind="number", unit=FLOW_UNIT, minimum=0, meaning="value it could deliver on top"),
    Column(
        name="unit_cost",
        kind="number",
        unit="currency per currency of flow",
        minimum=0,
        meaning="price of a unit of flow; 1 is the usual price, what is above it is an extra cost",
    ),
    Column(
        name="fixed_cost",
        kind="number",
        unit="currency",
        minimum=0,
        meaning="cost of taking it on: audit, qualification",
    ),
)

_QUANTITY_COLUMNS = (
    Column(name="firm", kind="id", required=True, meaning="who needs or offers; in firms or candidates"),
    Column(name="product", kind="text", required=True, meaning="what is needed or offered"),
    Column(name="quantity", kind="number", required=True, minimum=0, unit="see unit", meaning="how much"),
    Column(name="unit", kind="text", required=True, meaning="unit of the quantity"),
    Column(name="priority", kind="number", unit="rank", minimum=0, meaning="1 is served first"),
    Column(name="from", kind="date", meaning="first day"),
    Column(name="until", kind="date", meaning="last day"),
    Column(name="region", kind="text", meaning="NUTS code where it is needed or offered"),
    Column(name="country", kind="country", meaning="where it is needed or offered: ISO 3166-1 alpha-3 or alpha-2 code"),
    Column(name="latitude", kind="number", unit="degrees north", minimum=-90, maximum=90, meaning="WGS 84"),
    Column(name="longitude", kind="number", unit="degrees east", minimum=-180, maximum=180, meaning="WGS 84"),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(name="firms", required=True, key=("firm",), columns=_FIRM_COLUMNS, meaning="one row for each firm"),
        Table(
            name="links",
            required=True,
            key=("supplier", "buyer", "product"),
            columns=_LINK_COLUMNS,
            meaning="one row for each supply link: who buys what from whom",
        ),
        Table(
            name="essential",
            key=("input", "buyer_sector"),
            columns=_ESSENTIAL_COLUMNS,
            meaning="which inputs a sector cannot work without; pairs not listed have default_class",
        ),
        Table(
            name="clusters", key=("cluster",), columns=_CLUSTER_COLUMNS, meaning="one row for each cluster organisation"
        ),
        Table(name="members", key=("firm", "cluster"), columns=_MEMBER_COLUMNS, meaning="who belongs to which cluster"),
        Table(name="products", key=("product",), columns=_PRODUCT_COLUMNS, meaning="names and codes of products"),
        Table(
            name="candidates",
            key=("firm", "product"),
            columns=_CANDIDATE_COLUMNS,
            meaning="outside firms that could supply; one row for each firm and product",
        ),
        Table(name="needs", key=(), columns=_QUANTITY_COLUMNS, meaning="what firms lack"),
        Table(name="offers", key=(), columns=_QUANTITY_COLUMNS, meaning="what firms can give"),
    )
}

METADATA: dict[str, MetadataKey] = {
    k.name: k
    for k in (
        MetadataKey(name="format", types=(int,), required=True, choices=(1,), meaning="version of this format: 1"),
        MetadataKey(name="name", types=(str,), required=True, meaning="name of the network"),
        MetadataKey(name="currency", types=(str,), meaning="unit of all values, such as MEUR"),
        MetadataKey(name="year", types=(int,), meaning="year the figures describe"),
        MetadataKey(
            name="flow_period", types=(str,), choices=("year", "day"), meaning="period of every flow and value"
        ),
        MetadataKey(name="source", types=(str,), meaning="where the data come from"),
        MetadataKey(name="licence", types=(str,), meaning="terms of use of the data"),
        MetadataKey(name="synthetic", types=(bool,), meaning="true when the network is invented"),
        MetadataKey(name="notes", types=(str,), meaning="anything a reader should know"),
        MetadataKey(
            name="essential_rule",
            types=(str, dict),
            meaning='what is essential without an essential table: "physical", "all", "none" or { min_share = 0.02 }',
        ),
        MetadataKey(
            name="default_class",
            types=(int,),
            choices=(0, 1, 2),
            meaning="class of the pairs that the essential table does not list; 1 where missing",
        ),
        MetadataKey(
            name="decimal", types=(str,), choices=(".", ","), meaning="decimal sign of the tables, if it cannot be seen"
        ),
    )
}

ESSENTIAL_RULES = ("physical", "all", "none")

"""The data model, declared once as data, and every check of it: level 1.

``columns`` declares tables, columns, units and ranges; ``numbers``, ``cells`` and ``countries`` turn cells into values;
``headers`` and ``checks`` look at one table, ``references`` at several together; ``metadata`` checks network.toml.
"""

from valuechain.schema.checks import check_tables
from valuechain.schema.columns import METADATA, TABLES, Column, MetadataKey, Table
from valuechain.schema.headers import names_below_title, plain_name
from valuechain.schema.metadata import check_metadata
from valuechain.schema.repeated import sum_repeated_links
from valuechain.schema.tables import CheckedTables, RawTable

__all__ = [
    "METADATA",
    "TABLES",
    "CheckedTables",
    "Column",
    "MetadataKey",
    "RawTable",
    "Table",
    "check_metadata",
    "check_tables",
    "names_below_title",
    "plain_name",
    "sum_repeated_links",
]

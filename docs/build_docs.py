"""Write the pages that are made from the program: format.md from the schema, cli.md from the help, examples.md.

``python docs/build_docs.py`` writes them; with ``--check`` it writes nothing and fails when one has drifted.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import click

from valuechain.cli import group
from valuechain.errors import ValueChainWarning
from valuechain.io.examples import example_names
from valuechain.io.folder import read_folder
from valuechain.schema import METADATA, TABLES, Column, MetadataKey, Table
from valuechain.schema.columns import ESSENTIAL_RULES
from valuechain.schema.numbers import number_text

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/build_docs.py: change the program, then run it again. -->"
WIDTH = 100

FORMAT_INTRO = """\
A network is a folder of tables and one file `network.toml`. Tables are CSV or Parquet files; the same names may be
sheets of one `.xlsx` workbook, where the sheet `network` holds the keys of `network.toml` in its columns `key` and
`value`. `firms` and `links` are required, all other tables may be absent.

* Units: "currency per flow period" is the `currency` of `network.toml` per `flow_period` (a year, unless it
  says `"day"`).
* An empty cell means "not known", never 0.
* Columns that are not listed here are kept; see [decision 0007](decisions/0007-extra-columns.md).
* What a fault looks like, and which CSV dialects are read: [Bring your own spreadsheet](bring-your-own-spreadsheet.md).
* Scenario files are described in [Scenarios](scenarios.md)."""

CLI_INTRO = """\
What each command says when it is called with `--help`. Results go to stdout; notes, progress and errors to stderr.
The exit codes are explained in [decision 0004](decisions/0004-exit-codes.md)."""

EXAMPLES_INTRO = """\
Networks that come with the program. Their names work wherever a command asks for NETWORK, and in
`valuechain.example(name)`."""


def format_page() -> str:
    """Return the page on tables and columns."""
    tables = "\n\n".join(_table_section(t) for t in TABLES.values())
    keys = _rows(("key", "required", "value", "meaning"), [_key_row(k) for k in METADATA.values()])
    return f"# The data format, version 1\n\n{FORMAT_INTRO}\n\n## network.toml\n\n{keys}\n\n{tables}"


def _key_row(key: MetadataKey) -> tuple[str, ...]:
    words = {str: "text", int: "whole number", bool: "true or false", dict: "table"}
    allowed = ESSENTIAL_RULES if key.name == "essential_rule" else key.choices
    choices = ": " + ", ".join(f"`{c}`" for c in allowed) if allowed else ""
    value = " or ".join(words[t] for t in key.types) + choices
    return f"`{key.name}`", "yes" if key.required else "", value, key.meaning


def _table_section(table: Table) -> str:
    header = ("column", "required", "kind", "unit", "range", "meaning")
    key = f" A row is identified by {', '.join(f'`{k}`' for k in table.key)}." if table.key else ""
    need = "Required." if table.required else "Optional."
    rows = _rows(header, [_column_row(c) for c in table.columns])
    return f"## {table.name}\n\n{need} {table.meaning[0].upper()}{table.meaning[1:]}.{key}\n\n{rows}"


def _column_row(column: Column) -> tuple[str, ...]:
    meaning = column.meaning + (f"; must be in {column.refers_to}" if column.refers_to else "")
    return f"`{column.name}`", "yes" if column.required else "", column.kind, column.unit, _range(column), meaning


def _range(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{c}`" for c in column.choices)
    low = "" if column.minimum is None else number_text(column.minimum)
    high = "" if column.maximum is None else number_text(column.maximum)
    return f"{low} to {high}" if low and high else f"at least {low}" if low else ""


def _rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *(tuple(c.replace("|", "\\|") for c in row) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def cli_page() -> str:
    """Return the page with the help of every command."""
    parts = [f"# The command line\n\n{CLI_INTRO}", f"## valuechain\n\n{_help(group, None)}"]
    with _context(group, None) as context:
        parts += [f"## {name}\n\n{_help(c, context)}" for name, c in sorted(group.commands.items())]
    return "\n\n".join(parts)


def _context(command: click.Command, parent: click.Context | None) -> click.Context:
    name = "valuechain" if parent is None else command.name
    size = {**group.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    return click.Context(command, info_name=name, parent=parent, **size)


def _help(command: click.Command, parent: click.Context | None) -> str:
    return f"```text\n{command.get_help(_context(command, parent)).rstrip()}\n```"


def examples_page() -> str:
    """Return the page on the examples."""
    rows = []
    for info in example_names():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ValueChainWarning)
            net = read_folder(info.path)
        kind = "invented" if net.metadata.get("synthetic") else "from published figures"
        size = f"{net.n_firms:,} firms, {net.n_links:,} links"
        rows.append((f"[{info.name}](../graphs/{info.name}/README.md)", size, net.flow_unit, kind, info.description))
    return f"# Examples\n\n{EXAMPLES_INTRO}\n\n{_rows(('name', 'size', 'unit of flows', 'kind', 'what'), rows)}"


PAGES = {"format.md": format_page, "cli.md": cli_page, "examples.md": examples_page}


def drifted() -> dict[str, str]:
    """Return the pages whose file is not what the program says, with what it should hold."""
    made = {}
    for name, page in PAGES.items():
        title, rest = page().split("\n", 1)
        text = f"{title}\n\n{MADE}\n{rest.rstrip()}\n"
        file = DOCS / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            made[name] = text
    return made


def main() -> int:
    """Write the pages, or with --check say which have drifted."""
    parser = argparse.ArgumentParser(description="Write the pages that are made from the program.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page has drifted")
    check = parser.parse_args().check
    made = drifted()
    for name, text in made.items():
        if not check:
            (DOCS / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"docs/{name}: {'has drifted; run python docs/build_docs.py' if check else 'written'}\n")
    return 1 if check and made else 0


if __name__ == "__main__":
    sys.exit(main())

"""Results as text for people, or as CSV and JSON for programs. Every number on the screen carries its unit."""

from __future__ import annotations

import io
import math
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from valuechain.results import Result

PIPED_WIDTH = 160
"""Columns of tables that go to a file or another program."""

TEXT_WIDTH = 110
"""Columns of running text."""


def emit(text: str, output: Path | None, *, force: bool = False) -> None:
    """Write text to stdout, or to a file that does not exist yet (or --force)."""
    text = printable(text)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from valuechain.io.atomic import write_text_atomic  # noqa: PLC0415

    write_text_atomic(output, text if text.endswith("\n") else text + "\n", force=force)
    click.echo(f"wrote {output}", err=True)


def printable(text: str) -> str:
    """Return text in which characters that a terminal would obey are shown as codes: control, order of writing, lines.

    Codes from 127 on are those of JSON, which gives such characters back when it is read.
    """
    return text.translate(_CODES)


_ORDER = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that turn the order of writing, so that a text may look like another one."""

_CODES = {k: f"\\x{k:02x}" for k in range(32) if chr(k) not in "\n\t"}
_CODES |= {k: f"\\u{k:04x}" for k in (*range(127, 160), *_ORDER, 0x2028, 0x2029)}


def heading_lines(title: str) -> list[str]:
    """Return a title, underlined as far as running text goes; a line break in a name does not break it."""
    line = printable(" ".join(title.splitlines()))
    return [line, "=" * min(len(line), _text_width())]


def result_text(result: Result, form: str, top: int | None = None) -> str:
    """Return a result in a format; the table shows ``top`` rows, csv and json hold all."""
    if form == "json":
        from valuechain.results import as_json  # noqa: PLC0415

        return as_json(result)
    if form == "csv":
        return csv_text(result.table)
    return "\n".join([*section_lines(result, top), "", *parameter_lines(result)])


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV at full precision, with cells a spreadsheet would run as a formula neutralised."""
    from valuechain.io.csv_files import csv_bytes  # noqa: PLC0415

    counts = {c: "float64" for c in table.columns if table[c].dtype.kind in "iu"}
    return csv_bytes(table.astype(counts)).decode()


ALL_ROWS = "--format csv all"


def section_lines(
    result: Result, top: int | None = None, columns: Mapping[str, str] | None = None, *, all_rows: str = ALL_ROWS
) -> list[str]:
    """Return title, notes and the first rows of a result as lines of text; ``all_rows``: what shows the others."""
    table = result.table if top is None else result.table.head(top)
    lines = [*heading_lines(result.title), *wrapped(result.notes)]
    if len(table):
        lines.append(table_text(_without_empty_bounds(table), result.units, columns))
    if len(table) < len(result.table):
        lines.append(f"({len(table):,} of {len(result.table):,} rows; --top shows more, {all_rows})")
    return lines


def _without_empty_bounds(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is unknown where nothing is: bounds that are equal only take room on a screen."""
    if "unknown_share" not in table or (table["unknown_share"] > 0).any():
        return table
    return table.drop(columns=["unknown_share", "hhi_low", "hhi_high"])


def parameter_lines(result: Result) -> list[str]:
    """Return what the numbers rest on, for the end of the text."""
    shown = {k: v for k, v in result.parameters.items() if k not in {"fingerprint", "top"}}
    if not shown:
        return []
    return wrapped(["Rests on: " + "; ".join(_setting(k, v) for k, v in shown.items()) + "."])


def _setting(name: str, value: object) -> str:
    """Return a choice in words, as ``name: value``."""
    from valuechain.results import setting_text  # noqa: PLC0415 - loads pandas

    return f"{name} not given" if value is None else f"{name}: {setting_text(value)}"


def table_text(table: pd.DataFrame, units: Mapping[str, str], columns: Mapping[str, str] | None = None) -> str:
    """Return a table for the screen: units in the header, fractions as percent, numbers to four digits."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - slow to import, needed only here
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    names = list(table.columns) if columns is None else [c for c in columns if c in table]
    for name in names:
        unit = shown_unit(units.get(str(name), ""))
        label = columns[str(name)] if columns is not None else str(name).replace("_", " ")
        numeric = table[name].dtype.kind in "if"
        wide = not numeric and name in {"why", "meaning", "buyer_names", "needs", "candidates"}
        # Text objects, never markup: a firm may be called "[red]".
        header = Text(f"{label}\n{unit}" if unit else label)
        grid.add_column(header, justify="right" if numeric else "left", overflow="fold", ratio=2 if wide else None)
    for row in table[names].itertuples(index=False):
        grid.add_row(*(Text(cell(v, units.get(str(n), ""))) for n, v in zip(names, row, strict=True)))
    stream = io.StringIO()
    width = None if _is_terminal() else PIPED_WIDTH
    console = Console(file=stream, width=width or _terminal_width(), color_system=None, emoji=False, highlight=False)
    console.print(grid)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())


def is_narrow() -> bool:
    """Tell whether the screen has too little room for all columns."""
    return _is_terminal() and _terminal_width() < 110


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _terminal_width() -> int:
    import shutil  # noqa: PLC0415

    return max(60, shutil.get_terminal_size((100, 24)).columns)


def _text_width() -> int:
    return min(_terminal_width() if _is_terminal() else TEXT_WIDTH, TEXT_WIDTH)


def shown_unit(unit: str) -> str:
    """Return the unit as a header shows it: fractions are shown as percent."""
    from valuechain import results  # noqa: PLC0415 - loads pandas

    return results.shown_unit(unit)


def cell(value: Any, unit: str) -> str:
    """Return one value as the screen shows it; unknown is a dash, never zero."""
    from valuechain.results import number_text, percent_text  # noqa: PLC0415 - loads pandas

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        if value == math.inf and unit == "days":
            return "never"
        if unit.startswith("fraction"):
            return percent_text(value)
        if unit == "0..1":
            return f"{value:.3f}"
        return number_text(value)
    if hasattr(value, "item") and not isinstance(value, str):
        return cell(value.item(), unit)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def wrapped(sentences: Iterable[str], indent: str = "", *, hang: int | None = None) -> list[str]:
    """Return sentences as lines no wider than the screen or a page; ``hang`` is the indent of lines after the first."""
    width = _text_width()
    later = " " * (len(indent) if hang is None else min(hang, width // 2))
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, width, initial_indent=indent, subsequent_indent=later)
    ]


def bullet_lines(sentences: Iterable[str]) -> list[str]:
    """Return sentences as a list."""
    return wrapped(sentences, "- ")


def refuse_inputs(targets: Iterable[Path | None], network: str, files: Iterable[Path] = ()) -> None:
    """Refuse, even with --force, an output that is the network, one of its tables, or another file that is read."""
    source = Path(network)
    if not source.exists():
        from valuechain.io.examples import example_names  # noqa: PLC0415

        source = next((e.path for e in example_names() if e.name == network), source)
    inputs = [source, *files]
    for target in targets:
        if target is not None and (any(_same(target, file) for file in inputs) or _is_table(target, source)):
            raise click.UsageError(f"{target} is read by this run and was kept, --force or not; give another name")


def _is_table(target: Path, source: Path) -> bool:
    from valuechain.io.folder import is_of_format  # noqa: PLC0415 - loads pandas

    real = target.resolve()
    return source.is_dir() and _same(real.parent, source) and is_of_format(real.name)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def refuse_existing(paths: list[Path], *, force: bool) -> None:
    """Refuse before the work, not after it, when an output exists."""
    from valuechain.errors import OutputExistsError  # noqa: PLC0415

    if len({p.absolute() for p in paths}) < len(paths):
        raise click.UsageError(f"{paths[0]} is named for two outputs; give each its own file")
    # Devices such as /dev/stdout are written to as they are.
    taken = [str(p) for p in paths if p.is_file() or p.is_dir()]
    if taken and not force:
        raise OutputExistsError(f"{', '.join(taken)}: exists and was kept; give another name, or --force to replace it")


def refuse_unwritable(path: Path) -> None:
    """Refuse before the work, not after it, when an output's folder is missing or may not be written to."""
    from valuechain.io.atomic import check_folder  # noqa: PLC0415

    check_folder(path)

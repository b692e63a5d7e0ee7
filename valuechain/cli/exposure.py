"""The command exposure: what is lost while each firm is down, and how long the network does without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from valuechain.cli.names import named
from valuechain.cli.options import load, network_argument, output_options, top_option
from valuechain.cli.output import (
    csv_text,
    emit,
    is_narrow,
    parameter_lines,
    refuse_existing,
    refuse_inputs,
    result_text,
    section_lines,
)
from valuechain.cli.progress import progress

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result

LABELS = {
    "firm": "firm",
    "name": "name",
    "time_to_survive": "time to\nsurvive",
    "time_to_recover": "time to\nrecover",
    "performance_impact": "impact",
    "lost_share": "lost",
    "impact_elsewhere": "impact\nelsewhere",
    "buyers_survive": "buyers\nsurvive",
    "exposed": "exposed",
}
"""Columns and their labels on the screen."""

ROOMY = {"name", "lost_share", "impact_elsewhere", "exposed"}
"""Columns that a narrow terminal leaves out."""


@click.command("exposure")
@network_argument
@click.option("--firm", multiple=True, metavar="FIRM", help="Only this firm; repeatable. Default: all firms.")
@click.option(
    "--recovery-days",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    help="Time to recover of firms without recovery_days (30).",
)
@click.option(
    "--stock-days",
    type=click.FloatRange(min=0, min_open=True),
    metavar="DAYS",
    default=15,
    show_default=True,
    help="Stock of inputs of firms without stock_days, in days of use.",
)
@top_option
@output_options
def exposure_command(
    network: str,
    firm: tuple[str, ...],
    recovery_days: float | None,
    stock_days: float,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Rank firms by the final demand lost while they are down, with the time to survive and to recover.

    Each firm is down until it recovers (recovery_days); all others respond as well as they can. A firm is exposed when
    the network survives for a shorter time than the firm needs to recover. In csv, inf means never; in json, null.

    \b
    Example: valuechain exposure baltic_mobility --top 10
    Example: valuechain exposure my_folder --recovery-days 60 --output exposure.csv
    """  # noqa: D301
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    with progress("exposure", "firms") as show:
        from valuechain.analysis.exposure import exposure  # noqa: PLC0415 - heavy imports only when a command runs

        result = exposure(net, recovery_days=recovery_days, stock_days=stock_days, firms=firm or None, progress=show)
    emit(exposure_text(result, net, form, top), output, force=force)


def exposure_text(result: Result, net: Network, form: str, top: int) -> str:
    """Return exposures in a format; true and false are words of that format."""
    result = named(result, net, form)
    table = result.table
    if form == "json":
        return result_text(result, form)
    if form == "csv":
        return csv_text(table.assign(exposed=table["exposed"].map({True: "true", False: "false"}).astype("str")))
    shown = replace(result, table=table.assign(exposed=table["exposed"].map({True: "yes", False: "no"}).astype("str")))
    labels = {c: label for c, label in LABELS.items() if c in table and not (is_narrow() and c in ROOMY)}
    lines = section_lines(shown, top, labels)
    if len(labels) < len(table.columns):
        lines.append("(a wider terminal shows more columns, --format csv all)")
    return "\n".join([*lines, "", *parameter_lines(result)])

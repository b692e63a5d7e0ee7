"""Commands about data: check, convert, examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuechain.cli.options import (
    load,
    network_argument,
    output_options,
)
from valuechain.cli.output import emit, refuse_inputs, result_text
from valuechain.cli.progress import phase


@click.command("check")
@network_argument
@output_options
def check_command(network: str, form: str, output: Path | None, force: bool) -> None:
    """Check the tables of a network and show what is in them.

    All faults are listed at once with file, row, column, value and remedy; the exit code is then 3.

    \b
    Example: valuechain check my_folder
    """  # noqa: D301
    refuse_inputs([output], network)
    net = load(network)
    from valuechain.analysis.overview import overview  # noqa: PLC0415

    # What would only fail or rest on a default in an analysis belongs to a check as well.
    from valuechain.essential import essentiality  # noqa: PLC0415

    rule = essentiality(net).rule
    emit(result_text(overview(net), form), output, force=force)
    click.echo(f"{network}: no faults; essential inputs: {rule}", err=True)


@click.command("convert")
@click.argument("source", metavar="NETWORK", required=False)
@click.argument("target", type=click.Path(path_type=Path), metavar="TARGET", required=False)
@click.option(
    "--template", type=click.Path(path_type=Path), metavar="FILE.xlsx", help="Write an empty workbook to fill."
)
@click.option(
    "--tables",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Kind of tables when TARGET is a folder.",
)
@click.option("--flow", metavar="ATTRIBUTE", help="Graph files of other programs: edge attribute with the flow.")
@click.option("--sector", metavar="ATTRIBUTE", help="Graph files of other programs: node attribute with the sector.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def convert_command(
    source: str | None,
    target: Path | None,
    template: Path | None,
    tables: str,
    flow: str | None,
    sector: str | None,
    force: bool,
) -> None:
    """Turn a network into another format: a folder, .xlsx, .graphml or .gexf, by the name of TARGET.

    \b
    Example: valuechain convert my.xlsx my_folder
    Example: valuechain convert --template my.xlsx
    """  # noqa: D301
    if template is not None:
        if source is not None:
            raise click.UsageError("--template writes an empty workbook: leave out NETWORK and TARGET")
        if template.suffix.casefold() != ".xlsx":
            raise click.UsageError(f"--template {template}: name a file that ends in .xlsx")
        from valuechain.io.template import write_template  # noqa: PLC0415

        write_template(template, force=force)
        click.echo(
            f"wrote {template}: fill the sheets firms and links, then run: valuechain check {template}", err=True
        )
        return
    if source is None or target is None:
        raise click.UsageError("say what to convert and to where: valuechain convert NETWORK TARGET")
    if not target.is_dir():
        refuse_inputs([target], source)
    with phase(f"reading {source}"):
        from valuechain.io import read, write  # noqa: PLC0415

        net = read(source, flow=flow, sector=sector)
    with phase(f"writing {target}"):
        _write(net, target, tables, write, force=force)
    click.echo(f"wrote {target}: {net.n_firms:,} firms, {net.n_links:,} links", err=True)


def _write(net: Any, target: Path, tables: str, write: Any, *, force: bool) -> None:
    if tables == "parquet":
        if target.suffix:
            raise click.UsageError("--tables parquet needs a folder as TARGET")
        from valuechain.io.folder import write_folder  # noqa: PLC0415

        write_folder(net, target, force=force, tables="parquet")
    else:
        write(net, target, force=force)


@click.command("examples")
@output_options
def examples_command(form: str, output: Path | None, force: bool) -> None:
    """List the networks that come with the program; their names work wherever NETWORK is asked for.

    \b
    Example: valuechain examples
    """  # noqa: D301
    import pandas as pd  # noqa: PLC0415 - heavy imports only when a command runs

    from valuechain.io.examples import example_names  # noqa: PLC0415
    from valuechain.results import Result  # noqa: PLC0415

    known = example_names()
    table = pd.DataFrame({"name": [e.name for e in known], "what": [e.description for e in known]})
    notes = ("Try one: valuechain diagnose NAME",)
    emit(result_text(Result(table=table, title="Example networks", notes=notes), form), output, force=force)

"""The command export: one interactive page of a network and its runs that works offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuechain.cli.options import cascade_model, cascade_options, load, network_argument, threads_option
from valuechain.cli.output import refuse_existing, refuse_inputs, refuse_unwritable
from valuechain.cli.progress import phase, progress
from valuechain.report.words import languages


@click.command("export")
@network_argument
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE.html", required=True, help="Page to write.")
@click.option(
    "--results",
    "folders",
    type=click.Path(path_type=Path),
    metavar="PATH",
    multiple=True,
    help="What to show: a folder that simulate --output wrote, day by day (two runs can be compared), or a file that "
    "partners --format json wrote. Repeatable.",
)
@click.option("--partners", is_flag=True, help="Also suggest new suppliers, judged as if any firm may fail.")
@click.option("--scenario", metavar="NAME", help="Scenario of the run that the page starts with (the first).")
@click.option(
    "--language",
    type=click.Choice(languages()),
    default="en",
    show_default=True,
    help="Language of the page; rare sentences of analyses stay English.",
)
@click.option(
    "--renderer",
    type=click.Choice(["auto", "vis", "sigma"]),
    default="auto",
    show_default=True,
    help="What draws: vis (vis-network), sigma (WebGL); auto: vis up to 2,000 firms, sigma above.",
)
@click.option("--cluster", "clusters", metavar="ID", multiple=True, help="Show firms of this cluster only; repeatable.")
@click.option("--country", "countries", metavar="ISO3", multiple=True, help="Show firms of this country; repeatable.")
@click.option("--product", "products", metavar="ID", multiple=True, help="Show links of this product; repeatable.")
@click.option(
    "--minimum-flow",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="FLOW",
    help="Show links of at least this flow, in the unit of the network.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@cascade_options
@threads_option
def export_command(
    network: str,
    output: Path,
    folders: tuple[Path, ...],
    partners: bool,
    scenario: str | None,
    language: str,
    renderer: Any,
    clusters: tuple[str, ...],
    countries: tuple[str, ...],
    products: tuple[str, ...],
    minimum_flow: float,
    force: bool,
    threads: int | None,
    **model: Any,
) -> None:
    """Write one interactive page of the network, coloured by systemic risk, that works offline.

    Search, filters, views by tier and on a map, what stops when a firm fails, ranked tables, downloads; with --results
    a slider over the days of runs, and suggested partners with the evidence for and against each. The file holds
    everything and asks nothing of any host.

    \b
    Example: valuechain export baltic_mobility --output baltic.html --partners
    Example: valuechain export baltic_mobility --output baltic.html --results my_run --language de
    Example: valuechain export baltic_mobility --output baltic.html --results partners.json
    """  # noqa: D301
    refuse_inputs([output], network, folders)
    refuse_existing([output], force=force)
    refuse_unwritable(output)
    net = load(network)
    from valuechain.report.filters import Filters, kept_by  # noqa: PLC0415 - heavy imports only when a command runs
    from valuechain.report.page import checked_start  # noqa: PLC0415
    from valuechain.report.saved_results import read_saved_of  # noqa: PLC0415

    filters = Filters(clusters=clusters, countries=countries, products=products, minimum_flow=minimum_flow)
    # What is wrong with the question is said before the work, not after it.
    kept_by(net, filters)
    runs = read_saved_of(net, folders)
    start = checked_start(runs, scenario)
    with progress("systemic risk", "firms", at_first="the first run also compiles, once") as show:
        from valuechain.analysis.diagnose import diagnose  # noqa: PLC0415
        from valuechain.analysis.single_points import single_points_of_failure  # noqa: PLC0415

        diagnosis = diagnose(net, model=cascade_model(**model), threads=threads, progress=show)
        points = single_points_of_failure(net)
    if partners:
        from valuechain.cli.report_results import partner_results  # noqa: PLC0415

        runs += partner_results(net, None, threads)
    with phase(f"writing {output}"):
        from valuechain.report import write_html  # noqa: PLC0415

        write_html(
            net,
            output,
            results=[diagnosis, points, *runs],
            force=force,
            language=language,
            renderer=renderer,
            filters=filters,
            scenario=start,
        )
    click.echo(f"wrote {output}", err=True)

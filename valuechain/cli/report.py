"""The command report: one file for people who decide, with verdict, tables, charts, method and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuechain.cli.cascade_input import scenario_paths
from valuechain.cli.options import cascade_options, load, network_argument, threads_option
from valuechain.cli.output import refuse_inputs
from valuechain.cli.progress import phase
from valuechain.cli.simulate_input import MODEL_NAMES, asked
from valuechain.report.words import languages


@click.command("report")
@network_argument
@click.option(
    "--scenario",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Scenario file (.toml) or folder of such files to simulate; repeatable.",
)
@click.option(
    "--results",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Saved results of this network: a run or folder of runs (simulate --output DIR), or suggestions (partners "
    "--format json --output FILE); repeatable.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(MODEL_NAMES),
    help="Model of the scenarios; inventory unless said. Repeatable.",
)
@click.option("--days", type=click.IntRange(min=1), help="Days to simulate (those of the scenario, else 365).")
@click.option("--runs", type=click.IntRange(min=1), help="Random runs (those of [ensemble] in the scenario, else one).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the random runs (that of the scenario, else 0).")
@click.option(
    "--partners",
    is_flag=True,
    help="Also suggest new suppliers, judged by the scenarios of capacity or capital (none: any firm may fail).",
)
@click.option(
    "--language",
    type=click.Choice(languages("valuechain.report.document")),
    default="en",
    show_default=True,
    help="Language of the report's words.",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE.html", required=True, help="Report to write.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@cascade_options
@threads_option
def report_command(
    network: str,
    files: tuple[Path, ...],
    folders: tuple[Path, ...],
    models: tuple[str, ...],
    days: int | None,
    runs: int | None,
    seed: int | None,
    partners: bool,
    language: str,
    output: Path,
    force: bool,
    threads: int | None,
    **model: Any,
) -> None:
    """Write a resilience report: what would break the chain, what it would cost, what would help.

    One file without any script that works offline and prints on A4; a browser saves it as PDF.

    \b
    Example: valuechain report baltic_mobility --output baltic_report.html
    Example: valuechain report my_folder --scenario flood.toml --partners --output report.html
    Example: valuechain report my_folder --results flood_run --language en --output report.html
    """  # noqa: D301
    if not files and (models or days or runs or seed is not None):
        raise click.UsageError(
            "--model, --days, --runs and --seed say how to simulate; add --scenario FILE, or drop them"
        )
    refuse_inputs([output], network, [*scenario_paths(files), *folders])
    from valuechain.report.document.checks import check_place, checked_results  # noqa: PLC0415 - heavy imports only now

    check_place(output, force=force)
    # Faults of scenarios and of saved runs are said before the network is read, or anything computed.
    what = asked((), files, models, ()) if files else None
    from valuechain.cli.report_results import computed_results, partner_results, saved_results  # noqa: PLC0415

    saved = saved_results(folders)
    net = load(network)
    checked_results(net, saved)
    results = computed_results(net, what, {"days": days, "runs": runs, "seed": seed, "threads": threads}, model)
    results += partner_results(net, what, threads) if partners else []
    with phase(f"writing {output}"):
        from valuechain.report import write_report  # noqa: PLC0415

        write_report(net, output, results=[*results, *saved], force=force, language=language)
    click.echo(f"wrote {output}", err=True)

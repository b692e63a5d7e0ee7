"""The command simulate: a disruption day by day, once, many times at random, or several side by side."""

from __future__ import annotations

from pathlib import Path

import click

from valuechain.cli.cascade_input import scenario_paths
from valuechain.cli.long_runs import checked_existing, long_run_options
from valuechain.cli.options import load, network_argument, threads_option, top_option
from valuechain.cli.output import emit, refuse_existing, refuse_inputs
from valuechain.cli.simulate_input import MODEL_NAMES, asked


@click.command("simulate")
@network_argument
@click.option(
    "--scenario",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Scenario file (.toml) or folder of such files; repeatable. More than one are compared.",
)
@click.option(
    "--fail", multiple=True, metavar="FIRM[=FRACTION]", help="Firm that fails from day 0 on, wholly or by a fraction."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(MODEL_NAMES),
    help="inventory (the default): firms with stocks. ario: industries that rebuild. cascade: no stocks, each day "
    "alone, and no link, essential-input or surge shocks. Repeatable: more than one are compared.",
)
@click.option(
    "--set",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the model, such as rationing=final-last, stock_days=30, overproduction=yes or "
    "switch_after=none; repeatable.",
)
@click.option("--days", type=click.IntRange(min=1), help="Days to simulate (those of the scenario, else 365).")
@click.option("--runs", type=click.IntRange(min=1), help="Random runs (those of [ensemble] in the scenario, else one).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the random runs (that of the scenario, else 0).")
@click.option(
    "--by", metavar="COLUMN", help="Also add losses of one result up by country, sector, cluster, owner or region."
)
@click.option(
    "--repeat", type=click.Path(path_type=Path), metavar="DIR", help="Run again what is saved in this folder."
)
@click.option(
    "--section",
    type=click.Choice(["days", "measures", "firms", "groups", "binding", "runs", "exceedance", "draws"]),
    help="Only this table (csv: days).",
)
@top_option
@threads_option
@long_run_options
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Save all there: days (Parquet), firms by day (NetCDF), scenario, parameters, versions; of several results a "
    "folder each, runs.csv and compare.csv.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="csv: the days, or a --section, at full precision. json: all sections.",
)
def simulate_command(
    network: str,
    files: tuple[Path, ...],
    fail: tuple[str, ...],
    models: tuple[str, ...],
    parameters: tuple[str, ...],
    days: int | None,
    runs: int | None,
    seed: int | None,
    by: str | None,
    repeat: Path | None,
    section: str | None,
    top: int,
    threads: int | None,
    checkpoint: Path | None,
    resume: bool,
    scheduler: str | None,
    force: bool,
    output: Path | None,
    form: str,
) -> None:
    """Show how a disruption unfolds day by day: how deep, how long, who is hit and who does not recover.

    With --runs, or a scenario with [ensemble], losses are drawn at random and runs are summed up: how likely is what.

    \b
    Example: valuechain simulate baltic_mobility --fail FI-007=0.8 --days 120
    Example: valuechain simulate my_folder --scenario flood.toml --by country --output flood_run
    Example: valuechain simulate my_folder --scenario flood.toml --model inventory --model cascade
    Example: valuechain simulate my_folder --scenario winter.toml --runs 1000 --seed 7
    Example: valuechain simulate my_folder --repeat flood_run
    """  # noqa: D301
    if repeat is not None and (files or fail or models or parameters or days or runs or seed is not None):
        raise click.UsageError("--repeat runs what is saved, as it was saved; leave out what says what to run")
    refuse_inputs([output, checkpoint], network, [*scenario_paths(files), *([repeat] if repeat else [])])
    refuse_existing([output] if output is not None and output.is_dir() else [], force=force)
    existing = checked_existing(checkpoint, output, resume=resume)
    # Faults of options and files are said before the network is read.
    what = None if repeat is not None else asked(fail, files, models, parameters)
    from valuechain.cli.simulate_checks import check_asked, check_output, check_repeat, check_room  # noqa: PLC0415
    from valuechain.cli.simulate_notes import told_once  # noqa: PLC0415 - heavy imports only now
    from valuechain.cli.simulate_runs import How, repeated, run_asked  # noqa: PLC0415
    from valuechain.cli.simulate_saving import save  # noqa: PLC0415
    from valuechain.cli.simulate_text import results_text, shown_notes  # noqa: PLC0415

    how = How(
        days=days,
        runs=runs,
        seed=seed,
        by=by,
        threads=threads,
        checkpoint=checkpoint,
        existing=existing,
        scheduler=scheduler,
    )
    if what is not None:
        check_asked(what, how, section)
    elif repeat is not None:
        check_repeat(repeat, how, section)
    check_output(output, several=what is not None and not what.is_one)
    net = load(network)
    if what is not None:
        check_room(net, what, how, section)
    with told_once() as told:
        found = run_asked(net, what, how) if what is not None else repeated(net, repeat)  # type: ignore[arg-type]
        text = results_text(net, found, form=form, top=top, by=by, section=section)
        if form == "table" and section is None:
            told.extend(shown_notes(found))
    if output is not None:
        save(net, found, output, force=force)
    emit(text, None)

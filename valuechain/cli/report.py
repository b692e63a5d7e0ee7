"""The command report: one file for people who decide, with verdict, tables, charts, method and provenance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.cascade_input import scenario_paths
from valuechain.cli.options import cascade_model, cascade_options, load, network_argument, threads_option
from valuechain.cli.output import refuse_inputs
from valuechain.cli.progress import phase, progress
from valuechain.cli.simulate_input import MODEL_NAMES, Asked, asked
from valuechain.report.words import languages

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result

MOST_FIRMS = 1_000
"""Firms up to which times to survive are computed: one linear program each, whose size grows with the network."""


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
    metavar="DIR",
    help="Saved run or folder of runs (simulate --output DIR) of this network; repeatable.",
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
    Example: valuechain report my_folder --scenario flood.toml --output report.html
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
    saved = _saved(folders)
    net = load(network)
    checked_results(net, saved)
    results = _computed(net, what, {"days": days, "runs": runs, "seed": seed, "threads": threads}, model)
    with phase(f"writing {output}"):
        from valuechain.report import write_report  # noqa: PLC0415

        write_report(net, output, results=[*results, *saved], force=force, language=language)
    click.echo(f"wrote {output}", err=True)


def _saved(folders: tuple[Path, ...]) -> list[Result]:
    """Return the runs of all folders, or raise with what is wrong with each of them."""
    from valuechain.errors import InvalidDataError, UnreadableFileError  # noqa: PLC0415
    from valuechain.report.saved_results import read_saved  # noqa: PLC0415

    results: list[Result] = []
    problems = []
    for folder in folders:
        try:
            results += read_saved(folder)
        except (InvalidDataError, UnreadableFileError) as error:
            problems += [line if str(folder) in line else f"{folder}: {line}" for line in str(error).splitlines()]
    if problems:
        raise UnreadableFileError("\n".join(problems))
    return results


def _computed(net: Network, what: Asked | None, how: dict[str, Any], model: dict[str, Any]) -> list[Result]:
    """Return what the command computes: the runs that were asked for, the index of every firm."""
    from valuechain.analysis.diagnose import diagnose  # noqa: PLC0415 - heavy imports only when a command runs
    from valuechain.cli.analyse import COMPILING  # noqa: PLC0415
    from valuechain.cli.simulate_checks import check_asked  # noqa: PLC0415
    from valuechain.cli.simulate_runs import How, run_asked  # noqa: PLC0415

    found: list[Result] = []
    if what is not None:
        asked_how = How(by=None, checkpoint=None, existing="refuse", scheduler=None, **how)
        # Random scenarios stand beside single ones in a report, so each is run as it says.
        for name, scenario in what.scenarios.items():
            one = Asked(scenarios={name: scenario}, models=what.models)
            is_random = how["runs"] is not None or scenario.ensemble is not None
            said = asked_how if is_random else replace(asked_how, seed=None)
            check_asked(one, said, None)
            found += run_asked(net, one, said).results.values()
    with progress("systemic risk", "firms", at_first=COMPILING) as show:
        diagnosis = diagnose(net, model=cascade_model(**model), threads=how["threads"], progress=show)
    return [diagnosis, *found, *_exposure(net)]


def _exposure(net: Network) -> list[Result]:
    """Return times to survive and to recover, where the data give some of the latter and it does not take long."""
    firms = net.firms
    if "recovery_days" not in firms or not firms["recovery_days"].notna().any():
        return []
    if net.n_firms > MOST_FIRMS:
        click.echo(
            f"note: times to survive are left out, as {net.n_firms:,} firms take long; valuechain exposure has them",
            err=True,
        )
        return []
    from valuechain.analysis.exposure import exposure  # noqa: PLC0415 - heavy imports only when a command runs

    with progress("time to survive", "firms") as show:
        return [exposure(net, progress=show)]

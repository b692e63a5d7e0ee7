"""Commands that answer for the whole network: diagnose, risk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from valuechain.cli.long_runs import checked_existing, long_run_options, telling_how_to_go_on
from valuechain.cli.names import named
from valuechain.cli.options import (
    cascade_model,
    cascade_options,
    load,
    network_argument,
    output_options,
    threads_option,
    top_option,
)
from valuechain.cli.output import (
    bullet_lines,
    csv_text,
    emit,
    heading_lines,
    is_narrow,
    parameter_lines,
    refuse_existing,
    refuse_inputs,
    result_text,
    section_lines,
    table_text,
    wrapped,
)
from valuechain.cli.progress import phase, progress

if TYPE_CHECKING:
    from valuechain.analysis.diagnose import Diagnosis

SECTIONS = ("critical", "overview", "risk", "single-sourced", "products", "product-countries", "countries")
LEGEND = "lost: index; inputs missing: index_down; buyers missing: index_up (the names in csv, json and docs)."
COMPILING = "the first run also compiles, once"


@click.command("diagnose")
@network_argument
@top_option
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write an interactive offline page.")
@click.option(
    "--section",
    type=click.Choice(SECTIONS),
    help="Print this part only; csv prints one table: critical, unless told otherwise.",
)
@cascade_options
@threads_option
@output_options
def diagnose_command(
    network: str,
    top: int,
    html: Path | None,
    section: str | None,
    threads: int | None,
    form: str,
    output: Path | None,
    force: bool,
    **model: Any,
) -> None:
    """Show where a value chain is weak: the main job.

    Prints headline figures and gaps in the data, the firms whose failure would hurt most, essential inputs that hang on
    one supplier, and how concentrated each product and supplier country is.

    \b
    Example: valuechain diagnose eu_battery --top 10 --html eu_battery.html
    """  # noqa: D301
    refuse_inputs([html, output], network)
    refuse_existing([p for p in (html, output) if p is not None], force=force)
    net = load(network)
    with progress("systemic risk", "firms", at_first=COMPILING) as show:
        from valuechain.analysis.diagnose import diagnose  # noqa: PLC0415 - heavy imports only when a command runs

        diagnosis = diagnose(net, top=top, model=cascade_model(**model), threads=threads, progress=show)
    if html is not None:
        with phase(f"writing {html}"):
            from valuechain.report import write_html  # noqa: PLC0415

            write_html(net, html, results=[diagnosis], force=force)
        click.echo(f"wrote {html}", err=True)
    emit(diagnosis_text(diagnosis, form, top, section), output, force=force)


def diagnosis_text(diagnosis: Diagnosis, form: str, top: int, section: str | None) -> str:
    """Return a diagnosis, or one section of it, in a format."""
    parts = {
        "critical": diagnosis,
        "overview": diagnosis.overview,
        "risk": diagnosis.risk,
        "single-sourced": diagnosis.single_sourced,
        "products": diagnosis.product_concentration,
        "product-countries": diagnosis.product_countries,
        "countries": diagnosis.country_concentration,
    }
    if section is not None:
        chosen = parts[section]
        if chosen is None:
            raise click.UsageError("no firm of this network has a country; give the column country")
        if chosen is not diagnosis:
            return result_text(chosen, form, None if section == "overview" else top)
    if form == "csv":
        return csv_text(diagnosis.table)
    if form == "json":
        return result_text(diagnosis, form)
    lines = [*title_lines(diagnosis), ""] if section is None else []
    lines += [f"Firms whose failure would hurt most (top {len(diagnosis.table)})", ""]
    units = {name: unit.replace("the network's ", "") for name, unit in diagnosis.units.items()}
    lines += [
        table_text(diagnosis.table, units, critical_columns(diagnosis)),
        "",
        *wrapped([LEGEND, *diagnosis.risk.notes[:1]]),
    ]
    if section is None:
        # The critical firms above stand for the risk section, and the overview comes last.
        for part in diagnosis.sections[2:]:
            lines += ["", *section_lines(part, top)]
        lines += ["", *section_lines(diagnosis.overview)]
    return "\n".join([*lines, "", *parameter_lines(diagnosis)])


def title_lines(diagnosis: Diagnosis) -> list[str]:
    """Return the title and the verdict, which a reader wants first."""
    return [*heading_lines(diagnosis.title), *bullet_lines([*diagnosis.overview.notes, *diagnosis.notes])]


def critical_columns(diagnosis: Diagnosis) -> dict[str, str]:
    """Return the columns of the critical firms that a screen has room for, with their labels."""
    labels = {
        "firm": "firm",
        "name": "name",
        "country": "country",
        "index": "lost",
        "index_down": "inputs missing",
        "index_up": "buyers missing",
        "why": "why",
    }
    if is_narrow():
        # A narrow terminal has room for who, how much and why.
        labels = {c: labels[c] for c in ("name" if "name" in diagnosis.table else "firm", "index", "why")}
    return {c: label for c, label in labels.items() if c in diagnosis.table}


@click.command("risk")
@network_argument
@top_option
@cascade_options
@threads_option
@long_run_options
@click.option(
    "--only-top",
    type=click.IntRange(min=1),
    metavar="K",
    help="Only the K most systemic firms, with a proof that no other belongs to them; firms that a bound rules out are "
    "not computed. For networks too large to compute all.",
)
@output_options
def risk_command(
    network: str,
    top: int,
    only_top: int | None,
    threads: int | None,
    checkpoint: Path | None,
    resume: bool,
    scheduler: str | None,
    form: str,
    output: Path | None,
    force: bool,
    **model: Any,
) -> None:
    """Rank all firms by what is lost when they fail (Economic Systemic Risk Index).

    \b
    Example: valuechain risk eu_battery --format csv --output risk.csv
    Example: valuechain risk my_folder --checkpoint risk.checkpoint
    Example: valuechain risk my_folder --rule fixed-point --only-top 100
    """  # noqa: D301
    refuse_inputs([output, checkpoint], network)
    refuse_existing([output] if output else [], force=force)
    existing = checked_existing(checkpoint, output, resume=resume)
    net = load(network)
    by_default = click.get_current_context().get_parameter_source("top") is ParameterSource.DEFAULT
    shown = only_top if only_top is not None and by_default else top
    with telling_how_to_go_on("firms"), progress("systemic risk", "firms", at_first=COMPILING) as show:
        from valuechain.models.systemic_risk import systemic_risk  # noqa: PLC0415

        result = systemic_risk(
            net,
            model=cascade_model(**model),
            threads=threads,
            progress=show,
            checkpoint=checkpoint,
            existing=existing,
            scheduler=scheduler,
            top=only_top,
        )
    emit(result_text(named(result, net, form), form, shown), output, force=force)

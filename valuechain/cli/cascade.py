"""The command cascade: how far disruptions spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.cascade_input import Chosen, chosen_input, files_read, read_input
from valuechain.cli.explain import why_options, why_text
from valuechain.cli.names import named, shown_columns
from valuechain.cli.options import (
    cascade_model,
    cascade_options,
    load,
    network_argument,
    output_options,
    threads_option,
    top_option,
)
from valuechain.cli.output import csv_text, emit, parameter_lines, refuse_existing, refuse_inputs, section_lines
from valuechain.cli.progress import progress

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result

COMPILING = "cascades (the first run also compiles, once)"


@click.command("cascade")
@network_argument
@click.option(
    "--fail", multiple=True, metavar="FIRM[=FRACTION]", help="Firm that fails, wholly or by a fraction; repeatable."
)
@click.option(
    "--scenario",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Scenario file (.toml) or folder of such files; repeatable. More than one are ranked.",
)
@click.option(
    "--shocks",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table (.csv) of firm, supply, demand: lost fractions. With a column scenario it holds many.",
)
@click.option(
    "--each",
    metavar="COLUMN",
    help="Let all firms of each country, sector, cluster, owner, region or value of another column fail in turn.",
)
@click.option("--loss", metavar="FRACTION", help="With --each: what its firms lose, such as 0.5 or 50% (all).")
@click.option(
    "--by", metavar="COLUMN", help="Also add losses up by country, sector, cluster, owner, region or another column."
)
@why_options
@top_option
@cascade_options
@threads_option
@output_options
def cascade_command(
    network: str,
    fail: tuple[str, ...],
    scenario: tuple[Path, ...],
    shocks: Path | None,
    each: str | None,
    loss: str | None,
    by: str | None,
    explain: tuple[str, ...],
    tree: bool,
    top: int,
    threads: int | None,
    form: str,
    output: Path | None,
    force: bool,
    **model: Any,
) -> None:
    """Show how far a disruption spreads: the loss of every firm, or of the network in each of many scenarios.

    With --by, csv holds the losses of the groups.

    \b
    Example: valuechain cascade baltic_mobility --fail FI-007 --by country
    Example: valuechain cascade baltic_mobility --each cluster --loss 0.5
    Example: valuechain cascade my_folder --scenario my_folder/scenarios
    Example: valuechain cascade my_folder --shocks shocks.csv --by sector --output losses.csv
    Example: valuechain cascade eu_battery --fail CHN.graphite_refining --explain DEU.cells --tree
    """  # noqa: D301
    chosen = chosen_input(fail, scenario, shocks, each, loss)
    why = tree or bool(explain)
    if why and (by is not None or each is not None):
        raise click.UsageError("--explain and --tree are about one cascade, firm by firm; leave out --by and --each")
    refuse_inputs([output], network, files_read(chosen))
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    # Unknown firms of all options are said at once, before the work.
    net.positions(list(dict.fromkeys([*chosen.lost, *explain])))
    result, groups = run_chosen(net, chosen, by=by, threads=threads, model=model)
    text = one_explained(result, explain, form, top, tree=tree) if why else cascade_text(result, groups, net, form, top)
    emit(text, output, force=force)


def run_chosen(
    net: Network, chosen: Chosen, *, by: str | None, threads: int | None, model: dict[str, Any]
) -> tuple[Result, Result | None]:
    """Return the result for what the user said fails, and its losses by group if they were asked for."""
    with progress(COMPILING, "scenarios") as show:
        from valuechain.models.cascade import cascade  # noqa: PLC0415 - heavy imports only when a command runs
        from valuechain.models.cascade_batch import cascades  # noqa: PLC0415
        from valuechain.models.cascade_groups import firm_groups, group_losses  # noqa: PLC0415
        from valuechain.models.group_risk import group_risk  # noqa: PLC0415

        parameters = cascade_model(**model)
        if chosen.each is not None:
            risk = group_risk(
                net, each=chosen.each, loss=chosen.loss, by=by, model=parameters, threads=threads, progress=show
            )
            return risk, risk.groups
        shock, scenarios = read_input(net, chosen)
        if scenarios is not None:
            many = cascades(net, scenarios, by=by, model=parameters, threads=threads, progress=show)
            return many, many.groups
        if by is not None:
            firm_groups(net, by)  # a misspelt column is said before the work
        one = cascade(net, shock, model=parameters)  # type: ignore[arg-type]
        return one, None if by is None else group_losses(one, by=by)


def one_explained(result: Result, firms: tuple[str, ...], form: str, top: int, *, tree: bool) -> str:
    """Return why firms lose what they lose in the one cascade that was run."""
    from valuechain.models.cascade import CascadeResult  # noqa: PLC0415

    if not isinstance(result, CascadeResult):
        raise click.UsageError("--explain and --tree are about one cascade; name one scenario")
    return why_text(result, firms, form, top, tree=tree)


def cascade_text(result: Result, groups: Result | None, net: Network, form: str, top: int) -> str:
    """Return a result, and its losses by group, in a format; csv holds one table: the groups where there are any."""
    result = named(result, net, form)
    groups = None if groups is None else named(groups, net, form)
    if form == "csv":
        return csv_text((groups or result).table)
    if form == "json":
        return _json(result, groups)
    lines = section_lines(result, top, shown_columns(result))
    if groups is not None:
        lines += ["", *section_lines(groups, top, shown_columns(groups))]
    if any(shown_columns(part) is not None for part in (result, groups) if part is not None):
        lines.append("(a wider terminal shows more columns, --format csv all)")
    return "\n".join([*lines, "", *parameter_lines(result)])


def _json(result: Result, groups: Result | None) -> str:
    import json  # noqa: PLC0415

    from valuechain.results import as_json_data  # noqa: PLC0415

    data = as_json_data(result)
    data.pop("groups", None)
    if groups is not None:
        data["groups"] = as_json_data(groups)
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)

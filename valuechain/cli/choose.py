"""The command choose: which new partners to take for a budget, and what more money buys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.options import load, network_argument, output_options, top_option
from valuechain.cli.output import (
    csv_text,
    emit,
    parameter_lines,
    refuse_existing,
    refuse_inputs,
    result_text,
    section_lines,
)
from valuechain.cli.progress import phase

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.recommend.choose import Choice
    from valuechain.results import Result


@click.command("choose")
@network_argument
@click.option(
    "--options",
    "table",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table (.csv, .parquet) of candidate, product, buyer and costs, such as 'partners --output' writes.",
)
@click.option(
    "--candidates", type=click.Path(path_type=Path), metavar="FILE", help="Table of outside firms (of the network)."
)
@click.option("--budget", type=float, metavar="AMOUNT", help="Most the set may cost, currency.")
@click.option("--front", is_flag=True, help="What more money buys: sets for rising budgets.")
@click.option("--points", type=click.IntRange(min=2), default=10, show_default=True, help="Budgets of the front.")
@click.option(
    "--scenario",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What may happen; several exclude each other. Default: any firm may fail.",
)
@click.option("--most-partners", type=click.IntRange(min=1), metavar="N", help="At most N candidates.")
@click.option("--least-countries", type=click.IntRange(min=0), default=0, metavar="N", help="Of N countries at least.")
@click.option(
    "--tail-weight",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Part of what is minimised that is the mean of the worst losses (5%).",
)
@click.option("--runs", type=click.IntRange(min=1), help="Draws of each random scenario (500).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of random scenarios.")
@click.option("--spare-share", type=click.FloatRange(min=0), help="Spare share of output where not given (0.1).")
@click.option("--gap", type=click.FloatRange(0, 1), default=1e-3, show_default=True, help="Proven gap of the loss.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="Time limit of the search for a set; simulating it comes on top.",
)
@top_option
@output_options
def choose_command(
    network: str,
    table: Path,
    budget: float | None,
    front: bool,
    points: int,
    files: tuple[Path, ...],
    tail_weight: float,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
    **given: Any,
) -> None:
    """Choose the set of new partners that cuts the expected loss most for a budget, proven and simulated again.

    Ends with the single points of failure before and after, and what hangs on each new supplier.

    With --front: what more money buys, from the cheapest set to the best.

    \b
    Example: valuechain partners baltic_mobility --cluster POL-COAST --output options.csv
    Example: valuechain choose baltic_mobility --options options.csv --budget 250
    Example: valuechain choose baltic_mobility --options options.csv --front
    """  # noqa: D301
    from valuechain.cli.cascade_input import by_name, read_all, scenario_files, scenario_paths  # noqa: PLC0415

    if not front and budget is None and given["most_partners"] is None:
        raise click.UsageError(
            "say what limits the set: --budget AMOUNT, --most-partners N, or --front for many budgets"
        )
    if front and tail_weight:
        raise click.UsageError("--front is about the expected loss; leave out --tail-weight")
    own = [] if given["candidates"] is None else [given["candidates"]]
    refuse_inputs([output], network, [table, *own, *scenario_paths(files)])
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    scenarios = list(by_name(read_all(list(scenario_files(files)))).values()) if files else []
    what = scenarios[0] if len(scenarios) == 1 else scenarios or None
    with phase("choosing partners"):
        from valuechain.recommend.choose import choose  # noqa: PLC0415 - heavy imports only when a command runs
        from valuechain.recommend.cost_front import cost_front  # noqa: PLC0415

        if front:
            curve = cost_front(net, table, scenario=what, budget=budget, points=points, **given)
            text = result_text(curve, form, top)
        else:
            made = choose(net, table, scenario=what, budget=budget, tail_weight=tail_weight, **given)
            text = choice_text(made, net, form, top)
    emit(text, output, force=force)


def choice_text(result: Choice, net: Network, form: str, top: int) -> str:
    """Return a choice in a format; csv holds the options of the set."""
    if form == "json":
        return result_text(result, form)
    if form == "csv":
        return csv_text(result.table)
    lines = section_lines(_named(result, net), top)
    for part in (result.plans, result.single_points, result.new_suppliers):
        lines += ["", *section_lines(part, top)] if len(part.table) else []
    return "\n".join([*lines, "", *parameter_lines(result)])


def _named(result: Choice, net: Network) -> Result:
    """Return the set with the names of candidates beside their ids, where there are any."""
    from dataclasses import replace  # noqa: PLC0415

    table, firms = result.table, net.firms
    empty = [c for c in ("country",) if table[c].isna().all()]
    table = table.drop(columns=empty)
    if "name" in firms and firms["name"].notna().any():
        table.insert(
            1, "name", table["candidate"].map(firms.set_index("firm")["name"]).astype("str").fillna(table["candidate"])
        )
    return replace(result, table=table)

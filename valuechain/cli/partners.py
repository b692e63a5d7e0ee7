"""Command partners: which new suppliers would cut expected losses, for a buyer, a cluster or a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from valuechain.cli.options import load, network_argument, output_options, threads_option, top_option
from valuechain.cli.output import (
    bullet_lines,
    csv_text,
    emit,
    heading_lines,
    parameter_lines,
    refuse_existing,
    refuse_inputs,
    result_text,
    section_lines,
)
from valuechain.cli.progress import phase

if TYPE_CHECKING:
    import pandas as pd

    from valuechain.network import Network
    from valuechain.recommend.partners import Partners
    from valuechain.recommend.steps import Steps
    from valuechain.results import Result
    from valuechain.scenario import Scenario

F = TypeVar("F", bound=Callable[..., Any])

COLUMNS = {
    "candidate": "candidate",
    "name": "name",
    "product": "product",
    "buyer": "buyer",
    "loss_cut": "loss cut",
    "loss_cut_low": "low",
    "loss_cut_high": "high",
    "tail_cut": "tail cut",
    "cost": "cost",
    "efficient": "efficient",
    "kind": "kind",
    "status": "status",
    "distance_km": "distance",
    "shared_points": "shared points",
}
"""Columns on the screen; csv and json hold all."""

TOGETHER = {
    "buyer": "buyer",
    "needs": "needs",
    "candidates": "candidates",
    "loss_cut": "loss cut",
    "loss_cut_low": "low",
    "loss_cut_high": "high",
    "alone_cut": "one by one",
    "cost": "cost",
}
"""Columns of partners that help together on the screen; json holds all."""

FILTERS = ("area", "max_km", "max_lead_days", "tags", "max_co2", "same_owner", "shared_points", "suppliers_below")


def filter_options(function: F) -> F:
    """Add what a partner has to be."""
    share = click.FloatRange(0, 1)
    for option in (
        click.option(
            "--suppliers-below",
            type=share,
            help="Also present suppliers with less than this share; 0: none. Default: 0.25 where no new maker is.",
        ),
        click.option(
            "--shared-points/--no-shared-points",
            default=None,
            help="Keep firms that hang on the same upstream firm. Default: only where nobody else is left.",
        ),
        click.option("--same-owner", is_flag=True, help="Keep firms of the buyer's or a supplier's group."),
        click.option("--max-co2", type=click.FloatRange(min=0), help="Most emissions, by the column co2 of firms."),
        click.option("--tags", metavar="WORD,WORD", help="Words that its tags must have, such as certificates."),
        click.option("--max-lead-days", type=click.FloatRange(min=0), help="Longest time to delivery, days."),
        click.option("--max-km", type=click.FloatRange(min=0), help="Farthest from the buyer, km."),
        click.option("--area", metavar="AREA", help="Only from a bloc or countries: EU, DEU, or DEU,POL."),
    ):
        function = option(function)
    return function


def judging_options(function: F) -> F:
    """Add what partners are judged by."""
    for option in (
        click.option(
            "--slots", type=click.IntRange(min=1), help="Most needs to look at, those with most to gain (20)."
        ),
        click.option("--tail", type=click.FloatRange(0, 1, max_open=True), help="Tail losses are those beyond this."),
        click.option(
            "--tiers",
            type=str,
            metavar="N",
            help="How many tiers a lack is followed, or all. Default: all, but 2 where all is one loop.",
        ),
        click.option("--unit-cost", type=click.FloatRange(min=0), help="Price where not given; 1 is usual (1.1)."),
        click.option(
            "--fixed-cost", type=click.FloatRange(min=0), help="Cost of taking on where not given (5% of need)."
        ),
        click.option(
            "--spare-share", type=click.FloatRange(min=0), help="Spare share of output where not given (0.1)."
        ),
        click.option("--seed", type=click.IntRange(min=0), help="Seed of random scenarios."),
        click.option("--runs", type=click.IntRange(min=1), help="Draws of each random scenario (500)."),
        click.option("--budget", type=float, metavar="AMOUNT", help="Leave out what costs more, currency."),
        click.option(
            "--scenario",
            "files",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="What may happen; several exclude each other. Default: any firm may fail.",
        ),
    ):
        function = option(function)
    return function


@click.command("partners")
@network_argument
@click.option("--buyer", metavar="FIRM", help="Partners for the needs of this firm.")
@click.option("--product", metavar="PRODUCT", help="Partners for needs of this product.")
@click.option("--cluster", metavar="CLUSTER", help="Partners for the weakest needs of this cluster's firms.")
@click.option(
    "--candidates", type=click.Path(path_type=Path), metavar="FILE", help="Outside candidates (candidates.csv)."
)
@click.option(
    "--why",
    is_flag=True,
    help="Print the evidence for and against the first suggestions (--cards); json always has it.",
)
@click.option("--cards", type=click.IntRange(min=0), help="How many suggestions get an evidence card (5).")
@click.option(
    "--finalists",
    type=click.IntRange(min=1),
    help="Also judge the first suggestions day by day, beside stock for the same money: how many "
    "(csv, json: this alone).",
)
@click.option("--xlsx", type=click.Path(path_type=Path), metavar="FILE", help="Also write a workbook to edit.")
@click.option(
    "--statuses",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An edited workbook: how far talks are. Who is active is no candidate any more; else it changes no number.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    help="Also say in which order to take suggestions on, and which single points of failure that makes or takes away: "
    "how many (csv, json: this alone).",
)
@click.option("--needs", is_flag=True, help="Also print the needs and where they come from (csv, json: this alone).")
@click.option("--count-potential", is_flag=True, help="Also judge firms that make something like the product.")
@judging_options
@filter_options
@threads_option
@top_option
@output_options
def partners_command(
    network: str,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
    why: bool,
    needs: bool,
    steps: int | None,
    finalists: int | None,
    xlsx: Path | None,
    statuses: Path | None,
    files: tuple[Path, ...],
    **given: Any,
) -> None:
    """Suggest new suppliers: what each would cut of expected losses, what it costs, and how sure that is.

    \b
    Example: valuechain partners baltic_mobility --buyer PL-027 --product hydraulic_unit
    Example: valuechain partners baltic_mobility --cluster POL-COAST --area EU --max-km 800 --budget 100
    """  # noqa: D301
    from valuechain.cli.cascade_input import by_name, read_all, scenario_files, scenario_paths  # noqa: PLC0415

    read = [p for p in (given["candidates"], None if statuses == xlsx else statuses) if p is not None]
    refuse_inputs([output, xlsx], network, [*scenario_paths(files), *read])
    refuse_existing([p for p in (output, xlsx) if p is not None], force=force)
    net = load(network)
    scenarios = list(by_name(read_all(list(scenario_files(files)))).values()) if files else []
    if why and form == "csv":
        raise click.UsageError("--why prints sentences, and csv holds the table alone; take --format json for both")
    answers = [f"--{name}" for name, asked in (("needs", needs), ("steps", steps), ("finalists", finalists)) if asked]
    if len(answers) > 1 and form != "table":
        raise click.UsageError(
            f"{' and '.join(answers)} are {len(answers)} answers and {form} holds one; ask one by one"
        )
    if finalists is not None and len(scenarios) != 1:
        told = f"you gave {len(scenarios)}; give one" if scenarios else "name it with --scenario FILE"
        raise click.UsageError(f"--finalists runs one scenario day by day; {told}")
    known = _read_statuses(statuses)
    result = _found(net, scenarios, dict(given), known)
    if xlsx is not None:
        from valuechain.recommend.sheet import write_partners  # noqa: PLC0415

        write_partners(net, result, xlsx, statuses=known, force=force)
        click.echo(f"wrote {xlsx}", err=True)
    if known is not None:
        from valuechain.recommend.sheet import with_status  # noqa: PLC0415

        result = replace(result, table=with_status(result.table, known, active=result.active.table))
    more: list[Result] = [result.needs] if needs else []
    if steps is not None:
        order = _steps(net, scenarios, given, result, steps)
        more += [order, *(p for p in (order.single_points, order.new_suppliers) if len(order.table))]
    if finalists is not None:
        more.append(_finalists(net, scenarios, given, result, finalists))
    if form == "table" or not more:
        text = partners_text(result, net, form, top, why=why)
        emit("\n".join([text, *(line for part in more for line in ("", *section_lines(part)))]), output, force=force)
    else:
        emit(result_text(more[0], form), output, force=force)


def _found(net: Network, scenarios: list[Scenario], given: dict[str, Any], statuses: pd.DataFrame | None) -> Partners:
    with phase("screening candidates"):
        from valuechain.recommend.active_partners import active_keys  # noqa: PLC0415 - heavy imports
        from valuechain.recommend.partners import partners  # noqa: PLC0415 - heavy imports only when a command runs

        # A share of 0 is a choice, and so is --no-shared-points.
        filters = {name: given.pop(name) for name in FILTERS if given[name] is not None}
        for name in FILTERS:
            given.pop(name, None)
        if statuses is not None:
            filters["active"] = active_keys(statuses)
        options = {name: value for name, value in given.items() if value is not None}
        if str(given["tiers"]).isdecimal():
            options["tiers"] = int(given["tiers"])
        what = scenarios[0] if len(scenarios) == 1 else scenarios or None
        return partners(net, scenario=what, filters=filters, **options)


def _read_statuses(path: Path | None) -> pd.DataFrame | None:
    if path is None:
        return None
    from valuechain.recommend.sheet import read_partners  # noqa: PLC0415

    return read_partners(path)


AT_MOST = 30
"""Suggestions that steps are chosen from: the first ones, and the members of sets that help together."""


def _steps(net: Network, scenarios: list[Scenario], given: dict[str, Any], result: Partners, steps: int) -> Steps:
    """Return in which order to take suggestions on."""
    with phase("taking suggestions on step by step"):
        import pandas as pd  # noqa: PLC0415 - heavy imports only when a command runs

        from valuechain.recommend.steps import partner_steps  # noqa: PLC0415

        kept = ("candidates", "budget", "tail", "runs", "seed", "spare_share")
        options = {name: given[name] for name in kept if given[name] is not None}
        options |= {"tiers": result.parameters["tiers"]} if "tiers" in result.parameters else {}
        what = scenarios[0] if len(scenarios) == 1 else scenarios or None
        # Sets hold other needs of the buyer too, which nobody wants who names a product.
        sets = result.together.members.table if given["product"] is None else result.table.head(0)
        rows = pd.concat([result.table.head(AT_MOST), sets])
        rows = rows[["candidate", "product", "buyer", "cost"]].drop_duplicates(["candidate", "product", "buyer"])
        return partner_steps(net, rows, scenario=what, steps=steps, **options)


def _finalists(net: Network, scenarios: list[Scenario], given: dict[str, Any], result: Partners, count: int) -> Result:
    """Return the first suggestions judged again day by day."""
    with phase("running the first suggestions day by day"):
        from valuechain.recommend.finalists import finalists  # noqa: PLC0415 - heavy imports only when a command runs

        kept = {name: given[name] for name in ("candidates", "runs", "seed") if given[name] is not None}
        return finalists(net, result.table.head(count), scenario=scenarios[0], **kept)


def partners_text(result: Partners, net: Network, form: str, top: int, *, why: bool = False) -> str:
    """Return suggestions in a format; ``why``: with evidence cards."""
    if form == "json":
        return result_text(result, form)
    table = result.table
    words = {True: "true", False: "false"} if form == "csv" else {True: "yes", False: "no"}
    table = table.assign(efficient=table["efficient"].map(words).astype("str"))
    if form == "csv":
        return csv_text(table)
    shown = replace(result, table=_with_names(table, net))
    lines = section_lines(shown, top, _columns(shown.table, COLUMNS))
    if len(result.active.table):
        lines += ["", *section_lines(result.active, top, all_rows="--format json all")]
    if len(result.together.table):
        lines += [
            "",
            *section_lines(
                result.together, top, _columns(result.together.table, TOGETHER), all_rows="--format json all"
            ),
        ]
    return "\n".join([*lines, *(_cards(result, net) if why else []), "", *parameter_lines(result)])


def _columns(table: pd.DataFrame, labels: dict[str, str]) -> dict[str, str]:
    """Return which columns are shown: the ends of an interval only where there is one."""
    from valuechain.results import ENDS, has_interval  # noqa: PLC0415

    return {c: label for c, label in labels.items() if c in table and (c not in ENDS or has_interval(table))}


def _cards(result: Partners, net: Network) -> list[str]:
    from valuechain.recommend.evidence_text import card_lines  # noqa: PLC0415

    lines: list[str] = []
    for card in result.evidence.table.to_dict("records"):
        head, *sentences = card_lines(net, {str(k): v for k, v in card.items()})
        lines += ["", *heading_lines(head), *bullet_lines(sentences)]
    return lines


def _with_names(table: pd.DataFrame, net: Network) -> pd.DataFrame:
    """Return the table with the names of candidates beside their ids, where there are any."""
    import pandas as pd  # noqa: PLC0415

    firms = net.firms
    if "name" in table:
        return table[["candidate", "name", *(c for c in table.columns if c not in {"candidate", "name"})]]
    if "name" not in firms or firms["name"].isna().all():
        return table
    outside = net.table("candidates")
    known = firms.set_index("firm")["name"]
    if outside is not None and "name" in outside:
        known = pd.concat([known, outside.drop_duplicates("firm").set_index("firm")["name"]])
    names = known.reindex(table["candidate"]).to_numpy()
    table = table.copy(deep=False)
    table.insert(1, "name", names)
    return table

"""The commands alternatives and match: who else can deliver, in a crisis, with nothing given out twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.cascade_input import failing_firms
from valuechain.cli.names import shown_columns
from valuechain.cli.options import load, network_argument, output_options, top_option
from valuechain.cli.output import csv_text, emit, parameter_lines, refuse_existing, refuse_inputs, section_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuechain.network import Network
    from valuechain.recommend.alternatives import Alternatives
    from valuechain.recommend.match import Matches
    from valuechain.results import Result

area_option = click.option(
    "--area", metavar="AREA", help="Suppliers only from a bloc (EU) or countries (DEU,POL); unknown ones are left out."
)
distance_option = click.option(
    "--max-km", type=click.FloatRange(min=0), metavar="KM", help="Suppliers only up to this distance."
)


@click.command("alternatives")
@network_argument
@click.option("--scenario", type=click.Path(path_type=Path), metavar="FILE", help="Scenario file (.toml).")
@click.option("--fail", multiple=True, metavar="FIRM[=FRACTION]", help="Or: a firm that fails; repeatable.")
@click.option(
    "--day", type=click.IntRange(min=0), help="State on this day of a simulation (where losses come to rest)."
)
@click.option("--buyer", multiple=True, metavar="FIRM", help="Only needs of this firm; repeatable.")
@click.option("--cluster", metavar="CLUSTER", help="Only needs of the members of this cluster.")
@area_option
@distance_option
@click.option("--priority", metavar="COLUMN", help="Column of firms with numbers: 1 is served first.")
@click.option("--first", multiple=True, metavar="CLUSTER", help="Members of this cluster are served first; repeatable.")
@click.option("--direct", is_flag=True, help="Only needs with a supplier that is hit itself.")
@click.option(
    "--most-loss",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="Suppliers may have lost up to this share, and give that much less (0.01).",
)
@click.option(
    "--candidates", type=click.Path(path_type=Path), metavar="FILE", help="Table of outside firms (of the network)."
)
@click.option(
    "--spare-share",
    type=click.FloatRange(min=0),
    metavar="SHARE",
    help="Spare capacity of firms without capacity, share of their output (0.1).",
)
@click.option("--unmet", is_flag=True, help="csv: the needs that stay unmet, not the deliveries.")
@top_option
@output_options
def alternatives_command(
    network: str,
    scenario: Path | None,
    fail: tuple[str, ...],
    day: int | None,
    buyer: tuple[str, ...],
    cluster: str | None,
    area: str | None,
    max_km: float | None,
    priority: str | None,
    first: tuple[str, ...],
    direct: bool,
    most_loss: float | None,
    candidates: Path | None,
    spare_share: float | None,
    unmet: bool,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Find who else can deliver what a running crisis breaks, and list the needs that stay unmet.

    Spare capacity of firms that are not affected and sell the same product is given out once: the least filled need is
    raised first, within each priority; then as much as possible; then from the nearest.

    \b
    Example: valuechain alternatives eu_battery --fail CHN.lithium_mining --spare-share 0.2
    Example: valuechain alternatives my_folder --scenario flood.toml --area EU --first steel_cluster
    Example: valuechain alternatives my_folder --scenario flood.toml --unmet --output unmet.csv
    """  # noqa: D301
    if (scenario is None) == (not fail):
        raise click.UsageError("say what happens: either --scenario FILE or --fail FIRM (once or more)")
    lost = failing_firms(fail)
    refuse_inputs([output], network, [file for file in (scenario, candidates) if file is not None])
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    from valuechain.recommend.alternatives import alternatives  # noqa: PLC0415 - heavy imports only when it runs
    from valuechain.scenario import read_scenario  # noqa: PLC0415

    result = alternatives(
        net,
        lost if scenario is None else read_scenario(scenario),
        day=day,
        buyers=buyer or None,
        cluster=cluster,
        area=area,
        max_km=max_km,
        priority=priority,
        first=first,
        direct=direct,
        most_loss=most_loss,
        candidates=candidates,
        spare_share=spare_share,
    )
    emit(_alternatives_text(result, net, form, top, unmet=unmet), output, force=force)


def _alternatives_text(result: Alternatives, net: Network, form: str, top: int, *, unmet: bool) -> str:
    if form == "json":
        from valuechain.results import as_json  # noqa: PLC0415

        return as_json(result)
    if form == "csv":
        return csv_text(_words(result.unmet if unmet else result, form).table)
    parts = [_screen(part, net) for part in (result, result.unmet)]
    lines = section_lines(parts[0], top, shown_columns(parts[0]))
    if len(parts[1].table):
        shown = _without(parts[1], ["served"] if (parts[1].table["served"] == 1).all() else [])
        lines += ["", *section_lines(shown, top, shown_columns(shown), all_rows="--unmet --format csv all")]
    return "\n".join([*lines, "", *parameter_lines(result)])


@click.command("match")
@click.argument("needs", type=click.Path(path_type=Path), metavar="[NEEDS", required=False)
@click.argument("offers", type=click.Path(path_type=Path), metavar="OFFERS]", required=False)
@click.option(
    "--network",
    metavar="NETWORK",
    help="Where the firms are: rows that do not say take it from there. Without files: its tables needs and offers.",
)
@area_option
@distance_option
@click.option("--unmet", is_flag=True, help="csv: all needs with what stays unmet, not the deliveries.")
@top_option
@output_options
def match_command(
    needs: Path | None,
    offers: Path | None,
    network: str | None,
    area: str | None,
    max_km: float | None,
    unmet: bool,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Match a table of needs with a table of offers: who gives what to whom, what stays unmet, what is left.

    Both tables (.csv, .parquet) have the columns firm, product, quantity, unit and may have priority (1 is served
    first), from, until, region, country, latitude, longitude. Units are not converted.

    \b
    Example: valuechain match needs.csv offers.csv
    Example: valuechain match needs.csv offers.csv --network my_folder --max-km 500 --output matches.csv
    Example: valuechain match --network my_workbook.xlsx
    """  # noqa: D301
    if (needs is None and network is None) or (needs is None) != (offers is None):
        raise click.UsageError("give two files, NEEDS and OFFERS, or --network NETWORK that has both tables")
    files = [file for file in (needs, offers) if file is not None]
    refuse_inputs([output], network or str(needs), files)
    refuse_existing([output] if output else [], force=force)
    net = None if network is None else load(network)
    from valuechain.recommend.match import match  # noqa: PLC0415 - heavy imports only when it runs

    sources = files if files else _tables_of(net)
    result = match(sources[0], sources[1], network=net, area=area, max_km=max_km)
    emit(_match_text(result, form, top, unmet=unmet), output, force=force)


def _tables_of(net: Network | None) -> list[Any]:
    """Return the tables needs and offers of a network, or say which it lacks."""
    from valuechain.errors import Fault, InvalidDataError  # noqa: PLC0415

    tables = {} if net is None else net.tables
    remedy = "add it to the folder or workbook, or give two files"
    absent = [
        Fault(file=n, problem="is not among the tables", remedy=remedy) for n in ("needs", "offers") if n not in tables
    ]
    if absent:
        raise InvalidDataError(absent)
    return [tables["needs"], tables["offers"]]


def _match_text(result: Matches, form: str, top: int, *, unmet: bool) -> str:
    if form == "json":
        from valuechain.results import as_json  # noqa: PLC0415

        return as_json(result)
    if form == "csv":
        return csv_text((result.needs if unmet else result).table)
    lines = section_lines(_slim(result), top)
    needs = result.needs.table
    open_needs = replace(
        result.needs, table=needs[needs["unmet_quantity"] > 0].reset_index(drop=True), title="Needs that stay unmet"
    )
    offers = result.offers.table
    left = replace(
        result.offers, table=offers[offers["left_quantity"] > 0].reset_index(drop=True), title="Offers that are left"
    )
    for part, every in ((open_needs, "--unmet --format csv all"), (left, "--format json all")):
        if len(part.table):
            lines += ["", *section_lines(_slim(part), top, all_rows=every)]
    return "\n".join([*lines, "", *parameter_lines(result)])


def _slim(result: Result) -> Result:
    """Return a result without columns in which nothing is known."""
    table = result.table
    return _without(result, [str(c) for c in table if len(table) and table[c].isna().all()])


def _without(result: Result, columns: Sequence[str]) -> Result:
    return replace(result, table=result.table.drop(columns=list(columns)))


def _words(result: Any, form: str) -> Result:
    """Return a result in which true and false are words of the format."""
    words = {True: "true", False: "false"} if form == "csv" else {True: "yes", False: "no"}
    table = result.table
    truths = [c for c in table if table[c].dtype == bool]
    made: Result = replace(result, table=table.assign(**{str(c): table[c].map(words).astype("str") for c in truths}))
    return made


def _screen(result: Result, net: Network) -> Result:
    """Return a result for people: words for true and false, names of suppliers, no column that says nothing."""
    table = result.table
    if len(table) and "capacity_known" in table and table["capacity_known"].nunique() == 1:
        table = table.drop(columns="capacity_known")  # a note says it
    if "is_outside" in table and not table["is_outside"].any():
        table = table.drop(columns="is_outside")
    shown = _words(_slim(replace(result, table=table)), "table")
    units = {
        name: unit.replace("fraction of what is missing", "fraction of lack") for name, unit in shown.units.items()
    }
    units["spare_share"] = "fraction of spare"
    firms, table = net.firms, shown.table
    if "name" in firms and firms["name"].notna().any() and "supplier" in table:
        names = table["supplier"].map(firms.set_index("firm")["name"]).astype("str").fillna(table["supplier"])
        table.insert(list(table.columns).index("supplier") + 1, "name", names)
    return replace(shown, table=table, units=units)

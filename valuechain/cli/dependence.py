"""Commands on whom a network depends: concentration, dependency, country-single-points, supplier-exposure, reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.names import named, shown_columns
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

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result

DEPENDENCY_COLUMNS = (
    "product",
    "cdi1",
    "cdi2",
    "cdi3",
    "dependent",
    "certain",
    "largest",
    "largest_share",
    "import_value",
    "unknown_share",
)


def _begin(network: str, output: Path | None, *, force: bool) -> Network:
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    return load(network)


def _text(result: Result, form: str, top: int, columns: dict[str, str] | None = None) -> str:
    """Return a result in a format; true and false are words of that format."""
    truths = [c for c in result.table if result.table[c].dtype == bool]
    if form == "json":
        return result_text(result, form)
    words = {True: "true", False: "false"} if form == "csv" else {True: "yes", False: "no"}
    table = result.table.assign(**{str(c): result.table[c].map(words).astype("str") for c in truths})
    if form == "csv":
        return csv_text(table)
    lines = section_lines(replace(result, table=table), top, columns or shown_columns(result))
    return "\n".join([*lines, "", *parameter_lines(result)])


@click.command("concentration")
@network_argument
@click.option(
    "--by",
    type=click.Choice(["product", "buyer", "country", "cluster", "owner", "region"]),
    default="product",
    show_default=True,
    help="Groups; cluster: purchases of its firms; country, owner, region: of the suppliers.",
)
@click.option(
    "--merge",
    metavar="COLUMN",
    help="Count firms with the same value (country, owner, region, bloc, cluster) as one supplier.",
)
@click.option(
    "--bloc",
    multiple=True,
    metavar="BLOC",
    help="With --merge bloc: a bloc (EU), or your own as NAME=DEU,FRA; repeatable. Default: EU, EFTA, USMCA, ASEAN.",
)
@top_option
@output_options
def concentration_command(
    network: str,
    by: Any,
    merge: str | None,
    bloc: tuple[str, ...],
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show how concentrated the suppliers of each product, buyer, cluster, country, owner or region are.

    \b
    Example: valuechain concentration eu_battery --by product --merge country
    Example: valuechain concentration eu_battery --by cluster --merge bloc --bloc EU --bloc "East Asia=CHN,JPN,KOR"
    """  # noqa: D301
    blocs = _own_blocs(bloc)
    net = _begin(network, output, force=force)
    from valuechain.analysis.concentration import concentration  # noqa: PLC0415 - heavy imports only when it runs

    emit(result_text(concentration(net, by=by, merge=merge, blocs=blocs), form, top), output, force=force)


def _own_blocs(given: tuple[str, ...]) -> dict[str, list[str]] | None:
    """Return the blocs of an option: names that come with the program, or NAME=CODES."""
    if not given:
        return None
    from valuechain.schema.blocs import area_countries  # noqa: PLC0415

    blocs: dict[str, list[str]] = {}
    for text in given:
        name, is_own, codes = text.partition("=")
        if name.strip() in blocs:
            raise click.BadParameter(f"{name.strip()} is given twice", param_hint="'--bloc'")
        if is_own and not (name.strip() and codes.strip()):
            raise click.BadParameter(f"'{text}': write NAME=DEU,FRA", param_hint="'--bloc'")
        members = codes.split(",") if is_own else list(area_countries(name)[1])
        blocs[name.strip()] = [c.strip() for c in members if c.strip()]
    return blocs


@click.command("dependency")
@network_argument
@click.option("--area", default="EU", show_default=True, help="A bloc (EU, EU28, EEA, EFTA, USMCA, ASEAN), or DEU,FRA.")
@click.option(
    "--preset",
    type=click.Choice(["EU-2021", "GeoDep"]),
    default="EU-2021",
    show_default=True,
    help="EU-2021: the European Commission's indicators; GeoDep: those of CEPII.",
)
@click.option("--cdi1", type=click.FloatRange(0, 1), help="Threshold of cdi1, concentration of imports (0.4).")
@click.option(
    "--cdi2", type=click.FloatRange(0, 1), help="Threshold of cdi2: share from outside (0.5), world HHI (0.4)."
)
@click.option("--cdi3", type=click.FloatRange(0), help="Threshold of cdi3, imports over exports (1).")
@click.option(
    "--exports",
    type=click.Choice(["total", "extra"]),
    help="What cdi3 divides by: all exports of the area's countries (EU-2021), or those that leave it (GeoDep).",
)
@top_option
@output_options
def dependency_command(
    network: str,
    area: str,
    preset: Any,
    cdi1: float | None,
    cdi2: float | None,
    cdi3: float | None,
    exports: Any,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show on which products an area depends on suppliers outside.

    A product is dependent when its imports come from few countries (cdi1), mostly from outside (cdi2), and are more
    than the exports (cdi3). Where countries are not known, csv and json have bounds. In csv, inf: imports without
    exports; in json, null.

    \b
    Example: valuechain dependency eu_battery --area EU
    Example: valuechain dependency eu_battery --area DEU,FRA --preset GeoDep --cdi1 0.5
    """  # noqa: D301
    net = _begin(network, output, force=force)
    from valuechain.analysis.dependency import dependency  # noqa: PLC0415

    given = {"cdi1": cdi1, "cdi2": cdi2, "cdi3": cdi3}
    limits = {name: value for name, value in given.items() if value is not None}
    result = dependency(net, area=area, preset=preset, thresholds=limits, exports=exports)
    columns = {c: c.replace("_", " ") for c in DEPENDENCY_COLUMNS}
    emit(_text(result, form, top, columns), output, force=force)


@click.command("country-single-points")
@network_argument
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Least share of a product's flow, 0..1, that is lost without the country.",
)
@top_option
@output_options
def country_single_points_command(
    network: str, share: float, top: int, form: str, output: Path | None, force: bool
) -> None:
    """Show, for each product, what is lost and which buyers have no source without a supplier country.

    \b
    Example: valuechain country-single-points eu_battery --share 0.6
    """  # noqa: D301
    net = _begin(network, output, force=force)
    from valuechain.analysis.country_points import country_single_points  # noqa: PLC0415

    emit(_text(country_single_points(net, share=share), form, top), output, force=force)


@click.command("supplier-exposure")
@network_argument
@click.option("--buyer", metavar="FIRM", help="The inputs of this firm.")
@click.option("--cluster", metavar="CLUSTER", help="The inputs of the firms of this cluster, from others.")
@click.option("--by", default="country", show_default=True, help="Sources: firm, country, owner, sector or a column.")
@click.option("--tiers", type=click.IntRange(min=1), help="How many tiers to look through. Default: all.")
@top_option
@output_options
def supplier_exposure_command(
    network: str,
    buyer: str | None,
    cluster: str | None,
    by: str,
    tiers: int | None,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show from where inputs come, directly and through all tiers of suppliers.

    Without --buyer and --cluster: for every buyer, the country (owner, sector) it is most exposed to.

    \b
    Example: valuechain supplier-exposure eu_battery --cluster lithium_chain
    Example: valuechain supplier-exposure eu_battery --buyer DEU.cells --by firm
    """  # noqa: D301
    net = _begin(network, output, force=force)
    from valuechain.analysis.supplier_exposure import supplier_exposure  # noqa: PLC0415

    result = supplier_exposure(net, buyer=buyer, cluster=cluster, by=by, tiers=tiers)
    emit(_text(named(result, net, form), form, top), output, force=force)


@click.command("reach")
@network_argument
@click.option("--firm", multiple=True, required=True, metavar="FIRM", help="From this firm; several are taken as one.")
@click.option(
    "--direction",
    type=click.Choice(["upstream", "downstream"]),
    default="upstream",
    show_default=True,
    help="Suppliers or buyers.",
)
@click.option("--tiers", type=click.IntRange(min=1), help="How many tiers. Default: all.")
@top_option
@output_options
def reach_command(
    network: str,
    firm: tuple[str, ...],
    direction: Any,
    tiers: int | None,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show how far a supply chain reaches: firms, countries and value at each tier.

    \b
    Example: valuechain reach eu_battery --firm DEU.cells
    Example: valuechain reach eu_battery --firm CHN.cathode --direction downstream
    """  # noqa: D301
    net = _begin(network, output, force=force)
    from valuechain.analysis.reach import reach  # noqa: PLC0415

    emit(_text(reach(net, list(firm), direction=direction, tiers=tiers), form, top), output, force=force)

"""The command critical: whose failure stops most, exactly, why, what other rankings say, and how sure it is."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.centrality import SHOWN_AT, curve_lines
from valuechain.cli.names import named
from valuechain.cli.options import (
    load,
    network_argument,
    output_options,
    refuse_without_effect,
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
    import pandas as pd

    from valuechain.analysis.attack_curve import AttackCurves
    from valuechain.analysis.critical import Critical
    from valuechain.analysis.critical_stability import Stability
    from valuechain.analysis.single_points import SinglePoints
    from valuechain.analysis.stops import Semantics
    from valuechain.network import Network

COMPILING = "compiling (the first run only)"

LEGEND = (
    "value stopped, stopped: what cannot operate without the firm, itself not counted. cascade index: what is lost by "
    "the cascade (valuechain risk). hhi: how concentrated the supply is of what it sells most of, 1 = one supplier."
)

OVERLAP = {
    "ranking": "ranking",
    "hits_20": "finds",
    "hits_100": "finds",
    "rank_correlation": "rank correlation",
    "missed": "missed",
    "missed_place": "its place there",
    "instead": "instead",
    "instead_place": "its place here",
}


@click.command("critical")
@network_argument
@click.option(
    "--section",
    type=click.Choice(["critical", "overlap", "stability", "points", "curve"]),
    help="Only this part; points: every firm.",
)
@click.option(
    "--by",
    metavar="COLUMN",
    help="What all firms of one owner, country, region, sector, cluster or other column stop.",
)
@click.option(
    "--semantics",
    type=click.Choice(["propagation", "ground-up"]),
    default="propagation",
    show_default=True,
    help="What stops of all that runs today, or what can no longer be built from scratch.",
)
@click.option(
    "--min-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of its flow, 0..1, that a need must keep; 0: any working supplier is enough.",
)
@click.option(
    "--runs", type=click.IntRange(0), help="Draws of uncertain links; 0: none. Default: up to 200, fewer if large."
)
@click.option(
    "--curve",
    is_flag=True,
    help="Also show how much output still works as firms fail in the order of each ranking; csv: only that.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws.")
@click.option(
    "--inferred-confidence",
    type=click.FloatRange(0, 1),
    help="How sure inferred links are, 0..1, that do not say so. Default: 0.5, with a warning.",
)
@click.option(
    "--risk/--no-risk",
    default=None,
    help="Cascade index of all firms, or of none. Default: of all up to 20,000 firms, else of those listed.",
)
@top_option
@threads_option
@output_options
def critical_command(
    network: str,
    section: str | None,
    by: str | None,
    semantics: Semantics,
    min_share: float,
    runs: int | None,
    curve: bool,
    seed: int,
    inferred_confidence: float | None,
    risk: bool | None,
    top: int,
    threads: int | None,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Rank firms by what exactly stops when they fail, and say why and how sure that is.

    A firm stops when an essential need of it has no working supplier left. Beside this ranking stand the cascade index,
    the centrality that comes closest to it in this network, and concentration; then where the rankings disagree, and
    how the first firms change when uncertain links (confidence below 1, inferred) are drawn anew.

    \b
    Example: valuechain critical baltic_mobility --top 10
    Example: valuechain critical eu_battery --by country
    Example: valuechain critical eu_battery --curve
    Example: valuechain critical my_folder --section stability --runs 500 --format csv
    """  # noqa: D301
    if curve and form == "csv" and section is None:
        section = "curve"
    _check_options(section, by, curve=curve)
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    how = {"semantics": semantics, "min_share": min_share}
    draws = {"seed": seed, "runs": runs, "inferred_confidence": inferred_confidence}
    if by is not None or section == "points":
        text = result_text(named(_points(net, by or "firm", how), net, form), form, top)
    elif section == "stability":
        with phase("draws of uncertain links"):
            text = result_text(named(_stability(net, top, draws, how), net, form), form, top)
    else:
        if section in {"overlap", "curve"}:
            draws |= {"runs": 0, "inferred_confidence": 0.5}  # they show nothing of draws
        found = _verdict(net, top, risk, threads, draws | how)
        found = replace(found, stability=named(found.stability, net, form))
        curves = None
        if section == "curve" or curve:
            with phase("attack curves"):
                curves = _curves(net, found, form, seed=seed, **how)
        text = critical_text(found, form, top, section, curves)
    emit(text, output, force=force)


OF_DRAWS, OF_OTHERS = ("runs", "inferred_confidence"), ("risk", "threads")

IDLE = {
    "points": (*OF_DRAWS, *OF_OTHERS, "seed"),
    "stability": OF_OTHERS,
    "overlap": (*OF_DRAWS, "seed", "top"),
    "curve": (*OF_DRAWS, "top"),
}
"""Options that do nothing for a section: what they are about is neither computed nor shown."""


def _check_options(section: str | None, by: str | None, *, curve: bool) -> None:
    """Refuse options that do not go together, or do nothing."""
    if by is not None and (section is not None or curve):
        raise click.UsageError("--by shows what groups stop and has no sections; leave out --section and --curve")
    if curve and section not in {None, "curve"}:
        raise click.UsageError(
            f"--section {section} has no curves; leave out --section, or write --section curve for the curves alone"
        )
    if by is not None:
        refuse_without_effect("--by", *IDLE["points"])
    elif section in IDLE:
        refuse_without_effect("--curve --format csv" if curve else f"--section {section}", *IDLE[section])


def _points(network: Network, by: str, how: dict[str, Any]) -> SinglePoints:
    from valuechain.analysis.single_points import single_points_of_failure  # noqa: PLC0415 - heavy imports

    return single_points_of_failure(network, by=by, **how)


def _stability(network: Network, top: int, draws: dict[str, Any], how: dict[str, Any]) -> Stability:
    from valuechain.analysis.critical_stability import stability  # noqa: PLC0415 - heavy imports

    return stability(network, top=top, **draws, **how)


def _verdict(network: Network, top: int, risk: bool | None, threads: int | None, options: dict[str, Any]) -> Critical:
    index = progress("cascade index", "firms", at_first=COMPILING) if risk is not False else nullcontext(None)
    with index as show:
        from valuechain.analysis.critical import critical  # noqa: PLC0415 - heavy imports only when a command runs

        return critical(network, top=top, risk=risk, threads=threads, progress=show, **options)


def _curves(network: Network, found: Critical, form: str, *, seed: int, **how: Any) -> AttackCurves:
    """Return what still works as firms fail by what they stop, by the rankings beside that, and at random."""
    from valuechain.analysis.attack_curve import attack_curve  # noqa: PLC0415
    from valuechain.analysis.critical_rankings import order_of  # noqa: PLC0415

    beside = found.others.rankings
    names = [n for n in dict.fromkeys(["cascade_index", found.best, "out_strength"]) if n is not None and n in beside]
    ids = network.firm_ids
    rankings = {"stops_in_turn": None, "stops": None, **{n: ids[order_of(network, beside[n])] for n in names}}
    steps = SHOWN_AT if form == "table" else 50
    return attack_curve(network, rankings=rankings | {"random": None}, steps=steps, seed=seed, **how)


def critical_text(
    found: Critical, form: str, top: int, section: str | None = None, curves: AttackCurves | None = None
) -> str:
    """Return the verdict, or one section of it, in a format."""
    from valuechain.cli.result_parts import json_text, rows_of  # noqa: PLC0415 - loads pandas

    if section == "curve" and curves is not None:
        return "\n".join(curve_lines(curves)) if form == "table" else result_text(curves, form)
    if section == "overlap":
        return result_text(found.overlap, form)
    if form == "csv":
        return csv_text(found.table)
    if form == "json":
        # The points of all firms would make a million rows of it: --section points has them.
        shown = {} if section else {"overlap": found.overlap, "stability": found.stability}
        return json_text(found, shown | ({} if curves is None else {"curve": curves}))
    lines = [*heading_lines(found.title), *bullet_lines(found.notes), *_firm_lines(found)]
    if section is None:
        # What it says of the best ones stands at the top.
        overlap = replace(found.overlap, notes=found.overlap.notes[:1])
        lines += ["", *section_lines(overlap, 10, OVERLAP, all_rows=rows_of("overlap"))]
        if found.stability.runs:
            lines += ["", *section_lines(_ranked(found), top, all_rows=rows_of("stability"))]
        if curves is not None:
            lines += ["", *curve_lines(curves)]
    return "\n".join([*lines, "", *parameter_lines(found)])


def _firm_lines(found: Critical) -> list[str]:
    """Return the ranked firms as a table, and below it why each of them is there."""
    table = found.table
    if not len(table):
        return []
    if "rank_low" in table:
        table = table.assign(ranks=_intervals(table))
    labels = {
        "rank": "rank",
        "firm": "firm",
        "name": "name",
        "country": "country",
        "value_stopped": "value stopped",
        "stops": "stopped",
        "index": "cascade index",
        "index_rank": "its rank",
        "centrality": str(found.best),
        "centrality_rank": "its rank",
        "hhi": "hhi",
        "ranks": "ranks when drawn",
        "in_top": f"in top {found.parameters['top']}",
    }
    if not found.stability.runs:
        labels = {c: label for c, label in labels.items() if c not in {"ranks", "in_top"}}
    if is_narrow():
        labels = {c: labels[c] for c in ("rank", "name" if "name" in table else "firm", "value_stopped", "stops")}
    units = {k: unit.replace("the network's ", "") for k, unit in found.units.items() if k != "in_top"}
    units |= {"in_top": "fraction"}
    shown = table.drop(columns="why")
    lines = ["", table_text(shown, units, {c: label for c, label in labels.items() if c in shown}), ""]
    lines += [*wrapped([LEGEND]), "", "Why", ""]
    names = table["name"] if "name" in table else table["firm"]
    for rank, firm, name, why in zip(table["rank"], table["firm"], names, table["why"], strict=True):
        who = firm if not isinstance(name, str) or name == firm else f"{name} ({firm})"
        lines += wrapped([f"{rank}. {who}: {why}."], hang=3)
    return lines


def _ranked(found: Critical) -> Stability:
    """Return the stability with each interval as one column, as a screen has room for."""
    stability = found.stability
    table = stability.table.assign(ranks=_intervals(stability.table))
    columns = ["firm", "name", "rank", "rank_middle", "ranks", "in_top"]
    table = table[[c for c in columns if c in table]]
    return replace(stability, table=table, units={"in_top": "fraction of draws"}, notes=())


def _intervals(table: pd.DataFrame) -> pd.Series:
    low, high = table["rank_low"].astype("str"), table["rank_high"].astype("str")
    return low.where(low == high, low + " to " + high)

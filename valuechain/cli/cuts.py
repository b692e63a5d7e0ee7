"""The command cuts: which failures together stop a firm, a product or a cluster, and what stops with what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.names import named
from valuechain.cli.options import load, network_argument, output_options, refuse_without_effect, top_option
from valuechain.cli.output import (
    emit,
    parameter_lines,
    refuse_existing,
    refuse_inputs,
    result_text,
    section_lines,
    wrapped,
)

if TYPE_CHECKING:
    from valuechain.network import Network
    from valuechain.results import Result


LEGENDS = {
    "stops": "stops, value stopped: what cannot operate without the members, themselves not counted.",
    "synergy": "stops together, synergy: firms, and their output, that the set stops and no member does alone.",
    "sweep": "sweep: 0 are the failed firms, 1 stop for want of what these made, 2 for want of what sweep 1 made, "
    "and so on; empty: a loop that lost its outside source.",
    "needs_lost": "product, suppliers: the first need that was not met any more, and who had delivered it; needs lost: "
    "those not met in the end.",
    "independent": "independent: most suppliers of which no two hang on one firm; exact no: at least so many. shared: "
    "firms that all suppliers hang on.",
    "value_at_risk": "value at risk: output of the buyer and of all that stops with it. kind: one in fact = several "
    "suppliers of which no two are independent.",
}
"""What columns mean, by one of them."""


def cuts_text(result: Result, form: str, top: int) -> str:
    """Return a result in a format; the text says what its columns mean."""
    if form != "table" or not len(result.table):
        return result_text(result, form, top)
    legend = [words for column, words in LEGENDS.items() if column in result.table]
    lines = [*section_lines(result, top), *([""] if legend else []), *wrapped([" ".join(legend)] if legend else [])]
    return "\n".join([*lines, "", *parameter_lines(result)])


def _begin(network: str, output: Path | None, *, force: bool) -> Network:
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    return load(network)


def _in_words(result: Result, form: str) -> Result:
    """Return a result in which true and false are words of the format."""
    if form == "json":
        return result
    words = {True: "true", False: "false"} if form == "csv" else {True: "yes", False: "no"}
    truths = [c for c in result.table if result.table[c].dtype == bool]
    table = result.table.assign(**{str(c): result.table[c].map(words).astype("str") for c in truths})
    return replace(result, table=table)


@click.command("cuts")
@network_argument
@click.option("--target", metavar="ID", help="Firm, product or cluster: the sets that stop it.")
@click.option("--fail", multiple=True, metavar="ID", help="Firm or group (--by): all that stops with it. Repeatable.")
@click.option("--hangs-on", metavar="FIRM", help="Firm: every firm or group (--by) that alone stops it.")
@click.option("--slots", is_flag=True, help="Every essential need: how many of its sources are independent.")
@click.option("--size", type=click.IntRange(1, 3), default=2, show_default=True, help="Most members of a cut set.")
@click.option("--kind", type=click.Choice(["firm", "product", "cluster"]), help="What --target is, if several are.")
@click.option(
    "--by",
    default="firm",
    show_default=True,
    help="What fails: firm, or firms that fail together: owner, country, region, sector, cluster or a column.",
)
@click.option(
    "--semantics",
    type=click.Choice(["propagation", "ground-up"]),
    default="propagation",
    show_default=True,
    help="propagation: what stops while all run; ground-up: what can no longer be built from scratch.",
)
@click.option(
    "--min-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of its flow, 0..1, that a need must keep; 0: any working supplier is enough.",
)
@click.option(
    "--cluster-stops",
    type=click.Choice(["all", "any"]),
    default="all",
    show_default=True,
    help="A cluster is stopped when all of its members are, or any.",
)
@click.option(
    "--limit", type=click.IntRange(1, 10**7), default=10_000, show_default=True, help="Most cut sets of one size."
)
@click.option(
    "--budget",
    type=click.IntRange(1, 10**15),
    default=1_000_000_000,
    show_default=True,
    help="How many links are followed before the search ends.",
)
@top_option
@output_options
def cuts_command(
    network: str,
    target: str | None,
    fail: tuple[str, ...],
    hangs_on: str | None,
    slots: bool,
    size: int,
    kind: str | None,
    by: str,
    semantics: Any,
    min_share: float,
    cluster_stops: str,
    limit: int,
    budget: int,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show the smallest sets of firms that together stop a firm, a product or a cluster.

    No part of a set shown stops the target. synergy: value that the set stops and none of its members does alone.
    Instead of --target: --fail shows exactly what stops when firms fail, --hangs-on what alone stops a firm, and
    --slots the needs that have several suppliers which are one source in fact.

    \b
    Example: valuechain cuts eu_battery --target DEU.cells
    Example: valuechain cuts eu_battery --target lithium_chain --cluster-stops any --size 3
    Example: valuechain cuts eu_battery --fail CHN.cathode --fail OTHER.cathode
    Example: valuechain cuts eu_battery --hangs-on DEU.cells --by country
    Example: valuechain cuts eu_battery --slots --by country
    """  # noqa: D301
    if (target is not None) + bool(fail) + (hangs_on is not None) + slots != 1:
        raise click.UsageError("give one of --target ID, --fail ID, --hangs-on FIRM or --slots")
    if slots and semantics != "propagation":
        raise click.UsageError("--slots is for --semantics propagation: what stops while all run")
    if target is None:
        asked = "--fail" if fail else "--slots" if slots else "--hangs-on"
        refuse_without_effect(asked, "size", "kind", "cluster_stops", "limit", "budget")
    net = _begin(network, output, force=force)
    from valuechain.analysis.cut_sets import cut_sets  # noqa: PLC0415 - heavy imports only when it runs
    from valuechain.analysis.cut_target import find_target  # noqa: PLC0415
    from valuechain.analysis.hangs_on import hangs_on as whom_it_hangs_on  # noqa: PLC0415
    from valuechain.analysis.slot_redundancy import slot_redundancy  # noqa: PLC0415
    from valuechain.analysis.stopped_by import stopped_by  # noqa: PLC0415

    result: Result
    if fail:
        result = stopped_by(net, fail, by=by, semantics=semantics, min_share=min_share)
    elif slots:
        result = slot_redundancy(net, by=by, min_share=min_share)
    elif hangs_on is not None:
        result = whom_it_hangs_on(net, hangs_on, by=by, semantics=semantics, min_share=min_share)
    else:
        if find_target(net, str(target), kind=kind).kind != "cluster":
            refuse_without_effect("a target that is no cluster", "cluster_stops")
        result = cut_sets(
            net,
            str(target),
            size=size,
            kind=kind,
            by=by,
            semantics=semantics,
            min_share=min_share,
            cluster_stops=cluster_stops,
            limit=limit,
            budget=budget,
        )
    emit(cuts_text(_in_words(named(result, net, form), form), form, top), output, force=force)

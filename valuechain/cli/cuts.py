"""The command cuts: which failures together stop a firm, a product or a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.options import load, network_argument, output_options, top_option
from valuechain.cli.output import emit, refuse_existing, refuse_inputs, result_text

if TYPE_CHECKING:
    from valuechain.network import Network


def _begin(network: str, output: Path | None, *, force: bool) -> Network:
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    return load(network)


@click.command("cuts")
@network_argument
@click.option("--target", metavar="ID", required=True, help="Firm, product or cluster that is to keep working.")
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
    default=2_000_000_000,
    show_default=True,
    help="How many links are followed before the search ends.",
)
@top_option
@output_options
def cuts_command(
    network: str,
    target: str,
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

    \b
    Example: valuechain cuts eu_battery --target DEU.cells
    Example: valuechain cuts eu_battery --target lithium_chain --cluster-stops any --size 3
    """  # noqa: D301
    net = _begin(network, output, force=force)
    from valuechain.analysis.cut_sets import cut_sets  # noqa: PLC0415 - heavy imports only when it runs

    result = cut_sets(
        net,
        target,
        size=size,
        kind=kind,
        by=by,
        semantics=semantics,
        min_share=min_share,
        cluster_stops=cluster_stops,
        limit=limit,
        budget=budget,
    )
    emit(result_text(result, form, top), output, force=force)

"""The command on who stands where in a network: centrality."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuechain.cli.names import named
from valuechain.cli.options import load, network_argument, output_options, refuse_without_effect, top_option
from valuechain.cli.output import (
    bullet_lines,
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
from valuechain.cli.progress import phase

if TYPE_CHECKING:
    from valuechain.analysis.attack_curve import AttackCurves
    from valuechain.analysis.centrality import Centrality

SIDE_BY_SIDE = 7
"""Measures that a screen has room for beside the firm; further ones come in tables below."""

CURVE_MEASURES = ["out_strength", "katz_downstream", "pagerank_downstream", "betweenness"]

OF_CURVES = ("skip_stopped", "semantics", "min_share", "draws")
"""Options that only --curve has a use for."""

OF_MEASURES = {
    "damping": ("pagerank",),
    "attenuation": ("katz",),
    "labour_share": ("influence",),
    "samples": ("betweenness", "closeness", "nexus"),
    "seed": ("betweenness", "closeness", "nexus"),
}
"""Options that only some measures have a use for, by words of their names."""

SHOWN_AT = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of firms failed that the screen shows."""

SHORT_UNITS = {
    "fraction of pairs": "fraction of pairs",
    "weighted chains": "chains",
    "steps to final use": "steps",
    "steps from primary inputs": "steps",
}


@click.command("centrality")
@network_argument
@click.option(
    "--measures",
    multiple=True,
    metavar="NAMES",
    help="Measures, parted by commas (betweenness,core), or all. Default: ten of them; the text says what each means.",
)
@click.option(
    "--damping",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.85,
    show_default=True,
    help="PageRank: probability of going on at each step.",
)
@click.option(
    "--attenuation",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Katz: weight of a further link, as a part of the largest possible.",
)
@click.option(
    "--labour-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Influence: share of costs that is not inputs of others.",
)
@click.option(
    "--samples",
    type=click.IntRange(min=32),
    help="Betweenness, closeness: follow the paths of so many firms. Default: all where that takes seconds, else a "
    "sample, with its error.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draw of that sample.")
@click.option(
    "--curve",
    is_flag=True,
    help="Show how much output still works as firms fail by each measure, by what they stop, and at random.",
)
@click.option(
    "--skip-stopped", is_flag=True, help="--curve: pass over firms that do not work any more when it is their turn."
)
@click.option(
    "--semantics",
    type=click.Choice(["propagation", "ground-up"]),
    default="propagation",
    show_default=True,
    help="--curve: what stops of all that runs today, or what can no longer be built from scratch.",
)
@click.option(
    "--min-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="--curve: share of its flow that an essential need must keep; 0: any working supplier is enough.",
)
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True, help="--curve: random orders.")
@top_option
@output_options
def centrality_command(
    network: str,
    measures: tuple[str, ...],
    damping: float,
    attenuation: float,
    labour_share: float,
    samples: int | None,
    seed: int,
    curve: bool,
    skip_stopped: bool,
    semantics: Any,
    min_share: float,
    draws: int,
    top: int,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Show measures of centrality of every firm: who is large, near or in between.

    Firms are ranked by the first measure. Values that are not defined are empty (-). What stops when a firm fails is
    another question, which centrality does not answer. --curve compares the two: how fast output is lost when firms
    fail in the order of each measure, and in that of what they stop.

    \b
    Example: valuechain centrality eu_battery
    Example: valuechain centrality eu_battery --measures katz_downstream,betweenness,core --top 10
    Example: valuechain centrality eu_battery --curve
    Example: valuechain centrality eu_battery --measures all --format csv --output centrality.csv
    """  # noqa: D301
    names = chosen_measures(measures)
    _check_options(names, curve=curve)
    refuse_inputs([output], network)
    refuse_existing([output] if output else [], force=force)
    net = load(network)
    with phase("centrality"):
        from valuechain.analysis.centrality import centrality  # noqa: PLC0415 - heavy imports only when it runs

        result = centrality(
            net,
            measures=names or (CURVE_MEASURES if curve else None),
            damping=damping,
            attenuation=attenuation,
            labour_share=labour_share,
            samples=samples,
            seed=seed,
        )
    if curve:
        with phase("attack curves"):
            from valuechain.analysis.attack_curve import attack_curve, rankings_of  # noqa: PLC0415

            curves = attack_curve(
                net,
                rankings={"stops_in_turn": None, "stops": None, **rankings_of(net, result), "random": None},
                steps=SHOWN_AT if form == "table" else 50,
                semantics=semantics,
                min_share=min_share,
                skip_stopped=skip_stopped,
                draws=draws,
                seed=seed,
            )
        text = "\n".join(curve_lines(curves)) if form == "table" else result_text(curves, form)
        return emit(text, output, force=force)
    result = named(result, net, form)
    text = "\n".join(centrality_lines(result, top)) if form == "table" else result_text(result, form)
    return emit(text, output, force=force)


def _check_options(names: list[str] | str | None, *, curve: bool) -> None:
    """Refuse options that do nothing for these measures, or without --curve."""
    if curve:
        refuse_without_effect("--curve", "top")
    else:
        refuse_without_effect("centrality alone (without --curve)", *OF_CURVES)
    if isinstance(names, list):
        idle = [o for o, words in OF_MEASURES.items() if not any(w in name for name in names for w in words)]
        refuse_without_effect("these --measures", *(o for o in idle if o != "seed" or not curve))


def chosen_measures(given: tuple[str, ...]) -> list[str] | str | None:
    """Return the measures of an option: names parted by commas, the word all, or None where it is not given.

    Raises
    ------
    click.UsageError
        When it is given and names none.
    """
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    if given and not names:
        raise click.UsageError("--measures names no measure; write names parted by commas, or leave it out")
    return "all" if "all" in names else (names or None)


def centrality_lines(result: Centrality, top: int) -> list[str]:
    """Return the firms, a few measures side by side, and what each measure means."""
    labels = [c for c in ("firm", "name") if c in result.table]
    values = [str(c) for c in result.table if c not in labels]
    room = SIDE_BY_SIDE - 4 if is_narrow() else SIDE_BY_SIDE
    units = {c: SHORT_UNITS.get(u, "" if " of output per " in u else u) for c, u in result.units.items()}
    shown = replace(result, units=units)
    lines: list[str] = []
    for at in range(0, len(values), room):
        columns = {c: c.replace("_", " ") for c in [*labels, *values[at : at + room]]}
        if at == 0:
            lines += section_lines(shown, top, columns)
        else:
            lines += ["", table_text(result.table.head(top), units, columns)]
    about = result.measures
    lines += ["", *heading_lines(about.title)]
    said = zip(*(about.table[c] for c in ("measure", "meaning", "unit", "method")), strict=True)
    lines += bullet_lines(f"{name} ({unit}): {meaning} By: {method}." for name, meaning, unit, method in said)
    return [*lines, "", *parameter_lines(result)]


def curve_lines(curves: AttackCurves) -> list[str]:
    """Return what curves say: a row a ranking, what works at some shares of firms failed, and the area."""
    table, areas = curves.table, curves.areas.table
    wide = table.pivot_table(index="ranking", columns="failed", values="working", sort=False)
    shares = dict(zip(table["failed"], table["share_failed"], strict=True))
    shown = areas[["ranking", "area", "half_at"]].copy()
    columns = {"ranking": "ranking", "area": "on average", "half_at": "half lost at"}
    units = dict(curves.areas.units)
    for failed in wide.columns:
        name = f"at_{failed}"
        shown[name] = shown["ranking"].map(wide[failed])
        columns[name] = f"at {100 * shares[failed]:.2g} %"
        units[name] = "fraction of output"
    text = table_text(shown, units, columns)
    legend = (
        "stops: by the output that stops when the firm fails alone, its own included. at 5 %: when 5 % of the firms "
        "have failed. csv and json hold more points."
    )
    return [*heading_lines(curves.title), *wrapped([*curves.notes, legend]), text, "", *parameter_lines(curves)]

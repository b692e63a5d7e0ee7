"""What the command simulate shows of random runs: how large a loss to expect, how bad the worst are, whom they hit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from valuechain.analysis.compare_ensembles import compare_ensembles
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.names import named
from valuechain.cli.output import cell, heading_lines, parameter_lines, section_lines, wrapped
from valuechain.cli.result_parts import rows_of, shown_columns, with_short_units
from valuechain.models.ensemble import EnsembleResult
from valuechain.network import Network
from valuechain.results import Result

ENSEMBLE_COLUMNS = {
    "firm": "firm",
    "group": "group",
    "name": "name",
    "expected_value": "expected loss",
    "expected_loss": "part of its own",
    "tail_value": "in its worst runs",
    "tail_loss": "part of its own (worst)",
    "worst_runs_value": "in the network's worst runs",
}


def ensemble_parts(net: Network, found: EnsembleResult, form: str, by: str | None) -> dict[str, Result]:
    """Return what an ensemble shows beside its days."""
    parts = {"runs": found.runs, "exceedance": found.exceedance, "draws": found.draws}
    if found.firms is not None:
        parts["firms"] = named(found.firms, net, form)
    if by is not None:
        parts["groups"] = named(_of_group(found.groups, by), net, form)
    elif len(found.groups.table):
        parts["groups"] = found.groups
    return parts


def ensemble_text(found: EnsembleResult, parts: Mapping[str, Result], top: int) -> str:
    """Return an ensemble for the screen."""
    lines = [*heading_lines(found.title), *wrapped(found.notes[:1]), ""]
    high = max((c for c in map(str, found.table) if c.startswith("q")), default="mean")
    for column in dict.fromkeys(("mean", high)):
        curve = curve_lines(found.table[column].tolist())
        lines += [f"{_curve_words(column)}:", *curve, ""] if curve else []
    lines += [*exceedance_lines(found), ""]
    if "firms" in parts:
        hurt = replace(parts["firms"], table=parts["firms"].table[parts["firms"].table["expected_value"] > 0])
        columns = shown_columns(hurt, ENSEMBLE_COLUMNS)
        lines += [*section_lines(with_short_units(hurt), top, columns, all_rows=rows_of("firms")), ""]
    if "groups" in parts and "by" in parts["groups"].parameters:
        groups = replace(parts["groups"], notes=parts["groups"].notes[1:])
        columns = shown_columns(groups, ENSEMBLE_COLUMNS)
        lines += [*section_lines(with_short_units(groups), top, columns, all_rows=rows_of("groups")), ""]
    return "\n".join([*lines, *wrapped(found.notes[1:]), "", *parameter_lines(found)])


def _of_group(groups: Result, by: str) -> Result:
    """Return the groups of one column."""
    table = groups.table[groups.table["by"] == by].drop(columns="by").reset_index(drop=True)
    notes = groups.notes if by == "cluster" else groups.notes[:1]
    return replace(
        groups, title=f"Losses by {by}", table=table, parameters={**groups.parameters, "by": by}, notes=notes
    )


def exceedance_lines(found: EnsembleResult) -> list[str]:
    """Return how likely which loss is, for a few losses."""
    table = found.exceedance.table
    lines = []
    for probability in (0.5, 0.2, 0.1, 0.05, 0.01):
        reached = table[table["probability"] >= probability]
        if found.inputs.runs * probability < 1 or not len(reached):
            continue
        loss = float(reached["loss"].max())
        lines.append(f"{_one_in(probability)} loses at least {cell(loss, 'fraction')} % of production")
    return lines


def _curve_words(column: str) -> str:
    """Return what a curve shows: a quantile is that of each day by itself, so no run need be there on all days."""
    part = column.removeprefix("q").lstrip("0")
    return "average of the runs" if column == "mean" else f"what {part}% of the runs stay below, day by day"


def _one_in(probability: float) -> str:
    return f"1 run in {1 / probability:.0f}"


def ensembles_side_by_side(net: Network, found: Mapping[str, EnsembleResult]) -> Result:
    """Return mean and tail loss of each ensemble, and how much more than the first it loses, run by run."""
    first = next(iter(found.values()))
    rows = []
    for name, one in found.items():
        pair = None if one is first else compare_ensembles(first, one)
        rows.append(
            {
                "scenario": name,
                "mean_loss": one.mean_loss,
                "tail_loss": one.tail_loss,
                "expected_value": one.expected_value,
                "more_than_first": math.nan if pair is None else pair.difference,
                "low": math.nan if pair is None else pair.low,
                "high": math.nan if pair is None else pair.high,
            }
        )
    fraction = "fraction of undisturbed production"
    names = ("mean_loss", "tail_loss", "more_than_first", "low", "high")
    return Result(
        table=pd.DataFrame(rows),
        title=f"Ensembles side by side: {len(found)} of {first.inputs.runs:,} runs each",
        units={**dict.fromkeys(names, fraction), "expected_value": net.currency},
        parameters={k: first.parameters[k] for k in ("runs", "seed", "days", "tail") if k in first.parameters},
        notes=(
            "more_than_first: mean loss less that of the first row, run by run, as all draw the same; low, high: 95 % "
            "interval of it.",
        ),
    )

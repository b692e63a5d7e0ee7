"""What the command simulate shows of random runs: how large a loss to expect, how bad the worst are, whom they hit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from valuechain.analysis.compare_ensembles import compare_ensembles
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.names import named
from valuechain.cli.output import cell, csv_text, heading_lines, parameter_lines, section_lines, wrapped
from valuechain.cli.result_parts import json_text, shown_columns
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


def ensemble_text(net: Network, found: EnsembleResult, form: str, top: int, by: str | None) -> str:
    """Return an ensemble in a format; csv holds the days."""
    if form == "csv":
        return csv_text(found.table)
    parts = {"runs": found.runs, "exceedance": found.exceedance}
    if found.firms is not None:
        parts["firms"] = named(found.firms, net, form)
    table = found.groups.table
    if by is not None:
        parts["groups"] = named(_of_group(found.groups, by), net, form)
    elif len(table):
        parts["groups"] = found.groups
    if form == "json":
        return json_text(found, parts)
    high = max((c for c in map(str, found.table) if c.startswith("q")), default="mean")
    lines = [*heading_lines(found.title), *wrapped(found.notes[:1]), ""]
    for column, words in (("mean", "on average of the runs,"), (high, f"{_quantile_words(high)} of the runs,")):
        curve = curve_lines(found.table[column].tolist())
        lines += [f"{words} {curve[0]}", *curve[1:], ""] if curve else []
    lines += [*exceedance_lines(found), ""]
    if "firms" in parts:
        firms = replace(parts["firms"], table=parts["firms"].table[parts["firms"].table["expected_value"] > 0])
        lines += [*section_lines(firms, top, shown_columns(firms, ENSEMBLE_COLUMNS)), ""]
    if by is not None:
        lines += [*section_lines(parts["groups"], top, shown_columns(parts["groups"], ENSEMBLE_COLUMNS)), ""]
    return "\n".join([*lines, *wrapped(found.notes[1:]), "", *parameter_lines(found)])


def _of_group(groups: Result, by: str) -> Result:
    """Return the groups of one column."""
    table = groups.table[groups.table["by"] == by].drop(columns="by").reset_index(drop=True)
    return replace(groups, table=table, parameters={**groups.parameters, "by": by})


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


def _quantile_words(column: str) -> str:
    """Return what a quantile of each day is: no run has to be there on all days."""
    return f"on each day not passed by {column.removeprefix('q')}%" if column.startswith("q") else "on average"


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

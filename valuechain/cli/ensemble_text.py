"""What the command simulate shows of random runs: how large a loss to expect, how bad the worst are, whom they hit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from valuechain.analysis.compare_ensembles import compare_ensembles
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.names import named
from valuechain.cli.output import heading_lines, parameter_lines, section_lines, wrapped
from valuechain.cli.result_parts import rows_of, shown_columns, wider_lines, with_short_units
from valuechain.cli.simulate_notes import counted
from valuechain.models.ensemble import EnsembleResult
from valuechain.network import Network
from valuechain.results import Result, number_text, percent_text

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

_NETWORK_WORST = f"{ENSEMBLE_COLUMNS['worst_runs_value']}:"
TAIL_COLUMNS = {"tail_value", "tail_loss", "worst_runs_value"}
"""Columns that say nothing of one run."""


def ensemble_parts(net: Network, found: EnsembleResult, form: str, by: str | None) -> dict[str, Result]:
    """Return what an ensemble shows beside its days."""
    parts = {"runs": found.runs, "exceedance": found.exceedance, "draws": found.draws}
    if found.firms is not None:
        parts["firms"] = named(found.firms, net, form)
    if by is not None:
        parts["groups"] = named(_of_group(found.groups, by), net, form)
    else:
        parts["groups"] = found.groups
    return parts


def ensemble_text(found: EnsembleResult, parts: Mapping[str, Result], top: int) -> str:
    """Return an ensemble for the screen."""
    is_one = found.inputs.runs == 1
    notes = _notes(found)
    title = found.title.removesuffix(", 1 runs") + ", 1 run" if is_one else found.title
    lines = [*heading_lines(title), *wrapped(notes[:1]), ""]
    high = max((c for c in map(str, found.table) if c.startswith("q")), default="mean")
    for column in ["mean"] if is_one else dict.fromkeys(("mean", high)):
        curve = curve_lines(found.table[column].tolist())
        heading = [] if is_one else [f"{_curve_words(column)}:"]
        lines += [*heading, *curve, ""] if curve else []
    likely = exceedance_lines(found)
    lines += [*likely, ""] if likely else []
    if "firms" in parts:
        hurt = replace(parts["firms"], table=parts["firms"].table[parts["firms"].table["expected_value"] > 0])
        lines += _loss_lines(found, hurt, top, "firms")
    if "groups" in parts and "by" in parts["groups"].parameters:
        groups = replace(parts["groups"], notes=parts["groups"].notes[1:])
        lines += _loss_lines(found, groups, top, "groups")
    return "\n".join([*lines, *wrapped(notes[1:]), "", *parameter_lines(found)])


def _loss_lines(found: EnsembleResult, result: Result, top: int, section: str) -> list[str]:
    """Return losses of firms or groups; one run has no tail."""
    labels = ENSEMBLE_COLUMNS
    if found.inputs.runs == 1:
        labels = {c: label for c, label in labels.items() if c not in TAIL_COLUMNS}
        labels |= {"expected_value": "lost", "expected_loss": "lost part"}
        notes = tuple(n for n in result.notes if not n.startswith("expected:"))
        title = result.title.removesuffix(", 1 runs") + (", 1 run" if result.title.endswith(", 1 runs") else "")
        result = replace(result, notes=notes, title=title)
    else:
        result = replace(result, notes=tuple(map(_by_headings, result.notes)))
    columns = shown_columns(result, labels)
    lines = section_lines(with_short_units(result), top, columns, all_rows=rows_of(section))
    return [*lines, *wider_lines(result, labels, section), ""]


def _by_headings(note: str) -> str:
    """Return a note that explains columns under the headings that a person sees."""
    headings = {"expected:": "expected loss:", "tail:": "in its worst runs:", "worst_runs_value:": _NETWORK_WORST}
    for name, heading in headings.items():
        note = note.replace(name, heading) if note.startswith(name) else note.replace(f"; {name}", f"; {heading}")
    return note


def _notes(found: EnsembleResult) -> list[str]:
    """Return what was found; of one run nothing is said of averages, tails and intervals."""
    if found.inputs.runs > 1:
        return counted(found.notes)
    rest = [n for n in found.notes[1:] if not n.startswith("The tail rests on")]
    first = (
        f"In this one run {percent_text(found.mean_loss)}% of production in {found.inputs.days:,} days is lost, "
        f"{number_text(found.expected_value)} {found.inputs.network.currency}. How likely that is takes more --runs."
    )
    return counted([first, *rest])


def _runs_words(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs:,} runs"


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
        lines.append(f"{_one_in(probability)} loses at least {percent_text(loss)}% of production")
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
        title=f"Ensembles side by side: {len(found)} of {_runs_words(first.inputs.runs)} each",
        units={**dict.fromkeys(names, fraction), "expected_value": net.currency},
        parameters={k: first.parameters[k] for k in ("runs", "seed", "days", "tail") if k in first.parameters},
        notes=(
            "more_than_first: mean loss less that of the first row, run by run, as all draw the same; low, high: 95% "
            "interval of it.",
        ),
    )

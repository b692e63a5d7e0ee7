"""What the command simulate shows: how deep, how long, who is hit, and how likely it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import click

from valuechain.analysis.compare_runs import compare
from valuechain.analysis.resilience import resilience
from valuechain.cli.ensemble_text import ensemble_parts, ensemble_text, ensembles_side_by_side
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.names import named
from valuechain.cli.output import (
    cell,
    csv_text,
    heading_lines,
    parameter_lines,
    result_text,
    section_lines,
    shown_unit,
    wrapped,
)
from valuechain.cli.result_parts import json_text, rows_of, shown_columns, wider_lines, with_short_units
from valuechain.cli.simulate_notes import counted
from valuechain.cli.simulate_runs import Found
from valuechain.models.ensemble import EnsembleResult
from valuechain.models.simulate import SimulationResult
from valuechain.network import Network
from valuechain.results import Result, percent_text

FIRM_COLUMNS = {
    "firm": "firm",
    "name": "name",
    "lost_value": "lost",
    "loss": "lost part",
    "depth": "on its worst day",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
    "bound_by": "lacks",
    "bound_days": "days it lacks it",
}
"""Columns of firms that a screen has room for."""

GROUP_COLUMNS = {
    "group": "group",
    "name": "name",
    "firms": "firms",
    "lost_value": "lost",
    "loss": "lost part",
    "depth": "on its worst day",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
}
COMPARED_COLUMNS = {
    "scenario": "scenario",
    "model": "model",
    "days": "days",
    "total_loss": "lost",
    "lost_value": "lost value",
    "depth": "on the worst day",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
    "triangle": "full days lost",
    "not_returned": "firms not back",
    "mean_loss": "mean loss",
    "tail_loss": "loss of the worst runs",  # the label says how many: see _labels
    "expected_value": "expected value",
    "more_than_first": "more than the first",
    "low": "low",
    "high": "high",
}


_TOO_LARGE = (
    "The network is too large to keep every day of every firm: times to recover, inputs that bind and groups need "
    "fewer --days."
)


def results_text(net: Network, found: Found, *, form: str, top: int, by: str | None, section: str | None = None) -> str:
    """Return one result, or several side by side, in a format; or one section of one result."""
    if found.several:
        return _several_text(net, found, form)
    one = next(iter(found.results.values()))
    parts = ensemble_parts(net, one, form, by) if isinstance(one, EnsembleResult) else _run_parts(net, one, form, by)
    if section is not None and section != "days":
        if section not in parts:
            # Options are checked before the run; what only the run tells is left, such as who is bound by which input.
            raise click.UsageError(f"--section {section}: there are days, {', '.join(parts)} here")
        return result_text(parts[section], form, None if section == "measures" else top)
    if form == "csv":
        return csv_text(one.table)
    if section == "days":
        return result_text(one, form, top)
    if form == "json":
        return json_text(one, parts)
    if isinstance(one, EnsembleResult):
        return ensemble_text(one, parts, top)
    return _run_text(one, parts, top)


def shown_notes(found: Found) -> list[str]:
    """Return the notes of results that their text shows: of several side by side those are told by none."""
    return [] if found.several else [note for one in found.results.values() for note in one.notes]


def _run_parts(net: Network, run: SimulationResult, form: str, by: str | None) -> dict[str, Result]:
    """Return what a run shows beside its days."""
    if run.firms is None:
        return {} if run.losses is None else {"firms": named(run.losses, net, form)}
    read = resilience(net, run, by=by)
    parts = {"measures": read, "firms": named(read.firms, net, form)}
    if by is not None:
        title = f"Losses by {by}"
        groups = replace(read.groups, title=title, parameters={**read.groups.parameters, "by": by})
        parts["groups"] = named(groups, net, form)
    if read.binding is not None:
        parts["binding"] = named(read.binding, net, form)
    return parts


def _run_text(run: SimulationResult, parts: Mapping[str, Result], top: int) -> str:
    lines = [*heading_lines(run.title), *wrapped(counted(run.notes[:1])), ""]
    if _anything_happens(run, parts):
        lines += _loss_lines(run, parts, top)
    notes = counted([*run.notes[1:], *([_TOO_LARGE] if run.firms is None else [])])
    lines += wrapped(notes)
    return "\n".join([*lines, "", *parameter_lines(run)])


def _anything_happens(run: SimulationResult, parts: Mapping[str, Result]) -> bool:
    """Tell whether there is anything to show: others may make what a firm loses, and a surge may only raise orders."""
    happened = bool((run.table["loss"] > 0).any())
    if "firms" in parts:
        happened |= bool((parts["firms"].table["lost_value"] > 0).any())
    if "measures" in parts:
        measures = parts["measures"].table.set_index("measure")["value"]
        happened |= bool(measures["order peak"] > 1 + 1e-9)
    return happened


def _loss_lines(run: SimulationResult, parts: Mapping[str, Result], top: int) -> list[str]:
    """Return the curve, the measures, the firms and the groups, and an empty line."""
    lines = curve_lines(run.table["loss"].tolist())
    if "measures" in parts:
        lines += ["", *measure_lines(parts["measures"])]
    if "firms" in parts:
        lines += ["", *_firm_lines(parts["firms"], top)]
    if "groups" in parts:
        columns = shown_columns(parts["groups"], GROUP_COLUMNS)
        lines += ["", *section_lines(with_short_units(parts["groups"]), top, columns, all_rows=rows_of("groups"))]
        lines += wider_lines(parts["groups"], GROUP_COLUMNS, "groups")
    return [*lines, ""]


def measure_lines(read: Result) -> list[str]:
    """Return the measures of a run, each with its unit and meaning; a day that there is none of is left out."""
    tolerance = f"{percent_text(read.parameters['recovery_tolerance'])}%"
    lines = []
    for measure, value, unit, meaning in read.table.itertuples(index=False, name=None):
        if measure == "order peak day" and math.isnan(value):
            continue
        words = "not known" if math.isnan(value) else _with_unit(value, unit)
        told = str(meaning).replace("the tolerance", f"the tolerance ({tolerance} of undisturbed production)")
        if measure == "bound by inputs" and math.isnan(value):
            told += " (this model does not tell)"
        lines.append((str(measure), words, counted([told])[0]))
    first, second = (max(len(line[k]) for line in lines) for k in (0, 1))
    return [
        line
        for name, words, meaning in lines
        for line in wrapped([f"{name:<{first}}  {words:>{second}}  {meaning}"], hang=first + second + 4)
    ]


def _with_unit(value: float, unit: str) -> str:
    number = cell(value, unit)
    if unit == "day":
        return f"day {number}"
    shown = shown_unit(unit).replace("times undisturbed demand", "x undisturbed")
    if shown.startswith("%"):
        return f"{number}%"
    # Amounts of a currency have no plural.
    return f"{number} {shown.removesuffix('s') if number == '1' and unit in {'days', 'firms'} else shown}".strip()


def _firm_lines(firms: Result, top: int) -> list[str]:
    """Return the firms that lose anything, the largest loss first."""
    hurt = replace(firms, table=firms.table[firms.table["lost_value"] > 0])
    lines = section_lines(with_short_units(hurt), top, shown_columns(hurt, FIRM_COLUMNS), all_rows=rows_of("firms"))
    return [*lines, *wider_lines(hurt, FIRM_COLUMNS, "firms")]


def side_by_side(net: Network, found: Found) -> Result:
    """Return results side by side: runs by what they lose, ensembles against the first of them."""
    ensembles = {name: one for name, one in found.results.items() if isinstance(one, EnsembleResult)}
    runs = {name: one for name, one in found.results.items() if isinstance(one, SimulationResult)}
    table: Result = ensembles_side_by_side(net, ensembles) if ensembles else compare(runs)
    title = f"Comparison of {len(runs)} {'run' if len(runs) == 1 else 'runs'}" if runs else table.title
    left_out = (f"{line[:-1] if line.endswith('.') else line}." for line in found.left_out)
    return replace(table, title=title, notes=(*table.notes, *left_out))


def _several_text(net: Network, found: Found, form: str) -> str:
    table = side_by_side(net, found)
    if form == "csv":
        return csv_text(table.table)
    if form == "json":
        return json_text(table, {})
    labels = _labels(table)
    shown = _with_short_fractions(replace(table, notes=tuple(counted(table.notes))))
    lines = [*section_lines(shown, None, shown_columns(table, labels)), *wider_lines(table, labels)]
    return "\n".join([*lines, "", *parameter_lines(table)])


def _with_short_fractions(table: Result) -> Result:
    """Return a comparison whose per cent are explained by a note, as headings have no room for that."""
    long = "fraction of undisturbed production"
    units = {name: "fraction" if unit == long else unit for name, unit in table.units.items()}
    return replace(table, units=units, notes=(*table.notes, "Per cent (%) are of undisturbed production."))


def _labels(table: Result) -> dict[str, str]:
    """Return the labels of a comparison, which say how many runs the worst are."""
    tail = table.parameters.get("tail")
    if tail is None:
        return COMPARED_COLUMNS
    return {**COMPARED_COLUMNS, "tail_loss": f"loss of the worst {round((1 - tail) * 100, 6):g}% of runs"}

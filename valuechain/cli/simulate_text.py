"""What the command simulate shows: how deep, how long, who is hit, and how likely it is."""

from __future__ import annotations

from dataclasses import replace

from valuechain.analysis.compare_runs import compare
from valuechain.analysis.resilience import resilience
from valuechain.cli.ensemble_text import ensemble_text, ensembles_side_by_side
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.names import named
from valuechain.cli.output import (
    cell,
    csv_text,
    heading_lines,
    parameter_lines,
    section_lines,
    shown_unit,
    wrapped,
)
from valuechain.cli.result_parts import json_text, shown_columns
from valuechain.cli.simulate_runs import Results
from valuechain.models.ensemble import EnsembleResult
from valuechain.models.simulate import SimulationResult
from valuechain.network import Network
from valuechain.results import Result

FIRM_COLUMNS = {
    "firm": "firm",
    "name": "name",
    "lost_value": "lost",
    "loss": "lost part",
    "depth": "worst day loses",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
    "bound_by": "lacks",
    "bound_days": "days it lacks it",
}
"""Columns of firms that a screen has room for."""

GROUP_COLUMNS = {
    "by": "by",
    "group": "group",
    "name": "name",
    "firms": "firms",
    "lost_value": "lost",
    "loss": "lost part",
    "depth": "worst day loses",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
}
COMPARED_COLUMNS = {
    "scenario": "scenario",
    "model": "model",
    "days": "days",
    "total_loss": "lost",
    "lost_value": "lost value",
    "depth": "worst day loses",
    "bottom_day": "worst day",
    "time_to_recover": "days to recover",
    "triangle": "full days lost",
    "not_returned": "firms not back",
    "mean_loss": "mean loss",
    "tail_loss": "loss of the worst runs",
    "expected_value": "expected value",
    "more_than_first": "more than the first",
    "low": "low",
    "high": "high",
}


def results_text(net: Network, results: Results, *, form: str, top: int, by: str | None) -> str:
    """Return one result, or several side by side, in a format."""
    if len(results) > 1:
        return _several_text(net, results, form)
    one = next(iter(results.values()))
    if isinstance(one, EnsembleResult):
        return ensemble_text(net, one, form, top, by)
    return _run_text(net, one, form, top, by)


def _run_text(net: Network, run: SimulationResult, form: str, top: int, by: str | None) -> str:
    if form == "csv":
        return csv_text(run.table)
    parts: dict[str, Result] = {}
    if run.firms is not None:
        read = resilience(net, run, by=by)
        parts = {"resilience": read, "firms": named(read.firms, net, form)}
        if by is not None:
            parts["groups"] = named(read.groups, net, form)
    if form == "json":
        return json_text(run, parts)
    lines = [*heading_lines(run.title), *wrapped(run.notes[:1]), "", *curve_lines(run.table["loss"].tolist())]
    if "resilience" in parts:
        lines += ["", *measure_lines(parts["resilience"]), "", *_firm_lines(parts["firms"], top)]
    if "groups" in parts:
        lines += ["", *section_lines(parts["groups"], top, shown_columns(parts["groups"], GROUP_COLUMNS))]
    lines += ["", *wrapped(run.notes[1:])]
    return "\n".join([*lines, "", *parameter_lines(run)])


def measure_lines(read: Result) -> list[str]:
    """Return the measures of a run, each with its unit and meaning."""
    lines = []
    for measure, value, unit, meaning in read.table.itertuples(index=False, name=None):
        number = cell(value, unit)
        words = "not known" if number == "-" else f"{number}{_after(unit)}"
        lines.append((str(measure), words, str(meaning)))
    first, second = (max(len(line[k]) for line in lines) for k in (0, 1))
    return [f"{name:<{first}}  {words:>{second}}  {meaning}" for name, words, meaning in lines]


def _after(unit: str) -> str:
    """Return a unit as it stands after a number: parts are per cent, and days are told by the name of the measure."""
    shown = shown_unit(unit)
    if shown.startswith("%"):
        return " %"
    return f" {shown}" if shown else ""


def _firm_lines(firms: Result, top: int) -> list[str]:
    """Return the firms that lose anything, the largest loss first."""
    hurt = replace(firms, table=firms.table[firms.table["lost_value"] > 0])
    return section_lines(hurt, top, shown_columns(hurt, FIRM_COLUMNS))


def _several_text(net: Network, results: Results, form: str) -> str:
    """Return results side by side: runs by what they lose, ensembles against the first of them."""
    ensembles = {name: one for name, one in results.items() if isinstance(one, EnsembleResult)}
    runs = {name: one for name, one in results.items() if isinstance(one, SimulationResult)}
    table = ensembles_side_by_side(net, ensembles) if ensembles else compare(runs)
    if form == "csv":
        return csv_text(table.table)
    if form == "json":
        return json_text(table, {})
    return "\n".join([*section_lines(table, None, shown_columns(table, COMPARED_COLUMNS)), "", *parameter_lines(table)])

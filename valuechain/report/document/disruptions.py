"""The section on simulated disruptions: what each costs, day by day, how likely, and who loses most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuechain.models.simulate import SimulationResult
from valuechain.report.document.blocks import Block, Figure, Figures, Heading, Section, Table, Text
from valuechain.report.document.charts import exceedance_curve, loss_over_time
from valuechain.report.document.hit import hit_clusters, hit_firms
from valuechain.report.document.parts import Ensemble, Run
from valuechain.report.document.remarks import notes_of
from valuechain.report.document.tables import plain_table
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean, short


def disruptions_section(telling: Telling, runs: Sequence[Run]) -> Section | None:
    """Return what the runs say, each with its charts and tables; None without any run."""
    if not runs:
        return None
    blocks: list[Block] = [Text(sentences=(telling.say("runs_intro"),))]
    if len(runs) > 1:
        blocks.append(_side_by_side(telling, runs))
    for k, run in enumerate(runs, 1):
        blocks += [Heading(text=run_name(telling, run)), *_blocks_of(telling, run, f"run{k}")]
    return Section(key="disruptions", title=telling.say("runs"), blocks=blocks)


def run_name(telling: Telling, run: Run) -> str:
    """Return the name of a run: its scenario, the model, and how many runs."""
    scenario = short(clean(run.parameters.get("scenario") or run.title), 90)
    model = clean(run.parameters.get("model", "")).partition(" (")[0]
    said = [telling.words["models"].get(model) or short(model, 40)] if model else []
    if not isinstance(run, SimulationResult):
        said.append(telling.say("runs_count", int(run.parameters.get("runs", 0))))
    return f"{scenario} ({', '.join(said)})" if said else scenario


def worst_day(run: Run) -> tuple[int, float]:
    """Return the day with the largest loss (on average), and that loss."""
    loss = run.table["loss" if "loss" in run.table else "mean"].to_numpy(dtype=np.float64)
    at = int(np.argmax(loss.round(9)))
    return int(run.table["day"].iloc[at]), float(loss[at])


def lost(run: Run) -> tuple[float, float]:
    """Return the lost share of production over all days, and its value: of a run, or on average."""
    if isinstance(run, SimulationResult):
        return run.total_loss, run.lost_value
    return run.mean_loss, run.expected_value


def tail_share(telling: Telling, run: Ensemble) -> str:
    """Return the part of the runs that is the tail."""
    return telling.share(1.0 - float(run.parameters.get("tail", 0.95)))


def _side_by_side(telling: Telling, runs: Sequence[Run]) -> Table:
    headings = [
        (telling.say("column_scenario"), "text"),
        (telling.say("column_loss"), "number"),
        (telling.say("column_value_unit", unit=clean(telling.network.currency)), "number"),
        (telling.say("column_tail"), "number"),
        (telling.say("column_worst_day"), "number"),
    ]
    rows = []
    for run in runs:
        share, value = lost(run)
        day, depth = worst_day(run)
        tail = "" if isinstance(run, SimulationResult) else telling.share(run.tail_loss)
        worst = telling.say("worst_day", day=telling.number(day), share=telling.share(depth))
        rows.append([run_name(telling, run), telling.share(share), telling.number(value), tail, worst])
    return plain_table(telling.say("compare_title"), headings, rows)  # type: ignore[arg-type]


def _blocks_of(telling: Telling, run: Run, key: str) -> list[Block]:
    name = run_name(telling, run)
    blocks: list[Block] = [_figures(telling, run), loss_over_time(telling, run.table, key=f"{key}-days", name=name)]
    if not isinstance(run, SimulationResult) and run.exceedance is not None and len(run.exceedance.table):
        currency = telling.network.currency
        table = run.exceedance.table
        blocks.append(exceedance_curve(telling, table, key=f"{key}-curve", name=name, currency=currency))
    blocks += [table for table in (hit_firms(telling, run), hit_clusters(telling, run)) if table is not None]
    blocks.append(notes_of(telling, run))
    return blocks


def _figures(telling: Telling, run: Run) -> Figures:
    share, value = lost(run)
    day, depth = worst_day(run)
    days = telling.say("in_days", len(run.table))
    figures = [Figure(label=telling.say("figure_lost", days=days), value=telling.share(share))]
    if not isinstance(run, SimulationResult):
        figures = [Figure(label=telling.say("figure_mean", days=days), value=telling.share(share))]
        label = telling.say("figure_tail", share=tail_share(telling, run))
        figures.append(Figure(label=label, value=telling.share(run.tail_loss)))
    worth, unit = telling.worth(value, telling.network.currency)
    figures.append(Figure(label=telling.say("figure_value"), value=worth, unit=unit))
    label = telling.say("figure_worst", day=telling.number(day))
    figures.append(Figure(label=label, value=telling.share(depth)))
    return Figures(figures=tuple(figures))

"""What an ensemble answers, put together from the rows of its runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valuechain.models.cascade_groups import FirmGroups, lack_words
from valuechain.models.ensemble_draws import correlation_of
from valuechain.models.ensemble_measures import (
    CONFIDENCE,
    half_width,
    influence,
    standard_error,
    tail_mean,
    tail_runs,
)
from valuechain.models.ensemble_tables import (
    day_table,
    draws_table,
    exceedance_table,
    firm_table,
    group_table,
    runs_table,
    share_of,
)
from valuechain.models.ensemble_work import EnsembleWork
from valuechain.models.over_time import Model
from valuechain.network import Floats, Network
from valuechain.results import Result, figure, number_text, percent_text
from valuechain.runs.rows import Array
from valuechain.scenario import Scenario

__all__ = ["EnsembleInputs", "EnsembleResult", "result_of"]

Rows = Mapping[str, Array]

FEW = 20
"""Runs in the tail below which its mean is said to be rough."""

FRACTION = "fraction of undisturbed production"
OWN_FRACTION = "fraction of its own undisturbed production"


@dataclass(frozen=True, kw_only=True)
class EnsembleInputs:
    """All that an ensemble rests on beside the network, so that it can be repeated and compared."""

    scenario: Scenario
    model: Model
    runs: int
    seed: int
    days: int
    tail: float
    quantiles: tuple[float, ...]
    by: tuple[str, ...]
    network: Network


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EnsembleResult(Result):
    """Loss of the network over many random runs.

    ``mean_loss`` is the fraction of all production over the days that is lost, on average over the runs; ``tail_loss``
    that of the worst runs (the conditional value at risk), ``mean_error`` and ``tail_error`` their standard errors,
    ``expected_value`` the mean lost value (currency).

    ``runs`` has one row a run, ``exceedance`` how likely which loss is, ``firms`` and ``groups`` expected and tail loss
    of each (``firms`` is None where not kept), ``draws`` what each run drew for each shock.
    """

    mean_loss: float = figure("lost on average", "fraction of production over all days")
    mean_error: float = figure("standard error of it", "fraction")
    tail_loss: float = figure("lost in the worst runs", "fraction of production over all days")
    tail_error: float = figure("standard error of it", "fraction")
    expected_value: float = figure("value lost on average")
    runs: Result
    exceedance: Result
    firms: Result | None
    groups: Result
    draws: Result
    inputs: EnsembleInputs = field(metadata={"source": True})


def result_of(work: EnsembleWork, rows: Rows, inputs: EnsembleInputs) -> EnsembleResult:
    """Return the answer from the rows of all runs, in order of run."""
    made = float(work.usual.sum())
    loss = share_of(rows["lost"], made)
    parameters = {
        **work.dynamics.parameters,
        "scenario": inputs.scenario.name,
        "runs": inputs.runs,
        "seed": inputs.seed,
        "days": inputs.days,
        "tail": inputs.tail,
        "correlation": correlation_of(inputs.scenario),
    }
    table = day_table(rows["loss"], inputs.quantiles)
    title = f"{inputs.scenario.name}, {inputs.runs:,} runs"
    of = (work, rows, inputs, title, parameters)
    return EnsembleResult(
        table=table,
        title=f"Ensemble: {title}",
        units=dict.fromkeys([c for c in table.columns if c != "day"], FRACTION),
        parameters=parameters,
        notes=(*_meaning(loss, inputs, made), *work.draws.notes, *_run_notes(rows), *work.dynamics.notes),
        mean_loss=float(loss.mean()),
        mean_error=standard_error(loss),
        tail_loss=float(tail_mean(loss, inputs.tail)),
        tail_error=standard_error(influence(loss, inputs.tail)),
        expected_value=float(rows["lost"].mean()),
        **_of_network(*of),
        **_of_parts(*of),
        inputs=inputs,
    )


def _of_network(
    work: EnsembleWork, rows: Rows, inputs: EnsembleInputs, title: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the results for the whole network: by run, by size of loss, and what was drawn."""
    made = float(work.usual.sum())
    units = {"loss": FRACTION, "lost_value": inputs.network.currency, "bottom_loss": FRACTION}
    return {
        "runs": Result(
            table=runs_table(rows, made),
            title=f"Runs: {title}",
            units=units,
            parameters=parameters,
            notes=(
                "loss: fraction of all production over the days that is lost; bottom_day: day of the largest loss; "
                "back_day: first day from which the loss stays at or below 0.1% (none: not within the days); shocks: "
                "how many happened.",
            ),
        ),
        "exceedance": Result(
            table=exceedance_table(share_of(rows["lost"], made), made),
            title=f"How likely which loss is: {title}",
            units={name: units[name] for name in ("loss", "lost_value")},
            parameters=parameters,
            notes=(
                "probability: part of the runs that lose at least so much; low, high: "
                f"{CONFIDENCE:.0%} interval for it, as the runs are a sample.",
            ),
        ),
        "draws": Result(
            table=draws_table(rows),
            title=f"What was drawn: {title}",
            parameters=parameters,
            notes=(
                "loss: mean drawn loss of the firms or links that are hit; no loss, start or days where the shock did "
                "not happen, no days where its loss does not end.",
            ),
        ),
    }


def _of_parts(
    work: EnsembleWork, rows: Rows, inputs: EnsembleInputs, title: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the results by firm and by group of firms."""
    units = dict.fromkeys(("expected_loss", "tail_loss"), OWN_FRACTION)
    units |= dict.fromkeys(("expected_value", "tail_value", "worst_runs_value"), inputs.network.currency)
    worst = f"worst {_part(inputs.tail)}%"
    words = (
        f"expected: mean over the runs; tail: mean over its own {worst} of the runs; worst_runs_value: mean over the "
        f"{worst} of runs of the whole network, of which it is the part. Below 0: it makes more than usual.",
    )
    firms = groups = None
    if work.keep_firms:
        table = firm_table(inputs.network, rows, work.usual, inputs.tail)
        firms = Result(
            table=table, title=f"Loss of each firm: {title}", units=units, parameters=parameters, notes=words
        )
    groups = Result(
        table=group_table(work.groups, rows, work.usual, inputs.tail),
        title=f"Loss of each group: {title}",
        units={"firms": "firms", **units},
        parameters=parameters,
        notes=(*words, *_group_notes(work.groups)),
    )
    return {"firms": firms, "groups": groups}


def _group_notes(groups: Sequence[FirmGroups]) -> list[str]:
    notes = []
    for found in groups:
        if found.rest >= 0:
            count, row = int(found.firms[found.rest]), found.labels[found.rest]
            notes.append(f"Firms {lack_words(found)}: {count:,}, the row {row}.")
        if found.several:
            notes.append(f"Firms in several clusters: {found.several:,}; they count wholly in each.")
    return notes


def _meaning(loss: Floats, inputs: EnsembleInputs, made: float) -> list[str]:
    """Return what was found, how sure it is, and what a reader must know."""
    if not any(s.is_random for s in inputs.scenario.shocks):
        words = f"Nothing in the scenario is random, so all {inputs.runs:,} runs are alike"
        return [f"{words}: {percent_text(float(loss[0]))}% of production in {_days(inputs.days)} is lost."]
    mean = float(loss.mean())
    if len(loss) == 1:
        words = f"{percent_text(mean)}% of production in {_days(inputs.days)} is lost, {number_text(mean * made)}"
        return [f"In the one run {words} {inputs.network.currency}; ask for more runs to see how likely that is."]
    worst = _sure(float(tail_mean(loss, inputs.tail)), influence(loss, inputs.tail))
    notes = [
        f"On average {_sure(mean, loss)} of production in {_days(inputs.days)} is lost, {number_text(mean * made)} "
        f"{inputs.network.currency}; in the worst {_part(inputs.tail)}% of {len(loss):,} runs {worst} (+-: "
        f"{CONFIDENCE:.0%} interval of the estimate)."
    ]
    k = tail_runs(len(loss), inputs.tail)
    if k < FEW:
        notes.append(f"The tail rests on {k:g} runs, so its loss and interval are rough; ask for more runs.")
    return notes


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def _part(tail: float) -> str:
    """Return the part of the runs that is the tail, in per cent."""
    return number_text(round((1 - tail) * 100, 6))


def _sure(estimate: float, values: Floats) -> str:
    """Return an estimate in per cent with the interval that the spread of values gives it."""
    half = half_width(values)
    if not math.isfinite(half):
        return f"{percent_text(estimate)}%"
    # As many digits as give the interval two.
    digits = 1 if half <= 0 else min(max(0, 1 - math.floor(math.log10(half * 100))), 9)
    return f"{estimate * 100:.{digits}f}% +- {half * 100:.{digits}f}%"


def _run_notes(rows: Rows) -> list[str]:
    """Return what is to be said of single runs, as one sentence with an example."""
    said = np.flatnonzero(rows["note"] != "")
    if not said.size:
        return []
    runs, first = rows["note"], said[0]
    return [f"In {len(said):,} of {len(runs):,} runs, as in run {first}: {runs[first]}"]

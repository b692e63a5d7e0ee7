"""Runs side by side: which scenario costs most, goes deepest and lasts longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from valuechain.analysis.resilience import network_curves
from valuechain.analysis.resilience_curves import TOLERANCE, checked_tolerance
from valuechain.errors import ParameterError
from valuechain.models.over_time import MODELS
from valuechain.models.simulate import SimulationResult
from valuechain.results import Result, percent_text, rank_key

__all__ = ["RunComparison", "compare"]

_FRACTION = "fraction of undisturbed production"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunComparison(Result):
    """Runs side by side, the one that loses most first; ``runs`` says how many."""

    runs: int


def compare(
    runs: Iterable[SimulationResult] | Mapping[str, SimulationResult],
    *,
    tolerance: float = TOLERANCE,
    variants: bool = False,
) -> RunComparison:
    """Return runs side by side: what each loses, how deep it goes and how long it lasts.

    Parameters
    ----------
    runs
        What :func:`valuechain.simulate` or :func:`valuechain.read_run` returned: a list, or ``{name: run}``.
    tolerance
        Fraction of undisturbed production that may be missing where the network counts as recovered.
    variants
        True: the runs may be of different networks that are variants of one, such as before and after a new link.

    Returns
    -------
    RunComparison
        Table ``scenario, network, model, days, total_loss, lost_value, first_day, bottom_day, depth, time_to_bottom,
        time_to_recover, triangle, not_returned``, largest lost value first. What is not known is missing: the time to
        recover of a run that does not, firms that have not returned while a shock lasts.

    Raises
    ------
    ParameterError
        When there is no run, or runs are of different networks or currencies.

    References
    ----------
    Bruneau et al. (2003), Earthquake Spectra 19(4):733, Eq. 1 (``triangle``).

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> runs = {f"{loss:.0%}": vc.simulate(net, {"sector_1": loss}, days=30) for loss in (0.2, 0.5)}
    >>> vc.compare(runs).table["scenario"].tolist()
    ['50%', '20%']
    """
    tolerance = checked_tolerance(tolerance)
    named = _named(runs)
    _check_networks([run for _, run in named], variants=variants)
    networks = _network_names([run for _, run in named])
    rows = [_row(name, run, tolerance, networks) for name, run in named]
    table = pd.DataFrame(rows).astype({"scenario": "str", "network": "str", "model": "str"})
    order = np.lexsort((table["model"], table["scenario"], -rank_key(table["lost_value"])))
    first = named[0][1]
    return RunComparison(
        table=table.iloc[order].reset_index(drop=True),
        title=f"Comparison of {len(named)} runs",
        units={
            "days": "days",
            "total_loss": _FRACTION,
            "lost_value": _currency(first),
            "first_day": "day",
            "bottom_day": "day",
            "depth": _FRACTION,
            "time_to_bottom": "days",
            "time_to_recover": "days",
            "triangle": "days",
            "not_returned": "firms",
        },
        parameters={"runs": len(named), "recovery_tolerance": tolerance, "variants": variants},
        notes=tuple(_notes(named, table, tolerance)),
        runs=len(named),
    )


def _named(runs: object) -> list[tuple[str, SimulationResult]]:
    """Return runs with a name each: as given, else that of the scenario, numbered where several have the same."""
    given: list[tuple[Any, Any]]
    if isinstance(runs, Mapping):
        given = [(str(name), run) for name, run in runs.items()]
    elif isinstance(runs, Iterable) and not isinstance(runs, str | bytes):
        given = [(None, run) for run in runs]
    else:
        raise ParameterError(f"runs {type(runs).__name__} is no list of runs; write compare([one, other])")
    if not given:
        raise ParameterError("there is no run to compare; give a list of what valuechain.simulate returned")
    wrong = [k for k, (_, run) in enumerate(given, start=1) if not isinstance(run, SimulationResult)]
    if wrong:
        kinds = ", ".join(f"{k} ({type(given[k - 1][1]).__name__})" for k in wrong)
        raise ParameterError(f"runs {kinds} are none; give what valuechain.simulate or read_run returned")
    names = [(run.inputs.scenario.name if name is None else name, run) for name, run in given]
    same = Counter((name, _model(run)) for name, run in names)
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for name, run in names:
        key = (name, _model(run))
        seen[key] += 1
        result.append((f"{name} ({seen[key]})" if same[key] > 1 else name, run))
    return result


def _model(run: SimulationResult) -> str:
    return next((name for name, kind in MODELS.items() if isinstance(run.inputs.model, kind)), "model")


def _currency(run: SimulationResult) -> str:
    return run.units["production"].removesuffix(" per day")


def _check_networks(runs: list[SimulationResult], *, variants: bool) -> None:
    """Refuse runs that cannot stand in one table."""
    currencies = sorted({_currency(run) for run in runs})
    if len(currencies) > 1:
        raise ParameterError(f"runs are in {' and '.join(currencies)}; compare runs in one currency")
    networks = {str(run.parameters.get("fingerprint")): str(run.parameters.get("network")) for run in runs}
    if len(networks) > 1 and not variants:
        names = ", ".join(f"'{name}' ({mark[:8]})" for mark, name in networks.items())
        raise ParameterError(
            f"runs are of different networks: {names}; compare runs of one network, or say variants=True where these "
            "are variants of one"
        )


def _network_names(runs: list[SimulationResult]) -> dict[str, str]:
    """Return the name of each network by fingerprint; of several with one name, with the fingerprint's beginning."""
    names = {str(run.parameters.get("fingerprint")): str(run.parameters.get("network")) for run in runs}
    same = Counter(names.values())
    return {mark: f"{name} ({mark[:8]})" if same[name] > 1 else name for mark, name in names.items()}


def _row(name: str, run: SimulationResult, tolerance: float, networks: Mapping[str, str]) -> dict[str, Any]:
    of = network_curves(run, tolerance)
    return {
        "scenario": name,
        "network": networks[str(run.parameters.get("fingerprint"))],
        "model": _model(run),
        "days": len(run.table),
        "total_loss": run.total_loss,
        "lost_value": run.lost_value,
        "first_day": float(of.first_day[0]),
        "bottom_day": float(of.bottom_day[0]),
        "depth": float(of.depth[0]),
        "time_to_bottom": float(of.time_to_bottom[0]),
        "time_to_recover": float(of.time_to_recover[0]),
        "triangle": float(of.triangle[0]),
        "not_returned": np.nan if run.not_returned is None else float(run.not_returned),
    }


def _notes(named: list[tuple[str, SimulationResult]], table: pd.DataFrame, tolerance: float) -> list[str]:
    notes = [
        f"Recovered: no more than {percent_text(tolerance)}% of undisturbed production is missing, until the last day. "
        "A time to recover that is not known is missing."
    ]
    days = sorted({len(run.table) for _, run in named})
    if len(days) > 1:
        words = f"{', '.join(f'{d:,}' for d in days[:-1])} and {days[-1]:,}"
        notes.append(f"Runs last {words} days: shares and values are those of each run's own days.")
    marks = {str(run.parameters.get("fingerprint")) for _, run in named}
    if len(marks) > 1:
        notes.append(f"Runs are of {len(marks)} variants of a network: differences are not of the scenario alone.")
    notes += _option_notes([run for _, run in named])
    unfinished = int(table["not_returned"].isna().sum())
    if unfinished:
        notes.append(f"In {unfinished:,} runs a shock still lasts on the last day: who does not return is not known.")
    return notes


def _option_notes(runs: list[SimulationResult]) -> list[str]:
    """Return in which parameters runs of one model differ: such differences are not of the scenario."""
    notes = []
    for name, kind in MODELS.items():
        models = [run.inputs.model for run in runs if isinstance(run.inputs.model, kind)]
        values = {f.name: list(dict.fromkeys(str(getattr(m, f.name)) for m in models)) for f in fields(kind)}
        words = [f"{option} ({', '.join(found)})" for option, found in values.items() if len(found) > 1]
        if words:
            notes.append(f"Runs of the model {name} differ in {', '.join(words)}.")
    return notes

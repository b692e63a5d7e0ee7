"""Centrality: who stands where in the network, by measures that are known from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from valuechain.analysis import centrality_paths as paths
from valuechain.analysis.centrality_links import trade_of
from valuechain.analysis.centrality_measures import MEASURES, checked_measures
from valuechain.analysis.centrality_work import Column, Work, kept_words
from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.results import Result

PATHS = ("betweenness", "betweenness_unweighted", "closeness", "closeness_unweighted")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Centrality(Result):
    """Measures of centrality by firm; ``measures`` says of each its unit, meaning, method and error.

    ``undefined`` has the reason, by measure, of what is not defined for some firm or for all.
    """

    measures: Result
    undefined: Mapping[str, str] = field(metadata={"source": True})


def centrality(
    network: Network,
    *,
    measures: Iterable[str] | str | None = None,
    damping: float = 0.85,
    attenuation: float = 0.5,
    labour_share: float = 0.5,
    samples: int | None = None,
    seed: int = 0,
) -> Centrality:
    """Return measures of centrality of every firm.

    They tell who is large, near or in between. They do not tell who stops whom, since they know neither that a buyer
    needs all of its essential inputs nor that any supplier of each will do: :func:`valuechain.single_points_of_failure`
    does.

    Parameters
    ----------
    network
        The value chain. Links between the same two firms are added up, links without flow are left out. What a firm
        supplies to itself counts in strengths, multipliers, influence, upstreamness and downstreamness only.
    measures
        Names out of ``in_strength, out_strength, pagerank_downstream, pagerank_upstream, katz_downstream,
        katz_upstream, output_multiplier, input_multiplier, influence, upstreamness, downstreamness, betweenness,
        betweenness_unweighted, closeness, closeness_unweighted, eigenvector, hub, authority, core, articulation,
        dominated, participation, nexus``; "all"; None: ten of them.
    damping
        PageRank: probability of going on at each step, above 0 and below 1.
    attenuation
        Katz: weight of a chain one link longer, as a part of the largest for which sums over chains end.
    labour_share
        Influence: share of costs that is not inputs of others, the same for all firms.
    samples
        Number of firms whose shortest paths are followed. None: all where this takes some seconds, else as many as do.
    seed
        Of the draw of these firms.

    Returns
    -------
    Centrality
        Table ``firm`` and one column a measure, in the order asked for, the largest of the first measure first. Where
        paths are sampled, columns ``..._error`` at the end have half the width of the 95 % interval of each firm. What
        is not defined is nan: never zero. ``measures``: table ``measure, unit, meaning, method, error, confidence``;
        ``error`` is 0 for exact measures, else the largest of a firm.

    Raises
    ------
    UnknownNameError
        When there is no such measure.
    ParameterError
        When a parameter is outside its range.
    InvalidDataError
        When no link has a flow above zero.

    References
    ----------
    In docs/methods/centrality.md, with the formula of each measure.

    Examples
    --------
    >>> import valuechain as vc
    >>> found = vc.centrality(vc.example("textbook"), measures=["out_strength", "core"])
    >>> found.table.columns.tolist(), found.measures.table["unit"].tolist()
    (['firm', 'out_strength', 'core'], ['USD per year', 'partners'])
    """
    names = checked_measures(measures)
    for what, value in {"damping": damping, "attenuation": attenuation, "labour_share": labour_share}.items():
        checked_inside(what, value)
    trade = trade_of(network)
    work = Work(trade, damping=damping, attenuation=attenuation, labour_share=labour_share)
    if any(name in (*PATHS, "nexus") for name in names):
        work.sample = paths.sample_of(trade, samples, checked_seed(seed))
    columns = {name: work.column(name) for name in names}
    errors = {f"{name}_error": e.error for name, e in work.estimates.items() if name in names and e.error is not None}
    table = _ordered(network, columns, errors)
    about = _about(network, names, columns, work)
    units = dict(zip(about.table["measure"], about.table["unit"], strict=True))
    drawn = {} if work.sample is None else {"samples": len(work.sample), "seed": seed}
    return Centrality(
        table=table,
        title="Centrality",
        units=units | {name: units[name.removesuffix("_error")] for name in errors},
        parameters={**_used(work, names), **drawn, "network": network.name, "fingerprint": network.fingerprint},
        notes=_notes(network, columns, work),
        measures=about,
        undefined={name: work.why[name] for name in columns if name in work.why},
    )


def checked_inside(what: str, value: float) -> None:
    """Refuse what is no number above 0 and below 1."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 < value < 1:
        raise ParameterError(f"{what} is {value!r}; give a number above 0 and below 1")


def checked_seed(seed: int) -> int:
    """Return the seed of a draw, checked."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed is {seed!r}; give a whole number of 0 or more")
    return int(seed)


def by_value(network: Network, values: Column) -> Index:
    """Return the positions of the firms, the largest value first, what is not known last, equal ones by id.

    Values count to ten digits: what differs further on may be rounding.
    """
    places = np.empty(network.n_firms, dtype=np.int64)
    places[np.argsort(network.firm_ids.astype(str), kind="stable")] = np.arange(network.n_firms)
    numbers = np.asarray(values, dtype=np.float64)
    known = np.where(np.isnan(numbers), -np.inf, numbers)
    size = 10.0 ** (9 - np.floor(np.log10(np.maximum(np.abs(np.nan_to_num(numbers)), 1e-290))))
    return np.lexsort((places, -np.where(np.isfinite(known), np.round(np.nan_to_num(numbers) * size) / size, known)))


def _ordered(network: Network, columns: Mapping[str, Column], errors: Mapping[str, Floats | None]) -> pd.DataFrame:
    order = by_value(network, next(iter(columns.values())))
    firm = pd.Series(network.firm_ids[order], dtype="str")
    return pd.DataFrame({"firm": firm, **{name: np.asarray(v)[order] for name, v in {**columns, **errors}.items()}})


def _about(network: Network, names: list[str], columns: Mapping[str, Column], work: Work) -> Result:
    rows = []
    for name in names:
        measure, estimate = MEASURES[name], work.estimates.get("betweenness" if name == "nexus" else name)
        sampled = estimate is not None and estimate.error is not None
        method = measure.method + (f"; {estimate.words}" if estimate is not None else "")
        # A mean of ranks has no interval of its own; where nothing is defined nothing is in error.
        known = not np.isnan(np.asarray(columns[name], dtype=np.float64)).all()
        error = 0.0 if known else np.nan
        if sampled and estimate is not None and estimate.error is not None:
            error = float(np.nanmax(estimate.error, initial=0.0)) if name != "nexus" and known else np.nan
        unit = measure.unit.format(currency=network.currency, flow=network.flow_unit)
        confidence = paths.CONFIDENCE if sampled and name != "nexus" else np.nan
        rows.append((name, unit, measure.meaning, method, error, confidence))
    kinds = ("measure", "unit", "meaning", "method", "error", "confidence")
    table = pd.DataFrame(rows, columns=list(kinds)).astype(dict.fromkeys(kinds[:4], "str"))
    return Result(
        table=table,
        title="What each measure means here",
        parameters={"network": network.name, "fingerprint": network.fingerprint},
    )


def _used(work: Work, names: list[str]) -> dict[str, Any]:
    used: dict[str, Any] = {"measures": ", ".join(names)}
    if any(name.startswith("pagerank") for name in names):
        used["damping"] = work.damping
    if any(name.startswith("katz") for name in names):
        used |= {"attenuation": work.attenuation, "weight of a further link": float(f"{work.katz_factor:.6g}")}
    if "influence" in names:
        used["labour_share"] = work.labour_share
    return used


def _notes(network: Network, columns: Mapping[str, Column], work: Work) -> tuple[str, ...]:
    first = next(iter(columns))
    notes = [
        f"Firms by {first}. {MEASURES[first].meaning}",
        "Centrality says who is large, near or in between; what stops when a firm fails is another question (single "
        "points of failure).",
    ]
    by_reason: dict[str, list[str]] = {}
    for name in columns:
        if name in work.why:
            by_reason.setdefault(work.why[name], []).append(name)
    notes += [f"Not defined, and left empty ({', '.join(names)}): {why}." for why, names in by_reason.items()]
    notes += _sampling_notes(columns, work)
    if {"upstreamness", "input_multiplier"} <= columns.keys():
        notes.append("upstreamness and input_multiplier are one number read in two ways.")
    if {"downstreamness", "output_multiplier"} <= columns.keys():
        notes.append("downstreamness and output_multiplier are one number read in two ways.")
    if {"upstreamness", "downstreamness", "input_multiplier", "output_multiplier"} & columns.keys():
        notes += work.inputs.notes
    left = kept_words(network)
    return (*notes, left) if left else tuple(notes)


def _sampling_notes(columns: Mapping[str, Column], work: Work) -> list[str]:
    notes = []
    for name, estimate in work.estimates.items():
        if estimate.error is None or name not in (*columns, "betweenness"):
            continue
        most = float(np.nanmax(estimate.error, initial=0.0))
        notes.append(
            f"{name} rests on the paths of {estimate.sampled:,} of {estimate.firms:,} firms, drawn at random: at 95 % "
            f"a firm's value is off by no more than its {name}_error, which is {most:.3g} at most."
        )
    return notes

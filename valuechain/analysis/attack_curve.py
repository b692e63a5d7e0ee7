"""Attack curves: how much output still works as firms fail one after another, by a ranking or at random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.attack_words import sentences
from valuechain.analysis.centrality import Centrality, by_value, centrality, checked_seed
from valuechain.analysis.centrality_links import trade_of
from valuechain.analysis.centrality_measures import MEASURES
from valuechain.analysis.needs import checked_share, measures_of, needs_of
from valuechain.analysis.stops import Semantics, checked_semantics, stopped
from valuechain.errors import Fault, InvalidDataError, ParameterError, UnknownNameError, shown, suggestion
from valuechain.essential import essentiality
from valuechain.kernels.needs import Ints, Needs, nothing_fallen
from valuechain.kernels.needs_in_order import left_by_propagation, left_from_scratch
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key

STOPS, IN_TURN, RANDOM = "stops", "stops_in_turn", "random"

DEFAULT = (IN_TURN, STOPS, "katz_downstream", "pagerank_downstream", "out_strength", "betweenness", RANDOM)

FIRST = 10
"""First failures that are always in the table: weak points are found at the beginning."""

Rankings = Mapping[str, Iterable[str] | None] | Iterable[str] | str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AttackCurves(Result):
    """Output that still works as firms fail; ``best`` is the ranking that leaves least, ``areas`` has one row each."""

    best: str
    areas: Result


def attack_curve(  # noqa: PLR0913 - what fails, when a firm works, what is drawn
    network: Network,
    *,
    rankings: Rankings | None = None,
    steps: int | Iterable[float] = 50,
    semantics: Semantics = "propagation",
    min_share: float = 0.0,
    skip_stopped: bool = False,
    draws: int = 20,
    samples: int | None = None,
    seed: int = 0,
) -> AttackCurves:
    """Return which share of output still works as firms fail one after another, in the order of rankings or at random.

    A firm works when it has not failed and every essential slot has a working supplier, as in
    :func:`valuechain.single_points_of_failure`. The less is left, the better the ranking finds real weak points.

    Parameters
    ----------
    network
        The value chain.
    rankings
        Names: measures of :func:`valuechain.centrality` (the largest fail first, firms without a value last), "stops"
        (by the output that stops when the firm fails, its own included: exact for one failure), "stops_in_turn" (the
        same, but firms that others before have stopped already come last) and "random"; or a mapping from names to ids
        of firms in the order in which they fail (None: the ranking of that name). None: seven rankings.
    steps
        Number of points of each curve, or the shares of firms failed, 0 to 1, at which to show it. The first ten
        failures are always among the points when a number is given; areas always use every failure.
    semantics, min_share
        When a firm works, see :func:`valuechain.single_points_of_failure`.
    skip_stopped
        Pass over firms that do not work any more when it is their turn: only firms that still work are made to fail.
    draws
        Random orders; their mean is shown, with the lowest and highest.
    samples
        For betweenness and closeness, see :func:`valuechain.centrality`.
    seed
        Of all draws.

    Returns
    -------
    AttackCurves
        Table ``ranking, failed, share_failed, working, working_low, working_high``: firms made to fail, share of all
        firms, share of the output (of the firms that work before any fails) that still works; low and high are the
        lowest and highest of the draws, nan for rankings. ``areas``: table ``ranking, area, area_low, area_high,
        half_at``, the smallest area first: the mean of ``working`` over all failures, and the share of firms failed
        when at most half of the output works, nan where it never comes to that.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    UnknownNameError
        When there is no such ranking or firm.
    ParameterError
        When a parameter is outside its range, or a ranking is empty or names a firm twice.
    InvalidDataError
        When no link has a flow, or nothing works to begin with.

    Notes
    -----
    Failures only grow, so that each is followed on top of those before: a curve costs one pass over firms and links.
    Lists shorter than the network end all curves, so that areas can be compared. After Albert, Jeong and Barabasi
    (2000), Nature 406: 378, and Schneider et al. (2011), PNAS 108: 3838 (the area), with needs in place of connections.

    Examples
    --------
    >>> import valuechain as vc
    >>> curves = vc.attack_curve(vc.example("eu_battery"), rankings=["stops", "betweenness", "random"])
    >>> curves.best, curves.table.columns[:4].tolist()
    ('stops', ['ranking', 'failed', 'share_failed', 'working'])
    """
    checked_semantics(semantics)
    share, count = checked_share(min_share), _checked_count("draws", draws)
    trade_of(network)
    needs, value = needs_of(network, share), measures_of(network).whole[:, 0]
    orders = _orders(network, rankings, semantics, share, (samples, checked_seed(seed), count))
    length = min(len(order) for found in orders.values() for order in found)
    curves = {
        name: np.array([_left(needs, order[:length], value, semantics, skip=skip_stopped) for order in found])
        for name, found in orders.items()
    }
    whole = next(iter(curves.values()))[0, 0]
    if whole <= 0:
        what = "nothing can be built from scratch" if semantics == "ground-up" else "no firm has an output"
        raise InvalidDataError(
            [Fault(file="firms", problem=what, remedy="take semantics='propagation', or give outputs")]
        )
    shares = {name: found / whole for name, found in curves.items()}
    areas = _areas(shares, network.n_firms)
    points = _points(steps, length, network.n_firms)
    table = pd.concat(
        [_rows(name, shares[name], points, network.n_firms) for name in areas["ranking"]], ignore_index=True
    )
    parameters = {
        "semantics": semantics,
        "min_share": share,
        "skip_stopped": skip_stopped,
        **({"draws": count, "seed": seed} if RANDOM in orders else {}),
        "failures": length,
        "essential": essentiality(network).rule,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }
    unit = "fraction of output"
    return AttackCurves(
        table=table,
        title="Output that still works as firms fail",
        units={
            "failed": "firms",
            "share_failed": "fraction of firms",
            **dict.fromkeys(("working", "working_low", "working_high"), unit),
        },
        parameters=parameters,
        notes=sentences(network, areas, shares, length, idle=float(1 - whole / value.sum()), skips=skip_stopped),
        best=str(areas["ranking"].iloc[0]),
        areas=Result(
            table=areas,
            title="Output that still works, over all failures",
            units={**dict.fromkeys(("area", "area_low", "area_high"), unit), "half_at": "fraction of firms"},
            parameters={"network": network.name, "fingerprint": network.fingerprint},
        ),
    )


def _checked_count(what: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ParameterError(f"{what} is {value!r}; give a whole number of 1 or more")
    return int(value)


def rankings_of(network: Network, found: Centrality) -> dict[str, list[str]]:
    """Return the ids of firms by each measure of a result, the largest value first, those without a value last."""
    at = network.positions(found.table["firm"])
    ranked = {}
    for name in found.measures.table["measure"]:
        values = np.empty(network.n_firms)
        values[at] = found.table[name]
        ranked[name] = network.firm_ids[by_value(network, values)].tolist()
    return ranked


def _orders(
    network: Network, rankings: Rankings | None, semantics: str, share: float, draw: tuple[int | None, int, int]
) -> dict[str, list[Index]]:
    """Return the orders of each ranking as positions: one, or as many as are drawn."""
    given = _given(rankings)
    samples, seed, draws = draw
    measures = [name for name, ids in given.items() if ids is None and name in MEASURES]
    known = rankings_of(network, centrality(network, measures=measures, samples=samples, seed=seed)) if measures else {}
    orders = {}
    for name, ids in given.items():
        if ids is not None or name in known:
            orders[name] = [_listed(network, name, known[name] if ids is None else ids)]
        elif name == RANDOM:
            by_id = np.argsort(network.firm_ids.astype(str), kind="stable")
            rng = np.random.default_rng(seed)
            orders[name] = [by_id[rng.permutation(network.n_firms)] for _ in range(draws)]
        else:
            orders[name] = [_by_stopped(network, semantics, share, in_turn=name == IN_TURN)]
    return orders


def _given(rankings: Rankings | None) -> dict[str, Iterable[str] | None]:
    if rankings is None:
        return dict.fromkeys(DEFAULT)
    if isinstance(rankings, str):
        rankings = [rankings]
    if not isinstance(rankings, Iterable):
        raise ParameterError(
            f"rankings is {rankings!r}; give names of rankings, or a mapping from names to ids of firms"
        )
    given = dict(rankings) if isinstance(rankings, Mapping) else dict.fromkeys(rankings)
    if not given:
        raise ParameterError(f"rankings is empty; give names such as {', '.join(DEFAULT)}")
    known = [STOPS, IN_TURN, RANDOM, *MEASURES]
    unknown = [str(name) for name, ids in given.items() if ids is None and name not in known]
    if unknown:
        lines = [
            f"ranking {shown(name)} is not known; {suggestion(name, known) or 'rankings are ' + ', '.join(known)}"
            for name in unknown
        ]
        raise UnknownNameError("\n".join(lines))
    return {str(name): ids for name, ids in given.items()}


def _listed(network: Network, name: str, ids: Iterable[str]) -> Index:
    if isinstance(ids, str):
        raise ParameterError(f"ranking {shown(name)} is one text; give a list of ids of firms")
    listed = [str(firm) for firm in ids]
    order = network.positions(listed)
    twice = pd.Series(listed, dtype="str")[pd.Series(order).duplicated().to_numpy()]
    if len(twice) or not len(order):
        what = f"names firm {shown(twice.iloc[0])} twice" if len(twice) else "is empty"
        raise ParameterError(f"ranking {shown(name)} {what}; give each firm once, the first to fail first")
    return order


def _by_stopped(network: Network, semantics: str, share: float, *, in_turn: bool) -> Index:
    measures = measures_of(network)
    found = stopped(network, measures, semantics=semantics, groups=None, min_share=share)
    order = by_value(network, (found.sums[:, 0] + measures.whole[:, 0]) * measures.unit[0])
    if not in_turn:
        return order
    _, worked = _run(needs_of(network, share), order, measures.whole[:, 0], semantics)
    return np.concatenate([order[worked], order[~worked]])


def _run(needs: Needs, order: Index, value: Ints, semantics: str) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return what is left before and after each failure, and which firms still worked when it was their turn."""
    firms, worth = order.astype(np.int32), np.ascontiguousarray(value)
    if semantics == "ground-up":
        left, worked = left_from_scratch(needs, firms, worth)
    else:
        left, worked = left_by_propagation(needs, nothing_fallen(needs), firms, worth)
    return left, worked == 1


def _left(needs: Needs, order: Index, value: Ints, semantics: str, *, skip: bool) -> Ints:
    """Return what is left before and after each failure; shape (failures + 1,)."""
    left, worked = _run(needs, order, value, semantics)
    if not skip:
        return left
    kept = left[np.r_[True, worked]]
    return np.concatenate([kept, np.full(len(left) - len(kept), kept[-1])])


def _areas(shares: Mapping[str, Floats], n: int) -> pd.DataFrame:
    rows = []
    for name, curves in shares.items():
        # Between two failures the line is straight.
        each = (curves[:, 1:] + curves[:, :-1]).mean(axis=1) / 2
        mean = curves.mean(axis=0)
        half = np.flatnonzero(mean <= 0.5)
        low, high = (each.min(), each.max()) if name == RANDOM else (np.nan, np.nan)
        rows.append((name, each.mean(), low, high, half[0] / n if len(half) else np.nan))
    table = pd.DataFrame(rows, columns=["ranking", "area", "area_low", "area_high", "half_at"]).astype(
        {"ranking": "str"}
    )
    order = np.lexsort((table["ranking"].to_numpy(dtype=object).astype(str), rank_key(table["area"])))
    return table.iloc[order].reset_index(drop=True)


def _points(steps: int | Iterable[float], length: int, n: int) -> Index:
    """Return the numbers of failures at which curves are shown."""
    if isinstance(steps, int | np.integer) and not isinstance(steps, bool):
        count = _checked_count("steps", int(steps))
        even = np.rint(np.linspace(0, length, count + 1)).astype(np.int64)
        return np.unique(np.r_[even, np.arange(min(FIRST, length) + 1)])
    try:
        shares = np.array([float(s) for s in steps])  # type: ignore[union-attr]
    except (TypeError, ValueError):
        shares = np.array([np.nan])
    if not len(shares) or not ((shares >= 0) & (shares <= 1)).all():
        raise ParameterError(f"steps is {steps!r}; give a number of points, or shares of firms from 0 to 1")
    return np.unique(np.minimum(np.rint(shares * n), length).astype(np.int64))


def _rows(name: str, curves: Floats, points: Index, n: int) -> pd.DataFrame:
    shown_at = curves[:, points]
    drawn = name == RANDOM
    return pd.DataFrame(
        {
            "ranking": pd.Series([name] * len(points), dtype="str"),
            "failed": points,
            "share_failed": points / n,
            "working": shown_at.mean(axis=0),
            "working_low": shown_at.min(axis=0) if drawn else np.nan,
            "working_high": shown_at.max(axis=0) if drawn else np.nan,
        }
    )

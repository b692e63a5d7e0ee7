"""Two ensembles run with the same seed, compared run by run: what differs is not chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from valuechain.errors import ParameterError
from valuechain.models.ensemble import EnsembleInputs, EnsembleResult
from valuechain.models.ensemble_measures import CONFIDENCE, half_width, influence, tail_mean
from valuechain.network import Floats
from valuechain.results import Result, percent_text

__all__ = ["EnsembleComparison", "compare_ensembles"]

SAME = 1e-12
"""Losses closer than this, as fractions, are the same."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EnsembleComparison(Result):
    """How much more is lost in one ensemble than in another.

    ``difference`` is the mean loss of the second less that of the first, ``low`` and ``high`` its interval, ``larger``
    the part of the runs in which the second loses more, ``difference_value`` the mean difference of the lost value
    (currency; None where the two have different ones).
    """

    difference: float
    low: float
    high: float
    larger: float
    difference_value: float | None


def compare_ensembles(one: EnsembleResult, two: EnsembleResult) -> EnsembleComparison:
    """Return how two ensembles of the same seed differ, with intervals for the difference.

    Both have drawn the same for the same shock and firm in each run (common random numbers), so the runs are compared
    in pairs, and the interval is that of the differences: far narrower than those of the two by themselves.

    Parameters
    ----------
    one, two
        What :func:`valuechain.ensemble` returned, with the same seed, runs, days and tail: of two models, of a network
        without and with a new supplier, of two variants of a scenario.

    Returns
    -------
    EnsembleComparison
        Table ``measure, one, two, difference, low, high``: mean loss, tail loss and deepest daily loss, as fractions of
        the undisturbed production of each. ``difference`` is two less one.

    Raises
    ------
    ParameterError
        When the runs of the two are not pairs, with every reason.

    References
    ----------
    Glasserman and Yao (1992), Management Science 38(6):884: common random numbers.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> loss = {"distribution": "beta", "a": 2, "b": 5}
    >>> storm = vc.Scenario(shocks=[vc.Shock(where={"country": "FIN"}, loss=loss, start=5, days=20)], days=60)
    >>> models = [vc.Inventory(stock_days=days) for days in (15, 5)]
    >>> found = vc.compare_ensembles(*(vc.ensemble(net, storm, model=m, runs=40) for m in models))
    >>> found.table["measure"].tolist()
    ['mean loss', 'tail loss', 'deepest daily loss']
    """
    _refuse_strangers(one, two)
    first, second = (e.runs.table.sort_values("run") for e in (one, two))
    tail = one.inputs.tail
    losses = [t["loss"].to_numpy() for t in (first, second)]
    rows = [
        _row("mean loss", losses, losses),
        ("tail loss", *_tail(losses, tail)),
        _row("deepest daily loss", *[[t["bottom_loss"].to_numpy() for t in (first, second)]] * 2),
    ]
    table = pd.DataFrame(rows, columns=["measure", "one", "two", "difference", "low", "high"])
    change = losses[1] - losses[0]
    larger = float((change > SAME).mean())
    return EnsembleComparison(
        table=table,
        title=f"{two.title} compared with {one.title}",
        units=dict.fromkeys(("one", "two", "difference", "low", "high"), "fraction of undisturbed production"),
        parameters={"one": dict(one.parameters), "two": dict(two.parameters)},
        notes=(_meaning(change, larger), *_gain(losses)),
        difference=float(table["difference"].iloc[0]),
        low=float(table["low"].iloc[0]),
        high=float(table["high"].iloc[0]),
        larger=larger,
        difference_value=_in_currency(one, two),
    )


def _refuse_strangers(one: object, two: object) -> None:
    inputs: list[EnsembleInputs] = []
    for given in (one, two):
        if not isinstance(given, EnsembleResult):
            raise ParameterError(f"{type(given).__name__} is no ensemble; give what valuechain.ensemble returned")
        inputs.append(given.inputs)
    lines = [
        f"{name} is {getattr(inputs[0], name)} in one and {getattr(inputs[1], name)} in the other"
        for name in ("seed", "runs", "days", "tail")
        if getattr(inputs[0], name) != getattr(inputs[1], name)
    ]
    if lines:
        raise ParameterError("\n".join(f"{line}; run both with the same, so that runs are pairs" for line in lines))


Row = tuple[str, float, float, float, float, float]


def _row(measure: str, means: list[Floats], spread: list[Floats]) -> Row:
    """Return a row of a measure that is a mean over runs."""
    one, two = (float(m.mean()) for m in means)
    half = half_width(spread[1] - spread[0])
    return measure, one, two, two - one, two - one - half, two - one + half


def _tail(losses: list[Floats], tail: float) -> tuple[float, float, float, float, float]:
    one, two = (float(tail_mean(part, tail)) for part in losses)
    half = half_width(influence(losses[1], tail) - influence(losses[0], tail))
    return one, two, two - one, two - one - half, two - one + half


def _in_currency(one: EnsembleResult, two: EnsembleResult) -> float | None:
    same = one.inputs.network.currency == two.inputs.network.currency
    return two.expected_value - one.expected_value if same else None


def _meaning(change: Floats, larger: float) -> str:
    mean, half = float(change.mean()), half_width(change)
    words = f"The second loses {percent_text(abs(mean))}% of production {'more' if mean > 0 else 'less'} than the first"
    if not math.isfinite(half):
        return f"{words}; one run has no interval, ask for more."
    if abs(mean) <= half:
        return (
            f"No difference in the mean loss can be told from chance (second less first: {mean:.2%} +- {half:.2%}, "
            f"{CONFIDENCE:.0%} interval)."
        )
    smaller = float((change < -SAME).mean())
    return (
        f"{words} (+- {percent_text(half)}%, {CONFIDENCE:.0%} interval), more in {larger:.0%}, less in {smaller:.0%} "
        "of the runs."
    )


def _gain(losses: list[Floats]) -> list[str]:
    """Return how many independent runs would tell as much, where that is more than there are."""
    alone = float(losses[0].var() + losses[1].var())
    paired = float((losses[1] - losses[0]).var())
    if not 0 < paired < alone:
        return []
    times = alone / paired
    words = "more than 1,000" if times > 1000 else f"{times:.1f}"
    return [f"As runs are pairs, the difference is as well known as from {words} times as many runs that are not."]

"""A run read: how deep production falls, how fast, how long it stays down, who loses and what held them down."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuechain.analysis.resilience_curves import TOLERANCE, Curves, checked_tolerance, curves
from valuechain.analysis.resilience_firms import (
    BoundDays,
    FirmCurves,
    bound_days,
    bound_table,
    firm_curves,
    firm_table,
    group_table,
    known_groups,
)
from valuechain.analysis.resilience_orders import Orders, orders_of
from valuechain.errors import ParameterError
from valuechain.models.cascade_groups import FirmGroups, lack_words
from valuechain.models.cascade_network import check_network
from valuechain.models.simulate import SimulationResult
from valuechain.network import Network
from valuechain.results import Result, number_text, percent_text

if TYPE_CHECKING:
    import xarray

__all__ = ["Resilience", "network_curves", "resilience"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Resilience(Result):
    """A run read.

    ``total_loss`` is the lost part of all production, ``triangle`` the area between production and the undisturbed
    one in full days of production, ``time_to_recover`` in days from the first loss (None where that is not known).
    ``firms``, ``groups`` and ``binding`` are results of their own; ``binding`` is None where the model does not tell
    which input holds a firm down.
    """

    total_loss: float
    triangle: float
    time_to_recover: float | None
    firms: Result
    groups: Result
    binding: Result | None


def resilience(
    network: Network,
    run: SimulationResult,
    *,
    tolerance: float = TOLERANCE,
    by: str | Sequence[str] | None = None,
) -> Resilience:
    """Return how deep and how long production falls in a run: for the network, each firm and each group of firms.

    Parameters
    ----------
    network
        The network that was simulated.
    run
        What :func:`valuechain.simulate` or :func:`valuechain.read_run` returned, with firms kept.
    tolerance
        Fraction of undisturbed production that may be missing where a firm, group or network counts as recovered.
    by
        Groups of firms: ``country``, ``sector``, ``cluster``, ``owner``, ``region`` or any column of firms, one or
        several. None: all of the five that the network knows.

    Returns
    -------
    Resilience
        Table ``measure, value, unit, meaning`` of the network. ``firms``: ``firm, lost_value, loss, first_day,
        bottom_day, depth, time_to_bottom, time_to_recover, never_recovers, demand_peak, bound_by, bound_days``;
        ``groups``: ``by, group, firms, lost_value, loss, first_day, bottom_day, depth, time_to_bottom,
        time_to_recover``; ``binding``: ``firm, product, first_day, bound_days``. What is not known is missing, never
        0; notes say why.

    Raises
    ------
    ParameterError
        When the run is of another network or kept no firms, or the tolerance is no fraction.
    UnknownNameError
        When firms has no column ``by``.

    References
    ----------
    Bruneau et al. (2003), Earthquake Spectra 19(4):733, Eq. 1 (area of the loss of resilience); Chen, Drezner, Ryan,
    Simchi-Levi (2000), Management Science 46(3):436 (bullwhip as a ratio of variances).

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> fire = vc.Shock(where={"firms": ["FI-007"]}, loss=0.8, start=5, days=20, recovery="linear", recovery_days=30)
    >>> run = vc.simulate(net, vc.Scenario(shocks=[fire]), days=365)
    >>> read = vc.resilience(net, run, by="country")
    >>> read.total_loss == run.total_loss, set(read.groups.table["by"])
    (True, {'country'})
    """
    check_network(network)
    firms = _checked_firms(network, run)
    tolerance = checked_tolerance(tolerance)
    groups = known_groups(network, by)
    found, bound = firm_curves(network, run, firms, tolerance), bound_days(firms)
    whole = network_curves(run, tolerance)
    orders = orders_of(network, run, found)
    is_over = run.not_returned is not None
    parameters = {**run.parameters, "recovery_tolerance": tolerance}
    recovery = float(whole.time_to_recover[0])
    money = network.currency
    return Resilience(
        table=pd.DataFrame(
            [*_loss_rows(run, whole, money), *_order_rows(orders), *_firm_rows(found, bound, is_over=is_over)],
            columns=["measure", "value", "unit", "meaning"],
        ),
        title=f"Resilience: {run.parameters['scenario']}",
        parameters=parameters,
        notes=(
            _sentence(run, whole, money),
            *_unknown_notes(run, whole, tolerance),
            *orders.notes,
            *([] if bound is not None else ["The model does not tell which input holds a firm down."]),
        ),
        total_loss=run.total_loss,
        triangle=float(whole.triangle[0]),
        time_to_recover=None if math.isnan(recovery) else recovery,
        firms=_firm_result(network, found, bound, parameters, is_over=is_over),
        groups=_group_result(network, found, groups, parameters),
        binding=None if bound is None else _binding_result(network, bound, parameters),
    )


def _firm_result(
    network: Network, found: FirmCurves, bound: BoundDays | None, parameters: Mapping[str, Any], *, is_over: bool
) -> Result:
    return Result(
        table=firm_table(network, found, bound, is_over=is_over),
        title="Firms, by what they lose",
        units={**_units(network.currency), "demand_peak": "times undisturbed demand", "bound_days": "days"},
        parameters=parameters,
        notes=tuple(_firm_notes(found, is_over=is_over)),
    )


def _group_result(
    network: Network, found: FirmCurves, groups: Sequence[FirmGroups], parameters: Mapping[str, Any]
) -> Result:
    return Result(
        table=group_table(found, groups, parameters["recovery_tolerance"]),
        title="Groups of firms, by what they lose",
        units={**_units(network.currency), "firms": "firms"},
        parameters={**parameters, "by": [g.by for g in groups]},
        notes=tuple(_group_notes(groups)),
    )


def _binding_result(network: Network, bound: BoundDays, parameters: Mapping[str, Any]) -> Result:
    return Result(
        table=bound_table(network, bound),
        title="Inputs that held firms down",
        units={"first_day": "day", "bound_days": "days"},
        parameters=parameters,
        notes=("On bound_days the lack of this product, and no other limit, decided what the firm could make.",),
    )


def network_curves(run: SimulationResult, tolerance: float) -> Curves:
    """Return what is read off the loss of the whole network by day, which every run has; amounts are left out."""
    loss = run.table["loss"].to_numpy()
    return curves(((loss[day : day + 1], np.ones(1)) for day in range(len(loss))), count=1, tolerance=tolerance)


def _checked_firms(network: Network, run: SimulationResult) -> xarray.Dataset:
    """Return the firms of a run, which must be those of the network."""
    if not isinstance(run, SimulationResult):
        raise ParameterError(f"{type(run).__name__} is no run; give what valuechain.simulate returned")
    if run.parameters.get("fingerprint") != network.fingerprint:
        raise ParameterError(
            f"the run is of network '{run.parameters.get('network')}', and this is '{network.name}' with another "
            "fingerprint; give the network that was simulated"
        )
    if run.firms is None:
        raise ParameterError(
            "the run kept no firms; simulate with keep_firms=True, or compare([run]) for the network's figures alone"
        )
    return run.firms


Row = tuple[str, float, str, str]


def _loss_rows(run: SimulationResult, of: Curves, money: str) -> list[Row]:
    fraction = "fraction of undisturbed production"
    return [
        ("total loss", run.total_loss, fraction, f"lost part of all production in {of.days:,} days"),
        ("lost value", run.lost_value, money, "value of the production that is lost"),
        ("triangle", float(of.triangle[0]), "days", "full days of production lost: sum over days of the lost fraction"),
        ("first day", float(of.first_day[0]), "day", "first day with a loss; day 0 is the first"),
        ("bottom day", float(of.bottom_day[0]), "day", "day with the largest loss"),
        ("depth", float(of.depth[0]), fraction, "lost fraction on the bottom day"),
        ("time to bottom", float(of.time_to_bottom[0]), "days", "from the first loss to the bottom day"),
        (
            "time to recover",
            float(of.time_to_recover[0]),
            "days",
            "from the first loss until production is back within the tolerance for good",
        ),
    ]


def _order_rows(orders: Orders) -> list[Row]:
    return [
        ("order peak", orders.peak, "times undisturbed demand", "largest demand on all firms, final users included"),
        ("order peak day", orders.peak_day, "day", "day of the order peak"),
        (
            "bullwhip",
            orders.bullwhip,
            "ratio of variances",
            "variance of orders between firms over that of final demand, each as a fraction of its undisturbed value",
        ),
    ]


def _firm_rows(found: FirmCurves, bound: BoundDays | None, *, is_over: bool) -> list[Row]:
    of = found.curves
    return [
        ("firms that lose", float((of.first >= 0).sum()), "firms", "firms that make less on any day"),
        (
            "firms that never recover",
            float(of.is_below.sum()) if is_over else math.nan,
            "firms",
            "firms still below the tolerance on the last day though no shock lasts",
        ),
        (
            "bound by inputs",
            math.nan if bound is None else bound.share,
            "fraction of firms and days",
            "how often the lack of an input held a firm down",
        ),
    ]


def _units(money: str) -> dict[str, str]:
    fraction = "fraction of its undisturbed production"
    return {
        "lost_value": money,
        "loss": fraction,
        "first_day": "day",
        "bottom_day": "day",
        "depth": fraction,
        "time_to_bottom": "days",
        "time_to_recover": "days",
    }


def _sentence(run: SimulationResult, of: Curves, money: str) -> str:
    """Return what happened, in one sentence."""
    if of.first[0] < 0:
        return f"Nothing is lost in {of.days:,} days."
    recovery = float(of.time_to_recover[0])
    back = "" if math.isnan(recovery) else f", and back after {recovery:,.0f} days"
    return (
        f"{percent_text(run.total_loss)}% of production in {of.days:,} days is lost, {number_text(run.lost_value)} "
        f"{money}: {number_text(float(of.triangle[0]))} full days of production. The first loss is on day "
        f"{of.first[0]}; production is lowest {of.bottom[0] - of.first[0]:,} days later, "
        f"{percent_text(float(of.depth[0]))}% down{back}."
    )


def _unknown_notes(run: SimulationResult, of: Curves, tolerance: float) -> list[str]:
    """Return why times and counts are not known, and what counts as recovered."""
    within = f"{percent_text(tolerance)}%"
    notes = [f"Recovered: no more than {within} of undisturbed production is missing, until the last day."]
    if of.first[0] >= 0 and of.below[0] < 0:
        notes.append(
            f"The network never loses more than {within}, so its time to recover is not known; choose a smaller "
            "tolerance."
        )
    elif of.first[0] >= 0 and of.is_below[0]:
        notes.append("Production is still below that on the last day, so the time to recover is not known; add days.")
    if run.not_returned is None:
        notes.append("A shock still lasts on the last day, so which firms never recover is not known; add days.")
    return notes


def _firm_notes(found: FirmCurves, *, is_over: bool) -> list[str]:
    notes = ["Times are missing where a firm loses nothing, and the time to recover also where it has not recovered."]
    if not is_over:
        notes.append("A shock still lasts on the last day, so which firms never recover is not known.")
    if found.is_above:
        notes.append("Some firms make more than usual on some days: lost values add up to more than the network's.")
    return notes


def _group_notes(groups: Sequence[FirmGroups]) -> list[str]:
    notes = [
        f"Firms {lack_words(g)}: {int(g.firms[g.rest]):,}, the row {g.labels[g.rest]}." for g in groups if g.rest >= 0
    ]
    several = next((g.several for g in groups if g.several), 0)
    if several:
        notes.append(f"{several:,} firms are in several clusters and count wholly in each.")
    return notes

"""Exposure: what each firm's failure costs in final demand, and how long the others can do without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.exposure_input import RECOVERY_DAYS, Question, read_question
from valuechain.analysis.exposure_program import make_program
from valuechain.analysis.exposure_solver import WarmSolver
from valuechain.analysis.single_sourced import firm_name
from valuechain.errors import SolverError
from valuechain.network import Floats, Network
from valuechain.results import Result, number_text
from valuechain.runs.run import check_progress

Progress = Callable[[int, int], None]

NEVER_DAYS = 36_500.0
"""Days from which on a network survives for good: a hundred years."""

LONGER = 8.0
"""How many times longer the next window is that is tried where nothing is lost in the time to recover."""

EXACT = 1e-13
"""A step of the search below this part of the pace changes nothing."""

SAME = 1e-9
"""Times and losses that differ by less than this share differ by rounding."""


NOTHING = 1e-11
"""A loss per day below this part of the largest final demand of a firm is rounding."""

STEPS = 200
"""Most programs for one firm; more than ten or so are rare."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Exposure(Result):
    """Performance impact, time to survive and time to recover of each firm.

    ``exposed`` is how many firms have a time to survive below the time to recover, ``exposed_buyers`` how many of them
    because others lose final demand, not only they themselves.
    """

    exposed: int
    exposed_buyers: int


def exposure(
    network: Network,
    *,
    recovery_days: float | None = None,
    stock_days: float = 15,
    firms: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Exposure:
    """Return what is lost when each firm is down until it recovers, and how long the network can do without it.

    One firm is down for its time to recover; all others respond as well as they can: they use up stocks, make up to
    their capacity, and send over existing links what is needed most. What is lost even so is lost by any response.

    Parameters
    ----------
    network
        The value chain. ``final_demand`` (or ``output``), ``stock_days``, ``capacity`` and ``recovery_days`` are used.
    recovery_days
        Time to recover of firms without ``recovery_days``, more than 0; None: 30 days, and a warning.
    stock_days
        Stock of inputs of firms without ``stock_days``, in days of use.
    firms
        Ids of the firms to answer for; None: all.
    progress
        Called with firms done and firms in all.

    Returns
    -------
    Exposure
        Table, largest impact first: ``firm``; ``time_to_survive``, the days until some final demand must be lost (inf:
        never, that is not in a hundred years; 0 where the firm itself sells to final users, as it has no stock of
        finished goods); ``time_to_recover``, days; ``performance_impact``, final demand lost in that time (currency);
        ``lost_share``, that as part of all final demand in that time; ``impact_elsewhere``, what others lose of it;
        ``buyers_survive``, the days until another firm must lose final demand (inf: never); ``exposed``, whether
        time_to_survive is below time_to_recover.

    Warns
    -----
    DefaultWarning
        When some firms have no ``recovery_days`` or ``stock_days``, or stand at the end of the chain and give neither
        ``final_demand`` nor ``output``: what they buy stands for their final demand.

    Raises
    ------
    UnknownNameError
        With every id of ``firms`` that is not in the network.
    InvalidDataError
        When no firm has final demand: nothing could be lost.
    ParameterError
        When ``recovery_days`` or ``stock_days`` is not a number above 0, or ``firms`` names no firm.
    SolverError
        When a linear program cannot be solved.

    References
    ----------
    Simchi-Levi, Schmidt, Wei (2014), From superstorms to factory fires, Harvard Business Review 92(1-2):96-101;
    Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders, Zhang (2015), Identifying risks and mitigating
    disruptions in the automotive supply chain, Interfaces 45(5):375-390.

    Examples
    --------
    >>> import pandas as pd
    >>> import valuechain as vc
    >>> firms = pd.DataFrame({"firm": ["mill", "baker"], "sector": ["flour", "bread"], "final_demand": [0.0, 20.0],
    ...                       "recovery_days": [30.0, 5.0], "stock_days": [2.0, 10.0]})
    >>> links = pd.DataFrame({"supplier": ["mill"], "buyer": ["baker"], "flow": [8.0]})
    >>> net = vc.Network.from_tables(firms, links, flow_period="day", essential_rule="all")
    >>> vc.exposure(net).table.iloc[:, :4]
        firm  time_to_survive  time_to_recover  performance_impact
    0   mill             10.0             30.0               400.0
    1  baker              0.0              5.0               100.0
    """
    check_progress(progress)
    asked = read_question(network, recovery_days=recovery_days, stock_days=stock_days, firms=firms)
    survive, elsewhere = _answers(asked, progress)
    table = _table(network, asked, survive, elsewhere)
    exposed, buyers = int(table["exposed"].sum()), int((table["impact_elsewhere"] > 0).sum())
    return Exposure(
        table=_ranked(table),
        title="Exposure: what is lost while a firm is down, and how long the network does without it",
        units={
            "time_to_survive": "days",
            "time_to_recover": "days",
            "performance_impact": network.currency,
            "lost_share": "fraction of final demand",
            "impact_elsewhere": network.currency,
            "buyers_survive": "days",
        },
        parameters={
            "model": "time to survive (Simchi-Levi, Schmidt and Wei 2014)",
            "recovery_days": asked.default_days,
            "stock_days": float(stock_days),
            "firms": len(asked.which),
            "essential": asked.essential,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*_meaning(network, table, float(asked.graph.final.sum())), *asked.notes),
        exposed=exposed,
        exposed_buyers=buyers,
    )


# ---- the answer


def _answers(asked: Question, progress: Progress | None) -> tuple[Floats, Floats]:
    """Return how long the others survive each firm's failure (days), and what they lose until it recovers (currency).

    Firms without buyers need no program.
    """
    graph, which, recover = asked.graph, asked.which, asked.recover
    # Firms differ in size by many powers of ten: the middle one in that sense counts as 1.
    unit = float(np.exp(np.log(graph.final[graph.final > 0]).mean()))
    solver = WarmSolver(make_program(graph, asked.most, asked.initial_days), graph.final / unit)
    nothing = float(graph.final.max()) / unit * NOTHING
    sells = np.diff(graph.sale_start) > 0
    survive, elsewhere = np.full(len(which), np.inf), np.zeros(len(which))
    for k, firm in enumerate(which.tolist()):
        if progress is not None:
            progress(k, len(which))
        if not sells[firm]:
            continue
        with solver.without(firm) as least:
            days = float(recover[firm])
            survive[k], lost = longest_window(least, days or RECOVERY_DAYS, nothing)
            if survive[k] < days * (1 - SAME):
                elsewhere[k] = lost * unit * days
    if progress is not None:
        progress(len(which), len(which))
    return survive, elsewhere


def longest_window(least: Callable[[float], tuple[float, float]], days: float, nothing: float) -> tuple[float, float]:
    """Return the days of the longest window without a loss (inf: any), and the loss per day in a window of ``days``.

    ``least`` gives loss per day and its slope at a pace (1 / days); a loss of ``nothing`` or less is rounding. The loss
    is convex and made of straight lines: Newton's steps from where something is lost never go too far, and end at a
    corner. Where nothing is lost in ``days``, longer windows are tried first; very long ones are slow to solve.
    """
    pace = 1 / days
    loss, slope = first, _ = least(pace)
    while loss <= nothing and pace * NEVER_DAYS > 1:
        pace = max(pace / LONGER, 1 / NEVER_DAYS)
        loss, slope = least(pace)
    if loss <= nothing:
        return np.inf, 0.0
    for _ in range(STEPS):
        # Stocks of a day, which all have, last a day: the pace is at most 1.
        step = min(loss / -slope, 1.0) if slope < 0 else 1.0
        pace += step
        if step <= EXACT * pace:
            return 1 / pace, max(first, 0.0)
        loss, slope = least(pace)
        if loss <= nothing:
            return 1 / pace, max(first, 0.0)
    raise SolverError(f"no longest window was found in {STEPS} steps; this is a fault of the program: report it")


def _table(network: Network, asked: Question, survive: Floats, elsewhere: Floats) -> pd.DataFrame:
    which = asked.which
    final, days = asked.graph.final, asked.recover[which]
    own = final[which] * days
    impact = own + elsewhere
    everything = float(final.sum()) * days
    time_to_survive = np.where(final[which] > 0, 0.0, survive)
    return pd.DataFrame(
        {
            "firm": pd.Series(network.firm_ids[which], dtype="str"),
            "time_to_survive": time_to_survive,
            "time_to_recover": days,
            "performance_impact": impact,
            "lost_share": np.divide(impact, everything, out=np.zeros(len(which)), where=everything > 0),
            "impact_elsewhere": elsewhere,
            "buyers_survive": survive,
            "exposed": time_to_survive < days * (1 - SAME),
        }
    )


def _ranked(table: pd.DataFrame, by: str = "performance_impact") -> pd.DataFrame:
    """Return the rows, largest impact first, among equals the shorter time to survive, then the id."""
    keyed = table.assign(_lost=_nine_digits(table[by]), _days=_nine_digits(table["buyers_survive"]))
    ranked = keyed.sort_values(["_lost", "_days", "firm"], ascending=[False, True, True], ignore_index=True)
    return ranked.drop(columns=["_lost", "_days"])


def _nine_digits(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return numbers to nine digits, to sort by: the solver's answers for equal firms differ in the last digits."""
    return np.array([float(f"{v:.9g}") for v in values])


def _meaning(network: Network, table: pd.DataFrame, final: float) -> list[str]:
    exposed, buyers = int(table["exposed"].sum()), int((table["impact_elsewhere"] > 0).sum())
    notes = [
        f"performance_impact: final demand in {network.currency} that is lost while the firm is down for its time to "
        "recover, though all others respond as well as stocks, capacities and existing links allow; in practice more "
        f"is lost. All final demand is worth {number_text(final)} {network.currency} per day.",
        f"{exposed:,} of {len(table):,} firms are exposed (time_to_survive below time_to_recover): {buyers:,} because "
        f"others then lose final demand, {exposed - buyers:,} only by what they sell to final users themselves.",
    ]
    if buyers:
        worst = _ranked(table, by="impact_elsewhere").iloc[0]
        notes.append(
            f"Others lose most while {firm_name(network, worst['firm'])} is down: "
            f"{number_text(float(worst['impact_elsewhere']))} {network.currency} in "
            f"{number_text(float(worst['time_to_recover']))} days, from day "
            f"{number_text(float(worst['buyers_survive']))} on."
        )
    return notes

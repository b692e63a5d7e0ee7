"""Exposure: what each firm's failure costs in final demand, and how long the others can do without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.exposure_input import Question, read_question
from valuechain.analysis.exposure_program import Program, make_program
from valuechain.analysis.exposure_solver import WarmSolver
from valuechain.analysis.single_sourced import firm_name
from valuechain.network import Floats, Network
from valuechain.results import Result, number_text

Progress = Callable[[int, int], None]

NEVER_DAYS = 1e6
"""Days from which on a network survives for good: less than a millionth of an input is drawn from stock in a day."""

SAME = 1e-9
"""Times and losses that differ by less than this share differ by rounding."""


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
        never; 0 where the firm itself sells to final users, as it has no stock of finished goods);
        ``time_to_recover``, days; ``performance_impact``, final demand lost in that time (currency); ``lost_share``,
        that as part of all final demand in that time; ``impact_elsewhere``, what other firms lose of it;
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

    A firm without buyers is a case of its own, and what the others lose is only sought where they survive less long.
    """
    graph, which, recover = asked.graph, asked.which, asked.recover
    program = make_program(graph, asked.most, asked.initial_days)
    final, unit = graph.final, float(np.median(graph.final[graph.final > 0]))
    longest = WarmSolver(program, _pace_cost(program), lost_upper=0.0)
    least = WarmSolver(program, _lost_cost(program, final / unit), lost_upper=1.0)
    sells = np.diff(graph.sale_start) > 0
    survive, elsewhere = np.full(len(which), np.inf), np.zeros(len(which))
    for k, firm in enumerate(which.tolist()):
        if progress is not None:
            progress(k, len(which))
        if not sells[firm]:
            continue
        pace = longest.least(firm, pace=None) / PACE_COST
        survive[k] = 1 / pace if pace * NEVER_DAYS > 1 else np.inf
        if survive[k] < recover[firm] * (1 - SAME):
            elsewhere[k] = max(0.0, least.least(firm, pace=1 / float(recover[firm]))) * unit * recover[firm]
    if progress is not None:
        progress(len(which), len(which))
    return survive, elsewhere


PACE_COST = 1e3
"""Cost of the pace in the solver: a pace is some thousandths, and its error should be small against that."""


def _pace_cost(program: Program) -> Floats:
    cost = np.zeros(len(program.upper))
    cost[program.pace] = PACE_COST
    return cost


def _lost_cost(program: Program, weight: Floats) -> Floats:
    cost = np.zeros(len(program.upper))
    cost[program.lost[program.lost >= 0]] = weight[program.lost >= 0]
    return cost


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

"""What the money for a partner would cut if it bought stock of the product instead: the same static measure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.network import Floats, Index
from valuechain.recommend.judged import Judged
from valuechain.recommend.screening import ANY, Screened

__all__ = ["DAYS", "stock_columns", "stock_cut", "stock_used"]

DAYS = {"year": 365.0, "day": 1.0}
"""Days of a flow period."""


def stock_columns(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return how many days of stock the cost of each suggestion buys, and what they cut.

    ``stock_days``: use of the product at the normal rate. ``stock_cut``: expected output of all firms that is not lost
    while the stock lasts, when the state of a scenario lasts a flow period, as for ``loss_cut`` (currency per flow
    period). ``stock_better_days``: where a state lasts less, the stock cuts at least what the partner does; infinite:
    however long it lasts; missing: neither cuts anything. ``shock_days``: how long losses stay whole at most, where the
    scenarios say so; ``loss_cut_in_shock`` and ``stock_cut_in_shock`` are what partner and stock cut in that time
    (currency).
    """
    found, graph, money = judged.found, judged.economy.graph, judged.cost[rows]
    slots, place = np.unique(found.slot[rows], return_inverse=True)
    always = np.full(len(slots), ANY, dtype=np.int64)
    ideal = judged.screened(slot=slots, firm=always, spare=np.full(len(slots), np.inf))
    used, chance = stock_used(judged, slots, ideal), judged.hazards.probability
    period = DAYS[judged.network.flow_period]
    length = judged.hazards.days / period
    cut, better, in_shock = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    for r, (k, at) in enumerate(zip(rows, place, strict=True)):
        lasts = _lasts(money[r], used[:, at])
        cut[r] = stock_cut(chance * ideal.cut[:, at], lasts, 1.0)
        in_shock[r] = stock_cut(chance * ideal.cut[:, at], lasts, length)
        better[r] = _better_up_to(chance * ideal.cut[:, at], lasts, float(judged.cut[k])) * period
    need = graph.need[found.slot[rows]]
    return pd.DataFrame(
        {
            "stock_days": money / need * period,
            "stock_cut": cut,
            "stock_better_days": better,
            "shock_days": float(length.max()) * period,
            "loss_cut_in_shock": (chance * length) @ judged.worth.cut[:, rows],
            "stock_cut_in_shock": in_shock,
        }
    )


def stock_used(judged: Judged, slots: Index, ideal: Screened) -> Floats:
    """Return what is taken from a stock that never ends, currency per flow period; shape (scenarios, slots).

    It is what the buyer uses at the activity that the stock allows, less what usual suppliers deliver then.
    ``ideal.given`` is counted up to what its own capacity allows, and other inputs may hold the buyer below that.
    """
    graph, value = judged.economy.graph, judged.economy.value
    buyer = graph.slot_buyer[slots]
    more = np.divide(ideal.own, value[buyer], out=np.zeros_like(ideal.own), where=value[buyer] > 0)
    idle = np.maximum(judged.hazards.surviving[:, buyer] - judged.base[:, buyer] - more, 0.0)
    # Of a buyer whose output is not known it is not told how far it rises: as much as its capacity allows is taken.
    idle[:, value[buyer] <= 0] = 0.0
    return np.maximum(ideal.given - idle * graph.need[slots], 0.0)


def _lasts(money: float, used: Floats) -> Floats:
    """Return how long a stock lasts in each scenario, flow periods."""
    return np.divide(money, used, out=np.full(len(used), np.inf), where=used > 0)


def stock_cut(gains: Floats, lasts: Floats, length: float | Floats) -> float:
    """Return the expected cut by a stock when states last ``length`` flow periods.

    Parameters
    ----------
    gains
        Probability times what a stock that never ends would cut, currency per flow period; shape (scenarios,).
    lasts
        How long the stock lasts, flow periods; shape (scenarios,).
    length
        Of all states, or of each; shape (scenarios,).
    """
    return float(gains @ np.minimum(length, lasts))


def _better_up_to(gains: Floats, lasts: Floats, partner: float) -> float:
    """Return up to which length of states, flow periods, a stock cuts at least what a partner does.

    The cut by a stock grows with the length ever more slowly, that by a partner evenly: they meet once after 0.
    """
    some = gains > 0
    gains, lasts = gains[some], lasts[some]
    if not len(gains):
        return np.nan
    if partner <= 1e-12 * float(gains.sum()):
        return np.inf
    edges = np.unique(lasts[np.isfinite(lasts)])
    ahead = [f for f in edges if stock_cut(gains, lasts, f) >= partner * f * (1 - 1e-12)]
    edge = max(ahead, default=0.0)
    rest = lasts > edge
    # From the last edge at which the stock is ahead: what has ended stays, what lasts on grows with the length.
    slower = partner - float(gains[rest].sum())
    if slower <= 1e-12 * partner:
        return np.inf
    return float(gains[~rest] @ lasts[~rest]) / slower

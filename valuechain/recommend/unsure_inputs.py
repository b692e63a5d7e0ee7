"""How suggestions fare when what is not known differs: spare capacity, costs and failure rates drawn around it.

The outer loop of uncertainty: scenarios say what may happen, these draws what the inputs may be. Spare capacities and
costs that are stand-ins are drawn between half and double of what is taken (log-uniform), one factor a firm and draw;
figures that the data give stay. How often firms fail is drawn likewise, by weighing the scenarios again: a scenario in
which firm i is hit counts f times, one in which it is not (1 - f p) / (1 - p) times, p being how often it is hit (the
ratio of likelihoods of independent failures). Scenarios that exclude each other get a factor each. Scenarios are drawn
again with replacement as for the inner interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats, Index
from valuechain.recommend.judged import Judged
from valuechain.recommend.makers import INSIDE
from valuechain.recommend.worth import CONFIDENCE, resampled
from valuechain.results import rank_key

__all__ = ["DRAWS", "FACTOR", "SPARE_DRAWS", "TOP", "unsure_columns"]

FACTOR = 2.0
"""Unsure inputs lie between what is taken divided by this, and times this. A stated choice."""

SPARE_DRAWS = 20
"""Draws of spare capacity: each takes simulations anew."""

DRAWS = 500
"""Draws of all: costs and failure rates are drawn anew in each, spare capacities in turn."""

RIVALS = 10
"""Candidates for the same need that a suggestion is ranked among: those that cut most."""

TOP = 3
"""Ranks that count as the first."""

RATES = "how often firms fail"
"""Drawn for scenarios, and so for all candidates alike."""

Mask = npt.NDArray[np.bool_]


def unsure_columns(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return how sure a gain and a rank are when inputs that are not known differ.

    ``inputs_positive``: part of the draws in which the suggestion cuts anything. ``inputs_low``, ``inputs_high``: its
    loss cut in 95 % of them (currency per flow period). ``inputs_top3``, ``inputs_top3_by_cost``: part of the draws in
    which it is among the first three for its need by loss cut, and by loss cut per cost. ``inputs_varied`` says what
    was drawn of its own and of the scenarios, ``inputs_varied_rivals`` what was drawn of those that it is ranked among,
    ``inputs_draws`` how often.
    """
    drawn = _drawn(judged, rows)
    # What costs nothing comes first, by what it cuts.
    per_cost = np.divide(drawn.cut, drawn.cost, out=drawn.cut * 1e12, where=drawn.cost > 0)
    edges = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    lines = []
    for k in rows:
        at = int(np.flatnonzero(drawn.rows == k)[0])
        rivals = np.flatnonzero(judged.found.slot[drawn.rows] == judged.found.slot[k])
        low, high = np.quantile(drawn.cut[:, at], edges)
        lines.append(
            {
                "inputs_positive": float((drawn.cut[:, at] > 0).mean()),
                "inputs_low": float(low),
                "inputs_high": float(high),
                "inputs_top3": _among_first(drawn.cut, at, rivals),
                "inputs_top3_by_cost": _among_first(per_cost, at, rivals),
                "inputs_varied": drawn.words([at]),
                "inputs_varied_rivals": drawn.words(rivals[rivals != at], but=RATES),
                "inputs_draws": len(drawn.cut),
            }
        )
    return pd.DataFrame(lines).astype({"inputs_varied": "str", "inputs_varied_rivals": "str"})


def _among_first(values: Floats, at: int, rivals: Index) -> float:
    """Return in which part of the draws a candidate has at most two rivals before it."""
    better = rank_key(values[:, rivals]) > rank_key(values[:, [at]])
    return float((better.sum(axis=1) < TOP).mean())


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn:
    """Candidates looked at, and their loss cut and cost in each draw; shapes (candidates,) and (draws, candidates).

    ``varied`` tells for each input that may be drawn for which of the candidates it was.
    """

    rows: Index
    cut: Floats
    cost: Floats
    varied: dict[str, Mask]

    def words(self, some: Index | list[int], *, but: str = "") -> str:
        """Return what was drawn for any of some candidates, named."""
        return ", ".join(name for name, drawn in self.varied.items() if name != but and drawn[some].any())


def _drawn(judged: Judged, rows: Index) -> _Drawn:
    found, costs, rng = judged.found, judged.costs, np.random.default_rng(0)
    some = _looked_at(judged, rows)
    place, firms = _places(judged, found.firm[some])
    guessed = (found.kind[some] == INSIDE) & ~judged.economy.has_capacity[found.firm[some]]
    count = SPARE_DRAWS if guessed.any() else 1
    spare = found.spare[some] * np.where(guessed, _factors(rng, count, len(firms))[:, place], 1.0)
    worth = judged.screened(
        slot=np.tile(found.slot[some], count), firm=np.tile(found.firm[some], count), spare=spare.ravel()
    )
    weights, rates = _weights(judged, rng, some)
    shape = (len(judged.base), count, len(some))
    cut, given = np.empty((DRAWS, len(some))), np.empty((DRAWS, len(some)))
    for d in range(count):
        cut[d::count] = weights[:, d::count].T @ worth.cut.reshape(shape)[:, d]
        given[d::count] = weights[:, d::count].T @ worth.given.reshape(shape)[:, d]
    fixed = costs.fixed[some] * np.where(costs.fixed_known[some], 1.0, _factors(rng, DRAWS, len(firms))[:, place])
    premium = np.maximum(costs.unit[some] - 1.0, 0.0)
    premium = premium * np.where(costs.unit_known[some], 1.0, _factors(rng, DRAWS, len(firms))[:, place])
    varied = {
        "spare capacity": guessed,
        "fixed_cost": ~costs.fixed_known[some],
        "unit_cost": ~costs.unit_known[some],
        RATES: np.full(len(some), rates),
    }
    return _Drawn(rows=some, cut=cut, cost=fixed + premium * given, varied=varied)


def _looked_at(judged: Judged, rows: Index) -> Index:
    """Return the candidates of the cards, and those that cut most for the same needs."""
    order = judged.order()
    slot = judged.found.slot
    rivals = [order[slot[order] == k][: RIVALS + 1] for k in np.unique(slot[rows])]
    return np.unique(np.concatenate([rows, *rivals]))


def _places(judged: Judged, firms: Index) -> tuple[Index, Index]:
    """Return the firms, each once by id, and the place of each of the given ones among them.

    Draws go by id, so that the order of rows changes none.
    """
    each = np.unique(firms)
    each = each[np.argsort(judged.network.firm_ids[each].astype(str), kind="stable")]
    of = np.empty(judged.network.n_firms, dtype=np.int64)
    of[each] = np.arange(len(each))
    return of[firms], each


def _factors(rng: np.random.Generator, draws: int, count: int) -> Floats:
    """Return factors between a half and two, as often below 1 as above."""
    return np.exp(rng.uniform(-math.log(FACTOR), math.log(FACTOR), (draws, count)))


def _weights(judged: Judged, rng: np.random.Generator, some: Index) -> tuple[Floats, bool]:
    """Return the weight of each scenario in each draw, shape (scenarios, draws), and whether failure rates differ."""
    hazards, graph = judged.hazards, judged.economy.graph
    weights = resampled(hazards, 0, DRAWS)
    strata, of = np.unique(hazards.stratum, return_inverse=True)
    many = np.bincount(of)[of] > 1
    differ = len(strata) > 1
    if differ:
        weights = weights * _factors(rng, DRAWS, len(strata)).T[of]
    if many.any():
        suppliers = [graph.supplier[graph.link_start[k] : graph.link_start[k + 1]] for k in judged.found.slot[some]]
        _, firms = _places(judged, np.concatenate([judged.found.firm[some], *suppliers]))
        hit = hazards.surviving[np.ix_(many, firms)] < 1
        chance = hazards.probability[many] / hazards.probability[many].sum()
        often = chance @ hit
        usual = (often > 0) & (often < 1)
        weights[many] *= _likelihood(hit[:, usual], often[usual], _factors(rng, DRAWS, len(firms))[:, usual])
        differ = differ or bool(usual.any())
    total = weights.sum(axis=0)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0), differ


def _likelihood(hit: Mask, often: Floats, factor: Floats) -> Floats:
    """Return how much likelier each scenario is when firms fail ``factor`` times as often; shape (scenarios, draws)."""
    factor = np.minimum(factor, 0.95 / often)
    spared = np.log((1 - factor * often) / (1 - often))
    return np.exp(hit @ (np.log(factor) - spared).T + spared.sum(axis=1))

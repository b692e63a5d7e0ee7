"""Evidence for suggested partners: what each covers and does not, what it shares, and what would change its rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.single_sourced import firm_names
from valuechain.network import Floats, Index
from valuechain.recommend.candidate_tables import named_points
from valuechain.recommend.evidence_points import point_columns
from valuechain.recommend.judged import Judged
from valuechain.recommend.makers import INSIDE, KINDS
from valuechain.recommend.stock_worth import stock_columns
from valuechain.recommend.unsure_inputs import unsure_columns
from valuechain.results import rank_key

__all__ = ["NAMED", "Changes", "evidence_table"]

NAMED = 3
"""Scenarios, firms and buyers named on a card."""

HIT = 2
"""Firms named of those that a drawn scenario hits, the largest losses first."""

NOTICED = 1e-9

Mask = npt.NDArray[np.bool_]


def evidence_table(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return one row a card: everything that is known for and against some candidates.

    Parameters
    ----------
    judged
        The candidates and what they are worth.
    rows
        Positions of candidates, in the order of the cards.
    """
    network, found = judged.network, judged.found
    needed = judged.economy.graph.need[found.slot[rows]]
    table = pd.DataFrame(
        {
            "candidate": pd.Series(network.firm_ids[found.firm[rows]], dtype="str"),
            "product": pd.Series(network.products[judged.product[rows]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[judged.buyer[rows]], dtype="str"),
            "loss_cut": judged.cut[rows],
            "loss_cut_low": judged.sure.low[rows],
            "loss_cut_high": judged.sure.high[rows],
            "share_of_loss": judged.cut[rows] / judged.expected_loss if judged.expected_loss > 0 else 0.0,
            "tail_cut": judged.tail_cut[rows],
            "cost": judged.cost[rows],
            "cost_share": judged.cost[rows] / needed,
            "probability_positive": judged.sure.positive[rows],
            "name": pd.Series(firm_names(network)[found.firm[rows]], dtype="str"),
            "kind": pd.Series(np.array(KINDS, dtype=object)[found.kinds()[rows]], dtype="str"),
        }
    )
    told = (stock_columns, _coverage, _capacity, _upstream, point_columns, _changes, unsure_columns)
    return pd.concat([table, *(part(judged, rows) for part in told)], axis=1)


def short(judged: Judged, slot: int) -> Mask:
    """Tell in which scenarios usual suppliers of a slot deliver less than its buyer could use; shape (scenarios,)."""
    graph = judged.economy.graph
    links = slice(graph.link_start[slot], graph.link_start[slot + 1])
    got = judged.before[:, graph.supplier[links]] @ graph.share[links]
    return np.asarray(got < judged.hazards.surviving[:, graph.slot_buyer[slot]] - NOTICED)


def _coverage(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return in how many scenarios the need falls short, the candidate helps, and why it does not in the others."""
    chance = judged.hazards.probability
    noticed = NOTICED * max(float(judged.economy.value.sum()), 1e-300)
    lines = []
    for k in rows:
        lacks = short(judged, int(judged.found.slot[k]))
        gain = judged.worth.cut[:, k]
        helps = gain > noticed
        has = judged.found.spare[k] * judged.before[:, judged.found.firm[k]] if judged.found.kind[k] == INSIDE else None
        able = judged.hazards.surviving[:, judged.found.firm[k]] if has is None else has
        idle = lacks & ~helps & (able <= NOTICED)
        best = np.lexsort((np.arange(len(gain)), -gain * chance))
        lines.append(
            {
                "short_in": float(chance @ lacks),
                "helps_in": float(chance @ helps),
                "not_able_in": float(chance @ idle),
                "held_by_others_in": float(chance @ (lacks & ~helps & ~idle)),
                "covers": "; ".join(_told(judged, int(s)) for s in best[:NAMED] if helps[s]),
                "covers_not": "; ".join(_told(judged, int(s)) for s in np.flatnonzero(lacks & ~helps)[:NAMED]),
            }
        )
    return pd.DataFrame(lines).astype({"covers": "str", "covers_not": "str"})


def _told(judged: Judged, scenario: int) -> str:
    """Return the name of a scenario; a drawn one has a number that says nothing, so the firms hit most are added."""
    hazards, ids = judged.hazards, judged.network.firm_ids.astype(str)
    name = hazards.names[scenario]
    if (hazards.stratum == hazards.stratum[scenario]).sum() < 2:
        return name
    lost = judged.economy.value * (1 - hazards.surviving[scenario])
    hit = np.flatnonzero(lost > 0)
    if not len(hit):
        return f"{name} (nobody hit)"
    most = hit[np.lexsort((ids[hit], -rank_key(lost[hit])))][:HIT]
    more = f" and {len(hit) - HIT:,} more" if len(hit) > HIT else ""
    return f"{name} (hit: {', '.join(ids[most])}{more})"


def _capacity(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return how much of its spare capacity is used at most, and which other needs look at the same candidate."""
    found, ids = judged.found, judged.network.firm_ids
    lines = []
    for k in rows:
        given = judged.worth.given[judged.worth.cut[:, k] > 0, k]
        rivals = (found.firm == found.firm[k]) & (np.arange(len(found)) != k)
        buyers = np.unique(ids[judged.buyer[rivals]].astype(str))
        lines.append(
            {
                "spare": found.spare[k],
                "used_at_most": float(given.max() / found.spare[k]) if len(given) else 0.0,
                "spare_known": bool(found.kind[k] != INSIDE or judged.economy.has_capacity[found.firm[k]]),
                "rivals": len(buyers),
                "rival_buyers": "; ".join(buyers[:NAMED]),
            }
        )
    return pd.DataFrame(lines).astype({"rival_buyers": "str"})


def _upstream(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return what candidate and present suppliers buy from the same firms, and whether the buyer hangs on it already.

    ``shared_suppliers`` is the sum of the smaller over the sum of the larger shares of purchases by firm (Ruzicka), 0:
    nothing in common, 1: the same; not known for outside candidates. ``present_share`` is what it delivers of the need
    today, ``shared_points`` names the upstream firms that stop it and all present suppliers.
    """
    network, graph = judged.network, judged.economy.graph
    bought = network.matrix.tocsc()
    lines = []
    for k in rows:
        slot, firm = int(judged.found.slot[k]), int(judged.found.firm[k])
        links = slice(graph.link_start[slot], graph.link_start[slot + 1])
        present = np.asarray((bought[:, graph.supplier[links]] @ graph.share[links]), dtype=np.float64).ravel()
        own = np.asarray(bought[:, [firm]].toarray(), dtype=np.float64).ravel()
        common = np.minimum(_shares(own), _shares(present))
        most = float(np.maximum(_shares(own), _shares(present)).sum())
        known = own.any() and present.any()
        some = np.flatnonzero(common > 0)
        top = some[np.lexsort((network.firm_ids[some].astype(str), -rank_key(common[some])))][:NAMED]
        lines.append(
            {
                "shared_suppliers": float(common.sum()) / most if known else np.nan,
                "shared_names": "; ".join(str(network.firm_ids[i]) for i in top),
                "hangs_on_it": bool(judged.found.hangs_on_it[k]),
                "present_share": float(graph.share[links] @ (graph.supplier[links] == firm)),
                "shared_points": named_points(network, judged.found.shared[k]),
            }
        )
    return pd.DataFrame(lines).astype({"shared_names": "str", "shared_points": "str"})


def _shares(values: Floats) -> Floats:
    total = values.sum()
    return values / total if total > 0 else values


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The datum, not known today, that moves a candidate most among those for its need, and from where to where."""

    datum: str
    low: int
    high: int


def _changes(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return each card's rank among candidates for its need, and which missing datum would change it most.

    Each datum that is a stand-in is halved and doubled, all else as it is: spare capacity moves the rank by loss cut,
    costs that by loss cut per cost.
    """
    spare = judged.found.spare[rows]
    halved, doubled = (_cut_with(judged, rows, f * spare) for f in (0.5, 2.0))
    lines = []
    for place, k in enumerate(rows):
        others = np.flatnonzero(judged.found.slot == judged.found.slot[k])
        tried: list[Changes] = []
        if judged.found.kind[k] == INSIDE and not judged.economy.has_capacity[judged.found.firm[k]]:
            low, high = (_rank(judged.cut, others, k, v) for v in (doubled[place], halved[place]))
            tried.append(Changes(datum="capacity", low=low, high=high))
        worth = judged.cut / np.maximum(judged.cost, 1e-300)
        for datum, known, part in _cost_parts(judged, k):
            if not known:
                low, high = (
                    _rank(worth, others, k, judged.cut[k] / max(judged.cost[k] + (f - 1) * part, 1e-300))
                    for f in (0.5, 2.0)
                )
                tried.append(Changes(datum=datum, low=low, high=high))
        most = max(tried, key=lambda c: c.high - c.low, default=Changes(datum="", low=0, high=0))
        moves = most.high > most.low
        lines.append(
            {
                "rank": _rank(judged.cut, others, k, judged.cut[k]),
                "rank_of": len(others),
                "deciding_datum": most.datum if moves else "",
                "rank_low": most.low if moves else 0,
                "rank_high": most.high if moves else 0,
                "stand_ins": ", ".join(c.datum for c in tried),
            }
        )
    return pd.DataFrame(lines).astype({"deciding_datum": "str", "stand_ins": "str"})


def _cost_parts(judged: Judged, k: int) -> list[tuple[str, bool, float]]:
    costs = judged.costs
    premium = max(float(costs.unit[k]) - 1.0, 0.0) * float(judged.delivered[k])
    fixed = ("fixed_cost", bool(costs.fixed_known[k]), float(costs.fixed[k]))
    return [fixed, ("unit_cost", bool(costs.unit_known[k]), premium)]


def _cut_with(judged: Judged, rows: Index, spare: Floats) -> Floats:
    worth = judged.screened(slot=judged.found.slot[rows], firm=judged.found.firm[rows], spare=spare)
    return np.asarray(judged.hazards.probability @ worth.cut)


def _rank(values: Floats, others: Index, k: int, value: float) -> int:
    """Return the place of a candidate among others when its own value is another one."""
    rest = rank_key(values[others[others != k]])
    return 1 + int((rest > rank_key(value)).sum())

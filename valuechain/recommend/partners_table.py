"""The table of suggested partners: one row a candidate and need."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.single_sourced import firm_names
from valuechain.network import Network
from valuechain.recommend.candidate_tables import named_points
from valuechain.recommend.judged import Judged
from valuechain.recommend.makers import KINDS, OUTSIDE
from valuechain.recommend.new_links import equal_part
from valuechain.results import rank_key

__all__ = ["COLUMNS", "partner_table", "partner_units"]

COLUMNS = (
    "candidate",
    "product",
    "buyer",
    "loss_cut",
    "loss_cut_low",
    "loss_cut_high",
    "cost",
    "tail_cut",
    "buyer_cut",
    "probability_positive",
    "helps_in",
    "delivered",
    "spare",
    "efficient",
    "kind",
    "distance_km",
    "lead_days",
    "country",
    "shared_points",
    "flow",
    "name",
)


def partner_table(judged: Judged) -> pd.DataFrame:
    """Return the suggestions, the one that cuts most first."""
    network, order = judged.network, judged.order()
    firm = judged.found.firm[order]
    table = pd.DataFrame(
        {
            "candidate": pd.Series(network.firm_ids[firm], dtype="str"),
            "product": pd.Series(network.products[judged.product[order]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[judged.buyer[order]], dtype="str"),
            "loss_cut": judged.cut[order],
            "loss_cut_low": judged.sure.low[order],
            "loss_cut_high": judged.sure.high[order],
            "cost": judged.cost[order],
            "tail_cut": judged.tail_cut[order],
            "buyer_cut": judged.own[order],
            "probability_positive": judged.sure.positive[order],
            "helps_in": helps_in(judged)[order],
            "delivered": judged.delivered[order],
            "spare": judged.found.spare[order],
            "efficient": efficient(judged)[order],
            "kind": pd.Series(np.array(KINDS, dtype=object)[judged.found.kinds()[order]], dtype="str"),
            "distance_km": judged.found.distance[order],
            "lead_days": judged.found.lead_days[order],
            "flow": _flow(judged)[order],
            "country": _countries(network, firm),
            "name": pd.Series(firm_names(network)[firm], dtype="str"),
            "shared_points": pd.Series([named_points(network, judged.found.shared[k]) for k in order], dtype="str"),
        }
    )
    known = table[["distance_km", "lead_days"]].notna().any()
    shown = [c for c in COLUMNS if known.get(c, True)]
    if not judged.question.filters.shared_points and not any(map(len, judged.found.shared)):
        shown.remove("shared_points")
    if table["country"].isna().all():
        shown.remove("country")
    # Of firms of the network their names are known; those of outside candidates stand in a file of their own.
    if not ((table["kind"] == KINDS[OUTSIDE]) & (table["name"] != table["candidate"])).any():
        shown.remove("name")
    return table[shown]


def _countries(network: Network, firm: npt.NDArray[np.int64]) -> pd.Series:
    if "country" not in network.firms:
        return pd.Series(np.nan, index=range(len(firm)), dtype="str")
    return network.firms["country"].iloc[firm].reset_index(drop=True)


def _flow(judged: Judged) -> npt.NDArray[np.float64]:
    """Return what each would take over as one more standing supplier: an equal part of the need, if it has that."""
    return equal_part(judged.economy, judged.found.slot, judged.found.spare)


def helps_in(judged: Judged) -> npt.NDArray[np.float64]:
    """Return the probability of scenarios in which each candidate cuts more than rounding."""
    noticed = 1e-9 * max(float(judged.economy.value.sum()), 1e-300)
    return np.asarray(judged.hazards.probability @ (judged.worth.cut > noticed))


def efficient(judged: Judged) -> npt.NDArray[np.bool_]:
    """Tell whom no other candidate for the same need beats: none cuts more for at most its cost, or as much for less.

    Candidates that cut nothing are not efficient.
    """
    cut, cost = rank_key(judged.cut), rank_key(judged.cost)
    found = np.zeros(len(cut), dtype=bool)
    best: dict[int, float] = {}
    for k in np.lexsort((-cut, cost, judged.found.slot)):
        slot = int(judged.found.slot[k])
        # Sorted by cost: efficient when it cuts more than all that cost less or as much.
        if cut[k] > best.get(slot, 0.0):
            found[k], best[slot] = True, float(cut[k])
    # Equal ones are equally efficient.
    pairs = {
        (int(s), float(c), float(g)) for s, c, g in zip(judged.found.slot[found], cost[found], cut[found], strict=True)
    }
    same = [(int(s), float(c), float(g)) in pairs for s, c, g in zip(judged.found.slot, cost, cut, strict=True)]
    return np.array(same, dtype=bool)


def partner_units(network: Network) -> dict[str, str]:
    """Return the units of the table."""
    flow = ("loss_cut", "loss_cut_low", "loss_cut_high", "tail_cut", "buyer_cut", "delivered", "spare", "flow")
    return dict.fromkeys(flow, network.flow_unit) | {
        "cost": network.currency,
        "probability_positive": "fraction",
        "helps_in": "fraction of scenarios",
        "distance_km": "km",
        "lead_days": "days",
    }

"""After a plan: single points of failure with all its links, and what hangs on each new supplier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Case
from valuechain.recommend.economy import Economy, losses_of
from valuechain.recommend.new_links import as_standing, economy_with, equal_part
from valuechain.recommend.new_points import HALF, Changed, Points, listed
from valuechain.recommend.tiers import activity_within
from valuechain.results import Result, number_text, percent_text, rank_key

__all__ = ["NewLinks", "load_result", "plan_notes", "points_result", "taken_links"]

MUCH = 0.5
"""Part of all new deliveries on one firm from which a warning is due."""

STOPS_WHEN = (("nothing of a need is left", 0.0), ("less than half of a need is left", HALF))

BACKUPS, STANDING = "back-ups", "standing suppliers"


@dataclass(frozen=True, kw_only=True, eq=False)
class NewLinks:
    """The links of a plan.

    Parameters
    ----------
    economy
        The economy without them.
    slot, firm
        Essential slot and new supplier of each, positions in the economy; shape (links,).
    most
        Most each delivers, currency per flow period; shape (links,). As a standing supplier it takes over an equal part
        of the need, as far as that allows.
    tiers
        How many tiers a lack is followed; None: without end.
    """

    economy: Economy
    slot: Index
    firm: Index
    most: Floats
    tiers: int | None = None

    @property
    def flow(self) -> Floats:
        """What each takes over as a standing supplier, before :func:`as_standing` scales it down."""
        return equal_part(self.economy, self.slot, self.most)


def taken_links(case: Case, chosen: npt.NDArray[np.bool_], order: Floats) -> NewLinks:
    """Return the links of a set of options; ``order``: the most each delivers, currency per flow period."""
    options = case.options
    return NewLinks(
        economy=case.economy, slot=options.slot[chosen], firm=options.firm[chosen], most=order[chosen], tiers=case.tiers
    )


def points_result(links: NewLinks) -> Result:
    """Return how many firms stop others before and after a plan, and who becomes or ceases to be one for whom."""
    economy, rows = links.economy, []
    for words, least in STOPS_WHEN:
        points = Points(economy=economy, min_share=least)
        backup = points.with_backups(links.slot, links.firm, links.most)
        standing = points.with_standing(links.slot, links.firm, links.flow)
        rows += [_row(economy, words, BACKUPS, backup), _row(economy, words, STANDING, standing)]
    return Result(
        table=pd.DataFrame(rows).astype(dict.fromkeys(("stops_when", "links_are", "new_points", "no_longer"), "str")),
        title="Single points of failure before and after",
        units=dict.fromkeys(("before", "after"), "firms"),
        notes=(
            "before, after: firms that stop another one. new_points, no_longer: who then stops which buyers of the "
            "new links, or no longer does, with all links in place.",
        ),
    )


def _row(economy: Economy, words: str, links_are: str, changed: Changed) -> dict[str, object]:
    return {
        "stops_when": words,
        "links_are": links_are,
        "before": changed.today,
        "after": changed.after,
        "new_points": listed(economy, changed.new),
        "no_longer": listed(economy, changed.gone),
    }


def load_result(links: NewLinks) -> Result:
    """Return how much of all new deliveries each new supplier has, and what is lost when it fails, most first."""
    economy = links.economy
    network, buyer = economy.network, economy.graph.slot_buyer[links.slot]
    firm, place = np.unique(links.firm, return_inverse=True)
    ordered = np.bincount(place, weights=links.most)
    alone = np.ones((len(firm), network.n_firms))
    alone[np.arange(len(firm)), firm] = 0.0
    after = economy_with(economy, as_standing(economy, links.slot, links.firm, links.flow))
    lost = [losses_of(e, activity_within(e, alone, tiers=links.tiers)[0]) for e in (economy, after)]
    table = pd.DataFrame(
        {
            "candidate": pd.Series(network.firm_ids[firm], dtype="str"),
            "needs": np.bincount(place),
            "buyers": np.array([len(np.unique(buyer[place == k])) for k in range(len(firm))], dtype=np.int64),
            "deliveries": ordered,
            "share_of_deliveries": ordered / max(float(ordered.sum()), 1e-300),
            "lost_before": lost[0],
            "lost_after": lost[1],
        }
    )
    table["_rank"] = -rank_key(table["share_of_deliveries"])
    table = table.sort_values(["_rank", "candidate"], ignore_index=True).drop(columns="_rank")
    return Result(
        table=table,
        title="What hangs on each new supplier",
        units=dict.fromkeys(("deliveries", "lost_before", "lost_after"), network.flow_unit)
        | {"share_of_deliveries": "fraction"},
        notes=(
            "deliveries: the most it is to deliver by the plan. lost_before, lost_after: output of all firms that is "
            "lost while it stands still, without the plan and with all links as standing suppliers (equal parts of "
            "needs; a state that lasts).",
        ),
    )


def plan_notes(points: Result, load: Result) -> list[str]:
    """Return what a plan does to single points of failure, and a warning where much hangs on one firm."""
    if not len(load.table):
        return []
    rows = points.table.to_dict("records")
    exact, half = (r for r in rows if r["links_are"] == STANDING)
    notes = [
        f"Firms that stop others: {exact['before']:,} before, {exact['after']:,} after; should less than half of a "
        f"need stop a firm: {half['before']:,} before, {half['after']:,} after (new links as standing suppliers)."
    ]
    new = [f"{r['new_points']} (once {r['stops_when']}, links as {r['links_are']})" for r in rows if r["new_points"]]
    notes.append(f"New single points of failure: {'; '.join(new)}." if new else "No firm becomes a new single point.")
    top, unit = load.table.iloc[0], load.units["deliveries"]
    if top["share_of_deliveries"] > MUCH and top["needs"] > 1:
        notes.append(
            f"Mind: {top['candidate']} has {percent_text(top['share_of_deliveries'])} % of all new deliveries, for "
            f"{top['needs']:,} needs. Were it to stand still, {number_text(top['lost_after'])} {unit} would be lost "
            f"with the plan, {number_text(top['lost_before'])} without it; a plan with more partners spreads that."
        )
    return notes

"""Notes of partners on what bounds them: how far a lack is followed, who had to be listed, which needs have nobody."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from valuechain.recommend.filters import SMALL
from valuechain.recommend.judged import Judged
from valuechain.recommend.tiers import ALL, LOOP_TIERS, in_loop
from valuechain.results import percent_text

__all__ = ["how_far", "who_is_left"]

MUCH = 0.2
"""Part of all output above which expected losses say more about what is taken as essential than about partners."""

HELPS = 0.1
"""Part of the expected loss above which nobody can say that a single link hardly helps."""

WITHOUT = 3
"""Needs without a candidate that are named."""


def how_far(judged: Judged) -> list[str]:
    """Say how far a lack is followed, and where following it without end says little."""
    if judged.tiers is not None:
        how = f"A lack is followed {judged.tiers} tiers down the chain"
        if judged.tiers == 1:
            how = "A lack is followed one tier down the chain"
        if judged.question.tiers is not None:
            return [f"{how}, and no farther."]
        part = percent_text(in_loop(judged.economy)[1])
        return [
            f"{how}: {part} % of all essential purchases are within one loop ({judged.economy.rule}), and a lack that "
            "goes round it for ever takes all in it down, whatever link is new. A disruption of d days reaches about "
            f"d / s tiers where firms have stocks of s days; tiers (--tiers) sets them, here a stand-in, '{ALL}' "
            "follows without end."
        ]
    lost = judged.expected_loss / max(float(judged.economy.value.sum()), 1e-300)
    if lost <= MUCH or not _loops_hold(judged):
        return []
    return [
        f"That is {percent_text(lost)} % of all output: a lack that goes round loops of essential inputs pulls "
        f"down all in them ({judged.economy.rule}), so that one new link can hardly help. tiers (--tiers "
        f"{LOOP_TIERS}) follows a lack so many tiers only."
    ]


def who_is_left(judged: Judged) -> list[str]:
    """Say who is listed that would not be if others were left, and which needs have no candidate."""
    return [*_asked_for_more(judged), *_without(judged), *_hanging(judged)]


def _loops_hold(judged: Judged) -> bool:
    """Tell whether most is lost in loops of essential inputs, and no candidate cuts much of it."""
    if (judged.cut > HELPS * judged.expected_loss).any():
        return False
    graph, n = judged.economy.graph, len(judged.economy.value)
    buyer = np.repeat(graph.slot_buyer, np.diff(graph.link_start))
    links = sparse.coo_array((np.ones(len(buyer)), (graph.supplier, buyer)), shape=(n, n))
    _, part = connected_components(links, directed=True, connection="strong")
    lost = judged.economy.value * ((1 - judged.base).T @ judged.hazards.probability)
    in_loop = np.bincount(part)[part] > 1
    return bool(lost[in_loop].sum() > 0.5 * lost.sum())


def _asked_for_more(judged: Judged) -> list[str]:
    """Say for which needs present suppliers are listed."""
    needs = len(judged.found.asked_for_more)
    if not needs:
        return []
    return [
        f"For {needs:,} of {len(judged.slots):,} needs present suppliers of less than {SMALL:.0%} of the need are "
        "asked for more (kind: present supplier): no new maker is left, or they are industries, which mostly supply "
        "each other a little. suppliers_below 0 (--suppliers-below 0) leaves them out."
    ]


def _without(judged: Judged) -> list[str]:
    """Say which needs have no candidate."""
    economy, network = judged.economy, judged.network
    none = judged.slots[~np.isin(judged.slots, judged.found.slot)]
    if not len(none):
        return []
    names = [
        f"{network.products[economy.slot_product[k]]} of {network.firm_ids[economy.graph.slot_buyer[k]]}"
        for k in none[:WITHOUT]
    ]
    more = f" and {len(none) - WITHOUT:,} more" if len(none) > WITHOUT else ""
    return [f"No candidate is left for {len(none):,} of {len(judged.slots):,} needs: {', '.join(names)}{more}."]


def _hanging(judged: Judged) -> list[str]:
    """Say that all suggestions hang on upstream firms as present suppliers do, where nobody asked for such."""
    if judged.question.filters.shared_points is not None or not any(map(len, judged.found.shared)):
        return []
    return [
        "No other candidate is left: all here hang on upstream firms (shared_points) that all present suppliers of the "
        "need hang on. They help when present suppliers fail, and not when such a firm does. shared_points False "
        "(--no-shared-points) leaves them out."
    ]

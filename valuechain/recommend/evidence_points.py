"""For evidence cards: which single points of failure a suggestion makes, and which it takes away."""

from __future__ import annotations

import pandas as pd

from valuechain.network import Index
from valuechain.recommend.candidate_tables import named_points
from valuechain.recommend.judged import Judged
from valuechain.recommend.new_links import equal_part
from valuechain.recommend.new_points import HALF, Changed, Points

__all__ = ["point_columns"]

RULES = (("", 0.0), ("half_", HALF))
"""Prefix of columns, and part of a need without which a firm stops."""


def point_columns(judged: Judged, rows: Index) -> pd.DataFrame:
    """Return how many firms stop others today and with each suggestion, and who becomes or ceases to be such a firm.

    ``points_today, points_as_backup, points_as_standing`` count them; ``frees_as_backup, frees_as_standing`` name who
    no longer stops the buyer, ``new_as_standing`` who stops it from then on (a back-up makes nobody one, since all that
    delivers today goes on to). The same with ``half_``: should a firm stop when less than half of a need is left.
    """
    economy, found = judged.economy, judged.found
    lines: list[dict[str, object]] = [{} for _ in rows]
    for prefix, least in RULES:
        points = Points(economy=economy, min_share=least)
        for place, k in enumerate(rows):
            slot, firm, spare = found.slot[[k]], found.firm[[k]], found.spare[[k]]
            flow = equal_part(economy, slot, spare)
            backup = points.with_backups(slot, firm, spare)
            # As long as present suppliers deliver anything, and any of it is enough, both are the same.
            same = not least and flow[0] < economy.graph.need[slot[0]]
            standing = backup if same else points.with_standing(slot, firm, flow)
            lines[place] |= _columns(judged, prefix, backup, standing)
    texts = [f"{p}{c}" for p, _ in RULES for c in ("frees_as_backup", "frees_as_standing", "new_as_standing")]
    return pd.DataFrame(lines).astype(dict.fromkeys(texts, "str"))


def _columns(judged: Judged, prefix: str, backup: Changed, standing: Changed) -> dict[str, object]:
    # One link has one buyer: the firms say it all.
    gone, standing_gone, new = (
        named_points(judged.network, pairs[:, 0]) for pairs in (backup.gone, standing.gone, standing.new)
    )
    return {
        f"{prefix}points_today": backup.today,
        f"{prefix}points_as_backup": backup.after,
        f"{prefix}points_as_standing": standing.after,
        f"{prefix}frees_as_backup": gone,
        f"{prefix}frees_as_standing": standing_gone,
        f"{prefix}new_as_standing": new,
    }

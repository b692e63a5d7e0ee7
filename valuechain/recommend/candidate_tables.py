"""Tables beside candidates: how many each filter removed, who hangs on shared upstream firms, who makes alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.network import Index, Network
from valuechain.recommend.economy import Economy
from valuechain.results import rank_key

__all__ = ["PRESENTLY", "named_points", "potential_table", "removed_table", "told_table"]

PRESENTLY = "a present supplier"
"""How the words of the filter on present suppliers begin."""


def removed_table(removed: dict[str, list[int]], left: int) -> pd.DataFrame:
    """Return how many candidates each filter removed, and how many were left after it."""
    # Both filters on present suppliers stand side by side, though different needs are asked by them.
    order = sorted(removed, key=lambda words: (min(list(removed).index(words), 1), not words.startswith(PRESENTLY)))
    removed = {words: removed[words] for words in order}
    counts = [c for c, _ in removed.values()]
    after = left + np.cumsum([0, *counts[::-1]])[::-1][1:]
    return pd.DataFrame(
        {
            "filter": pd.Series(list(removed), dtype="str"),
            "removed": np.array(counts, dtype=np.int64),
            "not_known": np.array([u for _, u in removed.values()], dtype=np.int64),
            "left": np.asarray(after, dtype=np.int64),
        }
    )


def potential_table(economy: Economy, rows: pd.DataFrame) -> pd.DataFrame:
    """Return who makes something like a product, the most alike first."""
    network = economy.network
    slot, firm, makes = (rows[c].to_numpy(dtype=np.int64) for c in ("slot", "firm", "makes"))
    table = pd.DataFrame(
        {
            "candidate": pd.Series(network.firm_ids[firm], dtype="str"),
            "product": pd.Series(network.products[economy.slot_product[slot]], dtype="str"),
            "buyer": pd.Series(network.firm_ids[economy.graph.slot_buyer[slot]], dtype="str"),
            "makes": pd.Series(network.products[makes], dtype="str"),
            "similarity": rows["similarity"].to_numpy(dtype=np.float64),
            "spare": rows["spare"].to_numpy(dtype=np.float64),
        }
    )
    table["_rank"] = -rank_key(table["similarity"])
    return table.sort_values(["_rank", "buyer", "product", "candidate"], ignore_index=True).drop(columns="_rank")


def told_table(economy: Economy, told: list[tuple[int, int, Index]]) -> pd.DataFrame:
    """Return whom the filter on shared upstream firms removed, and which firms these are."""
    network = economy.network
    ids, products = network.firm_ids, network.products
    rows = [
        (
            ids[economy.graph.slot_buyer[slot]],
            products[economy.slot_product[slot]],
            ids[firm],
            named_points(network, points),
        )
        for slot, firm, points in told
    ]
    table = pd.DataFrame(rows, columns=["buyer", "product", "candidate", "shared_point"], dtype="str")
    return table.sort_values(["buyer", "product", "candidate"], ignore_index=True)


def named_points(network: Network, points: Index) -> str:
    """Return the ids of shared points, the first three by id."""
    ids = sorted(str(i) for i in network.firm_ids[points])
    return "; ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")

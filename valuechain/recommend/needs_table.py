"""The needs that partners were sought for: how large, from where, and what the best partner could cut."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.analysis.single_sourced import product_name
from valuechain.network import Floats, Index
from valuechain.recommend.judged import Judged
from valuechain.results import Result, percent_text, rank_key

__all__ = ["from_abroad", "needs_result"]

ABROAD = (
    "foreign_share: from suppliers whose country is known to be another one; country_share: from largest_country, the "
    "other country that most comes from."
)


def needs_result(judged: Judged) -> Result:
    """Return one row a need: how large, how many suppliers, what the best partner could cut, how many candidates."""
    network, graph, slots = judged.network, judged.economy.graph, judged.slots
    count = pd.Series(judged.found.slot).value_counts()
    largest = np.array([_largest(judged, int(k)) for k in slots], dtype=np.int64)
    abroad = _abroad(judged)
    best = pd.Series(judged.cut).groupby(judged.found.slot).max()
    table = pd.DataFrame(
        {
            "buyer": pd.Series(network.firm_ids[graph.slot_buyer[slots]], dtype="str"),
            "product": pd.Series(network.products[judged.economy.slot_product[slots]], dtype="str"),
            "need": graph.need[slots],
            "suppliers": (graph.link_start[slots + 1] - graph.link_start[slots]).astype(np.int64),
            "largest_share": graph.share[largest],
            "largest_supplier": pd.Series(network.firm_ids[graph.supplier[largest]], dtype="str"),
            **({} if abroad is None else abroad),
            "most_to_gain": judged.potential,
            "candidates": count.reindex(slots, fill_value=0).to_numpy(dtype=np.int64),
            "best_cut": best.reindex(slots).to_numpy(dtype=np.float64),
        }
    )
    passed = judged.passed_over
    note = f"{passed:,} needs with less to gain were not looked at." if passed else "All needs asked for are here."
    return Result(
        table=table,
        title="Needs that partners were sought for",
        units=dict.fromkeys(("need", "most_to_gain", "best_cut"), network.flow_unit)
        | {"suppliers": "firms", "candidates": "firms", "largest_share": "fraction of need"}
        | ({} if abroad is None else dict.fromkeys(("foreign_share", "country_share"), "fraction of need")),
        notes=(
            "most_to_gain: expected loss that a supplier which always has enough would cut; no single partner can be "
            "worth more.",
            *([] if abroad is None else [ABROAD]),
            note,
        ),
    )


def from_abroad(judged: Judged) -> list[str]:
    """Say which need of the buyer asked for comes most from one other country, where several are looked at."""
    abroad = _abroad(judged)
    if judged.question.buyer is None or judged.question.product is not None or abroad is None:
        return []
    share = abroad["country_share"].to_numpy()
    if not (np.nan_to_num(share) > 0).any():
        return []
    network = judged.network
    products = network.products[judged.economy.slot_product[judged.slots]].astype(str)
    k = int(np.lexsort((products, -rank_key(np.nan_to_num(share))))[0])
    some = int((judged.found.slot == judged.slots[k]).sum())
    here = "candidate here is" if some == 1 else "candidates here are"
    those = f"{some:,} {here} for it (product, --product {products[k]}, shows these alone)"
    if not some:
        those = f"no candidate here is for it (product, --product {products[k]}, says why)"
    one, every = (percent_text(float(abroad[name].iloc[k])) for name in ("country_share", "foreign_share"))
    return [
        f"Most concentrated foreign input: {product_name(network, products[k])}, {one} % of it from "
        f"{abroad['largest_country'].iloc[k]}, {every} % from abroad in all; {those}. needs (--needs) has "
        "the others."
    ]


def _largest(judged: Judged, slot: int) -> int:
    """Return the link of the largest supplier of a slot, the first by id of equal ones."""
    graph = judged.economy.graph
    links = np.arange(graph.link_start[slot], graph.link_start[slot + 1])
    ids = judged.network.firm_ids[graph.supplier[links]].astype(str)
    return int(links[np.lexsort((ids, -rank_key(graph.share[links])))[0]])


def _abroad(judged: Judged) -> dict[str, pd.Series] | None:
    """Return what comes from other countries, and from which one most; None where no country is known.

    A supplier whose country is not known is not counted as foreign; a buyer's country that is not known leaves NaN.
    """
    firms, graph = judged.network.firms, judged.economy.graph
    if "country" not in firms or firms["country"].isna().all():
        return None
    country = firms["country"].to_numpy(dtype=object)
    known = firms["country"].notna().to_numpy()
    foreign, largest, part = np.full((3, len(judged.slots)), np.nan).astype(object)
    for at, slot in enumerate(judged.slots):
        home = graph.slot_buyer[slot]
        if not known[home]:
            continue
        links = slice(graph.link_start[slot], graph.link_start[slot + 1])
        suppliers = graph.supplier[links]
        away = known[suppliers] & (country[suppliers] != country[home])
        total, name, share = _by_country(graph.share[links][away], country[suppliers[away]])
        foreign[at], largest[at], part[at] = total, name, share
    return {
        "foreign_share": pd.Series(foreign, dtype="float64"),
        "largest_country": pd.Series(largest, dtype="str"),
        "country_share": pd.Series(part, dtype="float64"),
    }


def _by_country(share: Floats, country: Index) -> tuple[float, object, float]:
    """Return all shares added up, and the country with most of them."""
    if not len(share):
        return 0.0, np.nan, 0.0
    sums = pd.Series(share).groupby(country.astype(str)).sum()
    name = sums.index[np.lexsort((sums.index.to_numpy(dtype=str), -rank_key(sums.to_numpy())))[0]]
    return float(share.sum()), name, float(sums[name])

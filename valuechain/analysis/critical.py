"""One verdict on critical firms: exact single points of failure, beside what other rankings say, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from valuechain.analysis.critical_others import Others, others_of
from valuechain.analysis.critical_rankings import Overlap, keys_of, overlaps, places
from valuechain.analysis.critical_stability import Stability, stability
from valuechain.analysis.critical_words import Reasons
from valuechain.analysis.needs import measures_of
from valuechain.analysis.single_points import SinglePoints, single_points_of_failure
from valuechain.analysis.stops import Semantics
from valuechain.errors import ParameterError
from valuechain.models.cascade_network import Cascade
from valuechain.models.cascade_run import Progress
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Critical(Result):
    """The most critical firms, why they are, what other rankings say, and how sure the ranking is.

    ``points`` holds every firm with what it stops, ``overlap`` the other rankings, ``stability`` the ranks over draws
    of uncertain links. ``best`` is the centrality that finds most of the exact ranking, None where none was computed.
    ``others`` holds the values of the other rankings by firm.
    """

    points: SinglePoints
    overlap: Overlap
    stability: Stability
    best: str | None
    others: Others = field(metadata={"source": "values by firm"})

    @property
    def sections(self) -> tuple[Result, ...]:
        """The sections in the order a reader wants them."""
        return (self.overlap, self.stability, self.points)


def critical(  # noqa: PLR0913 - the choices of three analyses
    network: Network,
    *,
    top: int = 20,
    semantics: Semantics = "propagation",
    min_share: float = 0.0,
    runs: int | None = None,
    seed: int = 0,
    inferred_confidence: float | None = None,
    risk: bool | None = None,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Critical:
    """Return the firms whose failure stops most, exactly, why, what other rankings make of them, and how sure it is.

    Parameters
    ----------
    network
        The value chain.
    top
        Firms in the ranked table, and at the top of the draws.
    semantics
        "propagation": what stops of all that runs today; "ground-up": what can no longer be built from scratch. The
        draws follow it too; the other rankings know nothing of it.
    min_share
        Share of its flow from other firms that a need must keep; 0: any working supplier is enough.
    runs
        Draws of the uncertain links; 0: none. None: up to 200, fewer for large networks, none where it takes minutes.
    seed
        Of these draws.
    inferred_confidence
        How sure links are, 0..1, that are inferred (or candidates) and have no ``confidence``; None: 0.5, with a
        warning where there are any.
    risk
        Whether to compute the cascade index of all firms. None: up to 20,000 firms; in larger networks only that of
        the listed firms, which then has no ranking to compare.
    model
        Parameters of the cascade; default ``Cascade()``.
    threads
        Threads for the cascade; default one a core.
    progress
        Called with firms done and firms in all, for the cascade.

    Returns
    -------
    Critical
        Table ``firm, name, sector, country, rank, value_stopped, stops, index, index_rank, centrality,
        centrality_rank, product, hhi, share, rank_low, rank_high, in_top, why``, most value stopped first; only firms
        that stop others. ``index`` is the cascade index (:func:`valuechain.systemic_risk`), ``centrality`` the measure
        ``best``, ``product`` what the firm sells most of here, ``hhi`` the concentration of that product's supply
        (0..1), ``share`` the firm's part of it. ``rank_low`` to ``rank_high`` spans nine of ten draws and ``rank``;
        ``in_top`` is the share of draws with the firm among the first ``top``; these three are there only where draws
        were made, or nothing is uncertain.

    Warns
    -----
    DefaultWarning
        When the network does not say what is essential, or inferred links not how sure they are.

    Raises
    ------
    ParameterError
        When an option is outside its range.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.critical(vc.example("textbook")).table[["firm", "stops"]].values.tolist()
    [['sector_1', 1], ['sector_2', 1]]
    """
    if isinstance(top, bool) or not isinstance(top, int | np.integer) or top < 1:
        raise ParameterError(f"top {top!r} is not a number of firms; write a whole number from 1")
    points = single_points_of_failure(network, semantics=semantics, min_share=min_share)
    sure = stability(
        network,
        top=int(top),
        runs=runs,
        seed=seed,
        inferred_confidence=inferred_confidence,
        min_share=min_share,
        semantics=semantics,
    )
    measures = measures_of(network)
    value, stops, direct = _by_position(network, points)
    listed = network.positions(points.table["firm"][points.table["stops"] > 0].head(top))
    others = others_of(network, listed, risk=risk, model=model, threads=threads, progress=progress)
    rankings = others.rankings | {"buyers_without_other_source": direct}
    overlap = overlaps(network, value, stops, rankings, centralities=frozenset(others.centralities), notes=others.notes)
    table = _table(network, points, listed, (value, stops), (others, overlap.best))
    if sure.runs or not sure.uncertain:
        columns = ["firm", "rank_low", "rank_high", "in_top"]
        table = table.merge(sure.table[columns], on="firm", how="left", validate="one_to_one")
    worth = rank_key(measures.whole[:, 0] * measures.unit[0])
    reasons = Reasons(network, worth, float(min_share), tuple(listed), semantics)
    lost = points.table["products"].head(len(listed))
    table["why"] = pd.Series([reasons.why(int(f), p) for f, p in zip(listed, lost, strict=True)], dtype="str")
    return Critical(
        table=table,
        title=f"Critical firms of {network.name}",
        units=_units(network, table, others.units.get(overlap.best or "", "")),
        parameters={**points.parameters, "top": int(top), **{k: sure.parameters[k] for k in ("runs", "seed")}},
        notes=(points.notes[0], *overlap.notes[1:], *sure.notes, *points.notes[1:]),
        points=points,
        overlap=overlap,
        stability=sure,
        best=overlap.best,
        others=others,
    )


def _by_position(network: Network, points: SinglePoints) -> tuple[Floats, Index, Floats]:
    """Return value stopped, number stopped, and buyers without another source of each firm, by position."""
    at = network.positions(points.table["firm"])
    value, stops, direct = np.empty(len(at)), np.empty(len(at), dtype=np.int64), np.empty(len(at))
    value[at] = points.table["value_stopped"]
    stops[at], direct[at] = points.table["stops"], points.table["direct"]
    return value, stops, direct


def _table(
    network: Network,
    points: SinglePoints,
    listed: Index,
    exact: tuple[Floats, Index],
    beside: tuple[Others, str | None],
) -> pd.DataFrame:
    """Return the listed firms with what is shown beside the exact ranking."""
    value, stops = exact
    others, best = beside
    firms = network.firms
    shown = [c for c in ("firm", "name", "sector", "country") if c in firms]
    table = firms[shown].iloc[listed].reset_index(drop=True)
    table["rank"] = places(rank_key(value), stops.astype(np.float64))[listed]
    first = points.table.head(len(listed))
    table["value_stopped"], table["stops"] = first["value_stopped"], first["stops"]
    if others.risk is not None:
        table["index"] = others.risk[listed]
        if "cascade_index" in others.rankings:
            table["index_rank"] = places(keys_of(others.risk))[listed]
    if best is not None:
        table["centrality"] = others.centralities[best][listed]
        table["centrality_rank"] = places(keys_of(others.centralities[best]))[listed]
    return table.join(_supply(network, listed))


def _supply(network: Network, listed: Index) -> pd.DataFrame:
    """Return what each firm sells most of, how concentrated the supply of that is, and the firm's share of it."""
    rows = []
    hhi: dict[int, Floats] = {}
    for firm in listed:
        links = np.flatnonzero((network.supplier == firm) & (network.flow > 0))
        sold = np.bincount(network.product[links], weights=network.flow[links])
        product = int(np.argmax(rank_key(sold)))
        if product not in hhi:
            of = network.product == product
            by_supplier = np.bincount(network.supplier[of], weights=network.flow[of], minlength=network.n_firms)
            hhi[product] = by_supplier / by_supplier.sum()
        share = hhi[product]
        rows.append((str(network.products[product]), float((share**2).sum()), float(share[firm])))
    table = pd.DataFrame(rows, columns=["product", "hhi", "share"])
    return table.astype({"product": "str", "hhi": "float64", "share": "float64"})


def _units(network: Network, table: pd.DataFrame, centrality: str) -> dict[str, str]:
    units = {
        "centrality": centrality,
        "value_stopped": network.flow_unit,
        "stops": "firms",
        "index": "fraction of the network's sales",
        "hhi": "0..1",
        "share": "fraction of flow",
        "in_top": "fraction of draws",
    }
    return {column: unit for column, unit in units.items() if column in table}

"""What is set beside the exact ranking: the cascade index and the centralities, as far as they can be had in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.analysis.centrality import Centrality, centrality
from valuechain.models.cascade_network import Cascade
from valuechain.models.cascade_run import Progress
from valuechain.models.systemic_risk import risk_of, systemic_risk
from valuechain.network import Floats, Index, Network

ALL_RISK = 20_000
"""Firms up to which the cascade index of all of them is computed unless told otherwise; it takes some seconds."""

ALL_MEASURES = 200_000
"""Links up to which centralities that follow shortest paths are computed; above, they take a minute."""

MEASURES = (
    "in_strength",
    "out_strength",
    "pagerank_downstream",
    "pagerank_upstream",
    "katz_downstream",
    "katz_upstream",
    "output_multiplier",
    "influence",
    "upstreamness",
    "core",
    "articulation",
    "dominated",
)
PATHS = ("betweenness", "nexus")

OF_OUTPUT = ("output_multiplier", "upstreamness")
"""Measures that divide by output, which may be 0 or too small."""


@dataclass(frozen=True, kw_only=True)
class Others:
    """Values by position of the other rankings, the units of the centralities among them, and what was left out.

    ``risk`` is the cascade index, nan where it was not computed; None: nowhere.
    """

    risk: Floats | None
    centralities: dict[str, Floats]
    units: dict[str, str]
    notes: tuple[str, ...]

    @property
    def rankings(self) -> dict[str, Floats]:
        """Rankings of all firms."""
        whole = self.risk is not None and not np.isnan(self.risk).any()
        return ({"cascade_index": self.risk} if whole and self.risk is not None else {}) | self.centralities


def others_of(
    network: Network,
    listed: Index,
    *,
    risk: bool | None,
    model: Cascade | None,
    threads: int | None,
    progress: Progress | None,
) -> Others:
    """Return what can be had: ``listed`` firms get a cascade index in any network unless ``risk`` is False."""
    index, notes = _risk(network, listed, (risk, model, threads, progress))
    values, units, more = _centralities(network)
    return Others(risk=index, centralities=values, units=units, notes=(*notes, *more))


def _risk(
    network: Network, listed: Index, options: tuple[bool | None, Cascade | None, int | None, Progress | None]
) -> tuple[Floats | None, tuple[str, ...]]:
    wanted, model, threads, progress = options
    if wanted is False:
        return None, ("The cascade index was not computed; risk=True (--risk) does.",)
    index = np.full(network.n_firms, np.nan)
    if wanted or network.n_firms <= ALL_RISK:
        found = systemic_risk(network, model=model, threads=threads, progress=progress).table
        index[network.positions(found["firm"])] = found["index"]
        return index, ()
    if len(listed):
        index[listed] = risk_of(network, listed, model=model, threads=threads)
    return index, (
        f"The cascade index was computed for the listed firms only, since {network.n_firms:,} are many: risk=True "
        "(--risk) computes all, and valuechain risk --only-top 100 the most systemic ones.",
    )


def _centralities(network: Network) -> tuple[dict[str, Floats], dict[str, str], tuple[str, ...]]:
    if not (network.flow > 0).any():
        return {}, {}, ()
    large = network.n_links > ALL_MEASURES
    found = centrality(network, measures=MEASURES if large else (*MEASURES, *PATHS))
    at = network.positions(found.table["firm"])
    trades = network.sales + network.purchases > 0
    values: dict[str, Floats] = {}
    notes = []
    for name in (*MEASURES, *PATHS):
        if name not in found.table:
            continue
        value = np.empty(network.n_firms)
        value[at] = found.table[name]
        if np.isnan(value).all():
            notes.append(f"Not defined in this network, and left out: {name}{_because(found, name)}.")
        else:
            values[name] = value
            if name in OF_OUTPUT and np.isnan(value[trades]).any():
                notes.append(f"{name} is not defined for some firms, which it has last{_because(found, name)}.")
    if large:
        notes.append(
            f"{' and '.join(PATHS)} take long with {network.n_links:,} links and were left out; valuechain centrality "
            "has them."
        )
    return values, {name: found.units[name] for name in values}, tuple(notes)


def _because(found: Centrality, name: str) -> str:
    return f" ({found.undefined[name]})" if name in found.undefined else ""

"""Before and after: what a changed network does to losses, weak points and concentration, under the same scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.single_points import single_points_of_failure
from valuechain.analysis.single_sourced import single_sourced_inputs
from valuechain.network import Network
from valuechain.recommend.economy import Economy, economy_of, expected, losses_of
from valuechain.recommend.hazards import HazardModel, hazards_of
from valuechain.recommend.tiers import activity_within, tiers_of
from valuechain.recommend.worth import TAIL, checked_tail, tail_loss
from valuechain.results import Result, number_text, percent_text
from valuechain.scenario import Scenario

__all__ = ["WhatIf", "what_if"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WhatIf(Result):
    """Indicators of a network before and after a change."""


def what_if(
    before: Network,
    after: Network,
    *,
    scenario: Scenario | Sequence[Scenario] | HazardModel | None = None,
    runs: int | None = None,
    seed: int | None = None,
    tail: float = TAIL,
    tiers: int | str | None = None,
) -> WhatIf:
    """Return indicators before and after a change, such as new links by :func:`valuechain.edit.with_links`.

    Firms with the same id get the same draws in both networks. New links are standing suppliers here: their share of
    the need is what the network says, and nobody delivers more than that.

    Parameters
    ----------
    before, after
        The two networks.
    scenario, runs, seed
        What may happen, see :func:`~valuechain.recommend.hazards.hazards_of`.
    tail
        Tail losses are the mean of the worst ``1 - tail`` part of probability.
    tiers
        How many tiers a lack is followed, as ``parameters["tiers"]`` of :func:`valuechain.partners` says; None, or
        ``"all"``: without end.

    Returns
    -------
    WhatIf
        Table ``indicator, unit, before, after, change``: expected and tail loss, firms that stop others, most firms
        that one stops, essential needs with one source, mean concentration (HHI) of essential needs by flow, firms,
        links.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["sector_1"]}, loss=0.5)])
    >>> found = what_if(net, net, scenario=fire)
    >>> bool((found.table["change"] == 0).all())
    True
    """
    checked_tail(tail)
    far = tiers_of(tiers)
    columns = []
    words = ""
    parameters: dict[str, object] = {}
    for network in (before, after):
        economy = economy_of(network, spare_share=0.0)  # spare capacity plays no part without back-ups
        hazards = hazards_of(network, scenario, runs=runs, seed=seed)
        losses = losses_of(economy, activity_within(economy, hazards.surviving, tiers=far)[0])
        columns.append(_indicators(network, economy, losses, hazards.probability, tail))
        words, parameters = hazards.words, dict(hazards.parameters)
    table = pd.DataFrame(columns[0], columns=["indicator", "unit", "before"])
    table["after"] = [row[2] for row in columns[1]]
    table["change"] = table["after"] - table["before"]
    return WhatIf(
        table=table.astype({"indicator": "str", "unit": "str"}),
        title=f"What if: {before.name} before and after",
        parameters={
            **parameters,
            "tail": tail,
            **({} if far is None else {"tiers": far}),
            "network": before.name,
            "fingerprint": before.fingerprint,
            "fingerprint after": after.fingerprint,
        },
        notes=(_headline(table), words),
    )


def _indicators(
    network: Network,
    economy: Economy,
    losses: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    probability: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    tail: float,
) -> list[tuple[str, str, float]]:
    graph = economy.graph
    points, single = single_points_of_failure(network), single_sourced_inputs(network)
    squares = np.add.reduceat(graph.share**2, graph.link_start[:-1]) if economy.n_slots else np.zeros(0)
    mean = float(np.average(squares, weights=graph.need)) if economy.n_slots else float("nan")
    return [
        ("expected loss of all firms", network.flow_unit, expected(losses, probability)),
        ("tail loss of all firms", network.flow_unit, float(tail_loss(losses[:, None], probability, tail)[0])),
        ("firms that stop others", "firms", float(points.points)),
        ("most firms that one stops", "firms", float(points.largest)),
        ("essential needs with one source", "needs", float(single.slots)),
        ("mean concentration of essential needs", "HHI 0..1", mean),
        ("firms", "firms", float(network.n_firms)),
        ("links", "links", float(network.n_links)),
    ]


def _headline(table: pd.DataFrame) -> str:
    loss = table.iloc[0]
    if loss["before"] <= 0:
        return "Nothing is lost in these scenarios before the change."
    share = percent_text(abs(float(loss["change"])) / float(loss["before"]))
    way = "falls" if loss["change"] < 0 else "rises"
    if loss["change"] == 0:
        return f"The expected loss stays at {number_text(float(loss['before']))} {loss['unit']}."
    return (
        f"The expected loss {way} by {share} %, from {number_text(float(loss['before']))} to "
        f"{number_text(float(loss['after']))} {loss['unit']}."
    )

"""In a crisis: who else can deliver what a scenario breaks, with no capacity given out twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.models.over_time import Model
from valuechain.models.simulate import SimulationResult
from valuechain.network import Floats, Network
from valuechain.recommend.allocation import allocate
from valuechain.recommend.alternatives_tables import Found, deliveries_table, headline, needs_result, units_of
from valuechain.recommend.broken_needs import Broken, broken_needs, market_of, ranks_of, suppliers_for
from valuechain.recommend.crisis_state import Mask, State, delivered_shares, state_of
from valuechain.recommend.economy import Economy, activity_of, economy_of, losses_of
from valuechain.recommend.fair_fill import Market, fair_fill
from valuechain.recommend.granted import SURE, with_granted
from valuechain.recommend.outside import checked_candidates, with_outside
from valuechain.results import Result
from valuechain.scenario import Scenario
from valuechain.scenario.distributions import is_number

__all__ = ["LEAST_LOSS", "Alternatives", "alternatives"]

LEAST_LOSS = 0.01
"""Losses up to this share of a firm's output, or of a need, count as none."""

MOST_ROUNDS = 10
"""Rounds in which what a buyer cannot use goes to others."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Alternatives(Result):
    """Deliveries that make up for what a crisis breaks.

    ``slots`` counts the needs left short, ``filled_share`` is the part of their value that is found, ``loss`` and
    ``loss_after`` are the parts of all output lost without and with the deliveries (None on a simulated day).
    ``needs`` has a row for each need, ``unmet`` those that stay short.
    """

    slots: int
    filled_share: float
    loss: float | None
    loss_after: float | None
    needs: Result

    @property
    def unmet(self) -> Result:
        """The needs that are not filled wholly, with the reason."""
        rows = self.needs.table
        rows = rows[rows["unmet_value"] > 0].sort_values("unmet_value", ascending=False, kind="stable")
        return replace(self.needs, table=rows.reset_index(drop=True), title="Needs that stay unmet")


def alternatives(  # noqa: PLR0913 - one argument a choice, all but two with a default
    network: Network,
    scenario: Scenario | Mapping[str, float] | SimulationResult,
    *,
    day: int | None = None,
    model: Model | None = None,
    buyers: Iterable[str] | None = None,
    cluster: str | None = None,
    area: str | Iterable[str] | None = None,
    max_km: float | None = None,
    priority: str | None = None,
    first: Sequence[str] = (),
    direct: bool = False,
    least_loss: float = LEAST_LOSS,
    most_loss: float | None = None,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
    spare_share: float | None = None,
) -> Alternatives:
    """Return who else can deliver what a running crisis breaks.

    A need is broken when its suppliers deliver less than the buyer could still use. Firms that are not affected, sell
    the same product to anybody and have spare capacity may serve it. Capacity is given out once: the least filled need
    is raised first, within each priority; what a buyer could not use, because another essential input stays short,
    goes to others; among all ways to deliver the same, the nearest suppliers are taken.

    Parameters
    ----------
    network
        The value chain.
    scenario
        A certain scenario, ``{firm: lost fraction}``, or a run of :func:`valuechain.simulate` (with ``day``).
    day
        None: where the static economy comes to rest with all losses whole. Else the day of a simulation.
    model
        Model of that simulation; default ``Inventory()``.
    buyers, cluster
        Only needs of these firms, of the members of this cluster; default all.
    area
        Suppliers only from a bloc or countries: ``"EU"``, ``"DEU,POL"``, ``["DEU", "POL"]``.
    max_km
        Suppliers only up to this distance, km; where it is not known, a supplier is left out, and counted.
    priority
        Column of firms with numbers: 1 is served first, firms without a number last.
    first
        Clusters whose members are served first, in this order.
    direct
        True: only needs with a supplier that is hit itself; the others may come back when these are filled.
    least_loss
        Losses up to this share of output, or of a need, count as none.
    most_loss
        Suppliers may have lost up to this share of their output; they give that much less of their spare capacity.
        Default ``least_loss``. Where everything hangs together nobody is wholly unaffected: take such as 0.5.
    candidates
        Outside firms that may supply, a table or file as ``candidates`` of the format; default that of the network.
        One whose spare capacity is not known serves nobody.
    spare_share
        Spare capacity of firms without ``capacity``, share of their output; default 0.1, with a warning.

    Returns
    -------
    Alternatives
        Table ``buyer, product, supplier, delivery_value, need_share, spare_share, distance_km, place,
        supplies_already, capacity_known, is_outside``: one row a delivery; those of priority first, then those of needs
        whose supplier is hit itself, then of the largest needs.

    Raises
    ------
    ScenarioError, ParameterError, UnknownNameError
        When the scenario is random or selects nothing, an option is none, or a name is unknown.

    Warns
    -----
    DefaultWarning
        When spare capacity rests on the default share.

    References
    ----------
    Megiddo (1974), Optimal flows in networks with multiple sources and sinks, Mathematical Programming 7: 97: the
    fairest allocation is also one of the largest total.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> found = vc.alternatives(net, {"CHN.graphite_refining": 0.3}, spare_share=0.2)
    >>> found.table.columns[:4].tolist()
    ['buyer', 'product', 'supplier', 'delivery_value']
    """
    most_loss = least_loss if most_loss is None else most_loss
    _check({"least_loss": least_loss, "most_loss": most_loss}, max_km, buyers, cluster)
    table = network.table("candidates") if candidates is None else checked_candidates(candidates, network)
    outside = with_outside(network, table)
    economy = economy_of(outside.network, spare_share=spare_share, outside_spare=outside.spare)
    state = state_of(economy, network, scenario, day=day, model=model)
    chosen = _chosen_buyers(outside.network, buyers, cluster)
    broken = broken_needs(economy, state, least_loss=least_loss, buyers=chosen, direct=bool(direct))
    affected = state.affected(most_loss)
    spare = np.where(affected, 0.0, economy.spare * np.minimum(state.activity, 1.0))
    suppliers = suppliers_for(economy, broken, affected, spare, outside=outside, area=area, max_km=max_km)
    rank = ranks_of(outside.network, economy.graph.slot_buyer[broken.slot], priority=priority, first=list(first))
    market = market_of(economy, broken.lack, rank, suppliers, spare)
    given, useless = _useful(economy, state, broken, market)
    found = Found(
        economy=economy,
        state=state,
        broken=broken,
        rank=rank,
        suppliers=suppliers,
        given=given,
        spare=spare,
        useless=useless,
        returns=np.zeros(len(broken.slot)),
    )
    parameters = {
        **chosen_words(area, max_km, priority, first, least_loss, direct=bool(direct)),
        **({"most_loss": most_loss} if most_loss != least_loss else {}),
    }
    return _result(network, found, parameters)


def chosen_words(
    area: object, max_km: float | None, priority: str | None, first: Sequence[str], least_loss: float, *, direct: bool
) -> dict[str, object]:
    """Return the choices that are not the default, and the one that always matters."""
    given = {"area": area, "max_km": max_km, "priority": priority, "first": list(first) or None}
    chosen = {name: value for name, value in given.items() if value is not None}
    return {**chosen, **({"needs": "of suppliers hit themselves"} if direct else {}), "least_loss": least_loss}


def _check(shares: Mapping[str, float], max_km: float | None, buyers: object, cluster: str | None) -> None:
    problems = []
    for name, share in shares.items():
        if not is_number(share) or not 0 <= share < 1:
            problems.append(f"{name} {share!r} is no share; write a number from 0 to below 1, such as 0.01")
    if max_km is not None and (not is_number(max_km) or max_km < 0):
        problems.append(f"max_km {max_km!r} is no distance; write kilometres, such as 800")
    if buyers is not None and cluster is not None:
        problems.append("buyers and cluster are given; name one of them")
    if problems:
        raise ParameterError("\n".join(problems))


def _chosen_buyers(network: Network, buyers: Iterable[str] | None, cluster: str | None) -> Mask:
    chosen = np.full(network.n_firms, buyers is None and cluster is None)
    if buyers is not None:
        chosen[network.positions([buyers] if isinstance(buyers, str) else list(buyers))] = True
    if cluster is not None:
        # The rank of its members is 0, of all others 1.
        chosen = ranks_of(network, np.arange(network.n_firms), priority=None, first=[cluster]) == 0
    return chosen


def _useful(economy: Economy, state: State, broken: Broken, market: Market) -> tuple[Floats, Mask]:
    """Return what each pair delivers, and which needs get less than there is since the buyer could not use it.

    What is accepted only grows: each round gives what is left, then takes back what another input makes useless. Such a
    need asks for no more until all others have what they can use.
    """
    lack, accepted = broken.lack, np.zeros(len(broken.lack))
    offered, closed = accepted, np.zeros(len(lack), dtype=bool)
    for _ in range(MOST_ROUNDS if len(market.pair_need) else 0):
        got = _more(market, accepted, closed)
        offered = np.maximum(offered, got)
        usable = np.maximum(_usable(economy, state, broken, got), accepted)
        grown, wasted = (usable - accepted).sum(), got - usable > 1e-9 * lack
        accepted = usable
        if not wasted.any() and (not closed.any() or grown <= 1e-6 * lack.sum()):
            break
        closed = closed | wasted if wasted.any() else np.zeros(len(lack), dtype=bool)
    some = np.flatnonzero(accepted > 1e-9 * lack)
    place = np.full(len(lack), -1)
    place[some] = np.arange(len(some))
    pairs = np.flatnonzero(place[market.pair_need] >= 0)
    given = np.zeros(len(market.pair_need))
    given[pairs] = allocate(
        Market(
            need=accepted[some],
            rank=np.zeros(len(some), dtype=np.int64),
            capacity=market.capacity,
            pair_need=place[market.pair_need[pairs]],
            pair_offer=market.pair_offer[pairs],
            cost=market.cost[pairs],
        )
    )
    return given, accepted < offered - 1e-6 * lack


def _more(market: Market, accepted: Floats, closed: Mask) -> Floats:
    """Return what each need gets when it keeps what was accepted and what is left is given out fairly."""
    rest = market.need - accepted
    kept, open_ = np.flatnonzero(accepted > 0), np.flatnonzero((rest > 1e-12 * market.need) & ~closed)
    number = len(kept) + len(open_)
    rows = np.concatenate([kept, open_])
    # Pairs of a need are those of its part that is kept, and of its part that is open.
    places = [np.full(len(market.need), -1), np.full(len(market.need), -1)]
    places[0][kept], places[1][open_] = np.arange(len(kept)), len(kept) + np.arange(len(open_))
    parts = [place[market.pair_need] for place in places]
    pair_need = np.concatenate([p[p >= 0] for p in parts])
    pair_offer = np.concatenate([market.pair_offer[p >= 0] for p in parts])
    fill = fair_fill(
        Market(
            need=np.concatenate([accepted[kept], rest[open_]]),
            rank=np.concatenate([np.full(len(kept), -1), market.rank[open_]]),
            capacity=market.capacity,
            pair_need=pair_need,
            pair_offer=pair_offer,
            cost=np.zeros(len(pair_need)),
        )
    )
    more = np.zeros(len(market.need))
    more[open_] = fill[len(kept) : number] * rest[rows[len(kept) :]]
    return accepted + more


def _usable(economy: Economy, state: State, broken: Broken, got: Floats) -> Floats:
    """Return what buyers can use of what they get: no input carries further than the shortest one."""
    graph = economy.graph
    share = delivered_shares(economy, state.activity)
    share[broken.slot] += got / graph.need[broken.slot]
    level = state.able.copy()
    np.minimum.at(level, graph.slot_buyer, share)
    mine = level[graph.slot_buyer[broken.slot]] - broken.delivered
    return np.minimum(got, graph.need[broken.slot] * np.maximum(mine, 0.0))


def _result(network: Network, found: Found, parameters: dict[str, object]) -> Alternatives:
    found, loss, after, drawn = _tried(found)
    asked = float(found.broken.lack.sum())
    filled = float(found.given.sum()) / asked if asked > 0 else 1.0
    return Alternatives(
        table=deliveries_table(found),
        title=f"Alternative suppliers in '{found.state.parameters['scenario']}'",
        units=units_of(network),
        parameters={
            **found.state.parameters,
            **parameters,
            "essential": found.economy.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=headline(found, filled, loss, after, drawn),
        slots=len(found.broken.slot),
        filled_share=min(filled, 1.0),
        loss=loss,
        loss_after=after,
        needs=needs_result(found),
    )


def _tried(found: Found) -> tuple[Found, float | None, float | None, float | None]:
    """Return what was found with what usual suppliers deliver again once it runs, and three numbers.

    These are the loss without and with the deliveries, shares of all output, and what is still drawn on.
    """
    economy, total = found.economy, float(found.economy.value.sum())
    if not found.state.is_steady or total <= 0:
        return found, None, None, None
    slot, filled = found.broken.slot, found.filled
    # Deliveries keep to what their suppliers have left, and make no firm work less: they are there for sure.
    sure, share = np.full(len(slot), SURE), filled / economy.graph.need[slot]
    more = with_granted(economy, found.state.surviving[None, :], slot=slot, firm=sure, share=share)
    activity = activity_of(*more)[:, : economy.network.n_firms]
    before, after = (float(losses_of(economy, x)[0]) for x in (found.state.activity[None, :], activity))
    comes, need = delivered_shares(economy, activity[0])[slot], economy.graph.need[slot]
    drawn = np.minimum(filled, need * np.maximum(found.state.able[economy.graph.slot_buyer[slot]] - comes, 0.0)).sum()
    found = replace(found, returns=np.maximum(comes - found.broken.delivered, 0.0) * need)
    return found, before / total, after / total, float(drawn)

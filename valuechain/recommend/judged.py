"""Candidates judged: what each costs and is worth alone, over the same scenarios with and without it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from valuechain.errors import ParameterError
from valuechain.network import Floats, Index, Network
from valuechain.recommend.candidates import Candidates, candidates_of
from valuechain.recommend.costs import Costs, costs_of
from valuechain.recommend.economy import Economy, expected, losses_of
from valuechain.recommend.filters import Filters
from valuechain.recommend.hazards import Hazards
from valuechain.recommend.no_partner import refuse_none
from valuechain.recommend.outside import Outside
from valuechain.recommend.screening import Screened
from valuechain.recommend.tiers import How, activity_within, potential_within, screened_within, tiers_for, tiers_of
from valuechain.recommend.worth import TAIL, Sure, checked_tail, how_sure, tail_loss
from valuechain.results import number_text, rank_key
from valuechain.scenario.distributions import is_number

__all__ = ["MOST_SLOTS", "Judged", "Question", "checked_budget", "judge", "within_budget"]

LIKELY = 60
"""Needs of which is worked out what the best partner could cut; of more, those whose buyer loses most by them."""

MOST_SLOTS = 20
"""Needs that partners are sought for where a buyer, cluster or network has more: those with most to gain."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked of :func:`~valuechain.recommend.partners.partners`, beside the network and the scenarios."""

    buyer: str | None = None
    product: str | None = None
    cluster: str | None = None
    filters: Filters = field(default_factory=Filters)
    slots: int = MOST_SLOTS
    tail: float = TAIL
    fixed_cost: float | None = None
    unit_cost: float | None = None
    spare_share: float | None = None
    threads: int | None = None
    count_potential: bool = False
    tiers: int | str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no tail or no number of needs or tiers."""
        checked_tail(self.tail)
        tiers_of(self.tiers)
        if isinstance(self.slots, bool) or not isinstance(self.slots, int) or self.slots < 1:
            raise ParameterError(f"slots {self.slots!r} is no number of needs; write a whole number from 1")

    def words(self) -> dict[str, object]:
        """Return the choices for ``Result.parameters``."""
        given = {name: getattr(self, name) for name in ("buyer", "product", "cluster", "spare_share")}
        given |= {name: getattr(self, name) for name in ("fixed_cost", "unit_cost")}
        said = {name: value for name, value in given.items() if value is not None}
        said |= {"count_potential": True} if self.count_potential else {}
        return {**said, **self.filters.words(), "slots": self.slots, "tail": self.tail}


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Candidates and what each is worth alone; arrays of candidates have shape (candidates,).

    Parameters
    ----------
    question, economy, hazards
        What was asked, of which economy, over which scenarios.
    tiers
        How many tiers a lack is followed; None: without end.
    base, before
        Activity without any of them, and the one that buyers got their inputs from: that of one tier less, or the same
        without end; shape (scenarios, firms).
    slots, potential
        The needs looked at, and what a supplier that always has enough would be worth to each (currency per flow
        period); shape (needs,).
    passed_over
        Needs with less to gain that were not looked at.
    found, costs, worth
        The candidates, what they cost, what they are worth in each scenario.
    sure
        How sure expected gains are.
    cut, own, delivered
        Expected output that is not lost, of all firms and of the buyer, and what is delivered (currency per flow
        period).
    tail_cut
        Tail loss without less tail loss with (currency per flow period).
    cost
        Currency, see :meth:`~valuechain.recommend.costs.Costs.of`.
    loss
        Loss of each scenario without any of them, currency per flow period; shape (scenarios,).
    over_budget
        Candidates left out because they cost more than the budget.
    """

    question: Question
    economy: Economy
    hazards: Hazards
    tiers: int | None
    base: Floats
    before: Floats
    slots: Index
    potential: Floats
    passed_over: int
    found: Candidates
    costs: Costs
    worth: Screened
    sure: Sure
    cut: Floats
    own: Floats
    delivered: Floats
    tail_cut: Floats
    cost: Floats
    loss: Floats
    over_budget: int = 0

    @property
    def network(self) -> Network:
        """The network."""
        return self.economy.network

    @property
    def buyer(self) -> Index:
        """Position of the buyer of each candidate."""
        return self.economy.graph.slot_buyer[self.found.slot]

    @property
    def product(self) -> Index:
        """Position of the product of each candidate."""
        return self.economy.slot_product[self.found.slot]

    @property
    def expected_loss(self) -> float:
        """Expected loss without any of them, currency per flow period."""
        return expected(self.loss, self.hazards.probability)

    @property
    def tail_loss(self) -> float:
        """Tail loss without any of them, currency per flow period."""
        return float(tail_loss(self.loss[:, None], self.hazards.probability, self.question.tail)[0])

    def active_keys(self) -> list[tuple[str, str, str]]:
        """Return ``(candidate, product, buyer)`` of those that only the filter ``active`` left out."""
        ids, economy = self.network.firm_ids, self.economy
        return [
            (
                str(ids[firm]),
                str(self.network.products[economy.slot_product[slot]]),
                str(ids[economy.graph.slot_buyer[slot]]),
            )
            for slot, firm in self.found.active_out
        ]

    def order(self) -> Index:
        """Return the candidates: who cuts most first, then the cheaper, then who delivers more today, then by ids."""
        ids = self.network.firm_ids.astype(str)
        names = [ids[self.found.firm], self.network.products[self.product].astype(str), ids[self.buyer]]
        known = -rank_key(self.found.present)
        return np.lexsort((names[0], names[1], names[2], known, rank_key(self.cost), -rank_key(self.cut)))

    def screened(self, *, slot: Index, firm: Index, spare: Floats) -> Screened:
        """Return what candidates are worth alone, see :func:`~valuechain.recommend.screening.screened`."""
        return screened_within(
            self.economy,
            self.hazards.surviving,
            self.base,
            slot=slot,
            firm=firm,
            spare=spare,
            tiers=self.tiers,
            threads=self.question.threads,
        )


def judge(
    economy: Economy, hazards: Hazards, every: Index, question: Question, outside: Outside | None = None
) -> Judged:
    """Return the candidates for the needs with most to gain, and what each is worth alone.

    Parameters
    ----------
    economy, hazards
        The economy and the scenarios.
    every
        Essential slots that partners are wanted for.
    question
        What was asked.
    outside
        What outside candidates offer, where the economy has some.

    Raises
    ------
    NoPartnerError
        When no candidate is left.
    """
    left, probability, threads = hazards.surviving, hazards.probability, question.threads
    tiers = tiers_of(question.tiers) if question.tiers else tiers_for(economy, hazards, every, threads=threads)
    base, before = activity_within(economy, left, tiers=tiers, threads=threads)
    how: How = {"tiers": tiers, "threads": threads}
    asked = len(every)
    every = likely_slots(economy, hazards, base, every, before=before, most=max(LIKELY, 3 * question.slots))
    potential = potential_within(economy, left, base, probability, slot=every, **how)
    chosen = _weakest(economy, every, potential, question.slots)
    slots = every[chosen]
    found = candidates_of(economy, slots, question.filters, outside=outside, count_potential=question.count_potential)
    if not len(found) and len(found.hung_out) and question.filters.shared_points is None:
        found = _those_that_hang(economy, (left, base, how), question, outside, found, slots)
    refuse_none(economy, slots, found)
    need = economy.graph.need[found.slot]
    costs = costs_of(found, need, fixed_cost=question.fixed_cost, unit_cost=question.unit_cost)
    worth = screened_within(economy, left, base, slot=found.slot, firm=found.firm, spare=found.spare, **how)
    loss = losses_of(economy, base)
    delivered = np.asarray(probability @ worth.given)
    tail_before = tail_loss(loss[:, None], probability, question.tail)
    tail_cut = tail_before - tail_loss(loss[:, None] - worth.cut, probability, question.tail)
    return Judged(
        question=question,
        economy=economy,
        hazards=hazards,
        tiers=tiers,
        base=base,
        before=before,
        slots=slots,
        potential=potential[chosen],
        passed_over=asked - len(slots),
        found=found,
        costs=costs,
        worth=worth,
        sure=how_sure(worth.cut, hazards),
        cut=np.asarray(probability @ worth.cut),
        own=np.asarray(probability @ worth.own),
        delivered=delivered,
        tail_cut=np.where(np.abs(tail_cut) > 1e-12 * tail_before, tail_cut, 0.0),
        cost=costs.of(delivered),
        loss=loss,
    )


def _those_that_hang(
    economy: Economy,
    state: tuple[Floats, Floats, How],
    question: Question,
    outside: Outside | None,
    found: Candidates,
    slots: Index,
) -> Candidates:
    """Return the candidates that hang on upstream firms as all present suppliers do, if one of them cuts a loss."""
    filters = replace(question.filters, shared_points=True)
    loose = candidates_of(economy, slots, filters, outside=outside, count_potential=question.count_potential)
    left, base, how = state
    worth = screened_within(economy, left, base, slot=loose.slot, firm=loose.firm, spare=loose.spare, **how)
    return replace(loose, hung_out=found.hung_out, unwanted=found.unwanted) if worth.cut.any() else found


def likely_slots(
    economy: Economy, hazards: Hazards, base: Floats, every: Index, *, most: int, before: Floats | None = None
) -> Index:
    """Return the needs that may have most to gain, where there are more than are worked out one by one.

    They are ranked by what the buyer itself loses in scenarios in which the need holds it down; what others lose then
    is left to the screening. ``before``: what inputs came from, where that is not ``base``.
    """
    if len(every) <= most:
        return every
    graph, n = economy.graph, economy.network.n_firms
    shares = sparse.csr_array((graph.share, graph.supplier, graph.link_start), shape=(economy.n_slots, n))
    found = np.zeros(len(every))
    for at in range(0, len(every), 1024):
        part = every[at : at + 1024]
        buyer = graph.slot_buyer[part]
        x = base[:, buyer].T
        room = np.maximum(hazards.surviving[:, buyer].T - x, 0.0)
        binds = np.asarray(shares[part] @ (base if before is None else before).T) <= x + 1e-9
        found[at : at + 1024] = economy.value[buyer] * ((room * binds) @ hazards.probability)
    return np.sort(every[_weakest(economy, every, found, most)])


def _weakest(economy: Economy, every: Index, potential: Floats, most: int) -> Index:
    """Return the needs with most to gain, ties by buyer and product."""
    network = economy.network
    buyer = network.firm_ids[economy.graph.slot_buyer[every]].astype(str)
    product = network.products[economy.slot_product[every]].astype(str)
    return np.lexsort((product, buyer, -rank_key(potential)))[:most]


def checked_budget(network: Network, budget: float | None) -> float | None:
    """Return the budget, checked.

    Raises
    ------
    ParameterError
        When it is no amount.
    """
    if budget is None:
        return None
    if not is_number(budget) or budget < 0:
        raise ParameterError(f"budget {budget!r} is no amount; write a number from 0, in {network.currency}")
    return float(budget)


def within_budget(judged: Judged, budget: float | None) -> Judged:
    """Return the candidates that cost no more than a budget.

    Raises
    ------
    ParameterError
        When the cheapest one costs more; the message names it.
    """
    if budget is None or not (judged.cost > budget).any():
        return judged
    keep = judged.cost <= budget
    network = judged.network
    if not keep.any():
        order = judged.order()
        k = int(order[int(np.argmin(judged.cost[order]))])
        raise ParameterError(
            f"budget {number_text(budget)} {network.currency} is below the cheapest candidate: "
            f"{network.firm_ids[judged.found.firm[k]]!s} for {network.products[judged.product[k]]!s} of "
            f"{network.firm_ids[judged.buyer[k]]!s} costs {number_text(float(judged.cost[k]))} {network.currency}"
        )
    return replace(
        judged,
        found=judged.found.only(keep),
        costs=judged.costs.only(keep),
        worth=judged.worth.only(keep),
        sure=judged.sure.only(keep),
        **{name: getattr(judged, name)[keep] for name in ("cut", "own", "delivered", "tail_cut", "cost")},
        over_budget=int((~keep).sum()),
    )

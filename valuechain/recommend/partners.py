"""Which new suppliers would cut expected losses most, for the needs of a buyer, a cluster or a product."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from valuechain.network import Network
from valuechain.recommend.active_partners import active_result
from valuechain.recommend.economy import economy_of
from valuechain.recommend.filters import Filters, checked_filters
from valuechain.recommend.hazards import HazardModel, hazards_of
from valuechain.recommend.judged import MOST_SLOTS, Question, checked_budget, judge, within_budget
from valuechain.recommend.needs import wanted_slots
from valuechain.recommend.needs_table import needs_result
from valuechain.recommend.outside import checked_candidates, elsewhere_words, with_outside
from valuechain.recommend.partners_notes import (
    CARDS,
    evidence_result,
    partner_notes,
    potential_result,
    removed_result,
    shared_result,
    whose,
)
from valuechain.recommend.partners_table import partner_table, partner_units
from valuechain.recommend.together import joint_sets
from valuechain.recommend.together_table import Together, together_notes, together_result
from valuechain.recommend.worth import TAIL
from valuechain.results import Result, figure
from valuechain.scenario import Scenario

__all__ = ["Partners", "partners"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Partners(Result):
    """New suppliers, each judged alone; the one that cuts most first.

    ``expected_loss`` and ``tail_loss`` are those of the network as it is (currency per flow period). ``needs`` has one
    row a need: what the best imaginable partner could cut, and how many candidates there are. ``removed`` tells how
    many candidates each filter took out, ``shared_points`` who was taken out for hanging on the same upstream firm,
    ``evidence`` all that is known for and against the first suggestions, ``potential`` who makes something like the
    product: firms to talk to, not counted in any number here. ``together`` has partners for several needs of a buyer
    that fall short at once, simulated together, where that cuts more than they do one by one.
    ``active`` has the partners that the filter ``active`` says deliver already, and whether a link counts them.
    """

    expected_loss: float = figure("expected loss of all firms", like="loss_cut")
    tail_loss: float = figure("loss in the worst scenarios", like="loss_cut")
    needs: Result
    removed: Result
    shared_points: Result
    potential: Result
    evidence: Result
    together: Together
    active: Result

    @property
    def suggestions(self) -> pd.DataFrame:
        """The suggestions as :func:`valuechain.edit.with_links` takes them; rows may be left out first."""
        return self.table[["candidate", "product", "buyer", "flow", "spare"]]


def partners(  # noqa: PLR0913 - one argument a choice
    network: Network,
    *,
    buyer: str | None = None,
    product: str | None = None,
    cluster: str | None = None,
    scenario: Scenario | Sequence[Scenario] | HazardModel | None = None,
    budget: float | None = None,
    filters: Filters | Mapping[str, object] | None = None,
    runs: int | None = None,
    seed: int | None = None,
    probabilities: Sequence[float] | None = None,
    spare_share: float | None = None,
    fixed_cost: float | None = None,
    unit_cost: float | None = None,
    tail: float = TAIL,
    slots: int = MOST_SLOTS,
    candidates: pd.DataFrame | str | os.PathLike[str] | None = None,
    count_potential: bool = False,
    cards: int = CARDS,
    tiers: int | str | None = None,
    threads: int | None = None,
) -> Partners:
    """Return which new suppliers would cut expected losses most, each judged alone, with evidence.

    A candidate makes the same product, has spare capacity, belongs to another group than buyer and present suppliers,
    does not supply the need yet, and hangs on no upstream firm that all present suppliers hang on. Every scenario is
    computed without and with it by the static cascade: where usual suppliers fall short, the partner delivers what its
    own activity in that scenario leaves of its spare capacity.

    Parameters
    ----------
    network
        The value chain.
    buyer, product, cluster
        Whose needs: those of a firm, or of the firms of a cluster; for one product or all. With none of them, the
        needs of the network with most to gain.
    scenario
        What may happen: a scenario, random or not, a list of scenarios that exclude each other, or a ``HazardModel``;
        None: any firm may fail, with a warning.
    budget
        Leave out candidates that cost more, currency.
    filters
        What a partner has to be: :class:`~valuechain.recommend.filters.Filters`, or its words as a mapping.
    runs, seed, probabilities
        Of the scenarios, see :func:`~valuechain.recommend.hazards.hazards_of`.
    spare_share
        Spare capacity of firms without ``capacity``, share of their output; default 0.1, with a warning.
    fixed_cost, unit_cost
        Cost of candidates that give none, see :func:`~valuechain.recommend.costs.costs_of`.
    tail
        Tail losses are the mean of the worst ``1 - tail`` part of probability (CVaR).
    slots
        Most needs to look at; the others, with less to gain, are counted.
    candidates
        Outside candidates: a table as ``candidates`` of the format, or a .csv or .parquet file of it; default that of
        the network.
    count_potential
        Also judge firms that make something like the product (see ``makers.py``), as if they could make it.
    cards
        How many of the first suggestions get an evidence card.
    tiers
        How many tiers a lack is followed from the firms that are hit to their buyers, and so on; ``"all"``: without
        end. None: without end, but ``tiers.LOOP_TIERS`` where most essential purchases are within one loop and no
        link would help, with a note.
    threads
        Threads to use; the result is the same for any number.

    Returns
    -------
    Partners
        Table ``candidate, product, buyer, loss_cut, loss_cut_low, loss_cut_high, cost, tail_cut, buyer_cut,
        probability_positive, helps_in, delivered, spare, efficient, kind, distance_km, lead_days, country,
        shared_points, flow``; ``flow`` is what a new standing supplier would take over: an equal part of the need, as
        far as it has capacity to spare; a last column ``name`` where some are from outside the network.
        ``loss_cut`` is expected output of all firms that is not lost, with a 95 % interval (paired bootstrap),
        ``buyer_cut`` the part of it that is the buyer's; ``helps_in`` the probability of scenarios in which it cuts
        anything; ``delivered`` what it is expected to deliver; ``efficient``: no other candidate for the need cuts
        more and costs less. Gains of rows must not be added up: partners may need each other, or do the same work.

    Raises
    ------
    InvalidDataError
        With every fault of the table of candidates.
    UnknownNameError
        When there is no such firm, cluster, product or need.
    NoPartnerError
        When no candidate is left; the message says how many each filter removed.
    ParameterError
        When the budget is below the cheapest candidate, or a choice is none.

    Warns
    -----
    DefaultWarning
        Where scenarios, capacities or costs are not given: which default is used.

    References
    ----------
    Greatest fixed point: Tarski (1955), Pacific Journal of Mathematics 5:285, Theorem 1. Common random numbers: Law
    (2015), Simulation Modeling and Analysis, section 11.2.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> storm = vc.Scenario(name="storm", shocks=[vc.Shock(where={"country": "SWE"}, loss=0.5)])
    >>> found = partners(net, cluster="POL-COAST", scenario=storm, spare_share=0.1, fixed_cost=10, unit_cost=1)
    >>> found.table.columns[:4].tolist()
    ['candidate', 'product', 'buyer', 'loss_cut']
    """
    question = Question(
        buyer=buyer,
        product=product,
        cluster=cluster,
        filters=checked_filters(filters),
        slots=slots,
        tail=tail,
        fixed_cost=fixed_cost,
        unit_cost=unit_cost,
        spare_share=spare_share,
        threads=threads,
        count_potential=count_potential,
        tiers=tiers,
    )
    limit = checked_budget(network, budget)
    table = network.table("candidates") if candidates is None else checked_candidates(candidates, network)
    outside = with_outside(network, table)
    economy = economy_of(outside.network, spare_share=spare_share, outside_spare=outside.spare)
    every = wanted_slots(economy, buyer=buyer, product=product, cluster=cluster)
    hazards = hazards_of(outside.network, scenario, runs=runs, seed=seed, probabilities=probabilities)
    judged = within_budget(judge(economy, hazards, every, question, outside), limit)
    sets = joint_sets(judged, every, outside, limit)
    return Partners(
        table=partner_table(judged),
        title=f"New suppliers for {whose(network, question)}",
        units=partner_units(network),
        parameters={
            **question.words(),
            **({} if judged.tiers is None else {"tiers": judged.tiers}),
            **({} if limit is None else {"budget": limit}),
            **hazards.parameters,
            "essential": economy.rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*partner_notes(judged), *elsewhere_words(outside), *together_notes(judged, sets)),
        expected_loss=judged.expected_loss,
        tail_loss=judged.tail_loss,
        needs=needs_result(judged),
        removed=removed_result(judged),
        shared_points=shared_result(judged),
        potential=potential_result(judged),
        evidence=evidence_result(judged, cards),
        together=together_result(judged, sets or []),
        active=active_result(outside.network, question.filters.active, judged.active_keys()),
    )

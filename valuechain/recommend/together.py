"""Partners that help only together: one for each need of a buyer that falls short at once, simulated together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning
from valuechain.kernels.joint import Team, with_team
from valuechain.network import Floats, Index
from valuechain.recommend.candidates import candidates_of
from valuechain.recommend.costs import costs_of
from valuechain.recommend.economy import Backups, delivered_of, losses_of
from valuechain.recommend.judged import Judged
from valuechain.recommend.outside import Outside
from valuechain.recommend.tiers import activity_within
from valuechain.recommend.worth import how_sure, tail_loss
from valuechain.results import rank_key

__all__ = ["MOST_BUYERS", "Joint", "joint_sets"]

MOST_BUYERS = 3
"""Buyers whose needs are looked at together: those that lose most when several fall short."""

LIKELY = 60
"""Buyers of which is worked out which needs fall short together: those that lose most for want of inputs."""

PATTERNS = 2
"""Sets of needs that fall short together that are tried for a buyer, by what is lost then."""

TRIED = 3
"""Candidates for each need that are simulated in a set, by what they could deliver."""

SEARCHED = 50
"""Scenarios in which sets are compared while they are put together: those in which the buyer loses most."""

LITTLE = 0.05
"""Part of the cut of a set below which a member is left out of it."""

NOTICED = 1e-9

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pool:
    """Candidates for the needs of some buyers, each with what it cuts alone; shapes (candidates,)."""

    slot: Index
    firm: Index
    spare: Floats
    fixed: Floats
    premium: Floats
    alone: Floats

    def of(self, slot: int) -> Index:
        """Return the candidates for a need."""
        return np.flatnonzero(self.slot == slot)


@dataclass(frozen=True, kw_only=True, eq=False)
class Joint:
    """Candidates for several needs of one buyer, and what they do together; amounts in currency per flow period.

    ``slot``, ``firm``, ``spare``, ``alone`` and ``cost`` have one value a member: ``alone`` what it cuts alone,
    ``cost`` what it costs in the set (currency). ``best_single`` is the most that any candidate for these needs
    cuts alone.
    """

    buyer: int
    slot: Index
    firm: Index
    spare: Floats
    alone: Floats
    cost: Floats
    cut: float
    low: float
    high: float
    positive: float
    tail_cut: float
    best_single: float

    @property
    def total_cost(self) -> float:
        """What all cost, currency."""
        return float(self.cost.sum())


def joint_sets(judged: Judged, every: Index, outside: Outside, budget: float | None = None) -> list[Joint]:
    """Return sets of candidates that cut more together than the sum of what each cuts alone, most first.

    Where several needs of a buyer fall short in the same scenario, one candidate for each is taken: the one that could
    deliver most then, and in its place some others, as long as the set, simulated as a whole, cuts more. Who adds
    less than a twentieth is left out again. No set is returned that cuts less than the best single candidate for its
    needs.

    Parameters
    ----------
    judged
        What was found for needs one by one.
    every
        Essential slots that partners are wanted for: their buyers are looked at, with all their essential needs.
    outside
        What outside candidates offer.
    budget
        Most that a set may cost, currency.
    """
    wanted = [(j, slots) for j in _hindered(judged, every) for slots in _patterns(judged, j)]
    if not wanted:
        return []
    pool = _pool(judged, np.unique(np.concatenate([slots for _, slots in wanted])), outside)
    found: dict[bytes, Joint] = {}
    for buyer, slots in wanted:
        made = _best_set(judged, pool, buyer, slots)
        if made is not None and (budget is None or made.total_cost <= budget):
            found.setdefault(np.column_stack([made.slot, made.firm]).tobytes(), made)
    ids = judged.network.firm_ids.astype(str)
    return sorted(
        found.values(),
        key=lambda s: (-float(rank_key(s.cut)), float(rank_key(s.total_cost)), ids[s.buyer], ids[s.firm].tolist()),
    )


def _hindered(judged: Judged, every: Index) -> list[int]:
    """Return the buyers that lose most in scenarios in which several of their needs fall short."""
    economy, chance = judged.economy, judged.hazards.probability
    buyers = np.unique(economy.graph.slot_buyer[every])
    room = np.maximum(judged.hazards.surviving[:, buyers] - judged.base[:, buyers], 0.0)
    lost = economy.value[buyers] * (chance @ np.where(room > NOTICED, room, 0.0))
    ids = judged.network.firm_ids[buyers].astype(str)
    order = np.lexsort((ids, -rank_key(lost)))[:LIKELY]
    several = np.zeros(len(order))
    for place, b in enumerate(order):
        lacks = _lacks(judged, int(buyers[b]))
        several[place] = chance @ (room[:, b] * (lacks.sum(axis=0) > 1)) * economy.value[buyers[b]]
    rank = np.lexsort((ids[order], -rank_key(several)))
    return [int(buyers[order[k]]) for k in rank[:MOST_BUYERS] if several[k] > 0]


def _slots(judged: Judged, buyer: int) -> Index:
    start = judged.economy.graph.slot_start
    return np.arange(start[buyer], start[buyer + 1])


def _got(judged: Judged, slots: Index) -> Floats:
    """Return what usual suppliers deliver, share of need; shape (slots, scenarios)."""
    graph = judged.economy.graph
    links = [slice(graph.link_start[k], graph.link_start[k + 1]) for k in slots]
    return np.array([judged.before[:, graph.supplier[at]] @ graph.share[at] for at in links])


def _lacks(judged: Judged, buyer: int) -> Mask:
    """Tell which needs of a buyer fall short of what its own capacity could use; shape (slots, scenarios)."""
    able = judged.hazards.surviving[:, buyer]
    return np.asarray(_got(judged, _slots(judged, buyer)) < able - NOTICED)


def _patterns(judged: Judged, buyer: int) -> list[Index]:
    """Return the sets of needs that fall short together with most loss of the buyer, and all of these needs."""
    lacks = _lacks(judged, buyer)
    room = judged.hazards.surviving[:, buyer] - judged.base[:, buyer]
    weight = judged.hazards.probability * np.where(lacks.sum(axis=0) > 1, np.maximum(room, 0.0), 0.0)
    patterns, which = np.unique(lacks[:, weight > 0], axis=1, return_inverse=True)
    most = np.bincount(np.asarray(which).reshape(-1), weights=weight[weight > 0], minlength=patterns.shape[1])
    order = np.lexsort((np.arange(len(most)), -rank_key(most)))[:PATTERNS]
    slots = _slots(judged, buyer)
    found = [slots[patterns[:, p]] for p in order]
    return [*found, slots[patterns[:, order].any(axis=1)]] if len(found) > 1 else found


def _pool(judged: Judged, slots: Index, outside: Outside) -> _Pool:
    """Return the candidates for needs: those that were judged, and for other needs of the same buyers new ones."""
    old = np.isin(judged.found.slot, slots)
    found, costs = judged.found, judged.costs
    parts = [(found.slot[old], found.firm[old], found.spare[old], costs.fixed[old], costs.unit[old], judged.cut[old])]
    others = slots[~np.isin(slots, judged.slots)]
    if len(others):
        question, need = judged.question, judged.economy.graph.need
        more = candidates_of(
            judged.economy, others, question.filters, outside=outside, count_potential=question.count_potential
        )
        with warnings.catch_warnings():
            # What costs rest on was said for the needs that were asked for.
            warnings.simplefilter("ignore", DefaultWarning)
            cost = costs_of(more, need[more.slot], fixed_cost=question.fixed_cost, unit_cost=question.unit_cost)
        cut = np.zeros(0)
        if len(more):
            worth = judged.screened(slot=more.slot, firm=more.firm, spare=more.spare)
            cut = np.asarray(judged.hazards.probability @ worth.cut)
        parts.append((more.slot, more.firm, more.spare, cost.fixed, cost.unit, cut))
    slot, firm, spare, fixed, unit, alone = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Pool(slot=slot, firm=firm, spare=spare, fixed=fixed, premium=np.maximum(unit - 1.0, 0.0), alone=alone)


def _best_set(judged: Judged, pool: _Pool, buyer: int, slots: Index) -> Joint | None:
    """Return the best set that was found for some needs of a buyer; None: nothing is gained by taking them together."""
    slots = np.array([k for k in slots if len(pool.of(int(k)))], dtype=np.int64)
    if len(slots) < 2:
        return None
    case = _Case(judged=judged, pool=pool, buyer=buyer, slots=slots)
    ranked = [case.ranked(int(k)) for k in slots]
    members = [int(r[0]) for r in ranked]
    cut = case.cut(members)
    for place, others in enumerate(ranked):
        for other in others[1:TRIED]:
            tried = [*members[:place], int(other), *members[place + 1 :]]
            if case.cut(tried) > cut * (1 + NOTICED):
                members, cut = tried, case.cut(tried)
    # Who adds next to nothing is left out, the dearest first.
    for member in sorted(members, key=lambda c: (-pool.fixed[c], c)):
        rest = [c for c in members if c != member]
        if rest and case.cut(rest) >= case.cut(members) * (1 - LITTLE):
            members = rest
    cut = float(judged.hazards.probability @ case.gains(members, case.scenarios())[0])
    single = float(pool.alone[np.isin(pool.slot, slots)].max())
    much = max(single, float(pool.alone[members].sum())) + NOTICED * float(judged.economy.value.sum())
    return case.joint(members, single) if len(members) > 1 and cut > much else None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """One buyer, some of its needs, and the scenarios in which partners for them can change anything."""

    judged: Judged
    pool: _Pool
    buyer: int
    slots: Index
    known: dict[tuple[int, ...], float] = field(default_factory=dict)

    def scenarios(self) -> Index:
        """Return the scenarios in which one of the needs holds the buyer down; in others nothing rises.

        The map of the cascade is concave: where a need has some slack, more of it alone raises no fixed point.
        """
        judged, x = self.judged, self.judged.base[:, self.buyer]
        held = x < judged.hazards.surviving[:, self.buyer] - NOTICED
        if judged.tiers is not None:
            return np.flatnonzero(held)
        return np.flatnonzero(held & (_got(judged, self.slots) <= x + NOTICED).any(axis=0))

    def ranked(self, slot: int) -> Index:
        """Return the candidates for a need: who could deliver most first, then the cheaper, then by id."""
        judged, some = self.judged, self.scenarios()
        rows = self.pool.of(slot)
        lack = judged.hazards.surviving[some, self.buyer] - _got(judged, np.array([slot]))[0, some]
        able = self.pool.spare[rows] * judged.before[np.ix_(some, self.pool.firm[rows])]
        need = judged.economy.graph.need[slot]
        most = judged.hazards.probability[some] @ np.minimum(able, np.maximum(lack, 0.0)[:, None] * need)
        cost = self.pool.fixed[rows] + self.pool.premium[rows] * most
        ids = judged.network.firm_ids[self.pool.firm[rows]].astype(str)
        return rows[np.lexsort((ids, rank_key(cost), -rank_key(most)))]

    @cached_property
    def searched(self) -> Index:
        """Scenarios in which the buyer loses most, of those in which partners can change anything."""
        judged, some = self.judged, self.scenarios()
        room = judged.hazards.surviving[some, self.buyer] - judged.base[some, self.buyer]
        return np.sort(some[np.lexsort((some, -rank_key(room * judged.hazards.probability[some])))][:SEARCHED])

    def gains(self, members: list[int], some: Index) -> tuple[Floats, Floats]:
        """Return what a set cuts, shape (scenarios,), and what each member delivers, shape (scenarios, members).

        Only ``some`` scenarios are simulated; in the others both are 0.
        """
        judged = self.judged
        economy, left = judged.economy, judged.hazards.surviving[some]
        slot, firm, spare = self.pool.slot[members], self.pool.firm[members], self.pool.spare[members]
        delivered = np.zeros((len(some), len(members)))
        if judged.tiers is None:
            after = judged.base[some]
            team = Team(buyer=self.buyer, slot=slot, firm=firm, limit=spare, spare=economy.spare[firm])
            with_team(economy.graph, team, np.ascontiguousarray(left), after, delivered)
        else:
            every = np.arange(economy.network.n_firms)
            backups = Backups(slot=slot, pool=firm, limit=spare, pool_firm=every, pool_spare=economy.spare)
            threads = judged.question.threads
            after, before = activity_within(economy, left, backups=backups, tiers=judged.tiers, threads=threads)
            delivered = delivered_of(economy, left, before, backups)
        cut, given = np.zeros(len(judged.base)), np.zeros((len(judged.base), len(members)))
        cut[some] = judged.loss[some] - losses_of(economy, after)
        given[some] = delivered
        return np.where(cut > NOTICED * np.maximum(judged.loss, 1e-300), cut, 0.0), given

    def cut(self, members: list[int]) -> float:
        """Return what a set is expected to cut in the scenarios that are searched."""
        key = tuple(members)
        if key not in self.known:
            self.known[key] = float(self.judged.hazards.probability @ self.gains(members, self.searched)[0])
        return self.known[key]

    def joint(self, members: list[int], single: float) -> Joint:
        """Return a set with all its figures."""
        judged, pool = self.judged, self.pool
        cut, given = self.gains(members, self.scenarios())
        chance, tail = judged.hazards.probability, judged.question.tail
        sure = how_sure(cut[:, None], judged.hazards)
        left = np.column_stack([judged.loss, judged.loss - cut])
        tails = tail_loss(left, chance, tail)
        return Joint(
            buyer=self.buyer,
            slot=pool.slot[members],
            firm=pool.firm[members],
            spare=pool.spare[members],
            alone=pool.alone[members],
            cost=pool.fixed[members] + pool.premium[members] * (chance @ given),
            cut=float(chance @ cut),
            low=float(sure.low[0]),
            high=float(sure.high[0]),
            positive=float(sure.positive[0]),
            tail_cut=float(tails[0] - tails[1]),
            best_single=single,
        )

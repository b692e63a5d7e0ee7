"""Who serves whom when capacity is scarce: fair first, then as much as possible, then at least cost."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from valuechain.errors import SolverError
from valuechain.network import Floats, Index
from valuechain.recommend.fair_fill import Market, fair_fill

__all__ = ["allocate"]

NEAREST = 12
"""Cheapest offers of each need that a first program looks at; others come in when their prices say they help."""

TIE = 1e-7
"""Part of the largest cost by which pairs of equal cost are told apart, so that the answer is one."""

BATCH = 4_000
"""Pairs after which a program is not joined by a further part."""

PENALTY = 1e3
"""What a unit that stays undelivered costs in the program, in largest costs; raised when it was too little."""

NOTHING = 1e-9
"""A delivery below this part of its need is rounding."""


def allocate(market: Market) -> Floats:
    """Return what each pair delivers, in the market's unit; shape (pairs,).

    No offer is given out twice. Fills are those of :func:`fair_fill` (the least filled first, by rank), which leave
    nothing that could be delivered; among all ways to deliver them that of least cost is taken: a transport problem,
    whose pairs are let in by their reduced costs (Dantzig 1951, Application of the simplex method to a transportation
    problem, in Activity Analysis of Production and Allocation: 359).

    Raises
    ------
    SolverError
        When the program cannot be solved.

    Examples
    --------
    >>> import numpy as np
    >>> pairs = {"pair_need": np.array([0, 0, 1]), "pair_offer": np.array([0, 1, 0]), "cost": np.array([1.0, 9.0, 2.0])}
    >>> made = Market(need=np.array([5.0, 5.0]), rank=np.ones(2, int), capacity=np.array([6.0, 4.0]), **pairs)
    >>> allocate(made).round(9).tolist()
    [1.0, 4.0, 5.0]
    """
    if len(market.pair_need) == 0:
        return np.zeros(0)
    amount = fair_fill(market) * market.need
    part, _ = market.components()
    # Parts do not touch each other: each is measured by what it delivers, so that their units do not matter.
    size = np.bincount(part, weights=amount)
    scale = np.where(size > 0, size, 1.0)[part]
    of_offer = np.ones(len(market.capacity))
    of_offer[market.pair_offer] = scale[market.pair_need]
    cost = _told_apart(market)
    given = np.zeros(len(cost))
    for pairs in _batches(part[market.pair_need]):
        rows = _Rows(market, pairs, amount / scale, market.capacity / of_offer, cost)
        given[pairs] = rows.cheapest()
    given *= scale[market.pair_need]
    given[given < NOTHING * market.need[market.pair_need]] = 0.0
    return _within(market, given)


def _batches(part: Index) -> list[Index]:
    """Return pairs in batches of whole parts: a program of a thousand small ones takes longer than these one by one."""
    order = np.argsort(part, kind="stable")
    last = np.flatnonzero(np.diff(part[order], append=-1)) + 1
    number = (np.r_[0, last[:-1]] // BATCH).astype(np.int64)
    ends = last[np.flatnonzero(np.diff(number, append=-1))]
    return np.split(order, ends[:-1])


def _told_apart(market: Market) -> Floats:
    """Return costs from 0 to 1 in which no two ways to deliver are equal."""
    low, high = market.cost.min(), market.cost.max()
    cost = (market.cost - low) / (high - low) if high > low else np.zeros(len(market.cost))
    number = market.pair_need * len(market.capacity) + market.pair_offer + 1
    # Multiples of the golden ratio fall evenly over 0..1 (Weyl), and not in the order of the numbers.
    return np.asarray(cost + TIE * ((number * 0.6180339887498949) % 1.0))


def _within(market: Market, given: Floats) -> Floats:
    """Return deliveries that keep to what is needed and offered to the last digit."""
    for of, limit in ((market.pair_offer, market.capacity), (market.pair_need, market.need)):
        total = np.bincount(of, weights=given, minlength=len(limit))
        over = np.divide(limit, total, out=np.ones(len(limit)), where=total > limit)
        given = given * over[of]
    return np.asarray(given)


class _Rows:
    """The transport problem: deliver the amounts within the capacities at least cost."""

    def __init__(self, market: Market, pairs: Index, amount: Floats, capacity: Floats, cost: Floats) -> None:
        needs, need = np.unique(market.pair_need[pairs], return_inverse=True)
        offers, offer = np.unique(market.pair_offer[pairs], return_inverse=True)
        self.need, self.offer = need.reshape(-1), offer.reshape(-1)
        self.amount, self.capacity, self.cost = amount[needs], capacity[offers], cost[pairs]

    def cheapest(self) -> Floats:
        """Return the deliveries of least cost; shape (pairs,)."""
        chosen, penalty = self._nearest(), PENALTY
        while True:
            found, price_need, price_offer = self._solved(chosen, penalty)
            reduced = self.cost - price_need[self.need] - price_offer[self.offer]
            better = (reduced < -1e-9) & ~chosen
            if better.any():
                chosen = chosen | self._best(better, reduced)
                continue
            missing = self.amount.sum() - found.sum()
            if missing <= 1e-7 * max(1.0, self.amount.sum()) or penalty > 1e8:
                return found
            penalty *= 100

    def _nearest(self) -> np.ndarray:
        order = np.lexsort((self.cost, self.need))
        first = np.searchsorted(self.need[order], self.need[order])
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order] = np.arange(len(order)) - first < NEAREST
        return chosen

    def _best(self, better: np.ndarray, reduced: Floats) -> np.ndarray:
        """Return for each need the pairs whose reduced costs are least."""
        some = np.flatnonzero(better)
        order = some[np.lexsort((reduced[some], self.need[some]))]
        first = np.searchsorted(self.need[order], self.need[order])
        chosen = np.zeros(len(better), dtype=bool)
        chosen[order[np.arange(len(order)) - first < NEAREST]] = True
        return chosen

    def _solved(self, chosen: np.ndarray, penalty: float) -> tuple[Floats, Floats, Floats]:
        """Return deliveries, and the prices of needs and of offers, of the program with some of the pairs."""
        pairs = np.flatnonzero(chosen)
        n, m = len(self.amount), len(self.capacity)
        each = np.arange(len(pairs))
        ones = np.ones(len(pairs))
        filled = sparse.coo_array((ones, (self.need[pairs], each)), shape=(n, len(pairs)))
        used = sparse.coo_array((ones, (self.offer[pairs], each)), shape=(m, len(pairs)))
        answer = linprog(  # type: ignore[call-overload]
            np.r_[self.cost[pairs], np.full(n, penalty)],
            A_eq=sparse.csr_array(sparse.hstack([filled, sparse.eye_array(n)])),
            b_eq=self.amount,
            A_ub=sparse.csr_array(sparse.hstack([used, sparse.coo_array((m, n))])),
            b_ub=self.capacity,
            method="highs",
            options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
        )
        if answer.status != 0:
            raise SolverError(
                f"the allocation could not be solved ({answer.message}); quantities that differ by more than a billion "
                "times may be the cause: check the largest and smallest"
            )
        given = np.zeros(len(chosen))
        given[pairs] = np.maximum(answer.x[: len(pairs)], 0.0)
        return given, answer.eqlin.marginals, answer.ineqlin.marginals

"""A cascade once more, sweep by sweep: the states that produced its numbers.

A run keeps its last state only. What is asked afterwards is computed again by the same kernels in the same order, so
the states are those of the run to the last bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from valuechain.errors import ParameterError, ValueChainWarning
from valuechain.kernels.cascade import Graph, Shocks
from valuechain.kernels.cascade_dense import new_lanes
from valuechain.kernels.cascade_sparse import new_front
from valuechain.kernels.cascade_trace import begin, next_sweep
from valuechain.models.cascade import CascadeResult, CascadeSource
from valuechain.models.cascade_network import PreparedCascade, prepare
from valuechain.network import Floats

SAME = 1e-12
"""A firm's state counts as unchanged up to this."""

SETTLED, MOST_SWEEPS = 1e-9, 1_000
"""For a fixed point: the change after which sweeps are no longer told apart, and when to stop telling them."""

TOLD = 1e-6
"""A loss after those sweeps that is worth saying."""

KEPT_BYTES = 100_000_000
"""Memory for the last states of a run, and as much for others; what else is asked for is computed again."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What works of each firm after a sweep (0: after the shock).

    ``works`` has shape (2, firms), row 0 downstream (inputs), row 1 upstream (buyers), fractions; ``since`` the sweep
    that brought each of these values, same shape; ``left`` the sales left in each market as the next sweep counted
    them, currency per flow period, shape (markets,).
    """

    sweep: int
    works: Floats
    since: npt.NDArray[np.int16]
    left: Floats
    graph: Graph

    @property
    def not_replaced(self) -> Floats:
        """The part of each firm's lost supply that its market does not replace (sigma); shape (firms,)."""
        works, graph = self.works[0], self.graph
        sigma = np.ones_like(works)
        if len(self.left):
            # Sales left are known for markets that lost any; where nothing is lost sigma does not matter.
            left = self.left[graph.market]
            np.divide(graph.sales, left, out=sigma, where=(works < 1.0) & (left > 0.0))
        return np.minimum(1.0, sigma)

    def felt(self, process: int) -> Floats:
        """Return what partners feel of each firm's loss in the next sweep: a fraction, shape (firms,)."""
        lost = 1.0 - self.works[process]
        return np.asarray(self.not_replaced * lost if process == 0 else lost)


class History:
    """The states of one cascade, by sweep."""

    def __init__(self, source: CascadeSource, sweeps: int) -> None:
        """Prepare the network of a run of so many sweeps anew."""
        self.source, self.sweeps = source, sweeps
        with warnings.catch_warnings():
            # What is to be said of the network was said when the cascade ran.
            warnings.simplefilter("ignore", ValueChainWarning)
            self.prepared: PreparedCascade = prepare(source.network, source.model)
        if source.model.rule == "fixed-point":
            self.prepared = replace(self.prepared, graph=_without_unit(self.prepared.graph))
            self.sweeps = self._until_settled()
        self._last: dict[int, State] = {}
        self._other: dict[int, State] = {}

    def _until_settled(self) -> int:
        """Return the sweeps after which next to nothing changes: a fixed point is found in other steps than sweeps."""
        before: Floats | None = None
        most = max(MOST_SWEEPS, min(self.source.network.n_firms, 10 * MOST_SWEEPS))
        for state in self.states(most):
            if before is not None and np.abs(state.works - before).max() <= SETTLED:
                return state.sweep
            before = state.works
        return most

    def state(self, sweep: int) -> State:
        """Return the state after a sweep."""
        room = max(2, KEPT_BYTES // (20 * max(1, self.source.network.n_firms)))
        if not self._last:
            self._last = self._window(self.sweeps, room)
        if sweep in self._last:
            return self._last[sweep]
        if sweep not in self._other:
            self._other = self._window(sweep, room)
        return self._other[sweep]

    def _window(self, last: int, room: int) -> dict[int, State]:
        return {s.sweep: s for s in self.states(last) if s.sweep > last - room}

    def states(self, last: int) -> Iterator[State]:
        """Yield the states after the sweeps 0 (the shock) to ``last``."""
        graph, source = self.prepared.graph, self.source
        hit = np.flatnonzero((source.lost_supply > 0) | (source.lost_demand > 0)).astype(np.int64)
        shocks = Shocks(np.array([0, len(hit)]), hit, source.lost_supply[hit], source.lost_demand[hit])
        room = (new_front(graph), new_lanes(graph, shocks))
        left = np.zeros(len(graph.market_sales))
        works, after = np.ones((2, len(graph.sales))), np.ones((2, len(graph.sales)))
        begin(graph, room[0], shocks, works)
        since, anchor, in_lanes = np.zeros(works.shape, np.int16), works.copy(), False
        for sweep in range(last + 1):
            # What the market replaces is counted by the sweep that follows.
            in_lanes = next_sweep(graph, shocks, room, in_lanes, after, left)
            yield State(sweep=sweep, works=works, since=since, left=left.copy(), graph=graph)
            moved = np.abs(after - anchor) > SAME
            anchor = np.where(moved, after, anchor)
            since = np.where(moved, np.int16(sweep + 1), since)
            works = after.copy()


_HISTORIES: WeakKeyDictionary[CascadeResult, History] = WeakKeyDictionary()


def history_of(run: Any) -> History:
    """Return the history of a run, the same one each time it is asked for.

    Raises
    ------
    ParameterError
        When this is not the result of a cascade.
    """
    if not isinstance(run, CascadeResult):
        raise ParameterError(f"{run!r} is not the result of a cascade; write run=cascade(network, shock)")
    if run not in _HISTORIES:
        _HISTORIES[run] = History(run.source, run.sweeps)
    return _HISTORIES[run]


def state_behind(run: CascadeResult) -> State:
    """Return the state from which the numbers of a run were computed.

    The published rule stops after a sweep, so its numbers come from the state one sweep before. A rule that solves for
    the fixed point is explained by its own final state.
    """
    history = history_of(run)
    if run.source.model.rule == "published":
        return history.state(run.sweeps - 1)
    last, network = history.state(history.sweeps), run.source.network
    works = np.ones((2, network.n_firms))
    works[:, network.positions(run.table["firm"])] = 1.0 - run.table[["loss_down", "loss_up"]].to_numpy().T
    graph = last.graph
    left = np.bincount(graph.market, graph.sales * works[0], len(graph.market_sales))[: len(graph.market_sales)]
    return replace(last, works=works, left=left.astype(np.float64))


def beyond_sweeps(run: CascadeResult) -> float:
    """Return the most that a firm loses after the sweeps that are told apart, a fraction; 0 by the published rule."""
    if run.source.model.rule == "published":
        return 0.0
    history = history_of(run)
    return float((history.state(history.sweeps).works - state_behind(run).works).max(initial=0.0))


def _without_unit(graph: Graph) -> Graph:
    """Return the graph in a unit so small that the guard of the published sweeps, which has a unit, has no effect."""
    traded = graph.sales[graph.sales > 0.0]
    factor = 1.0 / traded.min() if len(traded) else 1.0
    return graph._replace(sales=graph.sales * factor, market_sales=graph.market_sales * factor)

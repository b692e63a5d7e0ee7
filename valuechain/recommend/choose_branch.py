"""The best set by branch and cut: bounds from lines above the gains of scenarios, sharpened where options are decided.

A node has options that are taken and options that are gone. Its bound comes from a linear program over the others
(``choose_master``), to which lines are added until they say nothing new (Benders 1962; one line a scenario, Birge and
Louveaux 1988); all lines of a node hold below it only. Two ways make nodes few:

* What is gone is gone from the bounds on activities too, so that every line below is sharper (``choose_recourse``).
* An option whose reduced cost says that a better set does without it is gone, one that it cannot do without is taken
  (Dantzig, Fulkerson and Johnson 1954); then the node is looked at again.

The node with the least bound is next. The bound that is told is the least of all nodes that were left, for whatever
reason, so that it is proven also when the time is over.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from valuechain.errors import SolverError
from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Case
from valuechain.recommend.choose_improve import Sets
from valuechain.recommend.choose_master import Lines, Master, Point
from valuechain.recommend.choose_program import THRIFT, Limits, Plan, Program, has_orders, solve_whole
from valuechain.recommend.choose_recourse import Falls, Reach, Recourse
from valuechain.recommend.mixed_program import minimise

__all__ = ["branch_and_cut", "solve_plan"]

Mask = npt.NDArray[np.bool_]

IN_PART = 1e-6
"""Options taken to more than this, and less than 1 minus it, are taken in part."""

ROUNDING = 1e-9
"""Differences of the goal, a part of the loss, below this are none."""

WORTHWHILE = 0.3
"""Part of what a bound lacks that three rounds of lines must bring, to be followed by another."""

WHOLE = 0.05
"""Part of the time in which HiGHS tries the whole program, once the root has decided what it can."""

MOST_ROUNDS = 200
"""Times that lines are added at a node."""


@dataclass(frozen=True, eq=False)
class _Node:
    taken: Mask
    reach: Reach
    lines: Lines
    bound: float = -np.inf
    point: Point | None = None

    def parts(self) -> Mask:
        """Tell the options that are taken in part."""
        if self.point is None:
            return np.zeros(len(self.taken), dtype=bool)
        return (self.point.y > IN_PART) & (self.point.y < 1 - IN_PART)


def solve_plan(case: Case, limits: Limits) -> Plan | None:
    """Return the best set, or None where no set keeps to the limits.

    Where it matters how much is ordered, HiGHS solves the program as a whole.

    Raises
    ------
    SolverError
        When the time is over before any set was found.
    """
    if has_orders(case.options) or not len(case.options) or not len(case.probability):
        return solve_whole(case, limits)
    return branch_and_cut(case, limits)


def branch_and_cut(case: Case, limits: Limits) -> Plan | None:
    """Return the best set of options that are ordered whole, or None where no set keeps to the limits.

    Raises
    ------
    SolverError
        When the time is over before any set was found.
    """
    search = _Search(case, limits)
    search.run()
    sets, recourse = search.sets, search.recourse
    if sets.best is None:
        if search.is_over():
            raise SolverError(
                f"no set of partners was found in {limits.seconds:g} s; take fewer options or scenarios, or allow more "
                "seconds"
            )
        return None
    bound = min(search.floor, sets.goal)
    # What is there only to prefer the cheaper of equal sets is no part of the loss.
    loss = sets.goal - search.master.thrift(sets.best)
    return Plan(
        chosen=sets.best,
        order=np.where(sets.best, case.options.limit, 0.0),
        loss=loss * recourse.scale,
        bound=min(bound, loss) * recourse.scale,
        gap=max(0.0, (sets.goal - bound) / sets.goal) if sets.goal > 0 else 0.0,
        rows=sum(len(p.rows) for p in recourse.programs.values()),
        columns=sum(len(p.columns) for p in recourse.programs.values()),
    )


class _Search:
    def __init__(self, case: Case, limits: Limits) -> None:
        self.end, self.limits, self.options = time.monotonic() + limits.seconds, limits, case.options
        self.recourse = Recourse(case)
        self.master = Master(self.recourse, limits)
        self.sets = Sets(self.master)
        self.floor = np.inf  # the least bound of what was left
        # How much the bound rises for each option that is taken (1) or gone (0), as far as is known.
        self.rises = np.full((len(case.options), 2), np.nan)

    def is_over(self) -> bool:
        return time.monotonic() > self.end

    def enough(self) -> float:
        """Return the bound from which a node is left."""
        return self.sets.goal * (1 - self.limits.gap) - ROUNDING if np.isfinite(self.sets.goal) else np.inf

    def run(self) -> None:
        """Look at nodes until none is left or the time is over."""
        count = len(self.options)
        nothing = np.zeros(count, dtype=bool)
        if self.sets.fits(nothing):
            self.sets.goal_of(nothing)
        root = self._look(_Node(nothing, self.recourse.whole, Lines.none(count)), tries=16)
        root = None if root is None else self._whole(root)
        waiting = [] if root is None else [(root.bound, 0, root)]
        number = 0
        while waiting:
            bound, _, node = heapq.heappop(waiting)
            if bound >= self.enough() or self.is_over():
                self.floor = min(self.floor, bound)
                continue
            for child in self._children(node):
                number += 1
                heapq.heappush(waiting, (child.bound, number, child))

    def _whole(self, root: _Node) -> _Node | None:
        """Let HiGHS try what the root leaves as one program, for a part of the time; None where that is proven.

        Where losses do not spread far its relaxation is sharp, and no lines have to be found.
        """
        case, keep = self.recourse.case, ~root.reach.gone
        seconds = min(WHOLE * self.limits.seconds, self.end - time.monotonic())
        if seconds < 0.01 or not keep.any():
            return root
        high = root.reach.high[:, : case.low.shape[1]]
        made = Program(replace(case, options=case.options.only(keep), high=high, tried={}), self.limits)
        taken = made.y[root.taken[keep]]
        made.build.rows(np.full(len(taken), -1.0), (np.arange(len(taken)), taken, -1.0))
        try:
            answer = minimise(made.build, made.cost, offset=made.offset, gap=self.limits.gap, seconds=seconds)
        except SolverError:
            return root  # no set was found in that time
        if answer is None:
            return None
        chosen = np.zeros(len(keep), dtype=bool)
        chosen[keep] = made.plan(*answer).chosen
        if self.sets.fits(chosen):
            self.sets.goal_of(chosen)
        # Its cost is weighed by that of fewer options.
        bound = max(root.bound, answer[2] - THRIFT)
        if bound < self.enough() - THRIFT:
            return replace(root, bound=bound)
        self.floor = min(self.floor, bound)
        return None

    def _children(self, node: _Node) -> list[_Node]:
        option, found = self._branching(node), []
        if option is None:
            # Nothing is left in part: the set was worked out, and the lines of the node say no less.
            self.floor = min(self.floor, node.bound)
            return []
        part = float(node.point.y[option]) if node.point is not None else 0.5
        for side in (1, 0):
            taken, gone = node.taken.copy(), node.reach.gone.copy()
            (taken if side else gone)[option] = True
            reach = self.recourse.without(node.reach, gone) if not side else node.reach
            made = self._look(_Node(taken, reach, node.lines, node.bound), tries=3)
            if made is not None:
                rise = (made.bound - node.bound) / ((1 - part) if side else part)
                old = self.rises[option, side]
                self.rises[option, side] = rise if np.isnan(old) else (rise + old) / 2
                found.append(made)
        return found

    def _branching(self, node: _Node) -> int | None:
        """Return the option in part whose two sides promise to raise the bound most; None: there is none."""
        parts = np.flatnonzero(node.parts())
        if not len(parts) or node.point is None:
            return None
        known = self.rises[~np.isnan(self.rises)]
        rises = np.where(np.isnan(self.rises), known.mean() if len(known) else 1.0, self.rises)[parts]
        weight = self.recourse.case.probability[node.lines.scenario]
        steep = (weight[:, None] * node.lines.slope).max(axis=0, initial=0.0)[parts]
        y = node.point.y[parts]
        return int(parts[np.argmax((rises[:, 1] * (1 - y) + 1e-9) * (rises[:, 0] * y + 1e-9) * (steep + 1e-9))])

    def _look(self, node: _Node, *, tries: int) -> _Node | None:
        """Return a node with its bound, and what must be taken or gone in it; None where it is left."""
        for _ in range(4):
            made = self._bounded(node)
            if made is None or made.point is None:
                return made
            good = min(self.sets.rounded(made.point.y), key=self.sets.goal_of, default=None)
            if good is not None and not self.is_over():
                self.sets.improve(good, tries=tries, until=made.bound / (1 - self.limits.gap + ROUNDING))
            decided, node = self._decided(made), made
            if made.bound >= self.enough():
                self.floor = min(self.floor, made.bound)
                return None
            taken, gone = decided
            if taken.sum() + gone.sum() <= max(3, 0.05 * (~made.taken & ~made.reach.gone).sum()):
                return made
            self.floor = min(self.floor, self.enough())
            reach = self.recourse.without(made.reach, gone)
            node = _Node(made.taken | taken, reach, made.lines, made.bound)
        return made

    def _decided(self, node: _Node) -> tuple[Mask, Mask]:
        """Return the options that any set that is better by the gap takes, and those that none takes."""
        point, enough = node.point, self.enough()
        nothing = np.zeros(len(node.taken), dtype=bool)
        if point is None or not np.isfinite(enough):
            return nothing, nothing
        taken = (point.y > 1 - 1e-7) & (point.bound - point.reduced >= enough) & ~node.taken
        gone = (point.y < 1e-7) & (point.bound + point.reduced >= enough) & ~node.reach.gone
        return taken, gone

    def _too_dear(self, node: _Node) -> Mask:
        """Return the options that the money left does not buy."""
        options = self.options
        paid = options.cost(node.taken, np.zeros(len(options)))
        joint = np.where(np.isin(options.firm, options.firm[node.taken]), 0.0, options.joint)
        dear = paid + options.fixed + joint > self.limits.budget * (1 + 1e-9) + 1e-12
        return dear & ~node.taken & ~node.reach.gone

    def _bounded(self, node: _Node) -> _Node | None:
        """Return a node with lines until they say nothing new; None where no set is in it, or none that is better."""
        dear = self._too_dear(node)
        reach = self.recourse.without(node.reach, dear) if dear.any() else node.reach
        self.master.begin(node.taken, reach, node.lines)
        falls: dict[bytes, Falls] = {}
        bounds = [node.bound]
        is_root = not node.taken.any() and not node.reach.gone.any()
        while True:
            point = self.master.solve()
            if point is None:
                return None
            bounds.append(max(point.bound, bounds[-1]))
            if bounds[-1] >= self.enough():
                self.floor = min(self.floor, bounds[-1])
                return None
            stalls = len(bounds) > 4 and bounds[-1] - bounds[-4] < self._worthwhile(bounds[-1], is_root=is_root)
            made = _Node(node.taken, reach, self.master.lines, bounds[-1], point)
            whole = not made.parts().any()
            if (stalls and not whole) or len(bounds) > MOST_ROUNDS or self.is_over():
                break
            if whole and self.sets.fits(point.y > 0.5):
                self.sets.goal_of(point.y > 0.5)
            least = self._noticed()
            sharper = self._falls(point.y, reach, falls)
            cuts = self.recourse.above(reach, point.y, sharper)[1]
            new = np.flatnonzero(point.gain - cuts.at(point.y) > least)
            if not len(new):
                break
            self.master.add(Lines.of(cuts, new))
        return _Node(node.taken, reach, self.master.tight(point), bounds[-1], point)

    def _worthwhile(self, bound: float, *, is_root: bool) -> float:
        """Return by how much three rounds must raise a bound to be followed by another."""
        if is_root or not np.isfinite(self.enough()):
            return 1e-4 * abs(bound)
        return WORTHWHILE * (self.enough() - bound)

    def _noticed(self) -> float:
        """Return by how much a line must be below a gain that is believed, to be worth its place."""
        goal = self.sets.goal if np.isfinite(self.sets.goal) else 1.0
        return max(1e-6, 0.01 * self.limits.gap * goal)

    def _falls(self, y: Floats, reach: Reach, known: dict[bytes, Falls]) -> list[Falls]:
        """Return what is lost without options that are taken to less than 1 together: of one slot, or one alone."""
        slot = self.options.slot
        wanted: dict[bytes, Index] = {}
        for k in np.unique(slot[(y > IN_PART) & (y < 1 - IN_PART)]):
            some = np.flatnonzero((slot == k) & ~reach.gone & (y < 1 - IN_PART))
            some = some[np.argsort(y[some], kind="stable")]
            group = some[np.cumsum(y[some]) < 1 - IN_PART]
            for each in (group, *some[y[some] > IN_PART][:, None]):
                wanted[np.sort(each).tobytes()] = np.sort(each)
        for key, each in wanted.items():
            if key not in known:
                known[key] = self.recourse.falls(reach, each)
        return [known[key] for key in wanted]

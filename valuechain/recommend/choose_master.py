"""The linear program that chooses options in part, given lines above what a set gains in each scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from valuechain.errors import SolverError
from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import tail_mean
from valuechain.recommend.choose_program import Limits, Program
from valuechain.recommend.choose_recourse import Cuts, Reach, Recourse

__all__ = ["Lines", "Master", "Point"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Point:
    """An answer: a ``bound`` that no set is below, options taken in part, gains believed, and reduced costs."""

    bound: float
    y: Floats
    gain: Floats
    reduced: Floats


@dataclass(frozen=True, eq=False)
class Lines:
    """Cuts as rows: the scenario and constant of each, and its slopes; shape (lines,), and (lines, options)."""

    scenario: Index
    constant: Floats
    slope: Floats

    @classmethod
    def none(cls, options: int) -> Lines:
        """Return no lines."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, options)))

    @classmethod
    def of(cls, cuts: Cuts, some: Index) -> Lines:
        """Return the lines of some scenarios."""
        return cls(some, cuts.constant[some], cuts.slope[some])

    def only(self, some: Mask) -> Lines:
        """Return some of the lines."""
        return Lines(self.scenario[some], self.constant[some], self.slope[some])


class Master:
    """Columns are those of the choice (see ``choose_program``), then the gain of each scenario, then the tail."""

    def __init__(self, recourse: Recourse, limits: Limits) -> None:
        case = recourse.case
        none, self.recourse, self.limits = case.surviving[:0], recourse, limits
        nothing = replace(case, surviving=none, low=none, high=none, probability=case.probability[:0], tried={})
        program = Program(nothing, replace(limits, tail_weight=0.0))
        build, weight = program.build, limits.tail_weight
        self.choice, count = program.cost, len(case.probability)
        self.gain = build.columns(count, upper=recourse.whole.top)
        cost = np.r_[self.choice, -(1 - weight) * case.probability]
        self.base = case.base / recourse.scale
        if weight > 0:
            # The tail as in ``choose_program``: a loss is what is lost without options less the gain.
            t = build.columns(1, upper=float(self.base.max(initial=0.0)))
            over, each = build.columns(count), np.arange(count)
            build.rows(-self.base, (each, self.gain, -1.0), (each, np.full(count, t[0]), -1.0), (each, over, -1.0))
            cost = np.r_[cost, weight, weight * case.probability / (1 - limits.tail)]
        self.offset = (1 - weight) * recourse.offset
        model = build.model(cost, self.offset)
        model.integrality_ = []
        self.y, self.rows, self.columns = program.y, build.height, build.width
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        settings: dict[str, Any] = {"output_flag": False, "threads": 1, "presolve": "off"}
        for name, value in settings.items():
            self.highs.setOptionValue(name, value)
        self.highs.passModel(model)
        self.lines = Lines.none(len(self.y))

    def goal(self, chosen: Mask, gain: Floats) -> float:
        """Return what is minimised, for a set and what it gains in each scenario."""
        case, weight = self.recourse.case, self.limits.tail_weight
        goal = self.offset - (1 - weight) * float(case.probability @ gain) + self.thrift(chosen)
        return goal + (weight * tail_mean(self.base - gain, case.probability, self.limits.tail) if weight else 0.0)

    def thrift(self, chosen: Mask) -> float:
        """Return the part of the goal that is the cost."""
        total = self.recourse.options.cost(np.ones(len(chosen), dtype=bool), np.zeros(len(chosen)))
        cost = self.recourse.options.cost(chosen, np.zeros(len(chosen)))
        return float(self.choice.sum() * cost / total) if total > 0 else 0.0

    def weights(self, gain: Floats) -> Floats:
        """Return what a little more gain in each scenario takes off the goal; shape (scenarios,)."""
        case, weight = self.recourse.case, self.limits.tail_weight
        if not weight:
            return case.probability
        order = np.argsort(gain - self.base, kind="stable")
        left = np.minimum(np.cumsum(case.probability[order]), 1 - self.limits.tail)
        tail = np.zeros(len(order))
        tail[order] = np.diff(np.r_[0.0, left])
        return np.asarray((1 - weight) * case.probability + weight * tail / tail.sum())

    def begin(self, taken: Mask, reach: Reach, lines: Lines) -> None:
        """Fix options that are taken or gone, and replace all lines."""
        columns = np.r_[self.y, self.gain].astype(np.int32)
        lower = np.r_[taken.astype(np.float64), np.zeros(len(self.gain))]
        upper = np.r_[(~reach.gone).astype(np.float64), reach.top]
        self.highs.changeColsBounds(len(columns), columns, lower, upper)
        old = self.highs.getNumRow() - self.rows
        if old:
            self.highs.deleteRows(old, np.arange(self.rows, self.rows + old, dtype=np.int32))
        self.lines = Lines.none(len(self.y))
        self.add(lines)

    def add(self, lines: Lines) -> None:
        """Add rows ``gain <= constant + slope y``."""
        count = len(lines.scenario)
        if not count:
            return
        row, option = np.nonzero(lines.slope > 1e-11)
        rows = np.r_[np.arange(count), row]
        order = np.argsort(rows, kind="stable")
        columns = np.r_[self.gain[lines.scenario], self.y[option]][order].astype(np.int32)
        values = np.r_[np.ones(count), -lines.slope[row, option]][order]
        starts = np.searchsorted(rows[order], np.arange(count)).astype(np.int32)
        lower = np.full(count, -highspy.kHighsInf)
        self.highs.addRows(count, lower, lines.constant, len(values), starts, columns, values)
        old = self.lines
        self.lines = Lines(
            np.r_[old.scenario, lines.scenario],
            np.r_[old.constant, lines.constant],
            np.concatenate([old.slope, lines.slope]),
        )

    def solve(self) -> Point | None:
        """Return the best choice in part; None where there is none.

        Raises
        ------
        SolverError
            When HiGHS ends for another reason.
        """
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                f"the program of partners has no answer ({self.highs.modelStatusToString(status)}); take fewer options "
                "or scenarios"
            )
        answer = self.highs.getSolution()
        values, reduced = np.asarray(answer.col_value), np.asarray(answer.col_dual)
        bound = float(self.highs.getInfo().objective_function_value)
        return Point(bound, np.clip(values[self.y], 0.0, 1.0), values[self.gain], reduced[self.y])

    def tight(self, point: Point) -> Lines:
        """Return the lines that hold the gains down, or nearly do."""
        lines = self.lines
        over = lines.constant + lines.slope @ point.y - point.gain[lines.scenario]
        return lines.only(over < 1e-4)

"""Solves the program of exposure with HiGHS, firm after firm, each from the undisturbed state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import highspy
import numpy as np

from valuechain.analysis.exposure_program import Program
from valuechain.errors import SolverError
from valuechain.network import Floats

TOLERANCE = 1e-10
"""What a row or a price may be off, in units of usual amounts: the least that HiGHS takes."""

PERTURBATION = "dual_simplex_cost_perturbation_multiplier"

FIRST_STEPS, STEPS_A_ROW = 10_000, 50
"""Corners visited, and for each row and column, before a program is taken to go in circles; far fewer are usual."""

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    # A presolved program could not start from a given corner.
    "presolve": "off",
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
    # Most ways to meet the same demand cost the same. Perturbed costs would move the whole network to another of them.
    PERTURBATION: 0.0,
    # The default drops coefficients below 1e-9: a link may be that small a part of a supplier's sales.
    "small_matrix_value": 1e-12,
}


class WarmSolver:
    """A program whose bounds change for each firm, solved from the undisturbed state.

    That corner is close to the answer: little changes when one firm fails, and the simplex method follows the change.
    It also makes an answer independent, to rounding, of the firms that were asked for before.
    """

    def __init__(self, program: Program, cost: Floats) -> None:
        """Load a program; ``cost`` is that of losing each firm's final demand, shape (firms,)."""
        self._program = program
        self._cost = cost
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise SolverError(f"highspy {self._highs.version()} refuses {name}={value}; install another version")
        by_column = np.zeros(len(program.upper))
        by_column[program.lost[program.lost >= 0]] = cost[program.lost >= 0]
        self._highs.passModel(_lp(program, by_column))
        self._most_steps = FIRST_STEPS + STEPS_A_ROW * sum(program.matrix.shape)
        self._start = _undisturbed(program)

    @contextmanager
    def without(self, firm: int) -> Iterator[Callable[[float], tuple[float, float]]]:
        """Let a firm be down; give the function of the pace (1 / days) that returns the least cost and its slope."""
        program = self._program
        columns = [int(c) for c in (program.made[firm], program.more[firm]) if c >= 0]
        own = int(program.lost[firm])
        for column in columns:
            self._highs.changeColBounds(column, 0.0, 0.0)
        if own >= 0:
            # Its own final demand is lost whatever the others do: free of cost, it hides none of what they lose.
            self._highs.changeColCost(own, 0.0)
        self._highs.setBasis(self._start)
        try:
            yield self._least
        finally:
            for column in columns:
                self._highs.changeColBounds(column, 0.0, float(program.upper[column]))
            if own >= 0:
                self._highs.changeColCost(own, float(self._cost[firm]))

    def _least(self, pace: float) -> tuple[float, float]:
        highs = self._highs
        highs.changeColBounds(self._program.pace, pace, pace)
        highs.setOptionValue("simplex_iteration_limit", self._most_steps)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._run_another_way()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                f"a linear program of exposure could not be solved ({highs.modelStatusToString(status)}); flows or "
                "stocks that differ by more than a billion times may be the cause: check the largest and smallest"
            )
        return float(highs.getInfo().objective_function_value), float(highs.getSolution().col_dual[self._program.pace])

    def _run_another_way(self) -> None:
        """Solve from nothing, with perturbed costs: where equal costs make the first way go round in circles."""
        highs = self._highs
        highs.clearSolver()
        highs.setOptionValue(PERTURBATION, 1.0)
        highs.setOptionValue("simplex_iteration_limit", 10 * self._most_steps)
        try:
            highs.run()
        finally:
            highs.setOptionValue(PERTURBATION, _OPTIONS[PERTURBATION])


def _lp(program: Program, cost: Floats) -> highspy.HighsLp:
    rows, columns = program.matrix.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(columns), program.upper
    model.row_lower_, model.row_upper_ = np.full(rows, -highspy.kHighsInf), program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    return model


def _undisturbed(program: Program) -> highspy.HighsBasis:
    """Return the corner in which all is as usual: no column is basic, every row has its slack."""
    status = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    basis.col_status = [status.kUpper if usual else status.kLower for usual in program.usual]
    basis.row_status = [status.kBasic] * program.matrix.shape[0]
    basis.valid = True
    return basis

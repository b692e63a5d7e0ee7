"""Solves the program of exposure with HiGHS, firm after firm, each from the undisturbed state."""

from __future__ import annotations

import highspy
import numpy as np

from valuechain.analysis.exposure_program import Program
from valuechain.errors import SolverError
from valuechain.network import Floats

TOLERANCE = 1e-10
"""What a row or a price may be off, in units of usual amounts: the least that HiGHS takes."""

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    # A presolved program could not start from a given corner.
    "presolve": "off",
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
    # Most ways to meet the same demand cost the same. Perturbed costs would move the whole network to another of them.
    "dual_simplex_cost_perturbation_multiplier": 0.0,
    # The default drops coefficients below 1e-9: a link may be that small a part of a supplier's sales.
    "small_matrix_value": 1e-12,
}


class WarmSolver:
    """A program whose costs stay; for each firm bounds change and the solver starts from the undisturbed state.

    Starting each time from the same corner makes an answer the same bits in whatever order firms are asked for. It is
    also the closest one: little changes when a firm fails, and one iteration of the simplex method follows a change.
    """

    def __init__(self, program: Program, cost: Floats, *, lost_upper: float) -> None:
        """Load a program; ``lost_upper`` is the part of each final demand that may be lost."""
        self._program = program
        self._cost = cost
        self._upper = program.upper.copy()
        self._upper[program.lost[program.lost >= 0]] = lost_upper
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in _OPTIONS.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise SolverError(f"highspy {self._highs.version()} refuses {name}={value}; install another version")
        self._highs.passModel(_lp(program, cost, self._upper))
        self._start = _undisturbed(program)

    def least(self, firm: int, *, pace: float | None) -> float:
        """Return the least cost with one firm down and its own final demand given up.

        Parameters
        ----------
        firm
            Position of the firm; it makes something.
        pace
            1 / days of the window; None: free.
        """
        program = self._program
        # Its own final demand is lost whatever the others do: free of cost, it hides none of what they lose.
        columns = [c for c in (program.made[firm], program.more[firm]) if c >= 0]
        own = int(program.lost[firm])
        for column in columns:
            self._highs.changeColBounds(int(column), 0.0, 0.0)
        if own >= 0:
            self._highs.changeColBounds(own, 0.0, 1.0)
            self._highs.changeColCost(own, 0.0)
        if pace is not None:
            self._highs.changeColBounds(program.pace, pace, pace)
        found = self._run()
        for column in columns:
            self._highs.changeColBounds(int(column), 0.0, float(self._upper[column]))
        if own >= 0:
            self._highs.changeColBounds(own, 0.0, float(self._upper[own]))
            self._highs.changeColCost(own, float(self._cost[own]))
        return found

    def _run(self) -> float:
        self._highs.setBasis(self._start)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            # From nothing, the solver takes another way.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                f"a linear program of exposure could not be solved ({self._highs.modelStatusToString(status)}); flows "
                "or stocks that differ by more than a billion times may be the cause: check the largest and smallest"
            )
        return float(self._highs.getInfo().objective_function_value)


def _lp(program: Program, cost: Floats, upper: Floats) -> highspy.HighsLp:
    rows, columns = program.matrix.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(columns), upper
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

"""A mixed-integer linear program, row by row, minimised by HiGHS."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuechain.errors import SolverError
from valuechain.network import Floats, Index

__all__ = ["Rows", "minimise"]


class Rows:
    """Columns and rows of a program while they are being made: ``rows * x <= limit``, ``0 <= x <= upper``."""

    def __init__(self) -> None:
        self.upper: list[Floats] = []
        self.integer: list[npt.NDArray[np.bool_]] = []
        self.width = self.height = 0
        self.entries: list[tuple[Index, Index, Floats]] = []
        self.limit: list[Floats] = []

    def columns(self, count: int, *, upper: Any = np.inf, integer: bool = False) -> Index:
        """Add columns and return their numbers."""
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), count))
        self.integer.append(np.full(count, integer))
        self.width += count
        return np.arange(self.width - count, self.width)

    def rows(self, limit: Floats, *entries: tuple[Any, Any, Any]) -> None:
        """Add rows ``sum of entries <= limit``; an entry is (row among these, column, coefficient)."""
        for row, column, value in entries:
            number = np.asarray(row, dtype=np.int64) + self.height
            values = np.broadcast_to(np.asarray(value, dtype=np.float64), len(number))
            self.entries.append((number, np.asarray(column, dtype=np.int64), values))
        self.limit.append(np.asarray(limit, dtype=np.float64))
        self.height += len(limit)

    def model(self, cost: Floats, offset: float) -> highspy.HighsLp:
        """Return the program as HiGHS reads it."""
        rows, columns, values = (np.concatenate([e[k] for e in self.entries]) for k in range(3))
        matrix = sparse.csc_array((values, (rows, columns)), shape=(self.height, self.width))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.width, self.height
        model.offset_, model.col_cost_ = offset, cost
        model.col_lower_, model.col_upper_ = np.zeros(self.width), np.concatenate(self.upper)
        model.row_lower_ = np.full(self.height, -highspy.kHighsInf)
        model.row_upper_ = np.concatenate(self.limit)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        integer = np.concatenate(self.integer)
        if integer.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(k)] for k in integer]
        return model


def minimise(
    build: Rows, cost: Floats, *, offset: float, gap: float, seconds: float
) -> tuple[Floats, float, float] | None:
    """Return the columns, the objective and a bound that no answer is below; None where there is no answer.

    Raises
    ------
    SolverError
        When HiGHS ends without an answer for another reason, such as the time.
    """
    if build.width == 0 or build.height == 0:
        return np.zeros(build.width), offset, offset
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "mip_rel_gap": gap,
        "mip_abs_gap": 1e-9,
        "time_limit": seconds,
        "mip_feasibility_tolerance": 1e-7,
        "primal_feasibility_tolerance": 1e-9,
        "small_matrix_value": 1e-12,
    }
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError(f"highspy {highs.version()} refuses {name}={value}; install another version")
    highs.passModel(build.model(cost, offset))
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    ends = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}
    if status not in ends or info.primal_solution_status != 2:
        raise SolverError(
            f"the program of partners has no answer ({highs.modelStatusToString(status)}); take fewer options or "
            "scenarios, or allow more seconds"
        )
    objective = float(info.objective_function_value)
    is_mixed = bool(np.concatenate(build.integer).any())
    return np.asarray(highs.getSolution().col_value), objective, float(info.mip_dual_bound) if is_mixed else objective

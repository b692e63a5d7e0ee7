"""What a set is worth in each scenario, and lines above it: the program of a scenario for given options, and its dual.

With the options given, the program of ``choose_program`` falls apart into one linear program a scenario (Benders 1962),
in activities above ``low``: gain f_s(y) = max v d, A (d, b) <= h, 0 <= d <= room, 0 <= b_c <= most_c y_c. Any
multipliers m >= 0 of the rows bound it from above, with r = max(0, (v, 0) - m A):

    f_s(y) <= m h + sum_i r_i room_i + sum_c r_c most_c y_c                                            (a cut)

The cut is worked out from m itself, so that it holds whatever the rounding of the solver. Two things make it sharper
where y is a set (0 or 1), but not in between:

* ``room_i`` may be replaced by room_i - fall_iT (1 - sum of y in T): if no option of the set T is taken, activity i is
  lower by fall_iT at least (``Falls``), and if one is, the bound is room_i or more. In a loop of essential inputs half
  an option would else bring back all of it.
* No coefficient need be more than what is above the constant: f_s <= top_s in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from valuechain.errors import SolverError
from valuechain.kernels.reach import without
from valuechain.kernels.sourcing import Sourcing
from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Case

__all__ = ["Cuts", "Falls", "Reach", "Recourse"]

Mask = npt.NDArray[np.bool_]

SMALL = 1e-9
"""Differences of activities below this are none."""

UPDATES = 30
"""Activities that are worked out for a bound in a scenario, a firm: more are seldom worth their time."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """One line a scenario above its gain: ``constant``, shape (scenarios,), and ``slope``, (scenarios, options)."""

    constant: Floats
    slope: Floats

    def at(self, y: Floats) -> Floats:
        """Return the value of each line for a set; shape (scenarios,)."""
        return np.asarray(self.constant + self.slope @ y)


@dataclass(frozen=True, eq=False)
class Reach:
    """Where some options are ``gone``: bounds on activities (of firms, then options; shape (scenarios, both)).

    ``room`` is what is above ``low``, shape (scenarios, firms), ``most`` what an option delivers at most, share of the
    need, (scenarios, options), and ``top`` the most gain, (scenarios,).
    """

    gone: Mask
    high: Floats
    room: Floats
    most: Floats
    top: Floats


@dataclass(frozen=True, eq=False)
class Falls:
    """How much lower activities are at least when none of the options ``of`` is taken: places and amounts."""

    of: Index
    scenario: Index
    firm: Index
    fall: Floats


class Recourse:
    """The programs of all scenarios of a case. Gains are parts of ``scale``, the loss without options."""

    def __init__(self, case: Case) -> None:
        self.case, self.options = case, case.options
        graph, options = case.economy.graph, case.options
        self.n, self.count = case.low.shape[1], len(options)
        spare = case.economy.spare[options.firm]
        self.need = graph.need[options.slot]
        self.limit, self.spare = options.limit / self.need, spare / self.need
        lost = float(case.probability @ ((case.surviving - case.low) @ case.economy.value))
        self.scale = max(lost, 1e-300)
        self.offset = lost / self.scale
        self.value = np.r_[case.economy.value / self.scale, np.zeros(self.count)]
        comes = np.zeros((len(case.low), len(graph.slot_buyer)))
        if len(graph.slot_buyer):
            comes = np.add.reduceat(graph.share * case.low[:, graph.supplier], graph.link_start[:-1], axis=1)
        self.comes = np.maximum(comes, case.low[:, graph.slot_buyer])
        self._rows()
        self.graph = self._with_options()
        part = np.minimum(options.limit / spare, 1.0)
        self.whole = self._reach(np.column_stack([case.high, np.minimum(case.high[:, options.firm], part)]))
        self.live = np.flatnonzero(self.whole.room.any(axis=1))
        self.programs = {int(s): _Scenario(self, int(s)) for s in self.live}

    def _rows(self) -> None:
        """Make the rows of all scenarios: slots, then capacities of candidates; columns are firms, then options."""
        graph, options = self.case.economy.graph, self.options
        slots, (firms, place) = len(graph.slot_buyer), np.unique(options.firm, return_inverse=True)
        of_link, each = np.repeat(np.arange(slots), np.diff(graph.link_start)), self.n + np.arange(self.count)
        pool = slots + np.asarray(place).reshape(-1)
        row = np.r_[np.arange(slots), of_link, options.slot, pool, slots + np.arange(len(firms))]
        column = np.r_[graph.slot_buyer, graph.supplier, each, each, firms]
        value = np.r_[np.ones(slots), -graph.share, -np.ones(self.count), 1 / self.spare, -np.ones(len(firms))]
        self.matrix = sparse.csr_array((value, (row, column)), shape=(slots + len(firms), self.n + self.count))
        self.across = sparse.csr_array(self.matrix.T)
        self.right = np.column_stack([self.comes - self.case.low[:, graph.slot_buyer], self.case.low[:, firms]])

    def _with_options(self) -> Sourcing:
        """Return the economy with every option as a firm that hands on what its candidate has to spare."""
        graph, options, n = self.case.economy.graph, self.options, self.n
        slots, each = len(graph.slot_buyer), np.arange(self.count)
        slot = np.r_[np.repeat(np.arange(slots), np.diff(graph.link_start)), options.slot, slots + each]
        order = np.argsort(slot, kind="stable")
        supplier = np.r_[graph.supplier, n + each, options.firm][order].astype(np.int64)
        share = np.r_[graph.share, self.spare, np.ones(self.count)][order]
        buyer = np.r_[graph.slot_buyer, n + each].astype(np.int64)
        pairs = np.unique(np.column_stack([supplier, buyer[slot[order]]]), axis=0)
        firms = np.arange(n + self.count + 1)
        return Sourcing(
            slot_start=np.searchsorted(buyer, firms).astype(np.int64),
            slot_buyer=buyer,
            need=np.r_[graph.need, np.ones(self.count)],
            link_start=np.searchsorted(slot[order], np.arange(slots + self.count + 1)).astype(np.int64),
            supplier=supplier,
            share=share,
            use_start=np.searchsorted(pairs[:, 0], firms).astype(np.int64),
            use_buyer=np.ascontiguousarray(pairs[:, 1]).astype(np.int64),
        )

    def _reach(self, high: Floats, gone: Mask | None = None) -> Reach:
        case, options = self.case, self.options
        firms = high[:, : self.n]
        room = np.where(firms - case.low > SMALL, firms - case.low, 0.0)
        slot = options.slot
        lack = np.maximum(firms[:, case.economy.graph.slot_buyer[slot]] - self.comes[:, slot], 0.0)
        most = np.minimum(np.minimum(self.limit, self.spare * firms[:, options.firm]), lack)
        gone = np.zeros(self.count, dtype=bool) if gone is None else gone
        most = np.where((most > SMALL) & ~gone, most, 0.0)
        return Reach(gone, high, room, most, room @ self.value[: self.n])

    def without(self, reach: Reach, gone: Mask) -> Reach:
        """Return the bounds when more options are gone."""
        return self._reach(self._lowered(reach, gone & ~reach.gone), gone | reach.gone)

    def falls(self, reach: Reach, of: Index) -> Falls:
        """Return how much lower activities are when none of some options is taken."""
        gone = np.zeros(self.count, dtype=bool)
        gone[of] = True
        firms = np.maximum(self._lowered(reach, gone)[:, : self.n] - self.case.low, 0.0)
        # What is passed on is cut at a millionth; smaller falls are not worth their place.
        scenario, firm = np.nonzero(reach.room - firms > 1e-6)
        return Falls(of, scenario, firm, (reach.room - firms)[scenario, firm] - 1e-9)

    def _lowered(self, reach: Reach, gone: Mask) -> Floats:
        high = reach.high.copy()
        if gone.any():
            some = high[self.live]
            without(self.graph, self.n + np.flatnonzero(gone), UPDATES * high.shape[1], some)
            high[self.live] = some
        return high

    def gains(self, y: Floats) -> tuple[Floats, Cuts]:
        """Return the gain of a set in each scenario, shape (scenarios,), and lines that touch it there."""
        return self.above(self.whole, y, [])

    def above(self, reach: Reach, y: Floats, falls: list[Falls]) -> tuple[Floats, Cuts]:
        """Return gains for options that may be taken in part, by bounds that hold for sets, and their cuts."""
        room, which = reach.room.copy(), np.full(reach.room.shape, -1)
        for k, t in enumerate(falls):
            lower = reach.room[t.scenario, t.firm] - t.fall * (1 - y[t.of].sum())
            less = lower < room[t.scenario, t.firm] - 1e-12
            at = t.scenario[less], t.firm[less]
            room[at], which[at] = np.maximum(lower[less], 0.0), k
        gain, many = np.zeros(len(room)), np.zeros((len(room), self.matrix.shape[0]))
        most = reach.most * y
        for s, program in self.programs.items():
            gain[s], many[s, program.rows] = program.solve(room[s], most[s])
        spent = np.maximum(self.value - (self.across @ many.T).T, 0.0)
        constant = np.einsum("sk,sk->s", self.right, many) + np.einsum("si,si->s", reach.room, spent[:, : self.n])
        slope = reach.most * spent[:, self.n :]
        for k, t in enumerate(falls):
            mine = which[t.scenario, t.firm] == k
            at = t.scenario[mine], t.firm[mine]
            part = np.bincount(at[0], weights=t.fall[mine] * spent[at], minlength=len(room))
            constant -= part
            slope[:, t.of] += part[:, None]
        return gain, Cuts(constant, np.minimum(slope, np.maximum(reach.top - constant, 0.0)[:, None]))


class _Scenario:
    """The program of one scenario, kept by HiGHS so that it goes on from the last answer."""

    def __init__(self, recourse: Recourse, s: int) -> None:
        upper = np.r_[recourse.whole.room[s], recourse.whole.most[s]]
        self.columns = np.flatnonzero(upper > 0)
        part = sparse.csr_array(recourse.matrix[:, self.columns])
        # A row that cannot bind is left out.
        self.rows = np.flatnonzero(part.maximum(0) @ upper[self.columns] > recourse.right[s] + 1e-12)
        matrix = sparse.csc_array(part[self.rows])
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.columns), len(self.rows)
        model.col_cost_ = -recourse.value[self.columns]
        model.col_lower_, model.col_upper_ = np.zeros(len(self.columns)), upper[self.columns]
        model.row_lower_ = np.full(len(self.rows), -highspy.kHighsInf)
        model.row_upper_ = recourse.right[s][self.rows]
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        settings: dict[str, Any] = {"output_flag": False, "threads": 1, "presolve": "off"}
        for name, value in settings.items():
            self.highs.setOptionValue(name, value)
        self.highs.passModel(model)
        self.numbers, self.zeros = np.arange(len(self.columns), dtype=np.int32), np.zeros(len(self.columns))
        self.last: tuple[Floats, float, Floats] | None = None  # bounds, and the answer to them

    def solve(self, room: Floats, most: Floats) -> tuple[float, Floats]:
        """Return the gain, and the multipliers of the rows, none below 0."""
        upper = np.concatenate([room, most])[self.columns]
        if self.last is not None and np.array_equal(upper, self.last[0]):
            return self.last[1:]
        self.highs.changeColsBounds(len(upper), self.numbers, self.zeros, upper)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                "the program of a scenario has no answer "
                f"({self.highs.modelStatusToString(self.highs.getModelStatus())}); take fewer options or scenarios"
            )
        gain = -float(self.highs.getInfo().objective_function_value)
        self.last = upper, gain, np.maximum(-np.asarray(self.highs.getSolution().row_dual), 0.0)
        return self.last[1:]

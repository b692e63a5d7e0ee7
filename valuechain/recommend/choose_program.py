"""The choice of partners as a mixed-integer linear program in the loss, solved by HiGHS.

With x the activity, u the capacity left, a the shares, D the needs, v the output, p the probability, y whether an
option c is taken, q what is ordered of it and b what it delivers in scenario s, z whether a candidate f is taken:

    minimise   sum_s p_s sum_i v_i (u_is - x_is)                        (and, if asked for, the tail of it)
    x_js <= sum_i a_ik x_is + sum_c b_cs / D_k                          for each essential slot k of j
    b_cs <= M_cs y_c,  b_cs <= q_c,  q_c <= limit_c y_c
    sum_{c of f} b_cs <= spare_f x_fs                                   no capacity is given out twice
    sum_{c of f} q_c >= minimum_f z_f,  y_c <= z_f,  z_f <= sum_{c of f} y_c
    sum fixed_c y_c + unit_c q_c + sum joint_f z_f <= budget
    sum_f z_f <= most partners;  w_n <= sum_{f of country n} z_f, sum_n w_n >= least countries

The objective is a loss and not an output: a relative gap of the output would hide an error many times as large in the
loss. It is divided by the loss without options. Every x lies between its value without options (``low``) and with all
of them (``high``): where the two are equal x is a number, a row that cannot bind is left out, and M_cs is the least of
the limit, spare_f high_f and D_k (high_j - sum_i a_ik low_i).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Case, Options
from valuechain.recommend.mixed_program import Rows, minimise

__all__ = ["THRIFT", "Limits", "Plan", "Program", "cheapest_set", "has_orders", "solve_whole"]

SMALL = 1e-9
"""Differences of activities below this are none."""

THRIFT = 1e-6
"""Weight of the cost, as a part of the loss without options when all options are taken: of equal sets the cheap one."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a set must keep to, and how well it is to be solved.

    Parameters
    ----------
    budget
        Most it may cost, currency; infinite: no limit.
    most_partners, least_countries
        Most candidates, and least different countries of them.
    tail_weight, tail
        Part of the objective that is the mean of the worst ``1 - tail`` of losses, 0..1.
    gap
        Proven distance from the best possible objective, as a part of it.
    seconds
        Time limit.
    """

    budget: float = np.inf
    most_partners: int | None = None
    least_countries: int = 0
    tail_weight: float = 0.0
    tail: float = 0.95
    gap: float = 1e-3
    seconds: float = 60.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A set. ``loss`` is the expected loss when capacity is given out as a central planner would, ``bound`` what no set
    can be below (currency per flow period), ``gap`` their distance as a part of the loss.
    """  # noqa: D205 - one sentence

    chosen: npt.NDArray[np.bool_]
    order: Floats
    loss: float
    bound: float
    gap: float
    rows: int
    columns: int


def has_orders(options: Options) -> bool:
    """Tell whether it matters how much is ordered: it costs something or must reach a minimum."""
    return bool((options.unit > 0).any() or (options.minimum > 0).any())


def solve_whole(case: Case, limits: Limits) -> Plan | None:
    """Return the best set by one program of all scenarios, or None where no set keeps to the limits.

    Raises
    ------
    SolverError
        When HiGHS ends without a set for another reason.
    """
    made = Program(case, limits)
    answer = minimise(made.build, made.cost, offset=made.offset, gap=limits.gap, seconds=limits.seconds)
    return None if answer is None else made.plan(*answer)


def cheapest_set(case: Case, limits: Limits, *, loss: float | None = None) -> Plan | None:
    """Return the cheapest set with at least one option that leaves no more than a loss, whatever the budget.

    ``loss`` is that of a :class:`Plan` (currency per flow period); None: any. None is returned where there is no set.
    """
    if loss is None:
        none = case.surviving[:0]
        case = replace(case, surviving=none, low=none, high=none, probability=case.probability[:0], tried={})
    made = Program(case, replace(limits, budget=np.inf, tail_weight=0.0))
    if loss is not None:
        lost = np.flatnonzero(made.gain)
        bound = np.array([loss / made.scale - made.offset])
        made.build.rows(bound, (np.zeros(len(lost), dtype=np.int64), lost, -made.gain[lost]))
    columns, costs = made.costs()
    made.build.rows(np.array([-1.0]), (np.zeros(len(made.y), dtype=np.int64), made.y, -1.0))
    cost = np.zeros(made.build.width)
    cost[columns] = costs / max(float(costs.max(initial=0.0)), 1e-300)
    answer = minimise(made.build, cost, offset=0.0, gap=0.0 if loss is None else limits.gap, seconds=limits.seconds)
    return None if answer is None else made.plan(*answer)


class Program:
    """Numbers the columns, makes the rows, and reads the answer."""

    def __init__(self, case: Case, limits: Limits) -> None:
        self.case, self.limits, self.options = case, limits, case.options
        self.build = Rows()
        value, weight = case.economy.value, case.probability
        self.scale = max(float(weight @ ((case.surviving - case.low) @ value)), 1e-300)
        self.offset = 0.0
        self._choice()
        self._budget()
        self._counts()
        lost = [self._scenario(s) for s in range(len(weight))]
        self._objective(lost)

    def _choice(self) -> None:
        options, build = self.options, self.build
        n = len(options)
        self.partner = options.partner
        self.first = np.unique(self.partner, return_index=True)[1]
        self.y = build.columns(n, upper=1.0, integer=True)
        self.z = build.columns(len(self.first), upper=1.0, integer=True)
        self.has_orders = has_orders(options)
        each = np.arange(n)
        build.rows(np.zeros(n), (each, self.y, 1.0), (each, self.z[self.partner], -1.0))
        groups = np.arange(len(self.first))
        build.rows(np.zeros(len(groups)), (groups, self.z, 1.0), (self.partner, self.y, -1.0))
        if self.has_orders:
            # In shares of the limit, so that all coefficients are near 1.
            self.q = build.columns(n, upper=1.0)
            build.rows(np.zeros(n), (each, self.q, 1.0), (each, self.y, -1.0))
            need = options.minimum[self.first]
            some = np.flatnonzero(need > 0)
            place = np.full(len(groups), -1)
            place[some] = np.arange(len(some))
            mine = np.flatnonzero(place[self.partner] >= 0)
            part = options.limit[mine] / need[self.partner[mine]]
            build.rows(
                np.zeros(len(some)),
                (np.arange(len(some)), self.z[some], 1.0),
                (place[self.partner[mine]], self.q[mine], -part),
            )

    def costs(self) -> tuple[Index, Floats]:
        """Return the columns that cost something, and what the whole of each costs, currency."""
        options = self.options
        columns, costs = [self.y, self.z], [options.fixed, options.joint[self.first]]
        if self.has_orders:
            columns.append(self.q)
            costs.append(options.unit * options.limit)
        return np.concatenate(columns), np.concatenate(costs)

    def _budget(self) -> None:
        columns, costs = self.costs()
        if np.isfinite(self.limits.budget) and len(columns):
            # Coefficients stay moderate also when the budget is 0 or next to nothing.
            size = max(self.limits.budget, 1e-6 * float(costs.max(initial=0.0)), 1e-300)
            limit = np.array([self.limits.budget / size])
            self.build.rows(limit, (np.zeros(len(columns), dtype=np.int64), columns, costs / size))

    def _counts(self) -> None:
        build, most, least = self.build, self.limits.most_partners, self.limits.least_countries
        if most is not None:
            build.rows(np.array([float(most)]), (np.zeros(len(self.z), dtype=np.int64), self.z, 1.0))
        if least:
            country = self.options.country[self.first]
            labels, place = np.unique(country[country >= 0], return_inverse=True)
            w = build.columns(len(labels), upper=1.0)
            each = np.arange(len(labels))
            build.rows(np.zeros(len(labels)), (each, w, 1.0), (place, self.z[country >= 0], -1.0))
            build.rows(np.array([-float(least)]), (np.zeros(len(labels), dtype=np.int64), w, -1.0))

    def _scenario(self, s: int) -> tuple[Index, Floats]:
        """Add one scenario; return the columns of activities and what each takes off the loss."""
        case, graph = self.case, self.case.economy.graph
        low, high = case.low[s], case.high[s]
        live = np.flatnonzero(high - low > SMALL)
        self.offset += float(case.probability[s] * ((case.surviving[s] - low) @ case.economy.value)) / self.scale
        if not len(live):
            return live, np.zeros(0)
        column = np.full(len(low), -1)
        # Above ``low``: a firm of which nothing changes has no column.
        column[live] = self.build.columns(len(live), upper=(high - low)[live])
        comes = np.maximum(
            np.add.reduceat(graph.share * low[graph.supplier], graph.link_start[:-1]), low[graph.slot_buyer]
        )
        room = np.where(column[graph.slot_buyer] >= 0, high[graph.slot_buyer] - comes, 0.0)
        rows = np.flatnonzero(room > SMALL)
        place = np.full(len(room), -1)
        place[rows] = np.arange(len(rows))
        link_slot = np.repeat(np.arange(len(room)), np.diff(graph.link_start))
        links = np.flatnonzero((place[link_slot] >= 0) & (column[graph.supplier] >= 0))
        option, delivered = self._deliveries(s, low, room, column)
        self.build.rows(
            comes[rows] - low[graph.slot_buyer[rows]],
            (np.arange(len(rows)), column[graph.slot_buyer[rows]], 1.0),
            (place[link_slot[links]], column[graph.supplier[links]], -graph.share[links]),
            (place[self.options.slot[option]], delivered, -1.0),
        )
        return column[live], case.economy.value[live] / self.scale

    def _deliveries(self, s: int, low: Floats, room: Floats, column: Index) -> tuple[Index, Index]:
        """Add what options deliver in a scenario, as shares of the need; return options and columns."""
        options, economy, build = self.options, self.case.economy, self.build
        need, spare = economy.graph.need[options.slot], economy.spare[options.firm]
        limit = np.minimum(options.limit, spare * self.case.high[s][options.firm]) / need
        most = np.minimum(limit, room[options.slot])
        option = np.flatnonzero(most > SMALL)
        delivered = build.columns(len(option), upper=most[option])
        each = np.arange(len(option))
        build.rows(np.zeros(len(option)), (each, delivered, 1.0), (each, self.y[option], -most[option]))
        if self.has_orders:
            share = (options.limit / need)[option]
            some = np.flatnonzero(share > 0)
            build.rows(
                np.zeros(len(some)),
                (np.arange(len(some)), delivered[some], 1.0),
                (np.arange(len(some)), self.q[option[some]], -share[some]),
            )
        firm, row = np.unique(options.firm[option], return_inverse=True)
        row = np.asarray(row).reshape(-1)
        part = need[option] / spare[option]
        # Capacity that suffices for all that may ask cannot bind.
        binds = np.bincount(row, weights=part * most[option], minlength=len(firm)) > low[firm] + SMALL
        place = np.full(len(firm), -1)
        place[binds] = np.arange(int(binds.sum()))
        mine = np.flatnonzero(binds[row])
        moves = np.flatnonzero(binds & (column[firm] >= 0))
        build.rows(
            low[firm[binds]],
            (place[row[mine]], delivered[mine], part[mine]),
            (place[moves], column[firm[moves]], -1.0),
        )
        return option, delivered

    def _objective(self, lost: list[tuple[Index, Floats]]) -> None:
        build, case, weight = self.build, self.case, self.limits.tail_weight
        columns, costs = self.costs()
        total = costs.sum()
        self.cost, self.gain, self.thrift = (np.zeros(build.width) for _ in range(3))
        if total > 0:
            self.thrift[columns] += THRIFT * costs / total
        self.cost += self.thrift
        for (column, gain), p in zip(lost, case.probability, strict=True):
            self.gain[column] += p * gain
        self.cost -= (1 - weight) * self.gain
        self.offset *= 1 - weight
        if weight > 0:
            # Rockafellar and Uryasev (2000), equation 9: t + sum of p (L_s - t)+ / (1 - tail) is least at the tail
            # mean. These are whole losses: what a firm lost by itself is part of a bad scenario.
            count, base = len(lost), case.base / self.scale
            t = build.columns(1, upper=float(base.max(initial=0.0)))
            over = build.columns(count)
            each = np.arange(count)
            rows = np.concatenate([np.full(len(c), k) for k, (c, _) in enumerate(lost)])
            build.rows(
                -base,
                (rows, np.concatenate([c for c, _ in lost]), -np.concatenate([g for _, g in lost])),
                (each, np.full(count, t[0]), -1.0),
                (each, over, -1.0),
            )
            tail = weight * case.probability / (1 - self.limits.tail)
            self.cost = np.r_[self.cost, weight, tail]

    def plan(self, values: Floats, objective: float, bound: float) -> Plan:
        """Return the set that the columns describe."""
        options = self.options
        chosen = values[self.y] > 0.5
        order = np.where(chosen, options.limit, 0.0)
        if self.has_orders:
            order = np.where(chosen, np.clip(values[self.q], 0.0, 1.0) * options.limit, 0.0)
        # What is there only to prefer the cheaper of equal sets is no part of the loss.
        loss = objective - float(self.thrift @ values[: len(self.thrift)])
        return Plan(
            chosen=chosen,
            order=order,
            loss=loss * self.scale,
            bound=min(bound, loss) * self.scale,
            gap=max(0.0, (objective - bound) / objective) if objective > 0 else 0.0,
            rows=self.build.height,
            columns=self.build.width,
        )

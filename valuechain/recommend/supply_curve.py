"""What new suppliers of one slot are worth where loops are large: all activity as a function of what the slot gets.

Let a slot k of buyer j get t more than its usual suppliers deliver (share of its need), and x(t) be the greatest fixed
point then. The map is concave in activities and t together, so what all make more, v (x(t) - x(0)), is concave in t; it
is made of straight pieces, one for each choice of what holds the firms. Each choice gives a line that is nowhere below
the curve, and a point of the curve found by policy iteration (``kernels/held.py``) has the line through it.

Between two points the curve lies above the chord and below both lines. Where the lines meet above the chord by more
than ``CLOSE`` of what is gained there, and some new supplier can give as much as the first point asks but not the
second, that place is the next point (Eisner and Severance 1976, Journal of the ACM 23: 619); else the chord is taken.
The last point is where the slot holds its buyer no more.

A new supplier with spare capacity c, share of the need at normal activity, is at the greatest t <= c x_supplier(t).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.kernels.held import OWN
from valuechain.kernels.replies import Replies, System, reply
from valuechain.kernels.sourcing import Sourcing
from valuechain.kernels.supply_path import best_choice, come_to_rest, new_choice
from valuechain.network import Floats, Index
from valuechain.recommend.at_rest import Room, at_rest, improve

__all__ = ["CLOSE", "Along", "worth_along"]

CLOSE = 1e-5
"""A chord that misses the curve by no more than this part of what is gained there stands for it."""

NOTICED = 1e-9
"""Differences of activities below this are rounding."""

ROUNDING = 1e-9
"""Part of a push that may be rounding: where a supplier lives of what it gives, it may be able to give just that."""

MOST_POINTS = 400


@dataclass(frozen=True, kw_only=True)
class Along:
    """What suppliers are worth, currency per flow period: output saved in all, in the buyer, and what they deliver."""

    cut: Floats
    own: Floats
    given: Floats


@dataclass(frozen=True)
class _Point:
    """Push (share of need), output saved in all and in the buyer, what more push is worth, activity of suppliers."""

    push: float
    cut: float
    own: float
    slope: float
    x: Floats


class _States:
    """Activity when a slot gets more, in one scenario: by replies, or where too much changes by new systems."""

    def __init__(self, graph: Sourcing, system: System, replies: Replies, slot: int, who: Index) -> None:
        self.graph, self.system, self.replies, self.slot, self.who = graph, system, replies, slot, who
        self.buyer = int(graph.slot_buyer[slot])
        self.choice, self.x = new_choice(system), system.x.copy()
        self.best = self._best()

    def _best(self) -> Floats:
        """Return the activity when the slot never holds its buyer."""
        for by_others in (True, False):
            best_choice(self.graph, self.system, self.choice, self.slot, by_others)
            if come_to_rest(self.graph, self.system, self.replies, self.choice, self.slot, np.inf, self.x)[0]:
                return self.x.copy()
        best, room = self._without(), Room(len(self.x))
        if improve(self.graph, self.system.u, best, room, slot=self.slot, push=np.inf) is None:
            at_rest(self.graph, self.system.u, best, room, slot=self.slot, push=np.inf)
        best_choice(self.graph, self.system, self.choice, self.slot, False)
        return best

    def _without(self) -> Floats:
        """Return an activity above the best one: all is held as without more supply, but the buyer by its capacity."""
        best_choice(self.graph, self.system, self.choice, self.slot, False)
        x = self.system.x.copy()
        rest = reply(self.system, self.replies, self.buyer)
        x += rest * ((self.system.u[self.buyer] - x[self.buyer]) / rest[self.buyer])
        return np.minimum(x, self.system.u)

    def point(self, push: float, x: Floats, cut: float, slope: float) -> _Point:
        """Return a point of the curve."""
        own = float(self.system.value[self.buyer] * (x[self.buyer] - self.system.x[self.buyer]))
        # Rounding may leave a firm that stands still a little below 0, and it could then not begin at all.
        return _Point(push, cut, own, slope, np.where(self.who >= 0, np.maximum(x[self.who], 0.0), 1.0))

    def saved(self, x: Floats) -> float:
        """Return output more than without, currency per flow period."""
        # Not by the product of vectors: threads of its own would wait for each other.
        return float((self.system.value * (x - self.system.x)).sum())

    def at(self, push: float) -> _Point:
        """Return the point with that push."""
        if self.choice.now[self.buyer] == OWN and self.choice.size[0] == 1:
            self.choice.now[self.buyer] = self.slot
        found, cut, slope = come_to_rest(self.graph, self.system, self.replies, self.choice, self.slot, push, self.x)
        if found:
            return self.point(push, self.x, cut, slope)
        self.choice = new_choice(self.system)
        best_choice(self.graph, self.system, self.choice, self.slot, False)
        return self._anew(push)

    def _anew(self, push: float) -> _Point:
        """Return the point with that push, by new systems from the best state down."""
        x, room = self.best.copy(), Room(len(self.x))
        factors = improve(self.graph, self.system.u, x, room, slot=self.slot, push=push)
        if factors is None:
            at_rest(self.graph, self.system.u, x, room, slot=self.slot, push=push)
            return self.point(push, x, self.saved(x), 0.0)
        slope = 0.0
        if room.held[self.buyer] == self.slot:
            side = np.zeros(factors.shape[0])
            side[room.place[self.buyer]] = 1.0
            slope = float(self.system.value[room.held != OWN] @ factors.solve(side))
        return self.point(push, x, self.saved(x), slope)


def worth_along(graph: Sourcing, system: System, replies: Replies, slot: int, who: Index, spare: Floats) -> Along:
    """Return what each new supplier of a slot is worth alone in one scenario.

    Parameters
    ----------
    graph, system
        The economy, and its activity without a new supplier.
    replies
        Replies found so far. Written.
    slot
        Essential slot.
    who, spare
        Firms (-1: one that always has enough) and their spare capacity, currency per flow period; shape (suppliers,).
    """
    cut, own, given = np.zeros(len(who)), np.zeros(len(who)), np.zeros(len(who))
    found = Along(cut=cut, own=own, given=given)
    buyer, need = int(graph.slot_buyer[slot]), float(graph.need[slot])
    if system.held[buyer] != slot:
        return found
    states = _States(graph, system, replies, slot, who)
    best = states.best
    usual = _supply(graph, slot, best)
    last = float(best[buyer] - usual)
    if last <= NOTICED or best[buyer] - system.x[buyer] <= NOTICED:
        return found
    end = states.point(last, best, states.saved(best), 0.0)
    cap = spare / need
    full = (who < 0) | (cap * end.x >= (1.0 - ROUNDING) * last)
    cut[full], own[full] = end.cut, end.own
    given[full] = (
        need * np.minimum(max(0.0, float(system.u[buyer]) - usual), np.where(who < 0, np.inf, cap * end.x))[full]
    )
    if not full.all():
        points = _points(states, end, cap)
        for c in np.flatnonzero(~full):
            push, cut[c], own[c] = _place(points, cap[c], int(c))
            given[c] = need * push
    return found


def _supply(graph: Sourcing, slot: int, x: Floats) -> float:
    links = slice(graph.link_start[slot], graph.link_start[slot + 1])
    return float(graph.share[links] @ x[graph.supplier[links]])


def _points(states: _States, end: _Point, cap: Floats) -> list[_Point]:
    """Return points of the curve, by push, between which chords are close wherever some supplier ends."""
    start = states.at(0.0)
    points, todo = [start, states.at(end.push)], [(0, 1)]
    while todo and len(points) < MOST_POINTS:
        a, b = todo.pop()
        push = _meeting(points[a], points[b])
        if push is None or not _someone_between(points[a], points[b], cap):
            continue
        points.append(states.at(push))
        todo += [(a, len(points) - 1), (len(points) - 1, b)]
    return sorted(points, key=lambda point: point.push)


def _meeting(a: _Point, b: _Point) -> float | None:
    """Return where the lines through two points meet, None where the chord is close to it."""
    width, rise, steep = b.push - a.push, b.cut - a.cut, a.slope - b.slope
    if steep <= 0.0 or width <= 0.0:
        return None
    way = (rise - b.slope * width) / steep
    chord = rise * way / width
    if not 0.0 < way < width or a.slope * way - chord <= CLOSE * (a.cut + chord):
        return None
    return a.push + way


def _someone_between(a: _Point, b: _Point, cap: Floats) -> bool:
    return bool(((cap * a.x >= (1.0 - ROUNDING) * a.push) & (cap * b.x < b.push)).any())


def _place(points: list[_Point], cap: float, c: int) -> tuple[float, float, float]:
    """Return push, output saved and the buyer's part of it at the greatest push that a supplier can give."""
    for a, b in zip(points[-2::-1], points[:0:-1], strict=True):
        less = cap * b.x[c] - b.push
        if less >= -ROUNDING * b.push:
            return b.push, b.cut, b.own
        more = cap * a.x[c] - a.push
        if more >= 0.0:
            part = more / (more - less)
            return a.push + part * (b.push - a.push), a.cut + part * (b.cut - a.cut), a.own + part * (b.own - a.own)
    return 0.0, 0.0, 0.0

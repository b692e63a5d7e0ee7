"""Goods on links that take more than a day: where they are kept until they arrive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuechain.kernels.production_graph import Floats, Ints, ProductionGraph, Small, inner

__all__ = ["Leads", "Transit", "make_leads", "new_transit", "turn"]


class Leads(NamedTuple):
    """How long links take: ``days`` beyond the first, shape (links,), empty where none takes more than a day.

    Goods that are as long in transit lie side by side, a row for each day: those of k days have k rows from position
    ``start[k]`` on, and a link has column ``place`` in them, shape (links,). ``start`` has shape (longest + 2,).
    """

    days: Small
    place: Small
    start: Ints


class Transit(NamedTuple):
    """Goods in transit, and the day.

    ``goods`` holds what buyers ordered for its own sake, ``lent`` what they ordered in place of a supplier that
    fails (empty where none switches): see :class:`Leads` for where. ``row`` is where today's row of each transit time
    begins, ``clock`` has one element, the number of days gone by. ``away``, shape (links,), is the sum of ``goods`` of
    each link.
    """

    days: Small
    place: Small
    start: Ints
    row: Ints
    clock: Ints
    goods: Floats
    lent: Floats
    away: Floats


def make_leads(days: Ints) -> Leads:
    """Return the leads of links that are ``days`` (0 or more) longer in transit than one day; shape (links,)."""
    longest = int(days.max(initial=0))
    if not longest:
        return Leads(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(2, dtype=np.int64))
    counts = np.bincount(days, minlength=longest + 1)
    by_days = np.argsort(days, kind="stable")
    place = np.empty(len(days), dtype=np.int32)
    place[by_days] = np.arange(len(days)) - np.repeat(np.cumsum(counts) - counts, counts)
    start = np.concatenate([[0], np.cumsum(counts * np.arange(longest + 1))])
    return Leads(days.astype(np.int32), place, start.astype(np.int64))


def new_transit(graph: ProductionGraph, leads: Leads, *, switches: bool) -> Transit:
    """Return the goods in transit before day 0: the usual amounts of all links that take more than a day."""
    goods = np.zeros(int(leads.start[-1]))
    for k in range(1, len(leads.start) - 1):
        rows = goods[leads.start[k] : leads.start[k + 1]].reshape(k, -1)
        rows[:] = graph.amount[leads.days == k]
    return Transit(
        days=leads.days,
        place=leads.place,
        start=leads.start,
        row=np.zeros(len(leads.start) - 1, dtype=np.int64),
        clock=np.zeros(1, dtype=np.int64),
        goods=goods,
        lent=np.zeros(len(goods) if switches else 0),
        away=leads.days * graph.amount if len(leads.days) else np.zeros(0),
    )


@inner
def turn(transit: Transit) -> None:
    """Begin a day: what was put into today's rows a transit time ago arrives, and today's goods take its place."""
    start, row, clock = transit.start, transit.row, transit.clock
    for k in range(1, row.shape[0]):
        row[k] = start[k] + (clock[0] % k) * ((start[k + 1] - start[k]) // k)
    clock[0] += 1

"""Links of ARIO that are closed for a while: the table that buyers order by, day by day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuechain.kernels.ario import State, Table
from valuechain.models.ario_events import Event, LinkLoss
from valuechain.models.ario_losses import left_on
from valuechain.models.ario_table import ArioTable

__all__ = ["Closures"]


class Closures:
    """The table of a run: that of the network while all links are open, else a copy of its flows that changes."""

    def __init__(self, table: ArioTable, events: Sequence[Event]) -> None:
        rank = table.rank
        self.events = [e for e in events if isinstance(e, LinkLoss)]
        self.table: Table = table.kernel
        if not self.events:
            return
        n = len(rank)
        cells = [rank[e.firms] * n + rank[e.buyers] for e in self.events]
        every, place = np.unique(np.concatenate(cells), return_inverse=True)
        ends = np.cumsum([len(c) for c in cells])[:-1]
        self.places = np.split(place, ends)
        self.supplier, self.buyer = np.divmod(every, n)
        self.sector = table.sector[self.supplier]
        self.whole = table.kernel.flow[self.supplier, self.buyer]
        self.open = np.ones(len(every))
        self.table = table.kernel._replace(flow=table.kernel.flow.copy())

    def on(self, day: int, state: State) -> None:
        """Open and close links as they are on a day; orders placed the day before over closed links are dropped."""
        if not self.events:
            return
        now = np.ones(len(self.open))
        for event, places in zip(self.events, self.places, strict=True):
            now[places] *= 1.0 - event.loss * left_on(event, day, reference=False)
        if np.array_equal(now, self.open):
            return
        change = self.whole * (now - self.open) * state.weight[self.supplier] * state.rate[self.sector, self.buyer]
        np.add.at(state.ordered, self.supplier, change)
        np.maximum(state.ordered, 0.0, out=state.ordered)
        self.table.flow[self.supplier, self.buyer] = self.whole * now
        self.open = now

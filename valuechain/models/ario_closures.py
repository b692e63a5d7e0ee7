"""Links of ARIO that a scenario closes, and inputs whose use it holds down, day by day."""

from __future__ import annotations

import numpy as np

from valuechain.kernels.ario import State, Table
from valuechain.kernels.ario_links import Links
from valuechain.models.ario_table import ArioTable
from valuechain.models.firm_activity import per_day_factor
from valuechain.models.timeline import Timeline
from valuechain.network import Floats, Index

__all__ = ["Closures", "OpenLinks", "closures"]

OF_LINKS = ("link", "essential-input")

_NONE = np.zeros(0)
_NO_PLACE = np.zeros(0, dtype=np.int64)


class OpenLinks:
    """The links of a run in which none is ever closed.

    ``table`` is that of the network, but for the flows over links that are ever closed, which stand in ``links``: one
    for each pair of supplier and buyer. ``most`` is the most each industry can make of the inputs it may use, currency
    a day, and ``most_input`` the sector that decides; empty where no input is held down. ``idle`` is what firms that
    make nothing buy from each industry, currency a day.
    """

    def __init__(self, table: ArioTable) -> None:
        self.table: Table = table.kernel
        self.most: Floats = _NONE
        self.most_input: Index = _NO_PLACE
        self.idle: Floats = table.to_idle
        self.links = Links(np.zeros_like(table.kernel.first), _NO_PLACE, _NO_PLACE, _NONE, _NONE, _NONE)

    def on(self, day: int, state: State) -> None:
        """Set the limits of a day: there are none."""

    def before_orders(self, day: int) -> None:
        """Set the limits that orders placed on a day meet: there are none."""


class Closures(OpenLinks):
    """The links of a run in which some are closed for a while; it belongs to that run."""

    def __init__(self, table: ArioTable, line: Timeline) -> None:
        super().__init__(table)
        self.line, self.whole_idle = line, table.to_idle
        kernel, n = table.kernel, len(table.order)
        network, rank = line.network, table.rank
        shocked = np.unique(np.concatenate([e.hit for e in line.effects if e.kind in OF_LINKS]))
        supplier, buyer = rank[network.supplier[shocked]], rank[network.buyer[shocked]]
        flow = network.flow[shocked] * per_day_factor(network)
        # What firms that make nothing buy is no flow of the kernel's.
        makes = kernel.flow[supplier, buyer] > 0
        self.to_idle = shocked[~makes], supplier[~makes], flow[~makes]
        self.places, self.flow = shocked[makes], flow[makes]
        pairs, self.pair = np.unique(supplier[makes] * n + buyer[makes], return_inverse=True)
        supplier, buyer = np.divmod(pairs, n)
        self.table = kernel._replace(flow=kernel.flow.copy())
        self.table.flow[supplier, buyer] = 0.0
        amount = kernel.flow[supplier, buyer]
        bounds = np.searchsorted(supplier, kernel.first).astype(np.int64)
        self.links = Links(bounds, supplier, buyer, amount, np.full(len(amount), np.inf), amount.copy())
        slots, self.slot = np.unique(table.sector[supplier] * n + buyer, return_inverse=True)
        self.input, self.user = np.divmod(slots, n)
        self.bought = kernel.input_share[self.input, self.user] * kernel.output[self.user]
        self.limits_use = kernel.limiting_share[self.input, self.user] > 0

    def on(self, day: int, state: State) -> None:
        """Set the limits of a day; orders placed the day before that a link can no longer carry are dropped."""
        kept, links = self.line.link_kept(day), self.links
        links.limit[:] = self._limits(kept)
        dropped = np.maximum(links.order - links.limit, 0.0)
        links.order[:] -= dropped
        np.subtract.at(state.ordered, links.supplier, dropped)
        np.maximum(state.ordered, 0.0, out=state.ordered)
        places, supplier, flow = self.to_idle
        idle_gone = np.bincount(supplier, weights=flow * (1.0 - kept[places]), minlength=len(state.ordered))
        self.idle = np.maximum(self.whole_idle - idle_gone, 0.0)
        if self.line.has("essential-input"):
            self._limit_use(day)

    def before_orders(self, day: int) -> None:
        """Let buyers order what a link can carry tomorrow, when the goods move, if that is more than today.

        That a link will carry less tomorrow nobody knows today: what is too much is dropped then.
        """
        limit = self.links.limit
        np.maximum(limit, self._limits(self.line.link_kept(day + 1)), out=limit)

    def _limits(self, kept: Floats) -> Floats:
        """Return the most each link carries, currency a day; infinite for those that are open."""
        amount = self.links.amount
        gone = np.bincount(self.pair, weights=self.flow * (1.0 - kept[self.places]), minlength=len(amount))
        return np.where(gone > 0, np.maximum(amount - gone, 0.0), np.inf)

    def _limit_use(self, day: int) -> None:
        """Set the most each industry can make when of an input it may use no more than the part that is kept."""
        lost = self.flow * (1.0 - self.line.input_kept(day)[self.places])
        by_slot = np.bincount(self.slot[self.pair], weights=lost, minlength=len(self.user))
        held = (by_slot > 0) & self.limits_use
        user, sector = self.user[held], self.input[held]
        most = self.table.output[user] * np.maximum(1.0 - by_slot[held] / self.bought[held], 0.0)
        # Of several inputs the last that is written stays: the one that allows least, then the first sector.
        order = np.lexsort((-sector, -most))
        self.most = np.full(len(self.whole_idle), np.inf)
        self.most_input = np.full(len(self.whole_idle), -1)
        self.most[user[order]] = most[order]
        self.most_input[user[order]] = sector[order]


def closures(table: ArioTable, line: Timeline | None) -> OpenLinks:
    """Return the links of a run: closed as a scenario has it, or open all the time."""
    if line is None or not line.has(*OF_LINKS):
        return OpenLinks(table)
    return Closures(table, line)

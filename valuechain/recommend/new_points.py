"""Single points of failure with new links: exactly who stops whom, today and with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from valuechain.kernels.needs import Ints
from valuechain.network import Floats, Index
from valuechain.recommend.economy import Economy
from valuechain.recommend.new_links import Sources, as_backups, as_standing, needs_from, sources_of
from valuechain.recommend.shared_points import Hanging, hanging_in

__all__ = ["HALF", "Changed", "Points", "listed"]

HALF = 0.5
"""Part of a need that must be left where a firm is taken to stop before all of it is gone. A stated choice."""

NAMED = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Changed:
    """Single points of failure today and with new links.

    ``today`` and ``after`` count the firms that stop another one. ``new`` and ``gone`` have one row for each firm that
    becomes a single point of a buyer of a new link, or ceases to be one: positions of the firm and of the buyer,
    sorted by buyer; shape (rows, 2). Whatever else it stops from now on, or no longer, hangs on these buyers: a set of
    stopped firms changes only where one of these buyers enters or leaves it.
    """

    today: int
    after: int
    new: Index
    gone: Index


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Whom every firm of an economy stops.

    ``min_share``: a firm stops when less than this part of an essential need is left; 0: when nothing of it is.
    """

    economy: Economy
    min_share: float = 0.0

    @cached_property
    def today(self) -> Hanging:
        """On whom every firm hangs today."""
        return self._hanging(sources_of(self.economy))

    def with_backups(self, slot: Index, firm: Index, most: Floats) -> Changed:
        """Return what new back-ups change, see :func:`~valuechain.recommend.new_links.as_backups`."""
        return self._changed(as_backups(self.economy, slot, firm, most), slot)

    def with_standing(self, slot: Index, firm: Index, flow: Floats) -> Changed:
        """Return what new standing suppliers change, see :func:`~valuechain.recommend.new_links.as_standing`."""
        return self._changed(as_standing(self.economy, slot, firm, flow), slot)

    def _hanging(self, sources: Sources) -> Hanging:
        return hanging_in(needs_from(self.economy, sources, self.min_share))

    def _changed(self, sources: Sources, slot: Index) -> Changed:
        after = self._hanging(sources)
        new, gone = [np.zeros((0, 2), dtype=np.int64)], [np.zeros((0, 2), dtype=np.int64)]
        for buyer in np.unique(self.economy.graph.slot_buyer[slot]):
            before, now = self.today.stoppers(int(buyer)), after.stoppers(int(buyer))
            new.append(_rows(np.setdiff1d(now, before), int(buyer)))
            gone.append(_rows(np.setdiff1d(before, now), int(buyer)))
        return Changed(
            today=int((self.today.stops() > 0).sum()),
            after=int((after.stops() > 0).sum()),
            new=np.concatenate(new),
            gone=np.concatenate(gone),
        )


def _rows(firms: Index, buyer: int) -> Ints:
    return np.column_stack([firms, np.full(len(firms), buyer)]).astype(np.int64).reshape(-1, 2)


def listed(economy: Economy, pairs: Index, *, most: int = NAMED) -> str:
    """Return firms and the buyers they stop, such as ``mine of b; port of b, c``, the first by id."""
    ids = economy.network.firm_ids.astype(str)
    buyers: dict[str, list[str]] = {}
    for firm, buyer in pairs:
        buyers.setdefault(ids[firm], []).append(ids[buyer])
    words = [f"{firm} of {_few(sorted(of), most)}" for firm, of in sorted(buyers.items())]
    return _few(words, most, "; ")


def _few(words: list[str], most: int, between: str = ", ") -> str:
    return between.join(words[:most]) + (f" and {len(words) - most:,} more" if len(words) > most else "")

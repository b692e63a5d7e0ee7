"""How many items to compute at once: few at first, then as many as take a few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from valuechain.runs.rows import Array, Index, Work

LEAST_SECONDS = 0.5
MOST_SECONDS = 8.0
SHARE = 0.25
"""A piece is meant to take this part of the time so far, within the two limits: a short run still shows progress."""

GROWTH = 4.0
"""A piece is at most so many times as large as the one before: the first one may have been quick by chance."""


class PieceSize:
    """Number of items of the next piece, from how long pieces took. It changes no result.

    Parameters
    ----------
    first
        Items of the first piece.
    """

    def __init__(self, first: int) -> None:
        self.items = max(1, first)
        self._start = time.monotonic()
        self._timed = False

    def took(self, items: int, seconds: float) -> None:
        """Learn from a piece that was computed."""
        if not self._timed:
            # The first piece may have compiled: it says nothing about the time of an item.
            self._timed = True
            return
        aim = min(MOST_SECONDS, max(LEAST_SECONDS, SHARE * (time.monotonic() - self._start)))
        wanted = items * aim / max(seconds, 1e-6)
        self.items = max(1, int(min(wanted, GROWTH * max(items, self.items))))


def compute_here(work: Work, missing: Index, first: int) -> Iterator[tuple[Index, Mapping[str, Array]]]:
    """Yield items and their rows, piece by piece, computed in this process."""
    size, done = PieceSize(first), 0
    while done < len(missing):
        piece = missing[done : done + size.items]
        start = time.monotonic()
        rows = work(piece)
        size.took(len(piece), time.monotonic() - start)
        done += len(piece)
        yield piece, rows

"""A long run: items computed in pieces, here or on a cluster, with progress, a checkpoint and a clean interrupt."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from types import TracebackType

import numpy.typing as npt

from valuechain.errors import CheckpointWarning, OutputError, ParameterError, RunInterrupted, warn_caller
from valuechain.runs.checkpoint import Checkpoint, Existing, RunKey
from valuechain.runs.cluster import Cluster
from valuechain.runs.pieces import compute_here
from valuechain.runs.rows import Array, Index, Rows, Work
from valuechain.values import checked_path

Progress = Callable[[int, int], None]
"""Called after each piece with items done and items in all."""


def check_progress(progress: object) -> None:
    """Refuse what cannot be called, before anything is computed.

    Raises
    ------
    ParameterError
        When it is neither None nor a function.
    """
    if progress is not None and not callable(progress):
        raise ParameterError(f"progress {progress!r} is no function; write progress=lambda done, count: print(done)")


FIRST_ITEMS = 64
"""Items of the first piece, unless told otherwise."""


class Run:
    """A run over the items 0 .. count - 1, of which any may be asked for, in any order, again and again.

    A context manager. Items that were asked for before, or that the checkpoint holds, are not computed again. Rows are
    the same bits whatever the pieces, the threads, the cluster and the interrupts were, as long as ``work`` computes
    each item alone.

    Parameters
    ----------
    work
        Computes items given by number, see :data:`valuechain.runs.rows.Work`; picklable when there is a scheduler.
    key
        What the run is: kind, number of items, parameters.
    progress
        Called after each piece with items done and items in all, of those asked for.
    checkpoint
        File that keeps what is done; None: none.
    existing
        What to do with a checkpoint that exists, see :class:`Checkpoint`.
    scheduler
        Address of a Dask scheduler, ``tcp://host:port``; None: compute in this process.
    first
        Items of the first piece.

    Raises
    ------
    RunInterrupted
        On Ctrl-C, once what was done is in the checkpoint.
    """

    def __init__(
        self,
        work: Work,
        key: RunKey,
        *,
        progress: Progress | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        existing: Existing = "refuse",
        scheduler: str | None = None,
        first: int = FIRST_ITEMS,
    ) -> None:
        check_progress(progress)
        if checkpoint is not None:
            checked_path(checkpoint, "checkpoint")
        if checkpoint is None and existing != "refuse":
            raise ParameterError(f"existing='{existing}' needs a checkpoint; name its file (--checkpoint FILE)")
        self._work = work
        self._progress = progress
        self._first = first
        self._checkpoint = None if checkpoint is None else Checkpoint(checkpoint, key, existing=existing)
        self._rows = Rows(key.count) if self._checkpoint is None else self._checkpoint.rows
        self._cluster = None if scheduler is None else Cluster(scheduler, work)
        self._is_connected = False
        self._open = ExitStack()

    def __enter__(self) -> Run:
        """Open the checkpoint; the cluster is asked only once there is something to compute."""
        if self._checkpoint is not None:
            self._open.enter_context(self._checkpoint)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what is done, whatever happened; then let go of cluster and file."""
        with self._open:
            self._keep()
        if isinstance(error, KeyboardInterrupt):
            raise self._interrupted() from error

    @property
    def kept(self) -> int:
        """How many items are done."""
        return self._rows.kept

    def rows(self, which: npt.ArrayLike) -> dict[str, Array]:
        """Return the rows of items, in the order asked for, computing those that are not done.

        Parameters
        ----------
        which
            Item numbers, in any order.
        """
        items = self._rows.checked(which)
        missing = self._rows.missing(items)
        total = len(set(items.tolist()))
        done = total - len(missing)
        with closing(self._computed(missing)) as pieces:
            for piece, rows in pieces:
                self._rows.add(piece, rows)
                done += len(piece)
                if self._checkpoint is not None:
                    self._checkpoint.save_if_due()
                if self._progress is not None:
                    self._progress(done, total)
        if not len(missing) and self._progress is not None and total:
            self._progress(total, total)
        return self._rows.take(items)

    def _computed(self, missing: Index) -> Generator[tuple[Index, Mapping[str, Array]]]:
        if not len(missing):
            return
        if self._cluster is None:
            yield from compute_here(self._work, missing, self._first)
            return
        if not self._is_connected:
            self._open.enter_context(self._cluster)
            self._is_connected = True
        yield from self._cluster.compute(missing, self._first)

    def _keep(self) -> None:
        """Write the checkpoint; where that fails, say so without hiding why the run ended."""
        if self._checkpoint is None:
            return
        try:
            self._checkpoint.save()
        except OutputError as failed:
            written, count = self._checkpoint.written, len(self._rows.done)
            warn_caller(f"{failed}. The file holds {written:,} of {count:,}", CheckpointWarning)

    def _interrupted(self) -> RunInterrupted:
        path = None if self._checkpoint is None else self._checkpoint.path
        kept = 0 if self._checkpoint is None else self._checkpoint.written
        return RunInterrupted(kept=kept, count=len(self._rows.done), path=path)


def run_pieces(
    work: Work,
    which: npt.ArrayLike,
    key: RunKey,
    *,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    existing: Existing = "refuse",
    scheduler: str | None = None,
) -> dict[str, Array]:
    """Return the rows of items of a run that is asked once; see :class:`Run`.

    Examples
    --------
    >>> run_pieces(lambda items: {"square": items**2}, [3, 1, 2], RunKey(kind="squares", count=10))
    {'square': array([9, 1, 4])}
    """
    with Run(work, key, progress=progress, checkpoint=checkpoint, existing=existing, scheduler=scheduler) as run:
        return run.rows(which)

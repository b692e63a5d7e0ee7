"""Pieces of a run on a Dask cluster: the work is sent once to every worker, then numbers go out and rows come back."""

from __future__ import annotations

import functools
import importlib.metadata
import logging
import platform
import queue
import time
import warnings
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from valuechain.errors import MissingExtraError, SchedulerError, ValueChainError
from valuechain.runs.greeting import parsed_address, refuse_silence
from valuechain.runs.pieces import PieceSize
from valuechain.runs.rows import Array, Index, Work
from valuechain.version import __version__

if TYPE_CHECKING:
    import distributed

CONNECT_SECONDS = 8.0
"""How long a scheduler may take to answer, and its first worker to appear."""

LOST_SECONDS = 30.0
"""How long all workers, or the scheduler, may be away before the run ends."""

LOOK_SECONDS = 2.0
"""How often the cluster is looked at while no piece comes back."""

MOST_LOSSES = 5
"""How often the work is sent again because every worker that had it is gone."""

PER_THREAD = 2
"""Pieces under way for each thread of a worker: one is computed, one waits."""

_KEEP = "what is done is in the checkpoint, if one was named"


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that decide the bits of results, and whether tasks can be sent."""
    found = {"valuechain": __version__, "Python": ".".join(platform.python_version_tuple()[:2])}
    return found | {name: importlib.metadata.version(name) for name in ("numpy", "numba", "scipy")}


def expected_versions() -> dict[str, str]:
    """Return the versions that workers must have: those of this program."""
    return versions()


def run_piece(work: Work, which: Index, expected: Mapping[str, str]) -> tuple[float, Mapping[str, Array]]:
    """Compute a piece on a worker; return seconds and rows. A worker that came later may have other versions."""
    refuse_other_versions({"a worker": versions()}, expected)
    start = time.monotonic()
    rows = work(which)
    return time.monotonic() - start, rows


def refuse_other_versions(found: Mapping[str, Mapping[str, str]], expected: Mapping[str, str]) -> None:
    """Refuse workers with other versions than this program: the same bits could not be promised."""
    lines = [
        f"{worker} has {name} {theirs.get(name)}, this program {version}"
        for worker, theirs in found.items()
        for name, version in expected.items()
        if theirs.get(name) != version
    ]
    if lines:
        raise SchedulerError("\n".join(lines[:20]) + "\ninstall the same versions on workers and here")


class _Pending:
    """Pieces under way, and those of them that have come back."""

    def __init__(self) -> None:
        self.pieces: dict[distributed.Future[Any], Index] = {}
        self.finished: queue.SimpleQueue[distributed.Future[Any]] = queue.SimpleQueue()

    def add(self, future: distributed.Future[Any], piece: Index) -> None:
        self.pieces[future] = piece
        callback: Any = future.add_done_callback
        callback(self.finished.put)

    def clear(self) -> None:
        self.pieces.clear()
        self.finished = queue.SimpleQueue()


class _QuietLogs:
    """Dask logs tracebacks of lost connections to stderr; here each of them becomes one error with a remedy."""

    def __init__(self) -> None:
        self._levels: dict[logging.Logger, int] = {}

    def begin(self) -> None:
        for name in ("distributed.client", "distributed.core", "distributed.comm", "distributed.utils"):
            logger = logging.getLogger(name)
            self._levels[logger] = logger.level
            logger.setLevel(logging.CRITICAL)

    def end(self) -> None:
        for logger, level in self._levels.items():
            logger.setLevel(level)
        self._levels.clear()


class Cluster:
    """A connection to a Dask scheduler, with the work on its workers; a context manager.

    Parameters
    ----------
    address
        Such as ``tcp://10.0.0.5:8786``. No request goes anywhere else.
    work
        What computes items; sent once, to every worker.

    Raises
    ------
    MissingExtraError
        When Dask is not installed here.
    ParameterError
        When the address is none.
    SchedulerError
        On entering, when nobody answers, there is no worker, or workers have other versions.
    """

    def __init__(self, address: str, work: Work) -> None:
        parsed_address(address)
        self._address = address
        self._work = work
        self._dask = _distributed()
        self._client: Any = None
        self._sent: Any = None
        self._versions = expected_versions()
        self._losses = 0
        self._quiet = _QuietLogs()

    def __enter__(self) -> Cluster:
        """Connect, compare versions and send the work."""
        refuse_silence(self._address, CONNECT_SECONDS)
        self._quiet.begin()
        try:
            self._client = self._connected()
            self._refuse_without_workers()
            self._check_versions()
            self._sent = self._client.scatter(self._work, broadcast=True, hash=False)
        except BaseException as error:
            self._close()
            if isinstance(error, Exception) and not isinstance(error, ValueChainError):
                raise self._failed(error) from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the scheduler."""
        self._close()

    def compute(self, missing: Index, first: int) -> Iterator[tuple[Index, Mapping[str, Array]]]:
        """Yield items and their rows as they come back. Pieces of a worker that dies go to another one.

        Raises
        ------
        SchedulerError
            When the cluster is lost, or a piece fails there.
        """
        pending = _Pending()
        try:
            yield from self._computed(missing, PieceSize(first), pending)
        except ValueChainError:
            raise
        except (OSError, RuntimeError, TimeoutError, self._dask.CancelledError) as error:
            raise self._gone() from error
        finally:
            self._cancel(list(pending.pieces))

    def _computed(
        self, waiting: Index, size: PieceSize, pending: _Pending
    ) -> Iterator[tuple[Index, Mapping[str, Array]]]:
        while len(waiting) or pending.pieces:
            room = PER_THREAD * self._threads()
            while len(waiting) and len(pending.pieces) < room:
                piece, waiting = waiting[: size.items], waiting[size.items :]
                pending.add(self._client.submit(run_piece, self._sent, piece, self._versions, pure=False), piece)
            future = self._next(pending)
            try:
                seconds, rows = self._result(future)
            except self._dask.CancelledError as error:
                # Every worker that had the work is gone, and with them all pieces under way.
                self._send_again(error)
                waiting = np.concatenate([*pending.pieces.values(), waiting])
                pending.clear()
                continue
            piece = pending.pieces.pop(future)
            size.took(len(piece), seconds)
            yield piece, rows

    def _connected(self) -> Any:
        with warnings.catch_warnings():
            # Versions are compared by us; Dask's own notes are for people who program it.
            warnings.simplefilter("ignore")
            return self._dask.Client(
                self._address, timeout=CONNECT_SECONDS, set_as_default=False, name="valuechain", heartbeat_interval="2s"
            )

    def _refuse_without_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise SchedulerError(
                f"scheduler {self._address} has no workers; start some: dask worker {self._address}"
            ) from error

    def _check_versions(self) -> None:
        found = self._client.run(versions, on_error="return")
        absent = [w for w, v in found.items() if isinstance(v, ImportError)]
        if absent:
            raise SchedulerError(f"workers {', '.join(absent[:5])} have no valuechain {__version__}; install it there")
        failed = [v for v in found.values() if isinstance(v, Exception)]
        if failed:
            raise failed[0]
        refuse_other_versions({f"worker {w}": v for w, v in found.items()}, self._versions)

    def _threads(self) -> int:
        """Return the threads of all workers; 1 while there are none."""
        return max(1, sum(self._client.nthreads().values()))

    def _next(self, pending: _Pending) -> distributed.Future[Any]:
        """Wait for a piece; give up when the cluster stays away."""
        away_since: float | None = None
        while True:
            try:
                return pending.finished.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                now = time.monotonic()
                away_since = None if self._is_alive() else (away_since or now)
                if away_since is not None and now - away_since > LOST_SECONDS:
                    raise self._gone() from None

    def _is_alive(self) -> bool:
        try:
            return self._client.status == "running" and bool(self._client.nthreads())
        except (OSError, RuntimeError, TimeoutError):
            return False

    def _result(self, future: distributed.Future[Any]) -> tuple[float, Mapping[str, Array]]:
        try:
            return future.result(timeout=LOST_SECONDS)
        except (ValueChainError, self._dask.CancelledError):
            raise
        except Exception as error:
            raise self._failed(error) from error

    def _send_again(self, error: BaseException) -> None:
        """Send the work to the workers that came after those that are gone."""
        self._losses += 1
        if self._losses > MOST_LOSSES or self._client.status != "running":
            raise self._gone() from error
        self._client.wait_for_workers(1, timeout=LOST_SECONDS)
        self._sent = self._client.scatter(self._work, broadcast=True, hash=False)

    def _gone(self) -> SchedulerError:
        return SchedulerError(f"scheduler {self._address} or all its workers are gone; {_KEEP}")

    def _failed(self, error: Exception) -> SchedulerError:
        cause = f"{type(error).__name__}: {error}".rstrip(": ")
        if self._client is None:
            return SchedulerError(
                f"scheduler {self._address} does not answer ({cause}); check the address, and that it runs"
            )
        return SchedulerError(f"scheduler {self._address}: a piece failed there ({cause}); {_KEEP}")

    def _cancel(self, futures: list[distributed.Future[Any]]) -> None:
        try:
            self._client.cancel(futures)
        except (OSError, RuntimeError, TimeoutError, self._dask.CancelledError):
            # The scheduler is gone: nothing is left to cancel.
            return

    def _close(self) -> None:
        client, self._client, self._sent = self._client, None, None
        if client is not None:
            client.close(timeout=5)
        self._quiet.end()


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise MissingExtraError(
            'scheduler needs the package distributed; install it with: pip install "valuechain[dask]"'
        ) from error
    return distributed

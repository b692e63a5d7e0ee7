"""A checkpoint: keeps what a run has done in one file, so that it can go on after an interrupt or a crash."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from valuechain.errors import (
    CheckpointError,
    CheckpointWarning,
    OutputError,
    OutputExistsError,
    ParameterError,
    UnreadableFileError,
    shown,
    warn_caller,
)
from valuechain.io.atomic import write_bytes_atomic
from valuechain.results import plain
from valuechain.runs.checkpoint_file import FORMAT, Content, encode, load
from valuechain.runs.lock import FileLock
from valuechain.runs.rows import Rows
from valuechain.version import __version__

Existing = Literal["refuse", "resume", "replace"]
"""What to do with a checkpoint that exists: keep it and stop, go on from it, or start anew."""

SAVE_SECONDS = 20.0
"""A checkpoint is written at most this often."""

SAVE_SHARE = 20.0
"""And so seldom that writing takes at most one part in this many of the time."""


@dataclass(frozen=True, kw_only=True)
class RunKey:
    """What a checkpoint belongs to: it is taken up only by the same kind of run with the same parameters.

    Parameters
    ----------
    kind
        What is computed, in a few words: ``systemic risk of every firm``.
    count
        How many items there are.
    parameters
        Everything the numbers rest on, with ``network`` and ``fingerprint``; values as JSON has them.
    """

    kind: str
    count: int
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Checkpoint:
    """Rows of a run in a file; a context manager that locks the file.

    Parameters
    ----------
    path
        The file. It is written whole or not at all, beside the old one, which stays until then.
    key
        What the run is.
    existing
        ``refuse``: a file that exists is kept, and refused. ``resume``: go on from it; it must exist. ``replace``:
        start anew; the old file goes when the first rows are kept.

    Raises
    ------
    OutputExistsError
        On entering, when the file exists and may be neither taken up nor replaced.
    UnreadableFileError
        When it is to be taken up and is not there, or cannot be read.
    CheckpointError
        When it belongs to another network or run, is damaged, of a newer format, or something else. It stays as it is.
    OutputError
        When its folder cannot be written, or another process writes it.
    """

    def __init__(self, path: str | os.PathLike[str], key: RunKey, *, existing: Existing = "refuse") -> None:
        if existing not in {"refuse", "resume", "replace"}:
            raise ParameterError(f"existing '{existing}' is not known; write 'refuse', 'resume' or 'replace'")
        self.path = Path(path)
        self.rows = Rows(key.count)
        self._header = {
            "format": FORMAT,
            "valuechain": __version__,
            "kind": key.kind,
            "count": key.count,
            "parameters": plain(key.parameters),
        }
        self._existing = existing
        self._lock = FileLock(Path(os.path.realpath(path)))
        self._written = 0
        self._next = 0.0

    def __enter__(self) -> Checkpoint:
        """Lock the file and take up what it holds."""
        refuse_at_once(self.path, self._existing)
        self._lock.acquire()
        try:
            # Again, now that nobody else writes it.
            refuse_at_once(self.path, self._existing)
            if self._existing == "resume":
                self._take_up(load(self.path))
        except BaseException:
            self._lock.release()
            raise
        self._written = self.rows.kept
        self._next = time.monotonic() + SAVE_SECONDS
        return self

    def __exit__(self, *exception: object) -> None:
        """Let go of the file; what is not saved is lost."""
        self._lock.release()

    @property
    def written(self) -> int:
        """How many items the file holds."""
        return self._written

    def save(self) -> None:
        """Write what is done, if there is anything new.

        Raises
        ------
        OutputError
            When it cannot be written: no permission, disk full. The file of before stays.
        """
        kept = self.rows.kept
        if kept == self._written:
            return
        start = time.monotonic()
        done = self.rows.done.copy()
        content = Content(header=self._header, done=done, arrays=self.rows.take(np.flatnonzero(done)))
        write_bytes_atomic(self.path, encode(content), force=True)
        self._written = kept
        now = time.monotonic()
        self._next = now + max(SAVE_SECONDS, SAVE_SHARE * (now - start))

    def save_if_due(self) -> None:
        """Write what is done if the last time is long enough ago; warn where it cannot be written, and go on."""
        if time.monotonic() < self._next:
            return
        try:
            self.save()
        except OutputError as error:
            self._next = time.monotonic() + SAVE_SECONDS
            holds = f"the file holds {self._written:,} of {len(self.rows.done):,}"
            warn_caller(f"{error}. The run goes on and tries again; {holds}", CheckpointWarning)

    def _take_up(self, content: Content) -> None:
        differences = _differences(content.header, self._header)
        if not differences and len(content.done) != len(self.rows.done):
            differences = [f"holds {len(content.done):,} items, this run has {len(self.rows.done):,}"]
        if differences:
            remedy = "repeat that run's network and options, or name another file"
            raise CheckpointError("\n".join(f"{self.path}: {d}; {remedy}" for d in differences))
        self.rows.restore(content.done, content.arrays)


def refuse_at_once(path: Path, existing: Existing) -> None:
    """Refuse, before any work, a checkpoint that exists and may not go, or that is to be taken up and is not there."""
    exists = path.exists()
    if exists and not path.is_file():
        raise OutputError(f"{path} is not a file; give the name of a file for the checkpoint")
    if exists and existing == "refuse":
        raise OutputExistsError(
            f"checkpoint {path} exists and was kept; add --resume to go on from it, or delete the file or name another "
            "to start anew"
        )
    if not exists and existing == "resume":
        raise UnreadableFileError(
            f"checkpoint {path} does not exist; check the name, or leave out --resume to start anew"
        )


def _differences(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return, in words, how the run of a checkpoint differs from this one; the network first."""
    found = []
    old, new = theirs.get("parameters") or {}, ours["parameters"]
    if old.get("fingerprint") != new.get("fingerprint"):
        found.append(
            f"was made from another network: {_named(old)}; this one is {_named(new)} "
            "(any change of a table makes another network)"
        )
    words = {"kind": "kind of run", "count": "number of items", "valuechain": "version of valuechain"}
    for name, word in words.items():
        if theirs.get(name) != ours[name] and not (name == "count" and found):
            found.append(f"{word} was {_value(theirs.get(name))}, now it is {_value(ours[name])}")
    changed = [n for n in sorted({*old, *new} - {"network", "fingerprint"}) if old.get(n) != new.get(n)]
    return found + [f"{n} was {_value(old.get(n))}, now it is {_value(new.get(n))}" for n in changed]


def _named(parameters: Mapping[str, Any]) -> str:
    fingerprint = str(parameters.get("fingerprint", ""))
    return f"{shown(str(parameters.get('network', '')))} (fingerprint {fingerprint[:12] or 'not known'})"


def _value(value: Any) -> str:
    return "not given" if value is None else shown(value) if isinstance(value, str) else str(value)

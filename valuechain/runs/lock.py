"""A lock beside a file, so that two programs do not write it. The system lets go of it when its holder dies."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import BinaryIO

from valuechain.errors import OutputError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """Holds ``FILE.lock`` from :meth:`acquire` to :meth:`release`.

    The lock is the system's, on the open file: it goes when the process ends, however it ends, so the file that a
    killed process leaves behind blocks nobody. The text in it says who holds it, for the message only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._for = path
        self._file: BinaryIO | None = None

    def acquire(self) -> None:
        """Take the lock, or refuse at once when another program has it."""
        try:
            while self._file is None:
                self._file = self._taken()
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                f"{self._for} cannot be written: {error.strerror or error} ({self._path.name}); choose another place"
            ) from error
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._file.flush()

    def release(self) -> None:
        """Let go of the lock and remove its file."""
        if self._file is None:
            return
        file, self._file = self._file, None
        if sys.platform != "win32":
            # While it is still ours: nobody else can have locked the file that goes.
            self._path.unlink(missing_ok=True)
            file.close()
        else:
            file.close()
            self._path.unlink(missing_ok=True)

    def _taken(self) -> BinaryIO | None:
        """Return the locked file; None when its holder removed it in between, so that a new one must be tried."""
        file = self._path.open("a+b")
        try:
            _lock(file)
        except OSError as error:
            file.seek(0)
            holder = "" if sys.platform == "win32" else file.read(200).decode(errors="replace").strip()
            file.close()
            # PermissionError is how Windows says it. Anything else: this place cannot lock files.
            if not isinstance(error, BlockingIOError | PermissionError):
                raise
            raise OutputError(
                f"{self._for} is being written by {holder or 'another process'}; wait for it, or choose another file"
            ) from None
        try:
            mine = os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            mine = False
        if not mine:
            file.close()
            return None
        return file


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

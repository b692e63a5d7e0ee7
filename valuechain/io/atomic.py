"""Write files whole or not at all: into a temporary file beside the target, to disk, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from valuechain.errors import OutputError, OutputExistsError
from valuechain.values import checked_path

STAGE_PREFIX = ".valuechain-"
"""Folders that hold files half way; after a crash they hold what was there before, in ``old``."""


def check_folder(path: str | os.PathLike[str]) -> None:
    """Find out, before any work, whether a new file can be made where ``path`` is to be, by making one for a moment.

    Permissions do not tell: a folder of the system, such as ``/proc``, takes no files whoever asks.

    Raises
    ------
    OutputError
        When its folder is missing or takes no file.
    """
    if Path(path).exists() and not Path(path).is_file():
        return  # a device, or a folder, of which the writer says more
    folder = Path(os.path.realpath(checked_path(path))).parent
    if not folder.is_dir():
        raise OutputError(f"{path} cannot be written: there is no folder {folder}; make it first")
    probe = folder / f"{STAGE_PREFIX}{secrets.token_hex(6)}"
    try:
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        problem = f"folder {folder} takes no new file; choose another place"
        raise OutputError(f"{path} cannot be written: {problem}") from error


def write_text_atomic(path: str | os.PathLike[str], text: str, *, force: bool = False) -> None:
    """Write a UTF-8 text file whole or not at all; see :func:`write_bytes_atomic`."""
    write_bytes_atomic(path, text.encode(), force=force)


def write_bytes_atomic(path: str | os.PathLike[str], data: bytes, *, force: bool = False) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path
        The file. A symbolic link is followed; a device such as ``/dev/stdout`` is written to as it is.
    data
        All of its content.
    force
        Replace a file that exists.

    Raises
    ------
    OutputExistsError
        When the file exists and ``force`` was not said.
    OutputError
        When it cannot be written: no such folder, no permission, disk full.
    """
    target = Path(os.path.realpath(checked_path(path)))
    if target.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file")
    if target.exists() and not target.is_file():
        _guarded(path, lambda: target.write_bytes(data))
        return
    if target.exists() and not force:
        raise OutputExistsError(f"{path} exists and was kept; say --force (force=True) to replace it")
    _guarded(path, lambda: _write_and_rename(target, data))


Content = bytes | Callable[[Path], object]
"""What is in a file: its bytes, or, for a large one, a function that writes them to a path where nothing is yet."""


def write_folder_atomic(folder: Path, files: Iterable[tuple[str, Content]], replaced: Callable[[str], bool]) -> None:
    """Write files into a folder so that a reader never meets some new and some old ones.

    Parameters
    ----------
    folder
        The folder; made where it is missing, but not its parents.
    files
        Names and contents. The last one makes the folder valid: it goes first of the old and comes last of the new.
    replaced
        Tells which files of the folder belong to the old state and go.

    Notes
    -----
    A new folder appears by one rename. In an existing one the old files move aside before the new ones move in, and
    come back when anything fails; a process that dies in between leaves them in ``.valuechain-*/old``.
    """
    target = Path(os.path.realpath(checked_path(folder, "folder")))
    if target.exists() and not target.is_dir():
        raise OutputError(f"{folder} is a file; give the name of a folder")
    if not target.exists() and not target.parent.is_dir():
        raise OutputError(f"{folder} cannot be written: folder {target.parent} does not exist; make it first")
    work = _write_into if target.is_dir() else _write_new
    _guarded(folder, lambda: work(target, files, replaced))


def _write_new(target: Path, files: Iterable[tuple[str, Content]], _: Callable[[str], bool]) -> None:
    stage = target.parent / f"{STAGE_PREFIX}{secrets.token_hex(6)}"
    stage.mkdir()
    try:
        _fill(stage, files)
        stage.rename(target)
        _sync_folder(target.parent)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _write_into(target: Path, files: Iterable[tuple[str, Content]], replaced: Callable[[str], bool]) -> None:
    stage = target / f"{STAGE_PREFIX}{secrets.token_hex(6)}"
    new, old = stage / "new", stage / "old"
    stage.mkdir()
    try:
        new.mkdir()
        old.mkdir()
        arriving = _fill(new, files)
        _exchange(target, new, old, arriving, replaced)
        _sync_folder(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        # What could not be brought back home stays where it can be found.
        if not old.is_dir() or not any(old.iterdir()):
            shutil.rmtree(stage, ignore_errors=True)


def _fill(folder: Path, files: Iterable[tuple[str, Content]]) -> list[str]:
    names = []
    for name, data in files:
        _write_synced(folder / name, data)
        names.append(name)
    _sync_folder(folder)
    return names


def _exchange(target: Path, new: Path, old: Path, arriving: list[str], replaced: Callable[[str], bool]) -> None:
    """Move the old files out and the new ones in; on any failure undo all moves."""
    leaving = [p.name for p in target.iterdir() if p.is_file() and (replaced(p.name) or p.name in arriving)]
    # The file that makes the folder valid goes first.
    leaving.sort(key=lambda name: name.casefold() != arriving[-1].casefold())
    moves = [(target / n, old / n) for n in leaving] + [(new / n, target / n) for n in arriving]
    done: list[tuple[Path, Path]] = []
    try:
        for source, goal in moves:
            source.rename(goal)
            done.append((source, goal))
    except BaseException:
        for source, goal in reversed(done):
            goal.rename(source)
        raise


def _guarded(path: str | os.PathLike[str], work: Callable[[], object]) -> None:
    try:
        work()
    except OSError as error:
        reason = error.strerror or str(error)
        missing = isinstance(error, FileNotFoundError) and not Path(os.path.realpath(path)).parent.is_dir()
        remedy = "make the folder first" if missing else "choose another place or free this one"
        raise OutputError(f"{path} cannot be written: {reason}; {remedy}") from error


def _write_and_rename(target: Path, data: bytes) -> None:
    temporary = target.with_name(f"{STAGE_PREFIX}{secrets.token_hex(6)}")
    try:
        _write_synced(temporary, data)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
        _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_synced(path: Path, data: Content) -> None:
    # Mode x fails on a file that exists; permissions follow the umask, as those of any other new file.
    if isinstance(data, bytes):
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return
    data(path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring renames to disk, where the system lets a folder be opened (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

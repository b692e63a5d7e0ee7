"""The file format of checkpoints: a line of text with version and checksum, then arrays as numpy writes them.

The first line is ``valuechain checkpoint 1 SHA256`` (of all bytes after it). What follows is an ``.npz`` archive
without pickled objects: ``header`` (JSON as bytes), ``done`` (one truth value an item) and, for each array of the run,
``row:NAME`` with the rows of the items that are done, in order of their numbers.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from valuechain.errors import CheckpointError, UnreadableFileError
from valuechain.runs.rows import Array, Mask

FORMAT = 1
_FIRST_LINE = re.compile(rb"valuechain checkpoint (\d{1,9}) ([0-9a-f]{64})\n")
_LINE_BYTES = 200
_ANEW = "delete the file or name another to start anew"
_ROW = "row:"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a checkpoint holds: the run it belongs to, which items are done, and their rows in order of number."""

    header: Mapping[str, Any]
    done: Mask
    arrays: Mapping[str, Array]


def encode(content: Content) -> bytes:
    """Return a checkpoint as the bytes of its file."""
    header = np.frombuffer(json.dumps(content.header, sort_keys=True).encode(), dtype=np.uint8)
    parts: dict[str, Array] = {"header": header, "done": content.done}
    parts |= {_ROW + name: array for name, array in content.arrays.items()}
    buffer = io.BytesIO()
    # By hand: numpy's savez would pickle objects before version 2.2.
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in parts.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    body = buffer.getvalue()
    return f"valuechain checkpoint {FORMAT} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def load(path: str | os.PathLike[str]) -> Content:
    """Return what a checkpoint holds.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read, or is no file.
    CheckpointError
        When it is no checkpoint, damaged, or of a newer format.
    """
    version, digest, body = _parts(path)
    if version != FORMAT:
        raise CheckpointError(
            f"{path}: is a checkpoint of format {version}, this program reads format {FORMAT}; go on with the version "
            f"of valuechain that wrote it, or {_ANEW}"
        )
    damaged = f"{path}: the checkpoint is damaged (cut off or changed after it was written); {_ANEW}"
    if hashlib.sha256(body).hexdigest() != digest:
        raise CheckpointError(damaged)
    try:
        return _decoded(body)
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckpointError(damaged) from error


def _parts(path: str | os.PathLike[str]) -> tuple[int, str, bytes]:
    """Return version, checksum and the rest of a file; a file that is something else is not read to its end."""
    file = Path(path)
    if file.exists() and not file.is_file():
        raise UnreadableFileError(f"{path} is not a file; give the name of a checkpoint")
    try:
        with file.open("rb") as opened:
            line = opened.readline(_LINE_BYTES)
            found = _FIRST_LINE.fullmatch(line)
            body = opened.read() if found else b""
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}; give another file") from error
    if found is None:
        raise CheckpointError(f"{path}: is not a checkpoint of valuechain; name another file")
    return int(found[1]), found[2].decode(), body


def _decoded(body: bytes) -> Content:
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        header = json.loads(archive["header"].tobytes().decode())
        done = archive["done"]
        arrays = {name.removeprefix(_ROW): archive[name] for name in archive.files if name.startswith(_ROW)}
    if not isinstance(header, dict) or not isinstance(header.get("parameters"), dict):
        raise ValueError("no header")
    if done.dtype != np.bool_ or done.ndim != 1:
        raise ValueError("no mask")
    if any(len(array) != done.sum() for array in arrays.values()):
        raise ValueError("rows and mask differ")
    return Content(header=header, done=done, arrays=arrays)

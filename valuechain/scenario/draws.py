"""Random numbers that are a function of what they are for: the seed, the run, the shock, the firm, the quantity.

Nothing is drawn in a row, so nothing hangs on who draws first: any number of threads, pieces, machines and any order
of rows gives the same bits. And two networks, or two models, that share firms give these the same draws: what differs
between them is not chance (common random numbers).

A stream is one purpose in one run; its key is a cryptographic hash of the words that name it. Within a stream each id
has a number: its own hash, mixed with the key by the finaliser of splitmix64 (Steele, Lea, Flood 2014, Fast splittable
pseudorandom number generators, OOPSLA, in the variant 13 of D. Stafford), twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

__all__ = ["Hashes", "hashes_of", "normals", "uniforms"]

Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

_SHIFT = tuple(np.uint64(k) for k in (30, 27, 31))
_FACTOR = tuple(np.uint64(k) for k in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def hashes_of(ids: Iterable[str]) -> Hashes:
    """Return 64 bits for each id, the same on every machine for ever; shape (ids,)."""
    parts = [hashlib.blake2b(str(i).encode(), digest_size=8).digest() for i in ids]
    return np.frombuffer(b"".join(parts), dtype="<u8").astype(np.uint64)


def uniforms(hashes: Hashes, *stream: int | str) -> Floats:
    """Return a number between 0 and 1, never one of them, for each id of a stream.

    Parameters
    ----------
    hashes
        What :func:`hashes_of` gives; shape (ids,).
    stream
        Words and whole numbers that name the stream: seed, run and what the numbers are for.

    Examples
    --------
    >>> one = uniforms(hashes_of(["F17", "F18"]), 7, 0, "loss")
    >>> other = uniforms(hashes_of(["F18", "new", "F17"]), 7, 0, "loss")
    >>> bool(one[0] == other[2]), bool(one[1] == other[0]), bool(one[0] == one[1])
    (True, True, False)
    """
    # The words as text between separators, so that (1, 12) and (11, 2) name two streams.
    digest = hashlib.blake2b("\x1f".join(map(str, stream)).encode(), digest_size=16).digest()
    key = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
    mixed = _mixed(_mixed(hashes ^ key[0]) + key[1])
    # 52 bits and a half: with 53 the largest would round to 1.
    return np.asarray(((mixed >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52)


def normals(hashes: Hashes, *stream: int | str) -> Floats:
    """Return a standard normal number for each id of a stream; see :func:`uniforms`."""
    return np.asarray(ndtri(uniforms(hashes, *stream)))


def _mixed(bits: Hashes) -> Hashes:
    """Return numbers of which each bit hangs on every bit of what is given."""
    bits = (bits ^ (bits >> _SHIFT[0])) * _FACTOR[0]
    bits = (bits ^ (bits >> _SHIFT[1])) * _FACTOR[1]
    return bits ^ (bits >> _SHIFT[2])

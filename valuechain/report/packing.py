"""Arrays in a page as base64: a browser reads them in one step, and they take a third of the room of text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["codes", "counts", "fronted", "halves", "pack", "real", "short_real", "unpack"]

Array = npt.NDArray[Any]


def pack(values: Array, kind: str) -> dict[str, str]:
    """Return an array as its kind (``u1``, ``u2``, ``u4``, ``i1``, ``i2``, ``f4``) and its bytes, little end first."""
    data = np.ascontiguousarray(values).astype(f"<{kind}", copy=False)
    return {"k": kind, "d": base64.b64encode(data.tobytes()).decode("ascii")}


def counts(values: Array) -> dict[str, str]:
    """Return whole numbers from 0 in the narrowest kind that holds them."""
    top = int(np.max(values, initial=0))
    return pack(values, "u1" if top < 2**8 else "u2" if top < 2**16 else "u4")


def codes(values: Array) -> dict[str, str]:
    """Return places in a list of labels; -1 (none) becomes the highest number of the kind."""
    top = int(np.max(values, initial=0))
    kind, none = ("u1", 2**8 - 1) if top < 2**8 - 1 else ("u2", 2**16 - 1) if top < 2**16 - 1 else ("u4", 2**32 - 1)
    return pack(np.where(np.asarray(values) < 0, none, values), kind)


def fronted(texts: Sequence[str]) -> dict[str, Any]:
    """Return sorted texts, each without what it shares with the one before: the shared letters counted, the rest."""
    shared, rest, before = [], [], ""
    for text in texts:
        same = 0
        most = min(len(text), len(before), 255)
        while same < most and text[same] == before[same]:
            same += 1
        # JavaScript counts in halves of signs outside the basic plane: such a sign is never cut.
        same = same if text.isascii() and before.isascii() else 0
        shared.append(same)
        rest.append(text[same:])
        before = text
    return {"shared": pack(np.array(shared), "u1"), "rest": rest}


def halves(values: Array) -> dict[str, str]:
    """Return whole numbers 0..15, two in each byte, the first in its lower half."""
    flat = np.ascontiguousarray(values, dtype=np.uint8).ravel()
    even = np.concatenate([flat, np.zeros(len(flat) % 2, dtype=np.uint8)])
    return pack(even[0::2] | (even[1::2] << 4), "u1")


def real(values: Array) -> dict[str, str]:
    """Return numbers with seven digits; what is not known is NaN."""
    return pack(np.where(np.isfinite(values), values, np.nan), "f4")


def short_real(values: Array) -> dict[str, str]:
    """Return numbers to 0.0015% in three bytes each: the upper bytes of a four-byte number, rounded."""
    known = np.where(np.isfinite(values), values, np.nan).astype("<f4")
    bits = known.view("<u4")
    rounded = np.where(np.isnan(known), bits, np.minimum(bits.astype(np.uint64) + 0x80, 0xFFFFFFFF).astype(np.uint32))
    three = rounded.astype("<u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    return {"k": "f3", "d": base64.b64encode(np.ascontiguousarray(three).tobytes()).decode("ascii")}


def unpack(packed: dict[str, str]) -> Array:
    """Return a packed array, as the page's script reads it."""
    data = base64.b64decode(packed["d"])
    if packed["k"] == "f3":
        three = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        four = np.c_[np.zeros(len(three), dtype=np.uint8), three]
        return np.ascontiguousarray(four).view("<f4").ravel()
    return np.frombuffer(data, dtype=f"<{packed['k']}")

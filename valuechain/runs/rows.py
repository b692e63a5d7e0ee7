"""What a run has found so far: one row an item, in arrays, with a mask of the items that are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.errors import CheckpointError, ParameterError

Array = npt.NDArray[Any]
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Work = Callable[[Index], Mapping[str, Array]]
"""Computes items given by number: arrays by name, each with one row an item, in the order asked for.

A row must depend on its item alone, not on the company it is computed in. To run on a cluster it must be picklable.
"""


class Rows:
    """Rows of the items 0 .. count - 1 that are done.

    Parameters
    ----------
    count
        How many items there are.
    """

    def __init__(self, count: int) -> None:
        self.done: Mask = np.zeros(count, dtype=np.bool_)
        self._arrays: dict[str, Array] = {}

    @property
    def kept(self) -> int:
        """How many items are done."""
        return int(self.done.sum())

    def checked(self, which: npt.ArrayLike) -> Index:
        """Return item numbers as an array; refuse what is no item."""
        items = np.asarray(which)
        if items.size == 0:
            return np.zeros(0, dtype=np.int64)
        if items.ndim != 1 or items.dtype.kind not in "iu":
            raise ParameterError("items are numbered 0, 1, 2 ...; give a list of whole numbers")
        if items.min() < 0 or items.max() >= len(self.done):
            raise ParameterError(f"items {items.min()} to {items.max()} are outside 0 .. {len(self.done) - 1}")
        return items.astype(np.int64)

    def missing(self, which: Index) -> Index:
        """Return those of the items that are not done, each once, in the order given."""
        _, first = np.unique(which, return_index=True)
        once = which[np.sort(first)]
        return once[~self.done[once]]

    def add(self, which: Index, rows: Mapping[str, Array]) -> None:
        """Take the rows of items that were computed."""
        if not self._arrays:
            self._arrays = {
                name: np.zeros((len(self.done), *part.shape[1:]), dtype=part.dtype) for name, part in rows.items()
            }
        if rows.keys() != self._arrays.keys():
            raise CheckpointError(
                f"items done earlier have {_listed(self._arrays)}, those computed now {_listed(rows)}; start anew"
            )
        for name, part in rows.items():
            array = self._arrays[name]
            if (part.dtype, part.shape) != (array.dtype, (len(which), *array.shape[1:])):
                raise CheckpointError(
                    f"'{name}' has {part.dtype} of shape {part.shape}; items done earlier have {array.dtype} of shape "
                    f"{array.shape[1:]} each; start anew"
                )
            array[which] = part
        # Last, so that an interrupt in between leaves nothing half done.
        self.done[which] = True

    def take(self, which: Index) -> dict[str, Array]:
        """Return the rows of items that are done, in the order given."""
        return {name: array[which] for name, array in self._arrays.items()}

    def restore(self, done: Mask, arrays: Mapping[str, Array]) -> None:
        """Take what a checkpoint holds: the mask and the rows of the items that are done, in order of number."""
        if done.any():
            self.add(np.flatnonzero(done), arrays)


def _listed(names: Mapping[str, Array]) -> str:
    return ", ".join(sorted(names))

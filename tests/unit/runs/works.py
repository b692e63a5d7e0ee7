"""Work for the tests of long runs, as a module that worker processes can import."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from valuechain.runs import RunKey

COUNT = 200


def key(*, kind: str = "numbers", count: int = COUNT, **parameters: object) -> RunKey:
    base = {"network": "a", "fingerprint": "f" * 64, "tolerance": 0.01}
    return RunKey(kind=kind, count=count, parameters={**base, **parameters})


def rows_of(which: np.ndarray) -> dict[str, np.ndarray]:
    """Return rows whose bits depend on the item alone: numbers of two shapes and two types."""
    x = which.astype(np.float64)
    return {"root": np.sqrt(x), "powers": np.stack([x / 3, x**2 / 7], axis=1), "next": which + 1}


@dataclass
class Counting:
    """Counts how often each item is computed; may be interrupted, or fail, at the item ``stop``."""

    stop: int | None = None
    error: type[BaseException] = KeyboardInterrupt
    seen: list[int] = field(default_factory=list)

    def __call__(self, which: np.ndarray) -> dict[str, np.ndarray]:
        if self.stop is not None and self.stop in which:
            raise self.error("here")
        self.seen += which.tolist()
        return rows_of(which)


@dataclass(frozen=True)
class Slow:
    """Takes a little time, so that there is a middle."""

    seconds: float

    def __call__(self, which: np.ndarray) -> dict[str, np.ndarray]:
        time.sleep(self.seconds)
        return rows_of(which)


def failing(which: np.ndarray) -> dict[str, np.ndarray]:
    raise ZeroDivisionError("odd")


def same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    """Tell whether two dictionaries of arrays hold the same bits."""
    return left.keys() == right.keys() and all(
        left[n].dtype == right[n].dtype and left[n].tobytes() == right[n].tobytes() for n in left
    )

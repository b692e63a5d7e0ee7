"""The K most systemic firms with proof, without computing the index of all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.errors import shown
from valuechain.models.cascade_bounds import index_bounds
from valuechain.models.cascade_network import PreparedCascade
from valuechain.network import Floats, Index
from valuechain.results import number_text

SAME = 1e-12
"""Indices that differ by less are equal: rounding could have made the difference."""

LEAST_BATCH = 64
"""Firms computed at a time, at least, so that threads have enough to do."""

FIRST_BATCH = 1.25
"""The first firms computed, as a multiple of those wanted: then the K-th index is known well enough to go by."""

Rows = Mapping[str, npt.NDArray[Any]]
Compute = Callable[[Index], Rows]
"""Returns ``index`` (firms, weights, 3), ``sweeps`` (firms,) and maybe ``error`` (as index) of firms failing alone."""


@dataclass(frozen=True, kw_only=True)
class MostSystemic:
    """Which firms were computed and which of them are the most systemic.

    Parameters
    ----------
    computed
        Positions of the firms that were computed, shape (computed,), most systemic first.
    rows
        Their indices, in that order.
    count
        How many of them are the K most systemic.
    ties
        Positions of firms that may belong in their place: the bounds do not tell them from the last of the K.
    left_out
        What the index of every firm that was not computed is at most; 0 when all were.
    """

    computed: Index
    rows: Rows
    count: int
    ties: Index
    left_out: float


def most_systemic(prepared: PreparedCascade, count: int, compute: Compute, *, order: Index) -> MostSystemic:
    """Return the ``count`` firms with the largest index, proven: every other firm is below, or named as tied.

    Parameters
    ----------
    prepared
        The network.
    count
        How many firms are wanted.
    compute
        Computes firms to the end.
    order
        Rank of each firm among equal ones, shape (firms,): ties in the table go by it.

    Notes
    -----
    Firms are computed in the order of an upper bound on their index (:func:`index_bounds`) until the next bound is
    below the ``count``-th largest index found.
    """
    bound = index_bounds(prepared)
    queue = np.lexsort((order, -bound))
    n, done, batches = len(bound), 0, []
    size = max(int(FIRST_BATCH * count), LEAST_BATCH)
    last = -np.inf
    while done < n and bound[queue[done]] >= last - SAME:
        ahead = queue[done : done + size]
        batch = ahead[bound[ahead] >= last - SAME]
        batches.append(compute(batch))
        done += len(batch)
        index = np.concatenate([b["index"][:, 0, 0] for b in batches])
        if len(index) >= count:
            last = float(np.partition(index, -count)[-count])
        size = LEAST_BATCH
    left_out = float(bound[queue[done]]) if done < n else 0.0
    return _ranked(queue[:done], batches, min(count, n), order, left_out)


def _ranked(computed: Index, batches: list[Rows], count: int, order: Index, left_out: float) -> MostSystemic:
    rows = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
    # Sums in another order of firms differ in the last digits, which must change no rank.
    by_rank = np.lexsort((order[computed], -rows["index"][:, 0, 0].round(12)))
    rows = {name: array[by_rank] for name, array in rows.items()}
    computed = computed[by_rank]
    low = rows["index"][:, 0, 0]
    high: Floats = low + rows["error"][:, 0, 0] if "error" in rows else low
    tied = np.flatnonzero(high[count:] >= low[count - 1] - SAME) + count
    return MostSystemic(computed=computed, rows=rows, count=count, ties=computed[tied], left_out=left_out)


def certificate(found: MostSystemic, firms: npt.NDArray[np.str_], share: str) -> str:
    """Return in words why the firms of the table are the most systemic ones."""
    n, computed = len(firms), len(found.computed)
    words = f"The {found.count:,} most systemic of {n:,} firms; {computed:,} were computed to the end."
    if computed < n:
        last = float(found.rows["index"][found.count - 1, 0, 0])
        words += (
            f" Each of the other {n - computed:,} loses at most {percent(found.left_out)} of {share} (a proven bound), "
            f"less than the {percent(last)} of the last one shown."
        )
    if len(found.ties):
        names = ", ".join(shown(str(f)) for f in firms[found.ties[:NAMED]])
        more = f" and {len(found.ties) - NAMED:,} more" if len(found.ties) > NAMED else ""
        words += f" Not told apart from the last one shown: {names}{more}."
    return words


NAMED = 20
"""Ties that are named."""


def percent(share: float) -> str:
    """Return a share as per cent with four digits."""
    return f"{number_text(100 * share)} %"

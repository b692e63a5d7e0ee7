"""Sums of geometric series of matrices, as bounds that are checked."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from valuechain.network import Floats

MOST_WORK, LEAST_TERMS, MOST_TERMS = 1_000_000_000, 1_000, 100_000
"""Links walked, at most, to sum a series, and the terms that makes at least and at most; one that has not settled by
then gives no bound."""

SETTLED = 1e-13
"""Part of itself by which a sum may still grow; FLOOR covers the rest."""

FLOOR = 1e-6
"""Part of the mean that is added to every first term, so that a sum is a bound in spite of what it lacks."""


def series_bound(matrix: csr_array, first: Floats) -> Floats:
    """Return b with b >= first + M' b, so that b is at least the sum over k of (M')^k first; infinite without one.

    Parameters
    ----------
    matrix
        M, not negative; shape (n, n).
    first
        Not negative; shape (n,).
    """
    turned = matrix.T.tocsr()
    start = first + FLOOR * (float(first.mean()) or 1.0)
    total = start.copy()
    for _ in range(int(np.clip(MOST_WORK / max(matrix.nnz, 1), LEAST_TERMS, MOST_TERMS))):
        more = start + turned @ total
        settled = bool((more <= total * (1.0 + SETTLED)).all())
        total = more
        if settled or not np.isfinite(total).all():
            break
    # The proof: whatever rounding did above, an array with this property is a bound (all terms are positive).
    proved = np.isfinite(total).all() and bool((first + turned @ total <= total).all())
    return total if proved else np.full(len(first), np.inf)

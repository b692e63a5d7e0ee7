"""Looking through the tiers: what is made, anywhere upstream, for what is bought.

With W the flows (suppliers in rows), x output and A(s, j) = W(s, j) / x(j), a purchase d (by supplier) makes
suppliers buy A d, theirs A A d, and so on; all together (I + A + A A + ...) d = (I - A)^-1 d. The sum is taken term by
term: every term is a tier, nothing is inverted, and sums that do not end are seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from valuechain.errors import DefaultWarning, Fault, InvalidDataError, ParameterError, warn_caller
from valuechain.models.firm_columns import listed
from valuechain.network import Floats, Network
from valuechain.results import firms_text

PRECISION = 1e-12
"""Part of the largest sum that is left when the sum over tiers ends."""

MOST_TIERS = 20_000
LONG = 64
"""Tiers after which a sum is looked at for whether it ends at all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Coefficients:
    """Input coefficients A (suppliers in rows), the output they rest on, and what was taken for it."""

    matrix: sparse.csr_array
    output: Floats
    assumed: int
    short: int

    @property
    def notes(self) -> list[str]:
        """What the coefficients rest on, in sentences."""
        said = []
        if self.assumed:
            said.append(
                f"{firms_text(self.assumed, 'gives', 'give')} no output: the larger of their "
                "sales and purchases in the network stands for it."
            )
        if self.short:
            said.append(f"{firms_text(self.short, 'buys', 'buy')} more in the network than the output is worth.")
        return said


def coefficients(network: Network, *, what: str, refuse: bool = True) -> Coefficients:
    """Return the input coefficients of a network; warn once where output is not known.

    Purchases of a firm with output 0 have no coefficient: they are refused, or left to the caller as nothing.
    """
    firms = network.firms
    given = firms["output"].to_numpy(dtype=np.float64) if "output" in firms else np.full(network.n_firms, np.nan)
    least = np.maximum(network.sales, network.purchases)
    unknown = np.isnan(given) & (least > 0)
    output = np.where(np.isnan(given), least, given)
    bought = network.purchases
    nothing = (output <= 0) & (bought > 0)
    if nothing.any() and refuse:
        problem = f"is 0, but the firm buys ({listed(firms['firm'][nothing])})"
        fault = Fault(file="firms", column="output", problem=problem, remedy="give the output or leave the cell empty")
        raise InvalidDataError([fault])
    if unknown.any() and not network.derived.get("look_through_said"):
        network.derived["look_through_said"] = True
        warn_caller(
            f"{int(unknown.sum()):,} of {network.n_firms:,} firms {'gives' if unknown.sum() == 1 else 'give'} no "
            f"output: for {what} the larger of their sales and purchases in the network stands for it. Fill in output.",
            DefaultWarning,
        )
    per = np.divide(1.0, output, out=np.zeros_like(output), where=output > 0)
    matrix = sparse.csr_array(network.matrix @ sparse.diags_array(per))
    short = int((bought > output * (1 + 1e-9)).sum())
    return Coefficients(matrix=matrix, output=output, assumed=int(unknown.sum()), short=short)


def checked_tiers(tiers: int | None) -> int | None:
    """Return a number of tiers, None for all of them."""
    whole = isinstance(tiers, int | np.integer) and not isinstance(tiers, bool)
    if tiers is not None and (not whole or tiers < 1):
        raise ParameterError(f"tiers is {tiers!r}; give a whole number of 1 or more, or None for all tiers")
    return None if tiers is None else int(tiers)


def sum_over_tiers(
    step: sparse.csr_array | sparse.csc_array, first: npt.NDArray[np.float64], tiers: int | None, network: Network
) -> tuple[npt.NDArray[np.float64], int]:
    """Return first + step first + step step first ..., and how many terms were added.

    Parameters
    ----------
    step
        Matrix of one tier; not negative.
    first
        The first tier; shape (firms,) or (firms, questions); not negative.
    tiers
        How many tiers to add; None: until what is left is below ``PRECISION`` of the sum, as the decay of the terms
        shows.

    Raises
    ------
    InvalidDataError
        When the sum does not end: some firms use up, among themselves, all that they make.
    """
    total, term = first.copy(), first
    size = _size(term)
    start = size
    for count in range(1, tiers or MOST_TIERS):
        term = step @ term
        before, size = size, _size(term)
        total += term
        if not size.any():
            return total, count
        if tiers is None and count % 8 == 0:
            # What is left of a geometric sum is its last term times decay / (1 - decay).
            decay = np.divide(size, before, out=np.zeros_like(size), where=before > 0)
            left = np.where(decay < 1, size * decay / np.maximum(1 - decay, 1e-15), np.inf)
            if (left <= PRECISION * _size(total)).all():
                return total, count + 1
        if tiers is None and count % LONG == 0 and (size >= start).any() and _never_ends(step):
            raise _not_productive(network, step)
    if tiers is None:
        raise _not_productive(network, step)
    return total, tiers


def _size(term: npt.NDArray[np.float64]) -> Floats:
    return np.atleast_1d(np.asarray(term.sum(axis=0)))


def _never_ends(step: sparse.csr_array | sparse.csc_array) -> bool:
    """Tell whether the terms of a sum grow or stay for ever: the largest eigenvalue is 1 or more.

    With any positive y, the smallest (step y) / y over a strongly connected part is a lower bound of its eigenvalue
    (Collatz and Wielandt); y is made by multiplying out, with part of itself added, so that it settles.
    """
    return bool(stuck_parts(step).size)


def stuck_parts(step: sparse.csr_array | sparse.csc_array) -> npt.NDArray[np.int64]:
    """Return the firms of strongly connected parts whose largest eigenvalue is 1 or more, up to rounding."""
    count, part = csgraph.connected_components(step, connection="strong")
    inside = sparse.coo_array(step)
    within = part[inside.row] == part[inside.col]
    kept = sparse.csr_array((inside.data[within], (inside.row[within], inside.col[within])), shape=step.shape)
    looped = np.bincount(part[inside.row[within]], minlength=count) > 0
    firms = looped[part]
    value = np.ones(step.shape[0])
    low = np.zeros(count)
    for _ in range(200):
        moved = kept @ value
        rate = np.full(count, np.inf)
        np.minimum.at(rate, part[firms], (moved / value)[firms])
        low = np.maximum(low, np.where(np.isfinite(rate), rate, 0.0))
        top = np.zeros(count)
        value = value + moved
        np.maximum.at(top, part, value)
        value = np.maximum(value / top[part], 1e-280)
    return np.flatnonzero((low >= 1 - 1e-9)[part] & firms)


def _not_productive(network: Network, step: sparse.csr_array | sparse.csc_array) -> InvalidDataError:
    stuck = stuck_parts(step)
    ids = network.firms["firm"]
    who = ids.iloc[stuck] if stuck.size else ids[network.purchases > 0]
    return InvalidDataError(
        [
            Fault(
                file="firms",
                column="output",
                problem="is too small for the purchases in a loop of suppliers and buyers, which use up among "
                f"themselves all they make, so that the sum over all tiers does not end ({listed(who.sort_values())})",
                remedy="give their output (more than they buy), or look through a number of tiers only (tiers=10)",
            )
        ]
    )

"""What a firm sells in all: the base of its losses when buyers are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from valuechain.errors import DefaultWarning, ModelWarning, warn_caller
from valuechain.models.firm_columns import firm_column, listed
from valuechain.network import Floats, Network
from valuechain.results import number_text

if TYPE_CHECKING:
    from valuechain.models.cascade_network import Cascade

OUTSIDE = 1.25
"""How many times their sales inside the network firms must make, all together, before the difference is said."""

HAIR = 1e-9
"""Part of its sales that a firm must sell outside the links for its upstream shares to add to less than 1."""


@dataclass(frozen=True, kw_only=True)
class SalesBase:
    """All sales of each firm, shape (firms,), in currency per flow period; what they rest on in words, and notes."""

    amount: Floats
    words: str
    notes: tuple[str, ...] = ()


def sales_base(network: Network, model: Cascade) -> SalesBase:
    """Return what upstream shares are shares of.

    By the published rule that is the column the model names, or sales inside the network. For a fixed point it is what
    the tables say of all sales: ``revenue``, else sales and ``final_demand``, else ``output``, firm by firm; never
    below the sales inside the network, so that no firm loses more than it sells.
    """
    if model.revenue is not None:
        values = firm_column(network, model.revenue, "revenue")
        _warn_of_low_sales(network, values, model.revenue, model)
        base = SalesBase(amount=values, words=model.revenue)
    elif model.rule == "published":
        return SalesBase(amount=network.sales, words="sales inside the network", notes=_outside_sales(network))
    else:
        base = _all_that_is_known(network, model)
    if model.rule == "published":
        return base
    values = np.maximum(base.amount, network.sales)
    if model.revenue is not None:
        _warn_of_closed(network, values, np.zeros(network.n_firms, dtype=bool))
    return SalesBase(amount=values, words=base.words)


def _all_that_is_known(network: Network, model: Cascade) -> SalesBase:
    """Return revenue, else sales and final demand, else output, firm by firm; sales where none is known."""
    firms, sales = network.firms, network.sales
    values, unknown, used = sales.copy(), np.ones(network.n_firms, dtype=bool), []
    stated = np.zeros(network.n_firms, dtype=bool)
    for column in ("revenue", "final_demand", "output"):
        if column not in firms:
            continue
        given = firms[column].to_numpy(dtype=np.float64)
        take = unknown & ~np.isnan(given)
        if take.any():
            values[take] = given[take] + (sales[take] if column == "final_demand" else 0.0)
            unknown &= ~take
            stated |= take & (column != "final_demand")
            used.append("sales and final_demand" if column == "final_demand" else column)
    _warn_of_low_sales(network, np.where(stated, values, np.inf), " or ".join(c for c in used if c in firms), model)
    _warn_of_closed(network, np.maximum(values, sales), unknown & (sales > 0))
    rest = ["sales inside the network"] if unknown.any() or not used else []
    return SalesBase(amount=values, words=", else ".join([*used, *rest]))


def _warn_of_closed(network: Network, base: Floats, unknown: npt.NDArray[np.bool_]) -> None:
    """Warn where upstream shares add to 1 for lack of data, or because firms sell to each other only."""
    closed = _never_leaves(network, base)
    if not (unknown.any() or closed.any()):
        return
    sellers = int((network.sales > 0).sum())
    full = int(((network.sales > 0) & (base <= network.sales * (1 + HAIR))).sum())
    words = f"upstream shares add to 1 for {full:,} of {sellers:,} firms that sell: nothing of theirs is sold outside"
    if unknown.any():
        words += f" the links as far as the tables say (not known for {int(unknown.sum()):,})"
    else:
        words += " the links"
    if closed.any():
        words += f", and {int(closed.sum()):,} of them sell to each other only, so that a lost buyer costs them all"
    warn_caller(
        f"network '{network.name}': {words}. index_up then measures the lack of final demand. Give revenue or "
        "final_demand of the firms.",
        DefaultWarning if unknown.any() else ModelWarning,
    )


def _never_leaves(network: Network, base: Floats) -> npt.NDArray[np.bool_]:
    """Tell which firms' sales, however far one follows them from buyer to buyer, never leave the network."""
    n, sales = network.n_firms, network.sales
    ends = np.flatnonzero((sales == 0) | (base > sales * (1 + HAIR)))
    # One node more stands for all that is outside; links are walked from buyer to supplier.
    traded = network.flow > 0
    start = np.concatenate([network.buyer[traded], np.full(len(ends), n)])
    end = np.concatenate([network.supplier[traded], ends])
    walked = csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n + 1, n + 1))
    leaves = np.zeros(n + 1, dtype=bool)
    leaves[breadth_first_order(walked, n, return_predecessors=False)] = True
    return ~leaves[:n]


def _warn_of_low_sales(network: Network, given: Floats, column: str, model: Cascade) -> None:
    """Say which firms sell more on the links than a column says they sell in all; ``given`` has shape (firms,)."""
    low = np.flatnonzero(given < network.sales * (1 - HAIR))
    if len(low):
        then = (
            "their shares add to more than 1, as the published formula has it"
            if model.rule == "published"
            else "their sales on the links are taken instead"
        )
        warn_caller(
            f"{column} is below the sales on the links for {len(low):,} firm{'' if len(low) == 1 else 's'} "
            f"({listed(network.firms['firm'].iloc[low])}): {then}. Check unit and year of {column}.",
            ModelWarning,
        )


def _outside_sales(network: Network) -> tuple[str, ...]:
    """Say when most sales lie outside the links: a customer inside then looks more important than it is."""
    firms = network.firms
    columns = [c for c in ("revenue", "output") if c in firms and firms[c].notna().any()]
    if not columns:
        return ()
    # The column that most firms give: without a value for every firm it cannot be taken.
    column = max(columns, key=lambda c: firms[c].count())
    known = firms[column].notna().to_numpy()
    made, inside = float(firms[column][known].sum()), float(network.sales[known].sum())
    if made <= OUTSIDE * inside:
        return ()
    words = (
        f"Firms make much more than they sell on these links ({column} {number_text(made)}, links "
        f"{number_text(inside)} {network.flow_unit}), but the index counts sales on these links only: buyers look "
        "more important than they are."
    )
    missing: pd.Series = firms["firm"][~known]
    if missing.empty:
        return (f"{words} To count all take revenue='{column}' (--revenue {column}).",)
    return (
        f"{words} To count all give {column} for every firm (it is not known for {len(missing):,}: {listed(missing)}), "
        "or take rule='fixed-point' (--rule fixed-point), which uses it where it is known.",
    )

"""A network and the parameters of a cascade, made ready for the sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuechain.errors import (
    Fault,
    InvalidDataError,
    ModelWarning,
    ParameterError,
    UnknownNameError,
    shown,
    suggestion,
    warn_caller,
)
from valuechain.essential import ESSENTIAL, NON_ESSENTIAL, Essentiality, essentiality
from valuechain.kernels.cascade import Graph, make_graph
from valuechain.network import Floats, Index, Network
from valuechain.results import number_text


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """Parameters of the cascade.

    Parameters
    ----------
    rule
        ``published``: Jacobi sweeps that stop early, exactly as the published program does. The stop is a truncation,
        not a fixed point: without revenue the index depends on ``tolerance``, so it is part of every result.
    tolerance
        Stop threshold eps, a fraction.
    stop
        ``change``: stop when no firm lost more than ``tolerance`` in a sweep. ``total``: stop when the sum of all
        losses (both processes, firms unweighted) grew by at most the share ``tolerance``.
    market
        Who can replace a failed firm: firms of the same ``sector``, of the same value in a column of firms, or None for
        no replacement.
    revenue
        Column of firms with all sales, the base of upstream losses; None: sales inside the network.
    costs
        Column of firms with all costs; downstream losses are scaled by purchases over costs. None: not scaled.
    weights
        Column of firms that weighs firms in the index; None: sales inside the network.
    """

    rule: Literal["published"] = "published"
    tolerance: float = 1e-2
    stop: Literal["change", "total"] = "change"
    market: str | None = "sector"
    revenue: str | None = None
    costs: str | None = None
    weights: str | None = None

    def __post_init__(self) -> None:
        """Refuse parameters that no run could use."""
        if self.rule != "published":
            raise ParameterError(f"rule '{self.rule}' is not known; write 'published'")
        if self.stop not in {"change", "total"}:
            raise ParameterError(f"stop '{self.stop}' is not known; write 'change' or 'total'")
        if isinstance(self.tolerance, bool) or not isinstance(self.tolerance, int | float):
            raise ParameterError(f"tolerance {self.tolerance!r} is not a number; write a fraction such as 0.01")
        if not (0 < self.tolerance < 1):
            raise ParameterError(f"tolerance {self.tolerance!r} is outside 0..1; write a fraction such as 0.01")


@dataclass(frozen=True, kw_only=True)
class PreparedCascade:
    """A network made ready for many scenarios, and the words for what its numbers rest on."""

    graph: Graph
    weights: Floats
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]


def prepare(network: Network, model: Cascade) -> PreparedCascade:
    """Return the kernel's view of a network: shares by slot, by purchases and by sales.

    Raises
    ------
    InvalidDataError
        When a column the model names has missing, negative or no positive values.
    UnknownNameError
        When a column does not exist.
    """
    essential = essentiality(network)
    base = network.sales if model.revenue is None else firm_column(network, model.revenue, "revenue")
    weights = network.sales if model.weights is None else _weights(network, model.weights)
    total = weights.sum()
    markets, n_markets = _markets(network, model)
    if n_markets:
        _warn_of_unit(network, markets, n_markets)
    group_buyer, link_group, link_share, used = _groups(network, model, essential)
    graph = make_graph(
        sales=network.sales,
        market=markets,
        n_markets=n_markets,
        group_buyer=group_buyer,
        link_group=link_group,
        link_supplier=network.supplier[used],
        link_share=link_share,
        sale_supplier=network.supplier,
        sale_buyer=network.buyer,
        sale_share=_share(network.flow, base[network.supplier]),
    )
    return PreparedCascade(
        graph=graph,
        weights=(weights / total if total > 0 else np.zeros(network.n_firms)).reshape(1, -1),
        parameters=_parameters(network, model, essential),
        notes=_outside_sales(network) if model.revenue is None else (),
    )


def _groups(network: Network, model: Cascade, essential: Essentiality) -> tuple[Index, Index, Floats, Index]:
    """Return the buyer of each group, and group, share and position of each link that can pass on a lack.

    A group is an essential slot, or all non-essential purchases of a buyer together; class 0 passes on nothing.
    """
    slots, link_class = essential.slots, essential.link_class
    slot_at = np.flatnonzero(essential.slot_class == ESSENTIAL)
    linear_at, linear_group = np.unique(network.buyer[link_class == NON_ESSENTIAL], return_inverse=True)
    buyers = np.concatenate([slots.buyer[slot_at], linear_at])
    order = np.argsort(buyers, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    of_slot = np.full(len(slots), -1)
    of_slot[slot_at] = number[: len(slot_at)]
    group = of_slot[slots.of_link]
    group[link_class == NON_ESSENTIAL] = number[len(slot_at) + linear_group]
    bought = network.purchases[network.buyer]
    share = np.where(
        link_class == ESSENTIAL, _share(network.flow, slots.flow[slots.of_link]), _share(network.flow, bought)
    )
    if model.costs is not None:
        costs = firm_column(network, model.costs, "costs")
        share = share * _share(network.purchases, costs)[network.buyer]
    used = np.flatnonzero(group >= 0)
    return buyers[order], group[used], share[used], used


OUTSIDE = 1.25
"""How many times their sales inside the network firms must make, all together, before the difference is said."""


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
    missing = firms["firm"][~known]
    lack = f" (not known for {_listed(missing)})" if len(missing) else ""
    return (
        f"Firms make much more than they sell on these links ({column} {number_text(made)}, links "
        f"{number_text(inside)} {network.flow_unit}), but the index counts sales on these links only: buyers look "
        f"more important than they are. To count all take revenue='{column}' (--revenue {column}){lack}.",
    )


def _listed(ids: pd.Series, named: int = 5) -> str:
    words = ", ".join(shown(str(v)) for v in ids.head(named))
    return words + (f" and {len(ids) - named} more" if len(ids) > named else "")


def _share(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, where a whole of zero counts as 1 (as published)."""
    return np.asarray(part / np.where(whole == 0, 1.0, whole))


def _warn_of_unit(network: Network, markets: Index, n_markets: int) -> None:
    """Say where the published guard, which has a unit, shrinks losses: a market's only seller sells less than 1."""
    sellers = np.bincount(markets[network.sales > 0], minlength=n_markets)
    small = (network.sales > 0) & (network.sales < 1) & (sellers[markets] == 1)
    if small.any():
        warn_caller(
            f"{int(small.sum())} firms are the only sellers of their market and sell less than 1 {network.flow_unit}: "
            "the published rule counts a market of which nothing is left as 1, so their losses come out too small. "
            "Give flows in a smaller unit (such as kEUR for MEUR), or take no market.",
            ModelWarning,
        )


def _markets(network: Network, model: Cascade) -> tuple[Index, int]:
    if model.market is None:
        return np.zeros(network.n_firms, dtype=np.int64), 0
    if model.market == "sector":
        return np.array(network.sector), len(network.sectors)
    if model.market not in network.firms:
        raise _unknown_column(network, model.market, "market")
    # A firm whose market is not known is replaced by nobody: it is a market of its own.
    column = network.firms[model.market]
    codes, labels = pd.factorize(column)
    unknown = np.flatnonzero(codes < 0)
    codes[unknown] = len(labels) + np.arange(len(unknown))
    return codes.astype(np.int64), len(labels) + len(unknown)


def _unknown_column(network: Network, column: str, use: str) -> UnknownNameError:
    columns = list(network.firms.columns)
    hint = suggestion(column, columns) or "columns are " + ", ".join(columns)
    return UnknownNameError(f"{use}: firms has no column '{column}'; {hint}")


def firm_column(network: Network, column: str, use: str) -> Floats:
    """Return a numeric column of firms that must be known and not negative everywhere; shape (firms,)."""
    firms = network.firms
    if column not in firms:
        raise _unknown_column(network, column, use)
    series = firms[column]
    if series.dtype != np.float64:
        raise InvalidDataError(
            [Fault(file="firms", column=column, problem="is not numeric", remedy=f"give numbers to use it as {use}")]
        )
    values = series.to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~(values >= 0))
    if bad.size:
        unknown = np.isnan(values[bad])
        kinds = (("is not known", bad[unknown]), ("is negative", bad[~unknown]))
        raise InvalidDataError(
            [
                Fault(
                    file="firms",
                    column=column,
                    problem=f"{problem} for {_listed(firms['firm'].iloc[which])}",
                    remedy=f"give it for every firm, or leave out the option {use}",
                )
                for problem, which in kinds
                if len(which)
            ]
        )
    return values.copy()


def _weights(network: Network, column: str) -> Floats:
    weights = firm_column(network, column, "weights")
    if not weights.any():
        fault = Fault(file="firms", column=column, problem="is 0 everywhere", remedy="leave out the option weights")
        raise InvalidDataError([fault])
    return weights


def _parameters(network: Network, model: Cascade, essential: Essentiality) -> dict[str, Any]:
    return {
        "model": "cascade (Diem et al. 2022)",
        "rule": model.rule,
        "tolerance": float(model.tolerance),
        "stop": model.stop,
        "market": model.market or "none (no replacement)",
        "revenue": model.revenue or "sales inside the network",
        "costs": model.costs or "not used",
        "weights": model.weights or "sales inside the network",
        "essential": essential.rule,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }

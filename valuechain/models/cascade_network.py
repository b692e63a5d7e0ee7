"""A network and the parameters of a cascade, made ready for the sweeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from valuechain.errors import Fault, InvalidDataError, ModelWarning, ParameterError, warn_caller
from valuechain.essential import ESSENTIAL, NON_ESSENTIAL, Essentiality, essentiality
from valuechain.kernels.cascade import Graph, make_graph
from valuechain.models.cascade_sales import SalesBase, sales_base
from valuechain.models.firm_columns import firm_column, unknown_column
from valuechain.models.series import series_bound
from valuechain.network import Floats, Index, Network
from valuechain.values import settle

DEFAULT_TOLERANCE = {"published": 1e-2, "fixed-point": 1e-12}


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """Parameters of the cascade.

    Parameters
    ----------
    rule
        ``published``: Jacobi sweeps that stop early, exactly as the published program does. The stop is a truncation,
        not a fixed point: without revenue the index depends on ``tolerance``, so it is part of every result.
        ``fixed-point``: where the cascade comes to rest, with a proven bound on the error of every index. Units do not
        matter, and sales outside the network are taken from the tables (see ``revenue``).
    tolerance
        A fraction. Published: the stop threshold eps, by default 0.01. Fixed point: the largest error of an index that
        is aimed at, by default 1e-12; what was reached is in the column ``error``.
    stop
        Of the published rule. ``change``: stop when no firm lost more than ``tolerance`` in a sweep. ``total``: stop
        when the sum of all losses (both processes, firms unweighted) grew by at most the share ``tolerance``.
    market
        Who can replace a failed firm: firms of the same ``sector``, of the same value in a column of firms, or None for
        no replacement.
    revenue
        Column of firms with all sales, the base of upstream losses. None: sales inside the network by the published
        rule; for a fixed point what the tables say of each firm: ``revenue``, else sales and ``final_demand``, else
        ``output``.
    costs
        Column of firms with all costs; downstream losses are scaled by purchases over costs. None: not scaled.
    weights
        Column of firms that weighs firms in the index; None: sales inside the network.
    """

    rule: Literal["published", "fixed-point"] = "published"
    tolerance: float | None = None
    stop: Literal["change", "total"] = "change"
    market: str | None = "sector"
    revenue: str | None = None
    costs: str | None = None
    weights: str | None = None

    def __post_init__(self) -> None:
        """Refuse parameters that no run could use."""
        settle(self, (f.name for f in fields(self)))
        for name in ("rule", "stop", "market", "revenue", "costs", "weights"):
            value = getattr(self, name)
            if not isinstance(value, str) and not (value is None and name not in {"rule", "stop"}):
                raise ParameterError(f"{name} {value!r} is not text; write {name}='...'")
        if self.rule not in tuple(DEFAULT_TOLERANCE):
            raise ParameterError(f"rule '{self.rule}' is not known; write 'published' or 'fixed-point'")
        if self.stop not in {"change", "total"}:
            raise ParameterError(f"stop '{self.stop}' is not known; write 'change' or 'total'")
        if self.stop == "total" and self.rule == "fixed-point":
            raise ParameterError("stop 'total' belongs to the published rule; a fixed point is no stop: leave it out")
        if self.tolerance is None:
            object.__setattr__(self, "tolerance", DEFAULT_TOLERANCE[self.rule])
        if isinstance(self.tolerance, bool) or not isinstance(self.tolerance, int | float | np.number):
            raise ParameterError(f"tolerance {self.tolerance!r} is not a number; write a fraction such as 0.01")
        if not (0 < self.tolerance < 1):
            raise ParameterError(f"tolerance {self.tolerance!r} is outside 0..1; write a fraction such as 0.01")


@dataclass(frozen=True, kw_only=True)
class PreparedCascade:
    """A network made ready for many scenarios, and the words for what its numbers rest on.

    ``weights`` has one row, adding to 1, shape (1, firms).
    """

    graph: Graph
    weights: Floats
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]

    @cached_property
    def worth(self) -> Floats:
        """What a unit of lost demand that a firm passes on grows to, at most; computed when first asked for.

        Weighed in the index (row 0) and summed over firms (row 1); shape (2, firms), or no row where nothing bounds it.
        """
        sold, weights = sold_shares(self.graph), self.weights[0]
        rows = np.stack([series_bound(sold, first) - first for first in (weights, np.ones(len(weights)))])
        return rows if np.isfinite(rows).all() else rows[:0]


def sold_shares(graph: Graph) -> csr_array:
    """Return the share of its sales that each firm sells to each; shape (suppliers, buyers)."""
    n = len(graph.sales)
    return csr_array((graph.sale_share, graph.sale_buyer, graph.sale_start), shape=(n, n))


def weight_words(column: str | None) -> str:
    """Return what firms are weighed by, in words."""
    return "the network's sales" if column is None else f"the network's {column}"


def check_network(network: object) -> None:
    """Refuse what is no network, such as its path.

    Raises
    ------
    ParameterError
        When it is none.
    """
    if not isinstance(network, Network):
        raise ParameterError(f"{network!r} is not a Network; write network=vc.read(path) or vc.example(name)")


def prepare(network: Network, model: Cascade) -> PreparedCascade:
    """Return the kernel's view of a network: shares by slot, by purchases and by sales.

    Raises
    ------
    InvalidDataError
        When a column the model names has missing, negative or no positive values.
    UnknownNameError
        When a column does not exist.
    """
    check_network(network)
    essential = essentiality(network)
    base = sales_base(network, model)
    weights = network.sales if model.weights is None else _weights(network, model.weights)
    total = weights.sum()
    markets, n_markets = _markets(network, model)
    if n_markets and model.rule == "published":
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
        sale_share=_share(network.flow, base.amount[network.supplier]),
    )
    shares = weights / total if total > 0 else np.zeros(network.n_firms)
    return PreparedCascade(
        graph=graph,
        weights=shares.reshape(1, -1),
        parameters=_parameters(network, model, essential, base),
        notes=base.notes,
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
        raise unknown_column(network, model.market, "market")
    # A firm whose market is not known is replaced by nobody: it is a market of its own.
    column = network.firms[model.market]
    codes, labels = pd.factorize(column)
    unknown = np.flatnonzero(codes < 0)
    codes[unknown] = len(labels) + np.arange(len(unknown))
    return codes.astype(np.int64), len(labels) + len(unknown)


def _weights(network: Network, column: str) -> Floats:
    weights = firm_column(network, column, "weights")
    if not weights.any():
        fault = Fault(file="firms", column=column, problem="is 0 everywhere", remedy="leave out the option weights")
        raise InvalidDataError([fault])
    return weights


def _parameters(network: Network, model: Cascade, essential: Essentiality, base: SalesBase) -> dict[str, Any]:
    return {
        "model": "cascade (Diem et al. 2022)",
        "rule": model.rule,
        "tolerance": float(model.tolerance or DEFAULT_TOLERANCE[model.rule]),
        "stop": model.stop if model.rule == "published" else "at rest",
        "market": model.market or "none (no replacement)",
        "revenue": base.words,
        "costs": model.costs or "not used",
        "weights": model.weights or "sales inside the network",
        "essential": essential.rule,
        "network": network.name,
        "fingerprint": network.fingerprint,
    }

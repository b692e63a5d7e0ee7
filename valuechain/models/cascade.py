"""The steady-state cascade and the Economic Systemic Risk Index (Diem et al. 2022), published rule.

A firm that fails lets its buyers down (downstream: they lack an input) and its suppliers (upstream: they lack a
customer). The two processes run side by side and never mix; a firm's loss is the larger of the two.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import (
    Fault,
    InvalidDataError,
    ModelWarning,
    ParameterError,
    ScenarioError,
    UnknownNameError,
    suggestion,
    warn_caller,
)
from valuechain.essential import ESSENTIAL, NON_ESSENTIAL, Essentiality, essentiality
from valuechain.kernels.cascade import LANES, Links, Shocks, run_scenarios
from valuechain.network import Floats, Index, Network
from valuechain.results import Result
from valuechain.scenario import Scenario, lost_activity

Progress = Callable[[int, int], None]
"""Called with scenarios done and scenarios in all."""


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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CascadeResult(Result):
    """Loss of every firm in one scenario.

    ``index`` is the weighted loss of the whole network (0..1), ``index_down`` and ``index_up`` that of each process
    alone, ``sweeps`` how many sweeps it took.
    """

    index: float
    index_down: float
    index_up: float
    sweeps: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SystemicRisk(Result):
    """Index of every firm: the share of the network's weight that is lost when it fails."""


@dataclass(frozen=True, kw_only=True)
class PreparedCascade:
    """A network made ready for many scenarios, and the words for what its numbers rest on."""

    links: Links
    weights: Floats
    parameters: Mapping[str, Any]


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
    link_class = essential.link_class
    scale = np.ones(network.n_firms)
    if model.costs is not None:
        costs = firm_column(network, model.costs, "costs")
        scale = network.purchases / np.where(costs == 0, 1.0, costs)
    base = network.sales if model.revenue is None else firm_column(network, model.revenue, "revenue")
    weights = network.sales if model.weights is None else _weights(network, model.weights)
    total = weights.sum()
    markets, n_markets = _markets(network, model)
    if n_markets:
        _warn_of_unit(network, markets, n_markets)
    slot_start, essential_start, essential_links = _essential_layout(network, essential)
    linear_start, linear_links = _grouped(network.buyer, link_class == NON_ESSENTIAL, network.n_firms)
    sale_start, sale_links = _grouped(network.supplier, np.ones(network.n_links, dtype=bool), network.n_firms)
    slot_flow = essential.slots.flow[essential.slots.of_link]
    flow, buyer, supplier = network.flow, network.buyer, network.supplier
    links = Links(
        slot_start=slot_start,
        essential_start=essential_start,
        essential_supplier=supplier[essential_links],
        essential_share=(_share(flow, slot_flow) * scale[buyer])[essential_links],
        linear_start=linear_start,
        linear_supplier=supplier[linear_links],
        linear_share=(_share(flow, network.purchases[buyer]) * scale[buyer])[linear_links],
        sale_start=sale_start,
        sale_buyer=buyer[sale_links],
        sale_share=_share(flow, base[supplier])[sale_links],
        sales=np.array(network.sales),
        market=markets,
        n_markets=n_markets,
    )
    return PreparedCascade(
        links=links,
        weights=(weights / total if total > 0 else np.zeros(network.n_firms)).reshape(1, -1),
        parameters=_parameters(network, model, essential),
    )


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
        raise InvalidDataError(
            [
                Fault(
                    file=f"firms, firm '{firms['firm'].iloc[k]}'",
                    column=column,
                    problem="is not known" if math.isnan(values[k]) else "is negative",
                    remedy=f"give it, or leave out the option {use}",
                )
                for k in bad
            ]
        )
    return values.copy()


def _weights(network: Network, column: str) -> Floats:
    weights = firm_column(network, column, "weights")
    if not weights.any():
        fault = Fault(file="firms", column=column, problem="is 0 everywhere", remedy="leave out the option weights")
        raise InvalidDataError([fault])
    return weights


def _grouped(group: Index, wanted: npt.NDArray[np.bool_], n_groups: int) -> tuple[Index, Index]:
    """Return where each group starts and the wanted links ordered by group."""
    chosen = np.flatnonzero(wanted)
    order = chosen[np.argsort(group[chosen], kind="stable")]
    counts = np.bincount(group[chosen], minlength=n_groups)
    return np.r_[0, np.cumsum(counts)].astype(np.int64), order


def _essential_layout(network: Network, essential: Essentiality) -> tuple[Index, Index, Index]:
    """Return slots by buyer, links by slot and the links in that order, for essential slots only."""
    slots = essential.slots
    chosen = np.flatnonzero(essential.slot_class == ESSENTIAL)
    sizes = np.diff(slots.start)
    is_essential = np.repeat(essential.slot_class == ESSENTIAL, sizes)
    slot_counts = np.bincount(slots.buyer[chosen], minlength=network.n_firms)
    slot_start = np.r_[0, np.cumsum(slot_counts)].astype(np.int64)
    essential_start = np.r_[0, np.cumsum(sizes[chosen])].astype(np.int64)
    return slot_start, essential_start, slots.order[is_essential]


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


def run(
    prepared: PreparedCascade,
    shocks: Shocks,
    *,
    keep_firms: bool,
    threads: int | None,
    progress: Progress | None = None,
) -> tuple[Floats, Index, Floats, Floats]:
    """Run scenarios on a prepared network; returns index (scenarios, 1, 3), sweeps, h_down and h_up."""
    count = len(shocks.start) - 1
    n = prepared.links.sales.shape[0]
    index = np.zeros((count, prepared.weights.shape[0], 3))
    sweeps = np.zeros(count, dtype=np.int64)
    kept = (count, n) if keep_firms else (0, n)
    h_down, h_up = np.ones(kept), np.ones(kept)
    workers = max(1, min(threads or os.cpu_count() or 1, count))
    tolerance, by_total = prepared.parameters["tolerance"], prepared.parameters["stop"] == "total"
    # Pieces keep Ctrl-C and progress quick; their size changes no number, as every scenario is computed alone.
    piece = max(LANES * workers * 4, 64 * workers)
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, count, piece):
            last = min(count, first + piece)
            jobs = [
                pool.submit(
                    run_scenarios,
                    prepared.links,
                    shocks,
                    prepared.weights,
                    tolerance,
                    by_total,
                    first + w,
                    last,
                    workers,
                    index,
                    sweeps,
                    h_down,
                    h_up,
                )
                for w in range(workers)
            ]
            for job in jobs:
                job.result()
            if progress is not None:
                progress(last, count)
    return index, sweeps, h_down, h_up


def lost_fractions(network: Network, shock: Scenario | Mapping[str, float]) -> tuple[Floats, Floats, str]:
    """Return lost supply and demand of every firm (0..1, shape (firms,)) and the name of the scenario."""
    if isinstance(shock, Scenario):
        down, up = lost_activity(network, shock)
        return down, up, shock.name
    if not isinstance(shock, Mapping) or not shock:
        raise ScenarioError("the shock names no firm; give a Scenario, or {firm: lost fraction}")
    wrong = [
        f"firm '{firm}': lost fraction {value!r} is not a number from 0 to 1"
        for firm, value in shock.items()
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1
    ]
    if wrong:
        raise ScenarioError("\n".join(wrong))
    lost = np.zeros(network.n_firms)
    lost[network.positions(list(shock))] = [float(v) for v in shock.values()]
    names = list(shock)
    words = ", ".join(map(str, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return lost, lost, f"failure of {words}"


def cascade(network: Network, shock: Scenario | Mapping[str, float], *, model: Cascade | None = None) -> CascadeResult:
    """Return how far a disruption spreads: the loss of every firm once the cascade has run.

    Parameters
    ----------
    network
        The value chain.
    shock
        A :class:`Scenario`, or ``{firm: lost fraction}`` where 1 is a complete failure.
    model
        Parameters; default ``Cascade()``.

    Returns
    -------
    CascadeResult
        Table ``firm, loss, loss_down, loss_up`` (fractions of the firm's activity, largest loss first); ``index`` is
        the weighted loss of the network.

    Raises
    ------
    ScenarioError
        When the shock selects nothing or is not a fraction.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.cascade(net, {"sector_1": 1.0}).table["firm"].iloc[0]
    'sector_1'
    """
    model = model or Cascade()
    down, up, name = lost_fractions(network, shock)
    hit = np.flatnonzero((down > 0) | (up > 0))
    shocks = Shocks(np.array([0, len(hit)]), hit.astype(np.int64), down[hit], up[hit])
    prepared = prepare(network, model)
    index, sweeps, h_down, h_up = run(prepared, shocks, keep_firms=True, threads=1)
    loss_down, loss_up = 1 - h_down[0], 1 - h_up[0]
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "loss": np.maximum(loss_down, loss_up),
            "loss_down": loss_down,
            "loss_up": loss_up,
        }
    )
    total, total_down, total_up = (float(v) for v in index[0, 0])
    timed = isinstance(shock, Scenario) and any(s.start or s.days is not None or s.recovery for s in shock.shocks)
    notes = [_meaning(total, total_down, total_up, model)]
    if timed:
        notes.append("The cascade has no time: start, days and recovery of the scenario were not used.")
    return CascadeResult(
        table=_ranked(table, "loss"),
        title=f"Cascade: {name}",
        units={"loss": "fraction of activity", "loss_down": "fraction of activity", "loss_up": "fraction of activity"},
        parameters={**prepared.parameters, "scenario": name},
        notes=tuple(notes),
        index=total,
        index_down=total_down,
        index_up=total_up,
        sweeps=int(sweeps[0]),
    )


def _meaning(index: float, down: float, up: float, model: Cascade) -> str:
    share = "the network's sales" if model.weights is None else f"the network's {model.weights}"
    return (
        f"{index:.1%} of {share} are lost, the failed firms' own included: {down:.1%} because inputs are missing, "
        f"{up:.1%} because buyers are missing (a firm's loss is the larger of the two)."
    )


def _ranked(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows, largest first, ties by id."""
    # Sums in another order of rows differ in the last digits, which must change no rank.
    keyed = table.assign(_rank=table[column].round(12))
    ranked = keyed.sort_values(["_rank", "firm"], ascending=[False, True], ignore_index=True)
    return ranked.drop(columns="_rank")


def systemic_risk(
    network: Network,
    *,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SystemicRisk:
    """Return what is lost when each firm fails alone: the Economic Systemic Risk Index of every firm.

    Parameters
    ----------
    network
        The value chain.
    model
        Parameters; default ``Cascade()``.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with firms done and firms in all.

    Returns
    -------
    SystemicRisk
        Table ``firm, index, index_down, index_up, sweeps``: fractions of the network's weight, largest first.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, eq. for ESRI.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.systemic_risk(vc.example("textbook")).table["firm"].tolist()
    ['sector_1', 'sector_2']
    """
    model = model or Cascade()
    prepared = prepare(network, model)
    n = network.n_firms
    shocks = Shocks(np.arange(n + 1), np.arange(n), np.ones(n), np.ones(n))
    index, sweeps, _, _ = run(prepared, shocks, keep_firms=False, threads=threads, progress=progress)
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "index": index[:, 0, 0],
            "index_down": index[:, 0, 1],
            "index_up": index[:, 0, 2],
            "sweeps": sweeps,
        }
    )
    share = "the network's sales" if model.weights is None else f"the network's {model.weights}"
    unit = f"fraction of {share}"
    note = (
        f"index: share of {share} lost when the firm fails completely, its own included; index_down: because its "
        f"buyers lack its product; index_up: because its suppliers lack a customer. Sweeps stop when the "
        f"{'largest change of a firm' if model.stop == 'change' else 'growth of total loss'} is at most "
        f"{model.tolerance:g} (a truncation, as published: a smaller tolerance gives a larger index_up)."
    )
    return SystemicRisk(
        table=_ranked(table, "index"),
        title="Systemic risk: what is lost when a firm fails",
        units={"index": unit, "index_down": unit, "index_up": unit, "sweeps": "sweeps"},
        parameters=prepared.parameters,
        notes=(note,),
    )

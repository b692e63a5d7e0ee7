"""A network as the input-output table that ARIO runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning, Fault, InvalidDataError, UnknownNameError, suggestion, warn_caller
from valuechain.kernels.ario import Table
from valuechain.models.ario import SHORTEST_STOCK, Ario
from valuechain.models.firm_columns import listed
from valuechain.network import Floats, Index, Network
from valuechain.results import number_text

__all__ = ["DAYS_A_YEAR", "MOST_INDUSTRIES", "ArioTable", "ario_table", "make_table"]

DAYS_A_YEAR = 365

MOST_INDUSTRIES = 12_000
"""The table is a dense square: this many industries take a gigabyte."""

NEGLIGIBLE = 1e-5
"""An input counts where a year of it is above this part of a day of output (published threshold)."""

_CHUNK = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ArioTable:
    """A table made ready for the kernel. Industries stand in the order of the kernel, by sector.

    Parameters
    ----------
    order
        Position in the network of each industry; shape (industries,).
    kernel
        Flows, output and stock targets, currency a day.
    sectors
        Names of the sectors, by their number in the kernel.
    final_demand
        Currency a day; shape (industries, groups of final buyers).
    capital
        Currency; shape (industries,).
    notes
        Sentences on what was put in for what the data do not say.
    """

    order: Index
    kernel: Table
    sectors: npt.NDArray[np.object_]
    final_demand: Floats
    capital: Floats
    notes: tuple[str, ...] = ()

    @property
    def rank(self) -> Index:
        """Place in the kernel's order of each position of the network; shape (industries,)."""
        rank = np.empty(len(self.order), dtype=np.int64)
        rank[self.order] = np.arange(len(self.order))
        return rank

    @property
    def sector(self) -> Index:
        """Number of the sector of each industry; shape (industries,)."""
        return np.repeat(np.arange(len(self.sectors)), np.diff(self.kernel.first))


def ario_table(network: Network, model: Ario) -> ArioTable:
    """Return the table of a network: each firm is an industry of its sector, links are flows between industries.

    Final demand is the column ``final_demand``, else ``revenue`` or ``output`` less the sales inside the network, else
    purchases less sales, with a warning. Output is sales plus final demand, so that the table is in balance and nothing
    happens without a shock; in reference mode it is the column ``output`` where there is one.

    Raises
    ------
    InvalidDataError
        When the network is too large for a square table.
    UnknownNameError
        When the model has stocks for a sector that does not occur.
    """
    if network.n_firms > MOST_INDUSTRIES:
        remedy = "add firms up to industries (vc.edit.aggregate), or take the inventory model, made for firms"
        problem = f"has {network.n_firms:,} rows; ARIO holds a square table and takes at most {MOST_INDUSTRIES:,}"
        raise InvalidDataError([Fault(file="firms", problem=problem, remedy=remedy)])
    annual = DAYS_A_YEAR if network.flow_period == "day" else 1
    demand, output, notes = _final_demand(network, model)
    order = np.lexsort((network.firm_ids.astype(str), network.sector))
    rank = np.empty(network.n_firms, dtype=np.int64)
    rank[order] = np.arange(network.n_firms)
    flows = np.zeros((network.n_firms, network.n_firms))
    for k in range(0, network.n_links, _CHUNK):
        part = slice(k, k + _CHUNK)
        np.add.at(flows, (rank[network.supplier[part]], rank[network.buyer[part]]), network.flow[part])
    flows *= annual / DAYS_A_YEAR
    counts = np.bincount(network.sector, minlength=len(network.sectors))
    return _table(
        flows,
        output[order] * (annual / DAYS_A_YEAR),
        demand[order].reshape(-1, 1) * (annual / DAYS_A_YEAR),
        sectors=(network.sectors, counts),
        order=order,
        model=model,
        notes=notes,
    )


def make_table(
    flows: Floats,
    *,
    final_demand: Floats,
    output: Floats | None = None,
    sector: npt.ArrayLike,
    model: Ario,
) -> ArioTable:
    """Return the table of annual arrays: flows (suppliers, buyers), final demand (industries, groups), output.

    Rows may stand in any order; ``sector`` names the sector of each. Output that is not given, or not in reference
    mode, is the sum of the row.
    """
    names, codes = np.unique(np.asarray(sector).astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    demand = final_demand.reshape(len(flows), -1)[order] / DAYS_A_YEAR
    daily = flows[np.ix_(order, order)]
    daily /= DAYS_A_YEAR
    total = demand.sum(axis=1) + daily.sum(axis=1)
    if model.reference and output is not None:
        total = output[order] / DAYS_A_YEAR
    counts = np.bincount(codes, minlength=len(names))
    return _table(daily, total, demand, sectors=(names.astype(object), counts), order=order, model=model)


def _table(
    flows: Floats,
    output: Floats,
    demand: Floats,
    *,
    sectors: tuple[npt.NDArray[np.object_], Index],
    order: Index,
    model: Ario,
    notes: tuple[str, ...] = (),
) -> ArioTable:
    """Return the table of daily arrays in the kernel's order."""
    names, counts = sectors
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    bought = np.add.reduceat(flows, first[:-1], axis=0)
    share = np.divide(bought, output, out=np.zeros_like(bought), where=output > 0)
    counted = bought * DAYS_A_YEAR > NEGLIGIBLE * output
    days = _stock_days(model, names)
    alarm = np.asarray(model.psi * days if model.psi is not None else days)
    added = np.maximum(output - bought.sum(axis=0), 0.0) * DAYS_A_YEAR
    kernel = Table(
        flow=flows,
        first=first,
        output=output,
        input_share=share,
        limiting_share=np.where(counted, share, 0.0),
        stock_days=days,
        alarm_days=alarm if model.reference else np.maximum(alarm, 1.0),
    )
    return ArioTable(
        order=order,
        kernel=kernel,
        sectors=names,
        final_demand=demand,
        capital=model.capital_ratio * added,
        notes=notes,
    )


def _stock_days(model: Ario, sectors: npt.NDArray[np.object_]) -> Floats:
    """Return the target stock of the input of each sector, days."""
    if not isinstance(model.stock_days, Mapping):
        days = np.full(len(sectors), float(model.stock_days))
    else:
        known = [str(s) for s in sectors]
        unknown = [s for s in model.stock_days if s not in known]
        if unknown:
            hints = (f"stock_days: no firm has sector '{s}'; {suggestion(s, known) or 'leave it out'}" for s in unknown)
            raise UnknownNameError("\n".join(hints))
        days = np.array([float(model.stock_days.get(s, 90.0)) for s in known])
    return np.where(days <= 1.0, SHORTEST_STOCK, days)


def _final_demand(network: Network, model: Ario) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return final demand and output of each firm by position, and what was put in for what is not known."""
    sales, output = network.sales, _column(network, "output")
    demand, notes = _column(network, "final_demand"), []
    for words, instead in (
        ("revenue less sales in the network", _column(network, "revenue") - sales),
        ("output less sales in the network", output - sales),
    ):
        filled = np.isnan(demand) & ~np.isnan(instead)
        demand = np.where(filled, np.maximum(instead, 0.0), demand)
        if filled.any():
            notes.append(f"Final demand of {int(filled.sum()):,} firms is not known: {words} was taken.")
    unknown = np.isnan(demand)
    if unknown.any():
        text = (
            f"Final demand of {listed(network.firms['firm'][unknown])} is not known, nor revenue or output: purchases "
            "less sales in the network was taken, as if nothing were added to their value. Fill in final_demand."
        )
        warn_caller(text, DefaultWarning)
        notes.append(text)
        demand = np.where(unknown, np.maximum(network.purchases - sales, 0.0), demand)
    if model.reference:
        return demand, np.where(np.isnan(output), sales + demand, output), tuple(notes)
    if (demand < 0).any():
        notes.append(f"Final demand of {int((demand < 0).sum()):,} firms is negative: 0 was taken.")
    demand = np.maximum(demand, 0.0)
    return demand, sales + demand, (*notes, *_balance_note(network, output, sales + demand))


def _column(network: Network, name: str) -> Floats:
    """Return a column of firms by position, nan where it is not known."""
    if name not in network.firms:
        return np.full(network.n_firms, np.nan)
    return network.firms[name].to_numpy(dtype=np.float64)


def _balance_note(network: Network, output: Floats, total: Floats) -> tuple[str, ...]:
    """Say where the column output is not what the firm sells, beyond rounding."""
    gap = np.abs(output - total)
    off = np.flatnonzero(gap > 0.01 * np.maximum(output, total))
    if not off.size:
        return ()
    worst = off[np.argmax(gap[off])]
    return (
        f"Output is taken as sales plus final demand. Column output differs by more than 1 % for {off.size:,} firms, "
        f"most for {network.firm_ids[worst]}: {number_text(output[worst])} and {number_text(total[worst])}.",
    )

"""A network as the input-output table that ARIO runs on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.errors import DefaultWarning, Fault, InvalidDataError, warn_caller
from valuechain.kernels.ario import Table
from valuechain.models.ario import Ario
from valuechain.models.ario_stocks import column, days_of_inputs, stock_days
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

ROUNDING = 1e-9
"""Value added below this part of output is none."""


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
    to_idle
        What each industry sells to firms that make nothing, currency a day; shape (industries,). Such sales stand here
        and not in the kernel's flows, as nothing is made of them.
    capital
        Currency; shape (industries,).
    notes
        Sentences on what was put in for what the data do not say.
    """

    order: Index
    kernel: Table
    sectors: npt.NDArray[np.object_]
    final_demand: Floats
    to_idle: Floats
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
        days=stock_days(network, model, notes)[:, order],
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
    counts, labels = np.bincount(codes, minlength=len(names)), names.astype(object)
    days = np.repeat(days_of_inputs(model, labels)[:, None], len(order), axis=1)
    return _table(daily, total, demand, sectors=(labels, counts), order=order, days=days, model=model, notes=[])


def _table(
    flows: Floats,
    output: Floats,
    demand: Floats,
    *,
    sectors: tuple[npt.NDArray[np.object_], Index],
    order: Index,
    days: Floats,
    model: Ario,
    notes: list[str],
) -> ArioTable:
    """Return the table of daily arrays in the kernel's order; ``flows`` is changed."""
    names, counts = sectors
    to_idle = np.zeros(len(output))
    idle = (output <= 0) & (flows.sum(axis=0) > 0)
    if idle.any() and not model.reference:
        to_idle = flows[:, idle].sum(axis=1)
        flows[:, idle] = 0.0
        notes.append(
            f"{int(idle.sum()):,} firms buy but sell nothing: they go on buying as usual while links are open."
        )
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    bought = np.add.reduceat(flows, first[:-1], axis=0)
    share = np.divide(bought, output, out=np.zeros_like(bought), where=output > 0)
    counted = bought * DAYS_A_YEAR > NEGLIGIBLE * output
    endless = np.isinf(days_of_inputs(model, names))
    days = np.where(endless[:, None], 0.0, days)
    alarm = np.asarray(model.psi * days if model.psi is not None else days)
    added = np.maximum(output - bought.sum(axis=0), 0.0) * DAYS_A_YEAR
    if not model.reference:
        # Who buys for as much as it sells adds nothing; what rounding leaves is no capital that could be rebuilt.
        added[added <= ROUNDING * DAYS_A_YEAR * output] = 0.0
    kernel = Table(
        flow=flows,
        first=first,
        output=output,
        input_share=share,
        limiting_share=np.where(counted, share, 0.0),
        stock_days=days,
        alarm_days=alarm if model.reference else np.maximum(alarm, 1.0),
        endless=endless,
    )
    return ArioTable(
        order=order,
        kernel=kernel,
        sectors=names,
        final_demand=demand,
        to_idle=to_idle,
        capital=model.capital_ratio * added,
        notes=tuple(notes),
    )


def _final_demand(network: Network, model: Ario) -> tuple[Floats, Floats, list[str]]:
    """Return final demand and output of each firm by position, and what was put in for what is not known."""
    sales, output = network.sales, column(network, "output")
    demand, notes = column(network, "final_demand"), list[str]()
    for words, instead in (
        ("revenue less sales in the network", column(network, "revenue") - sales),
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
        return demand, np.where(np.isnan(output), sales + demand, output), notes
    if (demand < 0).any():
        notes.append(f"Final demand of {int((demand < 0).sum()):,} firms is negative: 0 was taken.")
    demand = np.maximum(demand, 0.0)
    return demand, sales + demand, notes + _balance_note(network, output, sales + demand)


def _balance_note(network: Network, output: Floats, total: Floats) -> list[str]:
    """Say where the column output is not what the firm sells, beyond rounding."""
    gap = np.abs(output - total)
    off = np.flatnonzero(gap > 0.01 * np.maximum(output, total))
    if not off.size:
        return []
    worst = off[np.argmax(gap[off])]
    return [
        f"Output is taken as sales plus final demand. Column output differs by more than 1 % for {off.size:,} firms, "
        f"most for {network.firm_ids[worst]}: {number_text(output[worst])} and {number_text(total[worst])}."
    ]

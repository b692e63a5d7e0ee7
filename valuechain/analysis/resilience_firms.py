"""A run read firm by firm, group by group, and input by input."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from valuechain.analysis.resilience_curves import Curves, curves, lost_share
from valuechain.errors import ValueChainWarning
from valuechain.models.cascade_groups import FirmGroups, columns_of, firm_groups
from valuechain.models.simulate import SimulationResult, simulate
from valuechain.network import Floats, Network
from valuechain.results import rank_key

if TYPE_CHECKING:
    import xarray

__all__ = ["BoundDays", "FirmCurves", "bound_days", "firm_curves", "firm_table", "group_table", "known_groups"]

GROUPS = ("country", "sector", "cluster", "owner", "region")
BLOCK = 4096
"""Firms looked at together where a number is needed for each firm and day."""

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FirmCurves:
    """Firms of a run by day, and what is read off them.

    Parameters
    ----------
    made, demand
        Production and demand, currency per day; shape (days, firms).
    usual, usual_demand
        Undisturbed production and demand, currency per day; shape (1 or days, firms).
    curves
        What is read off production.
    demand_peak
        Largest demand as a multiple of the undisturbed one; shape (firms,). Not known where that is 0.
    is_above
        Whether any firm makes more than usual on any day.
    """

    made: Floats
    demand: Floats
    usual: Floats
    usual_demand: Floats
    curves: Curves
    demand_peak: Floats
    is_above: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundDays:
    """Which product held which firm down on how many days; positions of firms and products, shape (pairs,) each."""

    firm: Codes
    product: Codes
    first_day: Codes
    days: Codes
    share: float
    """Share of all firms and days on which an input held a firm down."""


def firm_curves(network: Network, run: SimulationResult, firms: xarray.Dataset, tolerance: float) -> FirmCurves:
    """Return what is read off the production and demand of each firm."""
    made, demand = (firms[name].transpose("day", "firm").to_numpy() for name in ("production", "demand"))
    usual = firms["undisturbed"].to_numpy()
    usual = usual[None] if usual.ndim == 1 else firms["undisturbed"].transpose("day", "firm").to_numpy()
    usual_demand = _usual_demand(network, run, usual)
    peak, is_above = np.full(made.shape[1], np.nan), False
    for day in range(len(made)):
        of_day = usual[min(day, len(usual) - 1)]
        asked = usual_demand[min(day, len(usual_demand) - 1)]
        np.fmax(peak, np.divide(demand[day], asked, out=np.full(len(asked), np.nan), where=asked > 0), out=peak)
        is_above = is_above or bool((made[day] > of_day * (1 + 1e-9)).any())
    return FirmCurves(
        made=made,
        demand=demand,
        usual=usual,
        usual_demand=usual_demand,
        curves=curves(_losses(made, usual, None), count=made.shape[1], tolerance=tolerance),
        demand_peak=peak,
        is_above=is_above,
    )


def _usual_demand(network: Network, run: SimulationResult, usual: Floats) -> Floats:
    """Return demand without any shock: production where every day is alike, else that of an undisturbed run."""
    if len(usual) == 1:
        return usual
    with warnings.catch_warnings():
        # What is to be said of the network was said when it was simulated.
        warnings.simplefilter("ignore", ValueChainWarning)
        alone = simulate(network, {}, model=run.inputs.model, days=len(usual)).firms
    return usual if alone is None else alone["demand"].to_numpy()


def _losses(made: Floats, usual: Floats, sums: sparse.csr_array | None) -> Iterator[tuple[Floats, Floats]]:
    """Yield lost fractions and undisturbed production of each day, of firms or of what they are added up to."""
    for day, of_firms in enumerate(made):
        before = usual[min(day, len(usual) - 1)]
        if sums is not None:
            of_firms, before = sums @ of_firms, sums @ before  # noqa: PLW2901 - the same by group
        yield lost_share(of_firms, before), before


def firm_table(network: Network, found: FirmCurves, bound: BoundDays | None, *, is_over: bool) -> pd.DataFrame:
    """Return the rows of firms, the largest lost value first; ``is_over``: no shock lasts on the last day."""
    of, n = found.curves, network.n_firms
    product, days = _most_bound(bound, n)
    table = pd.DataFrame(
        {
            "firm": pd.Series(network.firm_ids, dtype="str"),
            "lost_value": of.lost,
            "loss": of.share,
            "first_day": of.first_day,
            "bottom_day": of.bottom_day,
            "depth": np.where(of.usual > 0, of.depth, np.nan),
            "time_to_bottom": of.time_to_bottom,
            "time_to_recover": of.time_to_recover,
            "never_recovers": pd.Series(of.is_below if is_over else [None] * n, dtype=object),
            "demand_peak": found.demand_peak,
            "bound_by": pd.Series(_names(network, product), dtype="str"),
            "bound_days": np.full(n, np.nan) if bound is None else days.astype(np.float64),
        }
    )
    order = np.lexsort((network.firm_ids.astype(str), -rank_key(of.lost)))
    return table.iloc[order].reset_index(drop=True)


def _names(network: Network, product: Codes) -> npt.NDArray[np.object_]:
    """Return names of products; missing for -1."""
    names = np.array([*network.products, None], dtype=object)
    return np.asarray(names[product], dtype=object)


def _most_bound(bound: BoundDays | None, n_firms: int) -> tuple[Codes, Codes]:
    """Return the product that held each firm down on most days, -1 for none, and the days with any such product."""
    product, days = np.full(n_firms, -1, dtype=np.int64), np.zeros(n_firms, dtype=np.int64)
    if bound is not None:
        np.add.at(days, bound.firm, bound.days)
        # Written last wins: the most days, among equals the first name.
        order = np.lexsort((-bound.product, bound.days))
        product[bound.firm[order]] = bound.product[order]
    return product, days


def bound_days(firms: xarray.Dataset) -> BoundDays | None:
    """Return which product held which firm down on how many days; None where the model does not tell."""
    if "binding" not in firms:
        return None
    binding = firms["binding"].transpose("day", "firm").to_numpy()
    n_days, n_firms = binding.shape
    n_products = max(int(firms.sizes.get("product", 0)), int(binding.max(initial=0)) + 1)
    parts: list[npt.NDArray[np.int64]] = []
    for start in range(0, n_firms, BLOCK):
        block = binding[:, start : start + BLOCK]
        day, firm = np.nonzero(block >= 0)
        key = (firm + start) * n_products + block[day, firm]
        # Days come in order, and the first of equal keys is what is given back.
        pairs, first, count = np.unique(key, return_index=True, return_counts=True)
        parts.append(np.stack([pairs // n_products, pairs % n_products, day[first], count]).astype(np.int64))
    pair = np.concatenate(parts, axis=1)
    return BoundDays(
        firm=pair[0],
        product=pair[1],
        first_day=pair[2],
        days=pair[3],
        share=float(pair[3].sum() / max(n_days * n_firms, 1)),
    )


def bound_table(network: Network, bound: BoundDays) -> pd.DataFrame:
    """Return the rows of firms and products, most days first."""
    table = pd.DataFrame(
        {
            "firm": pd.Series(network.firm_ids[bound.firm], dtype="str"),
            "product": pd.Series(_names(network, bound.product), dtype="str"),
            "first_day": bound.first_day,
            "bound_days": bound.days,
        }
    )
    return table.sort_values(
        ["bound_days", "first_day", "firm", "product"], ascending=[False, True, True, True], ignore_index=True
    )


def known_groups(network: Network, by: str | Sequence[str] | None) -> list[FirmGroups]:
    """Return the groups of firms that were asked for; None: of all usual kinds that the network knows.

    Raises
    ------
    UnknownNameError
        When firms has no such column.
    """
    if by is None:
        firms = network.firms
        has_members = network.table("members") is not None
        names = [k for k in GROUPS if (k in firms and firms[k].notna().any()) or (k == "cluster" and has_members)]
    else:
        names = list(columns_of(by))
    return [firm_groups(network, name) for name in names]


def group_table(found: FirmCurves, groups: Sequence[FirmGroups], tolerance: float) -> pd.DataFrame:
    """Return the rows of groups, those of one kind together, the largest lost value first."""
    n_firms = found.made.shape[1]
    matrices = [
        sparse.csr_array(
            (np.ones(len(g.group)), (g.group, np.repeat(np.arange(n_firms), np.diff(g.start)))),
            shape=(len(g.labels), n_firms),
        )
        for g in groups
    ]
    count = sum(len(g.labels) for g in groups)
    sums = sparse.csr_array(sparse.vstack(matrices)) if matrices else sparse.csr_array((0, n_firms))
    of = curves(_losses(found.made, found.usual, sums), count=count, tolerance=tolerance)
    kind = np.repeat(np.arange(len(groups)), [len(g.labels) for g in groups])
    names = np.array([label for g in groups for label in g.labels], dtype=object)
    table = pd.DataFrame(
        {
            "by": pd.Series([groups[int(k)].by for k in kind], dtype="str"),
            "group": pd.Series(names, dtype="str"),
            "firms": np.concatenate([g.firms for g in groups]) if groups else np.zeros(0, dtype=np.int64),
            "lost_value": of.lost,
            "loss": of.share,
            "first_day": of.first_day,
            "bottom_day": of.bottom_day,
            "depth": np.where(of.usual > 0, of.depth, np.nan),
            "time_to_bottom": of.time_to_bottom,
            "time_to_recover": of.time_to_recover,
        }
    )
    order = np.lexsort((names.astype(str), -rank_key(of.lost), kind))
    return table.iloc[order].reset_index(drop=True)

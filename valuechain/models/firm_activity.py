"""What firms sell to final users, hold in stock and could make, from the tables, with words for what was put in."""

from __future__ import annotations

import numpy as np

from valuechain.errors import DefaultWarning, warn_caller
from valuechain.models.firm_columns import listed
from valuechain.network import Floats, Index, Network

DAYS_A_YEAR = 365

__all__ = ["DAYS_A_YEAR", "final_demand", "link_stocks", "most_made", "per_day_factor", "stock_days"]


def per_day_factor(network: Network) -> float:
    """Return what turns amounts of the tables into amounts a day."""
    return 1 / DAYS_A_YEAR if network.flow_period == "year" else 1.0


def final_demand(network: Network, notes: list[str]) -> Floats:
    """Return what each firm sells to final users: its column, else what output leaves after sales, else nothing."""
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    final = firms["final_demand"].to_numpy(dtype=np.float64).copy() if "final_demand" in firms else unknown
    output = firms["output"].to_numpy(dtype=np.float64) if "output" in firms else unknown
    missing = np.isnan(final)
    guessed = missing & ~np.isnan(output)
    final[guessed] = output[guessed] - network.sales[guessed]
    final[missing & ~guessed] = 0.0
    if guessed.any():
        notes.append(f"Final demand of {int(guessed.sum()):,} firms is their output less their sales in the network.")
    silent = int((missing & ~guessed).sum())
    if silent:
        notes.append(f"{silent:,} firms give neither final_demand nor output: they are taken to have no final demand.")
    negative = final < 0
    if negative.any():
        notes.append(f"Final demand of {int(negative.sum()):,} firms is below 0 and counts as 0.")
        final[negative] = 0.0
    return final


def stock_days(
    network: Network, default_days: float, notes: list[str], *, reference: bool = False
) -> tuple[Floats, Floats]:
    """Return target and initial stocks in days."""
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    target = firms["stock_days"].to_numpy(dtype=np.float64).copy() if "stock_days" in firms else unknown
    buys = network.purchases > 0
    missing = np.isnan(target) & buys
    target[np.isnan(target)] = default_days
    if not missing.any():
        pass
    elif (missing == buys).all():
        notes.append(f"No firm gives stock_days: all aim at stocks of {default_days:g} days.")
    else:
        words = f"{int(missing.sum()):,} of {int(buys.sum()):,} firms that buy give no stock_days"
        notes.append(f"{words}: they aim at {default_days:g} days.")
        if not network.derived.get("stock_days_said"):
            network.derived["stock_days_said"] = True
            warn_caller(
                f"{words} ({listed(firms['firm'][missing])}): they are taken to aim at stocks of "
                f"{default_days:g} days. Fill in the column, or choose another default with stock_days=... .",
                DefaultWarning,
            )
    given = firms["initial_stock_days"].to_numpy(dtype=np.float64) if "initial_stock_days" in firms else unknown
    initial = np.where(np.isnan(given), target, given)
    if reference:
        return target, initial
    short = (target < 1) | (initial < 1)
    if short.any():
        notes.append(
            f"{int(short.sum()):,} firms hold stocks of less than a day: they are taken to hold a day's, as goods "
            "arrive once a day."
        )
    return np.maximum(target, 1.0), np.maximum(initial, 1.0)


def link_stocks(
    network: Network, link: Index, target: Floats, initial: Floats, notes: list[str], *, reference: bool = False
) -> tuple[Floats, Floats]:
    """Return target and first stock of what comes over links, days; shape (links asked for,).

    Parameters
    ----------
    network
        The network.
    link
        Positions of links; shape (links asked for,).
    target, initial
        Those of firms, days; shape (firms,). They hold where a link has no ``stock_days`` of its own; one that has
        begins with it.
    """
    buyer = network.buyer[link]
    links = network.links
    if "stock_days" not in links or links["stock_days"].isna().all():
        return target[buyer], initial[buyer]
    if reference:
        notes.append("The column stock_days of links is not used, as in the published program.")
        return target[buyer], initial[buyer]
    own = np.maximum(links["stock_days"].to_numpy(dtype=np.float64)[link], 1.0)
    known = ~np.isnan(own)
    notes.append(
        f"{int(known.sum()):,} of {len(link):,} links give stock_days of their own; they begin with that stock."
    )
    return np.where(known, own, target[buyer]), np.where(known, own, initial[buyer])


def most_made(network: Network, base: Floats, per_day: float, notes: list[str]) -> Floats:
    """Return the most each firm can make in a day."""
    firms = network.firms
    unknown = np.full(network.n_firms, np.nan)
    capacity = firms["capacity"].to_numpy(dtype=np.float64) * per_day if "capacity" in firms else unknown
    missing = int(np.isnan(capacity).sum())
    if missing:
        notes.append(f"{missing:,} firms give no capacity: they never make more than usual.")
    return np.maximum(np.where(np.isnan(capacity), base, capacity), base)

"""Who loses most in a run: firms, and clusters with all of their members."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.models.cascade_groups import firm_groups
from valuechain.models.simulate import SimulationResult
from valuechain.network import Floats, Network
from valuechain.report.document.blocks import Table
from valuechain.report.document.parts import Run
from valuechain.report.document.tables import Show, ranked
from valuechain.report.document.telling import Telling

__all__ = ["hit_clusters", "hit_firms"]

ROWS = 10
_SHARES = ("loss", "expected_loss", "tail_loss")
_VALUES = ("lost_value", "expected_value")


def hit_firms(telling: Telling, run: Run) -> Table | None:
    """Return the firms that lose most over all days; None where it was not kept, or nobody loses."""
    if not isinstance(run, SimulationResult):
        table = None if run.firms is None else run.firms.table
        value = "expected_value"
    else:
        table, value = _by_firm(run), "lost_value"
    if table is None or not (table[value] > 0).any():
        return None
    return _ranked(telling, table[table[value] > 0], "firm", "hit_title")


def hit_clusters(telling: Telling, run: Run) -> Table | None:
    """Return the clusters whose members lose most; None without clusters, or where it was not kept."""
    members = telling.network.table("members")
    if members is None or not len(members):
        return None
    if not isinstance(run, SimulationResult):
        groups = None if run.groups is None else run.groups.table
        table = None if groups is None else groups[groups["by"] == "cluster"].rename(columns={"group": "cluster"})
    else:
        table = _by_cluster(telling.network, run)
    if table is None:
        return None
    known = table[table["cluster"].isin(telling.clusters)]
    return _ranked(telling, known, "cluster", "hit_clusters") if len(known) else None


def _ranked(telling: Telling, table: pd.DataFrame, first: str, caption: str) -> Table:
    units = dict.fromkeys(_SHARES, "fraction") | dict.fromkeys(_VALUES, telling.network.currency)
    own = {"loss": f"{first}_loss"}
    shows = [Show(name=n, heading=own.get(n, "")) for n in (first, "firms", *_VALUES, *_SHARES)]
    return ranked(telling, table, shows, caption=telling.say(caption), units=units, rows=ROWS)


def _by_firm(run: SimulationResult) -> pd.DataFrame | None:
    """Return lost value and share of each firm, the largest value first."""
    if run.losses is not None:
        return run.losses.table
    found = _kept(run)
    if found is None:
        return None
    firms, missing, usual = found
    share = np.divide(missing, usual, out=np.zeros(len(usual)), where=usual > 0)
    table = pd.DataFrame({"firm": firms, "lost_value": missing, "loss": share})
    return table.sort_values(["lost_value", "firm"], ascending=[False, True], ignore_index=True)


def _kept(run: SimulationResult) -> tuple[pd.Series, Floats, Floats] | None:
    """Return ids of firms, what each lost over all days and what it would have made; None where days were not kept."""
    if run.firms is None:
        return None
    made = np.asarray(run.firms["production"], dtype=np.float64)
    usual = np.broadcast_to(np.asarray(run.firms["undisturbed"], dtype=np.float64), made.shape).sum(axis=0)
    missing = usual - made.sum(axis=0)
    missing[np.abs(missing) <= 1e-12 * usual] = 0.0
    return pd.Series(np.asarray(run.firms["firm"]), dtype="str"), missing, usual


def _by_cluster(network: Network, run: SimulationResult) -> pd.DataFrame | None:
    """Return what the members of each cluster lose; a firm in several counts wholly in each."""
    found = _kept(run)
    if found is None:
        return None
    firms, missing, usual = found
    groups = firm_groups(network, "cluster")
    at = network.positions(firms)
    lost, made = np.zeros(network.n_firms), np.zeros(network.n_firms)
    lost[at], made[at] = missing, usual
    value, whole = groups.sums(lost), groups.sums(made)
    share = np.divide(value, whole, out=np.zeros(len(whole)), where=whole > 0)
    columns = {"cluster": pd.Series(groups.labels, dtype="str"), "firms": groups.firms}
    table = pd.DataFrame({**columns, "lost_value": value, "loss": share})
    return table.sort_values(["lost_value", "cluster"], ascending=[False, True], ignore_index=True)

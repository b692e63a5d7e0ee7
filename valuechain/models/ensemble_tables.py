"""The tables of an ensemble: loss by day, by run, by firm and by group, and how likely which loss is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuechain.models.cascade_groups import FirmGroups
from valuechain.models.ensemble_measures import exceedance, tail_mean, tail_weights
from valuechain.models.ensemble_work import days_until_back
from valuechain.network import Floats, Network
from valuechain.runs.rows import Array

__all__ = ["day_table", "draws_table", "exceedance_table", "firm_table", "group_table", "quantile_name", "runs_table"]

Rows = Mapping[str, Array]


def quantile_name(quantile: float) -> str:
    """Return the column of a quantile.

    Examples
    --------
    >>> [quantile_name(q) for q in (0.05, 0.5, 0.975)]
    ['q05', 'median', 'q97.5']
    """
    if quantile == 0.5:
        return "median"
    percent = round(quantile * 100, 9)
    return f"q{int(percent):02d}" if percent == int(percent) else f"q{percent:g}"


def day_table(loss: Floats, quantiles: Sequence[float]) -> pd.DataFrame:
    """Return mean and quantiles over the runs of the fraction lost on each day; ``loss`` has shape (runs, days)."""
    columns: dict[str, Any] = {"day": np.arange(loss.shape[1]), "mean": loss.mean(axis=0)}
    found = np.quantile(loss, quantiles, axis=0)
    columns |= {quantile_name(q): part for q, part in zip(quantiles, found, strict=True)}
    return pd.DataFrame(columns)


def runs_table(rows: Rows, made: float) -> pd.DataFrame:
    """Return one row a run, the largest loss first; ``made`` is undisturbed production over all days, currency."""
    loss = share_of(rows["lost"], made)
    by_day = rows["loss"]
    bottom = by_day.round(9).argmax(axis=1)
    table = pd.DataFrame(
        {
            "run": np.arange(len(loss)),
            "loss": loss,
            "lost_value": rows["lost"],
            "bottom_day": bottom,
            "bottom_loss": by_day[np.arange(len(loss)), bottom],
            "back_day": _days(days_until_back(by_day)),
            "shocks": rows["happened"].sum(axis=1),
        }
    )
    # Losses are sums, of which another order of firms changes the last digits: that must change no rank.
    return table.iloc[np.lexsort((table["run"], -np.round(loss, 12)))].reset_index(drop=True)


def share_of(values: Floats, whole: float | Floats) -> Floats:
    """Return values as fractions of a whole, 0 of nothing."""
    size = np.broadcast_to(np.asarray(whole, dtype=np.float64), np.shape(values))
    return np.divide(values, size, out=np.zeros(np.shape(values)), where=size > 0)


def draws_table(rows: Rows) -> pd.DataFrame:
    """Return what each run drew for each shock, in the order of runs and shocks."""
    runs, shocks = rows["happened"].shape
    happened = rows["happened"].ravel()
    table = pd.DataFrame(
        {
            "run": np.repeat(np.arange(runs), shocks),
            "shock": np.tile(np.arange(1, shocks + 1), runs),
            "happened": happened,
            "loss": np.where(happened, rows["drawn_loss"].ravel(), np.nan),
        }
    )
    for name in ("start", "days"):
        table[name] = _days(rows[f"drawn_{name}"].ravel())
    return table


def _days(days: Array) -> pd.Series:
    """Return whole days, those below 0 missing."""
    return pd.Series(days, dtype="Int64").where(pd.Series(days >= 0), pd.NA)


def exceedance_table(loss: Floats, made: float) -> pd.DataFrame:
    """Return each loss and how likely one at least as large is."""
    distinct, probability, low, high = exceedance(loss)
    return pd.DataFrame(
        {"loss": distinct, "lost_value": distinct * made, "probability": probability, "low": low, "high": high}
    )


def firm_table(network: Network, rows: Rows, usual: Floats, tail: float) -> pd.DataFrame:
    """Return expected and tail loss of each firm, the largest expected loss first."""
    made = float(usual.sum())
    table = pd.DataFrame({"firm": network.firms["firm"], **_losses(rows["firms"], rows, usual, made, tail)})
    shares = share_of(table["expected_value"].to_numpy(dtype=np.float64), made)
    order = np.lexsort((table["firm"].to_numpy(dtype=str), -np.round(shares, 12)))
    return table.iloc[order].reset_index(drop=True)


def _losses(losses: Array, rows: Rows, usual: Floats, made: float, tail: float) -> dict[str, Floats]:
    """Return the columns of losses of firms or groups; ``losses`` has shape (runs, firms), fractions of ``usual``."""
    expected = losses.mean(axis=0, dtype=np.float64)
    worst = tail_mean(losses, tail)
    weights = tail_weights(share_of(rows["lost"], made), tail)
    used = np.flatnonzero(weights)
    return {
        "expected_loss": expected,
        "tail_loss": worst,
        "expected_value": expected * usual,
        "tail_value": worst * usual,
        "worst_runs_value": weights[used] @ losses[used].astype(np.float64) * usual,
    }


def group_table(groups: Sequence[FirmGroups], rows: Rows, usual: Floats, tail: float) -> pd.DataFrame:
    """Return expected and tail loss of each group, by what groups have in common, the largest expected loss first."""
    made = float(usual.sum())
    parts, first = [], 0
    for found in groups:
        whole = found.sums(usual)
        losses = share_of(rows["groups"][:, first : first + len(found.labels)], whole)
        first += len(found.labels)
        part = pd.DataFrame(
            {
                "by": pd.Series([found.by] * len(found.labels), dtype="str"),
                "group": pd.Series(found.labels, dtype="str"),
                "firms": found.firms,
                **_losses(losses, rows, whole, made, tail),
            }
        )
        rank = -np.round(share_of(part["expected_value"].to_numpy(dtype=np.float64), made), 12)
        parts.append(part.iloc[np.lexsort((part["group"].to_numpy(dtype=str), rank))])
    return pd.concat(parts, ignore_index=True)

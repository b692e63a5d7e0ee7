"""Columns of firms that a model takes as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.errors import Fault, InvalidDataError, UnknownNameError, shown, suggestion
from valuechain.network import Floats, Network


def listed(ids: pd.Series, named: int = 5) -> str:
    """Return the first ids, and how many more there are."""
    words = ", ".join(shown(str(v)) for v in ids.head(named))
    return words + (f" and {len(ids) - named} more" if len(ids) > named else "")


def unknown_column(network: Network, column: str, use: str) -> UnknownNameError:
    """Return the error for a column of firms that does not exist, with the closest one."""
    columns = list(network.firms.columns)
    hint = suggestion(column, columns) or "columns are " + ", ".join(columns)
    return UnknownNameError(f"{use}: firms has no column '{column}'; {hint}")


def firm_column(network: Network, column: str, use: str) -> Floats:
    """Return a numeric column of firms that must be known and not negative everywhere; shape (firms,)."""
    firms = network.firms
    if column not in firms:
        raise unknown_column(network, column, use)
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
                    problem=f"{problem} for {listed(firms['firm'].iloc[which])}",
                    remedy=f"give it for every firm, or leave out the option {use}",
                )
                for problem, which in kinds
                if len(which)
            ]
        )
    return values.copy()

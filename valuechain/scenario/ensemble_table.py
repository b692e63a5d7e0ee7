"""The table ``[ensemble]`` of a scenario: how many runs, from which seed, and what firms have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from valuechain.scenario.distributions import is_number
from valuechain.scenario.wording import remedy

__all__ = ["EnsembleTable", "ensemble_problems"]

EnsembleTable = Mapping[str, Any]
KEYS = ("runs", "seed", "correlation")


def ensemble_problems(table: object) -> Iterable[str]:
    """Yield everything that is wrong with ``[ensemble]``; columns of firms are looked up when it is run."""
    if not isinstance(table, Mapping):
        yield f"ensemble {table!r} is not a table; write [ensemble] with runs and seed"
        return
    for key in table:
        if key not in KEYS:
            yield f"ensemble: key '{key}' is not known; {remedy(str(key), KEYS)}"
    for key, least in (("runs", 1), ("seed", 0)):
        value = table.get(key, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            yield f"ensemble: {key} {value!r} is not a count; write a whole number from {least}"
    correlation = table.get("correlation", {})
    if not isinstance(correlation, Mapping):
        yield f"ensemble: correlation {correlation!r} is not a table; write correlation = {{ country = 0.3 }}"
        return
    for column, share in correlation.items():
        if not is_number(share) or not 0 <= share <= 1:
            yield f"ensemble: correlation {column} is {share!r}; write a number from 0 to 1"

"""Suggestions read back from what ``valuechain partners --format json`` wrote: to be shown, without computing again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

import numpy as np
import pandas as pd

from valuechain.errors import Fault, InvalidDataError, UnreadableFileError
from valuechain.recommend.partners import Partners
from valuechain.report.document.parts import SUGGESTION
from valuechain.results import Result
from valuechain.values import checked_path

__all__ = ["read_saved_partners"]

_AGAIN = "write it again with valuechain partners NETWORK --format json --output FILE (without --steps or --finalists)"
_OWN = frozenset(f.name for f in fields(Result))
R = TypeVar("R", bound=Result)
_DAMAGED = (KeyError, TypeError, ValueError, OverflowError, AttributeError)


def read_saved_partners(path: str | os.PathLike[str]) -> Partners:
    """Return the suggestions of a file that ``valuechain partners --format json --output FILE`` wrote.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read, or is no JSON.
    InvalidDataError
        When it holds something else, or is damaged.
    """
    about = _read(path)
    try:
        if not isinstance(about, dict) or not _is_suggestion(about):
            raise ValueError("it holds no table with the columns candidate, product, buyer and loss_cut")
        if not isinstance(about["parameters"]["fingerprint"], str):
            raise TypeError("parameters.fingerprint is no text")
        found = _result(Partners, about)
        _check(found.table)
        return found
    except _DAMAGED as error:
        lacks = isinstance(error, KeyError)
        problem = f"is not what partners writes: {f'it lacks {error}' if lacks else error}"
        raise InvalidDataError([Fault(file=os.fspath(path), problem=problem, remedy=_AGAIN)]) from error


def _read(path: str | os.PathLike[str]) -> Any:
    file = checked_path(path)
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"), parse_constant=_refuse_constant)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"{path} is no JSON ({error}); {_AGAIN}") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _is_suggestion(about: Mapping[str, Any]) -> bool:
    """Tell whether plain data are suggestions; a network without any candidate left has none to save."""
    rows = about.get("rows")
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], dict) and rows[0].keys() >= SUGGESTION


def _result(kind: type[R], about: Mapping[str, Any]) -> R:
    """Return a result of a kind, with the numbers and the results that it holds by its fields."""
    held: dict[str, Any] = {}
    for name, of in get_type_hints(kind).items():
        if name not in _OWN:
            is_result = isinstance(of, type) and issubclass(of, Result)
            held[name] = _result(of, about[name]) if is_result else _number(about[name], name)
    return kind(**_parts(about), **held)


def _parts(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that every result has; raises where they are of another kind."""
    units = {str(k): str(v) for k, v in about["units"].items()}
    notes, title = about["notes"], about["title"]
    if not isinstance(title, str) or not all(isinstance(note, str) for note in notes):
        raise TypeError("title and notes are no texts")
    parameters = dict(about["parameters"])
    table = _table(about["rows"], units)
    return {"table": table, "title": title, "units": units, "parameters": parameters, "notes": tuple(notes)}


def _table(rows: list[dict[str, Any]], units: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a table: columns with a unit are numbers, null is what is not known."""
    names = list(rows[0]) if rows else []
    for number, row in enumerate(rows, start=1):
        if list(row) != names:
            raise ValueError(f"row {number} has other columns than the first")
    return pd.DataFrame({name: _column(name, [row[name] for row in rows], name in units) for name in names})


def _column(name: str, values: list[Any], is_number: bool) -> pd.Series:
    known = [v for v in values if v is not None]
    if known and len(known) == len(values) and all(_is_number(v) and isinstance(v, int) for v in known):
        return pd.Series(values, dtype="int64")
    if is_number or (known and all(_is_number(v) for v in known)):
        return pd.Series([_number(v, name) for v in values], dtype="float64")
    if all(isinstance(v, str) for v in known):
        return pd.Series([np.nan if v is None else v for v in values], dtype="str")
    if len(known) == len(values) and _all(known, bool):
        return pd.Series(values)
    raise TypeError(f"column {name} holds values of several kinds")


def _all(values: Iterable[Any], kind: type) -> bool:
    return all(isinstance(v, kind) for v in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any, name: str = "a figure") -> float:
    if value is None:
        return math.nan
    if not _is_number(value):
        raise TypeError(f"{name} is no number but {value!r}"[:200])
    return float(value)


def _check(table: pd.DataFrame) -> None:
    """Refuse a table whose ids are no texts or whose loss cuts are no numbers."""
    for name in ("candidate", "product", "buyer"):
        if table[name].isna().any() or not _all(table[name], str):
            raise TypeError(f"column {name} has a row without an id")
    if table["loss_cut"].dtype.kind not in "if":
        raise TypeError("column loss_cut holds no numbers")

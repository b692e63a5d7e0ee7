"""Values as callers give them: NumPy's made plain, tables that cannot change, paths that are none refused."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.errors import ParameterError

__all__ = [
    "MOST_DAYS",
    "FrozenTable",
    "checked_path",
    "column_bytes",
    "facts_html",
    "listed_values",
    "one_line",
    "plain_number",
    "settle",
    "value_hash",
]

MOST_DAYS = 36_500
"""Days of the longest run and the largest stock: a hundred years. More is a slip of the unit or of the keyboard."""


class FrozenTable(dict[str, Any]):
    """A table that cannot be changed; unlike a read-only view it can be copied, pickled, hashed and written as JSON.

    Examples
    --------
    >>> FrozenTable({"firms": ["F17"]})
    {'firms': ['F17']}
    """

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this table cannot be changed; make a new one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        """Hash by value, in whatever order the keys are."""
        return hash(frozenset((key, value_hash(value)) for key, value in self.items()))

    def __reduce__(self) -> tuple[type[FrozenTable], tuple[dict[str, Any]]]:
        """Copy and pickle by value: to put keys in one by one is refused."""
        return FrozenTable, (dict(self),)


def value_hash(value: object) -> int:
    """Return a hash that is the same for equal values; lists and sets, which have none, get that of what they hold."""
    if isinstance(value, Mapping):
        return hash(FrozenTable(value))
    if isinstance(value, set | frozenset):
        return hash(frozenset(map(value_hash, value)))
    if isinstance(value, list | tuple):
        return hash(tuple(map(value_hash, value)))
    try:
        return hash(value)
    except TypeError:
        # Equal values must have equal hashes, and of a class that is not known no more can be said.
        return 0


def plain_number(value: Any) -> Any:
    """Return a number, truth value or text of NumPy as Python's own; anything else as it is.

    Examples
    --------
    >>> plain_number(np.int64(3)), plain_number(np.float32(0.5)), plain_number("3")
    (3, 0.5, '3')
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    for kind, python in ((np.bool_, bool), (np.integer, int), (np.floating, float), (np.str_, str)):
        if isinstance(value, kind):
            return python(value)
    return value


def plain_value(value: Any) -> Any:
    """Return a value with all that is NumPy's or pandas' made plain and all tables frozen; lists are copied."""
    value = plain_number(value)
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return [plain_number(v) for v in value.tolist()]
    if isinstance(value, Mapping):
        return FrozenTable({plain_number(k): plain_value(v) for k, v in value.items()})
    if type(value) in {list, tuple, set, frozenset}:
        return type(value)(map(plain_value, value))
    return value


def settle(part: object, names: Iterable[str]) -> None:
    """Make the fields of a frozen dataclass plain, so that equal ones compare, hash, pickle and are written alike."""
    for name in names:
        object.__setattr__(part, name, plain_value(getattr(part, name)))


def listed_values(wanted: object) -> list[Any]:
    """Return the values of a list, set, array or column; one value alone is a list of it.

    Examples
    --------
    >>> listed_values("F17"), listed_values(pd.Series(["F17", "F18"]))
    (['F17'], ['F17', 'F18'])
    """
    if isinstance(wanted, np.ndarray | pd.Series | pd.Index):
        return list(np.atleast_1d(np.asarray(wanted)).tolist())
    return list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]


def checked_path(path: object, name: str = "path") -> Path:
    """Return a path.

    Raises
    ------
    ParameterError
        When it is none, such as a number.
    """
    if isinstance(path, str | os.PathLike):
        return Path(path)
    raise ParameterError(f"{name} {path!r} is no path; write the name of a file or folder in quotes")


_AT_ONCE = 65_536
"""Rows turned into bytes at a time: the texts of millions of links at once would take more room than the links."""


def column_bytes(values: pd.Series) -> Iterator[bytes]:
    """Yield a column as bytes that depend on its values only, not on versions: fingerprints are kept in files."""
    for first in range(0, len(values), _AT_ONCE):
        part = values.iloc[first : first + _AT_ONCE]
        if values.dtype == np.float64:
            # Adding zero makes -0.0 and 0.0 the same, as they are equal; unknown has one pattern of bits.
            numbers = part.to_numpy() + 0.0
            yield np.where(np.isnan(numbers), np.nan, numbers).astype("<f8").tobytes()
        else:
            # No text holds these control characters: the checks refuse them.
            texts = pa.array(part, type=pa.string(), from_pandas=True)
            if isinstance(texts, pa.ChunkedArray):
                # A column put together of several, as by edit.with_links.
                texts = pa.concat_arrays(texts.chunks)
            texts = pc.fill_null(texts, "\x00")
            joined = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), "\x1f")
            yield (b"\x1f" if first else b"") + joined[0].as_buffer().to_pybytes()


def one_line(value: object, limit: int = 80) -> str:
    r"""Return a value as HTML: one line, cut to a number of characters, with nothing in it that a browser obeys.

    Examples
    --------
    >>> one_line("<b>bold</b>\n" + "x" * 99, 14)
    '&lt;b&gt;bold&lt;/b&gt; x…'
    """
    text = " ".join(str(value)[: 4 * limit].split()).encode("utf-8", "replace").decode()
    return escape(text if len(text) <= limit else text[: limit - 1] + "…")


def facts_html(title: str, facts: Mapping[str, str]) -> str:
    """Return a title and facts as HTML for a notebook; names come from spreadsheets, so all is escaped."""
    rows = "".join(f"<tr><th>{one_line(k)}</th><td>{one_line(v, 160)}</td></tr>" for k, v in facts.items())
    return f"<div><strong>{one_line(title)}</strong><table><tbody>{rows}</tbody></table></div>"

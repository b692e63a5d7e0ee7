"""Numbers as spreadsheets of many countries write them: decimal commas, thousands separators, missing marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

DecimalSign = Literal[".", ","]

LARGEST = 1e100
"""Sums and products of larger numbers would leave what a float can hold; no unit makes sense of them."""

MISSING_NUMBERS = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "-", "\u2013", "\u2014", ":", "..", "...", "?", "unknown"}
)
"""What stands for "not known" in a number column (compared without case)."""

_GROUPING = re.compile("[ \u00a0\u2009\u202f'\u2019]")
"""Spaces and apostrophes that group thousands in any language."""

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
_CANONICAL = r"-?(?:(?:0|[1-9][0-9]{0,14})|(?:0|[1-9][0-9]*)(?:\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[1-9][eE][+-]?[0-9]+)"
"""As a program writes a float. A whole number of 16 digits or more is a code (a tax number), cut by a float."""

_DOT_GROUPS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+\Z")
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(,\d{3})+\Z")


@dataclass(frozen=True)
class DecimalEvidence:
    """What the cells of a file say about its decimal sign."""

    dot: bool = False
    comma: bool = False
    doubtful: str | None = None  # first cell that could be read both ways, such as 1.234

    def __or__(self, other: DecimalEvidence) -> DecimalEvidence:
        """Join the evidence of two columns."""
        return DecimalEvidence(
            self.dot or other.dot, self.comma or other.comma, self.doubtful if self.doubtful else other.doubtful
        )


def decimal_evidence(cells: Iterable[str]) -> DecimalEvidence:
    """Return which decimal sign the cells prove, if any: ``1.234,5`` a comma, ``0.25`` a dot, ``1.234`` neither."""
    dot = comma = False
    doubtful = None
    for cell in cells:
        text = _GROUPING.sub("", cell)
        if text.count(",") > 1 and "." not in text and _COMMA_GROUPS.match(text):
            dot = True
        elif text.count(".") > 1 and "," not in text and _DOT_GROUPS.match(text):
            comma = True
        elif "," in text and "." in text:
            comma, dot = (True, dot) if text.rfind(",") > text.rfind(".") else (comma, True)
        elif _COMMA_GROUPS.match(text) or _DOT_GROUPS.match(text):
            # A group that starts with 0 is no group: 0.250 can only be a fraction.
            if text.lstrip("+-").startswith("0"):
                comma, dot = (True, dot) if "," in text else (comma, True)
            else:
                doubtful = doubtful or cell
        elif "," in text:
            comma = True
        elif "." in text:
            dot = True
    return DecimalEvidence(dot, comma, doubtful)


def read_number(cell: str, decimal: DecimalSign) -> float | None:
    """Return the number in a cell, nan where the cell marks a missing value, None where it is no number."""
    text = cell.strip()
    if text.casefold() in MISSING_NUMBERS:
        return float("nan")
    text = _GROUPING.sub("", text).replace("\u2212", "-")
    if decimal == ",":
        if "." in text and not _DOT_GROUPS.match(text.split(",")[0]):
            return None
        text = text.replace(".", "").replace(",", ".", 1)
    elif "," in text:
        if not _COMMA_GROUPS.match(text.split(".")[0]):
            return None
        text = text.replace(",", "")
    if not _PLAIN.match(text):
        return float("inf") if text.lstrip("+-").casefold() in {"inf", "infinity"} else None
    return float(text)


def cast_plain(cells: pd.Series, decimal: DecimalSign) -> npt.NDArray[np.float64] | None:
    """Return the column as floats when every cell is a plain number or missing, else None. Fast: passes in C."""
    array = pa.array(cells, type=pa.large_string(), from_pandas=True)
    if decimal == ",":
        if not pc.all(pc.match_substring_regex(array, r"^[+-]?[0-9]*(,[0-9]+)?$")).as_py():
            return None
        array = pc.replace_substring(array, ",", ".")
    array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.large_string()), array)
    try:
        return np.asarray(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def has_group_like(cells: pd.Series) -> bool:
    """Tell whether any cell looks like ``1.234``, which a country with decimal commas reads as 1234."""
    array = pa.array(cells, type=pa.large_string(), from_pandas=True)
    found = pc.match_substring_regex(array, r"^\s*[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+\s*$")
    return bool(pc.any(found).as_py())


def is_canonical(cells: pd.Series) -> bool:
    """Tell whether every cell that is there is a number as a program writes it (``007`` is a code, not a number)."""
    array = pa.array(cells, type=pa.large_string(), from_pandas=True)
    found = pc.match_substring_regex(array, f"^{_CANONICAL}$")
    return array.null_count < len(array) and bool(pc.all(found).as_py())


def number_text(value: float) -> str:
    """Return the shortest text that reads back as the same float: ``3`` for 3.0, ``0.1`` for 0.1."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value != 0 or str(value)[0] != "-" else "-0.0"
    return repr(float(value))

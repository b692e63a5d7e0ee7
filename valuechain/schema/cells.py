"""From raw cells to the values of one column: text, number, country, choice, date. Each returns values and bad rows."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuechain.schema.columns import Column
from valuechain.schema.countries import country_code, country_hint
from valuechain.schema.numbers import LARGEST, DecimalSign, cast_plain, is_canonical, number_text, read_number

_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
_ERROR = re.compile(r"#[^\W\d_][\w/]*[!?]?\Z")
"""What a spreadsheet writes for a formula that failed, in any language."""
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")


BLANKS = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "\u200b\u2060\ufeff"
"""What is cut off the ends of a cell: white space of any kind, and characters without width that web pages leave."""


@dataclass
class Bad:
    """Cells of one column that break one rule: their positions in the frame, the problem and the remedy of each."""

    positions: npt.NDArray[np.intp]
    problem: str
    remedies: str | list[str]

    def remedy(self, k: int) -> str:
        """Return the remedy of the k-th bad cell."""
        return self.remedies if isinstance(self.remedies, str) else self.remedies[k]


@dataclass
class Values:
    """A converted column and what was wrong with it."""

    series: pd.Series
    bad: list[Bad] = field(default_factory=list)


def convert(raw: pd.Series, column: Column, decimal: DecimalSign) -> Values:
    """Return the values of a declared column."""
    if column.kind == "number":
        values = to_numbers(raw, decimal, required=column.required)
        if column.choices:
            for bad in values.bad:
                bad.remedies = "write " + _either(column.choices)
        judged = values.series.copy()
        for bad in values.bad:
            judged.iloc[bad.positions] = np.nan
        values.bad += range_faults(judged, column)
        return values
    values = to_text(raw)
    broken = values.series.isin(_ERRORS).to_numpy()
    if broken.any():
        values.bad += _bad(broken, "is an error of the spreadsheet", "mend the formula, or write the value")
        values.series = values.series.mask(broken)
    if column.kind == "country":
        return to_countries(values, required=column.required)
    if column.kind == "choice":
        return to_choices(values, column)
    if column.kind == "date":
        return check_dates(values)
    if column.kind == "id":
        values.bad += control_faults(values.series, r"[\x00-\x1f\x7f\x{2028}\x{2029}]")
    else:
        values.bad += control_faults(values.series, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
    return values


def cell_text(value: object) -> str | None:
    """Return one cell as text, None where it is empty; whole numbers lose the ``.0`` a spreadsheet gave them."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return value.strip(BLANKS) or None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isnan(number):
            return None
        return number_text(number) if math.isfinite(number) else str(number)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).strip(BLANKS) or None


def to_text(raw: pd.Series) -> Values:
    """Return a column as text without surrounding blanks; empty cells are missing."""
    if isinstance(raw.dtype, pd.StringDtype):
        trimmed = pc.utf8_trim(pa.array(raw, type=pa.large_string(), from_pandas=True), characters=BLANKS)
        trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)
        return Values(pd.Series(pd.array(trimmed, dtype="str"), index=raw.index, name=raw.name))
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(object)
    cells = [cell_text(v) for v in raw.array]
    unreadable = [k for k, c in enumerate(cells) if c is not None and not c.isascii() and not _encodes(c)]
    for k in unreadable:
        cells[k] = None
    series = pd.Series(cells, index=raw.index, name=raw.name, dtype="str")
    values = Values(series)
    if unreadable:
        values.bad.append(Bad(np.array(unreadable), "holds a character that does not exist in Unicode", "retype it"))
    return values


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def control_faults(series: pd.Series, pattern: str) -> list[Bad]:
    """Return the cells with control characters, which no spreadsheet shows and no page can print."""
    if not isinstance(series.dtype, pd.StringDtype) or len(series) == 0:
        return []
    found = pc.match_substring_regex(pa.array(series, type=pa.large_string(), from_pandas=True), pattern)
    positions = np.flatnonzero(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False))
    return [Bad(positions, "holds a control character or a line break", "retype it")] if positions.size else []


def to_numbers(raw: pd.Series, decimal: DecimalSign, *, required: bool = False) -> Values:
    """Return a column as floats; missing marks become nan, infinite, huge and unreadable cells are bad."""
    if pd.api.types.is_bool_dtype(raw.dtype):
        return Values(raw.astype(float), [Bad(np.arange(len(raw)), "is not a number", "write a number")])
    if pd.api.types.is_numeric_dtype(raw.dtype):
        numbers = raw.to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.zeros(0, dtype=np.intp)
    else:
        fast = cast_plain(raw, decimal) if isinstance(raw.dtype, pd.StringDtype) else None
        numbers, bad = (fast, np.zeros(0, dtype=np.intp)) if fast is not None else _read_each(raw, decimal)
    faults: list[Bad] = []
    if bad.size:
        faults += unreadable_faults(raw, bad, decimal, _or_else(required))
    faults += _bad(np.isinf(numbers), "is infinite", "write the number" + _or_else(required))
    huge = (np.abs(numbers) > LARGEST) & ~np.isinf(numbers)
    faults += _bad(huge, "is too large", "count in a larger unit, such as MEUR")
    return Values(pd.Series(numbers, index=raw.index, name=raw.name), faults)


def _or_else(required: bool) -> str:
    return ", or drop the row" if required else ", or leave the cell empty if it is not known"


def unreadable_faults(raw: pd.Series, bad: npt.NDArray[np.intp], decimal: DecimalSign, or_else: str) -> list[Bad]:
    """Return the cells that are no numbers, told apart by what they are instead."""
    kinds: dict[tuple[str, str], list[int]] = {}
    other: DecimalSign = "," if decimal == "." else "."
    for k in bad:
        cell = raw.iloc[k]
        text = cell.strip() if isinstance(cell, str) else ""
        kind = ("is not a number", "write digits without a unit" + or_else)
        if _ERROR.match(text):
            kind = ("is an error of the spreadsheet", "mend the formula" + or_else)
        elif text.startswith("="):
            kind = ("is a formula, not a number", "write its value" + or_else)
        elif text and read_number(text, other) is not None:
            kind = (f"is not a number with the decimal sign '{decimal}' of this file", "use one sign in the whole file")
        kinds.setdefault(kind, []).append(int(k))
    return [Bad(np.array(cells, dtype=np.intp), problem, remedy) for (problem, remedy), cells in kinds.items()]


def _read_each(raw: pd.Series, decimal: DecimalSign) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    numbers = np.full(len(raw), np.nan)
    bad = []
    for k, cell in enumerate(raw.array):
        if isinstance(cell, str):
            number = read_number(cell, decimal)
        elif isinstance(cell, bool | np.bool_ | dt.date | dt.time | dt.timedelta):
            number = None
        elif isinstance(cell, int | float | np.number):
            number = _as_float(cell)
        else:
            number = float("nan") if cell_text(cell) is None else read_number(str(cell), ".")
        if number is None:
            bad.append(k)
        else:
            numbers[k] = number
    return numbers, np.array(bad, dtype=np.intp)


def _as_float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:  # a whole number of more digits than a float can hold
        return math.inf


def range_faults(series: pd.Series, column: Column) -> list[Bad]:
    """Return the numbers outside the declared range or choices of a column."""
    numbers = series.to_numpy()
    unit = f" {column.unit}" if column.unit.startswith("degrees") else ""
    with np.errstate(invalid="ignore"):
        if column.choices:
            allowed = np.array([float(c) for c in column.choices])
            wrong = ~np.isnan(numbers) & ~np.isin(numbers, allowed)
            return _bad(wrong, "is not a known " + column.name, "write " + _either(column.choices))
        low = numbers < column.minimum if column.minimum is not None else np.zeros(len(numbers), dtype=bool)
        high = numbers > column.maximum if column.maximum is not None else np.zeros(len(numbers), dtype=bool)
    if column.minimum is not None and column.maximum is not None:
        span = f"write a number from {number_text(column.minimum)} to {number_text(column.maximum)}{unit}"
        return _bad(low | high, f"is outside {number_text(column.minimum)}..{number_text(column.maximum)}", span)
    return _bad(low, "is negative", "write a number of at least 0" + _or_else(column.required))


def _bad(mask: npt.NDArray[np.bool_], problem: str, remedy: str) -> list[Bad]:
    positions = np.flatnonzero(mask)
    return [Bad(positions, problem, remedy)] if positions.size else []


def _either(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:-1]) + " or " + choices[-1]


def _distinct(series: pd.Series) -> list[str]:
    return [str(v) for v in series.dropna().unique()]


def to_countries(values: Values, *, required: bool = False) -> Values:
    """Return alpha-3 codes; a code that does not exist is bad."""
    codes = {text: country_code(text) for text in _distinct(values.series)}
    unknown = values.series.isin([t for t, c in codes.items() if c is None]).to_numpy()
    positions = np.flatnonzero(unknown)
    if positions.size:
        remedies = [country_hint(str(values.series.iloc[k]), required=required) for k in positions]
        values.bad.append(Bad(positions, "is not a country code", remedies))
    values.series = values.series.map(codes).astype("str")
    return values


def to_choices(values: Values, column: Column) -> Values:
    """Return one of the declared words in lower case; others are bad."""
    words = {text: text.casefold() for text in _distinct(values.series)}
    unknown = values.series.isin([t for t, w in words.items() if w not in column.choices]).to_numpy()
    values.bad += _bad(unknown, "is not a known " + column.name, "write " + _either(column.choices))
    values.series = values.series.map(words).astype("str")
    return values


def check_dates(values: Values) -> Values:
    """Accept YYYY, YYYY-MM and days that exist as YYYY-MM-DD; a spreadsheet's own dates were turned into these."""
    wrong = [text for text in _distinct(values.series) if not _is_date(text)]
    unknown = values.series.isin(wrong).to_numpy()
    values.bad += _bad(unknown, "is not a date", "write it as YYYY-MM-DD, such as 2025-03-31, or as a year")
    return values


def _is_date(text: str) -> bool:
    if not _DATE.match(text):
        return False
    try:
        dt.date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def to_extra(raw: pd.Series, decimal: DecimalSign) -> Values:
    """Return a column the schema does not know: numbers where all its cells are plain numbers, else text.

    ``007`` stays text: it is a code. The rule looks at values only, so a column is the same after a round trip.
    """
    if pd.api.types.is_numeric_dtype(raw.dtype) and not pd.api.types.is_bool_dtype(raw.dtype):
        values = to_numbers(raw, decimal)
        return values if values.series.notna().any() or values.bad else Values(values.series.astype("str"))
    text = to_text(raw)
    if is_canonical(text.series):
        return to_numbers(text.series, ".")
    if decimal == "," and text.series.notna().any():
        numbers = to_numbers(text.series.str.replace(",", ".", n=1, regex=False), ".") if _all_comma(text) else None
        if numbers is not None and not numbers.bad:
            return numbers
    text.bad += control_faults(text.series, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
    return text


def _all_comma(values: Values) -> bool:
    present = values.series.dropna()
    return bool(present.str.fullmatch(r"-?(?:0|[1-9][0-9]*)(?:,[0-9]+)?").all())

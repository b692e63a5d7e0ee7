import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuechain.schema.numbers import (
    MISSING_NUMBERS,
    DecimalEvidence,
    DecimalSign,
    cast_plain,
    decimal_evidence,
    has_group_like,
    is_canonical,
    number_text,
    read_number,
)


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("12", ".", 12.0),
        (" 12.50 ", ".", 12.5),
        ("1,234.5", ".", 1234.5),
        ("1,234,567", ".", 1234567.0),
        ("1e3", ".", 1000.0),
        ("+.5", ".", 0.5),
        ("1.234,5", ",", 1234.5),
        ("1.234", ",", 1234.0),
        ("0,5", ",", 0.5),
        ("12 345,6", ",", 12345.6),
        ("12\u202f345,6", ",", 12345.6),
        ("12'345.6", ".", 12345.6),
        ("\u2212\u200b5".replace("\u200b", ""), ".", -5.0),
    ],
)
def test_numbers_of_many_countries(cell: str, decimal: DecimalSign, number: float) -> None:
    assert read_number(cell, decimal) == number


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        ("1,5", "."),
        ("1.5", ","),
        ("12.34.5", "."),
        ("1,23,456", "."),
        ("ten", "."),
        ("10 EUR", "."),
        ("0x10", "."),
        ("1_000", "."),
    ],
)
def test_what_is_no_number_with_this_sign(cell: str, decimal: DecimalSign) -> None:
    assert read_number(cell, decimal) is None


@pytest.mark.parametrize("cell", [*sorted(MISSING_NUMBERS), "N/A", "NaN", "  "])
def test_missing_marks_are_not_numbers(cell: str) -> None:
    number = read_number(cell, ".")
    assert number is not None
    assert math.isnan(number)


def test_infinity_is_seen_and_left_to_the_checks() -> None:
    assert read_number("-Infinity", ".") == math.inf


@pytest.mark.parametrize(
    ("cells", "evidence"),
    [
        (["1.234,5"], DecimalEvidence(comma=True)),
        (["1,234.5"], DecimalEvidence(dot=True)),
        (["1.234.567"], DecimalEvidence(comma=True)),
        (["1,234,567"], DecimalEvidence(dot=True)),
        (["0.250"], DecimalEvidence(dot=True)),
        (["0,25"], DecimalEvidence(comma=True)),
        (["1.234"], DecimalEvidence(doubtful="1.234")),
        (["12", "x"], DecimalEvidence()),
        (["1.234", "0,5"], DecimalEvidence(comma=True, doubtful="1.234")),
    ],
)
def test_evidence_of_the_decimal_sign(cells: list[str], evidence: DecimalEvidence) -> None:
    assert decimal_evidence(cells) == evidence


@pytest.mark.parametrize(
    ("cells", "decimal", "numbers"),
    [
        (["1.5", "", None, "2"], ".", [1.5, np.nan, np.nan, 2.0]),
        (["1,5", "", None, "-2"], ",", [1.5, np.nan, np.nan, -2.0]),
        (["1,5"], ".", None),
        (["1.234,5"], ",", None),
        (["x"], ".", None),
    ],
)
def test_the_fast_way_reads_plain_columns_only(
    cells: list[str | None], decimal: DecimalSign, numbers: list[float] | None
) -> None:
    found = cast_plain(pd.Series(cells, dtype="str"), decimal)
    assert (found is None) == (numbers is None)
    if found is not None and numbers is not None:
        np.testing.assert_array_equal(found, numbers)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_the_text_of_a_number_reads_back_the_same(numbers: list[float]) -> None:
    texts = [number_text(number) for number in numbers]
    assert [float(text) for text in texts] == numbers
    assert [math.copysign(1, float(text)) for text in texts] == [math.copysign(1, number) for number in numbers]
    assert is_canonical(pd.Series(texts, dtype="str"))


def test_number_texts_are_short() -> None:
    assert [number_text(n) for n in (3.0, 0.1, -0.0, 1e15)] == ["3", "0.1", "-0.0", "1000000000000000.0"]


@pytest.mark.parametrize("cells", [["007"], ["1", "x"], ["1234567890123456"], ["+1"], ["1."], [None]])
def test_codes_are_no_numbers(cells: list[str | None]) -> None:
    assert not is_canonical(pd.Series(cells, dtype="str"))


def test_group_like() -> None:
    assert has_group_like(pd.Series(["2", "1.234"]))
    assert not has_group_like(pd.Series(["0.234", "1.2345"]))

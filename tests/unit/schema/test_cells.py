import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from valuechain.schema import TABLES
from valuechain.schema.cells import cell_text, convert, to_extra, to_numbers, to_text


def column(table: str, name: str) -> Any:
    return TABLES[table].column(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (float("nan"), None),
        ("  ", None),
        (" a ", "a"),
        (7, "7"),
        (7.0, "7"),
        (0.1, "0.1"),
        (np.int8(3), "3"),
        (True, "true"),
        (float("inf"), "inf"),
        (dt.date(2024, 5, 1), "2024-05-01"),
        (dt.datetime(2024, 5, 1), "2024-05-01"),
        (dt.datetime(2024, 5, 1, 12, 30), "2024-05-01 12:30:00"),
    ],
)
def test_text_of_a_cell(value: Any, text: str | None) -> None:
    assert cell_text(value) == text


def test_text_columns_of_all_types_are_the_same() -> None:
    expected = pd.Series(["a", None, "b"], dtype="str")
    sources = [
        pd.Series([" a", "", "b "], dtype="str"),
        pd.Series(["a", None, "b"], dtype=object),
        pd.Series(["a", None, "b"], dtype="category"),
        pd.Series(["a", None, "b"], dtype="string"),
    ]
    for source in sources:
        pd.testing.assert_series_equal(to_text(source).series, expected)


def test_half_a_character_is_bad() -> None:
    (bad,) = to_text(pd.Series(["ok", "\ud800"], dtype=object)).bad
    assert bad.positions.tolist() == [1]
    assert "does not exist in Unicode" in bad.problem


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        (["1", "x"], {1: "is not a number"}),
        (["1", "#DIV/0!"], {1: "is an error of the spreadsheet"}),
        (["1", "#NV"], {1: "is an error of the spreadsheet"}),
        (["=A1", "inf"], {0: "is a formula, not a number", 1: "is infinite"}),
        (["1e101", "1,5"], {0: "is too large", 1: "is not a number with the decimal sign '.' of this file"}),
        ([10**400, True], {0: "is infinite", 1: "is not a number"}),
        ([dt.date(2024, 1, 1), 2], {0: "is not a number"}),
    ],
)
def test_bad_numbers_are_told_apart(cells: list[Any], problems: dict[int, str]) -> None:
    values = to_numbers(pd.Series(cells, dtype=object), ".")
    assert {int(k): bad.problem for bad in values.bad for k in bad.positions} == problems


def test_all_kinds_of_bad_numbers_are_found_in_one_column() -> None:
    values = convert(pd.Series(["-1", "x", "inf", ""], dtype="str"), column("links", "flow"), ".")
    found = {int(k): (bad.problem, bad.remedy(0)) for bad in values.bad for k in bad.positions}
    assert found == {
        0: ("is negative", "write a number of at least 0, or drop the row"),
        1: ("is not a number", "write digits without a unit, or drop the row"),
        2: ("is infinite", "write the number, or drop the row"),
    }


def test_countries_are_normalised_and_names_are_helped() -> None:
    values = convert(pd.Series(["lv", "DEU", "EL", None, "Latvia", "#N/A"]), column("firms", "country"), ".")
    assert values.series[:3].tolist() == ["LVA", "DEU", "GRC"]
    found = {int(k): (bad.problem, bad.remedy(j)) for bad in values.bad for j, k in enumerate(bad.positions)}
    assert found[4] == ("is not a country code", "use 'LVA'")
    assert found[5][0] == "is an error of the spreadsheet"


def test_choices_are_lower_case() -> None:
    values = convert(pd.Series(["Declared", "guess"]), column("links", "status"), ".")
    assert values.series[0] == "declared"
    assert values.bad[0].positions.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "right"), [("2024", True), ("2024-02", True), ("2024-02-29", True), ("2023-02-29", False)]
)
def test_dates(text: str, right: bool) -> None:
    assert (convert(pd.Series([text]), column("links", "date"), ".").bad == []) == right


@pytest.mark.parametrize(
    ("cells", "decimal", "expected"),
    [
        (["1", "2.5", None], ".", [1.0, 2.5, None]),
        (["007", "1"], ".", ["007", "1"]),
        (["1,5", "2"], ",", [1.5, 2.0]),
        (["1,5", "x"], ",", ["1,5", "x"]),
        ([None, None], ".", [None, None]),
    ],
)
def test_unknown_columns_are_numbers_or_text(cells: list[Any], decimal: Any, expected: list[Any]) -> None:
    series = to_extra(pd.Series(cells, dtype="str"), decimal).series
    assert series.astype(object).where(series.notna(), None).tolist() == expected


@pytest.mark.parametrize(
    ("table", "name", "text", "bad"),
    [
        ("firms", "firm", "a\nb", True),
        ("firms", "firm", "a\u2028b", True),
        ("firms", "name", "a\nb\tc", False),
        ("firms", "name", "a\x1bb", True),
    ],
)
def test_control_characters(table: str, name: str, text: str, bad: bool) -> None:
    assert bool(convert(pd.Series([text]), column(table, name), ".").bad) == bad

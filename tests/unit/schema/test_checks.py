import numpy as np
import pandas as pd
import pytest

from valuechain.errors import Fault
from valuechain.schema import TABLES, RawTable, check_tables, names_below_title, plain_name


def raw(name: str, columns: dict[str, list[object]], separator: str = ",") -> RawTable:
    return RawTable(f"{name}.csv", pd.DataFrame(columns, dtype="str"), separator=separator)


def network(**tables: dict[str, list[object]]) -> dict[str, RawTable]:
    base: dict[str, dict[str, list[object]]] = {
        "firms": {"firm": ["a", "b"], "sector": ["x", "y"]},
        "links": {"supplier": ["a"], "buyer": ["b"], "flow": ["1"]},
    }
    return {name: raw(name, columns) for name, columns in {**base, **tables}.items()}


def test_columns_come_in_the_order_of_the_schema_and_unknown_ones_last() -> None:
    checked = check_tables(network(firms={"zz": ["1", "2"], " Sector ": ["x", "y"], "Firm": ["a", "b"]}))
    assert checked.faults == []
    assert list(checked.tables["firms"].columns) == ["firm", "sector", "zz"]


def test_rows_without_cells_are_dropped_and_rows_keep_their_numbers() -> None:
    checked = check_tables(network(firms={"firm": ["a", " ", "b", "b"], "sector": ["x", None, "y", "y"]}))
    assert [str(f) for f in checked.faults] == [
        "firms.csv row 5: firm 'b' is a duplicate (first in row 4); "
        "give one of them another id, or drop the row if it is the same firm"
    ]


def test_a_misspelt_optional_column_is_told() -> None:
    checked = check_tables(network(firms={"firm": ["a", "b"], "sector": ["x", "y"], "contry": ["LV", "DE"]}))
    assert checked.notes[0] == ("firms.csv: column 'contry' is not known and kept as it is; did you mean 'country'?")


def test_a_row_the_reader_faulted_is_not_blamed_twice() -> None:
    tables = network(links={"supplier": ["a", None], "buyer": ["b", "a"], "flow": ["1", "2"]})
    assert len(check_tables(tables).faults) == 1
    fault = Fault(file="links.csv", row=3, problem="is odd", remedy="mend it")
    tables["links"].faults.append(fault)
    assert check_tables(tables).faults == [fault]


def test_a_table_that_cannot_be_read_is_not_checked() -> None:
    fault = Fault(file="firms.csv", problem="is broken", remedy="mend it")
    tables = network()
    tables["firms"] = RawTable("firms.csv", pd.DataFrame(), faults=[fault])
    assert check_tables(tables).faults == [fault]


def test_faults_go_from_top_to_bottom() -> None:
    tables = network(
        firms={"firm": ["a", "b", "a"], "sector": [None, "y", "x"]},
        links={"supplier": ["q", "a"], "buyer": ["b", "b"], "flow": ["1", "-1"]},
    )
    assert [(f.file, f.row) for f in check_tables(tables).faults] == [
        ("firms.csv", 2),
        ("firms.csv", 4),
        ("links.csv", 2),
        ("links.csv", 3),
    ]


@pytest.mark.parametrize(
    ("separator", "flows", "told", "numbers"),
    [
        (";", ["1.234", "0,5"], None, [1234.0, 0.5]),
        (";", ["1.234", "0.5"], None, [1.234, 0.5]),
        (";", ["1.234", "2"], ",", [1234.0, 2.0]),
        (",", ["1.234", "2"], None, [1.234, 2.0]),
        ("", ["1.234", "2"], None, [1.234, 2.0]),
    ],
)
def test_the_decimal_sign_is_proved_or_told(
    separator: str, flows: list[object], told: str | None, numbers: list[float]
) -> None:
    tables = network()
    links: dict[str, list[object]] = {"supplier": ["a", "b"], "buyer": ["b", "a"], "flow": flows}
    tables["links"] = raw("links", links, separator)
    checked = check_tables(tables, decimal=told)  # type: ignore[arg-type]
    assert checked.faults == []
    np.testing.assert_array_equal(checked.tables["links"]["flow"], numbers)


def test_one_sign_holds_for_all_columns_of_a_file() -> None:
    tables = network()
    links: dict[str, list[object]] = {"supplier": ["a"], "buyer": ["b"], "flow": ["1.234"], "lead_days": ["2,5"]}
    tables["links"] = raw("links", links, ";")
    assert check_tables(tables).tables["links"]["flow"].tolist() == [1234.0]


@pytest.mark.parametrize(
    ("rows", "remedy"),
    [
        ([["Firms 2024", None], ["firm", "sector"]], "delete row 1, so that the column names in row 2 come first"),
        ([["T", ""], ["", ""], ["Firm", "SECTOR"]], "delete rows 1 to 2, so that the column names in row 3 come first"),
        ([["firm", "x"], ["firm", "sector"]], None),
        ([["a", "b"], ["c", "d"]], None),
        ([["", ""], ["firm", "sector"]], None),
        ([], None),
    ],
)
def test_a_title_above_the_column_names(rows: list[list[object]], remedy: str | None) -> None:
    fault = names_below_title(rows, TABLES["firms"], "firms.csv")
    assert (fault.remedy if fault else None) == remedy


def test_plain_names() -> None:
    assert plain_name(" Final  Demand") == plain_name("final-demand") == "final_demand"

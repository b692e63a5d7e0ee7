import numpy as np
import pandas as pd
import pytest

from valuechain.io.csv_files import csv_bytes, parse_csv
from valuechain.io.csv_text import has_regular_quotes, sniff_separator
from valuechain.schema import TABLES, RawTable

FIRMS = TABLES["firms"]


def parse(data: str | bytes, table: str = "firms") -> RawTable:
    return parse_csv(data if isinstance(data, bytes) else data.encode(), f"{table}.csv", TABLES[table])


def cells(raw: RawTable) -> list[list[str]]:
    return [list(row) for row in raw.frame.itertuples(index=False)]


PLAIN = "firm,sector,name\nF1,C10,Müller\nF2,C11,Ozols\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_dialects_give_the_same_cells(separator: str, end: str, encoding: str) -> None:
    raw = parse(PLAIN.replace(",", separator).replace("\n", end).encode(encoding))
    assert list(raw.frame.columns) == ["firm", "sector", "name"]
    assert cells(raw) == [["F1", "C10", "Müller"], ["F2", "C11", "Ozols"]]
    assert raw.row_numbers().tolist() == [2, 3]
    assert raw.separator == separator
    assert raw.faults == []
    assert bool(raw.notes) == (encoding == "cp1252")


def test_a_guessed_encoding_is_told() -> None:
    (note,) = parse(PLAIN.encode("cp1252")).notes
    assert note.startswith("firms.csv row 2: is not UTF-8 and the file was read as Windows-1252; if letters look wrong")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("firm,sector\n\nF1,C\n\n\nF2,C\n", [3, 6]),
        ("\n\nfirm,sector\nF1,C\n", [4]),
        ("firm,sector\n,\nF1,C\n", [3]),
        ('firm,sector\n"F\n1",C\n\nF2,C\n', [2, 4]),
        ("sep=;\nfirm;sector\nF1;C\n", [2]),
        ('"sep=;"\r\nfirm;sector\r\nF1;C', [2]),
        ("firm,sector,name\nF1,C\nF2,C,N\n", [2, 3]),
        ("firm,sector\nF1,C,,\nF2,C\n", [2, 3]),
        ("firm,sector\r\rF1,C\r", [3]),
    ],
)
def test_rows_are_those_a_spreadsheet_shows(text: str, rows: list[int]) -> None:
    raw = parse(text)
    filled = [any(cell.strip() for cell in row) for row in cells(raw)]
    assert raw.row_numbers()[filled].tolist() == rows
    assert raw.faults == []


def test_quoted_cells_keep_what_they_hold() -> None:
    raw = parse('firm,sector,name\n"F,1","C\r\n10","say ""hi"""\nF2,C,5" pipe\n')
    assert cells(raw) == [["F,1", "C\r\n10", 'say "hi"'], ["F2", "C", '5" pipe']]
    assert raw.faults == []


def test_a_mark_inside_the_text_is_no_byte_order_mark() -> None:
    assert cells(parse("firm,sector\n\ufeffx,C\n")) == [["\ufeffx", "C"]]


def test_a_cell_may_be_larger_than_the_limit_of_the_csv_module() -> None:
    text = "x" * 300_000
    assert cells(parse(f'firm,sector\n\nF1,"{text}"\n'))[-1] == ["F1", text]


@pytest.mark.parametrize(
    ("text", "table", "separator"),
    [
        ("cluster\nA, B\n", "clusters", ","),
        ("firm;sector;name\nF1;C;a, b, c, d\n", "firms", ";"),
        ("firm\tsector\tname\nF1\tC;10\ta, b\n", "firms", "\t"),
        ("Report, made in May, by us\nfirm;sector\nF1;C\n", "firms", ";"),
        ('"a;b",x\n"c;d",y\n', "firms", ","),
    ],
)
def test_the_separator_is_found(text: str, table: str, separator: str) -> None:
    assert sniff_separator(text, TABLES[table]) == separator


@pytest.mark.parametrize(
    ("text", "regular"),
    [
        ('a,"b"\n"c""d",e', True),
        ('""', True),
        ('"a\n,b"', True),
        ('a,"b', False),
        ('a"b"', False),
        ('"a"b', False),
        ('5" pipe,5" pipe', False),
    ],
)
def test_irregular_quotes_are_seen(text: str, regular: bool) -> None:
    assert has_regular_quotes(text, ",") == regular


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("'=x", "''=x"),
        ("''=x", "'''=x"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
        ("a,b", '"a,b"'),
        ('"', '""""'),
        ("=a,b", '"\'=a,b"'),
        ("a\nb", '"a\nb"'),
    ],
)
def test_formulas_are_kept_from_running_and_come_back(cell: str, written: str) -> None:
    data = csv_bytes(pd.DataFrame({"firm": [cell], "sector": ["C"]})).decode()
    assert data == f"firm,sector\n{written},C\n"
    assert cells(parse(data)) == [[cell, "C"]]


def test_numbers_are_short_and_exact() -> None:
    numbers = [3.0, 0.1, -0.0, 1e-7, 1 / 3, 5e-324, 123456789012345.0, 1e100, -2.5, np.nan]
    data = csv_bytes(pd.DataFrame({"firm": "x", "output": numbers})).decode()
    written = [line.split(",")[1] for line in data.splitlines()[1:]]
    assert written[:5] == ["3", "0.1", "-0", "1e-7", "0.3333333333333333"]
    assert written[-2:] == ["-2.5", ""]
    assert [float(text) for text in written[:-1]] == numbers[:-1]


def test_a_table_without_rows_has_its_header() -> None:
    empty = pd.DataFrame({"firm": pd.Series([], dtype="str"), "=x": pd.Series([], dtype="str")})
    assert csv_bytes(empty) == b"firm,'=x\n"
    assert list(parse(csv_bytes(empty)).frame.columns) == ["firm", "=x"]


def test_columns_in_chunks_and_slices_are_written_right() -> None:
    frame = pd.concat([pd.DataFrame({"firm": ["a", None], "sector": ["x", "y"]}, dtype="str")] * 3)
    assert csv_bytes(frame.iloc[1:4]) == b"firm,sector\n,y\na,x\n,y\n"


def test_columns_of_truth_values_are_written_with_unknown_ones_empty() -> None:
    frame = pd.DataFrame({"a": [True, False, True], "b": pd.Series([True, None, False], dtype=object)})
    assert csv_bytes(frame) == b"a,b\ntrue,true\nfalse,\ntrue,false\n"
    lonely = pd.DataFrame({"a": pd.Series([None, None], dtype=object), "b": pd.Series([None, None], dtype="str")})
    assert csv_bytes(lonely) == b"a,b\n,\n,\n"

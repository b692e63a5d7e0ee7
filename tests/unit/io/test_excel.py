"""Workbooks: exact round trips, and a message with file, row and remedy for whatever is wrong with one."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from valuechain.errors import DataWarning, InvalidDataError, OutputExistsError, UnreadableFileError
from valuechain.io.excel import read_workbook, write_workbook
from valuechain.io.excel_metadata import metadata_from_rows, rows_from_metadata
from valuechain.network import Network

HOSTILE = [
    "007",
    "1e5",
    "12345678901234567890",
    "=cmd|' /C calc'!A0",
    "'x",
    "🏭",
    "a_x000D_b",
    "+1",
    "-2",
    "@x",
    "TRUE",
]


def hostile_network() -> Network:
    count = len(HOSTILE)
    names = ["a\nb", "x\r\ny", "\ufffe", "'", "-", "_x005F_", "_x", "x" * 32_767, None, "1", "N/A"]
    numbers = [0.1 + 0.2, 1e30, 1e15, 1e17, -0.0, 3, None, 5e-324, 7, 8, 1 / 3]
    firms = pd.DataFrame(
        {
            "firm": HOSTILE,
            "sector": ["10"] * count,
            "name": names,
            "own number": numbers,
            "own code": ["007"] * (count - 1) + ["5"],
            "nothing": [None] * count,
        }
    )
    links = pd.DataFrame({"supplier": HOSTILE[:-1], "buyer": HOSTILE[1:], "flow": [0.1] * (count - 1)})
    essential = pd.DataFrame({"input": ["10"], "buyer_sector": ["10"], "class": [2]})
    return Network.from_tables(
        firms,
        links,
        essential=essential,
        name="=1+1",
        essential_rule={"min_share": 0.02},
        year=2024,
        synthetic=True,
        notes="123",
        whole_fraction=1.0,
        empty="",
        nested=[1, 2, {"a": 1.0, "b": [True]}],
        huge=2**70,
        **{" blanks ": "v"},
    )


def save(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def small(**changes: list[list[Any]]) -> dict[str, list[list[Any]]]:
    sheets: dict[str, list[list[Any]]] = {
        "network": [["key", "value"], ["format", 1], ["name", "small"]],
        "firms": [["firm", "sector"], ["a", "C10"], ["b", "C10"]],
        "links": [["supplier", "buyer", "flow"], ["a", "b", 5]],
    }
    return sheets | changes


def faults_of(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(InvalidDataError) as caught:
            read_workbook(path)
    return str(caught.value)


def test_round_trip_is_exact(tmp_path: Path) -> None:
    net = hostile_network()
    write_workbook(net, tmp_path / "book.xlsx")
    back = read_workbook(tmp_path / "book.xlsx")
    assert back == net
    assert back.fingerprint == net.fingerprint


def test_numbers_stay_numbers_when_another_program_saves_the_file(tmp_path: Path) -> None:
    firms = pd.DataFrame({"firm": ["a", "b"], "sector": "x", "my number": [1e15, 0.25]})
    net = Network.from_tables(firms, pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1e17]}))
    write_workbook(net, tmp_path / "book.xlsx")
    openpyxl.load_workbook(tmp_path / "book.xlsx").save(tmp_path / "again.xlsx")
    assert read_workbook(tmp_path / "again.xlsx") == net


def test_number_of_hundreds_of_digits_is_a_fault(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", small(links=[["supplier", "buyer", "flow", "own"], ["a", "b", 5, 6]]))
    replace_in(path, "xl/worksheets/sheet3.xml", b"<v>5</v>", b"<v>" + b"9" * 400 + b"</v>")
    replace_in(path, "xl/worksheets/sheet3.xml", b"<v>6</v>", b"<v>" + b"9" * 5000 + b"</v>")
    with pytest.raises((InvalidDataError, UnreadableFileError)):
        read_workbook(path)


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    write_workbook(hostile_network(), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    guarded = [c for c in cells if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@"))]
    assert guarded
    assert all(c.quotePrefix for c in guarded)


def test_header_is_bold_and_frozen(tmp_path: Path) -> None:
    write_workbook(hostile_network(), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.sheetnames == ["network", "firms", "links", "essential"]
    assert all(sheet.freeze_panes == "A2" and sheet["A1"].font.bold for sheet in book)


def test_existing_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        write_workbook(hostile_network(), path)
    assert path.read_bytes() == b"mine"
    write_workbook(hostile_network(), path, force=True)
    assert read_workbook(path) == hostile_network()


def test_text_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    firms = pd.DataFrame({"firm": ["a", "b"], "sector": "x", "name": ["n", "\r" * 1 + "y" * 32_765 + "\rz"]})
    net = Network.from_tables(firms, pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1.0]}))
    with pytest.raises(InvalidDataError, match=r"book.xlsx sheet firms row 3: name is longer than the 32,767"):
        write_workbook(net, tmp_path / "book.xlsx")
    assert not (tmp_path / "book.xlsx").exists()


def test_sheet_names_may_differ_in_case_and_blanks(tmp_path: Path) -> None:
    sheets = small()
    renamed = {" Firms": sheets["firms"], "LINKS": sheets["links"], "Net Work": sheets["network"], "sums": [["x"]]}
    assert read_workbook(save(tmp_path / "b.xlsx", renamed)).n_links == 1


def test_misspelt_required_sheet_is_suggested(tmp_path: Path) -> None:
    sheets = small()
    sheets["link"] = sheets.pop("links")
    message = faults_of(save(tmp_path / "b.xlsx", sheets))
    assert message == "b.xlsx: has no sheet 'links'; rename sheet 'link' to 'links'"


def test_misspelt_optional_sheet_warns(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", small(member=[["firm", "cluster"], ["a", "k"]]))
    with pytest.warns(DataWarning, match="sheet 'member' is ignored; did you mean 'members'"):
        assert read_workbook(path).table("members") is None


def test_without_network_sheet_the_file_names_it(tmp_path: Path) -> None:
    sheets = small()
    del sheets["network"]
    path = save(tmp_path / "rhine.xlsx", sheets)
    with pytest.warns(DataWarning, match="has no sheet 'network'; name 'rhine' and format 1 are assumed"):
        assert read_workbook(path).name == "rhine"


def test_typed_cells_become_what_the_schema_wants(tmp_path: Path) -> None:
    firms = [["firm", "sector", "flag"], [7, 10.0, True], ["b", "C10", False]]
    links = [["supplier", "buyer", "flow", "date"], [7.0, "b", "5", dt.date(2025, 3, 31)]]
    net = read_workbook(save(tmp_path / "b.xlsx", small(firms=firms, links=links)))
    assert net.firms["firm"].tolist() == ["7", "b"]
    assert net.firms["sector"].tolist() == ["10", "C10"]
    assert net.links["date"].tolist() == ["2025-03-31"]
    assert net.flow.tolist() == [5.0]


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    links = [["supplier", "buyer", "flow"], [], ["a", "b", 5], [], [], ["a", "nobody", 5]]
    message = faults_of(save(tmp_path / "b.xlsx", small(links=links)))
    assert message.startswith("b.xlsx sheet links row 6: buyer 'nobody' is not in firms")


def test_title_above_the_header_is_named(tmp_path: Path) -> None:
    firms = [["Our firms 2024", None], ["firm", "sector"], ["a", "C10"], ["b", "C10"]]
    message = faults_of(save(tmp_path / "b.xlsx", small(firms=firms)))
    assert "b.xlsx sheet firms row 1" in message
    assert "delete row 1" in message


def test_error_cells_are_faults(tmp_path: Path) -> None:
    links = [["supplier", "buyer", "flow", "lead_days", "own"], ["a", "b", "#N/A", "#REF!", "#VALUE!"]]
    network = [["key", "value"], ["format", 1], ["name", "x"], ["source", "#REF!"]]
    message = faults_of(save(tmp_path / "b.xlsx", small(links=links, network=network)))
    for part in ("links row 2: flow '#N/A'", "lead_days '#REF!'", "own '#VALUE!'", "network row 4: value '#REF!'"):
        assert f"{part} is an error of the spreadsheet; mend the formula" in message
    assert message.count("\n") == 3


def test_formula_without_value_is_a_fault(tmp_path: Path) -> None:
    links = [["supplier", "buyer", "flow"], ["a", "b", "=1+4"]]
    message = faults_of(save(tmp_path / "b.xlsx", small(links=links)))
    assert "row 2: C '=1+4' was never calculated; open and save it in the spreadsheet program" in message


def test_formula_with_value_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", small(links=[["supplier", "buyer", "flow"], ["a", "b", "=1+4"]]))
    replace_in(path, "xl/worksheets/sheet3.xml", b"<v></v>", b"<v>5</v>", b"<v />")
    assert read_workbook(path).flow.tolist() == [5.0]


def replace_in(path: Path, part: str, old: bytes, new: bytes, old_too: bytes = b"") -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part]
    parts[part] = before.replace(old, new) if old in before else before.replace(old_too, new)
    assert parts[part] != before
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def test_code_of_more_than_15_digits_as_a_number_is_a_fault(tmp_path: Path) -> None:
    firms = [["firm", "sector"], ["a", "C10"], ["b", 1234567890123456]]
    assert "row 3: sector '1234567890123456' is a number of more than 15 digits" in faults_of(
        save(tmp_path / "b.xlsx", small(firms=firms))
    )


def test_all_faults_at_once(tmp_path: Path) -> None:
    sheets = small(
        network=[["key", "value"], ["format", 2], ["name", "x"], [None, "orphan"], ["name", "y"]],
        links=[["supplier", "buyer", "flow"], ["a", "q", -5]],
    )
    message = faults_of(save(tmp_path / "b.xlsx", sheets))
    for part in ("format '2'", "has no key", "name is there twice", "buyer 'q'", "flow '-5' is negative"):
        assert part in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"firm;sector\na;b\n", "not an .xlsx workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "has a password or is an old .xls"),
        (b"PK\x03\x04 broken", "cannot be opened"),
    ],
)
def test_files_that_are_no_workbook(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=words):
        read_workbook(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_workbook(tmp_path / "none.xlsx")


def test_damaged_workbooks_never_end_in_a_traceback(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.xlsx", small()).read_bytes()
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        names = archive.namelist()
    for lost in names:
        with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(path, "w") as target:
            for name in names:
                target.writestr(name, b"<broken" if name == lost else source.read(name))
        try:
            read_workbook(path)
        except (UnreadableFileError, InvalidDataError):
            continue
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreadableFileError):
            read_workbook(path)


def test_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "b.xlsx", small())
    monkeypatch.setattr("valuechain.io.excel.MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableFileError, match="unpacks to"):
        read_workbook(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", small())
    declared = b'<!DOCTYPE x [<!ENTITY a "b">]><workbook '
    replace_in(path, "xl/workbook.xml", b"<workbook ", declared)
    with pytest.raises(UnreadableFileError, match="declares XML entities"):
        read_workbook(path)


def test_hidden_sheets_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", small())
    book = openpyxl.load_workbook(path)
    book["links"].sheet_state = "hidden"
    book.save(path)
    assert read_workbook(path).n_links == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["key", "value"], ["Year", "2024"]], {"year": 2024}),
        ([["year", 2024.0]], {"year": 2024}),
        ([["synthetic", "TRUE"]], {"synthetic": True}),
        ([["name", 2024]], {"name": "2024"}),
        ([["essential_rule", "min_share = 0.02"]], {"essential_rule": {"min_share": 0.02}}),
        ([["essential_rule.min_share", 0.02]], {"essential_rule": {"min_share": 0.02}}),
        ([["essential_rule", "physical"]], {"essential_rule": "physical"}),
        ([["currency", None]], {}),
        ([["own", "[1]", "json"]], {"own": [1]}),
    ],
)
def test_metadata_cells(rows: list[list[Any]], expected: dict[str, Any]) -> None:
    metadata, faults = metadata_from_rows(list(enumerate(rows, start=1)), "f")
    assert metadata == expected
    assert not faults


def test_metadata_that_is_not_json() -> None:
    _, faults = metadata_from_rows([(2, ["own", "[1", "json"])], "f")
    assert str(faults[0]) == "f row 2: own '[1' is not JSON; mend it, or empty column C and write plain text"


def test_metadata_rows_have_two_columns_where_they_can() -> None:
    assert all(not kind for _, _, kind in rows_from_metadata({"name": "x", "year": 2024, "synthetic": True}))

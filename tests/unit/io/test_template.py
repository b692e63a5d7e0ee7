"""The empty workbook: made from the schema, readable once firms and links are filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from valuechain.errors import InvalidDataError, OutputExistsError
from valuechain.io.excel import read_workbook
from valuechain.io.template import REQUIRED_FILL, write_template
from valuechain.schema import TABLES


def filled(path: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    write_template(path)
    book = openpyxl.load_workbook(path)
    for name, table_rows in rows.items():
        sheet = book[name]
        place = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(table_rows, start=2):
            for column, value in row.items():
                sheet.cell(number, place[column], value)
    book.save(path)
    return path


def test_firms_and_links_are_enough(tmp_path: Path) -> None:
    rows = {
        "firms": [{"firm": "a", "sector": 10}, {"firm": "b", "sector": "C10"}],
        "links": [{"supplier": "a", "buyer": "b", "flow": 5, "status": "declared"}],
    }
    net = read_workbook(filled(tmp_path / "t.xlsx", rows))
    assert dict(net.metadata) == {"name": "my network"}
    assert set(net.tables) == {"firms", "links"}


def test_empty_template_says_what_to_fill(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    with pytest.raises(InvalidDataError) as caught:
        read_workbook(tmp_path / "t.xlsx")
    assert [f.problem for f in caught.value.faults] == ["has no rows", "has no rows"]


def test_every_column_is_there_and_explained(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["read me", "network", *TABLES]
    explained = {(row[0].value, row[1].value) for row in book["read me"].iter_rows()}
    for table in TABLES.values():
        header = book[table.name][1]
        assert [c.value for c in header] == list(table.column_names)
        for cell, column in zip(header, table.columns, strict=True):
            assert column.meaning in cell.comment.text
            assert (cell.fill.fgColor.rgb == REQUIRED_FILL.fgColor.rgb) == column.required
            assert cell.comment.text.startswith("REQUIRED") == column.required
            assert (table.name, column.name) in explained


def test_choices_are_lists(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    lists = {str(v.formula1) for name in TABLES for v in book[name].data_validations.dataValidation}
    assert '"0,1,2"' in lists
    assert '"declared,validated,inferred,candidate"' in lists


def test_existing_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("mine")
    with pytest.raises(OutputExistsError):
        write_template(tmp_path / "t.xlsx")
    write_template(tmp_path / "t.xlsx", force=True)

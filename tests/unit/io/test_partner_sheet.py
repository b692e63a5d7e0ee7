"""The workbook of partners: what is written comes back, names run nothing, and every fault of an edit is told."""

import zipfile

import openpyxl
import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import InvalidDataError, OutputExistsError, ParameterError, UnreadableFileError
from valuechain.io.partner_sheet import STATUSES, read_partner_sheet, write_partner_sheet
from valuechain.recommend.sheet import with_status

HOSTILE = '=HYPERLINK("http://x","y")'
ROWS = pd.DataFrame(
    {
        "candidate": [HOSTILE, "+b", "c"],
        "product": ["@q", "@q", "-r"],
        "buyer": ["z", "y", "z"],
        "loss_cut": [1.5, 2.5, float("nan")],
        "country": ["DEU", None, "POL"],
    }
)


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "partners.xlsx"
    write_partner_sheet(ROWS, path, names={"c": "=1+1"}, units={"loss_cut": "kEUR"})
    return path


def edited(path, **cells):
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book["partners"][cell] = value
    book.save(path)


def test_what_is_written_comes_back_and_no_cell_is_a_formula(sheet):
    back = read_partner_sheet(sheet)
    assert back.to_numpy().tolist() == [[*row, "candidate"] for row in ROWS.iloc[:, :3].to_numpy().tolist()]
    with zipfile.ZipFile(sheet) as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist())
    book = openpyxl.load_workbook(sheet)
    assert [c.data_type for c in book["partners"]["A"][2:]] == ["s", "s", "s"]
    assert book["partners"]["A3"].quotePrefix
    assert book["partners"]["B5"].value == "=1+1"
    assert book["partners"]["B5"].data_type == "s"
    assert book["evidence"]["D4"].value == "loss_cut, kEUR"
    assert book["evidence"]["D5"].value == 1.5
    assert book["evidence"]["D7"].value is None
    assert book["partners"].data_validations.dataValidation[0].formula1 == '"' + ",".join(STATUSES) + '"'


def test_what_people_edit_is_read_and_kept_in_a_new_workbook(sheet, tmp_path):
    edited(sheet, D3="Agreed ", E4=None, F5="active")
    back = read_partner_sheet(sheet)
    assert back["status"].tolist() == ["agreed", "active"]
    again = with_status(ROWS, back)
    assert again["status"].tolist() == ["agreed", "candidate", "active"]
    write_partner_sheet(again, tmp_path / "next.xlsx")
    assert read_partner_sheet(tmp_path / "next.xlsx")["status"].tolist() == ["agreed", "candidate", "active"]


def test_every_fault_of_an_edit_is_told(sheet):
    edited(sheet, D3="agred", E6="active", A5="+b", F2=None)
    with pytest.raises(InvalidDataError) as told:
        read_partner_sheet(sheet)
    said = str(told.value)
    assert "row 3: cell D3 'agred' is no status; did you mean 'agreed'?" in said
    assert "row 6: has no candidate in column A" in said
    assert "row 5: '+b' is in row 4 already" in said
    assert "column F1 has no product in row 1 or no buyer in row 2" in said


def test_what_is_no_such_workbook_is_refused(tmp_path, sheet):
    with pytest.raises(OutputExistsError):
        write_partner_sheet(ROWS, sheet)
    write_partner_sheet(ROWS, sheet, force=True)
    with pytest.raises(ParameterError, match="there is no partner to write"):
        write_partner_sheet(ROWS.iloc[:0], tmp_path / "x.xlsx")
    with pytest.raises(ParameterError, match="has no column buyer"):
        write_partner_sheet(ROWS[["candidate", "product"]], tmp_path / "x.xlsx")
    with pytest.raises(ParameterError, match="status 'maybe' is none"):
        write_partner_sheet(ROWS.assign(status="maybe"), tmp_path / "x.xlsx")
    (tmp_path / "text.xlsx").write_text("a,b")
    with pytest.raises(UnreadableFileError):
        vc.read_partners(tmp_path / "text.xlsx")
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InvalidDataError, match="has no sheet 'partners'"):
        vc.read_partners(tmp_path / "other.xlsx")

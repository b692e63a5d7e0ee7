"""The workbook of partners: what is written comes back, names run nothing, and every fault of an edit is told."""

import zipfile

import openpyxl
import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import DataWarning, InvalidDataError, OutputExistsError, ParameterError, UnreadableFileError
from valuechain.io.partner_sheet import STATUSES, read_partner_sheet, write_partner_sheet
from valuechain.recommend.sheet import KEY, with_status, write_partners
from valuechain.results import Result

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
    assert book["partners"].data_validations.dataValidation[0].showErrorMessage
    assert book["partners"].data_validations.dataValidation[0].formula1 == '"' + ",".join(STATUSES) + '"'


def test_what_people_edit_is_read_and_kept_in_a_new_workbook(sheet, tmp_path):
    edited(sheet, D3="Agreed ", E4=None, F5="qualified")
    back = read_partner_sheet(sheet)
    assert back["status"].tolist() == ["agreed", "qualified"]
    again = with_status(ROWS, back)
    assert again["status"].tolist() == ["agreed", "candidate", "qualified"]
    write_partner_sheet(again, tmp_path / "next.xlsx")
    assert read_partner_sheet(tmp_path / "next.xlsx")["status"].tolist() == ["agreed", "candidate", "qualified"]


def test_every_fault_of_an_edit_is_told(sheet):
    edited(sheet, D3="agred", E6="active", A5="+b", F2=None)
    with pytest.raises(InvalidDataError) as told:
        read_partner_sheet(sheet)
    said = str(told.value)
    assert "row 3: cell D3 'agred' is no status; did you mean 'agreed'?" in said
    assert "row 6: has no candidate in column A" in said
    assert "row 5: '+b' is in row 4 already" in said
    assert "column F1 has no product in row 1 or no buyer in row 2" in said


def test_a_formula_is_refused_by_its_cell_and_hostile_text_is_none(sheet):
    edited(sheet, D3='="active"', B4="=1+1", A5="=B5")
    with pytest.raises(InvalidDataError) as told:
        read_partner_sheet(sheet)
    said = str(told.value)
    assert "cell D3 is a formula; write the word itself" in said
    assert "cell A5 is a formula" in said
    assert "B4" not in said
    assert "A3" not in said  # begins with = and is text


def test_rows_that_are_no_suggestions_today_are_said_and_kept(tmp_path):
    more = pd.DataFrame([["Nobody", "new", "w", "contacted"], ["c", "-r", "z", "agreed"]], columns=[*KEY, "status"])
    with pytest.warns(
        DataWarning, match=r"1 row of the workbook not among today.s suggestions: Nobody for new of w \(contacted\);"
    ):
        assert with_status(ROWS, more)["status"].tolist() == ["candidate", "candidate", "agreed"]
    net = vc.example("baltic_mobility")
    found = Result(table=ROWS.drop(columns="country"), title="t")
    write_partners(net, found, tmp_path / "next.xlsx", statuses=more)
    back = read_partner_sheet(tmp_path / "next.xlsx").set_index(KEY)["status"]
    assert back["Nobody", "new", "w"] == "contacted"
    assert back["c", "-r", "z"] == "agreed"
    assert len(back) == 4


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

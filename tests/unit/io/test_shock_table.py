"""Files of shocks: the dialects of spreadsheets, and every fault with its row."""

from __future__ import annotations

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DataWarning, InvalidDataError, UnreadableFileError

NETWORK = network_of(
    [("z", "ä", 1.0), ("ä", "b", 2.0)], firms={"name": {"z": "Zeche"}}, essential_rule="all", name="tiny"
)


def read(tmp_path, data: str | bytes, name: str = "shocks.csv") -> pd.DataFrame:
    file = tmp_path / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return vc.read_shocks(file, network=NETWORK)


@pytest.mark.parametrize(
    "text",
    [
        "scenario,firm,supply,demand\nx,z,0.5,0\nx,ä,1,0.25\n",
        "scenario;firm;supply;demand\nx;z;0,5;0\nx;ä;1;0,25\n",
        "sep=;\nscenario;firm;supply;demand\nx;z;0,5;0\nx;ä;1;0,25\n",
        "Scenario\tFirm\tSupply\tDemand\r\nx\tz\t50%\t0\r\nx\tä\t100 %\t0,25\r\n",
        '\ufefffirm;demand;supply;scenario\nz;0;"0,500";x\n\nä;0,250;1,000;x\n;;;\n',
        "scenario,firm,supply,demand\nx,z,50%,0%\nx,ä,100.0%,25%\n",
    ],
)
def test_dialects_say_the_same(tmp_path, text):
    frame = read(tmp_path, text)
    assert list(frame.columns) == ["scenario", "firm", "supply", "demand"]
    assert frame.to_numpy().tolist() == [["x", "z", 0.5, 0.0], ["x", "ä", 1.0, 0.25]]


def test_windows_letters_are_read_and_said(tmp_path):
    with pytest.warns(DataWarning, match="read as Windows-1252"):
        frame = read(tmp_path, "firm;supply\nä;0,5\n".encode("cp1252"))
    assert frame.to_numpy().tolist() == [["ä", 0.5]]


def test_parquet(tmp_path):
    pd.DataFrame({"firm": ["z"], "supply": [0.5]}).to_parquet(tmp_path / "s.parquet")
    assert vc.read_shocks(tmp_path / "s.parquet", network=NETWORK)["supply"].tolist() == [0.5]


def test_all_faults_are_listed_by_row(tmp_path):
    text = "scenario,firm,supply,demand\nx,z,0.5,\nx,z,1,0\nx,Zeche,-1,0\n,b,50,much\nx,c,0,150%\n"
    with pytest.raises(InvalidDataError) as caught:
        read(tmp_path, text)
    assert str(caught.value).splitlines() == [
        "shocks.csv row 2: demand is empty; write 0 if no demand is lost, or drop the row",
        "shocks.csv row 3: scenario / firm 'x / z' is a duplicate (first in row 2); keep one of the rows",
        "shocks.csv row 4: supply '-1' is outside 0..1; write a number from 0 to 1",
        "shocks.csv row 4: firm 'Zeche' is the name of a firm, not its id; write 'z'",
        "shocks.csv row 5: scenario is empty; give the scenario, or drop the row",
        "shocks.csv row 5: supply '50' is outside 0..1; write a number from 0 to 1",
        "shocks.csv row 5: demand 'much' is not a number; write digits without a unit, or drop the row",
        "shocks.csv row 6: demand '1.5' is outside 0..1; write a number from 0 to 1",
        "shocks.csv row 6: firm 'c' is not in firms; add it or drop the row",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "is empty"),
        ("firm,supply\n", "has no rows"),
        ("firm,suply\nz,1\n", "column 'suply' is not known; did you mean 'supply'"),
        ("firm,size\nz,1\n", "has neither a column supply nor demand"),
        ("firms,supply\nz,1\n", "'firm'"),
        ("z,1\n", "column names"),
        ("My shocks\n\nfirm,supply\nz,1\n", "delete rows 1 to 2"),
        ('firm,supply\n"z,1\n', "quote"),
        ("firm,supply\nz,1,2\n", "more cells than the header"),
        ("firm;supply\nz;0,5\nb;0.5\n", "decimal sign"),
        ("firm,supply,supply\nz,1,1\n", "more than once"),
        (b"PK\x03\x04", "workbook"),
        (b"\xff\xfe\x00", "encoding"),
    ],
)
def test_files_that_are_no_table_of_shocks(tmp_path, data, words):
    with pytest.raises(InvalidDataError, match=words):
        read(tmp_path, data)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "shocks.csv").write_text("")
    with pytest.raises(UnreadableFileError, match=r"no such file; did you mean 'shocks\.csv'"):
        vc.read_shocks(tmp_path / "shock.csv", network=NETWORK)
    with pytest.raises(UnreadableFileError, match="is a folder; give a file"):
        vc.read_shocks(tmp_path, network=NETWORK)
    (tmp_path / "s.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(InvalidDataError, match="is a workbook; save the sheet with the shocks as CSV"):
        vc.read_shocks(tmp_path / "s.xlsx", network=NETWORK)

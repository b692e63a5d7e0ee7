"""The command exposure: formats, choices, faults, and what it says while it works."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from valuechain.analysis import exposure as module
from valuechain.cli import group, output

NET = "eu_battery"


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, ["exposure", *(str(a) for a in arguments)])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    if code:
        assert ended.stdout == ""
    return ended


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    with pytest.warns(vc.ValueChainWarning):
        return vc.exposure(vc.example(NET)).table


def test_csv_holds_what_python_gives(expected):
    table = pd.read_csv(io.StringIO(run(NET, "--format", "csv").stdout))
    assert [*expected.columns, "name"] == list(table.columns)
    assert table["exposed"].dtype == bool
    pd.testing.assert_frame_equal(table.drop(columns="name"), expected, check_dtype=False, rtol=1e-12)
    assert table["buyers_survive"].max() == float("inf")


def test_json_has_null_for_never(expected):
    data = json.loads(run(NET, "--format", "json").stdout)
    assert len(data["rows"]) == len(expected)
    never = [row["firm"] for row in data["rows"] if row["buyers_survive"] is None]
    assert never == expected["firm"][expected["buyers_survive"] == float("inf")].tolist()
    assert data["units"]["performance_impact"] == "MUSD"
    assert data["parameters"]["recovery_days"] == 30.0


def test_the_table_has_words_and_the_rows_asked_for():
    ended = run(NET, "--top", 3)
    assert "never" in ended.stdout
    assert "yes" in ended.stdout
    assert "(3 of 95 rows; --top shows more, --format csv all)" in ended.stdout
    assert "Rests on: model: time to survive" in ended.stdout
    assert "note: 95 of 95 firms give no recovery_days" in ended.stderr


def test_a_narrow_terminal_gets_the_days_and_the_impact(monkeypatch):
    monkeypatch.setattr("valuechain.cli.exposure.is_narrow", lambda: True)
    text = run(NET, "--top", 3).stdout
    assert "a wider terminal shows more columns" in text
    assert "elsewhere" not in text.split("Rests on")[0].splitlines()[-8]


def test_one_firm_with_other_defaults():
    table = pd.read_csv(
        io.StringIO(run(NET, "--firm", "CHN.cells", "--recovery-days", 90, "--stock-days", 5, "--format", "csv").stdout)
    )
    assert table["firm"].tolist() == ["CHN.cells"]
    assert table["time_to_recover"].tolist() == [90]
    with pytest.warns(vc.ValueChainWarning):
        same = vc.exposure(vc.example(NET), firms=["CHN.cells"], recovery_days=90, stock_days=5).table
    assert table["performance_impact"][0] == pytest.approx(same["performance_impact"][0], rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--firm", "CHN.cellz"], 3, "did you mean 'CHN.cells'"),
        (["--recovery-days", "0"], 2, "recovery-days"),
        (["--stock-days", "-1"], 2, "stock-days"),
        (["--output", "x.xlsx"], 2, "name a file that ends in .txt, .csv or .json"),
    ],
)
def test_faults(arguments, code, words):
    assert words in run(NET, *arguments, code=code).stderr


def test_a_network_with_nothing_to_lose_is_bad_data(tmp_path):
    (tmp_path / "network.toml").write_text('format = 1\nname = "n"\nessential_rule = "all"\n')
    (tmp_path / "firms.csv").write_text("firm,sector,final_demand\na,s,0\nb,t,0\n")
    (tmp_path / "links.csv").write_text("supplier,buyer,flow\na,b,1\nb,a,2\n")
    assert "final_demand is above 0 for no firm" in run(tmp_path, code=3).stderr


def test_output_is_written_and_kept(tmp_path):
    file = tmp_path / "exposure.csv"
    run(NET, "--firm", "CHN.cells", "--output", file)
    assert pd.read_csv(file)["firm"].tolist() == ["CHN.cells"]
    assert "exists and was kept" in run(NET, "--output", file, code=2).stderr


def test_an_interrupt_ends_with_130_and_no_result(monkeypatch):
    done = []

    def interrupted(solver, firm):
        done.append(firm)
        if len(done) == 3:
            raise KeyboardInterrupt
        return real(solver, firm)

    real = module.WarmSolver.without
    monkeypatch.setattr(module.WarmSolver, "without", interrupted)
    assert "interrupted" in run(NET, code=130).stderr


def test_days_that_never_end_are_a_word_only_for_days():
    assert output.cell(float("inf"), "days") == "never"
    assert output.cell(float("inf"), "kEUR") == "inf"

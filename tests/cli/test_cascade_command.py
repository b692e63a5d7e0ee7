"""The command cascade: many scenarios, tables of shocks, groups that fail, losses by group, names beside ids."""

from __future__ import annotations

import io
import json
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from tests.conftest import network_of
from valuechain.cli import group, names, output

BALTIC = "baltic_mobility"
QUAKE = 'name = "Quake"\n[[shock]]\nwhat = "capacity"\nwhere = { firms = ["FI-007"] }\nloss = 0.5\n'
STRIKE = '[[shock]]\nwhat = "demand"\nwhere = { country = "DE" }\nloss = 0.2\n'


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, ["cascade", *(str(a) for a in arguments)])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    if code:
        assert ended.stdout == ""
    return ended


def rows(*arguments: object) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(run(*arguments, "--format", "csv").stdout), dtype={"group": str, "failed": str})


def data(*arguments: object) -> dict:
    return json.loads(run(*arguments, "--format", "json").stdout)


@pytest.fixture
def folder(tmp_path):
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "quake.toml").write_text(QUAKE)
    (scenarios / "strike.toml").write_text(STRIKE)
    (scenarios / "notes.txt").write_text("no scenario")
    return scenarios


# ---- what fails


def test_a_folder_of_scenarios_and_its_files_say_the_same(folder):
    table = rows(BALTIC, "--scenario", folder)
    net = vc.example(BALTIC)
    expected = {
        name: vc.cascade(net, vc.read_scenario(folder / f"{file}.toml")).index
        for name, file in (("Quake", "quake"), ("strike", "strike"))
    }
    assert dict(zip(table["scenario"], table["index"], strict=True)) == pytest.approx(expected)
    both = rows(BALTIC, "--scenario", folder / "quake.toml", "--scenario", folder / "strike.toml")
    assert both.equals(table)


def test_a_folder_with_one_scenario_is_a_batch_and_one_file_is_not(folder):
    (folder / "strike.toml").unlink()
    assert next(iter(rows(BALTIC, "--scenario", folder).columns)) == "scenario"
    assert list(rows(BALTIC, "--scenario", folder / "quake.toml").columns)[:4] == [
        "firm",
        "loss",
        "loss_down",
        "loss_up",
    ]


def test_scenarios_of_one_name_are_told_apart(folder):
    (folder / "again.toml").write_text(QUAKE)
    names_given = set(rows(BALTIC, "--scenario", folder)["scenario"])
    assert names_given == {f"Quake ({folder / 'again.toml'})", f"Quake ({folder / 'quake.toml'})", "strike"}


def test_faults_of_all_files_are_listed(folder):
    (folder / "quake.toml").write_text(QUAKE.replace("FI-007", "FI-7"))
    (folder / "strike.toml").write_text(STRIKE.replace("DE", "DEX") + STRIKE.replace("country", "sector"))
    text = run(BALTIC, "--scenario", folder, code=3).stderr
    assert f"{folder / 'quake.toml'}: shock 1: where firms: firm 'FI-7' is not in network" in text
    assert f"{folder / 'strike.toml'}: shock 1: where country: 'DEX' selects nothing" in text
    assert f"{folder / 'strike.toml'}: shock 2: where sector: 'DE' selects nothing" in text
    (folder / "quake.toml").write_text(QUAKE.replace("loss", "lss"))
    (folder / "strike.toml").write_text("[[shock]")
    text = run(BALTIC, "--scenario", folder, code=3).stderr
    assert "quake.toml: shock 1: key 'lss' is not known; did you mean 'loss'?" in text
    assert "strike.toml: " in text


def test_an_ensemble_is_refused(folder):
    (folder / "quake.toml").write_text(QUAKE + "[ensemble]\nruns = 10\n")
    text = run(BALTIC, "--scenario", folder / "quake.toml", code=3).stderr
    assert "quake.toml: [ensemble] asks for many random runs, which need a model over time" in text


def test_a_table_of_shocks(tmp_path):
    file = tmp_path / "shocks.csv"
    file.write_bytes(
        "Scenario;Firm;Supply;Demand\nStörung;FI-007;0,5;0\nStörung;DE-023;1;50%\nquake;FI-061;0;1\n".encode("cp1252")
    )
    ended = run(BALTIC, "--shocks", file, "--format", "csv")
    assert "note: shocks.csv row 2: is not UTF-8" in ended.stderr
    table = pd.read_csv(io.StringIO(ended.stdout))
    assert list(table.columns) == [
        "scenario", "index", "index_down", "index_up", "direct", "indirect", "firms_hit", "sweeps",
    ]  # fmt: skip
    assert dict(zip(table["scenario"], table["firms_hit"], strict=True)) == {"Störung": 2, "quake": 1}


def test_a_table_without_scenarios_is_one_cascade(tmp_path):
    file = tmp_path / "shocks.csv"
    file.write_text("firm,supply\nFI-007,0.5\n")
    table = rows(BALTIC, "--shocks", file)
    shock = pd.DataFrame({"firm": ["FI-007"], "supply": [0.5]})
    expected = vc.cascade(vc.example(BALTIC), shock).table
    assert table["firm"].tolist() == expected["firm"].tolist()
    assert "no column demand" in run(BALTIC, "--shocks", file).stdout


def test_faults_of_a_table_of_shocks(tmp_path):
    file = tmp_path / "shocks.csv"
    file.write_text("scenario,firm,supply\nx,FI-7,2\nx,DE-023,1\nx,DE-023,1\n")
    before = file.read_bytes()
    text = run(BALTIC, "--shocks", file, "--output", tmp_path / "out.csv", code=3).stderr
    for part in ("row 2: supply '2' is outside 0..1", "row 2: firm 'FI-7' is not in firms", "row 4: scenario / firm"):
        assert f"shocks.csv {part}" in text
    assert file.read_bytes() == before
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("each", ["country", "sector", "cluster", "owner", "region"])
def test_each_group_in_turn(each):
    table = rows(BALTIC, "--each", each, "--loss", "50%")
    expected = vc.group_risk(vc.example(BALTIC), each=each, loss=0.5).table
    assert table["group"].tolist() == expected["group"].tolist()
    assert list(table.columns)[: expected.shape[1]] == list(expected.columns)


def test_a_measure_makes_no_groups():
    assert "firms group by sector, country" in run(BALTIC, "--each", "employees", code=2).stderr


def test_threads_change_nothing():
    assert rows(BALTIC, "--each", "owner", "--threads", "1").equals(rows(BALTIC, "--each", "owner", "--threads", "2"))


# ---- losses by group


def test_groups_of_one_cascade():
    table = rows(BALTIC, "--fail", "FI-007", "--by", "country")
    run_ = vc.cascade(vc.example(BALTIC), {"FI-007": 1.0})
    assert table["group"].tolist() == vc.group_losses(run_, by="country").table["group"].tolist()
    assert table["index"].sum() == pytest.approx(run_.index)
    both = data(BALTIC, "--fail", "FI-007", "--by", "country")
    assert len(both["rows"]) == 303
    assert [r["group"] for r in both["groups"]["rows"]] == table["group"].tolist()
    text = run(BALTIC, "--fail", "FI-007", "--by", "country", "--top", "3").stdout
    assert "Cascade: failure of FI-007, by country" in text
    assert "3 of 303 rows" in text
    assert "3 of 8 rows" in text


def test_groups_of_many_scenarios(folder):
    table = rows(BALTIC, "--scenario", folder, "--by", "cluster")
    assert set(table["scenario"]) == {"Quake", "strike"}
    assert "(no cluster)" in set(table["group"])
    assert "Baltic Sea E-Mobility Alliance (invented)" in set(table["name"])
    each = data(BALTIC, "--each", "cluster", "--by", "country")
    assert each["groups"]["rows"][0]["failed"] == each["rows"][0]["group"]
    assert "groups" not in data(BALTIC, "--scenario", folder)


# ---- names


def test_names_stand_beside_ids_and_after_what_programs_read():
    header = next(line for line in run(BALTIC, "--fail", "FI-007").stdout.splitlines() if line.startswith("firm"))
    assert header.split()[:2] == ["firm", "name"]
    table = rows(BALTIC, "--fail", "FI-007")
    assert list(table.columns) == ["firm", "loss", "loss_down", "loss_up", "name"]
    assert table.set_index("firm").loc["FI-007", "name"] == "Pyörrehon Power Modules (invented)"
    ended = CliRunner().invoke(group, ["risk", BALTIC, "--format", "csv"])
    assert pd.read_csv(io.StringIO(ended.stdout)).columns.tolist()[-2:] == ["sweeps", "name"]


def test_a_network_without_names_has_no_column_of_them(tmp_path):
    vc.write(network_of([("z", "a", 2.0)], essential_rule="all"), tmp_path / "net")
    assert list(rows(tmp_path / "net", "--fail", "z").columns) == ["firm", "loss", "loss_down", "loss_up"]


def test_hostile_names_of_scenarios_and_groups(tmp_path):
    hostile = ["[red]bold[/red]", "=1+1", "日本", 'a;b,"c"', "<b>"]
    links = [(h, "z", 1.0 + k) for k, h in enumerate(hostile)]
    net = network_of(links, firms={"owner": {h: h for h in hostile}}, essential_rule="all")
    vc.write(net, tmp_path / "net")
    shocks = pd.DataFrame({"scenario": hostile, "firm": hostile, "supply": 1.0})
    (tmp_path / "shocks.csv").write_text(shocks.to_csv(index=False), encoding="utf-8")
    for text in (
        run(tmp_path / "net", "--shocks", tmp_path / "shocks.csv", "--by", "owner").stdout,
        run(tmp_path / "net", "--each", "owner").stdout,
    ):
        assert all(h in text for h in hostile)
    table = rows(tmp_path / "net", "--shocks", tmp_path / "shocks.csv")
    assert set(table["scenario"]) == {*hostile, "'=1+1"} - {"=1+1"}


def test_a_narrow_terminal_leaves_columns_out_and_says_so(monkeypatch):
    monkeypatch.setattr(output, "_is_terminal", lambda: True)
    monkeypatch.setattr(output, "_terminal_width", lambda: 80)
    text = run(BALTIC, "--each", "country", "--by", "country").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "a wider terminal shows more columns, --format csv all" in text
    assert names.is_narrow() is True
    groups_only = run(BALTIC, "--fail", "FI-007", "--by", "country").stdout
    assert groups_only.count("a wider terminal shows more columns, --format csv all") == 1
    assert "a wider terminal" not in run(BALTIC, "--fail", "FI-007").stdout


def test_a_narrow_terminal_keeps_the_process_where_both_are_mixed(monkeypatch, tmp_path):
    links = [("s", "f", 2.0), ("f", "b", 2.0)]
    vc.write(network_of(links, essential_rule="all", name="line"), tmp_path / "line")
    monkeypatch.setattr(output, "_is_terminal", lambda: True)
    monkeypatch.setattr(output, "_terminal_width", lambda: 60)
    arguments = [tmp_path / "line", "--market", "none", "--explain", "f"]
    text = run(*arguments, "--fail", "s", "--fail", "b").stdout
    behind = text.split("Who is behind it")[1].split("The way there, from")[0]
    assert max(map(len, behind.splitlines()[1:])) <= 60
    assert {line.split()[0] for line in behind.splitlines() if " 100.0" in line} == {"inputs", "buyers"}
    text = run(*arguments, "--fail", "s").stdout
    assert "process" not in text[text.index("Who is behind it") :]
    assert sys.stdout is not None


def test_a_line_break_in_a_name_does_not_break_the_heading(folder):
    hostile = 'name = "Quake\\nFAKE \\u202eover"'
    (folder / "quake.toml").write_text(QUAKE.replace('name = "Quake"', hostile))
    lines = run(BALTIC, "--scenario", folder / "quake.toml").stdout.splitlines()
    assert lines[:2] == ["Cascade: Quake FAKE \\u202eover", "=" * 30]


# ---- wrong usage, bad data


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say what fails: either --fail FIRM"),
        (["--fail", "FI-007", "--each", "country"], "either --fail"),
        (["--scenario", "a.toml", "--shocks", "a.csv"], "either --fail"),
        (["--fail", "FI-007", "--fail", "FI-007=0.2"], "--fail FI-007 is given with 1 and with 0.2; keep one of them"),
        (["--fail", "FI-007", "--loss", "0.5"], "--loss goes with --each; write --fail FIRM=0.5"),
        (["--each", "country", "--loss", "half"], "--loss half: 'half' is not a fraction; write --loss 0.5 for half"),
        (["--each", "country", "--loss", "50"], "50 is not between 0 and 1; write --loss 0.5 or --loss 50%"),
        (["--each", "country", "--threads", "0"], "--threads"),
        (["--each", "country", "--explain", "FI-007"], "about one cascade, firm by firm; leave out --by and --each"),
        (["--each", "country", "--tree"], "leave out --by and --each"),
        (["--fail", "FI-007", "--by", "country", "--tree"], "leave out --by and --each"),
        (["--fail", "FI-007", "--by", "country", "--explain", "FI-007"], "leave out --by and --each"),
    ],
)
def test_wrong_usage_is_2(arguments, words):
    assert words in run(BALTIC, *arguments, code=2).stderr


def test_all_faults_of_fail_are_said_at_once():
    fails = [w for f in ("A=most", "B=2", "FI-007", "FI-007=0.2") for w in ("--fail", f)]
    text = run(BALTIC, *fails, code=2).stderr
    for words in ("'most' is not a fraction", "--fail B=2: 2 is not between 0 and 1", "FI-007 is given with 1 and"):
        assert words in text
    text = run(BALTIC, "--fail", "FI-7", "--fail", "FI-007", "--explain", "XX", code=3).stderr
    assert "firm 'FI-7' is not in network" in text
    assert "firm 'XX' is not in network" in text


def test_a_firm_given_twice_alike_is_one():
    assert rows(BALTIC, "--fail", "FI-007", "--fail", "FI-007=100%").equals(rows(BALTIC, "--fail", "FI-007"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--each", "contry"], "no column 'contry'; did you mean 'country'"),
        (["--each", "country", "--by", "ownr"], "no column 'ownr'; did you mean 'owner'"),
        (["--fail", "FI-007", "--by", "sectr"], "no column 'sectr'; did you mean 'sector'"),
        (["--fail", "FI-7", "--fail", "XX"], "firm 'XX' is not in network"),
        (["--shocks", "none.csv"], "none.csv: there is no such file"),
        (["--scenario", "none"], "none: No such file"),
    ],
)
def test_bad_data_is_3(arguments, words):
    assert words in run(BALTIC, *arguments, code=3).stderr


def test_folders_that_hold_no_scenarios(root, tmp_path):
    text = run(BALTIC, "--scenario", root / "graphs" / BALTIC, code=3).stderr
    assert "is the folder of a network, not of scenarios; did you mean" in text
    assert "holds no scenario file" in run(BALTIC, "--scenario", tmp_path, code=3).stderr


def test_a_file_given_twice(folder):
    quake = folder / "quake.toml"
    assert "given more than once" in run(BALTIC, "--scenario", quake, "--scenario", quake, code=2).stderr

"""The command simulate: one run, several side by side, random runs, what is saved, and what is refused."""

from __future__ import annotations

import io
import json
import warnings

import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from valuechain.cli import group, output
from valuechain.cli.loss_curve import curve_lines
from valuechain.cli.output import heading_lines
from valuechain.errors import ValueChainWarning

BALTIC = "baltic_mobility"
FIRE = """name = "Fire"
days = 40
[[shock]]
what = "capacity"
where = { firms = ["FI-007"] }
loss = 0.8
start = 3
days = 5
recovery = "linear"
recovery_days = 10
"""
STORM = """name = "Storm"
days = 30
[[shock]]
what = "capacity"
where = { country = "FIN" }
loss = { distribution = "beta", a = 2, b = 5 }
start = 2
days = 5
[ensemble]
runs = 12
seed = 3
correlation = { region = 0.5 }
"""


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, ["simulate", *(str(a) for a in arguments)])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    if code:
        assert ended.stdout == ""
    return ended


def rows(*arguments: object) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(run(*arguments, "--format", "csv").stdout))


def quiet(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueChainWarning)
        return function(*arguments, **options)


@pytest.fixture
def fire(tmp_path):
    file = tmp_path / "fire.toml"
    file.write_text(FIRE)
    return file


@pytest.fixture
def storm(tmp_path):
    file = tmp_path / "storm.toml"
    file.write_text(STORM)
    return file


# ---- one run


def test_the_days_are_those_of_the_function(fire):
    net = vc.example(BALTIC)
    expected = quiet(vc.simulate, net, vc.read_scenario(fire)).table
    pd.testing.assert_frame_equal(rows(BALTIC, "--scenario", fire), expected, check_dtype=False, rtol=1e-15)


def test_what_a_person_reads(fire):
    shown = run(BALTIC, "--scenario", fire, "--by", "country", "--top", "3").stdout
    assert shown.startswith("Simulation: Fire\n")
    for words in ("loss by day: ···", "time to recover", "FI-007", "Losses by country", "kEUR", "Rests on: model"):
        assert words in shown, words
    assert "3 of" in shown
    assert "--section firms --format csv" in shown


@pytest.mark.parametrize("model", ["inventory", "ario", "cascade"])
def test_where_nothing_is_lost_no_table_is_shown(fire, model):
    fire.write_text(FIRE.replace("loss = 0.8", "loss = 0.0"))
    shown = run(BALTIC, "--scenario", fire, "--by", "country", "--model", model).stdout
    assert "Nothing is lost in 40 days." in shown
    assert "Rests on: model" in shown
    for words in ("not known", "by what they lose", "Losses by country", "days lost"):
        assert words not in shown, words


def test_each_section_alone(fire):
    firms = rows(BALTIC, "--scenario", fire, "--section", "firms")
    assert firms["lost_value"].is_monotonic_decreasing
    assert set(rows(BALTIC, "--scenario", fire, "--by", "sector", "--section", "groups")["by"]) == {"sector"}
    assert "measure" in rows(BALTIC, "--scenario", fire, "--section", "measures")
    said = run(BALTIC, "--scenario", fire, "--section", "groups", code=2).output
    assert "--by COLUMN makes groups" in said
    assert "there are days, measures" in run(BALTIC, "--scenario", fire, "--section", "draws", code=2).output


def test_json_holds_all_sections(fire):
    data = json.loads(run(BALTIC, "--scenario", fire, "--by", "owner", "--format", "json").stdout)
    assert {"rows", "measures", "firms", "groups", "total_loss", "parameters"} <= set(data)
    assert len(data["rows"]) == 40
    assert "rows" in data["firms"]


def test_parameters_of_the_model(fire):
    net = vc.example(BALTIC)
    model = vc.Inventory(rationing="final-last", stock_days=4.5, overproduction=True)
    given = ("--set", "rationing=final-last", "--set", "stock_days=4.5", "--set", "overproduction=true")
    expected = quiet(vc.simulate, net, vc.read_scenario(fire), model=model).table
    assert rows(BALTIC, "--scenario", fire, *given)["loss"].tolist() == pytest.approx(expected["loss"].tolist())
    assert rows(BALTIC, "--scenario", fire, "--set", "switch_after=None", "--set", "lead_times=no").equals(
        rows(BALTIC, "--scenario", fire, "--set", "lead_times=false")
    )
    given = ("--set", "rationning=full", "--set", "tau=0", "--set", "orders=none", "--set", "psi")
    many = run(BALTIC, "--scenario", fire, *given, code=2).output
    for words in ("did you mean 'rationing'", "--set tau 0 is not", "--set orders 'none' is not known", "NAME=VALUE"):
        assert words in many, words
    said = run(BALTIC, "--scenario", fire, "--set", "rationning=full", code=2).output
    assert "--set rationning: is no parameter of inventory; did you mean 'rationing'?" in said
    assert "write NAME=VALUE" in run(BALTIC, "--scenario", fire, "--set", "tau", code=2).output
    assert "given more than once" in run(BALTIC, "--scenario", fire, "--set", "tau=3", "--set", "tau=4", code=2).output


def test_a_firm_that_fails():
    table = rows(BALTIC, "--fail", "FI-007=50%", "--days", "5")
    assert len(table) == 5
    assert table["loss"][0] > 0


# ---- side by side


def test_models_and_scenarios_side_by_side(fire, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(FIRE.replace('"Fire"', '"Small fire"').replace("0.8", "0.1"))
    table = rows(BALTIC, "--scenario", fire, "--scenario", other, "--model", "inventory", "--model", "cascade")
    assert set(table["scenario"]) == {
        f"{name} ({model})" for name in ("Fire", "Small fire") for model in ("inventory", "cascade")
    }
    assert table["lost_value"].is_monotonic_decreasing
    assert "Comparison of 2 runs" in run(BALTIC, "--scenario", fire, "--scenario", other).stdout


def test_random_runs_side_by_side_are_pairs(storm, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(STORM.replace('"Storm"', '"Short storm"').replace("days = 5\n", "days = 2\n"))
    table = rows(BALTIC, "--scenario", storm, "--scenario", other)
    assert table["scenario"].tolist() == ["Storm", "Short storm"]
    assert pd.isna(table["more_than_first"][0])
    assert table["more_than_first"][1] < 0
    assert table["high"][1] < 0


# ---- random runs


def test_random_runs_are_those_of_the_function(storm):
    found = quiet(vc.ensemble, vc.example(BALTIC), vc.read_scenario(storm))
    table = rows(BALTIC, "--scenario", storm)
    pd.testing.assert_frame_equal(table, found.table, check_dtype=False, rtol=1e-12)
    assert len(rows(BALTIC, "--scenario", storm, "--runs", "7", "--section", "runs")) == 7
    other = rows(BALTIC, "--scenario", storm, "--seed", "4")
    assert not other["mean"].equals(table["mean"])


def test_what_a_person_reads_of_random_runs(storm):
    shown = run(BALTIC, "--scenario", storm, "--by", "sector", "--top", "2").stdout
    for words in ("Ensemble: Storm, 12 runs", "average of the runs", "1 run in 10 loses at least", "Losses by sector"):
        assert words in shown, words


def test_random_runs_go_on_from_a_checkpoint(storm, tmp_path):
    file = tmp_path / "runs.checkpoint"
    first = rows(BALTIC, "--scenario", storm, "--checkpoint", file)
    assert file.exists()
    again = rows(BALTIC, "--scenario", storm, "--checkpoint", file, "--resume")
    assert again.equals(first)
    assert "exists" in run(BALTIC, "--scenario", storm, "--checkpoint", file, code=2).output


# ---- what is saved


def test_a_run_is_saved_and_repeated(fire, tmp_path):
    folder = tmp_path / "fire run"
    first = run(BALTIC, "--scenario", fire, "--format", "csv", "--output", folder)
    assert f"wrote {folder}" in first.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["days.parquet", "firms.nc", "run.toml"]
    again = run(BALTIC, "--repeat", folder, "--format", "csv")
    assert again.stdout == first.stdout
    said = run(BALTIC, "--scenario", fire, "--output", folder, code=2).output
    assert "exists and was kept" in said
    run(BALTIC, "--scenario", fire, "--output", folder, "--force")
    assert "leave out what says what to run" in run(BALTIC, "--repeat", folder, "--days", "4", code=2).output


def test_several_runs_are_saved_apart(fire, tmp_path):
    folder = tmp_path / "runs"
    run(BALTIC, "--scenario", fire, "--model", "inventory", "--model", "cascade", "--output", folder)
    assert sorted(p.name for p in folder.iterdir()) == ["compare.csv", "run-1", "run-2", "runs.csv"]
    assert vc.read_run(folder / "run-2").parameters["model"].startswith("cascade")
    listed = pd.read_csv(folder / "runs.csv")
    assert listed[["folder", "number", "scenario", "model"]].to_numpy().tolist() == [
        ["run-1", 1, "Fire", "inventory"],
        ["run-2", 2, "Fire", "cascade"],
    ]
    shown = run(BALTIC, "--scenario", fire, "--model", "inventory", "--model", "cascade", "--format", "csv").stdout
    assert (folder / "compare.csv").read_text() == shown
    said = run(BALTIC, "--repeat", folder, code=2).output
    assert f"take one of them: --repeat {folder / 'run-1'}, --repeat {folder / 'run-2'}" in said
    assert "holds several runs" in run(BALTIC, "--scenario", fire, "--output", folder, "--force", code=2).output


def test_names_of_scenarios_are_no_formulas(fire, tmp_path):
    fire.write_text(FIRE.replace('"Fire"', '"=1+1"'))
    run(BALTIC, "--scenario", fire, "--model", "inventory", "--model", "cascade", "--output", tmp_path / "runs")
    for name in ("runs.csv", "compare.csv"):
        assert ",'=1+1" in ("\n" + (tmp_path / "runs" / name).read_text()).replace("\n", ",")


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("0.8", "1.8"), "loss 1.8 is not a fraction"),
        (("FI-007", "FI-0007"), "did you mean 'FI-007'"),
        (('"linear"', '"liner"'), "did you mean 'linear'"),
        (("days = 5", "days = -5"), "days -5 is not a number of days"),
        (("[[shock]]", "[[shock]"), "line 3"),
        (('where = { firms = ["FI-007"] }', 'where = { country = "ISL" }'), "selects nothing"),
    ],
)
def test_bad_scenarios_are_told(fire, change, words):
    fire.write_text(FIRE.replace(*change))
    said = run(BALTIC, "--scenario", fire, code=3).output
    assert words in said
    assert "fire.toml" in said


def test_windows_that_overlap(fire):
    fire.write_text(FIRE + FIRE[FIRE.index("[[shock]]") :])
    assert "shocks 1 and 2 overlap" in run(BALTIC, "--scenario", fire, code=3).output


def test_options_that_do_not_fit(fire, storm):
    for arguments in (
        (BALTIC,),
        (BALTIC, "--scenario", fire, "--fail", "FI-007"),
        (BALTIC, "--scenario", fire, "--seed", "3"),
        (BALTIC, "--scenario", fire, "--scenario", storm),
        (BALTIC, "--scenario", fire, "--resume"),
    ):
        run(*arguments, code=2)
    assert "no [ensemble]" in run(BALTIC, "--scenario", fire, "--scenario", storm, code=2).output
    assert "both given" in run(BALTIC, "--scenario", fire, "--fail", "FI-007", code=2).output
    run(BALTIC, "--scenario", fire, "--by", "contry", code=3)


NONE = "no-such-network"
"""A network that is not there: what is refused with exit code 2 was refused before anything was read, let alone run."""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--section", "draws"), "there are days, measures, firms, binding here; --runs makes random runs"),
        (("--section", "groups"), "--by COLUMN makes groups"),
        (("--section", "binding", "--model", "cascade"), "the cascade does not tell which input"),
        (("--section", "measures", "--runs", "3"), "there are days, runs, exceedance, draws, firms, groups here"),
        (("--section", "firms", "--model", "inventory", "--model", "cascade"), "part of one result"),
        (("--by", "country", "--model", "inventory", "--model", "cascade"), "adds up one result"),
        (("--runs", "3", "--checkpoint", "x", "--model", "ario", "--model", "cascade"), "keeps one ensemble"),
    ],
)
def test_wrong_use_is_told_before_the_network_is_read(fire, options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in run(NONE, "--scenario", fire, *options, code=2).output


def test_outputs_that_cannot_be_are_told_before_the_network_is_read(fire, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for options in ((), ("--force",)):
        assert "is a file and was kept" in run(NONE, "--scenario", fire, "--output", file, *options, code=2).output
    assert file.read_text() == "mine"
    said = run(NONE, "--scenario", fire, "--output", tmp_path / "no" / "folder", code=1).output
    assert f"there is no folder {tmp_path / 'no'}; make it first" in said


def test_ensembles_that_are_no_pairs_are_told_at_once(storm, tmp_path):
    other = tmp_path / "other.toml"
    changes = {'"Storm"': '"Gale"', "runs = 12": "runs = 9", "seed = 3": "seed = 4", "days = 30": "days = 20"}
    text = STORM
    for old, new in changes.items():
        text = text.replace(old, new)
    other.write_text(text)
    said = run(NONE, "--scenario", storm, "--scenario", other, code=2).output
    for words in ("seed differ (Storm: 3, Gale: 4)", "say --seed for all", "say --runs for all", "say --days for all"):
        assert words in said, words
    given = ("--seed", 1, "--runs", 3, "--days", 9)
    assert len(rows(BALTIC, "--scenario", storm, "--scenario", other, *given)) == 2


def test_sections_of_what_is_saved_are_checked(fire, storm, tmp_path):
    run(BALTIC, "--scenario", fire, "--output", tmp_path / "fire run")
    run(BALTIC, "--scenario", storm, "--runs", 3, "--output", tmp_path / "storm run")
    said = run(NONE, "--repeat", tmp_path / "fire run", "--section", "draws", code=2).output
    assert "there are days, measures, firms" in said
    assert "runs, exceedance" in run(NONE, "--repeat", tmp_path / "storm run", "--section", "binding", code=2).output
    assert "with --by" in run(NONE, "--repeat", tmp_path / "storm run", "--by", "owner", code=2).output


# ---- models that cannot run a scenario


LINK = """name = "Border"
days = 20
[[shock]]
what = "link"
where = { supplier_country = "POL" }
loss = 0.5
start = 2
days = 5
"""


def test_a_model_that_cannot_is_left_out_and_named(fire, tmp_path):
    file = tmp_path / "link.toml"
    file.write_text(LINK)
    both = (BALTIC, "--scenario", file, "--model", "inventory", "--model", "cascade")
    shown = run(*both)
    words = "Border (cascade) is left out: shock 1: 'link' is not known to the cascade"
    assert shown.stderr.count(words) == 1
    assert words in shown.stdout
    assert rows(*both)["scenario"].tolist() == ["Border (inventory)"]
    assert set(rows(*both, "--scenario", fire)["scenario"]) == {
        "Border (inventory)",
        "Fire (inventory)",
        "Fire (cascade)",
    }
    run(*both, "--output", tmp_path / "saved")
    assert pd.read_csv(tmp_path / "saved" / "runs.csv")["model"].tolist() == ["inventory"]
    # Random runs leave out the same; no model at all is a fault of the scenario.
    assert rows(*both, "--runs", 3)["scenario"].tolist() == ["Border (inventory)"]
    said = run(BALTIC, "--scenario", file, "--scenario", fire, "--model", "cascade", code=3).output
    assert "'link' is not known to the cascade" in said


def test_faults_of_the_scenario_itself_leave_out_nothing(fire):
    fire.write_text(FIRE.replace("FI-007", "FI-0007"))
    said = run(BALTIC, "--scenario", fire, "--model", "inventory", "--model", "cascade", code=3).output
    assert said.count("did you mean 'FI-007'") == 1
    assert "left out" not in said


# ---- words


def test_a_default_is_told_once(fire):
    told = "92 of 292 firms that buy give no stock_days"
    for options in ((), ("--by", "country"), ("--runs", 3)):
        ended = run(BALTIC, "--scenario", fire, *options)
        assert (ended.stdout + ended.stderr).count(told) == 1, options
    for options in (("--format", "csv"), ("--section", "firms"), ("--model", "inventory", "--model", "cascade")):
        assert run(BALTIC, "--scenario", fire, *options).stderr.count(told) == 1, options


def test_a_default_is_told_where_the_run_fails(fire):
    fire.write_text(FIRE.replace("FI-007", "FI-0007"))
    assert "92 of 292 firms that buy" in run(BALTIC, "--scenario", fire, code=3).stderr


def test_one_run_has_no_tail_and_no_averages(storm):
    shown = run(BALTIC, "--scenario", storm, "--runs", 1, "--days", 10).stdout
    assert shown.startswith("Ensemble: Storm, 1 run\n")
    assert "In this one run" in shown
    for words in ("1 runs", "average", "worst", "loses at least", "nan", "tail rests", "Ensemble: Storm, 1 runs"):
        assert words not in shown, words
    assert "1 days" not in run(BALTIC, "--scenario", storm, "--runs", 2, "--days", 1).stdout
    assert "1 days" not in run(BALTIC, "--fail", "FI-007", "--days", 1).output


def test_words_of_measures_and_columns(fire, storm):
    shown = " ".join(run(BALTIC, "--scenario", fire).stdout.split())
    assert "back within the tolerance (0.1% of undisturbed production) for good" in shown
    cascaded = " ".join(run(BALTIC, "--scenario", fire, "--model", "cascade").stdout.split())
    assert "(this model does not tell)" in cascaded
    assert "order peak day" not in cascaded
    random = " ".join(run(BALTIC, "--scenario", storm).stdout.split())
    assert "in the network's worst runs: mean over the worst 5% of runs of the whole network" in random
    assert "worst_runs_value" not in random


def test_small_losses_are_not_shown_as_nothing():
    assert curve_lines([0.0, 0.000044])[1].endswith("the highest is 0.0044%)")


@pytest.mark.parametrize("width", [80, 200])
def test_a_narrow_terminal_says_what_it_leaves_out(fire, storm, tmp_path, width, monkeypatch):
    monkeypatch.setattr(output, "_is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    line = "(a wider terminal shows more columns, "
    said = [
        run(BALTIC, "--scenario", fire, "--by", "country").stdout,
        run(BALTIC, "--scenario", storm).stdout,
        run(BALTIC, "--scenario", fire, "--model", "inventory", "--model", "cascade").stdout,
    ]
    assert [text.count(line) for text in said] == ([2, 1, 1] if width == 80 else [0, 0, 0])
    if width == 80:
        assert f"{line}--section groups --format csv all)" in said[0]
        assert f"{line}--format csv all)" in said[2]
    other = tmp_path / "other.toml"
    other.write_text(STORM.replace('"Storm"', '"Gale"'))
    pairs = " ".join(run(BALTIC, "--scenario", storm, "--scenario", other, "--runs", 3, "--days", 9).stdout.split())
    assert "low high" in pairs
    assert line not in pairs


def test_a_long_title_is_underlined_as_far_as_text_goes():
    assert list(map(len, heading_lines("x" * 300))) == [300, 110]

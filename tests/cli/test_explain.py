"""The options --explain and --tree of the command cascade."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import valuechain as vc
from tests.cli.test_commands import HOSTILE, run, strict, written
from tests.conftest import network_of

CASE = ["cascade", "baltic_mobility", "--fail", "FI-007"]


def test_sentences_come_first_then_tables_with_units():
    text = run(*CASE, "--explain", "DK-013").stdout
    lines = text.splitlines()
    assert lines[0] == "Why Fjordælment Inverters (invented) (DK-013) loses 90.2%"
    assert "it lacks 90.2% of its essential input" in text
    assert "(its market replaces 9.8% of that)" in " ".join(lines)
    assert text.index("The way there: ") < text.index("What takes activity") < text.index("Who is behind it")
    row = next(line for line in lines if line.startswith("inputs missing   FI-007"))
    assert row.split()[-4:] == ["100.0", "90.2", "100.0", "90.2"]
    assert "Rests on: model: cascade" in text
    assert "Cascade: failure of FI-007" not in text


def test_several_firms_and_one_that_lost_nothing():
    text = run(*CASE, "--explain", "SE-055", "--explain", "FI-007", "--explain", "SE-055").stdout
    assert text.count("(SE-055) loses nothing.") == 1
    assert "None of its 5 suppliers lost anything." in text
    assert "the shock itself takes 100.0%" in text


def test_an_unknown_firm_names_the_closest():
    ended = run(*CASE, "--explain", "DK-O13", "--explain", "nobody", code=3)
    assert "firm 'DK-O13' is not in network" in ended.stderr
    assert "did you mean 'DK-013'?" in ended.stderr
    assert "firm 'nobody'" in ended.stderr


def test_csv_has_every_contribution_of_every_firm():
    table = pd.read_csv(io.StringIO(run(*CASE, "--explain", "DK-013", "--explain", "DK-016", "--format", "csv").stdout))
    assert set(table["firm"]) == {"DK-013", "DK-016"}
    net = vc.example("baltic_mobility")
    loss = vc.cascade(net, {"FI-007": 1.0}).table.set_index("firm")
    for firm, rows in table[table["binds"]].groupby("firm"):
        by = rows.groupby("process")["contribution"].sum()
        assert by.max() == pytest.approx(loss.loc[firm, "loss"], abs=1e-12)


def test_json_has_the_cascade_the_explanations_and_the_tree():
    data = strict(run(*CASE, "--explain", "DK-013", "--tree", "--format", "json").stdout)
    assert set(data) == {"cascade", "explanations", "propagation"}
    one = data["explanations"][0]
    assert (one["firm"], len(one["path"]["rows"])) == ("DK-013", 2)
    assert one["causes"]["rows"][0]["product"] == "power_module"
    assert one["path"]["rows"][1]["from_firm"] is None
    assert data["propagation"]["failed"] == 1
    assert len(data["propagation"]["rows"]) > 200
    assert len(data["cascade"]["rows"]) == 303


def test_csv_of_both_is_refused():
    assert "csv holds one table" in run(*CASE, "--explain", "DK-013", "--tree", "--format", "csv", code=2).stderr


def test_tree_is_indented_and_shows_the_largest_losses():
    text = run(*CASE, "--tree", "--top", 12).stdout
    lines = text.splitlines()
    assert "  0  FI-007 Pyörrehon Power Modules (invented): 100.0%, hit by the shock" in lines
    at = lines.index("  1    PL-012 Wiślarnov Inverters (invented): 90.2%, lacks power_module")
    assert lines[at + 1] == "  2      DE-007 Küstarinur Mopeds (invented): 32.8%, lacks inverter"
    assert "(12 of 28 firms hit; --top shows more, --format csv all)" in lines
    assert "Sweep by sweep" in lines
    table = pd.read_csv(io.StringIO(run(*CASE, "--tree", "--format", "csv").stdout))
    assert list(table.columns[:5]) == ["firm", "process", "sweep", "from_firm", "product"]


def test_tree_of_a_long_chain(tmp_path):
    chain = network_of([(f"c{k:03d}", f"c{k + 1:03d}", 1.0) for k in range(60)], essential_rule="all", name="chain")
    text = run("cascade", written(tmp_path, chain), "--fail", "c000", "--tree", "--top", 70).stdout
    assert f" 60  {'  ' * 16}c060: 100.0%, lacks c059" in text


def test_tree_of_many_failures(tmp_path):
    pairs = network_of([(f"s{k:02d}", f"b{k:02d}", 1.0) for k in range(30)], essential_rule="all", name="pairs")
    fails = [word for k in range(30) for word in ("--fail", f"s{k:02d}")]
    text = run("cascade", written(tmp_path, pairs), *fails, "--tree", "--top", 5).stdout
    assert "  1    b00: 100.0%, lacks s00" in text
    assert "(5 of 30 firms hit; --top shows more, --format csv all)" in text
    assert "(25 more firms hit by the shock; none of those shown was hit by them)" in text


def test_hostile_names_stay_text(tmp_path):
    links = [(HOSTILE[0], HOSTILE[1], 2.0), (HOSTILE[1], HOSTILE[0], 1.0)]
    folder = written(tmp_path, network_of(links, essential_rule="all"))
    for form in ("table", "json", "csv"):
        text = run("cascade", folder, "--fail", HOSTILE[0], "--explain", HOSTILE[1], "--format", form).stdout
        assert "\x1b" not in text
    assert HOSTILE[1] in run("cascade", folder, "--fail", HOSTILE[0], "--tree").stdout

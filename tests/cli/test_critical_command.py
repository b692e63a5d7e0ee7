"""The command critical: the verdict, its sections and formats, and what it says when it is asked wrongly."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from click.testing import CliRunner

from valuechain.cli import group

SMALL = ("eu_battery", "--runs", "5", "--no-risk")


def run(*words: str, code: int = 0):
    result = CliRunner().invoke(group, ["critical", *words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def whole() -> str:
    return run("baltic_mobility", "--top", "4", "--runs", "5").stdout


def test_the_text_ranks_says_why_compares_and_says_how_sure_it_is(whole):
    lines = whole.splitlines()
    assert lines[0] == "Critical firms of Baltic mobility (invented)"
    assert "ranks when drawn" in whole
    assert "% of sales" in whole
    why = [line for line in lines if line[:2] in {"1.", "2.", "3.", "4."}]
    assert len(why) == 4
    assert all("only source of" in line for line in why)
    assert "hidden upstream" in whole
    assert "Where rankings agree and where not" in whole
    assert "How sure the first 4 are" in whole
    assert "(10 of 16 rows; --top shows more, --section overlap --format csv all)" in whole
    assert whole.count("Of the centralities") == 1


def test_every_format_holds_the_same_firms(tmp_path):
    table = pd.read_csv(io.StringIO(run(*SMALL, "--format", "csv").stdout))
    assert table.columns.tolist()[:4] == ["firm", "name", "sector", "country"]
    assert table.columns.tolist()[-4:] == ["rank_low", "rank_high", "in_top", "why"]
    target = tmp_path / "out.json"
    run(*SMALL, "--output", str(target))
    data = json.loads(target.read_text())
    assert [row["firm"] for row in data["rows"]] == table["firm"].tolist() == ["CHN.graphite_refining"]
    assert data["rows"][0]["rank_low"] <= data["rows"][0]["rank"] <= data["rows"][0]["rank_high"]
    assert data["stability"]["runs"] == 5
    assert data["best"] in {row["ranking"] for row in data["overlap"]["rows"]}
    assert "points" not in data
    before = target.read_bytes()
    assert "exists and was kept" in run(*SMALL, "--output", str(target), code=2).output
    assert target.read_bytes() == before


@pytest.mark.parametrize(("section", "first"), [("overlap", "ranking"), ("stability", "firm"), ("points", "firm")])
def test_sections_stand_alone_and_compute_what_they_show(section, first, monkeypatch):
    def wasted(*_: object, **__: object) -> None:
        raise AssertionError(section)

    if section != "overlap":
        monkeypatch.setattr("valuechain.analysis.critical.others_of", wasted)
    if section != "stability":
        monkeypatch.setattr("valuechain.analysis.critical_stability._drawn", wasted)
    options = {"stability": ("--runs", "5"), "overlap": ("--no-risk",)}.get(section, ())
    table = pd.read_csv(io.StringIO(run("eu_battery", *options, "--section", section, "--format", "csv").stdout))
    assert table.columns[0] == first
    assert len(table) == {"overlap": 15, "points": 95}.get(section, len(table))


def test_curves_show_what_each_ranking_does_to_the_network():
    text = run(*SMALL, "--curve").stdout
    assert text.startswith("Critical firms of eu_battery")
    assert "stops_in_turn finds the weak points of this network best" in text
    names = {"stops_in_turn", "stops", "dominated", "out_strength", "random"}
    alone = ("eu_battery", "--no-risk")
    table = pd.read_csv(io.StringIO(run(*alone, "--curve", "--format", "csv").stdout))
    assert set(table["ranking"]) == names
    first = table[(table["failed"] == 1) & (table["ranking"] == "dominated")]["working"].iloc[0]
    assert first == table[(table["failed"] == 1) & (table["ranking"] == "stops")]["working"].iloc[0]
    data = json.loads(run(*SMALL, "--curve", "--format", "json").stdout)
    assert {row["ranking"] for row in data["curve"]["areas"]["rows"]} == names
    assert run(*alone, "--section", "curve").stdout.startswith("Output that still works as firms fail")


def test_what_can_no_longer_be_built_is_asked_for_in_every_part():
    points = run("eu_battery", "--section", "points", "--semantics", "ground-up", "--format", "csv").stdout
    assert "derivable" in points.splitlines()[0]
    whole = json.loads(run(*SMALL, "--semantics", "ground-up", "--curve", "--format", "json").stdout)
    assert whole["parameters"]["semantics"] == whole["curve"]["parameters"]["semantics"] == "ground-up"
    by = run("eu_battery", "--by", "country", "--semantics", "ground-up", "--min-share", "0.5").stdout
    assert "semantics: ground-up" in " ".join(by.split())


def test_groups_are_ranked_by_what_they_stop():
    text = run("eu_battery", "--by", "country", "--top", "3").stdout
    assert text.startswith("What stops when all firms of one country fail")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--by", "country", "--section", "overlap"), 2, "--by shows what groups stop and has no sections"),
        (("--by", "country", "--curve"), 2, "leave out --section and --curve"),
        (("--section", "points", "--curve"), 2, "--section points has no curves"),
        (("--section", "points", "--runs", "5", "--no-risk"), 2, "--runs and --risk/--no-risk have no effect with"),
        (("--by", "country", "--seed", "5"), 2, "--seed has no effect with --by; leave it out"),
        (("--by", "colour"), 3, "colour"),
        (("--runs", "-1"), 2, "-1 is not in the range"),
        (("--section", "curves"), 2, "'curves' is not one of"),
        (("--inferred-confidence", "2"), 2, "2"),
    ],
)
def test_what_cannot_be_done_is_said(words, code, said):
    assert said in run("eu_battery", *words, code=code).output

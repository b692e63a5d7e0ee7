"""The command centrality: tables, formats, curves, and what it says when it is asked wrongly."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from click.testing import CliRunner

from valuechain.analysis.centrality_measures import MEASURES
from valuechain.cli import group


def run(*words: str, code: int = 0):
    result = CliRunner().invoke(group, ["centrality", *words])
    assert result.exit_code == code, result.output
    return result


def test_the_text_says_what_each_measure_means():
    text = run("eu_battery", "--measures", "core,dominated", "--measures", "closeness", "--top", "3").stdout
    assert text.startswith("Centrality\n")
    assert "Firms by core." in text
    assert "(3 of 95 rows" in text
    assert "What each measure means here" in text
    for name in ("core", "dominated", "closeness"):
        assert f"- {name} (" in text
    assert "Not defined, and left empty (closeness)" in text


def test_all_measures_are_in_several_tables_and_every_format():
    text = run("eu_battery", "--measures", "all", "--top", "2").stdout
    assert text.count("CHN.cells") == text.count("EU.ev_market") >= 4
    table = pd.read_csv(io.StringIO(run("eu_battery", "--measures", "all", "--format", "csv").stdout))
    assert table.columns.tolist() == ["firm", *MEASURES, "name"]
    assert table["eigenvector"].isna().all()
    data = json.loads(run("eu_battery", "--measures", "eigenvector,core", "--format", "json").stdout)
    assert data["rows"][0]["eigenvector"] is None
    assert [row["measure"] for row in data["measures"]["rows"]] == ["eigenvector", "core"]


def test_samples_come_with_their_error(tmp_path):
    target = tmp_path / "out.csv"
    run("baltic_mobility", "--measures", "betweenness", "--samples", "64", "--seed", "2", "--output", str(target))
    table = pd.read_csv(target)
    assert table.columns.tolist()[:3] == ["firm", "betweenness", "betweenness_error"]
    assert (table["betweenness_error"] > 0).all()
    before = target.read_bytes()
    assert "exists and was kept" in run("eu_battery", "--output", str(target), code=2).output
    assert target.read_bytes() == before


def test_curves_have_a_row_a_ranking_and_all_points_in_csv():
    text = run("eu_battery", "--curve").stdout
    assert "stops_in_turn finds the weak points of this network best" in text
    assert [line for line in text.splitlines() if line.startswith("random ")]
    words = ("eu_battery", "--curve", "--measures", "core", "--draws", "3", "--skip-stopped")
    table = pd.read_csv(io.StringIO(run(*words, "--format", "csv").stdout))
    assert table.columns.tolist()[:4] == ["ranking", "failed", "share_failed", "working"]
    assert set(table["ranking"]) == {"stops", "stops_in_turn", "core", "random"}
    data = json.loads(run(*words, "--min-share", "0.9", "--semantics", "ground-up", "--format", "json").stdout)
    assert (data["parameters"]["min_share"], data["parameters"]["semantics"]) == (0.9, "ground-up")
    assert {row["ranking"] for row in data["areas"]["rows"]} == set(table["ranking"])
    assert data["parameters"]["skip_stopped"] is True


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--measures", "betwenness"), 3, "did you mean 'betweenness'?"),
        (("--damping", "1"), 2, "damping"),
        (("--samples", "3"), 2, "samples"),
        (("--measures", ""), 2, "--measures names no measure"),
        (("--semantics", "ground-up"), 2, "--semantics has no effect with centrality alone (without --curve)"),
        (("--measures", "core,hub", "--damping", "0.5"), 2, "--damping has no effect with these --measures"),
        (("--draws", "0"), 2, "draws"),
    ],
)
def test_what_is_wrong_is_said(words, code, said):
    assert said in run("eu_battery", *words, code=code).output

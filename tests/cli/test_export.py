"""The command export: what it takes, and what it refuses before the work and without a trace."""

from __future__ import annotations

import json
import re
import warnings

import pytest
from click.testing import CliRunner

import valuechain as vc
from tests.conftest import network_of
from valuechain.cli import group
from valuechain.report.words import languages

NETWORK = "textbook"


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, [str(a) for a in arguments])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    return ended


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return text, json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two runs of the network and one of another."""
    folder = tmp_path_factory.mktemp("runs")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of the example is tested elsewhere
        net = vc.example(NETWORK)
    for name, firm in (("one", "sector_1"), ("two", "sector_2")):
        shock = vc.Shock(what="capacity", where={"firms": [firm]}, loss=0.5, days=3)
        vc.write_run(vc.simulate(net, vc.Scenario(shocks=[shock], name=name), days=10), folder / name)
    other = network_of([("a", "b", 1.0)], essential_rule="all", name="another")
    vc.write_run(vc.simulate(other, {"a": 0.5}, days=5), folder / "other")
    words = ["--buyer", "PL-027", "--product", "control_board", "--runs", "20", "--format", "json", "--output"]
    run("partners", "baltic_mobility", *words, folder / "partners.json")
    run("partners", "baltic_mobility", "--steps", "1", *words, folder / "steps.json")
    return folder


def test_runs_scenario_language_renderer_and_filters_reach_the_page(saved, tmp_path):
    page = tmp_path / "page.html"
    runs = ["--results", saved / "one", "--results", saved / "two", "--scenario", "two"]
    run("export", NETWORK, "--output", page, *runs, "--language", "lv", "--renderer", "sigma", "--minimum-flow", "1")
    text, data = data_of(page)
    assert [r["name"] for r in data["runs"]] == ["one", "two"]
    assert data["scenario"] == "two"
    assert data["engine"] == "sigma"
    assert '<html lang="lv">' in text
    assert "Vienīgie atteices punkti" in text
    assert data["points"] is not None


def test_suggestions_saved_or_computed_reach_the_page(saved, tmp_path):
    known = json.loads((saved / "partners.json").read_text(encoding="utf-8"))["rows"]
    run("export", "baltic_mobility", "--output", tmp_path / "read.html", "--results", saved / "partners.json")
    text, data = data_of(tmp_path / "read.html")
    assert [row["t"] for row in data["partners"]["rows"]].count(0) == len(known) > 1
    assert text.count('<article class="proof"') == min(5, len(known))
    run("export", NETWORK, "--output", tmp_path / "computed.html", "--partners")
    text, data = data_of(tmp_path / "computed.html")
    assert '<section class="card" id="partners"' in text


def test_offered_languages_are_those_there_are():
    (option,) = [p for p in group.commands["export"].params if p.name == "language"]
    assert list(option.type.choices) == languages()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--results", "{saved}/one", "--results", "{saved}/other"], 3, "is a run of another network, 'another'"),
        (["--results", "{saved}/nothing"], 3, "nothing is no folder"),
        (["--results", "{saved}"], 3, "holds no run"),
        (["--results", "{saved}/partners.json"], 3, "holds suggestions of another network, 'Baltic mobility"),
        (["--results", "{saved}/steps.json"], 3, "without --steps or --finalists"),
        (["--results", "{saved}/one/run.toml"], 3, "is no JSON"),
        (["--results", "{saved}/one", "--scenario", "three"], 2, "there are one"),
        (["--scenario", "one"], 2, "--results"),
        (["--minimum-flow", "1e15"], 2, "is left by the filters"),
        (["--product", "sector_7"], 2, "product 'sector_7' is not in the network"),
        (["--language", "xx"], 2, "'xx' is not one of"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_written(saved, tmp_path, options, code, words):
    asked = [o.format(saved=saved) for o in options]
    ended = run("export", NETWORK, "--output", tmp_path / "page.html", *asked, code=code)
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    ended = run("export", NETWORK, "--output", tmp_path / "no" / "page.html", code=1)
    assert "there is no folder" in ended.stderr
    page = tmp_path / "page.html"
    page.write_text("mine")
    ended = run("export", NETWORK, "--output", page, code=2)
    assert "exists and was kept" in ended.stderr
    assert page.read_text() == "mine"

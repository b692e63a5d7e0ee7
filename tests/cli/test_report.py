"""The command report: what it writes, what it computes, and what it refuses before the work."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from valuechain.cli import group

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

NET = "textbook"
SCENARIO = """name = "{name}"
days = 20
[[shock]]
what = "capacity"
where = {{ firms = ["{firm}"] }}
loss = {loss}
start = 2
days = 5
"""


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, ["report", *(str(a) for a in arguments)])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    assert ended.stdout == ""
    return ended.stderr


def scenario(folder, name, *, firm="sector_1", loss="0.5"):
    path = folder / f"{name}.toml"
    path.write_text(SCENARIO.format(name=name, firm=firm, loss=loss))
    return path


def test_scenarios_and_saved_runs_are_reported(tmp_path):
    files = tmp_path / "scenarios"
    files.mkdir()
    scenario(files, "Flood")
    scenario(files, "Storm", loss='{ distribution = "uniform", low = 0.1, high = 0.9 }\nprobability = 0.9')
    text = (files / "Storm.toml").read_text()
    (files / "Storm.toml").write_text(text + "[ensemble]\nruns = 5\nseed = 3\n")
    vc.write_run(vc.simulate(vc.example(NET), {"sector_2": 1.0}, days=10), tmp_path / "kept")
    target = tmp_path / "report.html"
    said = run(NET, "--scenario", files, "--results", tmp_path / "kept", "--output", target)
    assert f"wrote {target}" in said
    page = target.read_text(encoding="utf-8")
    for words in ("Flood (inventory model)", "Storm (inventory model, 5 runs)", "sector_2 (inventory model)"):
        assert words in page
    assert "Risk index" in page
    assert re.search(r"Storm: 3\b", page)


def test_partners_are_suggested_by_scenarios_that_take_capacity(tmp_path):
    firms = pd.DataFrame(
        {
            "firm": ["plant", "s2", "toys", "s1"],
            "sector": ["cars", "metal", "toys", "metal"],
            "output": [200.0, 50.0, 90.0, 50.0],
            "capacity": [200.0, 120.0, 90.0, 50.0],
        }
    )
    links = pd.DataFrame({"supplier": ["s1", "s2"], "buyer": ["plant", "toys"], "flow": [40.0, 45.0]})
    vc.write(
        vc.Network.from_tables(firms, links, name="Metal", currency="kEUR", essential_rule="all"), tmp_path / "net"
    )
    target, fire = tmp_path / "r.html", scenario(tmp_path, "Fire", firm="s1", loss="0.9")
    demand = scenario(tmp_path, "Glut", firm="plant")
    demand.write_text(demand.read_text().replace('"capacity"', '"demand"'))
    said = run(tmp_path / "net", "--scenario", fire, "--scenario", demand, "--partners", "--output", target)
    assert "note: partners are not judged by 'Glut'" in said
    page = target.read_text(encoding="utf-8")
    assert "s2 as a further supplier of “metal” to plant cuts the loss by" in page
    assert "<article>" in page
    assert "New single point of failure: no" in page
    assert "Rank: 1 of 1 candidates for this need by loss cut." in page
    run(NET, "--scenario", scenario(tmp_path, "Flood"), "--partners", "--output", target, "--force")
    assert "no firm was found that could step in" in target.read_text(encoding="utf-8")


def test_faults_of_all_scenarios_are_listed_and_nothing_is_written(tmp_path):
    one = scenario(tmp_path, "one", loss="1.5")
    two = scenario(tmp_path, "two", loss='"half"')
    said = run(NET, "--scenario", one, "--scenario", two, "--output", tmp_path / "r.html", code=3)
    assert "one.toml" in said
    assert "two.toml" in said
    assert not (tmp_path / "r.html").exists()


def test_an_unknown_firm_in_a_scenario_is_bad_data(tmp_path):
    said = run(NET, "--scenario", scenario(tmp_path, "one", firm="sector_9"), "--output", tmp_path / "r.html", code=3)
    assert "sector_9" in said
    assert not (tmp_path / "r.html").exists()


def test_runs_of_another_network_and_folders_without_runs_are_refused(tmp_path):
    vc.write_run(vc.simulate(vc.example("baltic_mobility"), {"FI-007": 1.0}, days=3), tmp_path / "other")
    target = tmp_path / "r.html"
    said = run(NET, "--results", tmp_path / "other", "--output", target, code=3)
    assert "computed on other data: network 'Baltic mobility (invented)'" in said
    assert "compute it again on this network" in said
    (tmp_path / "empty").mkdir()
    said = run(NET, "--results", tmp_path / "empty", "--results", tmp_path / "none", "--output", target, code=3)
    assert "empty holds no run" in said
    assert "none is no folder" in said
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--output", "{0}/kept.html"], 2, "exists and was kept; say --force"),
        (["--output", "{0}/no/r.html"], 1, "make it first"),
        (["--output", "/proc/r.html"], 1, "takes no new file; choose another place"),
        (["--output", "{0}"], 1, "is a folder"),
        (["--output", "{0}/r.html", "--seed", "3"], 2, "add --scenario FILE"),
        (["--output", "{0}/r.html", "--language", "xx"], 2, "xx"),
        ([], 2, "--output"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(tmp_path, arguments, code, words):
    (tmp_path / "kept.html").write_text("mine")
    assert words in run(NET, *(a.format(tmp_path) for a in arguments), code=code)
    assert (tmp_path / "kept.html").read_text() == "mine"
    assert not (tmp_path / "r.html").exists()


def test_force_replaces_but_never_what_is_read(tmp_path):
    net = tmp_path / "net.xlsx"
    vc.write(vc.example(NET), net)
    assert "is read by this run and was kept" in run(net, "--output", net, "--force", code=2)
    target = tmp_path / "r.html"
    target.write_text("old")
    run(net, "--output", target, "--force")
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

"""The command choose, as people type it."""

import json

import pytest
from click.testing import CliRunner

from valuechain.cli import group

OPTIONS = """\
candidate,product,buyer,cost
KOR.anode,anode,CHN.cells,2
JPN.anode,anode,CHN.cells,1
"""
FIRE = """\
name = "fire"
[[shock]]
what = "capacity"
where = { firms = ["CHN.anode"] }
loss = 0.01
"""


@pytest.fixture
def words(tmp_path):
    (tmp_path / "options.csv").write_text(OPTIONS)
    (tmp_path / "fire.toml").write_text(FIRE)
    files = ["--options", str(tmp_path / "options.csv"), "--scenario", str(tmp_path / "fire.toml")]
    return ["choose", "eu_battery", *files, "--spare-share", "0.1"]


def run(*words):
    return CliRunner().invoke(group, list(words))


def test_the_set_its_proof_and_what_it_is_compared_with(words):
    done = run(*words, "--budget", "2")
    assert done.exit_code == 0, done.output
    assert "Take 1 of 2 options from 1 partner for 2 MUSD" in done.output
    assert "South Korea, anode active material" in done.output
    assert "Sets compared, simulated again" in done.output
    assert json.loads(run(*words, "--budget", "2", "--format", "json").stdout)["cost"] == 2
    lines = run(*words, "--budget", "2", "--format", "csv").stdout.splitlines()
    assert lines[1].startswith("KOR.anode,anode,CHN.cells")


def test_the_front_is_a_table_of_its_own(words):
    lines = run(*words, "--front", "--points", "3", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("cost,loss_cut,tail_cut")
    assert [line.split(",")[0] for line in lines[1:]][-1] == "3"


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ([], 2, "say what limits the set"),
        (["--budget", "0.5"], 2, "is below the cheapest option, 1 MUSD (JPN.anode for anode of CHN.cells)"),
        (["--front", "--tail-weight", "1"], 2, "leave out --tail-weight"),
        (["--budget", "2", "--least-countries", "3"], 2, "more than the 2 countries"),
    ],
)
def test_bad_input_says_what_to_do(words, more, code, said):
    done = run(*words, *more)
    assert (done.exit_code, said in " ".join(done.output.split())) == (code, True), done.output


def test_faults_of_the_options_end_with_bad_data(words, tmp_path):
    (tmp_path / "options.csv").write_text(OPTIONS.replace(",1\n", ",-1\n").replace("KOR.anode", "KOR.anod"))
    done = run(*words, "--budget", "2", "--output", str(tmp_path / "set.csv"))
    assert done.exit_code == 3
    assert "options.csv row 2: candidate 'KOR.anod' is not in firms; did you mean 'KOR.anode'" in done.output
    assert "options.csv row 3: cost '-1' is negative" in done.output
    assert not (tmp_path / "set.csv").exists()

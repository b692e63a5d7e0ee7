"""The command cuts: what people see, and how it ends when asked wrongly."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from valuechain.cli import group


def run(*words: str):
    return CliRunner().invoke(group, ["cuts", "eu_battery", *words])


def test_cut_sets_in_words_and_rows():
    shown = run("--target", "DEU.cells")
    assert shown.exit_code == 0
    assert "1 single point and 1 pair; none" in " ".join(shown.stdout.split())
    assert "CHN.cathode; OTHER.cathode" in shown.stdout
    assert "MUSD per year" in shown.stdout
    assert "no member does alone" in " ".join(shown.stdout.split())
    data = json.loads(run("--target", "DEU.cells", "--size", "3", "--format", "json").stdout)
    assert (data["connectivity"], data["exact"], data["count"]) == (1, True, len(data["rows"]))


def test_what_stops_and_whom_a_firm_hangs_on():
    failed = run("--fail", "CHN.cathode", "--fail", "OTHER.cathode", "--format", "csv")
    assert failed.stdout.splitlines()[0].startswith("firm,value_stopped,sweep,product,suppliers")
    hangs = run("--hangs-on", "DEU.cells", "--by", "country")
    assert "1 group (by country) alone stops Germany, battery cells (DEU.cells)" in hangs.stdout


def test_needs_whose_sources_are_one():
    shown = run("--slots")
    assert "4 have one supplier and 18 have several" in " ".join(shown.stdout.split())
    assert "True" not in shown.stdout
    rows = json.loads(run("--slots", "--format", "json").stdout)["rows"]
    assert (rows[0]["independent"], rows[0]["exact"], rows[0]["shared_points"]) == (1, True, "CHN.graphite_refining")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "give one of --target ID, --fail ID"),
        (("--target", "DEU.cells", "--fail", "CHN.cells"), 2, "give one of"),
        (("--slots", "--semantics", "ground-up"), 2, "--slots is for --semantics propagation"),
        (("--slots", "--size", "3"), 2, "--size has no effect with --slots"),
        (
            ("--fail", "CHN.cells", "--size", "3", "--cluster-stops", "any"),
            2,
            "--size and --cluster-stops have no effect",
        ),
        (("--target", "DEU.cells", "--cluster-stops", "any"), 2, "no effect with a target that is no cluster"),
        (("--target", "DEU.cell"), 3, "'DEU.cell' is no firm, product or cluster"),
        (("--target", "DEU.cells", "--size", "4"), 2, "4 is not in the range"),
        (("--target", "DEU.cells", "--kind", "cluster"), 3, "it is a firm: kind='firm'"),
        (("--fail", "CHN.cels"), 3, "did you mean 'CHN.cells'"),
        (("--hangs-on", "DEU.cells", "--by", "town"), 3, "has no column 'town'"),
    ],
)
def test_wrong_questions_end_with_words(words, code, said):
    result = run(*words)
    assert result.exit_code == code
    assert said in result.stderr
    assert not result.stdout

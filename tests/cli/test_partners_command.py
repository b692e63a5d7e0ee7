"""The command partners: what people read, what programs read, what is refused and how."""

import io
import json

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from valuechain.cli import group

STORM = """
name = "flood of the coast"
[[shock]]
what = "capacity"
where = { country = ["SWE", "DEU", "FIN"] }
loss = 0.5
"""
GIVEN = ("--spare-share", "0.1", "--fixed-cost", "12", "--unit-cost", "1.2")


@pytest.fixture
def run(tmp_path):
    file = tmp_path / "flood.toml"
    file.write_text(STORM, encoding="utf-8")

    def call(*words):
        return CliRunner().invoke(
            group, ["partners", "baltic_mobility", "--scenario", str(file), *GIVEN, *words], catch_exceptions=False
        )

    return call


def test_people_read_who_would_help_whom_and_what_it_rests_on(run):
    ended = run("--cluster", "POL-COAST", "--max-km", "900", "--top", "3")
    assert ended.exit_code == 0
    assert "New suppliers for cluster POL-COAST: all essential inputs" in ended.stdout
    assert "% of the expected loss of all firms" in " ".join(ended.stdout.split())
    assert "(farther than 900 km)" in " ".join(ended.stdout.split())
    assert "Rests on: cluster: POL-COAST; spare_share: 0.1;" in ended.stdout
    assert "note:" not in ended.stderr
    # A certain scenario is not drawn: there is no interval, and nothing that drawing leaves unsure.
    header = next(line for line in ended.stdout.splitlines() if "loss cut" in line and "tail cut" in line)
    assert not {"low", "high"} & {*header.split()}


def test_where_all_makers_supply_already_a_new_user_reads_whom_to_ask_for_more():
    asked = ["partners", "eu_battery", "--buyer", "POL.cells", "--runs", "60", "--spare-share", "0.1"]
    ended = CliRunner().invoke(group, asked, catch_exceptions=False)
    text = " ".join(ended.stdout.split())
    assert ended.exit_code == 0
    assert "(OTHER.cathode) as supplier of cathode to Poland, battery cells" in text
    assert "For 3 of 4 needs present suppliers of less than 25% of the need are asked for more" in text
    assert "No candidate is left for 1 of 4 needs: anode of POL.cells." in text
    assert "nobody else in the network makes it: look outside (candidates, --candidates FILE)" in text
    assert "Most concentrated foreign input: anode, 94.9 % of it from CHN, 99.6 % from abroad in all; no cand" in text
    needs = CliRunner().invoke(group, [*asked, "--needs", "--format", "csv"], catch_exceptions=False).stdout
    read = pd.read_csv(io.StringIO(needs)).set_index("product")
    assert read.loc["cathode", ["largest_country", "country_share"]].tolist() == ["CHN", pytest.approx(0.894, abs=1e-3)]
    strict = CliRunner().invoke(group, [*asked, "--suppliers-below", "0", "--no-shared-points"], catch_exceptions=False)
    assert strict.exit_code == 3
    assert "removed were 12 (a present supplier)" in strict.stderr
    wrong = CliRunner().invoke(group, [*asked, "--tiers", "far"], catch_exceptions=False)
    assert wrong.exit_code == 2
    assert "tiers 'far' is no number of tiers" in wrong.stderr


def test_programs_read_all_rows_at_full_precision(run, tmp_path):
    out = tmp_path / "found.csv"
    assert run("--cluster", "POL-COAST", "--output", str(out)).exit_code == 0
    table = pd.read_csv(out)
    assert table.columns[:7].tolist() == [
        "candidate", "product", "buyer", "loss_cut", "loss_cut_low", "loss_cut_high", "cost",
    ]  # fmt: skip
    data = json.loads(run("--cluster", "POL-COAST", "--format", "json").stdout)
    assert len(data["rows"]) == len(table)
    assert data["rows"][0]["loss_cut"] == pytest.approx(table["loss_cut"][0], rel=1e-15)
    assert {"needs", "removed", "shared_points"} <= data.keys()
    same = pd.read_csv(io.StringIO(run("--cluster", "POL-COAST", "--format", "csv", "--threads", "1").stdout))
    pd.testing.assert_frame_equal(same, table)


def test_what_cannot_be_answered_is_said_with_a_remedy(run):
    ended = run("--buyer", "PL-027", "--product", "hydraulic_unit", "--area", "SWE")
    assert ended.exit_code == 3
    assert "no candidate is left of 3 for hydraulic_unit" in ended.stderr
    assert "1 (not in SWE)" in ended.stderr
    assert run("--buyer", "PL-0277").exit_code == 3
    low = run("--buyer", "PL-027", "--product", "hydraulic_unit", "--budget", "1")
    assert low.exit_code == 2
    assert "below the cheapest candidate: FI-045 for hydraulic_unit of PL-027 costs" in low.stderr


def test_why_prints_the_evidence_of_the_first_suggestions(run):
    ended = run("--buyer", "PL-027", "--product", "control_board", "--why", "--cards", "1")
    said = " ".join(ended.stdout.split())
    assert "as second source of Control board (control_board) for" in said
    for word in (
        "Loss cut:",
        "Cost:",
        "Covers:",
        "Capacity:",
        "Upstream:",
        "New single point of failure:",
        "Rank: 1 of",
    ):
        assert said.count(f"- {word}") == 1


def test_why_has_no_place_in_csv(run):
    ended = run("--buyer", "PL-027", "--why", "--format", "csv")
    assert ended.exit_code == 2
    assert "take --format json for both" in " ".join(ended.stderr.split())


def test_a_workbook_is_written_edited_and_read_back(run, tmp_path):
    book, words = tmp_path / "partners.xlsx", ("--buyer", "PL-027", "--product", "control_board")
    assert run(*words, "--xlsx", str(book)).exit_code == 0
    work = openpyxl.load_workbook(book)
    chosen = work["partners"]["A4"].value
    heads = [cell.value for cell in work["evidence"][4]]
    assert {"points_as_backup, firms", "stock_better_days, days", "inputs_top3, fraction of draws"} <= set(heads)
    assert isinstance(work["evidence"][5][heads.index("points_today, firms")].value, int | float)
    work["partners"]["D4"] = "contacted"
    work.save(book)
    again = run(*words, "--statuses", str(book), "--format", "csv")
    table = pd.read_csv(io.StringIO(again.stdout)).set_index("candidate")
    assert table["status"].to_dict() == {c: "contacted" if c == chosen else "candidate" for c in table.index}
    kept = run(*words, "--statuses", str(book), "--xlsx", str(book))
    assert kept.exit_code == 2
    assert run(*words, "--statuses", str(book), "--xlsx", str(book), "--force").exit_code == 0
    assert openpyxl.load_workbook(book)["partners"]["D4"].value == "contacted"
    work["partners"]["D4"] = "active"
    work.save(book)
    ended = run(*words, "--statuses", str(book), "--xlsx", str(book), "--force")
    assert "Active partners: no suggestions any more" in ended.stdout
    left = pd.read_csv(io.StringIO(run(*words, "--statuses", str(book), "--format", "csv").stdout))
    assert chosen not in left["candidate"].tolist()
    assert f"active and no suggestion any more: {chosen} for control_board" in " ".join(ended.stderr.split())
    # The new workbook keeps it.
    sheet = openpyxl.load_workbook(book)["partners"]
    assert [r[3].value for r in sheet.iter_rows(min_row=4) if r[0].value == chosen] == ["active"]


def test_steps_and_finalists_follow_the_suggestions(run, tmp_path):
    words = ("--buyer", "PL-027", "--product", "control_board")
    ended = run(*words, "--steps", "1", "--finalists", "1")
    said = " ".join(ended.stdout.split())
    assert "Partners step by step" in said
    assert "Finalists day by day: flood of the coast" in said
    assert run(*words, "--steps", "1", "--finalists", "1", "--format", "csv").exit_code == 2
    (tmp_path / "two.toml").write_text(STORM.replace("0.5", "0.2").replace("flood", "two"), encoding="utf-8")
    assert "you gave 2; give one" in run(*words, "--scenario", str(tmp_path / "two.toml"), "--finalists", "1").stderr
    table = pd.read_csv(io.StringIO(run(*words, "--steps", "2", "--format", "csv").stdout))
    assert table["step"].tolist() == list(range(1, len(table) + 1))

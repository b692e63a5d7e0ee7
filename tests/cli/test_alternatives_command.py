"""The commands alternatives and match, as people type them."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from valuechain.cli import group

RUN = ["alternatives", "eu_battery", "--fail", "CHN.lithium_mining", "--spare-share", "0.2"]


def run(*words):
    return CliRunner().invoke(group, list(words))


def test_the_table_says_who_delivers_and_what_stays_unmet():
    done = run(*RUN, "--direct", "--area", "EU", "--top", "1")
    assert done.exit_code == 0, done.output
    assert "3 needs get less than their buyers could use, 5,853 MUSD per year in all" in done.output
    assert "PRT.lithium_mining" in done.output
    assert "Needs that stay unmet" in done.output
    assert "(1 of 3 rows; --top shows more, --unmet --format csv all)" in done.output


def test_csv_and_json_hold_all(tmp_path):
    lines = run(*RUN, "--direct", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("buyer,product,supplier,delivery_value")
    assert lines[1].endswith(",true,false,false")
    target = tmp_path / "unmet.csv"
    assert run(*RUN, "--area", "EU", "--unmet", "--output", str(target)).exit_code == 0
    assert target.read_text().startswith("buyer,product,need_value,filled_share,returns_share,unmet_value")
    data = json.loads(run(*RUN, "--format", "json").stdout)
    assert data["slots"] == len(data["needs"]["rows"]) == 24


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["alternatives", "eu_battery"], 2, "either --scenario FILE or --fail FIRM"),
        (["alternatives", "eu_battery", "--fail", "CHN.lithum_mining"], 3, "did you mean 'CHN.lithium_mining'"),
        ([*RUN, "--area", "Europe"], 3, "no bloc is called 'Europe'"),
        ([*RUN, "--cluster", "lithium"], 3, "lithium_chain"),
        (["match", "none.csv", "none.csv"], 3, "there is no such file"),
    ],
)
def test_bad_input_says_what_to_do(words, code, said):
    done = run(*words)
    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_needs_and_offers_from_files(tmp_path):
    (tmp_path / "needs.csv").write_text("firm,product,quantity,unit\n=cmd(),mask,3,t\n")
    (tmp_path / "offers.csv").write_text("firm,product,quantity,unit\nx,mask,2,t\ny,glove,1,t\n")
    files = [str(tmp_path / "needs.csv"), str(tmp_path / "offers.csv")]
    done = run("match", *files)
    assert done.exit_code == 0, done.output
    assert "0 of 1 needs are filled wholly, 1 in part" in done.output
    assert "Offers that are left" in done.output
    assert "\n'=cmd(),mask,x,2" in run("match", *files, "--format", "csv").stdout
    (tmp_path / "needs.csv").write_text("firm,product,quantity\na,mask,3\n")
    done = run("match", *files)
    assert (done.exit_code, "column 'unit' is missing" in done.output) == (3, True), done.output


def test_needs_and_offers_from_a_network(tmp_path):
    assert run("match").exit_code == 2
    done = run("match", "--network", "eu_battery")
    assert (done.exit_code, "needs: is not among the tables" in done.output) == (3, True), done.output
    net = vc.example("eu_battery")
    one, two = net.firm_ids[:2]
    rows = {"product": ["water"], "quantity": [2.0], "unit": ["t"]}
    tables = {"needs": pd.DataFrame({"firm": [one], **rows}), "offers": pd.DataFrame({"firm": [two], **rows})}
    links = pd.DataFrame({"supplier": [one], "buyer": [two], "flow": [1.0]})
    network = vc.Network.from_tables(net.firms.iloc[:2][["firm", "sector"]], links, essential_rule="all", **tables)
    vc.write(network, tmp_path / "net.xlsx")
    done = run("match", "--network", str(tmp_path / "net.xlsx"))
    assert (done.exit_code, "1 of 1 needs are filled wholly" in done.output) == (0, True), done.output

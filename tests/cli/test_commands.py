"""Every command: formats, exit codes, outputs that are kept, and notes that stay off stdout."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import valuechain as vc
from tests.conftest import network_of
from valuechain.cli import group
from valuechain.cli.output import printable

NETWORK = "textbook"
DATA = Path(__file__).parent / "data"
CHOICE = ["--options", str(DATA / "options.csv"), "--scenario", str(DATA / "fire.toml")]
COMMANDS: dict[str, list[str]] = {
    "alternatives": ["alternatives", "baltic_mobility", "--fail", "FI-007"],
    "check": ["check", NETWORK],
    "choose": ["choose", "eu_battery", *CHOICE, "--budget", "2", "--spare-share", "0.1"],
    "critical": ["critical", NETWORK],
    "match": ["match", str(DATA / "needs.csv"), str(DATA / "offers.csv")],
    "partners": ["partners", "baltic_mobility", "--buyer", "PL-027", "--product", "hydraulic_unit", "--runs", "20"],
    "diagnose": ["diagnose", NETWORK],
    "risk": ["risk", NETWORK],
    "cascade": ["cascade", NETWORK, "--fail", "sector_1"],
    "centrality": ["centrality", NETWORK],
    "concentration": ["concentration", NETWORK],
    "country-single-points": ["country-single-points", "eu_battery"],
    "cuts": ["cuts", NETWORK, "--target", "sector_1", "--kind", "firm"],
    "dependency": ["dependency", "eu_battery", "--area", "EU"],
    "examples": ["examples"],
    "exposure": ["exposure", NETWORK],
    "reach": ["reach", NETWORK, "--firm", "sector_1"],
    "simulate": ["simulate", NETWORK, "--fail", "sector_1", "--days", "5"],
    "supplier-exposure": ["supplier-exposure", "eu_battery", "--cluster", "lithium_chain"],
}
FILE_WRITERS = sorted(set(COMMANDS) - {"simulate"})
"""Commands whose --output is a file; that of simulate is a folder."""
WRITERS = {"convert", "export", "report"}
SECTIONS = ["critical", "overview", "risk", "single-sourced", "products", "product-countries", "countries"]


def run(*arguments: object, code: int = 0):
    ended = CliRunner().invoke(group, [str(a) for a in arguments])
    assert ended.exit_code == code, ended.output
    assert "Traceback" not in ended.output
    if code:
        assert ended.stdout == ""
    return ended


def strict(text: str):
    def refuse(word: str):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def written(tmp_path, network) -> str:
    folder = tmp_path / "network"
    vc.write(network, folder)
    return str(folder)


def test_every_command_is_under_test():
    assert set(group.commands) == set(COMMANDS) | WRITERS


@pytest.mark.parametrize("name", sorted(group.commands))
def test_help_has_an_example_and_says_what_it_does(name):
    text = run(name, "--help").stdout
    assert f"Example: valuechain {name}" in text
    assert len(text) > 100


def test_help_of_the_group_has_the_exit_codes():
    text = run("--help").stdout
    assert "Exit codes: 0 done, 1 the analysis failed, 2 wrong usage, 3 bad data, 130 interrupted." in " ".join(
        text.split()
    )
    assert all(name in text for name in group.commands)
    assert run("--version").stdout.strip() == f"valuechain, version {vc.__version__}"


# ---- formats


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_table_is_text_for_people(name):
    text = run(*COMMANDS[name]).stdout
    assert max(map(len, text.splitlines())) <= 160
    assert "\x1b" not in text
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_json_parses_and_has_rows(name):
    data = strict(run(*COMMANDS[name], "--format", "json").stdout)
    assert data["rows"]
    assert data["title"]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_csv_reads_back_as_the_json_rows(name):
    table = pd.read_csv(io.StringIO(run(*COMMANDS[name], "--format", "csv").stdout))
    rows = strict(run(*COMMANDS[name], "--format", "json").stdout)["rows"]
    assert list(table.columns) == list(rows[0])
    assert len(table) == len(rows)
    for column in table.columns:
        expected = [r[column] for r in rows]
        if table[column].dtype.kind in "if":
            # JSON has no infinity: what is inf in csv is null there.
            assert table[column].replace(np.inf, np.nan).tolist() == pytest.approx(
                [np.nan if v is None else v for v in expected], nan_ok=True, rel=1e-15
            )
        else:
            assert [None if pd.isna(v) else v for v in table[column]] == expected


def test_csv_has_full_precision():
    table = pd.read_csv(io.StringIO(run("risk", "baltic_mobility", "--format", "csv").stdout))
    expected = vc.systemic_risk(vc.example("baltic_mobility")).table
    assert table["firm"].tolist() == expected["firm"].tolist()  # all rows, whatever --top says
    assert np.abs(table["index"].to_numpy() - expected["index"].to_numpy()).max() <= 1e-16
    assert table["sweeps"].tolist() == expected["sweeps"].tolist()


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize("section", SECTIONS)
def test_sections_of_the_diagnosis(section, form):
    text = run("diagnose", "baltic_mobility", "--section", section, "--format", form, "--top", "3").stdout
    if form == "json":
        assert strict(text)["rows"]
    elif form == "csv":
        assert len(pd.read_csv(io.StringIO(text))) >= 3
    else:
        assert len(text.splitlines()) > 5


def test_the_diagnosis_shows_all_sections():
    text = run("diagnose", "baltic_mobility").stdout
    for words in (
        "Diagnosis of",
        "hurt most",
        "hang on one supplier",
        "by product",
        "by country",
        "Overview of",
        "Rests on:",
    ):
        assert words in text
    data = strict(run("diagnose", "baltic_mobility", "--format", "json").stdout)
    assert data["overview"]["rows"]
    assert len(data["rows"]) == 20
    assert len(data["risk"]["rows"]) == 303


def test_top_is_the_number_of_rows_on_the_screen():
    few = run("risk", "baltic_mobility", "--top", "2").stdout
    assert "2 of 303 rows" in few
    assert len(few.splitlines()) < 20
    assert len(pd.read_csv(io.StringIO(run("risk", "baltic_mobility", "--top", "2", "--format", "csv").stdout))) == 303


# ---- options reach the functions


def test_options_of_the_cascade_reach_the_model():
    options = [
        "--tolerance",
        "1e-4",
        "--stop",
        "total",
        "--market",
        "none",
        "--revenue",
        "output",
        "--weights",
        "output",
    ]
    data = strict(run("risk", NETWORK, *options, "--format", "json").stdout)
    given = data["parameters"]
    assert (given["tolerance"], given["stop"], given["revenue"], given["weights"]) == (
        1e-4,
        "total",
        "output",
        "output",
    )
    assert given["market"] == "none (no replacement)"
    model = vc.Cascade(tolerance=1e-4, stop="total", market=None, revenue="output", weights="output")
    with pytest.warns(vc.ValueChainWarning):
        expected = vc.systemic_risk(vc.example(NETWORK), model=model).table
    assert [r["index"] for r in data["rows"]] == expected["index"].tolist()


def test_failing_firms_and_fractions():
    data = strict(run("cascade", NETWORK, "--fail", "sector_1=0.25", "--fail", "sector_2", "--format", "json").stdout)
    down = {r["firm"]: r["loss_down"] for r in data["rows"]}
    assert down["sector_2"] == 1
    assert data["parameters"]["scenario"] == "sector_1 loses 25%, sector_2 loses 100%"


def test_a_scenario_file(root):
    file = root / "graphs" / "baltic_mobility" / "scenarios" / "power_module_fire.toml"
    data = strict(run("cascade", "baltic_mobility", "--scenario", file, "--format", "json").stdout)
    assert data["title"] == "Cascade: Fire at the power module plant"
    assert data["rows"][0]["loss"] == pytest.approx(0.8)


def test_concentration_options():
    data = strict(
        run("concentration", "baltic_mobility", "--by", "buyer", "--merge", "country", "--format", "json").stdout
    )
    expected = vc.concentration(vc.example("baltic_mobility"), by="buyer", merge="country").table
    assert [r["group"] for r in data["rows"]] == expected["group"].tolist()


def test_concentration_of_blocs():
    options = ("--merge", "bloc", "--bloc", "EU", "--bloc", "Far East=CN,JP,KOR", "--format", "json")
    data = strict(run("concentration", "eu_battery", "--by", "cluster", *options).stdout)
    assert data["rows"][0]["largest"] == "Far East"
    for wrong in ("Far East=", "=CHN"):
        assert (
            "write NAME=DEU,FRA"
            in run("concentration", "eu_battery", "--merge", "bloc", "--bloc", wrong, code=2).stderr
        )


def test_dependency_thresholds():
    data = strict(run("dependency", "eu_battery", "--cdi1", "0.95", "--preset", "GeoDep", "--format", "json").stdout)
    assert [r["product"] for r in data["rows"] if r["dependent"]] == ["cathode"]
    assert data["parameters"]["cdi1 above"] == 0.95


def test_threads_change_nothing():
    one = run("risk", "baltic_mobility", "--threads", "1", "--format", "csv").stdout
    assert run("risk", "baltic_mobility", "--threads", "2", "--format", "csv").stdout == one


# ---- wrong usage, bad data


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage"),
        (["diagnos"], "No such command"),
        (["diagnose"], "Missing argument"),
        (["diagnose", NETWORK, "--top", "0"], "--top"),
        (["diagnose", NETWORK, "--section", "all"], "--section"),
        (["risk", NETWORK, "--format", "xml"], "--format"),
        (["risk", NETWORK, "--tolerance", "1"], "--tolerance"),
        (["risk", NETWORK, "--threads", "0"], "--threads"),
        (["cascade", NETWORK], "--fail"),
        (["cascade", NETWORK, "--fail", "a", "--scenario", "b.toml"], "either"),
        (["cascade", NETWORK, "--fail", "sector_1=most"], "'most' is not a fraction; write sector_1=0.5 for half"),
        (["cascade", NETWORK, "--fail", "sector_1=1.5"], "is not between 0 and 1; write sector_1=0.5 or sector_1=50%"),
        (["diagnose", NETWORK, "--section", "countries"], "country"),
        (["diagnose", NETWORK, "--html", "x.html", "--output", "x.html"], "x.html"),
        (["convert", NETWORK], "NETWORK TARGET"),
        (["convert", NETWORK, "x", "--template", "y.xlsx"], "--template"),
        (["convert", NETWORK, "x.xlsx", "--tables", "parquet"], "folder"),
        (["convert", NETWORK, "x.ods"], "not written"),
        (["export", NETWORK], "--output"),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in run(*arguments, code=2).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["diagnose", "textbok"], "did you mean 'textbook'"),
        (["check", "no/such/folder"], "no/such/folder"),
        (["cascade", NETWORK, "--fail", "sector_3"], "firm 'sector_3'"),
        (["cascade", NETWORK, "--scenario", "none.toml"], "none.toml"),
        (["risk", NETWORK, "--weights", "outpt"], "did you mean 'output'"),
        (["risk", NETWORK, "--market", "region"], "no column 'region'"),
        (["concentration", NETWORK, "--by", "country"], "country"),
        (["concentration", NETWORK, "--merge", "knid"], "did you mean 'kind'"),
        (["dependency", "eu_battery", "--area", "EUX"], "did you mean 'EU'"),
        (["dependency", NETWORK], "no column 'country'"),
        (["reach", NETWORK, "--firm", "sector_x"], "firm 'sector_x'"),
        (["supplier-exposure", "eu_battery", "--cluster", "lithium"], "lithium_chain"),
    ],
)
def test_bad_data_is_3(arguments, words):
    ended = run(*arguments, code=3)
    assert words in ended.stderr
    assert any(line.startswith("error: ") for line in ended.stderr.splitlines())


def test_faults_of_a_folder_are_all_listed(tmp_path):
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "network.toml").write_text('format = 1\nname = "bad"\n')
    (folder / "firms.csv").write_text("firm,sector\na,x\na,y\n")
    (folder / "links.csv").write_text("supplier,buyer,flow\na,q,1\na,a,-3\n")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    text = run("check", folder, code=3).stderr
    for part in ("firms.csv row 3: firm 'a'", "links.csv row 2: buyer 'q'", "links.csv row 3: flow '-3'"):
        assert part in text
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


# ---- outputs


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize("name", FILE_WRITERS)
def test_output_goes_to_the_file_only(name, form, tmp_path):
    file = tmp_path / "out"
    ended = run(*COMMANDS[name], "--format", form, "--output", file)
    assert ended.stdout == ""
    assert f"wrote {file}" in ended.stderr
    assert file.read_text(encoding="utf-8").rstrip("\n") == run(*COMMANDS[name], "--format", form).stdout.rstrip("\n")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", FILE_WRITERS)
def test_an_output_that_exists_is_kept(name, tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("mine")
    ended = run(*COMMANDS[name], "--format", "csv", "--output", file, code=2)
    assert "--force" in ended.stderr
    assert file.read_text() == "mine"
    run(*COMMANDS[name], "--format", "csv", "--output", file, "--force")
    assert file.read_text() != "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_run_is_saved_beside_what_is_shown(form, tmp_path):
    folder = tmp_path / "run"
    shown = run(*COMMANDS["simulate"], "--format", form).stdout
    ended = run(*COMMANDS["simulate"], "--format", form, "--output", folder)
    assert ended.stdout == shown
    assert f"wrote {folder}" in ended.stderr
    assert "--force" in run(*COMMANDS["simulate"], "--output", folder, code=2).stderr
    run(*COMMANDS["simulate"], "--output", folder, "--force")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_existing_output_is_refused_before_the_work(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("mine")
    # The network does not exist either; the refusal comes first, as it would before hours of work.
    ended = run("diagnose", "no-such-network", "--output", file, code=2)
    assert "exists" in ended.stderr


def test_a_folder_that_does_not_exist_is_no_output(tmp_path):
    ended = run("risk", NETWORK, "--output", tmp_path / "no" / "out.csv", code=1)
    assert "no" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_page_beside_the_table(tmp_path):
    page = tmp_path / "page.html"
    ended = run("diagnose", NETWORK, "--html", page)
    assert page.read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html")
    assert f"wrote {page}" in ended.stderr
    assert "Diagnosis of" in ended.stdout
    assert "--force" in run("diagnose", NETWORK, "--html", page, code=2).stderr


def test_export(tmp_path):
    page = tmp_path / "page.html"
    assert run("export", NETWORK, "--output", page).stdout == ""
    first = page.read_bytes()
    run("export", NETWORK, "--output", page, code=2)
    assert page.read_bytes() == first
    run("export", NETWORK, "--output", page, "--force")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("target", ["folder", "book.xlsx", "net.graphml", "net.gexf"])
def test_convert_keeps_the_network(tmp_path, target):
    path = tmp_path / target
    ended = run("convert", NETWORK, path)
    assert ended.stdout == ""
    assert "2 firms, 4 links" in ended.stderr
    with pytest.warns(vc.ValueChainWarning):
        assert vc.read(path) == vc.example(NETWORK)
    run("convert", NETWORK, path, code=2)
    run("convert", NETWORK, path, "--force")


def test_convert_to_parquet_tables(tmp_path):
    run("convert", NETWORK, tmp_path / "folder", "--tables", "parquet")
    assert (tmp_path / "folder" / "links.parquet").is_file()


def test_template(tmp_path):
    book = tmp_path / "my.xlsx"
    assert f"valuechain check {book}" in run("convert", "--template", book).stderr
    assert book.is_file()
    run("convert", "--template", book, code=2)


def test_examples_are_listed_and_can_be_used():
    names = [r["name"] for r in strict(run("examples", "--format", "json").stdout)["rows"]]
    assert names == [e.name for e in vc.example_names()]
    assert {"baltic_mobility", "eu_battery", "textbook"} <= set(names)
    for name in names:
        run("check", name)


# ---- notes and hostile names


def test_notes_are_on_stderr_only(tmp_path):
    network = network_of([("a", "a", 1.0), ("a", "b", 1.0)])
    folder = written(tmp_path, network)
    ended = run("diagnose", folder, "--format", "json")
    strict(ended.stdout)
    assert "note: " in ended.stderr
    assert "itself" in ended.stderr
    assert ended.stderr.count("essential_rule") == 1
    assert "Warning" not in ended.stderr


HOSTILE = ["[red]bold[/red]", "[/]", "=1+1", ":smile:", "日本", 'a;b,"c"', "[link=http://x]x[/link]", "-- end", "<b>"]


def test_hostile_names_are_shown_as_typed(tmp_path):
    links = [(HOSTILE[k], HOSTILE[k - 1], 1.0 + k) for k in range(len(HOSTILE))]
    names = {"name": {h: f"{h} Ltd" for h in HOSTILE}}
    folder = written(
        tmp_path, network_of(links, firms=names, sector=dict.fromkeys(HOSTILE, "[blink]"), essential_rule="all")
    )
    for arguments in (["diagnose", folder], ["risk", folder], ["cascade", folder, "--fail", HOSTILE[0]]):
        text = run(*arguments).stdout
        for name in HOSTILE:
            assert name in text, (arguments, name)
    data = strict(run("risk", folder, "--format", "json").stdout)
    assert {r["firm"] for r in data["rows"]} == set(HOSTILE)
    table = pd.read_csv(io.StringIO(run("risk", folder, "--format", "csv").stdout))
    assert set(table["firm"]) == {*HOSTILE, "'=1+1", "'-- end"} - {"=1+1", "-- end"}


def test_control_characters_never_reach_the_terminal(tmp_path):
    # Tables with such characters are refused when they are read; what else a file says must not pass either.
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "firms.csv").write_text("firm,sector\na,x\nb,y\n")
    (folder / "links.csv").write_text("supplier,buyer,flow\na,b,1\n")
    for key in ("name", "currency", "source"):
        keys = {"name": "n", "essential_rule": "all", key: "\\u001b[31mred\\u0007"}
        (folder / "network.toml").write_text("format = 1\n" + "".join(f'{k} = "{v}"\n' for k, v in keys.items()))
        for form in ("table", "csv", "json"):
            ended = CliRunner().invoke(group, ["diagnose", str(folder), "--format", form])
            assert "\x1b" not in ended.output, key
            assert "\x07" not in ended.output
            assert "Traceback" not in ended.output


def test_control_characters_in_messages_are_shown_as_codes(tmp_path):
    for arguments in (["check", "\x1b[31mred\x07"], ["cascade", NETWORK, "--fail", "\x1b[31mred\x07"]):
        text = run(*arguments, code=3).output
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\\x07" in text


def test_markup_in_a_path_is_shown_as_typed(tmp_path):
    assert "[red]x" in run("check", tmp_path / "[red]x", code=3).stderr


@pytest.mark.parametrize("half", ["0.5", "0,5", "50%", "50 %"])
def test_a_fraction_may_be_written_in_many_ways(half):
    loss = strict(run("cascade", NETWORK, "--fail", f"sector_1={half}", "--format", "json").stdout)["rows"]
    assert max(r["loss_down"] for r in loss if r["firm"] == "sector_1") >= 0.5
    plain = run("cascade", NETWORK, "--fail", "sector_1=0.5", "--format", "json").stdout
    assert strict(plain)["rows"] == loss


def test_a_result_is_no_workbook(tmp_path):
    result = run("risk", NETWORK, "--output", tmp_path / "risk.xlsx", code=2)
    assert "name a file that ends in .txt, .csv or .json" in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_name_of_the_output_tells_the_format(tmp_path):
    run("risk", NETWORK, "--output", tmp_path / "risk.csv")
    assert (tmp_path / "risk.csv").read_text(encoding="utf-8").startswith("firm,index,")
    run("risk", NETWORK, "--output", tmp_path / "risk.json")
    assert strict((tmp_path / "risk.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("code", [0x7F, 0x85, 0x9B, 0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069, 0x2028])
def test_characters_that_turn_the_text_are_shown_as_codes(code):
    assert printable(f"a{chr(code)}b") == f"a\\u{code:04x}b"
    assert json.loads(printable(f'"a{chr(code)}b"')) == f"a{chr(code)}b"


def test_top_is_kept_beside_only_top():
    arguments = ["risk", "baltic_mobility", "--rule", "fixed-point", "--only-top", "25"]
    assert "(3 of 25 rows; --top shows more" in run(*arguments, "--top", "3").stdout
    assert "(20 of 25 rows" in run(*arguments, "--top", "20").stdout
    assert " of 25 rows" not in run(*arguments).stdout


# ---- outputs that are read by the run


SMALL = network_of([("sector_1", "sector_2", 1.0)], essential_rule="all")


def mine(tmp_path) -> tuple[str, dict[str, bytes]]:
    folder = written(tmp_path, SMALL)
    return folder, {p.name: p.read_bytes() for p in (tmp_path / "network").iterdir()}


@pytest.mark.parametrize("target", ["firms.csv", "LINKS.csv", "essential.parquet", "network.toml"])
@pytest.mark.parametrize(
    "command",
    [
        ["check", "--output"],
        ["diagnose", "--output"],
        ["diagnose", "--html"],
        ["risk", "--output"],
        ["risk", "--checkpoint"],
        ["risk", "--resume", "--checkpoint"],
        ["cascade", "--fail", "sector_1", "--output"],
        ["concentration", "--output"],
        ["reach", "--firm", "sector_1", "--output"],
        ["export", "--output"],
    ],
)
def test_tables_of_the_network_are_no_output(tmp_path, command, target):
    folder, before = mine(tmp_path)
    file = f"{folder}/{target}"
    ended = run(command[0], folder, *command[1:], file, "--force", code=2)
    assert f"{file} is read by this run and was kept, --force or not; give another name" in ended.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "network").iterdir()} == before


def test_other_inputs_are_no_output(tmp_path):
    folder, before = mine(tmp_path)
    book, shocks = tmp_path / "net.graphml", tmp_path / "shocks.csv"
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    quake = scenarios / "quake.toml"
    quake.write_text('[[shock]]\nwhat = "capacity"\nwhere = { firms = ["sector_1"] }\nloss = 0.5\n')
    shocks.write_text("firm,supply\nsector_1,1\n")
    vc.write(SMALL, book)
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "network" / "firms.csv")
    kept = {p: p.read_bytes() for p in (book, shocks, quake)}
    for arguments in (
        ["risk", book, "--output", book],
        ["convert", book, book],
        ["cascade", folder, "--shocks", shocks, "--output", shocks],
        ["cascade", folder, "--scenario", quake, "--output", quake],
        ["cascade", folder, "--scenario", scenarios, "--output", quake],
        ["risk", folder, "--output", link],
        ["risk", NETWORK, "--output", next(e.path for e in vc.example_names() if e.name == NETWORK) / "essential.csv"],
    ):
        assert "is read by this run and was kept" in run(*arguments, "--force", code=2).stderr
    assert {p: p.read_bytes() for p in kept} == kept
    assert {p.name: p.read_bytes() for p in (tmp_path / "network").iterdir()} == before
    run("risk", folder, "--output", tmp_path / "network" / "result.csv")
    run("convert", folder, folder, "--tables", "parquet", "--force")

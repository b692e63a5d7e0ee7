import hashlib
import html
import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.unit.report.small_network import blob_of, network, small_network, tables
from valuechain.analysis.diagnose import diagnose
from valuechain.errors import OutputExistsError, ParameterError, UnreadableFileError
from valuechain.models.cascade import cascade
from valuechain.models.ensemble import ensemble
from valuechain.models.saved_run import write_run
from valuechain.models.simulate import simulate
from valuechain.models.systemic_risk import systemic_risk
from valuechain.report import Filters, packing, write_html
from valuechain.report.build import content_fingerprint, page_text
from valuechain.report.engines import engine_script, sigma_network, vis_network
from valuechain.report.packing import unpack
from valuechain.report.saved_results import read_saved
from valuechain.report.selection import ROOM, Room
from valuechain.results import Result
from valuechain.scenario import Scenario, Shock


@pytest.fixture(scope="module")
def small():
    return small_network()


def test_same_input_gives_the_same_bytes(small, tmp_path):
    result = diagnose(small)
    for name in ("a.html", "b.html"):
        write_html(small, tmp_path / name, results=[result])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_row_order_changes_no_byte(small):
    firms, links = tables()
    shuffled = network(
        firms.sample(frac=1, random_state=3),
        links.sample(frac=1, random_state=4),
        year=2025,
        synthetic=True,
        source="made up",
        licence="MIT",
    )
    assert shuffled.fingerprint != small.fingerprint
    assert content_fingerprint(shuffled) == content_fingerprint(small)
    assert page_text(shuffled, [diagnose(shuffled)], "en") == page_text(small, [diagnose(small)], "en")


def test_fingerprint_sees_every_cell(small):
    firms, links = tables()
    links.loc[3, "flow"] += 0.001
    changed = network(firms, links, year=2025, synthetic=True, source="made up", licence="MIT")
    assert content_fingerprint(changed) != content_fingerprint(small)


def test_an_existing_file_is_kept_without_force(small, tmp_path):
    target = tmp_path / "page.html"
    target.write_text("mine")
    with pytest.raises(OutputExistsError):
        write_html(small, target)
    assert target.read_text() == "mine"
    write_html(small, target, force=True)
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_results_of_another_network_are_refused(small, tmp_path):
    firms, links = tables(seed=9)
    other = systemic_risk(network(firms, links))
    with pytest.raises(ParameterError, match="other data"):
        write_html(small, tmp_path / "page.html", results=[other])


@pytest.mark.parametrize("wrong", [[1], 3])
def test_what_is_no_result_is_refused(small, tmp_path, wrong):
    with pytest.raises(ParameterError):
        write_html(small, tmp_path / "page.html", results=wrong)


def test_a_bare_result_and_an_unknown_language_say_the_remedy(small, tmp_path):
    with pytest.raises(ParameterError, match=r"results=\[...\]"):
        write_html(small, tmp_path / "page.html", results=systemic_risk(small))
    with pytest.raises(ParameterError, match="use de, en or lv"):
        write_html(small, tmp_path / "page.html", language="xx")


def test_header_states_unit_year_source_and_that_it_is_invented(small):
    text = page_text(small, [], "en")
    for words in ("kEUR per year", "2025", "made up", "MIT", "Invented data"):
        assert words in text
    assert "Invented data" not in page_text(network(*tables()), [], "en")


def test_without_risk_firms_are_coloured_by_sector_and_the_page_says_so(small):
    text = page_text(small, [], "en")
    assert "coloured by sector" in text
    assert json.loads(blob_of(text))["schemes"][0]["key"] == "sector"
    assert json.loads(blob_of(page_text(small, [systemic_risk(small)], "en")))["schemes"][0]["key"] == "risk"


def test_missing_optional_columns_and_values():
    firms, links = tables()
    bare = network(firms[["firm", "sector"]], links)
    data = json.loads(blob_of(page_text(bare, [diagnose(bare)], "en")))
    assert data["firms"]["output"] is None
    assert data["firms"]["country"] is None
    assert data["firms"]["name"] is None
    firms.loc[3, "output"] = np.nan
    firms.loc[4, "country"] = None
    firms.loc[5, "name"] = None
    holes = network(firms, links)
    text = page_text(holes, [diagnose(holes)], "en")
    data = json.loads(blob_of(text))
    assert np.isnan(unpack(data["firms"]["output"])[3])
    assert unpack(data["firms"]["country"]["codes"])[4] == 255
    assert data["firms"]["name"][5] == "F005"
    assert "output is not known of every firm" in text
    assert "NaN" not in blob_of(text)


def test_two_firms_one_link_and_a_firm_alone():
    firms = pd.DataFrame({"firm": ["b", "a", "c"], "sector": ["x", "y", "z"]})
    links = pd.DataFrame({"supplier": ["b"], "buyer": ["a"], "flow": [2.0]})
    tiny = network(firms, links)
    data = json.loads(blob_of(page_text(tiny, [diagnose(tiny)], "en")))
    assert data["firms"]["id"] == ["a", "b", "c"]
    assert unpack(data["links"]["sold"]).tolist() == [0, 1, 0]
    assert unpack(data["links"]["buyer"]).tolist() == [0]
    assert data["firms"]["suppliers"] is None  # the script counts them from the links


def test_a_large_network_says_what_is_left_out(small, monkeypatch):
    monkeypatch.setitem(ROOM, "vis", Room(whole=20, drawn=12, links=5, lines=4))
    risk = systemic_risk(small)
    text = page_text(small, [risk], "en")
    assert "12 of 40 firms are drawn: those with the highest risk index" in text
    assert "holds the 5 heaviest" in text
    data = json.loads(blob_of(text))
    assert sorted(risk.table["firm"].head(12)) == data["firms"]["id"]
    assert len(unpack(data["links"]["flow"])) == 5


def test_tables_say_how_many_rows_they_leave_out(small, monkeypatch):
    monkeypatch.setattr("valuechain.report.tables.ROWS", 7)
    assert "First 7 of 40 rows" in page_text(small, [systemic_risk(small)], "en")


def test_hostile_text_is_escaped_everywhere():
    bad = "</script><script>alert(1)</script>\u2028\"'><img src=x onerror=alert(2)>&amp;href"
    firms, links = tables()
    firms.loc[0, ["name", "sector"]] = bad
    links["product"] = bad
    hostile = network(firms, links, source=bad, notes=bad, licence=bad, currency=bad)
    odd = Result(
        table=pd.DataFrame({bad: [bad]}), title=bad, notes=(bad,), units={bad: bad}, parameters={bad: bad + "\ud800\0"}
    )
    text = page_text(hostile, [diagnose(hostile), odd], "en").replace(engine_script("vis"), "")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert text.count("<script") == text.lower().count("</script>") == 3
    assert "\u2028" not in blob_of(text)
    assert not set("<>&") & set(blob_of(text))
    text.encode("utf-8")
    assert json.loads(blob_of(text))["firms"]["name"][0] == bad
    assert html.escape(bad, quote=False)[:30] in text
    assert "href?\ufffd" in text


def test_other_results_become_tables_too(small):
    table = pd.DataFrame({"firm": ["F003", "F004"], "stops": [5, 2], "kind": ["a", None]})
    text = page_text(small, [Result(table=table, title="Stops", notes=("A note.",))], "en")
    assert "Stops" in text
    assert "A note." in text
    assert "Firm number 3" in text


def test_the_page_names_no_place_to_load_from(small):
    text = page_text(small, [diagnose(small)], "en").replace(engine_script("vis"), "")
    assert set(re.findall(r"https?://[^\s\"']*", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|srcset|style)=", text)
    assert "innerHTML" not in text


def test_vis_network_keeps_its_licence_and_loses_its_map():
    script = vis_network()
    assert "@license" in script
    assert "MIT" in script[:1200]
    assert "sourceMappingURL" not in script


def test_importing_the_report_brings_no_drawing_package():
    code = (
        "import sys, valuechain.report; print([m for m in ('igraph', 'pyvis', 'jinja2', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_scripts_kept_here_are_those_written_down():
    script = sigma_network()
    assert "Sigma" in script
    assert "graphology" in script
    assert "sourceMappingURL" not in script
    text = engine_script("sigma")
    assert text.startswith("try {")


def test_a_changed_script_is_refused(monkeypatch):
    wrong = hashlib.sha256(b"another")
    monkeypatch.setattr("valuechain.report.engines.hashlib.sha256", lambda _: wrong)
    with pytest.raises(UnreadableFileError, match="install valuechain again"):
        sigma_network()


def test_sigma_pages_hold_its_licence_and_the_same_shell(small):
    text = page_text(small, [diagnose(small)], "en", renderer="sigma")
    assert "Permission is hereby granted" in text
    assert "graphology 0.26.0" in text
    assert "sigma 3.0.3" in text
    assert json.loads(blob_of(text))["engine"] == "sigma"


@pytest.mark.parametrize("count", [1, 255, 256, 70_000])
def test_packed_numbers_come_back(count):
    values = np.array([0, count])
    assert unpack(packing.counts(values)).tolist() == [0, count]
    assert unpack(packing.codes(np.array([-1, count])))[1] == count
    numbers = np.array([np.nan, 0.0, count / 3, -count * 1e6, 1e-9])
    short = unpack(packing.short_real(numbers))
    assert np.isnan(short[0])
    np.testing.assert_allclose(short[1:], numbers[1:], rtol=1.6e-5)


@pytest.mark.parametrize(
    "texts", [["F001", "F002", "F0020", "G"], ["a", "a", "ab"], ["ä1", "ä2", "b"], ["\U0001f69c1", "\U0001f69d1"], []]
)
def test_sorted_texts_come_back_without_what_they_share(texts):
    packed = packing.fronted(texts)
    before, found = "", []
    for shared, rest in zip(unpack(packed["shared"]), packed["rest"], strict=True):
        before = before[:shared] + rest
        found.append(before)
    assert found == texts
    assert sum(map(len, packed["rest"])) <= sum(map(len, texts))


def test_filters_leave_a_part_and_refuse_what_leaves_nothing(small):
    text = page_text(small, [diagnose(small)], "en", filters=Filters(countries=("LVA",)))
    firms, _ = tables()
    assert json.loads(blob_of(text))["firms"]["id"] == sorted(firms["firm"][firms["country"] == "LVA"])
    assert "Only a part of the network is shown" in text
    with pytest.raises(ParameterError, match="no firm of 'test' is left"):
        page_text(small, [], "en", filters=Filters(minimum_flow=1e12))
    with pytest.raises(ParameterError, match="country 'XXX' is not in the network"):
        page_text(small, [], "en", filters=Filters(countries=("XXX",)))


def test_what_fails_with_a_firm_is_its_cascade(small):
    risk = systemic_risk(small)
    data = json.loads(blob_of(page_text(small, [risk], "en")))
    assert len(data["impacts"]) == 24
    first = str(risk.table["firm"].iloc[0])
    found = data["impacts"][str(data["firms"]["id"].index(first))]
    assert found["totals"][-1] == pytest.approx(risk.table["index"].iloc[0], rel=1e-5)
    run = cascade(small, {first: 1.0})
    at = [data["firms"]["id"][k] for k in unpack(found["firms"])]
    expected = run.table.set_index("firm")["loss"].loc[at].to_numpy()
    final = unpack(found["final"])
    np.testing.assert_allclose(final, expected[: len(final)], rtol=1e-6)
    bytes_of = unpack(found["losses"])
    levels = np.c_[bytes_of & 15, bytes_of >> 4].ravel()[: len(at) * len(found["totals"])].reshape(-1, len(at))
    np.testing.assert_allclose(levels[-1] / 15, np.sqrt(expected), atol=1 / 15)
    assert levels[0].sum() == 15  # before the first sweep only the firm itself has failed


def test_runs_are_on_the_page_day_by_day(small):
    run = simulate(small, {"F003": 1.0}, days=20)
    data = json.loads(blob_of(page_text(small, [run], "en")))
    (shown,) = data["runs"]
    np.testing.assert_allclose(unpack(shown["loss"]), run.table["loss"], rtol=1e-6)
    place = unpack(shown["firms"]["place"]).tolist().index(data["firms"]["id"].index("F003"))
    halves = unpack(shown["firms"]["losses"])
    cells = len(unpack(shown["firms"]["days"])) * len(unpack(shown["firms"]["place"]))
    losses = np.c_[halves & 15, halves >> 4].ravel()[:cells].reshape(len(unpack(shown["firms"]["days"])), -1)
    assert losses[0, place] == 15


def test_an_ensemble_shows_its_bands(small, tmp_path):
    shock = Shock(what="capacity", where={"firms": ["F003"]}, loss=0.5, start=1, days=5)
    found = ensemble(small, Scenario(shocks=[shock], name="x"), runs=5, days=12, seed=1)
    write_run(found, tmp_path / "saved")
    (saved,) = read_saved(tmp_path / "saved")
    for result in (found, saved):
        (shown,) = json.loads(blob_of(page_text(small, [result], "en")))["runs"]
        assert shown["kind"] == "ensemble"
        assert [b["name"] for b in shown["bands"]] == [c for c in found.table if c not in {"day", "mean"}]
        np.testing.assert_allclose(unpack(shown["loss"]), found.table["mean"], rtol=1e-6)


def test_an_unknown_scenario_or_renderer_is_refused(small, tmp_path):
    with pytest.raises(ParameterError, match="scenario 'x'"):
        write_html(small, tmp_path / "p.html", scenario="x")
    with pytest.raises(ParameterError, match="renderer 'gl'"):
        write_html(small, tmp_path / "p.html", renderer="gl")

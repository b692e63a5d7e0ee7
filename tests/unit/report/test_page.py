import html
import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from valuechain.analysis.diagnose import diagnose
from valuechain.errors import DataWarning, OutputExistsError, ParameterError
from valuechain.models.systemic_risk import systemic_risk
from valuechain.network import Network
from valuechain.report import build, write_html
from valuechain.report.build import content_fingerprint, page_text, vis_network
from valuechain.results import Result


def tables(n=40, m=160, seed=0):
    random = np.random.default_rng(seed)
    ids = [f"F{k:03d}" for k in range(n)]
    firms = pd.DataFrame(
        {
            "firm": ids,
            "name": [f"Firm number {k}" for k in range(n)],
            "sector": random.choice(["10", "20", "30"], n),
            "country": random.choice(["LVA", "EST", "FIN"], n),
            "output": random.lognormal(5, 1, n).round(2),
        }
    )
    ends = pd.DataFrame({"supplier": random.choice(ids[:-2], m), "buyer": random.choice(ids[:-2], m)}).drop_duplicates()
    return firms, ends.assign(flow=random.lognormal(2, 1, len(ends)).round(3))


def network(firms, links, **metadata):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        known = {"name": "test", "essential_rule": "all", "currency": "kEUR"}
        return Network.from_tables(firms, links, **known | metadata)


@pytest.fixture(scope="module")
def small():
    return network(*tables(), year=2025, synthetic=True, source="made up", licence="MIT")


def blob_of(text):
    return re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL).group(1)


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
    with pytest.raises(ParameterError, match="use en"):
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
    assert data["firms"]["name"] == data["firms"]["id"]
    firms.loc[3, "output"] = np.nan
    firms.loc[4, "country"] = None
    firms.loc[5, "name"] = None
    holes = network(firms, links)
    text = page_text(holes, [diagnose(holes)], "en")
    data = json.loads(blob_of(text))
    assert data["firms"]["output"][3] is None
    assert data["firms"]["country"]["codes"][4] == -1
    assert data["firms"]["name"][5] == "F005"
    assert "output is not known of every firm" in text
    assert "NaN" not in blob_of(text)


def test_two_firms_one_link_and_a_firm_alone():
    firms = pd.DataFrame({"firm": ["b", "a", "c"], "sector": ["x", "y", "z"]})
    links = pd.DataFrame({"supplier": ["b"], "buyer": ["a"], "flow": [2.0]})
    tiny = network(firms, links)
    data = json.loads(blob_of(page_text(tiny, [diagnose(tiny)], "en")))
    assert data["firms"]["id"] == ["a", "b", "c"]
    assert data["links"]["supplier"] == [1]
    assert data["links"]["buyer"] == [0]
    assert data["firms"]["suppliers"] == [1, 0, 0]


def test_a_large_network_says_what_is_left_out(small, monkeypatch):
    monkeypatch.setattr("valuechain.report.selection.FIRMS_WHOLE", 20)
    monkeypatch.setattr("valuechain.report.selection.FIRMS_DRAWN", 12)
    monkeypatch.setattr(build, "FIRMS_DRAWN", 12)
    monkeypatch.setattr("valuechain.report.selection.LINKS_HELD", 5)
    risk = systemic_risk(small)
    text = page_text(small, [risk], "en")
    assert "12 of 40 firms are drawn: those with the highest risk index" in text
    assert "holds the 5 heaviest" in text
    data = json.loads(blob_of(text))
    assert sorted(risk.table["firm"].head(12)) == data["firms"]["id"]
    assert data["links"]["flow"] == sorted(data["links"]["flow"], reverse=True)


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
    text = page_text(hostile, [diagnose(hostile), odd], "en").replace(vis_network(), "")
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
    text = page_text(small, [diagnose(small)], "en").replace(vis_network(), "")
    assert not re.search(r"https?://", text)
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

"""Every control of the page does what it says, with vis-network and with sigma, and its state can be shared."""

import csv
import io
import re

import pandas as pd
import pytest

from tests.browser.visiting import Visit, build, network, ordinary

NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
};
"""
SHOWN = """
() => [
  document.querySelector("#firm-title").textContent,
  ...["scheme", "view"].map((name) => document.querySelector(`input[name=${name}]:checked`).value),
  ...["filter-country", "filter-least", "run-range"].map((id) => document.getElementById(id).value),
  document.querySelector("#run-text").textContent,
]
"""


@pytest.fixture(params=["vis", "sigma", "flat"])
def drawn(request, browser, page_file, sigma_file):
    """The page by each way of drawing; without WebGL the plain canvas stands in for sigma."""
    before = NO_WEBGL if request.param == "flat" else ""
    with Visit(browser, page_file if request.param == "vis" else sigma_file, before=before) as opened:
        assert opened.tab.evaluate("document.documentElement.dataset.engine") == request.param
        yield opened


def test_views_filters_failures_and_days_by_each_renderer(drawn, shown_network):
    tab = drawn.tab
    for view, note in (("tiers", "Suppliers of"), ("map", "stand around the middle of their country"), ("network", "")):
        tab.check(f"input[value={view}]", force=True)
        assert note in (tab.locator("#view-note").text_content() or "")
        assert view != "map" or "1 firms have no coordinates and no country" in tab.locator("#view-note").text_content()
    tab.click("text=Filters")
    tab.select_option("#filter-cluster", label="Northern")
    assert tab.locator("#filter-kept").text_content() == "9 of 60 firms shown."
    tab.fill("#filter-least", "1e9")
    tab.press("#filter-least", "Enter")
    assert tab.locator("#empty").is_visible()
    assert "No firm is left" in tab.locator("#empty").text_content()
    tab.click("#filter-none")
    assert not tab.locator("#empty").is_visible()
    drawn.look_for(str(shown_network.firm_ids[0]))
    tab.click("#start-list button >> nth=0", force=True) if tab.locator("#start").is_visible() else None
    tab.keyboard.press("Escape")
    tab.click("#start-list button >> nth=0")
    tab.click("text=Fail this firm")
    assert tab.locator("#fail-bar").is_visible()
    last = tab.locator("#fail-text").text_content()
    drawn.slide("#fail-range", 0)
    first = tab.locator("#fail-text").text_content()
    assert first.startswith("sweep 0 of")
    assert "0 other firms hit" in first
    assert last != first
    tab.click("#fail-end")
    assert not tab.locator("#fail-bar").is_visible()
    drawn.slide("#run-range", 5)
    assert tab.locator("#run-text").text_content().startswith("Day 5: ")
    assert tab.locator(".legend[data-scheme=loss]").is_visible()
    tab.select_option("#run-other", "1")
    assert "Compared scenario: " in tab.locator("#run-text").text_content()
    assert tab.locator(".legend[data-scheme=difference]").is_visible()
    tab.select_option("#run-choice", "2")
    tab.select_option("#run-other", "-1")
    assert "lost in each of the 4 runs" in tab.locator("#run-text").text_content()
    tab.click("#zoom-in")
    tab.click("#zoom-out")
    tab.click("#reset")
    drawn.check()


def test_play_runs_and_pauses(browser, page_file):
    with Visit(browser, page_file, reduced_motion="no-preference") as opened:
        tab = opened.tab
        tab.click("#run-play")
        assert tab.locator("#run-play").text_content() == "Pause"
        for _ in range(100):  # the policy lets nobody evaluate text, not even the browser's own waiting
            if int(tab.input_value("#run-range")) >= 2:
                break
            tab.wait_for_timeout(100)
        assert int(tab.input_value("#run-range")) >= 2
        tab.click("#run-play")
        at = tab.input_value("#run-range")
        tab.wait_for_timeout(700)
        assert tab.input_value("#run-range") == at
        assert tab.locator("#run-play").text_content() == "Play"


def test_the_panel_says_what_stops_and_who_could_stand_in(visit, shown_results, shown_network):
    points = shown_results[1].table.set_index("firm")
    worst = points.index[0]
    visit.look_for(worst)
    text = visit.tab.locator("#panel").text_content()
    assert f"{points['stops'].iloc[0]} firms cannot work at all without it" in text
    assert "spare: " in text
    nobody = points.index[points["stops"] == 0][-1]
    visit.look_for(nobody)
    text = visit.tab.locator("#panel").text_content()
    assert "No firm stops for want of it" in text
    # Only the most critical firms are worked out beforehand.
    told = ("Not computed for this firm" in text, "Fail this firm" in text)
    assert told in {(True, False), (False, True)}
    uncomputed = shown_results[0].risk.table["firm"].iloc[-1]
    visit.look_for(str(uncomputed))
    assert "Not computed for this firm" in visit.tab.locator("#panel").text_content()


def test_the_address_restores_the_view(browser, page_file, visit):
    tab = visit.tab
    tab.check("input[value=country]", force=True)
    tab.check("input[value=tiers]", force=True)
    visit.look_for("F033")
    tab.click("text=Filters")
    tab.select_option("#filter-country", label="Latvia")
    tab.fill("#filter-least", "1.5")
    tab.press("#filter-least", "Enter")
    visit.slide("#run-range", 7)
    shared = tab.evaluate("location.hash")
    before = tab.evaluate(SHOWN)
    with Visit(browser, page_file, at=shared) as again:
        assert again.tab.evaluate(SHOWN) == before
        assert before[1:3] == ["country", "tiers"]
        again.check()


def test_an_address_from_elsewhere_breaks_nothing(browser, page_file):
    bad = "#view?firm=%3Cscript%3E&view=x&colour=__proto__&least=abc&fail=nobody&day=1e99&run=-5&with=77&cluster=%00"
    with Visit(browser, page_file, at=bad) as opened:
        assert opened.tab.locator("#firm-title").count() == 0
        assert opened.tab.locator("input[name=view]:checked").get_attribute("value") == "network"
        opened.check()


def saved(tab, press):
    with tab.expect_download() as waiting:
        press()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_what_is_saved_can_be_read(visit):
    tab = visit.tab
    tab.click("text=Save and share")
    name, data = saved(tab, lambda: tab.click("#save-png"))
    assert name == "test-chain.png"
    assert data.startswith(b"\x89PNG")
    assert len(data) > 10_000
    name, data = saved(tab, lambda: tab.click("#save-svg"))
    assert name == "test-chain.svg"
    assert data.count(b"<circle") == 60
    assert b"<script" not in data
    name, data = saved(tab, lambda: tab.click("#save-csv"))
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 60
    firms, _ = ordinary()
    assert [r["id"] for r in rows] == list(firms["firm"])
    assert float(rows[5]["output"]) == pytest.approx(firms["output"][5], rel=1e-6)
    name, data = saved(tab, lambda: tab.locator("#risk button.csv").click())
    table = pd.read_csv(io.StringIO(data.decode("utf-8-sig")))
    assert len(table) == 50  # the rows of the page
    assert set(table["id"]) < set(firms["firm"])
    visit.check()


def test_without_any_place_the_map_says_so(browser, tmp_path):
    firms, links = ordinary()
    page = build(tmp_path / "page.html", network(firms.drop(columns=["country", "region"]), links), [])
    with Visit(browser, page) as opened:
        opened.tab.check("input[value=map]", force=True)
        assert "There is no map: no firm has coordinates" in opened.tab.locator("#empty").text_content()
        assert opened.tab.locator("#empty").is_visible()
        opened.tab.check("input[value=network]", force=True)
        assert not opened.tab.locator("#empty").is_visible()
        assert re.search("no firm has coordinates", opened.tab.locator("#method").text_content())
        opened.check()

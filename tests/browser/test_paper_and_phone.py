"""What a person meets who prints the page or opens it on a phone, and what is said of odd input."""

import re
import shutil
import subprocess

import pytest

from tests.browser.visiting import Visit, build

IN_SIGHT = """
(name) => ["#graph", `#${name}-range`].map((id) => {
  const area = document.querySelector(id).getBoundingClientRect();
  const seen = document.elementFromPoint(area.left + area.width / 2, area.top + Math.min(area.height / 2, 60));
  return area.top >= -1 && area.bottom <= innerHeight && document.querySelector(id).contains(seen);
})
"""


def test_headings_stand_on_each_printed_page_of_a_table(visit, tmp_path):
    target = tmp_path / "page.pdf"
    visit.tab.locator("#risk th button").nth(3).click()
    visit.tab.pdf(path=target, format="A4")
    visit.tab.emulate_media(media="print")
    assert visit.tab.locator("#risk tbody tr:visible").count() == 25
    assert "Printed are the first 25 rows" in visit.tab.locator("#risk .count").inner_text()
    # A button's own box inside a heading keeps the browser from repeating it.
    display = "[...document.querySelectorAll('th button')].map((b) => getComputedStyle(b).display)"
    assert set(visit.tab.evaluate(display)) == {"contents"}
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    made = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    pages = made.rstrip("\f").split("\f")
    rows = [p for p in pages if len(re.findall(r"\bF0\d\d\b", p)) > 8]
    assert len(rows) > 2
    assert all(re.search("Firm|Supplier", p) for p in rows)


@pytest.mark.parametrize("width", [390, 800])
def test_the_drawing_stays_in_sight_while_losses_spread(browser, page_file, width):
    with Visit(browser, page_file, width=width, height=844) as opened:
        tab = opened.tab
        opened.look_for("F033")
        tab.keyboard.press("Escape")
        tab.click("#start-list button >> nth=0")
        tab.click("text=Fail this firm")
        tab.wait_for_timeout(100)
        assert tab.evaluate(IN_SIGHT, "fail") == [True, True]
        tab.click("#fail-end")
        tab.locator("#run-play").scroll_into_view_if_needed()
        opened.slide("#run-range", 5)
        tab.wait_for_timeout(100)
        assert tab.evaluate(IN_SIGHT, "run") == [True, True]
        tab.click("#run-end")
        assert tab.evaluate("document.documentElement.dataset.playing") is None
        opened.check()


def test_the_chart_is_drawn_anew_when_the_window_changes(browser, page_file):
    with Visit(browser, page_file, width=390, height=844) as opened:
        opened.tab.set_viewport_size({"width": 1280, "height": 800})
        opened.tab.wait_for_timeout(300)
        area = opened.tab.locator("#run-chart svg").bounding_box()
        assert float(opened.tab.locator("#run-chart svg").get_attribute("viewBox").split()[2]) == round(area["width"])
        assert area["height"] < 200


def test_a_run_is_not_compared_with_itself(browser, page_file):
    with Visit(browser, page_file, at="#view?run=1&with=1&day=3") as opened:
        tab = opened.tab
        assert tab.input_value("#run-other") == "-1"
        assert tab.locator("#run-other option:disabled").get_attribute("value") == "1"
        tab.select_option("#run-choice", "0")
        assert tab.locator("#run-other option:disabled").get_attribute("value") == "0"


def test_the_address_of_a_view_holds_codes_and_fits_a_page_in_another_language(browser, visit, shown_network, tmp_path):
    tab = visit.tab
    tab.click("text=Filters")
    tab.select_option("#filter-country", label="Estonia")
    tab.select_option("#filter-cluster", label="Northern")
    shared, kept = tab.evaluate("location.hash"), tab.locator("#filter-kept").text_content()
    assert "country=EST" in shared
    assert "cluster=c1" in shared
    page = build(tmp_path / "lv.html", shown_network, language="lv")
    with Visit(browser, page, at=shared) as again:
        chosen = "(id) => document.getElementById(id).selectedOptions[0].textContent"
        assert again.tab.evaluate(chosen, "filter-country") == "Igaunija"
        assert re.findall(r"\d+", again.tab.locator("#filter-kept").text_content()) == re.findall(r"\d+", kept)


def test_a_least_flow_that_is_no_number_is_said_and_changes_nothing(visit):
    tab = visit.tab
    tab.click("text=Filters")
    for typed in ("abc", "-5"):
        tab.fill("#filter-least", typed)
        tab.press("#filter-least", "Enter")
        said = tab.locator("#filter-kept").text_content()
        assert said == f'"{typed}" is no number from 0 up; the filter stays as it was.'
        assert tab.get_attribute("#filter-least", "aria-invalid") == "true"
        assert "least" not in tab.evaluate("location.hash")
    visit.look_for("F033")
    tab.fill("#filter-least", "1e9")
    tab.press("#filter-least", "Enter")
    assert tab.get_attribute("#filter-least", "aria-invalid") == "false"
    assert tab.locator("#filter-kept").text_content().endswith("The chosen firm is not among them.")


def test_many_runs_say_how_many_they_are_what_colours_mean_and_that_they_are_alike(visit):
    tab = visit.tab
    assert tab.locator("#run-choice option").nth(2).text_content() == "3. Fire, 4 runs"
    tab.select_option("#run-choice", "2")
    visit.slide("#run-range", 5)
    said = tab.locator("#run-text").text_content()
    assert "The colours are the same on each day" in said
    assert "lost in each of the 4 runs: they are all alike." in said
    assert tab.locator("#run-figures h3").inner_text().strip() == "Fire, 4 runs"

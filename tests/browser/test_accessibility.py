"""The page by keyboard, for screen readers, in enough contrast, on a phone and on paper."""

from pathlib import Path

import pytest

from tests.browser.visiting import Visit

CONTRAST, OVERLAPS, UNNAMED = (
    (Path(__file__).parent / "probes" / f"{name}.js").read_text(encoding="utf-8")
    for name in ("contrast", "overlaps", "unnamed")
)
FOCUSED = "(() => { const e = document.activeElement; return e.id || e.name || e.className || e.tagName; })()"


def everything_open(opened):
    """Show a chosen firm, its failure, filters and a day: all that a person may meet."""
    tab = opened.tab
    tab.click("#start-list button >> nth=0")
    for fold in ("Filters", "Save and share"):
        tab.click(f"summary:has-text('{fold}')")
    tab.click("text=Fail this firm")


def test_text_has_enough_contrast_and_all_controls_have_names(visit):
    everything_open(visit)
    seen = visit.tab.evaluate(CONTRAST)
    assert seen["poor"] == []
    assert seen["looked"] > 300
    assert visit.tab.evaluate(UNNAMED) == []
    visit.tab.click("#fail-end")
    visit.slide("#run-range", 4)
    visit.tab.select_option("#run-other", "1")
    assert visit.tab.evaluate(CONTRAST)["poor"] == []
    # The check can fail.
    visit.tab.evaluate("document.querySelector('h1').style.setProperty('color', '#aaaaaa')")
    assert len(visit.tab.evaluate(CONTRAST)["poor"]) == 1


def test_the_keyboard_reaches_everything_in_the_order_of_reading(visit):
    tab = visit.tab
    seen = []
    for _ in range(20):
        tab.keyboard.press("Tab")
        seen.append(tab.evaluate(FOCUSED))
    assert seen[0] == "skip"
    order = "view scheme zoom-in zoom-out reset SUMMARY graph run-choice run-other run-play run-range run-end search"
    order = [*order.split(), "firm-button"]
    assert list(dict.fromkeys(s for s in seen if s in order)) == order
    assert tab.evaluate("[...document.querySelectorAll('[tabindex]')].every((e) => e.tabIndex <= 0)")
    assert tab.evaluate("document.activeElement.matches(':focus-visible')")


def test_a_whole_visit_without_a_mouse(visit):
    tab = visit.tab
    tab.focus("input[name=view]:checked")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("input[value=tiers]").is_checked()
    tab.keyboard.press("ArrowLeft")
    tab.focus("#search")
    tab.keyboard.type("lodz")
    assert tab.get_attribute("#search", "aria-expanded") == "true"
    tab.keyboard.press("ArrowDown")
    assert tab.get_attribute("#search", "aria-activedescendant") == "found-0"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "firm-title"
    assert "chosen" in tab.locator("#status").text_content()
    tab.focus("#run-range")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#run-text").text_content().startswith("Day 1: ")
    assert tab.get_attribute("#run-range", "aria-valuetext").startswith("Day 1: ")
    tab.keyboard.press("Escape")
    assert tab.locator("#firm-title").count() == 0
    visit.check()


def test_with_reduced_motion_a_failure_is_shown_at_its_end(visit):
    visit.tab.click("#start-list button >> nth=0")
    visit.tab.click("text=Fail this firm")
    assert visit.tab.input_value("#fail-range") == visit.tab.get_attribute("#fail-range", "max")
    assert visit.tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways_and_no_text_covers_another(browser, page_file, width):
    with Visit(browser, page_file, width=width, height=844) as opened:
        everything_open(opened)
        assert opened.tab.evaluate("document.scrollingElement.scrollWidth") <= width
        seen = opened.tab.evaluate(OVERLAPS)
        assert seen["found"] == []
        assert seen["looked"] > 300
        opened.check()


def test_paper_shows_the_picture_and_all_rows_and_no_text_covers_another(visit):
    visit.tab.set_viewport_size({"width": 690, "height": 980})
    visit.tab.emulate_media(media="print")
    assert visit.tab.locator(".still svg").is_visible()
    for hidden in ("#graph", ".side", ".bar", "#run-range", "button.csv >> nth=0"):
        assert not visit.tab.locator(hidden).is_visible()
    assert visit.tab.evaluate(
        "[...document.querySelectorAll('.scroll')].every((e) => e.scrollHeight <= e.clientHeight + 1)"
    )
    assert visit.tab.evaluate(OVERLAPS)["found"] == []
    assert visit.tab.evaluate("document.scrollingElement.scrollWidth") <= 690
    assert visit.tab.pdf(format="A4").startswith(b"%PDF")

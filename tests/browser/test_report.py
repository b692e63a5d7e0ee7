"""The report in a real browser: no request, nothing runs, nothing is cut off on a phone or on paper."""

import re
import shutil
import subprocess
import warnings

import pytest

from tests.browser.visiting import HOSTILE, network, ordinary
from valuechain.analysis.diagnose import diagnose
from valuechain.errors import ValueChainWarning
from valuechain.models.simulate import simulate
from valuechain.report import show, write_report
from valuechain.scenario import Scenario, Shock

A4 = {"width": 688, "height": 1000}
"""What is left of A4 between the margins, in CSS pixels."""

CUT_OFF = """() => {
  const wide = [];
  for (const e of document.querySelectorAll("table, svg, th, td, p, li, h1, h2, h3, dd, figcaption")) {
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) wide.push(e.outerHTML.slice(0, 160));
  }
  return wide;
}"""

OVERLAPPING = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("figure > svg")) {
    const boxes = [...svg.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()]);
    const frame = svg.getBoundingClientRect();
    boxes.forEach(([a, p], k) => {
      if (p.right > frame.right + 1 || p.left < frame.left - 1) found.push(a);
      boxes.slice(k + 1).forEach(([b, q]) => {
        if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 2 && q.top < p.bottom - 2) {
          found.push(a + " | " + b);
        }
      });
    });
  }
  return found;
}"""


@pytest.fixture(scope="module")
def report(shown_network, shown_results, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(shown_network, path, results=shown_results)
    return path


class Visit:
    """A report opened in a tab that records requests and complaints."""

    def __init__(self, browser, path, size, **options):
        self.context = browser.new_context(viewport=size, **options)
        self.tab = self.context.new_page()
        self.requests, self.complaints = [], []
        self.tab.on("request", lambda r: self.requests.append(r.url))
        self.tab.on("console", lambda m: self.complaints.append(m.text))
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.tab.on("dialog", lambda d: (self.complaints.append(d.message), d.dismiss()))
        self.uri = path.as_uri()
        self.tab.goto(self.uri)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.requests == [self.uri]
        assert self.complaints == []
        self.context.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways_and_no_text_of_a_chart_covers_another(browser, report, width):
    with Visit(browser, report, {"width": width, "height": 844}) as opened:
        assert opened.tab.evaluate("document.scrollingElement.scrollWidth") <= width
        assert opened.tab.evaluate(OVERLAPPING) == []
        assert opened.tab.locator("figure > svg").count() == 6
        # Text of charts stays readable on a phone: 9 pixels or more.
        assert opened.tab.evaluate("document.querySelector('figure text').getBoundingClientRect().height") >= 9


def test_all_of_it_can_be_read_without_javascript(browser, report):
    with Visit(browser, report, {"width": 1280, "height": 800}, java_script_enabled=False) as opened:
        for part in ("verdict", "critical", "disruptions", "method", "provenance"):
            assert opened.tab.locator(f"#{part} h2").is_visible()
        assert opened.tab.locator("table").count() >= 10


def test_the_keyboard_reaches_contents_and_wide_tables(browser, report):
    with Visit(browser, report, {"width": 390, "height": 844}) as opened:
        opened.tab.keyboard.press("Tab")
        assert opened.tab.evaluate("document.activeElement.className") == "skip"
        opened.tab.keyboard.press("Enter")
        assert opened.tab.evaluate("location.hash") == "#verdict"
        opened.requests[:] = opened.requests[:1]
        regions = opened.tab.locator(".wide[tabindex='0'][aria-labelledby]")
        assert regions.count() == opened.tab.locator("table").count()


def test_nothing_is_cut_off_on_paper(browser, report):
    with Visit(browser, report, A4) as opened:
        opened.tab.emulate_media(media="print")
        assert opened.tab.evaluate(CUT_OFF) == []
        assert opened.tab.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
        assert opened.tab.evaluate("getComputedStyle(document.querySelector('tr')).breakInside") == "avoid"


def test_the_pdf_holds_every_row_and_repeats_headings(browser, report, tmp_path):
    target = tmp_path / "report.pdf"
    with Visit(browser, report, A4) as opened:
        rows = opened.tab.locator("tbody tr").count()
        opened.tab.pdf(path=target, prefer_css_page_size=True, print_background=True)
    assert target.read_bytes().startswith(b"%PDF")
    assert rows > 100
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    made = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    pages = made.rstrip("\f").split("\f")
    assert 4 <= len(pages) <= 14
    assert all(page.strip() for page in pages)
    for words in ("Verdict", "most is at stake with", "Provenance", "How likely which loss is"):
        assert words in made
    # No heading stands alone at the end of a page.
    assert not [p for p in pages if re.search(r"\n(Concentration|Critical firms|Method and limits)\s*$", p.rstrip())]


def test_hostile_names_run_nothing_and_show_as_typed(browser, tmp_path):
    firms, links = ordinary()
    count = len(HOSTILE)
    firms["name"] = firms["name"].astype(object)
    firms.loc[: count - 1, "name"] = HOSTILE
    firms.loc[: count - 1, "sector"] = [h[:200] for h in HOSTILE]
    links["product"] = [HOSTILE[k % count][:300] for k in range(len(links))]
    path = tmp_path / "hostile.html"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueChainWarning)
        net = network(firms, links, source=HOSTILE[0], notes=HOSTILE[2], currency=HOSTILE[1], licence=HOSTILE[8][:500])
        shock = Shock(where={"firms": [str(f) for f in firms["firm"][:count]]}, loss=1.0)
        run = simulate(net, Scenario(shocks=[shock], name=HOSTILE[1]), days=9)
        write_report(net, path, results=[diagnose(net), run])
    with Visit(browser, path, A4) as opened:
        assert opened.tab.evaluate("window.hacked") is None
        assert opened.tab.locator("script, img, iframe").count() == 0
        text = opened.tab.locator("body").inner_text()
        for typed in (HOSTILE[0], HOSTILE[1], HOSTILE[2]):
            assert typed in text
        assert opened.tab.evaluate("document.scrollingElement.scrollWidth") <= A4["width"]
        opened.tab.emulate_media(media="print")
        assert opened.tab.evaluate(CUT_OFF) == []


def test_the_page_works_in_the_frame_of_a_notebook_and_reaches_nothing(browser, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueChainWarning)
        net = network(*ordinary(), currency="kEUR")
        shown = show(net, results=[diagnose(net)])
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><title>n</title><p id=kept>kept</p>{shown._repr_html_()}", encoding="utf-8")
    with Visit(browser, path, {"width": 1280, "height": 1000}) as opened:
        frame = opened.tab.frame_locator("iframe")
        frame.locator("html[data-ready=true]").wait_for(state="attached")
        frame.locator("#search").fill("F033")
        frame.locator("#search").press("Enter")
        assert frame.locator("#firm-title").text_content() == "Invented firm 33"
        inner = opened.tab.frames[1]
        assert (
            inner.evaluate("() => { try { return parent.document.title } catch (e) { return e.name } }")
            == "SecurityError"
        )
        assert opened.tab.locator("#kept").is_visible()
        opened.requests[:] = [r for r in opened.requests if r != "about:srcdoc"]

"""The page in a real browser. Needs playwright for Python and Debian's chromium; skipped without them."""

import shutil
import warnings

import numpy as np
import pandas as pd
import pytest

from valuechain.analysis.diagnose import diagnose
from valuechain.errors import DataWarning
from valuechain.network import Network
from valuechain.report import write_html

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOSTILE = [
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "javascript:window.hacked=1",
    "quotes ' \" ` and \\ backslash",
    "line one\nline two",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "emoji \U0001f69c\U0001f1f1\U0001f1fb",
    "x" * 10_000,
    '<a href="javascript:window.hacked=1">href</a>',
    "{{ 7*7 }} ${7*7} <!-- --> ]]> &lt;b&gt;",
    "__proto__",
]


def ordinary():
    random = np.random.default_rng(2)
    ids = [f"F{k:03d}" for k in range(60)]
    names = [f"Invented firm {k}" for k in range(60)]
    names[7], names[8], names[9] = "Łódź Øresund Straße", "Đakovo Čelik", "Ærø Þing"
    firms = pd.DataFrame(
        {
            "firm": ids,
            "name": names,
            "sector": random.choice(["10", "20", "30"], 60),
            "country": random.choice(["LVA", "EST", "FIN"], 60),
            "region": "LV00A",
            "output": random.lognormal(5, 1, 60).round(2),
        }
    )
    ends = pd.DataFrame({"supplier": random.choice(ids, 240), "buyer": random.choice(ids, 240)}).drop_duplicates()
    return firms, ends.assign(flow=random.lognormal(2, 1, len(ends)).round(3))


def build(path, firms, links, **metadata):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        net = Network.from_tables(firms, links, **{"name": "Test chain", "essential_rule": "all"} | metadata)
    write_html(net, path, results=[diagnose(net)])
    return path


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return build(folder / "page.html", *ordinary(), currency="kEUR", year=2025, synthetic=True, source="made up")


RECORDER = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(e.violatedDirective));
"""


class Visit:
    """A page opened in a tab that records all requests and complaints."""

    def __init__(self, browser, path, *, width=1280, height=800, before="", **options):
        size = {"width": width, "height": height}
        self.context = browser.new_context(viewport=size, reduced_motion="reduce", **options)
        self.tab = self.context.new_page()
        self.requests, self.complaints = [], []
        self.tab.on("request", lambda r: self.requests.append(r.url))
        self.tab.on("console", lambda m: self.complaints.append(m.text) if m.type in {"error", "warning"} else None)
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.tab.on("dialog", lambda d: (self.complaints.append(d.message), d.dismiss()))
        script = "window.violations=[];document.addEventListener('securitypolicyviolation',"
        self.tab.add_init_script(
            script + "(e)=>window.violations.push(e.violatedDirective+' '+e.blockedURI));" + before
        )
        self.uri = path.as_uri()
        self.tab.goto(self.uri)
        if options.get("java_script_enabled", True):
            self.tab.wait_for_selector("html[data-ready=true]")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def check(self):
        assert self.requests == [self.uri]
        assert self.complaints == []
        assert self.tab.evaluate("window.violations") == []


@pytest.fixture
def visit(browser, page_file):
    with Visit(browser, page_file) as opened:
        yield opened


def title(tab):
    return tab.locator("#firm-title").text_content()


def test_one_request_no_complaint_and_the_policy_holds(visit):
    tab = visit.tab
    assert tab.locator("#graph canvas").count() == 1
    for key in ("sector", "country", "risk"):
        tab.check(f"input[value={key}]", force=True)
        assert tab.locator(f".legend[data-scheme={key}]").is_visible()
    tab.click("#start-list button >> nth=0")
    tab.click("#zoom-in")
    tab.click("#reset")
    tab.mouse.move(400, 400)
    tab.mouse.wheel(0, -300)
    tab.wait_for_timeout(200)
    visit.check()


def test_the_policy_stops_a_script_and_a_request(visit):
    visit.tab.evaluate(
        "() => { const s = document.createElement('script'); s.append('window.hacked=1');"
        " try { document.body.append(s); } catch (e) {} fetch('https://example.org/').catch(() => 0);"
        " try { document.body.innerHTML = '<b>x</b>'; } catch (e) {} }"
    )
    visit.tab.wait_for_timeout(200)
    assert visit.tab.evaluate("window.hacked") is None
    assert visit.tab.evaluate("document.body.children.length") > 1
    assert [r for r in visit.requests if r != visit.uri] == []
    assert len(visit.tab.evaluate("window.violations")) >= 2


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lodz", "Łódź Øresund Straße"),
        ("strasse", "Łódź Øresund Straße"),
        ("ORESUND", "Łódź Øresund Straße"),
        ("dakovo celik", "Đakovo Čelik"),
        ("aero thing", "Ærø Þing"),
        ("F033", "Invented firm 33"),
    ],
)
def test_search_folds_accents_and_knows_ids(visit, typed, found):
    visit.tab.fill("#search", typed)
    assert visit.tab.locator("#found li").first.locator("bdi").text_content() == found
    visit.tab.press("#search", "ArrowDown")
    visit.tab.press("#search", "Enter")
    assert title(visit.tab) == found
    visit.tab.keyboard.press("Escape")
    assert visit.tab.locator("#firm-title").count() == 0
    assert visit.tab.locator("#start").is_visible()


def test_search_says_when_nothing_is_found(visit):
    visit.tab.fill("#search", "zzzz")
    assert visit.tab.locator("#found").text_content() == "No firm found."
    visit.tab.press("#search", "Enter")
    assert visit.tab.locator("#firm-title").count() == 0


def test_a_row_chooses_its_firm_and_is_marked(visit):
    row = visit.tab.locator("#critical tbody tr").nth(2)
    name = row.locator("[data-firm]").text_content()
    row.locator("td").nth(2).click()
    assert title(visit.tab) == name
    assert "chosen" in row.get_attribute("class")
    assert visit.tab.evaluate("document.activeElement.id") == "firm-title"
    assert "%" in visit.tab.locator("#panel .lost strong").text_content()
    visit.tab.click("#panel >> text=Show in table")
    assert visit.tab.evaluate("document.activeElement.closest('tr').classList.contains('chosen')")


def test_a_click_in_the_drawing_chooses_a_firm_and_marks_its_rows(visit):
    tab = visit.tab
    tab.focus("#graph")
    tab.keyboard.press("Enter")
    by_key = title(tab)
    tab.keyboard.press("Escape")
    # The firm nearest to the centre is found again with the mouse by looking around the centre.
    box = tab.locator("#graph").bounding_box()
    for step in range(0, 120, 3):
        for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step)):
            if tab.locator("#firm-title").count() == 0:
                tab.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
    assert by_key.startswith(("Invented", "Ł", "Đ", "Æ"))
    assert tab.locator("#firm-title").count() == 1
    assert tab.locator("#risk tr.chosen").count() == 1


def test_partners_are_those_of_the_data(visit):
    _, links = ordinary()
    visit.tab.fill("#search", "F033")
    visit.tab.press("#search", "Enter")
    text = visit.tab.locator("#panel").text_content()
    suppliers = links[(links["buyer"] == "F033") & (links["supplier"] != "F033")]["supplier"].nunique()
    buyers = links[(links["supplier"] == "F033") & (links["buyer"] != "F033")]["buyer"].nunique()
    assert f"Suppliers ({suppliers})" in text
    assert f"Buyers ({buyers})" in text
    assert "kEUR per year" in text


def test_columns_sort_both_ways(visit):
    tab = visit.tab
    head = tab.locator("#risk th").nth(3)

    def values():
        return [float(v.rstrip("%")) for v in tab.locator("#risk tbody tr td:nth-child(4)").all_text_contents()]

    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert values() == sorted(values(), reverse=True)
    head.locator("button").focus()
    tab.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert values() == sorted(values())
    tab.locator("#risk th").nth(1).locator("button").click()
    assert tab.locator("#risk th[aria-sort]").count() == 1
    texts = tab.locator("#risk tbody tr td:nth-child(2)").all_text_contents()
    assert texts == sorted(texts)


def test_the_keyboard_reaches_everything_in_the_order_of_reading(visit):
    tab = visit.tab
    seen = []
    for _ in range(10):
        tab.keyboard.press("Tab")
        seen.append(tab.evaluate("document.activeElement.id || document.activeElement.className || 'x'"))
    assert seen[0] == "skip"
    assert [s for s in seen if s in {"zoom-in", "zoom-out", "reset", "graph", "search"}] == [
        "zoom-in",
        "zoom-out",
        "reset",
        "graph",
        "search",
    ]
    assert tab.evaluate("[...document.querySelectorAll('[tabindex]')].every((e) => e.tabIndex <= 0)")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_width_scrolls_sideways(browser, page_file, width):
    with Visit(browser, page_file, width=width, height=844) as opened:
        opened.tab.click("#start-list button >> nth=0")
        assert opened.tab.evaluate("document.scrollingElement.scrollWidth") <= width
        opened.check()


def test_without_javascript_header_picture_and_tables_can_be_read(browser, page_file):
    with Visit(browser, page_file, java_script_enabled=False) as opened:
        tab = opened.tab
        assert tab.locator("h1").text_content() == "Test chain"
        assert tab.locator(".still svg").is_visible()
        assert tab.locator("#critical tbody tr").first.is_visible()
        assert not tab.locator("#graph").is_visible()
        assert not tab.locator("#search").is_visible()
        assert tab.locator(".legend:visible").count() == 2


def test_without_a_canvas_tables_search_and_panel_work(browser, page_file):
    before = "HTMLCanvasElement.prototype.getContext = () => null;"
    with Visit(browser, page_file, before=before) as opened:
        tab = opened.tab
        assert tab.locator("#graph-failed").is_visible()
        assert tab.locator(".still svg").is_visible()
        tab.check("input[value=country]", force=True)
        tab.locator("#critical tbody tr").nth(1).locator("button").click()
        assert tab.locator("#firm-title").is_visible()
        opened.check()


def test_paper_shows_the_picture_and_all_rows(visit):
    visit.tab.emulate_media(media="print")
    assert visit.tab.locator(".still svg").is_visible()
    assert not visit.tab.locator("#graph").is_visible()
    assert not visit.tab.locator(".side").is_visible()
    assert visit.tab.evaluate(
        "[...document.querySelectorAll('.scroll')].every((e) => e.scrollHeight <= e.clientHeight + 1)"
    )


def one_line(text):
    return " ".join(text.split())


def turned(places):
    return HOSTILE[places:] + HOSTILE[:places]


def hostile_tables():
    """Twelve firms with each hostile text in each kind of field; ids and products may hold no line break."""
    count = len(HOSTILE)
    ids = [f"{one_line(text)}-id{k}" for k, text in enumerate(HOSTILE)]
    firms = pd.DataFrame({"firm": ids, "name": HOSTILE, "sector": turned(1), "region": turned(2), "owner": turned(3)})
    at = np.arange(count)
    ends = pd.DataFrame({"supplier": np.r_[at, at], "buyer": np.r_[(at + 1) % count, (at + 5) % count]})
    links = ends.map(lambda k: ids[k]).assign(product=turned(4) * 2, flow=np.arange(2.0 * count) + 1)
    return firms.assign(tags=turned(6), country=["LVA", "EST"] * (count // 2)), links


@pytest.mark.parametrize("first", [0, 5, 10])
def test_hostile_text_runs_nothing_and_shows_as_typed(browser, tmp_path, first):
    fields = ("name", "source", "licence", "notes", "currency")
    metadata = dict(zip(fields, turned(first), strict=False))
    path = build(tmp_path / "page.html", *hostile_tables(), **metadata)
    with Visit(browser, path, width=390, height=844) as opened:
        tab = opened.tab
        assert one_line(tab.locator("h1").text_content()) == one_line(metadata["name"])
        for k, text in enumerate(HOSTILE):
            tab.fill("#search", f"{one_line(text)}-id{k}"[:250] if len(text) < 250 else "xxxxxxxx")
            tab.press("#search", "Enter")
            assert one_line(title(tab)) == one_line(text)
            facts = tab.locator("#panel .facts dd").all_text_contents()
            assert one_line(facts[0]) == one_line(turned(1)[k])
            assert one_line(facts[2]) == one_line(turned(2)[k])
            assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
        for key in ("sector", "country"):
            tab.check(f"input[value={key}]", force=True)
        tab.locator("#critical tbody tr").first.locator("td").last.click()
        tab.locator("#critical th button").first.click()
        tab.wait_for_timeout(50)
        assert tab.evaluate("window.hacked") is None
        assert tab.locator("img").count() == 0
        assert tab.locator("script").count() == 3
        opened.check()

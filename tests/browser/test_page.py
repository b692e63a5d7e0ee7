"""The page in a real browser: search, panel and tables, no request, the policy, and what is left without a script."""

import warnings

import numpy as np

from tests.browser.visiting import Visit, build, ordinary
from valuechain.io.synthetic import synthetic


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


def test_search_folds_accents_and_knows_ids(visit):
    tab = visit.tab
    for typed, found in (
        ("lodz", "Łódź Øresund Straße"),
        ("strasse", "Łódź Øresund Straße"),
        ("ORESUND", "Łódź Øresund Straße"),
        ("dakovo celik", "Đakovo Čelik"),
        ("aero thing", "Ærø Þing"),
        ("F033", "Invented firm 33"),
    ):
        tab.fill("#search", typed)
        assert tab.locator("#found li").first.locator("bdi").text_content() == found
        tab.press("#search", "ArrowDown")
        tab.press("#search", "Enter")
        assert visit.title == found
        tab.keyboard.press("Escape")
        assert tab.locator("#firm-title").count() == 0
        assert tab.locator("#start").is_visible()


def test_search_says_when_nothing_is_found(visit):
    visit.tab.fill("#search", "zzzz")
    assert visit.tab.locator("#found").text_content() == "No firm found."
    visit.tab.press("#search", "Enter")
    assert visit.tab.locator("#firm-title").count() == 0


def test_a_row_chooses_its_firm_and_is_marked(visit):
    row = visit.tab.locator("#critical tbody tr").nth(2)
    name = row.locator("[data-firm]").text_content()
    row.locator("td").nth(2).click()
    assert visit.title == name
    assert "chosen" in row.get_attribute("class")
    assert visit.tab.evaluate("document.activeElement.id") == "firm-title"
    assert "%" in visit.tab.locator("#panel .lost strong").text_content()
    visit.tab.click("#panel >> text=Show in table")
    assert visit.tab.evaluate("document.activeElement.closest('tr').classList.contains('chosen')")


def test_a_click_in_the_drawing_chooses_a_firm_and_marks_its_rows(visit):
    tab = visit.tab
    tab.focus("#graph")
    tab.keyboard.press("Enter")
    by_key = visit.title
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
    visit.look_for("F033")
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


def test_a_large_network_is_drawn_by_sigma_and_its_sums_are_those_of_the_data(browser, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = synthetic(firms=2_050, links_per_firm=2, clusters=3, seed=4)
    path = build(tmp_path / "page.html", net, [])
    with Visit(browser, path) as opened:
        assert opened.tab.evaluate("document.documentElement.dataset.engine") == "sigma"
        firms = net.firms["firm"]
        for k in (0, 7, 2_049, int(np.argmax(net.sales))):
            opened.look_for(str(firms[k]))
            assert opened.title == firms[k]
            text = opened.tab.locator("#panel").text_content()
            links = net.links[net.links["supplier"] != net.links["buyer"]]
            assert f"Suppliers ({links[links['buyer'] == firms[k]]['supplier'].nunique()})" in text
            assert f"Buyers ({links[links['supplier'] == firms[k]]['buyer'].nunique()})" in text
            shown = opened.tab.locator("#panel .facts div", has_text="Sales inside the network").locator("dd")
            value = float(shown.text_content().split(" ")[0].replace(",", ""))
            assert abs(value - net.sales[k]) <= 5e-4 * net.sales[k] + 1e-9
            assert net.firms["sector"][k] in opened.tab.locator("#panel .facts").text_content()
        for key in ("country", "cluster", "sector"):
            opened.tab.check(f"input[name=scheme][value={key}]", force=True)
        opened.tab.check("input[value=map]", force=True)
        assert "2,050 firms stand around the middle" in opened.tab.locator("#view-note").text_content()
        opened.check()

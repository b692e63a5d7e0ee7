"""Suggested partners: the list, the card of evidence, the dashed link, by each way of drawing and without script."""

import pandas as pd
import pytest

from tests.browser.test_accessibility import CONTRAST, UNNAMED
from tests.browser.test_controls import NO_WEBGL
from tests.browser.visiting import Visit, build
from valuechain.recommend.partners import partners
from valuechain.scenario import Scenario, Shock

DASHED = """
() => [...document.querySelectorAll("#graph canvas")].reduce((found, canvas) => {
  if (!canvas.width) return found;
  const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let k = 0; k < data.length; k += 4) {
    const [r, g, b, a] = data.slice(k, k + 4);
    if (a > 200 && Math.abs(r - 138) < 12 && Math.abs(g - 28) < 12 && Math.abs(b - 124) < 12) found += 1;
  }
  return found;
}, 0)
"""


@pytest.fixture(scope="module")
def found(shown_network):
    """Suggestions of firms of the network and from outside, for six needs in a storm."""
    outside = pd.DataFrame(
        {
            "firm": ["X2", "X1"],
            "name": ["Überseehandel", "Spółka z o.o."],
            "product": ["20", "10"],
            "country": ["DEU", "POL"],
            "spare_capacity": [50.0, 900.0],
        }
    )
    storm = Scenario(shocks=[Shock(where={"country": ["LVA"]}, loss=0.5)], name="storm")
    costs = {"spare_share": 0.1, "fixed_cost": 5.0, "unit_cost": 1.1}
    return partners(shown_network, scenario=storm, candidates=outside, slots=6, cards=2, **costs)


@pytest.fixture(scope="module")
def page(shown_network, shown_results, found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("partners")
    results = [shown_results[0], found]
    made = {r: build(folder / f"{r}.html", shown_network, results, renderer=r) for r in ("vis", "sigma")}
    return {**made, "flat": made["sigma"]}


def numbers(tab):
    return tab.locator(".figures dd").all_text_contents()


@pytest.mark.parametrize("how", ["vis", "sigma", "flat"])
def test_a_row_opens_its_card_and_draws_the_link(browser, page, found, how):
    with Visit(browser, page[how], before=NO_WEBGL if how == "flat" else "") as opened:
        tab = opened.tab
        assert tab.evaluate("document.documentElement.dataset.engine") == how
        before = numbers(tab)
        assert not tab.locator("#partner-legend").is_visible()
        tab.wait_for_timeout(150)
        assert tab.evaluate(DASHED) == 0
        tab.locator("#partners tbody tr").first.locator("td").nth(2).click()
        tab.wait_for_timeout(150)
        assert opened.title == "Überseehandel as a further supplier of 20 to Invented firm 48"
        text = tab.locator("#panel").inner_text()
        for said in ("322.3 kEUR per year", "not in this network", "dashed circle beside the buyer"):
            assert said in text
        labels = tab.locator("#panel .proof dt").all_text_contents()
        assert labels[:2] == ["Loss cut", "Cost"]
        assert "% of resamples" in text
        assert "Loss cut at the buyer itself: " in text
        assert {"Covers", "Capacity", "Upstream", "New single point of failure", "Rank"} <= set(labels)
        assert tab.evaluate(DASHED) > 40
        assert tab.locator("#partner-legend").is_visible()
        assert numbers(tab) == before
        inside = int((found.table["kind"] != "outside").to_numpy().argmax())
        tab.locator(f"tr[data-partner='{inside}'] button.open").click()
        tab.wait_for_timeout(150)
        assert "The dashed line is the suggested link" in tab.locator("#partner-note").text_content()
        assert "There is no card for this suggestion" in tab.locator("#panel").inner_text()
        assert tab.evaluate(DASHED) > 40
        tab.keyboard.press("Escape")
        tab.wait_for_timeout(150)
        assert opened.title == "Invented firm 0"
        assert tab.evaluate(DASHED) == 0
        members = found.together.members.table["candidate"].tolist()
        tab.locator("#together tbody tr").first.locator("td").nth(2).click()
        tab.wait_for_timeout(150)
        assert "together, for" in opened.title
        assert "were simulated together" in tab.locator("#panel").inner_text()
        assert tab.locator("#panel .facts dt").count() > len(members) > 1
        assert tab.evaluate(DASHED) > 40 * len(members)
        tab.keyboard.press("Escape")
        tab.wait_for_timeout(150)
        assert tab.evaluate(DASHED) == 0
        opened.check()


def test_panels_list_suggestions_and_the_address_opens_one(browser, page, found):
    row = found.table[found.table["kind"] != "outside"].iloc[0]
    with Visit(browser, page["vis"]) as opened:
        tab = opened.tab
        assert tab.locator("#start .firm-button", has_text="Überseehandel").count() > 1
        opened.look_for(row["candidate"])
        assert "Could newly supply (1)" in tab.locator("#panel").inner_text()
        opened.look_for("F048")
        assert "Suggested new suppliers (2)" in tab.locator("#panel").inner_text()
        tab.locator("#panel .firm-button", has_text="Überseehandel").first.press("Enter")
        shared, title = tab.evaluate("location.hash"), opened.title
        assert tab.evaluate(CONTRAST)["poor"] == []
        assert tab.evaluate(UNNAMED) == []
        tab.check("#partners [data-list] input")
        tab.select_option("#partners [data-list] select", index=1)
        assert tab.locator("#partners tbody tr:visible").count() == 1
        assert f"1 of {len(found.table)} suggestions shown." in tab.locator("#partners [data-list]").inner_text()
        shared = tab.evaluate("location.hash")
        tab.click("text=Save and share")
        with tab.expect_download() as waiting:
            tab.click("#save-svg")
        assert waiting.value.path().read_text(encoding="utf-8").count('stroke-dasharray="7 4"') == 2
        tab.check("input[value=tiers]", force=True)
        assert opened.title == title
        opened.check()
    with Visit(browser, page["vis"], at=shared) as again:
        assert again.title == title
        assert again.tab.evaluate("location.hash") == shared
        assert again.tab.locator("#partners tbody tr:visible").count() == 1
        again.tab.select_option("#filter-country", label="Finland", force=True)
        assert "The buyer is not in this drawing" in again.tab.locator("#partner-note").text_content()
        again.check()
    with Visit(browser, page["vis"], at="#view?partner=__proto__&buyer=F048&product-of=20") as odd:
        assert odd.tab.locator("#firm-title").count() == 0
        odd.check()


def test_on_a_phone_on_paper_and_without_script(browser, page):
    with Visit(browser, page["vis"], width=390, height=844) as opened:
        tab = opened.tab
        tab.locator("#partners button.open").first.click()
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
        box = tab.locator("#firm-title").bounding_box()
        assert 0 <= box["y"] < 844
        assert not tab.locator(".proofs").is_visible()
        tab.emulate_media(media="print")
        assert tab.locator("article.proof").first.is_visible()
        opened.check()
    with Visit(browser, page["vis"], java_script_enabled=False) as plain:
        assert plain.tab.locator("#partners tbody tr").first.is_visible()
        assert plain.tab.locator("article.proof:visible").count() == 2
        assert "Überseehandel as a further supplier of 20" in plain.tab.locator("article.proof h4").first.text_content()
        assert not plain.tab.locator("#partners >> text=Choose a row").is_visible()


def test_a_phone_shows_what_is_gained_and_paid_beside_the_candidate(browser, page):
    with Visit(browser, page["vis"], width=390, height=844) as opened:
        heads = opened.tab.locator("#partners th")
        assert [heads.nth(k).inner_text().split("\n")[0] for k in (2, 3)] == ["Loss cut", "Cost"]
        assert heads.nth(3).evaluate("e => e.getBoundingClientRect().right") <= 390
        assert heads.nth(3).evaluate("e => e.offsetHeight") <= 100


def test_a_card_that_goes_on_below_its_box_has_a_shadow_there(browser, page):
    with Visit(browser, page["vis"]) as opened:
        opened.tab.locator("tr[data-partner='0'] button.open").click()
        panel = opened.tab.locator("#panel")
        assert panel.evaluate("e => e.scrollHeight > e.clientHeight")
        assert "gradient" in panel.evaluate("e => getComputedStyle(e).backgroundImage")

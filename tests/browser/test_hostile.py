"""Names that come from spreadsheets run nothing, in any field of any table, and are shown as typed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.browser.visiting import HOSTILE, Visit, all_results, build, network, one_line
from valuechain.models.simulate import simulate
from valuechain.recommend.partners import partners
from valuechain.results import Result
from valuechain.scenario import Scenario, Shock


def turned(places):
    return HOSTILE[places:] + HOSTILE[:places]


def plain(texts):
    """Names of products and clusters may hold no line break."""
    return [one_line(text) for text in texts]


def hostile_network(**metadata):
    """Twelve firms with each hostile text in each kind of field; ids and products may hold no line break."""
    count = len(HOSTILE)
    ids = [f"{one_line(text)}-id{k}" for k, text in enumerate(HOSTILE)]
    firms = pd.DataFrame({"firm": ids, "name": HOSTILE, "sector": turned(1), "region": turned(2), "owner": turned(3)})
    at = np.arange(count)
    ends = pd.DataFrame({"supplier": np.r_[at, at], "buyer": np.r_[(at + 1) % count, (at + 5) % count]})
    products = [f"{text}-p{k}" for k, text in enumerate(plain(turned(4)))]
    links = ends.map(lambda k: ids[k]).assign(product=products * 2, flow=np.arange(2.0 * count) + 1)
    firms = firms.assign(tags=turned(6), country=["LVA", "EST"] * (count // 2), kind="firm")
    groups = [f"{text}-c{k}" for k, text in enumerate(plain(turned(7)))]
    return network(
        firms,
        links,
        clusters=pd.DataFrame({"cluster": groups, "name": turned(8)}),
        members=pd.DataFrame({"cluster": groups, "firm": ids}),
        products=pd.DataFrame({"product": products, "name": turned(9)}),
        **metadata,
    )


def hostile_results(net, k):
    shock = Shock(what="capacity", where={"firms": [str(net.firm_ids[k])]}, loss=0.5, start=1, days=2)
    run = simulate(net, Scenario(shocks=[shock], name=HOSTILE[k][:200]), days=6)
    odd = Result(
        table=pd.DataFrame({"firm": list(net.firm_ids), HOSTILE[k]: HOSTILE}),
        title=HOSTILE[k],
        notes=tuple(HOSTILE),
        units={HOSTILE[k]: HOSTILE[k]},
        parameters={text: text for text in HOSTILE},
    )
    return [*all_results(net), hostile_partners(net), run, odd]


def hostile_partners(net):
    """Suggest a candidate from outside for each need, with statuses as hostile as the names."""
    ids = [f"{one_line(text)}-x{k}" for k, text in enumerate(HOSTILE)]
    products = [str(p) for p in net.products]
    outside = pd.DataFrame({"firm": ids, "name": turned(2), "product": products}).assign(
        country="POL", spare_capacity=1e3
    )
    risky = Scenario(shocks=[Shock(where={"country": ["LVA"]}, loss=0.5)], name=HOSTILE[0][:200])
    costs = {"spare_share": 0.1, "fixed_cost": 1.0, "unit_cost": 1.1}
    found = partners(net, scenario=risky, candidates=outside, cards=20, **costs)
    talks = [HOSTILE[k % len(HOSTILE)] for k in range(len(found.table))]
    return replace(found, table=found.table.assign(status=talks))


@pytest.mark.parametrize(("first", "renderer"), [(0, "vis"), (1, "sigma"), (5, "vis")])
def test_hostile_text_runs_nothing_and_shows_as_typed(browser, tmp_path, first, renderer):
    fields = ("name", "source", "licence", "notes", "currency")
    metadata = dict(zip(fields, turned(first), strict=False))
    net = hostile_network(**metadata)
    path = build(tmp_path / "page.html", net, hostile_results(net, first), renderer=renderer)
    with Visit(browser, path, width=390, height=844) as opened:
        tab = opened.tab
        assert one_line(tab.locator("h1").text_content()) == one_line(metadata["name"])
        for k, text in enumerate(HOSTILE):
            if k % 2 == first % 2:
                continue
            tab.fill("#search", f"{one_line(text)}-id{k}"[:250] if len(text) < 250 else "xxxxxxxx")
            tab.press("#search", "Enter")
            assert one_line(opened.title) == one_line(text)
            facts = tab.locator("#panel .facts dd").all_text_contents()
            assert one_line(facts[0]) == one_line(turned(1)[k])
            assert one_line(facts[2]) == one_line(turned(2)[k])
            assert one_line(turned(8)[k]) in one_line(facts[3])
            assert one_line(turned(9)[k]) in one_line(tab.locator("#panel").text_content())
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
        rows = tab.locator("#partners tbody tr")
        assert rows.count() > 5
        for k in range(0, rows.count(), 3):
            rows.nth(k).locator("button.open").click()
            names = [one_line(text) for text in rows.nth(k).locator("bdi").all_text_contents()]
            panel = one_line(tab.locator("#panel").text_content())
            assert all(name in panel for name in (names[0], names[-1]))
            assert "#view?" in opened.tab.evaluate("location.hash")
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
        for key in ("sector", "cluster", "country"):
            tab.check(f"input[name=scheme][value={key}]", force=True)
        for view in ("tiers", "map"):
            tab.check(f"input[value={view}]", force=True)
        tab.select_option("#run-choice", "3")
        opened.slide("#run-range", 3)
        tab.locator("#critical tbody tr").first.locator("td").last.click()
        tab.locator("#critical th button").first.click()
        with tab.expect_download():
            tab.evaluate("document.getElementById('save-svg').click()")
        tab.wait_for_timeout(50)
        assert tab.evaluate("window.hacked") is None
        assert tab.evaluate("Object.prototype.hacked") is None
        assert tab.locator("img").count() == 0
        assert tab.locator("script").count() == 3
        assert [h for h in tab.evaluate("[...document.links].map((a) => a.getAttribute('href'))") if h[0] != "#"] == []
        opened.check()

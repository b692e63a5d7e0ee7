"""What a notebook shows: safe, short, with units; the page in a frame that can reach nothing."""

import html
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import ParameterError
from valuechain.network import Network
from valuechain.results import Result

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

BAD = "</td></table><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, _):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += f" {data}"


def test_a_network_says_its_size_and_where_it_comes_from():
    shown = Tags(vc.example("textbook")._repr_html_())
    for words in ("Miller and Blair, two sectors", "950 USD per year", "invented", "links"):
        assert words in shown.text
    assert shown.tags == {"div", "strong", "table", "tbody", "tr", "th", "td"}


def test_a_result_shows_units_figures_notes_and_what_it_leaves_out():
    found = vc.single_points_of_failure(vc.example("textbook"))
    shown = Tags(found._repr_html_())
    assert "points: 2; largest: 1" in shown.text
    assert "USD per year" in shown.text
    assert found.notes[0] in shown.text
    risk = Tags(vc.systemic_risk(vc.example("textbook"))._repr_html_()).text
    assert "% of the network's sales" in risk
    assert "more rows" not in risk


def test_figures_are_words_with_their_units():
    net = vc.example("textbook")
    run = vc.simulate(net, {"sector_1": 0.5}, days=10)
    shown = Tags(run._repr_html_()).text
    assert f"lost: {100 * run.total_loss:.1f}% of production over all days; value lost: " in shown
    assert re.search(r"value lost: [\d.]+ USD; day of the largest loss: 3", shown)
    assert "total loss" not in shown
    shock = vc.Shock(where={"firms": ["sector_1"]}, loss={"distribution": "uniform", "low": 0.1, "high": 0.9}, days=3)
    many = vc.ensemble(net, vc.Scenario(name="Rain", shocks=[shock]), runs=3, days=6, seed=1)
    assert re.search(r"lost on average: [\d.]+% of production.*; value lost on average: [\d.]+ USD", many._repr_html_())
    assert "risk index: 100.0%;" in vc.cascade(net, {"sector_1": 1.0})._repr_html_()
    # A currency is free text: a long one is cut in headings and figures.
    long = Result(table=pd.DataFrame({"cost": [1.5]}), title="t", units={"cost": "x" * 500})._repr_html_()
    assert f"<small>{'x' * 35}…</small>" in long


def test_long_and_wide_tables_are_short():
    table = pd.DataFrame(np.arange(3000.0).reshape(100, 30)).add_prefix("column_")
    table["name"] = "x" * 10_000
    made = Result(table=table, title="t" * 10_000, notes=("n" * 10_000,) * 50)._repr_html_()
    assert "90 more rows and 21 more columns in .table" in made
    assert len(made) < 20_000
    assert made.count("<tr>") == 11
    one = Result(table=table.iloc[:11, :11], title="t")._repr_html_()
    assert "1 more row and 1 more column in .table" in one


def test_nothing_known_is_empty_and_shares_are_percent():
    table = pd.DataFrame({"share": [0.125, np.nan], "count": [1234, 5], "day": pd.array([3, pd.NA], dtype="Int64")})
    made = Result(table=table, title="t", units={"share": "fraction of output"})._repr_html_()
    assert re.findall(r"<td[^>]*>(.*?)</td>", made) == ["12.5", "1,234", "3", "", "5", ""]


def test_an_empty_table_is_no_error():
    assert "<tbody></tbody>" in Result(table=pd.DataFrame(), title="t")._repr_html_()


def test_hostile_text_is_escaped():
    torn = BAD + "\ud800"
    firms = pd.DataFrame({"firm": ["a", "b"], "name": [BAD, "b"], "sector": [BAD, "y"]})
    links = pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1.0]})
    net = Network.from_tables(firms, links, name=BAD, currency=BAD, source=BAD, essential_rule="all")
    odd = Result(table=pd.DataFrame({BAD: [BAD]}), title=torn, units={BAD: torn}, notes=(torn,))
    for thing in (net, odd, vc.diagnose(net), vc.concentration(net)):
        made = thing._repr_html_()
        made.encode()
        assert not {"script", "img"} & Tags(made).tags
        assert "alert(1)" in made


def test_the_page_is_shown_in_a_frame_without_the_notebooks_origin():
    net = vc.example("textbook")
    shown = vc.show(net, results=[vc.diagnose(net)], height=600, language="de")
    made = shown._repr_html_()
    assert 'sandbox="allow-scripts allow-downloads"' in made
    assert "height: 600px" in made
    page = html.unescape(re.search(r'srcdoc="([^"]*)"', made)[1])
    assert page == shown.page
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="de">' in page
    assert "vc.write_html" in repr(shown)
    assert len(repr(shown)) < 300


@pytest.mark.parametrize("height", [0, True, "900", 1e6])
def test_a_height_that_is_none_is_refused(height):
    with pytest.raises(ParameterError, match="height=900"):
        vc.show(vc.example("textbook"), height=height)


def test_results_of_another_network_are_not_shown():
    with pytest.raises(ParameterError, match="other data"):
        vc.show(vc.example("textbook"), results=[vc.overview(vc.example("textbook_us2003"))])

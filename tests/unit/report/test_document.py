"""The report as text: what it says of known networks, how it is built, what it refuses."""

import re
import warnings
from dataclasses import dataclass
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from valuechain.analysis.concentration import concentration
from valuechain.analysis.critical import critical
from valuechain.analysis.diagnose import diagnose
from valuechain.analysis.exposure import exposure
from valuechain.errors import InvalidDataError, OutputError, OutputExistsError, ParameterError, ValueChainWarning
from valuechain.models.ensemble import ensemble
from valuechain.models.group_risk import group_risk
from valuechain.models.saved_run import write_run
from valuechain.models.simulate import simulate
from valuechain.network import Network
from valuechain.report import words as wording
from valuechain.report import write_report
from valuechain.report.colours import contrast
from valuechain.report.document.build import report_text, template_text
from valuechain.report.document.fronts import front_of
from valuechain.report.document.hit import hit_clusters
from valuechain.report.document.telling import Telling, catalogue
from valuechain.report.saved_results import SavedEnsembleResult, read_saved
from valuechain.report.words import languages
from valuechain.results import Result
from valuechain.scenario import Scenario, Shock

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

BAD = "</style></title><script>window.hacked=1</script>\u2028\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}{x}"
VOID = {"meta", "link", "br", "img", "path", "circle", "rect"}


def network(**metadata):
    """Return a chain in which "mine" is the only source of two smelters, one of which feeds the plant alone."""
    firms = pd.DataFrame(
        {
            "firm": ["smelter b", "plant", "mine", "smelter a", "trader"],
            "name": ["Smelter B", "The plant", "The mine", "Smelter A", None],
            "sector": ["metal", "cars", "ore", "metal", "wheels"],
            "country": ["LVA", "EST", "CHN", "LVA", "FIN"],
            "output": [40.0, 200.0, 10.0, 60.0, 5.0],
        }
    )
    links = pd.DataFrame(
        {
            "supplier": ["mine", "smelter a", "mine", "trader"],
            "buyer": ["smelter a", "plant", "smelter b", "plant"],
            "product": ["ore", "metal", "ore", "wheels"],
            "flow": [6.0, 50.0, 3.0, 5.0],
        }
    )
    known = {"name": "Cars", "currency": "kEUR", "essential_rule": "all", "year": 2025, "source": "made up"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValueChainWarning)
        return Network.from_tables(firms, links, **known | metadata)


class Page(HTMLParser):
    """Tags, headings, attributes and texts of a page; open tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.ids, self.attributes, self.open, self.words = [], [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]
        self.ids += [v for k, v in attrs if k == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def chain():
    return network()


@pytest.fixture(scope="module")
def runs(chain):
    shock = Shock(where={"firms": ["mine"]}, loss={"distribution": "uniform", "low": 0.2, "high": 1.0}, start=2, days=9)
    fire = Scenario(shocks=[Shock(where={"firms": ["mine"]}, loss=1.0, start=2, days=9)], name="Fire")
    return [
        simulate(chain, fire, days=40),
        ensemble(chain, Scenario(shocks=[shock], name="Winter"), runs=20, days=40, seed=3),
    ]


@pytest.fixture(scope="module")
def full(chain, runs):
    return report_text(chain, [diagnose(chain), *runs, exposure(chain)], "en")


def test_the_verdict_says_what_breaks_with_its_value(chain):
    text = Page(report_text(chain, [], "en")).text
    assert "By output that stops, most is at stake with The mine: if it fails, 3 other firms stop" in text
    assert "They are worth 300 kEUR per year." in text
    assert "3 of 5 firms stop others when they fail alone." in text
    assert "4 of 4 essential needs (100%) hang on one supplier." in text
    assert "No disruption was simulated" in text
    assert "A second source of “metal” for The plant: today only Smelter A delivers it" in text


def test_the_verdict_says_what_a_disruption_costs(chain, runs):
    text = Page(report_text(chain, runs, "en")).text
    run, many = runs
    assert f"Fire (inventory model): {100 * run.total_loss:.3g}% of production in 40 days is lost" in text
    assert "Winter (inventory model, 20 runs): on average" in text
    assert f"in the worst 5% of runs {100 * many.tail_loss:.3g}%" in text
    assert "Loss by day: Fire" in text
    assert "How likely which loss is: Winter" in text


def test_it_is_one_sound_document_without_script(full):
    page = Page(full)
    assert page.tags.count("h1") == 1
    assert page.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    assert ("html", "lang", "en") in page.attributes
    assert not {"script", "iframe", "object", "img"} & set(page.tags)
    assert not [a for a in page.attributes if a[1] in {"src", "srcset", "style"} or a[1].startswith("on")]
    assert {v for t, k, v in page.attributes if k == "href"} <= {"data:,", *(f"#{i}" for i in page.ids)}
    policy = next(v for t, k, v in page.attributes if k == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'; script-src ; style-src 'sha256-")
    assert not re.search(r"url\(|@import|https?:", full)


def test_every_chart_has_a_name_a_meaning_and_a_table(full):
    charts = re.findall(r'<div class="chart.*?</table>', full, re.DOTALL)
    assert len(charts) == full.count("<figure>") == 5
    for chart in charts:
        title, meaning = re.search(r'aria-labelledby="(\S+) (\S+)"', chart).groups()
        assert f'<title id="{title}">' in chart
        assert f'<desc id="{meaning}">' in chart
        assert chart.count("<tr>") > 1
        assert "nan" not in chart


def test_the_order_of_rows_changes_no_byte(chain, full):
    shuffled = Network.from_tables(
        chain.firms.sample(frac=1, random_state=2),
        chain.links.sample(frac=1, random_state=5),
        **chain.metadata,
    )
    assert shuffled.fingerprint != chain.fingerprint
    texts = [report_text(n, [diagnose(n), exposure(n)], "en") for n in (chain, shuffled)]
    assert texts[0] == texts[1]


def test_hostile_text_is_shown_as_typed_and_does_nothing():
    firms, links = network().firms, network().links
    firms["name"] = firms["name"].astype(object)
    firms.loc[0, "name"] = firms.loc[1, "sector"] = BAD
    links["product"] = links["product"].where(links["product"] != "ore", BAD)
    net = Network.from_tables(firms, links, name=BAD, currency=BAD, source=BAD, notes=BAD, essential_rule="all")
    run = simulate(net, Scenario(shocks=[Shock(where={"firms": ["mine"]}, loss=1.0)], name=BAD), days=5)
    torn = BAD + "\ud800\0"
    odd = Result(table=pd.DataFrame({BAD: [BAD]}), title=torn, notes=(torn,), units={BAD: torn}, parameters={BAD: torn})
    suggested = suggestions().assign(candidate=BAD, product=BAD, buyer=BAD, why=BAD)
    partners = Result(table=suggested, title=BAD, units={"loss_cut": BAD})
    text = report_text(net, [diagnose(net), run, odd, partners], "en")
    page = Page(text)
    text.encode("utf-8")
    assert not {"script", "img"} & set(page.tags)
    assert text.count("</style>") == text.count("</title>") - text.count("<figure>") == 1
    assert "window.hacked=1" in page.text
    assert "{{ 7*7 }}{x}" in page.text


def suggestions():
    return pd.DataFrame(
        {
            "candidate": ["trader", "outside-1"],
            "candidate_name": [None, "Outside Ltd"],
            "product": ["metal", "ore"],
            "buyer": ["plant", "smelter a"],
            "loss_cut": [0.125, 0.05],
            "loss_cut_low": [0.1, np.nan],
            "loss_cut_high": [0.15, np.nan],
            "cost": [12.5, np.nan],
            "new_single_point": [False, True],
            "why": ["Delivers a like product to Estonia already, and has the capacity to spare for it all year.", ""],
        }
    )


def test_suggestions_become_cards_and_a_front_a_chart(chain):
    units = {"loss_cut": "fraction of production", "cost": "kEUR per year"}
    partners = Result(table=suggestions(), title="Partners", units=units)
    front = pd.DataFrame({"cost": [30.0, 0.0, 10.0], "expected_loss": [0.01, 0.2, 0.05]})
    curve = Result(table=front, title="Front", units={"cost": "kEUR", "expected_loss": "fraction of production"})
    text = report_text(chain, [partners, curve], "en")
    words = Page(text).text
    assert "trader as a further supplier of “metal” to The plant cuts the loss by 12.5% (10% to 15%)" in words
    assert "cost: 12.5 kEUR per year" in words
    assert "Outside Ltd as a further supplier of “ore” to Smelter A cuts the loss by 5%; cost: not known." in words
    assert "Gains of several suggestions do not add up" in words
    assert text.count("<article>") == 2
    assert "New single point yes" in words
    assert "Delivers a like product" in words
    assert "The smallest loss that remains is 1%." in words
    # Drawn from the left to the right, and down, whatever the order of the rows.
    path = re.search(r'class="line" d="M([^"]+)"', text[text.index('id="partners"') :])[1]
    points = [tuple(map(float, p.split())) for p in path.split("L")]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted(y for _, y in points)


def test_where_nothing_was_drawn_no_interval_is_told(chain):
    table = suggestions().assign(loss_cut_low=[0.125, 0.05], loss_cut_high=[0.125, 0.05])
    words = Page(report_text(chain, [Result(table=table, title="P", units={"loss_cut": "fraction"})], "en")).text
    assert "cuts the loss by 12.5%; cost: 12.5" in words
    assert "12.5% to 12.5%" not in words
    assert "Loss cut, at least" not in words


def test_gains_say_beside_them_on_which_hazards_they_were_judged(chain, runs):
    @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class Judged(Result):
        expected_loss: float = 50.0

    def words_of(scenario, count, given):
        units = {"loss_cut": "kEUR per year", "cost": "kEUR"}
        table = suggestions().assign(loss_cut=[10.0, 5.0]).drop(columns=["loss_cut_low", "loss_cut_high"])
        basis = {"scenario": scenario, "scenarios": count}
        return Page(
            report_text(chain, [Judged(table=table, title="P", units=units, parameters=basis), *given], "en")
        ).text

    fire, winter = runs
    other = words_of("any firm may fail", 500, [fire])
    assert "10 kEUR per year, 20% of the expected loss if any firm may fail; cost" in other
    # Once in the verdict, once above the cards.
    assert other.count("Gains were judged on 500 drawn scenarios in which any firm may fail. This is none of") == 2
    same = words_of("Winter", 20, [winter])
    assert "20% of the expected loss under “Winter”" in same
    assert "Gains were judged on “Winter” (scenarios: 20)." in same
    assert "This is none of" not in same
    assert "This is none of" not in words_of("any firm may fail", 500, [])


def test_a_market_is_no_most_critical_supplier_and_is_marked(chain):
    # Failing, the plant takes all others with it, and it sells nothing.
    found = diagnose(chain)
    assert found.risk.table["firm"].iloc[0] == "plant"
    page = Page(report_text(chain, [found], "en")).text
    assert re.search(r"The plant has a larger risk index \([\d.]+%\), but sells nothing here: it is a market", page)
    assert re.search(r"of sales lost if (The mine|Smelter A) fails, the largest risk index of all firms", page)
    assert "Only buys" in page


def test_a_front_by_what_is_cut_begins_with_spending_nothing(chain):
    table = pd.DataFrame({"cost": [10.0, 30.0], "loss_cut": [0.25, 0.4], "partners": [1, 2], "added": ["a", "b"]})
    units = {"cost": "kEUR", "loss_cut": "fraction of the loss"}
    front = front_of(Result(table=table, title="Front", units=units), "kEUR")
    assert front.table["cost"].tolist() == [0, 10, 30]
    assert front.table["left"].tolist() == pytest.approx([1.0, 0.75, 0.6])
    words = Page(report_text(chain, [Result(table=table, title="Front", units=units)], "en")).text
    assert "The smallest loss that remains is 60%." in words
    assert front_of(Result(table=table, title="no unit"), "kEUR") is None
    assert front_of(Result(table=table[["cost"]], title="no loss"), "kEUR") is None


def test_a_chosen_set_is_told_as_a_whole(chain):
    @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class Chosen(Result):
        loss: float
        loss_after: float
        cost: float

    table = suggestions()[["candidate", "product", "buyer", "cost"]].assign(cut_in_set=[0.3, 0.1])
    units = {"cut_in_set": "fraction of the loss"}
    chosen = Chosen(table=table, title="For 20", units=units, loss=0.08, loss_after=0.05, cost=20.0)
    words = Page(report_text(chain, [chosen], "en")).text
    said = "A set of 2 partners, chosen and simulated as a whole, brings the expected loss from 8% to 5% of all output"
    assert f"{said}, for 20 kEUR." in words
    assert "Cut within the set" in words
    bare = Page(report_text(chain, [Result(table=table.head(1), title="One", units=units)], "de")).text
    assert "Ein Partner, als beste Auswahl; Kosten: nicht bekannt." in bare


def test_the_judgement_on_critical_firms_has_its_place(chain):
    words = Page(report_text(chain, [critical(chain, runs=0)], "en")).text
    assert "How sure the ranking is" in words
    assert words.count("The mine") > 3
    assert "Other results" not in words


def test_any_other_result_is_a_table(chain):
    wide = pd.DataFrame({f"column_{k}": range(40) for k in range(9)})
    words = Page(report_text(chain, [Result(table=wide, title="Wide", notes=("A note.",))], "en")).text
    assert "First 25 of 40 rows. 2 more columns are not shown." in words
    assert "A note." in words
    buyers = concentration(chain, by="buyer", merge="country")
    words = Page(report_text(chain, [buyers, group_risk(chain, each="country")], "en")).text
    assert "The plant plant" in words.split("Other results")[-1]
    assert "Latvia" in words.split("What is lost when all firms of one country fail")[1]


def test_saved_runs_say_the_same(chain, runs, tmp_path):
    for k, run in enumerate(runs):
        write_run(run, tmp_path / f"run-{k}")
    saved = read_saved(tmp_path)
    assert isinstance(saved[1], SavedEnsembleResult)
    pd.testing.assert_frame_equal(saved[1].exceedance.table, runs[1].exceedance.table)
    kept = [report_text(chain, given, "en") for given in (runs, saved)]
    start, end = ' id="disruptions"', ' id="method"'
    one, other = (t[t.index(start) : t.index(end)] for t in kept)
    assert one == other


def test_clusters_lose_what_their_members_lose(chain, tmp_path):
    clusters = pd.DataFrame({"cluster": ["b", "a"], "name": ["Southern", None]})
    members = pd.DataFrame({"cluster": ["b", "b", "a"], "firm": ["plant", "smelter a", "plant"]})
    net = Network.from_tables(chain.firms, chain.links, clusters=clusters, members=members, **chain.metadata)
    fire = Scenario(shocks=[Shock(where={"firms": ["mine"]}, loss=1.0, start=1)], name="Fire")
    run = simulate(net, fire, days=30)
    lost = run.losses.table.set_index("firm")["lost_value"]
    table = hit_clusters(Telling(network=net, words=catalogue("en")), run)
    found = [[cell.text for cell in row] for row in table.rows]
    usual = {"a": 200 * 30 / 365, "Southern": 260 * 30 / 365}
    for (name, firms, value, share), ids in zip(found, (["plant", "smelter a"], ["plant"]), strict=True):
        assert firms == str(len(ids))
        assert float(value) == pytest.approx(lost[ids].sum(), rel=1e-3)
        assert float(share.rstrip("%")) / 100 == pytest.approx(lost[ids].sum() / usual[name], rel=0.01)
    many = ensemble(net, fire, runs=2, days=30)
    write_run(many, tmp_path / "many")
    for result in (many, *read_saved(tmp_path / "many")):
        again = hit_clusters(Telling(network=net, words=catalogue("en")), result)
        assert [row[0].text for row in again.rows] == ["Southern", "a"]
    assert hit_clusters(Telling(network=chain, words=catalogue("en")), run) is None


def test_data_gaps_and_parameters_are_listed(full):
    words = Page(full).text
    assert "Columns without any value in firms" in words
    assert "recovery_days" in words
    assert "firms.name 1 5" in words
    assert "5 of 5 firms give no days of stock: 15 days are taken where they buy." in words
    assert "5 of 5 firms give no time to recover: 30 days are taken." in words
    assert "which inputs are essential" not in words
    assert "stop threshold (eps): 0.01" in words.casefold()
    assert "Winter: 3" in words
    assert re.search(r"\b[0-9a-f]{64}\b", words)


def test_nothing_sold_and_nothing_known_can_still_be_reported():
    firms = pd.DataFrame({"firm": ["b", "a"], "sector": ["x", "y"]})
    links = pd.DataFrame({"supplier": ["b"], "buyer": ["a"], "flow": [0.0]})
    net = Network.from_tables(firms, links, name="Nothing", essential_rule="all")
    words = Page(report_text(net, [diagnose(net), simulate(net, {"b": 1.0}, days=3)], "en")).text
    assert "Nothing is sold in this network." in words
    assert "No firm alone stops another" in words
    assert "nan" not in words.casefold().split()


def test_results_of_other_data_are_refused_all_at_once(chain, tmp_path):
    other = network(name="Other")
    target = tmp_path / "report.html"
    with pytest.raises(InvalidDataError, match="network 'Other'") as caught:
        write_report(chain, target, results=[simulate(other, {"mine": 1.0}, days=3), *diagnose(other).sections[1:3]])
    assert caught.value.exit_code == 3
    assert len(caught.value.faults) == 3
    assert not target.exists()


@pytest.mark.parametrize("wrong", [3, [3], Result(table=pd.DataFrame(), title="one")])
def test_what_is_no_list_of_results_is_refused(chain, tmp_path, wrong):
    with pytest.raises(ParameterError, match="results"):
        write_report(chain, tmp_path / "report.html", results=wrong)


def test_a_place_that_cannot_be_written_is_refused_before_the_work(chain, tmp_path):
    target = tmp_path / "report.html"
    target.write_text("mine")
    with pytest.raises(OutputExistsError, match="force"):
        write_report(chain, target)
    assert target.read_text() == "mine"
    with pytest.raises(OutputError, match="name of a file"):
        write_report(chain, tmp_path, force=True)
    with pytest.raises(OutputError, match="make it first"):
        write_report(chain, tmp_path / "none" / "report.html")
    with pytest.raises(OutputError, match="takes no new file; choose another place"):
        write_report(chain, "/proc/report.html")
    with pytest.raises(ParameterError, match="language 'xx'"):
        write_report(chain, tmp_path / "new.html", language="xx")
    write_report(chain, target, force=True)
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_colours_of_text_can_be_read():
    css = template_text("report.css")
    colours = dict(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{6})", css))
    for text, ground in (
        ("ink", "#ffffff"),
        ("soft", "#ffffff"),
        ("accent", "#ffffff"),
        ("warn", colours["warn-soft"]),
    ):
        assert contrast(colours[text], ground) >= 4.5
    assert contrast(re.search(r"svg text .*fill: (#[0-9a-f]{6})", css)[1], "#ffffff") >= 4.5
    # Lines and bars are graphical objects: 3 to 1 (WCAG 2.1, 1.4.11).
    assert contrast(colours["dark"], "#ffffff") >= 3
    assert contrast(re.search(r"svg .axis.*stroke: (#[0-9a-f]{6})", css)[1], "#ffffff") >= 3


@pytest.mark.parametrize("language", [x for x in languages("valuechain.report.document") if x != "en"])
def test_another_language_has_every_word_and_place_of_the_english_one(language):
    english, other = (wording.catalogue(x, of="valuechain.report.document") for x in ("en", language))
    assert english.keys() == other.keys()
    for table, words in english.items():
        wanted = {k for k in words if not k.endswith("_one")}
        assert wanted == {k for k in other[table] if not k.endswith("_one")}
        for key, text in other[table].items():
            assert text.strip()
            places = set(re.findall(r"\{\w+\}", text))
            allowed = set(re.findall(r"\{\w+\}", words.get(key, words.get(key.removesuffix("_one"), ""))))
            assert places == allowed or (key.endswith("_one") and places <= allowed | {"{count}"}), key


def test_the_report_speaks_other_languages_and_says_which_sentences_do_not(chain, runs):
    german = report_text(chain, [diagnose(chain), *runs], "de")
    page = Page(german)
    assert ("html", "lang", "de") in page.attributes
    assert ("ul", "lang", "en") in page.attributes
    for words in ("300 kEUR pro Jahr", "China", "Lettland", "Fire (Lagermodell)", "Sätze, die Auswertungen schreiben"):
        assert words in page.text
    lost = f"{100 * runs[0].total_loss:.3g}%".replace(".", ",")
    assert f"in 40 Tagen gehen {lost} der Produktion verloren" in page.text
    latvian = Page(report_text(chain, [diagnose(chain), *runs], "lv"))
    assert "kEUR gadā" in latvian.text
    assert "Slēdziens" in latvian.text

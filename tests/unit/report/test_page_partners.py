"""Suggested partners on the page: rows, cards and data block, read back from a saved file, in every language."""

import json
import re
from dataclasses import replace
from importlib.resources import files

import pandas as pd
import pytest

import valuechain as vc
from tests.unit.recommend.test_partners import failing
from tests.unit.recommend.test_together import net as storm_network
from tests.unit.report.small_network import blob_of, network
from tests.unit.report.test_words import flat, gaps
from valuechain.errors import InvalidDataError, ParameterError, UnreadableFileError
from valuechain.recommend.active_partners import active_result
from valuechain.recommend.evidence_text import card_lines
from valuechain.report.build import page_script, page_text
from valuechain.report.filters import Filters
from valuechain.report.partners import section
from valuechain.report.partners.saved import read_saved_partners
from valuechain.report.words import catalogue, languages
from valuechain.results import as_json

OF = "valuechain.report.partners"
LINK = ["supplier", "buyer", "product", "flow"]


@pytest.fixture(scope="module")
def chain():
    """Two buyers of steel with one supplier each, a third maker inside, one outside; ids are in no order."""
    firms = pd.DataFrame(
        {
            "firm": ["zed", "mill", "yard", "forge", "port", "rest"],
            "name": ["Zed", "Mill", "Yard; big", "Forge", "Port", None],
            "sector": list("123456"),
            "country": ["LVA", "EST", "LVA", "FIN", "EST", "LVA"],
            "output": [100.0, 60.0, 80.0, 50.0, 40.0, 30.0],
            "capacity": [100.0, 60.0, 80.0, 90.0, 45.0, 30.0],
        }
    )
    links = pd.DataFrame(
        [
            ("mill", "zed", "steel", 30.0),
            ("port", "yard", "steel", 20.0),
            ("forge", "rest", "steel", 10.0),
            ("zed", "rest", "boat", 5.0),
        ],
        columns=["supplier", "buyer", "product", "flow"],
    )
    products = pd.DataFrame({"product": ["steel", "boat"], "name": ["Steel, cold", "Boat"]})
    return network(firms, links, products=products)


@pytest.fixture(scope="module")
def found(chain):
    outside = pd.DataFrame(
        {"firm": ["out"], "name": ["Foundry"], "product": "steel", "country": "POL", "spare_capacity": 9.0}
    )
    fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["mill", "port"]}, loss=0.5)])
    return vc.partners(chain, scenario=fire, candidates=outside, fixed_cost=2.0, unit_cost=1.1, cards=20)


def data_of(text):
    return json.loads(blob_of(text))


def test_rows_and_numbers_of_the_page_are_those_of_the_result(chain, found):
    data = data_of(page_text(chain, [vc.diagnose(chain), found], "en"))
    ids, rows = sorted(chain.firm_ids), data["partners"]["rows"]
    assert len(rows) == len(found.table) > 3
    for row, (candidate, product, buyer) in zip(
        rows, found.table[["candidate", "product", "buyer"]].itertuples(index=False), strict=True
    ):
        assert row["b"] == ids.index(buyer)
        (member,) = row["m"]
        assert str(chain.products[member["p"]]) == product
        assert (
            (member["c"] == ids.index(candidate))
            if candidate in ids
            else (member["id"], member["outside"]) == ("out", True)
        )
        assert row["title"] == (
            f"{ {'out': 'Foundry', 'rest': 'rest'}.get(candidate, candidate.capitalize()) } as a further supplier of "
            f"Steel, cold to { {'yard': 'Yard; big', 'rest': 'rest'}.get(buyer, buyer.capitalize()) }"
        )
    heads = [head for head, _ in data["partners"]["tables"][0]["heads"]]
    table = data["partners"]["tables"][0]
    assert [heads[k] for k in table["who"]] == ["Candidate", "Product", "Buyer"]
    assert heads[table["cut"][0]] == "Loss cut"
    # Names of outside candidates stand with the suggestions themselves, however few have a card.
    assert found.table.set_index("candidate")["name"]["out"].eq("Foundry").all()
    assert table["heads"][table["cut"][0]][1] == "kEUR per year"


def test_cards_tell_every_line_of_the_evidence(chain, found):
    text = page_text(chain, [found], "en")
    articles = re.findall(r'<article class="proof" data-card="(\d+)">(.*?)</article>', text, re.DOTALL)
    assert [int(k) for k, _ in articles] == list(range(len(found.table)))
    for (_, article), card in zip(articles, found.evidence.table.to_dict("records"), strict=True):
        lines = card_lines(chain, card)[1:]
        assert article.count("<dd") == len(lines)
        assert re.findall(r"<dt>(.*?)</dt>", article) == [re.split(r": | \(", line)[0] for line in lines]


def test_a_page_without_suggestions_holds_nothing_of_them(chain, found):
    plain = page_text(chain, [], "en")
    assert "partners" not in data_of(plain)
    assert "openPartner(k" not in plain
    assert ".proof" not in plain
    assert len(page_script(partners=True)) - len(page_script()) > 3_000
    none = replace(
        found, table=found.table.head(0), evidence=replace(found.evidence, table=found.evidence.table.head(0))
    )
    empty = page_text(chain, [none], "en")
    assert "partners" not in data_of(empty)
    assert "No candidate is left" in empty
    assert "never add up rows" in empty


def test_a_saved_file_gives_the_same_page(chain, found, tmp_path):
    file = tmp_path / "partners.json"
    file.write_text(as_json(found), encoding="utf-8")
    read = read_saved_partners(file)
    assert read.expected_loss == found.expected_loss
    assert read.suggestions.equals(found.suggestions)
    assert page_text(chain, [read], "de") == page_text(chain, [found], "de")
    for name, result in (("read", read), ("found", found)):
        vc.write_report(chain, tmp_path / f"{name}.html", results=[result])
    assert (tmp_path / "read.html").read_bytes() == (tmp_path / "found.html").read_bytes()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.pop("evidence"), "lacks 'evidence'"),
        (lambda d: d.update(rows=[]), "no table with the columns"),
        (lambda d: d["rows"][0].pop("cost"), "row 2 has other columns"),
        (lambda d: d["rows"][1].update(loss_cut="<b>"), "loss_cut is no number"),
        (lambda d: d["rows"][1].update(buyer=None), "row without an id"),
        (lambda d: d["rows"][1].update(efficient={"a": 1}), "efficient holds values"),
        (lambda d: d["parameters"].pop("fingerprint"), "lacks 'fingerprint'"),
        (lambda d: d.update(notes=[1]), "no texts"),
        (lambda d: d.update(units=3), "is not what partners writes"),
    ],
)
def test_a_damaged_file_is_refused_with_what_is_wrong(found, tmp_path, change, problem):
    data = json.loads(as_json(found))
    change(data)
    file = tmp_path / "partners.json"
    file.write_text(json.dumps(data))
    with pytest.raises(InvalidDataError, match=problem) as raised:
        read_saved_partners(file)
    assert "partners NETWORK --format json" in str(raised.value)


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000, '{"rows": NaN}', "\x00\xff"])
def test_what_is_no_json_is_refused(tmp_path, text):
    file = tmp_path / "partners.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(UnreadableFileError, match="is no JSON"):
        read_saved_partners(file)


def test_evidence_that_cannot_be_told_is_refused(chain, found):
    odd = found.evidence.table.drop(columns="cost_share")
    with pytest.raises(InvalidDataError, match="card of evidence that cannot be told"):
        page_text(chain, [replace(found, evidence=replace(found.evidence, table=odd))], "en")


def test_suggestions_of_another_network_are_refused(chain, found, tmp_path):
    other = network(chain.firms, chain.links.assign(flow=1.0))
    with pytest.raises(ParameterError, match="computed on other data"):
        vc.write_html(other, tmp_path / "page.html", results=[found])


def test_of_many_the_first_and_the_best_of_each_need_are_shown(chain, found, monkeypatch):
    monkeypatch.setattr(section, "FIRST", 1)
    data = data_of(page_text(chain, [found], "en"))
    needs = found.table[["product", "buyer"]].drop_duplicates()
    assert len(data["partners"]["rows"]) == len(needs) > 1
    assert f"{len(needs)} of {len(found.table)} suggestions" in page_text(chain, [found], "en")


def test_firms_that_filters_leave_out_are_named_all_the_same(chain, found):
    rows = data_of(page_text(chain, [found], "en", filters=Filters(countries=("LVA",))))["partners"]["rows"]
    inside = [row["m"][0] for row, c in zip(rows, found.table["candidate"], strict=True) if c == "forge"]
    assert inside
    assert all((row["c"], row["outside"], row["name"]) == (-1, False, "Forge") for row in inside)


def test_who_supplies_already_would_supply_more(chain):
    links = pd.concat([chain.links, pd.DataFrame([("forge", "zed", "steel", 3.0)], columns=LINK)], ignore_index=True)
    net = network(chain.firms, links[LINK], products=chain.table("products"))
    fire = vc.Scenario(name="fire", shocks=[vc.Shock(where={"firms": ["mill"]}, loss=0.5)])
    found = vc.partners(
        net, buyer="zed", scenario=fire, filters={"suppliers_below": 0.2}, fixed_cost=2.0, unit_cost=1.1
    )
    rows = data_of(page_text(net, [found], "en"))["partners"]["rows"]
    said = {row["title"]: row.get("more", False) for row in rows}
    assert said["Forge with more Steel, cold for Zed"] is True
    assert said["Port as a further supplier of Steel, cold to Zed"] is False


def test_two_lists_of_suggestions_stand_apart(chain, found):
    text = page_text(chain, [found, replace(found, title="For the port <b>")], "en")
    rows = data_of(text)["partners"]["rows"]
    assert [row["t"] for row in rows] == [0] * len(found.table) + [1] * len(found.table)
    assert [int(k) for k in re.findall(r"<tr data-partner=(\d+)", text)] == list(range(len(rows)))
    assert "Suggested partners: For the port &lt;b&gt;" in text


def test_sets_that_help_only_together_have_a_list_of_their_own(tmp_path):
    net = storm_network()
    found = vc.partners(net, buyer="b", scenario=failing("a", "e", "m"), spare_share=0.1)
    file = tmp_path / "partners.json"
    file.write_text(as_json(found), encoding="utf-8")
    for result in (found, read_saved_partners(file)):
        text = page_text(net, [result], "en")
        data, ids = data_of(text)["partners"], sorted(net.firm_ids)
        assert len(data["tables"]) == 2
        assert [row["t"] for row in data["rows"]].count(1) == len(found.together.table) == 1
        together = data["rows"][-1]
        assert together["title"] == "d + f together, for b"
        assert [ids[m["c"]] for m in together["m"]] == ["d", "f"]
        assert [str(net.products[m["p"]]) for m in together["m"]] == ["q", "r"]
        assert "<td><bdi>d; f</bdi>" in text


@pytest.mark.parametrize("language", languages())
def test_words_of_every_language_have_the_same_keys_and_gaps(language):
    own, english = flat(catalogue(language, of=OF)), flat(catalogue("en", of=OF))
    assert own.keys() == english.keys()
    assert [k for k in own if gaps(own[k]) != gaps(english[k]) or not own[k].strip()] == []
    if language != "en":
        assert {k for k in own if own[k] == english[k] and len(own[k]) > 14} == set()


def test_script_and_template_use_words_that_are_there_and_leave_none_unused():
    folder, own = files("valuechain.report") / "templates", catalogue("en", of=OF)
    used = set(re.findall(r"\bterms\.(\w+)", (folder / "js" / "partners.js").read_text()))
    assert used | {"title", "title_more", "title_together"} == own["script"].keys()
    shown = "".join((folder / name).read_text() for name in ("page.html", "partners.html"))
    assert set(re.findall(r"\bp\.(\w+)", shown)) | {
        "title",
        "intro",
        "rows_cut",
        "none",
        "together",
        "together_meaning",
        "active",
        "linked",
        "no_link",
        "english",
    } == own["partners"].keys() | {"limit"}


def test_what_is_gained_and_paid_stands_beside_the_candidate_and_shares_say_of_what(chain, found):
    table = data_of(page_text(chain, [found], "en"))["partners"]["tables"][0]
    assert [head for head, _ in table["heads"]][:5] == ["Rank", "Candidate", "Loss cut", "Cost", "Product"]
    assert ["Gain above 0 in", "of resamples"] in table["heads"]
    assert ["Helps in", "of scenarios"] in table["heads"]
    assert table["heads"][table["cut"][3]] == ["Loss cut at the buyer itself", "kEUR per year"]


def test_active_partners_are_named_and_other_statuses_stand_in_the_report(chain, found, tmp_path):
    active = active_result(chain, [("forge", "steel", "zed"), ("mill", "steel", "zed")])
    talks = replace(found, table=found.table.assign(status="contacted"), active=active)
    text = page_text(chain, [talks], "en")
    assert "Forge delivers Steel, cold to Zed already (active, no suggestion any more): no link says how much" in text
    assert "Mill delivers Steel, cold to Zed already (active, no suggestion any more): its link says 100%" in text
    for language, said in (("en", "contacted"), ("de", "angesprochen")):
        vc.write_report(chain, tmp_path / "r.html", results=[talks], language=language, force=True)
        told = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert re.search(rf"<dd><bdi>{said}</bdi></dd>", told), language
        assert told.count(said) > len(found.table)


@pytest.mark.parametrize("language", ["de", "lv"])
def test_pages_of_other_languages_say_how_numbers_in_english_sentences_are_written(chain, found, language):
    assert "1,234.5" in page_text(chain, [found], language)
    assert "1,234.5" not in page_text(chain, [found], "en")

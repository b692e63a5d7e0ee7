"""Sentences of analyses in the page's language: every one that a diagnosis writes, gaps kept, odd names harmless."""

import re
import time

import pytest

from tests.unit.report.small_network import small_network
from tests.unit.report.test_page_parts import market_network
from valuechain.analysis.diagnose import diagnose
from valuechain.analysis.single_points import single_points_of_failure
from valuechain.report.build import page_text
from valuechain.report.phrases import _catalogue, told, told_clauses, told_unit
from valuechain.report.words import catalogue, languages


def named(kind, value):
    return {"product": {"steel": "Steel, cold"}, "country": {"FIN": "Somija"}}.get(kind, {}).get(value, value)


def gaps(text):
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", languages())
def test_phrases_keep_the_gaps_of_what_is_said(language):
    said, own = _catalogue("said"), _catalogue(language)
    assert own.keys() <= said.keys()
    assert language == "en" or own.keys() == said.keys()
    # A unit of counting or an id may be left out where the sentence needs it not; nothing is added.
    assert [
        k
        for k in own
        if not gaps(own[k]) <= gaps(said[k]) or gaps(said[k]) - gaps(own[k]) - {"product", "kinds", "label"}
    ] == []


@pytest.mark.parametrize("net", [small_network(), market_network()], ids=["small", "market"])
def test_every_sentence_of_a_diagnosis_has_words(net):
    found = diagnose(net)
    for result in (found, *found.sections, single_points_of_failure(net)):
        for note in result.notes:
            assert told(note, catalogue("lv"), named), note
    for why in found.table["why"]:
        for clause in why.split("; "):
            assert told(clause, catalogue("de"), named), clause


def test_numbers_units_and_ids_are_told_in_the_language():
    lv = catalogue("lv")
    said = "30 of 62 products have an hhi above 0.4 (the EU's screening threshold), 1,003 have one country only. "
    assert told(said + "Most concentrated: steel, where FIN has 26.5%.", lv, named) == (
        "30 no 62 produktiem HHI pārsniedz 0,4 (ES pārbaudes slieksnis), 1\u00a0003 nāk tikai no vienas valsts. "
        "Viskoncentrētākais: Steel, cold, kur valsts Somija daļa ir 26,5%."
    )
    assert told_unit("kEUR per year", lv) == "kEUR gadā"
    assert told_unit("tonnes", lv) == "tonnes"
    assert told_clauses("26.8% of sales lost, nearly all of it its own; and more", catalogue("de"), named) == (
        "26,8% der Verkäufe verloren, fast nur die eigenen; and more"
    )
    assert told("Something else.", lv, named) is None


@pytest.mark.parametrize(
    "name", ["{n1} {name}", "<b>\\1", "x" * 10_000, " (a): 1 buyers worth 1 b of output" * 40, "a\nb"]
)
def test_odd_names_stay_as_they_are_and_take_no_time(name):
    started = time.process_time()
    said = f"The failure of {name} would hurt most: 26.8% of all sales in the network would be lost."
    found = told(said, catalogue("de"), named)
    assert found is None or name in found
    assert (found is None) == (len(name) > 400)
    assert time.process_time() - started < 2


def test_a_page_in_latvian_says_its_conclusions_and_units_in_latvian():
    net = small_network()
    text = page_text(net, [diagnose(net)], "lv")
    notes = re.findall(r'<p class="note" dir="auto">(.*?)</p>', text)
    assert len(notes) > 10
    assert [n for n in notes if re.search(r"\b(the|of|which|are|would)\b", n)] == []
    assert "per year" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)

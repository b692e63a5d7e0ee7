import json
import re
from importlib.resources import files

import pytest

from valuechain.report.payload import json_blob
from valuechain.report.words import catalogue, clean, headline, languages, number, share, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (4e-16, "0%"),
        (1, "100%"),
        (0.5711, "57.1%"),
        (0.00851, "0.851%"),
        (2e-6, "<0.001%"),
        (float("nan"), ""),
    ],
)
def test_share(value, text):
    assert share(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (7, "7"), (12345.6, "12,346"), (0.12345, "0.1235"), (1.5, "1.5"), (-3.25, "-3.25"), (float("nan"), "")],
)
def test_number(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("value", "text"), [(1_339_820, "1.34 million"), (5e9, "5 billion"), (335_230, "335,230")])
def test_headline(value, text):
    assert headline(value) == text


def test_short_and_clean():
    assert short("a\nb   c", 20) == "a b c"
    assert short("x" * 10_000, 5) == "xxxx…"
    assert clean("a\ud800b\0") == "a?b\ufffd"


def test_blob_survives_a_round_trip_and_holds_no_markup():
    data = {"a": "</script><!--&\u2028\u2029'\"", "b": [None, 1.5]}
    text = json_blob(data)
    assert json.loads(text) == data
    assert not set("<>&\u2028\u2029") & set(text)


def test_blob_refuses_nan():
    with pytest.raises(ValueError, match=r"not JSON compliant|Out of range"):
        json_blob({"a": float("nan")})


def flat(words, before=""):
    found = {}
    for name, value in words.items():
        found |= flat(value, f"{before}{name}/") if isinstance(value, dict) else {before + name: str(value)}
    return found


def gaps(text):
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys_and_gaps(language):
    own, english = flat(catalogue(language)), flat(catalogue("en"))
    assert own.keys() == english.keys()
    assert [k for k in own if gaps(own[k]) != gaps(english[k])] == []
    assert [k for k in own if not own[k].strip() and k.split("/")[1] != "thousands"] == []
    assert own["page/language_code"] == language == own["script/locale"]
    assert (own["marks/thousands"], own["marks/decimal"]) == (own["script/thousands"], own["script/decimal"])


@pytest.mark.parametrize("language", [x for x in languages() if x != "en"])
def test_a_language_is_translated(language):
    own, english = flat(catalogue(language)), flat(catalogue("en"))
    same = {k for k in own if own[k] == english[k] and len(english[k]) > 14}
    assert same == {"hidden_units/units"}


def test_scripts_and_template_use_words_that_are_there_and_leave_none_unused():
    folder = files("valuechain.report") / "templates"
    scripts = "".join(f.read_text() for f in (folder / "js").iterdir())
    used = set(re.findall(r"\bwords\.(\w+)", scripts))
    named = {"sector", "country", "region", "suppliers", "buyers"}  # words[column], words[side]
    assert used | named == catalogue("en")["script"].keys()
    in_page = set(re.findall(r"\bw\.(\w+)", (folder / "page.html").read_text()))
    code = "".join(f.read_text() for f in files("valuechain.report").iterdir() if f.name.endswith(".py"))
    said = catalogue("en")["page"].keys()
    assert in_page <= said
    assert [k for k in said - in_page if f'"{k}"' not in code and not k.endswith("_meaning")] == []

import json

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


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys(language):
    def keys(words, before=""):
        return {
            k for n, v in words.items() for k in (keys(v, f"{before}{n}/") if isinstance(v, dict) else {before + n})
        }

    assert keys(catalogue(language)) == keys(catalogue("en"))

"""The words of a page, from a catalogue per language, and how numbers are written in it."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from valuechain.errors import ParameterError

Catalogue = Mapping[str, Any]

_ENGLISH = {word: word for word in ("trillion", "billion", "million")}
_NOISE = 1e-9
"""Shares below this are what is left of rounding, and are shown as 0."""


def languages(of: str = "valuechain.report") -> list[str]:
    """Return the languages that have a catalogue: of the page, or of the package that is named."""
    return sorted(f.name.removesuffix(".toml") for f in _folder(of).iterdir() if f.name.endswith(".toml"))


def catalogue(language: str, *, of: str = "valuechain.report") -> Catalogue:
    """Return the words of a language: of the page, or of the package that is named.

    Raises
    ------
    ParameterError
        When there is no catalogue for it.
    """
    known = languages(of)
    if language not in known:
        others = ", ".join(known[:-1])
        use = f"{others} or {known[-1]}" if others else known[-1]
        raise ParameterError(f"language '{language}' has no words yet; use {use}")
    return tomllib.loads((_folder(of) / f"{language}.toml").read_text(encoding="utf-8"))


def _folder(of: str) -> Any:
    return files(of) / "words"


def clean(text: object) -> str:
    """Return text that UTF-8 and HTML can hold: half surrogates and NUL become the replacement character."""
    return str(text).encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def short(text: str, limit: int) -> str:
    """Return a text on one line, cut to a number of characters."""
    # A name may be 10,000 characters long: only the part that can be shown is looked at.
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def share(value: float, *, digits: int = 3) -> str:
    """Return a share as a percentage."""
    if math.isnan(value):
        return ""
    if abs(value) < _NOISE:
        return "0%"
    return "<0.001%" if 0 < value < 1e-5 else f"{_digits(100 * _steady(value), digits)}%"


def number(value: float) -> str:
    """Return a number with thousands separators and at most four digits behind what matters."""
    if math.isnan(value):
        return ""
    value = _steady(value)
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return _digits(value, 4)


def headline(value: float, words: Catalogue | None = None) -> str:
    """Return a large number in a few digits: ``1.34 million``; in English where no words are given."""
    said = _ENGLISH if words is None else words["marks"]
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            text = _digits(value / size, 3)
            return f"{text if words is None else local(text, words)} {said[word]}"
    return number(value) if words is None else local(number(value), words)


def unscaled(unit: str) -> tuple[float, str]:
    """Return how much a unit of money is, and the plain currency: ``kEUR per year`` is 1000 and ``EUR per year``.

    Any unit but ``k`` or ``M`` before a currency code of three capitals is 1 of itself.
    """
    found = re.fullmatch(r"([kM])([A-Z]{3}(?: per \w+)?)", unit)
    return ({"k": 1e3, "M": 1e6}[found[1]], found[2]) if found else (1.0, unit)


def local(text: str, words: Catalogue) -> str:
    """Return a number as :func:`number`, :func:`share` or :func:`headline` writes it, as the language writes it."""
    marks = words["marks"]
    return text.translate(str.maketrans({",": marks["thousands"], ".": marks["decimal"]}))


def base_words(unit: str, words: Catalogue) -> str:
    """Return what a fraction is of, in the page's language where that is known: ``the network's sales``."""
    return words["bases"].get(unit) or clean(unit).removeprefix("fraction of ")


def _steady(value: float) -> float:
    """Return a number without its last digits: the order of additions must not decide how a half is rounded."""
    return float(f"{value:.10g}")


def _digits(value: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{min(decimals, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

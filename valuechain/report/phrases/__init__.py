"""Sentences that analyses write in English, told in the page's language, with names in the place of ids."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from valuechain.report.words import Catalogue, local

__all__ = ["Naming", "told", "told_clauses", "told_unit"]

LONGEST = 400
"""Signs of a name in a sentence that is looked for; sentences with a longer one stay as they are."""

Naming = Callable[[str, str], str]
"""Names what a gap holds: its kind (``product``, ``firm``, ``country``) and the id give what people call it."""

_GAP = re.compile(r"\{(([a-z]+?)\d*)\}")
_NUMBER = r"<?-?\d[\d,.]*%?"


def told(sentence: str, words: Catalogue, naming: Naming) -> str | None:
    """Return a sentence of an analysis in the page's language, None where it has no words for it."""
    language = words["page"]["language_code"]
    for key, pattern in _patterns().items():
        text = _catalogue(language).get(key)
        found = pattern.fullmatch(sentence) if text is not None else None
        if text is not None and found is not None:
            gaps = {name: _gap(name, value, words, naming) for name, value in found.groupdict().items()}
            return _GAP.sub(lambda gap, gaps=gaps: gaps[gap[1]], text)  # type: ignore[misc]
    return None


def told_clauses(sentence: str, words: Catalogue, naming: Naming) -> str:
    """Return clauses parted by ``; `` each in the page's language, as they are where there are no words for one."""
    return "; ".join(told(clause, words, naming) or clause for clause in sentence.split("; "))


def told_unit(unit: str, words: Catalogue) -> str:
    """Return a unit in the page's language: what it is counted in stays, ``per year`` is told."""
    for name, said in words["per"].items():
        if unit.endswith(f" per {name}"):
            return f"{unit.removesuffix(f' per {name}')} {said}"
    return unit


def _gap(name: str, value: str, words: Catalogue, naming: Naming) -> str:
    kind = name.rstrip("0123456789")
    if kind == "n":
        return local(value, words)
    return told_unit(value, words) if kind == "unit" else naming(kind, value)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    found = {}
    for key, text in _catalogue("said").items():
        parts, at = [], 0
        for gap in _GAP.finditer(text):
            inner = _NUMBER if gap[2] == "n" else f".{{1,{LONGEST}}}?"
            parts += [re.escape(text[at : gap.start()]), f"(?P<{gap[1]}>{inner})"]
            at = gap.end()
        found[key] = re.compile("".join([*parts, re.escape(text[at:])]), re.DOTALL)
    return found


@cache
def _catalogue(name: str) -> Mapping[str, str]:
    return tomllib.loads((files("valuechain.report") / "phrases" / f"{name}.toml").read_text(encoding="utf-8"))

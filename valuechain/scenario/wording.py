"""Words of remedies: what to write in place of a word that is not known."""

from __future__ import annotations

from collections.abc import Sequence

from valuechain.errors import suggestion

__all__ = ["one_of", "remedy"]


def remedy(word: str, known: Sequence[str]) -> str:
    """Return what to write in place of a word that is not known."""
    return suggestion(word, known) or one_of(known)


def one_of(words: Sequence[str]) -> str:
    """Return the words to choose from, in a sentence."""
    return "write " + ", ".join(words[:-1]) + f" or {words[-1]}"

"""Notes of the command simulate: what is told on the screen is told once."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from valuechain.errors import DefaultWarning


@contextmanager
def told_once() -> Iterator[list[str]]:
    """Hold notes about defaults back until the end, and leave out those that the result itself tells.

    The list is filled with the notes that the result shows. Where the work fails, all that was held back is told.
    """
    held: list[tuple[Any, ...]] = []
    told: list[str] = []
    show = warnings.showwarning

    def hold(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, DefaultWarning):
            held.append((message, category, *rest))
        else:
            show(message, category, *rest, **named)

    warnings.showwarning = hold
    try:
        yield told
    finally:
        warnings.showwarning = show
        for message, *rest in held:
            if not any(_is_said(str(message), note) for note in told):
                show(message, *rest)


def _is_said(message: str, note: str) -> bool:
    """Tell whether a note says what a message says; both begin with what lacks, such as ``3 of 9 firms that buy``."""
    subject = note.partition(":")[0]
    return len(subject.split()) >= 5 and message.startswith(subject)


def counted(notes: Iterable[str]) -> list[str]:
    """Return sentences with one day and one run in the singular.

    Examples
    --------
    >>> counted(["3% is lost in 1 days of 1 runs, not in 11 days."])
    ['3% is lost in 1 day of 1 run, not in 11 days.']
    """
    return [re.sub(r"(?<![\d.,])1 (day|run)s\b", r"1 \1", note) for note in notes]

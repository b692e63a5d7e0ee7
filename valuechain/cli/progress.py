"""Progress on stderr for whatever takes longer than two seconds: how much is done, how fast, and the time left."""

from __future__ import annotations

import math
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

QUIET_SECONDS = 2.0
LINE_SECONDS = 10.0
"""Without a terminal (a log file) a line is written at most this often."""

DRAW_SECONDS = 0.2
"""On a terminal the line is drawn anew at most this often."""

TIMED_SECONDS = 1.0
"""No rate is said before it has been measured for this long."""


@contextmanager
def phase(doing: str) -> Iterator[None]:
    """Say what is being done if it takes longer than two seconds."""
    timer = threading.Timer(QUIET_SECONDS, lambda: click.echo(f"{doing} ...", err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def progress(doing: str, unit: str, *, at_first: str = "") -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with the numbers done and in all; it shows them, with the rate and the time left.

    ``at_first`` is added while nothing is done yet, in parentheses.
    """
    terminal = sys.stderr is not None and sys.stderr.isatty()
    line = ProgressLine(doing, unit, terminal=terminal)
    try:
        with phase(f"{doing} ({at_first})" if at_first else doing):
            yield line.show
    finally:
        line.clear()


class ProgressLine:
    """The line of a long piece of work; drawn over itself on a terminal, written now and then elsewhere."""

    def __init__(self, doing: str, unit: str, *, terminal: bool) -> None:
        self._doing, self._unit, self._terminal = doing, unit, terminal
        self._started = time.monotonic()
        self._shown = -math.inf
        self._drawn = False
        self._from: tuple[float, int] | None = None
        self._before = 0

    def show(self, done: int, total: int) -> None:
        """Take the numbers done and in all, and show them if it is time to."""
        now = time.monotonic()
        if self._from is None or done < self._before:
            # What came before this may have been compiled, or taken from a checkpoint: it says nothing about the rate.
            self._from = now, done
        self._before = done
        interval = DRAW_SECONDS if self._terminal else LINE_SECONDS
        if now - self._started < QUIET_SECONDS or now - self._shown < interval or done >= total:
            return
        self._shown = now
        self._write(f"{self._doing}: {done:,} of {total:,} {self._unit}{self._speed(now, done, total)}")

    def clear(self) -> None:
        """Take the line off the terminal, so that results stand alone."""
        if self._drawn:
            click.echo("\r\x1b[2K", err=True, nl=False)
            self._drawn = False

    def _speed(self, now: float, done: int, total: int) -> str:
        since, at = self._from or (now, done)
        if now - since < TIMED_SECONDS or done <= at:
            return ""
        rate = (done - at) / (now - since)
        return f", {rate_text(rate)}, about {duration_text((total - done) / rate)} left"

    def _write(self, text: str) -> None:
        if not self._terminal:
            click.echo(text, err=True)
            return
        # A line that wraps could not be drawn over.
        text = text[: max(20, shutil.get_terminal_size().columns - 1)]
        self._drawn = True
        click.echo(f"\r\x1b[2K{text}", err=True, nl=False)


def rate_text(rate: float) -> str:
    """Return how many a second, or a minute or an hour where that is less than one.

    Examples
    --------
    >>> rate_text(310.4), rate_text(2.25), rate_text(0.2)
    ('310 a second', '2.2 a second', '12 a minute')
    """
    factor, each = (1, "a second") if rate >= 1 else (60, "a minute") if rate * 60 >= 1 else (3600, "an hour")
    number = rate * factor
    return f"{number:,.0f} {each}" if number >= 9.95 else f"{number:.1f} {each}"


def duration_text(seconds: float) -> str:
    """Return a time as people say it: two units at most, seconds only below ten minutes.

    Examples
    --------
    >>> duration_text(7.2), duration_text(200), duration_text(4000), duration_text(200_000)
    ('8 s', '3 min 20 s', '1 h 7 min', '2 d 8 h')
    """
    left = max(1, math.ceil(seconds))
    if left < 60:
        return f"{left} s"
    if left <= 600:
        return _two(left, 60, "min", "s")
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(math.ceil(minutes / 60), 24, "d", "h")


def _two(amount: int, size: int, large_word: str, small_word: str) -> str:
    whole, rest = divmod(amount, size)
    return f"{whole} {large_word} {rest} {small_word}" if rest else f"{whole} {large_word}"

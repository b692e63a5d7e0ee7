"""Progress on stderr for whatever takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

QUIET_SECONDS = 2.0
LINE_SECONDS = 10.0
"""Without a terminal (a log file) a line is written at most this often."""


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
def progress(doing: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with the numbers done and in all; it shows them, with the time left."""
    started = time.monotonic()
    state = {"shown": started + QUIET_SECONDS - LINE_SECONDS, "drawn": 0.0}
    terminal = sys.stderr is not None and sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        now = time.monotonic()
        interval = 0.2 if terminal else LINE_SECONDS
        if now - started < QUIET_SECONDS or now - state["shown"] < interval:
            return
        state["shown"] = now
        left = (now - started) / max(done, 1) * (total - done)
        text = f"{doing}: {done:,} of {total:,} {unit}, about {left:,.0f} s left"
        if terminal:
            state["drawn"] = 1.0
            click.echo(f"\r\x1b[2K{text}", err=True, nl=False)
        else:
            click.echo(text, err=True)

    with phase(doing):
        yield show
    if state["drawn"]:
        click.echo("\r\x1b[2K", err=True, nl=False)

"""Fixtures for long runs: no test may hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

LIMIT_SECONDS = 150


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """Fail a test that takes longer than any should, where the system has an alarm clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"the test took longer than {LIMIT_SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

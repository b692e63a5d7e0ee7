"""Progress: few lines in a log, one line on a terminal, a rate that compilation does not spoil."""

from __future__ import annotations

import pytest

from valuechain.cli import progress as module
from valuechain.cli.progress import ProgressLine, duration_text, progress, rate_text


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (59.5, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (599, "9 min 59 s"),
        (601, "11 min"),
        (3600, "1 h"),
        (3700, "1 h 2 min"),
        (86_400, "1 d"),
        (100_000, "1 d 4 h"),
    ],
)
def test_durations(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (12_345, "12,345 a second"),
        (9.94, "9.9 a second"),
        (0.5, "30 a minute"),
        (0.01, "36 an hour"),
        (0, "0.0 an hour"),
    ],
)
def test_rates(rate, text):
    assert rate_text(rate) == text


def test_a_log_gets_a_line_each_ten_seconds(clock, capsys):
    line = ProgressLine("systemic risk", "firms", terminal=False)
    for done in range(0, 3000, 10):
        clock[0] += 0.1
        line.show(done, 3000)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "systemic risk: 190 of 3,000 firms, 100 a second, about 29 s left",
        "systemic risk: 1,190 of 3,000 firms, 100 a second, about 19 s left",
        "systemic risk: 2,190 of 3,000 firms, 100 a second, about 9 s left",
    ]


def test_the_first_piece_spoils_no_estimate(clock, capsys):
    line = ProgressLine("risk", "firms", terminal=False)
    clock[0] += 60  # compiles
    line.show(64, 10_064)
    assert capsys.readouterr().err == "risk: 64 of 10,064 firms\n"
    clock[0] += 10
    line.show(1_064, 10_064)
    assert capsys.readouterr().err == "risk: 1,064 of 10,064 firms, 100 a second, about 1 min 30 s left\n"


def test_what_a_checkpoint_held_spoils_no_estimate(clock, capsys):
    line = ProgressLine("risk", "firms", terminal=False)
    clock[0] += 5
    line.show(9_000, 10_000)
    clock[0] += 10
    line.show(9_100, 10_000)
    assert capsys.readouterr().err.splitlines()[-1] == "risk: 9,100 of 10,000 firms, 10 a second, about 1 min 30 s left"


def test_a_second_round_is_measured_anew(clock, capsys):
    line = ProgressLine("risk", "firms", terminal=False)
    for done in (10, 1_000):
        clock[0] += 10
        line.show(done, 1_001)
    clock[0] += 10
    line.show(10, 1_000)
    clock[0] += 10
    line.show(20, 1_000)
    assert capsys.readouterr().err.splitlines()[-1] == "risk: 20 of 1,000 firms, 1.0 a second, about 17 min left"


def test_a_terminal_has_one_line_that_is_cleared_and_does_not_wrap(clock, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    line = ProgressLine("systemic risk", "firms", terminal=True)
    for done in (10, 20, 30):
        clock[0] += 5
        line.show(done, 1_000)
    line.clear()
    said = capsys.readouterr().err
    assert "\n" not in said
    parts = said.replace("\x1b[2K", "").split("\r")  # where stderr is no terminal, click leaves out its codes
    assert parts[0] == parts[-1] == ""
    assert parts[1] == "systemic risk: 10 of 1,000 firms"
    assert all(len(part) < 40 for part in parts)


def test_what_is_quick_says_nothing(capsys):
    with progress("risk", "firms", at_first="compiles") as show:
        show(1, 2)
        show(2, 2)
    assert capsys.readouterr().err == ""


def test_the_line_is_cleared_on_an_interrupt(clock, capsys, monkeypatch):
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)

    def interrupted() -> None:
        with progress("risk", "firms") as show:
            clock[0] += 5
            show(1, 10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capsys.readouterr().err.replace("\x1b[2K", "").endswith("\r")

"""How commands end: exit codes, one message and no traceback, an interrupt and a closed pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings

import click
import pytest

import valuechain as vc
from valuechain.cli.ending import exit_code
from valuechain.errors import (
    DataWarning,
    InvalidDataError,
    MissingExtraError,
    OutputError,
    OutputExistsError,
    ParameterError,
    ScenarioError,
    UnknownNameError,
    UnreadableFileError,
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from valuechain.cli import main; main()", *arguments]


def raising(error: BaseException):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidDataError([]), 3),
        (UnknownNameError("x"), 3),
        (ScenarioError("x"), 3),
        (UnreadableFileError("x"), 3),
        (ParameterError("x"), 2),
        (OutputExistsError("x"), 2),
        (OutputError("x"), 1),
        (MissingExtraError("x"), 1),
        (click.UsageError("x"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_exit_codes(error, code, capsys):
    assert exit_code(raising(error)) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


def test_a_command_that_works_ends_with_0(capsys):
    assert exit_code(lambda: None) == 0
    assert capsys.readouterr().err == ""


def test_what_should_not_happen_asks_for_a_report(capsys):
    exit_code(raising(RuntimeError("odd")))
    assert "RuntimeError: odd" in capsys.readouterr().err


def test_debugging_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("VALUECHAIN_DEBUG", "1")
    with pytest.raises(RuntimeError, match="odd"):
        exit_code(raising(RuntimeError("odd")))


def test_our_warnings_are_notes_said_once_and_others_are_hidden(capsys):
    def run():
        for _ in range(3):
            warnings.warn("odd data", DataWarning, stacklevel=1)
        warnings.warn("of a library", DeprecationWarning, stacklevel=1)

    assert exit_code(run) == 0
    assert capsys.readouterr().err == "note: odd data\n"


# ---- real processes


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a folder with a network whose analysis takes some seconds."""
    folder = tmp_path_factory.mktemp("large") / "network"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        vc.write(vc.synthetic(firms=12_000, links_per_firm=8, seed=2), folder)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("after", [0.3, 3.5], ids=["while starting", "while computing"])
def test_ctrl_c(large, tmp_path, after):
    output, page = tmp_path / "out.csv", tmp_path / "page.html"
    arguments = [
        "--format",
        "csv",
        "--output",
        str(output),
        "--html",
        str(page),
        "--threads",
        "1",
        "--tolerance",
        "1e-6",
    ]
    process = subprocess.Popen(
        command("diagnose", str(large), *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert "interrupted" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("form", ["csv", "table"])
def test_a_reader_that_goes_away(tmp_path, form):
    reading = subprocess.Popen(
        command("risk", "baltic_mobility", "--format", form, "--top", "100000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    reading.stdout.close()
    err = reading.stderr.read()
    reading.stderr.close()
    assert reading.wait(timeout=60) == 0
    assert "Traceback" not in err
    assert "error" not in err.lower()
    assert "Exception ignored" not in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
@pytest.mark.parametrize("form", ["csv", "table"])
def test_a_full_disk_is_said(form):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            command("check", "textbook", "--format", form),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "No space left" in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert "should not have happened" not in ended.stderr


def test_the_process_leaves_with_the_code():
    for arguments, code in (
        (["check", "textbook"], 0),
        (["check"], 2),
        (["check", "textbok"], 3),
        (["--help"], 0),
        ([], 2),
    ):
        ended = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == code, (arguments, ended.stderr)
        assert "Traceback" not in ended.stderr

"""Long runs of real processes: interrupted, killed, taken up again; what is said and how they end."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

import valuechain as vc
from valuechain.cli import group

OFTEN = """
import valuechain.runs.checkpoint as kept
kept.SAVE_SECONDS, kept.SAVE_SHARE = 0.05, 0.0
from valuechain.cli import main
main()
"""
"""The program, with checkpoints written as often as pieces come."""

CSV = ["--format", "csv"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a network whose index takes some seconds."""
    path = tmp_path_factory.mktemp("large") / "network"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        vc.write(vc.synthetic(firms=8_000, links_per_firm=6, seed=2), path)
    return path


@pytest.fixture(scope="module")
def whole(folder):
    """Return what the command prints in one go."""
    return run("risk", str(folder), *CSV).stdout


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OFTEN, *arguments], capture_output=True, text=True, timeout=180, check=True
    )


def begun(path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the program and wait until it has written the checkpoint."""
    process = subprocess.Popen(
        [sys.executable, "-c", OFTEN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 90
    while not path.exists():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise TimeoutError(f"no checkpoint: {process.communicate()}")
        time.sleep(0.005)
    return process


def invoke(*arguments: str):
    return CliRunner().invoke(group, list(arguments), prog_name="valuechain")


# ---- in the middle of a run


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_ctrl_c_keeps_what_is_done_and_the_command_it_names_goes_on(folder, whole, tmp_path, threads):
    path = tmp_path / "my run.checkpoint"
    process = begun(path, "risk", str(folder), *CSV, "--threads", threads, "--checkpoint", str(path))
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - start < 10
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert "interrupted" in err
    said = next(line for line in err.splitlines() if " of 8,000 firms are kept in " in line)
    kept = int(said.split()[0].replace(",", ""))
    assert 0 < kept <= 8_000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    words = shlex.split(said.partition("go on with: ")[2])
    assert words[:2] == ["valuechain", "risk"]
    assert words[-1] == "--resume"
    assert run(*words[1:]).stdout == whole


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_run_goes_on_from_its_last_checkpoint(folder, whole, tmp_path):
    path = tmp_path / "run.checkpoint"
    arguments = ["risk", str(folder), *CSV, "--checkpoint", str(path)]
    for more in ([], ["--resume"], ["--resume"]):
        before = path.stat().st_mtime_ns if path.exists() else 0
        process = begun(path, *arguments, *more)
        while path.stat().st_mtime_ns == before and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.communicate(timeout=60)
    ended = run(*arguments, "--resume")
    assert ended.stdout == whole
    assert not (tmp_path / "run.checkpoint.lock").exists()
    # A finished run is printed from its checkpoint.
    assert run(*arguments, "--resume").stdout == whole


# ---- refusals


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "textbook.checkpoint"
    assert invoke("risk", "textbook", "--checkpoint", str(path)).exit_code == 0
    return path


@pytest.fixture
def textbook(finished, tmp_path):
    return shutil.copy(finished, tmp_path / "textbook.checkpoint")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["textbook"], 2, "exists and was kept; add --resume to go on from it, or delete the file or name another"),
        (["textbook", "--force"], 2, "exists and was kept; add --resume to go on from it"),
        (["textbook", "--force", "--tolerance", "0.5"], 2, "exists and was kept; add --resume to go on from it"),
        (["textbook", "--resume", "--tolerance", "0.5"], 3, "tolerance was 0.01, now it is 0.5"),
        (["textbook", "--resume", "--market", "none"], 3, "market was 'sector', now it is 'none (no replacement)'"),
        (["textbook_us2003", "--resume"], 3, "was made from another network: "),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_and_kept(textbook, arguments, code, said):
    before = textbook.read_bytes()
    ended = invoke("risk", *arguments, "--checkpoint", str(textbook))
    assert ended.exit_code == code, ended.output
    assert said in ended.stderr
    assert str(textbook) in ended.stderr
    assert ended.stdout == ""
    assert textbook.read_bytes() == before
    assert [p.name for p in textbook.parent.iterdir()] == ["textbook.checkpoint"]


@pytest.mark.parametrize("more", [[], ["--force"]])
@pytest.mark.parametrize("content", [b"", b"firm,index\n", None])
def test_a_damaged_checkpoint_is_refused_and_kept(textbook, content, more):
    damaged = textbook.read_bytes()[:-1] if content is None else content
    textbook.write_bytes(damaged)
    ended = invoke("risk", "textbook", "--checkpoint", str(textbook), "--resume", *more)
    assert ended.exit_code == 3
    assert "--force" not in ended.stderr
    assert ("is damaged" if content is None else "is not a checkpoint") in ended.stderr
    assert textbook.read_bytes() == damaged


def test_force_replaces_the_output_and_keeps_the_checkpoint(textbook, tmp_path):
    before, output = textbook.read_bytes(), tmp_path / "out.csv"
    output.write_text("old")
    arguments = ["risk", "textbook", "--checkpoint", str(textbook), "--output", str(output), "--force"]
    assert invoke(*arguments).exit_code == 2
    assert output.read_text() == "old"
    ended = invoke(*arguments, "--resume")
    assert ended.exit_code == 0, ended.stderr
    assert output.read_text().startswith("firm,")
    assert textbook.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--resume"], 2, "--resume needs the file to go on from: --checkpoint FILE"),
        (["--checkpoint", "none", "--resume"], 3, "checkpoint none does not exist; check the name, or leave out"),
        (["--checkpoint", "."], 1, ". is not a file; give the name of a file for the checkpoint"),
        (["--checkpoint", "none/x"], 1, "none/x cannot be written: No such file"),
        (["--checkpoint", "x", "--output", "x"], 2, "x is named for two outputs"),
        (["--scheduler", "localhost"], 2, "scheduler 'localhost' is no address; write it as tcp://host:8786"),
        (["--scheduler", "tcp://127.0.0.1:9", "--threads", "2"], 2, "leave out one"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(tmp_path, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    ended = invoke("risk", "textbook", *arguments)
    assert ended.exit_code == code, ended.output
    assert said in ended.stderr
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_that_does_not_answer(tmp_path):
    pytest.importorskip("distributed")
    start = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", OFTEN, "risk", "textbook", "--scheduler", "tcp://127.0.0.1:9"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert time.monotonic() - start < 25
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "error: scheduler tcp://127.0.0.1:9 does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr

"""Checkpoints: what is refused, in which words, and that nothing is lost."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.unit.runs.works import COUNT, Counting, key, rows_of, same
from valuechain.errors import CheckpointError, OutputError, OutputExistsError, UnreadableFileError
from valuechain.runs import Checkpoint, run_pieces
from valuechain.runs.checkpoint_file import Content, encode, load

ALL = np.arange(COUNT)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a checkpoint of half a run."""
    path = tmp_path_factory.mktemp("runs") / "half.checkpoint"
    run_pieces(rows_of, ALL[::2], key(), checkpoint=path)
    return path


@pytest.fixture
def half(written, tmp_path):
    """Return a copy of a checkpoint of half a run."""
    return shutil.copy(written, tmp_path / "half.checkpoint")


def refused(path, error, said, key_=None, existing="resume"):
    """Assert that a checkpoint is refused with these words, that it stays as it is, and that nothing is left behind."""
    before = path.read_bytes() if path.is_file() else None
    names = sorted(p.name for p in path.parent.iterdir())
    work = Counting()
    with pytest.raises(error, match=said):
        run_pieces(work, ALL, key_ or key(), checkpoint=path, existing=existing)
    assert work.seen == []
    assert sorted(p.name for p in path.parent.iterdir()) == names
    assert before is None or path.read_bytes() == before


# ---- what exists and what does not


def test_one_that_exists_is_kept(half):
    refused(half, OutputExistsError, "exists and was kept; add --resume to go on from it, or delete", existing="refuse")


def test_one_that_does_not_exist_cannot_be_taken_up(tmp_path):
    refused(tmp_path / "none", UnreadableFileError, "does not exist; check the name, or leave out --resume")


def test_one_that_exists_may_be_replaced_once_there_is_something_new(half):
    before = half.read_bytes()
    with Checkpoint(half, key(), existing="replace") as checkpoint:
        checkpoint.save()
        assert half.read_bytes() == before
    work = Counting()
    run_pieces(work, ALL[:3], key(tolerance=0.5), checkpoint=half, existing="replace")
    assert work.seen == [0, 1, 2]
    assert int(load(half).done.sum()) == 3


def test_a_folder_is_no_checkpoint(tmp_path):
    for existing in ("refuse", "resume", "replace"):
        with pytest.raises(OutputError, match="is not a file; give the name of a file"):
            run_pieces(rows_of, ALL, key(), checkpoint=tmp_path, existing=existing)


def test_a_folder_that_is_missing_is_said_before_the_work(tmp_path):
    refused_work = Counting()
    with pytest.raises(OutputError, match="cannot be written: No such file or directory"):
        run_pieces(refused_work, ALL, key(), checkpoint=tmp_path / "none" / "x")
    assert refused_work.seen == []


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="a folder nobody can write to")  # noqa: PTH112
def test_a_folder_that_cannot_be_written_is_said_before_the_work():
    work = Counting()
    with pytest.raises(OutputError, match="cannot be written"):
        run_pieces(work, ALL, key(), checkpoint="/proc/run.checkpoint")
    assert work.seen == []


# ---- another run


def test_another_network_is_refused_by_fingerprint(half):
    said = (
        r"was made from another network: 'a' \(fingerprint ffffffffffff\); this one is 'a' \(fingerprint 123412341234\)"
    )
    refused(half, CheckpointError, said, key(fingerprint="1234" * 16))


def test_another_network_of_another_size_is_said_to_be_another_network(half):
    refused(half, CheckpointError, "another network", key(fingerprint="0" * 64, count=7))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tolerance": 0.001}, "tolerance was 0.01, now it is 0.001; repeat that run's network and options"),
        ({"rule": "new"}, "rule was not given, now it is 'new'"),
        ({"kind": "others"}, "kind of run was 'numbers', now it is 'others'"),
        ({"count": 7}, "number of items was 200, now it is 7"),
    ],
)
def test_other_parameters_are_named_with_both_values(half, changed, said):
    refused(half, CheckpointError, re.escape(said), key(**changed))


def test_all_differences_are_said_at_once(half):
    with pytest.raises(CheckpointError) as caught:
        run_pieces(rows_of, ALL, key(tolerance=0.5, stop="total"), checkpoint=half, existing="resume")
    assert len(str(caught.value).splitlines()) == 2
    assert caught.value.exit_code == 3


def test_another_version_of_the_program_is_refused(half, monkeypatch):
    monkeypatch.setattr("valuechain.runs.checkpoint.__version__", "9.9")
    refused(half, CheckpointError, r"version of valuechain was '0.* now it is '9.9'")


# ---- damage


def test_a_newer_format_is_refused(half):
    half.write_bytes(half.read_bytes().replace(b"checkpoint 1 ", b"checkpoint 2 ", 1))
    refused(half, CheckpointError, "is a checkpoint of format 2, this program reads format 1; go on with the version")


def test_cut_off_anywhere(half):
    whole = half.read_bytes()
    for length in sorted({*range(100), *range(100, len(whole), 97), len(whole) - 1}):
        half.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"damaged|not a checkpoint"):
            load(half)
    refused(half, CheckpointError, "is damaged .*; delete the file or name another to start anew")


def test_one_byte_changed_anywhere(half):
    whole = half.read_bytes()
    for at in sorted({*range(95), *range(95, len(whole), 53)}):
        half.write_bytes(whole[:at] + bytes([whole[at] ^ 0x21]) + whole[at + 1 :])
        with pytest.raises(CheckpointError, match=r"damaged|not a checkpoint|of format"):
            load(half)


@pytest.mark.parametrize("content", [b"", b"firm,sector\nF1,24\n", b"PK\x03\x04" + bytes(500), bytes(10_000)])
def test_something_else_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    refused(path, CheckpointError, "is not a checkpoint of valuechain; name another file$")


def framed(body: bytes) -> bytes:
    """Return bytes with a first line whose checksum is right."""
    return b"valuechain checkpoint 1 " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def archive(**parts: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **parts)
    return buffer.getvalue()


def as_bytes(value: object) -> np.ndarray:
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not an archive",
        archive(done=np.ones(3, dtype=bool)),
        archive(header=as_bytes([1]), done=np.ones(3, dtype=bool)),
        archive(header=as_bytes({"format": 1}), done=np.ones(3, dtype=bool)),
        archive(header=as_bytes({"parameters": {}}), done=np.ones(3)),
        archive(header=as_bytes({"parameters": {}}), done=np.ones(3, dtype=bool), **{"row:x": np.ones(2)}),
        archive(header=as_bytes({"parameters": {}}), done=np.array([None])),
        archive(header=np.frombuffer(b"\xff{", dtype=np.uint8), done=np.ones(3, dtype=bool)),
    ],
)
def test_a_right_checksum_over_wrong_content_is_damage(tmp_path, body):
    path = tmp_path / "odd"
    path.write_bytes(framed(body))
    refused(path, CheckpointError, "is damaged")


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "evil"
    path.write_bytes(framed(archive(header=as_bytes({"parameters": {}}), done=np.array([{"a": 1}], dtype=object))))
    refused(path, CheckpointError, "is damaged")
    with pytest.raises(ValueError, match=r"[Oo]bject arrays"):
        encode(Content(header={}, done=np.ones(1, dtype=bool), arrays={"x": np.array([{}], dtype=object)}))


def test_numbers_come_back_bit_by_bit(tmp_path):
    values = np.array([0.1, -0.0, np.nan, np.inf, 5e-324])
    path = tmp_path / "x"
    path.write_bytes(encode(Content(header={"parameters": {}}, done=np.ones(5, dtype=bool), arrays={"x": values})))
    assert load(path).arrays["x"].tobytes() == values.tobytes()


# ---- crashes and company


def test_a_crash_while_writing_keeps_the_older_checkpoint(half, monkeypatch):
    before = half.read_bytes()

    def crash(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr("valuechain.io.atomic.os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        run_pieces(rows_of, ALL, key(), checkpoint=half, existing="resume")
    assert half.read_bytes() == before
    monkeypatch.undo()
    work = Counting()
    assert same(run_pieces(work, ALL, key(), checkpoint=half, existing="resume"), rows_of(ALL))
    assert sorted(work.seen) == ALL[1::2].tolist()


def test_two_runs_cannot_write_one_file(tmp_path):
    path = tmp_path / "x"
    with Checkpoint(path, key()):
        for existing in ("refuse", "replace"):
            with pytest.raises(OutputError, match=rf"is being written by process {os.getpid()} on "):
                run_pieces(rows_of, ALL, key(), checkpoint=path, existing=existing)
    run_pieces(rows_of, ALL, key(), checkpoint=path)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


HOLD = """
import sys, time
from valuechain.runs import Checkpoint, RunKey
with Checkpoint(sys.argv[1], RunKey(kind="numbers", count=3)):
    print("held", flush=True)
    time.sleep(100)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_another_process_holds_it_until_it_ends_however_it_ends(tmp_path):
    path = tmp_path / "x"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            with pytest.raises(OutputError, match=f"is being written by process {process.pid} on "):
                run_pieces(rows_of, ALL, key(), checkpoint=path)
        finally:
            process.kill()
    assert (tmp_path / "x.lock").exists(), "a killed process cannot clear up"
    run_pieces(rows_of, ALL, key(), checkpoint=path)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_link_stays_a_link(half, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(half)
    run_pieces(rows_of, ALL, key(), checkpoint=link, existing="resume")
    assert link.is_symlink()
    assert load(half).done.all()

"""Runs in pieces: the same bits in one go, in parts, interrupted and taken up again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.runs.works import COUNT, Counting, key, rows_of, same
from valuechain.errors import CheckpointError, CheckpointWarning, OutputError, ParameterError, RunInterrupted
from valuechain.runs import Run, run_pieces
from valuechain.runs import checkpoint as checkpoint_module
from valuechain.runs.pieces import PieceSize
from valuechain.runs.rows import Rows

ALL = np.arange(COUNT)


def test_rows_come_in_the_order_asked_for():
    which = np.random.default_rng(1).permutation(COUNT)[:50]
    assert same(run_pieces(rows_of, which, key()), rows_of(which))


def test_items_may_be_asked_for_twice_and_in_many_calls():
    work = Counting()
    with Run(work, key(), first=3) as run:
        first = run.rows([5, 3, 5, 9])
        again = run.rows([9, 10, 3])
        assert run.kept == 4
    assert same(first, rows_of(np.array([5, 3, 5, 9])))
    assert same(again, rows_of(np.array([9, 10, 3])))
    assert sorted(work.seen) == [3, 5, 9, 10]


def test_nothing_asked_for_is_nothing_computed():
    work = Counting()
    assert run_pieces(work, [], key()) == {}
    assert work.seen == []


@pytest.mark.parametrize("which", [[-1], [COUNT], [0.5], [[1, 2]], ["a"]])
def test_what_is_no_item_is_refused(which):
    with pytest.raises(ParameterError, match=r"items"):
        run_pieces(rows_of, which, key())


def test_progress_counts_what_was_asked_for_to_the_end():
    told: list[tuple[int, int]] = []
    with Run(rows_of, key(), progress=lambda *a: told.append(a), first=10) as run:
        run.rows(ALL[:70])
        assert [total for _, total in told] == [70] * len(told)
        assert [done for done, _ in told] == sorted({done for done, _ in told})
        assert told[-1] == (70, 70)
        told.clear()
        run.rows(ALL[50:90])
        assert told[0][0] > 20
        assert told[-1] == (40, 40)
        told.clear()
        run.rows(ALL[:10])
        assert told == [(10, 10)]


@pytest.mark.parametrize("stop", [0, 1, 77, COUNT - 1])
def test_an_interrupt_keeps_what_is_done_and_going_on_gives_the_same_bits(tmp_path, stop):
    path = tmp_path / "run.checkpoint"
    begun = Counting(stop=stop)
    with pytest.raises(RunInterrupted) as caught, Run(begun, key(), checkpoint=path, first=5) as run:
        run.rows(ALL)
    assert (caught.value.kept, caught.value.count, caught.value.path) == (len(begun.seen), COUNT, path)
    if not begun.seen:
        assert list(tmp_path.iterdir()) == []
        return
    assert [p.name for p in tmp_path.iterdir()] == ["run.checkpoint"]
    rest = Counting()
    rows = run_pieces(rest, ALL, key(), checkpoint=path, existing="resume")
    assert same(rows, rows_of(ALL))
    assert sorted(begun.seen + rest.seen) == ALL.tolist(), "no item is computed twice"


def test_many_interrupts(tmp_path):
    path, seen = tmp_path / "run.checkpoint", 0
    for stop in range(3, COUNT, 17):
        work = Counting(stop=stop)
        with (
            pytest.raises(RunInterrupted),
            Run(work, key(), checkpoint=path, existing="resume" if path.exists() else "refuse", first=1) as run,
        ):
            run.rows(ALL)
        seen += len(work.seen)
    work = Counting()
    assert same(run_pieces(work, ALL, key(), checkpoint=path, existing="resume"), rows_of(ALL))
    assert seen + len(work.seen) == COUNT


def interrupted_later(run: Run) -> None:
    with run:
        run.rows(ALL)
        raise KeyboardInterrupt


def test_an_interrupt_between_calls_and_without_a_checkpoint():
    run = Run(rows_of, key())
    with pytest.raises(RunInterrupted, match="nothing was kept") as caught:
        interrupted_later(run)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert not isinstance(caught.value, Exception), "a Ctrl-C passes by handlers of errors"


def test_a_failure_keeps_what_is_done_and_says_what_failed(tmp_path):
    path = tmp_path / "run.checkpoint"
    begun = Counting(stop=90, error=ZeroDivisionError)
    with pytest.raises(ZeroDivisionError, match="here"), Run(begun, key(), checkpoint=path, first=8) as run:
        run.rows(ALL)
    rest = Counting()
    assert same(run_pieces(rest, ALL, key(), checkpoint=path, existing="resume"), rows_of(ALL))
    assert sorted(begun.seen + rest.seen) == ALL.tolist()
    assert begun.seen


def test_a_finished_run_is_read_from_its_checkpoint(tmp_path):
    path = tmp_path / "run.checkpoint"
    run_pieces(rows_of, ALL, key(), checkpoint=path)
    work = Counting()
    before = path.read_bytes()
    assert same(run_pieces(work, ALL[::-1], key(), checkpoint=path, existing="resume"), rows_of(ALL[::-1]))
    assert work.seen == []
    assert path.read_bytes() == before


def test_a_disk_that_is_full_for_a_while_stops_nothing(tmp_path, monkeypatch):
    path, real, calls = tmp_path / "run.checkpoint", checkpoint_module.write_bytes_atomic, []

    def full_at_first(*words, **more):
        calls.append(words)
        if len(calls) < 3:
            raise OutputError("no room")
        real(*words, **more)

    monkeypatch.setattr(checkpoint_module, "write_bytes_atomic", full_at_first)
    monkeypatch.setattr(checkpoint_module, "SAVE_SECONDS", 0.0)
    with pytest.warns(CheckpointWarning, match=r"no room. The run goes on and tries again; the file holds 0 of 200"):
        rows = run_pieces(rows_of, ALL, key(), checkpoint=path)
    assert same(rows, rows_of(ALL))
    assert same(run_pieces(Counting(stop=0), ALL, key(), checkpoint=path, existing="resume"), rows_of(ALL))


def test_a_disk_that_stays_full_leaves_the_older_checkpoint_and_the_result(tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    run_pieces(rows_of, ALL[:20], key(), checkpoint=path)
    before = path.read_bytes()

    def full(*words, **more):
        raise OutputError("no room")

    monkeypatch.setattr(checkpoint_module, "write_bytes_atomic", full)
    with pytest.warns(CheckpointWarning, match=r"no room. The file holds 20 of 200"):
        rows = run_pieces(rows_of, ALL, key(), checkpoint=path, existing="resume")
    assert same(rows, rows_of(ALL))
    assert path.read_bytes() == before
    with (
        pytest.warns(CheckpointWarning, match=r"The file holds 20 of 200"),
        pytest.raises(RunInterrupted) as caught,
        Run(Counting(stop=150), key(), checkpoint=path, existing="resume", first=1) as run,
    ):
        run.rows(ALL)
    assert caught.value.kept == 20, "what is said to be kept is in the file"
    assert path.read_bytes() == before


def test_rows_of_another_make_are_refused():
    rows = Rows(5)
    rows.add(np.array([0]), {"a": np.zeros(1)})
    with pytest.raises(CheckpointError, match="items done earlier have a, those computed now b"):
        rows.add(np.array([1]), {"b": np.zeros(1)})
    with pytest.raises(CheckpointError, match="shape"):
        rows.add(np.array([1]), {"a": np.zeros((1, 2))})
    assert rows.kept == 1


def test_going_on_needs_a_checkpoint():
    with pytest.raises(ParameterError, match="needs a checkpoint"):
        Run(rows_of, key(), existing="resume")
    with pytest.raises(ParameterError, match="existing 'append' is not known"):
        Run(rows_of, key(), checkpoint="x", existing="append")


def test_pieces_grow_to_some_seconds_and_shrink_again(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("valuechain.runs.pieces.time.monotonic", lambda: clock[0])
    size = PieceSize(10)
    size.took(10, 30.0)
    assert size.items == 10, "the first piece may have compiled"
    clock[0] = 100.0
    size.took(10, 0.1)
    assert size.items == 40
    for _ in range(10):
        size.took(size.items, size.items * 0.01)
    assert size.items == 800
    size.took(800, 80.0)
    assert size.items == 80
    size.took(80, 1e9)
    assert size.items == 1

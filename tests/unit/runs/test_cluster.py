"""Pieces on a real Dask cluster of processes: the same bits, a worker that dies, clear words when none is there."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import valuechain as vc
from tests.unit.runs import works
from tests.unit.runs.works import COUNT, Slow, failing, key, rows_of, same
from valuechain.errors import MissingExtraError, ParameterError, RunInterrupted, SchedulerError
from valuechain.models.cascade_network import prepare
from valuechain.models.risk_work import CascadeWork, each_alone, key_of
from valuechain.runs import Run, cluster, run_pieces

distributed = pytest.importorskip("distributed")
cloudpickle = pytest.importorskip("cloudpickle")

ALL = np.arange(COUNT)
ROOT = Path(vc.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def dask():
    """Return a cluster of two worker processes."""
    # Workers cannot import the tests: what they are to run goes to them as it is.
    cloudpickle.register_pickle_by_value(works)
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with (
        pytest.MonkeyPatch.context() as patch,
        distributed.LocalCluster(
            processes=True, n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        ) as local,
    ):
        patch.setenv("PYTHONPATH", path)
        local.wait_for_workers(2, timeout=60)
        yield local
    cloudpickle.unregister_pickle_by_value(works)


@pytest.fixture(scope="module")
def network():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        return vc.synthetic(firms=3_000, links_per_firm=6, seed=3)


# ---- the same bits


def test_the_index_of_every_firm_is_the_same_bits(dask, network):
    told: list[tuple[int, int]] = []
    there = vc.systemic_risk(network, scheduler=dask.scheduler_address, progress=lambda *a: told.append(a))
    here = vc.systemic_risk(network, threads=2)
    for column in ("index", "index_down", "index_up", "sweeps"):
        assert there.table[column].to_numpy().tobytes() == here.table[column].to_numpy().tobytes()
    assert there.table["firm"].tolist() == here.table["firm"].tolist()
    assert there.parameters == here.parameters
    assert told[-1] == (3_000, 3_000)
    assert len(told) > 3


def test_an_ensemble_is_the_same_bits(dask, network, tmp_path):
    loss = {"distribution": "beta", "a": 2, "b": 5}
    country = network.firms["country"].value_counts().index[0]
    shock = vc.Shock(where={"country": country}, loss=loss, start=1, days=4, probability=0.7)
    table = {"correlation": {"country": 0.3, "sector": 0.9}}
    scenario = vc.Scenario(shocks=[shock], days=12, ensemble=table)
    path = tmp_path / "storm.checkpoint"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        there = vc.ensemble(network, scenario, runs=30, scheduler=dask.scheduler_address, checkpoint=path)
        here = vc.ensemble(network, scenario, runs=30, threads=2)
        kept = vc.ensemble(network, scenario, runs=30, checkpoint=path, existing="resume")
    for other in (there, kept):
        for part in ("runs", "firms", "groups", "draws", "exceedance"):
            assert getattr(other, part).table.equals(getattr(here, part).table), part
        assert other.table.equals(here.table)
        assert other.notes == here.notes


def test_some_scenarios_asked_in_parts_are_the_same_bits(dask, network):
    prepared, shocks = prepare(network, vc.Cascade(tolerance=1e-4)), each_alone(network.n_firms)
    work = CascadeWork(prepared=prepared, shocks=shocks, threads=1)
    which = np.random.default_rng(2).permutation(network.n_firms)[:60]
    run_key = key_of(prepared, shocks, "some")
    with Run(work, run_key, scheduler=dask.scheduler_address, first=7) as run:
        parts = [run.rows(part) for part in np.array_split(which, 4)]
    there = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    assert there["index"].shape == (60, 1, 3)
    assert same(there, run_pieces(work, which, run_key))


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(dask):
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done > 20 and not killed:
            killed.append(next(iter(dask.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL if os.name == "posix" else signal.SIGTERM)

    with Run(Slow(0.2), key(), scheduler=dask.scheduler_address, progress=kill, first=4) as run:
        assert same(run.rows(ALL), rows_of(ALL))
    assert killed
    dask.wait_for_workers(2, timeout=60)


def test_when_all_workers_are_killed_the_work_is_sent_again(dask):
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done > 20 and not killed:
            killed.extend(worker.pid for worker in dask.workers.values())
            for pid in killed:
                os.kill(pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)

    with Run(Slow(0.2), key(), scheduler=dask.scheduler_address, progress=kill, first=4) as run:
        assert same(run.rows(ALL), rows_of(ALL))
    assert len(killed) == 2
    dask.wait_for_workers(2, timeout=60)


# ---- checkpoints and interrupts


def test_an_interrupt_keeps_what_is_done_and_goes_on_here(dask, tmp_path):
    path = tmp_path / "run.checkpoint"

    def stop(done: int, total: int) -> None:
        if done > 40:
            raise KeyboardInterrupt

    begun = Run(Slow(0.1), key(), scheduler=dask.scheduler_address, checkpoint=path, progress=stop, first=5)
    start = time.monotonic()
    with pytest.raises(RunInterrupted) as caught, begun as run:
        run.rows(ALL)
    assert time.monotonic() - start < 20
    assert 40 < caught.value.kept < COUNT
    rest = works.Counting()
    assert same(run_pieces(rest, ALL, key(), checkpoint=path, existing="resume"), rows_of(ALL))
    assert len(rest.seen) == COUNT - caught.value.kept
    # And a finished run needs no cluster at all.
    done = run_pieces(failing, ALL, key(), checkpoint=path, existing="resume", scheduler="tcp://127.0.0.1:1")
    assert same(done, rows_of(ALL))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_while_waiting_for_workers(dask):
    def press(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 2.0)
    start = time.monotonic()
    try:
        with pytest.raises(RunInterrupted), Run(Slow(8.0), key(), scheduler=dask.scheduler_address, first=100) as run:
            run.rows(ALL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - start < 6


# ---- what goes wrong


def test_a_piece_that_fails_says_why(dask):
    with pytest.raises(SchedulerError, match=r"a piece failed there \(ZeroDivisionError: odd\)"):
        run_pieces(failing, ALL, key(), scheduler=dask.scheduler_address)


def test_nobody_answers(caplog):
    start = time.monotonic()
    with pytest.raises(SchedulerError, match=r"tcp://127.0.0.1:9 does not answer .* check the address") as caught:
        run_pieces(rows_of, ALL, key(), scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - start < 12
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH\r\n", b"ab", None])
def test_somebody_else_answers(monkeypatch, words):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(5):
                try:
                    opened, _ = server.accept()
                except OSError:
                    return
                kept.append(opened)
                if words is not None:
                    opened.sendall(words)
                    opened.close()

        kept: list[socket.socket] = []
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(SchedulerError, match=r"is no Dask scheduler|does not answer \(timed out\)"):
            run_pieces(rows_of, ALL, key(), scheduler=address)
        assert time.monotonic() - start < 5
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for opened in kept:
        opened.close()


def test_no_workers(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2.0)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL) as empty,
        pytest.raises(SchedulerError, match="has no workers; start some: dask worker tcp://"),
    ):
        run_pieces(rows_of, ALL, key(), scheduler=empty.scheduler_address)


@pytest.mark.parametrize(
    "address", ["", "localhost", "localhost:8786", "http://x:80", "tcp://x", "tcp://x:0", "tcp://x:99999", 5]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ParameterError, match=r"is no address; write it as tcp://host:8786"):
        run_pieces(rows_of, ALL, key(), scheduler=address)


def test_workers_with_another_version_are_refused(dask, monkeypatch):
    monkeypatch.setattr(cluster, "versions", lambda: {"valuechain": "9.9"})
    with pytest.raises(SchedulerError, match=r"has valuechain 0.*, this program 9.9\ninstall the same versions"):
        cluster.refuse_other_versions({"worker x": {"valuechain": "0.1"}}, cluster.versions())
    monkeypatch.undo()
    # A worker that came after the look at all of them refuses by itself.
    with pytest.raises(SchedulerError, match="a worker has numba"):
        cluster.run_piece(rows_of, ALL, {**cluster.versions(), "numba": "0.0"})


def test_a_cluster_with_another_version_is_refused_before_anything_is_sent(dask, monkeypatch):
    other = {**cluster.versions(), "valuechain": "9.9"}
    monkeypatch.setattr(cluster, "expected_versions", lambda: other)
    with pytest.raises(SchedulerError, match=r"worker tcp://\S+ has valuechain \S+, this program 9.9"):
        run_pieces(rows_of, ALL, key(), scheduler=dask.scheduler_address)


def test_a_scheduler_that_goes_ends_the_run():
    local = distributed.LocalCluster(
        processes=True, n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    )
    try:

        def close(done: int, total: int) -> None:
            local.close()

        with (
            pytest.raises(SchedulerError, match="or all its workers are gone; what is done is in the checkpoint"),
            Run(Slow(0.05), key(), scheduler=local.scheduler_address, progress=close, first=4) as run,
        ):
            run.rows(ALL)
    finally:
        local.close()


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r'pip install "valuechain\[dask\]"'):
        run_pieces(rows_of, ALL, key(), scheduler="tcp://127.0.0.1:8786")


def test_threads_are_those_of_workers(network):
    with pytest.raises(ParameterError, match="leave out one"):
        vc.systemic_risk(network, threads=2, scheduler="tcp://127.0.0.1:8786")

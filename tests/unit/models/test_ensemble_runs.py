"""Runs of an ensemble in threads and pieces, interrupted and taken up again, and what is refused."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings

import pytest

import valuechain as vc
from tests.unit.models.storms import BETA, LINKS, SHORT, bits, chain, storm
from valuechain.errors import (
    CheckpointError,
    OutputExistsError,
    ParameterError,
    RunInterrupted,
    ScenarioError,
    UnknownNameError,
)
from valuechain.models import ensemble as ensemble_module
from valuechain.models import ensemble_work

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@pytest.fixture(scope="module")
def found():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.ensemble(chain(), storm(), model=SHORT, runs=60, by=["owner"])


# ---- threads, interrupts, checkpoints


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_the_number_of_threads_changes_no_bit(found, threads):
    assert bits(vc.ensemble(chain(), storm(), model=SHORT, runs=60, by="owner", threads=threads)) == bits(found)


def test_progress_counts_runs():
    told: list[tuple[int, int]] = []
    vc.ensemble(chain(), storm(), runs=30, progress=lambda *a: told.append(a))
    assert told[0] == (8, 30)
    assert told[-1] == (30, 30)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_changes_no_bit(found, tmp_path, threads):
    path = tmp_path / "storm.checkpoint"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    options = {"model": SHORT, "runs": 60, "by": "owner", "checkpoint": path}
    with pytest.raises(RunInterrupted) as caught:
        vc.ensemble(chain(), storm(), threads=threads, progress=stop, **options)
    assert caught.value.kept == 8
    rest = vc.ensemble(chain(), storm(), threads=4 - threads, existing="resume", **options)
    assert bits(rest) == bits(found)
    assert rest.notes == found.notes
    with pytest.raises(OutputExistsError):
        vc.ensemble(chain(), storm(), **options)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_all_threads_soon(monkeypatch):
    real = ensemble_work.EnsembleWork._fill

    def slow(self, row, run):
        time.sleep(0.02)
        real(self, row, run)

    monkeypatch.setattr(ensemble_work.EnsembleWork, "_fill", slow)
    monkeypatch.setattr(ensemble_module, "FIRST_RUNS", 10_000)

    def press(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    start, threads = time.monotonic(), threading.active_count()
    try:
        with pytest.raises(RunInterrupted):
            vc.ensemble(chain(), storm(), runs=10_000, threads=2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - start < 10
    assert threading.active_count() == threads


def test_an_error_in_a_run_is_raised_with_its_words(monkeypatch):
    def fail(self, row, run):
        raise ZeroDivisionError("here")

    monkeypatch.setattr(ensemble_work.EnsembleWork, "_fill", fail)
    with pytest.raises(ZeroDivisionError, match="here"):
        vc.ensemble(chain(), storm(), runs=20, threads=2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 1}, "seed was 0, now it is 1"),
        ({"runs": 13}, "number of items was 12, now it is 13"),
        ({"days": 26}, "days was 25, now it is 26"),
        ({"keep_firms": False}, "firms kept was True, now it is False"),
        ({"by": "owner"}, "groups was "),
        ({"model": vc.Inventory(tau=7)}, "tau was 6.0, now it is 7.0"),
        ({"scenario": storm(ensemble={"correlation": {"owner": 0.7}})}, "correlation was "),
        (
            {"scenario": vc.Scenario(shocks=storm().shocks[:2], days=25, ensemble=dict(storm().ensemble))},
            "shock 3 was ",
        ),
        ({"network": chain(links=[*LINKS, ("m", "a", 1.0)])}, "was made from another network"),
    ],
)
def test_a_checkpoint_fits_its_ensemble_only(tmp_path, change, said):
    path = tmp_path / "storm.checkpoint"
    given = {"network": chain(), "scenario": storm(), "runs": 12}
    vc.ensemble(given["network"], given["scenario"], runs=12, checkpoint=path)
    given |= change
    with pytest.raises(CheckpointError, match=said):
        vc.ensemble(given.pop("network"), given.pop("scenario"), checkpoint=path, existing="resume", **given)


# ---- what is refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"runs": 0}, "runs 0 is not a count; write a whole number from 1"),
        ({"runs": 2.0}, "runs 2.0 is not a count"),
        ({"seed": -1}, "seed -1 is not a count; write a whole number from 0"),
        ({"days": 0}, "days 0 is not a horizon"),
        ({"quantiles": [0.5, 1.5]}, "quantiles .* are none; write numbers from 0 to 1"),
        ({"quantiles": 0.5}, "quantiles 0.5 are none"),
        ({"quantiles": [0.5, 0.5]}, "each once"),
        ({"tail": 1}, "tail 1 is none; write a number from 0 to below 1"),
        ({"threads": 0}, "threads 0 is not a number of threads"),
        ({"threads": 2, "scheduler": "tcp://127.0.0.1:1"}, "leave out one"),
        ({"existing": "resume"}, "needs a checkpoint"),
        ({"model": 5}, "model 5 is none"),
    ],
)
def test_parameters_that_are_none(options, said):
    with pytest.raises(ParameterError, match=said):
        vc.ensemble(chain(), storm(), **options)


def test_columns_that_do_not_exist():
    with pytest.raises(UnknownNameError, match="no column 'ownr'; did you mean 'owner'"):
        vc.ensemble(chain(), storm(), by="ownr")


def test_a_scenario_that_is_none():
    with pytest.raises(ScenarioError, match=r"is none; give a Scenario or vc\.read_scenario"):
        vc.ensemble(chain(), {"a": 0.5})


def test_unknown_correlations_and_selectors_are_said_at_once():
    shocks = [vc.Shock(where={"firms": ["q"]}, loss=BETA), vc.Shock(where={"country": "FRA"}, loss=BETA)]
    table = {"correlation": {"ownr": 0.1, "cluster": 0.2, "country": 0.1}}
    with pytest.raises(ScenarioError) as caught:
        vc.ensemble(chain(), vc.Scenario(shocks=shocks, ensemble=table, file="storm.toml"))
    lines = str(caught.value).splitlines()
    assert all(line.startswith("storm.toml: ") for line in lines)
    assert "no column 'cluster'; add it, or leave it out" in lines[0]
    assert "ensemble: correlation ownr: the firms of network 'network' have no column 'ownr'; did you mean" in lines[1]
    assert [line.split(": ")[1] for line in lines[2:]] == ["shock 1", "shock 2"]


def test_what_would_not_fit_is_refused_with_what_would(monkeypatch):
    monkeypatch.setattr(ensemble_module, "MOST_BYTES", 2000 * 10)
    with pytest.raises(ParameterError, match=r"of 6 firms take .* GB, .*; write fewer runs"):
        vc.ensemble(chain(), storm(), runs=1000)
    one = 25 * 8 + 8 * 9 + 8 + 3 * (1 + 8 + 8 + 8) + 4 * 400
    monkeypatch.setattr(ensemble_module, "MOST_BYTES", 10 * one + 100)
    with pytest.raises(ParameterError, match="write keep_firms=False, which leaves out the loss of each firm"):
        vc.ensemble(chain(), storm(), runs=10)
    assert vc.ensemble(chain(), storm(), runs=10, keep_firms=False).firms is None


def test_single_runs_refuse_what_is_random():
    slow = {"distribution": "exponential", "mean": 5}
    shock = vc.Shock(where={"firms": ["z"]}, recovery="linear", recovery_days=slow, probability=0.2)
    with pytest.raises(ScenarioError) as caught:
        vc.simulate(chain(), vc.Scenario(shocks=[shock]))
    assert str(caught.value).splitlines() == [
        "shock 1: recovery_days is a distribution; a single run needs one number, such as recovery_days = 10",
        "shock 1: probability 0.2 is for an ensemble; take it out to let the shock happen",
    ]
    with pytest.raises(ScenarioError, match="shock 1: probability is for ensembles; take it out"):
        vc.cascade(chain(), vc.Scenario(shocks=[vc.Shock(where={"firms": ["z"]}, probability=0.2)]))

"""Cascades as items of a long run: the same bits in any pieces, threads and order, and after an interrupt."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import CheckpointError, ModelWarning, OutputExistsError, RunInterrupted
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_network import prepare
from valuechain.models.risk_work import CascadeWork, chosen, each_alone, key_of
from valuechain.runs import Run


@pytest.fixture(scope="module")
def network():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        return vc.synthetic(firms=1_500, links_per_firm=5, seed=7)


@pytest.fixture(scope="module")
def whole(network):
    return vc.systemic_risk(network, threads=1)


def bits(result) -> list[bytes]:
    return [result.table[c].to_numpy().tobytes() for c in ("index", "index_down", "index_up", "sweeps")]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_no_bit(network, whole, threads):
    assert bits(vc.systemic_risk(network, threads=threads)) == bits(whole)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_an_interrupt_changes_no_bit(network, whole, tmp_path, threads):
    path = tmp_path / "risk.checkpoint"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(RunInterrupted) as caught:
        vc.systemic_risk(network, threads=threads, checkpoint=path, progress=stop)
    assert 0 < caught.value.kept < network.n_firms
    rest = vc.systemic_risk(network, threads=4 - threads, checkpoint=path, existing="resume")
    assert bits(rest) == bits(whole)
    assert rest.table.equals(whole.table)


def test_a_checkpoint_fits_its_network_and_model_only(network, tmp_path):
    path = tmp_path / "risk.checkpoint"
    vc.systemic_risk(network, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(OutputExistsError):
        vc.systemic_risk(network, checkpoint=path)
    with pytest.raises(CheckpointError, match=r"tolerance was 0\.01, now it is 0\.5"):
        vc.systemic_risk(network, model=vc.Cascade(tolerance=0.5), checkpoint=path, existing="resume")
    other = vc.edit.without(network, [network.firm_ids[0]])
    with pytest.raises(CheckpointError, match="another network"):
        vc.systemic_risk(other, checkpoint=path, existing="resume")
    assert path.read_bytes() == before


def test_pieces_in_any_order_are_the_same_bits(network):
    prepared, shocks = prepare(network, vc.Cascade()), each_alone(network.n_firms)
    work = CascadeWork(prepared=prepared, shocks=shocks)
    which = np.random.default_rng(3).permutation(network.n_firms)[:100]
    together = work(which)
    with Run(work, key_of(prepared, shocks, "some"), first=1) as run:
        apart = [run.rows([item]) for item in which]
    for name, rows in together.items():
        assert np.concatenate([one[name] for one in apart]).tobytes() == rows.tobytes()
    copied = pickle.loads(pickle.dumps(work))(which)  # noqa: S301 - as a cluster does it
    assert all(copied[name].tobytes() == rows.tobytes() for name, rows in together.items())


def test_scenarios_with_many_firms_are_chosen_by_number():
    shocks = Shocks(np.array([0, 2, 2, 5]), np.arange(5), np.linspace(0, 1, 5), np.ones(5))
    some = chosen(shocks, np.array([2, 0, 1, 2]))
    assert some.start.tolist() == [0, 3, 5, 5, 8]
    assert some.firm.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert some.down.tolist() == [0.5, 0.75, 1, 0, 0.25, 0.5, 0.75, 1]
    assert chosen(shocks, np.zeros(0, dtype=np.int64)).start.tolist() == [0]


def test_cascades_that_do_not_settle_are_said_once_for_the_whole_run(monkeypatch):
    monkeypatch.setattr("valuechain.models.cascade_run.MAX_SWEEPS", 1)
    network = network_of([("a", "b", 10.0), ("b", "c", 5.0)], essential_rule="all")
    with pytest.warns(ModelWarning, match="3 of 3 cascades") as caught:
        vc.systemic_risk(network)
    assert len(caught) == 1

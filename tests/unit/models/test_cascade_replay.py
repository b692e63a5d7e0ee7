"""What is computed again for an explanation is what the run computed, to the last bit."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.models import cascade_replay
from valuechain.models.cascade_replay import History, history_of, state_behind


def ended(run):
    table = run.table.set_index("firm").loc[run.source.network.firm_ids]
    return table["loss_down"].to_numpy(), table["loss_up"].to_numpy()


@pytest.mark.parametrize("market", ["sector", None])
@pytest.mark.parametrize("stop", ["change", "total"])
@pytest.mark.parametrize("tolerance", [1e-2, 1e-6])
def test_the_last_state_is_the_runs(market, stop, tolerance):
    # Wide failures move from the sparse front into a lane, small ones do not.
    for firms, failing in ((40, 1), (300, 1), (300, 60)):
        network = vc.synthetic(firms=firms, seed=firms + failing)
        shock = {f: 1 - 0.9 * k / failing for k, f in enumerate(network.firm_ids[:failing])}
        run = vc.cascade(network, shock, model=vc.Cascade(market=market, stop=stop, tolerance=tolerance))
        state = history_of(run).state(run.sweeps)
        for works, lost in zip(state.works, ended(run), strict=True):
            assert (1 - works == lost).all()
        assert state.sweep == run.sweeps


def test_the_state_behind_a_run_gives_its_numbers():
    network = vc.synthetic(firms=200, seed=8)
    run = vc.cascade(network, {network.firm_ids[9]: 1.0})
    assert state_behind(run).sweep == run.sweeps - 1


def test_since_is_the_sweep_that_brought_a_value():
    network = network_of([("z", "m", 10.0), ("m", "b", 5.0)], essential_rule="all")
    run = vc.cascade(network, {"z": 0.5}, model=vc.Cascade(market=None, tolerance=1e-9))
    at = network.positions(["z", "m", "b"])
    assert history_of(run).state(run.sweeps).since[0, at].tolist() == [0, 1, 2]


def test_states_that_were_not_kept_are_computed_again(monkeypatch):
    network = vc.synthetic(firms=150, seed=3)
    run = vc.cascade(network, {network.firm_ids[0]: 1.0}, model=vc.Cascade(tolerance=1e-7))
    assert run.sweeps > 8
    every = {s.sweep: s for s in History(run.source, run.sweeps).states(run.sweeps)}
    monkeypatch.setattr(cascade_replay, "KEPT_BYTES", 1)
    history = History(run.source, run.sweeps)
    for sweep in (run.sweeps, run.sweeps - 1, 4, 3, 0, run.sweeps - 3):
        state = history.state(sweep)
        assert state.sweep == sweep
        assert (state.works == every[sweep].works).all()
        assert (state.since == every[sweep].since).all()
        assert np.array_equal(state.felt(0), every[sweep].felt(0))
    assert len(history._last) + len(history._other) == 4


def test_explanations_do_not_depend_on_what_is_kept(monkeypatch):
    network = vc.synthetic(firms=150, seed=3)
    shock, model = {network.firm_ids[0]: 1.0}, vc.Cascade(tolerance=1e-7)
    one, two = (vc.cascade(network, shock, model=model) for _ in range(2))
    firm = one.table["firm"].iloc[40]
    first = vc.explain(one, firm=firm)
    monkeypatch.setattr(cascade_replay, "KEPT_BYTES", 1)
    second = vc.explain(two, firm=firm)
    assert first.path.table.equals(second.path.table)
    assert first.table.equals(second.table)


def test_a_history_goes_with_its_run():
    run = vc.cascade(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 1.0})
    history = weakref.ref(history_of(run))
    assert history_of(run) is history()
    del run
    gc.collect()
    assert history() is None

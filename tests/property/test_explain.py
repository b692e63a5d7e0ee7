"""What every explanation and every tree must hold to, on networks drawn at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, tables
from tests.property.test_invariance import fractions, models, quick
from valuechain.models.cascade_replay import history_of

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def some_run(given_tables, model, data):
    network = network_from(given_tables)
    chosen = data.draw(st.lists(st.sampled_from(list(network.firm_ids)), min_size=1, max_size=3, unique=True))
    return vc.cascade(network, {f: data.draw(fractions) for f in chosen}, model=model)


@quick
@given(given_tables=tables(), model=models, data=st.data())
def test_contributions_add_up(given_tables, model, data):
    run = some_run(given_tables, model, data)
    for firm in run.table["firm"]:
        one = vc.explain(run, firm=firm)
        for process, loss in (("inputs missing", one.loss_down), ("buyers missing", one.loss_up)):
            rows = one.table[one.table["process"] == process]
            assert abs(min(1.0, rows.loc[rows["binds"], "contribution"].sum()) - loss) <= 1e-12
            causes = one.causes.table[one.causes.table["process"] == process]
            assert causes["loss"].round(11).is_monotonic_decreasing
            assert not len(causes) or abs(min(1.0, causes["loss"].iloc[0]) - loss) <= 1e-12
        assert (one.table["contribution"] >= 0).all()
        assert one.loss_if_mended <= one.loss + 1e-12


@quick
@given(given_tables=tables(), model=models, data=st.data())
def test_the_way_leads_back_in_time_to_a_firm_hit_by_the_shock(given_tables, model, data):
    run = some_run(given_tables, model, data)
    shock = np.maximum(run.source.lost_supply, run.source.lost_demand)
    for firm in run.table["firm"]:
        one = vc.explain(run, firm=firm)
        path = one.path.table
        if one.loss <= 1e-12:
            continue
        assert path["firm"].iloc[0] == firm
        assert path["loss"].iloc[0] == pytest.approx(one.loss, abs=1e-11)
        assert (np.diff(path["sweep"]) < 0).all()
        if path["kind"].iloc[-1] == "own shock":
            last = run.source.network.positions([path["firm"].iloc[-1]])[0]
            assert shock[last] == pytest.approx(path["loss"].iloc[-1], abs=1e-11)
        else:
            assert path["from_loss"].iloc[-1] <= 1e-12


@quick
@given(given_tables=tables(), model=models, data=st.data(), threshold=st.sampled_from([0.0, 1e-9, 0.05]))
def test_the_tree_has_no_way_round_and_lists_every_firm_hit(given_tables, model, data, threshold):
    run = some_run(given_tables, model, data)
    found = vc.propagation(run, threshold=threshold)
    at = found.table.set_index(["process", "firm"])["sweep"].to_dict()
    assert len(at) == len(found.table)
    for row in found.table.itertuples():
        if isinstance(row.from_firm, str):
            assert at[row.process, row.from_firm] < row.sweep
        assert row.loss_then > threshold
    lost = run.table.set_index("firm")
    for column, process in (("loss_down", "inputs missing"), ("loss_up", "buyers missing")):
        hit = {firm for p, firm in at if p == process}
        assert set(lost.index[lost[column] > threshold]) <= hit


@quick
@given(given_tables=tables(), model=models, data=st.data())
def test_what_is_replayed_is_the_run(given_tables, model, data):
    run = some_run(given_tables, model, data)
    state = history_of(run).state(run.sweeps)
    table = run.table.set_index("firm").loc[run.source.network.firm_ids]
    assert (1 - state.works[0] == table["loss_down"].to_numpy()).all()
    assert (1 - state.works[1] == table["loss_up"].to_numpy()).all()

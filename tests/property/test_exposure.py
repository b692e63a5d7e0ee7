"""Exposure against programs written anew, and against the simulation, which no response can beat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, tables
from tests.property.test_invariance import quick
from tests.reference.dense_exposure import DenseExposure

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@st.composite
def networks(draw: st.DrawFn, max_firms: int = 6) -> vc.Network:
    """Return a network in which final demand, stocks, capacities and times to recover are known."""
    given_tables = draw(tables(max_firms=max_firms))
    firms = given_tables["firms"].drop(columns="output")
    n = len(firms)
    some = st.lists(st.one_of(st.just(0.0), st.floats(1, 100)), min_size=n, max_size=n).filter(any)
    final = np.array(draw(some)).round(2)
    sales = given_tables["links"].groupby("supplier")["flow"].sum().reindex(firms["firm"]).fillna(0).to_numpy()
    room = np.array(draw(st.lists(st.sampled_from([np.nan, 1.0, 1.1, 1.5, 3.0]), min_size=n, max_size=n)))
    firms = firms.assign(
        final_demand=final,
        stock_days=np.array(draw(st.lists(st.sampled_from([0.0, 1, 2.5, 7, 15]), min_size=n, max_size=n))),
        recovery_days=np.array(draw(st.lists(st.sampled_from([0.0, 1, 3, 10, 40]), min_size=n, max_size=n))),
        capacity=(final + sales) * room,
    )
    return network_from({**given_tables, "firms": firms}, flow_period=draw(st.sampled_from(["day", "year"])))


@quick
@given(network=networks())
def test_impact_is_that_of_a_program_written_anew(network):
    table = vc.exposure(network).table.set_index("firm").loc[network.firm_ids]
    dense = DenseExposure(network)
    for position, (_, row) in enumerate(table.iterrows()):
        days = row["time_to_recover"]
        expected = dense.lost(position, days) if days > 0 else 0.0
        scale = sum(dense.final) * max(days, 1)
        assert row["impact_elsewhere"] == pytest.approx(expected, abs=3e-7 * scale)
        own = dense.final[position] * days
        assert row["performance_impact"] == pytest.approx(own + row["impact_elsewhere"], abs=1e-9 * scale)
        assert row["lost_share"] == pytest.approx(row["performance_impact"] / (sum(dense.final) * days) if days else 0)


@quick
@given(network=networks())
def test_time_to_survive_is_found_by_halving_the_window(network):
    table = vc.exposure(network).table.set_index("firm").loc[network.firm_ids]
    dense = DenseExposure(network)
    for position, (_, row) in enumerate(table.iterrows()):
        days = row["buyers_survive"]
        assert row["time_to_survive"] == (0 if dense.final[position] > 0 else days)
        if dense.lost(position, 1e4) == 0:
            assert days > 1e4 * (1 - 1e-3)
        else:
            # Near the end of the time the loss is too small to tell from nothing by what halving can resolve.
            assert dense.survive(position) == pytest.approx(days, rel=1e-3)


@quick
@given(network=networks(), data=st.data())
def test_no_simulated_response_loses_less(network, data):
    model = vc.Inventory(
        overproduction=True,
        rationing=data.draw(
            st.sampled_from(["proportional", "final-last", "smallest-first", "final-last-smallest-first"])
        ),
        orders=data.draw(st.sampled_from(["past", "full", "no-return"])),
        tau=data.draw(st.sampled_from([1, 6])),
    )
    table = vc.exposure(network).table.set_index("firm")
    for firm in network.firm_ids:
        days = int(table.loc[firm, "time_to_recover"])
        if days == 0:
            continue
        down = vc.Scenario(shocks=[vc.Shock(where={"firms": [firm]}, loss=1.0, start=0, days=days)])
        met = float(vc.simulate(network, down, model=model, days=days).firms["delivered_final"].sum())
        per_day = 1 / 365 if network.flow_period == "year" else 1.0
        wanted = float(network.firms["final_demand"].sum()) * per_day * days
        assert table.loc[firm, "performance_impact"] <= wanted - met + 1e-9 * wanted


@quick
@given(network=networks(), data=st.data())
def test_more_days_down_more_stock_and_more_capacity(network, data):
    tables_of = {name: network.table(name) for name in ("firms", "links", "essential")}
    change = data.draw(st.sampled_from(["recovery_days", "stock_days", "capacity"]))
    firms = tables_of["firms"].copy()
    firms[change] = firms[change] * 1.7 + (0.0 if change == "capacity" else 1.0)
    other = network_from({**tables_of, "firms": firms}, flow_period=network.flow_period)
    one, two = (vc.exposure(n).table.set_index("firm").loc[network.firm_ids] for n in (network, other))
    slack = 1e-8 * one["performance_impact"].max() + 1e-12
    if change == "recovery_days":
        assert (two["performance_impact"] >= one["performance_impact"] - slack).all()
        pd.testing.assert_series_equal(one["buyers_survive"], two["buyers_survive"], rtol=1e-9)
    else:
        assert (two["performance_impact"] <= one["performance_impact"] + slack).all()
        assert (two["buyers_survive"] >= one["buyers_survive"] * (1 - 1e-9)).all()


@quick
@given(network=networks(), data=st.data())
def test_firms_asked_for_in_any_order_give_the_same(network, data):
    table = vc.exposure(network).table.set_index("firm")
    order = data.draw(st.permutations(list(network.firm_ids)))
    alone = vc.exposure(network, firms=order[:3]).table.set_index("firm")
    pd.testing.assert_frame_equal(alone, table.loc[alone.index], rtol=1e-9, atol=1e-12)
    assert set(alone.index) == set(order[:3])

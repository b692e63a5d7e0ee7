"""What holds for batches of scenarios and losses by group, whatever the network."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, relabelled, tables

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

EXAMPLES = int(os.environ.get("VALUECHAIN_EXAMPLES", "20"))
quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MODELS = [vc.Cascade(tolerance=1e-3), vc.Cascade(market=None), vc.Cascade(market="owner", stop="total", weights="size")]
models = st.sampled_from(MODELS)
fractions = st.floats(0, 1)
GROUPS = ("sector", "country", "owner")
NUMBERS = ["index", "index_down", "index_up", "sweeps"]
LOST = ["index", "direct", "indirect", "index_down", "index_up"]


def has_groups(network: vc.Network, by: str) -> bool:
    return bool(network.firms[by].notna().any())


@st.composite
def batches(draw: st.DrawFn, network: vc.Network) -> dict[str, pd.DataFrame]:
    """Return some scenarios that hit any firms, supply and demand apart."""
    ids = network.firm_ids.tolist()
    scenarios = {}
    for name in draw(st.lists(st.text("abcÖ<='", min_size=1, max_size=3), min_size=1, max_size=5, unique=True)):
        firms = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
        sides = [draw(st.lists(fractions, min_size=len(firms), max_size=len(firms))) for _ in range(2)]
        scenarios[name] = pd.DataFrame({"firm": firms, "supply": sides[0], "demand": sides[1]})
    return scenarios


@quick
@given(given_tables=tables(), model=models, by=st.sampled_from(GROUPS), data=st.data())
def test_a_batch_is_the_cascades_one_by_one_bit_for_bit(given_tables, model, by, data):
    network = network_from(given_tables)
    assume(has_groups(network, by))
    scenarios = data.draw(batches(network))
    runs = vc.cascades(network, scenarios, by=by, model=model, threads=2)
    rows = runs.table.set_index("scenario")
    for name, shock in scenarios.items():
        one = vc.cascade(network, shock, model=model)
        assert rows.loc[name, NUMBERS].tolist() == [one.index, one.index_down, one.index_up, one.sweeps]
        mine = runs.groups.table.loc[runs.groups.table["scenario"] == name].drop(columns="scenario")
        assert mine.reset_index(drop=True).equals(vc.group_losses(one, by=by).table)


@quick
@given(given_tables=tables(), model=models, by=st.sampled_from(GROUPS), data=st.data())
def test_groups_add_up_to_the_network_and_direct_and_indirect_to_the_index(given_tables, model, by, data):
    network = network_from(given_tables)
    assume(has_groups(network, by))
    runs = vc.cascades(network, data.draw(batches(network)), by=by, model=model)
    sums = runs.groups.table.groupby("scenario")[["firms", "weight", *LOST]].sum()
    rows = runs.table.set_index("scenario").loc[sums.index]
    np.testing.assert_allclose(sums[LOST], rows[LOST], atol=1e-12)
    assert (sums["firms"] == network.n_firms).all()
    for table in (runs.table, runs.groups.table):
        np.testing.assert_allclose(table["direct"] + table["indirect"], table["index"], atol=1e-12)
        assert (table[LOST] >= 0).all(axis=None)
        assert (table[LOST] <= 1 + 1e-12).all(axis=None)


@quick
@given(given_tables=tables(), data=st.data())
def test_more_shock_is_never_less_loss(given_tables, data):
    network = network_from(given_tables)
    less = pd.concat(data.draw(batches(network)), names=["scenario"]).reset_index("scenario")
    more = less.assign(
        supply=[min(1.0, v + data.draw(fractions)) for v in less["supply"]],
        demand=[min(1.0, v + data.draw(fractions)) for v in less["demand"]],
    )
    model = vc.Cascade(tolerance=1e-9)
    small, large = (
        vc.cascades(network, t, by="sector", model=model).groups.table.set_index(["scenario", "group"])
        for t in (less, more)
    )
    columns = ["index", "direct", "index_down", "index_up"]
    assert (large.loc[small.index, columns] >= small[columns] - 1e-5).all(axis=None)


@quick
@given(one=tables(max_firms=5), two=tables(max_firms=5))
def test_parts_without_a_link_between_them_lose_what_they_lose_alone(one, two):
    two = relabelled(two, {f: f"2/{f}" for f in two["firms"]["firm"]})
    assume(not set(one["firms"]["firm"]) & set(two["firms"]["firm"]))
    one, two = ({**t, "firms": t["firms"].assign(owner=name)} for t, name in ((one, "one"), (two, "two")))
    joined = {k: pd.concat([one[k], two[k]], ignore_index=True) for k in ("firms", "links")}
    parts = {n: network_from({**t, "essential": one["essential"]}) for n, t in (("one", one), ("two", two))}
    whole = network_from({**joined, "essential": one["essential"]})
    model = vc.Cascade(market=None, tolerance=1e-10, weights="size")
    together = vc.group_risk(whole, each="owner", by="owner", model=model)
    assert together.table["indirect"].tolist() == pytest.approx([0, 0], abs=1e-12)
    losses = together.groups.table.set_index(["failed", "group"])
    assert losses.loc[("one", "two"), "index"] == losses.loc[("two", "one"), "index"] == 0
    total = whole.firms["size"].sum()
    for name, part in parts.items():
        alone = vc.group_risk(part, each="owner", model=model).table.iloc[0]
        share = part.firms["size"].sum() / total
        assert losses.loc[(name, name), "index"] == pytest.approx(alone["index"] * share)
        half = dict.fromkeys(part.firm_ids[:1], 0.5)
        mine = vc.cascades(whole, {"h": half}, by="owner", model=model).groups.table.set_index("group")
        expected = vc.cascade(part, half, model=model).index
        assert mine.loc[name, "index"] == pytest.approx(expected * share, abs=1e-6)
        assert mine.drop(name)["index"].tolist() == [0]

"""Shocks and scenarios as values: copied, pickled, hashed, and given as NumPy and pandas give them."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import ScenarioError
from valuechain.models.selected_links import selected_links
from valuechain.scenario import scenario_text, selected_firms

FLOOD = {
    "what": "capital",
    "where": {"firms": ["b", "a"]},
    "loss": {"distribution": "choice", "values": [0.2, 0.5]},
    "rebuild_by": {"construction": 0.7, "machinery": 0.3},
}


def scenario() -> vc.Scenario:
    return vc.Scenario(shocks=[vc.Shock(**FLOOD)], ensemble={"runs": 5, "correlation": {"country": 0.3}}, file="f.toml")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda part: pickle.loads(pickle.dumps(part))])  # noqa: S301 - its own
@pytest.mark.parametrize("part", [vc.Shock(**FLOOD), vc.Shock(), scenario()])
def test_copies_are_equal_and_cannot_be_changed(part, copied):
    twin = copied(part)
    assert twin == part
    assert hash(twin) == hash(part)
    shock = twin.shocks[0] if isinstance(twin, vc.Scenario) else twin
    with pytest.raises(TypeError, match="cannot be changed"):
        shock.where["sector"] = "25"


def test_equal_ones_hash_alike_and_others_do_not():
    one, two = vc.Shock(where={"firms": ["a"], "sector": "C"}), vc.Shock(where={"sector": "C", "firms": ["a"]}, loss=1)
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two, vc.Shock(**FLOOD), vc.Shock(where={"firms": {"a"}})}) == 3
    assert hash(vc.Scenario(file="a.toml")) == hash(vc.Scenario(file="b.toml"))


def test_as_plain_tables():
    table = asdict(scenario())
    assert json.loads(json.dumps(table["shocks"][0]))["where"] == {"firms": ["b", "a"]}
    assert table["ensemble"] == {"runs": 5, "correlation": {"country": 0.3}}


def test_numbers_of_numpy_are_numbers():
    given = {"start": np.int64(3), "days": np.int32(2), "loss": np.float32(0.5), "recovery_days": np.int64(4)}
    numpy, plain = (
        vc.Shock(**given, probability=np.array(0.5)),
        vc.Shock(start=3, days=2, loss=0.5, recovery_days=4, probability=0.5),
    )
    assert numpy == plain
    assert [type(getattr(numpy, k)) for k in (*given, "probability")] == [int, int, float, int, float]
    text = scenario_text(vc.Scenario(shocks=[numpy], days=np.int64(30), ensemble={"runs": np.int64(3)}))
    assert text == scenario_text(vc.Scenario(shocks=[plain], days=30, ensemble={"runs": 3}))


def test_parameters_of_distributions_may_be_numpy():
    beta = {"distribution": "beta", "a": np.int64(2), "b": np.float64(5)}
    assert vc.Shock(loss=beta) == vc.Shock(loss={"distribution": "beta", "a": 2, "b": 5})
    choice = {"distribution": "choice", "values": np.array([0.25, 0.5])}
    assert vc.Shock(loss=choice).loss["values"] == [0.25, 0.5]


@pytest.mark.parametrize("kind", [pd.Series, np.array, pd.Index, frozenset, list])
def test_selectors_may_be_arrays_and_columns(kind):
    links = pd.DataFrame({"supplier": ["c", "a"], "buyer": ["a", "b"], "flow": [1.0, 2.0]})
    network = vc.Network.from_tables(pd.DataFrame({"firm": ["c", "a", "b"], "sector": ["S", "A", "B"]}), links)
    where = {"firms": kind(["c", "b"])}
    assert network.firm_ids[selected_firms(network, where)].tolist() == ["c", "b"]
    assert len(selected_links(network, {"supplier": kind(["c"])})) == 1
    shock = vc.Shock(where=where)
    assert sorted(shock.where["firms"]) == ["b", "c"]
    assert selected_firms(network, shock.where).tolist() == selected_firms(network, where).tolist()


@pytest.mark.parametrize(
    ("shocks", "message"),
    [
        (vc.Shock(), "shocks is one Shock, not a list; write shocks=\\[vc.Shock"),
        (None, "shocks None is not a list of shocks"),
        (3, "shocks 3 is not a list of shocks"),
        ({"a": 0.5}, "is not a list of shocks"),
        ([vc.Shock(), {"loss": 0.5}], "number 2, {'loss': 0.5}, is not a Shock; write"),
    ],
)
def test_what_is_no_list_of_shocks_is_told(shocks, message):
    with pytest.raises(ScenarioError, match=message):
        vc.Scenario(shocks=shocks)


def test_shocks_may_come_from_a_generator():
    assert len(vc.Scenario(shocks=(vc.Shock(start=k) for k in range(3))).shocks) == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"what": ["capacity"]}, "what '\\['capacity'\\]' is not known"),
        ({"where": {3: "a"}}, "where '3' does not select"),
        ({"recovery": ["linear"]}, "recovery .* is not known"),
    ],
)
def test_words_that_are_lists_are_told(given, message):
    with pytest.raises(ScenarioError, match=message):
        vc.Shock(**given)


def test_more_than_a_hundred_years_are_refused():
    assert vc.Scenario(days=36_500).days == 36_500
    with pytest.raises(ScenarioError, match=r"days 36501 is more than a hundred years; write .* to 36,500"):
        vc.Scenario(days=36_501, overlap=["x"])

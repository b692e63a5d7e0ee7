"""Many cascades in one call: closed forms on tiny networks, the same bits as one by one, faults of every scenario."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import InvalidDataError, ParameterError, ScenarioError, UnknownNameError
from valuechain.models import cascade_pieces

ALONE = vc.Cascade(market=None, tolerance=1e-12)
# Sales: b 10, z 5, a 0. b sells to z, z to a, so a buyer's id is no guide to its place.
CHAIN = [("b", "z", 10.0), ("z", "a", 5.0)]
NUMBERS = ["index", "index_down", "index_up", "sweeps"]


def chain(**more) -> vc.Network:
    return network_of(CHAIN, order=["z", "a", "b"], essential_rule="all", name="chain", **more)


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


# ---- supply and demand apart


def test_supply_only_goes_downstream_only():
    result = vc.cascade(chain(), table(firm=["z"], supply=[1.0]), model=ALONE)
    losses = result.table.set_index("firm")
    assert losses["loss_down"].to_dict() == {"z": 1, "a": 1, "b": 0}
    assert losses["loss_up"].to_dict() == {"z": 0, "a": 0, "b": 0}
    assert "The shock has no column demand: it takes no demand away." in result.notes


def test_demand_only_goes_upstream_only():
    result = vc.cascade(chain(), table(firm=["z"], demand=[0.5]), model=ALONE)
    losses = result.table.set_index("firm")
    assert losses["loss_up"].to_dict() == {"z": 0.5, "a": 0, "b": 0.5}
    assert losses["loss_down"].to_dict() == {"z": 0, "a": 0, "b": 0}
    assert "The shock has no column supply: it takes no supply away." in result.notes


def test_supply_and_demand_by_different_fractions():
    result = vc.cascade(chain(), table(firm=["z"], supply=[0.25], demand=[0.5]), model=ALONE)
    losses = result.table.set_index("firm")
    assert losses["loss"].to_dict() == {"z": 0.5, "a": 0.25, "b": 0.5}
    assert result.source.lost_supply.tolist() == [0.25, 0, 0]
    assert result.source.lost_demand.tolist() == [0.5, 0, 0]
    assert not any("no column" in n for n in result.notes)


def test_the_same_fraction_twice_is_a_mapping():
    one = vc.cascade(chain(), table(firm=["z", "a"], supply=[0.3, 1.0], demand=[0.3, 1.0]))
    assert one.table.equals(vc.cascade(chain(), {"z": 0.3, "a": 1.0}).table)
    assert one.title == "Cascade: shock to z, a"


def test_all_faults_of_a_table_are_said_with_their_rows():
    shock = table(firm=["z", "Z", "z", "a"], supply=[1.5, 0.5, 0.5, None], demnad=[0, 0, 0, 0])
    with pytest.raises(InvalidDataError) as caught:
        vc.cascade(chain(), shock)
    assert str(caught.value).splitlines() == [
        "shock row 1: column 'demnad' is not known; did you mean 'demand'?",
        "shock row 2: supply '1.5' is outside 0..1; write a number from 0 to 1",
        "shock row 3: firm 'Z' is not in firms; did you mean 'z'? Else add it or drop the row",
        "shock row 4: firm 'z' is a duplicate (first in row 2); keep one of the rows",
        "shock row 5: supply is empty; write 0 if no supply is lost, or drop the row",
    ]


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        (table(supply=[1.0]), "column 'firm' is missing"),
        (table(firm=["a"]), "has neither a column supply nor demand; add supply"),
        (table(firm=["a"], supply=[True]), "supply 'true' is not a number"),
        (table(firm=["a"], supply=[float("inf")]), "is infinite"),
        (table(firm=["a"], supply=["half"]), "supply 'half' is not a number"),
        (table(firm=["a"], supply=[1.0], scenario=["x"]), "run them all with valuechain.cascades"),
        (table(firm=["a"], supply=[1.0], note=["x"]), "column 'note' is not known; delete it"),
        (table(firm=[], supply=[]), "has no rows"),
        (table(), "is empty"),
    ],
)
def test_tables_that_are_no_shock(shock, words):
    with pytest.raises(InvalidDataError, match=words):
        vc.cascade(chain(), shock)


def test_unknown_firms_and_wrong_fractions_of_a_mapping_are_said_together():
    with pytest.raises(ScenarioError) as caught:
        vc.cascade(chain(), {"Z": 1.0, "a": 2.0, 1: 0.5, "1": 0.5})
    lines = str(caught.value).splitlines()
    assert "firm 'a': lost fraction 2.0 is not a number from 0 to 1" in lines
    assert "firm '1': is there more than once; keep one" in lines
    assert "firm 'Z' is not in network 'chain'; did you mean 'z'?" in lines


# ---- batches


def test_a_batch_by_hand():
    runs = vc.cascades(chain(), {"b out": {"b": 1.0}, "a out": {"a": 1.0}, "z half": {"z": 0.5}}, model=ALONE)
    rows = runs.table.set_index("scenario")
    # Weights: b 2/3, z 1/3, a 0. b fails: z and a lack their input. a fails: z and b lack their customer.
    assert rows.loc["b out", ["index", "index_down", "index_up", "direct"]].tolist() == pytest.approx(
        [1, 1, 2 / 3, 2 / 3]
    )
    assert rows.loc["a out", ["index", "index_down", "index_up", "direct"]].tolist() == pytest.approx([1, 0, 1, 0])
    assert rows.loc["z half", ["index", "index_down", "index_up"]].tolist() == pytest.approx([0.5, 1 / 6, 0.5])
    assert rows["indirect"].tolist() == pytest.approx((rows["index"] - rows["direct"]).tolist())
    assert rows["firms_hit"].tolist() == [1, 1, 1]
    assert runs.table["scenario"].tolist() == ["a out", "b out", "z half"]  # by index, ties by name
    assert runs.groups is None
    assert runs.parameters["scenarios"] == 3


def test_every_kind_of_scenario_in_one_batch():
    network = vc.example("baltic_mobility")
    quake = vc.Scenario(shocks=[vc.Shock(where={"country": "FIN", "cluster": "FIN-POWER"}, loss=0.5)], name="quake")
    apart = table(firm=["FI-061", "DE-023"], supply=[0.0, 1.0], demand=[0.25, 0.0])
    given = {"map": {"FI-007": 1.0, "DE-023": 0.2}, "file": quake, "apart": apart, "none": {"FI-007": 0.0}}
    runs = vc.cascades(network, given, by="country")
    rows = runs.table.set_index("scenario")
    for name, shock in given.items():
        one = vc.cascade(network, shock)
        assert rows.loc[name, NUMBERS].tolist() == [one.index, one.index_down, one.index_up, one.sweeps]
        mine = runs.groups.table.query("scenario == @name").drop(columns="scenario").reset_index(drop=True)
        assert mine.equals(vc.group_losses(one, by="country").table)
    assert rows.loc["none", ["index", "direct", "indirect", "firms_hit"]].tolist() == [0, 0, 0, 0]
    assert rows.loc["apart", "firms_hit"] == 2


def test_one_long_table_is_the_same_as_a_mapping_of_tables():
    network = vc.example("baltic_mobility")
    long = table(
        scenario=["s2", "s1", "s2", "s1"],
        firm=["FI-061", "DE-023", "DE-055", "FI-007"],
        supply=["0,5", "1", "0,25", "50 %"],
        demand=[0.0, 1.0, 0.0, 0.5],
    )
    parts = {n: rows.drop(columns="scenario") for n, rows in long.groupby("scenario")}
    assert vc.cascades(network, long).table.equals(vc.cascades(network, parts).table)


def test_pieces_and_threads_change_no_bit(monkeypatch):
    network = vc.synthetic(firms=120, clusters=3, seed=3)
    draw = np.random.default_rng(0)
    scenarios = {
        f"s{k}": {f: float(draw.uniform()) for f in draw.choice(network.firm_ids, 4, replace=False)} for k in range(70)
    }
    whole = vc.cascades(network, scenarios, by="cluster", threads=1)
    monkeypatch.setattr(cascade_pieces, "PIECE_BYTES", 1)
    told = []
    pieces = vc.cascades(network, scenarios, by="cluster", threads=3, progress=lambda *a: told.append(a))
    assert pieces.table.equals(whole.table)
    assert pieces.groups.table.equals(whole.groups.table)
    assert told[-1] == (70, 70)
    assert len(told) >= 5
    assert [d for d, _ in told] == sorted(d for d, _ in told)


def test_a_fixed_point_has_its_error_in_every_table():
    solved = vc.Cascade(rule="fixed-point", market=None)
    net = chain(firms={"final_demand": {"z": 1.0, "a": 7.0, "b": 0.5}})
    scenarios = {"x": {"b": 1.0}, "y": {"z": 0.25}}
    runs = vc.cascades(net, scenarios, model=solved)
    for name, shock in scenarios.items():
        row = runs.table.set_index("scenario").loc[name]
        one = vc.cascade(net, shock, model=solved)
        assert row["index"] == pytest.approx(one.index, abs=1e-12)
        assert 0 < row["error"] <= 1e-12
    assert runs.units["error"] == "fraction of the network's sales"
    assert "error" in vc.group_risk(net, each="sector", model=solved).table
    assert "error" not in vc.cascades(net, scenarios).table


def test_what_was_taken_for_granted_is_said_once():
    timed = vc.Scenario(shocks=[vc.Shock(where={"firms": "a"}, days=3)])
    runs = vc.cascades(chain(), {"1": timed, "2": timed, "3": table(firm=["a"], supply=[1.0])})
    assert sum("has no time" in n for n in runs.notes) == 1
    assert sum("no column demand" in n for n in runs.notes) == 1


@pytest.mark.parametrize("nothing", [{}, [], None, "a", ["a"]])
def test_no_scenario(nothing):
    with pytest.raises(ScenarioError, match="there is no scenario; give"):
        vc.cascades(chain(), nothing)


def test_faults_of_all_scenarios_are_said_at_once():
    france = vc.Scenario(shocks=[vc.Shock(where={"firms": "a"}), vc.Shock(where={"sector": ["y", "a", "x"]})])
    given = {
        "one": {"c": 1.0},
        "two": {"a": 7},
        "three": france,
        "four": table(firm=["a", "a"], supply=[1, 1]),
        "five": [],
        "ok": {"a": 1.0},
    }
    with pytest.raises(ScenarioError) as caught:
        vc.cascades(chain(), given)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"scenario '{n}'" for n in ("one", "two", "three", "three", "four", "five")
    ]
    assert "firm 'c' is not in network 'chain'" in lines[0]
    assert "shock 2: where sector: 'y' selects nothing in network 'chain'" in lines[2]
    assert "shock row 3: firm 'a' is a duplicate" in lines[4]


def test_thousands_of_faults_are_counted():
    with pytest.raises(ScenarioError, match="and 80 more faults"):
        vc.cascades(chain(), {str(k): {"a": 2} for k in range(100)})


def test_names_that_are_the_same_as_text():
    with pytest.raises(ScenarioError, match="scenario '1' is there more than once"):
        vc.cascades(chain(), {1: {"a": 1.0}, "1": {"a": 1.0}})


def test_a_table_of_scenarios_needs_their_names():
    with pytest.raises(InvalidDataError, match="column 'scenario' is missing"):
        vc.cascades(chain(), table(firm=["a"], supply=[1.0]))
    with pytest.raises(InvalidDataError, match="row 2: scenario is empty"):
        vc.cascades(chain(), table(scenario=[None, "x"], firm=["a", "z"], supply=[1.0, 1.0]))
    same = table(scenario=["x", "y", "x"], firm=["a", "a", "a"], supply=[1.0, 1.0, 0.5])
    with pytest.raises(InvalidDataError, match="row 4: scenario / firm 'x / a' is a duplicate"):
        vc.cascades(chain(), same)


def test_more_rows_than_a_table_can_hold(monkeypatch):
    monkeypatch.setattr(cascade_pieces, "MOST_ROWS", 5)
    with pytest.raises(ParameterError, match="2 scenarios by 3 groups are more than 5 rows"):
        vc.cascades(chain(), {"x": {"a": 1.0}, "y": {"b": 1.0}}, by="sector")


def test_options_are_checked():
    with pytest.raises(UnknownNameError, match="no column 'contry'"):
        vc.cascades(chain(), {"x": {"a": 1.0}}, by="contry")
    with pytest.raises(ParameterError, match="is not a Cascade"):
        vc.cascades(chain(), {"x": {"a": 1.0}}, model="published")
    with pytest.raises(ParameterError, match="threads 0"):
        vc.cascades(chain(), {"x": {"a": 1.0}}, threads=0)

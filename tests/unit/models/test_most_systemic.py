"""The most systemic firms with proof: the same as in the whole ranking, few computed, ties named, bad input refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError
from valuechain.models.cascade_bounds import index_bounds
from valuechain.models.cascade_network import prepare
from valuechain.models.series import series_bound

SOLVED = vc.Cascade(rule="fixed-point")


@pytest.fixture(scope="module")
def large() -> vc.Network:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.synthetic(firms=2_000, links_per_firm=5, sectors=25, seed=4)


@pytest.mark.parametrize("model", [SOLVED, vc.Cascade(revenue="output")], ids=["fixed-point", "published"])
def test_the_top_of_a_larger_network_without_computing_the_rest(large, model):
    whole, part = vc.systemic_risk(large, model=model), vc.systemic_risk(large, model=model, top=20)
    assert part.table.equals(whole.table.head(20))
    assert part.parameters["top"] == 20
    assert 20 <= part.parameters["computed"] <= 400
    last = 100 * whole.table["index"].iloc[19]
    assert f"{2_000 - part.parameters['computed']:,} loses at most" in part.notes[0]
    assert f"less than the {last:.4g}"[:18] in part.notes[0]


def test_the_bound_that_is_stated_holds(large):
    prepared = prepare(large, SOLVED)
    bound = index_bounds(prepared)
    table = vc.systemic_risk(large, model=SOLVED).table
    index = np.empty(large.n_firms)
    index[large.positions(table["firm"])] = table["index"]
    assert (index <= bound).all()
    # A bound of 1 for all would hold as well.
    assert np.median(bound / index) < 3


def test_without_final_demand_all_are_computed(no_notes):
    net = network_of(
        [("b", "z", 5.0), ("z", "a", 3.0), ("a", "b", 2.0), ("a", "z", 1.0)],
        order=["z", "a", "b"],
        essential_rule="all",
    )
    result = vc.systemic_risk(net, top=1)
    assert result.parameters["computed"] == 3
    assert result.table.equals(vc.systemic_risk(net).table.head(1))
    assert (
        result.notes[0] == "The 1 most systemic of 3 firms; 3 were computed to the end. "
        "Not told apart from the last one shown: 'b', 'z'."
    )


def test_ties_are_named():
    # Two chains alike: whoever fails in one has its like in the other.
    net = network_of(
        [("b1", "z1", 5.0), ("b2", "z2", 5.0)],
        order=["z2", "b1", "z1", "b2"],
        sector={"b1": "b1", "b2": "b2", "z1": "z1", "z2": "z2"},
        firms={"final_demand": {"b1": 1.0, "b2": 1.0, "z1": 9.0, "z2": 9.0}},
        essential_rule="all",
    )
    result = vc.systemic_risk(net, model=SOLVED, top=1)
    assert result.table["firm"].tolist() == ["b1"]
    assert "Not told apart from the last one shown: 'b2'." in result.notes[0]


def test_more_than_there_are_is_all(no_notes):
    net = vc.example("eu_battery")
    assert vc.systemic_risk(net, top=500).table.equals(vc.systemic_risk(net).table)


@pytest.mark.parametrize("top", [0, -1, 2.5, True, "ten"])
def test_a_top_that_is_no_number_is_refused(top, no_notes):
    with pytest.raises(ParameterError, match="is not a number of firms; write a whole number from 1"):
        vc.systemic_risk(vc.example("eu_battery"), top=top)


def test_a_checkpoint_serves_the_top_and_then_the_whole(large, tmp_path):
    file = tmp_path / "risk.checkpoint"
    part = vc.systemic_risk(large, model=SOLVED, top=20, checkpoint=file)
    seen = []
    whole = vc.systemic_risk(
        large, model=SOLVED, checkpoint=file, existing="resume", progress=lambda done, _: seen.append(done)
    )
    assert whole.table.head(20).equals(part.table)
    assert min(seen) > part.parameters["computed"]  # those of the top were there


# ---- the series


def test_a_series_is_bounded_from_above():
    matrix = np.array([[0.0, 0.5, 0.0], [0.2, 0.1, 0.3], [0.0, 0.4, 0.0]])
    first = np.array([1.0, 0.0, 2.0])
    exact = np.linalg.solve(np.eye(3) - matrix.T, first)
    bound = series_bound(csr_array(matrix), first)
    assert (bound >= exact).all()
    assert bound == pytest.approx(exact, rel=1e-4)


def test_a_series_that_grows_for_ever_gives_no_bound():
    assert np.isinf(series_bound(csr_array(np.array([[1.0]])), np.ones(1))).all()
    assert np.isinf(series_bound(csr_array(np.array([[0.0, 2.0], [2.0, 0.0]])), np.ones(2))).all()

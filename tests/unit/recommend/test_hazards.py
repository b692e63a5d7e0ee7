"""Scenarios for partners: what is drawn, with which probability, and that ids alone decide."""

import numpy as np
import pytest

import valuechain as vc
from valuechain import edit
from valuechain.errors import DefaultWarning, ParameterError, ScenarioError
from valuechain.recommend.hazards import HazardModel, hazards_of

BETA = {"distribution": "beta", "a": 2, "b": 5}


def test_one_certain_scenario_is_one_case_and_shocks_combine():
    net = vc.example("baltic_mobility")
    storm = vc.Shock(where={"country": "FIN"}, loss=0.5)
    fire = vc.Shock(what="capital", where={"firms": [net.firm_ids[0]]}, loss=0.2)
    found = hazards_of(net, vc.Scenario(name="storm", shocks=[storm, fire]))
    expected = np.where(net.firms["country"] == "FIN", 0.5, 1.0)
    expected[0] *= 0.8
    np.testing.assert_allclose(found.surviving, [expected])
    assert (found.probability.tolist(), found.names) == ([1.0], ("storm",))


def test_a_list_of_scenarios_leaves_the_rest_to_nothing():
    net = vc.example("baltic_mobility")
    cases = [vc.Scenario(name=c, shocks=[vc.Shock(where={"country": c}, loss=1.0)]) for c in ("FIN", "LVA")]
    found = hazards_of(net, cases, probabilities=[0.2, 0.3])
    assert found.names == ("FIN", "LVA", "nothing happens")
    np.testing.assert_allclose(found.probability, [0.2, 0.3, 0.5])
    assert (found.surviving[2] == 1).all()
    with pytest.raises(ParameterError, match="do not fit 2 scenarios"):
        hazards_of(net, cases, probabilities=[0.2, 0.9])


def test_draws_hang_on_ids_alone_and_agree_with_the_ensemble():
    net = vc.example("baltic_mobility")
    wave = vc.Scenario(shocks=[vc.Shock(loss=BETA)], ensemble={"correlation": {"country": 0.4}, "runs": 7, "seed": 5})
    whole = hazards_of(net, wave)
    kept = net.firm_ids[::-2]
    part = hazards_of(edit.subnetwork(net, kept), wave)
    at = net.positions(edit.subnetwork(net, kept).firm_ids)
    assert (whole.surviving[:, at] == part.surviving).all()
    assert len(whole) == 7


def test_the_default_is_said_and_keeps_its_probability():
    net = vc.synthetic(firms=400, seed=2)
    with pytest.warns(DefaultWarning, match=r"no scenario is given: each firm is hit with probability 0\.02"):
        found = hazards_of(net, runs=300)
    assert (found.surviving < 1).mean() == pytest.approx(0.02, abs=0.004)
    assert set(np.unique(found.surviving)) == {0, 0.25, 0.5, 0.75, 1}
    often = hazards_of(net, HazardModel(probability=0.3, losses=(1.0,), correlation={}), runs=100)
    assert (often.surviving == 0).mean() == pytest.approx(0.3, abs=0.02)


def test_what_partners_cannot_make_up_for_is_refused_with_all_faults():
    net = vc.example("baltic_mobility")
    bad = [vc.Shock(what="demand", loss=0.2), vc.Shock(where={"country": "FRA"}, loss=0.2)]
    with pytest.raises(ScenarioError) as told:
        hazards_of(net, vc.Scenario(shocks=bad))
    assert "shock 1: 'demand' is not for partners" in str(told.value)
    assert "shock 2: where country: 'FRA' selects nothing" in str(told.value)
    with pytest.raises(ParameterError, match="runs 0 is not a count"):
        hazards_of(net, vc.Scenario(shocks=[vc.Shock(loss=0.1)]), runs=0)
    with pytest.raises(ParameterError, match="probability 2"):
        HazardModel(probability=2)

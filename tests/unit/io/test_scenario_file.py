"""Scenario files that are written."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from valuechain.errors import OutputExistsError, ScenarioError
from valuechain.scenario import scenario_text

FIRE = vc.Scenario(name="fire", days=90, shocks=[vc.Shock(where={"firms": ["F17"]}, loss=0.6, start=10, days=30)])


def test_a_scenario_file_is_one_a_person_would_write(tmp_path):
    vc.write_scenario(FIRE, tmp_path / "fire.toml")
    assert (tmp_path / "fire.toml").read_text(encoding="utf-8") == (
        'name = "fire"\ndays = 90\n\n[[shock]]\nwhat = "capacity"\nwhere = { firms = ["F17"] }\nloss = 0.6\n'
        "start = 10\ndays = 30\n"
    )
    assert vc.read_scenario(tmp_path / "fire.toml") == FIRE


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    vc.write_scenario(FIRE, tmp_path / "fire.toml")
    with pytest.raises(OutputExistsError):
        vc.write_scenario(FIRE, tmp_path / "fire.toml")
    vc.write_scenario(FIRE, tmp_path / "fire.toml", force=True)


def test_every_example_scenario_comes_back(tmp_path):
    found = 0
    for example in vc.example_names():
        for file in sorted(example.path.glob("scenarios/*.toml")):
            scenario = vc.read_scenario(file)
            vc.write_scenario(scenario, tmp_path / f"{found}.toml")
            assert vc.read_scenario(tmp_path / f"{found}.toml") == scenario
            found += 1
    assert found >= 3


def test_numbers_of_numpy_sets_and_tuples_become_plain(tmp_path):
    where = {"country": {"POL", "DEU"}, "sector": ("b", "a")}
    scenario = vc.Scenario(shocks=[vc.Shock(where=where, loss=np.float64(0.1), recovery_days=np.float64(3))])
    vc.write_scenario(scenario, tmp_path / "a.toml")
    back = vc.read_scenario(tmp_path / "a.toml").shocks[0]
    assert (back.where["country"], back.where["sector"]) == (["DEU", "POL"], ["b", "a"])
    assert (back.loss, back.recovery_days) == (0.1, 3.0)


def test_what_no_file_can_hold_is_told_all_at_once(tmp_path):
    shocks = [vc.Shock(where={"firms": [None]}), vc.Shock(where={"firms": ["\ud800"]}, loss=0.5)]
    with pytest.raises(ScenarioError) as caught:
        vc.write_scenario(vc.Scenario(shocks=shocks, name="\udfff"), tmp_path / "a.toml")
    told = str(caught.value).splitlines()
    assert [line.split(" ", 2)[:2] for line in told] == [["name", r"'\udfff'"], ["shock", "1:"], ["shock", "2:"]]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_scenario_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="needs one"):
        vc.write_scenario(vc.Scenario(), tmp_path / "a.toml")
    with pytest.raises(ScenarioError, match="give a Scenario"):
        vc.write_scenario({"F17": 0.5}, tmp_path / "a.toml")
    assert scenario_text(vc.Scenario()) == 'name = "scenario"\ndays = 365\n'

"""The table [ensemble]: what is refused, and in which words."""

from __future__ import annotations

import pytest

import valuechain as vc
from valuechain.errors import ScenarioError


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (3, "ensemble 3 is not a table; write [ensemble] with runs and seed"),
        ({"rnus": 3}, "ensemble: key 'rnus' is not known; did you mean 'runs'?"),
        ({"days": 3}, "ensemble: key 'days' is not known; write runs, seed or correlation"),
        ({"runs": 0}, "ensemble: runs 0 is not a count; write a whole number from 1"),
        ({"runs": 2.5}, "ensemble: runs 2.5 is not a count"),
        ({"runs": True}, "ensemble: runs True is not a count"),
        ({"seed": -1}, "ensemble: seed -1 is not a count; write a whole number from 0"),
        ({"seed": "a"}, "ensemble: seed 'a' is not a count"),
        ({"correlation": 0.3}, "ensemble: correlation 0.3 is not a table; write correlation = { country = 0.3 }"),
        ({"correlation": {"country": 1.1}}, "ensemble: correlation country is 1.1; write a number from 0 to 1"),
        ({"correlation": {"country": -0.1}}, "ensemble: correlation country is -0.1"),
        ({"correlation": {"country": "0.1"}}, "ensemble: correlation country is '0.1'"),
    ],
)
def test_what_is_wrong_is_said(table, said):
    with pytest.raises(ScenarioError) as caught:
        vc.Scenario(ensemble=table)
    assert str(caught.value).startswith(said)


def test_all_faults_of_a_file_are_said_at_once(tmp_path):
    file = tmp_path / "storm.toml"
    file.write_text(
        "days = 0\n[[shock]]\nwhat='capacity'\nwhere={}\nloss={distribution='beta', a=2}\n"
        "start={distribution='uniform', low=9, high=1}\nprobability=3\n"
        "[ensemble]\nruns=0\nseeds=1\ncorrelation={owner=2, region=0.5}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        vc.read_scenario(file)
    assert str(caught.value).splitlines() == [
        f"{file}: {line}"
        for line in (
            "shock 1: loss beta: b is missing; add it",
            "shock 1: start uniform: low = 9, high = 1 are not in order of size; write low <= high",
            "shock 1: probability 3 is not a probability; write a number from 0 to 1",
            "days 0 is not a horizon; write a whole number from 1",
            "ensemble: key 'seeds' is not known; did you mean 'seed'?",
            "ensemble: runs 0 is not a count; write a whole number from 1",
            "ensemble: correlation owner is 2; write a number from 0 to 1",
        )
    ]


def test_correlations_may_add_up_to_more_than_one_and_cannot_be_changed():
    table = {"runs": 5, "seed": 0, "correlation": {"region": 0.3, "country": 0.1, "sector": 0.1, "owner": 0.8}}
    scenario = vc.Scenario(ensemble=table)
    table["runs"] = 6
    table["correlation"]["owner"] = 0
    assert scenario.ensemble["runs"] == 5
    assert scenario.ensemble["correlation"]["owner"] == 0.8
    with pytest.raises(TypeError):
        scenario.ensemble["runs"] = 7

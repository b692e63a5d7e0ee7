"""What public functions are given by mistake ends in a sentence with a remedy, never in an error of Python's own."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError

SCENARIO = vc.Scenario(shocks=[vc.Shock(where={"firms": ["m"]}, loss=0.5)], days=5)


@pytest.fixture(scope="module")
def network() -> vc.Network:
    firms = {"final_demand": {"a": 30.0, "m": 0.0, "z": 0.0}, "stock_days": dict.fromkeys("amz", 3.0)}
    links = [("z", "m", 10.0), ("m", "a", 20.0)]
    return network_of(links, firms=firms, essential_rule="all", flow_period="day")


@pytest.fixture(scope="module")
def run(network) -> vc.SimulationResult:
    return vc.simulate(network, SCENARIO)


PROGRESS = "progress 3 is no function; write"
PATH = " 5 is no path; write the name of a file or folder in quotes"
DAYS = "days 1000000000 is more than a hundred years; write a whole number from 1 to 36,500"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda _, __: vc.exposure("x"), "'x' is not a Network; write network=vc.read"),
        (lambda n, _: vc.exposure(n, progress=3), PROGRESS),
        (lambda n, _: vc.ensemble(n, SCENARIO, runs=2, progress=3), PROGRESS),
        (lambda n, _: vc.cascades(n, {"s": {"m": 0.5}}, progress=3), PROGRESS),
        (lambda n, _: vc.ensemble(n, SCENARIO, runs=2, checkpoint=5), "checkpoint" + PATH),
        (lambda n, _: vc.ensemble(n, SCENARIO, runs=2, by=3), "by 3 is not the name of a column; write"),
        (lambda n, _: vc.ensemble(n, SCENARIO, runs=2, by=["sector", 3]), "by 3 is not the name of a column; write"),
        (lambda n, _: vc.ensemble(n, SCENARIO, runs=2, keep_firms="no"), "keep_firms 'no' is neither True nor False"),
        (
            lambda n, _: vc.ensemble(n, SCENARIO, seed=np.random.default_rng(1)),
            "draws are counted from a whole number, .* draw the same; write seed=0",
        ),
        (lambda n, _: vc.ensemble(n, SCENARIO, days=10**9), DAYS),
        (lambda n, _: vc.simulate(n, SCENARIO, days=10**9), DAYS),
        (lambda n, _: vc.simulate(n, SCENARIO, seed="a"), "seed 'a' is none; write a whole number from 0"),
        (lambda n, _: vc.simulate(n, SCENARIO, seed=-1), "seed -1 is none; write"),
        (lambda n, _: vc.simulate(n, SCENARIO, seed=True), "seed True is none; write"),
        (lambda n, _: vc.simulate(n, SCENARIO, keep_firms="no"), "keep_firms 'no' is neither True nor False; write"),
        (lambda n, r: vc.resilience(n, r, by=3), "by 3 is not the name of a column; write"),
        (lambda _, r: vc.write_run(r, 5), "folder" + PATH),
        (lambda n, _: vc.write_run(vc.ensemble(n, SCENARIO, runs=2), 5), "folder" + PATH),
        (lambda _, __: vc.read_run(5), "folder" + PATH),
        (lambda n, _: vc.repeat_run(n, 5), "path" + PATH),
        (lambda _, __: vc.read_scenario(5), "path" + PATH),
        (lambda _, __: vc.write_scenario(SCENARIO, 5), "path" + PATH),
        (lambda _, __: vc.read(5), "path" + PATH),
        (lambda n, _: vc.write(n, 5), "path" + PATH),
        (lambda _, __: vc.Ario(variant=["x"]), "variant .* is not known; write 'psi' or 'base'"),
        (lambda _, __: vc.Ario(orders=["x"]), "orders .* is not known; write 'alt' or 'noalt'"),
        (lambda _, __: vc.Inventory(rationing=["x"]), "rationing .* is not known; write"),
    ],
)
def test_mistakes_are_told(network, run, asked, message):
    with pytest.raises(ParameterError, match=message):
        asked(network, run)


def test_numbers_of_numpy_are_taken(network, run):
    same = vc.simulate(network, SCENARIO, days=np.int64(5), seed=np.int64(0), keep_firms=np.True_)
    assert same.table.equals(run.table)
    assert type(same.inputs.days) is type(same.inputs.seed) is int


def test_results_can_be_pickled(network, run):
    twin = pickle.loads(pickle.dumps(run))  # noqa: S301 - its own bytes
    assert twin.table.equals(run.table)
    assert twin.inputs == run.inputs
    assert twin.firms.equals(run.firms)
    storm = vc.Shock(where={"firms": ["m"]}, loss={"distribution": "uniform", "low": 0, "high": 1})
    many = vc.ensemble(network, vc.Scenario(shocks=[storm], days=5), runs=4, model=vc.Ario(stock_days={"m": 4.0}))
    again = pickle.loads(pickle.dumps(many))  # noqa: S301 - its own bytes
    assert again.table.equals(many.table)
    assert again.draws.table.equals(many.draws.table)
    assert (again.inputs.scenario, again.inputs.model) == (many.inputs.scenario, many.inputs.model)
    assert again.inputs.network == network

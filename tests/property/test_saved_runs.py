"""Whatever a scenario or a network holds, what is written reads back the same."""

from __future__ import annotations

import dataclasses
import tempfile
import tomllib
import warnings
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, tables
from tests.property.test_round_trips import HOSTILE
from valuechain.io.run_files import json_text, json_values
from valuechain.models.saved_about import about_run, about_text, checked_about
from valuechain.scenario import FIRM_SELECTORS, LINK_SELECTORS, Recovery, scenario_of, scenario_table, scenario_text

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")
CALM = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

ANY_TEXT = HOSTILE | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FRACTION = st.floats(0, 1, allow_nan=False)
NUMBER = st.integers(0, 2**62) | st.floats(0, 1e300, allow_nan=False, allow_infinity=False)
DISTRIBUTION = st.one_of(
    st.builds(lambda a, b: {"distribution": "beta", "a": a, "b": b}, st.floats(0.1, 50), st.integers(1, 9)),
    st.builds(lambda low, more: {"distribution": "uniform", "low": low, "high": low + more}, FRACTION, FRACTION).filter(
        lambda table: table["low"] < table["high"] <= 1
    ),
    st.just({"distribution": "choice", "values": [0.25, 1], "weights": [1.5, 2]}),
)
ENSEMBLE = st.fixed_dictionaries(
    {},
    optional={
        "runs": st.integers(1, 2**40),
        "seed": st.integers(0, 2**62),
        "correlation": st.dictionaries(st.text(min_size=1, max_size=8), FRACTION, max_size=3),
    },
)


@st.composite
def shocks(draw: st.DrawFn) -> vc.Shock:
    what = draw(st.sampled_from(["capacity", "capital", "demand", "link", "essential-input"]))
    keys = LINK_SELECTORS if what in {"link", "essential-input"} else FIRM_SELECTORS
    where = draw(st.dictionaries(st.sampled_from(keys), ANY_TEXT | st.lists(ANY_TEXT, max_size=3), max_size=3))
    return vc.Shock(
        what=what,
        where=where,
        loss=draw(FRACTION | DISTRIBUTION | st.just(1) | (st.floats(-5, 0) if what == "demand" else st.nothing())),
        start=draw(st.integers(0, 10_000)),
        days=draw(st.none() | st.integers(0, 10_000)),
        recovery=draw(st.none() | st.sampled_from(get_args(Recovery))),
        recovery_days=draw(st.none() | NUMBER),
    )


SCENARIOS = st.builds(
    vc.Scenario,
    shocks=st.lists(shocks(), max_size=4),
    name=ANY_TEXT,
    days=st.integers(1, 36_500),
    ensemble=st.none() | ENSEMBLE,
)


@CALM
@given(SCENARIOS)
def test_a_scenario_that_is_written_reads_back_the_same(scenario: vc.Scenario) -> None:
    text = scenario_text(scenario)
    table = tomllib.loads(text)
    assert scenario_of(table, file="x.toml", name="none", needs_shock=False) == scenario
    assert table == scenario_table(scenario)
    assert tomllib.loads(scenario_text(scenario, inside="scenario")) == {"scenario": table}
    assert json_values(json_text({"scenario": table})) == {"scenario": table}


@CALM
@given(SCENARIOS.filter(lambda s: s.shocks))
def test_a_scenario_file_reads_back_the_same(scenario: vc.Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vc.write_scenario(scenario, Path(folder) / "a.toml")
        assert vc.read_scenario(Path(folder) / "a.toml") == scenario


with warnings.catch_warnings():
    warnings.simplefilter("ignore", vc.ValueChainWarning)
    RUN = vc.simulate(vc.example("textbook"), {"sector_1": 0.5}, days=3)
DAYS = st.floats(1, 36_500) | st.just(float("inf")) | st.integers(0, 1000)
MODELS = st.one_of(
    st.builds(
        vc.Inventory,
        rationing=st.sampled_from(["proportional", "final-last", "smallest-first", "final-last-smallest-first"]),
        orders=st.sampled_from(["past", "full", "no-return"]),
        tau=st.floats(1e-9, 36_500),
        stock_days=st.integers(1, 99),
        overproduction=st.booleans(),
    ),
    st.builds(
        vc.Ario,
        variant=st.sampled_from(["psi", "base"]),
        stock_days=DAYS | st.dictionaries(ANY_TEXT, DAYS, max_size=3),
        tau_rebuild=st.floats(1, 36_500),
        reference=st.booleans(),
    ),
    st.builds(
        vc.Cascade,
        rule=st.sampled_from(["published", "fixed-point"]),
        tolerance=st.none() | st.floats(1e-15, 0.5),
        market=st.none() | ANY_TEXT,
        revenue=st.none() | ANY_TEXT,
    ),
)


@CALM
@given(model=MODELS, scenario=SCENARIOS, seed=st.integers(0, 2**70))
def test_what_a_run_is_reads_back_the_same(model, scenario, seed) -> None:
    inputs = dataclasses.replace(RUN.inputs, model=model, scenario=scenario, seed=seed)
    run = dataclasses.replace(RUN, inputs=inputs, not_returned=None)
    about = about_run(run)
    for told in (tomllib.loads(about_text(about, scenario)), json_values(json_text(about))):
        assert told == about
        faults: list = []
        back = checked_about(told, "run.toml", faults)
        assert faults == []
        assert back.inputs == inputs
        assert back.result["not_returned"] is None
        assert back.result["parameters"] == run.parameters


@settings(CALM, max_examples=25)
@given(given_tables=tables(), name=ANY_TEXT)
def test_a_run_reads_back_and_repeats_to_the_last_bit(given_tables, name) -> None:
    network = network_from(given_tables)
    shock = vc.Shock(where={"firms": [max(network.firm_ids)]}, loss=0.7, start=1, days=3)
    run = vc.simulate(network, vc.Scenario(shocks=[shock], name=name), days=12)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        vc.write_run(run, Path(folder) / "run")
        for again in (vc.read_run(Path(folder) / "run"), vc.repeat_run(network, Path(folder) / "run")):
            assert again.table.equals(run.table)
            assert again.firms.identical(run.firms)
            assert again.inputs == run.inputs
            assert again.notes == run.notes

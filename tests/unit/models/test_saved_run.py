"""Runs on disk: what is written comes back to the last bit, can be run again, and damage is told."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import shutil
import tomllib

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray
from scipy.io import netcdf_file

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import (
    OutputError,
    OutputExistsError,
    ParameterError,
)
from valuechain.io import run_files
from valuechain.models import saved_about
from valuechain.models.over_time import MODELS
from valuechain.models.simulate import SimulationResult

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

HOSTILE = ["🏭 plant", "../../etc/passwd", "x" * 300, "007", "=1+1", "e\u0301"]
FILES = ("run.toml", "days.parquet", "firms.nc")


def hostile() -> vc.Network:
    """Return a chain of firms whose ids are hard on files; its currency looks like a unit of time."""
    links = [(a, b, 10.0) for a, b in itertools.pairwise(HOSTILE)]
    firms = {"final_demand": {HOSTILE[-1]: 30.0}, "stock_days": dict.fromkeys(HOSTILE, 3.0)}
    return network_of(
        links,
        firms=firms,
        order=HOSTILE[::-1],
        sector={f: f"s/{f}" for f in HOSTILE},
        essential_rule="all",
        flow_period="day",
        currency="days since 2000-01-01",
        name='a "net"\\ 🏭',
    )


def strike(**options) -> vc.Scenario:
    shock = vc.Shock(where={"firms": HOSTILE[:2]}, loss=0.1 + 0.2, start=2, days=4, recovery="linear", recovery_days=5)
    surge = vc.Shock(what="demand", loss=-0.25, start=9)
    return vc.Scenario(shocks=[shock, surge], name='strike\n"🏭" ../x', days=30, **options)


MODEL_CASES = [
    vc.Inventory(),
    vc.Inventory(rationing="smallest-first", orders="full", tau=3.5, stock_days=7, reference=True),
    vc.Cascade(rule="fixed-point", market=None),
]


def simulated(model: object = None, **options) -> SimulationResult:
    scenario = strike() if not isinstance(model, vc.Cascade) else vc.Scenario(shocks=strike().shocks[:1])
    return vc.simulate(hostile(), scenario, model=model, days=25, **options)


def same(one: SimulationResult, two: SimulationResult) -> None:
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    assert (one.firms is None) == (two.firms is None)
    if one.firms is not None:
        assert one.firms.identical(two.firms)
        assert {n: v.dtype for n, v in one.firms.variables.items()} == {
            n: v.dtype for n, v in two.firms.variables.items()
        }
    assert one.inputs == two.inputs
    assert one.scalars == two.scalars
    assert one.title == two.title
    assert one.notes == two.notes
    assert dict(one.units) == dict(two.units)
    assert dict(one.parameters) == dict(two.parameters)


@pytest.mark.parametrize("keep_firms", [True, False])
@pytest.mark.parametrize("model", MODEL_CASES, ids=lambda m: type(m).__name__)
def test_a_run_comes_back_to_the_last_bit(tmp_path, model, keep_firms):
    run = simulated(model, keep_firms=keep_firms)
    vc.write_run(run, tmp_path / "run")
    assert {p.name for p in (tmp_path / "run").iterdir()} == set(FILES if keep_firms else FILES[:2])
    assert {p.name for p in tmp_path.iterdir()} == {"run"}
    same(vc.read_run(tmp_path / "run"), run)


def test_what_binds_comes_back_too(tmp_path):
    run = simulated()
    codes = np.full(run.firms["production"].shape, -1, dtype=np.int32)
    codes[3, 2] = 1
    firms = run.firms.drop_vars("binding", errors="ignore").assign_coords(product=hostile().products)
    run = dataclasses.replace(run, firms=firms.assign(binding=(("day", "firm"), codes)))
    vc.write_run(run, tmp_path / "run")
    same(vc.read_run(tmp_path / "run"), run)


@pytest.mark.parametrize("model", MODEL_CASES, ids=lambda m: type(m).__name__)
def test_a_run_is_repeated_from_any_of_its_files(tmp_path, model):
    run = simulated(model)
    vc.write_run(run, tmp_path / "run")
    same(vc.repeat_run(hostile(), tmp_path / "run"), run)
    for name in FILES:
        # The name of a file says nothing: what it is, is in it.
        alone = tmp_path / f"copy-{name.replace('.', '-')}"
        shutil.copy(tmp_path / "run" / name, alone)
        same(vc.repeat_run(hostile(), alone), run)


def test_a_run_without_shocks_comes_back(tmp_path):
    run = vc.simulate(hostile(), {}, days=3)
    vc.write_run(run, tmp_path / "run")
    same(vc.read_run(tmp_path / "run"), run)
    same(vc.repeat_run(hostile(), tmp_path / "run"), run)


def test_the_toml_file_is_for_people_and_holds_a_scenario_file(tmp_path):
    run = simulated(vc.Cascade(market=None))
    vc.write_run(run, tmp_path / "run")
    text = (tmp_path / "run" / "run.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    assert (told["format"], told["kind"], told["days"], told["seed"]) == (1, "simulation", 25, 0)
    assert told["network"] == {"name": hostile().name, "fingerprint": hostile().fingerprint}
    assert told["model"]["name"] == "cascade"
    assert "market" in told["model"]["none"]
    assert told["result"]["total_loss"] == run.total_loss
    assert told["program"]["numpy"] == np.__version__
    (tmp_path / "again.toml").write_text(
        text[text.index("\n[scenario]") :].replace("[scenario]\n", "").replace("[[scenario.shock]]", "[[shock]]"),
        encoding="utf-8",
    )
    assert vc.read_scenario(tmp_path / "again.toml") == run.inputs.scenario


def test_each_table_says_in_json_what_it_is(tmp_path):
    vc.write_run(simulated(), tmp_path / "run")
    told = tomllib.loads((tmp_path / "run" / "run.toml").read_text(encoding="utf-8"))
    assert json.loads(pq.read_schema(tmp_path / "run" / "days.parquet").metadata[b"valuechain"]) == told
    with netcdf_file(tmp_path / "run" / "firms.nc", mmap=False) as opened:
        assert json.loads(opened.valuechain) == told
    # Other programs read the tables as they are.
    assert list(pd.read_parquet(tmp_path / "run" / "days.parquet")) == ["day", "production", "loss"]
    assert xarray.load_dataset(tmp_path / "run" / "firms.nc", decode_times=False)["production"].dtype == np.float64


def test_every_model_has_a_name_and_comes_back():
    models = [*MODEL_CASES, vc.Ario(), vc.Ario(stock_days=math.inf), vc.Cascade()]
    models.append(vc.Ario(stock_days={"[s]\n": 3.0, "=1": math.inf, "none": 0.1 + 0.2}, variant="base"))
    assert {type(m) for m in models} == set(MODELS.values())
    run = simulated()
    for model in models:
        about = saved_about.about_run(dataclasses.replace(run, inputs=dataclasses.replace(run.inputs, model=model)))
        for told in (
            tomllib.loads(saved_about.about_text(about, run.inputs.scenario)),
            run_files.json_values(run_files.json_text(about)),
        ):
            faults: list = []
            back = saved_about.checked_about(told, "run.toml", faults)
            assert faults == []
            assert back.inputs.model == model


# ---- writing


def test_a_run_that_is_there_is_kept_unless_forced(tmp_path):
    first, second = simulated(), simulated(vc.Cascade(), keep_firms=False)
    vc.write_run(first, tmp_path / "run")
    with pytest.raises(OutputExistsError, match="kept; say --force"):
        vc.write_run(second, tmp_path / "run")
    same(vc.read_run(tmp_path / "run"), first)
    (tmp_path / "run" / "mine.txt").write_text("stays")
    vc.write_run(second, tmp_path / "run", force=True)
    same(vc.read_run(tmp_path / "run"), second)
    assert {p.name for p in (tmp_path / "run").iterdir()} == {"run.toml", "days.parquet", "mine.txt"}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("failing", ["days_bytes", "firms_writer", "about_text"])
def test_a_half_written_folder_never_remains(tmp_path, monkeypatch, failing, there):
    run = simulated()
    if there:
        vc.write_run(run, tmp_path / "run")

    def fails(*_: object) -> object:
        raise OSError(28, "No space left on device")

    broken = (lambda *_: fails) if failing == "firms_writer" else fails
    monkeypatch.setattr(f"valuechain.models.saved_run.{failing}", broken)
    with pytest.raises(OutputError, match="No space left"):
        vc.write_run(run, tmp_path / "run", force=True)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == (["run"] if there else [])
    if there:
        same(vc.read_run(tmp_path / "run"), run)


def test_a_parent_that_is_missing_and_a_file_in_the_way(tmp_path):
    with pytest.raises(OutputError, match="make it first"):
        vc.write_run(simulated(), tmp_path / "no" / "run")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        vc.write_run(simulated(), tmp_path / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("seed", [np.random.default_rng(1), None])
def test_a_generator_cannot_be_saved(tmp_path, seed):
    with pytest.raises(ParameterError, match="cannot be saved; simulate with a whole number"):
        vc.write_run(simulated(seed=seed), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="is no run"):
        vc.write_run(simulated().table, tmp_path / "run")


def test_a_variable_beyond_the_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(run_files, "MOST_BYTES", 1000)
    with pytest.raises(OutputError, match=r"production, .* take more than the 4 GiB"):
        vc.write_run(simulated(), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []

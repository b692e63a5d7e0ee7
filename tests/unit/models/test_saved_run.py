"""Runs on disk: what is written comes back to the last bit, can be run again, and damage is told."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray
from scipy.io import netcdf_file

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import (
    ExitCode,
    InvalidDataError,
    ModelWarning,
    OutputError,
    OutputExistsError,
    ParameterError,
    UnreadableFileError,
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


# ---- reading what is damaged, foreign or mixed up


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    vc.write_run(simulated(), tmp_path / "run")
    return tmp_path / "run"


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidDataError) as caught:
        vc.read_run(folder)
    assert caught.value.exit_code == ExitCode.BAD_DATA
    return str(caught.value).splitlines()


def test_all_faults_of_all_files_are_told_at_once(saved):
    (saved / "run.toml").write_text("format = \n")
    (saved / "days.parquet").write_bytes(b"PAR1 no")
    (saved / "firms.nc").write_bytes(b"CDF\x02")
    told = faults_of(saved)
    assert [line.split()[0].rstrip(":") for line in told] == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing(saved, name):
    (saved / name).unlink()
    assert any(line.startswith(f"{name}: is missing") for line in faults_of(saved))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"PAR1", b"CDF", b"CDF\x02", b"\xff\xfe\x00", b"CDF\x02" + b"\xff" * 500])
def test_a_file_that_is_something_else(saved, name, content):
    (saved / name).write_bytes(content)
    assert any(name in line for line in faults_of(saved))
    with pytest.raises(InvalidDataError, match=name):
        vc.repeat_run(hostile(), saved / name)


@pytest.mark.parametrize("name", ["days.parquet", "firms.nc"])
def test_a_file_that_is_cut_anywhere(saved, name):
    data = (saved / name).read_bytes()
    for size in sorted({*range(0, len(data), max(1, len(data) // 40)), len(data) - 1}):
        (saved / name).write_bytes(data[:size])
        assert any(name in line for line in faults_of(saved)), size


def test_bytes_that_are_changed_raise_nothing_strange(saved):
    rng = np.random.default_rng(0)
    for name in ("days.parquet", "firms.nc"):
        data = (saved / name).read_bytes()
        for _ in range(60):
            changed = bytearray(data)
            for place in rng.integers(0, min(len(data), 4000), 3):
                changed[place] = rng.integers(0, 256)
            (saved / name).write_bytes(changed)
            try:
                vc.read_run(saved)
            except InvalidDataError as error:
                assert name in str(error)  # noqa: PT017 - a change may also change nothing
        (saved / name).write_bytes(data)


def test_files_of_another_run(saved, tmp_path):
    other = vc.simulate(hostile(), strike(), model=vc.Inventory(tau=3), days=25)
    vc.write_run(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "firms.nc", saved)
    told = faults_of(saved)
    assert any(line.startswith("firms.nc: and run.toml differ in model.tau, result.total_loss") for line in told)


def test_a_toml_file_changed_by_hand(saved):
    text = (saved / "run.toml").read_text(encoding="utf-8")
    (saved / "run.toml").write_text(text.replace("tau = 6\n", "tau = 5\n"), encoding="utf-8")
    told = faults_of(saved)
    assert told == [
        f"{name}: and run.toml differ in model.tau; the files are of different runs, or one was changed by hand: write "
        "the run again"
        for name in ("days.parquet", "firms.nc")
    ]
    assert vc.repeat_run(hostile(), saved).inputs.model.tau == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "is a run of format 2"),
        ('kind = "simulation"', 'kind = "ensemble"', "is not a run of valuechain"),
        ("days = 25", 'days = "x"', "days 'x' is no whole number"),
        ("seed = 0", "seed = -1", "seed '-1' is no whole number"),
        ('name = "inventory"', 'name = "inventori"', "did you mean 'inventory'?"),
        ("tau = 6", "tau = -6", "tau -6 is not a number of days"),
        ("tau = 6", "tauu = 6", "model.tauu is not known"),
        ("has_firms = true", "has_firms = 1", "is neither true nor false"),
        ("loss = -0.25", "loss = 25", "shock 2: loss 25 is not a fraction"),
        ("[network]", "[netwrk]", "has no table [network]"),
        ("lost_value = ", "lost = ", "has no result.lost_value"),
        ("bottom_day = ", "more = 1\nbottom_day = ", "result.more is not known"),
    ],
)
def test_a_toml_file_that_no_run_has(saved, old, new, said):
    text = (saved / "run.toml").read_text(encoding="utf-8")
    assert old in text
    (saved / "run.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(said in line for line in faults_of(saved)), str(faults_of(saved))
    with pytest.raises(InvalidDataError):
        vc.repeat_run(hostile(), saved)


def changed(saved: Path, **variables: object) -> None:
    """Write firms.nc again with other values."""
    path = saved / "firms.nc"
    firms = xarray.load_dataset(path, decode_times=False, decode_timedelta=False, mask_and_scale=False)
    firms = firms.assign({name: change(firms) for name, change in variables.items()})
    firms.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def test_firms_that_do_not_add_up(saved):
    changed(saved, production=lambda f: f["production"] * 1.001)
    assert any("does not add up to the production in days.parquet" in line for line in faults_of(saved))


def test_a_place_where_there_is_no_run(tmp_path):
    with pytest.raises(UnreadableFileError, match="there is no such folder"):
        vc.read_run(tmp_path / "nothing")
    with pytest.raises(UnreadableFileError, match="no such folder"):
        vc.repeat_run(hostile(), tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnreadableFileError, match="is a file"):
        vc.read_run(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    assert "run.toml: is missing; give a folder that vc.write_run wrote" in faults_of(tmp_path / "folder")


# ---- repeating


def test_another_network_is_refused(saved):
    with pytest.raises(InvalidDataError, match=r"is a run of another network.*vc.simulate") as caught:
        vc.repeat_run(vc.synthetic(firms=10, seed=1), saved / "firms.nc")
    assert caught.value.exit_code == ExitCode.BAD_DATA


def test_other_versions_are_said(saved, monkeypatch):
    here = saved_about.versions()
    monkeypatch.setattr("valuechain.models.saved_run.versions", lambda: {**here, "numpy": "9.9"})
    with pytest.warns(ModelWarning, match=rf"numpy {np.__version__} \(here 9.9\)"):
        vc.repeat_run(hostile(), saved)

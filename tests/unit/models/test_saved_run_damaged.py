"""Saved runs that are damaged, foreign or mixed up, and what is said when they are repeated elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray

import valuechain as vc
from tests.unit.models.test_saved_run import FILES, hostile, simulated, strike
from valuechain.errors import ExitCode, InvalidDataError, ModelWarning, UnreadableFileError
from valuechain.models import saved_about

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")


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
    for size in sorted(
        {*range(0, len(data), max(1, len(data) // 40)), len(data) - 8}
    ):  # the last bytes of a NetCDF file are padding
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
        ('kind = "simulation"', 'kind = "diagnosis"', "is not a run of valuechain"),
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
    with pytest.raises(InvalidDataError, match=r"is a run of another network.*run its scenario") as caught:
        vc.repeat_run(vc.synthetic(firms=10, seed=1), saved / "firms.nc")
    assert caught.value.exit_code == ExitCode.BAD_DATA


def test_other_versions_are_said(saved, monkeypatch):
    here = saved_about.versions()
    monkeypatch.setattr("valuechain.models.saved_run.versions", lambda: {**here, "numpy": "9.9"})
    with pytest.warns(ModelWarning, match=rf"numpy {np.__version__} \(here 9.9\)"):
        vc.repeat_run(hostile(), saved)

"""Ensembles on disk: repeated to the last bit from the folder or any one file; damaged ones are told."""

from __future__ import annotations

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import InvalidDataError, OutputExistsError

LINKS = [("q", "b", 4.0), ("a", "q", 2.0), ("a", "b", 1.0), ("b", "c", 3.0)]
TABLES = ["days", "draws", "exceedance", "firms", "groups", "runs"]


def network(scale: float = 1.0) -> vc.Network:
    firms = {"final_demand": {"c": 5.0 * scale}, "country": {"a": "DEU", "b": "POL", "c": "EST", "q": "DEU"}}
    links = [(s, b, flow * scale) for s, b, flow in LINKS]
    return network_of(links, firms=firms, essential_rule="all", flow_period="day", name="tiny")


def storm() -> vc.Scenario:
    loss = {"distribution": "beta", "a": 2, "b": 3}
    shock = vc.Shock(
        where={"country": "DEU"}, loss=loss, start={"distribution": "uniform", "low": 0, "high": 4}, days=3
    )
    return vc.Scenario(shocks=[shock], name="'=storm' <b>", days=12, ensemble={"correlation": {"country": 0.5}})


@pytest.fixture
def found():
    return vc.ensemble(network(), storm(), model=vc.Inventory(stock_days=2), runs=9, seed=5, by="country", tail=0.8)


@pytest.mark.parametrize("name", [None, "run.toml", *(f"{t}.parquet" for t in TABLES)])
def test_the_folder_or_any_file_repeats_it(found, tmp_path, name):
    folder = tmp_path / "saved"
    vc.write_run(found, folder)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*(f"{t}.parquet" for t in TABLES), "run.toml"])
    again = vc.repeat_run(network(), folder if name is None else folder / name)
    assert again.table.equals(found.table)
    for part in TABLES[1:]:
        assert getattr(again, part).table.equals(getattr(found, part).table), part
        assert pd.read_parquet(folder / f"{part}.parquet").shape == getattr(found, part).table.shape
    assert again.parameters == found.parameters
    assert again.inputs.scenario == found.inputs.scenario


def test_without_firms(tmp_path):
    found = vc.ensemble(network(), storm(), runs=3, keep_firms=False, quantiles=(0.1, 0.9))
    vc.write_run(found, tmp_path / "saved")
    assert not (tmp_path / "saved" / "firms.parquet").exists()
    again = vc.repeat_run(network(), tmp_path / "saved")
    assert again.firms is None
    assert list(again.table) == ["day", "mean", "q10", "q90"]


def test_what_exists_is_kept(found, tmp_path):
    vc.write_run(found, tmp_path / "saved")
    with pytest.raises(OutputExistsError):
        vc.write_run(found, tmp_path / "saved")
    one = vc.simulate(network(), {"a": 0.5}, days=4)
    vc.write_run(one, tmp_path / "saved", force=True)
    assert sorted(p.name for p in (tmp_path / "saved").iterdir()) == ["days.parquet", "firms.nc", "run.toml"]
    vc.write_run(found, tmp_path / "saved", force=True)
    assert not (tmp_path / "saved" / "firms.nc").exists()


def test_another_network_is_refused(found, tmp_path):
    vc.write_run(found, tmp_path / "saved")
    with pytest.raises(InvalidDataError, match="is a run of another network"):
        vc.repeat_run(network(2.0), tmp_path / "saved")


def test_an_ensemble_is_no_single_run(found, tmp_path):
    vc.write_run(found, tmp_path / "saved")
    with pytest.raises(InvalidDataError, match="is of an ensemble"):
        vc.read_run(tmp_path / "saved")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("runs = 9", "runs = 0"), "is no whole number"),
        (("tail = 0.8", "tail = 8"), "is no fraction"),
        (("format = 1", "format = 2"), "format 2"),
        (('name = "inventory"', 'name = "inventry"'), "did you mean 'inventory'"),
        (('distribution = "beta"', 'distribution = "better"'), "better"),
        (("\n[model]\n", "\n[modell]\n"), "has no table [model]"),
        (("has_firms = true", 'has_firms = "yes"'), "neither true nor false"),
        (('fingerprint = "', 'fingerprint = 7 # "'), "is not text"),
    ],
)
def test_damaged_files_are_told(found, tmp_path, change, words):
    vc.write_run(found, tmp_path / "saved")
    about = tmp_path / "saved" / "run.toml"
    text = about.read_text(encoding="utf-8")
    assert change[0] in text
    about.write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    with pytest.raises(InvalidDataError) as error:
        vc.repeat_run(network(), tmp_path / "saved")
    assert words in str(error.value)

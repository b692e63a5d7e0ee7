"""Invented networks: reproducible, within the rules of the format, and as uneven as firm networks are."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from valuechain.errors import DataWarning, ParameterError
from valuechain.io.synthetic import synthetic
from valuechain.network import Network


@pytest.fixture(scope="module")
def large() -> Network:
    return synthetic(firms=20_000, links_per_firm=8, seed=1)


def hill(values: np.ndarray, count: int) -> float:
    """Return the Hill estimate of the tail exponent from the largest values (Hill 1975)."""
    top = np.sort(values)[-count - 1 :]
    return float(1 / np.log(top[1:] / top[0]).mean())


@pytest.mark.parametrize("firms", [2, 30, 1000])
@pytest.mark.parametrize("clusters", [0, 4])
def test_every_rule_of_the_format_holds(firms: int, clusters: int) -> None:
    net = synthetic(firms=firms, links_per_firm=1, sectors=12, clusters=clusters, seed=firms)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        tables = net.tables
        checked = Network.from_tables(tables.pop("firms"), tables.pop("links"), **tables, **net.metadata)
    assert checked == net
    assert checked.fingerprint == net.fingerprint


def test_same_seed_same_network() -> None:
    arguments: dict[str, Any] = {"firms": 500, "clusters": 3}
    assert synthetic(**arguments, seed=5) == synthetic(**arguments, seed=5)
    assert synthetic(**arguments, seed=5).fingerprint == synthetic(**arguments, seed=5).fingerprint
    assert synthetic(**arguments, seed=5) != synthetic(**arguments, seed=6)


def test_no_self_loops_and_no_pair_twice(large: Network) -> None:
    assert (large.supplier != large.buyer).all()
    assert not large.links.duplicated(["supplier", "buyer"]).any()
    assert large.n_links == 160_000


def test_dense_network_is_not_far_off() -> None:
    net = synthetic(firms=30, links_per_firm=29, sectors=3)
    assert 400 < net.n_links <= 870
    assert not net.links.duplicated(["supplier", "buyer"]).any()


def test_output_is_sales_plus_final_demand(large: Network) -> None:
    firms = large.firms
    np.testing.assert_allclose(firms["output"], large.sales + firms["final_demand"], rtol=1e-9, atol=0.011)
    assert (firms["output"] >= large.purchases).all()
    assert (firms["capacity"] >= firms["output"]).all()
    assert (large.flow > 0).all()


def test_sizes_and_degrees_have_heavy_tails(large: Network) -> None:
    suppliers = np.bincount(large.buyer, minlength=large.n_firms)
    buyers = np.bincount(large.supplier, minlength=large.n_firms)
    assert 0.8 < hill(large.firms["output"].to_numpy(), 500) < 1.5
    assert 1.1 < hill(suppliers.astype(float), 500) < 2.0
    assert 1.1 < hill(buyers.astype(float), 500) < 2.0
    assert suppliers.max() > 50 * suppliers.mean()
    assert suppliers.min() >= 1


def test_sectors_buy_from_few_sectors_and_at_home(large: Network) -> None:
    pairs = np.unique(large.sector[large.supplier] * len(large.sectors) + large.sector[large.buyer])
    assert len(pairs) <= 6 * len(large.sectors)
    country = large.firms["country"].to_numpy()
    at_home = (country[large.supplier] == country[large.buyer]).mean()
    by_chance = (np.unique(country, return_counts=True)[1] / large.n_firms) ** 2
    assert at_home > 2 * by_chance.sum()


def test_codes_are_real_and_some_stocks_unknown(large: Network) -> None:
    assert all(re.fullmatch(r"[A-N]\d{2}", s) for s in large.sectors)
    assert len(large.sectors) == 20
    assert large.firms["country"].nunique() == 8
    assert 0.15 < large.firms["stock_days"].isna().mean() < 0.25


def test_ids_are_in_no_order(large: Network) -> None:
    ids = large.firm_ids.tolist()
    assert ids != sorted(ids)
    assert len(set(ids)) == len(ids)


def test_clusters_overlap() -> None:
    members = synthetic(firms=300, clusters=6, seed=2).table("members")
    assert members is not None
    assert members["cluster"].nunique() == 6
    assert members["firm"].duplicated().any()


def test_it_says_that_it_is_invented() -> None:
    net = synthetic(firms=10, links_per_firm=2, seed=11)
    assert net.metadata["synthetic"] is True
    assert "seed=11" in net.metadata["notes"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("firms", 1),
        ("firms", 2.5),
        ("firms", True),
        ("links_per_firm", 0),
        ("links_per_firm", 1000),
        ("links_per_firm", float("nan")),
        ("sectors", 0),
        ("sectors", 1000),
        ("countries", 200),
        ("clusters", -1),
        ("seed", -1),
        ("seed", None),
    ],
)
def test_bad_parameters(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"{name} is .*; give a"):
        synthetic(**{name: value})

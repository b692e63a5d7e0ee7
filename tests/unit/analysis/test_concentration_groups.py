"""Concentration by cluster, owner and region, with suppliers merged by bloc and cluster."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError, UnknownNameError
from valuechain.schema.blocs import bloc_table, partition


@pytest.fixture
def network():
    firms = pd.DataFrame(
        {
            "firm": ["y", "a", "x", "b", "c"],
            "sector": "s",
            "country": ["LVA", "DEU", "LVA", "FRA", "CHN"],
            "region": ["LV00", "DE21", "LV00", "FR10", None],
        }
    )
    links = pd.DataFrame(
        [("a", "x", 2.0), ("b", "x", 1.0), ("c", "x", 1.0), ("c", "y", 4.0)], columns=["supplier", "buyer", "flow"]
    )
    members = pd.DataFrame([("x", "k"), ("y", "k"), ("x", "m"), ("a", "k"), ("a", "m")], columns=["firm", "cluster"])
    clusters = pd.DataFrame({"cluster": ["m", "k"]})
    return vc.Network.from_tables(firms, links, members=members, clusters=clusters)


def rows(result):
    return result.table.set_index("group").to_dict("index")


def test_purchases_of_clusters_that_overlap(network):
    table = rows(vc.concentration(network, by="cluster"))
    # k buys what x and y buy, m what x buys: x counts in both.
    assert table["k"]["hhi"] == pytest.approx((2 / 8) ** 2 + (1 / 8) ** 2 + (5 / 8) ** 2)
    assert table["m"]["hhi"] == pytest.approx(0.5**2 + 0.25**2 + 0.25**2)
    assert (table["k"]["flow"], table["m"]["flow"]) == (8, 4)


def test_sales_of_regions(network):
    table = rows(vc.concentration(network, by="region"))
    assert set(table) == {"DE21", "FR10"}


def test_suppliers_of_one_bloc_count_as_one(network):
    result = vc.concentration(network, by="buyer", merge="bloc")
    table = rows(result)
    assert (table["x"]["largest"], table["x"]["largest_share"], table["x"]["suppliers"]) == ("EU", 0.75, 2)
    assert table["y"]["largest"] == "CHN"
    assert "as of 2025-12-31" in result.parameters["blocs"]
    own = rows(vc.concentration(network, by="buyer", merge="bloc", blocs={"mine": ["CN", "FR"]}))
    assert own["x"]["hhi"] == pytest.approx(0.5)


def test_a_supplier_of_two_clusters_gives_half_to_each(network):
    x = rows(vc.concentration(network, by="buyer", merge="cluster"))["x"]
    # a: 1 to k, 1 to m; b and c stand alone with 1 each.
    assert (x["suppliers"], x["hhi"]) == (4, pytest.approx(0.25))


def test_entropy(network):
    m = rows(vc.concentration(network, by="cluster"))["m"]
    assert m["effective_entropy"] == pytest.approx(math.exp(0.5 * math.log(2) + 2 * 0.25 * math.log(4)))
    assert rows(vc.concentration(network, by="buyer"))["y"]["effective_entropy"] == 1


def test_what_is_refused(network):
    with pytest.raises(ParameterError, match="merge='bloc'"):
        vc.concentration(network, blocs=["EU"])
    with pytest.raises(ParameterError, match="in EU and EEA"):
        vc.concentration(network, merge="bloc", blocs=["EU", "EEA"])
    with pytest.raises(UnknownNameError, match="no bloc is called 'EUU'"):
        vc.concentration(network, merge="bloc", blocs=["EUU"])
    with pytest.raises(UnknownNameError, match="no clusters; add the table members"):
        vc.concentration(network_of([("a", "b", 1.0)]), by="cluster")


def test_blocs_are_lists_with_a_day_and_a_source():
    sizes = {name: len(set(entry["members"])) for name, entry in bloc_table().items()}
    assert sizes == {"EU": 27, "EU28": 28, "EEA": 30, "EFTA": 4, "USMCA": 3, "ASEAN": 11}
    for name, entry in bloc_table().items():
        assert len(entry["members"]) == sizes[name]
        assert entry["source"]
        assert entry["as_of"]
    assert set(bloc_table()["EU28"]["members"]) - set(bloc_table()["EU"]["members"]) == {"GBR"}
    assert len(partition()) == 27 + 4 + 3 + 11

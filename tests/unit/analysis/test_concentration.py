"""Concentration on networks small enough to work out by hand."""

from __future__ import annotations

import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError, UnknownNameError

LINKS = [
    ("b", "x", 3.0, "bolt"),
    ("a", "x", 1.0, "bolt"),
    ("a", "y", 1.0, "bolt"),
    ("c", "y", 5.0, "nut"),
    ("d", "x", 0.0, "nut"),
    ("d", "y", 0.0, "idle"),
]
COUNTRIES = {"a": "DEU", "b": "POL", "c": "DEU", "d": "DEU"}
OWNERS = {"a": "g", "b": "g"}


@pytest.fixture
def network():
    return network_of(LINKS, firms={"country": COUNTRIES, "owner": OWNERS}, essential_rule="all")


def rows(result) -> dict[str, dict[str, object]]:
    return result.table.set_index("group").to_dict("index")


def test_by_product(network):
    table = rows(vc.concentration(network))
    # bolt: b 3 of 5, a 2 of 5. nut: c all of 5; d sells nothing and is no supplier.
    assert table["bolt"]["hhi"] == pytest.approx(0.6**2 + 0.4**2)
    assert table["bolt"]["effective"] == pytest.approx(1 / 0.52)
    assert (table["bolt"]["largest"], table["bolt"]["largest_share"], table["bolt"]["suppliers"]) == ("b", 0.6, 2)
    assert table["nut"]["hhi"] == table["nut"]["effective"] == table["nut"]["suppliers"] == 1
    assert "idle" not in table
    assert "1 product without any flow" in " ".join(vc.concentration(network).notes)


def test_by_buyer(network):
    table = rows(vc.concentration(network, by="buyer"))
    assert table["x"]["hhi"] == pytest.approx(0.75**2 + 0.25**2)
    assert table["y"]["hhi"] == pytest.approx((1 / 6) ** 2 + (5 / 6) ** 2)
    assert table["y"]["largest"] == "c"
    assert set(table) == {"x", "y"}


def test_by_country_of_the_suppliers(network):
    table = rows(vc.concentration(network, by="country"))
    assert table["DEU"]["hhi"] == pytest.approx((2 / 7) ** 2 + (5 / 7) ** 2)
    assert (table["POL"]["suppliers"], table["POL"]["largest"], table["POL"]["flow"]) == (1, "b", 3.0)


def test_firms_of_one_owner_count_as_one(network):
    table = rows(vc.concentration(network, merge="owner"))
    assert (table["bolt"]["hhi"], table["bolt"]["suppliers"], table["bolt"]["largest"]) == (1, 1, "g")
    assert "nut" not in table  # nobody knows who owns c


def test_unknown_sources_are_left_out_and_bounded():
    # p: a (DEU) 6, b (POL) 2, and 2 whose country nobody knows.
    links = [("a", "x", 6.0, "p"), ("b", "x", 2.0, "p"), ("c", "x", 2.0, "p")]
    network = network_of(links, firms={"country": {"a": "DEU", "b": "POL"}})
    row = rows(vc.concentration(network, merge="country"))["p"]
    assert row["hhi"] == pytest.approx(0.75**2 + 0.25**2)
    assert (row["unknown_share"], row["flow"]) == (pytest.approx(0.2), 8)
    assert row["hhi_low"] == pytest.approx(0.6**2 + 0.2**2)  # the rest in parts too small to count
    assert row["hhi_high"] == pytest.approx(0.8**2 + 0.2**2)  # the rest from DEU too
    assert "up to 20%" in " ".join(vc.concentration(network, merge="country").notes)


def test_bounds_are_the_index_where_all_is_known(network):
    for row in rows(vc.concentration(network)).values():
        assert row["unknown_share"] == 0
        assert row["hhi_low"] == pytest.approx(row["hhi"])
        assert row["hhi_high"] == pytest.approx(row["hhi"])


def test_equal_suppliers():
    for n in (1, 2, 5, 40):
        network = network_of([(f"s{k}", "x", 0.1, "p") for k in range(n)])
        row = rows(vc.concentration(network))["p"]
        assert row["hhi"] == pytest.approx(1 / n)
        assert row["effective"] == pytest.approx(n)
        assert row["largest"] == min(f"s{k}" for k in range(n))  # ties go to the first by id


def test_most_concentrated_first_then_larger_flow_then_name():
    links = [
        ("a", "x", 1.0, "q"),
        ("a", "x", 9.0, "r"),
        ("a", "x", 1.0, "p"),
        ("a", "y", 1.0, "s"),
        ("b", "y", 1.0, "s"),
    ]
    assert vc.concentration(network_of(links)).table["group"].tolist() == ["r", "p", "q", "s"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_the_last_digits_change_no_rank(first):
    # One list of flows added up forwards and backwards: 0.6000000000000001 and 0.6.
    flows, second = [0.1, 0.2, 0.3], {"a": "b", "b": "a"}[first]
    assert sum(flows) != sum(flows[::-1])
    forwards = [(first, f"x{k}", f) for k, f in enumerate(flows)]
    backwards = [(second, f"x{k}", f) for k, f in reversed(list(enumerate(flows)))]
    by_group = vc.concentration(network_of([(s, b, f, s) for s, b, f in [*forwards, *backwards]]))
    assert by_group.table["group"].tolist() == ["a", "b"]  # two groups of equal size
    by_source = vc.concentration(network_of([(s, b, f, "p") for s, b, f in [*forwards, *backwards]]))
    assert by_source.table["largest"].tolist() == ["a"]  # two suppliers of equal size


def test_concentration_is_of_suppliers_not_buyers():
    links = [("a", "x", 1.0, "p"), ("a", "y", 1.0, "p"), ("a", "z", 1.0, "p")]
    assert rows(vc.concentration(network_of(links)))["p"]["hhi"] == 1
    turned = [("x", "a", 1.0, "p"), ("y", "a", 1.0, "p"), ("z", "a", 1.0, "p")]
    assert rows(vc.concentration(network_of(turned), by="buyer"))["a"]["hhi"] == pytest.approx(1 / 3)


def test_a_network_without_flow():
    result = vc.concentration(network_of([("a", "b", 0.0)]))
    assert len(result.table) == 0
    assert result.notes


def test_what_cannot_be_measured(network):
    with pytest.raises(ParameterError, match="by 'products' is not known"):
        vc.concentration(network, by="products")
    with pytest.raises(UnknownNameError, match="no column 'ownr'; did you mean 'owner'"):
        vc.concentration(network, merge="ownr")
    with pytest.raises(UnknownNameError, match="no column 'country'; add it"):
        vc.concentration(network_of(LINKS), by="country")

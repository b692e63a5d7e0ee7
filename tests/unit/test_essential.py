"""Which inputs are essential: the table, else the rule, else all with a warning."""

from __future__ import annotations

import warnings

import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, InvalidDataError
from valuechain.essential import essentiality, makes_goods

LINKS = [("a", "j", 2.0), ("b", "j", 5.0), ("b", "k", 3.0), ("c", "j", 93.0)]


def classes(network) -> dict[tuple[str, str], int]:
    result = essentiality(network)
    slots = result.slots
    keys = zip(network.firm_ids[slots.buyer], network.products[slots.product], strict=True)
    return dict(zip(keys, result.slot_class.tolist(), strict=True))


def test_table_and_its_default():
    pairs = [("a", "j", 2), ("b", "k", 0), ("unknown", "j", 2), ("a", "unknown", 2)]
    network = network_of(LINKS, essential=pairs)
    assert classes(network) == {("j", "a"): 2, ("j", "b"): 1, ("j", "c"): 1, ("k", "b"): 0}
    assert essentiality(network).rule == "essential table; pairs not listed have class 1 (default)"


@pytest.mark.parametrize("default", [0, 1, 2])
def test_default_class(default):
    network = network_of(LINKS, essential=[("a", "j", 2)], default_class=default)
    assert classes(network) == {("j", "a"): 2, ("j", "b"): default, ("j", "c"): default, ("k", "b"): default}
    assert essentiality(network).rule == f"essential table; pairs not listed have class {default}"


def test_table_goes_before_the_rule():
    assert classes(network_of(LINKS, essential=[("a", "j", 0)], essential_rule="all"))["j", "a"] == 0


def test_rows_are_products_columns_sectors_of_buyers():
    links = [("a", "j", 1.0, "bolt"), ("a", "k", 1.0, "bolt"), ("j", "a", 1.0, "nut")]
    network = network_of(links, sector={"j": "cars", "k": "toys", "a": "bolt"}, essential=[("bolt", "cars", 2)])
    assert classes(network) == {("j", "bolt"): 2, ("k", "bolt"): 1, ("a", "nut"): 1}


@pytest.mark.parametrize(("rule", "expected"), [("all", 2), ("none", 1)])
def test_all_and_none(rule, expected):
    assert set(classes(network_of(LINKS, essential_rule=rule)).values()) == {expected}


def test_min_share_counts_the_share_itself():
    # j buys 100: a 2, b 5, c 93.
    network = network_of(LINKS, essential_rule={"min_share": 0.05})
    assert classes(network) == {("j", "a"): 1, ("j", "b"): 2, ("j", "c"): 2, ("k", "b"): 2}
    assert "0.05" in essentiality(network).rule


@pytest.mark.parametrize("unit", [1e-9, 1 / 3, 0.1, 7e5, 1e12])
def test_min_share_is_the_same_in_any_currency(unit):
    links = [(s, b, f * unit) for s, b, f in LINKS]
    assert classes(network_of(links, essential_rule={"min_share": 0.02}))["j", "a"] == 2
    assert classes(network_of(links, essential_rule={"min_share": 0.0200001}))["j", "a"] == 1


def test_min_share_of_a_product_with_two_suppliers_and_of_nothing():
    links = [("a", "j", 1.0, "p"), ("b", "j", 1.0, "p"), ("c", "j", 2.0, "q"), ("c", "k", 0.0, "q")]
    network = network_of(links, essential_rule={"min_share": 0.5})
    assert classes(network) == {("j", "p"): 2, ("j", "q"): 2, ("k", "q"): 1}


def test_nothing_said_is_all_with_one_warning():
    network = network_of(LINKS, name="mine")
    with pytest.warns(DefaultWarning, match=r"'mine' .*essential_rule = \"physical\" .* or \"all\"") as caught:
        result = essentiality(network)
    assert len(caught) == 1
    assert set(result.slot_class.tolist()) == {2}
    assert result.rule == "all inputs essential (default)"


@pytest.mark.parametrize("call", [vc.systemic_risk, vc.single_sourced_inputs, vc.diagnose])
def test_the_warning_points_at_the_caller(call):
    with pytest.warns(DefaultWarning) as caught:
        call(network_of(LINKS))
    assert {w.filename for w in caught} == {__file__}


def test_something_said_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        essentiality(network_of(LINKS, essential_rule="all"))
        essentiality(network_of(LINKS, essential=[("a", "j", 2)]))


def test_class_of_links_is_that_of_their_slot():
    network = network_of(LINKS, essential=[("b", "j", 2), ("b", "k", 0)])
    assert essentiality(network).link_class.tolist() == [1, 2, 0, 1]


# ---- goods


def test_physical():
    links = [("steel", "car", 9.0), ("bank", "car", 1.0), ("steel", "bank", 1.0)]
    network = network_of(links, sector={"steel": "24.1", "car": "C29", "bank": "64"}, essential_rule="physical")
    assert classes(network) == {("car", "24.1"): 2, ("car", "64"): 1, ("bank", "24.1"): 1}


def test_physical_with_groups_of_nace_1_1():
    # In Rev. 1.1, 45 is construction and 40t41 energy: goods. In Rev. 2, 45 is the sale of cars.
    sectors = ["AtB", "C", "15t16", "E", "F", "40t41", "45", "50", "60", "71t74", "H", "P"]
    goods = makes_goods(sectors)
    assert [s for s in sectors if goods[s]] == ["AtB", "C", "15t16", "E", "F", "40t41", "45"]
    assert makes_goods(["45"]) == {"45": False}


@pytest.mark.parametrize("sector", ["A", "F", "C25.6", "C.25", "F41", "01", "25", "25.62", "2562", "43", "D35"])
def test_goods(sector):
    assert makes_goods([sector])[sector] is True


@pytest.mark.parametrize("sector", ["G", "V", "U", "G45", "H49.41", "44", "45", "62.01", "9900"])
def test_services(sector):
    assert makes_goods([sector])[sector] is False


@pytest.mark.parametrize("sector", ["W", "Z9", "steel", "5", "", "25.6a", "256211", "c", "Chemicals", "00", "A team"])
def test_no_nace_code(sector):
    assert makes_goods([sector])[sector] is None


def test_physical_names_every_sector_that_is_no_code():
    network = network_of(
        [("a", "b", 1.0), ("b", "c", 1.0)], sector={"a": "24", "b": "banks", "c": "toys"}, essential_rule="physical"
    )
    with pytest.raises(InvalidDataError) as caught:
        essentiality(network)
    assert [f.value for f in caught.value.faults] == ["banks", "toys"]
    assert "essential table" in str(caught.value)

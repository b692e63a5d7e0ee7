"""Essential inputs that hang on one supplier, by hand."""

from __future__ import annotations

import pytest

import valuechain as vc
from tests.conftest import network_of

LINKS = [
    ("s", "x", 1.0, "bolt"),
    ("s", "y", 2.0, "bolt"),
    ("s", "z", 3.0, "bolt"),
    ("t", "z", 4.0, "bolt"),
    ("t", "x", 5.0, "nut"),
    ("u", "y", 6.0, "paper"),
    ("x", "y", 7.0, "car"),
]
ESSENTIAL = [("bolt", "cars", 2), ("nut", "cars", 2)]
SECTORS = {"x": "cars", "y": "cars", "z": "cars"}


def rows(result) -> dict[tuple[str, str], dict[str, object]]:
    return result.table.set_index(["supplier", "product"]).to_dict("index")


def test_by_hand():
    network = network_of(LINKS, sector=SECTORS, essential=ESSENTIAL, firms={"output": {"x": 10.0, "y": 20.0}})
    result = vc.single_sourced_inputs(network)
    assert rows(result) == {
        ("s", "bolt"): {"buyers": 2, "buyers_value": 30.0, "flow": 3.0, "buyer_names": "y; x"},
        ("t", "nut"): {"buyers": 1, "buyers_value": 10.0, "flow": 5.0, "buyer_names": "x"},
    }
    assert result.table["supplier"].tolist() == ["s", "t"]  # most at stake first
    assert (result.slots, result.essential_slots) == (3, 4)  # z has two sources of bolts
    assert "3 of 4 essential needs (75%)" in result.notes[0]


def test_buyers_without_output_count_by_their_trade():
    result = vc.single_sourced_inputs(network_of(LINKS, sector=SECTORS, essential=ESSENTIAL))
    assert rows(result)["s", "bolt"]["buyers_value"] == 22.0  # x sells 7, more than it buys; y buys 15
    assert "give no output" in result.notes[-1]


def test_buyers_that_sell_nothing_are_not_worth_nothing():
    result = vc.single_sourced_inputs(network_of([("a", "b", 1.0), ("c", "b", 1.0)], essential_rule="all"))
    assert result.table["supplier"].tolist() == ["a", "c"]
    assert result.table["buyers_value"].tolist() == [2, 2]  # b buys 2; its output is not known


def test_buyers_that_are_worth_nothing():
    links, output = [("a", "b", 1.0), ("c", "b", 1.0)], {"a": 1.0, "b": 0.0, "c": 1.0}
    result = vc.single_sourced_inputs(network_of(links, essential_rule="all", firms={"output": output}))
    assert result.table["buyers_value"].tolist() == [0, 0]


def test_a_link_without_flow_is_no_source():
    links = [("s", "x", 1.0, "bolt"), ("t", "x", 0.0, "bolt"), ("u", "x", 0.0, "nut")]
    result = vc.single_sourced_inputs(network_of(links, essential_rule="all"))
    assert list(rows(result)) == [("s", "bolt")]
    assert result.essential_slots == 1


def test_what_a_firm_makes_for_itself_is_no_source():
    links = [("x", "x", 9.0, "bolt"), ("s", "x", 1.0, "bolt"), ("y", "y", 1.0, "nut"), ("x", "y", 1.0, "car")]
    result = vc.single_sourced_inputs(network_of(links, essential_rule="all"))
    assert set(rows(result)) == {("s", "bolt"), ("x", "car")}
    assert result.essential_slots == 2


def test_nothing_essential():
    result = vc.single_sourced_inputs(network_of(LINKS, essential_rule="none"))
    assert (len(result.table), result.slots, result.essential_slots) == (0, 0, 0)
    assert result.notes == ("No input is essential here, so no firm stops because one supplier fails.",)


def test_everything_has_two_sources():
    links = [("s", "x", 1.0, "bolt"), ("t", "x", 1.0, "bolt")]
    result = vc.single_sourced_inputs(network_of(links, essential_rule="all"))
    assert (len(result.table), result.slots, result.essential_slots) == (0, 0, 1)


def test_many_buyers_are_counted():
    links = [("s", f"b{k}", 1.0, "p") for k in range(8)]
    result = vc.single_sourced_inputs(network_of(links, essential_rule="all", firms={"output": {"b6": 5.0, "b3": 9.0}}))
    assert result.table["buyer_names"].iloc[0] == "b3; b6; b0; b1; b2 and 3 more"


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_ties_are_broken_by_buyers_then_id_in_any_currency(unit):
    links = [("t", "a", 0.3 * unit), ("s", "b", 0.3 * unit), ("s", "c", 0.1 * unit)]
    output = {"a": 0.3 * unit, "b": 0.1 * unit, "c": 0.2 * unit}  # 0.1 + 0.2 is a hair more than 0.3
    network = network_of(links, essential_rule="all", firms={"output": output})
    assert vc.single_sourced_inputs(network).table["supplier"].tolist() == ["s", "t"]

"""Independent sources by hand, where the number is a lower bound, and what is said of wrong choices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, ParameterError, UnknownNameError

LINKS = [
    ("mine", "s1", 1.0, "ore"),
    ("mine", "s2", 1.0, "ore"),
    ("s1", "zed", 1.0, "steel"),
    ("s2", "zed", 2.0, "steel"),
    ("c1", "zed", 1.0, "chip"),
    ("c2", "zed", 1.0, "chip"),
    ("c2", "c2", 1.0, "gas"),
    ("zed", "a", 1.0, "car"),
]
OUTPUT = {"mine": 1.0, "s1": 2.0, "s2": 3.0, "c1": 4.0, "c2": 5.0, "zed": 10.0, "a": 20.0}


def chain() -> vc.Network:
    base = network_of(LINKS, firms={"output": OUTPUT}, essential_rule="all")
    owner = pd.Series(["one" if f in {"c1", "c2"} else None for f in base.firms["firm"]], dtype="str")
    return vc.Network({**base.tables, "firms": base.firms.assign(owner=owner)}, dict(base.metadata))


def test_two_suppliers_that_hang_on_one_mine_are_one():
    result = vc.slot_redundancy(chain())
    assert result.table.to_numpy().tolist() == [
        ["zed", "steel", 2, 1, True, 1, "mine", 30.0, "one in fact"],
        ["a", "car", 1, 1, True, 2, "mine; zed", 20.0, "single source"],
        ["s2", "ore", 1, 1, True, 1, "mine", 3.0, "single source"],
        ["s1", "ore", 1, 1, True, 1, "mine", 2.0, "single source"],
        ["zed", "chip", 2, 2, True, 0, "", 30.0, "several"],
    ]
    assert (result.slots, result.single_source, result.one_in_fact, result.lower_bounds) == (5, 3, 1, 0)
    assert "zed buys steel from 2 suppliers that all hang on mine" in result.notes[1]


def test_suppliers_of_one_owner_are_one():
    table = vc.slot_redundancy(chain(), by="owner").table.set_index(["buyer", "product"])
    assert table.loc[("zed", "chip"), ["independent", "shared_points", "kind"]].tolist() == [
        1,
        "owner one",
        "one in fact",
    ]
    assert table.loc[("zed", "steel"), "shared_points"] == "mine"


def test_any_two_may_share_a_point_that_not_all_share():
    links = [(m, s, 1.0, f"ore {m}") for s, mines in (("s1", "xy"), ("s2", "yz"), ("s3", "zx")) for m in mines]
    links += [(s, "zed", 1.0, "steel") for s in ("s1", "s2", "s3")]
    result = vc.slot_redundancy(network_of(links, essential_rule="all"))
    row = result.table.iloc[0]
    assert (row["buyer"], row["independent"], row["shared"], row["kind"]) == ("zed", 1, 0, "one in fact")
    assert "any two of which hang on a common point" in result.notes[1]


def test_many_suppliers_have_a_lower_bound_that_says_so():
    names = [f"s{k:02d}" for k in range(70)]
    links = [(s, "zed", 1.0, "steel") for s in names]
    apart = vc.slot_redundancy(network_of(links, essential_rule="all"))
    assert apart.table[["independent", "exact"]].iloc[0].tolist() == [70, True]
    paired = links + [(f"m{k // 2}", s, 1.0, "ore") for k, s in enumerate(names)]
    bound = vc.slot_redundancy(network_of(paired, essential_rule="all"))
    row = bound.table[bound.table["buyer"] == "zed"].iloc[0]
    assert (row["independent"], row["exact"], bound.lower_bounds) == (35, False, 1)
    assert "independent is a lower bound for 1 need" in bound.notes[1]
    shared = links + [("m", s, 1.0, "ore") for s in names]
    one = vc.slot_redundancy(network_of(shared, essential_rule="all")).table.iloc[0]
    assert (one["independent"], one["exact"], one["shared_points"]) == (1, True, "m")


def test_up_to_63_suppliers_are_exact():
    rng = np.random.default_rng(5)
    names = [f"s{k:02d}" for k in range(60)]
    links = [(s, "zed", 1.0, "steel") for s in names]
    links += [(f"m{k % 20}", s, 1.0, "ore") for k, s in enumerate(rng.permutation(names))]
    row = vc.slot_redundancy(network_of(links, essential_rule="all")).table.set_index("buyer").loc["zed"]
    assert (row["independent"], row["exact"]) == (20, True)


def test_nothing_to_count():
    result = vc.slot_redundancy(network_of([("a", "a", 1.0, "x")], essential_rule="all"))
    assert (result.slots, len(result.table)) == (0, 0)
    assert "nothing to count" in result.notes[0]


def test_what_is_wrong_is_said():
    with pytest.raises(ParameterError, match="min_share 7 is not a fraction"):
        vc.slot_redundancy(chain(), min_share=7)
    with pytest.raises(UnknownNameError, match="has no column 'onwer'; did you mean 'owner'"):
        vc.slot_redundancy(chain(), by="onwer")
    with pytest.warns(DefaultWarning, match="does not say which inputs are essential"):
        vc.slot_redundancy(network_of([("a", "b", 1.0)]))

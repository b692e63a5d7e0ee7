"""Values as callers give them."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest

from valuechain.errors import ParameterError
from valuechain.values import FrozenTable, checked_path, listed_values, plain_number, plain_value, value_hash


@pytest.mark.parametrize(
    ("value", "plain"),
    [(np.int64(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True), (np.str_("a"), "a"), (np.array(2), 2)],
)
def test_values_of_numpy_become_plain(value, plain):
    assert plain_number(value) == plain
    assert type(plain_number(value)) is type(plain)
    assert type(plain_value({"a": (value,)})["a"][0]) is type(plain)


def test_a_table_in_a_table_is_frozen_and_its_source_is_not():
    source = {"correlation": {"country": 0.3}, "runs": [1]}
    table = plain_value(source)
    source["runs"].append(2)
    source["correlation"]["sector"] = 1.0
    assert table == {"correlation": {"country": 0.3}, "runs": [1]}
    with pytest.raises(TypeError, match="cannot be changed"):
        table["correlation"]["sector"] = 1.0
    assert isinstance(copy.deepcopy(table)["correlation"], FrozenTable)


@pytest.mark.parametrize("change", ["clear", "popitem", "update", "setdefault", "pop"])
def test_no_method_changes_a_frozen_table(change):
    with pytest.raises(TypeError, match="make a new one"):
        getattr(FrozenTable({"a": 1}), change)()


def test_equal_values_hash_alike():
    assert value_hash({"a": [1, {2}], "b": 1.0}) == value_hash({"b": 1, "a": [1.0, frozenset({2})]})
    assert value_hash([1, 2]) != value_hash([2, 1])
    assert value_hash(pd.DataFrame()) == 0


def test_one_value_is_a_list_of_it():
    assert listed_values("F17") == ["F17"]
    assert listed_values(np.array("F17")) == ["F17"]
    assert listed_values(pd.Index(["a", "b"])) == ["a", "b"]


@pytest.mark.parametrize("path", [5, None, b"a", ["a"]])
def test_what_is_no_path_is_told(path):
    with pytest.raises(ParameterError, match=r"file .* is no path; write"):
        checked_path(path, "file")

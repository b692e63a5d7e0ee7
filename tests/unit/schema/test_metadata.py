import datetime as dt
from typing import Any

import numpy as np
import pytest

from valuechain.schema import check_metadata

VALID = {"format": 1, "name": "x"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("year", 2024),
        ("year", np.int64(2024)),
        ("synthetic", True),
        ("essential_rule", "physical"),
        ("essential_rule", {"min_share": 0.02}),
        ("essential_rule", {"min_share": 0}),
        ("default_class", 2),
        ("decimal", ","),
        ("anything", [1, {"a": ["b", 2.5, False]}]),
    ],
)
def test_right_values(key: str, value: Any) -> None:
    kept, faults, notes = check_metadata({**VALID, key: value}, "network.toml")
    assert (faults, notes) == ([], [])
    assert kept[key] == value
    assert not isinstance(kept[key], np.generic)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("year", True),
        ("year", 2024.5),
        ("synthetic", 1),
        ("name", " "),
        ("name", "\ud800"),
        ("essential_rule", "most"),
        ("essential_rule", {"min_share": True}),
        ("essential_rule", {"min_share": float("nan")}),
        ("essential_rule", 3),
        ("default_class", 3),
        ("anything", None),
        ("anything", (1, 2)),
        ("anything", float("nan")),
        ("anything", dt.date(2024, 1, 1)),
        ("anything", {1: 2}),
        ("anything", ["\ud800"]),
    ],
)
def test_wrong_values(key: str, value: Any) -> None:
    _, faults, _ = check_metadata({**VALID, key: value}, "network.toml")
    assert [(fault.file, fault.column) for fault in faults] == [("network.toml", key)]


def test_a_misspelt_key_is_told_and_kept() -> None:
    kept, faults, notes = check_metadata({**VALID, "currrency": "EUR"}, "network.toml")
    assert faults == []
    assert kept["currrency"] == "EUR"
    assert notes == ["network.toml: key 'currrency' is not known and kept as it is; did you mean 'currency'?"]


def test_text_is_stripped() -> None:
    assert check_metadata({**VALID, "name": " x "}, "network.toml")[0]["name"] == "x"

"""Results: what they print and that any parser reads their JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.results import Result, as_json, as_json_data, plain


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Answer(Result):
    total: float
    inner: Result | None = None


def answer(**changes) -> Answer:
    table = pd.DataFrame({"firm": ["ü", None], "x": [np.nan, np.inf], "n": np.array([1, 2], dtype=np.int64)})
    given = {"table": table, "title": "T", "total": np.float64(2.5), "units": {"x": "kEUR"}, "notes": ("n",), **changes}
    return Answer(**given)


def strict(text: str):
    def refuse(word: str):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_has_no_nan_and_no_infinity():
    data = strict(as_json(answer(parameters={"a": float("nan"), "b": [np.float64("-inf"), 1], "c": {"d": np.nan}})))
    assert data["rows"] == [{"firm": "ü", "x": None, "n": 1}, {"firm": None, "x": None, "n": 2}]
    assert data["parameters"] == {"a": None, "b": [None, 1], "c": {"d": None}}
    assert (data["title"], data["total"], data["units"], data["notes"]) == ("T", 2.5, {"x": "kEUR"}, ["n"])


def test_json_keeps_full_precision():
    table = pd.DataFrame({"x": [0.1 + 0.2, 1 / 3, 5e-324]})
    assert [r["x"] for r in strict(as_json(answer(table=table)))["rows"]] == [0.1 + 0.2, 1 / 3, 5e-324]


def test_json_of_a_result_inside_a_result():
    data = strict(as_json(answer(inner=answer(title="inner"))))
    assert data["inner"]["title"] == "inner"
    assert data["inner"]["inner"] is None


def test_json_of_the_first_rows():
    assert len(as_json_data(answer(), rows=1)["rows"]) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.bool_(True), True),
        (False, False),
        (np.int32(3), 3),
        (np.float32(0.5), 0.5),
        (pd.NA, None),
        (pd.NaT, None),
        (None, None),
        ((1, np.nan), [1, None]),
        (np.array([[1.0, np.inf]]), [[1.0, None]]),
        ({1: "a"}, {"1": "a"}),
        (pd.Timestamp("2024-01-02"), "2024-01-02 00:00:00"),
    ],
)
def test_plain_values(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_results_are_frozen_and_say_what_they_are():
    result = answer()
    with pytest.raises(FrozenInstanceError):
        result.total = 3
    assert repr(result) == "<Answer 'T': 2 rows, total=np.float64(2.5)>"
    assert result.scalars == {"total": 2.5, "inner": None}


@pytest.mark.parametrize(
    "call",
    [
        vc.overview,
        vc.concentration,
        vc.single_sourced_inputs,
        vc.systemic_risk,
        vc.diagnose,
        lambda n: vc.cascade(n, {"a": 0.5}),
    ],
)
def test_every_result_is_json_and_states_what_it_rests_on(call):
    network = network_of(
        [("a", "b", 0.0), ("b", "c", 1.0)], firms={"output": {"b": 2.0}}, essential_rule="all", name="n"
    )
    result = call(network)
    assert strict(as_json(result))["rows"]
    assert result.parameters["network"] == "n"
    assert result.parameters["fingerprint"] == network.fingerprint
    assert result.title
    assert result.notes
    assert set(result.units) <= set(result.table.columns)
    assert len([v for v in result.scalars.values() if not isinstance(v, Result | None)]) <= 5

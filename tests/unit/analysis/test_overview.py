"""The overview: figures by hand, and what is missing."""

from __future__ import annotations

import pytest

import valuechain as vc
from tests.conftest import network_of


def items(result) -> dict[str, float]:
    return dict(zip(result.table["item"], result.table["value"], strict=True))


def test_figures_by_hand():
    links = [("a", "b", 1.0), ("b", "c", 2.0), ("c", "b", 4.0), ("c", "d", 8.0), ("x", "y", 16.0), ("i", "i", 0.0)]
    firms = {"country": {"a": "DEU", "b": "DEU", "x": "POL"}, "output": {"a": 5.0, "b": 7.0}}
    network = network_of(links, firms=firms, order=list("yxdcbai"), currency="kEUR", year=2024)
    result = vc.overview(network)
    figures = items(result)
    assert (result.firms, result.links, result.total_flow, result.components) == (7, 6, 31.0, 3)
    assert figures["firms in the largest part"] == 4
    assert figures["largest loop"] == 2  # b and c
    assert figures["firms without suppliers"] == 3  # a, x, and i whose flow is 0
    assert figures["firms without buyers"] == 3  # d, y, i
    assert figures["firms without links"] == 0
    assert (figures["countries"], figures["output"]) == (2, 12.0)
    assert figures["firms.country missing"] == 4
    assert figures["firms.output missing"] == 5
    meaning = dict(zip(result.table["item"], result.table["meaning"], strict=True))
    not_given = meaning["firms: columns not given"].split(", ")
    assert figures["firms: columns not given"] == len(not_given)
    assert {"revenue", "region", "owner"} <= set(not_given)
    assert not {"country", "output", "sector"} & set(not_given)
    units = dict(zip(result.table["item"], result.table["unit"], strict=True))
    assert units["total flow"] == units["output"] == "kEUR per year"
    assert "7 firms trade 31 kEUR per year in 2024 on 6 links." in result.notes


@pytest.mark.parametrize(
    ("metadata", "sentence", "said"),
    [
        ({}, "currency is not stated", True),
        ({"currency": "EUR"}, "currency is not stated", False),
        ({"synthetic": True}, "This network is invented", True),
        ({"synthetic": False}, "This network is invented", False),
    ],
)
def test_what_is_said(metadata, sentence, said):
    assert (sentence in " ".join(vc.overview(network_of([("a", "b", 1.0)], **metadata)).notes)) is said


def test_members_and_products_are_counted():
    figures = items(vc.overview(vc.example("baltic_mobility")))
    assert (figures["products"], figures["clusters"], figures["owners"], figures["countries"]) == (62, 12, 13, 8)
    assert figures["regions"] == 50
    assert figures["largest loop"] == 212  # README of the example: firms on common loops

"""Slots: one buyer's need for one product."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import network_of
from valuechain.slots import _ordered, slots_of

LINKS = [
    ("s2", "j", 3.0, "q"),
    ("s1", "j", 1.0, "p"),
    ("s2", "i", 9.0, "p"),
    ("s3", "j", 2.0, "p"),
    ("s1", "j", 4.0, "q"),
]


@pytest.fixture
def network():
    return network_of(LINKS, order=["s3", "j", "s1", "i", "s2"])


def test_slots_by_hand(network):
    slots = slots_of(network)
    named = list(zip(network.firm_ids[slots.buyer], network.products[slots.product], slots.flow, strict=True))
    assert named == [("j", "p", 3.0), ("j", "q", 7.0), ("i", "p", 9.0)]  # by buyer's position, then product
    assert slots.of_link.tolist() == [1, 0, 2, 0, 1]
    assert len(slots) == 3


def test_links_of_a_slot(network):
    slots = slots_of(network)
    for k in range(len(slots)):
        links = slots.order[slots.start[k] : slots.start[k + 1]]
        assert (slots.of_link[links] == k).all()
        assert slots.flow[k] == network.flow[links].sum()
        assert (np.diff(network.supplier[links]) > 0).all()
    assert sorted(slots.order.tolist()) == list(range(network.n_links))


def test_sectors_stand_for_products():
    network = network_of([("a", "z", 1.0), ("b", "z", 2.0), ("c", "z", 4.0)], sector={"a": "s", "c": "s"})
    slots = slots_of(network)
    assert dict(zip(network.products[slots.product], slots.flow, strict=True)) == {"s": 5.0, "b": 2.0}


def test_slots_cannot_be_changed(network):
    slots = slots_of(network)
    for part in (slots.buyer, slots.product, slots.flow, slots.order, slots.start, slots.of_link):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0


def test_links_are_ordered_alike_where_one_number_cannot_hold_the_key():
    rng = np.random.default_rng(3)
    supplier, key = rng.integers(0, 5, 60), rng.integers(0, 4, 60)
    small = _ordered(supplier, key, 5)
    assert small.tolist() == sorted(range(60), key=lambda k: (key[k], supplier[k], k))
    assert _ordered(supplier, key * 2**60, 5).tolist() == small.tolist()

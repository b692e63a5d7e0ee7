import random

import numpy as np

from valuechain.report.layout import coordinates


def ring(n):
    return np.arange(n), (np.arange(n) + 1) % n


def distances(places, radius):
    way = places[:, None, :] - places[None, :, :]
    gap = np.hypot(way[..., 0], way[..., 1]) - radius[:, None] - radius[None, :]
    return gap[np.triu_indices(len(radius), 1)]


def test_the_same_every_time_and_no_random_number_of_others_is_used():
    supplier, buyer = ring(50)
    random.seed(1)
    before = random.getstate()
    first = coordinates(supplier, buyer, np.full(50, 6.0))
    assert random.getstate() == before
    assert (first == coordinates(supplier, buyer, np.full(50, 6.0))).all()


def test_firms_do_not_overlap():
    source = np.random.default_rng(5)
    supplier, buyer = source.integers(0, 200, 500), source.integers(0, 200, 500)
    radius = source.uniform(5, 25, 200)
    assert distances(coordinates(supplier, buyer, radius), radius).min() > 0


def test_parts_and_lone_firms_do_not_overlap():
    supplier = np.array([0, 1, 3, 4, 6])
    buyer = np.array([1, 2, 4, 5, 7])
    radius = np.full(14, 9.0)
    places = coordinates(supplier, buyer, radius)
    assert distances(places, radius).min() > 0
    assert len(set(places[8:, 1])) <= 2


def test_nothing_one_and_only_lone_firms():
    none = np.zeros(0, dtype=np.int64)
    assert coordinates(none, none, np.zeros(0)).shape == (0, 2)
    assert coordinates(none, none, np.ones(1)).shape == (1, 2)
    assert len(np.unique(coordinates(none, none, np.full(9, 5.0)), axis=0)) == 9


def test_a_firm_that_trades_with_itself_only():
    assert coordinates(np.array([0, 0]), np.array([0, 1]), np.full(2, 5.0)).shape == (2, 2)
    assert coordinates(np.array([0]), np.array([0]), np.full(2, 5.0)).shape == (2, 2)

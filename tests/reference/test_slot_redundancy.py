"""Independent sources of every need against all subsets of its suppliers, on random networks of up to 12 firms.

VALUECHAIN_NETWORKS=2000 tries as many as were tried when this was written; fewer are enough for every day.
"""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest

from tests.reference.brute_needs import Chain, network_from, random_tables
from valuechain.analysis.slot_redundancy import slot_redundancy

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

NETWORKS = int(os.environ.get("VALUECHAIN_NETWORKS", "60"))
SHARES = (0.0, 0.4, 0.0, 2 / 3, 0.0, 1.0)


def most_apart(sets):
    """Return how many of some sets are pairwise disjoint at most, every choice tried."""
    for k in range(len(sets), 0, -1):
        for chosen in combinations(sets, k):
            if sum(map(len, chosen)) == len(set().union(*chosen)):
                return k
    return 0


@pytest.mark.parametrize("by", ["firm", "owner"])
def test_independent_sources_are_those_of_the_definition(by):
    rng = np.random.default_rng(31)
    kinds = set()
    for k in range(NETWORKS):
        tables = random_tables(rng)
        owner = tables["firms"].groupby("owner")["firm"].agg(set).to_dict()
        if by == "owner" and not owner:
            continue
        network, chain = network_from(tables), Chain(tables, SHARES[k % 6])
        units = {f: {f} for f in chain.firms}
        if by == "owner":
            units |= {f"owner {o}": firms for o, firms in owner.items()}
        down = {u: chain.down(firms) for u, firms in units.items()}
        hangs = {f: {u for u, lost in down.items() if f in lost} for f in chain.firms}
        table = slot_redundancy(network, by=by, min_share=SHARES[k % 6]).table.set_index(["buyer", "product"])
        assert len(table) == sum(bool(s) for slots in chain.slots.values() for s in slots)
        for buyer in chain.firms:
            for slot, product in zip(chain.slots[buyer], chain.products[buyer], strict=True):
                if not slot:
                    continue
                row = table.loc[(buyer, product)]
                shared = set.intersection(*(hangs[s] for s in slot))
                assert (row.suppliers, row.shared, row.exact) == (len(slot), len(shared), True)
                assert row.independent == most_apart([hangs[s] for s in slot]), (k, buyer, product)
                names = row.shared_points.split(" and ")[0].split("; ") if shared else []
                assert set(names) <= shared
                assert len(names) == min(5, len(shared))
                kinds.add(row.kind)
    assert kinds == {"one in fact", "single source", "several"}

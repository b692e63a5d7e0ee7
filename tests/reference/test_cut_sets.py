"""Minimal cut sets of one to three members against all sets, tried one by one, on random networks of up to 12 firms.

VALUECHAIN_NETWORKS=2000 tries as many as were tried when this was written; fewer are enough for every day.
"""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from tests.conftest import network_of
from tests.reference.brute_needs import Chain, network_from, random_tables
from valuechain.analysis.cut_sets import cut_sets

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

NETWORKS = int(os.environ.get("VALUECHAIN_NETWORKS", "36"))
SHARES = (0.0, 0.4, 0.0, 2 / 3, 0.0, 1.0)


def with_clusters(tables, rng):
    """Add two clusters of some firms each."""
    firms = tables["firms"]["firm"]
    rows = [(f, c) for c in ("alpha", "beta") for f in rng.choice(firms, int(rng.integers(1, 4)))]
    members = pd.DataFrame(rows, columns=["firm", "cluster"], dtype="str").drop_duplicates()
    clusters = pd.DataFrame({"cluster": pd.Series(["alpha", "beta"], dtype="str")})
    return {**tables, "members": members, "clusters": clusters}


def targets(chain, tables, rng):
    """Draw a firm, a product and a cluster, as (what cut_sets is asked, is it stopped?, firms that are no members)."""
    firm = str(rng.choice(chain.firms))
    yield {"target": firm, "kind": "firm"}, lambda works: firm not in works, {firm}
    if chain.makers:
        product = str(rng.choice(sorted(chain.makers)))
        yield {"target": product, "kind": "product"}, lambda works: not chain.makers[product] & works, set()
    cluster = str(rng.choice(["alpha", "beta"]))
    members = set(tables["members"]["firm"][tables["members"]["cluster"] == cluster])
    yield {"target": cluster, "kind": "cluster"}, lambda works: not members & works, set()
    any_of = {"target": cluster, "kind": "cluster", "cluster_stops": "any"}
    yield any_of, lambda works: not members <= works, members


def by_trial(chain, is_stopped, units, size, semantics):
    """Return all minimal cut sets, each set of up to ``size`` units made to fail."""
    alive = set(chain.firms) if semantics == "propagation" else chain.built()
    if is_stopped(alive):
        return None
    found = set()
    for k in range(1, size + 1):
        for chosen in map(frozenset, combinations(sorted(units), k)):
            if not any(f <= chosen for f in found):
                failed = set().union(*(units[u] for u in chosen))
                if is_stopped(alive - chain.lost(failed, semantics)):
                    found.add(chosen)
    return found


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
@pytest.mark.parametrize("by", ["firm", "owner"])
def test_cut_sets_are_those_of_the_definition(semantics, by):
    rng = np.random.default_rng(11)
    sizes = np.zeros(4, dtype=int)
    for k in range(NETWORKS):
        tables = with_clusters(random_tables(rng), rng)
        owner = tables["firms"].groupby("owner")["firm"].agg(set).to_dict()
        if by == "owner" and not owner:
            continue
        network, chain = network_from(tables), Chain(tables, SHARES[k % 6])
        for asked, is_stopped, own in targets(chain, tables, rng):
            given = owner if by == "owner" else {f: {f} for f in chain.firms}
            units = {u: firms for u, firms in given.items() if not firms & own}
            wanted = by_trial(chain, is_stopped, units, 3, semantics)
            result = cut_sets(network, **asked, size=3, by=by, semantics=semantics, min_share=SHARES[k % 6])
            found = [frozenset(s) for s in result.sets]
            assert result.exact, (k, asked)
            assert len(found) == len(set(found)), (k, asked)
            assert set(found) == (wanted or set()), (k, asked)
            smallest = min((len(s) for s in found), default=3)
            assert result.connectivity == (0 if wanted is None else smallest), (k, asked)
            sizes += np.bincount([len(s) for s in found], minlength=4)
            check_values(result, tables, network, chain, given, semantics)
    assert (sizes[1 : 4 if by == "firm" else 3] > 0).all()  # there is something to find of every size


def check_values(result, tables, network, chain, units, semantics):
    output = dict(zip(tables["firms"]["firm"], tables["firms"]["output"], strict=True))
    traded = np.maximum(network.sales, network.purchases)
    trade = dict(zip(network.firm_ids, traded, strict=True))
    value = {f: trade[f] if np.isnan(v) else v for f, v in output.items()}
    for row, members in zip(result.table.itertuples(), result.sets, strict=True):
        failed = set().union(*(units[m] for m in members))
        stopped = chain.lost(failed, semantics) - failed
        single = [chain.lost(units[m], semantics) for m in members]
        together = stopped - set().union(*single) if len(members) > 1 else set()
        assert (row.stops, row.stops_together) == (len(stopped), len(together))
        assert row.value_stopped == pytest.approx(sum(value[f] for f in stopped))
        assert row.synergy == pytest.approx(sum(value[f] for f in together))


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
@pytest.mark.parametrize("bound", [{"limit": 1}, {"budget": 12}, {"budget": 45}, {"budget": 70}])
def test_a_bound_that_is_met_is_said_and_what_is_listed_is_right(bound, semantics):
    sources = {"p": "ab", "q": "cd", "r": "efg", "s": "h", "t": "ijk", "u": "lm"}
    links = [(s, "z", 1.0, p) for p, suppliers in sources.items() for s in suppliers] + [("a", "c", 1.0, "v")]
    network = network_of(links, essential_rule="all")
    whole = cut_sets(network, "z", size=3, semantics=semantics)
    assert whole.exact
    assert len(whole.sets) == 7
    part = cut_sets(network, "z", size=3, semantics=semantics, **bound)
    assert (part.truncated, part.exact) == (True, False)
    assert set(part.sets) < set(whole.sets)
    assert {s for s in whole.sets if len(s) <= part.exact_up_to} <= set(part.sets)
    assert part.connectivity in {None, 1}
    assert any("ended early" in note for note in part.notes)

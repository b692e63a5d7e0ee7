"""What stops by whom, when and why, and whom a firm hangs on, against sets on random networks of up to 12 firms.

VALUECHAIN_NETWORKS=2000 tries as many as were tried when this was written; fewer are enough for every day.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.reference.brute_needs import Chain, network_from, random_tables
from valuechain.analysis.hangs_on import hangs_on
from valuechain.analysis.stopped_by import stopped_by

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

NETWORKS = int(os.environ.get("VALUECHAIN_NETWORKS", "40"))
SHARES = (0.0, 0.4, 0.0, 2 / 3, 0.0, 1.0)


def lacking(chain, firm, works):
    """Return the products of which a firm has too little when these firms work."""
    slots = zip(chain.slots[firm], chain.products[firm], strict=True)
    return sorted(p for s, p in slots if not chain.is_met(s, works) and (s or works != set(chain.firms)))


def check_row(row, chain, failed, lost, semantics):
    never = set() if semantics == "propagation" else set(chain.firms) - chain.built()
    sweep = chain.sweeps(failed | never)
    before = {f for f, k in sweep.items() if k < sweep.get(row.firm, 99)}
    if row.firm in sweep:
        assert row.sweep == sweep[row.firm]
    else:
        assert np.isnan(row.sweep)
        before = failed | never | lost
    outside = [p for p in lacking(chain, row.firm, set(chain.firms) - before) if sources(chain, row.firm, p)]
    assert row.product == outside[0]
    assert row.suppliers == "; ".join(sorted(sources(chain, row.firm, row.product) & before))
    end = lacking(chain, row.firm, set(chain.firms) - failed - never - lost)
    assert row.needs_lost == len([p for p in end if sources(chain, row.firm, p)])


def sources(chain, firm, product):
    return set(chain.slots[firm][chain.products[firm].index(product)])


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_what_stops_when_firms_fail(semantics):
    rng = np.random.default_rng(21)
    loops = 0
    for k in range(NETWORKS):
        tables = random_tables(rng)
        network, chain = network_from(tables), Chain(tables, SHARES[k % 6])
        owner = tables["firms"].groupby("owner")["firm"].agg(set).to_dict()
        asked = [(list(rng.choice(chain.firms, n)), "firm") for n in (1, 1, 2)]
        asked += [([o], "owner") for o in list(owner)[:1]]
        for names, by in asked:
            failed = set(names) if by == "firm" else owner[names[0]]
            result = stopped_by(network, names, by=by, semantics=semantics, min_share=SHARES[k % 6])
            lost = chain.lost(failed, semantics) - failed
            assert set(result.table["firm"]) == lost
            assert result.products == "; ".join(sorted(chain.dead_products(failed, semantics)))
            for row in result.table.itertuples():
                check_row(row, chain, failed, lost, semantics)
            loops += int(result.table["sweep"].isna().sum())
    assert semantics == "ground-up" or not loops


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_whom_a_firm_hangs_on(semantics):
    rng = np.random.default_rng(22)
    seen = 0
    for k in range(NETWORKS):
        tables = random_tables(rng)
        network, chain = network_from(tables), Chain(tables, SHARES[k % 6])
        owner = tables["firms"].groupby("owner")["firm"].agg(set).to_dict()
        firm = str(rng.choice(chain.firms))
        for by, units in (("firm", {f: {f} for f in chain.firms}), ("owner", owner)):
            if not units:
                continue
            lost = {u: chain.lost(firms, semantics) for u, firms in units.items() if firm not in firms}
            result = hangs_on(network, firm, by=by, semantics=semantics, min_share=SHARES[k % 6])
            assert set(result.table.iloc[:, 0]) == {u for u, down in lost.items() if firm in down}
            for row in result.table.itertuples():
                what = stopped_by(network, row[1], by=by, semantics=semantics, min_share=SHARES[k % 6])
                same = what.table.set_index("firm").loc[firm]
                assert (row.stops, row.product) == (what.stops, same["product"])
                assert row.sweep == same["sweep"] or (np.isnan(row.sweep) and np.isnan(same["sweep"]))
                assert row.value_stopped == pytest.approx(what.value_stopped)
                seen += 1
    assert seen > NETWORKS / 4

"""Every firm's and every owner's stopped set against sets, on random networks of up to 12 firms.

VALUECHAIN_NETWORKS=2000 tries as many as were tried when this was written; fewer are enough for every day.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.reference.brute_needs import Chain, network_from, random_tables
from valuechain.analysis.needs import measures_of
from valuechain.analysis.single_points import single_points_of_failure
from valuechain.analysis.stops import stopped
from valuechain.models.cascade_groups import firm_groups

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

NETWORKS = int(os.environ.get("VALUECHAIN_NETWORKS", "150"))
SHARES = (0.0, 0.4, 2 / 3, 1.0)


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_every_stopped_set_is_that_of_the_definition(semantics):
    rng = np.random.default_rng(7)
    seen = 0
    for k in range(NETWORKS):
        tables = random_tables(rng)
        network = network_from(tables)
        measures = measures_of(network)
        share = 0.0 if k % 2 else SHARES[1 + k // 2 % 3]
        chain = Chain(tables, share)
        value = dict(zip(network.firm_ids, measures.whole[:, 0] * measures.unit[0], strict=True))
        found = stopped(network, measures, semantics=semantics, groups=None, min_share=share)
        sets = {f: chain.lost({f}, semantics) for f in network.firm_ids}
        dead = [len(chain.dead_products({f}, semantics)) for f in network.firm_ids]
        assert found.stops.tolist() == [len(s - {f}) for f, s in sets.items()], (k, share)
        assert found.products.tolist() == dead, (k, share)
        hang = [sum(j in s for f, s in sets.items() if f != j) for j in network.firm_ids]
        assert found.hang.tolist() == hang, (k, share)
        np.testing.assert_allclose(
            found.sums[:, 0] * measures.unit[0], [sum(value[j] for j in s - {f}) for f, s in sets.items()], atol=1e-12
        )
        seen += int(found.stops.sum())
    assert seen > NETWORKS  # the networks are not so dense that nothing ever stops


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_every_owner_is_that_of_the_definition(semantics):
    rng = np.random.default_rng(8)
    for k in range(NETWORKS // 2):
        tables = random_tables(rng)
        if tables["firms"]["owner"].isna().all():
            continue
        network = network_from(tables)
        measures = measures_of(network)
        share = 0.0 if k % 2 else SHARES[1 + k // 2 % 3]
        chain = Chain(tables, share)
        groups = firm_groups(network, "owner")
        found = stopped(network, measures, semantics=semantics, groups=groups, min_share=share)
        owners = tables["firms"].groupby("owner")["firm"].agg(set)
        sets = [chain.lost(owners[o], semantics) - owners[o] for o in owners.index]
        assert list(owners.index) == list(groups.labels[: len(owners)])
        assert found.stops.tolist() == [len(s) for s in sets], (k, share)
        dead = [len(chain.dead_products(owners[o], semantics)) for o in owners.index]
        assert found.products.tolist() == dead, (k, share)


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_the_table_says_what_the_sets_are(semantics):
    rng = np.random.default_rng(9)
    for _ in range(40):
        tables = random_tables(rng)
        chain, network = Chain(tables), network_from(tables)
        result = single_points_of_failure(network, semantics=semantics)
        employees = tables["firms"].set_index("firm")["employees"]
        for row in result.table.itertuples(index=False):
            stopped_firms = chain.lost({row.firm}, semantics) - {row.firm}
            others = (chain.built() if semantics == "ground-up" else set(chain.firms)) - {row.firm}
            direct = {j for j in stopped_firms if not all(chain.is_met(s, others) for s in chain.slots[j] if s)}
            kind = "none" if not stopped_firms else "single source" if direct == stopped_firms else "through others"
            assert (row.stops, row.direct, row.kind) == (len(stopped_firms), len(direct), kind)
            dead = sorted(chain.dead_products({row.firm}, semantics))
            assert (row.products, row.products_lost) == ("; ".join(dead), len(dead))
            if hasattr(row, "employees_stopped"):
                known = employees[list(stopped_firms)].dropna()
                assert row.employees_unknown == len(stopped_firms) - len(known)
                if len(known) or not stopped_firms:
                    assert row.employees_stopped == pytest.approx(known.sum())
                else:
                    assert np.isnan(row.employees_stopped)
            if semantics == "ground-up":
                assert row.derivable == (row.firm in chain.built())

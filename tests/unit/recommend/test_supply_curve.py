"""Activity and worth of new suppliers by linear systems, against coming down firm by firm and closed forms."""

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from valuechain.recommend import at_rest, screening
from valuechain.recommend.economy import activity_of, economy_of
from valuechain.recommend.screening import ANY, screened
from valuechain.recommend.supply_curve import CLOSE

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@pytest.fixture
def ways(monkeypatch):
    """Return a function that has everything worked out firm by firm (False) or by linear systems (True)."""

    def choose(systems):
        monkeypatch.setattr(at_rest, "UPDATES_A_SLOT", 0 if systems else 10**9)
        monkeypatch.setattr(screening, "FEW_UPDATES", 0 if systems else 2**62)

    return choose


def drawn(rng):
    """Return a network full of loops, with shares, outputs and spare capacities that often tie."""
    n = int(rng.integers(3, 16))
    a, b = rng.integers(0, n, (2, 4 * n))
    links = pd.DataFrame({"supplier": a, "buyer": b, "product": rng.choice(list("abc"), 4 * n)})[a != b]
    links = links.sample(int(rng.integers(n, 4 * n)), replace=True, random_state=int(rng.integers(1000)))
    links = links.drop_duplicates().assign(flow=lambda t: rng.choice([1.0, 2.0, 3.0, 5.5], len(t)))
    links[["supplier", "buyer"]] = "f" + links[["supplier", "buyer"]].astype(str)
    firms = pd.DataFrame({"firm": [f"f{i}" for i in rng.permutation(n)], "sector": "s"})
    firms["output"] = rng.choice([10.0, 20.0, 50.0], n)
    return vc.Network.from_tables(firms, links, name="loops", currency="EUR", essential_rule="all")


def test_linear_systems_find_what_coming_down_firm_by_firm_finds(ways):
    rng, useful = np.random.default_rng(7), 0
    for _ in range(60):
        eco = economy_of(drawn(rng), spare_share=float(rng.choice([0.05, 0.2, 1.0, 3.0])))
        n = eco.network.n_firms
        left = np.where(rng.random((2, n)) < 0.3, rng.choice([0.0, 0.25, 0.5, 0.9], (2, n)), 1.0)
        slot, firm = (a.ravel() for a in np.meshgrid(np.arange(eco.n_slots), np.arange(ANY, n)))
        spare = np.where(firm == ANY, np.inf, eco.spare[firm])
        found = []
        for systems in (False, True):
            ways(systems)
            base = activity_of(eco, left)
            found.append((base, screened(eco, left, base, slot=slot, firm=firm, spare=spare)))
        (base, slow), (same, quick) = found
        np.testing.assert_allclose(same, base, atol=1e-9)
        np.testing.assert_allclose(quick.cut, slow.cut, rtol=1.1 * CLOSE, atol=1e-6)
        np.testing.assert_allclose(quick.own, slow.own, rtol=1.1 * CLOSE, atol=1e-6)
        helps = slow.cut > 1e-6
        np.testing.assert_allclose(quick.given[helps], slow.given[helps], rtol=1e-4, atol=1e-7)
        useful += int(helps.sum())
    assert useful > 3000


def leaking_loop(leak):
    """Return a loop of A, B and C that M feeds: of what B needs, a part ``leak`` comes from M. P could feed B too."""
    firms = pd.DataFrame(
        {"firm": ["C", "M", "A", "P", "B"], "sector": "s", "output": [100.0, 30.0, 100.0, 100.0, 100.0]}
    )
    links = [
        ("A", "B", "x", 100 * (1 - leak)),
        ("M", "B", "x", 100 * leak),
        ("B", "C", "y", 50.0),
        ("C", "A", "z", 70.0),
    ]
    table = pd.DataFrame(links, columns=["supplier", "buyer", "product", "flow"])
    return vc.Network.from_tables(firms, table, name="loop", currency="EUR", essential_rule="all")


@pytest.mark.parametrize("leak", [0.5, 1e-3, 1e-6])
def test_a_loop_that_hardly_leaks_falls_to_what_feeds_it_and_rises_with_a_partner(ways, leak):
    # b = (1 - leak) b + leak m: however small the leak, all of the loop makes what M makes, 0.2. A partner that gives t
    # of the need adds t / leak; what is left to gain is 0.8.
    ways(systems=True)
    eco = economy_of(leaking_loop(leak), spare_share=0.25 * leak)
    ids = eco.network.firm_ids.tolist()
    left = np.ones((1, 5))
    left[0, ids.index("M")] = 0.2
    base = activity_of(eco, left)
    loop = [ids.index(f) for f in "ABC"]
    assert base[0, loop] == pytest.approx(0.2, abs=1e-7)
    slot = np.flatnonzero(eco.graph.slot_buyer == ids.index("B"))
    firm, spare = np.array([ids.index("P"), ANY]), np.array([100 * 0.25 * leak, np.inf])
    found = screened(eco, left, base, slot=np.repeat(slot, 2), firm=firm, spare=spare)
    assert found.cut[0] == pytest.approx([300 * 0.25, 300 * 0.8], rel=1e-5)
    assert found.own[0] == pytest.approx([25, 80], rel=1e-5)
    assert found.given[0] == pytest.approx([25 * leak, 80 * leak], rel=1e-5)


def test_where_too_many_firms_are_held_otherwise_new_systems_say_the_same(ways, monkeypatch):
    ways(systems=True)
    rng = np.random.default_rng(3)
    eco = economy_of(drawn(rng), spare_share=0.2)
    n = eco.network.n_firms
    left = np.where(rng.random((4, n)) < 0.4, 0.25, 1.0)
    slot, firm = (a.ravel() for a in np.meshgrid(np.arange(eco.n_slots), np.arange(ANY, n)))
    spare = np.where(firm == ANY, np.inf, eco.spare[firm])
    base = activity_of(eco, left)
    usual = screened(eco, left, base, slot=slot, firm=firm, spare=spare)
    monkeypatch.setattr(screening, "MEMORY_FOR_REPLIES", 0)
    monkeypatch.setattr(screening, "LEAST_REPLIES", 1)
    anew = screened(eco, left, base, slot=slot, firm=firm, spare=spare)
    assert (usual.cut > 1e-6).sum() > 20
    np.testing.assert_allclose(anew.cut, usual.cut, rtol=1.1 * CLOSE, atol=1e-9)

"""Where inputs come from: chains by hand, and the dense inverse of Leontief's matrix."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, InvalidDataError, ParameterError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")

# Tier 1: r (DEU) 4, s (no country) 1. Tier 2, for all of r's output: m (CHN) 3.
CHAIN = [("r", "j", 4.0), ("s", "j", 1.0), ("m", "r", 3.0)]
COUNTRIES = {"j": "FRA", "r": "DEU", "m": "CHN"}
OUTPUT = {"j": 10.0, "r": 4.0, "s": 1.0, "m": 3.0}


@pytest.fixture
def chain():
    return network_of(CHAIN, firms={"country": COUNTRIES, "output": OUTPUT})


def rows(result, key="group"):
    return result.table.set_index(key)


def test_a_chain_by_hand(chain):
    result = vc.supplier_exposure(chain, buyer="j")
    table = rows(result)
    assert table["full_value"].to_dict() == {"DEU": 4, "CHN": 3, "(not known)": 1}
    assert table["full_share"].to_dict() == pytest.approx({"DEU": 4 / 8, "CHN": 3 / 8, "(not known)": 1 / 8})
    assert table["direct_share"].to_dict() == pytest.approx({"DEU": 4 / 5, "CHN": 0, "(not known)": 1 / 5})
    assert table.loc["CHN", "hidden_share"] == pytest.approx(3 / 8)
    words = " ".join(result.notes)
    assert "50% of the inputs of buyer j come, through all tiers, from Germany (DEU)" in words
    assert "Most hidden: China (CHN), 38% through the tiers and 0% directly" in words
    assert "12% come from firms whose country is not known" in words


def test_tiers_end_the_look(chain):
    assert rows(vc.supplier_exposure(chain, buyer="j", tiers=1))["full_share"].to_dict() == pytest.approx(
        {"DEU": 0.8, "(not known)": 0.2}
    )


def test_every_buyer(chain):
    table = rows(vc.supplier_exposure(chain), "firm")
    assert set(table.index) == {"j", "r"}
    assert (table.loc["j", "largest"], table.loc["j", "full_share"]) == ("DEU", pytest.approx(0.5))
    assert (table.loc["r", "largest"], table.loc["r", "full_share"]) == ("CHN", 1)
    assert table.loc["j", "unknown_share"] == pytest.approx(1 / 8)
    assert table.loc["j", "own_share"] == 0


def random_network(seed: int):
    draw = np.random.default_rng(seed)
    n = 9
    flows = np.where(draw.random((n, n)) < 0.4, draw.integers(1, 20, (n, n)), 0).astype(float)
    flows[0, 1] = 5.0
    output = np.maximum(flows.sum(axis=0), flows.sum(axis=1)) * 1.3 + 1
    ids = [f"f{k}" for k in draw.permutation(n)]
    links = [(ids[i], ids[j], flows[i, j]) for i in range(n) for j in range(n) if flows[i, j]]
    country = {f: str(draw.choice(["DEU", "FRA", "CHN"])) for f in ids[:-1]}
    net = network_of(links, firms={"country": country, "output": dict(zip(ids, output, strict=True))}, order=ids)
    return net, flows, output, ids, [country.get(f, "(not known)") for f in ids]


@pytest.mark.parametrize("seed", range(8))
def test_against_the_dense_inverse(seed):
    net, flows, output, ids, country = random_network(seed)
    inverse = np.linalg.inv(np.eye(9) - flows / output)
    every = rows(vc.supplier_exposure(net), "firm")
    for j, firm in enumerate(ids):
        outside = flows[:, j].copy()
        outside[j] = 0.0
        if not outside.any():
            assert firm not in every.index
            continue
        behind = pd.Series(inverse @ outside).groupby(country).sum()
        shares = behind / behind.sum()
        found = rows(vc.supplier_exposure(net, buyer=firm))["full_share"]
        for group, share in shares[shares > 0].items():
            assert found[group] == pytest.approx(share, rel=1e-9), (firm, group)
        if not flows[j, j]:
            # (E - I) of the design: without supply to itself they are the same.
            column = pd.Series((inverse - np.eye(9))[:, j]).groupby(country).sum()
            np.testing.assert_allclose(shares, column / column.sum(), rtol=1e-9)
        others = shares.drop([country[j], "(not known)"], errors="ignore")
        best = every.loc[firm]
        if len(others) and others.max() > 0:
            assert best["full_share"] == pytest.approx(others.max(), rel=1e-9)
            assert best["largest"] == others.idxmax()


def test_a_cluster_buys_from_others():
    firms = pd.DataFrame({"firm": ["b", "a", "s", "t"], "sector": ["q", "q", "z", "z"], "output": [20.0, 20, 20, 20]})
    links = pd.DataFrame([("a", "b", 5.0), ("s", "a", 3.0), ("t", "b", 1.0)], columns=["supplier", "buyer", "flow"])
    members = pd.DataFrame({"firm": ["a", "b"], "cluster": "k"})
    net = vc.Network.from_tables(firms, links, members=members, clusters=pd.DataFrame({"cluster": ["k"]}))
    table = rows(vc.supplier_exposure(net, cluster="k", by="firm"))
    assert table["full_share"].to_dict() == pytest.approx({"s": 0.75, "t": 0.25})  # a's sales to b are inside
    with pytest.raises(
        UnknownNameError, match=r"cluster 'kk' has no member.*clusters with members are k|did you mean 'k'"
    ):
        vc.supplier_exposure(net, cluster="kk")


def test_a_loop_that_uses_up_all_it_makes_is_told():
    loop = network_of([("a", "b", 5.0), ("b", "a", 5.0), ("b", "c", 0.0), ("a", "z", 0.0), ("s", "a", 0.5)])
    with pytest.raises(InvalidDataError, match=r"use up among themselves all they make.*\('a', 'b'\).*tiers=10"):
        vc.supplier_exposure(loop, buyer="a")
    assert len(vc.supplier_exposure(loop, buyer="a", by="firm", tiers=4).table)


def test_a_slow_loop_is_added_up_to_the_end():
    # a and b keep 0.4 % of what they make: the sum is long, but ends.
    net = network_of([("a", "b", 0.998), ("b", "a", 0.996)], firms={"output": {"a": 1.0, "b": 1.0}})
    value = rows(vc.supplier_exposure(net, buyer="b", by="firm"))["full_value"]
    assert value["a"] == pytest.approx(0.998 / (1 - 0.998 * 0.996), rel=1e-9)


def test_a_default_is_said_once():
    net = network_of(CHAIN, firms={"country": COUNTRIES})
    with pytest.warns(DefaultWarning, match="4 of 4 firms give no output"):
        vc.supplier_exposure(net, buyer="j")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vc.supplier_exposure(net)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"buyer": "j", "cluster": "k"}, ParameterError, "name one of them"),
        ({"by": "firm"}, ParameterError, "needs a buyer or a cluster"),
        ({"buyer": "m"}, InvalidDataError, "buyer m buys nothing from other firms"),
        ({"buyer": "jj"}, UnknownNameError, "firm 'jj' is not in network"),
        ({"buyer": "j", "by": "cuontry"}, UnknownNameError, "did you mean 'country'"),
        ({"tiers": 0}, ParameterError, "whole number of 1 or more"),
        ({"tiers": 1.5}, ParameterError, "whole number of 1 or more"),
    ],
)
def test_what_is_refused(chain, options, error, words):
    with pytest.raises(error, match=words):
        vc.supplier_exposure(chain, **options)


def test_reach_by_hand(chain):
    up = vc.reach(chain, "j").table
    assert up["firms"].tolist() == [2, 1]
    assert up["countries"].tolist() == [1, 1]
    assert up["countries_total"].tolist() == [1, 2]
    assert up["unknown_country"].tolist() == [1, 0]
    assert up["tier_value"].tolist() == [5, 3]
    assert up["share_total"].tolist() == pytest.approx([2 / 3, 1])
    down = vc.reach(chain, "m", direction="downstream").table
    assert down["firms"].tolist() == [1, 1]
    assert down["tier_value"].tolist() == [3, 3]  # r sells on all it makes
    assert vc.reach(chain, "j", tiers=1).reached == 2
    assert vc.reach(chain, ["j", "r"]).table["firms"].tolist() == [2]


def test_reach_of_a_firm_without_suppliers_and_in_a_loop(chain):
    assert len(vc.reach(chain, "m").table) == 0
    assert "no suppliers" in vc.reach(chain, "m").notes[0]
    loop = network_of([("a", "b", 2.0), ("b", "a", 2.0), ("b", "c", 1.0), ("a", "a", 1.0)])
    assert vc.reach(loop, "a").table["firms"].tolist() == [1]
    with pytest.raises(ParameterError, match="did you mean 'upstream'"):
        vc.reach(loop, "a", direction="upstrem")
    with pytest.raises(ParameterError, match="name at least one"):
        vc.reach(loop, [])

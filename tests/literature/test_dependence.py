"""Published facts on concentration, and exposure through all tiers of the world table against a dense inverse.

The single facts: European Commission (2020), Study on the EU's list of Critical Raw Materials, Factsheets, share of the
largest supplier in global supply. Only the largest is published, so the index is bounded: at least its share squared.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@pytest.mark.parametrize(("country", "share"), [("USA", 0.88), ("COD", 0.59)], ids=["beryllium", "cobalt"])
def test_a_published_largest_share_bounds_the_index(country, share):
    links = [("known", "eu", 100 * share, "ore"), ("rest", "eu", 100 * (1 - share), "ore")]
    net = network_of(links, firms={"country": {"known": country, "eu": "DEU"}})
    row = vc.concentration(net, merge="country").table.iloc[0]
    assert row["largest"] == country
    assert row["unknown_share"] == pytest.approx(1 - share)
    assert row["hhi_low"] == pytest.approx(share**2)
    assert row["hhi_high"] == pytest.approx(1.0)
    # Beryllium is above the screening threshold whatever the rest is; for cobalt that cannot be said.
    assert (row["hhi_low"] > 0.4) == (share > 0.4**0.5)


def test_the_battery_example_has_the_published_leaders():
    """USGS (2024) and IEA (2024), as the example's sources: mine cobalt is led by Congo, graphite anodes by China."""
    net = vc.example("eu_battery")
    table = vc.concentration(net, merge="country").table.set_index("group")
    assert table.loc["cobalt_raw", "largest"] == "COD"
    assert table.loc["anode", "largest"] == "CHN"
    points = vc.country_single_points(net).table
    assert points.iloc[0][["product", "country"]].tolist() == ["graphite_refined", "CHN"]


@pytest.fixture(scope="module")
def world(shared):
    folder = shared / "graphs" / "wiod2011"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: a table that is not committed to the project")
    return vc.read(folder)


def test_exposure_of_the_world_is_that_of_the_dense_inverse(world):
    output = world.firms["output"].to_numpy()
    flows = world.matrix.toarray()
    inverse = np.linalg.inv(np.eye(world.n_firms) - flows / np.where(output > 0, output, np.inf))
    country = world.firms["country"].fillna("(not known)").to_numpy()
    every = vc.supplier_exposure(world).table.set_index("firm")
    chosen = world.positions(every.index[:: len(every) // 40])
    for j in chosen:
        outside = flows[:, j].copy()
        outside[j] = 0.0
        behind = pd.Series(inverse @ outside).groupby(country).sum()
        others = (behind / behind.sum()).drop([country[j], "(not known)"], errors="ignore")
        row = every.loc[world.firm_ids[j]]
        assert row["full_share"] == pytest.approx(others.max(), rel=1e-8)
        assert row["largest"] == others.idxmax()
    firm = world.firm_ids[chosen[0]]
    one = vc.supplier_exposure(world, buyer=firm, by="firm").table.set_index("group")["full_value"]
    outside = flows[:, chosen[0]].copy()
    outside[chosen[0]] = 0.0
    expected = pd.Series(inverse @ outside, index=world.firm_ids)
    np.testing.assert_allclose(one, expected[one.index], rtol=1e-8, atol=1e-10 * expected.max())

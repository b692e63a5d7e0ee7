"""Published input-output tables that are not committed: the network's arrays against their counts and multipliers.

World table 2011: Timmer, Dietzenbacher, Los, Stehrer, de Vries (2015), Review of International Economics 23: 575-605.
US table 2017: Bureau of Economic Analysis, benchmark accounts, 402 industries.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.linalg import splu

import valuechain as vc

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.DataWarning")


@pytest.fixture(scope="module")
def tables(shared):
    def load(name: str) -> tuple[vc.Network, pd.DataFrame, pd.DataFrame]:
        folder = shared / "graphs" / name
        if not folder.is_dir():
            pytest.skip(f"{folder} is not here: a table that is not committed to the project")
        text = {"firm": str, "supplier": str, "buyer": str, "sector": str}
        firms = pd.read_csv(folder / "firms.csv", dtype=text, keep_default_na=False)
        links = pd.read_csv(folder / "links.csv", dtype=text, keep_default_na=False)
        return vc.read(folder), firms, links

    return load


@pytest.fixture(scope="module")
def world(tables):
    return tables("wiod2011")


@pytest.fixture(scope="module")
def usa(tables):
    return tables("bea2017")


def test_world_size_and_total(world):
    network, _, links = world
    assert (network.n_firms, network.n_links) == (1435, 413_525)
    assert network.flow.sum() == pytest.approx(links["flow"].sum(), rel=1e-12)
    assert network.flow_unit == "MUSD per year"


def test_world_output_multipliers(world, shared):
    network, _, _ = world
    known = pd.read_csv(shared / "data" / "wiod2011" / "known_output_multipliers.csv")
    output = network.firms["output"].to_numpy()
    assert int((output == 0).sum()) == 22
    per_output = sparse.diags_array(1 / np.where(output > 0, output, np.inf))
    leontief = splu((sparse.eye_array(network.n_firms) - network.matrix @ per_output).tocsc())
    multipliers = leontief.solve(np.ones(network.n_firms), trans="T")  # column sums of the inverse
    at = network.positions(known["id"])
    assert len(set(at.tolist())) == network.n_firms
    assert np.abs(multipliers[at] - known["output_multiplier"].to_numpy()).max() <= 1e-5
    row_sums = leontief.solve(np.ones(network.n_firms))
    assert np.abs(row_sums[at] - known["output_multiplier"].to_numpy()).max() > 1  # a transposed network would be told


@pytest.mark.parametrize("name", ["wiod2011", "bea2017"])
def test_suppliers_and_buyers_of_each_firm(tables, name):
    network, firms, links = tables(name)
    assert network.firm_ids.tolist() == firms["firm"].tolist()
    for of, other, matrix in (("buyer", "supplier", network.matrix.T), ("supplier", "buyer", network.matrix)):
        counted = links.groupby(of)[other].nunique().reindex(firms["firm"], fill_value=0)
        assert np.diff(matrix.tocsr().indptr).tolist() == counted.tolist()
    for total, of in ((network.sales, "supplier"), (network.purchases, "buyer")):
        summed = links.groupby(of)["flow"].sum().reindex(firms["firm"], fill_value=0)
        np.testing.assert_allclose(total, summed.to_numpy(), rtol=1e-12)


def test_world_rows_balance(world):
    network, firms, _ = world
    gap = network.sales + firms["final_demand"].to_numpy() - firms["output"].to_numpy()
    assert np.abs(gap).max() <= 108


def test_usa_sums(usa):
    network, firms, links = usa
    assert (network.n_firms, network.n_links) == (402, 63_524)
    assert network.flow.sum() == pytest.approx(links["flow"].sum(), rel=1e-12)
    output = firms["output"].to_numpy()
    assert (network.firms["output"].to_numpy() == output).all()
    # Industries buy less than they make, but for a few that run at a loss; many sell more to others than the table's
    # output (imports are in the flows). A transposed network would swap the two.
    assert int((network.purchases > output).sum()) == 2
    assert int((network.sales > output).sum()) == 79


def test_concentration_of_the_world_table(world):
    network, _, links = world
    result = vc.concentration(network, by="buyer").table.set_index("group")
    bought = links[(links["buyer"] == "DEU.34t35")]
    shares = bought["flow"] / bought["flow"].sum()
    assert result.loc["DEU.34t35", "hhi"] == pytest.approx((shares**2).sum(), rel=1e-12)
    assert result.loc["DEU.34t35", "suppliers"] == len(bought)
    assert result.loc["DEU.34t35", "largest"] == bought.loc[shares.idxmax(), "supplier"]


@pytest.mark.filterwarnings("ignore::valuechain.errors.DefaultWarning")
def test_partners_for_what_german_cars_get_mostly_from_abroad(world):
    network, _, links = world
    stop = vc.Scenario(name="Polish mining stops", shocks=[vc.Shock(where={"firms": ["POL.C"]}, loss=1.0)])
    ask = {"buyer": "DEU.34t35", "product": "C", "scenario": stop, "spare_share": 0.1, "fixed_cost": 1.0}
    found = vc.partners(network, **ask)
    assert found.parameters["tiers"] == 2
    assert (found.table["loss_cut"] > 0).all()
    assert set(found.table["kind"]) == {"present supplier", "same product"}
    # With the lack followed one tier, the buyer lacks what it buys from Poland: read from the table itself.
    bought = links[(links["buyer"] == "DEU.34t35") & (links["supplier"].str.endswith(".C"))].set_index("supplier")[
        "flow"
    ]
    part = bought["POL.C"] / bought.sum()
    output = network.firms.set_index("firm")["output"]
    one = vc.partners(network, **ask, tiers=1).table.set_index("candidate")
    assert one["buyer_cut"].max() == pytest.approx(part * output["DEU.34t35"], rel=1e-9)
    small = 0.1 * output["LTU.C"] / bought.sum()
    assert one.loc["LTU.C", "buyer_cut"] == pytest.approx(small * output["DEU.34t35"], rel=1e-9)
    # Followed without end the loop is down whatever link is new.
    endless = vc.partners(network, **ask, tiers="all")
    assert endless.table["loss_cut"].max() < 0.01 * found.table["loss_cut"].max()

"""graphs/baltic_mobility/README.md, "Weak points built in": an invented network whose weak points are known."""

from __future__ import annotations

import pytest

import valuechain as vc
from valuechain.scenario import selected_firms


@pytest.fixture(scope="module")
def network():
    return vc.example("baltic_mobility")


def test_size(network):
    assert (network.n_firms, network.n_links, len(network.products)) == (303, 1478, 62)
    countries = network.firms["country"].value_counts().to_dict()
    assert countries == {"DEU": 37, "DNK": 15, "EST": 36, "FIN": 44, "LTU": 40, "LVA": 32, "POL": 62, "SWE": 37}
    assert vc.overview(network).components == 1


@pytest.mark.parametrize(
    ("firm", "product", "buyers"),
    [("FI-007", "power_module", 10), ("DE-031", "ceramic_substrate", 1), ("DE-012", "electrolyte", 2)],
)
def test_planted_single_sources(network, firm, product, buyers):
    table = vc.single_sourced_inputs(network).table.set_index(["supplier", "product"])
    assert table.loc[(firm, product), "buyers"] == buyers


def test_who_hangs_on_the_planted_sources(network):
    table = vc.single_sourced_inputs(network).table.set_index(["supplier", "product"])
    assert table.loc[("DE-031", "ceramic_substrate"), "buyer_names"] == "Pyörrehon Power Modules (invented)"
    names = network.firms.set_index("firm")["name"]
    cells = table.loc[("DE-012", "electrolyte"), "buyer_names"]
    assert sorted(cells.split("; ")) == sorted(names[["PL-044", "SE-019"]])


def test_two_makers_are_no_single_source(network):
    table = vc.single_sourced_inputs(network).table
    assert not ((table["product"] == "brake_system").any())
    makers = vc.concentration(network, by="product").table.set_index("group")
    assert makers.loc["brake_system", "suppliers"] == 2
    assert makers.loc["battery_cell", "suppliers"] == 2
    assert makers.loc["power_module", ["suppliers", "largest"]].tolist() == [1, "FI-007"]


def test_one_owner_has_both_brake_makers(network):
    by_owner = vc.concentration(network, by="product", merge="owner").table.set_index("group")
    assert by_owner.loc["brake_system", ["hhi", "suppliers", "largest"]].tolist() == [1.0, 1, "GRP-03"]


def test_harness_makers_on_one_coast(network):
    coast = selected_firms(network, {"region": "PL63", "product": "wire_harness"})
    everywhere = selected_firms(network, {"product": "wire_harness"})
    assert (len(coast), len(everywhere)) == (6, 8)


def test_planted_firms_matter_more_than_their_size(network):
    sales = dict(zip(network.firm_ids, network.sales / network.sales.sum(), strict=True))
    risk = vc.systemic_risk(network).table.set_index("firm")["index"]
    assert risk["FI-007"] > 3 * sales["FI-007"]
    assert risk["DE-031"] > 30 * sales["DE-031"]

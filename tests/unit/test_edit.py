"""Networks from networks: what stays, what goes, and that totals are kept."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DataWarning, InvalidDataError, ParameterError, UnknownNameError
from valuechain.essential import essentiality

LINKS = [("c", "a", 3.0), ("a", "b", 1.0), ("c", "b", 7.0), ("b", "a", 0.5), ("d", "c", 2.0)]


@pytest.fixture
def network():
    """Return a network with every table, firms out of order."""
    ids = ["d", "b", "a", "c"]
    firms = pd.DataFrame(
        {
            "firm": ids,
            "sector": ["s3", "s1", "s1", "s2"],
            "country": ["DEU", "POL", "DEU", None],
            "owner": ["g", "g", None, None],
            "output": [20.0, 10.0, None, 40.0],
            "employees": [1.0, 2.0, 3.0, 4.0],
            "colour": ["red", "blue", "red", "red"],
        }
    )
    links = pd.DataFrame(LINKS, columns=["supplier", "buyer", "flow"])
    members = pd.DataFrame({"firm": ["a", "a", "b", "d"], "cluster": ["north", "south", "south", "north"]})
    candidates = pd.DataFrame(
        {
            "firm": ["x2", "x1"],
            "product": ["s2", "s1"],
            "country": ["SWE", "NOR"],
            "sector": [None, "s9"],
            "spare_capacity": [5.0, 6.0],
        }
    )
    needs = pd.DataFrame({"firm": ["a", "x1"], "product": ["s2", "s2"], "quantity": [1.0, 2.0], "unit": ["t", "t"]})
    essential = pd.DataFrame({"input": ["s2"], "buyer_sector": ["s1"], "class": [2]})
    return vc.Network.from_tables(
        firms, links, members=members, candidates=candidates, needs=needs, essential=essential, name="n", currency="EUR"
    )


def flows(network) -> dict[tuple[str, str], float]:
    links = network.links
    return dict(zip(zip(links["supplier"], links["buyer"], strict=True), links["flow"], strict=True))


# ---- a part


def test_without(network):
    part = vc.edit.without(network, ["d", "b"])
    assert part.firm_ids.tolist() == ["a", "c"]
    assert flows(part) == {("c", "a"): 3.0}
    assert part.table("members")["firm"].tolist() == ["a", "a"]
    assert part.table("needs")["firm"].tolist() == ["a", "x1"]  # needs of candidates stay
    assert part.table("candidates")["firm"].tolist() == ["x2", "x1"]
    assert dict(part.metadata) == dict(network.metadata)


def test_without_nothing_is_the_same(network):
    assert vc.edit.without(network, []) == network


def test_subnetwork_is_the_rest_left_out(network):
    assert vc.edit.subnetwork(network, ["c", "a"]) == vc.edit.without(network, ["b", "d"])


def test_tables_that_end_up_empty_are_gone(network):
    part = vc.edit.subnetwork(network, ["c", "d"])
    assert part.table("members")["firm"].tolist() == ["d"]
    assert vc.edit.without(part, []).table("needs")["firm"].tolist() == ["x1"]
    assert vc.edit.subnetwork(network_of(LINKS), ["c", "a"]).table("members") is None


def test_a_part_is_a_sound_network(network):
    part = vc.edit.without(network, ["d"])
    assert part.matrix.shape == (3, 3)
    assert part.sales.sum() == 11.5
    again = vc.Network.from_tables(**part.tables, **part.metadata)
    assert again == part


def test_the_given_network_stays(network):
    before = network.fingerprint
    vc.edit.without(network, ["d"])
    vc.edit.with_links(network, pd.DataFrame({"supplier": ["x2"], "buyer": ["a"], "flow": [1.0]}))
    vc.edit.aggregate(network, by="cluster")
    assert network.fingerprint == before


@pytest.mark.parametrize("change", [vc.edit.without, vc.edit.subnetwork])
def test_unknown_firms(network, change):
    with pytest.raises(UnknownNameError, match="firm 'zz'"):
        change(network, ["a", "zz"])


def test_nothing_left(network):
    with pytest.raises(ParameterError, match="no firm would be left"):
        vc.edit.without(network, ["a", "b", "c", "d"])
    with pytest.raises(ParameterError, match="no firm would be left"):
        vc.edit.subnetwork(network, [])
    with pytest.raises(ParameterError, match="no link would be left"):
        vc.edit.subnetwork(network, ["d", "a"])


# ---- more links


def more(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["supplier", "buyer", "flow", "product"][: len(rows[0])])


def test_new_links_are_added(network):
    larger = vc.edit.with_links(network, more(("b", "d", 4.0), ("a", "d", 1.0)))
    assert flows(larger) == {**flows(network), ("b", "d"): 4.0, ("a", "d"): 1.0}
    assert larger.firm_ids.tolist() == network.firm_ids.tolist()
    assert dict(larger.metadata) == dict(network.metadata)
    assert larger.table("essential").equals(network.table("essential"))
    assert larger.fingerprint != network.fingerprint


def test_links_that_exist_grow(network):
    assert flows(vc.edit.with_links(network, more(("c", "a", 4.0))))[("c", "a")] == 7.0


def test_links_of_another_product_stay_apart(network):
    larger = vc.edit.with_links(network, more(("c", "a", 4.0, "other")))
    assert larger.n_links == network.n_links + 1
    assert larger.flow.sum() == network.flow.sum() + 4


def test_naming_the_product_a_link_has_by_default_is_the_same_need(network):
    larger = vc.edit.with_links(network, more(("c", "a", 4.0, "s2")))
    slots = essentiality(larger).slots
    wanted = (larger.firm_ids[slots.buyer] == "a") & (larger.products[slots.product] == "s2")
    assert slots.flow[wanted].tolist() == [7.0]


def test_candidates_become_firms(network):
    larger = vc.edit.with_links(network, more(("x2", "a", 4.0)))
    assert larger.firm_ids.tolist() == ["d", "b", "a", "c", "x2"]
    new = larger.firms.set_index("firm").loc["x2"]
    assert (new["sector"], new["country"]) == ("s2", "SWE")  # no sector: it makes its product
    assert np.isnan(new["output"])
    assert larger.table("candidates")["firm"].tolist() == ["x1"]
    assert "spare_capacity" not in larger.firms
    both = vc.edit.with_links(network, more(("x2", "a", 4.0), ("x1", "b", 1.0)))
    assert both.table("candidates") is None
    assert both.firms.set_index("firm").loc["x1", "sector"] == "s9"


def test_candidate_that_offers_two_products_becomes_one_firm():
    tables = network_of(LINKS).tables
    candidates = pd.DataFrame({"firm": ["x", "x"], "product": ["p", "q"], "country": ["SWE", "SWE"]})
    network = vc.Network.from_tables(**tables, candidates=candidates)
    larger = vc.edit.with_links(network, more(("x", "a", 4.0, "q"), ("x", "a", 1.0, "p")))
    assert larger.firm_ids.tolist().count("x") == 1
    assert larger.table("candidates") is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("nobody", "a", 1.0)], "supplier 'nobody'"),
        ([("a", "x1", 1.0)], "buyer 'x1'"),
        ([("a", "b", -1.0)], "flow"),
        ([("a", "b", float("nan"))], "flow"),
    ],
)
def test_faults_of_new_links(network, rows, message):
    with pytest.raises(InvalidDataError, match=message):
        vc.edit.with_links(network, more(*rows))


def test_new_links_without_a_flow_column(network):
    with pytest.raises(InvalidDataError, match="flow"):
        vc.edit.with_links(network, pd.DataFrame({"supplier": ["a"], "buyer": ["b"]}))


# ---- sums


@pytest.mark.parametrize("by", ["cluster", "country", "sector", "owner"])
def test_totals_are_kept(network, by):
    added = vc.edit.aggregate(network, by=by)
    assert added.flow.sum() == pytest.approx(network.flow.sum(), rel=1e-14)
    assert added.firms["employees"].sum() == pytest.approx(10)
    of_product = pd.Series(network.flow).groupby(network.products[network.product]).sum()
    added_of_product = pd.Series(added.flow).groupby(added.products[added.product]).sum()
    assert added_of_product.to_dict() == pytest.approx(of_product.to_dict())
    assert added.name == f"n by {by}"
    assert set(added.firms["kind"]) == {"industry"}


def test_by_country(network):
    added = vc.edit.aggregate(network, by="country")
    assert sorted(added.firm_ids) == ["DEU", "POL", "c"]  # c has no country and stays as it is
    assert flows(added) == {
        ("c", "DEU"): 3.0,
        ("DEU", "POL"): 1.0,
        ("c", "POL"): 7.0,
        ("POL", "DEU"): 0.5,
        ("DEU", "c"): 2.0,
    }
    firms = added.firms.set_index("firm")
    assert firms.loc["DEU", ["sector", "country", "employees"]].tolist() == ["mixed", "DEU", 4.0]
    assert np.isnan(firms.loc["DEU", "output"])  # a's output is not known, so neither is the sum
    assert firms.loc["POL", ["sector", "output"]].tolist() == ["s1", 10.0]


def test_by_cluster_shares_firms_of_two_clusters(network):
    added = vc.edit.aggregate(network, by="cluster")
    assert sorted(added.firm_ids) == ["c", "north", "south"]
    # a is half in north, half in south; b in south.
    assert flows(added) == {
        ("c", "north"): 1.5,
        ("c", "south"): 1.5 + 7,
        ("north", "south"): 0.5,
        ("south", "south"): 0.5 + 0.25,
        ("south", "north"): 0.25,
        ("north", "c"): 2.0,
    }
    assert added.firms.set_index("firm")["employees"].to_dict() == {"c": 4, "north": 2.5, "south": 3.5}


def test_by_sector_keeps_what_is_essential(network):
    added = vc.edit.aggregate(network, by="sector")
    assert added.table("essential").equals(network.table("essential"))
    assert vc.edit.aggregate(network, by="country").table("essential") is None


def test_rules_of_sectors_do_not_outlive_them():
    network = network_of(LINKS, firms={"country": {"a": "DEU", "b": "POL"}}, essential_rule="none")
    assert "essential_rule" not in vc.edit.aggregate(network, by="country").metadata
    assert vc.edit.aggregate(network, by="sector").metadata["essential_rule"] == "none"


def test_a_firm_that_is_called_like_a_group():
    network = network_of([("g", "a", 1.0), ("a", "b", 2.0)], firms={"owner": {"a": "g", "b": "g"}})
    added = vc.edit.aggregate(network, by="owner")
    assert sorted(added.firm_ids) == ["g", "g (firm)"]
    assert flows(added) == {("g (firm)", "g"): 1.0, ("g", "g"): 2.0}


def test_sums_do_not_depend_on_the_order_of_rows(network):
    shuffled = vc.Network.from_tables(
        network.firms.iloc[::-1], network.links.iloc[::-1], members=network.table("members").iloc[::-1]
    )
    one, two = vc.edit.aggregate(network, by="cluster"), vc.edit.aggregate(shuffled, by="cluster")
    assert flows(one) == pytest.approx(flows(two))
    assert one.firms.equals(two.firms)


def test_what_cannot_be_added(network):
    with pytest.raises(ParameterError, match="did you mean 'country'"):
        vc.edit.aggregate(network, by="contry")
    with pytest.raises(UnknownNameError, match="no column 'region'"):
        vc.edit.aggregate(network, by="region")
    with pytest.raises(UnknownNameError, match="members"):
        vc.edit.aggregate(network_of(LINKS), by="cluster")


def test_editing_says_nothing_again(network):
    odd = network_of([("a", "a", 1.0), ("a", "b", 1.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        vc.edit.with_links(odd, more(("b", "a", 1.0)))
        vc.edit.without(odd, [])
        vc.edit.aggregate(odd, by="sector")

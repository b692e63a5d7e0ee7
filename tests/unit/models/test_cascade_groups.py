"""Losses by group of firms, and groups that fail: closed forms, overlapping clusters, firms without a group."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError, UnknownNameError
from valuechain.models.cascade_groups import firm_groups

ALONE = vc.Cascade(market=None, tolerance=1e-12)
LOST = ["index", "direct", "indirect", "index_down", "index_up"]


def chain(members: list[tuple[str, str]] | None = None, **columns) -> vc.Network:
    """Return b -> z -> a with sales of 10, 5 and 0."""
    plain = network_of(
        [("b", "z", 10.0), ("z", "a", 5.0)], order=["z", "a", "b"], firms=columns, essential_rule="all", name="chain"
    )
    if members is None:
        return plain
    table = pd.DataFrame(members, columns=["firm", "cluster"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.Network.from_tables(plain.firms, plain.links, members=table, essential_rule="all", name="chain")


def rows(result, column: str = "group") -> dict[str, dict[str, float]]:
    return result.table.set_index(column).to_dict("index")


def test_losses_by_country_by_hand():
    network = chain(country={"z": "DEU", "a": "DEU", "b": "POL"})
    run = vc.cascade(network, {"z": 0.5}, model=ALONE)  # a loses half for want of z, b half for want of orders
    result = vc.group_losses(run, by="country")
    assert list(result.table.columns) == ["group", "firms", "weight", *LOST, "loss"]
    by = rows(result)
    third = 1 / 3
    assert by["DEU"] == pytest.approx(
        {
            "firms": 2,
            "weight": third,
            "index": third / 2,
            "direct": third / 2,
            "indirect": 0,
            "index_down": third / 2,
            "index_up": third / 2,
            "loss": 0.5,
        }
    )
    assert by["POL"] == pytest.approx(
        {
            "firms": 1,
            "weight": 2 * third,
            "index": third,
            "direct": 0,
            "indirect": third,
            "index_down": 0,
            "index_up": third,
            "loss": 0.5,
        }
    )
    assert result.table["group"].tolist() == ["POL", "DEU"]
    assert result.table["index"].sum() == pytest.approx(run.index)
    assert result.title == "Cascade: z loses 50%, by country"
    assert result.parameters["by"] == "country"


def test_direct_is_the_larger_of_supply_and_demand():
    shock = pd.DataFrame({"firm": ["z", "b"], "supply": [0.25, 0.5], "demand": [0.5, 0.0]})
    by = rows(vc.group_losses(vc.cascade(chain(), shock, model=ALONE), by="sector"))
    assert by["z"]["direct"] == pytest.approx(0.5 / 3)
    assert by["b"]["direct"] == pytest.approx(0.5 * 2 / 3)


def test_firms_without_a_value_are_a_group():
    network = chain(country={"b": "POL"})
    result = vc.group_losses(vc.cascade(network, {"b": 1.0}, model=ALONE), by="country")
    by = rows(result)
    assert by["(not known)"]["firms"] == 2
    assert by["(not known)"]["index"] == pytest.approx(1 / 3)
    assert result.table["index"].sum() == pytest.approx(1)
    assert "Firms without a known country: 2 (33.3% of the weight), the row (not known)." in result.notes


def test_a_group_called_not_known_is_kept_apart():
    groups = firm_groups(chain(owner={"b": "(not known)"}), "owner")
    assert groups.labels == ("(not known)", "((not known))")
    assert groups.firms.tolist() == [1, 2]


def test_a_firm_in_several_clusters_counts_wholly_in_each():
    network = chain([("z", "north"), ("b", "north"), ("z", "south")])
    result = vc.group_losses(vc.cascade(network, {"z": 1.0}, model=ALONE), by="cluster")
    by = rows(result)
    assert {g: r["firms"] for g, r in by.items()} == {"north": 2, "south": 1, "(no cluster)": 1}
    assert by["north"]["index"] == pytest.approx(1)
    assert by["south"] == pytest.approx(
        {"firms": 1, "weight": 1 / 3, "index": 1 / 3, "direct": 1 / 3, "indirect": 0, "index_down": 1 / 3}
        | {"index_up": 1 / 3, "loss": 1}
    )
    assert any("Firms in several clusters: 1; they count wholly in each" in n for n in result.notes)


def test_a_group_without_weight_has_no_known_loss():
    by = rows(vc.group_losses(vc.cascade(chain(), {"z": 1.0}, model=ALONE), by="sector"))
    assert by["a"]["index"] == 0
    assert pd.isna(by["a"]["loss"])


def test_any_column_and_weights():
    network = chain(
        plant={"z": 2.0, "a": 2.0, "b": 10.5},
        employees={"z": 1.0, "a": 3.0, "b": 0.0},
        region={"z": "DE2", "a": "DE21"},
    )
    run = vc.cascade(network, {"z": 1.0}, model=vc.Cascade(market=None, weights="employees"))
    result = vc.group_losses(run, by="plant")
    assert {g: r["weight"] for g, r in rows(result).items()} == {"2": 1.0, "10.5": 0.0}
    assert result.units["index"] == "fraction of the network's employees"
    assert set(rows(vc.group_losses(run, by="region"))) == {
        "DE2",
        "DE21",
        "(not known)",
    }  # no prefix: codes as they are


def test_columns_that_are_not_there():
    run = vc.cascade(chain(owner={"a": None}), {"z": 1.0})
    with pytest.raises(UnknownNameError, match="no column 'sectr'; did you mean 'sector'"):
        vc.group_losses(run, by="sectr")
    with pytest.raises(UnknownNameError, match="has no table members; add it to use by='cluster'"):
        vc.group_losses(run, by="cluster")
    with pytest.raises(UnknownNameError, match="has no value in column 'owner'"):
        vc.group_losses(run, by="owner")
    with pytest.raises(ParameterError, match="by 3 is not the name of a column"):
        vc.group_losses(run, by=3)
    with pytest.raises(ParameterError, match="is no cascade; give what"):
        vc.group_losses(vc.systemic_risk(chain()), by="sector")


# ---- groups that fail


def test_each_group_fails_as_its_firms_do():
    network = vc.example("baltic_mobility")
    for each, loss in (("country", 1.0), ("owner", 0.5), ("cluster", 0.25)):
        risk = vc.group_risk(network, each=each, loss=loss, by="country")
        members = network.table("members").rename(columns={"cluster": "group"})
        firms = members if each == "cluster" else network.firms.rename(columns={each: "group"})
        for row in risk.table.head(4).to_dict("records"):
            mine = firms.loc[firms["group"] == row["group"], "firm"]
            one = vc.cascade(network, dict.fromkeys(mine, loss))
            assert (row["index"], row["index_down"], row["index_up"], row["sweeps"]) == (
                one.index,
                one.index_down,
                one.index_up,
                one.sweeps,
            )
            assert row["firms"] == len(mine)
            lost_in = risk.groups.table.loc[risk.groups.table["failed"] == row["group"]].drop(columns="failed")
            assert lost_in.reset_index(drop=True).equals(vc.group_losses(one, by="country").table)


def test_groups_are_ranked_by_index_and_by_what_they_set_off():
    network = chain(country={"z": "DEU", "a": "DEU"}, owner={"z": "g", "a": "g", "b": "h"})
    risk = vc.group_risk(network, each="owner", model=ALONE)
    columns = ["group", "firms", "index", "direct", "indirect", "indirect_rank", "index_down", "index_up", "sweeps"]
    assert list(risk.table.columns) == columns
    by = rows(risk)
    assert (by["g"]["index"], by["g"]["direct"], by["g"]["indirect"]) == pytest.approx((1, 1 / 3, 2 / 3))
    assert (by["h"]["index"], by["h"]["direct"], by["h"]["indirect"]) == pytest.approx((1, 2 / 3, 1 / 3))
    assert {g: r["indirect_rank"] for g, r in by.items()} == {"g": 1, "h": 2}
    assert risk.table["group"].tolist() == ["g", "h"]
    assert risk.title == "What is lost when all firms of one owner fail"
    alone = vc.group_risk(network, each="country", model=ALONE)
    assert alone.table["group"].tolist() == ["DEU"]
    assert any("Firms without a known country: 1 (66.7% of the weight)" in n for n in alone.notes)


def test_overlapping_clusters_fail_whole():
    risk = vc.group_risk(chain([("z", "n"), ("b", "n"), ("z", "s")]), each="cluster", loss=0.125, model=ALONE)
    assert {g: r["firms"] for g, r in rows(risk).items()} == {"n": 2, "s": 1}
    assert any("Firms in several clusters: 1; they fail with each" in n for n in risk.notes)
    assert risk.title == "What is lost when all firms of one cluster lose 12.5%"


def test_no_loss_is_no_loss():
    table = vc.group_risk(chain(), each="sector", loss=0).table
    assert (table[["index", "direct", "indirect", "index_down", "index_up"]] == 0).all(axis=None)


@pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan"), True, "half", None])
def test_losses_that_are_no_fraction(loss):
    with pytest.raises(ParameterError, match="is not a fraction"):
        vc.group_risk(chain(), each="sector", loss=loss)


def test_groups_do_not_repeat_what_the_cascade_warned_of():
    network = chain(revenue=dict.fromkeys("zab", 1.0))
    with pytest.warns(vc.ValueChainWarning, match="revenue is below the sales"):
        run = vc.cascade(network, {"z": 1.0}, model=vc.Cascade(revenue="revenue"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vc.group_losses(run, by="sector")


def test_a_measure_is_no_group():
    with pytest.raises(ParameterError, match=r"by 'output' is a measure.* firms group by sector, owner, or by"):
        firm_groups(chain(owner={"b": "x"}, output={"b": 3.0}), "output")

"""Runs side by side."""

from __future__ import annotations

import math

import pytest

import valuechain as vc
from tests.unit.analysis.test_resilience import LOSSES, alone, curve
from valuechain.errors import ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def test_the_row_of_a_run_is_what_its_curve_shows():
    found = vc.compare({"V": curve(LOSSES), "lasting": curve([0, 0.3, 0.9], days=12, last=True)})
    assert found.runs == 2
    assert found.table["scenario"].tolist() == ["lasting", "V"]
    lasting, v = found.table.iloc[0], found.table.iloc[1]
    assert v["triangle"] == pytest.approx(1.0005 * 100 / 150)
    assert (v["days"], v["first_day"], v["bottom_day"], v["time_to_bottom"], v["time_to_recover"]) == (10, 2, 4, 2, 5)
    assert (v["model"], v["network"], v["not_returned"]) == ("cascade", "two", 0)
    assert v["lost_value"] == pytest.approx(100.05)
    assert math.isnan(lasting["time_to_recover"])
    assert math.isnan(lasting["not_returned"])
    assert found.units["lost_value"] == "kEUR"
    assert any("10 and 12 days" in n for n in found.notes)
    assert any("still lasts" in n for n in found.notes)


def test_columns_are_those_that_were_promised():
    columns = (
        "scenario network model days total_loss lost_value first_day bottom_day depth time_to_bottom time_to_recover "
        "triangle not_returned"
    )
    table = vc.compare([curve(LOSSES)]).table
    assert list(table.columns) == columns.split()


def test_order_does_not_hang_on_the_order_given():
    net = vc.synthetic(firms=40, seed=2)
    runs = {k: vc.simulate(net, {net.firm_ids[k]: 1.0}, days=20) for k in range(6)}
    one = vc.compare(runs).table
    two = vc.compare(dict(reversed(runs.items()))).table
    assert one.equals(two)
    assert one["lost_value"].is_monotonic_decreasing


def test_runs_of_one_name_are_numbered_and_models_told_apart():
    net = alone()
    same = [vc.simulate(net, {"a": 0.5}, days=5, model=vc.Inventory(tau=t)) for t in (6, 3)]
    found = vc.compare([*same, vc.simulate(net, {"a": 0.5}, days=5, model=vc.Cascade())])
    assert sorted(zip(found.table["scenario"], found.table["model"], strict=True)) == [
        ("a", "cascade"),
        ("a (1)", "inventory"),
        ("a (2)", "inventory"),
    ]
    assert any("differ in tau (6, 3)" in n for n in found.notes)


def test_runs_that_kept_no_firms_can_be_compared():
    net = alone()
    run = vc.simulate(net, {"a": 0.5}, days=5, keep_firms=False)
    assert vc.compare([run]).table["depth"].iloc[0] == pytest.approx(1 / 3)


def test_networks_that_differ_are_refused_unless_they_are_variants():
    one = vc.synthetic(firms=20, seed=1)
    two = vc.edit.without(one, [one.firm_ids[0]])
    runs = [vc.simulate(net, {net.firm_ids[5]: 1.0}, days=5) for net in (one, two)]
    with pytest.raises(ParameterError, match="variants=True"):
        vc.compare(runs)
    found = vc.compare(runs, variants=True)
    assert found.table["network"].nunique() == 2
    assert any("2 variants" in n for n in found.notes)


def test_currencies_that_differ_are_refused():
    tables = {"firms": alone().firms, "links": alone().links}
    other = vc.Network.from_tables(**tables, name="two", currency="kUSD", flow_period="day", essential_rule="none")
    runs = [vc.simulate(net, {"a": 0.5}, days=5) for net in (alone(), other)]
    with pytest.raises(ParameterError, match="one currency"):
        vc.compare(runs, variants=True)


@pytest.mark.parametrize("wrong", [[], {}, "run", 3, [1], {"a": None}])
def test_what_is_no_list_of_runs(wrong):
    with pytest.raises(ParameterError, match="run"):
        vc.compare(wrong)

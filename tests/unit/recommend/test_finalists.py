"""Finalists: two plain runs of the model say the same, and random ones are paired."""

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, MINES
from valuechain.errors import ParameterError, ScenarioError

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def net():
    demand = {"final_demand": {"b": 20.0, "z": 20.0, "y": 20.0}}
    return network_of(MINES, firms={**MINE_FIRMS, **demand}, essential_rule="all", currency="kEUR")


ROWS = pd.DataFrame({"candidate": ["d", "c"], "product": "q", "buyer": "b", "flow": [4.0, 4.0]})


def test_the_cut_is_the_difference_of_two_runs_and_the_shared_mine_shows():
    fire = vc.Scenario(name="fire", days=60, shocks=[vc.Shock(where={"firms": ["m"]}, loss=1.0, start=2, days=40)])
    model = vc.Inventory(stock_days=3, switch_after=2)
    found = vc.finalists(net(), ROWS, scenario=fire, model=model)
    table = found.table.set_index("candidate")
    before = vc.simulate(net(), fire, model=model).lost_value
    changed = vc.edit.with_links(net(), ROWS.iloc[[0]])
    assert found.lost_value == pytest.approx(before)
    assert table.loc["d", "value_cut"] == pytest.approx(before - vc.simulate(changed, fire, model=model).lost_value)
    assert table.loc["d", "value_cut"] > 0.1 * before > table.loc["c", "value_cut"]
    assert found.table["candidate"].tolist() == ["d", "c"]
    assert (table["value_cut_low"] == table["value_cut_high"]).all()


def test_random_scenarios_are_paired_and_what_is_no_scenario_is_refused():
    loss = {"distribution": "uniform", "low": 0.5, "high": 1.0}
    storm = vc.Scenario(name="s", days=30, shocks=[vc.Shock(where={"firms": ["a"]}, loss=loss, start=1, days=20)])
    found = vc.finalists(net(), ROWS.iloc[[0]], scenario=storm, runs=6, seed=2)
    row = found.table.iloc[0]
    one = vc.ensemble(net(), storm, runs=6, seed=2).expected_value
    two = vc.ensemble(vc.edit.with_links(net(), ROWS.iloc[[0]]), storm, runs=6, seed=2).expected_value
    assert row["value_cut"] == pytest.approx(one - two)
    assert row["value_cut_low"] < row["value_cut"] < row["value_cut_high"]
    with pytest.raises(ScenarioError, match="finalists run one Scenario"):
        vc.finalists(net(), ROWS, scenario=None)
    with pytest.raises(ParameterError, match="have no column flow"):
        vc.finalists(net(), ROWS[["candidate", "product", "buyer"]], scenario=storm)


def test_the_same_money_as_stock_is_a_plain_run_with_so_many_days_more():
    fire = vc.Scenario(name="fire", days=60, shocks=[vc.Shock(where={"firms": ["a"]}, loss=1.0, start=2, days=30)])
    model = vc.Inventory(stock_days=3)
    # b uses 8 a year: 0.16 buy 7.3 days.
    found = vc.finalists(net(), ROWS.assign(cost=0.16), scenario=fire, model=model).table.set_index("candidate")
    assert found["stock_days"].tolist() == pytest.approx([7.3, 7.3])
    tables = net().tables
    links = tables["links"]
    more = links.assign(stock_days=[10.3 if b == "b" else None for b in links["buyer"]])
    stocked = vc.Network.from_tables(**{**tables, "links": more, **net().metadata})
    cut = vc.simulate(net(), fire, model=model).lost_value - vc.simulate(stocked, fire, model=model).lost_value
    assert found["stock_cut"].tolist() == pytest.approx([cut, cut])
    # b makes 20 a year and stops seven days later, for want of q.
    assert cut == pytest.approx(7.3 * 20 / 365, rel=0.15)
    assert list(found.columns)[2:] == [
        *("value_cut", "value_cut_low", "value_cut_high", "cost", "stock_days"),
        *("stock_cut", "stock_cut_low", "stock_cut_high", "lost_value"),
    ]
    other = vc.finalists(net(), ROWS.assign(cost=0.16), scenario=fire, model=vc.Cascade())
    assert "stock_cut" not in other.table
    assert "not worked out" in other.notes[-1]

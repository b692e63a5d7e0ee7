"""The inventory model on networks small enough to work out by hand; the published program is in tests/reference."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, ParameterError, ScenarioError
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import run
from valuechain.models.timeline import timeline

RULES = ("proportional", "final-last", "smallest-first", "final-last-smallest-first")
ORDERS = ("past", "full", "no-return")
CHAIN = [("z", "m", 10.0), ("m", "a", 20.0)]


def chain(days: float = 5.0, **options) -> vc.Network:
    """Return z -> m -> a, ids in reverse, flows per day; a sells 30 to final users."""
    firms = {"final_demand": {"a": 30.0, "m": 0.0, "z": 0.0}, "stock_days": dict.fromkeys("amz", days)}
    return network_of(CHAIN, firms=firms, essential_rule="all", flow_period="day", currency="kEUR", **options)


def fails(firm: str, *, loss: float = 1.0, start: int = 0, **options) -> vc.Scenario:
    return vc.Scenario(shocks=[vc.Shock(where={"firms": [firm]}, loss=loss, start=start, **options)])


def of(result, name: str, firm: str) -> np.ndarray:
    return result.firms[name].sel(firm=firm).to_numpy()


# ---- closed forms


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("rationing", RULES)
@pytest.mark.parametrize("days", [1, 4, 5])
def test_a_buyer_stops_after_exactly_its_days_of_stock(days, rationing, reference):
    result = vc.simulate(
        chain(days), fails("z", start=3), model=vc.Inventory(rationing=rationing, reference=reference), days=30
    )
    made = of(result, "production", "m")
    assert made[: 3 + days] == pytest.approx(20)
    assert made[3 + days :] == pytest.approx(0, abs=1e-9)
    # The next in the chain lives on its own stocks as long again.
    assert of(result, "production", "a")[: 3 + 2 * days] == pytest.approx(30)
    assert of(result, "production", "a")[3 + 2 * days :] == pytest.approx(0, abs=1e-9)


def test_table_units_and_loss():
    result = vc.simulate(chain(), fails("a", loss=0.5, start=2, days=3), days=8)
    assert list(result.table.columns) == ["day", "production", "loss"]
    assert result.table["production"].iloc[:2].tolist() == [60, 60]
    assert result.table["loss"].iloc[2] == pytest.approx(15 / 60)
    assert result.units["production"] == "kEUR per day"
    assert dict(result.firms.sizes) == {"day": 8, "firm": 3, "product": 2}
    kept = {"production", "demand", "capacity", "stock", "delivered_final", "binding", "undisturbed"}
    assert set(result.firms) == kept
    assert of(result, "capacity", "a").tolist() == [30, 30, 15, 15, 15, 30, 30, 30]


def test_orders_fall_upstream():
    # a loses half: it uses 10 of m's product a day less, so it holds 110, and wants 50 (past) or 100 (full).
    past = vc.simulate(chain(), fails("a", loss=0.5), days=3)
    assert of(past, "demand", "m")[1] == pytest.approx(max(0, 10 + (5 * 10 - 110) / 6))
    full = vc.simulate(chain(), fails("a", loss=0.5), model=vc.Inventory(orders="full"), days=3)
    assert of(full, "demand", "m")[1] == pytest.approx(10 + (5 * 20 - 110) / 6)
    stays = vc.simulate(chain(), fails("a", loss=0.5), model=vc.Inventory(orders="no-return"), days=3)
    assert of(stays, "demand", "m")[1] == pytest.approx(10)


STAR = [("hub", "big", 30.0), ("hub", "small", 10.0)]


@pytest.mark.parametrize(
    ("rationing", "final"),
    [("proportional", 10.0), ("final-last", 0.0), ("smallest-first", 10.0), ("final-last-smallest-first", 0.0)],
)
def test_who_is_served_first(rationing, final):
    firms = {"final_demand": {"hub": 20.0, "big": 40.0, "small": 15.0}}
    network = network_of(STAR, firms=firms, essential_rule="all", flow_period="day")
    result = vc.simulate(network, fails("hub", loss=0.5), model=vc.Inventory(rationing=rationing), days=1)
    assert of(result, "production", "hub").tolist() == [30]
    assert of(result, "delivered_final", "hub")[0] == pytest.approx(final)


def test_smallest_relative_orders_are_filled_first():
    # big has little use for goods from day 0 on: its relative order is the smaller one, so it gets all of it.
    firms = {"final_demand": {"hub": 0.0, "big": 40.0, "small": 15.0}, "stock_days": dict.fromkeys(("big", "small"), 2)}
    network = network_of(STAR, firms=firms, essential_rule="all", flow_period="day")
    shocks = [vc.Shock(where={"firms": ["hub"]}, loss=0.6), vc.Shock(where={"firms": ["big"]}, loss=0.7)]
    result = vc.simulate(
        network, vc.Scenario(shocks=shocks), model=vc.Inventory(rationing="smallest-first", orders="no-return"), days=3
    )
    # Day 0: usual orders, each gets 0.4 of it. Day 1: big orders 9 of 30, small 10 + (20 - 14)/6 = 11 of 10; made: 16.
    assert of(result, "stock", "big") == pytest.approx([60, 60 - 9 + 12, 60 - 9 + 12 - 9 + 9])
    assert of(result, "stock", "small") == pytest.approx([20, 20 - 10 + 4, 20 - 10 + 4 - 10 + 7])


def test_non_essential_inputs_take_only_their_share():
    links = [("e", "b", 10.0), ("n", "b", 30.0)]
    firms = {"final_demand": {"b": 100.0}, "stock_days": {"b": 2}}
    network = network_of(links, firms=firms, essential=[("e", "b", 2), ("n", "b", 1)], flow_period="day")
    result = vc.simulate(network, fails("n"), days=20, model=vc.Inventory(orders="full"))
    assert of(result, "production", "b")[-1] == pytest.approx(100 * (1 - 30 / 40))
    result = vc.simulate(network, fails("e"), days=20)
    assert of(result, "production", "b")[-1] == pytest.approx(0, abs=1e-9)
    network = network_of(links, firms=firms, essential=[("e", "b", 2), ("n", "b", 0)], flow_period="day")
    assert of(vc.simulate(network, fails("n"), days=20), "production", "b")[-1] == pytest.approx(100)


def test_overproduction_fills_stocks_again():
    firms = {
        "final_demand": {"a": 30.0, "m": 5.0},
        "capacity": {"z": 15.0, "m": 25.0, "a": 30.0},
        "stock_days": dict.fromkeys("amz", 4),
    }
    network = network_of(CHAIN, firms=firms, essential_rule="all", flow_period="day")
    shock = fails("z", start=1, days=3)
    plain = vc.simulate(network, shock, model=vc.Inventory(orders="full"), days=60)
    more = vc.simulate(network, shock, model=vc.Inventory(orders="full", overproduction=True), days=60)
    assert of(plain, "production", "z").max() == 10
    assert of(more, "production", "z").max() > 10
    assert of(more, "production", "z").max() <= 15
    assert of(plain, "stock", "m")[-1] < 40 - 1
    assert of(more, "stock", "m")[-1] == pytest.approx(40, rel=1e-3)


# ---- units, defaults, notes


def test_flows_per_year_are_divided_by_365():
    daily = vc.simulate(chain(), fails("z"), days=20)
    links = [(s, b, f * 365) for s, b, f in CHAIN]
    firms = {"final_demand": {"a": 30.0 * 365, "m": 0.0, "z": 0.0}, "stock_days": dict.fromkeys("amz", 5.0)}
    yearly = vc.simulate(network_of(links, firms=firms, essential_rule="all"), fails("z"), days=20)
    np.testing.assert_allclose(daily.table, yearly.table, rtol=1e-12)


def test_missing_stock_days_are_said_once():
    firms = {"final_demand": {"a": 30.0}, "stock_days": {"a": 3.0}}
    network = network_of(CHAIN, firms=firms, essential_rule="all")
    with pytest.warns(DefaultWarning, match=r"1 of 2 firms that buy give no stock_days \('m'\).*stocks of 15 days"):
        first = vc.simulate(network, fails("z"), days=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = vc.simulate(network, fails("z"), days=3)
    assert any("15 days" in n for n in first.notes)
    assert first.notes == again.notes


def test_final_demand_from_output_where_it_is_missing():
    network = network_of(CHAIN, firms={"output": {"a": 30.0, "m": 25.0}}, essential_rule="all", flow_period="day")
    result = vc.simulate(network, {}, days=2)
    assert of(result, "delivered_final", "m")[0] == 5
    assert any("output less their sales" in n for n in result.notes)
    assert any("neither final_demand nor output" in n for n in result.notes)


def test_loss_is_relative_to_the_undisturbed_economy():
    # Stocks begin below their target: orders are above usual, so some go short without any shock.
    firms = {"final_demand": {"a": 30.0, "m": 5.0}, "stock_days": {"m": 9.0}, "initial_stock_days": {"m": 2.0}}
    network = network_of(CHAIN, firms={**firms}, essential_rule="all", flow_period="day")
    with pytest.warns(DefaultWarning, match="'a'"):
        result = vc.simulate(network, {}, days=40)
    assert (result.table["loss"] == 0).all()
    assert result.total_loss == 0


def test_an_economy_that_stays_down_is_flagged():
    # In a ring without final demand orders follow past production, so what is lost is never ordered again.
    ring = [("a", "b", 10.0), ("b", "c", 10.0), ("c", "a", 10.0)]
    network = network_of(ring, essential_rule="all", flow_period="day")
    result = vc.simulate(network, fails("a", loss=0.5, start=2, days=30), days=200)
    assert result.not_returned == 3
    assert any("economy stays down for good" in n for n in result.notes)
    lasting = vc.simulate(network, fails("a", loss=0.5), days=20)
    assert lasting.not_returned is None
    assert vc.simulate(network, {}, days=20).not_returned == 0


# ---- links and inputs


def test_a_closed_link_lets_stocks_be_used_and_a_lost_input_does_not():
    def closed(what: str) -> vc.Scenario:
        return vc.Scenario(shocks=[vc.Shock(what=what, where={"product": "z"}, start=2)])

    link = vc.simulate(chain(4), closed("link"), days=12)
    assert of(link, "production", "m")[:6] == pytest.approx(20)
    assert of(link, "production", "m")[6:] == pytest.approx(0, abs=1e-9)
    assert of(link, "production", "z")[2:] == pytest.approx(0)
    lost = vc.simulate(chain(4), closed("essential-input"), days=12)
    assert of(lost, "production", "m")[:2] == pytest.approx(20)
    assert of(lost, "production", "m")[2:] == pytest.approx(0)


def test_half_a_link_carries_half_the_usual_flow_whatever_is_ordered():
    half = vc.Scenario(shocks=[vc.Shock(what="link", where={"supplier": "z", "buyer": "m"}, loss=0.5)])
    result = vc.simulate(chain(2), half, model=vc.Inventory(orders="full"), days=30)
    assert of(result, "production", "z") == pytest.approx(5)
    assert of(result, "production", "m")[-1] == pytest.approx(10)


# ---- refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rationing": "proportionl"}, "did you mean 'proportional'"),
        ({"orders": "none"}, "write 'past' or 'full' or 'no-return'"),
        ({"tau": 0}, "tau 0 is not a number of days"),
        ({"stock_days": float("nan")}, "stock_days nan"),
        ({"reference": 1}, "neither True nor False"),
        ({"reference": True, "overproduction": True}, "not in the published program"),
    ],
)
def test_parameters_are_checked(options, message):
    with pytest.raises(ParameterError, match=message):
        vc.Inventory(**options)


def test_bad_calls_are_refused():
    with pytest.raises(ParameterError, match="days 0 is not a horizon"):
        vc.simulate(chain(), {}, days=0)
    with pytest.raises(ParameterError, match="model 7 is none"):
        vc.simulate(chain(), {}, model=7)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="scenario 5 is none"):
        vc.simulate(chain(), 5)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="shock 1: where firms: firm 'zz' is not in network"):
        vc.simulate(chain(), {"zz": 1.0})


def test_shocks_after_the_last_day_are_said():
    assert any("begins after the last" in n for n in vc.simulate(chain(), fails("z", start=9), days=9).notes)


def test_the_published_program_knows_no_links():
    shock = vc.Scenario(shocks=[vc.Shock(what="link", where={"product": "z"})])
    with pytest.raises(ScenarioError, match="not in the published program"):
        vc.simulate(chain(), shock, model=vc.Inventory(reference=True))


def test_days_are_those_of_the_scenario_unless_given():
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["z"]})], days=7)
    assert len(vc.simulate(chain(), scenario).table) == 7
    assert len(vc.simulate(chain(), scenario, days=9).table) == 9
    assert vc.simulate(chain(), scenario, keep_firms=False).firms is None


# ---- every unit made is delivered


@pytest.mark.parametrize("orders", ORDERS)
@pytest.mark.parametrize("rationing", RULES)
def test_each_firm_delivers_what_it_makes(rationing, orders):
    network = vc.synthetic(firms=150, seed=3)
    ids = sorted(network.firm_ids)[:20]
    shock = vc.Scenario(shocks=[vc.Shock(where={"firms": ids}, loss=0.8, days=5, recovery="linear", recovery_days=20)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = prepare(network, vc.Inventory(rationing=rationing, orders=orders))
    outcome = run(prepared, timeline(network, shock, days=60), days=60, keep_firms=True)
    firms, graph = outcome.firms, prepared.graph
    used = firms.production[:-1] / graph.base * graph.bought
    received = np.diff(firms.stock, axis=0) + np.where(graph.base > 0, used, graph.bought)
    sent = firms.production - firms.delivered_final
    # Goods that leave a firm on a day are in its clients' stocks the day after; over all firms they are the same.
    essential = graph.slot_class.min() == 2
    if essential:
        np.testing.assert_allclose(received.sum(axis=1), sent[:-1].sum(axis=1), rtol=1e-9)
    assert outcome.to_nobody == pytest.approx(0, abs=1e-12)
    assert (firms.stock >= 0).all()
    assert (firms.production <= firms.capacity * (1 + 1e-11)).all()
    assert (firms.production <= firms.demand * (1 + 1e-11)).all()


def test_the_cascade_of_each_day_is_that_of_its_losses():
    # No stocks: on each day the network is where the cascade of that day's losses comes to rest.
    scenario = vc.Scenario(
        shocks=[
            vc.Shock(where={"firms": ["m"]}, loss=0.6, start=2, days=1, recovery="linear", recovery_days=3),
            vc.Shock(what="demand", where={"firms": ["a"]}, loss=0.25, start=1, days=9),
        ],
        days=8,
    )
    network = chain()
    result = vc.simulate(network, scenario, model=vc.Cascade())
    usual = result.firms["undisturbed"].to_numpy()
    for day, lost in enumerate([0, 0, 0.6, 0.6, 0.4, 0.2, 0, 0]):
        shocks = [vc.Shock(where={"firms": ["m"]}, loss=lost)]
        if day >= 1:
            shocks.append(vc.Shock(what="demand", where={"firms": ["a"]}, loss=0.25))
        alone = vc.cascade(network, vc.Scenario(shocks=shocks)).table.set_index("firm")["loss"]
        made = usual * (1 - alone[network.firm_ids].to_numpy())
        assert result.firms["production"][day].to_numpy() == pytest.approx(made)
        assert result.table["production"][day] == pytest.approx(made.sum())


def test_what_the_cascade_of_each_day_cannot_answer():
    shocks = [
        vc.Shock(what="link", where={"supplier": "m"}),
        vc.Shock(what="demand", where={"firms": ["a"]}, loss=-0.5),
    ]
    with pytest.raises(ScenarioError, match="shock 1: 'link' is not known") as error:
        vc.simulate(chain(), vc.Scenario(shocks=shocks), model=vc.Cascade())
    assert "shock 2: a surge" in str(error.value)
    with pytest.raises(ParameterError, match="weights 'sales'"):
        vc.simulate(chain(), {}, model=vc.Cascade(weights="sales"))


def test_what_each_firm_loses_is_known_without_its_days():
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["m"]}, loss=0.6, start=2, days=9)])
    whole, short = (vc.simulate(chain(), scenario, days=30, keep_firms=k) for k in (True, False))
    assert short.firms is None
    assert short.losses.table.equals(whole.losses.table)
    firms = whole.firms
    lost = (firms["undisturbed"] * firms.sizes["day"] - firms["production"].sum("day")).to_series()
    table = short.losses.table.set_index("firm")
    assert table["lost_value"].to_dict() == pytest.approx(lost.to_dict())
    assert table["lost_value"].is_monotonic_decreasing
    assert table["lost_value"].sum() == pytest.approx(whole.lost_value)


def test_shocks_that_hit_everything_or_nothing_are_told():
    shocks = [
        vc.Shock(loss=0.1, start=1, days=2),
        vc.Shock(what="demand", where={"firms": ["z"]}, loss=0.5, start=1),
        vc.Shock(what="link", loss=0.1, start=9),
    ]
    notes = vc.simulate(chain(), vc.Scenario(shocks=shocks), days=5).notes
    for words in (
        "Shock 1 has no selector in where: it hits all 3 firms.",
        "Shock 2 changes nothing: the firms it hits have no final demand.",
        "Shock 3 has no selector in where: it hits all 2 links.",
        "Shock 3 begins after the last simulated day, 4: nothing of it is seen.",
    ):
        assert words in notes
    late = vc.Shock(where={"firms": ["z"]}, loss=0.5, start={"distribution": "uniform", "low": 8, "high": 9})
    found = vc.ensemble(chain(), vc.Scenario(shocks=[late]), runs=3, days=5)
    assert any("Shock 1 begins after the last simulated day, 4, in every run" in n for n in found.notes)

"""ARIO through ``simulate``: closed forms on networks small enough to work out by hand, and timing as in all models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.models.ario_dynamics import ario_dynamics
from valuechain.models.timeline import timeline

SECTOR = {"ore_a": "ore", "ore_b": "ore"}
LINKS = [("ore_b", "bolts", 1.0), ("ore_a", "bolts", 3.0)]
FIRMS = {"final_demand": {"bolts": 10.0, "ore_a": 0.0, "ore_b": 3.0}}
RECOVERIES = [None, "none", "instant", "linear", "uniform", "exponential", "neighbours", "convex", "concave"]
STEADY = {"alpha_max": 1.0}
"""Overproduction never moves, so that capacity shows what shocks leave."""


def mill(**options: object) -> vc.Network:
    """Return bolts made of 4 of ore a day, 3 from ore_a and 1 from ore_b; bolts and ore_b sell to final users."""
    given = {"sector": SECTOR, "firms": FIRMS, "order": ["ore_b", "bolts", "ore_a"], "flow_period": "day"}
    return network_of(LINKS, **given | options)


def plain(*shocks: vc.Shock) -> vc.Scenario:
    return vc.Scenario(shocks=shocks, overlap="combine")


def of(result: vc.SimulationResult, name: str, firm: str) -> np.ndarray:
    return result.firms[name].sel(firm=firm).to_numpy()


def fails(firm: str, *, loss: float = 1.0, **options: object) -> vc.Shock:
    return vc.Shock(where={"firms": [firm]}, loss=loss, **options)


# ---- shocks of each kind


@pytest.mark.parametrize("what", ["capacity", "capital"])
@pytest.mark.parametrize("recovery", RECOVERIES)
def test_capacity_is_lost_and_comes_back_as_in_every_model(what, recovery):
    shocks = [
        vc.Shock(what=what, where={"sector": "ore"}, loss=0.6, start=2, days=3, recovery=recovery, recovery_days=7),
        fails("ore_a", loss=0.5, start=4, days=5),
        fails("bolts", loss=0.25, start=0, days=9, recovery="exponential", recovery_days=3),
    ]
    network, scenario = mill(essential_rule="all"), plain(*shocks)
    result = vc.simulate(network, scenario, model=vc.Ario(**STEADY), days=20)
    line = timeline(network, scenario, days=20)
    kept = np.array([line.capacity_kept(day) for day in range(20)])
    np.testing.assert_allclose(result.firms["capacity"], kept * result.firms["undisturbed"].to_numpy(), rtol=1e-12)
    other = vc.simulate(network, scenario, model=vc.Inventory(), days=20)
    np.testing.assert_allclose(result.firms["capacity"], other.firms["capacity"], rtol=1e-12)


def test_recovery_days_of_each_firm():
    network = mill(firms={**FIRMS, "recovery_days": {"ore_a": 4.0, "ore_b": 10.0}})
    shock = vc.Shock(what="capital", where={"sector": "ore"}, loss=0.5, start=1, recovery="linear")
    result = vc.simulate(network, plain(shock), model=vc.Ario(**STEADY), days=8)
    assert of(result, "capacity", "ore_a") / 3 == pytest.approx([1, 0.5, 0.625, 0.75, 0.875, 1, 1, 1])
    assert of(result, "capacity", "ore_b")[5] / 4 == pytest.approx(1 - 0.5 * 0.6)


@pytest.mark.parametrize("days", [5.0, 10.0])
def test_a_buyer_slows_down_when_a_stock_is_below_its_share_of_the_target(days):
    """Both mines stop: production is whole while psi n days are there, then falls by 1 / (psi n) a day."""
    network = mill(firms={**FIRMS, "stock_days": {"bolts": days}})
    result = vc.simulate(network, plain(vc.Shock(where={"sector": "ore"}, start=3)), model=vc.Ario(psi=0.8), days=30)
    left = np.maximum(days - np.arange(27), 0.0)
    whole = int(0.2 * days) + 1
    expected = np.concatenate([np.ones(3), np.ones(whole), (1 - 1 / (0.8 * days)) ** np.arange(1, 28 - whole)])
    expected[3 + whole :] *= left[whole - 1] / (0.8 * days)
    np.testing.assert_allclose(of(result, "production", "bolts") / 10, expected, rtol=1e-12)
    assert of(result, "binding", "bolts").max() == network.products.tolist().index("ore")


def test_demand_that_stays_away_and_surges():
    shocks = [
        vc.Shock(what="demand", where={"firms": ["bolts"]}, loss=0.5, start=1, days=2),
        vc.Shock(what="demand", where={"firms": ["ore_b"]}, loss=-2.0, start=1, days=2),
    ]
    result = vc.simulate(mill(), plain(*shocks), model=vc.Ario(tau_alpha=1.0, alpha_max=2.0), days=5)
    assert of(result, "delivered_final", "bolts").tolist() == [10, 5, 5, 10, 10]
    # Orders of bolts are 1, final demand 9: half of what is wanted is missing at first.
    assert of(result, "demand", "ore_b")[:2].tolist() == [4, 10]
    scarce = (10 - 4) / 10
    assert of(result, "capacity", "ore_b")[1] == pytest.approx(4 * (1 + scarce))
    assert of(result, "delivered_final", "ore_b")[1] == pytest.approx(4 * (1 + scarce) * 9 / 10)


@pytest.mark.parametrize(("orders", "to_b"), [("alt", 4 - 1.5 + 1.5 / 60), ("noalt", (4 + 1.5 / 60) / 4)])
def test_a_link_carries_no_more_than_what_is_left_of_it(orders, to_b):
    """Half of the link that brings 3 is closed: 1.5 is ordered, and the rest from ore_b where buyers turn to others."""
    shock = vc.Shock(what="link", where={"supplier": "ore_a"}, loss=0.5, start=2, days=3)
    result = vc.simulate(mill(), plain(shock), model=vc.Ario(orders=orders, stock_days=30.0), days=12)
    assert of(result, "demand", "ore_a")[:5] == pytest.approx([3, 3, 1.5, 1.5, 1.5])
    assert of(result, "demand", "ore_b")[2:4] == pytest.approx([4, 3 + to_b])
    assert of(result, "stock", "bolts")[2:4] == pytest.approx([120, 118.5])
    # The link opens on day 5, for which is ordered on day 4.
    assert of(result, "demand", "ore_a")[5] > 3
    assert of(result, "demand", "ore_a")[6] > 2.9


def test_the_only_supplier_cannot_send_more_over_a_link_that_is_half_closed():
    network = network_of([("a", "z", 4.0)], firms={"final_demand": {"z": 9.0, "a": 1.0}}, flow_period="day")
    shock = vc.Shock(what="link", where={"buyer": "z"}, loss=0.25, recovery="linear", recovery_days=8, days=2)
    result = vc.simulate(network, plain(shock), model=vc.Ario(stock_days=40.0), days=6)
    kept = np.array([0.75, 0.75, 0.75, 1 - 0.25 * 7 / 8, 1 - 0.25 * 6 / 8, 1 - 0.25 * 5 / 8])
    limit = 4 * kept
    assert of(result, "demand", "a")[:3] == pytest.approx(limit[:3] + 1)
    # What a link can carry more tomorrow is ordered today, as goods move tomorrow.
    assert of(result, "demand", "a")[3:] == pytest.approx(limit[3:] + 1)


def test_of_a_lost_input_stocks_are_of_no_use():
    shock = vc.Shock(what="essential-input", where={"firms": ["bolts"]}, loss=0.4, start=2, days=3)
    network = mill()
    result = vc.simulate(network, plain(shock), model=vc.Ario(), days=9)
    assert of(result, "production", "bolts").tolist() == pytest.approx([10, 10, 6, 6, 6, 10, 10, 10, 10])
    assert of(result, "binding", "bolts").tolist() == [-1, -1, 0, 0, 0, -1, -1, -1, -1]
    assert network.products.tolist() == ["ore"]
    assert of(result, "capacity", "bolts")[2] >= 10
    # 0.6 of it may still be sent, and is used.
    assert of(result, "demand", "ore_a")[3] == pytest.approx(3 * 0.6)
    assert of(result, "stock", "bolts")[2:5] == pytest.approx(np.full(3, 360.0))
    # Only one of two suppliers: a quarter of the ore is ore_b's.
    one = vc.Shock(what="essential-input", where={"supplier": "ore_b"}, loss=1.0, start=2)
    result = vc.simulate(mill(), plain(one), model=vc.Ario(), days=4)
    assert of(result, "production", "bolts")[2:].tolist() == pytest.approx([7.5, 7.5])


# ---- rebuilding


def burns(loss: float = 0.1, **options: object) -> vc.Shock:
    given = {"start": 1, "days": 2, "rebuild_by": {"ore": 1.0}, "recovery_days": 10} | options
    return vc.Shock(what="capital", where={"firms": ["bolts"]}, loss=loss, **given)


ROOM = {"alpha_base": 1e4, "alpha_max": 1e4, "capital_ratio": 1e-3}
"""Everybody can make all that is asked for, and rebuilding is little beside that."""


def test_rebuilding_with_room_to_make_more():
    """A tenth of what remains is ordered, and delivered, every day."""
    result = vc.simulate(mill(), plain(burns()), model=vc.Ario(**ROOM), days=40)
    left = np.concatenate([[0, 0.1, 0.1], 0.1 * 0.9 ** np.arange(37)])
    np.testing.assert_allclose(of(result, "capacity", "bolts") / 1e5, 1 - left, rtol=1e-9)
    capital = 1e-3 * (10 - 4) * 365
    extra = of(result, "demand", "ore_a") - 3
    np.testing.assert_allclose(extra[:3], 0, atol=1e-9)
    np.testing.assert_allclose(extra[3:], 0.75 * capital * left[3:] / 10, rtol=1e-9)
    assert result.not_returned is None
    long = vc.simulate(mill(), plain(burns()), model=vc.Ario(**ROOM), days=100)
    assert long.not_returned == 0
    final = vc.simulate(mill(), plain(burns()), model=vc.Ario(**ROOM), days=46)
    assert 0.1 * 0.9**42 > 1e-3
    assert final.not_returned is None
    assert vc.simulate(mill(), plain(burns()), model=vc.Ario(**ROOM), days=48).not_returned == 0


def test_the_model_says_how_long_rebuilding_takes_where_the_shock_does_not():
    models = (vc.Ario(**ROOM, tau_rebuild=25.0), vc.Ario(**ROOM))
    own, told = (vc.simulate(mill(), plain(burns(recovery_days=d)), model=models[0], days=30) for d in (None, 25))
    assert own.table.equals(told.table)
    assert not own.table.equals(vc.simulate(mill(), plain(burns(recovery_days=None)), model=models[1], days=30).table)


def test_what_is_destroyed_twice_is_a_part_of_what_stands():
    shocks = [burns(0.5, days=9), burns(0.5, start=3, days=9), fails("bolts", loss=0.2, start=4)]
    result = vc.simulate(mill(), plain(*shocks), model=vc.Ario(**ROOM), days=6)
    assert of(result, "capacity", "bolts") / 1e5 == pytest.approx([1, 0.5, 0.5, 0.25, 0.2, 0.2])


def test_each_firm_may_lose_another_fraction_and_rebuild_in_another_time():
    """Effects as random runs draw them: a loss and a time for each firm that is hit."""
    network = mill()
    dynamics = ario_dynamics(network, vc.Ario(**ROOM))
    where = {"firms": ["ore_b", "bolts"]}
    shock = vc.Shock(what="capital", where=where, loss=1.0, start=1, rebuild_by={"ore": 0.5, "bolts": 0.5})
    (effect,) = dynamics.effects(plain(shock))
    given = {"bolts": (0.1, 5.0), "ore_b": (0.3, 20.0)}
    drawn = np.array([given[network.firm_ids[k]] for k in effect.hit])
    drawn = replace(effect, loss=drawn[:, 0], recovery_days=drawn[:, 1])
    run = dynamics.run([drawn], days=9, keep_firms=True)
    for firm, (loss, days) in given.items():
        at = network.positions([firm])[0]
        left = np.concatenate([[0], loss * (1 - 1 / days) ** np.arange(8)])
        usual = dynamics.undisturbed(9)[0, at]
        np.testing.assert_allclose(run.firms.capacity[:, at], 1e4 * usual * (1 - left), rtol=1e-9)


@pytest.mark.parametrize("model", [vc.Inventory(), vc.Cascade()])
@pytest.mark.parametrize(("given", "days"), [(None, 60), (10, 10)])
@pytest.mark.filterwarnings("ignore::valuechain.errors.ModelWarning")
def test_other_models_let_it_come_back_by_itself(model, given, days):
    result = vc.simulate(mill(essential_rule="all"), plain(burns(0.5, recovery_days=given)), model=model, days=9)
    left = np.array([0, 0.5, 0.5] + [0.5 * (1 - e / days) for e in range(6)])
    assert of(result, "capacity", "bolts") == pytest.approx(10 * (1 - left))


def test_who_has_no_capital_loses_production():
    """a buys for 4 and sells for 4: it adds no value, so it has no capital."""
    network = network_of([("z", "a", 4.0)], firms={"final_demand": {"a": 4.0, "z": 0.0}}, flow_period="day")
    both = vc.Shock(what="capital", loss=0.5, start=1, days=1, recovery="linear", recovery_days=2)
    result = vc.simulate(network, plain(both), model=vc.Ario(**STEADY), days=5)
    assert of(result, "capacity", "a").tolist() == [4, 2, 2, 3, 4]
    words = "1 firms ('a') lose capital but have none, as they add no value: the fraction is lost of their production."
    assert words in result.notes
    rebuilt = vc.Shock(what="capital", loss=0.5, start=1, days=1, recovery_days=2, rebuild_by={"z": 1.0})
    result = vc.simulate(network, plain(rebuilt), model=vc.Ario(**STEADY), days=5)
    assert of(result, "capacity", "a").tolist() == [4, 2, 2, 3, 4]
    assert of(result, "capacity", "z")[1:3].tolist() == [2, 2]
    assert words in result.notes


@pytest.mark.parametrize("orders", ["alt", "noalt"])
@pytest.mark.parametrize("days", [1, 3])
def test_a_link_is_closed_for_as_many_days_as_the_shock_says(orders, days):
    # One supplier, one buyer, both with final demand: what the buyer asks for is missing on the closed days only.
    network = network_of(
        [("s", "b", 10.0)], firms={"final_demand": {"s": 10.0, "b": 20.0}}, essential_rule="all", flow_period="day"
    )
    closed = vc.Shock(what="link", where={"supplier": "s"}, start=4, days=days)
    demand = of(vc.simulate(network, plain(closed), model=vc.Ario(orders=orders), days=14), "demand", "s")
    assert demand[4 : 4 + days].tolist() == pytest.approx([10.0] * days)
    assert (demand[4 + days :] >= 20.0 - 1e-9).all()
    assert demand[:4].tolist() == pytest.approx([20.0] * 4)

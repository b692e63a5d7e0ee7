"""Switching to other suppliers of a slot: closed forms on stars of two and three suppliers."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import _Walk, given_on
from valuechain.models.timeline import timeline

RULES = ("proportional", "final-last", "smallest-first", "final-last-smallest-first")
STAR = [("p", "b", 20.0), ("o", "b", 20.0)]
SLOWLY = 1e12
"""Days in which gaps are closed: so long that orders are what is used, which makes closed forms short."""


def star(
    most: float = 40.0, *, days: float = 8.0, links=STAR, final: dict | None = None, most_p: float = 20.0
) -> vc.Network:
    """Return suppliers o and p of one product, 20 a day each for b; o can make ``most``."""
    firms = {
        "final_demand": {"b": 100.0, "o": 0.0, "p": 0.0, **(final or {})},
        "capacity": {"b": 100.0, "o": most, "p": most_p},
        "stock_days": dict.fromkeys("bcdop", days),
    }
    sector = {"o": "part", "p": "part", "b": "b"}
    return network_of(links, sector=sector, firms=firms, essential_rule="all", flow_period="day")


def model(**options) -> vc.Inventory:
    return vc.Inventory(**{"overproduction": True, "switch_after": 3, "tau": SLOWLY, **options})


def fails(**options) -> vc.Scenario:
    return vc.Scenario(shocks=[vc.Shock(**{"where": {"firms": ["p"]}, "start": 2, **options})])


def of(result, name: str, firm: str) -> np.ndarray:
    return result.firms[name].sel(firm=firm).to_numpy()


# ---- one buyer, two suppliers


@pytest.mark.parametrize("orders", ["past", "full", "no-return"])
@pytest.mark.parametrize("rationing", RULES)
@pytest.mark.parametrize("after", [1, 3, 5])
def test_the_other_supplier_takes_over_after_so_many_days(after, rationing, orders):
    chosen = model(switch_after=after, rationing=rationing, orders=orders)
    result = vc.simulate(star(), fails(), model=chosen, days=60)
    # Goods of days 2 to 2 + after - 1 are missing; those ordered on day 2 + after come on the day after it.
    assert of(result, "production", "o") == pytest.approx([20.0] * (2 + after) + [40.0] * (58 - after))
    stock = 8 * 40 - 20 * np.clip(np.arange(60) - 2, 0, after)
    assert of(result, "stock", "b") == pytest.approx(stock)
    assert of(result, "production", "b") == pytest.approx(100)
    assert of(result, "demand", "p") == pytest.approx(20)


def test_stocks_are_filled_again_and_production_returns_after_a_stop():
    # Stocks of two days end before the buyer switches; with gaps closed in six days all is made up for.
    result = vc.simulate(star(60, days=2), fails(), model=model(tau=6, orders="full", switch_after=4), days=80)
    made = of(result, "production", "b")
    assert made[:5] == pytest.approx(100)
    assert 45 < made[5:7].max() < 60
    assert made[11:] == pytest.approx(100)
    assert of(result, "stock", "b")[-1] == pytest.approx(80, rel=1e-4)


def test_with_capacity_for_half_of_what_is_lacking_half_is_replaced():
    result = vc.simulate(star(30), fails(), model=model(tau=6, orders="full"), days=60)
    assert of(result, "production", "o")[5:] == pytest.approx(30)
    assert of(result, "production", "b")[-20:] == pytest.approx(75)
    without = vc.simulate(star(30), fails(), model=model(tau=6, orders="full", switch_after=None), days=60)
    assert result.total_loss < without.total_loss


def test_half_a_failure_is_replaced_by_half():
    result = vc.simulate(star(), fails(loss=0.5), model=model(), days=40)
    assert of(result, "production", "o") == pytest.approx([20.0] * 5 + [30.0] * 35)
    assert of(result, "production", "p") == pytest.approx([20.0] * 2 + [10.0] * 38)
    assert of(result, "stock", "b")[-1] == pytest.approx(8 * 40 - 3 * 10)


@pytest.mark.parametrize("loss", [0.5, 1.0])
def test_the_closed_part_of_a_link_is_replaced(loss):
    closed = fails(what="link", where={"supplier": "p", "buyer": "b"}, loss=loss)
    result = vc.simulate(star(), closed, model=model(), days=40)
    assert of(result, "production", "o") == pytest.approx([20.0] * 5 + [20 + 20 * loss] * 35)
    assert of(result, "production", "p")[2:] == pytest.approx(20 - 20 * loss)
    assert of(result, "production", "b") == pytest.approx(100)


def test_a_link_that_is_half_closed_carries_no_more_of_what_others_lack():
    shocks = [
        vc.Shock(where={"firms": ["p"]}, start=2),
        vc.Shock(what="link", where={"supplier": "o", "buyer": "b"}, loss=0.1, start=1),
    ]
    result = vc.simulate(star(), vc.Scenario(shocks=shocks), model=model(), days=30)
    # Stocks of 320 lose 22 a day until day 16; after that b uses less.
    assert of(result, "production", "b")[:15] == pytest.approx(100)
    assert of(result, "production", "o")[1:15] == pytest.approx(18)
    assert of(result, "production", "o").max() == pytest.approx(20)


def test_a_loss_of_one_percent_is_not_short_and_of_two_is():
    for loss, made in ((0.01, 20.0), (0.02, 20.4)):
        result = vc.simulate(star(), fails(loss=loss), model=model(), days=20)
        assert of(result, "production", "o")[-1] == pytest.approx(made)


def test_it_ends_when_the_supplier_delivers_in_full_again():
    # p is back on day 10, which b sees on day 11: on day 10 both deliver.
    result = vc.simulate(star(), fails(days=8), model=model(), days=40)
    assert of(result, "production", "o") == pytest.approx([20.0] * 5 + [40.0] * 6 + [20.0] * 29)
    assert of(result, "production", "p") == pytest.approx([20.0] * 2 + [0.0] * 8 + [20.0] * 30)


@pytest.mark.parametrize("orders", ["full", "past"])
@pytest.mark.parametrize("leads", [None, [1, 6], [6, 1]])
def test_suppliers_do_not_take_turns(orders, leads):
    """While nothing changes outside, what the other makes comes to rest, without going up and down."""
    network = star(100)
    if leads:
        tables = network.tables
        tables["links"] = tables["links"].assign(lead_days=leads)
        network = vc.Network.from_tables(**tables, **network.metadata)
    result = vc.simulate(network, fails(days=60), model=model(tau=6, orders=orders), days=160)
    for day in (62, 160):
        other = of(result, "production", "o")[day - 30 : day]
        assert (np.abs(np.diff(other)) <= np.abs(np.diff(other))[0] + 1e-9).all()
        assert len(np.unique(np.sign(np.diff(other).round(6)))) <= 2
    assert of(result, "production", "o")[61] == pytest.approx(40, abs=0.2)
    assert of(result, "production", "b") == pytest.approx(100)
    for firm in "op":
        assert of(result, "production", firm)[-1] == pytest.approx(20, abs=0.1)
    assert of(result, "stock", "b")[-1] == pytest.approx(8 * 40, rel=0.02)


def test_without_overproduction_what_demand_leaves_free_is_used():
    links = [*STAR, ("o", "c", 15.0)]
    network = star(35.0, links=links, final={"c": 50.0})
    shocks = [vc.Shock(where={"firms": ["p"]}, start=2), vc.Shock(what="demand", where={"firms": ["c"]}, loss=1.0)]
    chosen = model(overproduction=False, orders="past")
    result = vc.simulate(network, vc.Scenario(shocks=shocks), model=chosen, days=30)
    # c orders nothing from day 1 on, so o has 15 of its 35 to spare.
    assert of(result, "production", "o") == pytest.approx([35.0] + [20.0] * 4 + [35.0] * 25)
    assert any("Without overproduction suppliers have capacity to spare only where demand" in n for n in result.notes)
    assert any("after 3 days below 99 %" in n for n in result.notes)
    only = vc.simulate(star(20), fails(), model=chosen, days=30)
    assert of(only, "production", "o") == pytest.approx(20)


# ---- several buyers, several suppliers


def test_two_buyers_share_the_same_capacity_and_clients_lose_nothing():
    links = [*STAR, ("p", "c", 30.0), ("o", "c", 5.0), ("o", "d", 7.0)]
    network = star(42.0, links=links, final={"c": 90.0, "d": 20.0})
    shares = []
    for rationing in RULES:
        prepared = prepare(network, model(rationing=rationing))
        line = timeline(network, fails(), days=12)
        walk = _Walk(prepared)
        for day in range(12):
            walk.one_day(given_on(prepared, line, day), day)
        assert walk.state.production[network.positions(["o"])[0]] == pytest.approx(42)
        shares.append({label: walk.state.order[e] for e, label in enumerate(labels(network, prepared))})
    # 10 to spare; each would take all of it (20 and 30 are lacking), so each gets a half. d gets what it always got.
    for share in shares:
        assert share["o", "b"] == pytest.approx(25)
        assert share["o", "c"] == pytest.approx(10)
        assert share["o", "d"] == pytest.approx(7)


def labels(network: vc.Network, prepared) -> list[tuple[str, str]]:
    rows = network.links.iloc[prepared.link]
    return list(zip(rows["supplier"], rows["buyer"], strict=True))


def test_what_is_lacking_goes_to_others_by_their_spare_capacity():
    links = [*STAR, ("q", "b", 10.0)]
    firms = {
        "final_demand": {"b": 100.0, "o": 0.0, "p": 0.0, "q": 0.0},
        "capacity": {"b": 100.0, "o": 50.0, "p": 20.0, "q": 20.0},
        "stock_days": {"b": 8.0},
    }
    sector = {"o": "part", "p": "part", "q": "part", "b": "b"}
    network = network_of(links, sector=sector, firms=firms, essential_rule="all", flow_period="day")
    result = vc.simulate(network, fails(), model=model(), days=20)
    assert of(result, "production", "o")[5:] == pytest.approx(20 + 20 * 30 / 40)
    assert of(result, "production", "q")[5:] == pytest.approx(10 + 20 * 10 / 40)


def test_what_one_cannot_take_on_is_asked_of_the_next_the_same_day():
    # b and c lack 12 each. b may ask o (10 to spare) and q (10), c only o. o is asked for 6 and 10, of which it takes
    # 10; then b still lacks 12 - 6 - 3.75 and finds it with q.
    links = [("p", "b", 12.0), ("o", "b", 1.0), ("q", "b", 1.0), ("p", "c", 12.0), ("o", "c", 1.0)]
    names = "bcopq"
    firms = {
        "final_demand": {"b": 100.0, "c": 100.0, "o": 0.0, "p": 0.0, "q": 0.0},
        "capacity": {"b": 100.0, "c": 100.0, "p": 24.0, "o": 12.0, "q": 11.0},
        "stock_days": dict.fromkeys(names, 8.0),
    }
    sector = {n: "part" if n in "opq" else n for n in names}
    network = network_of(links, sector=sector, firms=firms, essential_rule="all", flow_period="day")
    result = vc.simulate(network, fails(), model=model(), days=8)
    assert of(result, "production", "o")[5:] == pytest.approx(12)
    assert of(result, "production", "q")[5:] == pytest.approx(1 + 12 - 10 * 6 / 16)


def test_another_product_is_no_substitute():
    network = star(links=[("p", "b", 20.0, "one"), ("o", "b", 20.0, "two")])
    result = vc.simulate(network, fails(), model=model(), days=30)
    assert of(result, "production", "o").max() == pytest.approx(20)
    assert of(result, "production", "b")[-1] == pytest.approx(0, abs=1e-9)


def test_a_buyer_that_never_sees_enough_short_days_changes_no_bit():
    network = vc.synthetic(firms=120, seed=4)
    tables = network.tables
    tables["firms"] = tables["firms"].assign(stock_days=5.0)
    network = vc.Network.from_tables(**tables, essential_rule="all")
    shock = vc.Scenario(shocks=[vc.Shock(where={"firms": sorted(network.firm_ids)[:9]}, start=2, days=9)])
    one, two = (vc.simulate(network, shock, model=vc.Inventory(switch_after=n), days=40) for n in (None, 50))
    assert one.table.equals(two.table)
    assert one.firms.equals(two.firms)
    assert not vc.simulate(network, shock, model=vc.Inventory(switch_after=2), days=40).firms.equals(one.firms)


@pytest.mark.parametrize("after", [0, -1, 2.5, True, "3", 10_000_000])
def test_bad_numbers_of_days_are_refused(after):
    with pytest.raises(ParameterError, match=r"switch_after .* write a whole number from 1"):
        vc.Inventory(switch_after=after)

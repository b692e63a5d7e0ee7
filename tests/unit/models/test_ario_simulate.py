"""ARIO through ``simulate``: closed forms on networks small enough to work out by hand, and timing as in all models."""

from __future__ import annotations

import math

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ConservationError, ScenarioError
from valuechain.io.mrio import from_pymrio
from valuechain.models import ario_run as run_module
from valuechain.models.ario_dynamics import ario_dynamics
from valuechain.models.ario_events import CapitalLoss, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_run import run_ario
from valuechain.models.ario_table import ario_table
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
    return vc.Scenario(shocks=shocks)


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
    # The link opens on day 5, but what was ordered on day 4 was ordered with it half closed.
    assert of(result, "demand", "ore_a")[5] == pytest.approx(1.5)
    assert of(result, "demand", "ore_a")[6] > 2.9


def test_the_only_supplier_cannot_send_more_over_a_link_that_is_half_closed():
    network = network_of([("a", "z", 4.0)], firms={"final_demand": {"z": 9.0, "a": 1.0}}, flow_period="day")
    shock = vc.Shock(what="link", where={"buyer": "z"}, loss=0.25, recovery="linear", recovery_days=8, days=2)
    result = vc.simulate(network, plain(shock), model=vc.Ario(stock_days=40.0), days=6)
    kept = np.array([0.75, 0.75, 0.75, 1 - 0.25 * 7 / 8, 1 - 0.25 * 6 / 8, 1 - 0.25 * 5 / 8])
    limit = 4 * kept
    assert of(result, "demand", "a")[:3] == pytest.approx(limit[:3] + 1)
    # What a link can carry more from one day to the next is ordered on the day after.
    assert of(result, "demand", "a")[3:] == pytest.approx(limit[2:5] + 1)


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


# ---- what the tables say


def test_days_of_stock_by_buyer_by_input_and_by_default():
    links = [*LINKS, ("coal", "bolts", 2.0), ("coal", "ore_b", 1.0)]
    firms = {"final_demand": {**FIRMS["final_demand"], "coal": 0.0}, "stock_days": {"bolts": 7.0, "ore_a": 0.5}}
    network = network_of(links, sector=SECTOR, firms=firms, flow_period="day")
    dynamics = ario_dynamics(network, vc.Ario(stock_days=30.0))
    days = dynamics.table.kernel.stock_days[:, dynamics.table.rank]
    place = {firm: network.positions([firm])[0] for firm in network.firm_ids}
    assert days[:, place["bolts"]].tolist() == [7, 7, 7]
    assert days[:, place["ore_b"]].tolist() == [30, 30, 30]
    assert days[:, place["ore_a"]].tolist() == [2, 2, 2]
    assert "1 firms hold stocks of a day or less: they are taken to hold 2 days'." in dynamics.notes
    assert "1 firms that buy give no stock_days: the model's 30 days are taken." in dynamics.notes
    named = ario_dynamics(network, vc.Ario(stock_days={"ore": math.inf, "coal": 4.0})).table
    assert named.kernel.endless.tolist() == [False, False, True]
    assert named.kernel.stock_days[:, named.rank[place["bolts"]]].tolist() == [7, 4, 0]
    published = ario_dynamics(network, vc.Ario(reference=True))
    assert (published.table.kernel.stock_days == 90).all()
    assert "The column stock_days of firms is not used, as in the published program." in published.notes


def test_who_makes_nothing_goes_on_buying():
    """idle buys for 2 and sells nothing; its purchases are no final demand, and stop when the link does."""
    links = [*LINKS, ("ore_a", "idle", 2.0)]
    firms = {"final_demand": {**FIRMS["final_demand"], "idle": 0.0}}
    network = network_of(links, sector=SECTOR, firms=firms, flow_period="day")
    calm = vc.simulate(network, vc.Scenario(), model=vc.Ario(), days=5)
    assert of(calm, "production", "ore_a").tolist() == pytest.approx([5] * 5)
    assert "1 firms buy but sell nothing: they go on buying as usual while links are open." in calm.notes
    cut = vc.Shock(what="link", where={"buyer": "idle"}, loss=0.75, start=2, days=1)
    result = vc.simulate(network, plain(cut), model=vc.Ario(**STEADY), days=5)
    assert of(result, "demand", "ore_a").tolist() == pytest.approx([5, 5, 3.5, 5, 5])
    assert of(result, "delivered_final", "ore_a").tolist() == [0] * 5


def test_products_of_links_are_not_used_and_that_is_said():
    links = [(*link, "nickel" if link[0] == "ore_a" else "iron") for link in LINKS]
    network = network_of(links, sector=SECTOR, firms=FIRMS, flow_period="day", essential_rule="none")
    result = vc.simulate(network, plain(fails("ore_a", start=1)), model=vc.Ario(), days=9)
    assert "binding" not in result.firms
    assert "Inputs are told apart by the sector of the supplier; products of links are not used." in result.notes
    assert any("what the network says of essential inputs is not used" in note for note in result.notes)
    held = mill(firms={**FIRMS, "capacity": {"bolts": 20.0}, "initial_stock_days": {"bolts": 3.0}})
    words = (
        "ARIO does not use: capacity (overproduction goes by alpha_max); initial_stock_days (stocks begin on target)"
    )
    assert any(words in note for note in vc.simulate(held, vc.Scenario(), model=vc.Ario(), days=1).notes)


def test_units_and_what_a_run_rests_on():
    result = vc.simulate(mill(currency="kEUR"), plain(fails("ore_a")), model=vc.Ario(stock_days={"ore": 9.0}), days=3)
    assert result.units["production"] == "kEUR per day"
    assert result.parameters["model"] == "ARIO (Hallegatte 2008, 2014)"
    assert result.parameters["stock_days"] == {"ore": 9.0}
    assert (result.parameters["psi"], result.parameters["restoration"]) == (0.8, 60.0)
    assert vc.simulate(mill(), plain(fails("ore_a")), model=vc.Ario(), days=3, keep_firms=False).firms is None


# ---- the published program


def test_published_events_of_a_scenario():
    network, model, days = mill(), vc.Ario(reference=True), 30
    recovers = {"recovery": "convex", "recovery_days": 9}
    shocks = [
        fails("ore_a", loss=0.5, start=2, days=4),
        vc.Shock(what="capital", where={"firms": ["bolts"]}, loss=0.3, start=1, days=3, **recovers),
        burns(0.001, start=2, days=1, recovery_days=20),
    ]
    result = vc.simulate(network, plain(*shocks), model=model, days=days)
    table, at = ario_table(network, model), network.positions
    capital = table.capital[table.rank[at(["bolts"])]]
    events = [
        ProductionLoss(firms=at(["ore_a"]), loss=np.array([0.5]), start=2, days=4, left=np.zeros(1)),
        CapitalLoss(
            firms=at(["bolts"]), loss=0.3 * capital, start=1, days=3, left=recovery_curve("convex", 9.0, days=days)
        ),
        Rebuilding(firms=at(["bolts"]), loss=0.001 * capital, start=2, days=1, sectors={"ore": 1.0}, tau=20.0),
    ]
    outcome = run_ario(table, model, days=days, events=events)
    for name, array in (("production", outcome.production), ("demand", outcome.demand), ("stock", outcome.stock)):
        np.testing.assert_allclose(result.firms[name], array, rtol=1e-14, err_msg=name)
    assert of(result, "capacity", "ore_a")[2] == 3  # published: a day late
    assert of(result, "capacity", "ore_a")[3] < 2


def test_what_the_published_program_does_not_know_is_refused():
    shocks = [
        vc.Shock(what="demand", loss=0.1),
        fails("ore_a", recovery="neighbours", recovery_days=4),
        vc.Shock(what="link", loss=0.1),
    ]
    with pytest.raises(ScenarioError) as caught:
        vc.simulate(mill(), plain(*shocks), model=vc.Ario(reference=True), days=3)
    assert str(caught.value).splitlines() == [
        "shock 1: 'demand' is not in the published program; write Ario(reference=False)",
        "shock 2: recovery 'neighbours' is not in the published program; write Ario(reference=False)",
        "shock 3: 'link' is not in the published program; write Ario(reference=False)",
    ]
    network = network_of([("z", "a", 4.0)], firms={"final_demand": {"a": 4.0, "z": 0.0}}, flow_period="day")
    with pytest.raises(ScenarioError, match="shock 1: 'a' add no value, so they have no capital to lose; write what"):
        vc.simulate(network, plain(vc.Shock(what="capital", loss=0.1)), model=vc.Ario(reference=True), days=3)


def test_a_table_that_is_out_of_balance_moves_without_a_shock_as_published():
    output = {"output": {"bolts": 12.0, "ore_a": 3.0, "ore_b": 4.0}}
    network = mill(firms={**FIRMS, **output})
    published = vc.simulate(network, vc.Scenario(), model=vc.Ario(reference=True), days=5)
    assert published.firms["undisturbed"].dims == ("day", "firm")
    assert (published.table["loss"] == 0).all()
    assert vc.simulate(network, vc.Scenario(), model=vc.Ario(), days=5).firms["undisturbed"].dims == ("firm",)
    low = vc.simulate(network, vc.Scenario(), model=vc.Ario(alpha_base=0.5), days=5)
    assert low.firms["undisturbed"].dims == ("day", "firm")
    assert low.firms["undisturbed"].sel(firm="bolts")[0] == 5


# ---- checks and larger tables


def test_goods_that_vanish_stop_the_run(monkeypatch):
    real = run_module.deliver_and_order

    def leaks(table, state, *rest):
        sums = real(table, state, *rest)
        state.stock[:] *= 1 - 1e-7
        return sums

    monkeypatch.setattr(run_module, "deliver_and_order", leaks)
    with pytest.raises(ConservationError, match=r"day 0: .* of goods appeared or vanished .* report it"):
        vc.simulate(mill(), plain(fails("ore_a")), model=vc.Ario(), days=3)


def test_an_input_too_small_to_matter_is_used_as_far_as_it_is_there():
    links = [*LINKS, ("salt", "bolts", 1e-8)]
    firms = {"final_demand": {**FIRMS["final_demand"], "salt": 0.0}}
    network = network_of(links, sector=SECTOR, firms=firms, flow_period="day")
    result = vc.simulate(network, plain(fails("salt")), model=vc.Ario(stock_days=3.0), days=20)
    assert of(result, "production", "bolts").tolist() == pytest.approx([10] * 20, rel=1e-9)


@pytest.mark.usefixtures("no_notes")
def test_tables_of_pymrio_simulate():
    pymrio = pytest.importorskip("pymrio")
    network = from_pymrio(pymrio.load_test().calc_all())
    region = str(network.firms["region"].iloc[0])
    builder = str(network.sectors[1])
    shocks = [
        vc.Shock(what="capital", where={"region": region}, loss=0.02, start=5, rebuild_by={builder: 1.0}),
        vc.Shock(what="link", where={"supplier_region": region}, loss=0.5, start=10, days=20),
        vc.Shock(what="demand", where={"sector": builder}, loss=-0.1, start=3, days=30),
    ]
    result = vc.simulate(network, plain(*shocks), model=vc.Ario(), days=120)
    assert result.firms.sizes["firm"] == 48
    assert 0 < result.total_loss < 1
    assert (result.table["loss"].iloc[:5] == 0).all()
    assert result.firms["binding"].max() >= 0


@pytest.mark.usefixtures("no_notes")
def test_the_world_in_2011_simulates(shared):
    if not (shared / "graphs" / "wiod2011").is_dir():
        pytest.skip("wiod2011 is not here")
    network = vc.read(shared / "graphs" / "wiod2011")
    shocks = [
        vc.Shock(where={"country": "JPN"}, loss=0.5, start=5, days=20, recovery="linear", recovery_days=30),
        vc.Shock(what="link", where={"supplier_country": "JPN", "buyer_country": "USA"}, loss=0.5, start=5, days=20),
        vc.Shock(what="capital", where={"country": "JPN"}, loss=1e-3, start=5, rebuild_by={"F": 0.7, "29": 0.3}),
    ]
    result = vc.simulate(network, plain(*shocks), model=vc.Ario(), days=90)
    assert len(result.firms["firm"]) == 1435
    assert 0.03 < result.table["loss"].max() < 0.1
    assert (result.table["loss"].iloc[:5] == 0).all()


# ---- the time step


HALVED = ("output", "final_demand", "revenue", "costs", "capacity")
TWINS = {
    "capacity": {},
    "window": {"days": 30},
    "demand": {"what": "demand", "loss": 0.3},
    "surge": {"what": "demand", "loss": -0.3},
    "capital": {"what": "capital", "loss": 0.02, "rebuild_by": True},
}


def half_days(network: vc.Network) -> vc.Network:
    """Return the network with half of every flow, so that a day of it is half a day."""
    tables = dict(network.tables)
    firms, links = tables["firms"], tables["links"]
    tables["firms"] = firms.assign(**{c: firms[c] / 2 for c in HALVED if c in firms})
    if "stock_days" in firms:
        tables["firms"]["stock_days"] *= 2
    tables["links"] = links.assign(flow=links["flow"] / 2)
    return vc.Network.from_tables(**tables, name="halves", flow_period=network.flow_period)


def twin_losses(network: vc.Network, change: dict, stock: float, variant: str) -> tuple[float, float]:
    """Return the lost part of production over 200 days, by days and by half days."""
    builders = {str(network.sectors[0]): 0.5, str(network.sectors[-1]): 0.5}
    losses = []
    for k, net in ((1, network), (2, half_days(network))):
        options = {"loss": 0.5, "start": 5 * k} | change
        if "days" in options:
            options["days"] *= k
        if "rebuild_by" in options:
            options |= {"rebuild_by": builders, "recovery_days": 60 * k}
        shock = vc.Shock(where={"firms": sorted(net.firm_ids)[::4]}, **options)
        model = vc.Ario(
            variant=variant,
            stock_days=stock * k,
            restoration=(60.0 if variant == "psi" else 10.0) * k,
            tau_alpha=365.0 * k,
            capital_ratio=4.0 * k,
        )
        losses.append(vc.simulate(net, plain(shock), model=model, days=200 * k).total_loss)
    return losses[0], losses[1]


@pytest.mark.usefixtures("no_notes")
@pytest.mark.parametrize("variant", ["psi", "base"])
@pytest.mark.parametrize("kind", TWINS)
@pytest.mark.parametrize("name", ["textbook_us2003", "eu_battery", "baltic_mobility"])
@pytest.mark.parametrize(("stock", "bound"), [(90.0, 0.004), (10.0, 0.015)])
def test_half_days_lose_what_days_lose(name, kind, variant, stock, bound):
    """The bounds are those of docs/methods/ario.md; measured: 0.0034 and 0.0138."""
    days, halves = twin_losses(vc.example(name), TWINS[kind], stock, variant)
    assert abs(days - halves) < bound

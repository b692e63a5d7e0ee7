"""ARIO on networks: what it takes from the tables, the published program, checks and larger tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.models.test_ario_simulate import FIRMS, LINKS, SECTOR, STEADY, burns, fails, mill, of, plain
from valuechain.errors import ConservationError, ScenarioError
from valuechain.io.mrio import from_pymrio
from valuechain.models import ario_run as run_module
from valuechain.models.ario_dynamics import ario_dynamics
from valuechain.models.ario_events import CapitalLoss, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_run import run_ario
from valuechain.models.ario_table import ario_table

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

"""What holds of the inventory model with lead times, switching and all rules at once (models.md, section 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, relabelled, scaled, shuffled, tables
from tests.property.test_invariance import quick
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import _Walk, given_on
from valuechain.models.timeline import timeline

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

RULES = ("proportional", "final-last", "smallest-first", "final-last-smallest-first")
models = st.builds(
    vc.Inventory,
    rationing=st.sampled_from(RULES),
    orders=st.sampled_from(["past", "full", "no-return"]),
    tau=st.sampled_from([1, 2.5, 6, 40]),
    stock_days=st.sampled_from([1, 3, 15]),
    overproduction=st.booleans(),
    lead_times=st.booleans(),
    switch_after=st.sampled_from([None, 1, 2, 5]),
)


@st.composite
def wide_tables(draw: st.DrawFn, max_firms: int = 8) -> dict[str, pd.DataFrame]:
    """Return tables with lead times, stocks and capacities; few products, so that slots have several suppliers."""
    given_tables = draw(tables(max_firms))
    firms, links = given_tables["firms"], given_tables["links"]
    leads = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 1.5, 2.0, 5.0, 11.0]))
    days = st.one_of(st.none(), st.sampled_from([1.0, 2.0, 4.0, 9.5]))
    room = st.one_of(st.none(), st.floats(1, 5000).map(lambda x: float(f"{x:.3g}")))
    firms = firms.assign(
        stock_days=np.array(draw(st.lists(days, min_size=len(firms), max_size=len(firms))), dtype=float),
        # A capacity below the output is refused.
        capacity=firms["output"].fillna(0.0)
        + np.array(draw(st.lists(room, min_size=len(firms), max_size=len(firms))), dtype=float),
    )
    if draw(st.booleans()):
        firms = firms.assign(sector="s1")
    links = links.assign(
        lead_days=np.array(draw(st.lists(leads, min_size=len(links), max_size=len(links))), dtype=float)
    )
    return {**given_tables, "firms": firms, "links": links}


def in_currency(given_tables: dict[str, pd.DataFrame], factor: float) -> dict[str, pd.DataFrame]:
    other = scaled(given_tables, factor)
    return {**other, "firms": other["firms"].assign(capacity=other["firms"]["capacity"] * factor)}


@st.composite
def scenarios(draw: st.DrawFn, network: vc.Network) -> vc.Scenario:
    """Return one to three shocks on firms (by id) and on products."""
    shocks = []
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(["capacity", "capacity", "demand", "link", "essential-input"]))
        of_links = what in {"link", "essential-input"}
        chosen = list(network.products) if of_links else sorted(network.firm_ids)
        shocks.append(
            vc.Shock(
                what=what,
                where={"product": draw(st.sampled_from(chosen))}
                if of_links
                else {"firms": [draw(st.sampled_from(chosen))]},
                loss=draw(st.sampled_from([0.13, 0.5, 0.87, 1.0] + ([-0.6] if what == "demand" else []))),
                start=draw(st.integers(0, 6)),
                days=draw(st.sampled_from([2, 7, 30])),
                recovery=draw(st.sampled_from([None, "linear", "exponential"])),
                recovery_days=6,
            )
        )
    return vc.Scenario(shocks=shocks, overlap="combine")


def simulated(given_tables, model, scenario, days=30) -> vc.SimulationResult:
    return vc.simulate(network_from(given_tables), scenario, model=model, days=days)


@quick
@given(given_tables=wide_tables(), model=models, data=st.data())
def test_goods_are_conserved_and_bounds_hold(given_tables, model, data):
    # The run itself checks each day that goods made are sent, and goods sent are in transit, in stock or used.
    network = network_from(given_tables)
    result = vc.simulate(network, data.draw(scenarios(network)), model=model, days=40)
    firms = result.firms
    for name in set(firms) - {"binding"}:
        assert np.isfinite(firms[name]).all()
        assert (firms[name] >= 0).all(), name
    # What is a rounding error of the usual production may stay of none.
    slack = firms["undisturbed"] * 1e-9
    assert (firms["production"] <= firms["capacity"] + slack).all()
    assert (firms["production"] <= firms["demand"] + slack).all()
    assert (firms["delivered_final"] <= firms["production"] + slack).all()
    assert result.table["loss"].between(0, 1).all()
    assert 0 <= result.total_loss <= 1


@quick
@given(given_tables=wide_tables(), model=models, data=st.data())
def test_what_binds_is_bought_and_holds_the_firm_below_what_it_could(given_tables, model, data):
    network = network_from(given_tables)
    firms = vc.simulate(network, data.draw(scenarios(network)), model=model, days=30).firms
    could = np.minimum(firms["capacity"], firms["demand"])
    bound = firms["binding"].to_numpy() >= 0
    less = (firms["production"] < could * (1 - 1e-6) - firms["undisturbed"] * 1e-6).to_numpy()
    assert bound[less].all()
    assert not bound[(firms["production"] >= could).to_numpy()].any()
    buys = np.zeros((network.n_firms, len(network.products)), dtype=bool)
    buys[network.buyer[network.flow > 0], network.product[network.flow > 0]] = True
    day, firm = np.nonzero(bound)
    assert buys[firm, firms["binding"].to_numpy()[day, firm]].all()


@quick
@given(given_tables=wide_tables(), model=models)
def test_no_shock_no_loss(given_tables, model):
    zero = vc.Scenario(shocks=[vc.Shock(what=w, where={}, loss=0.0, start=2) for w in ("capacity", "demand", "link")])
    result = simulated(given_tables, model, zero, days=60)
    assert (result.table["loss"] == 0).all()
    assert (result.firms["production"] == result.firms["production"][0]).all()
    assert (result.firms["binding"] == -1).all()


@quick
@given(given_tables=wide_tables(), model=models, seed=st.integers(0, 99), data=st.data())
def test_order_of_rows_and_names_change_nothing(given_tables, model, seed, data):
    scenario = data.draw(scenarios(network_from(given_tables)))
    one = simulated(given_tables, model, scenario)
    same_firms(one, simulated(shuffled(given_tables, seed), model, scenario), {})
    ids = list(given_tables["firms"]["firm"])
    names = dict(zip(ids, [f"n{k}" for k in np.random.default_rng(seed).permutation(len(ids))], strict=True))
    shocks = [
        vc.Shock(**{**as_options(s), "where": {"firms": [names[f] for f in s.where["firms"]]}})
        if "firms" in s.where
        else s
        for s in scenario.shocks
    ]
    same_firms(
        one, simulated(relabelled(given_tables, names), model, vc.Scenario(shocks=shocks, overlap="combine")), names
    )


def as_options(shock: vc.Shock) -> dict[str, object]:
    names = ("what", "loss", "start", "days", "recovery", "recovery_days")
    return {name: getattr(shock, name) for name in names}


def same_firms(one: vc.SimulationResult, two: vc.SimulationResult, names: dict[str, str]) -> None:
    ids = list(one.firms["firm"].to_numpy())
    other = two.firms.sel(firm=[names.get(f, f) for f in ids])
    scale = float(one.firms["undisturbed"].max())
    for name in set(one.firms) - {"binding"}:
        np.testing.assert_allclose(other[name], one.firms[name], rtol=1e-6, atol=1e-6 * scale, err_msg=name)
    assert (other["product"].to_numpy() == one.firms["product"].to_numpy()).all()
    # Where it is a matter of rounding whether anything is lacking, it may be that nothing is.
    differ = other["binding"].to_numpy() != one.firms["binding"].to_numpy()
    could = np.minimum(one.firms["capacity"], one.firms["demand"])
    near = (np.abs(could - one.firms["production"]) <= 1e-6 * scale).to_numpy()
    assert near[differ].all()


@quick
@given(given_tables=wide_tables(), model=models, factor=st.sampled_from([1e-22, 3.7, 1e18]), data=st.data())
def test_the_currency_changes_nothing(given_tables, model, factor, data):
    scenario = data.draw(scenarios(network_from(given_tables)))
    one, two = (simulated(t, model, scenario) for t in (given_tables, in_currency(given_tables, factor)))
    np.testing.assert_allclose(one.table["loss"], two.table["loss"], atol=1e-6)


@quick
@given(one=wide_tables(5), two=wide_tables(5), model=models, data=st.data())
def test_parts_without_a_link_between_them_are_computed_as_alone(one, two, model, data):
    two = relabelled(two, {f: f"2/{f}" for f in two["firms"]["firm"]})
    assume(not set(one["firms"]["firm"]) & set(two["firms"]["firm"]))
    joined = {k: pd.concat([one[k], two[k]], ignore_index=True) for k in ("firms", "links")}
    whole, first = (network_from({**t, "essential": one["essential"]}) for t in (joined, one))
    firm = data.draw(st.sampled_from(sorted(first.firm_ids)))
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": [firm]}, loss=0.6, start=2, days=7)])
    together, alone = (vc.simulate(n, scenario, model=model, days=30).firms for n in (whole, first))
    other = together["production"].sel(firm=[f for f in whole.firm_ids if f not in set(first.firm_ids)])
    np.testing.assert_allclose(other, np.broadcast_to(other[0], other.shape), rtol=1e-9)
    scale = float(alone["undisturbed"].max())
    for name in set(alone) - {"binding"}:
        np.testing.assert_allclose(together[name].sel(firm=first.firm_ids), alone[name], rtol=1e-7, atol=1e-7 * scale)


# ---- switching


@quick
@given(given_tables=wide_tables(), model=models, data=st.data())
def test_who_takes_on_more_delivers_all_of_it(given_tables, model, data):
    """No capacity is promised twice: firms that stand in for others deliver everything that is ordered from them."""
    model = vc.Inventory(**{**model.__dict__, "switch_after": 1})
    network = network_from(given_tables)
    prepared = prepare(network, model)
    line = timeline(network, data.draw(scenarios(network)), days=25)
    walk, graph = _Walk(prepared), prepared.graph
    for day in range(25):
        walk.one_day(given_on(prepared, line, day), day)
        state, switch = walk.state, walk.switch
        asked = np.bincount(graph.supplier, weights=switch.extra, minlength=len(graph.base))
        wanted = state.demand + graph.final * line.demand_kept(day)
        helps = asked > 1e-9 * graph.base
        assert (state.production[helps] >= wanted[helps] * (1 - 1e-9)).all()
        # What others owe is what was ordered from them today and what of theirs is in transit.
        under_way = switch.extra.sum() + walk.transit.lent.sum()
        assert switch.owed.sum() == pytest.approx(under_way, rel=1e-9, abs=1e-9 * graph.amount.sum())
        assert (switch.owed >= 0).all()
        assert (switch.extra >= 0).all()


@st.composite
def stars(draw: st.DrawFn) -> tuple[vc.Network, vc.Scenario, dict[str, object]]:
    """Return two suppliers of one product with one buyer, of which one supplier fails, and options."""
    flow = st.sampled_from([5.0, 20.0, 33.0])
    firms = pd.DataFrame(
        {
            "firm": ["b", "p", "o"],
            "sector": ["b", "part", "part"],
            "final_demand": [100.0, 0.0, 0.0],
            "capacity": [draw(st.sampled_from([100.0, 130.0])), 33.0, draw(st.sampled_from([33.0, 40.0, 60.0, 200.0]))],
            # Where stocks of a day or two are gone, production follows the orders of every other day: all can happen.
            "stock_days": draw(st.sampled_from([5.0, 8.0, 12.0, 20.0])),
        }
    )
    links = pd.DataFrame({"supplier": ["p", "o"], "buyer": "b", "flow": [draw(flow), draw(flow)]})
    network = network_from({"firms": firms, "links": links}, essential_rule="all", flow_period="day")
    shock = vc.Shock(
        where={"firms": ["p"]},
        loss=draw(st.sampled_from([0.2, 0.6, 1.0])),
        start=draw(st.integers(0, 4)),
        days=draw(st.sampled_from([1, 3, 10, 40, None])),
        recovery=draw(st.sampled_from([None, "linear"])),
        recovery_days=15,
    )
    options = {
        "rationing": draw(st.sampled_from(RULES)),
        "orders": draw(st.sampled_from(["past", "full", "no-return"])),
        "tau": draw(st.sampled_from([1, 6, 30])),
        "overproduction": draw(st.booleans()),
    }
    return network, vc.Scenario(shocks=[shock]), options


@quick
@given(star=stars(), after=st.sampled_from([1, 2, 3, 6]))
def test_switching_never_makes_the_loss_of_a_star_larger(star, after):
    network, scenario, options = star
    without, switching = (
        vc.simulate(network, scenario, model=vc.Inventory(**options, switch_after=n), days=80) for n in (None, after)
    )
    assert lost_by_buyer(switching) <= lost_by_buyer(without) + 1e-9
    # On the day a supplier is back both deliver, and what is too much is ordered less later: days above usual do not
    # make up for days below in the total loss.
    assert switching.total_loss <= without.total_loss + 0.01


def lost_by_buyer(result: vc.SimulationResult) -> float:
    made = result.firms["production"].sel(firm="b").to_numpy()
    return float((1 - made / made[0]).clip(0).sum()) if made[0] > 0 else 0.0

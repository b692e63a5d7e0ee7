"""Lead times of links: closed forms, a brute-force computation with queues, and what is refused."""

from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ConservationError, InvalidDataError, ParameterError
from valuechain.kernels.production_transit import make_leads, new_transit
from valuechain.models import inventory_run
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import _Walk, given_on

CHAIN = [("z", "m", 10.0), ("m", "a", 20.0)]


def with_leads(network: vc.Network, leads: list[float | None]) -> vc.Network:
    """Return the network with lead times by row of its links."""
    tables = network.tables
    tables["links"] = tables["links"].assign(lead_days=np.array(leads, dtype=float))
    return vc.Network.from_tables(**tables, **network.metadata)


def chain(leads: list[float | None] | None = None, days: float = 4.0) -> vc.Network:
    firms = {
        "final_demand": {"a": 30.0, "m": 0.0, "z": 0.0},
        "stock_days": dict.fromkeys("amz", days),
        "capacity": {"z": 1000.0, "m": 20.0, "a": 30.0},
    }
    network = network_of(CHAIN, firms=firms, essential_rule="all", flow_period="day")
    return network if leads is None else with_leads(network, leads)


def fails(firm: str, **options) -> vc.Scenario:
    return vc.Scenario(shocks=[vc.Shock(where={"firms": [firm]}, **options)])


def of(result, name: str, firm: str) -> np.ndarray:
    return result.firms[name].sel(firm=firm).to_numpy()


@pytest.mark.parametrize("rationing", ["proportional", "smallest-first"])
@pytest.mark.parametrize("lead", [1, 2, 7])
def test_a_buyer_lives_on_its_stock_and_on_what_is_in_transit(lead, rationing):
    result = vc.simulate(chain([lead, 1]), fails("z", start=3), model=vc.Inventory(rationing=rationing), days=30)
    last = 3 + 4 + lead - 1
    assert of(result, "production", "m")[:last] == pytest.approx(20)
    assert of(result, "production", "m")[last:] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("orders", ["past", "full", "no-return"])
def test_without_a_shock_nothing_moves(orders):
    result = vc.simulate(chain([9, 3]), {}, model=vc.Inventory(orders=orders, tau=3), days=200)
    assert (result.firms["production"].to_numpy() == [[30, 20, 10][{"a": 0, "m": 1, "z": 2}[f]] for f in "zma"]).all()
    assert of(result, "stock", "m") == pytest.approx(40)


def test_what_is_in_transit_is_not_ordered_twice():
    # z stands still on days 2 and 3. With tau 1 the whole gap of the position is ordered at once, on day 3 and, seen
    # again because nothing was made, on day 4; from then on the position is full and the stock never above its target.
    model = vc.Inventory(orders="full", tau=1, overproduction=True)
    result = vc.simulate(chain([6, 1]), fails("z", start=2, days=2), model=model, days=40)
    assert of(result, "production", "z") == pytest.approx([10, 10, 0, 0, 30] + [10] * 35)
    stock = of(result, "stock", "m")
    # The two lost deliveries would have come on days 8 and 9; what makes up for them comes on day 10.
    assert stock == pytest.approx([40] * 8 + [30, 20] + [40] * 30)


def test_orders_by_hand():
    # Lead 3: two days' worth, 20, are in transit. m makes half on day 0: it uses 5 and receives 10, so it holds 45.
    past = vc.simulate(chain([3, 1]), fails("m", loss=0.5), days=2)
    assert of(past, "demand", "z")[1] == pytest.approx(max(0, 5 + ((4 + 2) * 5 - 45 - 20) / 6))
    full = vc.simulate(chain([3, 1]), fails("m", loss=0.5), model=vc.Inventory(orders="full"), days=2)
    assert of(full, "demand", "z")[1] == pytest.approx(5 + ((4 + 2) * 10 - 45 - 20) / 6)


def test_leads_are_rounded_up_to_whole_days_and_at_least_one():
    stops = []
    for lead in (0, 0.3, 1, 1.2, 2, 2.0001, None):
        result = vc.simulate(chain([lead, 5]), fails("z"), days=20)
        stops.append(int((of(result, "production", "m") > 1).sum()))
    assert stops == [4, 4, 4, 5, 5, 6, 4]


@pytest.mark.parametrize("leads", [[1, 1], [0.5, None]])
def test_leads_of_a_day_change_no_bit(leads):
    shock = fails("z", start=2, days=9)
    one, two = (vc.simulate(n, shock, days=60) for n in (chain(), chain(leads)))
    assert one.table.equals(two.table)
    assert one.firms.equals(two.firms)
    off = vc.simulate(chain([8, 3]), shock, model=vc.Inventory(lead_times=False), days=60)
    assert one.firms.equals(off.firms)
    assert not vc.simulate(chain([8, 3]), shock, days=60).firms.equals(one.firms)


def test_notes_say_what_is_used():
    assert "No link gives lead_days: goods arrive a day after they are ordered and made." in notes(chain())
    assert (
        "1 of 2 links give lead_days, rounded up to whole days, at least one; the other 1 count as one day."
        in notes(chain([3, None]))
    )
    assert "2 of 2 links give lead_days, rounded up to whole days, at least one." in notes(chain([3, 0]))
    words = "The lead times of 1 links are not used"
    assert f"{words} (lead_times=False): every link takes a day." in notes(chain([3, None]), lead_times=False)
    assert f"{words} (as published): every link takes a day." in notes(chain([3, None]), reference=True)
    assert vc.simulate(chain(), {}, days=1).parameters["lead_times"] is True


def notes(network: vc.Network, **options) -> tuple[str, ...]:
    return vc.simulate(network, {}, model=vc.Inventory(**options), days=2).notes


def test_what_is_refused():
    with pytest.raises(
        InvalidDataError, match=r"links.*lead_days.*more than 3,650 days for 'z to m'.*lead_times=False"
    ):
        vc.simulate(chain([4000, 2]), {}, days=2)
    vc.simulate(chain([4000, 2]), {}, model=vc.Inventory(lead_times=False), days=2)
    with pytest.raises(ParameterError, match="lead_times 'yes' is neither True nor False nor None"):
        vc.Inventory(lead_times="yes")
    with pytest.raises(ParameterError, match="lead_times=True is not in the published program") as error:
        vc.Inventory(lead_times=True, switch_after=2, overproduction=True, reference=True)
    assert len(str(error.value).splitlines()) == 3
    assert not vc.Inventory(reference=True).has_lead_times


def test_goods_that_stray_in_transit_are_found(monkeypatch):
    honest = inventory_run._in_transit
    monkeypatch.setattr(inventory_run, "_in_transit", lambda transit: honest(transit) * (1 + 1e-6 * transit.clock[0]))
    with pytest.raises(ConservationError, match="goods appeared or vanished"):
        vc.simulate(chain([5, 1]), {}, days=3)


# ---- against queues


def by_queues(prepared, days: int, given) -> list[np.ndarray]:
    """Compute production with a queue of goods for each link; orders past, in proportion, all inputs essential."""
    graph = prepared.graph
    n, links = len(graph.base), len(graph.amount)
    slot_of = np.repeat(np.arange(len(graph.slot_amount)), np.diff(graph.link_start))
    buyer = np.repeat(np.arange(n), np.diff(graph.slot_start))[slot_of]
    lead = 1 + (prepared.leads.days if len(prepared.leads.days) else np.zeros(links, dtype=int))
    queue = [deque([a] * k) for a, k in zip(graph.amount, lead, strict=True)]
    stock = prepared.initial_days * graph.amount
    production, made = graph.base.copy(), []
    for day in range(days):
        capacity, final, kept, _ = given(day)
        rate = np.divide(production, graph.base, out=np.ones(n), where=graph.base > 0)
        held = np.bincount(slot_of, weights=stock)
        use = np.minimum(1, rate[buyer] * graph.slot_amount[slot_of] / np.where(held > 0, held, np.inf)[slot_of])
        stock = stock * (1 - use) + [q.popleft() for q in queue]
        target = (graph.target_days + lead - 1) * graph.amount * rate[buyer]
        gap = target - stock - [sum(q) for q in queue]
        order = np.maximum(0, graph.amount * rate[buyer] + gap / prepared.rules.tau)
        if len(kept):
            order = np.where(kept < 1, np.minimum(order, kept * graph.amount), order)
        demand = np.bincount(graph.supplier, weights=order, minlength=n) + final
        cover = np.full(n, np.inf)
        slot_buyer = np.repeat(np.arange(n), np.diff(graph.slot_start))
        np.minimum.at(cover, slot_buyer, np.bincount(slot_of, weights=stock) / graph.slot_amount)
        production = np.minimum(np.minimum(capacity, demand), graph.base * cover)
        part = np.divide(production, demand, out=np.ones(n), where=demand > 0)
        for q, goods in zip(queue, order * part[graph.supplier], strict=True):
            q.append(goods)
        made.append(production)
    return made


@pytest.mark.parametrize("seed", range(6))
def test_against_queues(seed, no_notes):
    draw = np.random.default_rng(seed)
    network = vc.synthetic(firms=30, links_per_firm=4, sectors=4, seed=seed)
    tables = network.tables
    leads = np.where(draw.random(network.n_links) < 0.6, draw.integers(0, 9, network.n_links), np.nan)
    tables["links"] = tables["links"].assign(lead_days=leads)
    network = vc.Network.from_tables(**tables, essential_rule="all")
    ids = sorted(network.firm_ids)
    shocks = [
        vc.Shock(where={"firms": ids[:4]}, loss=0.7, start=2, days=5),
        vc.Shock(what="link", where={"supplier": ids[9]}, loss=0.9, start=1, days=8),
    ]
    prepared = prepare(network, vc.Inventory(stock_days=3))
    timeline = vc.models.timeline.timeline(network, vc.Scenario(shocks=shocks), days=12)
    # Few days: a difference in the last digit grows some threefold a day where orders follow past production.
    expected = by_queues(prepared, 12, lambda day: given_on(prepared, timeline, day))
    walk = _Walk(prepared)
    for day in range(12):
        walk.one_day(given_on(prepared, timeline, day), day)
        np.testing.assert_allclose(walk.state.production, expected[day], rtol=1e-8, atol=1e-9)
        assert in_rows(walk) == pytest.approx(walk.transit.away, rel=1e-9, abs=1e-9)


def in_rows(walk: _Walk) -> np.ndarray:
    """Return the goods in transit by link, from the rows they lie in."""
    leads, goods = walk.prepared.leads, walk.transit.goods
    found = np.zeros(len(leads.days))
    for k in range(1, len(leads.start) - 1):
        rows = goods[leads.start[k] : leads.start[k + 1]].reshape(k, -1)
        found[leads.days == k] = rows.sum(axis=0)[leads.place[leads.days == k]]
    return found


def test_rows_of_equal_leads_lie_side_by_side(no_notes):
    leads = make_leads(np.array([2, 0, 1, 2]))
    assert leads.start.tolist() == [0, 0, 1, 5]
    assert leads.place[[0, 3]].tolist() == [0, 1]
    network = network_of([("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 4.0), ("c", "a", 8.0)], essential_rule="all")
    graph = prepare(network, vc.Inventory()).graph
    transit = new_transit(graph, leads, switches=False)
    assert transit.goods.tolist() == [graph.amount[2], *[graph.amount[0], graph.amount[3]] * 2]
    assert transit.away.tolist() == (graph.amount * [2, 0, 1, 2]).tolist()
    assert len(make_leads(np.zeros(3, dtype=np.int64)).days) == 0


def test_lead_times_of_repeated_rows_are_the_longest(no_notes):
    links = pd.DataFrame({"supplier": "z", "buyer": "m", "flow": [4.0, 6.0], "lead_days": [2.0, 5.0]})
    firms = pd.DataFrame({"firm": ["z", "m"], "sector": ["z", "m"], "final_demand": [0.0, 20.0], "stock_days": 4.0})
    network = vc.Network.from_tables(firms, links, essential_rule="all", flow_period="day")
    result = vc.simulate(network, fails("z"), days=20)
    assert int((of(result, "production", "m") > 1).sum()) == 4 + 4

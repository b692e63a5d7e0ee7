"""Runs of ARIO: closed forms on tiny tables whose rows are in no order."""

from __future__ import annotations

import math

import numpy as np
import pytest

from valuechain.errors import ParameterError, UnknownNameError
from valuechain.models.ario import Ario
from valuechain.models.ario_events import CapitalLoss, Event, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_run import DESCRIPTIONS, ArioOutcome, run_ario
from valuechain.models.ario_table import ArioTable, make_table

FOREVER = np.ones(1)
GONE = np.zeros(1)
SECTORS = ("tools", "ore", "bread", "ore")
FLOWS = 365 * np.array([[0.0, 2.0, 1.0, 0.5], [3.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.25], [1.0, 0.0, 0.0, 0.0]])
"""Row 0 (tools) buys ore from rows 1 (3 a day) and 3 (1 a day); nothing is symmetric."""
DEMAND = 365 * np.array([[6.0, 1.0], [0.5, 0.25], [4.0, 2.0], [0.0, 1.0]])


def table(model: Ario) -> ArioTable:
    return make_table(FLOWS, final_demand=DEMAND, sector=SECTORS, model=model)


def run(events: list[Event], days: int = 30, **options: object) -> ArioOutcome:
    model = Ario(**options)
    return run_ario(table(model), model, days=days, events=events)


def run_chain(days: int, **options: object) -> ArioOutcome:
    """Row 0 makes bolts of ore from rows 2 and 1, which buy nothing and stop for good on day 0."""
    model = Ario(**options)
    flows = 365 * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    demand = 365 * np.array([10.0, 2.0, 0.0])
    chain = make_table(flows, final_demand=demand, sector=("bolts", "ore", "ore"), model=model)
    both = ProductionLoss(firms=np.array([2, 1]), loss=np.ones(2), start=0, days=1000, left=GONE)
    return run_ario(chain, model, days=days, events=[both])


def stop(firm: int, *, loss: float = 1.0, start: int = 0, days: int = 1000, left: np.ndarray = GONE) -> ProductionLoss:
    return ProductionLoss(firms=np.array([firm]), loss=np.array([loss]), start=start, days=days, left=left)


def destroyed(firm: int, loss: float, **options: object) -> CapitalLoss:
    given = {"start": 1, "days": 1000, "left": FOREVER} | options
    return CapitalLoss(firms=np.array([firm]), loss=np.array([loss]), **given)


def rebuilt(loss: float, **options: object) -> Rebuilding:
    given = {"start": 1, "days": 2, "sectors": {"tools": 1.0}, "tau": 10.0} | options
    return Rebuilding(firms=np.array([2]), loss=np.array([loss]), **given)


def test_nothing_happens_without_a_shock() -> None:
    outcome = run([], days=400)
    np.testing.assert_allclose(outcome.production, np.tile(outcome.baseline, (400, 1)), rtol=1e-12)
    np.testing.assert_allclose(outcome.baseline, FLOWS.sum(axis=1) / 365 + DEMAND.sum(axis=1) / 365, rtol=1e-15)
    assert (outcome.overproduction == 1).all()
    assert (outcome.binding == -1).all()
    assert all(getattr(outcome, name).shape == (400, 4) for name in DESCRIPTIONS)


def test_stock_that_runs_out_in_the_base_variant() -> None:
    """Without deliveries stock k of n days gives production k / n, so that both shrink by 1 / n a day."""
    outcome = run_chain(30, variant="base", stock_days=10.0)
    np.testing.assert_allclose(outcome.production[:, 0] / outcome.baseline[0], 0.9 ** np.arange(30), rtol=1e-12)
    assert list(outcome.sectors) == ["bolts", "ore"]
    assert (outcome.binding[1:, 0] == 1).all()
    assert outcome.binding[0, 0] == -1


def test_stock_that_runs_out_with_psi() -> None:
    """Production is whole while at least psi n = 8 of 10 days are there, then falls by an eighth a day."""
    got = run_chain(30, stock_days=10.0).production[:, 0]
    np.testing.assert_allclose(got / got[0], np.concatenate([[1, 1, 1], (7 / 8) ** np.arange(1, 28)]), rtol=1e-12)


def test_stock_never_below_zero_where_psi_is_small() -> None:
    """Two and a half days of stock with psi 0.1: production may not use up in a day more than is there."""
    outcome = run_chain(5, stock_days=2.5, psi=0.1)
    np.testing.assert_allclose(outcome.production[:, 0] / outcome.baseline[0], [1, 1, 0.5, 0, 0], atol=1e-12)
    assert outcome.last_stock.min() == 0
    assert run_chain(5, stock_days=2.5, psi=0.1, reference=True).last_stock.min() < 0


def test_endless_stock_never_binds() -> None:
    outcome = run_chain(200, stock_days={"ore": math.inf, "bolts": 5.0})
    np.testing.assert_allclose(outcome.production[:, 0], outcome.baseline[0] * np.ones(200), rtol=1e-9)
    assert np.isinf(outcome.last_stock[1]).all()
    assert np.isfinite(outcome.stock).all()


@pytest.mark.parametrize(("orders", "shares"), [("alt", (0.6, 0.4)), ("noalt", (0.75, 0.25))])
def test_orders_lean_to_who_can_make_more(orders: str, shares: tuple[float, float]) -> None:
    """Row 1 sold 3 and row 3 1 to row 0; row 1 keeps half of its capacity: 1.5 to 1."""
    outcome = run([stop(1, loss=0.5)], days=3, orders=orders, tau_alpha=1e9)
    to_tools = outcome.orders[1, [1, 3]]
    np.testing.assert_allclose(to_tools / to_tools.sum(), shares, rtol=1e-6)
    # Half of row 1's deliveries of 3 are missing, and a sixtieth of that is ordered on top of what is used.
    missing = 3.0 * (1 - 0.5 * outcome.baseline[1] / outcome.demand[0, 1])
    assert to_tools.sum() == pytest.approx(4.0 + missing / 60)


def test_overproduction_rises_with_scarcity_and_falls_back() -> None:
    outcome = run([stop(1, loss=0.5, start=3, days=20)], days=900, tau_alpha=30.0, scarcity_tolerance=1e-4)
    before, demand, alpha = outcome.production[3:22, 1], outcome.demand[4:23, 1], outcome.overproduction[:, 1]
    scarcity = (demand - before) / demand
    np.testing.assert_allclose(np.diff(alpha)[3:22], (1.25 - alpha[3:22]) * scarcity / 30, rtol=1e-12)
    assert alpha.max() > 1.05
    assert alpha[-1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(outcome.production[-1], outcome.baseline, rtol=1e-3)


def test_losses_of_production_begin_on_time_and_end_on_time() -> None:
    event = stop(2, loss=0.4, start=2, days=3, left=recovery_curve("linear", 4.0, days=10))
    kept = {False: [1, 1, 0.6, 0.6, 0.6, 0.6, 0.7, 0.8, 0.9, 1], True: [1, 1, 1, 0.6, 0.6, 0.6, 0.6, 0.6, 0.7, 0.8]}
    for reference, expected in kept.items():
        outcome = run([event], days=10, reference=reference)
        capacity = outcome.capacity[:, 2] / outcome.overproduction[:, 2] / outcome.baseline[2]
        np.testing.assert_allclose(capacity, expected, rtol=1e-12)


def test_capital_that_comes_back() -> None:
    capital = table(Ario()).capital[table(Ario()).rank]
    value_added = (FLOWS.sum(axis=1) + DEMAND.sum(axis=1) - FLOWS.sum(axis=0)).clip(0)
    np.testing.assert_allclose(capital, 4 * value_added, rtol=1e-12)
    event = destroyed(2, 0.3 * capital[2], days=2, left=recovery_curve("convex", 3.0, days=9))
    outcome = run([event], days=6)
    left = np.array([0, 1, 1, 1, (2 / 3) ** 4, (2 / 3) ** 8])
    np.testing.assert_allclose(outcome.capital_lost[:, 2], 0.3 * capital[2] * left, rtol=1e-12)
    np.testing.assert_allclose(
        outcome.capacity[:, 2] / outcome.overproduction[:, 2], outcome.baseline[2] * (1 - 0.3 * left)
    )


def test_lost_capital_and_lost_production_of_one_firm_together() -> None:
    capital = table(Ario()).capital[table(Ario()).rank]
    events = [destroyed(2, 0.3 * capital[2]), stop(2, loss=0.5, start=3, days=2), stop(2, loss=0.2, start=4, days=9)]
    outcome = run(events, days=7)
    kept = outcome.capacity[:, 2] / outcome.overproduction[:, 2] / outcome.baseline[2]
    np.testing.assert_allclose(kept, [1, 0.7, 0.7, 0.35, 0.28, 0.56, 0.56], rtol=1e-12)


def test_rebuilding_with_room_to_make_more() -> None:
    """With capacity to spare all is delivered, so a tenth of what remains goes every day."""
    outcome = run([rebuilt(5.0)], alpha_base=3.0, alpha_max=3.0)
    remaining = np.concatenate([[0, 5, 5], 5 * 0.9 ** np.arange(27)])
    np.testing.assert_allclose(outcome.capital_lost[:, 2], remaining, rtol=1e-12)
    np.testing.assert_allclose(outcome.rebuild_demand[3:, 0], remaining[3:] / 10, rtol=1e-12)
    assert not outcome.rebuild_demand[:3].any()
    assert not outcome.rebuild_demand[:, 1:].any()


def test_rebuilding_takes_regions_by_what_the_buyer_buys() -> None:
    """Row 2 buys no ore: it turns to rows 1 and 3 by output. Row 0 buys 3 and 1."""
    ore = {"sectors": {"ore": 0.6, "bread": 0.4}, "start": 0, "days": 0}
    outcome = run([rebuilt(1.0, **ore)], days=1)
    by_output = outcome.baseline[[1, 3]] / outcome.baseline[[1, 3]].sum()
    np.testing.assert_allclose(outcome.rebuild_demand[0, [1, 3]], 0.06 * by_output, rtol=1e-12)
    assert outcome.rebuild_demand[0, 2] == pytest.approx(0.04)
    event = Rebuilding(firms=np.array([0]), loss=np.array([2.0]), start=0, days=0, sectors={"ore": 1.0})
    np.testing.assert_allclose(
        run([event], days=1).rebuild_demand[0, [1, 3]], 2 / 60 * np.array([0.75, 0.25]), rtol=1e-12
    )


def test_households_rebuild_twice() -> None:
    event = rebuilt(0.0, households=np.array([3.0, 1.0]), start=0, days=0, sectors={"ore": 1.0})
    once, twice = run([event], days=40), run([event, event], days=40)
    # The first group buys ore from row 1 only, the second from rows 1 and 3 as 0.25 to 1.
    np.testing.assert_allclose(once.rebuild_demand[0, [1, 3]], np.array([3 + 0.2, 0.8]) / 10, rtol=1e-12)
    np.testing.assert_allclose(twice.rebuild_demand[0], 2 * once.rebuild_demand[0], rtol=1e-12)
    assert not twice.capital_lost.any()
    assert twice.rebuild_demand[-1].sum() < 0.5 * twice.rebuild_demand[0].sum()


def test_rebuilding_is_in_the_unit_of_the_event() -> None:
    """5 thousand are 0.005 million; the published program orders 5 million."""
    own, other = run([rebuilt(0.005)]), run([rebuilt(5.0, monetary_factor=1e3)])
    np.testing.assert_allclose(own.rebuild_demand, other.rebuild_demand, rtol=1e-12)
    np.testing.assert_allclose(own.capital_lost, other.capital_lost, rtol=1e-12)
    published = run([rebuilt(5.0, monetary_factor=1e3)], reference=True)
    np.testing.assert_allclose(published.rebuild_demand[3], 1000 * own.rebuild_demand[3], rtol=1e-9)
    np.testing.assert_allclose(published.capital_lost[1, 2], 0.005, rtol=1e-6)


def test_factor_orders_less_for_the_same_capital() -> None:
    half, whole = (
        run([rebuilt(5.0, factor=0.5)], alpha_base=3, alpha_max=3),
        run([rebuilt(5.0)], alpha_base=3, alpha_max=3),
    )
    np.testing.assert_allclose(half.rebuild_demand, whole.rebuild_demand / 2, rtol=1e-12)
    np.testing.assert_allclose(half.capital_lost, whole.capital_lost, rtol=1e-12)


def test_value_added_and_deliveries() -> None:
    outcome = run([stop(1, loss=0.9, start=2, days=40)], days=80, stock_days=5.0)
    delivered = outcome.orders * outcome.served + outcome.final_delivered + outcome.rebuild_delivered
    np.testing.assert_allclose(delivered, outcome.production, rtol=1e-12)
    np.testing.assert_allclose(outcome.final_unmet + outcome.final_delivered, outcome.final_demand, rtol=1e-12)
    share = FLOWS.sum(axis=0) / (FLOWS.sum(axis=1) + DEMAND.sum(axis=1))
    np.testing.assert_allclose(outcome.value_added, outcome.production * (1 - share), rtol=1e-12)
    assert outcome.imbalance.max() < 1e-14
    assert outcome.production.min() < 0.5 * outcome.baseline.min()


def test_faults_of_events() -> None:
    with pytest.raises(ParameterError, match="event 2: a firm is not in the table, which has 4"):
        run([stop(1), stop(4)])
    flows = np.array([[0.0, 2.0], [0.0, 0.0]])  # row 1 buys for 2 and sells for 1: no value added
    small = make_table(flows, final_demand=np.array([1.0, 1.0]), sector=["b", "a"], model=Ario())
    with pytest.raises(ParameterError, match="event 3: 1 firms lose capital but have none"):
        run_ario(small, Ario(), days=1, events=[destroyed(0, 0.1), destroyed(1, 0.0), destroyed(1, 1.0)])
    with pytest.raises(ParameterError, match=r"households has shape \(3,\); give 2 numbers"):
        run([rebuilt(0.0, households=np.ones(3))])
    with pytest.raises(UnknownNameError, match="no firm has sector 'tool'; did you mean 'tools'"):
        run([rebuilt(1.0, sectors={"tool": 1.0})])
    with pytest.raises(ParameterError, match="days 0 is no horizon"):
        run([], days=0)

"""What must hold for every run of ARIO (models.md, section 4), on tables of any shape and mixes of all events."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, relabelled, shuffled, tables
from valuechain.models.ario import Ario
from valuechain.models.ario_events import (
    CapitalLoss,
    Event,
    ProductionLoss,
    Rebuilding,
    recovery_curve,
)
from valuechain.models.ario_run import DESCRIPTIONS, ArioOutcome, run_ario
from valuechain.models.ario_table import ario_table, make_table

EXAMPLES = int(os.environ.get("VALUECHAIN_EXAMPLES", "30"))
quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = 40
AMOUNTS = [name for name in DESCRIPTIONS if name not in {"overproduction", "served"}]


@dataclass(frozen=True)
class Economy:
    """A table and what happens to it; losses of capital are shares of it until the table is made."""

    flows: np.ndarray
    demand: np.ndarray
    sector: np.ndarray
    model: Ario
    events: tuple[tuple[str, int, float, int, int, str], ...]


@st.composite
def economies(draw: st.DrawFn, *, peaceful: bool = False) -> Economy:
    """Draw a table with empty cells, sellers of nothing and buyers of nothing, a model and a mix of events."""
    n = draw(st.integers(2, 7))
    amount = st.one_of(st.just(0.0), st.floats(0.01, 1000).map(lambda x: float(f"{x:.3g}")))
    flows = np.array(draw(st.lists(amount, min_size=n * n, max_size=n * n))).reshape(n, n)
    demand = np.array(draw(st.lists(amount, min_size=n, max_size=n)))
    sector = np.array(draw(st.lists(st.sampled_from(["s2", "s1", "s10"]), min_size=n, max_size=n)))
    days = st.sampled_from([0.5, 2.0, 3.5, 20.0, 90.0, np.inf])
    model = Ario(
        variant=draw(st.sampled_from(["psi", "base"])),
        psi=draw(st.sampled_from([None, 0.1, 0.9])),
        stock_days=draw(st.one_of(days, st.builds(lambda d: {str(sector[0]): d}, days))),
        restoration=draw(st.sampled_from([None, 1.0, 20.0])),
        alpha_max=draw(st.sampled_from([1.0, 1.25, 2.0])),
        tau_alpha=draw(st.sampled_from([10.0, 365.0])),
        orders=draw(st.sampled_from(["alt", "noalt"])),
    )
    event = st.tuples(
        st.sampled_from(["capital", "rebuild", "production"]),
        st.integers(0, n - 1),
        st.floats(0, 1),
        st.integers(0, 10),
        st.integers(0, 15),
        st.sampled_from(["none", "instant", "linear", "exponential", "convex", "concave"]),
    )
    events = () if peaceful else tuple(draw(st.lists(event, min_size=1, max_size=5)))
    return Economy(flows, demand, sector, model, events)


def run(economy: Economy, unit: float = 1.0) -> ArioOutcome:
    table = make_table(economy.flows, final_demand=economy.demand, sector=economy.sector, model=economy.model)
    capital = table.capital[table.rank]

    def event(kind: str, firm: int, loss: float, start: int, days: int, recovery: str) -> Event:
        window = {"firms": np.array([firm]), "start": start, "days": days}
        left = recovery_curve(recovery, 7.0, days=DAYS)
        if kind == "rebuild":
            amount = np.array([loss * capital[firm] * 0.05])
            homes = np.array([loss * unit])
            return Rebuilding(
                **window, loss=amount, sectors={min(map(str, economy.sector)): 1.0}, households=homes, tau=9.0
            )
        if kind == "capital":
            return CapitalLoss(**window, loss=np.array([loss * capital[firm]]), left=left)
        return ProductionLoss(**window, loss=np.array([loss]), left=left)

    return run_ario(table, economy.model, days=DAYS, events=[event(*e) for e in economy.events])


@quick
@given(economies(peaceful=True))
def test_nothing_happens_without_a_shock(economy: Economy) -> None:
    outcome = run(economy)
    size = outcome.baseline.max()
    np.testing.assert_allclose(outcome.production, np.tile(outcome.baseline, (DAYS, 1)), rtol=1e-9, atol=1e-12 * size)
    np.testing.assert_allclose(outcome.overproduction, 1.0, rtol=1e-9)


@quick
@given(economies())
def test_nothing_is_made_of_nothing(economy: Economy) -> None:
    """Deliveries add up to production, stocks are not negative, nothing goes missing, all numbers are numbers."""
    outcome = run(economy)
    size = outcome.baseline.max()
    delivered = outcome.orders * outcome.served + outcome.final_delivered + outcome.rebuild_delivered
    np.testing.assert_allclose(delivered, outcome.production, rtol=1e-9, atol=1e-12 * size)
    assert (outcome.production <= outcome.capacity * (1 + 1e-12)).all()
    assert (outcome.production <= outcome.demand * (1 + 1e-12)).all()
    assert (outcome.last_stock >= 0).all()
    assert outcome.imbalance.max() <= 1e-11
    assert ((outcome.served >= 0) & (outcome.served <= 1 + 1e-12)).all()
    for name in DESCRIPTIONS:
        assert np.isfinite(getattr(outcome, name)).all(), name
        assert name == "value_added" or (getattr(outcome, name) >= 0).all(), name
    assert (outcome.overproduction >= 1).all()
    assert (outcome.overproduction <= economy.model.alpha_max + 1e-12).all()


@quick
@given(economies(), st.sampled_from([1e-9, 1e-3, 7.3, 1e6]))
def test_currency_changes_nothing(economy: Economy, factor: float) -> None:
    other = run(replace(economy, flows=economy.flows * factor, demand=economy.demand * factor), unit=factor)
    compare(run(economy), other, factor)


@quick
@given(economies(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(economy: Economy, random) -> None:
    order = list(range(len(economy.flows)))
    random.shuffle(order)
    place = np.argsort(order)
    moved = replace(
        economy,
        flows=economy.flows[np.ix_(order, order)],
        demand=economy.demand[order],
        sector=economy.sector[order],
        events=tuple((k, int(place[f]), *rest) for k, f, *rest in economy.events),
    )
    compare(run(economy), run(moved), 1.0, place)


@quick
@given(economies(), economies())
def test_parts_that_do_not_trade_do_not_meet(one: Economy, other: Economy) -> None:
    """Side by side with another economy of the same sectors, an economy runs as it would alone."""
    n, m = len(one.flows), len(other.flows)
    model = replace(one.model, stock_days=5.0)
    # Who buys nothing of a rebuilding sector turns to all of its suppliers: such events do join them.
    one = replace(one, model=model, events=tuple(e for e in one.events if e[0] != "rebuild"))
    both = replace(
        one,
        flows=np.block([[one.flows, np.zeros((n, m))], [np.zeros((m, n)), other.flows]]),
        demand=np.concatenate([one.demand, other.demand]),
        sector=np.concatenate([one.sector, other.sector]),
    )
    alone, beside = run(one), run(both)
    size = max(alone.baseline.max(), other.flows.max())
    np.testing.assert_allclose(beside.production[:, :n], alone.production, rtol=1e-7, atol=1e-9 * size)


@pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")
@quick
@given(tables(), st.integers(0, 99))
def test_labels_and_rows_of_a_network_change_nothing(given_tables: dict, seed: int) -> None:
    names = {firm: f"Ω{k:02d}" for k, firm in enumerate(sorted(given_tables["firms"]["firm"]))}
    given_tables = {**given_tables, "firms": given_tables["firms"].fillna({"output": 1.0})}
    results = []
    for changed, label in ((given_tables, lambda f: f), (relabelled(shuffled(given_tables, seed), names), names.get)):
        net = network_from(changed)
        hit = net.positions([label(given_tables["firms"]["firm"].iloc[0])])
        event = ProductionLoss(firms=hit, loss=np.array([0.8]), start=1, days=5, left=np.zeros(1))
        outcome = run_ario(ario_table(net, vc.Ario(stock_days=3.0)), vc.Ario(stock_days=3.0), days=15, events=[event])
        results.append(outcome.production[:, net.positions([label(f) for f in given_tables["firms"]["firm"]])])
    size = results[0].max()
    np.testing.assert_allclose(results[0], results[1], rtol=1e-7, atol=1e-10 * size)


def compare(one: ArioOutcome, other: ArioOutcome, factor: float, place: np.ndarray | None = None) -> None:
    """Check that all amounts are the same but for the unit, and the order of rows."""
    place = np.arange(len(one.baseline)) if place is None else place
    for name in AMOUNTS:
        expected, got = getattr(one, name) * factor, getattr(other, name)[:, place]
        size = max(np.abs(expected).max(), one.baseline.max() * factor)
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9 * size, err_msg=name)

"""What must hold when ARIO runs a scenario: any network, any mix of shocks, rebuilding included."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import valuechain as vc
from tests.property.strategies import network_from, relabelled, scaled, shuffled, tables
from tests.property.test_ario import quick
from tests.property.test_simulate import shocks
from valuechain.models.ario_dynamics import ario_dynamics

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")
DAYS = 30

models = st.builds(
    vc.Ario,
    variant=st.sampled_from(["psi", "base"]),
    stock_days=st.sampled_from([1.0, 3.0, 20.0, {"s1": 4.0, "s2": float("inf")}]),
    restoration=st.sampled_from([None, 5.0]),
    alpha_max=st.sampled_from([1.0, 1.25, 3.0]),
    tau_alpha=st.sampled_from([5.0, 365.0]),
    orders=st.sampled_from(["alt", "noalt"]),
    tau_rebuild=st.sampled_from([1.0, 20.0]),
)


def known(model: vc.Ario, network: vc.Network) -> vc.Ario:
    """Leave stocks by sector to networks that have these sectors."""
    named = {"s1", "s2"} <= set(network.sectors)
    fields = {k: getattr(model, k) for k in model.__dataclass_fields__}
    return model if named or not hasattr(model.stock_days, "keys") else vc.Ario(**fields | {"stock_days": 4.0})


@st.composite
def scenarios(draw: st.DrawFn, network: vc.Network, *, rebuilds: bool = True) -> vc.Scenario:
    """Draw shocks of all kinds; some destroy capital that sectors have to rebuild."""
    made = draw(shocks(network))
    for _ in range(draw(st.integers(0, 2)) if rebuilds else 0):
        first, last = str(network.sectors[0]), str(network.sectors[-1])
        made.append(
            vc.Shock(
                what="capital",
                where={"firms": [draw(st.sampled_from(list(network.firm_ids)))]},
                loss=draw(st.floats(0, 1)),
                start=draw(st.integers(0, 8)),
                days=draw(st.one_of(st.none(), st.integers(0, 6))),
                recovery_days=draw(st.sampled_from([None, 1, 12.5])),
                rebuild_by={last: 1.0} if first == last else {first: 0.75, last: 0.25},
            )
        )
    return vc.Scenario(shocks=made, overlap="combine")


@quick
@given(given_tables=tables(), model=models, data=st.data())
def test_goods_are_conserved_and_nothing_is_below_zero(given_tables, model, data):
    # A run raises on the first day on which goods appear or vanish.
    network = network_from(given_tables)
    model = known(model, network)
    result = vc.simulate(network, data.draw(scenarios(network)), model=model, days=DAYS)
    firms = result.firms
    for name in set(firms) - {"binding"}:
        assert np.isfinite(firms[name]).all(), name
        assert (firms[name] >= 0).all(), name
    size = float(firms["undisturbed"].max())
    assert (firms["production"] <= firms["capacity"] * (1 + 1e-11) + 1e-15 * size).all()
    assert (firms["production"] <= firms["demand"] * (1 + 1e-11) + 1e-15 * size).all()
    assert (firms["delivered_final"] <= firms["production"] * (1 + 1e-11) + 1e-15 * size).all()
    assert result.table["loss"].between(0, 1).all()


@quick
@given(given_tables=tables(), model=models, start=st.integers(0, 9))
def test_no_shock_no_loss(given_tables, model, start):
    network = network_from(given_tables)
    model = known(model, network)
    kinds = ("capacity", "capital", "demand", "link", "essential-input")
    zero = [vc.Shock(what=w, where={}, loss=0.0, start=start) for w in kinds]
    zero.append(vc.Shock(what="capital", loss=0.0, start=start, rebuild_by={str(network.sectors[0]): 1.0}))
    for scenario in (vc.Scenario(), vc.Scenario(shocks=zero, overlap="combine")):
        result = vc.simulate(network, scenario, model=model, days=60)
        assert (result.table["loss"] == 0).all()
        assert (result.total_loss, result.lost_value, result.not_returned) == (0, 0, 0)
        base = np.broadcast_to(result.firms["undisturbed"], result.firms["production"].shape)
        np.testing.assert_allclose(result.firms["production"], base, rtol=1e-9, atol=1e-12 * base.max())


@quick
@given(given_tables=tables(), model=models, factor=st.sampled_from([1e-22, 1 / 3, 1e18]), data=st.data())
def test_units_do_not_matter_however_small(given_tables, model, factor, data):
    network, other = network_from(given_tables), network_from(scaled(given_tables, factor))
    model, scenario = known(model, network), data.draw(scenarios(network))
    one, two = (vc.simulate(n, scenario, model=model, days=DAYS).firms for n in (network, other))
    size = float(one["undisturbed"].max())
    np.testing.assert_allclose(two["production"] / factor, one["production"], rtol=1e-7, atol=1e-9 * size)


@quick
@given(given_tables=tables(), model=models, data=st.data(), seed=st.integers(0, 99))
def test_rows_and_names_change_nothing(given_tables, model, data, seed):
    network = network_from(given_tables)
    model, scenario = known(model, network), data.draw(scenarios(network))
    names = {firm: f"Ω{k:02d}" for k, firm in enumerate(sorted(network.firm_ids))}
    moved = network_from(relabelled(shuffled(given_tables, seed), names))
    renamed = [
        vc.Shock(**{k: getattr(s, k) for k in s.__dataclass_fields__ if k != "where"}, where=_called(s.where, names))
        for s in scenario.shocks
    ]
    one = vc.simulate(network, scenario, model=model, days=DAYS).firms
    two = vc.simulate(moved, vc.Scenario(shocks=renamed, overlap="combine"), model=model, days=DAYS).firms
    two = two.sel(firm=[names[f] for f in network.firm_ids])
    size = float(one["undisturbed"].max())
    for name in set(one) - {"binding"}:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-7, atol=1e-9 * size, err_msg=name)


def _called(where: dict, names: dict[str, str]) -> dict:
    return {key: [names[v] for v in value] if key == "firms" else value for key, value in where.items()}


@quick
@given(one=tables(max_firms=5), two=tables(max_firms=5), model=models, data=st.data())
def test_parts_without_a_link_between_them_are_computed_as_alone(one, two, model, data):
    two = relabelled(two, {f: f"2/{f}" for f in two["firms"]["firm"]})
    assume(not set(one["firms"]["firm"]) & set(two["firms"]["firm"]))
    joined = {k: pd.concat([one[k], two[k]], ignore_index=True) for k in ("firms", "links")}
    whole, first = (network_from({**t, "essential": one["essential"]}) for t in (joined, one))
    model = known(model, first)
    # Rebuilding by who buys nothing of the sector turns to all its suppliers, in either part.
    drawn = data.draw(scenarios(first, rebuilds=False)).shocks
    scenario = vc.Scenario(shocks=[s for s in drawn if "product" not in s.where], overlap="combine")
    together, alone = (vc.simulate(n, scenario, model=model, days=DAYS).firms for n in (whole, first))
    other = together["production"].sel(firm=[f for f in whole.firm_ids if f not in set(first.firm_ids)])
    size = float(together["undisturbed"].max())
    np.testing.assert_allclose(other, np.broadcast_to(other[0], other.shape), rtol=1e-9, atol=1e-12 * size)
    for name in set(alone) - {"binding"}:
        np.testing.assert_allclose(together[name].sel(firm=first.firm_ids), alone[name], rtol=1e-7, atol=1e-9 * size)


def test_runs_share_one_prepared_network():
    network = vc.synthetic(firms=60, seed=3)
    dynamics = ario_dynamics(network, vc.Ario(stock_days=5.0))
    product, sector = str(network.products[0]), str(network.sectors[0])
    sets = [
        [vc.Shock(where={"sector": sector}, loss=0.5, start=2, recovery="neighbours", recovery_days=5)],
        [vc.Shock(what="link", where={"product": product}, loss=0.9, start=1, days=9)],
        [vc.Shock(what="essential-input", where={"product": product}, loss=0.4, start=1, days=9)],
        [vc.Shock(what="capital", loss=0.01, start=1, rebuild_by={sector: 1.0})],
    ]
    effects = [dynamics.effects(vc.Scenario(shocks=s, overlap="combine")) for s in sets]
    before = copy.deepcopy(dynamics.table)
    alone = [dynamics.run(e, days=40, keep_firms=True) for e in effects]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda e: dynamics.run(e, days=40, keep_firms=True), effects * 3))
    elsewhere = pickle.loads(pickle.dumps(dynamics))  # noqa: S301 - its own bytes
    together += [elsewhere.run(e, days=40, keep_firms=True) for e in effects]
    for k, outcome in enumerate(together):
        assert outcome.production.tobytes() == alone[k % len(sets)].production.tobytes()
        assert outcome.firms.stock.tobytes() == alone[k % len(sets)].firms.stock.tobytes()
    for one, two in zip(before.kernel, dynamics.table.kernel, strict=True):
        np.testing.assert_array_equal(one, two)
    assert len({outcome.production.tobytes() for outcome in alone}) == len(sets)
    slim = dynamics.run(effects[0], days=40, keep_firms=False)
    assert slim.firms is None
    np.testing.assert_array_equal(slim.made, alone[0].made)

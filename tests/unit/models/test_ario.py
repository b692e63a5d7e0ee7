"""Parameters of ARIO, its events, and the table made from a network."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, InvalidDataError, ParameterError, UnknownNameError
from valuechain.io.mrio import from_pymrio
from valuechain.models import ario_table as module
from valuechain.models.ario_events import CapitalLoss, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_run import run_ario
from valuechain.models.ario_table import ario_table, make_table

LINKS = [("ore_b", "tools", 2.0), ("tools", "ore_a", 1.0), ("ore_a", "tools", 6.0), ("tools", "tools", 0.5)]
SECTOR = {"ore_a": "ore", "ore_b": "ore"}
DEMAND = {"final_demand": {"tools": 9.5, "ore_a": 0.0, "ore_b": 1.0}}


def small(**changes: object) -> vc.Network:
    return network_of(LINKS, **{"sector": SECTOR, "firms": DEMAND, "order": ["tools", "ore_b", "ore_a"]} | changes)


def test_what_the_variant_decides() -> None:
    assert (vc.Ario().psi, vc.Ario().restoration) == (0.8, 60.0)
    assert (vc.Ario(variant="base").psi, vc.Ario(variant="base", restoration=9).restoration) == (1.0, 9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"variant": "psy"}, "variant 'psy' is not known; write 'psi' or 'base'"),
        ({"orders": "past"}, "orders 'past' is not known; write 'alt' or 'noalt'"),
        ({"psi": 0}, "psi 0 is out of range; write a fraction of the target stock such as 0.8"),
        ({"psi": 1.1}, "psi 1.1 is out of range"),
        ({"restoration": 0.5}, "restoration 0.5 is out of range; write a number of days from 1"),
        ({"tau_alpha": math.inf}, "tau_alpha inf is out of range"),
        ({"tau_rebuild": True}, "tau_rebuild True is out of range"),
        ({"alpha_max": 0.9}, "alpha_max 0.9 is below alpha_base 1.0"),
        ({"stock_days": -1}, "stock_days -1 is no number of days"),
        ({"stock_days": {"ore": math.nan}}, "stock_days nan of sector 'ore' is no number of days"),
        ({"reference": 1}, "reference 1 is neither True nor False"),
    ],
)
def test_parameters_that_no_run_could_use(options: dict, words: str) -> None:
    with pytest.raises(ParameterError) as caught:
        vc.Ario(**options)
    assert words in str(caught.value)


def test_all_faults_of_parameters_are_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        vc.Ario(psi=2, tau_alpha=0, orders="x")
    assert len(str(caught.value).splitlines()) == 3


def test_models_are_values() -> None:
    days = {"ore": 3.0}
    model = vc.Ario(stock_days=days, alpha_max=1.5)
    days["ore"] = 9.0
    assert model.stock_days["ore"] == 3.0
    assert model == vc.Ario(stock_days={"ore": 3.0}, alpha_max=1.5) != vc.Ario()
    for same in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301 - its own bytes
        assert same == model
        assert hash(same) == hash(model)


def test_table_of_a_network() -> None:
    table = ario_table(small(), vc.Ario(stock_days={"ore": 5.0, "tools": 1.0}))
    assert table.sectors.tolist() == ["ore", "tools"]
    assert table.order.tolist() == [2, 1, 0]  # ore_a, ore_b, tools
    np.testing.assert_allclose(table.kernel.flow * 365, [[0, 0, 6], [0, 0, 2], [1, 0, 0.5]])
    np.testing.assert_allclose(table.kernel.output * 365, [6, 3, 11])
    np.testing.assert_allclose(table.kernel.input_share, [[0, 0, 8 / 11], [1 / 6, 0, 0.5 / 11]])
    np.testing.assert_allclose(table.capital, 4 * np.array([5, 3, 2.5]))
    assert table.kernel.stock_days.tolist() == [[5.0] * 3, [2.0] * 3]
    assert table.notes == ()
    assert table.rank[table.order].tolist() == [0, 1, 2]


def test_daily_tables_are_the_same_industries() -> None:
    by_day = network_of(
        [(i, j, flow / 365) for i, j, flow in LINKS],
        sector=SECTOR,
        firms={"final_demand": {k: v / 365 for k, v in DEMAND["final_demand"].items()}},
        flow_period="day",
    )
    one, other = ario_table(small(), vc.Ario()), ario_table(by_day, vc.Ario())
    np.testing.assert_allclose(other.kernel.flow, one.kernel.flow, rtol=1e-12)
    np.testing.assert_allclose(other.capital, one.capital, rtol=1e-12)


def test_network_and_arrays_give_the_same_run() -> None:
    net, model = small(), vc.Ario(stock_days=4.0)
    arrays = make_table(
        net.matrix.toarray(),
        final_demand=net.firms["final_demand"].to_numpy(),
        sector=net.firms["sector"],
        model=model,
    )
    event = ProductionLoss(firms=np.array([2]), loss=np.array([0.7]), start=1, days=20, left=np.zeros(1))
    one, other = (run_ario(t, model, days=40, events=[event]) for t in (ario_table(net, model), arrays))
    np.testing.assert_allclose(one.production, other.production, rtol=1e-12)
    assert one.production.min() < 0.5 * one.baseline.min()


def test_output_stands_in_for_final_demand() -> None:
    output = {"output": {"tools": 11.0, "ore_b": 2.5, "ore_a": 5.0}, "final_demand": {"tools": 9.5}}
    table = ario_table(small(firms=output), vc.Ario())
    np.testing.assert_allclose(table.final_demand[table.rank, 0] * 365, [9.5, 0.5, 0.0])
    assert table.notes == (
        "Final demand of 2 firms is not known: output less sales in the network was taken.",
        "Output is taken as sales plus final demand. Column output differs by more than 1 % for 1 firms, most for "
        "ore_a: 5 and 6.",
    )
    published = ario_table(small(firms=output), vc.Ario(reference=True))
    np.testing.assert_allclose(published.kernel.output[published.rank] * 365, [11.0, 2.5, 5.0])


def test_neither_final_demand_nor_revenue_nor_output() -> None:
    """tools buys for 8.5 and sells for 1.5: 7 to cover what it buys. ore_a buys for 1 and sells for 6."""
    known = {"final_demand": {"ore_b": 1.0}, "revenue": {"ore_a": 6.5}}
    with pytest.warns(DefaultWarning, match="Final demand of 'tools' is not known, nor revenue or output"):
        table = ario_table(small(firms=known), vc.Ario())
    np.testing.assert_allclose(table.final_demand[table.rank, 0] * 365, [7.0, 1.0, 0.5])
    assert table.notes[0] == "Final demand of 1 firms is not known: revenue less sales in the network was taken."


def test_stocks_of_a_sector_that_does_not_occur() -> None:
    with pytest.raises(UnknownNameError, match="no firm has sector 'tool'; did you mean 'tools'"):
        ario_table(small(), vc.Ario(stock_days={"tool": 3.0}))


def test_too_many_firms_for_a_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_INDUSTRIES", 2)
    with pytest.raises(InvalidDataError, match="has 3 rows; ARIO holds a square table and takes at most 2"):
        ario_table(small(), vc.Ario())


@pytest.mark.usefixtures("no_notes")
def test_table_of_pymrio() -> None:
    pymrio = pytest.importorskip("pymrio")
    net = from_pymrio(pymrio.load_test().calc_all())
    outcome = run_ario(ario_table(net, vc.Ario()), vc.Ario(), days=50)
    np.testing.assert_allclose(outcome.production, np.tile(outcome.baseline, (50, 1)), rtol=1e-12)


@pytest.mark.usefixtures("no_notes")
@pytest.mark.parametrize("name", [e.name for e in vc.example_names()])
def test_examples_run(name: str) -> None:
    outcome = run_ario(ario_table(vc.example(name), vc.Ario()), vc.Ario(), days=5)
    np.testing.assert_allclose(outcome.production, np.tile(outcome.baseline, (5, 1)), rtol=1e-12)


@pytest.mark.usefixtures("no_notes")
def test_the_world_in_2011(shared) -> None:
    if not (shared / "graphs" / "wiod2011").is_dir():
        pytest.skip("wiod2011 is not here")
    net, model = vc.read(shared / "graphs" / "wiod2011"), vc.Ario()
    table = ario_table(net, model)
    assert table.kernel.flow.shape == (1435, 1435)
    hit = np.flatnonzero(net.firms["country"] == "JPN")
    event = ProductionLoss(
        firms=hit, loss=np.full(len(hit), 0.5), start=5, days=20, left=recovery_curve("linear", 30.0, days=60)
    )
    outcome = run_ario(table, model, days=90, events=[event])
    total = outcome.production.sum(axis=1) / outcome.baseline.sum()
    np.testing.assert_allclose(total[:5], 1, rtol=1e-12)
    assert 0.9 < total.min() < 0.97
    assert total[-1] > 0.999
    assert outcome.imbalance.max() < 1e-12


# ---- curves and events


@pytest.mark.parametrize(
    ("recovery", "tau", "expected"),
    [
        ("none", 9.0, [1, 1, 1, 1]),
        ("instant", 9.0, [0, 0, 0, 0]),
        ("linear", 2.0, [1, 0.5, 0, 0]),
        ("linear", 0.0, [0, 0, 0, 0]),
        ("exponential", 2.0, np.exp([0, -0.5, -1, -1.5])),
        ("exponential", 0.0, [0, 0, 0, 0]),
        ("convex", 2.0, [1, 1 / 16, 1 / 256, 1 / 4096]),
        ("convex", 1.0, [1, 0, 0, 0]),
        ("concave", 2.0, [1, 1, 0, 0]),
        ("concave", 6.0, [1, 1 / (1 + 1e-6 / 6), 1 / (1 + (2 / 3) ** (math.log(6e6) / math.log(3))), 0.5]),
    ],
)
def test_curves(recovery: str, tau: float, expected: list[float]) -> None:
    np.testing.assert_allclose(recovery_curve(recovery, tau, days=4), expected, rtol=1e-12, atol=1e-15)


def test_curves_that_are_not_there() -> None:
    with pytest.raises(UnknownNameError, match="recovery 'linar' is not known to ARIO; did you mean 'linear'"):
        recovery_curve("linar", 3.0, days=3)
    with pytest.raises(ParameterError, match="recovery_days -1"):
        recovery_curve("linear", -1.0, days=3)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (
            ProductionLoss,
            {"loss": np.array([1.5])},
            "ProductionLoss: a loss is out of range; give fractions from 0 to 1",
        ),
        (ProductionLoss, {"loss": np.array([np.nan])}, "a loss is out of range"),
        (CapitalLoss, {"loss": np.array([-1.0])}, "give amounts of currency from 0"),
        (CapitalLoss, {"loss": np.array([1.0, 2.0])}, "loss has shape (2,), firms (1,)"),
        (CapitalLoss, {"firms": np.array([2, 2]), "loss": np.ones(2)}, "a firm is named twice"),
        (CapitalLoss, {"start": -1}, "start -1 and days 3 must not be negative"),
        (CapitalLoss, {"left": np.array([1.2])}, "left is no list of fractions"),
        (CapitalLoss, {"monetary_factor": 0}, "monetary_factor 0 is out of range"),
        (Rebuilding, {"sectors": {"ore": 0.5}}, "the shares of the rebuilding sectors do not add up to 1"),
        (Rebuilding, {"factor": 0}, "factor 0 is out of range"),
        (Rebuilding, {"tau": 0.5}, "tau 0.5 is out of range"),
        (Rebuilding, {"households": np.array([-1.0])}, "households: a loss is negative or not known"),
    ],
)
def test_events_that_no_run_could_use(kind: type, options: dict, words: str) -> None:
    given = {"firms": np.array([0]), "loss": np.array([0.5]), "start": 0, "days": 3}
    given |= {"sectors": {"ore": 1.0}} if kind is Rebuilding else {"left": np.zeros(1)}
    with pytest.raises(ParameterError) as caught:
        kind(**given | options)
    assert words in str(caught.value)

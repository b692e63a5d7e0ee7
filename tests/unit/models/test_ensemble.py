"""Ensembles: closed forms, single runs that can be repeated by hand, and what the tables say."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.models.storms import BETA, COLUMNS, LINKS, SHORT, chain, storm
from valuechain.models import ensemble_work
from valuechain.models.effects import effects_of
from valuechain.models.ensemble_draws import draws_of

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


@pytest.fixture(scope="module")
def found():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return vc.ensemble(chain(), storm(), model=SHORT, runs=60, by=["owner"])


# ---- closed forms


def test_the_mean_of_a_firm_alone_is_the_mean_of_its_distribution():
    # s has no partner: it loses what it draws, on each of the 6 days of 10, and is a third of all that is made.
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["s"]}, loss=BETA, start=4)], days=10)
    result = vc.ensemble(chain(), scenario, runs=4000, seed=3)
    error = result.mean_error
    share = 100 / 300 * 0.6
    assert result.mean_loss == pytest.approx(share * 2 / 7, abs=4 * error)
    assert error == pytest.approx(share * np.sqrt(10 / 49 / 8) / np.sqrt(4000), rel=0.1)
    assert result.expected_value == pytest.approx(result.mean_loss * 300 * 10 / 365)
    drawn = result.draws.table.set_index("run")["loss"]
    lost = result.runs.table.set_index("run")["loss"]
    np.testing.assert_allclose(lost, share * drawn.loc[lost.index], rtol=1e-12)
    worst = np.sort(drawn)[::-1][:200].mean()
    assert result.tail_loss == pytest.approx(share * worst)
    own = result.firms.table.set_index("firm").loc["s"]
    assert own["expected_loss"] == pytest.approx(0.6 * drawn.mean(), rel=1e-6)
    assert own["tail_loss"] == pytest.approx(0.6 * worst, rel=1e-6)
    assert result.table["mean"].tolist() == pytest.approx([0] * 4 + [drawn.mean() / 3] * 6)
    assert result.table["q95"].iloc[-1] == pytest.approx(np.quantile(drawn, 0.95) / 3)


def test_days_and_probability_enter_the_mean():
    days = {"distribution": "choice", "values": [2, 6]}
    shock = vc.Shock(where={"firms": ["s"]}, loss=0.9, start=1, days=days, probability=0.25)
    result = vc.ensemble(chain(), vc.Scenario(shocks=[shock], days=10), runs=4000)
    assert result.mean_loss == pytest.approx(0.25 * 0.9 * 4 / 10 / 3, abs=4 * result.mean_error)
    table = result.runs.table
    assert set(table["shocks"]) == {0, 1}
    assert table["shocks"].mean() == pytest.approx(0.25, abs=0.03)
    losses = result.exceedance.table
    assert losses["loss"].tolist() == pytest.approx([0.18, 0.06, 0.0])
    assert losses["probability"].tolist() == pytest.approx([0.125, 0.25, 1.0], abs=0.03)
    # Back on the day after the last one of the loss; on day 0 where there was none.
    back = table.groupby("shocks")["back_day"].unique()
    assert set(back[1]) == {3, 7}
    assert set(back[0]) == {0}


# ---- single runs by hand


@pytest.mark.parametrize(
    "model", [SHORT, vc.Inventory(rationing="smallest-first", stock_days=2), vc.Cascade(), vc.Inventory(reference=True)]
)
def test_a_run_is_what_simulate_gives_for_the_losses_it_drew(model):
    network, scenario = chain(), storm()
    if model != SHORT:
        scenario = vc.Scenario(shocks=scenario.shocks[:2], days=25, ensemble=dict(scenario.ensemble))
    result = vc.ensemble(network, scenario, model=model, runs=8, seed=5)
    drawn = draws_of(network, scenario, effects_of(network, scenario, is_random=True), seed=5)
    ids, by_day = network.firm_ids, []
    for run in range(8):
        shocks = []
        for effect in drawn.in_run(run)[0]:
            shock = scenario.shocks[effect.number - 1]
            more = {"start": effect.start, "days": effect.days, "recovery": shock.recovery}
            for hit, loss in zip(effect.hit, effect.loss, strict=True):
                where = {"firms": [ids[hit]]}
                if shock.what == "link":
                    where = {"supplier": ids[network.supplier[hit]], "buyer": ids[network.buyer[hit]]}
                days = shock.recovery_days
                shocks.append(vc.Shock(what=shock.what, where=where, loss=float(loss), recovery_days=days, **more))
        once = vc.simulate(network, vc.Scenario(shocks=shocks), model=model, days=25)
        by_day.append(once.table["loss"].to_numpy())
        row = result.runs.table.set_index("run").loc[run]
        assert row["lost_value"] == pytest.approx(once.lost_value)
        assert row["loss"] == pytest.approx(once.total_loss)
        assert (row["bottom_day"], row["bottom_loss"]) == (once.bottom_day, pytest.approx(once.table["loss"].max()))
    np.testing.assert_allclose(result.table["mean"], np.mean(by_day, axis=0), atol=1e-12)
    np.testing.assert_allclose(result.table["q25"], np.quantile(by_day, 0.25, axis=0), atol=1e-12)


def test_without_anything_random_all_runs_are_simulate(monkeypatch):
    computed = []
    real = ensemble_work.EnsembleWork._fill
    monkeypatch.setattr(
        ensemble_work.EnsembleWork, "_fill", lambda self, row, run: (computed.append(run), real(self, row, run))
    )
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["z"]}, loss=0.6, start=2, days=9)], days=30)
    result, once = vc.ensemble(chain(), scenario, runs=50), vc.simulate(chain(), scenario)
    assert computed == [0]
    for column in ("mean", "q05", "median", "q95"):
        np.testing.assert_allclose(result.table[column], once.table["loss"], rtol=1e-14)
    assert result.tail_loss == pytest.approx(once.total_loss)
    assert result.mean_error == pytest.approx(0, abs=1e-15)
    assert len(result.runs.table) == 50
    assert result.notes[0].startswith("Nothing in the scenario is random, so all 50 runs are alike: ")


def test_an_empty_scenario_and_shocks_after_the_last_day_lose_nothing():
    late = vc.Shock(loss=BETA, start={"distribution": "uniform", "low": 30, "high": 40})
    for scenario in (vc.Scenario(), vc.Scenario(shocks=[late])):
        result = vc.ensemble(chain(), scenario, runs=5, days=20)
        assert (result.table.drop(columns="day") == 0).all(axis=None)
        assert (result.mean_loss, result.tail_loss, result.expected_value) == (0, 0, 0)
        assert (result.firms.table[["expected_value", "tail_value"]] == 0).all(axis=None)


def test_initial_stocks_below_their_targets_are_no_loss_of_the_scenario():
    columns = {
        **COLUMNS,
        "stock_days": dict.fromkeys("zmbcas", 10.0),
        "initial_stock_days": dict.fromkeys("zmbcas", 4.0),
    }
    network = network_of(LINKS, order=list("sbzamc"), firms=columns, essential_rule="all")
    never = vc.Scenario(shocks=[vc.Shock(loss=BETA, probability=0)], days=30)
    assert vc.ensemble(network, never, runs=3).mean_loss == 0
    zero = vc.Scenario(shocks=[vc.Shock(loss={"distribution": "bernoulli", "p": 0.5}, where={"firms": ["s"]})], days=30)
    result = vc.ensemble(network, zero, runs=20)
    assert set(result.runs.table["loss"].round(12)) == {0.0, result.runs.table["loss"].max().round(12)}
    assert (result.firms.table.set_index("firm")["expected_value"].drop("s") == 0).all()


# ---- tables


def test_parts_add_up(found):
    firms = found.firms.table.set_index("firm")
    assert firms["expected_value"].sum() == pytest.approx(found.expected_value, rel=1e-6)
    runs = found.runs.table
    assert runs["lost_value"].mean() == pytest.approx(found.expected_value)
    assert firms["worst_runs_value"].sum() == pytest.approx(runs["lost_value"].head(3).mean(), rel=1e-6)
    assert found.tail_loss == pytest.approx(runs["loss"].head(3).mean())
    groups = found.groups.table
    assert list(dict.fromkeys(groups["by"])) == ["country", "sector", "owner"]
    for by, rows in groups.groupby("by"):
        assert rows["expected_value"].sum() == pytest.approx(found.expected_value, rel=1e-6)
        assert rows["firms"].sum() == 6
        column = chain().firms.set_index("firm")[by].fillna("(not known)")
        expected = firms["expected_value"].groupby(column).sum()
        np.testing.assert_allclose(rows.set_index("group")["expected_value"], expected.loc[rows["group"]], rtol=1e-6)
        # Firms of a group have their worst runs at different times.
        assert (rows["tail_value"].sum() >= rows["worst_runs_value"].sum() - 1e-9).all()


def test_rows_are_in_order_of_importance(found):
    assert found.runs.table["loss"].is_monotonic_decreasing
    assert sorted(found.runs.table["run"]) == list(range(60))
    assert found.firms.table["expected_value"].is_monotonic_decreasing
    assert found.exceedance.table["loss"].is_monotonic_decreasing
    assert found.exceedance.table["probability"].is_monotonic_increasing
    assert found.exceedance.table["probability"].iloc[-1] == 1
    assert found.table["day"].tolist() == list(range(25))
    assert list(found.table.columns) == ["day", "mean", "q05", "q25", "median", "q75", "q95"]
    assert list(found.firms.table.columns[:3]) == ["firm", "expected_loss", "tail_loss"]


def test_what_was_drawn_is_shown(found):
    table = found.draws.table
    assert len(table) == 180
    of_third = table[table["shock"] == 3]
    assert 15 < of_third["happened"].sum() < 45
    assert of_third["loss"].notna().equals(of_third["happened"])
    assert of_third["start"].notna().equals(of_third["happened"])
    assert set(table.loc[table["shock"] == 2, "start"]) == set(range(10))
    assert (table.loc[table["shock"] == 1, "days"] == 4).all()
    happened = table.groupby("run")["happened"].sum()
    assert found.runs.table.set_index("run")["shocks"].sort_index().tolist() == happened.tolist()


def test_a_loss_that_does_not_end_has_no_days_and_no_day_of_return():
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["s"]}, loss=BETA, start=3)], days=10)
    result = vc.ensemble(chain(), scenario, runs=3)
    assert result.draws.table["days"].isna().all()
    assert result.runs.table["back_day"].isna().all()
    assert result.runs.table["bottom_day"].tolist() == [3, 3, 3]


def test_quantiles_and_tail_may_be_chosen():
    result = vc.ensemble(chain(), storm(), runs=40, quantiles=[0.5, 0.975, 0.005, 1], tail=0.9, keep_firms=False)
    assert list(result.table.columns) == ["day", "mean", "median", "q97.5", "q0.5", "q100"]
    assert result.firms is None
    assert result.tail_loss == pytest.approx(result.runs.table["loss"].head(4).mean())
    assert result.parameters["tail"] == 0.9
    assert "in the worst 10% of 40 runs" in result.notes[0]
    assert any(n.startswith("The tail rests on 4 runs") for n in result.notes)


def test_runs_and_seed_come_from_the_scenario_unless_given():
    scenario = storm(ensemble={"runs": 7, "seed": 9})
    assert vc.ensemble(chain(), scenario).parameters["runs"] == 7
    assert vc.ensemble(chain(), scenario).inputs.seed == 9
    given = vc.ensemble(chain(), scenario, runs=4, seed=2)
    assert (given.inputs.runs, given.inputs.seed) == (4, 2)
    plain = vc.ensemble(chain(), vc.Scenario(shocks=storm().shocks[:1], days=2))
    assert (plain.inputs.runs, plain.inputs.seed) == (1000, 0)


def test_more_runs_begin_with_the_same_ones(found):
    few = vc.ensemble(chain(), storm(), model=SHORT, runs=10).runs.table.set_index("run").sort_index()
    assert few.equals(found.runs.table.set_index("run").sort_index().head(10))


def test_notes_say_how_sure_it_is(found):
    assert found.notes[0].startswith("On average ")
    assert " +- " in found.notes[0]
    assert " EUR; in the worst 5% of 60 runs " in found.notes[0]
    assert any("add up to more than 1 for 2 of 4 firms" in n for n in found.notes)
    assert any(n.startswith("No owner is known of 2 of 4 firms hit") for n in found.notes)


def test_notes_of_single_runs_are_said_once(monkeypatch):
    # Stocks of the published program, so that some goods reach nobody.
    monkeypatch.setattr("valuechain.models.inventory_dynamics.TO_NOBODY", -1.0)
    scenario = vc.Scenario(shocks=[vc.Shock(where={"firms": ["z"]}, loss=BETA)], days=5)
    result = vc.ensemble(chain(), scenario, runs=6)
    said = [n for n in result.notes if n.startswith("In 6 of 6 runs, as in run 0: ")]
    assert len(said) == 1
    assert said[0].endswith("delivered to nobody, as in the published program.")


def test_the_ensemble_of_the_example_runs(root):
    scenario = vc.read_scenario(root / "graphs" / "baltic_mobility" / "scenarios" / "hard_winter_ensemble.toml")
    result = vc.ensemble(vc.example("baltic_mobility"), scenario, runs=5, days=40)
    assert 0 < result.mean_loss < 0.2
    assert isinstance(result.groups.table, pd.DataFrame)
    assert set(result.groups.table["by"]) == {"cluster", "country", "sector"}

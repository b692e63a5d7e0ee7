"""The inventory model against the authors' own program (ProductionNetworkSimulator c4dd74d), through vc.simulate."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.reference.cases import Case, case_names, packed_case
from valuechain.kernels.production_graph import new_state
from valuechain.kernels.production_reference import reference_step
from valuechain.models.inventory_network import prepare
from valuechain.models.inventory_run import given_on, run
from valuechain.models.timeline_published import published_timeline

TOTALS, FIRMS, COLLAPSED = 1e-9, 1e-8, 1e-6
RATIONING = ("proportional", "final-last", "smallest-first", "final-last-smallest-first")
ORDERS = ("past", "full", "no-return")
RECOVERY = {-1: "linear", 0: "none", 1: "uniform", 2: "instant", 4: "exponential", 5: "neighbours"}
VARIANTS = ("as published", "relabelled")


@dataclass
class Loaded:
    case: Case
    network: vc.Network
    scenario: vc.Scenario
    model: vc.Inventory
    ids: dict[str, str]


def options(case: Case) -> dict[str, int]:
    return json.loads(case.files["params.json"])["options"]


def load(name: str, variant: str = VARIANTS[0]) -> Loaded:
    case = packed_case("inventory", name)
    firms = case.frame("firms.csv").drop(columns="initial_production")
    links = case.frame("links.csv").rename(columns={"client": "buyer", "amount": "flow"})
    stocks = case.frame("inventory_days.csv").set_index("firm")
    firms["stock_days"] = stocks["target_days"].loc[firms["firm"]].to_numpy()
    firms["initial_stock_days"] = stocks["initial_days"].loc[firms["firm"]].to_numpy()
    names = {f: f if variant == VARIANTS[0] else f"Ω{k * 7919 % 10007:05d}" for k, f in enumerate(firms["firm"])}
    firms["firm"] = firms["firm"].map(names)
    firms["sector"] = firms["sector"].astype(str)
    links = links.assign(**{end: links[end].map(names) for end in ("supplier", "buyer")})
    if variant != VARIANTS[0]:
        links = links.sample(frac=1, random_state=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        network = vc.Network.from_tables(firms, links, name=name, flow_period="day")
    opts = options(case)
    model = vc.Inventory(
        rationing=RATIONING[opts.get("R", 0)], orders=ORDERS[opts.get("o", 0)], tau=opts["T"], reference=True
    )
    scenario = vc.Scenario(shocks=list(shocks(case, names)), name=name)
    return Loaded(case, network, scenario, model, names)


def shocks(case: Case, names: dict[str, str]):
    opts = options(case)
    if "damage.csv" in case.files:
        for row in case.frame("damage.csv").itertuples():
            yield vc.Shock(
                where={"firms": [names[row.firm]]},
                loss=row.delta,
                start=row.start_day,
                days=opts.get("S", 0),
                recovery=RECOVERY[opts.get("b", -1)],
                recovery_days=opts.get("c", 0),
            )
    if "damage_windows.csv" in case.files:
        for row in case.frame("damage_windows.csv").itertuples():
            length = row.last_day - row.first_day + 1
            yield vc.Shock(where={"firms": [names[row.firm]]}, loss=row.delta, start=row.first_day, days=length)
    if "demand_shock.csv" in case.files:
        usual = case.frame("firms.csv").set_index("firm")["final_demand"]
        for row in case.frame("demand_shock.csv").itertuples():
            loss = 1 - row.final_demand / usual[row.firm]
            yield vc.Shock(what="demand", where={"firms": [names[row.firm]]}, loss=loss, start=row.day, days=1)


def totals(case: Case) -> pd.DataFrame:
    table = case.frame("out_totals.csv").set_index("t")
    return table[table.index >= 0]


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float, what: str) -> None:
    """Compare relative to the larger of the number and a thousandth of the firm's largest on any day."""
    scale = np.maximum(np.abs(theirs), 1e-3 * np.abs(theirs).max(axis=0))
    off = np.abs(ours - theirs) / np.where(scale > 0, scale, 1.0)
    assert off.max() <= tolerance, (what, off.max(), np.unravel_index(off.argmax(), off.shape))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", case_names("inventory"))
def test_every_published_number(name, variant):
    loaded = load(name, variant)
    expected = totals(loaded.case)
    collapses = expected["production"].min() < 1e-3 * expected["production"].iloc[0]
    result = vc.simulate(loaded.network, loaded.scenario, model=loaded.model, days=len(expected))
    close(result.table[["production"]].to_numpy(), expected[["production"]].to_numpy(), TOTALS, "totals")
    delivered = result.firms["delivered_final"].sum("firm").to_numpy()
    close(delivered[:, None], expected[["final_delivered"]].to_numpy(), TOTALS, "final_delivered")
    for ours, theirs in {
        "production": "production",
        "demand": "demand",
        "capacity": "capacity",
        "delivered_final": "final_delivered",
        "stock": "inventory",
    }.items():
        table = loaded.case.frame(f"out_{theirs}.csv").set_index("t")
        columns = [loaded.ids[c] for c in table.columns]
        got = result.firms[ours].sel(firm=columns).to_numpy()
        close(got, table.to_numpy(), COLLAPSED if collapses else FIRMS, theirs)


@pytest.mark.parametrize("name", case_names("inventory"))
def test_value_added_and_what_is_delivered_to_nobody(name):
    loaded = load(name)
    expected = totals(loaded.case)
    days = len(expected)
    timeline = published_timeline(loaded.network, loaded.scenario, days=days)
    outcome = run(prepare(loaded.network, loaded.model), timeline, days=days, keep_firms=False)
    close(outcome.value_added[:, None], expected[["value_added"]].to_numpy(), TOTALS, "value_added")
    sent = loaded.case.frame("out_intermediate_delivered.csv").set_index("t").to_numpy().sum(axis=1)
    nobody = 1 - (sent + expected["final_delivered"].to_numpy()).sum() / expected["production"].sum()
    assert outcome.to_nobody == pytest.approx(nobody, abs=1e-12)


@pytest.mark.parametrize("name", case_names("inventory"))
def test_intermediate_goods_of_each_firm(name):
    loaded = load(name)
    expected = loaded.case.frame("out_intermediate_delivered.csv").set_index("t").to_numpy()
    prepared = prepare(loaded.network, loaded.model)
    timeline = published_timeline(loaded.network, loaded.scenario, days=len(expected))
    graph = prepared.graph
    state, sent = new_state(graph, prepared.rules, prepared.initial_days), graph.amount.copy()
    for day in range(len(expected)):
        reference_step(graph, prepared.rules, state, given_on(prepared, timeline, day), sent)
        ours = np.bincount(graph.supplier, weights=sent, minlength=expected.shape[1])
        off = np.abs(ours - expected[day]) / np.maximum(np.abs(expected).max(axis=0), 1e-9)
        assert off.max() <= FIRMS, day

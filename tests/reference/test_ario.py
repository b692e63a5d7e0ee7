"""ARIO against BoARIO 0.7.2 on pymrio's test table: every recorded file of the four cases."""

from __future__ import annotations

import io
import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.reference.cases import archive, case_names, packed_case
from valuechain.models.ario import Ario
from valuechain.models.ario_events import CapitalLoss, Event, ProductionLoss, Rebuilding, recovery_curve
from valuechain.models.ario_run import ArioOutcome, run_ario
from valuechain.models.ario_table import make_table

CASES = [name for name in case_names("ario") if not name.startswith("_")]
FILES = {
    "production_realised": "production",
    "production_capacity": "capacity",
    "intermediate_demand": "orders",
    "overproduction": "overproduction",
    "rebuild_demand": "rebuild_demand",
    "rebuild_prod": "rebuild_delivered",
    "productive_capital_to_recover": "capital_lost",
    "value_added": "value_added",
    "final_demand_undist": "final_unmet",
}
"""Recorded file and array of the outcome; ``final_demand_undist`` is what each industry leaves undelivered."""

NAMES = {
    "main_inv_dur": "stock_days",
    "inventory_dict": "stock_days",
    "psi_param": "psi",
    "inventory_restoration_tau": "restoration",
    "alpha_tau": "tau_alpha",
    "rebuild_tau": "tau_rebuild",
    "order_type": "orders",
    "cls": "variant",
}
DEPENDS_ON_ZERO = {
    ("b04_base_model_noalt_two_recover", "capacity"),
    ("b04_base_model_noalt_two_recover", "overproduction"),
}


def table_file(name: str) -> pd.DataFrame:
    header = [0] if name == "x" else [0, 1]
    return pd.read_csv(io.BytesIO(archive("ario")[f"_mrio/{name}.csv"]), header=header, index_col=[0, 1])


@cache
def mrio() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return Z with columns in the order of the rows, Y by region of the buyer, x; rows are not sorted."""
    flows, demand, output = (table_file(name) for name in ("Z", "Y", "x"))
    return flows[flows.index], demand.T.groupby(level=0).sum().T.loc[flows.index], output["indout"].loc[flows.index]


def model_of(parameters: dict) -> Ario:
    given = dict(parameters["model"])
    endless = given.pop("infinite_inventories_sect", [])
    options = {NAMES.get(name, name): value for name, value in given.items()}
    for sector in endless:
        options["stock_days"] = {**options["stock_days"], sector: np.inf}
    return Ario(**options, monetary_factor=parameters["monetary_factor"], reference=True)


def event_of(event: dict, horizon: int) -> Event:
    amounts = event["share"] if event["type"] == "arbitrary" else event["impact_monetary"]
    labels = [tuple(label.split("|")) for label in amounts]
    window = {
        "firms": mrio()[0].index.get_indexer(pd.MultiIndex.from_tuples(labels)),
        "loss": np.array(list(amounts.values())),
        "start": event["occurrence"],
        "days": event["duration"],
    }
    if event["type"] == "rebuild":
        return Rebuilding(
            **window,
            sectors=event["rebuilding_sectors"],
            factor=event["rebuilding_factor"],
            tau=event["rebuild_tau"],
            monetary_factor=event["event_monetary_factor"],
        )
    curve = event["recovery_function"].replace("convexe", "convex")
    left = recovery_curve(curve, event["recovery_tau"], days=horizon)
    if event["type"] == "arbitrary":
        return ProductionLoss(**window, left=left)
    return CapitalLoss(**window, left=left, monetary_factor=event["event_monetary_factor"])


@cache
def outcome(name: str) -> ArioOutcome:
    parameters = json.loads(packed_case("ario", name).files["params.json"])
    model, days = model_of(parameters), parameters["n_steps"]
    flows, demand, output = mrio()
    table = make_table(
        flows.to_numpy(),
        final_demand=demand.to_numpy(),
        output=output.to_numpy(),
        sector=flows.index.get_level_values(1),
        model=model,
    )
    return run_ario(table, model, days=days, events=[event_of(e, days) for e in parameters["events"]])


def recorded(name: str, file: str) -> np.ndarray:
    """Return a recorded file, days in rows, industries in columns in the order of the table."""
    frame = packed_case("ario", name).frame(f"out_{file}.csv", header=[0, 1], index_col=0)
    return frame[mrio()[0].index].to_numpy()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("file", "array"), FILES.items())
def test_every_recorded_number(name, file, array):
    expected, got = recorded(name, file), getattr(outcome(name), array)
    assert got.shape == expected.shape
    if np.isnan(expected).all():  # the program records no capital where no event destroys any
        assert not got.any()
        return
    # What is left after subtraction is compared with the size of what was subtracted.
    size = outcome(name).capital_lost if array == "capital_lost" else outcome(name).baseline
    rtol = 2e-3 if (name, array) in DEPENDS_ON_ZERO else 1e-9
    wrong = np.abs(got - expected) > rtol * np.abs(expected) + 1e-12 * size
    assert not wrong.any(), np.argwhere(wrong)[:5]


@pytest.mark.parametrize("name", CASES)
def test_production_of_every_industry_and_day(name):
    np.testing.assert_allclose(outcome(name).production, recorded(name, "production_realised"), rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", CASES)
def test_unmet_final_demand_by_sector_and_region_of_the_buyer(name):
    _, demand, _ = mrio()
    missing = (1 - outcome(name).served)[:, :, None] * (demand.to_numpy() / 365)
    sector = pd.get_dummies(pd.Series(demand.index.get_level_values(1))).astype(float)
    by_buyer = np.einsum("tir,is->trs", missing, sector.to_numpy())
    labels = [(r, s) for r in demand.columns for s in sector.columns]
    expected = packed_case("ario", name).frame("out_final_demand_unmet.csv", header=[0, 1], index_col=0)[labels]
    size = demand.to_numpy().sum() / 365
    np.testing.assert_allclose(by_buyer.reshape(len(expected), -1), expected, rtol=1e-9, atol=1e-14 * size)


@pytest.mark.parametrize("name", CASES)
def test_stocks_at_the_start_of_the_last_day(name):
    frame = packed_case("ario", name).frame("out_inputs_stock_final_step_start.csv", header=[0, 1], index_col=[0, 1])
    run = outcome(name)
    expected = frame.droplevel(0).loc[list(run.sectors), list(mrio()[0].index)]
    np.testing.assert_allclose(run.last_stock, expected.to_numpy(), rtol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_inputs_of_the_case(name):
    """Capital, daily output and value added, which the cases list too."""
    industries = packed_case("ario", name).frame("industries.csv", index_col=[0, 1]).loc[mrio()[0].index]
    flows, demand, output = mrio()
    table = make_table(
        flows.to_numpy(),
        final_demand=demand.to_numpy(),
        output=output.to_numpy(),
        sector=flows.index.get_level_values(1),
        model=Ario(reference=True),
    )
    np.testing.assert_allclose(table.capital[table.rank], industries["capital"], rtol=1e-12)
    np.testing.assert_allclose(table.kernel.output[table.rank], industries["x0_daily"], rtol=1e-12)

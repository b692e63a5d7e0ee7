"""A run read: closed forms, and every number of every firm against plain loops."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.analysis.resilience import Resilience
from valuechain.cli.output import result_text
from valuechain.errors import ParameterError, UnknownNameError
from valuechain.models.simulate import SimulationResult
from valuechain.results import Result, as_json

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")

LOSSES = [0, 0, 0.1, 0.2, 0.4, 0.2, 0.1, 0.0005, 0, 0]
"""A V: from day 2 down to 0.4 on day 4, back on day 7 but for half a thousandth."""


def alone() -> vc.Network:
    """Return b -> a where b sells next to nothing, so that each stands alone in the cascade; a makes 100 a day."""
    firms = {"final_demand": {"a": 100.0, "b": 50.0}, "country": {"a": "DEU", "b": "POL"}}
    return network_of(
        [("b", "a", 0.0)], firms=firms, essential_rule="none", flow_period="day", currency="kEUR", name="two"
    )


def curve(losses: list[float], *, firm: str = "a", days: int | None = None, last: bool = False) -> SimulationResult:
    """Simulate a loss of capacity that is, day by day, what the list says; ``last``: the last one stays."""
    shocks = [
        vc.Shock(where={"firms": [firm]}, loss=v, start=t, days=None if last and t == len(losses) - 1 else 1)
        for t, v in enumerate(losses)
        if v > 0
    ]
    return vc.simulate(
        alone(), vc.Scenario(shocks=shocks, name="V"), model=vc.Cascade(market=None), days=days or len(losses)
    )


def measures(result: Result) -> dict[str, float]:
    return dict(zip(result.table["measure"], result.table["value"], strict=True))


def row(result: Result, **key: str) -> pd.Series:
    table = result.table
    for column, value in key.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_a_v_has_the_triangle_bottom_and_times_of_its_drawing():
    run = curve(LOSSES)
    read = vc.resilience(alone(), run)
    firm = row(read.firms, firm="a")
    assert firm["lost_value"] == pytest.approx(100 * 1.0005)
    assert firm["loss"] == pytest.approx(1.0005 / 10)
    assert (firm["first_day"], firm["bottom_day"], firm["time_to_bottom"]) == (2, 4, 2)
    assert firm["depth"] == pytest.approx(0.4)
    assert firm["time_to_recover"] == 5  # days 2 to 6; on day 7 less than a thousandth is missing
    assert firm["never_recovers"] is False
    found = measures(read)
    # The other firm makes 50 of 150 and loses nothing.
    assert found["triangle"] == read.triangle == pytest.approx(1.0005 * 100 / 150)
    assert found["total loss"] == pytest.approx(1.0005 * 100 / 1500)
    assert found["lost value"] == pytest.approx(100.05)
    assert found["depth"] == pytest.approx(0.4 * 100 / 150)
    assert (found["first day"], found["bottom day"], found["time to bottom"]) == (2, 4, 2)
    assert found["time to recover"] == read.time_to_recover == 5
    assert found["firms that lose"] == 1
    assert found["firms that never recover"] == 0


@pytest.mark.parametrize(("tolerance", "days"), [(0, 6), (1e-4, 6), (0.15, 4), (0.25, 3), (0.2, 3)])
def test_recovered_is_within_the_tolerance(tolerance, days):
    # 0.2 is lost on days 3 and 5: just the tolerance counts as recovered, so 4 is the last day below.
    read = vc.resilience(alone(), curve(LOSSES), tolerance=tolerance)
    assert row(read.firms, firm="a")["time_to_recover"] == days


def test_what_is_not_known_is_missing_and_said():
    nothing = vc.resilience(alone(), curve([0, 0, 0]))
    assert nothing.notes[0] == "Nothing is lost in 3 days."
    for name in ("first day", "bottom day", "time to bottom", "time to recover"):
        assert math.isnan(measures(nothing)[name])
    assert nothing.time_to_recover is None
    assert measures(nothing)["total loss"] == 0

    small = vc.resilience(alone(), curve([0, 0.0005, 0]))
    assert math.isnan(measures(small)["time to recover"])
    assert any("choose a smaller tolerance" in n for n in small.notes)

    lasting = vc.resilience(alone(), curve([0, 0.3, 0.2], days=6, last=True))
    assert row(lasting.firms, firm="a")["never_recovers"] is None
    assert math.isnan(row(lasting.firms, firm="a")["time_to_recover"])
    assert math.isnan(measures(lasting)["firms that never recover"])
    assert any("still lasts" in n for n in lasting.notes)
    assert any("add days" in n for n in lasting.notes)


def test_losing_again_after_a_recovery_counts_as_one_time_to_recover():
    firm = row(vc.resilience(alone(), curve([0, 0.3, 0, 0, 0.1, 0])).firms, firm="a")
    assert (firm["first_day"], firm["bottom_day"], firm["time_to_recover"]) == (1, 1, 4)


def test_groups_are_read_like_firms():
    read = vc.resilience(alone(), curve(LOSSES))
    assert read.groups.table["by"].unique().tolist() == ["country", "sector"]
    germany, poland = row(read.groups, group="DEU"), row(read.groups, group="POL")
    assert germany["lost_value"] == pytest.approx(100.05)
    assert (germany["firms"], germany["bottom_day"], germany["time_to_recover"]) == (1, 4, 5)
    assert poland["lost_value"] == poland["loss"] == 0
    assert math.isnan(poland["bottom_day"])
    one = vc.resilience(alone(), curve(LOSSES), by="sector").groups.table
    assert one["by"].unique().tolist() == ["sector"]
    with pytest.raises(UnknownNameError, match="contry"):
        vc.resilience(alone(), curve(LOSSES), by="contry")


# ---- orders


def test_a_firm_whose_buyer_refills_sees_a_peak_of_demand():
    firms = {"final_demand": {"a": 30.0, "m": 0.0, "z": 0.0}, "stock_days": dict.fromkeys("amz", 5.0)}
    net = network_of([("z", "m", 10.0), ("m", "a", 20.0)], firms=firms, essential_rule="all", flow_period="day")
    shock = vc.Shock(where={"firms": ["z"]}, loss=1.0, start=1, days=2)
    run = vc.simulate(net, vc.Scenario(shocks=[shock]), model=vc.Inventory(orders="full"), days=40)
    read = vc.resilience(net, run)
    demand = run.firms["demand"].to_numpy()
    wanted = {f: demand[:, k].max() / u for k, (f, u) in enumerate(zip(net.firm_ids, [10, 20, 30], strict=True))}
    assert list(net.firm_ids) == ["z", "m", "a"]
    # After two days without deliveries m holds 30 of 50: it orders 10 + 20/6.
    assert wanted["z"] == pytest.approx(1 + 2 / 6)
    assert {f: row(read.firms, firm=f)["demand_peak"] for f in "zma"} == pytest.approx(wanted)
    found = measures(read)
    assert found["order peak"] == pytest.approx(demand.sum(axis=1).max() / 60)
    assert found["order peak day"] == demand.sum(axis=1).argmax()
    assert math.isnan(found["bullwhip"])
    assert any("final demand is the same every day" in n for n in read.notes)


@pytest.mark.parametrize("reference", [False, True])
def test_bullwhip_is_the_ratio_of_variances(reference):
    firms = {"final_demand": {"a": 30.0, "m": 0.0}, "stock_days": {"a": 5.0, "m": 5.0}}
    net = network_of([("m", "a", 20.0)], firms=firms, essential_rule="all", flow_period="day")
    shock = vc.Shock(what="demand", where={"firms": ["a"]}, loss=0.5, start=3, days=4)
    run = vc.simulate(net, vc.Scenario(shocks=[shock]), model=vc.Inventory(reference=reference), days=30)
    final = [15.0 if 3 <= day < 7 else 30.0 for day in range(30)]
    orders = run.firms["demand"].sel(firm="m").to_numpy()
    wanted = np.var(orders / 20) / np.var(np.array(final) / 30)
    assert measures(vc.resilience(net, run))["bullwhip"] == pytest.approx(wanted)
    assert wanted > 1


def test_where_stocks_move_anyway_demand_is_compared_with_a_run_without_shocks():
    firms = {"final_demand": {"a": 30.0, "m": 0.0}, "stock_days": {"a": 8.0}, "initial_stock_days": {"a": 4.0}}
    net = network_of([("m", "a", 20.0)], firms=firms, essential_rule="all", flow_period="day")
    still = vc.resilience(net, vc.simulate(net, {}, days=30))
    assert row(still.firms, firm="m")["demand_peak"] == pytest.approx(1)
    assert any("run without shocks" in n for n in still.notes)


# ---- inputs that bind


def with_binding(net: vc.Network, run: SimulationResult, seed: int) -> SimulationResult:
    """Return a run whose firms are bound by inputs drawn at random; most firms and days by none."""
    rng = np.random.default_rng(seed)
    shape = run.firms["production"].shape
    codes = np.where(rng.random(shape) < 0.3, rng.integers(0, len(net.products), shape), -1).astype(np.int32)
    firms = run.firms.drop_vars("binding", errors="ignore").assign_coords(product=np.asarray(net.products))
    return dataclasses.replace(run, firms=firms.assign(binding=(("day", "firm"), codes)))


def storm(net: vc.Network, **options) -> SimulationResult:
    shocks = [
        vc.Shock(where={"sector": net.sectors[0]}, loss=0.7, start=2, days=6, recovery="linear", recovery_days=9),
        vc.Shock(what="demand", where={"sector": net.sectors[1]}, loss=-0.4, start=20, days=5),
    ]
    return vc.simulate(net, vc.Scenario(shocks=shocks), model=vc.Inventory(**options), days=60)


@pytest.mark.parametrize("options", [{}, {"overproduction": True}, {"orders": "full"}])
def test_every_firm_and_group_against_plain_loops(options):
    net = vc.synthetic(firms=60, clusters=3, seed=4)
    run = with_binding(net, storm(net, **options), seed=1)
    read = vc.resilience(net, run)
    made, usual = run.firms["production"].to_numpy(), run.firms["undisturbed"].to_numpy()
    usual = np.broadcast_to(usual, made.shape)
    for position, firm in enumerate(net.firm_ids):
        check_row(row(read.firms, firm=firm), made[:, position].tolist(), usual[:, position].tolist(), run)
    check_binding(net, run, read)
    groups = read.groups.table
    assert set(groups["by"]) >= {"country", "sector", "cluster"}
    members = net.table("members")
    for _, of in groups.iterrows():
        if of["by"] == "cluster":
            ids = set(members["firm"][members["cluster"] == of["group"]])
            ids = ids or set(net.firm_ids) - set(members["firm"])
        else:
            ids = set(net.firms["firm"][net.firms[of["by"]] == of["group"]])
        where = [k for k, firm in enumerate(net.firm_ids) if firm in ids]
        assert of["firms"] == len(where)
        check_row(of, made[:, where].sum(axis=1).tolist(), usual[:, where].sum(axis=1).tolist(), run)


def check_row(found: pd.Series, made: list[float], usual: list[float], run: SimulationResult) -> None:
    losses = [max(0.0, (u - m) / u) if u > 0 and u - m > 1e-12 * u else 0.0 for m, u in zip(made, usual, strict=True)]
    lost = sum(loss * u for loss, u in zip(losses, usual, strict=True))
    assert found["lost_value"] == pytest.approx(lost, rel=1e-9)
    days = [day for day, loss in enumerate(losses) if loss > 0]
    below = [day for day, loss in enumerate(losses) if loss > 1e-3]
    if sum(usual) > 0:
        assert found["loss"] == pytest.approx(lost / sum(usual), rel=1e-9)
        assert found["depth"] == pytest.approx(max(losses), rel=1e-9, abs=1e-9)
    if not days:
        assert found[["first_day", "bottom_day", "time_to_bottom", "time_to_recover"]].isna().all()
        return
    bottom = max(range(len(losses)), key=lambda day: (round(losses[day], 9), -day)) if max(losses) > 1e-9 else days[0]
    assert (found["first_day"], found["bottom_day"]) == (days[0], bottom)
    assert found["time_to_bottom"] == bottom - days[0]
    if below and below[-1] < len(losses) - 1:
        assert found["time_to_recover"] == below[-1] + 1 - days[0]
    else:
        assert math.isnan(found["time_to_recover"])
    if "never_recovers" in found and run.not_returned is not None:
        assert found["never_recovers"] is (losses[-1] > 1e-3)


def check_binding(net: vc.Network, run: SimulationResult, read: Resilience) -> None:
    codes = run.firms["binding"].to_numpy().tolist()
    pairs: dict[tuple[str, str], list[int]] = {}
    for day, of_day in enumerate(codes):
        for firm, code in zip(net.firm_ids, of_day, strict=True):
            if code >= 0:
                pairs.setdefault((firm, net.products[code]), []).append(day)
    rows = [(f, p, days[0], len(days)) for (f, p), days in pairs.items()]
    rows.sort(key=lambda r: (-r[3], r[2], r[0], r[1]))
    assert list(read.binding.table.itertuples(index=False, name=None)) == rows
    for firm in net.firm_ids:
        own = sorted(((-len(d), p) for (f, p), d in pairs.items() if f == firm))
        found = row(read.firms, firm=firm)
        assert found["bound_days"] == -sum(n for n, _ in own)
        assert (found["bound_by"] == own[0][1]) if own else pd.isna(found["bound_by"])
    share = sum(len(d) for d in pairs.values()) / np.size(codes)
    assert measures(read)["bound by inputs"] == pytest.approx(share)


def test_many_firms_are_looked_at_in_blocks(monkeypatch):
    net = vc.synthetic(firms=60, seed=4)
    run = with_binding(net, storm(net), seed=2)
    whole = vc.resilience(net, run)
    monkeypatch.setattr("valuechain.analysis.resilience_firms.BLOCK", 7)
    parts = vc.resilience(net, run)
    assert parts.binding.table.equals(whole.binding.table)
    assert parts.firms.table.equals(whole.firms.table)


def test_a_model_that_does_not_tell_what_binds():
    read = vc.resilience(alone(), curve(LOSSES))
    assert read.binding is None
    assert read.firms.table[["bound_by", "bound_days"]].isna().all(axis=None)
    assert math.isnan(measures(read)["bound by inputs"])
    assert any("does not tell which input" in n for n in read.notes)


def test_the_network_agrees_with_the_run():
    net = vc.example("baltic_mobility")
    run = vc.simulate(net, {"FI-007": 0.8}, days=60)
    read = vc.resilience(net, run)
    found = measures(read)
    assert found["total loss"] == read.total_loss == run.total_loss
    assert found["lost value"] == run.lost_value
    assert found["bottom day"] == run.bottom_day
    assert found["depth"] == run.table["loss"].max()
    assert read.triangle == pytest.approx(run.table["loss"].sum())


def test_units_json_and_csv():
    net = vc.synthetic(firms=30, seed=3)
    read = vc.resilience(net, with_binding(net, storm(net), seed=3))
    data = json.loads(as_json(read))
    assert {r["measure"]: r["unit"] for r in data["rows"]}["lost value"] == net.currency
    assert all(r["unit"] and r["meaning"] for r in data["rows"])
    assert {r["never_recovers"] for r in data["firms"]["rows"]} <= {True, False, None}
    for section in (read.firms, read.groups, read.binding):
        known = {*section.units, "firm", "by", "group", "never_recovers", "bound_by", "product"}
        assert set(section.table.columns) <= known
        lines = result_text(section, "csv").splitlines()
        assert len(lines) == len(section.table) + 1
        assert "nan" not in " ".join(lines).casefold()
        assert section.title in result_text(section, "table", 3)
    text = result_text(read.firms, "csv")
    assert ",true," in text or ",false," in text


# ---- what is refused


def test_runs_that_cannot_be_read():
    run = curve(LOSSES)
    with pytest.raises(ParameterError, match="give the network that was simulated"):
        vc.resilience(vc.example("textbook"), run)
    with pytest.raises(ParameterError, match="keep_firms=True"):
        vc.resilience(alone(), dataclasses.replace(run, firms=None))
    with pytest.raises(ParameterError, match="is no run"):
        vc.resilience(alone(), run.table)
    for wrong in (-0.1, 1, float("nan"), True, "x"):
        with pytest.raises(ParameterError, match="tolerance"):
            vc.resilience(alone(), run, tolerance=wrong)

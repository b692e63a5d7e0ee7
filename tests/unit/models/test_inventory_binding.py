"""Which input holds a firm down, on networks small enough to see it."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of

LINKS = [("x", "b", 10.0), ("y", "b", 30.0), ("w", "b", 5.0)]


def assembly(days: float = 3.0, **options) -> vc.Network:
    """Return b, which buys x, y and w (products with the names of the firms) and sells 100."""
    firms = {"final_demand": {"b": 100.0}, "stock_days": {"b": days}, "output": dict.fromkeys("xyw", 50.0)}
    options = {"essential_rule": "all", **options} if "essential" not in options else options
    return network_of(LINKS, firms=firms, flow_period="day", **options)


def held_by(network: vc.Network, losses: dict[str, float], *, days: int = 20, start: int = 0, **options) -> list[str]:
    """Return the binding product of b on each day, "" for none."""
    shocks = [vc.Shock(where={"firms": [f]}, loss=loss, start=start) for f, loss in losses.items()]
    result = vc.simulate(network, vc.Scenario(shocks=shocks), model=vc.Inventory(**options), days=days)
    products = result.firms["product"].to_numpy()
    return ["" if k < 0 else str(products[k]) for k in result.firms["binding"].sel(firm="b").to_numpy()]


@pytest.mark.parametrize("reference", [False, True])
def test_the_input_that_runs_out_binds_once_it_has(reference):
    found = held_by(assembly(), {"y": 1.0}, start=2, orders="full", reference=reference)
    assert found == [""] * 5 + ["y"] * 15


def test_capacity_and_demand_are_no_input():
    assert held_by(assembly(), {"b": 0.5}) == [""] * 20
    less = vc.Scenario(shocks=[vc.Shock(what="demand", where={"firms": ["b"]}, loss=0.4)])
    assert (vc.simulate(assembly(), less, days=20).firms["binding"] == -1).all()


def test_the_least_cover_binds():
    found = held_by(assembly(), {"x": 1.0, "w": 0.5}, orders="full")
    assert found[:3] == [""] * 3
    assert found[3:] == ["x"] * 17


@pytest.mark.parametrize("losses", [{"y": 1.0, "x": 1.0}, {"x": 1.0, "y": 1.0}])
@pytest.mark.parametrize("order", [["b", "w", "x", "y"], ["y", "x", "w", "b"]])
def test_of_equal_inputs_it_is_the_first_by_name(losses, order):
    assert held_by(assembly(order=order), losses, orders="full")[3:] == ["x"] * 17


def test_inputs_that_are_not_essential_bind_together_the_one_that_lacks_most_is_named():
    pairs = [("x", "b", 1), ("y", "b", 1), ("w", "b", 2)]
    found = held_by(assembly(essential=pairs), {"x": 1.0, "y": 0.5}, orders="full", days=30)
    # x lacks 10 of 10 a day, y 15 of 30.
    assert found[-1] == "y"
    assert held_by(assembly(essential=pairs), {"x": 1.0, "y": 0.1}, orders="full", days=30)[-1] == "x"
    # w takes more: all of production.
    assert held_by(assembly(essential=pairs), {"x": 1.0, "y": 1.0, "w": 1.0}, orders="full")[-1] == "w"
    assert held_by(assembly(essential=[("y", "b", 2), ("x", "b", 0)]), {"x": 1.0}, orders="full") == [""] * 20


def test_an_input_that_cannot_be_used_binds_though_there_is_stock():
    lost = vc.Scenario(shocks=[vc.Shock(what="essential-input", where={"product": "y"}, loss=0.3, start=4)])
    result = vc.simulate(assembly(days=30), lost, days=8)
    found = result.firms["binding"].sel(firm="b").to_numpy()
    assert found.dtype == np.int32
    assert [result.firms["product"].to_numpy()[k] if k >= 0 else "" for k in found] == [""] * 4 + ["y"] * 4
    assert result.firms["production"].sel(firm="b").to_numpy()[4:] == pytest.approx(70)


def test_firms_without_inputs_are_never_bound_by_one():
    result = vc.simulate(assembly(), {"x": 0.7, "y": 1.0}, days=30)
    for firm in "xyw":
        assert (result.firms["binding"].sel(firm=firm) == -1).all()

"""Stocks of more than a hundred years are refused; before, sums of them overflowed and goods seemed to vanish."""

from __future__ import annotations

import math

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import InvalidDataError, ParameterError

LINKS = [("z", "m", 10.0), ("m", "a", 20.0)]
DEMAND = {"a": 30.0, "m": 0.0, "z": 0.0}
SHOCK = vc.Scenario(shocks=[vc.Shock(where={"firms": ["m"]}, loss=0.5)], days=5)


def chain(**columns: dict[str, float]) -> vc.Network:
    return network_of(LINKS, firms={"final_demand": DEMAND, **columns}, essential_rule="all", flow_period="day")


@pytest.mark.parametrize("column", ["stock_days", "initial_stock_days"])
def test_columns_of_firms(column):
    stocks = {"stock_days": {"a": 3.0, "m": 3.0, "z": 3.0}}
    stocks[column] = {"a": 1e99, "m": 3.0, "z": 36_501.0}
    network = chain(**stocks)
    with pytest.raises(InvalidDataError) as caught:
        vc.simulate(network, SHOCK)
    assert len(caught.value.faults) == 2
    assert f"{column} '1e+99' is more than a hundred years (firm 'a'); write" in str(caught.value)


def test_a_hundred_years_are_taken():
    run = vc.simulate(chain(stock_days=dict.fromkeys("amz", 36_500.0)), SHOCK)
    assert run.firms["stock"].max() > 0
    assert vc.Ario(stock_days={"S": math.inf, "T": 36_500}).stock_days["T"] == 36_500


def test_ario_refuses_the_column_where_it_uses_it():
    network = chain(stock_days=dict.fromkeys("amz", 1e6))
    with pytest.raises(InvalidDataError, match="is more than a hundred years"):
        vc.simulate(network, SHOCK, model=vc.Ario())
    vc.simulate(network, SHOCK, model=vc.Ario(stock_days=math.inf))


@pytest.mark.parametrize(
    "asked",
    [
        lambda: vc.Inventory(stock_days=1e308),
        lambda: vc.Ario(stock_days=1e308),
        lambda: vc.Ario(stock_days={"S": 36_501}),
        lambda: vc.exposure(chain(), stock_days=1e308),
        lambda: vc.exposure(chain(), recovery_days=np.float64(36_501)),
    ],
)
def test_parameters(asked):
    with pytest.raises(ParameterError, match=r"36,500"):
        asked()


def test_numbers_of_numpy_are_numbers():
    numpy = vc.Inventory(tau=np.int64(3), switch_after=np.int64(3), stock_days=np.float32(2), overproduction=np.True_)
    assert numpy == vc.Inventory(tau=3, switch_after=3, stock_days=2.0, overproduction=True)
    assert [type(v) for v in (numpy.tau, numpy.switch_after, numpy.overproduction)] == [int, int, bool]
    ario = vc.Ario(psi=np.float64(0.5), tau_alpha=np.int64(9), stock_days={"S": np.int64(4)}, reference=np.False_)
    assert ario == vc.Ario(psi=0.5, tau_alpha=9, stock_days={"S": 4})
    assert type(ario.stock_days["S"]) is int
    assert type(vc.Cascade(tolerance=np.float64(0.01)).tolerance) is float


def test_equal_models_hash_alike():
    one, two = vc.Ario(stock_days={"S": 4, "T": 5.0}), vc.Ario(stock_days={"T": 5, "S": 4.0})
    assert one == two
    assert hash(one) == hash(two)

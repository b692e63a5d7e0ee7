"""A network and a random scenario for the tests of ensembles."""

from __future__ import annotations

import valuechain as vc
from tests.conftest import network_of

BETA = {"distribution": "beta", "a": 2, "b": 5}
LINKS = [("z", "b", 30.0), ("z", "c", 10.0), ("m", "c", 20.0), ("b", "a", 25.0), ("c", "a", 15.0)]
COLUMNS = {
    "country": {"z": "DE", "m": "PL", "b": "DE", "c": "PL", "a": None, "s": "EE"},
    "owner": {"z": "g", "c": "g", "m": None, "b": None, "a": None, "s": None},
    "output": {"z": 50.0, "m": 20.0, "b": 40.0, "c": 30.0, "a": 60.0, "s": 100.0},
}


def chain(order=("s", "b", "z", "a", "m", "c"), links=LINKS):
    """Return a network of five firms with links, and one, s, without any that makes a third of all."""
    firms = sorted({f for link in links for f in link[:2]} | {"s"})
    return network_of(
        links,
        order=[*order, *(f for f in firms if f not in order)],
        firms=COLUMNS,
        essential_rule="all",
        currency="EUR",
    )


def storm(**more: object) -> vc.Scenario:
    shocks = [
        vc.Shock(where={"country": "DEU"}, loss=BETA, start=1, days=4, recovery="linear", recovery_days=6),
        vc.Shock(
            where={"firms": ["c", "s"]}, loss=BETA, start={"distribution": "uniform", "low": 0, "high": 9}, days=5
        ),
        vc.Shock(what="link", where={"supplier": "z"}, loss=BETA, start=3, days=9, probability=0.5),
    ]
    return vc.Scenario(
        shocks=shocks, name="storm", **{"days": 25, "ensemble": {"correlation": {"owner": 0.8, "country": 0.4}}, **more}
    )


SHORT = vc.Inventory(stock_days=3)


def bits(result) -> list[bytes]:
    parts = [result, result.runs, result.exceedance, result.firms, result.groups, result.draws]
    return [
        p.table[c].to_numpy().tobytes() for p in parts if p is not None for c in p.table if p.table[c].dtype == float
    ]

"""Stocks that links give of what comes over them."""

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import InvalidDataError

LINKS = [("s", "b", 10.0, "q"), ("o", "b", 30.0, "r"), ("b", "z", 80.0, "p")]


def net(link_days=None, firm_days=None, **firms):
    columns = {"final_demand": {"z": 90.0}, **firms}
    columns |= {"stock_days": firm_days} if firm_days else {}
    made = network_of(LINKS, firms=columns, essential_rule="all")
    if link_days is None:
        return made
    links = made.links.assign(stock_days=[link_days.get(p, np.nan) for p in made.links["product"]])
    return vc.Network.from_tables(**{**made.tables, "links": links, **made.metadata})


def lost(network, failed, days=60):
    fire = vc.Scenario(name="f", days=days, shocks=[vc.Shock(where={"firms": [failed]}, loss=1.0, start=1, days=30)])
    return vc.simulate(network, fire, model=vc.Inventory(stock_days=4)).lost_value


def test_days_of_all_links_are_days_of_the_firm():
    firm = net(firm_days={"b": 9.0, "z": 4.0, "s": 4.0, "o": 4.0})
    link = net(link_days={"q": 9.0, "r": 9.0})
    assert lost(link, "s") == lost(firm, "s")
    assert lost(link, "o") == lost(firm, "o")
    assert lost(link, "s") < lost(net(), "s")


def test_days_of_one_link_bridge_the_lack_of_what_comes_over_it_only():
    more = net(link_days={"q": 12.0})
    assert lost(more, "o") == pytest.approx(lost(net(), "o"), rel=1e-6)
    # Eight days more in which b and z go on, and o is asked for as much.
    assert lost(net(), "s") - lost(more, "s") == pytest.approx(8 * (80 + 90 + 30) / 365, rel=0.02)


def test_exposure_counts_them():
    table = vc.exposure(net(link_days={"q": 12.0}), recovery_days=20.0, stock_days=4).table.set_index("firm")
    without = vc.exposure(net(), recovery_days=20.0, stock_days=4).table.set_index("firm")
    # b lives on what it holds of q, then z on what it holds of p.
    assert table.loc["s", "time_to_survive"] - without.loc["s", "time_to_survive"] == pytest.approx(8.0)
    assert table.loc["o", "time_to_survive"] == pytest.approx(without.loc["o", "time_to_survive"])


def test_more_than_a_hundred_years_is_a_slip():
    with pytest.raises(InvalidDataError, match=r"links.*stock_days.*more than a hundred years \('s' to 'b'\)"):
        lost(net(link_days={"q": 40000.0}), "s")

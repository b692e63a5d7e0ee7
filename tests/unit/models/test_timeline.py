"""Scenarios over days: curves in closed form, overlaps, selectors of links, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ScenarioError
from valuechain.models.selected_links import selected_links
from valuechain.models.timeline import timeline
from valuechain.models.timeline_published import published_timeline

LINKS = [("q", "b", 4.0, "bolt"), ("a", "q", 2.0, "nut"), ("a", "b", 1.0, "bolt"), ("b", "c", 3.0, "car")]
COUNTRIES = {"a": "DEU", "b": "POL", "c": "EST", "q": "DEU"}


def network(**columns: dict[str, object]) -> vc.Network:
    return network_of(LINKS, firms={"country": COUNTRIES, **columns}, essential_rule="all", name="tiny")


def lost(firm: str, *shocks: vc.Shock, days: int = 12, published: bool = False) -> list[float]:
    made = published_timeline if published else timeline
    net = network()
    line = made(net, vc.Scenario(shocks=shocks), days=days)
    at = net.positions([firm])[0]
    return [float(1 - line.capacity_kept(day)[at]) for day in range(days)]


def on_b(**options) -> vc.Shock:
    return vc.Shock(where={"firms": ["b"]}, **options)


@pytest.mark.parametrize(
    ("recovery", "expected"),
    [
        (None, [0, 0.8, 0.8, 0, 0, 0, 0]),
        ("none", [0, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]),
        ("instant", [0, 0.8, 0.8, 0.8, 0, 0, 0]),
        ("linear", [0, 0.8, 0.8, 0.8, 0.6, 0.4, 0.2]),
        ("uniform", [0, 0.8, 0.8, 0.8, 0.55, 0.3, 0.05]),
        ("exponential", [0, 0.8, 0.8, 0.8, *(0.8 * math.exp(-e / 4) for e in (1, 2, 3))]),
        ("convex", [0, 0.8, 0.8, 0.8, *(0.8 * (1 - e / 4) ** 2 for e in (1, 2, 3))]),
        ("concave", [0, 0.8, 0.8, 0.8, *(0.8 * (1 - (e / 4) ** 2) for e in (1, 2, 3))]),
        ("neighbours", [0, 0.8, 0.8, 0.8, *(0.8 * 0.75**e for e in (1, 2, 3))]),
    ],
)
def test_curves(recovery, expected):
    shock = on_b(loss=0.8, start=1, days=2, recovery=recovery, recovery_days=4)
    assert lost("b", shock, days=7) == pytest.approx(expected)
    assert lost("a", shock, days=7) == [0] * 7
    assert all(v >= 0 for v in lost("b", shock, days=40))


def test_neighbours_that_are_down_slow_recovery():
    # b deals with q, a and c; q is down for good by a half, so h = 1 - 0.5/3.
    half = vc.Shock(where={"firms": ["q"]}, loss=0.5)
    shock = on_b(loss=0.8, start=0, days=0, recovery="neighbours", recovery_days=4)
    assert lost("b", half, shock, days=3) == pytest.approx([0.8 * (1 - (1 - 0.5 / 3) / 4) ** e for e in range(3)])


def test_shocks_that_overlap_combine_as_independent_ones():
    one, two = on_b(loss=0.5, start=1, days=3), on_b(loss=0.5, start=3, days=3)
    assert lost("b", one, two, days=7) == pytest.approx([0, 0.5, 0.5, 0.75, 0.5, 0.5, 0])
    capital = on_b(what="capital", loss=0.5, start=3, days=3)
    assert lost("b", one, capital, days=7) == lost("b", one, two, days=7)


def test_published_windows_last_until_the_next_and_the_last_end():
    one, two = on_b(loss=0.5, start=0, days=2), on_b(loss=0.2, start=4, days=2)
    assert lost("b", one, two, days=8, published=True) == pytest.approx([0.5] * 4 + [0.2] * 2 + [0] * 2)
    assert lost("b", on_b(loss=0.5, days=2, start=1), days=4, published=True) == pytest.approx([0, 0.5, 0.5, 0])


def test_published_exponential_counts_days_from_day_0():
    shock = on_b(loss=0.5, start=3, days=0, recovery="exponential", recovery_days=10)
    assert lost("b", shock, days=6, published=True)[3:] == pytest.approx(
        [0.5, 0.5 * math.exp(-0.3), 0.5 * math.exp(-0.4)]
    )
    forever = on_b(loss=0.5, days=0, recovery="linear", recovery_days=0)
    assert lost("b", forever, days=5, published=True) == [0.5] * 5


def test_days_of_recovery_from_the_firms():
    net = network(recovery_days={"b": 4.0, "q": 2.0, "a": 1.0})
    shock = vc.Shock(where={"firms": ["b", "q"]}, loss=0.8, days=0, recovery="linear")
    line = timeline(net, vc.Scenario(shocks=[shock]), days=3)
    at = net.positions(["b", "q"])
    assert (1 - line.capacity_kept(1)[at]) == pytest.approx([0.6, 0.4])
    with pytest.raises(ScenarioError, match="firms do not give it for 'c'; add it to the shock or to firms"):
        timeline(net, vc.Scenario(shocks=[vc.Shock(where={"firms": ["c"]}, recovery="linear")]), days=3)
    with pytest.raises(ScenarioError, match="'linear' has no recovery_days; add recovery_days = 60"):
        timeline(network(), vc.Scenario(shocks=[on_b(recovery="linear")]), days=3)


@pytest.mark.parametrize(
    ("where", "pairs"),
    [
        ({"product": "bolt"}, {"qb", "ab"}),
        ({"country": "DE"}, {"qb", "aq", "ab"}),
        ({"supplier_country": "DEU", "buyer_country": ["POL", "EST"]}, {"qb", "ab"}),
        ({"supplier": "a"}, {"aq", "ab"}),
        ({"firms": ["q"]}, {"qb", "aq"}),
        ({"buyer": ["q", "c"], "supplier_sector": "a"}, {"aq"}),
        ({}, {"qb", "aq", "ab", "bc"}),
    ],
)
def test_links_are_selected_by_and(where, pairs):
    net = network()
    chosen = net.links.iloc[selected_links(net, where)]
    assert set(chosen["supplier"] + chosen["buyer"]) == pairs


def test_an_input_is_lost_by_the_buyers_selected():
    net = network()
    assert len(selected_links(net, {"country": "POL"}, buyers_only=True)) == 2
    line = timeline(net, vc.Scenario(shocks=[vc.Shock(what="essential-input", where={"buyer": "b"}, loss=0.4)]), days=1)
    assert sorted(line.input_kept(0)) == pytest.approx([0.6, 0.6, 1, 1])
    np.testing.assert_array_equal(line.input_kept(0), line.link_kept(0))


def test_all_faults_are_told_at_once_with_the_closest_match():
    shocks = [
        vc.Shock(what="link", where={"product": "bold"}),
        vc.Shock(what="link", where={"buyer_country": "FRA", "route": "rhine"}),
        vc.Shock(where={"firms": ["b"]}, loss={"distribution": "beta", "a": 2, "b": 5}),
        vc.Shock(what="demand", where={"firms": ["b"]}, recovery="neighbours", recovery_days=3),
        vc.Shock(what="link", where={"supplier": "c"}),
    ]
    with pytest.raises(ScenarioError) as caught:
        timeline(network(), vc.Scenario(shocks=shocks, ensemble={"runs": 3}, file="s.toml"), days=5)
    said = str(caught.value)
    assert all(line.startswith("s.toml: ") for line in said.splitlines())
    for words in (
        "[ensemble] asks for many random runs",
        "shock 1: where product: 'bold' selects nothing in network 'tiny'; did you mean 'bolt'",
        "shock 2: where buyer_country: 'FRA' selects nothing",
        "shock 2: where route: the links of network 'tiny' have no column 'route'",
        "shock 3: loss is a distribution",
        "shock 4: recovery 'neighbours' is for capacity",
        "shock 5: no link of network 'tiny' has supplier = 'c'",
    ):
        assert words in said, words
    with pytest.raises(ScenarioError, match="did you mean 'supplier_country'"):
        vc.Shock(what="link", where={"supplier_contry": "DEU"})


def test_surges():
    net = network()
    shock = vc.Shock(what="demand", where={"firms": ["c"]}, loss=-0.5, days=1, recovery="uniform", recovery_days=4)
    line = timeline(net, vc.Scenario(shocks=[shock]), days=6)
    at = net.positions(["c"])[0]
    assert [line.demand_kept(d)[at] for d in range(5)] == pytest.approx([1.5, 1.5, 1.25, 1, 1])
    assert line.is_over(5)
    assert not line.is_over(1)


def test_what_is_rebuilt_comes_back_linearly_where_nothing_is_rebuilt():
    net = network()
    sector = str(net.sectors[0])
    shocks = [
        vc.Shock(what="capital", where={"firms": ["b"]}, loss=0.5, start=1, days=2, rebuild_by={sector: 1.0}, **given)
        for given in ({"recovery_days": 4}, {})
    ]
    lines = [timeline(net, vc.Scenario(shocks=[s]), days=12) for s in shocks]
    at = net.positions(["b"])[0]
    kept = [[float(line.capacity_kept(day)[at]) for day in range(12)] for line in lines]
    assert kept[0] == pytest.approx([1, 0.5, 0.5, 0.5, 0.625, 0.75, 0.875, 1, 1, 1, 1, 1])
    assert kept[1] == pytest.approx([1, 0.5, 0.5, *(0.5 + 0.5 * e / 60 for e in range(9))])
    assert lines[0].effects[0].rebuild_by == {sector: 1.0}


def test_sectors_that_rebuild_and_do_not_occur():
    net = network_of(LINKS, sector={"a": "construction"}, essential_rule="all", name="tiny")
    wanted = {"constructon": 0.5, "?": 0.5}
    shock = vc.Shock(what="capital", where={"firms": ["bb"]}, loss=0.5, rebuild_by=wanted)
    with pytest.raises(ScenarioError) as caught:
        timeline(net, vc.Scenario(shocks=[shock]), days=2)
    said = str(caught.value).splitlines()
    assert said[0].startswith("shock 1: where firms: firm 'bb' is not in network")
    no = "shock 1: rebuild_by: no firm of network 'tiny' has sector"
    assert said[1:] == [
        f"{no} 'constructon'; did you mean 'construction'?",
        f"{no} '?'; sectors are 'b', 'c', 'construction', 'q'",
    ]

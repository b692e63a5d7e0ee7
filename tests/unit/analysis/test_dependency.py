"""Dependence of an area by hand, its bounds by trying every country, and countries that supply hangs on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError, UnknownNameError

COUNTRIES = {"d": "DEU", "d2": "DEU", "f": "FRA", "c": "CHN", "u": "USA"}
LINKS = [
    ("c", "d", 6.0, "p"),
    ("u", "d", 2.0, "p"),
    ("f", "d", 4.0, "p"),
    ("d", "c", 2.0, "p"),
    ("d", "d2", 10.0, "p"),  # within a country: no trade
    ("c", "u", 5.0, "q"),  # no business of the area's
]


def of(links, countries=COUNTRIES):
    return network_of(links, firms={"country": countries})


def row(result, product="p"):
    return result.table.set_index("product").loc[product]


def test_the_commissions_indicators():
    result = vc.dependency(of(LINKS))
    p = row(result)
    assert list(result.table.columns[:5]) == ["product", "cdi1", "cdi2", "cdi3", "dependent"]
    assert p["cdi1"] == pytest.approx(0.75**2 + 0.25**2)
    assert p["cdi2"] == pytest.approx(8 / 12)
    assert p["cdi3"] == pytest.approx(8 / (2 + 4))
    assert (p["largest"], p["largest_share"], p["import_value"]) == ("CHN", 0.75, 8)
    assert bool(p["dependent"]) is True
    assert bool(p["certain"]) is True
    assert result.dependent == 1
    assert result.table["product"].tolist() == ["p"]


def test_the_export_total_may_leave_out_trade_within_the_area():
    assert row(vc.dependency(of(LINKS), exports="extra"))["cdi3"] == pytest.approx(8 / 2)


def test_the_indicators_of_geodep():
    p = row(vc.dependency(of(LINKS), preset="GeoDep"))
    # World exports, the area as one: China 6, USA 2, area 2.
    assert (p["cdi1"], p["cdi2"], p["cdi3"]) == pytest.approx((0.625, 0.36 + 0.04 + 0.04, 4.0))
    assert "one year, which is used alone" in " ".join(vc.dependency(of(LINKS), preset="GeoDep").notes)


def test_an_area_is_a_bloc_or_a_list():
    usa = row(vc.dependency(of(LINKS), area="USMCA"), "q")
    assert (usa["cdi1"], usa["cdi2"], usa["cdi3"]) == (1, 1, float("inf"))
    for area in ("DE,FR", ["DEU", "FRA"], "eu"):
        assert row(vc.dependency(of(LINKS), area=area))["import_value"] == 8
    # For Germany alone, what comes from France comes from outside.
    assert row(vc.dependency(of(LINKS), area="DEU"))["import_value"] == 12


def test_thresholds_decide_and_are_said():
    result = vc.dependency(of(LINKS), thresholds={"cdi2": 0.7})
    assert result.dependent == 0
    assert result.parameters["cdi2 above"] == 0.7
    assert "cdi2 above 0.7" in result.notes[0]


def test_unknown_countries_give_bounds_and_doubt():
    p = row(vc.dependency(of([*LINKS, ("x", "d", 4.0, "p")])))
    assert p["cdi2"] == pytest.approx(8 / 12)  # of what is known
    assert (p["cdi1_low"], p["cdi1_high"]) == pytest.approx((40 / 144, (100 + 4) / 144))
    assert (p["cdi2_low"], p["cdi2_high"]) == pytest.approx((8 / 16, 12 / 16))
    assert (p["cdi3_low"], p["cdi3_high"]) == pytest.approx((8 / 10, 12 / 6))
    assert p["unknown_share"] == pytest.approx(4 / 16)
    assert bool(p["dependent"]) is True
    assert bool(p["certain"]) is False


@pytest.mark.parametrize("preset", ["EU-2021", "GeoDep"])
@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold_whatever_the_unknown_countries_are(preset, seed):
    draw = np.random.default_rng(seed)
    firms = ["d", "f", "c", "u", "x", "y"]
    pairs = [(a, b) for a in firms for b in firms if a != b and draw.random() < 0.6]
    links = [(a, b, float(draw.integers(1, 9)), "p") for a, b in pairs]
    open_ = row(vc.dependency(of(links), preset=preset))
    for one, two in itertools.product(["DEU", "FRA", "CHN", "BRA"], repeat=2):
        found = vc.dependency(of(links, {**COUNTRIES, "x": one, "y": two}), preset=preset)
        if not len(found.table):
            continue
        p = row(found)
        for name in ("cdi1", "cdi2", "cdi3"):
            if not np.isnan(p[name]):
                assert not p[name] < open_[f"{name}_low"] - 1e-12, (name, one, two)
                assert not p[name] > open_[f"{name}_high"] + 1e-12, (name, one, two)
        if open_["certain"]:
            assert p["dependent"] == open_["dependent"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"area": "EUX"}, UnknownNameError, "no bloc is called 'EUX'; did you mean 'EU'"),
        ({"area": ["DEU", "QQQ", "ZZZ"]}, UnknownNameError, "'QQQ' of the area is no country.*\n.*'ZZZ'"),
        ({"area": []}, ParameterError, "name at least one"),
        ({"preset": "EU2021"}, ParameterError, "did you mean 'EU-2021'"),
        ({"thresholds": {"cdi1": 2, "cdi9": 1}}, ParameterError, "cdi9' is no indicator.*\n.*between 0 and 1"),
        ({"exports": "all"}, ParameterError, "write 'total' or 'extra'"),
    ],
)
def test_what_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        vc.dependency(of(LINKS), **options)


def test_a_network_without_countries():
    with pytest.raises(UnknownNameError, match="no column 'country'; add it"):
        vc.dependency(network_of(LINKS))


def test_country_single_points_by_hand():
    links = [
        ("c", "d", 6.0, "p"),
        ("c", "f", 3.0, "p"),
        ("u", "d", 1.0, "p"),
        ("x", "d2", 2.0, "p"),
        ("c", "d2", 1.0, "p"),
    ]
    result = vc.country_single_points(of(links))
    first = result.table.iloc[0]
    assert (first["product"], first["country"], first["lost_share"]) == ("p", "CHN", pytest.approx(10 / 13))
    # f buys from China only; d has the USA; d2 has a source whose country nobody knows.
    assert (first["buyers_without_source"], first["maybe_without_source"], first["buyers"]) == (1, 1, 3)
    assert bool(first["single_point"]) is True
    assert result.table["left_after"].tolist() == pytest.approx([3 / 13, 2 / 13])
    assert result.single_points == 1
    assert vc.country_single_points(of(links), share=0.8).single_points == 0
    with pytest.raises(ParameterError, match="between 0 and 1"):
        vc.country_single_points(of(links), share=50)

"""The verdict on critical firms: exact ranking beside others, why in words, and how sure it is."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.analysis import critical_others
from valuechain.analysis.critical_rankings import keys_of, places
from valuechain.analysis.critical_stability import _stopped, confidence_of, runs_for, stability
from valuechain.analysis.needs import measures_of
from valuechain.errors import DefaultWarning, ParameterError

# Steel comes in large flows from two mills; the pin, worth next to nothing, from one firm.
LINKS = [
    ("mill2", "works", 500.0, "steel"),
    ("pinner", "works", 2.0, "pin"),
    ("mill1", "works", 400.0, "steel"),
    ("works", "zoo", 60.0, "cage"),
    ("mill1", "shop", 300.0, "steel"),
    ("works", "ark", 70.0, "cage"),
    ("mill2", "shop", 200.0, "steel"),
]
OUTPUT = {"mill1": 900.0, "mill2": 950.0, "pinner": 2.0, "works": 300.0, "zoo": 80.0, "ark": 90.0, "shop": 20.0}


@pytest.fixture
def pins():
    return network_of(LINKS, firms={"output": OUTPUT}, essential_rule="all")


def uncertain(confidence: dict[str, float | None], status: dict[str, str] | None = None, **metadata: object):
    """Return two firms that supply one thing to one buyer, each with its confidence."""
    firms = pd.DataFrame({"firm": ["b", "a", "u"], "sector": ["x", "y", "y"], "output": [9.0, 4.0, 5.0]})
    links = pd.DataFrame({"supplier": ["u", "a"], "buyer": ["b", "b"], "product": ["p", "p"], "flow": [3.0, 2.0]})
    links["confidence"] = links["supplier"].map(confidence).astype("float64")
    if status:
        links["status"] = links["supplier"].map(status).astype("str")
    return vc.Network.from_tables(firms, links, essential_rule="all", **metadata)


# ---- the ranking and what stands beside it


def test_a_small_firm_that_stops_much_is_first_and_trade_does_not_find_it(pins):
    found = vc.critical(pins)
    table = found.table
    assert table[["firm", "rank", "value_stopped", "stops"]].to_numpy().tolist() == [
        ["pinner", 1, 470.0, 3],
        ["works", 2, 170.0, 2],
    ]
    assert table["hhi"].tolist() == [1.0, 1.0]
    assert table["share"].tolist() == [1.0, 1.0]
    sales = found.overlap.table.set_index("ranking").loc["out_strength"]
    assert (sales["hits_20"], sales["missed"], sales["missed_place"]) == (0, "pinner", 4)
    assert (sales["instead"], np.isnan(sales["instead_place"])) == ("mill1", True)
    assert "stops nobody" in " ".join(found.notes)
    assert found.overlap.table.set_index("ranking").loc["buyers_without_other_source", "hits_20"] == 2


def test_a_firm_with_output_0_that_trades_takes_only_measures_away(pins):
    network = network_of(LINKS, firms={"output": OUTPUT | {"works": 0.0, "ark": 0.0}}, essential_rule="all")
    found = vc.critical(network)
    assert (
        found.table["firm"].tolist() == vc.single_points_of_failure(network).table.query("stops > 0")["firm"].tolist()
    )
    assert {"upstreamness", "out_strength"} <= set(found.overlap.table["ranking"])
    note = next(n for n in found.notes if n.startswith("upstreamness is not defined for some firms"))
    assert "1 firm with output 0 that sells ('works')" in note


def test_the_index_and_the_best_centrality_are_those_of_their_own_functions(pins):
    found = vc.critical(pins)
    index = vc.systemic_risk(pins).table.set_index("firm")["index"]
    np.testing.assert_allclose(found.table["index"], index[found.table["firm"]], rtol=1e-12)
    best = vc.centrality(pins, measures=[found.best]).table.set_index("firm")[found.best]
    np.testing.assert_allclose(found.table["centrality"], best[found.table["firm"]], rtol=1e-12)
    assert found.table["centrality_rank"].tolist() == [1 + int((best > best[f]).sum()) for f in found.table["firm"]]
    hits = found.overlap.table.set_index("ranking")["hits_20"].drop(["buyers_without_other_source", "cascade_index"])
    assert hits[found.best] == hits.max()


def test_from_scratch_the_outside_source_of_a_loop_is_critical_and_only_of_one_that_starts():
    links = [
        ("mine", "x", 1.0, "ore"),
        ("y", "x", 2.0, "ore"),
        ("x", "y", 3.0, "rod"),
        ("y", "shop", 1.0, "ore"),
        ("mill", "shop", 5.0, "bolt"),
        ("w", "v", 1.0, "q"),
        ("v", "w", 1.0, "q"),
        ("v", "shop", 1.0, "bolt"),
    ]
    firms = {"mine": 2.0, "x": 4.0, "y": 5.0, "mill": 6.0, "shop": 9.0, "v": 3.0, "w": 2.5}
    network = network_of(links, firms={"output": firms}, essential_rule="all")
    running, built = vc.critical(network), vc.critical(network, semantics="ground-up")
    assert "mine" not in set(running.table["firm"])
    table = built.table.set_index("firm")
    assert table["stops"].to_dict() == {"mine": 3, "x": 2, "y": 1, "mill": 1}
    assert "cannot be built without it" in table.loc["mine", "why"]
    # v delivers bolts too, but it cannot be built itself.
    assert table.loc["mill", "why"].startswith("only source of bolt for 1 buyer (shop)")
    assert built.parameters["semantics"] == "ground-up"
    assert any("2 of 7 firms cannot be built from scratch" in note for note in built.notes)


def test_why_says_what_who_how_many_and_where(pins):
    first, second = vc.critical(pins).table["why"]
    assert first.split("; ") == [
        "only source of pin for 1 buyer (works)",
        "2 more stop through them, the largest ark",
        "no maker is left of cage",
        "pin",
        "also stops works of this list",
        "hidden upstream: 2 of the 3 do not buy from it, its own output is 0.4% of theirs",
    ]
    assert second == "only source of cage for 2 buyers (ark; zoo); no maker is left of cage"


def test_why_counts_the_members_of_clusters(pins):
    tables = pins.tables
    clusters = pd.DataFrame({"cluster": ["k"], "name": ["Keepers"], "country": ["DEU"]})
    members = pd.DataFrame({"firm": ["zoo", "mill1", "ark"], "cluster": ["k", "k", "k"]})
    network = vc.Network.from_tables(**tables, clusters=clusters, members=members, essential_rule="all")
    assert "2 of the stopped are in clusters (Keepers 2)" in vc.critical(network).table["why"].iloc[1]


def test_equal_firms_share_a_place():
    assert places(np.array([3.0, 7.0, 3.0, 9.0]), np.array([1.0, 1.0, 1.0, 0.0])).tolist() == [3, 2, 3, 1]
    assert keys_of(np.array([1.0, np.nan, 1.0 + 1e-12])).tolist() == [1.0, -np.inf, 1.0]


def test_no_single_point_is_said_and_nothing_is_listed(no_notes):
    links = [("b", "a", 2.0, "p"), ("c", "a", 3.0, "p")]
    found = vc.critical(network_of(links, essential_rule="all"))
    assert len(found.table) == 0
    assert found.notes[0].startswith("No firm stops another firm")
    assert len(vc.critical(network_of([("a", "b", 0.0, "p")], essential_rule="all")).table) == 0


def test_where_every_firm_stops_others_hits_are_not_told(no_notes):
    found = vc.critical(vc.example("textbook"))
    assert any("Every firm stops others" in note for note in found.notes)
    assert not any("that stop most" in note for note in found.notes)
    assert found.table["why"].iloc[0].endswith("also stops Sector 2 of this list")


def test_in_a_large_network_only_the_listed_firms_have_an_index(pins, monkeypatch):
    whole = vc.critical(pins).table["index"]
    monkeypatch.setattr(critical_others, "ALL_RISK", 3)
    monkeypatch.setattr(critical_others, "ALL_MEASURES", 3)
    found = vc.critical(pins)
    np.testing.assert_allclose(found.table["index"], whole, rtol=1e-12)
    assert "index_rank" not in found.table
    assert not {"cascade_index", "betweenness", "nexus"} & set(found.overlap.table["ranking"])
    notes = " ".join(found.notes)
    assert "listed firms only" in notes
    assert "valuechain centrality has them" in notes
    assert "index_rank" in vc.critical(pins, risk=True).table
    without = vc.critical(pins, risk=False)
    assert "index" not in without.table
    assert "was not computed" in " ".join(without.notes)


# ---- draws of uncertain links


def test_a_second_source_that_may_not_be_there_makes_the_first_a_single_point():
    found = vc.critical(uncertain({"u": 0.3, "a": 1.0}), top=1, runs=400, seed=5)
    assert len(found.table) == 0
    table = found.stability.table
    assert table["firm"].tolist() == ["a"]
    assert abs(table["in_top"].iloc[0] - 0.7) < 4 * np.sqrt(0.3 * 0.7 / 400)
    assert (found.stability.uncertain, found.stability.runs) == (1, 400)
    assert "often among the first 1: a (" in " ".join(found.notes)


def test_the_same_seed_draws_the_same_whatever_the_order_of_rows(no_notes):
    network = vc.example("baltic_mobility")
    turned = {**network.tables, "links": network.links.iloc[::-1].reset_index(drop=True)}

    def drawn(of: vc.Network, seed: int) -> pd.DataFrame:
        return stability(of, top=20, runs=12, seed=seed).table

    first, other = drawn(network, 4), drawn(network, 3)
    pd.testing.assert_frame_equal(first, drawn(network, 4))
    pd.testing.assert_frame_equal(first, drawn(vc.Network(turned, network.metadata), 4))
    assert not first["in_top"].equals(other["in_top"])
    assert (first["rank_low"] <= first["rank"]).all()
    assert (first["rank"] <= first["rank_high"]).all()
    assert (first["rank_low"] < first["rank_high"]).any()


def test_certain_links_change_nothing(pins):
    tables = pins.tables
    tables["links"] = tables["links"].assign(confidence=1.0, status="declared")
    sure = vc.critical(vc.Network.from_tables(**tables, essential_rule="all"))
    plain = vc.critical(pins)
    pd.testing.assert_frame_equal(sure.table, plain.table)
    assert sure.table["in_top"].tolist() == [1.0, 1.0]
    assert (sure.table["rank_low"] == sure.table["rank_high"]).all()
    assert "No link is uncertain" in " ".join(sure.notes)


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_a_draw_is_the_network_without_the_links_that_are_not_there(semantics):
    rng = np.random.default_rng(2)
    network = vc.synthetic(firms=120, seed=3)
    tables = network.tables
    for share in (0.0, 0.5):
        kept = rng.random(network.n_links) < 0.6
        value, stops = _stopped(network, measures_of(network), (semantics, share), kept)
        links = tables["links"][kept].reset_index(drop=True)
        firms = tables["firms"]
        less = vc.Network({"firms": firms, "links": links}, {"name": "less", "essential_rule": "all"})
        same = vc.Network({"firms": firms, "links": tables["links"]}, {"name": "whole", "essential_rule": "all"})
        value, stops = _stopped(same, measures_of(same), (semantics, share), kept)
        expected = (
            vc.single_points_of_failure(less, semantics=semantics, min_share=share)
            .table.set_index("firm")
            .loc[network.firm_ids]
        )
        assert stops.tolist() == expected["stops"].tolist()
        known = firms["output"].notna().to_numpy()
        assert known.all()
        np.testing.assert_allclose(value, expected["value_stopped"], rtol=1e-9)


def test_confidence_comes_from_the_column_then_from_the_status():
    given = uncertain({"u": None, "a": 0.8}, {"u": "inferred", "a": "declared"})
    with pytest.warns(DefaultWarning, match=r"1 of 2 links of network .* 0\.5 is taken"):
        assert confidence_of(given, None).tolist() == [0.5, 0.8]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert confidence_of(given, 0.9).tolist() == [0.9, 0.8]
        assert confidence_of(uncertain({"u": None, "a": None}, {"u": "validated", "a": "declared"}), None).min() == 1
        assert confidence_of(uncertain({"u": None, "a": 0.0}), None).tolist() == [1.0, 0.0]


def test_no_draws_where_they_take_long_or_nobody_wants_them():
    network = uncertain({"u": 0.3, "a": 1.0})
    found = vc.critical(network, runs=0)
    assert found.stability.runs == 0
    assert "was not computed; runs (--runs) 100 does" in " ".join(found.notes)
    assert "in_top" not in found.table
    assert runs_for(network) == 200

    class Large:
        n_links = 5_700_000

    assert runs_for(Large()) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"top": 0}, "top 0 is not a number of firms"),
        ({"top": True}, "top True"),
        ({"runs": -1}, "runs -1 is not a number of draws"),
        ({"runs": 2.5}, "runs 2.5"),
        ({"seed": -3}, "seed -3"),
        ({"inferred_confidence": 1.5}, "inferred_confidence 1.5 is not a fraction"),
        ({"min_share": 2}, "min_share 2 is not a fraction"),
    ],
)
def test_options_outside_their_range_are_refused(pins, options, words):
    with pytest.raises(ParameterError, match=words):
        vc.critical(pins, **options)

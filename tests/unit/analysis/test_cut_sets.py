"""Cut sets by hand, and what is said when they cannot be found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, ParameterError, UnknownNameError

# Cars need steel (from n or s) and chips (from c alone); n and s both need ore, which n buys from m, s from m or k.
LINKS = [
    ("n", "zed", 3.0, "steel"),
    ("s", "zed", 1.0, "steel"),
    ("c", "zed", 1.0, "chip"),
    ("m", "n", 1.0, "ore"),
    ("m", "s", 1.0, "ore"),
    ("k", "s", 2.0, "ore"),
    ("zed", "a", 9.0, "car"),
    ("a", "a", 1.0, "paper"),
]
OUTPUT = {"n": 3.0, "s": 1.0, "c": 2.0, "m": 2.0, "k": 2.0, "zed": 10.0, "a": 20.0}


def chain(**more) -> vc.Network:
    return network_of(LINKS, firms={"output": OUTPUT}, essential_rule="all", **more)


def test_cut_sets_of_a_firm_by_hand():
    result = vc.cut_sets(chain(), target="zed", size=3)
    assert result.sets == (("c",), ("k", "m"), ("m", "s"), ("n", "s"))
    table = result.table.set_index("members")
    assert list(result.table.columns[:2]) == ["members", "size"]
    assert table.loc["c"].tolist() == [1, 2, 30.0, 0, 0.0]
    assert table.loc["k; m"].tolist() == [2, 4, 34.0, 3, 31.0]  # m alone stops n; both stop s, zed and a
    assert table.loc["m; s"].tolist() == [2, 3, 33.0, 2, 30.0]
    assert (result.connectivity, result.count, result.exact, result.truncated) == (1, 4, True, False)
    assert result.exact_up_to == 3
    assert result.table["size"].tolist() == [1, 2, 2, 2]


def test_products_and_clusters_are_targets_too():
    members = pd.DataFrame({"firm": ["zed", "k"], "cluster": ["autos", "autos"]}, dtype="str")
    clusters = pd.DataFrame({"cluster": pd.Series(["autos"], dtype="str")})
    base = chain()
    network = vc.Network({**base.tables, "members": members, "clusters": clusters}, dict(base.metadata))
    steel = vc.cut_sets(network, target="steel")
    assert set(steel.sets) == {("n", "s"), ("m", "s"), ("k", "m")}  # makers may fail themselves
    assert steel.connectivity == 2
    autos = vc.cut_sets(network, target="autos")
    assert set(autos.sets) == {("k", "zed"), ("c", "k"), ("k", "m")}  # all of its members have to be down
    either = vc.cut_sets(network, target="autos", cluster_stops="any")
    assert set(either.sets) == {("c",), ("m", "s"), ("n", "s")}  # members are left out
    assert vc.cut_sets(network, target="ore", size=2).connectivity == 2


def test_members_may_be_groups_and_firms_without_one_never_fail():
    base = chain()
    owner = {"n": "g", "k": "g", "s": "h", "zed": "z"}
    firms = base.firms.assign(owner=pd.Series([owner.get(f) for f in base.firms["firm"]], dtype="str"))
    network = vc.Network({**base.tables, "firms": firms}, dict(base.metadata))
    result = vc.cut_sets(network, target="zed", by="owner")
    assert result.sets == (("g", "h"),)  # z has the target in it
    assert result.table["stops"].tolist() == [2]
    assert any("without a known owner" in note for note in result.notes)


def test_connectivity_is_not_made_up():
    network = network_of([(s, "b", 1.0, "x") for s in "cde"], essential_rule="all")
    assert vc.cut_sets(network, target="b", size=1).connectivity is None  # two or more: not known
    assert vc.cut_sets(network, target="b", size=2).connectivity == 3
    assert vc.cut_sets(network, target="b", size=3).sets == (("c", "d", "e"),)
    assert vc.cut_sets(network, target="c", size=1).sets == ()  # it needs nothing


def test_a_target_that_cannot_be_built_from_scratch_has_no_cut_sets():
    loop = network_of([("a", "b", 1.0, "x"), ("b", "a", 1.0, "y")], essential_rule="all")
    assert vc.cut_sets(loop, target="a").sets == (("b",),)
    scratch = vc.cut_sets(loop, target="a", semantics="ground-up")
    assert (scratch.connectivity, scratch.count) == (0, 0)
    assert "loop without an outside source" in scratch.notes[0]


def test_a_share_that_must_be_kept():
    assert vc.cut_sets(chain(), target="zed", min_share=0.5).sets[0] == ("m",)  # n has three quarters of the steel
    assert vc.cut_sets(chain(), target="zed", min_share=0.25, size=1).sets == (("c",),)


def test_the_notes_say_what_was_found():
    notes = vc.cut_sets(chain(), target="zed").notes
    assert notes[0] == (
        "zed is stopped (that is, the firm cannot work) by 1 single point and 3 pairs; none holds a smaller one."
    )
    assert notes[1] == "Smallest, with most at stake: c stops 2 firms worth 30 currency per year."
    assert (
        vc.cut_sets(chain(), target="k").notes[0] == "No single point or pair stops k (that is, the firm cannot work)."
    )


# ---- what is wrong is said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 4}, "size 4 is not a whole number from 1 to 3 (cut sets of more than three members"),
        ({"size": 2.0}, "size 2.0 is not a whole number"),
        ({"size": True}, "size True"),
        ({"limit": 0}, "limit 0 is not a whole number from 1 to"),
        ({"budget": -1}, "budget -1"),
        ({"kind": "frim"}, "kind 'frim' is not known: write one of 'firm', 'product', 'cluster'; did you mean 'firm'?"),
        ({"cluster_stops": "some"}, "cluster_stops 'some' is not known: write one of 'all', 'any'"),
        ({"semantics": "ground up"}, "did you mean 'ground-up'?"),
        ({"min_share": 1.5}, "min_share 1.5 is not a fraction"),
        ({"target": 7}, "target 7 is not a name"),
    ],
)
def test_wrong_choices_are_named(options, words):
    with pytest.raises(ParameterError) as caught:
        vc.cut_sets(chain(), **{"target": "zed", **options})
    assert words in str(caught.value)


def test_an_unknown_target_has_the_nearest_names():
    with pytest.raises(
        UnknownNameError, match=r"'stel' is no firm, product or cluster of network .*; did you mean 'steel'"
    ):
        vc.cut_sets(chain(), target="stel")
    with pytest.raises(UnknownNameError, match=r"'steel' is no firm of network .*; it is a product: kind='product'"):
        vc.cut_sets(chain(), target="steel", kind="firm")
    with pytest.raises(UnknownNameError, match=r"is no product .*there are 'car', 'chip', 'ore', 'paper', 'steel'"):
        vc.cut_sets(chain(), target="qqqqqq", kind="product")
    with pytest.raises(UnknownNameError, match=r"'x' is no cluster .*the network has no cluster at all"):
        vc.cut_sets(chain(), target="x", kind="cluster")
    with pytest.raises(UnknownNameError, match="has no column 'onwer'"):
        vc.cut_sets(chain(), target="zed", by="onwer")


def test_a_name_of_two_things_must_be_told_apart():
    network = network_of([("iron", "b", 1.0, "iron"), ("c", "b", 1.0, "iron")], essential_rule="all")
    with pytest.raises(
        ParameterError, match=r"'iron' is the id of a firm and of a product .*kind='firm' or kind='product'"
    ):
        vc.cut_sets(network, target="iron")
    assert vc.cut_sets(network, target="iron", kind="product").sets == (("c", "iron"),)
    assert vc.cut_sets(network, target="iron", kind="firm").sets == ()


@pytest.mark.parametrize("analysis", [vc.single_points_of_failure, lambda n: vc.cut_sets(n, target="b")])
def test_what_is_assumed_is_said(analysis):
    silent = network_of([("a", "b", 1.0)])
    with pytest.warns(DefaultWarning, match="does not say which inputs are essential: all are taken as essential"):
        result = analysis(silent)
    assert result.parameters["essential"] == "all inputs essential (default)"
    assert any("1 of 1 links name no product: the supplier's sector stands for it" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"semantics": "propagate"}, ParameterError, "semantics 'propagate' is not known: write 'propagation'"),
        ({"semantics": None}, ParameterError, "semantics None is not known"),
        ({"min_share": -0.1}, ParameterError, "min_share -0.1 is not a fraction; write a number from 0"),
        ({"min_share": float("nan")}, ParameterError, "min_share nan"),
        ({"min_share": True}, ParameterError, "min_share True"),
        ({"by": "contry"}, UnknownNameError, "has no column 'contry'; did you mean"),
        ({"by": "cluster"}, UnknownNameError, "has no table members"),
        ({"by": 3}, ParameterError, "by 3 is not the name of a column"),
    ],
)
def test_single_points_say_what_is_wrong(options, kind, words):
    base = chain()
    countries = pd.Series(["DEU"] * base.n_firms, dtype="str")
    network = vc.Network({**base.tables, "firms": base.firms.assign(country=countries)}, dict(base.metadata))
    with pytest.raises(kind) as caught:
        vc.single_points_of_failure(network, **options)
    assert words in str(caught.value)


def test_no_links_at_all():
    empty = network_of([("a", "b", 0.0, "x")], essential_rule="all")
    assert vc.cut_sets(empty, target="b").sets == ()
    product = vc.cut_sets(empty, target="x")
    assert (product.connectivity, product.notes[0]) == (0, "Nobody makes x here, so nothing can stop it.")
    assert np.isfinite(product.table["value_stopped"]).all()


def test_what_was_not_searched_to_the_end_is_no_zero():
    network = vc.example("eu_battery")
    early = vc.cut_sets(network, "DEU.cells", size=3, budget=1).notes[0]
    assert "by 1 single point; pairs and sets of three were not searched to the end" in early
    assert "0 " not in early.replace("10 ", "")
    few = vc.cut_sets(network, "DEU.cells", size=3, limit=2).notes[0]
    assert "by 1 single point, 1 pair and at least 2 sets of three; sets of three were not searched to the end" in few

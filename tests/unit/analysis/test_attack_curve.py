"""Attack curves against the definition, firm by firm, and what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.reference.brute_needs import Chain, network_from, random_tables
from valuechain.analysis.needs import measures_of
from valuechain.errors import ParameterError, UnknownNameError

pytestmark = pytest.mark.filterwarnings("ignore::valuechain.errors.ValueChainWarning")


def working(curves: vc.ValueChainError, name: str) -> np.ndarray:
    return curves.table.loc[curves.table["ranking"] == name, "working"].to_numpy()


@pytest.mark.parametrize("semantics", ["propagation", "ground-up"])
def test_every_point_is_that_of_the_definition(semantics):
    rng = np.random.default_rng(3)
    compared = 0
    for k in range(40):
        tables = random_tables(rng)
        network = network_from(tables)
        share = (0.0, 0.4, 2 / 3, 1.0)[k % 4]
        chain, measures = Chain(tables, share), measures_of(network)
        value = dict(zip(network.firm_ids, measures.whole[:, 0] * measures.unit[0], strict=True))
        first = set(network.firm_ids) if semantics == "propagation" else chain.built()
        if not network.flow.any() or not sum(value[f] for f in first):
            continue
        order = rng.permutation(network.firm_ids).tolist()
        works = [first - chain.lost(set(order[:t]), semantics) for t in range(len(order) + 1)]
        known = [sum(value[f] for f in left) for left in works]
        options = {"semantics": semantics, "min_share": share, "steps": [t / len(order) for t in range(len(order) + 1)]}
        found = vc.attack_curve(network, rankings={"mine": order}, **options)
        np.testing.assert_allclose(found.table["working"], np.array(known) / known[0], atol=1e-12)
        assert found.areas.table["area"].iloc[0] == pytest.approx(np.trapezoid(known) / len(order) / known[0])
        # Passing over what does not work any more: only failures that find their firm at work are left.
        kept = [t for t, f in enumerate(order) if f in works[t]]
        quick = vc.attack_curve(network, rankings={"mine": order}, skip_stopped=True, **options)
        np.testing.assert_allclose(
            quick.table["working"][: len(kept) + 1], [1, *(known[t + 1] / known[0] for t in kept)]
        )
        compared += 1
    assert compared > 25


def chain_of(n: int) -> vc.Network:
    """Return firms in a row: f9 supplies f8 only, f8 f7 ...; each makes 1."""
    ids = [f"f{k}" for k in range(n)]
    links = pd.DataFrame({"supplier": ids[1:], "buyer": ids[:-1], "flow": 1.0})
    return vc.Network.from_tables(pd.DataFrame({"firm": ids, "sector": ids, "output": 1.0}), links)


def test_a_row_of_firms_falls_from_its_beginning():
    curves = vc.attack_curve(chain_of(5), rankings=["stops", "upstreamness", "downstreamness", "random"], steps=5)
    assert working(curves, "stops").tolist() == [1, 0, 0, 0, 0, 0]
    assert working(curves, "upstreamness").tolist() == [1, 0, 0, 0, 0, 0]
    assert working(curves, "downstreamness").tolist() == pytest.approx([1, 0.8, 0.6, 0.4, 0.2, 0])
    areas = curves.areas.table.set_index("ranking")
    assert areas["area"][["stops", "downstreamness"]].tolist() == pytest.approx([0.1, 0.5])
    assert areas["half_at"][["stops", "downstreamness"]].tolist() == [0.2, 0.6]
    assert curves.best == "stops"
    assert curves.notes[0].startswith(
        "stops and upstreamness find the weak points of this network best, equally well: when firms fail in the "
        "order of any of them, 10.0 %"
    )
    assert any(note.startswith("Some random orders") and "downstreamness" in note for note in curves.notes)
    assert curves.table["working_low"].notna().sum() == 6  # of the random orders only


def test_in_turn_wastes_no_failure_on_what_is_stopped_already():
    # Two rows of firms: the longer is worth more, so stops takes it from its beginning to its end first.
    firms = pd.DataFrame({"firm": list("cbazyx"), "sector": list("cbazyx"), "output": [3.0, 3, 3, 1, 1, 1]})
    links = pd.DataFrame({"supplier": list("abxy"), "buyer": list("bcyz"), "flow": 1.0})
    network = vc.Network.from_tables(firms, links)
    curves = vc.attack_curve(network, rankings=["stops", "stops_in_turn", "in_strength"], steps=6)
    assert working(curves, "stops").tolist() == [1, 0.25, 0.25, 0.25, 0, 0, 0]
    assert working(curves, "stops_in_turn").tolist() == [1, 0.25, 0, 0, 0, 0, 0]
    assert curves.best == "stops_in_turn"


def test_random_orders_are_drawn_by_id_and_seed():
    network = vc.synthetic(firms=60, seed=2)
    tables = network.tables
    turned = vc.Network.from_tables(**{**tables, "firms": tables["firms"][::-1]}, **network.metadata)
    one = vc.attack_curve(network, rankings="random", draws=4, seed=5)
    pd.testing.assert_frame_equal(one.table, vc.attack_curve(turned, rankings="random", draws=4, seed=5).table)
    assert not one.table.equals(vc.attack_curve(network, rankings="random", draws=4, seed=6).table)
    inside = one.table["working"].between(one.table["working_low"] - 1e-12, one.table["working_high"] + 1e-12)
    assert inside.all()
    assert one.table["failed"].tolist()[:12] == list(range(12))
    assert (one.table["failed"].iloc[-1], one.table["working"].iloc[-1]) == (60, 0.0)


def test_short_lists_end_all_curves():
    network = chain_of(6)
    curves = vc.attack_curve(network, rankings={"two": ["f1", "f0"], "random": None, "core": None})
    assert set(curves.table["failed"]) == {0, 1, 2}
    assert curves.parameters["failures"] == 2
    two = curves.areas.table.set_index("ranking").loc["two"]
    assert two["area"] == pytest.approx(((1 + 4 / 6) / 2 + 4 / 6) / 2)
    assert np.isnan(two["half_at"])
    assert any("first 2 failures" in note for note in curves.notes)


def test_default_rankings_say_which_is_best():
    curves = vc.attack_curve(vc.example("eu_battery"))
    assert curves.best == "stops_in_turn"
    names = curves.areas.table["ranking"].tolist()
    assert set(names) >= {"stops", "random", "katz_downstream", "betweenness"}
    assert curves.table["ranking"].drop_duplicates().tolist() == names
    assert any(note.startswith("Of the measures of centrality out_strength does best") for note in curves.notes)


def test_what_is_wrong_is_said():
    network = chain_of(4)
    with pytest.raises(UnknownNameError, match="ranking 'stop' is not known; did you mean 'stops'"):
        vc.attack_curve(network, rankings=["stop"])
    with pytest.raises(UnknownNameError, match="firm 'f9' is not in network"):
        vc.attack_curve(network, rankings={"mine": ["f1", "f9"]})
    with pytest.raises(ParameterError, match="'mine' names firm 'f1' twice"):
        vc.attack_curve(network, rankings={"mine": ["f1", "f2", "f1"]})
    wrong = [
        {"rankings": []},
        {"rankings": 3},
        {"rankings": {"mine": []}},
        {"rankings": {"mine": "f1"}},
        {"steps": 0},
        {"steps": [0.1, 2]},
        {"steps": "many"},
        {"draws": 0},
        {"seed": -1},
        {"semantics": "up"},
        {"min_share": 2},
    ]
    for options in wrong:
        with pytest.raises(ParameterError):
            vc.attack_curve(network, **options)
    loop = pd.DataFrame({"supplier": ["a", "b"], "buyer": ["b", "a"], "flow": 1.0})
    stuck = vc.Network.from_tables(pd.DataFrame({"firm": ["b", "a"], "sector": "s"}), loop)
    with pytest.raises(vc.InvalidDataError, match="nothing can be built from scratch; take semantics='propagation'"):
        vc.attack_curve(stuck, rankings="stops", semantics="ground-up")
    with pytest.raises(vc.InvalidDataError, match="no link with a flow above zero"):
        vc.attack_curve(vc.Network.from_tables(stuck.firms, loop.assign(flow=0.0)))


def test_rankings_that_leave_as_much_share_the_first_place():
    chain = pd.DataFrame({"supplier": ["c", "a"], "buyer": ["a", "b"], "product": ["q", "p"], "flow": [2.0, 1.0]})
    firms = pd.DataFrame({"firm": ["b", "c", "a"], "sector": "s", "output": [5.0, 4.0, 6.0]})
    network = vc.Network.from_tables(firms, chain, essential_rule="all")
    names = ["stops", "katz_downstream", "upstreamness", "in_strength"]
    notes = vc.attack_curve(network, rankings=names).notes
    assert notes[0].startswith(
        "katz_downstream, stops and upstreamness find the weak points of this network best, equally"
    )
    assert notes[0].endswith("(next: in_strength, 34.4 %).")
    assert any("katz_downstream and upstreamness do best" in note for note in notes)

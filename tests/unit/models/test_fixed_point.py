"""The fixed point: closed forms, no unit, sales outside the network, warnings."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, ModelWarning, ParameterError

SOLVED = vc.Cascade(rule="fixed-point", market=None)


def ring(**firms) -> vc.Network:
    """Return three firms that sell to each other in a ring: z to a, a to m, m to z."""
    return network_of(
        [("z", "a", 4.0), ("a", "m", 2.0), ("m", "z", 8.0)],
        order=["m", "z", "a"],
        firms=firms or {"final_demand": {"z": 4.0, "a": 6.0, "m": 0.0}},
        essential_rule="none",
        name="ring",
    )


def losses(result: vc.Network, column: str) -> dict[str, float]:
    return result.table.set_index("firm")[column].to_dict()


def test_lost_demand_on_a_ring():
    # Shares sold inside: z 4/8, a 2/8, m 8/8. z fails: m loses 1, a loses 1/4 of that; z's own loop changes nothing.
    result = vc.cascade(ring(), {"z": 1.0}, model=SOLVED)
    assert losses(result, "loss_up") == pytest.approx({"z": 1.0, "m": 1.0, "a": 0.25}, abs=1e-14)
    # Half of z's demand: the ring's loop gives 1/8 back, which is less than the shock itself.
    half = vc.cascade(ring(), {"z": 0.5}, model=SOLVED)
    assert losses(half, "loss_up") == pytest.approx({"z": 0.5, "m": 0.5, "a": 0.125}, abs=1e-14)


def test_a_loop_of_essential_inputs_is_a_geometric_series():
    # b's input is half from s, which fails, and half from c; c lives on b alone: x = 1/2 + x/2.
    net = network_of(
        [("s", "b", 1.0, "p"), ("c", "b", 1.0, "p"), ("b", "c", 3.0, "q")],
        order=["c", "s", "b"],
        firms={"final_demand": {"s": 1.0, "b": 1.0, "c": 1.0}},
        essential_rule="all",
    )
    result = vc.cascade(net, {"s": 1.0}, model=SOLVED)
    assert losses(result, "loss_down") == pytest.approx({"s": 1.0, "b": 1.0, "c": 1.0}, abs=1e-12)
    third = vc.cascade(net, {"s": 0.3}, model=SOLVED)
    assert losses(third, "loss_down") == pytest.approx({"s": 0.3, "b": 0.3, "c": 0.3}, abs=1e-12)
    assert 0 < third.error <= 1e-12


def test_replacement_at_the_fixed_point_is_the_root_of_its_equation():
    # One market of f and b; b needs f for a fifth of an essential input that g gives otherwise.
    net = network_of(
        [("f", "b", 1.0, "p"), ("g", "b", 4.0, "p"), ("b", "g", 10.0, "q"), ("f", "g", 30.0, "q")],
        sector={"f": "m", "b": "m", "g": "g"},
        order=["g", "b", "f"],
        firms={"final_demand": {"f": 1.0, "b": 1.0, "g": 1.0}},
        essential_rule="all",
    )
    result = vc.cascade(net, {"f": 0.4}, model=vc.Cascade(rule="fixed-point"))
    lost = losses(result, "loss_down")
    left = 31 * (1 - lost["f"]) + 10 * (1 - lost["b"])
    passed = {f: min(1.0, s / left) * lost[f] for f, s in (("f", 31.0), ("b", 10.0))}
    assert lost["b"] == pytest.approx(0.2 * passed["f"] + 0.8 * lost["g"], abs=1e-12)
    assert lost["g"] == pytest.approx(0.25 * passed["b"] + 0.75 * passed["f"], abs=1e-12)
    assert 0.4 < passed["f"] / 0.75 < 1.0


@pytest.mark.parametrize("unit", [1e-14, 1.0, 1e14])
def test_units_do_not_matter(unit):
    flows = [("f", "b", 1.0), ("g", "b", 4.0), ("b", "g", 10.0), ("f", "g", 30.0)]

    def computed(scale: float) -> np.ndarray:
        net = network_of(
            [(i, j, w * scale) for i, j, w in flows],
            order=["g", "b", "f"],
            firms={"final_demand": {"f": scale, "b": 2 * scale, "g": scale}},
            essential_rule="all",
        )
        return vc.systemic_risk(net, model=vc.Cascade(rule="fixed-point")).table["index"].to_numpy()

    assert computed(unit) == pytest.approx(computed(1.0), abs=1e-12)


def test_the_published_rule_comes_close_with_a_small_tolerance():
    net = vc.example("baltic_mobility")
    solved = vc.systemic_risk(net, model=vc.Cascade(rule="fixed-point", revenue="output")).table
    swept = vc.systemic_risk(net, model=vc.Cascade(tolerance=1e-13, revenue="output")).table
    both = solved.merge(swept, on="firm", suffixes=("", "_swept"))
    for column in ("index", "index_down", "index_up"):
        assert (both[column] - both[column + "_swept"]).abs().max() < 1e-11


def test_the_same_bits_for_any_number_of_threads():
    net = vc.synthetic(firms=150, links_per_firm=5, seed=3)
    model = vc.Cascade(rule="fixed-point")
    tables = [vc.systemic_risk(net, model=model, threads=k).table for k in (1, 2, 3)]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    assert (tables[0]["error"] <= 1e-12).all()


def test_a_wide_tolerance_has_a_wide_error_and_fewer_sweeps():
    net = vc.synthetic(firms=150, links_per_firm=5, seed=3)
    rough = vc.systemic_risk(net, model=vc.Cascade(rule="fixed-point", tolerance=1e-3)).table
    fine = vc.systemic_risk(net, model=vc.Cascade(rule="fixed-point")).table
    both = rough.merge(fine, on="firm", suffixes=("", "_fine"))
    assert (both["error"] <= 1e-3).all()
    assert (both["error"] > 1e-9).any()
    assert both["sweeps"].mean() < both["sweeps_fine"].mean()
    assert (both["index"] <= both["index_fine"] + both["error_fine"]).all()
    assert (both["index_fine"] <= both["index"] + both["error"]).all()


# ---- what firms sell outside the links


def share_lost(**firms) -> float:
    """Return what z loses of its demand when its only buyer on the links, a, fails; a sells to nobody."""
    net = network_of([("z", "a", 4.0)], order=["a", "z"], firms=firms, essential_rule="none")
    return losses(vc.cascade(net, {"a": 1.0}, model=SOLVED), "loss_up")["z"]


def test_all_sales_come_from_revenue_then_final_demand_then_output():
    assert share_lost(revenue={"z": 16.0}, final_demand={"z": 4.0}) == 0.25
    assert share_lost(final_demand={"z": 4.0}, output={"z": 40.0}) == 0.5
    assert share_lost(output={"z": 40.0}) == pytest.approx(0.1, abs=1e-15)
    assert share_lost(revenue={"a": 7.0, "z": None}, output={"z": 40.0}) == pytest.approx(0.1, abs=1e-15)


def test_sales_are_never_below_those_on_the_links():
    assert share_lost(final_demand={"z": -3.0, "a": 0.0}) == 1.0
    net = network_of([("z", "a", 4.0)], firms={"revenue": {"z": 1.0, "a": 2.0}}, essential_rule="none")
    model = vc.Cascade(rule="fixed-point", revenue="revenue")
    with pytest.warns(ModelWarning, match=r"below the sales on the links for 1 firm \('z'\): their sales on the links"):
        result = vc.cascade(net, {"a": 1.0}, model=model)
    assert losses(result, "loss_up")["z"] == 1.0
    with pytest.warns(ModelWarning, match="their shares add to more than 1, as the published formula has it"):
        vc.cascade(net, {"a": 1.0}, model=vc.Cascade(revenue="revenue"))


def test_low_sales_that_nobody_named_are_said_too():
    firms = {"revenue": {"z": 1.0, "a": None, "m": 9.0}, "output": {"z": 50.0, "a": 2.0, "m": 0.5}}
    net = network_of([("z", "a", 4.0), ("a", "m", 3.0), ("m", "x", 5.0)], firms=firms, essential_rule="none")
    expected = r"revenue or output is below the sales on the links for 2 firms \('z', 'a'\): their sales on the links"
    with pytest.warns(ModelWarning, match=expected):
        vc.cascade(net, {"a": 1.0}, model=SOLVED)


def test_shares_that_add_to_1_are_said():
    net = network_of([("z", "a", 4.0), ("a", "z", 2.0)], essential_rule="none", name="pair")
    expected = (
        "network 'pair': upstream shares add to 1 for 2 of 2 firms that sell: nothing of theirs is sold outside the "
        "links as far as the tables say (not known for 2), and 2 of them sell to each other only, so that a lost buyer "
        "costs them all. index_up then measures the lack of final demand. Give revenue or final_demand of the firms."
    )
    with pytest.warns(DefaultWarning) as said:
        result = vc.cascade(net, {"a": 0.5}, model=SOLVED)
    assert [str(w.message) for w in said] == [expected]
    assert losses(result, "loss_up") == {"z": 0.5, "a": 0.5}


def test_known_firms_that_sell_to_each_other_only_are_said():
    firms = {"final_demand": {"z": 0.0, "a": 0.0, "m": 1.0}}
    net = network_of([("z", "a", 4.0), ("a", "z", 2.0), ("m", "z", 1.0)], firms=firms, essential_rule="none")
    with pytest.warns(ModelWarning, match="2 of them sell to each other only"):
        vc.cascade(net, {"a": 1.0}, model=SOLVED)


def test_nothing_is_said_where_all_demand_leaves():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vc.cascade(ring(), {"a": 1.0}, model=SOLVED)


def test_a_closed_network_is_solved_all_the_same(no_notes):
    # Nobody sells outside, and all reach f: in the end everybody loses all demand. Sweeps alone would need millions.
    net = network_of(
        [("f", "b", 1e-5), ("b", "c", 1.0), ("c", "b", 1.0), ("c", "f", 1e-5), ("b", "b", 3.0)],
        order=["b", "f", "c"],
        essential=[("b", "c", 0)],
        default_class=0,
    )
    result = vc.cascade(net, {"f": 1.0}, model=SOLVED)
    assert result.index_up == pytest.approx(1.0, abs=1e-6)
    assert result.index_up + result.error >= 1.0
    assert result.sweeps < 20_000


# ---- parameters


def test_the_tolerance_depends_on_the_rule():
    assert vc.Cascade().tolerance == 1e-2
    assert vc.Cascade(rule="fixed-point").tolerance == 1e-12
    assert vc.Cascade(rule="fixed-point", tolerance=1e-2).tolerance == 1e-2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rule": "fixedpoint"}, "rule 'fixedpoint' is not known; write 'published' or 'fixed-point'"),
        ({"rule": "fixed-point", "stop": "total"}, "stop 'total' belongs to the published rule"),
        ({"rule": "fixed-point", "tolerance": 0}, "tolerance 0 is outside 0..1"),
    ],
)
def test_wrong_parameters(wrong, message):
    with pytest.raises(ParameterError, match=message):
        vc.Cascade(**wrong)


def test_results_say_what_they_rest_on():
    result = vc.cascade(ring(), {"z": 1.0}, model=SOLVED)
    assert result.parameters["rule"] == "fixed-point"
    assert result.parameters["revenue"] == "sales and final_demand"
    table = vc.systemic_risk(ring(), model=SOLVED)
    assert list(table.table) == ["firm", "index", "index_down", "index_up", "sweeps", "error"]
    assert table.units["error"] == "fraction of the network's sales"
    assert "The true fixed point lies between index and index + error." in table.notes[0]


# ---- weakly joined parts, which creep


UPSTREAM_ONLY = {"essential": [("f0", "f1", 0)], "default_class": 0}


def halves(cross: float, outside: float, firms: int = 30) -> vc.Network:
    """Return two halves joined by a few thin links, whose firms sell next to nothing outside."""
    draw = np.random.default_rng(5)
    ids = [f"f{k}" for k in draw.permutation(2 * firms)]
    links = [
        (ids[half * firms + i], ids[half * firms + (i + step) % firms], float(draw.lognormal()))
        for half in range(2)
        for i in range(firms)
        for step in (1, 3, 7)
    ]
    links += [(ids[k], ids[firms + k], cross) for k in range(3)]
    links += [(ids[firms + k], ids[k + 5], cross) for k in range(3)]
    demand = dict.fromkeys(ids, outside)
    return network_of(links, order=sorted(ids), firms={"final_demand": demand}, **UPSTREAM_ONLY)


@pytest.mark.parametrize("outside", [1e-3, 1e-2, 0.1])
def test_weakly_joined_parts_are_solved_to_the_dense_solution(outside):
    net = halves(1e-3, outside)
    table = vc.systemic_risk(net, model=SOLVED).table.set_index("firm")
    assert table["error"].max() < 1e-10
    share = net.matrix.toarray() / (net.sales + outside)[:, None]
    weights = net.sales / net.sales.sum()
    for f in range(0, net.n_firms, 7):
        rest = np.flatnonzero(np.arange(net.n_firms) != f)
        y = np.ones(net.n_firms)
        y[rest] = np.linalg.solve(np.eye(len(rest)) - share[np.ix_(rest, rest)], share[rest, f])
        row = table.loc[net.firm_ids[f]]
        assert row["index_up"] == pytest.approx(weights @ y, abs=max(1e-11, row["error"]))


def test_two_pairs_that_sell_to_each_other_only(no_notes):
    net = network_of(
        [("a", "b", 1.0), ("b", "a", 1.0), ("c", "d", 1.0), ("d", "c", 1.0), ("b", "c", 1e-9), ("d", "a", 1e-9)],
        order=["c", "a", "d", "b"],
        essential=[("a", "b", 0)],
        default_class=0,
    )
    with pytest.warns(ModelWarning, match="are not known to 1e-08"):
        table = vc.systemic_risk(net, model=SOLVED).table
    assert (table["index"] + table["error"] >= 1 - 1e-12).all()
    assert table["error"].max() < 1e-4


def test_a_looser_tolerance_is_kept_as_well():
    net = halves(1e-3, 1e-2)
    for tolerance in (1e-3, 1e-6, 1e-9):
        table = vc.systemic_risk(net, model=vc.Cascade(rule="fixed-point", market=None, tolerance=tolerance)).table
        assert table["error"].max() <= tolerance


def test_the_error_is_said_and_never_too_small():
    network = network_of([("a", "b", 3.0), ("b", "a", 1.0)], firms={"revenue": {"a": 9.0, "b": 7.0}}, name="pair")
    for tolerance in (1e-12, 1e-3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = vc.cascade(network, {"a": 0.5}, model=vc.Cascade(rule="fixed-point", tolerance=tolerance))
        note = next(n for n in result.notes if n.startswith("The true index is at most "))
        said = float(note.split()[6])
        assert result.error is not None
        assert result.error <= said <= max(2.1 * result.error, 0)
        assert note.endswith("of the network's sales above this (proven).")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not any("proven" in n for n in vc.cascade(network, {"a": 0.5}).notes)

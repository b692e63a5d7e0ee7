"""Evidence cards: every figure against one worked out by hand."""

import pytest

from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, MINES, asked, failing, mines
from valuechain.errors import ParameterError
from valuechain.recommend.evidence_text import card_lines

BOTH = {"shared_points": True}


def cards(net, **options):
    return asked(net, **options).evidence.table.set_index("candidate")


def test_what_is_covered_and_what_is_not_and_why():
    cases = [failing("a"), failing("m"), failing("a", "d"), failing("z")]
    found = cards(mines(), scenario=cases, probabilities=[0.3, 0.2, 0.1, 0.05], filters=BOTH)
    assert found.loc["d", ["short_in", "helps_in", "not_able_in"]].tolist() == pytest.approx([0.6, 0.5, 0.1])
    assert found.loc["d", "covers"].split("; ") == ["a", "m"]
    assert found.loc["d", "covers_not"] == "a+d"
    # c hangs on m like a: it is no help when m fails.
    assert found.loc["c", ["helps_in", "not_able_in"]].tolist() == pytest.approx([0.4, 0.2])
    assert found.loc["d", "share_of_loss"] == pytest.approx(0.5 * 20 / (0.3 * 40 + 0.2 * 100 + 0.1 * 80 + 0.05 * 20))


def test_another_input_that_binds_is_told_apart():
    net = network_of([*MINES, ("y", "b", 1.0, "r")], firms=MINE_FIRMS, essential_rule="all")
    cases = [failing("a"), failing("a", "y")]
    found = cards(net, scenario=cases, probabilities=[0.3, 0.2], filters=BOTH)
    assert found.loc["d", ["helps_in", "not_able_in", "held_by_others_in"]].tolist() == pytest.approx([0.3, 0.0, 0.2])


def test_capacity_cost_and_the_stock_that_the_same_money_buys():
    found = cards(mines(), scenario=failing("a"), filters=BOTH)
    assert found.loc["d", ["spare", "used_at_most", "rivals"]].tolist() == pytest.approx([20.0, 8 / 20, 0])
    # 7 to take on and a quarter of 8: 9 of 8 a year.
    assert found.loc["d", ["cost", "cost_share"]].tolist() == pytest.approx([9.0, 9 / 8])
    assert found.loc["d", "stock_days"] == pytest.approx(365 * 9 / 8)


def test_shared_suppliers_are_told_by_share_and_name():
    found = cards(mines(), scenario=failing("a"), filters=BOTH)
    assert found.loc["c", ["shared_suppliers", "shared_names"]].tolist() == [1.0, "m"]
    assert found.loc["d", ["shared_suppliers", "shared_names"]].tolist() == [0.0, ""]
    mixed = network_of([*MINES, ("k", "a", 15.0, "coal")], firms=MINE_FIRMS, essential_rule="all")
    # a buys 1/4 of m and 3/4 of k, d all of k: min 3/4, max 1/4 + 1.
    assert cards(mixed, filters=BOTH, scenario=failing("m")).loc["d", "shared_suppliers"] == pytest.approx(0.75 / 1.25)


def test_a_candidate_that_stops_the_buyer_already_is_said():
    net = network_of([*MINES, ("d", "b", 1.0, "r")], firms=MINE_FIRMS, essential_rule="all")
    card = asked(net, scenario=failing("a")).evidence.table.iloc[0]
    assert bool(card["hangs_on_it"])
    assert any("stops today already when it fails" in line for line in card_lines(net, card.to_dict()))


def test_a_present_supplier_and_one_behind_the_same_mine_are_no_new_source():
    net = network_of([*MINES, ("d", "b", 2.0, "q")], firms=MINE_FIRMS, essential_rule="all")
    table = asked(net, filters={"suppliers_below": 0.3}, scenario=failing("a")).evidence.table.set_index("candidate")
    assert table["present_share"].to_dict() == pytest.approx({"c": 0.0, "d": 0.2})
    said = card_lines(net, {"candidate": "d", **table.loc["d"].to_dict()})
    assert said[0] == "d with more q for b, of which it delivers 20.0 % today"
    assert any("no new source either" in line for line in said)
    hung = asked(mines(), filters=BOTH).evidence.table.set_index("candidate")
    said = card_lines(mines(), {"candidate": "c", **hung.loc["c"].to_dict()})
    assert said[0].startswith("c as second source of q for b")
    assert any("But m stops it and all present suppliers: it is no second source" in line for line in said)


def test_the_missing_datum_that_would_change_the_rank_is_named():
    spare = {**MINE_FIRMS["capacity"], "c": 26.0, "d": None}
    net = mines(capacity=spare, output={**MINE_FIRMS["output"], "d": 20.0}, fixed_cost={"c": 1.0, "d": 1.0})
    options = {"scenario": failing("a"), "filters": BOTH, "spare_share": 0.2}
    found = cards(net, **options)
    # c has 6 to spare, d 4 as a stand-in: twice that would make it the first.
    assert found.loc["d", ["rank", "deciding_datum", "rank_low", "rank_high"]].tolist() == [2, "capacity", 1, 2]
    assert found.loc["c", ["rank", "deciding_datum", "stand_ins"]].tolist() == [1, "", ""]
    lines = card_lines(net, asked(net, **options).evidence.table.iloc[1].to_dict())
    assert "Find out its capacity" in lines[-1]
    assert len(asked(net, **options, cards=0).evidence.table) == 0
    with pytest.raises(ParameterError, match="cards -1 is no number"):
        asked(net, **options, cards=-1)

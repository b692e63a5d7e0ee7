"""Steps, networks with suggestions in them, and indicators before and after: closed forms on small networks."""

import warnings

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, MINES, asked, failing, mines
from valuechain.errors import ModelWarning, ParameterError, UnknownNameError
from valuechain.results import Result

TWO = [("a", "b", 6.0, "q"), ("d", "y", 4.0, "q"), ("e", "y", 4.0, "q"), ("y", "z", 2.0, "r"), ("g", "w", 2.0, "r")]
FIRMS = {"output": dict.fromkeys("abdeygzw", 20.0), "capacity": {**dict.fromkeys("abeyzwg", 24.0), "d": 23.0}}


def options(*rows):
    return pd.DataFrame(rows, columns=["candidate", "product", "buyer", "cost"])


def test_each_step_adds_most_for_its_cost_to_those_before_and_nothing_is_added_up():
    net = network_of(TWO, firms=FIRMS, essential_rule="all")
    # b lacks 6: d makes up for 3, e for 4, g keeps z going when y fails.
    rows = options(("d", "q", "b", 1.0), ("e", "q", "b", 2.0), ("g", "r", "z", 40.0))
    cases = [failing("a"), failing("y")]
    found = vc.partner_steps(net, rows, scenario=cases, probabilities=[0.5, 0.5])
    table = found.table
    assert table["candidate"].tolist() == ["d", "e", "g"]
    assert table["alone_cut"].tolist() == pytest.approx([5.0, 20 * 4 / 6 / 2, 10.0])
    assert table["added_cut"].tolist() == pytest.approx([5.0, 5.0, 10.0])
    assert table["total_cut"].tolist() == pytest.approx([5.0, 10.0, 20.0])
    assert table["cost_so_far"].tolist() == [1.0, 3.0, 43.0]
    assert found.loss_after == pytest.approx(found.expected_loss - 20)
    cheap = vc.partner_steps(net, rows, scenario=cases, budget=3, steps=9)
    assert cheap.table["candidate"].tolist() == ["d", "e"]
    with pytest.raises(ParameterError, match="below the cheapest option that helps, 1"):
        vc.partner_steps(net, rows, scenario=cases, budget=0.5)
    with pytest.raises(ParameterError, match="steps 0 is no number of steps"):
        vc.partner_steps(net, rows, scenario=cases, steps=0)


def test_a_step_that_later_ones_make_useless_is_named():
    net = network_of(TWO, firms={**FIRMS, "capacity": {**FIRMS["capacity"], "e": 26.0}}, essential_rule="all")
    # d makes up for 3 of 6 at a low cost; e for all 6.
    rows = options(("d", "q", "b", 1.0), ("e", "q", "b", 10.0))
    found = vc.partner_steps(net, rows, scenario=failing("a"))
    assert found.table["candidate"].tolist() == ["d", "e"]
    assert any("Step 1 (d) adds nothing any more" in n and "the same is cut for 10 currency" in n for n in found.notes)
    one = vc.partner_steps(net, rows.iloc[:1], scenario=failing("a"))
    assert not any("adds nothing any more" in n for n in one.notes)


def test_suggestions_become_links_that_take_over_a_part_of_the_need():
    found = asked(mines(), scenario=failing("a"), filters={"shared_points": True})
    # Two suppliers then share 8 by halves; d and c take a half each at most.
    assert found.table["flow"].tolist() == [4.0, 4.0]
    changed = vc.edit.with_links(mines(), found.table[found.table["candidate"] == "d"])
    links = changed.links.set_index(["supplier", "buyer"])["flow"]
    assert (links[("d", "b")], links[("a", "b")], links[("a", "b")] + links[("d", "b")]) == (4.0, 4.0, 8.0)
    assert links[("d", "y")] == 4.0
    with pytest.warns(ModelWarning, match=r"present suppliers keep an equal part .*: q of b \(8 to 5\.333 kEUR"):
        every = vc.edit.with_links(mines(), found).links.set_index(["supplier", "buyer"])["flow"]
    assert [every[(s, "b")] for s in "acd"] == pytest.approx([8 / 3] * 3)
    with pytest.raises(ParameterError, match="the suggestions have no column flow"):
        vc.edit.with_links(mines(), found.table[["candidate", "buyer", "product"]])


def test_a_result_stands_for_its_table_and_what_is_no_table_is_told():
    found = asked(mines(), scenario=failing("a"), filters={"shared_points": True})
    member = Result(table=found.table.head(1), title="members")
    for given in (found, member):
        assert len(vc.partner_steps(mines(), given, scenario=failing("a")).table)
        assert len(vc.choose(mines(), given, scenario=failing("a")).table)
    alone = vc.edit.with_links(mines(), member)
    assert alone.n_links == mines().n_links + 1
    with pytest.warns(
        ModelWarning, match="a link already, and the flow comes on top of what it delivers: . for q of b"
    ):
        vc.edit.with_links(alone, member)
    days = vc.Scenario(shocks=[vc.Shock(where={"firms": ["a"]}, loss=1.0)], days=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vc.ValueChainWarning)
        assert len(vc.finalists(mines(), member, scenario=days).table) == 1
    for asks in (
        lambda: vc.edit.with_links(mines(), [("far", "q", "b")]),
        lambda: vc.partner_steps(mines(), [1], scenario=failing("a")),
        lambda: vc.finalists(mines(), [1], scenario=days),
        lambda: vc.match([1], [2]),
    ):
        with pytest.raises(ParameterError, match="are a list, no table; give a data frame"):
            asks()
    with pytest.raises(ParameterError, match="area 5 is no text; write countries or a bloc"):
        asked(mines(), scenario=failing("a"), filters={"area": 5})


def test_more_than_the_need_is_scaled_down_and_outside_candidates_become_firms():
    outside = pd.DataFrame({"firm": ["x"], "product": ["q"], "country": ["DEU"], "spare_capacity": [90.0]})
    tables = {**mines().tables, "candidates": outside}
    net = vc.Network.from_tables(**tables, essential_rule="all")
    rows = pd.DataFrame({"candidate": ["x", "d"], "product": "q", "buyer": "b", "flow": [12.0, 4.0]})
    with pytest.warns(ModelWarning, match="q of b"):
        links = vc.edit.with_links(net, rows).links.set_index(["supplier", "buyer"])["flow"]
    # Two beside one take over two thirds of 8, as 12 to 4; one alone may take over all.
    assert (links[("x", "b")], links[("d", "b")], links[("a", "b")]) == pytest.approx((4.0, 4 / 3, 8 / 3))
    with pytest.warns(ModelWarning, match=r"\(12 to 8"):
        alone = vc.edit.with_links(net, rows.iloc[:1]).links.set_index(["supplier", "buyer"])["flow"]
    assert (alone[("x", "b")], alone[("a", "b")]) == (8.0, 0.0)


def test_no_spare_capacity_goes_to_two_buyers():
    links = [("s", "j", 20.0, "q"), ("s", "i", 20.0, "q"), ("a", "k", 40.0, "q")]
    net = network_of(links, firms={"output": {"a": 50.0}, "capacity": {"a": 60.0}}, essential_rule="all")
    rows = pd.DataFrame({"candidate": "a", "product": "q", "buyer": ["j", "i"], "flow": [10.0, 6.0]})
    with pytest.warns(ModelWarning, match="given out twice.*: a has 10 to spare and is asked for 16"):
        flow = vc.edit.with_links(net, rows).links.set_index(["supplier", "buyer"])["flow"]
    assert [flow[k] for k in (("a", "j"), ("a", "i"), ("a", "k"))] == pytest.approx([6.25, 3.75, 40.0])
    assert [flow[("s", b)] for b in "ji"] == pytest.approx([13.75, 16.25])
    # What the suggestions say of spare capacity counts; where nobody knows, nothing is taken off.
    assert vc.edit.with_links(net, rows.assign(spare=16.0)).links["flow"].sum() == pytest.approx(80.0)
    unknown = network_of(links, essential_rule="all")
    assert vc.edit.with_links(unknown, rows).links.set_index(["supplier", "buyer"])["flow"]["a", "j"] == 10.0


def test_what_a_buyer_does_not_buy_is_no_need_to_take_over():
    rows = pd.DataFrame({"candidate": "d", "product": ["zz", "ore"], "buyer": ["b", "b"], "flow": 2.0})
    with pytest.raises(UnknownNameError, match=r"'zz' is not bought by buyer 'b'; it buys q\nproduct 'ore' is not"):
        vc.edit.with_links(mines(), rows)


def test_what_if_compares_losses_and_weak_points_in_the_same_scenarios():
    net = network_of(MINES, firms=MINE_FIRMS, essential_rule="all")
    rows = pd.DataFrame({"candidate": ["d"], "product": ["q"], "buyer": ["b"], "flow": [2.0]})
    found = vc.what_if(net, vc.edit.with_links(net, rows), scenario=failing("m"))
    table = found.table.set_index("indicator")
    # Without m, b keeps a quarter of what it makes.
    assert table.loc["expected loss of all firms", ["before", "after"]].tolist() == pytest.approx([100.0, 95.0])
    assert table.loc["firms that stop others", ["before", "after"]].tolist() == [5.0, 4.0]
    assert table.loc["essential needs with one source", "change"] == -1
    hhi = (1 * 2 + 1 * 5 + 1 * 4 + 1 * 2 + 1 * 4) / 25
    after = hhi + 8 / 25 * (0.75**2 + 0.25**2)
    assert table.loc["mean concentration of essential needs", "after"] == pytest.approx(after)
    assert "falls by 5.0 %, from 100 to 95" in found.notes[0]

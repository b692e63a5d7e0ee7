"""Money spent on stock instead of a partner: worked out by hand, and by stepping through the days of a state."""

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, MINES, asked, failing, mines
from valuechain.recommend.evidence_text import card_lines
from valuechain.recommend.stock_worth import _better_up_to, stock_cut

BOTH = {"shared_points": True}


def cards(net, **options):
    return asked(net, **options).evidence.table.set_index("candidate")


def test_a_stock_saves_all_while_it_lasts():
    found = cards(mines(), scenario=[failing("a"), failing("z")], probabilities=[0.3, 0.2], filters=BOTH)
    # Without a, b lacks all of 8 a year and makes nothing of 20. d costs 7 + 0.25 x 0.3 x 8: so much of 8 is in stock.
    money = 7 + 0.25 * 0.3 * 8
    assert found.loc["d", "stock_days"] == pytest.approx(365 * money / 8)
    assert found.loc["d", "stock_cut"] == pytest.approx(0.3 * 20 * money / 8)
    said = " ".join(card_lines(mines(), {"candidate": "d", **found.loc["d"]}))
    assert "it cuts at least as much as the partner if what happens lasts no longer than" in said
    assert "A gain is" not in said  # Nothing is drawn.
    # d delivers all that lacks: both save everything until the stock is used up.
    assert found.loc["d", "stock_better_days"] == pytest.approx(365 * money / 8)
    # c costs 1 and saves as much.
    assert found.loc["c", ["stock_cut", "stock_better_days"]].tolist() == pytest.approx([0.3 * 20 / 8, 365 / 8])


def test_where_scenarios_say_how_long_losses_last_both_are_given_for_that_time():
    shocks = [vc.Shock(where={"firms": ["a"]}, loss=1.0, days=days) for days in (73, 292)]
    cases = [vc.Scenario(name=str(shock.days), shocks=[shock]) for shock in shocks]
    found = cards(mines(), scenario=cases, probabilities=[0.25, 0.25], filters=BOTH)
    money = 7 + 0.25 * 0.5 * 8
    assert found.loc["d", "shock_days"] == pytest.approx(292)
    # A fifth and four fifths of a year without a: 20 a year saved; the stock is as large as what is used in a year.
    assert found.loc["d", "loss_cut_in_shock"] == pytest.approx(20 * 0.25 * (0.2 + 0.8))
    assert found.loc["d", "stock_cut_in_shock"] == pytest.approx(20 * 0.25 * (0.2 + min(0.8, money / 8)))
    said = card_lines(mines(), {"candidate": "d", **found.loc["d"]})
    assert any("in the 292 days that these shocks last at most it cuts" in line for line in said)
    assert np.isnan(cards(mines(), scenario=failing("a"), filters=BOTH).loc["d", "shock_days"])


def test_a_partner_with_half_of_what_lacks_is_overtaken_later():
    few = {"capacity": {**MINE_FIRMS["capacity"], "d": 24.0}}
    found = cards(mines(**few), scenario=failing("a"))
    # d delivers 4 of 8 for 7 + 0.25 x 4 = 8: a stock of a year, which saves 20 where d saves 10.
    assert found.loc["d", ["loss_cut", "stock_cut"]].tolist() == pytest.approx([10.0, 20.0])
    assert found.loc["d", "stock_better_days"] == pytest.approx(2 * 365)


def test_what_other_inputs_hold_back_is_not_taken_from_the_stock():
    net = network_of([*MINES, ("y", "b", 1.0, "r")], firms=MINE_FIRMS, essential_rule="all")
    found = cards(net, scenario=failing("a", "y", loss=0.5))
    # Both inputs lack a half: a partner for q alone saves nothing, nor does a stock of it.
    assert found.loc["d", ["loss_cut", "stock_cut"]].tolist() == [0.0, 0.0]
    assert np.isnan(found.loc["d", "stock_better_days"])
    told = {"candidate": "d", **found.loc["d"].to_dict()}
    assert any("that cuts 0 " in line for line in card_lines(net, told))


def test_another_input_ends_what_the_stock_is_used_for():
    net = network_of([*MINES, ("e", "b", 1.0, "r")], firms=MINE_FIRMS, essential_rule="all")
    lost = vc.Scenario(name="s", shocks=[failing("a").shocks[0], failing("e", loss=0.75).shocks[0]])
    found = cards(net, scenario=lost, spare_share=0.1)
    # e lets b make a quarter: 2 of 8 a year are used, and 7 + 0.25 x 8 are there.
    assert found.loc["d", ["loss_cut", "stock_cut"]].tolist() == pytest.approx([5.0, 5.0])
    spent = float(found.loc["d", "cost"])
    assert found.loc["d", "stock_better_days"] == pytest.approx(365 * spent / 2)


@pytest.mark.parametrize("seed", range(8))
def test_both_cut_the_same_at_the_length_where_they_meet(seed):
    rng = np.random.default_rng(seed)
    gains, lasts = rng.exponential(size=6), rng.exponential(size=6)
    lasts[0] = np.inf if seed % 3 == 0 else lasts[0]
    partner = float(gains.sum() * rng.uniform(0.2, 1.0))
    meets = _better_up_to(gains, lasts, partner)
    if np.isinf(meets):
        assert stock_cut(gains, lasts, 1e6) >= partner * 1e6
        return
    assert stock_cut(gains, lasts, meets) == pytest.approx(partner * meets)
    for f in (0.5, 0.9):
        assert stock_cut(gains, lasts, f * meets) > partner * f * meets
    assert stock_cut(gains, lasts, 1.1 * meets) < partner * 1.1 * meets

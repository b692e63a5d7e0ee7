"""Inputs that are not known, drawn around what is taken: shares of draws against closed forms."""

import itertools
import warnings

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, asked, failing, mines
from valuechain.recommend.evidence_text import card_lines
from valuechain.recommend.unsure_inputs import DRAWS, SPARE_DRAWS, _likelihood

BOTH = {"shared_points": True}


def cards(net, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return asked(net, **{"scenario": failing("a"), "filters": BOTH, **options}).evidence.table.set_index(
            "candidate"
        )


def test_where_all_is_known_nothing_is_drawn():
    found = cards(mines())
    assert found["inputs_varied"].tolist() == ["", ""]
    assert (found["inputs_low"] == found["loss_cut"]).all()
    assert (found["inputs_high"] == found["loss_cut"]).all()
    assert not any(line.startswith("Unsure") for line in card_lines(mines(), {"candidate": "d", **found.loc["d"]}))


def test_capacity_that_is_a_stand_in_is_drawn_between_half_and_double():
    unknown = {"capacity": {**MINE_FIRMS["capacity"], "d": None}}
    # d is taken to have 4 of the 8 to spare that b lacks: it saves f x 10 of 20, at most all.
    found = cards(mines(**unknown), spare_share=0.2)
    row = found.loc["d"]
    assert row["inputs_varied"] == "spare capacity"
    factors = np.exp(np.random.default_rng(0).uniform(-np.log(2), np.log(2), (SPARE_DRAWS, 2)))[:, 1]
    saved = np.minimum(10 * factors, 20.0)
    assert row[["inputs_low", "inputs_high"]].tolist() == pytest.approx(
        np.quantile(np.tile(saved, DRAWS // SPARE_DRAWS), [0.025, 0.975]).tolist()
    )
    assert (row["inputs_positive"], row["inputs_top3"]) == (1.0, 1.0)
    assert found.loc["c", "inputs_low"] == found.loc["c", "inputs_high"] == pytest.approx(20.0)
    # Of c all is known; its rank may change by its rival all the same.
    assert found.loc["c", ["inputs_varied", "inputs_varied_rivals"]].tolist() == ["", "spare capacity"]
    assert row["inputs_varied_rivals"] == ""
    said = card_lines(mines(), {"candidate": "c", **found.loc["c"]})
    assert any(x.startswith("Unsure inputs (of its rivals for this need spare capacity: between half") for x in said)
    said = card_lines(mines(), {"candidate": "d", **row})
    assert any("Unsure inputs (spare capacity: between half and double of what is taken, 500 draws)" in x for x in said)


def test_the_share_of_draws_among_the_first_three_follows_the_rivals():
    # Three candidates are known to have 5 of 8 to spare, the fourth has 5 f: it is among the first three from f = 1 on.
    ids = ["d", "e", "g", "h"]
    links = [("a", "b", 8.0, "q"), *((i, "z", 4.0, "q") for i in ids)]
    output = dict.fromkeys("abdeghz", 50.0)
    net = network_of(
        links, firms={"output": output, "capacity": {**dict.fromkeys("abdegz", 55.0), "h": None}}, essential_rule="all"
    )
    row = cards(net, spare_share=0.1, fixed_cost=1.0, unit_cost=1.0).loc["h"]
    factors = np.exp(np.random.default_rng(0).uniform(-np.log(2), np.log(2), (SPARE_DRAWS, 4)))[:, 3]
    assert row["inputs_top3"] == pytest.approx((factors >= 1).mean())
    assert 0.2 < row["inputs_top3"] < 0.8


def test_costs_that_are_stand_ins_move_the_rank_by_cost_only():
    ids = ["d", "e", "g", "h"]
    links = [("a", "b", 8.0, "q"), *((i, "z", 4.0, "q") for i in ids)]
    firms = {"output": dict.fromkeys("abdeghz", 50.0), "capacity": dict.fromkeys("abdeghz", 99.0)}
    firms |= {"fixed_cost": dict.fromkeys("deg", 0.4), "unit_cost": dict.fromkeys("degh", 1.0)}
    row = cards(network_of(links, firms=firms, essential_rule="all")).loc["h"]
    # The stand-in, 5 % of 8, is what the others cost: dearer in half of the draws.
    assert (row["inputs_varied"], row["inputs_top3"]) == ("fixed_cost", 1.0)
    assert row["inputs_top3_by_cost"] == pytest.approx(0.5, abs=0.07)


def test_what_costs_nothing_is_ranked_by_what_it_cuts_in_any_currency():
    links = [("a", "b", 8e11, "q"), ("d", "z", 4e11, "q"), ("e", "z", 4e11, "q")]
    firms = {"output": dict.fromkeys("abdez", 5e12), "capacity": dict.fromkeys("abdez", 9e12)}
    found = cards(network_of(links, firms=firms, essential_rule="all"), fixed_cost=0.0, unit_cost=1.0)
    assert found["inputs_top3_by_cost"].tolist() == [1.0, 1.0]


def test_scenarios_of_a_list_get_a_factor_each():
    found = cards(mines(), scenario=[failing("a"), failing("z")], probabilities=[0.5, 0.5])
    row = found.loc["d"]
    assert row["inputs_varied"] == "how often firms fail"
    # Of 20 in half of the cases: between f = 1/4 and 4 to 1.
    assert 20 / 5 <= row["inputs_low"] < row["loss_cut"] < row["inputs_high"] <= 20 * 4 / 5


def test_weighing_scenarios_again_makes_independent_failures_so_much_likelier():
    chance, factor = np.array([0.1, 0.3, 0.02]), np.array([[2.0, 0.5, 1.7], [0.6, 1.9, 0.5]])
    hit = np.array(list(itertools.product([False, True], repeat=3)))
    probability = np.where(hit, chance, 1 - chance).prod(axis=1)
    weight = _likelihood(hit, probability @ hit, factor) * probability[:, None]
    assert weight.sum(axis=0) == pytest.approx([1.0, 1.0])
    np.testing.assert_allclose(weight.T @ hit, factor * chance)


def test_draws_are_the_same_for_any_order_of_rows_and_number_of_threads():
    net = vc.example("baltic_mobility")
    options = {"buyer": "PL-027", "product": "control_board", "runs": 40}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = vc.partners(net, threads=1, **options).evidence.table
        two = vc.partners(net, threads=2, **options).evidence.table
    assert one.equals(two)
    assert (one["inputs_varied"].str.contains("how often firms fail")).all()
    assert ((one["inputs_low"] <= one["loss_cut"]) & (one["loss_cut"] <= one["inputs_high"])).all()

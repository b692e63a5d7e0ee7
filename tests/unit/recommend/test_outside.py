"""Outside candidates and firms that make something like a product."""

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import MINE_FIRMS, MINES, asked, failing, mines
from valuechain.errors import DataWarning, InvalidDataError, NoPartnerError, UnreadableFileError
from valuechain.recommend.makers import similar_products
from valuechain.recommend.outside import checked_candidates, with_outside

ROWS = {
    "firm": ["x1", "x2", "x1", "x3"],
    "product": ["q", "q", "ore", "nothing of the kind"],
    "country": ["DEU", "POL", "DEU", "DEU"],
    "spare_capacity": [6.0, None, 1.0, 9.0],
    "unit_cost": [1.5, 1.0, 1.0, 1.0],
    "fixed_cost": [2.0, 0.0, 0.0, 0.0],
}


def test_an_outside_candidate_delivers_what_it_offers_and_costs_what_it_says():
    found = asked(mines(), scenario=failing("a"), candidates=pd.DataFrame(ROWS))
    row = found.table.set_index("candidate").loc["x1"]
    # 6 of 8 are made up for; what it offers of ore is another need's.
    assert row["loss_cut"] == pytest.approx(20 * 6 / 8)
    assert (row["kind"], row["spare"]) == ("outside", 6.0)
    assert row["cost"] == pytest.approx(2 + 0.5 * 6)
    # Of x2 nobody knows what it could spare: not zero, not a default, but left out and counted.
    spare = found.removed.table.set_index("filter").loc["no spare capacity"]
    assert spare[["removed", "not_known"]].tolist() == [1, 1]
    assert found.expected_loss == asked(mines(), scenario=failing("a")).expected_loss
    assert any("1 candidates are outside the network" in n for n in found.notes)
    assert asked(mines(), scenario=failing("x1", "a"), candidates=pd.DataFrame(ROWS)).table.set_index("candidate").loc[
        "x1", "loss_cut"
    ] == pytest.approx(0)


def test_outside_candidates_of_the_network_and_of_a_file(tmp_path):
    frame = pd.DataFrame(ROWS).drop(index=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = vc.Network.from_tables(**{**mines().tables, "candidates": frame}, essential_rule="all")
    file = tmp_path / "candidates.csv"
    frame.to_csv(file, index=False)
    one, two = asked(net, scenario=failing("a")), asked(mines(), scenario=failing("a"), candidates=file)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert set(asked(net, scenario=failing("a"), filters={"area": "DEU"}).table["candidate"]) == {"x1"}


def test_every_fault_of_a_table_of_candidates_is_told(tmp_path):
    bad = pd.DataFrame(ROWS).assign(firm=["x1", "d", "x1", "x3"], unit_cost=[-1.0, 1.0, 1.0, 1.0])
    file = tmp_path / "bad.csv"
    bad.to_csv(file, index=False)
    with pytest.raises(InvalidDataError) as told:
        checked_candidates(file, mines())
    assert "bad.csv row 2: unit_cost '-1.0'" in str(told.value)
    assert "bad.csv row 3: firm 'd' is in firms already" in str(told.value)
    with pytest.raises(UnreadableFileError, match="no such file"):
        checked_candidates(tmp_path / "none.csv", mines())


def test_the_remedy_of_a_wrong_country_is_not_an_empty_cell_where_one_is_needed(tmp_path):
    file = tmp_path / "bad.csv"
    pd.DataFrame(ROWS).assign(country=["XX", "POL", "DEU", "DEU"]).to_csv(file, index=False)
    with pytest.raises(InvalidDataError) as told:
        checked_candidates(file, mines())
    assert str(told.value).endswith("use an ISO 3166-1 code such as LVA, or drop the row")


def test_what_is_essential_does_not_hang_on_outside_candidates():
    firms = {**MINE_FIRMS}
    sector = dict.fromkeys("bmackdzy", "C25")
    net = network_of(MINES, sector=sector, firms=firms, essential_rule="physical")
    outside = with_outside(net, checked_candidates(pd.DataFrame(ROWS), net))
    assert outside.network.n_firms == net.n_firms + 3
    assert outside.elsewhere == 1
    assert outside.network.firm_ids[: net.n_firms].tolist() == net.firm_ids.tolist()
    assert np.isnan(outside.spare[: net.n_firms]).all()


def test_a_product_spelt_like_one_that_is_bought_is_told_and_outside_firms_are_not_counted_among_those_inside():
    rows = pd.DataFrame({"firm": ["x"], "product": ["Q"], "country": ["DEU"], "spare_capacity": [6.0]})
    options = {"scenario": failing("a"), "candidates": rows, "filters": {"shared_points": True}}
    with pytest.warns(DataWarning, match=r"^1 outside candidate offers 'Q', which nobody here buys; did you mean 'q'"):
        found = asked(mines(), **options)
    assert "1 offer of outside candidates left out: nobody here buys the product." in found.notes
    # All firms of the network give their capacity: nothing rests on the default share, so nothing more is said.


# e makes r from the same ore as a makes q; g makes s from something else.
KITCHEN = [
    ("a", "b", 8.0, "q"),
    ("m", "a", 4.0, "ore"),
    ("m", "e", 4.0, "ore"),
    ("w", "e", 3.0, "wood"),
    ("e", "z", 5.0, "r"),
]
KITCHEN += [("w", "g", 3.0, "wood"), ("g", "z", 5.0, "s")]


def test_firms_that_make_something_like_it_are_listed_and_counted_only_when_asked():
    net = network_of(KITCHEN, firms={"output": dict.fromkeys("abmewzg", 10.0)}, essential_rule="all")
    alike = similar_products(net)
    q, r, s = (int(np.flatnonzero(net.products == p)[0]) for p in "qrs")
    assert alike[q, r] == pytest.approx(4 / 5)
    assert alike[q, s] == 0
    options = {"spare_share": 1.0, "fixed_cost": 1.0, "unit_cost": 1.0, "scenario": failing("a")}
    with pytest.raises(NoPartnerError, match=r"1 firms make something like it \(count_potential, --count-potential\)"):
        asked(net, **options, filters={"shared_points": True})
    found = asked(net, **options, count_potential=True, filters={"shared_points": True})
    assert found.table[["candidate", "kind", "loss_cut"]].to_numpy().tolist() == [["e", "potential", 10.0]]
    assert found.potential.table[["candidate", "makes"]].to_numpy().tolist() == [["e", "r"]]
    assert found.potential.table["similarity"].tolist() == pytest.approx([0.8])
    assert any("kind potential" in n for n in found.notes)

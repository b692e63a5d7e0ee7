"""Needs and offers: who gets what, what is not mixed, and faults of both tables at once."""

import pandas as pd
import pytest

import valuechain as vc
from valuechain.errors import InvalidDataError, ParameterError, UnreadableFileError


def table(rows, columns=("firm", "product", "quantity", "unit")):
    return pd.DataFrame(rows, columns=list(columns))


NEEDS = table([("b", "mask", 20.0, "t"), ("a", "mask", 10.0, "t"), ("c", "mask", 5.0, "kg"), ("d", "glove", 7.0, "t")])
OFFERS = table([("y", "mask", 7.0, "t"), ("x", "mask", 12.0, "t"), ("d", "glove", 9.0, "t"), ("z", "gloves", 2.0, "t")])


def given(result):
    return {(r.buyer, r.supplier): round(r.quantity, 6) for r in result.table.itertuples()}


def test_offers_are_shared_fairly_and_units_are_not_mixed():
    found = vc.match(NEEDS, OFFERS)
    needs = found.needs.table.set_index("buyer")
    assert needs.loc[["a", "b"], "filled_share"].tolist() == pytest.approx([19 / 30, 19 / 30])
    assert needs["why"]["c"] == "2 offers in another unit; units are not converted: offered in 't'"
    assert needs["why"]["d"] == "1 offer of the firm itself"
    assert (found.asked, found.filled) == (4, 0)
    assert found.offers.table.set_index("supplier")["left_quantity"].to_dict() == {
        "d": 9.0,
        "z": 2.0,
        "x": 0.0,
        "y": 0.0,
    }
    assert any("different units" in note for note in found.notes)


def test_priority_periods_and_places_decide():
    needs = NEEDS.iloc[:2].assign(priority=[None, 1.0], until=["2024", "2024-05"], country=["FR", "DE"])
    offers = OFFERS.iloc[:2].assign(**{"from": ["2024-06-01", "2024-05-31"]}, country=["FRA", "DEU"])
    found = vc.match(needs, offers)
    # 'a' comes first; 'y' begins after May is over, so that 'x' serves it, and b gets the rest of both.
    assert given(found) == {("a", "x"): 10.0, ("b", "y"): 7.0, ("b", "x"): 2.0}
    assert found.table["last_day"].tolist() == ["2024-05-31", "2024-12-31", "2024-12-31"]
    assert found.table["need_row"].tolist() == [3, 2, 2]
    assert given(vc.match(needs, offers, area="DEU")) == {("a", "x"): 10.0, ("b", "x"): 2.0}


def test_places_come_from_the_network_where_rows_do_not_say():
    firms = pd.DataFrame(
        {"firm": ["b", "near", "far"], "sector": "s", "latitude": [50.0, 51.0, 60.0], "longitude": 8.0}
    )
    links = table([("far", "b", 1.0), ("near", "b", 1.0)], ("supplier", "buyer", "flow"))
    network = vc.Network.from_tables(firms, links, essential_rule="all")
    needs, offers = NEEDS.iloc[:1], table([("far", "mask", 30.0, "t"), ("near", "mask", 5.0, "t")])
    found = vc.match(needs, offers, network=network)
    assert given(found) == {("b", "near"): 5.0, ("b", "far"): 15.0}
    assert found.table["distance_km"].max() == pytest.approx(1112, abs=1)
    assert given(vc.match(needs, offers, network=network, max_km=200)) == {("b", "near"): 5.0}
    with pytest.raises(InvalidDataError, match=r"needs row 2: firm 'near1' is not in firms; did you mean 'near'"):
        vc.match(needs.assign(firm="near1"), offers, network=network)


def test_all_faults_of_both_files_are_told_at_once(tmp_path):
    (tmp_path / "needs.csv").write_text("firm;product;quantity\na;mask;3\n")
    (tmp_path / "offers.csv").write_text(
        "firm;product;quantity;unit;from;until\nx;mask;-1;t;;\ny;mask;2;;;\nz;mask;3;t;2024-05-01;2024-04\n"
    )
    with pytest.raises(InvalidDataError) as told:
        vc.match(tmp_path / "needs.csv", tmp_path / "offers.csv")
    lines = str(told.value).splitlines()
    assert lines[0].startswith("needs.csv row 1: column 'unit' is missing")
    assert lines[1].startswith("offers.csv row 2: quantity '-1' is negative")
    assert lines[2].startswith("offers.csv row 3: unit is empty")
    assert lines[3].startswith("offers.csv row 4: until '2024-04' is before the first day 2024-05-01")
    with pytest.raises(UnreadableFileError, match=r"did you mean 'needs\.csv'"):
        vc.match(tmp_path / "need.csv", OFFERS)
    with pytest.raises(ParameterError, match="max_km"):
        vc.match(NEEDS, OFFERS, max_km=-1)
    with pytest.raises(ParameterError, match="area 5 is no text; write countries or a bloc"):
        vc.match(NEEDS, OFFERS, area=5)


def test_spreadsheets_of_europe_are_read(tmp_path):
    (tmp_path / "needs.csv").write_bytes("firm;product;quantity;unit\nMühle;Mehl;1,5;t\n".encode("cp1252"))
    (tmp_path / "offers.csv").write_text("firm;product;quantity;unit\nLager;Mehl;1,25;t\n", encoding="utf-8-sig")
    with pytest.warns(vc.ValueChainWarning, match="Windows-1252"):
        found = vc.match(tmp_path / "needs.csv", tmp_path / "offers.csv")
    assert given(found) == {("Mühle", "Lager"): 1.25}

"""The network: it never changes, labels go through one door, and its arrays say what its tables say."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DataWarning, InvalidDataError, UnknownNameError
from valuechain.values import column_bytes

LINKS = [("c", "a", 3.0), ("a", "b", 1.0), ("c", "b", 7.0), ("b", "a", 0.5)]


@pytest.fixture
def network():
    return network_of(
        LINKS, order=["b", "a", "c"], sector={"a": "x", "b": "x", "c": "y"}, essential_rule={"min_share": 0.1}
    )


# ---- arrays


def test_arrays_follow_the_tables(network):
    assert (network.n_firms, network.n_links) == (3, 4)
    assert network.firm_ids.tolist() == ["b", "a", "c"]
    assert network.supplier.tolist() == [2, 1, 2, 0]
    assert network.buyer.tolist() == [1, 0, 0, 1]
    assert network.flow.tolist() == [3, 1, 7, 0.5]
    assert network.sectors.tolist() == ["x", "y"]
    assert network.sector.tolist() == [0, 0, 1]


def test_suppliers_are_rows_and_buyers_columns(network):
    assert network.matrix.toarray().tolist() == [[0, 0.5, 0], [1, 0, 0], [7, 3, 0]]
    assert network.sales.tolist() == [0.5, 1, 10]
    assert network.purchases.tolist() == [8, 3.5, 0]


def test_products_of_one_pair_add_up_in_the_matrix():
    network = network_of([("a", "b", 1.0, "p"), ("a", "b", 2.0, "q")])
    assert network.n_links == 2
    a, b = network.positions(["a", "b"])
    assert network.matrix[a, b] == 3
    assert network.sales[a] == 3


def test_product_defaults_to_the_sector_of_the_supplier(network):
    assert network.products.tolist() == ["x", "y"]
    assert network.product.tolist() == [1, 0, 1, 0]
    some = network_of([("a", "b", 1.0, "p"), ("c", "b", 2.0, None)], sector={"c": "s"})
    assert some.products[some.product].tolist() == ["p", "s"]


def test_only_what_is_bought_is_a_product():
    network = network_of([("a", "z", 1.0), ("c", "z", 1.0)], sector={"z": "b"})
    assert network.sectors.tolist() == ["a", "b", "c"]
    assert network.products.tolist() == ["a", "c"]
    assert network.products[network.product].tolist() == ["a", "c"]


def test_units(network):
    assert network.flow_unit == "currency per year"
    assert network_of(LINKS, currency="kEUR", flow_period="day").flow_unit == "kEUR per day"


def test_repr_says_name_and_size(network):
    assert repr(network) == "<Network 'network': 3 firms, 4 links>"


# ---- labels


def test_positions_of_labels_in_any_order(network):
    assert network.positions(["c", "b", "c"]).tolist() == [2, 0, 2]
    assert network.positions(pd.Series(["a", "b"], index=[7, 3])).tolist() == [1, 0]
    assert network.positions(pd.Index(["a"])).tolist() == [1]
    assert network.positions([]).tolist() == []


def test_positions_take_numbers_as_they_are_written():
    network = network_of([("7", "12", 1.0)])
    assert network.positions([12, 7]).tolist() == network.positions(["12", "7"]).tolist()


def test_unknown_labels_are_all_named_with_suggestions():
    network = network_of([("mill-01", "baker-02", 1.0)], name="bread")
    with pytest.raises(UnknownNameError) as caught:
        network.positions(["mill-01", "mil-01", "Baker-02", "xyz"])
    lines = str(caught.value).splitlines()
    assert lines[0] == "firm 'mil-01' is not in network 'bread'; did you mean 'mill-01'?"
    assert lines[1] == "firm 'Baker-02' is not in network 'bread'; did you mean 'baker-02'?"
    assert lines[2] == "firm 'xyz' is not in network 'bread'; add it or drop it"


def test_many_unknown_labels_are_counted(network):
    with pytest.raises(UnknownNameError, match="and 5 more unknown firms"):
        network.positions([f"none-{k}" for k in range(25)])


def test_a_missing_label_is_not_a_firm(network):
    with pytest.raises(UnknownNameError):
        network.positions(pd.Series(["a", None]))


def test_unknown_table(network):
    with pytest.raises(UnknownNameError, match="did you mean 'firms'"):
        network.table("firm")
    assert network.table("members") is None


# ---- it never changes


def test_changing_a_returned_table_changes_nothing(network):
    before = network.fingerprint
    for frame in (network.firms, network.links, network.table("links"), network.tables["links"]):
        frame.iloc[0, 0] = "changed"
        frame.loc[:, "extra"] = 1
        frame.index = frame.index[::-1]
    network.tables.clear()
    assert vc.Network(network.tables, network.metadata).fingerprint == before
    assert network.links["flow"].tolist() == [3, 1, 7, 0.5]
    assert "extra" not in network.firms


def test_changing_the_given_frames_changes_nothing():
    firms = pd.DataFrame({"firm": ["b", "a"], "sector": ["x", "y"]})
    links = pd.DataFrame({"supplier": ["a"], "buyer": ["b"], "flow": [1.0]})
    rule = {"min_share": 0.2}
    network = vc.Network.from_tables(firms, links, essential_rule=rule)
    firms.loc[0, "firm"] = "changed"
    links.loc[0, "flow"] = 99.0
    rule["min_share"] = 0.9
    assert network.firm_ids.tolist() == ["b", "a"]
    assert network.flow.tolist() == [1]
    assert network.metadata["essential_rule"] == {"min_share": 0.2}


ARRAYS = ("supplier", "buyer", "flow", "sector", "sectors", "product", "products", "sales", "purchases", "firm_ids")


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_cannot_be_changed(network, name):
    before = getattr(network, name).tolist()
    array = getattr(network, name)
    try:
        array[0] = array[-1]
    except ValueError:
        return  # read-only
    assert getattr(network, name).tolist() == before  # a copy


def test_matrix_cannot_be_changed(network):
    with pytest.raises(ValueError, match="read-only"):
        network.matrix.data[0] = 5
    matrix = network.matrix.copy()
    matrix[0, 1] = 99
    assert network.matrix[0, 1] == 0.5


@pytest.mark.filterwarnings("ignore:Changing the sparsity structure")
def test_new_entries_in_a_returned_matrix_stay_there(network):
    try:
        network.matrix[0, 0] = 99
    except ValueError:
        return
    assert network.matrix[0, 0] == 0


def test_metadata_cannot_be_changed(network):
    with pytest.raises(TypeError):
        network.metadata["name"] = "other"
    network.metadata["essential_rule"]["min_share"] = 0.9
    assert network.metadata["essential_rule"] == {"min_share": 0.1}
    with pytest.raises(AttributeError):
        network.metadata = {}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])  # noqa: S301
def test_copies_are_equal_and_as_fixed(network, copied):
    assert network.sales.sum() == 11.5  # what is computed once must not come back writable
    other = copied(network)
    assert other == network
    assert not other.sales.flags.writeable
    assert not other.flow.flags.writeable
    assert not other.matrix.data.flags.writeable
    assert other.positions(["c"]).tolist() == [2]


# ---- equality


def test_same_content_is_equal_and_has_one_fingerprint(network):
    other = network_of(
        LINKS, order=["b", "a", "c"], sector={"a": "x", "b": "x", "c": "y"}, essential_rule={"min_share": 0.1}
    )
    assert other == network
    assert hash(other) == hash(network)
    assert other.fingerprint == network.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"order": ["a", "b", "c"]},
        {"sector": {"a": "x"}},
        {"currency": "EUR"},
        {"essential_rule": {"min_share": 0.2}},
        {"firms": {"output": {"a": 1.0}}},
        {"essential": [("x", "y", 2)]},
        {"links": [("c", "a", 3.0 + 1e-12), *LINKS[1:]]},
        {"links": LINKS[::-1]},
    ],
)
def test_any_change_of_content_shows(network, change):
    given = {
        "links": LINKS,
        "order": ["b", "a", "c"],
        "sector": {"a": "x", "b": "x", "c": "y"},
        "essential_rule": {"min_share": 0.1},
        **change,
    }
    other = network_of(given.pop("links"), **given)
    assert other != network
    assert other.fingerprint != network.fingerprint


def test_a_network_is_no_other_thing(network):
    assert network != "network"
    assert network.__eq__(1) is NotImplemented


def test_negative_zero_is_zero():
    one, two = network_of([("a", "b", 0.0)]), network_of([("a", "b", -0.0)])
    assert one == two
    assert hash(one) == hash(two)


def test_unknown_values_equal_unknown_values():
    one, two = (network_of(LINKS, firms={"output": {"a": 9.0}}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)


# ---- repeated links


def frames(rows: list[dict[str, object]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    links = pd.DataFrame(rows)
    ids = sorted({*links["supplier"], *links["buyer"]})
    return pd.DataFrame({"firm": ids, "sector": "s"}), links


def test_repeated_links_are_added_up():
    rows = [
        {"supplier": "a", "buyer": "b", "flow": 1.0, "lead_days": 3, "status": "validated", "confidence": 0.9,
         "source": "one", "date": "2024-02-01", "mode": "road", "extra": 5},
        {"supplier": "b", "buyer": "a", "flow": 8.0, "lead_days": 1, "status": "declared", "confidence": 1.0,
         "source": "one", "date": "2024-01-01", "mode": "rail", "extra": 7},
        {"supplier": "a", "buyer": "b", "flow": 2.0, "lead_days": 5, "status": "inferred", "confidence": 0.4,
         "source": "two", "date": "2024-01-15", "mode": "road", "extra": 6},
        {"supplier": "a", "buyer": "b", "flow": 4.0, "lead_days": None, "status": "declared", "confidence": 0.5,
         "source": "one", "date": None, "mode": None, "extra": 5},
    ]  # fmt: skip
    with pytest.warns(DataWarning, match="2 repeated rows"):
        network = vc.Network.from_tables(*frames(rows))
    assert network.n_links == 2
    first, second = network.links.to_dict("records")
    assert (first["flow"], first["lead_days"], first["confidence"]) == (7, 5, 0.4)
    assert (first["status"], first["source"], first["mode"], first["date"]) == (
        "inferred",
        "one; two",
        "road",
        "2024-01-15",
    )
    assert pd.isna(first["extra"])  # 5 and 6: not known, and never a sum of what may not be summed
    assert (second["flow"], second["lead_days"], second["extra"], second["source"]) == (8, 1, 7, "one")


def test_links_of_two_products_are_not_repeated():
    rows = [{"supplier": "a", "buyer": "b", "product": p, "flow": 1.0} for p in ("x", "y")]
    assert vc.Network.from_tables(*frames(rows)).n_links == 2


def test_repeated_links_without_a_product():
    rows = [{"supplier": "a", "buyer": "b", "product": p, "flow": 1.0} for p in (None, "x", None)]
    with pytest.warns(DataWarning, match="repeated"):
        network = vc.Network.from_tables(*frames(rows))
    assert network.links["flow"].tolist() == [2, 1]


# ---- the border


def test_all_faults_are_said_at_once():
    firms = pd.DataFrame({"firm": ["a", "a", "b"], "sector": ["x", "x", None]})
    links = pd.DataFrame({"supplier": ["a", "q"], "buyer": ["b", "b"], "flow": [-1.0, 2.0]})
    with pytest.raises(InvalidDataError) as caught:
        vc.Network.from_tables(firms, links)
    text = str(caught.value)
    assert len(caught.value.faults) == 4
    for part in (
        "firms row 3: firm 'a' is a duplicate",
        "firms row 4: sector",
        "links row 3: supplier 'q'",
        "links row 2: flow",
    ):
        assert part in text


def test_notes_point_at_the_caller():
    rows = [{"supplier": "a", "buyer": "a", "flow": 1.0}]
    with pytest.warns(DataWarning) as caught:
        vc.Network.from_tables(*frames(rows))
    assert {w.filename for w in caught} == {__file__}


def test_the_index_of_given_frames_means_nothing():
    firms, links = frames([{"supplier": "a", "buyer": "b", "flow": 1.0}, {"supplier": "c", "buyer": "b", "flow": 2.0}])
    plain = vc.Network.from_tables(firms, links)
    firms.index, links.index = [5, 5, 1], [9, 9]
    assert vc.Network.from_tables(firms, links) == plain
    assert np.array_equal(plain.flow, [1, 2])


def test_a_name_in_place_of_an_id_is_told_unless_two_firms_have_it():
    names = {"F1": "Mill", "F2": "Bakery", "F3": "bakery"}
    network = network_of([("F1", "F2", 1.0), ("F1", "F3", 1.0)], firms={"name": names})
    with pytest.raises(UnknownNameError, match="that is a name: write its id 'F1'"):
        network.positions(["mill"])
    with pytest.raises(UnknownNameError, match="add it or drop it"):
        network.positions(["BAKERY"])


def test_a_column_has_the_bytes_of_its_texts_whatever_they_are():
    texts = ["é", None, "", "a b"] * 20_000
    column = pd.Series(texts, dtype="str")
    joined = b"".join(column_bytes(column))
    assert joined == "\x1f".join("\x00" if t is None else t for t in texts).encode()

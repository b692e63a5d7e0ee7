"""Parts of a page: shapes of the map step by step, who buys from a single source, markets apart from suppliers."""

import json

import numpy as np
import pandas as pd

from tests.unit.report.small_network import blob_of, network
from valuechain.analysis.diagnose import diagnose
from valuechain.report.build import page_text
from valuechain.report.figure import first_listed, importance_order
from valuechain.report.packing import unpack
from valuechain.report.places import STEP, _steps_along
from valuechain.report.selection import select


def test_shapes_walked_in_short_steps_meet_every_point():
    rings = [np.array([[-500, 20], [700, 21], [699, -900]]), np.array([[3, 4], [5, 6], [5, 261], [-4, 7]])]
    lengths, points = np.array([3, 4]), np.concatenate(rings)
    packed = _steps_along(lengths, points)
    along, first = unpack(packed["along"]).reshape(-1, 2), unpack(packed["first"]).reshape(-1, 2)
    assert np.abs(along.astype(int)).max() <= STEP
    at = 0
    for ring, length, start in zip(rings, unpack(packed["lengths"]), first, strict=True):
        walked = {tuple(p) for p in (start + np.cumsum(along[at : at + length].astype(int), axis=0)).tolist()}
        assert {tuple(p) for p in ring.tolist()} <= walked
        at += length


def market_network():
    """A market that buys from all, ids unsorted: what hangs on it is more than any supplier's failure costs."""
    names = ["Zed", "Bee", "Market; big", "Ay"]
    firms = pd.DataFrame({"firm": ["z", "b", "m", "a"], "name": names, "sector": list("1234")})
    links = pd.DataFrame(
        {"supplier": ["z", "b", "a", "z"], "buyer": ["m", "m", "m", "b"], "flow": [8.0, 4.0, 2.0, 3.0]}
    )
    return network(firms, links)


def test_a_market_is_not_ranked_among_suppliers():
    net = market_network()
    found = diagnose(net)
    assert found.risk.table["firm"].iloc[0] == "m"
    selection = select(net, found.risk)
    order = [selection.ids[k] for k in importance_order(selection)]
    assert order[-1] == "m"
    assert order[0] in found.notes[0] or {"z": "Zed", "b": "Bee", "a": "Ay"}[order[0]] in found.notes[0]
    assert [selection.ids[k] for k in first_listed(selection, 10)] == order[:-1]
    text = page_text(net, [found], "en")
    assert text.count("Firms that sell nothing here are markets") == 2
    assert "By risk index, the share lost if the firm fails." in text


def test_buyers_of_a_single_source_are_places_of_firms_where_names_tell_them():
    net = market_network()
    found = diagnose(net)
    data = json.loads(blob_of(page_text(net, [found], "en")))
    table = found.single_sourced.table
    said = dict(zip(zip(table["supplier"], table["product"], strict=True), table["buyer_names"], strict=True))
    ids = sorted(net.firm_ids)
    names = dict(zip(net.firms["firm"], net.firms["name"], strict=True))
    for firm, product, who in zip(
        unpack(data["single"]["firm"]), unpack(data["single"]["product"]), data["single"]["who"], strict=True
    ):
        expected = said[ids[firm], str(net.products[product])]
        # A name with "; " in it cannot be told apart, so it stays text.
        assert isinstance(who, str) == (";" in expected)
        assert who == expected or "; ".join(names[ids[k]] for k in who) == expected

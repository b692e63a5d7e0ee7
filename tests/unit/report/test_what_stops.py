"""What stops with a firm, and who could stand in for it, as a page holds them."""

import json

import numpy as np
import pytest

from tests.unit.report.small_network import blob_of, network, small_network, tables
from valuechain.analysis.single_points import single_points_of_failure
from valuechain.models.cascade import cascade
from valuechain.models.systemic_risk import systemic_risk
from valuechain.report import Filters
from valuechain.report.build import page_text
from valuechain.report.packing import unpack
from valuechain.report.stopped import LISTED, stopped_sets


@pytest.fixture(scope="module")
def small():
    return small_network()


def test_the_page_names_exactly_the_firms_that_stop(small):
    points = single_points_of_failure(small)
    data = json.loads(blob_of(page_text(small, [points], "en")))
    ids = data["firms"]["id"]
    stops = dict(
        zip((ids[k] for k in unpack(data["points"]["at"])), unpack(data["points"]["stops"]).tolist(), strict=True)
    )
    expected = points.table[points.table["stops"] > 0].set_index("firm")["stops"].to_dict()
    assert stops == expected != {}
    for place, packed in data["points"]["sets"].items():
        firm = ids[int(place)]
        named = {ids[k] for k in unpack(packed)}
        assert len(named) == min(stops[firm], LISTED)
        assert firm not in named
    # A brute force of the rule on the one that stops most: whoever lacks all suppliers of some essential product.
    worst = points.table["firm"].iloc[0]
    (found,) = stopped_sets(small, [worst])
    assert set(small.firm_ids[found]) == stopped_by_force(small, worst)
    assert {ids[k] for k in unpack(data["points"]["sets"][str(ids.index(worst))])} <= set(small.firm_ids[found])


def stopped_by_force(net, firm):
    down = {firm}
    sources = net.links[net.links["supplier"] != net.links["buyer"]].merge(
        net.firms[["firm", "sector"]], left_on="supplier", right_on="firm"
    )
    while True:
        slots = sources.groupby(["buyer", "sector"])["supplier"].agg(lambda s, down=down: set(s) <= down)
        more = {buyer for (buyer, _), lost in slots.items() if lost} - down
        if not more:
            return down - {firm}
        down |= more


def test_spare_capacity_is_unknown_where_it_is_not_given():
    firms, links = tables()
    firms["capacity"] = firms["output"] * 1.5
    firms.loc[3, "capacity"] = np.nan
    firms.loc[5, "output"] = np.nan
    data = json.loads(blob_of(page_text(network(firms, links), [], "en")))
    spare = unpack(data["firms"]["spare"])
    assert np.isnan(spare[[3, 5]]).all()
    assert spare[7] == pytest.approx(firms["output"][7] / 2, rel=1e-6)
    bare = json.loads(blob_of(page_text(network(*tables()), [], "en")))
    assert bare["firms"]["spare"] is None


def test_firms_hit_are_counted_for_the_whole_network(small):
    risk = systemic_risk(small)
    data = json.loads(blob_of(page_text(small, [risk], "en", filters=Filters(countries=("LVA",)))))
    place, found = next(iter(data["impacts"].items()))
    run = cascade(small, {data["firms"]["id"][int(place)]: 1.0})
    assert found["hits"][0] == 1
    assert found["hits"][-1] == (run.table["loss"] > 0.0005).sum()
    assert len(found["hits"]) == len(found["totals"])

"""The diagnosis puts the sections together and says why."""

from __future__ import annotations

import numpy as np
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError

LINKS = [("a", "b", 10.0), ("b", "c", 5.0), ("d", "c", 5.0)]


@pytest.fixture
def network():
    firms = {"name": {"a": "Mill", "c": "Shop"}, "country": {"a": "DEU", "b": "POL", "c": "POL"}}
    return network_of(LINKS, firms=firms, essential_rule="all", name="bread")


def test_sections_are_the_results_of_the_functions(network):
    whole = vc.diagnose(network, top=2)
    assert whole.overview.table.equals(vc.overview(network).table)
    assert whole.risk.table.equals(vc.systemic_risk(network).table)
    assert whole.single_sourced.table.equals(vc.single_sourced_inputs(network).table)
    assert whole.product_concentration.table.equals(vc.concentration(network).table)
    assert whole.country_concentration.table.equals(vc.concentration(network, by="country").table)
    assert len(whole.sections) >= 5


def test_the_first_rows_of_the_risk_with_names(network):
    whole = vc.diagnose(network, top=3)
    assert list(whole.table.columns) == ["firm", "name", "sector", "country", "index", "index_down", "index_up", "why"]
    assert whole.table["firm"].tolist() == vc.systemic_risk(network).table["firm"].head(3).tolist()
    named = whole.table.set_index("firm")["name"]
    assert named["a"] == "Mill"
    assert len(vc.diagnose(network).table) == 4  # fewer firms than top


def test_why_in_words(network):
    why = vc.diagnose(network).table.set_index("firm")["why"]
    words = "75.0% of sales lost, 1.5 times what it sells here; mainly because its buyers lack its product"
    assert why["a"].startswith(words)
    assert why["a"].endswith("; only source of a for 1 buyer")
    assert why["c"] == "a market: sells nothing here; 100.0% of sales hang on its purchases"


def test_nothing_is_lost_with_an_idle_firm():
    network = network_of([*LINKS, ("i", "i", 0.0)], essential_rule="all")
    assert vc.diagnose(network).table.set_index("firm").loc["i", "why"] == "nothing is lost in this network if it fails"


def test_the_verdict_names_the_worst(network):
    notes = " ".join(vc.diagnose(network).notes)
    assert "Mill" in notes
    assert "3 of 3 essential needs hang on one supplier" in notes


def test_networks_without_country_or_flow_have_a_diagnosis():
    bare = vc.diagnose(network_of(LINKS, essential_rule="all"))
    assert bare.country_concentration is None
    assert list(bare.table.columns)[:3] == ["firm", "sector", "index"]
    assert None not in bare.sections
    idle = vc.diagnose(network_of([("a", "b", 0.0)], essential_rule="all"))
    assert np.isfinite(idle.table["index"]).all()
    assert idle.notes


def test_model_and_threads_are_passed_on(network):
    model = vc.Cascade(tolerance=1e-4, market=None, stop="total")
    whole = vc.diagnose(network, model=model, threads=1)
    assert whole.risk.table.equals(vc.systemic_risk(network, model=model).table)
    assert (whole.parameters["tolerance"], whole.parameters["stop"], whole.parameters["top"]) == (1e-4, "total", 20)


def test_progress_reaches_the_end(network):
    told: list[tuple[int, int]] = []
    vc.diagnose(network, progress=lambda *a: told.append(a))
    assert told[-1] == (4, 4)


@pytest.mark.parametrize("top", [0, -1, 1.5, True, "3", None])
def test_top_is_a_number_of_firms(network, top):
    with pytest.raises(ParameterError, match="is not a number of firms"):
        vc.diagnose(network, top=top)


def test_top_may_be_a_numpy_number(network):
    assert len(vc.diagnose(network, top=np.int64(2)).table) == 2


def test_the_only_source_of_several_products():
    links = [("s", "x", 1.0, "p"), ("s", "y", 1.0, "p"), ("s", "x", 1.0, "q"), ("x", "s", 1.0, "r")]
    why = vc.diagnose(network_of(links, essential_rule="all")).table.set_index("firm")["why"]
    assert why["s"].endswith("; only source of p for 2 buyers and of 1 more product")

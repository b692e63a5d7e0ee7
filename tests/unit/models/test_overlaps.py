"""Shocks that take the same from the same firm or link on the same days are refused, unless the scenario says more."""

from __future__ import annotations

import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ScenarioError
from valuechain.models.simulate import SimulationResult

LINKS = [("q", "b", 4.0), ("a", "q", 2.0), ("a", "b", 1.0), ("b", "c", 3.0)]


def network() -> vc.Network:
    firms = {"final_demand": {"c": 5.0}, "country": {"a": "DEU", "b": "POL", "c": "EST", "q": "DEU"}}
    return network_of(LINKS, firms=firms, essential_rule="all", flow_period="day", name="tiny")


def shock(*firms: str, **options) -> vc.Shock:
    return vc.Shock(where={"firms": list(firms)}, loss=0.5, **options)


def simulated(*shocks: vc.Shock, overlap: str = "refuse", model: object = None) -> SimulationResult:
    return vc.simulate(network(), vc.Scenario(shocks=shocks, overlap=overlap), model=model, days=20)


@pytest.mark.parametrize("model", [None, vc.Cascade()], ids=["inventory", "cascade"])
def test_windows_that_overlap_are_refused(model):
    shocks = (shock("a", "q", start=3, days=5), shock("b", start=0), shock("q", start=7, days=2), shock("b", start=9))
    with pytest.raises(ScenarioError) as error:
        simulated(*shocks, model=model)
    lines = str(error.value).splitlines()
    assert lines[0].startswith("shocks 1 and 3 overlap: both are losses of capacity of 'q' on day 7;")
    assert lines[1].startswith("shocks 2 and 4 overlap: both are losses of capacity of 'b' from day 9 on;")
    assert 'overlap = "combine"' in lines[0]
    assert len(lines) == 2
    assert simulated(*shocks, overlap="combine", model=model).total_loss > 0


@pytest.mark.parametrize(
    "shocks",
    [
        (shock("a", start=3, days=5), shock("a", start=8, days=5)),
        (shock("a", start=3, days=5), shock("b", start=3, days=5)),
        (shock("a", start=3, days=5, recovery="linear", recovery_days=9), shock("a", start=9, days=5)),
        (shock("a", start=3, days=5), vc.Shock(what="demand", where={"firms": ["a"]}, loss=0.5, start=3, days=5)),
    ],
    ids=["stages", "other firms", "recovery", "other kinds"],
)
def test_what_may_come_together(shocks):
    assert simulated(*shocks).total_loss > 0


def test_the_day_on_which_a_recovery_begins_still_has_the_whole_loss():
    with pytest.raises(ScenarioError, match="of capacity of 'a' on day 8"):
        simulated(shock("a", start=3, days=5, recovery="linear", recovery_days=9), shock("a", start=8, days=5))


def test_links_that_close_twice_are_named():
    closed = vc.Shock(what="link", where={"supplier_country": "DEU"}, start=1, days=4)
    again = vc.Shock(what="link", where={"buyer": "b"}, start=2, days=1)
    with pytest.raises(ScenarioError, match=r"of the link from '[aq]' to 'b' and 1 more on day 2"):
        simulated(closed, again)


def test_the_file_says_how_shocks_combine(tmp_path):
    file = tmp_path / "s.toml"
    text = '[[shock]]\nwhat = "capacity"\nwhere = { firms = "a" }\nloss = 0.5\n'
    file.write_text(text + text)
    with pytest.raises(ScenarioError, match=r"s\.toml: shocks 1 and 2 overlap"):
        vc.simulate(network(), vc.read_scenario(file))
    file.write_text('overlap = "combine"\n' + text + text)
    result = vc.simulate(network(), vc.read_scenario(file), days=2)
    assert result.firms["capacity"].sel(firm="a").to_numpy() == pytest.approx([3 * 0.25] * 2)
    file.write_text('overlap = "both"\n' + text)
    with pytest.raises(ScenarioError, match="overlap 'both' is not known; write 'refuse' or 'combine'"):
        vc.read_scenario(file)

"""Scenarios: what is refused, what files say, and whom selectors select."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ScenarioError, UnreadableFileError
from valuechain.scenario import lost_activity, selected_firms


@pytest.fixture
def network():
    firms = pd.DataFrame(
        {
            "firm": ["f3", "f1", "f4", "f2"],
            "sector": ["25", "25", "64", "29"],
            "country": ["DE", "PL", "DE", None],
            "region": ["DE21", "PL63", "DE2", None],
            "owner": ["g", None, None, "g"],
        }
    )
    links = pd.DataFrame(
        {"supplier": ["f3", "f1", "f4"], "buyer": ["f2", "f2", "f2"], "flow": 1.0, "product": ["bolt", "nut", "bolt"]}
    )
    members = pd.DataFrame({"firm": ["f1", "f3"], "cluster": ["metal", "metal"]})
    return vc.Network.from_tables(firms, links, members=members, name="tiny", essential_rule="all")


def chosen(network, where) -> list[str]:
    return network.firm_ids[selected_firms(network, where)].tolist()


# ---- selectors


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["f3", "f1", "f4", "f2"]),
        ({"firms": "f1"}, ["f1"]),
        ({"firms": ["f2", "f3"]}, ["f3", "f2"]),
        ({"country": "DEU"}, ["f3", "f4"]),
        ({"country": "de"}, ["f3", "f4"]),
        ({"country": ["DEU", "POL"]}, ["f3", "f1", "f4"]),
        ({"region": "DE2"}, ["f3", "f4"]),  # a prefix
        ({"region": "DE21"}, ["f3"]),
        ({"region": ["PL", "DE21"]}, ["f3", "f1"]),
        ({"sector": "25"}, ["f3", "f1"]),
        ({"sector": 25}, ["f3", "f1"]),
        ({"cluster": "metal"}, ["f3", "f1"]),
        ({"product": "bolt"}, ["f3", "f4"]),
        ({"owner": "g"}, ["f3", "f2"]),
        ({"country": "DEU", "sector": "25"}, ["f3"]),  # all of them: AND
        ({"owner": "g", "product": "bolt", "cluster": "metal"}, ["f3"]),
    ],
)
def test_selectors(network, where, expected):
    assert chosen(network, where) == expected


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"firms": ["f1", "f9"]}, "firm 'f9' is not in network 'tiny'; add it or drop it"),
        ({"country": "FRA"}, "where country: 'FRA' selects nothing in network 'tiny'"),
        ({"sector": "2"}, "where sector: '2' selects nothing"),  # no prefix but of regions
        ({"region": "PL36"}, "where region: 'PL36' selects nothing.*did you mean 'PL63'"),
        ({"cluster": "mteal"}, "did you mean 'metal'"),
        ({"product": "bolts"}, "did you mean 'bolt'"),
        ({"owner": ["g", "nobody"]}, "where owner: 'nobody' selects nothing"),
        ({"country": "POL", "sector": "64"}, "no firm of network 'tiny' has country = 'POL', sector = '64'; widen"),
        ({"route": "rhine"}, "where 'route' does not select firms"),
    ],
)
def test_selectors_that_select_nothing(network, where, message):
    with pytest.raises(ScenarioError, match=message):
        selected_firms(network, where)


@pytest.mark.parametrize(("key", "value"), [("country", "DEU"), ("region", "DE"), ("owner", "g")])
def test_columns_the_network_lacks(key, value):
    with pytest.raises(ScenarioError, match=f"have no column '{key}'; add it"):
        selected_firms(network_of([("a", "b", 1.0)]), {key: value})


def test_cluster_of_a_network_without_members():
    with pytest.raises(ScenarioError, match="where cluster: network 'network' has no table members; add it"):
        selected_firms(network_of([("a", "b", 1.0)]), {"cluster": "metal"})


# ---- lost activity


def lost(network, *shocks) -> tuple[dict[str, float], dict[str, float]]:
    down, up = lost_activity(network, vc.Scenario(shocks=shocks))
    ids = network.firm_ids
    return dict(zip(ids, down, strict=True)), dict(zip(ids, up, strict=True))


@pytest.mark.parametrize("what", ["capacity", "capital"])
def test_capacity_loses_supply_and_demand(network, what):
    down, up = lost(network, vc.Shock(what=what, where={"country": "DEU"}, loss=0.25))
    assert down == up == {"f3": 0.25, "f1": 0, "f4": 0.25, "f2": 0}


def test_demand_loses_demand_only(network):
    down, up = lost(network, vc.Shock(what="demand", where={"firms": "f2"}, loss=0.5))
    assert set(down.values()) == {0}
    assert up == {"f3": 0, "f1": 0, "f4": 0, "f2": 0.5}


def test_shocks_on_one_firm_are_independent(network):
    down, up = lost(
        network,
        vc.Shock(where={"sector": "25"}, loss=0.5),
        vc.Shock(where={"firms": "f3"}, loss=0.2),
        vc.Shock(what="demand", where={"firms": "f3"}, loss=0.5),
    )
    assert down == pytest.approx({"f3": 1 - 0.5 * 0.8, "f1": 0.5, "f4": 0, "f2": 0})
    assert up == pytest.approx({"f3": 1 - 0.5 * 0.8 * 0.5, "f1": 0.5, "f4": 0, "f2": 0})


@pytest.mark.parametrize(
    ("shock", "message"),
    [
        (vc.Shock(what="link", where={"route": "rhine"}), "shock 2: 'link' shocks need a model over time"),
        (vc.Shock(what="essential-input", where={"product": "bolt"}), "shock 2: 'essential-input' shocks need"),
        (vc.Shock(what="demand", loss=-0.2), "shock 2: a surge"),
        (vc.Shock(loss={"distribution": "beta", "a": 2, "b": 5}), "shock 2: loss is a distribution"),
    ],
)
def test_what_a_model_without_time_cannot_do(network, shock, message):
    with pytest.raises(ScenarioError, match=message):
        lost(network, vc.Shock(where={"firms": "f1"}), shock)


def test_all_that_a_model_without_time_cannot_do_is_said_at_once(network):
    shocks = [
        vc.Shock(where={"sector": ["25", "26", "27"], "country": "FRA"}),
        vc.Shock(what="link", where={"route": "rhine"}, loss={"distribution": "beta", "a": 2, "b": 5}),
        vc.Shock(what="demand", where={"firms": ["f9"], "owner": "gg"}, loss=-0.2),
    ]
    with pytest.raises(ScenarioError) as caught:
        lost_activity(network, vc.Scenario(shocks=shocks, ensemble={"runs": 3}, file="flood.toml"))
    lines = str(caught.value).splitlines()
    assert all(line.startswith("flood.toml: ") for line in lines)
    assert [line.removeprefix("flood.toml: ") for line in lines] == [
        "[ensemble] asks for many random runs, which need a model over time; take it out to run the cascade once",
        "shock 1: where sector: '26' selects nothing in network 'tiny'; values are '25', '29', '64'",
        "shock 1: where sector: '27' selects nothing in network 'tiny'; values are '25', '29', '64'",
        "shock 1: where country: 'FRA' selects nothing in network 'tiny'; values are 'DEU', 'POL'",
        "shock 2: 'link' shocks need a model over time; the cascade takes capacity, capital and demand shocks",
        "shock 2: loss is a distribution; a single run needs one number",
        "shock 3: a surge (loss -0.2) needs a model over time",
        "shock 3: where firms: firm 'f9' is not in network 'tiny'; add it or drop it",
        "shock 3: where owner: 'gg' selects nothing in network 'tiny'; values are 'g'",
    ]


def test_a_scenario_without_a_shock_is_refused(network):
    with pytest.raises(ScenarioError, match="there is no shock; add one"):
        lost_activity(network, vc.Scenario())


# ---- shocks

CAPITAL = {"what": "capital", "loss": 0.1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"what": "capicity"}, "what 'capicity' is not known; did you mean 'capacity'"),
        ({"what": "volcano"}, "write capacity, capital, demand, link or essential-input"),
        ({"where": {"contry": "DEU"}}, "where 'contry' does not select for capacity; did you mean 'country'"),
        ({"where": {"route": "rhine"}}, "where 'route' does not select for capacity"),
        ({"loss": 1.1}, "loss 1.1 is not a fraction"),
        ({"loss": -0.1}, "loss -0.1 is not a fraction"),
        ({"loss": math.nan}, "loss nan is not a fraction"),
        ({"loss": True}, "loss True is not a fraction"),
        ({"loss": "half"}, "loss 'half' is not a fraction"),
        ({"what": "demand", "loss": 1.5}, "loss 1.5 is not a fraction"),
        ({"what": "demand", "loss": -math.inf}, "loss -inf is not a fraction"),
        ({"loss": {"a": 2}}, "loss has no distribution"),
        ({"start": -1}, "start -1 is not a number of days"),
        ({"start": 1.5}, "start 1.5 is not a number of days"),
        ({"days": True}, "days True is not a number of days"),
        ({"recovery": "linaer"}, "recovery 'linaer' is not known; did you mean 'linear'"),
        ({"recovery_days": -1}, "recovery_days -1 is not a number of days"),
        ({"recovery_days": math.inf}, "recovery_days inf"),
        ({"recovery_days": "ten"}, "recovery_days 'ten'"),
        ({"recovery_days": True}, "recovery_days True"),
        ({"where": ["F17"]}, "where .'F17'. is not a table"),
        ({"rebuild_by": {"F": 1.0}}, "rebuild_by is for capital, not for capacity; write what = .capital. or leave"),
        ({**CAPITAL, "rebuild_by": {"F": 1.0}, "recovery": "linear"}, "rebuild_by and recovery 'linear' exclude"),
        ({**CAPITAL, "rebuild_by": {"F": 1.0}, "recovery_days": 0.5}, "recovery_days 0.5 is too short to rebuild"),
        (
            {**CAPITAL, "rebuild_by": {"F": 0.7, "K": 0.2}},
            "rebuild_by: the shares add up to 0.9; they must add up to 1",
        ),
        ({**CAPITAL, "rebuild_by": {"F": 1.5, "K": -0.5}}, "rebuild_by: 'K' has share -0.5, which is not a fraction"),
        ({**CAPITAL, "rebuild_by": {"F": math.nan}}, "rebuild_by: 'F' has share nan"),
        ({**CAPITAL, "rebuild_by": {"F": True}}, "rebuild_by: 'F' has share True"),
        ({**CAPITAL, "rebuild_by": {}}, "is no table of sectors and shares; write rebuild_by = . construction = 0.7"),
        ({**CAPITAL, "rebuild_by": "F"}, "rebuild_by 'F' is no table of sectors and shares"),
    ],
)
def test_shocks_no_model_could_use(given, message):
    with pytest.raises(ScenarioError, match=message):
        vc.Shock(**given)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ScenarioError) as caught:
        vc.Shock(what="volcano", loss=2, start=-1)
    assert len(str(caught.value).splitlines()) == 3


def test_a_surge_is_a_shock_and_links_have_routes():
    assert vc.Shock(what="demand", loss=-0.25).loss == -0.25
    assert vc.Shock(what="link", where={"route": "rhine", "mode": "road"}).where["route"] == "rhine"


def test_shocks_and_scenarios_cannot_be_changed():
    where = {"firms": ["f1"]}
    shock = vc.Shock(where=where)
    where["country"] = "DEU"
    assert dict(shock.where) == {"firms": ["f1"]}
    with pytest.raises(TypeError):
        shock.where["sector"] = "25"
    shocks = [shock]
    scenario = vc.Scenario(shocks=shocks)
    shocks.clear()
    assert scenario.shocks == (shock,)
    with pytest.raises(AttributeError):
        scenario.days = 3


@pytest.mark.parametrize("days", [0, -1, 1.5, True, "365"])
def test_horizons_that_are_none(days):
    with pytest.raises(ScenarioError, match=r"days .* is not a horizon"):
        vc.Scenario(days=days)


# ---- files


def written(tmp_path, text: str):
    file = tmp_path / "flood.toml"
    file.write_text(text, encoding="utf-8")
    return file


FLOOD = """
name = "Flood and surge"
days = 90
[[shock]]
what = "capacity"
where = { region = "DE2", sector = ["25", "29"] }
loss = 0.6
start = 10
days = 30
recovery = "linear"
recovery_days = 60
[[shock]]
what = "capital"
where = { region = "DE2" }
loss = 0.1
rebuild_by = { "41" = 0.7, 28 = 0.3 }
[[shock]]
what = "demand"
where = {}
loss = -0.25
[ensemble]
runs = 10
seed = 7
"""


def test_a_file_says_the_same_as_the_classes(tmp_path):
    scenario = vc.read_scenario(written(tmp_path, FLOOD))
    flood = vc.Shock(
        where={"region": "DE2", "sector": ["25", "29"]},
        loss=0.6,
        start=10,
        days=30,
        recovery="linear",
        recovery_days=60,
    )
    ruin = vc.Shock(what="capital", where={"region": "DE2"}, loss=0.1, rebuild_by={"41": 0.7, "28": 0.3})
    surge = vc.Shock(what="demand", loss=-0.25)
    assert scenario == vc.Scenario(
        shocks=[flood, ruin, surge], name="Flood and surge", days=90, ensemble={"runs": 10, "seed": 7}
    )


def test_name_defaults_to_the_file(tmp_path):
    scenario = vc.read_scenario(written(tmp_path, '[[shock]]\nwhat = "capacity"\nwhere = {firms = ["a"]}\nloss = 1\n'))
    assert (scenario.name, scenario.days, scenario.ensemble) == ("flood", 365, None)


@pytest.mark.parametrize("name", ["power_module_fire", "coast_flood_and_surge", "hard_winter_ensemble"])
def test_scenarios_of_the_examples(root, name):
    scenario = vc.read_scenario(root / "graphs" / "baltic_mobility" / "scenarios" / f"{name}.toml")
    network = vc.example("baltic_mobility")
    for shock in scenario.shocks:
        where = {k: v for k, v in shock.where.items() if k not in {"route", "mode"}}
        assert len(selected_firms(network, where)) > 0


GOOD = "[[shock]]\nwhat='capacity'\nwhere={}\nloss=1"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["there is no shock; add a table [[shock]]"]),
        ("shock = 3", ["shock is not a list of tables; write [[shock]]"]),
        ("[shock]\nloss = 1", ["shock is not a list of tables"]),
        (f"dayz = 3\n{GOOD}", ["key 'dayz' is not known; did you mean 'days'"]),
        ("[[shock]]\nwaht = 'capacity'", ["shock 1: key 'waht' is not known; did you mean 'what'"]),
        ("[[shock]]\nwaht = 'capacity'", ["shock 1: what is missing", "shock 1: where is missing; add it"]),
        ("[[shock]]\nwhat='capacity'\nwhere='DEU'\nloss=1", ["shock 1: where is not a table"]),
        (f"days = 0\n{GOOD}7", ["shock 1: loss 17 is not a fraction", "days 0 is not a horizon"]),
        (f"{GOOD}\n[[shock]]\nwhat='x'\nwhere={{}}\nloss=1", ["shock 2: what 'x' is not known"]),
        ("name = 'a", ["Expected", "see docs/scenarios.md"]),
        (f"name = 3\n{GOOD}", ["name 3 is not text"]),
        (f"ensemble = 3\n{GOOD}", ["ensemble 3 is not a table; write [ensemble]"]),
    ],
)  # fmt: skip
def test_faults_of_files_say_where(tmp_path, text, parts):
    file = written(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        vc.read_scenario(file)
    assert all(line.startswith(f"{file}: ") for line in str(caught.value).splitlines())
    for part in parts:
        assert part in str(caught.value)


def test_files_that_are_not_there_or_not_text(tmp_path):
    with pytest.raises(UnreadableFileError, match="No such file"):
        vc.read_scenario(tmp_path / "none.toml")
    with pytest.raises(UnreadableFileError, match="directory"):
        vc.read_scenario(tmp_path)
    file = tmp_path / "latin.toml"
    file.write_bytes('name = "Überschwemmung"'.encode("latin-1"))
    with pytest.raises(ScenarioError, match="UTF-8"):
        vc.read_scenario(file)


def test_a_file_with_the_mark_that_windows_editors_put_first(tmp_path):
    file = tmp_path / "flood.toml"
    file.write_text(FLOOD, encoding="utf-8-sig")
    assert vc.read_scenario(file).name == "Flood and surge"

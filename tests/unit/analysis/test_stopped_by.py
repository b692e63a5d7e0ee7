"""What stops with whom, and whom a firm hangs on, by hand; and what is said when they cannot be found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import DefaultWarning, ParameterError, UnknownNameError

# zed needs steel (n or s) and chips (c alone); n gets ore from m, s from m or k; a and b keep each other going with m.
LINKS = [
    ("n", "zed", 3.0, "steel"),
    ("s", "zed", 1.0, "steel"),
    ("c", "zed", 1.0, "chip"),
    ("m", "n", 1.0, "ore"),
    ("m", "s", 1.0, "ore"),
    ("k", "s", 2.0, "ore"),
    ("b", "a", 1.0, "oil"),
    ("m", "a", 1.0, "oil"),
    ("a", "b", 1.0, "gas"),
]
OUTPUT = {"n": 3.0, "s": 1.0, "c": 2.0, "m": 2.0, "k": 2.0, "zed": 10.0, "a": 20.0, "b": 5.0}


def chain() -> vc.Network:
    staff = {"n": 30.0, "zed": 100.0}
    base = network_of(LINKS, firms={"output": OUTPUT, "employees": staff}, essential_rule="all")
    members = pd.DataFrame({"firm": ["zed", "s", "zed"], "cluster": ["north", "north", "cars"]}, dtype="str")
    clusters = pd.DataFrame({"cluster": pd.Series(["north", "cars"], dtype="str")})
    country = {"m": "SWE", "k": "SWE", "zed": "DEU"}
    firms = base.firms.assign(country=pd.Series([country.get(f) for f in base.firms["firm"]], dtype="str"))
    return vc.Network({**base.tables, "firms": firms, "members": members, "clusters": clusters}, dict(base.metadata))


def test_what_stops_by_hand():
    result = vc.stopped_by(chain(), ["m", "k"])
    assert result.table["firm"].tolist() == ["zed", "n", "s"]  # most value first
    table = result.table.set_index("firm")
    assert table.loc["zed"].tolist() == [10.0, 100.0, 2.0, "steel", "n; s", 1, "", "cars; north"]
    assert table.loc["s"].drop("employees").tolist() == [1.0, 1.0, "ore", "k; m", 1, "steel", "north"]
    assert np.isnan(table.loc["s", "employees"])  # not known is not zero
    assert (result.stops, result.value_stopped, result.employees_stopped) == (3, 14.0, 130.0)
    assert (result.members_stopped, result.products) == (2, "ore; steel")
    assert result.notes[0] == "3 other firms stop, worth 14 currency per year, the last in sweep 2."
    assert vc.stopped_by(chain(), "SWE", by="country").table.equals(result.table)


def test_a_loop_that_lost_its_outside_source_has_no_sweep():
    running = vc.stopped_by(chain(), "m")
    assert running.table["firm"].tolist() == ["n"]  # a and b keep each other going
    built = vc.stopped_by(chain(), "m", semantics="ground-up")
    table = built.table.set_index("firm")
    assert sorted(table.index) == ["a", "b", "n"]
    assert np.isnan(table.loc["a", "sweep"])
    assert table.loc["a", ["product", "suppliers"]].tolist() == ["oil", "b; m"]
    assert "2 firms of them belong to loops" in built.notes[1]
    assert vc.hangs_on(chain(), "b", semantics="ground-up").table["firm"].tolist() == ["m", "a"]
    assert vc.hangs_on(chain(), "b", semantics="ground-up").table["sweep"].isna().tolist() == [True, False]
    assert vc.hangs_on(chain(), "b").table["firm"].tolist() == ["a"]


def test_nobody_stops():
    result = vc.stopped_by(chain(), "zed")
    assert (result.stops, len(result.table), result.employees_stopped) == (0, 0, None)
    assert result.notes[0] == "No other firm stops: every essential need that was met is met still."


def test_whom_a_firm_hangs_on_by_hand():
    result = vc.hangs_on(chain(), "zed", min_share=0.5)  # n has three quarters of the steel, m is all of n's ore
    assert result.table["firm"].tolist() == ["m", "c", "n"]
    assert result.table["stops"].tolist() == [2, 1, 1]  # a goes on with half of its oil, s with two thirds of its ore
    assert result.table["sweep"].tolist() == [2, 1, 1]
    assert result.table["product"].tolist() == ["steel", "chip", "steel"]
    assert (result.points, result.direct, result.derivable) == (3, 2, None)
    by_country = vc.hangs_on(chain(), "zed", by="country")
    assert by_country.table.to_numpy().tolist() == [["SWE", 3, 14.0, 2.0, "steel"]]
    assert by_country.table.columns[0] == "group"


def test_a_firm_that_cannot_be_built_hangs_on_nobody_more():
    loop = network_of([("a", "b", 1.0, "x"), ("b", "a", 1.0, "y")], essential_rule="all")
    result = vc.hangs_on(loop, "a", semantics="ground-up")
    assert (result.points, result.derivable) == (0, False)
    assert "cannot be built from scratch" in result.notes[0]
    failed = vc.stopped_by(loop, "a", semantics="ground-up")
    assert failed.stops == 0
    assert "1 failed firm cannot be built from scratch anyway" in failed.notes[-2]


# ---- what is wrong is said


@pytest.mark.parametrize(
    ("failed", "options", "kind", "words"),
    [
        ("Zed", {}, UnknownNameError, "firm 'Zed' is not in network 'network'; did you mean 'zed'?"),
        (["zed", "xx", "yy"], {}, UnknownNameError, "firm 'xx' is not in network"),
        ("swe", {"by": "country"}, UnknownNameError, "'swe' is no country of network 'network'; did you mean 'SWE'?"),
        ("qqq", {"by": "country"}, UnknownNameError, "there are 'DEU', 'SWE'"),
        ([], {}, ParameterError, "nothing was given to fail; name a firm or group"),
        (7, {}, ParameterError, "7 is no name of a firm or group"),
        ([7], {}, ParameterError, "7 is no name of a firm or group"),
        ({"zed": 1.0}, {}, ParameterError, "is no name of a firm or group; write one as text, or a list"),
        ("zed", {"semantics": "built"}, ParameterError, "semantics 'built' is not known"),
        ("zed", {"min_share": 2}, ParameterError, "min_share 2 is not a fraction"),
    ],
)
def test_what_cannot_fail_is_named(failed, options, kind, words):
    with pytest.raises(kind) as caught:
        vc.stopped_by(chain(), failed, **options)
    assert words in str(caught.value)


def test_whom_an_unknown_firm_hangs_on():
    with pytest.raises(UnknownNameError, match="did you mean 'zed'"):
        vc.hangs_on(chain(), "ZED")
    with pytest.raises(ParameterError, match="firm 3 is not a name"):
        vc.hangs_on(chain(), 3)
    with pytest.raises(UnknownNameError, match="has no column 'onwer'"):
        vc.hangs_on(chain(), "zed", by="onwer")


@pytest.mark.parametrize("analysis", [lambda n: vc.stopped_by(n, "a"), lambda n: vc.hangs_on(n, "b")])
def test_what_is_assumed_is_said(analysis):
    silent = network_of([("a", "b", 1.0)])
    with pytest.warns(DefaultWarning, match="does not say which inputs are essential"):
        result = analysis(silent)
    assert result.parameters["essential"] == "all inputs essential (default)"
    assert any("1 of 1 links name no product" in note for note in result.notes)

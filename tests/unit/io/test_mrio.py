"""Input-output tables: numbers computed from the network equal those of pymrio; labels count, never positions."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pymrio = pytest.importorskip("pymrio")

import valuechain as vc  # noqa: E402
from valuechain.errors import DataWarning, InvalidDataError, MissingExtraError, UnreadableFileError  # noqa: E402
from valuechain.io.mrio import from_pymrio, to_pymrio  # noqa: E402
from valuechain.network import Network  # noqa: E402


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """An input-output table has self loops, of which the checks warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        yield


def shuffled(frame: pd.DataFrame, seed: int, *, columns: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = frame.iloc[rng.permutation(len(frame))]
    return frame.iloc[:, rng.permutation(frame.shape[1])] if columns else frame


def small(**changes: pd.DataFrame) -> pymrio.IOSystem:
    index = pd.MultiIndex.from_tuples([("LV", "food"), ("EL", "food"), ("ROW", "food")], names=["region", "sector"])
    tables = {
        "Z": pd.DataFrame([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0], [5.0, 0.0, 6.0]], index=index, columns=index),
        "Y": pd.DataFrame({("LV", "c"): [1.0, -2.0, 3.0]}, index=index),
        "unit": pd.DataFrame({"unit": ["M.EUR"] * 3}, index=index),
    }
    return pymrio.IOSystem(**(tables | changes))


def test_leontief_numbers_equal_those_of_pymrio() -> None:
    system = pymrio.load_test()
    net = from_pymrio(system)
    system.calc_all()
    index = [f"{region}.{sector}" for region, sector in system.Z.index]
    order = net.positions(index)
    output = net.firms["output"].to_numpy()
    coefficients = net.matrix.toarray() / output
    inverse = np.linalg.inv(np.eye(net.n_firms) - coefficients)
    np.testing.assert_allclose(output[order], system.x["indout"].to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(coefficients[np.ix_(order, order)], system.A.to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(inverse[np.ix_(order, order)], system.L.to_numpy(), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(inverse.sum(axis=0)[order], system.L.sum(axis=0).to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(net.firms["final_demand"].to_numpy()[order], system.Y.sum(axis=1), rtol=1e-9)


def test_labels_count_and_not_positions() -> None:
    system = pymrio.load_test()
    system.calc_all()
    mixed = pymrio.IOSystem(
        Z=shuffled(system.Z, 1, columns=True),
        Y=shuffled(system.Y, 2, columns=True),
        x=shuffled(system.x, 3, columns=False),
        unit=system.unit,
    )
    assert list(mixed.Z.index) != list(mixed.Z.columns)
    one, other = from_pymrio(system), from_pymrio(mixed)
    order = other.positions(one.firm_ids)
    np.testing.assert_array_equal(one.matrix.toarray(), other.matrix.toarray()[np.ix_(order, order)])
    for column in ("output", "final_demand"):
        np.testing.assert_allclose(one.firms[column], other.firms[column].to_numpy()[order], rtol=1e-12)


def test_suppliers_stand_in_rows() -> None:
    net = from_pymrio(small())
    links = {(s, b): f for s, b, f in net.links[["supplier", "buyer", "flow"]].itertuples(index=False)}
    assert links["EL.food", "LV.food"] == 3.0
    assert links["LV.food", "EL.food"] == 1.0
    assert len(links) == 5


def test_what_becomes_of_labels_and_units() -> None:
    net = from_pymrio(small(), name="three")
    assert net.firms["country"].tolist()[:2] == ["LVA", "GRC"]
    assert net.firms["country"].isna().tolist() == [False, False, True]
    assert net.firms["region"].tolist() == ["LV", "EL", "ROW"]
    assert set(net.firms["kind"]) == {"industry"}
    assert net.firms["output"].tolist() == [4.0, 1.0, 14.0]
    assert (net.name, net.currency) == ("three", "M.EUR")
    assert "final_demand" not in from_pymrio(small(), final_demand=False).firms


def test_rest_of_africa_is_not_wallis_and_futuna() -> None:
    regions = ["DE", "WF", "WA"]
    index = pd.MultiIndex.from_tuples([(r, "food") for r in regions])
    flows = pd.DataFrame(np.ones((3, 3)), index=index, columns=index)
    net = from_pymrio(pymrio.IOSystem(Z=flows))
    assert net.firms["country"].isna().tolist() == [False, True, True]


def test_different_units_warn() -> None:
    unit = small().unit.assign(unit=["EUR", "t", "EUR"])
    with pytest.warns(DataWarning, match="industries have different units"):
        net = from_pymrio(small(unit=unit))
    assert "currency" not in net.metadata


@pytest.mark.parametrize(
    ("value", "words"),
    [(-1.0, r"LV.food -> EL.food '-1' is negative"), (np.nan, r"LV.food -> EL.food 'nan' is not a number")],
)
def test_bad_flows_are_named(value: float, words: str) -> None:
    flows = small().Z
    flows.iloc[0, 1] = value
    with pytest.raises(InvalidDataError, match=words):
        from_pymrio(small(Z=flows))


def test_labels_that_do_not_match_are_named() -> None:
    flows = small().Z.rename(columns={"EL": "GR"}, level=0)
    with pytest.raises(InvalidDataError, match=r"rows and columns of Z differ \(EL.food, GR.food\)"):
        from_pymrio(small(Z=flows))
    with pytest.raises(InvalidDataError, match=r"Y lacks rows of Z \(ROW.food\)"):
        from_pymrio(small(Y=small().Y.iloc[:2]))


def test_system_without_flows() -> None:
    with pytest.raises(InvalidDataError, match="has no flows"):
        from_pymrio(pymrio.IOSystem())


def test_back_to_pymrio() -> None:
    system = pymrio.load_test()
    system.calc_all()
    back = to_pymrio(from_pymrio(system))
    pd.testing.assert_frame_equal(back.Z, system.Z, check_names=False)
    back.calc_all()
    np.testing.assert_allclose(back.L, system.L, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(back.Y.sum(axis=1), system.Y.sum(axis=1), rtol=1e-9)
    assert set(back.unit["unit"]) == {"Mill USD"}


def industries(**columns: list[object]) -> Network:
    firms = pd.DataFrame(
        {
            "firm": ["b", "a", "c"],
            "sector": ["x", "x", "y"],
            "country": ["LVA", "LVA", "DEU"],
            "kind": ["industry"] * 3,
            "final_demand": [1.0, 2.0, 4.0],
        }
        | columns
    )
    links = pd.DataFrame({"supplier": ["c", "a", "b"], "buyer": ["a", "c", "c"], "flow": [3.0, 5.0, 7.0]})
    return Network.from_tables(firms, links)


def test_firms_of_one_country_and_sector_are_added_up() -> None:
    system = to_pymrio(industries())
    assert list(system.Z.index) == [("LVA", "x"), ("DEU", "y")]
    assert system.Z.loc[("LVA", "x"), ("DEU", "y")] == 12.0
    assert system.Z.loc[("DEU", "y"), ("LVA", "x")] == 3.0
    assert system.Y.sum(axis=1).tolist() == [3.0, 4.0]


def test_final_demand_is_output_less_sales_where_it_is_missing() -> None:
    system = to_pymrio(industries(final_demand=[None, 2.0, 4.0], output=[9.0, 7.0, 7.0]))
    assert system.Y.sum(axis=1).tolist() == [4.0, 4.0]
    assert system.x["indout"].tolist() == [16.0, 7.0]


def test_firms_that_are_no_industries_are_left_out_with_a_warning() -> None:
    with pytest.warns(DataWarning, match="1 firms that are no industries"):
        system = to_pymrio(industries(kind=["industry", "firm", "industry"]))
    assert system.Z.to_numpy().sum() == 7.0


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"kind": ["firm"] * 3}, "names no industry"),
        ({"country": ["LVA", None, "DEU"]}, "firm 'a' has no country and no region"),
        ({"final_demand": [1.0, None, 2.0]}, "final_demand 'a' is not known"),
    ],
)
def test_what_pymrio_cannot_hold(columns: dict[str, list[object]], words: str) -> None:
    with pytest.raises(InvalidDataError, match=words):
        to_pymrio(industries(**columns))


def test_a_folder_that_pymrio_saved_is_told_what_to_do_and_the_line_works(tmp_path: Path) -> None:
    saved = tmp_path / "it's saved"
    small().save_all(saved)
    with pytest.raises(UnreadableFileError, match="saved by pymrio") as caught:
        vc.read(saved)
    load = re.search(r"pymrio\.load_all\((.*?)\)\)?, 'my_table'", str(caught.value))
    assert load is not None
    assert from_pymrio(pymrio.load_all(ast.literal_eval(load[1]))).n_firms == len(small().Z)
    vc.write(from_pymrio(small(), name="three"), saved, force=True)
    assert vc.read(saved).name == "three"


def test_without_pymrio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymrio", None)
    with pytest.raises(MissingExtraError, match=r'pip install "valuechain\[pymrio\]"'):
        to_pymrio(industries())

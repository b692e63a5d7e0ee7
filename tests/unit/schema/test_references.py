import pandas as pd
import pytest

from valuechain.errors import closest
from valuechain.schema import RawTable, check_tables
from valuechain.schema.lookup import positions_in


def check(**tables: dict[str, list[object]]) -> tuple[list[str], list[str]]:
    base: dict[str, dict[str, list[object]]] = {
        "firms": {"firm": ["a", "b"], "sector": ["x", "y"]},
        "links": {"supplier": ["a"], "buyer": ["b"], "flow": [1.0]},
    }
    raw = {name: RawTable(f"{name}.csv", pd.DataFrame(columns)) for name, columns in {**base, **tables}.items()}
    checked = check_tables(raw)
    return [str(fault) for fault in checked.faults], checked.notes


def test_positions() -> None:
    known = pd.Series(["c", "a", "b"])
    assert positions_in(pd.Series(["a", None, "x", "c"]), known).tolist() == [1, -1, -1, 0]


@pytest.mark.parametrize(
    ("tables", "note"),
    [
        (
            {"links": {"supplier": ["a", "a"], "buyer": ["b", "a"], "flow": [1.0, 1.0]}},
            "links.csv: row 3: 1 link from a firm to itself kept; mend the buyer if not meant",
        ),
        ({"firms": {"firm": ["a", "b", "c"], "sector": ["x", "y", "z"]}}, "1 firm has no links: 'c'"),
        (
            {"firms": {"firm": ["a", "b"], "sector": ["x", "y"], "output": [0.5, None]}},
            "1 firm sells more than the output given: 'a'; check that flows and outputs have one unit",
        ),
        (
            {"members": {"firm": ["a"], "cluster": ["q"]}, "clusters": {"cluster": ["p"]}},
            "'q' not in clusters; the memberships are kept without a name",
        ),
        (
            {"firms": {"firm": ["a", "b"], "sector": ["x", "y"], "name": ["Mill", "MILL"]}},
            "firms.csv: rows 2, 3: several firms have the name 'Mill', 'MILL'; if they are one firm, give it one id",
        ),
        (
            {"essential": {"input": ["x", "wood"], "buyer_sector": ["y", "yy"], "class": [2, 2]}},
            "essential.csv: row 3: input 'wood' is no product or sector of this network, so it changes nothing",
        ),
        (
            {"essential": {"input": ["x", "x"], "buyer_sector": ["y", "yy"], "class": [2, 2]}},
            "essential.csv: row 3: buyer_sector 'yy' is no sector of this network, so it changes nothing",
        ),
        ({"firms": {"firm": ["a", "b"], "sector": ["16. Okt", "24.10"]}}, "firms.csv: sector '16. Okt' is a date"),
        (
            {"firms": {"firm": ["a", "b"], "sector": ["24.1", "24.10"]}},
            "sectors '24.1' and '24.10' are taken as different",
        ),
        ({"members": {"firm": ["a", "a"], "cluster": ["q", "q"]}}, "1 repeated membership dropped"),
    ],
)
def test_what_is_only_odd_is_noted(tables: dict[str, dict[str, list[object]]], note: str) -> None:
    faults, notes = check(**tables)
    assert faults == []
    assert [n for n in notes if note in n]


def test_candidates_may_have_needs() -> None:
    faults, _ = check(
        candidates={"firm": ["new"], "product": ["p"], "country": ["LV"]},
        needs={"firm": ["new", "a", "no"], "product": ["p"] * 3, "quantity": [1, 2, 3], "unit": ["t"] * 3},
    )
    assert faults == ["needs.csv row 4: firm 'no' is not in firms; add it or drop the row"]


def test_capacity_equal_to_output_is_right() -> None:
    faults, _ = check(
        firms={"firm": ["a", "b"], "sector": ["x", "y"], "output": [10.0, 10.0], "capacity": [10.0 - 1e-12, None]}
    )
    assert faults == []


def test_close_ids_are_found_among_many() -> None:
    many = [f"F{k:07d}" for k in range(100_000)]
    assert len(closest("F000123", many)) == 3
    assert closest("F0X00123", many)[0].startswith("F0")
    assert closest("f0000123 ", many) == ["F0000123"]
    assert closest("nothing like it", many) == []
    assert closest("x" * 100_000, many) == []


def test_a_name_where_an_id_is_meant() -> None:
    firms = {"firm": ["F1", "F2", "F3"], "sector": ["x", "y", "z"], "name": ["Mežs", "Maize", "maize"]}
    links = {"supplier": ["mežs", "Maize"], "buyer": ["F2", "F1"], "flow": [1.0, 1.0]}
    faults, _ = check(firms=firms, links=links)
    assert faults == [
        "links.csv row 2: supplier 'mežs' is the name of a firm, not its id; write 'F1'",
        # Two firms have this name, so it cannot be said which is meant.
        "links.csv row 3: supplier 'Maize' is not in firms; add it or drop the link",
    ]

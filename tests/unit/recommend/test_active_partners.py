"""Partners that are active are no candidates: not in the table, on a card, in a set; they are listed apart."""

import warnings

import pandas as pd
import pytest

import valuechain as vc
from tests.unit.recommend.test_partners import asked, failing, mines
from tests.unit.recommend.test_together import STORM, net
from valuechain.errors import DataWarning, NoPartnerError
from valuechain.recommend.active_partners import active_keys, active_result
from valuechain.recommend.sheet import with_status

BOTH = {"shared_points": True}


def statuses(*rows):
    return pd.DataFrame(rows, columns=["candidate", "product", "buyer", "status"])


def test_an_active_partner_is_no_suggestion_and_listed_apart():
    known = statuses(("d", "q", "b", "active"), ("c", "q", "b", "agreed"))
    found = asked(mines(), scenario=failing("a"), filters={**BOTH, "active": active_keys(known)})
    assert found.table["candidate"].tolist() == ["c"]
    assert found.evidence.table["candidate"].tolist() == ["c"]
    assert found.removed.table.set_index("filter").loc["active already", "removed"] == 1
    row = found.active.table.iloc[0]
    assert row[["candidate", "product", "buyer"]].tolist() == ["d", "q", "b"]
    assert pd.isna(row["share_today"])
    assert "add supplier, buyer, product and flow to links" in row["remark"]
    # For another buyer it stays a candidate.
    costs = {"fixed_cost": 1.0, "unit_cost": 1.0}
    other = asked(mines(), buyer="z", scenario=failing("c"), filters={**BOTH, "active": active_keys(known)}, **costs)
    assert "d" in other.table["candidate"].tolist()
    with pytest.raises(NoPartnerError, match="1 \\(active already\\)"):
        asked(mines(), scenario=failing("a"), filters={"shared_points": False, "active": active_keys(known)})


def test_an_active_partner_that_would_be_no_suggestion_is_told_like_any_other_row():
    known = statuses(("d", "q", "b", "active"), ("z", "q", "b", "active"), ("a", "q", "b", "active"))
    found = asked(mines(), scenario=failing("a"), filters={**BOTH, "active": active_keys(known)})
    # d would be one; z makes no q; a has a link.
    assert found.active.table["suggestion"].tolist() == [True, False, False]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with_status(found.table, known, active=found.active.table)
    first, second = (str(w.message) for w in told)
    assert first.startswith("active and no suggestion any more: d for q of b; a for q of b. What")
    assert second.startswith("1 row of the workbook not among today's suggestions: z for q of b (active); a filter")


def test_what_a_link_says_of_an_active_partner_is_counted():
    table = active_result(mines(), [("a", "q", "b"), ("d", "q", "y"), ("nobody", "q", "b")]).table
    assert table["share_today"].tolist() == pytest.approx([1.0, 1.0, float("nan")], nan_ok=True)
    assert table["flow"].tolist() == pytest.approx([8.0, 4.0, float("nan")], nan_ok=True)
    assert "a link says 100.0 % of the need" in table["remark"].iloc[0]


def test_no_set_has_an_active_partner():
    active = active_keys(statuses(("d", "q", "b", "active")))
    found = vc.partners(net(), buyer="b", scenario=STORM, filters={"active": active})
    # c lives on the mine that the storm takes as well: nobody is left for q.
    assert not len(found.together.table)


def test_statuses_of_a_table_leave_out_who_is_active_and_say_so():
    table = asked(mines(), scenario=failing("a"), filters=BOTH).table
    with pytest.warns(DataWarning, match="active and no suggestion any more: d for q of b"):
        told = with_status(table, statuses(("d", "q", "b", "active"), ("c", "q", "b", "agreed")))
    assert told[["candidate", "status"]].to_numpy().tolist() == [["c", "agreed"]]

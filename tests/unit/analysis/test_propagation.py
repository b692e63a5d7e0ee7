"""How a cascade spread: who hit whom, in which sweep, through what."""

from __future__ import annotations

import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from valuechain.errors import ParameterError

ALONE = vc.Cascade(market=None, tolerance=1e-12)
COLUMNS = ["firm", "process", "sweep", "from_firm", "product", "loss_then", "contribution"]


def spread(network, shock, model=ALONE, **options):
    run = vc.cascade(network, shock, model=model)
    found = vc.propagation(run, **options)
    is_a_forest(found.table)
    losses = run.table.set_index("firm").loc[found.table["firm"]]
    for column in ("loss", "loss_down", "loss_up"):
        assert (losses[column].to_numpy() == found.table[column].to_numpy()).all()
    assert found.sweeps.table["index"].iloc[-1] == pytest.approx(run.index, abs=1e-12)
    assert found.sweeps.table["sweep"].tolist() == list(range(run.sweeps + 1))
    return found


def is_a_forest(table: pd.DataFrame) -> None:
    """Each firm a hit came from was hit by the same process in an earlier sweep, so there is no way round."""
    at = table.set_index(["process", "firm"])["sweep"]
    assert at.index.is_unique
    for row in table.itertuples():
        if isinstance(row.from_firm, str):
            assert at[row.process, row.from_firm] < row.sweep
            assert 0 < row.contribution <= row.loss_then + 1e-12
        else:
            assert pd.isna(row.product)


def rows(found, process: str) -> list[tuple[object, ...]]:
    table = found.table[found.table["process"] == process][["firm", "sweep", "from_firm", "product", "loss_then"]]
    return list(table.fillna({"from_firm": "-", "product": "-"}).itertuples(index=False, name=None))


def test_chain_both_ways():
    network = network_of(
        [("y", "m", 4.0, "ore"), ("m", "b", 2.0, "wire"), ("b", "a", 1.0, "coil")], essential_rule="all"
    )
    found = spread(network, {"m": 0.5})
    assert rows(found, "inputs missing") == [
        ("m", 0, "-", "-", 0.5),
        ("b", 1, "m", "wire", 0.5),
        ("a", 2, "b", "coil", 0.5),
    ]
    assert rows(found, "buyers missing") == [("m", 0, "-", "-", 0.5), ("y", 1, "m", "ore", 0.5)]
    assert (found.firms, found.failed) == (4, 1)
    totals = found.sweeps.table.set_index("sweep")
    assert totals["hit_inputs"].tolist() == [1, 1, 1, 0]
    assert totals["hit_buyers"].tolist() == [1, 1, 0, 0]
    assert totals["firms_so_far"].tolist() == [1, 3, 4, 4]
    assert totals.loc[0, "index"] == pytest.approx(0.5 * 2 / 7)


def test_the_largest_contribution_counts_and_equal_ones_go_by_id():
    links = [("z", "j", 3.0, "p"), ("y", "j", 2.0, "p"), ("x", "j", 3.0, "p")]
    network = network_of(links, order=["z", "j", "y", "x"], essential_rule="all")
    assert rows(spread(network, {"x": 0.5, "y": 1.0, "z": 0.5}), "inputs missing")[-1][:3] == ("j", 1, "y")
    assert rows(spread(network, {"x": 0.5, "z": 0.5}), "inputs missing")[-1][:3] == ("j", 1, "x")


def test_a_firm_is_hit_once_by_each_process_and_the_processes_do_not_mix():
    # j buys from f and sells to it: f's failure reaches it on both sides in one sweep.
    network = network_of([("f", "j", 1.0, "p"), ("j", "f", 1.0, "q"), ("j", "k", 1.0, "q")], essential_rule="all")
    found = spread(network, {"f": 1.0})
    assert rows(found, "inputs missing")[1] == ("j", 1, "f", "p", 1.0)
    assert ("j", 1, "f", "q", 0.5) in rows(found, "buyers missing")
    assert ("k", 2, "j", "q", 1.0) in rows(found, "inputs missing")


def test_first_hit_may_be_smaller_than_the_final_loss():
    # j loses a little at once and all of it later, by a longer way.
    links = [("f", "j", 1.0, "p"), ("g", "j", 9.0, "p"), ("f", "g", 1.0, "q")]
    found = spread(network_of(links, essential_rule="all"), {"f": 1.0})
    row = found.table[(found.table["firm"] == "j") & (found.table["process"] == "inputs missing")].iloc[0]
    assert (row["sweep"], row["from_firm"], row["loss_then"], row["loss_process"]) == (1, "f", pytest.approx(0.1), 1.0)


def test_threshold():
    links = [("a", "b", 1.0), ("z", "b", 9.0), ("b", "c", 1.0)]
    network = network_of(links, sector={"a": "s", "z": "s"}, essential_rule="all")
    assert spread(network, {"a": 0.5}).firms == 3
    assert spread(network, {"a": 0.5}, threshold=0.04).firms == 3
    assert spread(network, {"a": 0.5}, threshold=0.06).firms == 1
    assert spread(network, {"a": 0.5}, threshold=0).firms == 3


def test_where_only_small_losses_contributed_no_firm_is_named():
    # With costs below purchases a lack grows: j loses 0.08 by two suppliers that lost 0.04 each.
    columns = {"costs": {"j": 0.5, "a": 1.0, "b": 1.0, "k": 1.0}}
    links = [("b", "j", 0.5, "p"), ("a", "j", 0.5, "p"), ("j", "k", 1.0, "q")]
    model = vc.Cascade(market=None, tolerance=1e-12, costs="costs")
    found = spread(
        network_of(links, firms=columns, essential_rule="all"), {"a": 0.04, "b": 0.04}, model, threshold=0.05
    )
    assert rows(found, "inputs missing") == [
        ("j", 1, "-", "-", pytest.approx(0.08)),
        ("k", 2, "j", "q", pytest.approx(0.08)),
    ]


def test_rows_are_in_the_order_of_sweeps_then_losses():
    network = vc.synthetic(firms=80, seed=2)
    found = spread(network, {network.firm_ids[3]: 1.0}, vc.Cascade())
    assert found.table["sweep"].is_monotonic_increasing
    for _, part in found.table.groupby("sweep"):
        assert part["loss_process"].round(9).is_monotonic_decreasing


def test_no_shock_hits_no_firm():
    found = spread(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 0.0})
    assert (len(found.table), found.firms, found.failed) == (0, 0, 0)
    assert found.notes[0].startswith("0 firms are hit by the shock; it reaches 0 more")


@pytest.mark.parametrize("threshold", [-0.1, 1, True, "0.1", float("nan")])
def test_a_threshold_that_is_no_fraction_is_refused(threshold):
    run = vc.cascade(network_of([("a", "b", 1.0)], essential_rule="all"), {"a": 1.0})
    with pytest.raises(ParameterError, match="is not a fraction"):
        vc.propagation(run, threshold=threshold)


def test_what_is_no_cascade_is_refused():
    with pytest.raises(ParameterError, match="not the result of a cascade"):
        vc.propagation(None)

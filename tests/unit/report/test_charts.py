"""Charts of the report: axes with round ticks, stairs of probability at the right places, bands in order."""

import re

import numpy as np
import pandas as pd
import pytest

from valuechain.report.document import axes, charts
from valuechain.report.document.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Plot, axis, label
from valuechain.report.document.telling import Telling, catalogue


@pytest.fixture
def telling():
    return Telling(network=None, words=catalogue("en"))


@pytest.mark.parametrize(
    ("values", "low", "high", "ticks"),
    [
        ([0.244], 0, 0.25, 6),
        ([269.0], 0, 300, 4),
        ([1.0], 0, 1, 6),
        ([0.0], 0, 1, 6),
        ([-0.3, 0.9], -0.5, 1.0, 7),
        ([3e-7], 0, 3e-7, 4),
        ([float("nan")], 0, 1, 6),
    ],
)
def test_ticks_are_round_and_hold_all_values(values, low, high, ticks):
    found = axis(values, str, "title")
    assert (found.low, found.high) == pytest.approx((low, high))
    assert len(found.ticks) == ticks
    steps = np.diff(found.ticks)
    assert steps == pytest.approx(np.full(len(steps), steps[0]))


def test_a_tight_axis_ends_with_the_largest_value():
    found = axis([269.0], str, "day", is_tight=True)
    assert found.high == 269.0
    assert found.ticks == (0.0, 100.0, 200.0)


def test_corners_of_the_plot_are_where_they_belong():
    plot = Plot(x=axis([10.0], str, "x"), y=axis([1.0], str, "y"))
    (low, high) = plot.place(np.array([0.0, 10.0]), np.array([0.0, 1.0]))
    assert low == (LEFT, HEIGHT - BOTTOM)
    assert high == (WIDTH - RIGHT, TOP)


def test_texts_of_a_drawing_are_escaped():
    assert "<b>" not in label(0, 0, "<b>&")
    assert "&lt;b&gt;&amp;" in label(0, 0, "<b>&")
    assert "<i>" not in axes.drawing("", key="k", title="<i>", meaning="<i>")


def path_of(svg, kind):
    points = re.search(rf'class="{kind}" d="M([^"Z]+)', svg)[1].split("L")
    return [tuple(map(float, p.split())) for p in points]


def test_the_curve_of_likelihood_is_a_stair(telling):
    # Four runs lose 0.1, 0.2, 0.2 and 0.4: at least 0.1 always, 0.2 in three of four, 0.4 in one of four.
    table = pd.DataFrame(
        {
            "loss": [0.4, 0.2, 0.1],
            "lost_value": [40.0, 20.0, 10.0],
            "probability": [0.25, 0.75, 1.0],
            "low": [0.0, 0.5, 0.8],
            "high": [0.6, 0.9, 1.0],
        }
    )
    chart = charts.exceedance_curve(telling, table, key="k", name="n", currency="kEUR")
    across = (WIDTH - LEFT - RIGHT) / 0.4
    down = HEIGHT - TOP - BOTTOM
    wanted = [(0, 1), (0.1, 1), (0.1, 0.75), (0.2, 0.75), (0.2, 0.25), (0.4, 0.25)]
    found = [((x - LEFT) / across, 1 - (y - TOP) / down) for x, y in path_of(chart.svg, "line")]
    assert np.array(found) == pytest.approx(np.array(wanted), abs=1e-3)
    # Four runs say nothing on probabilities below a quarter.
    assert [[c.text for c in row] for row in chart.table.rows] == [["50%", "20%", "20 kEUR"]]


def test_bands_are_the_widest_first_and_the_worst_day_is_listed(telling):
    days = np.arange(50)
    mean = np.where(days == 17, 0.9, 0.1)
    table = pd.DataFrame({"day": days, "mean": mean, "q75": mean * 1.1, "q05": mean * 0.5, "q25": mean * 0.9})
    table["q95"], table["median"] = mean * 1.2, mean
    chart = charts.loss_over_time(telling, table, key="k", name="n")
    wide, narrow = (max(y for _, y in path_of(chart.svg, f"band{k}")) for k in (0, 1))
    assert wide > narrow
    assert [said for _, said in chart.legend] == ["mean of the runs", "median", "90% of the runs", "50% of the runs"]
    assert "17" in [row[0].text for row in chart.table.rows]
    assert chart.is_stacked
    assert "day 17: 90%" in chart.svg


def test_a_long_series_is_thinned_but_keeps_its_worst_day():
    kept = axes.thinned(20_000, (7_777,))
    assert len(kept) <= axes.POINTS + 1
    assert {0, 7_777, 19_999} <= set(kept)

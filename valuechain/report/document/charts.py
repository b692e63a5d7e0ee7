"""Charts of the report, drawn in Python: loss over time, how likely which loss is, concentration."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from valuechain.analysis.concentration import HIGH
from valuechain.network import Floats
from valuechain.report.document.axes import Plot, axis, drawing, label, thinned
from valuechain.report.document.blocks import Chart, Table
from valuechain.report.document.tables import Show, plain_table, ranked
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean, short

DAYS = 12
"""Days in the table beside a chart over time."""
LEVELS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Probabilities in the table beside an exceedance curve."""
BARS = 10
UNKNOWN = 1e-9
"""Share of flow of unknown source below which it is rounding."""
BAR_ROW = 36
BAR_WIDTH = 350
"""Width of a drawing of bars: narrower than others, for half a sheet of paper holds it and its names are to be read."""


def loss_over_time(telling: Telling, table: pd.DataFrame, *, key: str, name: str) -> Chart:
    """Return the loss by day: a line for a run, mean, median and bands of quantiles for an ensemble."""
    bands = _bands(table)
    main = "loss" if "loss" in table else "mean"
    values = table[main].to_numpy(dtype=np.float64)
    worst = int(np.argmax(values.round(9)))
    at = thinned(len(table), (worst,))
    day = table["day"].to_numpy(dtype=np.float64)[at]
    shown = table.iloc[at]
    middle = ["median"] if "median" in table else []
    columns = [main, *(low for low, _ in bands), *middle, *(high for _, high in reversed(bands))]
    plot = Plot(
        x=axis([float(d) for d in day], telling.number, telling.say("axis_day"), is_tight=True),
        y=axis([float(table[columns].to_numpy().max())], telling.share, telling.say("axis_loss")),
    )
    body = "".join(
        plot.area(day, _values(shown, low), _values(shown, high), f"band{k}") for k, (low, high) in enumerate(bands)
    )
    if main == "loss":
        body += plot.area(day, np.zeros(len(day)), _values(shown, main), "band0")
    if "median" in table:
        body += plot.line(day, _values(shown, "median"), "line dashed")
    body += plot.line(day, _values(shown, main), "line")
    title = telling.say("chart_loss", name=name)
    meaning = telling.say("chart_loss_meaning", day=telling.number(worst), share=telling.share(values[worst]))
    return Chart(
        title=title,
        svg=drawing(plot.frame() + body, key=key, title=title, meaning=meaning),
        table=_day_table(telling, table, columns, worst),
        legend=_legend(telling, table, bands, main),
    )


def _bands(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return pairs of columns of quantiles, the widest first."""
    found = {str(c): float(str(c)[1:]) / 100 for c in table.columns if str(c)[:1] == "q" and _is_number(str(c)[1:])}
    ordered = sorted(found, key=lambda c: found[c])
    pairs = [(ordered[k], ordered[-1 - k]) for k in range(len(ordered) // 2)]
    return pairs[:2]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _values(table: pd.DataFrame, column: str) -> Floats:
    return np.clip(table[column].to_numpy(dtype=np.float64), 0.0, None)


def _legend(
    telling: Telling, table: pd.DataFrame, bands: list[tuple[str, str]], main: str
) -> tuple[tuple[str, str], ...]:
    if main == "loss":
        return ()
    entries = [("line", telling.say("legend_mean"))]
    if "median" in table:
        entries.append(("line dashed", telling.say("legend_median")))
    for k, (low, high) in enumerate(bands):
        part = telling.share((float(high[1:]) - float(low[1:])) / 100)
        entries.append((f"band{k}", telling.say("legend_band", share=part)))
    return tuple(entries)


def _day_table(telling: Telling, table: pd.DataFrame, columns: list[str], worst: int) -> Table:
    even = np.unique(np.rint(np.linspace(0, len(table) - 1, min(DAYS - 1, len(table)))).astype(int)).tolist()
    rows = table.iloc[sorted({*even, worst})]
    units = dict.fromkeys(columns, "fraction")
    shows = [Show(name="day"), *(Show(name=c, heading=_quantile_word(telling, c)) for c in columns)]
    caption = telling.say("table_days", day=telling.number(worst))
    return ranked(telling, rows, shows, caption=caption, units=units, rows=len(rows))


def _quantile_word(telling: Telling, column: str) -> str:
    """Return the heading of a column of losses; of the usual quantiles the page has words."""
    is_known = column in telling.words["columns"]
    return column if is_known else f"{float(column[1:]):g}%"


def exceedance_curve(telling: Telling, table: pd.DataFrame, *, key: str, name: str, currency: str) -> Chart:
    """Return how likely a loss of at least so much is, with the interval that the number of runs gives."""
    rows = table.sort_values("loss", kind="stable").reset_index(drop=True)
    rows = rows.iloc[thinned(len(rows))]
    loss = rows["loss"].to_numpy(dtype=np.float64)
    plot = Plot(
        x=axis([float(loss.max())], telling.share, telling.say("axis_total"), is_tight=True),
        y=axis([1.0], telling.share, telling.say("axis_probability")),
    )
    # A loss of at least x is as likely as the next larger one that occurred: a stair, from 0 to the largest loss.
    start = min(0.0, float(loss.min()))
    steps = np.repeat(np.r_[start, loss], 2)[1:-1]
    stairs = {c: np.repeat(rows[c].to_numpy(dtype=np.float64), 2) for c in ("probability", "low", "high") if c in rows}
    body = plot.area(steps, stairs["low"], stairs["high"], "band0") if {"low", "high"} <= stairs.keys() else ""
    body += plot.line(steps, stairs["probability"], "line")
    title = telling.say("chart_exceedance", name=name)
    levels = [_at_level(table, level) for level in LEVELS]
    meaning = telling.say("chart_exceedance_meaning", share=telling.share(levels[2][0]))
    lines = [
        [telling.share(p), telling.share(at), telling.amount(value, currency) if np.isfinite(value) else ""]
        for p, (at, value) in zip(LEVELS, levels, strict=True)
        if p * _runs(table) >= 1
    ]
    headings = [telling.say(k) for k in ("column_probability", "column_loss", "column_value")]
    side = plain_table(telling.say("table_exceedance"), [(h, "number") for h in headings], lines)
    legend = (("line", telling.say("legend_runs")), ("band0", telling.say("legend_interval")))
    return Chart(
        title=title,
        svg=drawing(plot.frame() + body, key=key, title=title, meaning=meaning),
        table=side,
        legend=legend if body.count("<path") > 1 else (),
    )


def _runs(table: pd.DataFrame) -> float:
    """Return how many runs a table of exceedance rests on, at least: the rarest loss happened once or more."""
    return 1.0 / float(table["probability"].min())


def _at_level(table: pd.DataFrame, level: float) -> tuple[float, float]:
    """Return the largest loss, share and value, that is reached with at least a probability."""
    reached = table[table["probability"] >= level - 1e-12]
    if not len(reached):
        return float("nan"), float("nan")
    top = reached.sort_values("loss", kind="stable").iloc[-1]
    return float(top["loss"]), float(top["lost_value"]) if "lost_value" in table else float("nan")


def concentration_bars(telling: Telling, table: pd.DataFrame, *, key: str, title: str, role: str) -> Chart:
    """Return the most concentrated products: a bar each, and the threshold of concentration."""
    rows = table.head(BARS)
    is_open = float(table["unknown_share"].max() if len(table) else 0.0) >= UNKNOWN
    left, right = 2, BAR_WIDTH - 50
    parts = []
    for k, row in enumerate(rows.to_dict("records")):
        y = 8 + k * BAR_ROW
        length = (right - left) * float(np.clip(row["hhi"], 0, 1))
        said = short(telling.products.get(str(row["group"]), clean(row["group"])), 46)
        parts.append(label(left, y + 10, said))
        parts.append(f'<rect class="track" x="{left}" y="{y + 15}" width="{right - left}" height="11"/>')
        parts.append(f'<rect class="bar" x="{left}" y="{y + 15}" width="{length:.1f}" height="11"/>')
        parts.append(_range(left, right, y + 20.5, row))
        parts.append(label(right + 6, y + 25, telling.number(round(float(row["hhi"]), 3))))
    bottom = 8 + len(rows) * BAR_ROW
    mark = left + (right - left) * HIGH
    parts.append(f'<path class="limit" d="M{mark:.1f} 8V{bottom}"/>')
    parts.append(label(mark, bottom + 14, telling.say("threshold", value=telling.number(HIGH)), anchor="middle"))
    meaning = telling.say("chart_bars_meaning", int((table["hhi_low"] > HIGH).sum()))
    shows = [
        Show(name="group", role="product", heading="product"),
        Show(name="hhi"),
        Show(name="hhi_low"),
        Show(name="hhi_high"),
        Show(name="suppliers", heading=role),
        Show(name="largest", role="country" if role == "countries" else "firm", heading=f"largest_{role}"),
        Show(name="largest_share"),
    ]
    if not is_open:
        shows = [s for s in shows if s.name not in {"hhi_low", "hhi_high"}]
    side = ranked(
        telling, table, shows, caption=telling.say("table_bars"), units={"largest_share": "fraction"}, rows=BARS
    )
    svg = drawing(
        "".join(parts), key=key, title=title, meaning=meaning, height=bottom + 22, width=BAR_WIDTH, kind="bars"
    )
    legend = (("bar", telling.say("legend_hhi")), ("range", telling.say("legend_range"))) if is_open else ()
    return Chart(title=title, svg=svg, table=side, legend=legend)


def _range(left: float, right: float, y: float, row: Mapping[Hashable, Any]) -> str:
    """Return a line from the lowest to the highest index that what is not known leaves possible."""
    if float(row["unknown_share"]) < UNKNOWN:
        return ""
    low, high = (left + (right - left) * float(np.clip(row[f"hhi_{end}"], 0, 1)) for end in ("low", "high"))
    return f'<path class="range" d="M{low:.1f} {y - 3}v6M{low:.1f} {y}H{high:.1f}M{high:.1f} {y - 3}v6"/>'

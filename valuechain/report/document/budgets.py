"""What a budget buys: the curve of cost against loss, and the set of partners that was chosen as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuechain.network import Floats
from valuechain.report.document.axes import Plot, axis, drawing
from valuechain.report.document.blocks import Block, Chart, Figure, Figures, Heading, Text
from valuechain.report.document.fronts import MORE, Front, front_of
from valuechain.report.document.remarks import notes_of
from valuechain.report.document.tables import Show, of_result, ranked
from valuechain.report.document.telling import Telling
from valuechain.report.words import clean, short
from valuechain.results import Result

__all__ = ["budget_blocks", "set_sentence"]

ROWS = 20


def budget_blocks(telling: Telling, sets: Sequence[Result], fronts: Sequence[Result]) -> list[Block]:
    """Return the chosen sets and the curves, each with its table and notes."""
    blocks: list[Block] = []
    for result in sets:
        blocks += [Heading(text=short(clean(result.title), 120)), Text(sentences=(telling.say("set_intro"),))]
        blocks += _figures(telling, result)
        names = [str(c) for c in result.table.columns][:8]
        shows = [Show(name=n) for n in names]
        caption = telling.say("set_title")
        units = {"cost": telling.network.currency, **result.units}
        blocks += [
            ranked(telling, result.table, shows, caption=caption, units=units, rows=ROWS),
            notes_of(telling, result),
        ]
        for name in ("single_points", "new_suppliers"):
            part = getattr(result, name, None)
            if isinstance(part, Result) and len(part.table):
                blocks += [of_result(telling, part, rows=ROWS), notes_of(telling, part)]
    for k, result in enumerate(fronts, 1):
        front = front_of(result, telling.network.currency)
        if front is not None:
            blocks += [Text(sentences=(telling.say("front_intro"),)), _curve(telling, front, f"front{k}")]
            blocks.append(notes_of(telling, result))
    return blocks


def set_sentence(telling: Telling, result: Result) -> str:
    """Return in words what a chosen set is and does."""
    partners = int(result.table["candidate"].nunique())
    cost = getattr(result, "cost", None)
    is_known = cost is not None and _is_number(cost)
    said = telling.amount(float(cost or 0.0), telling.network.currency) if is_known else telling.say("not_known")
    before, after = (getattr(result, name, None) for name in ("loss", "loss_after"))
    if before is None or after is None or not _is_number(before) or not _is_number(after):
        return telling.say("verdict_set", partners, cost=said)
    words = {"before": telling.share(float(before)), "after": telling.share(float(after))}
    return telling.say("verdict_set_losses", partners, cost=said, **words)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.floating) and not isinstance(value, bool) and bool(np.isfinite(value))


def _figures(telling: Telling, result: Result) -> list[Block]:
    """Return loss before and after, and the cost, as far as the result knows them."""
    figures = []
    for name in ("loss", "loss_after"):
        value = getattr(result, name, None)
        if value is not None and _is_number(value):
            figures.append(Figure(label=telling.say(f"figure_{name}"), value=telling.share(float(value))))
    cost = getattr(result, "cost", None)
    if cost is not None and _is_number(cost):
        value, unit = telling.worth(float(cost), telling.network.currency)
        figures.append(Figure(label=telling.say("figure_cost"), value=value, unit=unit))
    return [Figures(figures=tuple(figures))] if figures else []


def _curve(telling: Telling, front: Front, key: str) -> Chart:
    """Return what loss remains for what is spent."""
    x, y = _numbers(front, "cost"), _numbers(front, "left")
    amount = telling.share if front.is_share else telling.number
    unit = telling.unit(front.units[1]) if not front.is_share else telling.say("axis_share")
    plot = Plot(
        x=axis(x.tolist(), telling.number, telling.say("axis_cost", unit=telling.unit(front.units[0]))),
        y=axis(y.tolist(), amount, f"{telling.say('axis_left')}, {unit}"),
    )
    title = telling.say("chart_front")
    meaning = telling.say("chart_front_meaning", loss=amount(float(y.min())) if len(y) else "")
    shows = [Show(name="cost"), Show(name="left", heading="loss_left"), *(Show(name=n) for n in MORE[:2])]
    units = {"cost": front.units[0], "left": front.units[1]}
    side = ranked(telling, front.table, shows, caption=telling.say("table_front"), units=units, rows=ROWS)
    body = plot.line(x, y, "line") + plot.dots(x, y, "dot") if len(x) else ""
    return Chart(title=title, svg=drawing(plot.frame() + body, key=key, title=title, meaning=meaning), table=side)


def _numbers(front: Front, column: str) -> Floats:
    return front.table[column].to_numpy(dtype=np.float64)

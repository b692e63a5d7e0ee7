"""The static picture: what is printed, and what readers without JavaScript see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats
from valuechain.report.payload import drawn_links, firm_names, radii
from valuechain.report.schemes import Scheme
from valuechain.report.selection import Selection
from valuechain.report.words import short

LINES = 400
"""Links in the static picture, heaviest first."""
CIRCLES = 2_500
"""Firms in the static picture, the most critical first."""
LABELS = 14
PADDING = 30.0


@dataclass(frozen=True, kw_only=True)
class Label:
    """A name beside a firm."""

    x: int
    y: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Shapes of the picture: one path for all lines, one of dots a colour and width, and names that do not overlap."""

    box: str
    lines: str
    dots: tuple[tuple[str, int, str], ...]
    labels: tuple[Label, ...]
    font_size: int
    links: int


def figure(selection: Selection, places: npt.NDArray[np.int64], scheme: Scheme) -> Figure:
    """Return the static picture of a page."""
    size, _ = selection.size
    radius = radii(size)
    low, high = places.min(axis=0, initial=0) - PADDING, places.max(axis=0, initial=0) + PADDING
    font_size = max(11, round(float(high[0] - low[0]) / 75))
    links = drawn_links(selection)[:LINES]
    lines = "".join(_line(places[s], places[b] - places[s]) for s, b, _ in links)
    drawn = importance_order(selection)[:CIRCLES]
    return Figure(
        box=f"{low[0]:.0f} {low[1]:.0f} {high[0] - low[0]:.0f} {high[1] - low[1]:.0f}",
        lines=lines,
        dots=_dots(drawn[np.argsort(-radius[drawn], kind="stable")], places, radius, scheme),
        labels=_labels(selection, places, radius, font_size, (float(low[0]), float(high[0]))),
        font_size=font_size,
        links=len(links),
    )


def _dots(
    drawn: npt.NDArray[np.int64], places: npt.NDArray[np.int64], radius: Floats, scheme: Scheme
) -> tuple[tuple[str, int, str], ...]:
    """Return colour, width and path of the dots, the widest first: a line of no length has a round end."""
    found: dict[tuple[str, int], list[str]] = {}
    for k in drawn:
        key = (scheme.palette[scheme.codes[k]], 2 * round(float(radius[k])))
        found.setdefault(key, []).append(f"M{places[k][0]} {places[k][1]}h0")
    ranked = sorted(found.items(), key=lambda item: -item[0][1])
    return tuple((colour, width, "".join(path)) for (colour, width), path in ranked)


def _line(start: npt.NDArray[np.int64], way: npt.NDArray[np.int64]) -> str:
    """Return a line of a path; a minus also parts two numbers."""
    return f"M{start[0]} {start[1]}l{way[0]} {way[1]}".replace(" -", "-")


def importance_order(selection: Selection) -> npt.NDArray[np.int64]:
    """Return the firms on the page, the most critical (or else the largest) first.

    A firm that sells nothing is a market: what hangs on its purchases is no failure of a supplier, so markets come last
    where risk ranks.
    """
    by_risk = not np.isnan(selection.index).all()
    measure = selection.index if by_risk else selection.size[0]
    steady = np.array([float(f"{v:.10g}") for v in np.nan_to_num(measure, nan=-1.0)])
    last = selection.sales <= 0 if by_risk else np.zeros(selection.n_firms, dtype=bool)
    return np.lexsort((np.arange(selection.n_firms), -steady, last)).astype(np.int64)


def first_listed(selection: Selection, count: int) -> list[int]:
    """Return the firms that the page lists before one is chosen: no market among them where suppliers are ranked."""
    order = importance_order(selection)
    if not np.isnan(selection.index).all() and (selection.sales > 0).any():
        order = order[selection.sales[order] > 0]
    return [int(k) for k in order[:count]]


def _labels(
    selection: Selection, places: npt.NDArray[np.int64], radius: Floats, font_size: int, sides: tuple[float, float]
) -> tuple[Label, ...]:
    """Return names of the most critical firms, leaving out those that would cover another."""
    names = firm_names(selection)
    taken: list[tuple[float, float, float, float]] = []
    labels: list[Label] = []
    for k in importance_order(selection)[: 4 * LABELS]:
        text = short(names[k], 26)
        half = 0.29 * font_size * len(text)
        x = float(np.clip(places[k][0], sides[0] + half, max(sides[1] - half, sides[0] + half)))
        y = float(places[k][1] + radius[k] + font_size)
        box = (x - half - 4, y - font_size, x + half + 4, y + 0.3 * font_size)
        if any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
            continue
        taken.append(box)
        labels.append(Label(x=round(x), y=round(y), text=text))
        if len(labels) == LABELS:
            break
    return tuple(labels)

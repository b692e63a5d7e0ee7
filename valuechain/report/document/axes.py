"""Axes and marks of the report's charts: SVG text whose words are escaped, without any style or script in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from valuechain.network import Floats

WIDTH, HEIGHT = 460, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 26, 44
"""Room around the plot, in units of the drawing; a phone shows a unit at about three quarters of a pixel."""

POINTS = 600
"""Points of a line: more than a sheet of paper can show."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A scale with round ticks: from ``low`` to ``high``, with ``text`` for each tick."""

    low: float
    high: float
    ticks: tuple[float, ...]
    text: Callable[[float], str]
    title: str


def axis(
    values: Sequence[float], text: Callable[[float], str], title: str, *, count: int = 5, is_tight: bool = False
) -> Axis:
    """Return an axis from 0 (or below, where values are) to a tick above the largest value, or to that value itself."""
    known = [v for v in values if math.isfinite(v)]
    low, high = min([0.0, *known]), max([0.0, *known])
    high = 1.0 if high == low else high
    step = _step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{k * step:.10g}") for k in range(first, last + 1))
    if is_tight and high > 0:
        ticks = tuple(t for t in ticks if t <= high)
    return Axis(low=ticks[0], high=high if is_tight and high > 0 else ticks[-1], ticks=ticks, text=text, title=title)


def _step(span: float, count: int) -> float:
    """Return the round step (1, 2, 2.5 or 5 times a power of ten) that divides a span into about ``count``."""
    size = 10.0 ** math.floor(math.log10(span / count))
    return float(next((m * size for m in (1, 2, 2.5, 5, 10) if span / (m * size) <= count), 10 * size))


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Two axes; places of values in the drawing, and the markup around them."""

    x: Axis
    y: Axis

    def place(self, x: Floats, y: Floats) -> list[tuple[float, float]]:
        """Return where points are in the drawing."""
        across = LEFT + (x - self.x.low) / (self.x.high - self.x.low) * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - (y - self.y.low) / (self.y.high - self.y.low) * (HEIGHT - TOP - BOTTOM)
        return [(float(a), float(b)) for a, b in zip(across, up, strict=True)]

    def line(self, x: Floats, y: Floats, kind: str) -> str:
        """Return a line through points."""
        return f'<path class="{kind}" d="{_path(self.place(x, y))}"/>'

    def area(self, x: Floats, low: Floats, high: Floats, kind: str) -> str:
        """Return the area between two lines."""
        there, back = self.place(x, high), self.place(x, low)[::-1]
        return f'<path class="{kind}" d="{_path([*there, *back])}Z"/>'

    def dots(self, x: Floats, y: Floats, kind: str) -> str:
        """Return a dot for each point."""
        return "".join(f'<circle class="{kind}" cx="{a:.1f}" cy="{b:.1f}" r="3.5"/>' for a, b in self.place(x, y))

    def frame(self) -> str:
        """Return the axes with their ticks and titles."""
        parts = []
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for value in self.y.ticks:
            _, y = self.place(np.array([self.x.low]), np.array([value]))[0]
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
            parts.append(label(LEFT - 6, y + 4, self.y.text(value), anchor="end"))
        for k, value in enumerate(self.x.ticks):
            x, _ = self.place(np.array([value]), np.array([self.y.low]))[0]
            # A tick at the edge has its text to the left of it.
            anchor = "end" if k and x > right - 16 else "middle"
            parts.append(f'<path class="tick" d="M{x:.1f} {bottom}v4"/>')
            parts.append(label(min(x, right), bottom + 17, self.x.text(value), anchor=anchor))
        parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
        parts.append(label(right, HEIGHT - 6, self.x.title, anchor="end", kind="name"))
        parts.append(label(2, 11, self.y.title, kind="name"))
        return "".join(parts)


def label(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "text") -> str:
    """Return a text of a drawing; whatever is in it is shown as typed."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def drawing(
    body: str, *, key: str, title: str, meaning: str, height: float = HEIGHT, width: float = WIDTH, kind: str = "plot"
) -> str:
    """Return a drawing with its title and meaning for screen readers; ``key`` tells its ids from those of others."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{key}-title {key}-meaning">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-meaning">{escape(meaning)}</desc>'
        f"{body}</svg>"
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def thinned(count: int, keep: Sequence[int] = ()) -> list[int]:
    """Return at most about ``POINTS`` places of a series, the first, the last and those to keep among them."""
    if count <= POINTS:
        return list(range(count))
    even = np.unique(np.rint(np.linspace(0, count - 1, POINTS)).astype(int)).tolist()
    return sorted({*even, *keep})

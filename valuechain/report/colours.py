"""Colours of the page: a sequential scale for risk, a set for categories. Both stay apart for colour-blind readers."""

from __future__ import annotations

import math
from collections.abc import Sequence

SEQUENTIAL = ("#fdf0cf", "#fbd08a", "#f5a55c", "#e67650", "#c84a55", "#98305f", "#63205c", "#30123f")
"""Light (little is lost) to dark (much is lost). Lightness falls all the way, so the order holds without hue."""

CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#5b4b8a")
"""Okabe and Ito's set (2008) with its black replaced by a violet, as black is the colour of text."""

UNKNOWN = "#c9ced6"
"""Not known, or in none of the categories that have a colour of their own."""

NO_LOSS = "#e4e8ed"
"""A firm that loses nothing, while losses are shown."""

DIFFERENCE = ("#01665e", "#f2f2ee", "#a8480f")
"""Ends and middle of the scale of differences."""

STEPS = 32
"""Number of steps of the sequential scale that pages use."""


def sequential(share: float) -> str:
    """Return the colour at a share 0..1 of the scale; shares outside count as its ends."""
    if math.isnan(share):
        return UNKNOWN
    place = min(max(share, 0.0), 1.0) * (len(SEQUENTIAL) - 1)
    low = min(int(place), len(SEQUENTIAL) - 2)
    part = place - low
    mixed = [a + (b - a) * part for a, b in zip(_rgb(SEQUENTIAL[low]), _rgb(SEQUENTIAL[low + 1]), strict=True)]
    return "#" + "".join(f"{round(c):02x}" for c in mixed)


def sequential_steps(count: int = STEPS) -> tuple[str, ...]:
    """Return the scale as a number of steps, lightest first."""
    return tuple(sequential(k / (count - 1)) for k in range(count))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0..1, as WCAG 2.1 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1..21, as WCAG 2.1 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _rgb(colour: str) -> Sequence[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def difference_steps(count: int = STEPS) -> tuple[str, ...]:
    """Return a scale from less (teal) over no difference (pale) to more (orange), safe for colour-blind readers."""
    low, middle, high = (_rgb(c) for c in DIFFERENCE)
    found = []
    for k in range(count):
        part = 2 * k / (count - 1) - 1
        end = high if part > 0 else low
        found.append("#" + "".join(f"{round(m + (e - m) * abs(part)):02x}" for m, e in zip(middle, end, strict=True)))
    return tuple(found)

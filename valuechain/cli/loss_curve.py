"""Loss over time as a line of text: how deep, how long, at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence

from valuechain.cli.output import wrapped
from valuechain.results import percent_text

STEPS = "▁▂▃▄▅▆▇█"
WIDTH = 73
"""Columns: five days each in a year."""


def curve_lines(loss: Sequence[float]) -> list[str]:
    r"""Return a curve of the largest loss in each stretch of days, and what its height and width mean.

    Parameters
    ----------
    loss
        Lost fraction of each day.

    Examples
    --------
    >>> print(*curve_lines([0.0, 0.2, 0.4, 0.1]), sep="\n")
    loss by day: ·▄█▂
    (one column a day, from day 0 to 3; · nothing is lost, the highest is 40.0%)
    """
    days = len(loss)
    stretch = math.ceil(days / WIDTH)
    worst = [max(loss[k : k + stretch]) for k in range(0, days, stretch)]
    high = max(worst)
    if high <= 0:
        return []
    bars = "".join("·" if v <= 0 else STEPS[max(math.ceil(v / high * len(STEPS)), 1) - 1] for v in worst)
    each = "one column a day" if stretch == 1 else f"one column is the worst of {stretch} days"
    meaning = f"({each}, from day 0 to {days - 1}; · nothing is lost, the highest is {percent_text(high)}%)"
    return [f"loss by day: {bars}", *wrapped([meaning])]

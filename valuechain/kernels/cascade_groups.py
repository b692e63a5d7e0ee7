"""Losses of many scenarios added up over groups of firms."""

from __future__ import annotations

import numba as nb

from valuechain.kernels.cascade_graph import Floats, Ints


@nb.njit(cache=True, nogil=True)
def add_up_losses(h_down: Floats, h_up: Floats, weights: Floats, start: Ints, group: Ints, lost: Floats) -> None:
    """Add what each scenario loses in each group of firms to ``lost``.

    Parameters
    ----------
    h_down, h_up
        What still works of each firm (0..1), shape (scenarios, firms).
    weights
        Weight of each firm, shape (firms,); fractions that add up to 1.
    start, group
        Groups of firm i are ``group[start[i]:start[i + 1]]``; shapes (firms + 1,) and (memberships,).
    lost
        Output, fractions of all weight: lost, lost downstream, lost upstream; shape (scenarios, groups, 3).
    """
    for s in range(h_down.shape[0]):
        for i in range(h_down.shape[1]):
            down, up = 1.0 - h_down[s, i], 1.0 - h_up[s, i]
            if (down == 0.0 and up == 0.0) or weights[i] == 0.0:
                continue
            for k in range(start[i], start[i + 1]):
                lost[s, group[k], 0] += weights[i] * max(down, up)
                lost[s, group[k], 1] += weights[i] * down
                lost[s, group[k], 2] += weights[i] * up

"""How far activities can come at most when some deliveries are gone: bounds from above, as sharp as time allows.

Activities that start above the greatest fixed point of a monotone map and are only ever lowered to its value stay above
it (Tarski 1955), so that every state on the way down is a bound. In a loop that keeps most of what it loses the way is
long; it may be left early.
"""

from __future__ import annotations

from typing import cast

import numba as nb

from valuechain.kernels.cascade_graph import Floats, Ints
from valuechain.kernels.sourcing import Sourcing, new_queue, put_buyers, supply, take

__all__ = ["without"]

compiled = cast("type", nb.njit)(cache=True, nogil=True)

PASSED_ON = 1e-6
"""Falls of an activity below this are not passed on."""


@compiled
def without(graph: Sourcing, gone: Ints, most: int, reach: Floats) -> None:
    """Lower bounds on activities, shape (scenarios, firms), to what is left when firms ``gone`` deliver nothing.

    ``reach`` has bounds that hold while nothing is gone; at most ``most`` activities are worked out in a scenario.
    """
    queue = new_queue(reach.shape[1])
    for s in range(reach.shape[0]):
        x = reach[s]
        for i in gone:
            if x[i] > 0.0:
                x[i] = 0.0
                put_buyers(graph, queue, i)
        work = 0
        while queue.state[1] > 0:
            j = take(queue)
            work += 1
            if work > most:
                continue
            level = x[j]
            for k in range(graph.slot_start[j], graph.slot_start[j + 1]):
                level = min(level, supply(graph, k, x))
            if level < x[j] - PASSED_ON:
                x[j] = level
                put_buyers(graph, queue, j)

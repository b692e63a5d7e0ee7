"""One scenario sweep by sweep, for explanations: the same sweeps in the same order as a run, so the same bits."""

from __future__ import annotations

import numba as nb

from valuechain.kernels.cascade import CHANGE_OVER
from valuechain.kernels.cascade_dense import Lanes, board, copy_lane, sweep_lanes
from valuechain.kernels.cascade_graph import Floats, Graph, Shocks
from valuechain.kernels.cascade_sparse import Front, copy_front, strike, sweep


@nb.njit(cache=True, nogil=True)
def begin(graph: Graph, front: Front, shocks: Shocks, works: Floats) -> None:
    """Strike the first scenario; write what works before the first sweep into ``works``, shape (2, n)."""
    strike(graph, front, shocks, 0)
    copy_front(front, works[0], works[1])


@nb.njit(cache=True, nogil=True)
def next_sweep(
    graph: Graph, shocks: Shocks, room: tuple[Front, Lanes], in_lanes: bool, works: Floats, left: Floats
) -> bool:
    """Do the next sweep of the first scenario; return whether it is in a lane now.

    Parameters
    ----------
    graph, shocks
        Network and scenario, see :class:`Graph` and :class:`Shocks`.
    room
        State of the scenario: in the front first, then in lane 0.
    in_lanes
        What the sweep before returned; False at first.
    works
        Output: what works after the sweep (0..1), row 0 downstream, row 1 upstream; shape (2, n).
    left
        Output: sales left in each market as this sweep counted them, currency per flow period; shape (markets,).
        Only markets whose firms had lost supply before are written; no market: nothing is.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.
    """
    front, lanes = room
    limit = CHANGE_OVER * (graph.supplier.shape[0] + graph.sale_buyer.shape[0])
    if not in_lanes and front.links[0] > limit:
        board(lanes, 0, 0, front, 0, 0.0)
        in_lanes = True
    if in_lanes:
        sweep_lanes(graph, lanes, shocks)
        copy_lane(lanes, 0, works[0], works[1])
        for market in range(left.shape[0]):
            left[market] = 1.0 / lanes.left[market, 0]
    else:
        sweep(graph, front)
        copy_front(front, works[0], works[1])
        for market in range(left.shape[0]):
            left[market] = front.market_left[market]
    return in_lanes

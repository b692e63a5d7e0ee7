"""Sweeps of the firm-level cascade (Diem et al. 2022), many scenarios side by side.

Lanes: LANES scenarios are computed together, so that one pass over the links serves all of them and the inner loop is
contiguous. A lane that has stopped is refilled with the next scenario, so that no sweep is spent on finished ones.
Each lane computes in the same order whatever its neighbours are: results are the same bits for any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

LANES = 16
"""Scenarios side by side: 16 doubles are two cache lines; the state of 100,000 firms still fits a large cache."""

GUARD = 1e-10
"""Published absolute guard: a market with no more sales left than this counts as 1 (so the index has a unit)."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Links(NamedTuple):
    """The network as the sweeps read it; n firms.

    Essential slots of buyer j are ``slot_start[j]:slot_start[j + 1]``; the links of slot s are
    ``essential_start[s]:essential_start[s + 1]`` with ``essential_supplier`` and ``essential_share`` (share of the
    slot's flow). Non-essential links of j are ``linear_start[j]:linear_start[j + 1]`` with share of all purchases.
    Sales of i are ``sale_start[i]:sale_start[i + 1]`` with share of i's sales (or revenue). All shares are fractions.
    """

    slot_start: Ints
    essential_start: Ints
    essential_supplier: Ints
    essential_share: Floats
    linear_start: Ints
    linear_supplier: Ints
    linear_share: Floats
    sale_start: Ints
    sale_buyer: Ints
    sale_share: Floats
    sales: Floats
    market: Ints
    n_markets: int


class Shocks(NamedTuple):
    """Scenarios: entries ``start[s]:start[s + 1]`` give firm, lost supply and lost demand (fractions)."""

    start: Ints
    firm: Ints
    down: Floats
    up: Floats


@nb.njit(cache=True, nogil=True)
def _fill_lane(
    lane: int,
    scenario: int,
    shocks: Shocks,
    cap_down: Floats,
    cap_up: Floats,
    h_down: Floats,
    h_up: Floats,
    change_down: Floats,
    change_up: Floats,
    total: Floats,
) -> None:
    """Put a scenario into a lane: everything works but the shocked firms."""
    for i in range(h_down.shape[0]):
        cap_down[i, lane] = 1.0
        cap_up[i, lane] = 1.0
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        cap_down[shocks.firm[k], lane] = 1.0 - shocks.down[k]
        cap_up[shocks.firm[k], lane] = 1.0 - shocks.up[k]
    loss = 0.0
    for i in range(h_down.shape[0]):
        h_down[i, lane] = cap_down[i, lane]
        h_up[i, lane] = cap_up[i, lane]
        loss += 2.0 - cap_down[i, lane] - cap_up[i, lane]
    change_down[lane] = 0.0
    change_up[lane] = 0.0
    total[lane] = loss


@nb.njit(cache=True, nogil=True)
def _lost_supply(links: Links, h_down: Floats, lost: Floats, market_sales: Floats) -> None:
    """D_i = sigma_i (1 - h_i), sigma_i = min(1, sales_i / sales still made in i's market); sigma 1 without markets."""
    n, lanes = h_down.shape
    if links.n_markets == 0:
        for i in range(n):
            for q in range(lanes):
                lost[i, q] = 1.0 - h_down[i, q]
        return
    market_sales[:, :] = 0.0
    for i in range(n):
        g = links.market[i]
        s = links.sales[i]
        for q in range(lanes):
            market_sales[g, q] += s * h_down[i, q]
    for g in range(links.n_markets):
        for q in range(lanes):
            if market_sales[g, q] <= GUARD:
                market_sales[g, q] = 1.0
    for i in range(n):
        g = links.market[i]
        s = links.sales[i]
        for q in range(lanes):
            sigma = s / market_sales[g, q]
            sigma = min(sigma, 1.0)
            lost[i, q] = sigma * (1.0 - h_down[i, q])


@nb.njit(cache=True, nogil=True)
def _sweep_down(
    links: Links, cap: Floats, h: Floats, lost: Floats, change: Floats, worst: Floats, sums: Floats
) -> None:
    """Replace h_down: the worst essential slot or the sum of non-essential losses binds, whichever is larger."""
    n, lanes = h.shape
    for j in range(n):
        a, b = links.slot_start[j], links.slot_start[j + 1]
        u, v = links.linear_start[j], links.linear_start[j + 1]
        if a == b and u == v:
            continue
        for q in range(lanes):
            worst[q] = 0.0
            sums[q] = 0.0
        for k in range(u, v):
            i, w = links.linear_supplier[k], links.linear_share[k]
            for q in range(lanes):
                sums[q] += w * lost[i, q]
        for q in range(lanes):
            worst[q] = sums[q]
        for s in range(a, b):
            for q in range(lanes):
                sums[q] = 0.0
            for k in range(links.essential_start[s], links.essential_start[s + 1]):
                i, w = links.essential_supplier[k], links.essential_share[k]
                for q in range(lanes):
                    sums[q] += w * lost[i, q]
            for q in range(lanes):
                worst[q] = max(worst[q], sums[q])
        for q in range(lanes):
            new = max(0.0, min(cap[j, q], 1.0 - worst[q]))
            change[q] = max(change[q], h[j, q] - new)
            h[j, q] = new


@nb.njit(cache=True, nogil=True)
def _sweep_up(links: Links, cap: Floats, h: Floats, lost: Floats, change: Floats, sums: Floats) -> None:
    """Replace h_up: a firm sells what its buyers still buy."""
    n, lanes = h.shape
    for i in range(n):
        for q in range(lanes):
            lost[i, q] = 1.0 - h[i, q]
    for i in range(n):
        a, b = links.sale_start[i], links.sale_start[i + 1]
        if a == b:
            continue
        for q in range(lanes):
            sums[q] = 0.0
        for k in range(a, b):
            j, w = links.sale_buyer[k], links.sale_share[k]
            for q in range(lanes):
                sums[q] += w * lost[j, q]
        for q in range(lanes):
            new = max(0.0, min(cap[i, q], 1.0 - sums[q]))
            change[q] = max(change[q], h[i, q] - new)
            h[i, q] = new


@nb.njit(cache=True, nogil=True)
def _has_stopped(
    lane: int,
    h_down: Floats,
    h_up: Floats,
    change_down: Floats,
    change_up: Floats,
    total: Floats,
    tolerance: float,
    by_total: bool,
) -> bool:
    """Stop rule 1: the largest change of a firm is at most eps. Rule 2: total loss grew by at most the share eps."""
    if not by_total:
        return max(change_down[lane], change_up[lane]) <= tolerance
    loss = 0.0
    for i in range(h_down.shape[0]):
        loss += 2.0 - h_down[i, lane] - h_up[i, lane]
    stopped = loss <= (1.0 + tolerance) * total[lane]
    total[lane] = loss
    return stopped


@nb.njit(cache=True, nogil=True)
def _record(
    lane: int,
    scenario: int,
    h_down: Floats,
    h_up: Floats,
    weights: Floats,
    index: Floats,
    out_down: Floats,
    out_up: Floats,
) -> None:
    """Store a finished lane: weighted losses and, where asked for, what works."""
    for w in range(weights.shape[0]):
        both = down = up = 0.0
        for i in range(h_down.shape[0]):
            a, b = 1.0 - h_down[i, lane], 1.0 - h_up[i, lane]
            down += weights[w, i] * a
            up += weights[w, i] * b
            both += weights[w, i] * max(a, b)
        index[scenario, w, 0] = both
        index[scenario, w, 1] = down
        index[scenario, w, 2] = up
    if out_down.shape[0] > 0:
        for i in range(h_down.shape[0]):
            out_down[scenario, i] = h_down[i, lane]
            out_up[scenario, i] = h_up[i, lane]


@nb.njit(cache=True, nogil=True)
def run_scenarios(
    links: Links,
    shocks: Shocks,
    weights: Floats,
    tolerance: float,
    by_total: bool,
    first: int,
    last: int,
    stride: int,
    index: Floats,
    sweeps: Ints,
    out_down: Floats,
    out_up: Floats,
) -> None:
    """Run the scenarios first, first + stride ... below last to their stop; write into the output arrays.

    Parameters
    ----------
    links
        Network, see :class:`Links`.
    shocks
        Scenarios, see :class:`Shocks`.
    weights
        Weight of each firm in the indices, rows adding to 1; shape (weights, firms).
    tolerance
        Stop threshold eps: fraction of a firm's activity (rule 1) or of total loss (rule 2).
    by_total
        True for stop rule 2.
    first, last, stride
        Which scenarios this call does.
    index, sweeps, out_down, out_up
        Outputs: index, index_down, index_up of each scenario and weight row, shape (scenarios, weights, 3); sweeps,
        shape (scenarios,); what still works, shape (scenarios, firms), or no rows where it is not wanted.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.
    """
    n = links.sales.shape[0]
    lanes = min(LANES, max(1, (last - first + stride - 1) // stride))
    h_down, h_up = np.ones((n, lanes)), np.ones((n, lanes))
    cap_down, cap_up = np.ones((n, lanes)), np.ones((n, lanes))
    lost = np.zeros((n, lanes))
    market_sales = np.zeros((max(links.n_markets, 1), lanes))
    change_down, change_up, total = np.zeros(lanes), np.zeros(lanes), np.zeros(lanes)
    worst, sums = np.zeros(lanes), np.zeros(lanes)
    scenario_of = np.full(lanes, -1)
    coming = first
    live = 0
    for lane in range(lanes):
        if coming < last:
            _fill_lane(lane, coming, shocks, cap_down, cap_up, h_down, h_up, change_down, change_up, total)
            scenario_of[lane] = coming
            coming += stride
            live += 1
    while live > 0:
        change_down[:] = 0.0
        change_up[:] = 0.0
        _lost_supply(links, h_down, lost, market_sales)
        _sweep_down(links, cap_down, h_down, lost, change_down, worst, sums)
        _sweep_up(links, cap_up, h_up, lost, change_up, sums)
        for lane in range(lanes):
            scenario = scenario_of[lane]
            if scenario < 0:
                continue
            sweeps[scenario] += 1
            if not _has_stopped(lane, h_down, h_up, change_down, change_up, total, tolerance, by_total):
                continue
            _record(lane, scenario, h_down, h_up, weights, index, out_down, out_up)
            if coming < last:
                _fill_lane(lane, coming, shocks, cap_down, cap_up, h_down, h_up, change_down, change_up, total)
                scenario_of[lane] = coming
                coming += stride
            else:
                scenario_of[lane] = -1
                live -= 1

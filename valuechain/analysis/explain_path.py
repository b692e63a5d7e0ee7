"""The way a loss took: from a firm back, sweep by sweep, to a firm that the shock hit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuechain.analysis.cascade_causes import PROCESSES, Side, binding, largest, parts_of
from valuechain.analysis.single_sourced import firm_names
from valuechain.models.cascade_replay import SAME, History
from valuechain.network import Floats, Index
from valuechain.results import rank_key

COLUMNS = {
    "step": "int64",
    "sweep": "int64",
    "firm": "str",
    "name": "str",
    "process": "str",
    "loss": "float64",
    "kind": "str",
    "product": "str",
    "from_firm": "str",
    "from_name": "str",
    "share": "float64",
    "not_replaced": "float64",
    "from_loss": "float64",
    "contribution": "float64",
}


def path_of(history: History, side: Side, firm: int, sweep: int, ranks: Index) -> pd.DataFrame:
    """Return the way from a firm back to a firm hit by the shock, along the largest contribution each time.

    A step says that ``firm`` came to ``loss`` in ``sweep``, of which ``contribution`` is owed to ``from_firm``, which
    by then had lost ``from_loss``. The next step explains that loss. Where a loss has not changed for some sweeps, the
    step is that of the sweep that brought it. The way ends with a firm that lost this much in the shock itself.

    Parameters
    ----------
    history
        States of the cascade.
    side
        The process to follow.
    firm, sweep
        Position of the firm, and the sweep after which its loss is to be explained.
    ranks
        Rank of each firm's id, to break ties.
    """
    ids, names = history.source.network.firm_ids, firm_names(history.source.network)
    rows: list[dict[str, object]] = []
    while True:
        state = history.state(sweep)
        sweep = int(state.since[side.process, firm])
        loss = 1.0 - float(state.works[side.process, firm])
        if loss <= SAME:
            break
        row: dict[str, object] = {
            "step": len(rows) + 1,
            "sweep": sweep,
            "firm": ids[firm],
            "name": names[firm],
            "process": PROCESSES[side.process],
            "loss": loss,
        }
        before = history.state(sweep - 1) if sweep else None
        felt = before.felt(side.process) if before is not None else None
        cause = _source(history, side, firm, felt)
        if before is None or felt is None or cause is None:
            rows.append(row | {"kind": "own shock"})
            break
        partner, step = _step(history, side, cause, felt, ranks)
        from_loss = 1.0 - float(before.works[side.process, partner])
        step |= {"from_firm": ids[partner], "from_name": names[partner], "from_loss": from_loss}
        rows.append(row | step | {"not_replaced": float(felt[partner]) / from_loss})
        firm, sweep = partner, sweep - 1
    # Made column by column: a way of no step has all columns too.
    return pd.DataFrame({c: pd.Series([r.get(c) for r in rows], dtype=kind) for c, kind in COLUMNS.items()})


def _source(history: History, side: Side, firm: int, felt: Floats | None) -> int | None:
    """Return the cause that binds a firm, None when that is its own shock; ``felt`` is what partners feel before."""
    if felt is None:
        return None
    cause, amount = binding(side, history.source.network, np.array([firm]), felt)
    shock = side.shock[firm]
    if cause[0] < 0 or (shock > 0 and rank_key(amount)[0] <= rank_key(shock)):
        return None
    return int(cause[0])


def _step(history: History, side: Side, cause: int, felt: Floats, ranks: Index) -> tuple[int, dict[str, object]]:
    """Return the partner that contributes most to a cause, and what there is to say of it."""
    network = history.source.network
    parts = parts_of(side, network, np.array([cause]), felt)
    part = int(largest(parts, ranks)[0])
    down = "essential input" if side.is_essential[cause] else "non-essential inputs"
    return int(parts.partner[part]), {
        "kind": down if side.process == 0 else "sales",
        "product": network.products[parts.product[part]],
        "share": float(parts.share[part]),
        "contribution": float(parts.amount[part]),
    }

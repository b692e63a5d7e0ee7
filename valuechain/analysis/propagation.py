"""How a cascade spread: who was hit in which sweep, through which product, by whom, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.cascade_causes import PROCESSES, Side, binding, id_ranks, largest, parts_of, sides
from valuechain.errors import ParameterError
from valuechain.models.cascade import CascadeResult
from valuechain.models.cascade_replay import TOLD, History, State, beyond_sweeps, history_of, state_behind
from valuechain.network import Floats, Index
from valuechain.results import Result, rank_key

HIT = 1e-9
"""Loss above which a firm counts as hit, fraction of its activity."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Propagation(Result):
    """How a cascade spread; losses are fractions of activity.

    ``firms`` counts the firms that were hit, the failed ones included, ``failed`` those that the shock hit;
    ``sweeps`` has one row a sweep.
    """

    firms: int
    failed: int
    sweeps: Result


class Hits(NamedTuple):
    """First hits of firms in one process: everything has shape (firms,); -1 stands for none."""

    sweep: Index
    partner: Index
    product: Index
    loss: Floats
    contribution: Floats


def propagation(run: CascadeResult, *, threshold: float = HIT) -> Propagation:
    """Return how a cascade spread from firm to firm.

    The two processes of a cascade never mix, so a firm has a row for each process that hit it, and the rows of a
    process form a tree: the firm a hit came from was hit by the same process in an earlier sweep.

    Parameters
    ----------
    run
        What :func:`cascade` returned.
    threshold
        A firm counts as hit in the first sweep after which it has lost more than this, fraction of its activity.

    Returns
    -------
    Propagation
        Table ``firm, process, sweep, from_firm, product, loss_then, contribution, loss_process, loss, loss_down,
        loss_up``, earliest sweep first, then largest loss. ``sweep`` 0 is the shock. ``from_firm`` contributed most
        (``contribution``) to what the firm had lost in that sweep (``loss_then``), through ``product``; it is missing
        for firms hit by the shock, and where only firms that had lost less than the threshold contributed.
        ``loss_process`` is the final loss by this process, ``loss`` the larger of both.

    Raises
    ------
    ParameterError
        When ``run`` is not the result of a cascade, or the threshold no fraction.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> spread = vc.propagation(vc.cascade(net, {"CHN.graphite_refining": 1.0}))
    >>> spread.table.query("firm == 'DEU.cells'")[["sweep", "from_firm", "product"]].values.tolist()
    [[2, 'CHN.anode', 'anode']]
    """
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold < 1:
        raise ParameterError(f"threshold {threshold!r} is not a fraction from 0 to below 1; write such as 0.01")
    history = history_of(run)
    ranks = id_ranks(history.source.network)
    hits, by_sweep, final = _follow(history, history.sweeps, float(threshold), ranks)
    if run.source.model.rule != "published":
        final, by_sweep = state_behind(run), _with_rest(by_sweep, run)
    table = _table(history, hits, final, ranks)
    hit_at = np.minimum(*(np.where(h.sweep < 0, history.sweeps + 1, h.sweep) for h in hits))
    failed = int((hit_at == 0).sum())
    firms = int((hit_at <= history.sweeps).sum())
    parameters = {**run.parameters, "sweeps": history.sweeps, "threshold": float(threshold)}
    units = {"index": "fraction", "index_down": "fraction", "index_up": "fraction"}
    counted = dict.fromkeys(("hit_inputs", "hit_buyers", "firms_so_far"), "firms")
    return Propagation(
        table=table,
        title=f"How it spread: {run.parameters['scenario']}",
        units={str(c): "fraction of activity" for c in table if table[c].dtype == np.float64},
        parameters=parameters,
        notes=_sentences(run, hits, (failed, firms), float(threshold)),
        firms=firms,
        failed=failed,
        sweeps=Result(table=by_sweep, title="Sweep by sweep", units=units | counted, parameters=parameters),
    )


def _with_rest(by_sweep: pd.DataFrame, run: CascadeResult) -> pd.DataFrame:
    """Return the totals by sweep with one row more, in which losses have come to rest."""
    last = by_sweep.iloc[-1].to_dict() | {"hit_inputs": 0, "hit_buyers": 0}
    rest = {"sweep": last["sweep"] + 1, "index": run.index, "index_down": run.index_down, "index_up": run.index_up}
    return pd.concat([by_sweep, pd.DataFrame([last | rest])], ignore_index=True).astype(by_sweep.dtypes)


def _follow(
    history: History, last: int, threshold: float, ranks: Index
) -> tuple[tuple[Hits, Hits], pd.DataFrame, State]:
    """Go through the sweeps; return the first hits by process, the totals by sweep and the final state."""
    n = history.source.network.n_firms
    both, weights = sides(history), history.prepared.weights[0]
    none = np.full(n, -1, dtype=np.int64)
    hits = (
        Hits(none.copy(), none.copy(), none.copy(), np.zeros(n), np.full(n, np.nan)),
        Hits(none.copy(), none.copy(), none.copy(), np.zeros(n), np.full(n, np.nan)),
    )
    totals: list[dict[str, float]] = []
    before: State | None = None
    for state in history.states(last):
        counts = [
            _note_hits(history, side, hit, (before, state), threshold, ranks)
            for side, hit in zip(both, hits, strict=True)
        ]
        lost = 1.0 - state.works
        totals.append(
            {
                "sweep": state.sweep,
                "hit_inputs": counts[0],
                "hit_buyers": counts[1],
                "firms_so_far": int(((hits[0].sweep >= 0) | (hits[1].sweep >= 0)).sum()),
                "index": float(weights @ lost.max(axis=0)),
                "index_down": float(weights @ lost[0]),
                "index_up": float(weights @ lost[1]),
            }
        )
        before = state
    if before is None:
        raise AssertionError("a cascade has a state before its first sweep")
    return hits, pd.DataFrame(totals), before


def _note_hits(
    history: History, side: Side, hits: Hits, states: tuple[State | None, State], threshold: float, ranks: Index
) -> int:
    """Write down the firms that a sweep has newly hit in one process; return how many."""
    before, state = states
    lost = 1.0 - state.works[side.process]
    new = np.flatnonzero((hits.sweep < 0) & (lost > threshold))
    hits.sweep[new], hits.loss[new] = state.sweep, lost[new]
    if before is None or len(new) == 0:
        return len(new)
    network, felt = history.source.network, before.felt(side.process)
    cause, _ = binding(side, network, new, felt)
    parts = parts_of(side, network, cause[cause >= 0], felt)
    # Only a firm that was hit before can have passed it on: of many tiny losses no one is the source.
    real = (1.0 - before.works[side.process][parts.partner] > threshold) & (parts.amount > 0)
    parts = type(parts)(**{name: values[real] for name, values in vars(parts).items()})
    best = largest(parts, ranks)
    firm = parts.firm[best]
    hits.partner[firm], hits.product[firm] = parts.partner[best], parts.product[best]
    hits.contribution[firm] = parts.amount[best]
    return len(new)


def _table(history: History, hits: tuple[Hits, Hits], final: State, ranks: Index) -> pd.DataFrame:
    network, lost = history.source.network, 1.0 - final.works
    firm = [np.flatnonzero(h.sweep >= 0) for h in hits]
    at, process = np.concatenate(firm), np.repeat([0, 1], [len(f) for f in firm])

    def joined(name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([getattr(h, name)[f] for h, f in zip(hits, firm, strict=True)])

    partner, product = joined("partner").astype(np.int64), joined("product").astype(np.int64)
    table = pd.DataFrame(
        {
            "firm": pd.Series(network.firm_ids[at], dtype="str"),
            "process": pd.Series(np.array(PROCESSES, dtype=object)[process], dtype="str"),
            "sweep": joined("sweep"),
            "from_firm": _labels(network.firm_ids, partner),
            "product": _labels(network.products, product),
            "loss_then": joined("loss"),
            "contribution": joined("contribution"),
            "loss_process": lost[process, at],
            "loss": lost[:, at].max(axis=0),
            "loss_down": lost[0, at],
            "loss_up": lost[1, at],
        }
    )
    order = np.lexsort((process, ranks[at], -rank_key(table["loss_process"]), table["sweep"]))
    return table.iloc[order].reset_index(drop=True)


def _labels(labels: npt.NDArray[np.object_], at: Index) -> pd.Series:
    """Return the label at each position, missing at -1."""
    with_none = np.array([*labels, None], dtype=object)
    return pd.Series(with_none[at], dtype="str")


def _sentences(
    run: CascadeResult, hits: tuple[Hits, Hits], counts: tuple[int, int], threshold: float
) -> tuple[str, ...]:
    failed, firms = counts
    more = int((run.table["loss"] > 0.01).sum())
    said = [
        f"{_many(failed, 'firm is', 'firms are')} hit by the shock; it reaches {firms - failed:,} more, and "
        f"{more:,} in all lose more than 1% of their activity."
    ]
    for word, hit in zip(("inputs", "buyers"), hits, strict=True):
        reached = hit.sweep[hit.sweep > 0]
        if len(reached):
            said.append(
                f"{_many(len(reached), 'firm', 'firms')} hit because {word} are missing, the last in sweep "
                f"{int(reached.max())} of {history_of(run).sweeps}."
            )
        else:
            said.append(f"No firm is hit because {word} are missing.")
    if run.source.model.rule != "published":
        beyond = beyond_sweeps(run)
        much = f", up to {100 * beyond:.2g}% of a firm" if beyond > TOLD else ""
        said.append(f"The last row of the sweeps stands for all that follow until losses are at rest{much}.")
    said.append(f"Hit means a loss of more than {threshold:g} of a firm's activity.")
    return tuple(said)


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"

"""Why a firm loses what it loses in a cascade: the binding cause, what each partner contributes, and the way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.cascade_causes import PROCESSES, Parts, Side, causes_of, id_ranks, parts_of, sides
from valuechain.analysis.explain_path import path_of
from valuechain.analysis.explain_words import Findings, percent, sentences
from valuechain.analysis.single_sourced import firm_name, firm_names
from valuechain.errors import ParameterError
from valuechain.models.cascade import CascadeResult
from valuechain.models.cascade_replay import State, history_of, state_behind
from valuechain.network import Index, Network
from valuechain.results import Result, rank_key

KINDS = ("own shock", "essential input", "non-essential inputs", "sales")
"""What can take activity of a firm, in the order in which equal causes are named."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Explanation(Result):
    """Why a firm loses what it loses; losses are fractions of its activity.

    The table has one row a contribution. ``causes`` adds them up: of the causes of a process the worst binds, and a
    process takes what its binding cause takes, at most 1. ``loss_if_mended`` is what the firm would lose were the
    binding cause alone mended; for a firm hit by the shock, without the shock. ``path`` leads from the firm back to a
    firm that the shock hit.
    """

    firm: str
    loss: float
    loss_down: float
    loss_up: float
    loss_if_mended: float
    causes: Result
    path: Result


def explain(run: CascadeResult, *, firm: str) -> Explanation:
    """Return why a firm loses what it loses in a cascade.

    Parameters
    ----------
    run
        What :func:`cascade` returned.
    firm
        Id of the firm.

    Returns
    -------
    Explanation
        Table ``firm, process, kind, product, binds, partner, partner_name, flow, share, not_replaced, partner_loss,
        contribution``: contribution = share x not_replaced x partner_loss, and those of a cause add up to what the
        cause takes. ``share`` is that of the partner in the essential input, in all purchases (non-essential inputs)
        or in all sales; with the options costs and revenue as scaled by them. ``not_replaced`` is sigma, the part of
        a supplier's loss that its market does not replace. ``partner_loss`` is the partner's loss in the same
        process in the state the number was computed from: one sweep before the last.

    Raises
    ------
    ParameterError
        When ``run`` is not the result of a cascade.
    UnknownNameError
        When the network has no such firm.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("eu_battery")
    >>> why = vc.explain(vc.cascade(net, {"CHN.graphite_refining": 1.0}), firm="DEU.cells")
    >>> list(why.path.table["firm"])
    ['DEU.cells', 'CHN.anode', 'CHN.graphite_refining']
    """
    history = history_of(run)
    network = history.source.network
    if not isinstance(firm, str):
        raise ParameterError(f"firm {firm!r} is not the id of a firm; write firm='F17'")
    at = int(network.positions([firm])[0])
    row = run.table.loc[run.table["firm"] == firm].iloc[0]
    loss_down, loss_up = float(row["loss_down"]), float(row["loss_up"])
    state, both, ranks = state_behind(run), sides(history), id_ranks(network)
    # Sums in another order of rows differ in the last digits, which must not decide which process comes first.
    first = 0 if rank_key(loss_down) >= rank_key(loss_up) else 1
    order = (both[first], both[1 - first])
    table = _contributions(network, order, at, state, ranks)
    causes = _causes(table)
    path = path_of(history, both[first], at, history.sweeps, ranks)
    mended = _loss_if_mended(causes, first, (loss_down, loss_up))
    notes = sentences(run, at, state, Findings(causes=causes, table=table, path=path, mended=mended))
    subject, loss = firm_name(network, firm), max(loss_down, loss_up)
    parameters = {**run.parameters, "firm": firm, "sweeps": history.sweeps}
    beside = {"causes": (causes.drop(columns="cause"), f"What takes activity of {subject}")}
    beside["path"] = (path, f"The way to {subject}, from the end")
    results = {k: Result(table=t, title=w, units=_UNITS, parameters=parameters) for k, (t, w) in beside.items()}
    return Explanation(
        table=table.drop(columns="cause"),
        title=f"Why {subject} loses {percent(loss)}" if loss else f"Why {subject} loses nothing",
        units=_UNITS | {"flow": network.flow_unit},
        notes=notes,
        firm=firm,
        loss=loss,
        loss_down=loss_down,
        loss_up=loss_up,
        loss_if_mended=mended,
        causes=results["causes"],
        path=results["path"],
        parameters=parameters,
    )


_UNITS = {
    "partners": "firms",
    "loss": "fraction of activity",
    "margin": "fraction of activity",
    "share": "fraction",
    "not_replaced": "fraction",
    "partner_loss": "fraction of activity",
    "from_loss": "fraction of activity",
    "contribution": "fraction of activity",
}


def _contributions(network: Network, order: tuple[Side, Side], at: int, state: State, ranks: Index) -> pd.DataFrame:
    """Return all contributions to the losses of a firm, those of the larger process first, binding cause first."""
    names = firm_names(network)
    frames = []
    for side in order:
        causes, _ = causes_of(side, np.array([at]))
        parts = parts_of(side, network, causes, state.felt(side.process))
        frame = _part_rows(network, side, parts, state)
        if side.shock[at] > 0:
            frame = pd.concat([_shock_row(network, side, at), frame], ignore_index=True)
        frame = _ranked(frame, ranks)
        frame.insert(0, "process", PROCESSES[side.process])
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "firm", network.firm_ids[at])
    table["partner_name"] = names[table["partner_at"].to_numpy(dtype=np.int64)]
    for column in ("firm", "process", "kind", "product", "partner", "partner_name"):
        table[column] = table[column].astype("str")
    return table[
        [
            "firm",
            "process",
            "kind",
            "product",
            "binds",
            "partner",
            "partner_name",
            "flow",
            "share",
            "not_replaced",
            "partner_loss",
            "contribution",
            "cause",
        ]
    ]


def _part_rows(network: Network, side: Side, parts: Parts, state: State) -> pd.DataFrame:
    essential = side.is_essential[parts.cause]
    kind = np.where(essential, KINDS[1], KINDS[2] if side.process == 0 else KINDS[3])
    ones = np.ones(len(parts.partner))
    return pd.DataFrame(
        {
            "cause": parts.cause,
            "kind": pd.Series(kind, dtype="str"),
            "product": pd.Series(network.products[parts.product], dtype="str"),
            "partner_at": parts.partner,
            "partner": pd.Series(network.firm_ids[parts.partner], dtype="str"),
            "flow": parts.flow,
            "share": parts.share,
            "not_replaced": state.not_replaced[parts.partner] if side.process == 0 else ones,
            "partner_loss": 1.0 - state.works[side.process][parts.partner],
            "contribution": parts.amount,
        }
    )


def _shock_row(network: Network, side: Side, at: int) -> pd.DataFrame:
    """Return the shock as a cause of its own: a firm never has more than the shock leaves."""
    shock = float(side.shock[at])
    row = {"cause": -1, "kind": KINDS[0], "product": None, "partner_at": at, "partner": network.firm_ids[at]}
    numbers = {"flow": np.nan, "share": 1.0, "not_replaced": 1.0, "partner_loss": shock, "contribution": shock}
    return pd.DataFrame([row | numbers]).astype({"product": "str", "partner": "str"})


def _ranked(frame: pd.DataFrame, ranks: Index) -> pd.DataFrame:
    """Return the rows of one process: worst cause first, within it the largest contribution; ties by id."""
    total = frame.groupby("cause")["contribution"].sum()
    order = total.index.to_numpy()[np.lexsort((total.index, -rank_key(total)))]
    place = pd.Series(np.arange(len(order)), index=order)
    at = frame["partner_at"].to_numpy(dtype=np.int64)
    by = (frame["product"].fillna("").astype("str"), ranks[at], -rank_key(frame["contribution"]), place[frame["cause"]])
    frame = frame.iloc[np.lexsort([np.asarray(k) for k in by])].reset_index(drop=True)
    worst = order[0] if len(order) and total[order[0]] > 0 else None
    return frame.assign(binds=(frame["cause"] == worst) if worst is not None else False)


def _causes(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each cause takes, worst first in each process, and how far it is from binding."""
    rows = table.groupby(["process", "cause"], sort=False, as_index=False).agg(
        kind=("kind", "first"),
        product=("product", "first"),
        partners=("partner", "nunique"),
        loss=("contribution", "sum"),
        binds=("binds", "first"),
    )
    rows["product"] = rows["product"].where(rows["kind"] == KINDS[1])
    rows["margin"] = rows.groupby("process")["loss"].transform("max") - rows["loss"]
    return rows


def _loss_if_mended(causes: pd.DataFrame, first: int, losses: tuple[float, float]) -> float:
    """Return what the firm would lose without the binding cause of the larger process, all else as it is.

    A shock counts as one cause: without it neither process has it.
    """
    of_first, is_shock = causes["process"] == PROCESSES[first], causes["kind"] == KINDS[0]
    if (of_first & is_shock & causes["binds"]).any():
        others = causes.loc[~is_shock, "loss"]
        return min(1.0, float(others.max()) if len(others) else 0.0)
    others = causes.loc[of_first & ~causes["binds"], "loss"]
    return max(min(1.0, float(others.max()) if len(others) else 0.0), losses[1 - first])

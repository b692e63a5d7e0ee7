"""The Economic Systemic Risk Index (Diem et al. 2022): what the network loses when each firm fails alone."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.models.cascade import checked_model, ranked
from valuechain.models.cascade_network import Cascade, check_network, prepare, weight_words
from valuechain.models.cascade_run import Progress, warn_of_unsettled
from valuechain.models.most_systemic import Rows, certificate, most_systemic
from valuechain.models.risk_work import CascadeWork, each_alone, key_of
from valuechain.network import Index, Network
from valuechain.results import Result
from valuechain.runs import Existing, Run


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SystemicRisk(Result):
    """Index of every firm: the share of the network's weight that is lost when it fails."""


def systemic_risk(
    network: Network,
    *,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    existing: Existing = "refuse",
    scheduler: str | None = None,
    top: int | None = None,
) -> SystemicRisk:
    """Return what is lost when each firm fails alone: the Economic Systemic Risk Index of every firm.

    Parameters
    ----------
    network
        The value chain.
    model
        Parameters; default ``Cascade()``.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with firms done and firms in all.
    checkpoint
        File that keeps the firms that are done, so that an interrupted run can go on; None: none.
    existing
        What to do with a checkpoint that exists: ``refuse``, go on from it (``resume``; then it must exist), or start
        anew (``replace``).
    scheduler
        Address of a Dask scheduler (``tcp://host:8786``) whose workers compute; None: this computer. The result is the
        same.
    top
        Only this many of the most systemic firms, with a proof in ``notes`` that every other firm is below them, or is
        named as not told apart. Firms that a bound rules out are not computed. None: all firms.

    Returns
    -------
    SystemicRisk
        Table ``firm, index, index_down, index_up, sweeps``: fractions of the network's weight, largest first. For a
        fixed point also ``error``: the true index lies between ``index`` and ``index + error``.

    Raises
    ------
    CheckpointError
        When the checkpoint belongs to another network or other parameters, or is damaged. It stays as it is.
    SchedulerError
        When the scheduler does not answer, or its workers are gone or have other versions.
    RunInterrupted
        On Ctrl-C (a ``KeyboardInterrupt``), once what was done is in the checkpoint.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, eq. for ESRI.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.systemic_risk(vc.example("textbook")).table["firm"].tolist()
    ['sector_1', 'sector_2']
    """
    model = checked_model(model)
    check_network(network)
    _check_top(top)
    prepared = prepare(network, model)
    shocks = each_alone(network.n_firms)
    share = weight_words(model.weights)
    notes = [_meaning(share, model)]
    long_run = Run(
        CascadeWork(prepared=prepared, shocks=shocks, threads=_threads(threads, scheduler)),
        key_of(prepared, shocks, "systemic risk of every firm"),
        progress=progress,
        checkpoint=checkpoint,
        existing=existing,
        scheduler=scheduler,
    )
    parameters = dict(prepared.parameters)
    with long_run:
        if top is None:
            which = np.arange(network.n_firms)
            rows = long_run.rows(which)
        else:
            ids = network.firms["firm"].to_numpy(dtype=str)
            found = most_systemic(prepared, top, long_run.rows, order=np.argsort(np.argsort(ids)))
            which, rows = found.computed[: found.count], {k: v[: found.count] for k, v in found.rows.items()}
            notes.insert(0, certificate(found, ids, share))
            parameters |= {"top": int(top), "computed": len(found.computed)}
    warn_of_unsettled(rows["sweeps"], rows.get("error"), prepared)
    unit = f"fraction of {share}"
    units = {"index": unit, "index_down": unit, "index_up": unit, "sweeps": "sweeps"}
    return SystemicRisk(
        table=_table(network, which, rows),
        title="Systemic risk: what is lost when a firm fails",
        units={**units, "error": unit} if "error" in rows else units,
        parameters=parameters,
        notes=(*notes, *prepared.notes),
    )


def risk_of(
    network: Network, firms: Index, *, model: Cascade | None = None, threads: int | None = None
) -> npt.NDArray[np.float64]:
    """Return the index of some firms, by position: all that is needed of a network too large to compute all of."""
    model = checked_model(model)
    check_network(network)
    prepared = prepare(network, model)
    rows = CascadeWork(prepared=prepared, shocks=each_alone(network.n_firms), threads=threads)(firms)
    warn_of_unsettled(rows["sweeps"], rows.get("error"), prepared)
    return np.asarray(rows["index"][:, 0, 0], dtype=np.float64)


def _check_top(top: int | None) -> None:
    if top is not None and (isinstance(top, bool) or not isinstance(top, int | np.integer) or top < 1):
        raise ParameterError(f"top {top!r} is not a number of firms; write a whole number from 1")


def _table(network: Network, which: Index, rows: Rows) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"].iloc[which],
            "index": rows["index"][:, 0, 0],
            "index_down": rows["index"][:, 0, 1],
            "index_up": rows["index"][:, 0, 2],
            "sweeps": rows["sweeps"],
        }
    )
    if "error" in rows:
        table["error"] = rows["error"][:, 0, 0]
    return ranked(table, "index")


def _meaning(share: str, model: Cascade) -> str:
    words = (
        f"index: share of {share} lost when the firm fails completely, its own included; index_down: because its "
        "buyers lack its product; index_up: because its suppliers lack a customer."
    )
    if model.rule == "fixed-point":
        return f"{words} The true fixed point lies between index and index + error."
    stop = "largest change of a firm" if model.stop == "change" else "growth of total loss"
    return (
        f"{words} Sweeps stop when the {stop} is at most {model.tolerance:g} (a truncation, as published: a smaller "
        "tolerance gives a larger index_up)."
    )


def _threads(threads: int | None, scheduler: str | None) -> int | None:
    """Return the threads of one process: workers of a cluster bring their own."""
    if scheduler is not None and threads is not None:
        raise ParameterError("threads are those of this computer, but the workers of scheduler compute; leave out one")
    return threads if scheduler is None else 1

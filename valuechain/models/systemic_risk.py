"""The Economic Systemic Risk Index (Diem et al. 2022): what the network loses when each firm fails alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade import checked_model, ranked
from valuechain.models.cascade_network import Cascade, prepare
from valuechain.models.cascade_run import Progress, run
from valuechain.network import Network
from valuechain.results import Result


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SystemicRisk(Result):
    """Index of every firm: the share of the network's weight that is lost when it fails."""


def systemic_risk(
    network: Network,
    *,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
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

    Returns
    -------
    SystemicRisk
        Table ``firm, index, index_down, index_up, sweeps``: fractions of the network's weight, largest first.

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
    prepared = prepare(network, model)
    n = network.n_firms
    shocks = Shocks(np.arange(n + 1), np.arange(n), np.ones(n), np.ones(n))
    outcome = run(prepared, shocks, keep_firms=False, threads=threads, progress=progress)
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "index": outcome.index[:, 0, 0],
            "index_down": outcome.index[:, 0, 1],
            "index_up": outcome.index[:, 0, 2],
            "sweeps": outcome.sweeps,
        }
    )
    share = "the network's sales" if model.weights is None else f"the network's {model.weights}"
    unit = f"fraction of {share}"
    note = (
        f"index: share of {share} lost when the firm fails completely, its own included; index_down: because its "
        f"buyers lack its product; index_up: because its suppliers lack a customer. Sweeps stop when the "
        f"{'largest change of a firm' if model.stop == 'change' else 'growth of total loss'} is at most "
        f"{model.tolerance:g} (a truncation, as published: a smaller tolerance gives a larger index_up)."
    )
    return SystemicRisk(
        table=ranked(table, "index"),
        title="Systemic risk: what is lost when a firm fails",
        units={"index": unit, "index_down": unit, "index_up": unit, "sweeps": "sweeps"},
        parameters=prepared.parameters,
        notes=(note, *prepared.notes),
    )

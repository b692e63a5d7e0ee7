"""The steady-state cascade and the Economic Systemic Risk Index (Diem et al. 2022), for one disruption.

A firm that fails lets its buyers down (downstream: they lack an input) and its suppliers (upstream: they lack a
customer). The two processes run side by side and never mix; a firm's loss is the larger of the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade_network import Cascade, check_network, prepare, weight_words
from valuechain.models.cascade_run import run, warn_of_unsettled
from valuechain.models.cascade_shocks import OneShock, lost_fractions, shock_notes
from valuechain.network import Floats, Network
from valuechain.results import Result, figure, percent_text

__all__ = ["Cascade", "CascadeResult", "CascadeSource", "cascade", "checked_model", "lost_fractions", "ranked"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CascadeSource:
    """What a cascade was run on, so that its numbers can be explained: lost fractions have shape (firms,)."""

    network: Network
    model: Cascade
    lost_supply: Floats
    lost_demand: Floats


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CascadeResult(Result):
    """Loss of every firm in one scenario.

    ``index`` is the weighted loss of the whole network (0..1), ``index_down`` and ``index_up`` that of each process
    alone, ``sweeps`` how many sweeps it took. ``error`` (fixed point only, else None): the true index may be that much
    above. ``source`` is what it was run on.
    """

    index: float = figure("risk index", "fraction")
    index_down: float = figure("because inputs are missing", "fraction")
    index_up: float = figure("because buyers are missing", "fraction")
    sweeps: int
    error: float | None = None
    source: CascadeSource = field(metadata={"source": True})


def checked_model(model: Cascade | None) -> Cascade:
    """Return the model, the default one for None; refuse what is no cascade."""
    if model is None:
        return Cascade()
    if not isinstance(model, Cascade):
        raise ParameterError(f"model {model!r} is not a Cascade; write model=Cascade(tolerance=0.01) or leave it out")
    return model


def cascade(network: Network, shock: OneShock, *, model: Cascade | None = None) -> CascadeResult:
    """Return how far a disruption spreads: the loss of every firm once the cascade has run.

    Parameters
    ----------
    network
        The value chain.
    shock
        A :class:`Scenario`; ``{firm: lost fraction}``, where 1 is a complete failure, of supply and demand alike; or a
        table with the columns ``firm``, ``supply``, ``demand`` (lost fractions 0..1), where a side without a column is
        not hit. :func:`valuechain.cascades` runs many.
    model
        Parameters; default ``Cascade()``.

    Returns
    -------
    CascadeResult
        Table ``firm, loss, loss_down, loss_up`` (fractions of the firm's activity, largest loss first); ``index`` is
        the weighted loss of the network.

    Raises
    ------
    ScenarioError
        With every shock that selects nothing or is not a fraction.
    InvalidDataError
        With every fault of a table: row, column, value, remedy.
    UnknownNameError
        When a firm is not in the network; the message names the closest ids.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("textbook")
    >>> vc.cascade(net, {"sector_1": 1.0}).table["firm"].iloc[0]
    'sector_1'
    """
    check_network(network)
    model = checked_model(model)
    down, up, name = lost_fractions(network, shock)
    hit = np.flatnonzero((down > 0) | (up > 0))
    shocks = Shocks(np.array([0, len(hit)]), hit.astype(np.int64), down[hit], up[hit])
    prepared = prepare(network, model)
    outcome = run(prepared, shocks, keep_firms=True, threads=1)
    warn_of_unsettled(outcome.sweeps, outcome.error, prepared)
    loss_down, loss_up = 1 - outcome.h_down[0], 1 - outcome.h_up[0]
    table = pd.DataFrame(
        {
            "firm": network.firms["firm"],
            "loss": np.maximum(loss_down, loss_up),
            "loss_down": loss_down,
            "loss_up": loss_up,
        }
    )
    total, total_down, total_up = (float(v) for v in outcome.index[0, 0])
    error = None if outcome.error is None else float(outcome.error[0, 0, 0])
    notes = [_meaning(total, total_down, total_up, model), *_proof(error, model), *prepared.notes, *shock_notes(shock)]
    return CascadeResult(
        table=ranked(table, "loss"),
        title=f"Cascade: {name}",
        units={"loss": "fraction of activity", "loss_down": "fraction of activity", "loss_up": "fraction of activity"},
        parameters={**prepared.parameters, "scenario": name},
        notes=tuple(notes),
        index=total,
        index_down=total_down,
        index_up=total_up,
        sweeps=int(outcome.sweeps[0]),
        error=error,
        source=CascadeSource(network=network, model=model, lost_supply=down, lost_demand=up),
    )


def _meaning(index: float, down: float, up: float, model: Cascade) -> str:
    total, inputs, buyers = (percent_text(share) for share in (index, down, up))
    return (
        f"{total}% of {weight_words(model.weights)} are lost, the failed firms' own included: {inputs}% because inputs "
        f"are missing, {buyers}% because buyers are missing (a firm's loss is the larger of the two)."
    )


def _proof(error: float | None, model: Cascade) -> tuple[str, ...]:
    """Return how far the true index of a fixed point may be above; one digit, rounded up so that it stays true."""
    if error is None:
        return ()
    digit = 10.0 ** math.floor(math.log10(error)) if error > 0 else 1.0
    most = f"{math.ceil(error / digit) * digit:.1g}"
    return (f"The true index is at most {most} of {weight_words(model.weights)} above this (proven).",)


def ranked(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows of a table of firms, largest first, ties by id."""
    # Sums in another order of rows differ in the last digits, which must change no rank.
    keyed = table.assign(_rank=table[column].round(12))
    ranked = keyed.sort_values(["_rank", "firm"], ascending=[False, True], ignore_index=True)
    return ranked.drop(columns="_rank")

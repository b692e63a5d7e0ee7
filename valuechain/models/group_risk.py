"""What the network loses when all firms of one country, sector, cluster, owner or region fail together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError
from valuechain.kernels.cascade import Shocks
from valuechain.models.cascade import checked_model
from valuechain.models.cascade_batch import batch_meaning, batch_units, grouped_losses
from valuechain.models.cascade_groups import FirmGroups, GroupLosses, firm_groups, lack_words
from valuechain.models.cascade_network import Cascade, check_network, weight_words
from valuechain.models.cascade_pieces import BatchOutcome, run_batch
from valuechain.models.cascade_run import Progress
from valuechain.models.cascade_shocks import ScenarioBatch
from valuechain.network import Floats, Network
from valuechain.results import Result, rank_key


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupRisk(Result):
    """Loss of the network when each group fails; ``groups`` says in which groups it falls, if that was asked for."""

    groups: GroupLosses | None


def group_risk(
    network: Network,
    *,
    each: str,
    loss: float = 1.0,
    by: str | None = None,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> GroupRisk:
    """Return what is lost when all firms of a country (or sector, cluster, owner, region) fail, for each in turn.

    Parameters
    ----------
    network
        The value chain.
    each
        Whose firms fail together: each ``country``, ``sector``, ``cluster``, ``owner``, ``region`` or value of another
        column of firms.
    loss
        Fraction of supply and demand that each of its firms loses.
    by
        Also add losses up by a column of firms, as in :func:`valuechain.cascades`.
    model
        Parameters; default ``Cascade()``.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with groups done and groups in all.

    Returns
    -------
    GroupRisk
        Table ``group, firms, index, direct, indirect, indirect_rank, index_down, index_up, sweeps``, largest index
        first; losses are fractions of the network's weight, as in :func:`valuechain.cascades`. ``indirect_rank`` is 1
        for the group that sets off most beyond itself. Firms without a value are no group here; a note counts them.

    Raises
    ------
    UnknownNameError
        When firms has no such column.
    ParameterError
        When the loss is not a fraction from 0 to 1.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719: the index, here of groups of firms.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.group_risk(vc.example("eu_battery"), each="country").table["group"].iloc[0]
    'CHN'
    """
    check_network(network)
    model = checked_model(model)
    if isinstance(loss, bool) or not isinstance(loss, int | float) or not 0 <= loss <= 1:
        raise ParameterError(f"loss {loss!r} is not a fraction; write a number from 0 to 1 (1: all is lost)")
    failing = firm_groups(network, each)
    lost_in = None if by is None else firm_groups(network, by)
    batch = _batch(failing, float(loss))
    outcome = run_batch(network, model, batch, groups=lost_in, threads=threads, progress=progress)
    order = outcome.ranking()
    share = weight_words(model.weights)
    parameters = {**outcome.prepared.parameters, "each": each, "loss": float(loss)}
    part = "" if loss == 1 else f" lose {loss * 100:g}%"
    title = f"What is lost when all firms of one {each}{part or ' fail'}"
    table = _table(outcome).iloc[order].reset_index(drop=True)
    return GroupRisk(
        table=table,
        title=title,
        units=batch_units(share, table),
        parameters=parameters,
        notes=(batch_meaning(share), *_notes(failing, outcome.prepared.weights[0]), *outcome.prepared.notes),
        groups=grouped_losses(outcome, lost_in, order, title, parameters, column="failed"),
    )


def _batch(groups: FirmGroups, loss: float) -> ScenarioBatch:
    """Return one scenario for each group whose firms are known to have something in common."""
    firm = np.repeat(np.arange(len(groups.start) - 1), np.diff(groups.start))
    taken = groups.group != groups.rest if loss > 0 else np.zeros(len(groups.group), dtype=bool)
    order = np.lexsort((firm[taken], groups.group[taken]))
    count = len(groups.labels) - (groups.rest >= 0)
    start = np.zeros(count + 1, dtype=np.int64)
    start[1:] = np.cumsum(np.bincount(groups.group[taken], minlength=count))
    fractions = np.full(len(order), loss)
    shocks = Shocks(start, firm[taken][order].astype(np.int64), fractions, fractions)
    return ScenarioBatch(names=groups.labels[:count], shocks=shocks, notes=())


def _table(outcome: BatchOutcome) -> pd.DataFrame:
    table = outcome.table().rename(columns={"scenario": "group", "firms_hit": "firms"})
    rank = pd.Series(rank_key(table["indirect"])).rank(method="min", ascending=False).astype(np.int64)
    table["indirect_rank"] = rank.to_numpy()
    columns = ["group", "firms", "index", "direct", "indirect", "indirect_rank", "index_down", "index_up", "sweeps"]
    return table[[*columns, *(c for c in table.columns if c not in columns)]]


def _notes(groups: FirmGroups, weights: Floats) -> list[str]:
    notes = []
    if groups.rest >= 0:
        count, share = int(groups.firms[groups.rest]), float(groups.sums(weights)[groups.rest])
        notes.append(f"Firms {lack_words(groups)}: {count:,} ({share:.1%} of the weight); they were not made to fail.")
    if groups.several:
        notes.append(f"Firms in several clusters: {groups.several:,}; they fail with each of them.")
    return notes

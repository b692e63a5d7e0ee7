"""Many scenarios in one call: thousands of cascades, what each loses, and in which groups of firms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from valuechain.models.cascade import checked_model
from valuechain.models.cascade_groups import (
    LOSSES,
    FirmGroups,
    GroupLosses,
    firm_groups,
    group_notes,
    loss_table,
    loss_units,
    meaning,
)
from valuechain.models.cascade_network import Cascade, check_network, weight_words
from valuechain.models.cascade_pieces import BatchOutcome, run_batch
from valuechain.models.cascade_run import Progress
from valuechain.models.cascade_shocks import Many, scenario_batch
from valuechain.network import Index, Network
from valuechain.results import Result


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CascadesResult(Result):
    """Loss of the network in every scenario; ``groups`` has that of each group of firms, if it was asked for."""

    groups: GroupLosses | None


def cascades(
    network: Network,
    scenarios: Many,
    *,
    by: str | None = None,
    model: Cascade | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> CascadesResult:
    """Return how far each of many disruptions spreads, and, by group of firms, where its losses fall.

    Parameters
    ----------
    network
        The value chain.
    scenarios
        ``{name: scenario}``, each a :class:`Scenario`, ``{firm: lost fraction}`` or a table ``firm, supply, demand``;
        or one table ``scenario, firm, supply, demand`` (lost fractions 0..1; a side without a column is not hit). See
        :func:`valuechain.read_shocks`.
    by
        Also add losses up by ``sector``, ``country``, ``cluster``, ``owner``, ``region`` or any other column of firms.
    model
        Parameters; default ``Cascade()``.
    threads
        Threads to use; default one a core. The result is the same for any number.
    progress
        Called with scenarios done and scenarios in all.

    Returns
    -------
    CascadesResult
        Table ``scenario, index, index_down, index_up, direct, indirect, firms_hit, sweeps``, largest index first:
        ``direct`` is the weighted loss of the shocks themselves, ``indirect`` the rest of the index (fractions of the
        network's weight), ``firms_hit`` how many firms the shocks hit. ``groups`` is None without ``by``, else a result
        whose table has ``scenario`` and the columns of :func:`valuechain.group_losses`.

    Raises
    ------
    ScenarioError, InvalidDataError
        With every fault of every scenario, each with its name or row.
    UnknownNameError
        When ``by`` is no column of firms.
    ParameterError
        When scenarios times groups are more rows than a table can hold.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, Methods.

    Examples
    --------
    >>> import valuechain as vc
    >>> runs = vc.cascades(vc.example("textbook"), {"half": {"sector_2": 0.5}, "all": {"sector_2": 1.0}})
    >>> runs.table["scenario"].tolist()
    ['all', 'half']
    """
    check_network(network)
    model = checked_model(model)
    groups = None if by is None else firm_groups(network, by)
    batch = scenario_batch(network, scenarios)
    outcome = run_batch(network, model, batch, groups=groups, threads=threads, progress=progress)
    share = weight_words(model.weights)
    order = outcome.ranking()
    parameters = {**outcome.prepared.parameters, "scenarios": len(batch)}
    title = f"Cascades: what is lost in {len(batch):,} scenarios"
    table = outcome.table().iloc[order].reset_index(drop=True)
    return CascadesResult(
        table=table,
        title=title,
        units=batch_units(share, table),
        parameters=parameters,
        notes=(batch_meaning(share), *batch.notes, *outcome.prepared.notes),
        groups=grouped_losses(outcome, groups, order, title, parameters),
    )


def batch_meaning(share: str) -> str:
    """Return what the columns of a batch are, in words."""
    return (
        f"index: share of {share} lost; direct: by the shocks themselves; indirect: by what they set off (index = "
        "direct + indirect); index_down: because inputs are missing; index_up: because buyers are missing."
    )


def batch_units(share: str, table: pd.DataFrame) -> dict[str, str]:
    """Return the units of the columns of a batch."""
    unit = f"fraction of {share}"
    units = {**dict.fromkeys((*LOSSES, "error"), unit), "firms": "firms", "firms_hit": "firms", "sweeps": "sweeps"}
    return {str(column): units[str(column)] for column in table.columns if column in units}


def grouped_losses(
    outcome: BatchOutcome,
    groups: FirmGroups | None,
    order: Index,
    title: str,
    parameters: Mapping[str, Any],
    column: str = "scenario",
) -> GroupLosses | None:
    """Return the losses of each group in each scenario, scenarios in the order given; None without groups."""
    if groups is None:
        return None
    weights = outcome.prepared.weights[0]
    names: Sequence[str] = [outcome.batch.names[k] for k in order]
    share = weight_words(outcome.model.weights)
    return GroupLosses(
        table=loss_table(groups, weights, outcome.lost[order], outcome.direct_by(groups)[order], {column: names}),
        title=f"{title}, by {groups.by}",
        units=loss_units(share),
        parameters={**parameters, "by": groups.by},
        notes=(meaning(share), *group_notes(groups, weights)),
    )

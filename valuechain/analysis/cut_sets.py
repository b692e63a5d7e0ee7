"""Minimal cut sets: the fewest firms, or groups of firms, that together stop a firm, a product or a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from valuechain.analysis.cut_structure import Structure, all_units, cuts_of_size, structure
from valuechain.analysis.cut_target import find_target
from valuechain.analysis.cut_words import cut_notes, estimate_notes, unnamed_notes
from valuechain.analysis.needs import Measures, checked_share, measures_of, needs_of
from valuechain.analysis.stops import Semantics, checked_semantics
from valuechain.errors import ParameterError
from valuechain.essential import essentiality
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.cut_failures import Units, nothing_failed, ways, worth
from valuechain.kernels.needs import Ints, Needs
from valuechain.models.cascade_groups import FirmGroups, firm_groups
from valuechain.network import Network
from valuechain.results import Result, rank_key

LARGEST = 3

Sets = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CutSets(Result):
    """Minimal cut sets of one target.

    ``connectivity`` is the size of the smallest cut set: 1, 2, or 3 for three and more; 0 when the target does not work
    to begin with, None when the search was too small to tell. ``count`` is the number of cut sets found, all of them up
    to size ``exact_up_to``. ``truncated`` says that the search ended early: larger ones are right, but not all.
    ``exact`` is the opposite. ``sets`` has the members of each row.
    """

    connectivity: int | None
    count: int
    exact: bool
    truncated: bool
    exact_up_to: int
    sets: Sets = field(metadata={"source": True})


def cut_sets(  # noqa: PLR0913 - one argument a choice
    network: Network,
    target: str,
    *,
    size: int = 2,
    kind: str | None = None,
    by: str = "firm",
    semantics: Semantics = "propagation",
    min_share: float = 0.0,
    cluster_stops: str = "all",
    limit: int = 10_000,
    budget: int = 1_000_000_000,
) -> CutSets:
    """Return the minimal cut sets of a target: sets of firms that stop it together, and no part of which does.

    Parameters
    ----------
    network
        The value chain.
    target
        Id of a firm, of a product (stopped when none of its makers works) or of a cluster.
    size
        Most members of a set: 1, 2 or 3.
    kind
        "firm", "product" or "cluster": what ``target`` is, where several have this id.
    by
        What fails: "firm", or firms that fail together, as in :func:`single_points_of_failure`.
    semantics, min_share
        As in :func:`single_points_of_failure`.
    cluster_stops
        A cluster is stopped when "all" of its members are, or when "any" is.
    limit
        Most cut sets of one size that are listed.
    budget
        How many links are followed before the search ends: a bound on time that does not depend on the machine.

    Returns
    -------
    CutSets
        Table ``members, size, stops, value_stopped, stops_together, synergy``, smallest sets first, then most value
        stopped. ``stops`` counts the firms that stop beyond the members, ``value_stopped`` is their output;
        ``stops_together`` and ``synergy`` are the part of them that no member stops alone. The target firm itself, a
        group with it in, and with ``cluster_stops="any"`` members of the cluster are no members of cut sets.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    ParameterError
        When a choice does not exist, ``size`` is not 1, 2 or 3, or the target is the id of several things.
    UnknownNameError
        When there is no such target, or firms has no column ``by``.

    Notes
    -----
    A set X is a cut set of target t when t is in D(X), see :func:`single_points_of_failure`. All of size 1 to 3 are
    found by branching on supports (docs/methods/cut-sets.md), each is verified by letting it fail.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.cut_sets(vc.example("eu_battery"), "DEU.cells").table["members"].head(2).tolist()
    ['CHN.graphite_refining', 'CHN.cathode; OTHER.cathode']
    """
    checked_semantics(semantics)
    share = checked_share(min_share)
    most = _checked_whole("size", size, 1, LARGEST, "cut sets of more than three members are not searched for")
    bounds = (_checked_whole("limit", limit, 1, 10**7), _checked_whole("budget", budget, 1, 10**15))
    goal = find_target(network, target, kind=kind, cluster_stops=cluster_stops)
    groups = None if by == "firm" else firm_groups(network, by)
    needs = needs_of(network, share)
    of = structure(needs, network, goal, semantics=semantics, groups=groups)
    rows, complete = searched(of, most, *bounds)
    measures = measures_of(network)
    table, sets = cut_table(network, needs, measures, groups, of.unit, rows, semantics=semantics)
    smallest = min((len(s) for s in sets), default=0)
    return CutSets(
        table=table,
        title=f"What stops {goal.kind} {goal.name}: cut sets of up to {most}",
        units=cut_units(network),
        parameters={
            "target": f"{goal.kind} {goal.name}",
            "stopped when": goal.words,
            "size": most,
            "semantics": semantics,
            "by": by,
            "min_share": share,
            "essential": essentiality(network).rule,
            "limit": bounds[0],
            "budget": bounds[1],
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(
            *cut_notes(network, goal, of.works, table, sets, most=most, complete=complete, groups=groups),
            *estimate_notes(measures),
            *unnamed_notes(network),
        ),
        connectivity=_connectivity(smallest, complete, works=of.works),
        count=len(table),
        exact=complete == most,
        truncated=complete < most,
        exact_up_to=complete,
        sets=sets,
    )


def _connectivity(smallest: int, complete: int, *, works: bool) -> int | None:
    """Return the size of the smallest cut set, 3 for more than two, 0 without a working target; None: not known."""
    if not works:
        return 0
    if smallest and smallest <= complete + 1:
        return smallest
    return LARGEST if complete >= 2 else None


def _checked_whole(name: str, value: object, least: int, most: int, why: str = "") -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        reason = f" ({why})" if why else ""
        raise ParameterError(f"{name} {value!r} is not a whole number from {least:,} to {most:,}{reason}; give one")
    return int(value)


def searched(of: Structure, size: int, limit: int, budget: int) -> tuple[list[Small], int]:
    """Return the minimal cut sets of each size, and up to which size they are all there."""
    rows: list[Small] = []
    if not of.works or not len(of.unit):
        return rows, size
    singles, pairs = np.zeros((0, 1), dtype=np.int32), np.zeros((0, 2), dtype=np.int32)
    spent = 0
    for k in range(1, size + 1):
        most = len(of.unit) if k == 1 else limit  # all single points are always listed
        found, work, is_all = cuts_of_size(of, k, singles=singles, pairs=pairs, budget=budget - spent, limit=most)
        rows.append(found)
        spent += work
        if not is_all:
            return rows, k - 1
        singles, pairs = (found, pairs) if k == 1 else (singles, found)
    return rows, size


def cut_units(network: Network) -> dict[str, str]:
    """Return the units of the columns on cut sets."""
    return {
        "size": "members",
        "stops": "firms",
        "value_stopped": network.flow_unit,
        "stops_together": "firms",
        "synergy": network.flow_unit,
    }


def cut_table(
    network: Network,
    needs: Needs,
    measures: Measures,
    groups: FirmGroups | None,
    unit: Small,
    rows: list[Small],
    *,
    semantics: str,
) -> tuple[pd.DataFrame, Sets]:
    """Return one row a cut set with what it stops in the whole network: smallest first, then most value stopped."""
    width = max((r.shape[1] for r in rows), default=1)
    padded = [np.pad(r, ((0, 0), (0, width - r.shape[1])), constant_values=-1) for r in rows]
    cuts = np.concatenate(padded) if padded else np.zeros((0, width), dtype=np.int32)
    cuts = np.where(cuts >= 0, unit[np.maximum(cuts, 0)], -1).astype(np.int32) if len(cuts) else cuts
    names = network.firm_ids if groups is None else np.array(groups.labels, dtype=object)
    sets = [tuple(sorted(str(names[u]) for u in row if u >= 0)) for row in cuts]
    stops, sums, more = set_values(needs, measures, all_units(groups or network.n_firms), cuts, semantics=semantics)
    table = pd.DataFrame(
        {
            "members": pd.Series(["; ".join(s) for s in sets], dtype="str"),
            "size": np.array([len(s) for s in sets], dtype=np.int64),
            "stops": stops[:, 0],
            "value_stopped": sums[:, 0] * measures.unit[0],
            "stops_together": stops[:, 1],
            "synergy": more[:, 0] * measures.unit[0],
        }
    )
    table.loc[table["size"] == 1, ["stops_together", "synergy"]] = 0
    key = -rank_key(table["value_stopped"])
    order = sorted(range(len(sets)), key=lambda k: (len(sets[k]), key[k], sets[k]))
    return table.iloc[order].reset_index(drop=True), tuple(sets[k] for k in order)


def set_values(
    needs: Needs, measures: Measures, units: Units, cuts: Small, *, semantics: str
) -> tuple[Ints, Ints, Ints]:
    """Return what each set of units stops beyond itself, see :func:`valuechain.kernels.cut_failures.worth`."""
    how = ways(needs, ground_up=semantics == "ground-up")
    shape = (len(cuts), measures.whole.shape[1])
    stops, sums, more = np.zeros((len(cuts), 2), np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    if len(cuts):
        worth(how, nothing_failed(how), units, cuts, measures.whole, stops, sums, more)
    return stops, sums, more

"""The single points of failure of one firm: every firm or group whose failure alone stops it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.cut_sets import searched, set_values
from valuechain.analysis.cut_structure import Structure, all_units, structure
from valuechain.analysis.cut_target import Target
from valuechain.analysis.cut_words import counted, estimate_notes, not_built, unnamed_notes
from valuechain.analysis.needs import Measures, checked_share, measures_of, needs_of
from valuechain.analysis.single_sourced import firm_name
from valuechain.analysis.stopped_by import when_stopped
from valuechain.analysis.stops import Semantics, checked_semantics
from valuechain.errors import ParameterError
from valuechain.essential import essentiality
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.cut_failures import IN_LOOP, lost_slots, nothing_failed, stopped_firms
from valuechain.kernels.needs import Needs
from valuechain.models.cascade_groups import FirmGroups, firm_groups
from valuechain.network import Network
from valuechain.results import Result, rank_key


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HangsOn(Result):
    """Whom one firm hangs on.

    ``points`` counts the single points, ``direct`` those that are all sources of one of its needs; ``derivable`` says
    whether it can be built from scratch (ground-up), None for propagation.
    """

    points: int
    direct: int
    derivable: bool | None


def hangs_on(
    network: Network,
    firm: str,
    *,
    by: str = "firm",
    semantics: Semantics = "propagation",
    min_share: float = 0.0,
) -> HangsOn:
    """Return every firm, or group of firms, whose failure alone stops one firm.

    Parameters
    ----------
    network
        The value chain.
    firm
        Id of the firm.
    by, semantics, min_share
        As in :func:`single_points_of_failure`.

    Returns
    -------
    HangsOn
        Table ``firm, stops, value_stopped, sweep, product``, most value stopped first; by groups the first column is
        ``group``. ``stops`` and ``value_stopped`` are what it stops in the whole network, ``sweep`` is after how many
        steps the firm asked for stops (1: it is all sources of a need; none: through a loop, ground-up), and
        ``product`` the first need that is not met then. The firm itself, and a group with it in, are left out.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    ParameterError
        When a choice does not exist.
    UnknownNameError
        When the firm or the column does not exist.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.hangs_on(vc.example("eu_battery"), "DEU.cells").table[["firm", "sweep", "product"]].values.tolist()
    [['CHN.graphite_refining', 2.0, 'anode']]
    """
    checked_semantics(semantics)
    share = checked_share(min_share)
    if not isinstance(firm, str):
        raise ParameterError(f"firm {firm!r} is not a name; write the id of a firm as text")
    position = network.positions([firm]).astype(np.int32)
    groups = None if by == "firm" else firm_groups(network, by)
    needs, measures = needs_of(network, share), measures_of(network)
    goal = Target(kind="firm", name=firm, firms=position)
    of = structure(needs, network, goal, semantics=semantics, groups=groups)
    rows, _ = searched(of, 1, 1, 2**62)
    singles = rows[0].ravel() if rows else np.zeros(0, dtype=np.int32)
    table = _table(network, needs, measures, groups, of, singles, semantics=semantics, target=int(position[0]))
    return HangsOn(
        table=table,
        title=f"What {firm_name(network, firm)} hangs on",
        units={"stops": "firms", "value_stopped": network.flow_unit, "sweep": "sweeps"},
        parameters={
            "firm": firm,
            "by": by,
            "semantics": semantics,
            "min_share": share,
            "essential": essentiality(network).rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*_sentences(network, firm, by, table, of), *estimate_notes(measures), *unnamed_notes(network)),
        points=len(table),
        direct=int((table["sweep"] == 1).sum()),
        derivable=of.works if semantics == "ground-up" else None,
    )


def _table(
    network: Network,
    needs: Needs,
    measures: Measures,
    groups: FirmGroups | None,
    of: Structure,
    singles: Small,
    *,
    semantics: str,
    target: int,
) -> pd.DataFrame:
    unit = of.unit[singles]
    names = (network.firm_ids if groups is None else np.array(groups.labels, dtype=object))[unit]
    stops, sums, _ = set_values(
        needs, measures, all_units(groups or network.n_firms), unit[:, None], semantics=semantics
    )
    steps = [_how(of, int(u)) for u in singles]
    first = int(needs.of_buyer[target])
    value = sums[:, 0] * measures.unit[0]
    by_name = np.argsort(np.argsort(names.astype(str), kind="stable"), kind="stable")
    order = np.lexsort((by_name, -stops[:, 0], -rank_key(value)))
    return pd.DataFrame(
        {
            "firm" if groups is None else "group": pd.Series(names[order], dtype="str"),
            "stops": stops[order, 0],
            "value_stopped": value[order],
            "sweep": np.array([steps[k][0] for k in order], dtype=np.float64),
            "product": pd.Series(
                [str(network.products[needs.product[first + steps[k][1]]]) for k in order], dtype="str"
            ),
        }
    )


def _how(of: Structure, unit: int) -> tuple[float, int]:
    """Return in which sweep the target stops when a unit fails, and which of its slots is not met then."""
    firms = of.units.firm[of.units.start[unit] : of.units.start[unit + 1]]
    target = np.array([of.target], dtype=np.int32)
    sweep = when_stopped(of.how, firms, target)
    if sweep[of.target] == IN_LOOP:  # all of the loop is down, not the target alone
        sweep = when_stopped(of.how, firms, stopped_firms(of.how, nothing_failed(of.how), firms))
    slot, _ = lost_slots(of.how.needs, sweep, target)
    when = sweep[of.target]
    return float("nan") if when == IN_LOOP else float(when), int(slot[0] - of.how.needs.of_buyer[of.target])


def _sentences(network: Network, firm: str, by: str, table: pd.DataFrame, of: Structure) -> list[str]:
    who = firm_name(network, firm)
    if not of.works:
        return [not_built(who)]
    if not len(table):
        return [f"No {by} alone stops {who}: every essential need has sources that do not all hang on one {by}."]
    direct = int((table["sweep"] == 1).sum())
    one = "firm" if by == "firm" else f"group (by {by})"
    many = "firms" if by == "firm" else f"groups (by {by})"
    said = "stops" if len(table) == 1 else "stop"
    return [
        f"{counted(len(table), one, many)} alone {said} {who}: {direct:,} as all sources of one of its needs, "
        f"{len(table) - direct:,} through others."
    ]

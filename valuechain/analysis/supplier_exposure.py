"""From which firms, countries or owners the inputs of a buyer or cluster come, directly and through all tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.analysis.concentration_groups import memberships
from valuechain.analysis.look_through import Coefficients, checked_tiers, coefficients, sum_over_tiers
from valuechain.errors import Fault, InvalidDataError, ParameterError, UnknownNameError, suggestion
from valuechain.models.cascade_groups import FirmGroups, firm_groups
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key
from valuechain.schema.countries import country_name

BLOCK = 32
"""Groups that are looked through side by side: the memory of a block is firms times this."""

MOST_CELLS = 50_000_000
"""Buyers times groups that are held at once (400 MB an array)."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SupplierExposure(Result):
    """Shares of the inputs of a buyer, a cluster or every buyer, by where they come from."""


def supplier_exposure(
    network: Network,
    *,
    buyer: str | None = None,
    cluster: str | None = None,
    by: str = "country",
    tiers: int | None = None,
) -> SupplierExposure:
    """Return from where inputs come: directly, and through all tiers of suppliers.

    With W the flows (suppliers in rows), x output, A = W / x by column and d what the buyer (or the firms of the
    cluster, from others) buys from each firm, the production behind its inputs is y = (I - A)^-1 d: what suppliers
    make for it, what their suppliers make for that, and so on. ``full_share`` of a group is its part of the sum of y,
    ``direct_share`` its part of the sum of d, ``hidden_share`` the difference. Production is counted at each tier
    (gross), as output is.

    Parameters
    ----------
    network
        The value chain. Firms without ``output`` take the larger of their sales and purchases in the network.
    buyer, cluster
        Id of a firm, or of a cluster; neither: every buyer, with the group it is most exposed to.
    by
        What sources are added up by: ``firm``, ``country``, ``owner``, ``sector`` or another column of firms.
    tiers
        How many tiers to look through; None: all.

    Returns
    -------
    SupplierExposure
        For a buyer or cluster: table ``group, full_share, direct_share, hidden_share, firms, direct_value,
        full_value``, the largest full share first; ``(not known)`` is a group of its own. For every buyer: table
        ``firm, largest, full_share, direct_share, hidden_share, own_share, unknown_share, input_value``, where
        ``largest`` is the group other than the buyer's own with the largest full share.

    Raises
    ------
    UnknownNameError
        When the firm, cluster or column does not exist.
    ParameterError
        When a buyer and a cluster are given, ``by="firm"`` with neither, or ``tiers`` is no whole number above 0.
    InvalidDataError
        When the buyer buys nothing, or the sum over tiers does not end.

    References
    ----------
    Leontief (1936), Quantitative Input and Output Relations, Review of Economics and Statistics 18: 105. Direct and
    look-through exposure: Baldwin, Freeman and Theodorakopoulos (2022), Horses for Courses: Measuring Foreign Supply
    Chain Exposure, NBER Working Paper 30525; the normalisation to shares is this program's.

    Examples
    --------
    >>> import valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> vc.supplier_exposure(net, by="country", tiers=3).table.columns[:3].tolist()
    ['firm', 'largest', 'full_share']
    """
    tiers = checked_tiers(tiers)
    if buyer is not None and cluster is not None:
        raise ParameterError("buyer and cluster are given; name one of them, or neither for every buyer")
    if buyer is None and cluster is None:
        if by == "firm":
            raise ParameterError("by='firm' needs a buyer or a cluster; for every buyer take by='country' or 'owner'")
        return _of_all(network, by, tiers)
    target = network.positions([buyer]) if buyer is not None else _members(network, str(cluster))
    return _of_one(network, f"buyer {buyer}" if buyer is not None else f"cluster {cluster}", target, by, tiers)


def _members(network: Network, cluster: str) -> Index:
    firm, code, labels = memberships(network)
    if cluster not in labels:
        hint = suggestion(cluster, labels) or f"clusters with members are {', '.join(map(str, labels[:10]))}"
        raise UnknownNameError(f"cluster '{cluster}' has no member in network '{network.name}'; {hint}")
    return np.unique(firm[code == np.flatnonzero(labels == cluster)[0]])


def _of_one(network: Network, name: str, target: Index, by: str, tiers: int | None) -> SupplierExposure:
    made = coefficients(network, what="exposure through all tiers")
    is_target = np.zeros(network.n_firms, dtype=bool)
    is_target[target] = True
    # What members sell to each other is no input of the cluster, and what a firm supplies to itself none of the firm.
    links = is_target[network.buyer] & ~is_target[network.supplier]
    sums = np.bincount(network.supplier[links], weights=network.flow[links], minlength=network.n_firms)
    direct: Floats = sums.astype(np.float64)
    if not direct.any():
        fault = Fault(file="links", problem=f"{name} buys nothing from other firms", remedy="name another one")
        raise InvalidDataError([fault])
    full, count = sum_over_tiers(made.matrix, direct, tiers, network)
    groups = None if by == "firm" else firm_groups(network, by)
    if groups is not None and groups.several:
        raise ParameterError(f"by='{by}': firms are in several groups; take a column of firms")
    table = _ranked(network, groups, direct, full)
    return SupplierExposure(
        table=table,
        title=f"Where the inputs of {name} come from, by {by}",
        units={
            "full_share": "fraction of inputs",
            "direct_share": "fraction of inputs",
            "hidden_share": "fraction of inputs",
            "firms": "firms",
            "direct_value": network.flow_unit,
            "full_value": network.flow_unit,
        },
        parameters=_parameters(network, by, tiers, count),
        notes=(*_headline(table, name, by, groups, tiers), *made.notes),
    )


def _parameters(network: Network, by: str, tiers: int | None, count: int) -> dict[str, Any]:
    return {
        "by": by,
        "tiers": "all" if tiers is None else tiers,
        **({"tiers added up": count} if tiers is None else {}),
        "network": network.name,
        "fingerprint": network.fingerprint,
    }


def _ranked(network: Network, groups: FirmGroups | None, direct: Floats, full: Floats) -> pd.DataFrame:
    if groups is None:
        labels, sums = network.firm_ids, (direct, full, (full > 0).astype(float))
    else:
        labels = np.asarray(groups.labels, dtype=object)
        sums = (groups.sums(direct), groups.sums(full), groups.sums((full > 0).astype(float)))
    table = pd.DataFrame(
        {
            "group": pd.Series(labels, dtype="str"),
            "full_share": sums[1] / full.sum(),
            "direct_share": sums[0] / direct.sum(),
            "firms": sums[2].astype(np.int64),
            "direct_value": sums[0],
            "full_value": sums[1],
        }
    )
    table.insert(3, "hidden_share", _difference(table))
    table["_rank"] = -table["full_share"].round(12)
    table = table[table["full_value"] > 0].sort_values(["_rank", "group"], ignore_index=True)
    return table.drop(columns="_rank")


def _difference(table: pd.DataFrame) -> pd.Series:
    """Return full less direct shares; what is rounding only is none."""
    gap = table["full_share"] - table["direct_share"]
    return gap.where(gap.abs() > 1e-12, 0.0)


def _label(by: str, group: str) -> str:
    return f"{country_name(group)} ({group})" if by == "country" and country_name(group) != group else group


def _through(tiers: int | None) -> str:
    return "through all tiers" if tiers is None else f"through {tiers} tier{'s' if tiers > 1 else ''}"


def _headline(table: pd.DataFrame, name: str, by: str, groups: FirmGroups | None, tiers: int | None) -> tuple[str, ...]:
    rest = groups.labels[groups.rest] if groups is not None and groups.rest >= 0 else None
    known = table[table["group"] != rest]
    notes = []
    if len(known):
        top = known.iloc[0]
        hidden = 100 * top["hidden_share"]
        meaning = f"{hidden:.0f} percentage points are hidden behind other suppliers"
        if hidden < 0:
            meaning = "further up the chain other sources weigh more"
        notes.append(
            f"{top['full_share']:.0%} of the inputs of {name} come, {_through(tiers)}, from {_label(by, top['group'])} "
            f"({top['direct_share']:.0%} of direct purchases: {meaning})."
        )
        most = known.sort_values(["hidden_share", "group"], ascending=[False, True]).iloc[0]
        if most["group"] != top["group"] and most["hidden_share"] > 0:
            notes.append(
                f"Most hidden: {_label(by, most['group'])}, {most['full_share']:.0%} through the tiers and "
                f"{most['direct_share']:.0%} directly."
            )
    notes.append(
        "full_share: part of the production behind the inputs, counted at each tier; direct_share: part of the direct "
        "purchases from others; hidden_share: the difference."
    )
    if rest is not None and rest in set(table["group"]):
        row = table[table["group"] == rest].iloc[0]
        notes.append(
            f"{row['full_share']:.0%} come from firms whose {by} is not known; any part of it may be another group's."
        )
    return tuple(notes)


def _of_all(network: Network, by: str, tiers: int | None) -> SupplierExposure:
    made = coefficients(network, what="exposure through all tiers")
    groups = firm_groups(network, by)
    if groups.several:
        raise ParameterError(f"by='{by}': firms are in several groups; take a column of firms")
    if network.n_firms * len(groups.labels) > MOST_CELLS:
        raise ParameterError(
            f"by='{by}' has {len(groups.labels):,} groups, too many for all {network.n_firms:,} buyers at once; name a "
            "buyer or a cluster, or take a column with fewer values"
        )
    full, direct, count = _shares_of_all(network, made, groups, tiers)
    table = _best(network, groups, full, direct)
    return SupplierExposure(
        table=table,
        title=f"The {by} each buyer is most exposed to, {_through(tiers)}",
        units={
            **dict.fromkeys(("full_share", "direct_share", "hidden_share", "own_share"), "fraction of inputs"),
            "unknown_share": "fraction of inputs",
            "input_value": network.flow_unit,
        },
        parameters=_parameters(network, by, tiers, count),
        notes=(*_words_of_all(table, by, tiers), *made.notes),
    )


def _shares_of_all(
    network: Network, made: Coefficients, groups: FirmGroups, tiers: int | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """Return full and direct shares of each buyer by group, and the most tiers; shapes (firms, groups).

    The rows of (I - A)^-1 are not needed one by one: summed over a group's firms they answer for all buyers at once.
    A firm's supply to itself is taken out of its inputs at the end: it scales all shares of a buyer alike, except
    that the firm itself is no source of its own.
    """
    n, k = network.n_firms, len(groups.labels)
    member = np.zeros((n, k))
    member[np.arange(n), groups.group] = 1.0
    own = network.supplier == network.buyer
    loop = np.bincount(network.supplier[own], weights=network.flow[own], minlength=n)
    bought = np.zeros((n, k))
    np.add.at(bought, (network.buyer[~own], groups.group[network.supplier[~own]]), network.flow[~own])
    step = made.matrix.T.tocsr()
    full, most = np.empty((n, k)), 0
    for at in range(0, k, BLOCK):
        part, count = sum_over_tiers(step, member[:, at : at + BLOCK], tiers, network)
        full[:, at : at + BLOCK], most = part, max(most, count)
    # part = members' output made for one unit of output of each firm; behind its inputs is that of its suppliers.
    behind = step @ full
    alone = np.divide(loop, made.output, out=np.zeros(n), where=made.output > 0)
    behind -= alone[:, None] * full
    behind[behind < 0] = 0.0
    return _per_row(behind), _per_row(bought), most


def _per_row(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    total = values.sum(axis=1, keepdims=True)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)


def _best(
    network: Network, groups: FirmGroups, full: npt.NDArray[np.float64], direct: npt.NDArray[np.float64]
) -> pd.DataFrame:
    n = network.n_firms
    rows, own = np.arange(n), groups.group
    unknown = full[:, groups.rest] if groups.rest >= 0 else np.zeros(n)
    others = full.round(12)
    if groups.rest >= 0:
        others[:, groups.rest] = -1.0
    home = own != groups.rest
    others[rows[home], own[home]] = -1.0
    best = others.argmax(axis=1)  # labels are sorted, so that ties go to the first
    some = others[rows, best] > 0
    inputs = network.purchases - np.bincount(
        network.buyer[network.supplier == network.buyer],
        weights=network.flow[network.supplier == network.buyer],
        minlength=n,
    )
    labels = np.array([*groups.labels, None], dtype=object)
    table = pd.DataFrame(
        {
            "firm": pd.Series(network.firm_ids, dtype="str"),
            "largest": pd.Series(labels[np.where(some, best, -1)], dtype="str"),
            "full_share": np.where(some, full[rows, best], 0.0),
            "direct_share": np.where(some, direct[rows, best], 0.0),
            "own_share": np.where(home, full[rows, own], np.nan),
            "unknown_share": unknown,
            "input_value": inputs,
        }
    )
    table = table[pd.Series(direct.any(axis=1))]
    table.insert(4, "hidden_share", _difference(table))
    table["_rank"], table["_size"] = -table["full_share"].round(12), -rank_key(table["input_value"])
    table = table.sort_values(["_rank", "_size", "firm"], ignore_index=True)
    return table.drop(columns=["_rank", "_size"])


def _words_of_all(table: pd.DataFrame, by: str, tiers: int | None) -> tuple[str, ...]:
    notes = []
    if len(table):
        top = table.iloc[0]
        half = int((table["full_share"] > 0.5).sum())
        if isinstance(top["largest"], str):
            notes.append(
                f"{half} of {len(table)} buyers get more than half of their inputs, {_through(tiers)}, from one {by} "
                f"other than their own. First: {top['firm']}, {top['full_share']:.0%} from "
                f"{_label(by, top['largest'])} ({top['direct_share']:.0%} directly)."
            )
        if float(table["unknown_share"].max()) > 0:
            notes.append(
                f"Firms without {by} are in no group: unknown_share, up to {table['unknown_share'].max():.0%} of the "
                f"inputs of a buyer. own_share is not known for buyers without {by}."
            )
    notes.append(
        f"largest: the {by}, other than the buyer's own, with the largest part of the production behind its inputs, "
        "counted at each tier (full_share); direct_share: part of direct purchases; hidden_share: the difference."
    )
    return tuple(notes)

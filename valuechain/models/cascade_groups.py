"""Losses of cascades added up over groups of firms: sectors, countries, owners, regions or groups of your own."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from valuechain.errors import ParameterError, UnknownNameError, ValueChainWarning, suggestion
from valuechain.kernels.cascade_groups import add_up_losses
from valuechain.models.cascade import CascadeResult
from valuechain.models.cascade_network import prepare, weight_words
from valuechain.network import Floats, Index, Network
from valuechain.results import Result, rank_key
from valuechain.schema.columns import TABLES
from valuechain.schema.numbers import number_text

LOSSES = ("index", "direct", "indirect", "index_down", "index_up")
"""Columns of losses that are fractions of the whole network's weight."""

_MEASURES = frozenset(column.name for column in TABLES["firms"].columns if column.kind == "number")
_GROUPING = ("sector", "country", "region", "owner")

_ONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, eq=False)
class FirmGroups:
    """Which firms form which groups.

    Parameters
    ----------
    by
        What the firms of a group have in common.
    labels
        Names of the groups; shape (groups,).
    start, group
        Groups of firm i are ``group[start[i]:start[i + 1]]``; shapes (firms + 1,) and (memberships,).
    rest
        Position in ``labels`` of the firms whose group is not known, -1 when all are known.
    several
        How many firms are in more than one group.
    """

    by: str
    labels: tuple[str, ...]
    start: Index
    group: Index
    rest: int
    several: int

    @property
    def firms(self) -> Index:
        """Number of firms of each group; shape (groups,)."""
        return np.bincount(self.group, minlength=len(self.labels)).astype(np.int64)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of a value of firms over each group; shape (groups,)."""
        each = np.repeat(values, np.diff(self.start))
        return np.asarray(np.bincount(self.group, each, len(self.labels)), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupLosses(Result):
    """Loss of every group of firms, in one scenario or in many."""


def columns_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """Return the columns of firms that were asked for, one or several.

    Raises
    ------
    ParameterError
        When it is neither a name nor a list of names.
    """
    if isinstance(by, str):
        return (by,)
    if isinstance(by, Mapping) or not isinstance(by, Iterable):
        raise ParameterError(
            f"by {by!r} is not the name of a column; write 'country', or several: ['country', 'owner']"
        )
    names = tuple(by)
    for name in names:
        _check_name(name)
    return names


def _check_name(by: object) -> None:
    if not isinstance(by, str):
        raise ParameterError(f"by {by!r} is not the name of a column; write 'country', 'sector' or another column")


def firm_groups(network: Network, by: str) -> FirmGroups:
    """Return the groups of firms by a column of firms, or by ``cluster`` for the memberships.

    Raises
    ------
    UnknownNameError
        When firms has no such column, or no firm has a value in it.
    ParameterError
        When the column is a measure such as output.
    """
    _check_name(by)
    if by == "cluster" and network.table("members") is not None:
        members = network.table("members")[["firm", "cluster"]].drop_duplicates()  # type: ignore[index]
        firm = network.positions(members["firm"])
        values = members["cluster"]
    else:
        firm, values = np.arange(network.n_firms), _column(network, by)
    known = values.notna().to_numpy()
    codes, labels = pd.factorize(values[known], sort=True)
    names = [_label(v) for v in labels]
    return _grouped(by, names, firm[known], codes.astype(np.int64), network.n_firms)


def _column(network: Network, by: str) -> pd.Series:
    firms = network.firms
    if by == "cluster" and by not in firms:
        raise UnknownNameError(f"network '{network.name}' has no table members; add it to use by='cluster'")
    if by not in firms:
        columns = [*firms.columns, "cluster"]
        hint = suggestion(by, columns) or "columns are " + ", ".join(columns)
        raise UnknownNameError(f"firms of network '{network.name}' has no column '{by}'; {hint}")
    if by in _MEASURES:
        found = [c for c in _GROUPING if c in firms]
        found += ["cluster"] if "cluster" in firms or network.table("members") is not None else []
        raise ParameterError(
            f"by {by!r} is a measure, of which nearly every firm has a value of its own: firms group by "
            f"{', '.join(found)}, or by a column with your own groups"
        )
    if firms[by].isna().all():
        raise UnknownNameError(f"firms of network '{network.name}' has no value in column '{by}'; fill it in")
    return firms[by]


def _label(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _grouped(by: str, names: list[str], firm: Index, codes: Index, n_firms: int) -> FirmGroups:
    """Return groups of known memberships, and one more of the firms that have none."""
    alone = np.flatnonzero(np.bincount(firm, minlength=n_firms) == 0)
    rest = -1
    if alone.size:
        word = "(no cluster)" if by == "cluster" else "(not known)"
        while word in names:
            word = f"({word})"
        rest = len(names)
        names = [*names, word]
        firm, codes = np.concatenate([firm, alone]), np.concatenate([codes, np.full(len(alone), rest)])
    order = np.lexsort((codes, firm))
    count = np.bincount(firm, minlength=n_firms)
    return FirmGroups(
        by=by,
        labels=tuple(names),
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        group=codes[order].astype(np.int64),
        rest=rest,
        several=int((count > 1).sum()),
    )


def group_losses(result: CascadeResult, *, by: str) -> GroupLosses:
    """Return what each sector, country, cluster, owner or region loses in a cascade, directly and indirectly.

    Parameters
    ----------
    result
        What :func:`valuechain.cascade` returned.
    by
        ``sector``, ``country``, ``cluster``, ``owner``, ``region`` or any other column of firms.

    Returns
    -------
    GroupLosses
        Table ``group, firms, weight, index, direct, indirect, index_down, index_up, loss``, largest index first.
        ``index`` is the group's part of the network's index (the rows add up to it), ``direct`` the part lost in the
        shock itself, ``indirect`` the rest; ``weight`` is the group's share of the network's weight, all of these
        fractions of that weight. ``loss`` is index over weight: the lost fraction of the group's own weight, not known
        where the group has none. Firms without a value are the group ``(not known)`` or ``(no cluster)``. A firm in
        several clusters counts wholly in each, so rows of clusters that overlap add up to more than the network.

    Raises
    ------
    UnknownNameError
        When firms has no such column.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719: the index, here by group.

    Examples
    --------
    >>> import valuechain as vc
    >>> run = vc.cascade(vc.example("textbook"), {"sector_1": 1.0})
    >>> table = vc.group_losses(run, by="sector").table
    >>> round(float(table["index"].sum() - run.index), 12)
    0.0
    """
    if not isinstance(result, CascadeResult):
        raise ParameterError(f"{type(result).__name__} is no cascade; give what valuechain.cascade returned")
    source = result.source
    network, model = source.network, source.model
    groups = firm_groups(network, by)
    with warnings.catch_warnings():
        # What is to be said of the network was said when the cascade ran.
        warnings.simplefilter("ignore", ValueChainWarning)
        weights = prepare(network, model).weights[0]
    works = np.ones((2, 1, network.n_firms))
    works[:, 0, network.positions(result.table["firm"])] -= result.table[["loss_down", "loss_up"]].to_numpy().T
    lost = np.zeros((1, len(groups.labels), 3))
    add_up_losses(works[0], works[1], weights, groups.start, groups.group, lost)
    direct = groups.sums(weights * np.maximum(source.lost_supply, source.lost_demand))[None, :]
    share = weight_words(model.weights)
    return GroupLosses(
        table=loss_table(groups, weights, lost, direct),
        title=f"{result.title}, by {by}",
        units=loss_units(share),
        parameters={**result.parameters, "by": by},
        notes=(meaning(share), *group_notes(groups, weights)),
    )


def meaning(share: str) -> str:
    """Return what the columns of losses are, in words."""
    return (
        f"index: share of {share} lost in the group; direct: by the shock itself; indirect: by what it sets off (index "
        "= direct + indirect); weight: share the group has; loss: lost fraction of the group's own weight."
    )


def loss_units(share: str) -> dict[str, str]:
    """Return the units of the columns of losses."""
    unit = f"fraction of {share}"
    return {"firms": "firms", "weight": unit, **dict.fromkeys(LOSSES, unit), "loss": "fraction of its own weight"}


def lack_words(groups: FirmGroups) -> str:
    """Return what the firms of no group lack, in words."""
    return "in no cluster" if groups.by == "cluster" else f"without a known {groups.by}"


def group_notes(groups: FirmGroups, weights: Floats) -> list[str]:
    """Return what a reader must know of how firms were counted."""
    notes = []
    if groups.rest >= 0:
        count, share = int(groups.firms[groups.rest]), float(groups.sums(weights)[groups.rest])
        row = groups.labels[groups.rest]
        notes.append(f"Firms {lack_words(groups)}: {count:,} ({share:.1%} of the weight), the row {row}.")
    if groups.several:
        notes.append(
            f"Firms in several clusters: {groups.several:,}; they count wholly in each, so the rows add up to more "
            "than the network."
        )
    return notes


def loss_table(
    groups: FirmGroups,
    weights: Floats,
    lost: Floats,
    direct: Floats,
    scenarios: Mapping[str, Sequence[str]] = _ONE,
) -> pd.DataFrame:
    """Return the rows of each scenario and group, in the order of the scenarios, the largest index first.

    ``scenarios`` is the leading column with the name of each scenario, empty where there is but one; ``lost`` has shape
    (scenarios, groups, 3), ``direct`` (scenarios, groups), both as fractions of all weight.
    """
    count, size = direct.shape
    index = lost[:, :, 0]
    weight = groups.sums(weights)
    # Ties by name; sums in another order of rows differ in the last digits, which must change no rank.
    names = np.array(groups.labels, dtype=object)
    by_name = np.argsort(np.argsort(names.astype(str), kind="stable"), kind="stable")
    rank = np.broadcast_to(by_name, (count, size))
    order = np.lexsort((rank, -rank_key(index)), axis=1)
    flat = (np.arange(count)[:, None] * size + order).ravel()
    group = flat % size
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where(weight > 0, np.minimum(index / weight, 1.0), np.nan)
    columns: dict[str, object] = {
        column: pd.Series(np.repeat(np.array(words, dtype=object), size), dtype="str")
        for column, words in scenarios.items()
    }
    columns |= {"group": pd.Series(names[group], dtype="str"), "firms": groups.firms[group], "weight": weight[group]}
    parts = (index, direct, np.maximum(index - direct, 0), lost[:, :, 1], lost[:, :, 2], own)
    columns |= {name: part.ravel()[flat] for name, part in zip((*LOSSES, "loss"), parts, strict=True)}
    return pd.DataFrame(columns)

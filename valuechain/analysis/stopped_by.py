"""Exactly what stops when some firms or groups fail, one firm a row, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.analysis.cut_structure import all_units
from valuechain.analysis.cut_words import counted, estimate_notes, listed, unnamed_notes
from valuechain.analysis.needs import Measures, checked_share, measures_of, needs_of
from valuechain.analysis.single_sourced import firm_name
from valuechain.analysis.stops import Semantics, checked_semantics
from valuechain.errors import ParameterError, UnknownNameError, shown, suggestion
from valuechain.essential import essentiality
from valuechain.kernels.cascade_graph import Small
from valuechain.kernels.cut_failures import IN_LOOP, Ways, lost_slots, nothing_failed, stopped_firms, sweeps, ways
from valuechain.kernels.needs import Ints, Needs
from valuechain.models.cascade_groups import FirmGroups, firm_groups
from valuechain.network import Network
from valuechain.results import Result, number_text, rank_key

SHOWN = 5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StoppedBy(Result):
    """What stops with some firms or groups.

    ``stops`` counts the firms that stop beyond those that fail, ``value_stopped`` is their output and
    ``employees_stopped`` their known employees, ``members_stopped`` counts the members of clusters among them; None
    where nothing is known. ``products`` names those without a working maker left, with semicolons between.
    """

    stops: int
    value_stopped: float
    employees_stopped: float | None
    members_stopped: int | None
    products: str


def stopped_by(
    network: Network,
    failed: str | Iterable[str],
    *,
    by: str = "firm",
    semantics: Semantics = "propagation",
    min_share: float = 0.0,
) -> StoppedBy:
    """Return every firm that stops when the given firms or groups fail together: when, and for want of what.

    Parameters
    ----------
    network
        The value chain.
    failed
        Id of a firm, or name of a group; several fail together.
    by
        "firm", or what the names are groups of: "owner", "country", "region", "sector", "cluster" or another column.
    semantics, min_share
        As in :func:`single_points_of_failure`.

    Returns
    -------
    StoppedBy
        Table ``firm, value_stopped, employees, sweep, product, suppliers, needs_lost, makes, clusters``, most value
        first. In sweep k a firm stops for want of what stopped by sweep k - 1; 0 are the failed firms, which are no
        rows. ``product`` is the first need (by name) that was not met any more, ``suppliers`` up to five of those that
        had delivered it and were down by then, ``needs_lost`` counts the needs that are not met in the end, ``makes``
        names up to five products. Ground-up, firms of a loop that lost its outside source have no sweep. Columns on
        employees and clusters are there where the network has any.

    Warns
    -----
    DefaultWarning
        When the network does not say which inputs are essential: all are taken as essential.

    Raises
    ------
    ParameterError
        When nothing is given to fail, or a choice does not exist.
    UnknownNameError
        When a firm, group or column does not exist.

    Examples
    --------
    >>> import valuechain as vc
    >>> vc.stopped_by(vc.example("textbook"), "sector_1").table[["firm", "sweep", "product"]].values.tolist()
    [['sector_2', 1.0, 'sector_1']]
    """
    checked_semantics(semantics)
    share = checked_share(min_share)
    groups = None if by == "firm" else firm_groups(network, by)
    names = _checked_names(failed)
    gone = _firms_of(network, names, groups)
    how = ways(needs_of(network, share), ground_up=semantics == "ground-up")
    down = stopped_firms(how, nothing_failed(how), gone)
    stopped = np.sort(down[~np.isin(down, gone)])
    measures = measures_of(network)
    table = _table(network, how, measures, gone, stopped)
    products = _products_lost(how.needs, down, how.rank >= 0)
    lost = tuple(str(network.products[p]) for p in products)
    sums = measures.whole[stopped].sum(axis=0) * measures.unit
    known = measures.has_employees and len(stopped) > sums[2]
    who = [firm_name(network, n) if groups is None else n for n in names]
    return StoppedBy(
        table=table,
        title=f"What stops when {listed(who)} {'fails' if len(who) == 1 else 'fail'}",
        units=_units(network, table),
        parameters={
            "failed": "; ".join(names),
            "by": by,
            "semantics": semantics,
            "min_share": share,
            "essential": essentiality(network).rule,
            "network": network.name,
            "fingerprint": network.fingerprint,
        },
        notes=(*_sentences(network, table, lost, gone, how), *estimate_notes(measures), *unnamed_notes(network)),
        stops=len(stopped),
        value_stopped=float(sums[0]),
        employees_stopped=float(sums[1]) if known else None,
        members_stopped=int(sums[3]) if measures.has_members else None,
        products="; ".join(lost),
    )


def _checked_names(failed: object) -> list[str]:
    if isinstance(failed, str):
        return [failed]
    if isinstance(failed, Mapping) or not isinstance(failed, Iterable):
        raise ParameterError(f"{failed!r} is no name of a firm or group; write one as text, or a list of them")
    names = list(dict.fromkeys(failed))
    wrong = [n for n in names if not isinstance(n, str)]
    if wrong:
        raise ParameterError(f"{wrong[0]!r} is no name of a firm or group; write it as text")
    if not names:
        raise ParameterError("nothing was given to fail; name a firm or group")
    return names


def _firms_of(network: Network, names: list[str], groups: FirmGroups | None) -> Small:
    """Return the firms of the names, each once."""
    if groups is None:
        return np.unique(network.positions(names)).astype(np.int32)
    units = all_units(groups)
    at = {label: k for k, label in enumerate(groups.labels[: len(units.start) - 1])}
    unknown = [n for n in names if n not in at]
    if unknown:
        raise UnknownNameError(
            "\n".join(
                f"{shown(n)} is no {groups.by} of network '{network.name}'; "
                f"{suggestion(n, at) or 'there are ' + ', '.join(shown(k) for k in list(at)[:5])}"
                for n in unknown
            )
        )
    return np.unique(np.concatenate([units.firm[units.start[at[n]] : units.start[at[n] + 1]] for n in names]))


def when_stopped(how: Ways, gone: Small, stopped: Small) -> Small:
    """Return the sweep in which each firm stops, IN_LOOP for those that no sweep reaches, -1 for those that go on."""
    never = np.flatnonzero(how.rank < 0).astype(np.int32)  # what never works is no source from the start
    sweep = sweeps(how.needs, np.concatenate([gone, never]))
    sweep[stopped[sweep[stopped] < 0]] = IN_LOOP
    return sweep


def _table(network: Network, how: Ways, measures: Measures, gone: Small, stopped: Small) -> pd.DataFrame:
    sweep = when_stopped(how, gone, stopped)
    slot, lost = lost_slots(how.needs, sweep, stopped)
    value = measures.whole[stopped, 0] * measures.unit[0]
    by_name = np.argsort(np.argsort(network.firm_ids[stopped].astype(str), kind="stable"), kind="stable")
    order = np.lexsort((by_name, -rank_key(value)))
    firms, slot = stopped[order], slot[order]
    columns: dict[str, object] = {
        "firm": pd.Series(network.firm_ids[firms], dtype="str"),
        "value_stopped": value[order],
    }
    if measures.has_employees:
        columns["employees"] = network.firms["employees"].to_numpy(dtype=np.float64)[firms]
    columns |= {
        "sweep": np.where(sweep[firms] == IN_LOOP, np.nan, sweep[firms].astype(np.float64)),
        "product": pd.Series([str(network.products[how.needs.product[k]]) for k in slot], dtype="str"),
        "suppliers": pd.Series(_suppliers(network, how.needs, sweep, firms, slot), dtype="str"),
        "needs_lost": lost[order].astype(np.int64),
        "makes": pd.Series([_makes(network, how.needs, int(f)) for f in firms], dtype="str"),
    }
    if measures.has_members:
        members = network.table("members")
        of = {} if members is None else dict(members.groupby("firm")["cluster"].agg(_joined).items())
        columns["clusters"] = pd.Series([of.get(str(f), "") for f in network.firm_ids[firms]], dtype="str")
    return pd.DataFrame(columns)


def _suppliers(network: Network, needs: Needs, sweep: Small, firms: Small, slot: Small) -> list[str]:
    """Return, for each firm, who had delivered what it lacks and was down by then."""
    words = []
    for f, k in zip(firms, slot, strict=True):
        sources = needs.supplier[needs.start[k] : needs.start[k + 1]]
        when = sweep[sources]
        before = (when >= 0) & ((when < sweep[f]) | (sweep[f] == IN_LOOP))
        words.append(_few(sorted(str(s) for s in network.firm_ids[sources[before]])))
    return words


def _makes(network: Network, needs: Needs, firm: int) -> str:
    return _few([str(network.products[p]) for p in needs.made[needs.made_start[firm] : needs.made_start[firm + 1]]])


def _joined(names: pd.Series) -> str:
    return "; ".join(sorted(set(names)))


def _few(names: list[str]) -> str:
    return "; ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _products_lost(needs: Needs, down: Small, works: np.ndarray) -> Ints:
    """Return the products that some firm could make and none can any more."""
    firm = np.repeat(np.arange(len(works)), np.diff(needs.made_start))
    is_down = np.zeros(len(works), dtype=bool)
    is_down[down] = True
    before = np.bincount(needs.made[works[firm]], minlength=len(needs.makers))
    after = np.bincount(needs.made[works[firm] & ~is_down[firm]], minlength=len(needs.makers))
    return np.flatnonzero((before > 0) & (after == 0))


def _units(network: Network, table: pd.DataFrame) -> dict[str, str]:
    units = {"value_stopped": network.flow_unit, "employees": "persons", "sweep": "sweeps", "needs_lost": "needs"}
    return {column: unit for column, unit in units.items() if column in table}


def _sentences(network: Network, table: pd.DataFrame, lost: tuple[str, ...], gone: Small, how: Ways) -> list[str]:
    if not len(table):
        notes = ["No other firm stops: every essential need that was met is met still."]
    else:
        worth = f"{number_text(float(table['value_stopped'].sum()))} {network.flow_unit}"
        last = table["sweep"].max()
        steps = "" if np.isnan(last) else f", the last in sweep {int(last)}"
        notes = [f"{counted(len(table), 'other firm')} stop{'s' * (len(table) == 1)}, worth {worth}{steps}."]
    loops = int(table["sweep"].isna().sum())
    if loops:
        notes.append(
            f"{counted(loops, 'firm')} of them belong to loops that cannot start without a source that is gone: they "
            "have no sweep."
        )
    if lost:
        notes.append(f"Products without a working maker left: {_few(list(lost))}.")
    never = int((how.rank[gone] < 0).sum())
    if never:
        notes.append(
            f"{counted(never, 'failed firm')} cannot be built from scratch anyway, and stopped nobody by failing."
        )
    return notes

"""Suggested partners as a workbook that people edit, and what they wrote read back."""

from __future__ import annotations

import os

import pandas as pd

from valuechain.analysis.single_sourced import firm_names
from valuechain.errors import DataWarning, warn_caller
from valuechain.io.partner_sheet import STATUSES, read_partner_sheet, write_partner_sheet
from valuechain.network import Network
from valuechain.recommend.active_partners import ACTIVE, active_keys
from valuechain.recommend.partners import Partners
from valuechain.results import Result

__all__ = ["not_suggested", "read_partners", "with_status", "write_partners"]

KEY = ["candidate", "product", "buyer"]
"""What says which suggestion a row is."""


def write_partners(
    network: Network,
    found: Partners,
    path: str | os.PathLike[str],
    *,
    statuses: pd.DataFrame | None = None,
    force: bool = False,
) -> None:
    """Write suggested partners to an XLSX workbook: one row a partner, one column a need, in cells how far talks are.

    Parameters
    ----------
    network
        The value chain, for names.
    found
        The suggestions.
    path
        The workbook.
    statuses
        What :func:`read_partners` gave of an older one; who is not in it starts as candidate, and its rows that are no
        suggestions today (a row added by hand, or a partner that a filter now removes) stay, without evidence.
    force
        Replace a file that exists.

    Raises
    ------
    ParameterError
        When there is nothing to write.
    OutputExistsError
        When the file exists and ``force`` is not said; it is kept.

    Examples
    --------
    >>> import pathlib, tempfile, valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> storm = vc.Scenario(name="storm", shocks=[vc.Shock(where={"country": "SWE"}, loss=0.5)])
    >>> found = vc.partners(net, buyer="PL-027", scenario=storm, spare_share=0.1, fixed_cost=10, unit_cost=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_partners(net, found, pathlib.Path(folder) / "partners.xlsx")
    ...     sorted(set(read_partners(pathlib.Path(folder) / "partners.xlsx")["status"]))
    ['candidate']
    """
    names = dict(zip(network.firm_ids.tolist(), firm_names(network).tolist(), strict=True))
    outside = network.table("candidates")
    if outside is not None and "name" in outside:
        names |= dict(zip(outside["firm"].tolist(), outside["name"].fillna("").tolist(), strict=True))
    table = found.table
    if statuses is not None:
        table = pd.concat([_joined(table, statuses), not_suggested(table, statuses)], ignore_index=True)
    evidence = getattr(found, "evidence", None)
    units = {**(evidence.units if evidence is not None else {}), **found.units}
    write_partner_sheet(_with_cards(table, evidence), path, names=names, units=units, force=force)


def read_partners(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return ``candidate, product, buyer, status`` of a workbook of partners that people have edited.

    ``status`` is one of candidate, contacted, agreed, qualified, active. Empty cells are no partners.

    Raises
    ------
    InvalidDataError
        With every fault: row, cell, value, remedy.
    UnreadableFileError
        When it is no workbook.

    Examples
    --------
    >>> from valuechain.io.partner_sheet import STATUSES
    >>> STATUSES[1]
    'contacted'
    """
    return read_partner_sheet(path)


def with_status(table: pd.DataFrame, statuses: pd.DataFrame, *, active: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return suggestions with the column ``status``; who is not in ``statuses`` is a candidate, who is active is none.

    ``active`` is the table of that name of :func:`valuechain.partners`: active partners that are neither suggestions
    without that filter nor have a link are told like other rows that are no suggestions; they may be mistyped.

    Warns
    -----
    DataWarning
        When rows of ``statuses`` are none of the suggestions, and so are not in what is returned; and when partners are
        active, which are no suggestions any more.
    """
    left = not_suggested(table, statuses)
    strange = _strange(active)
    keys = pd.MultiIndex.from_frame(left[KEY])
    left = left[(left["status"] != ACTIVE) | keys.isin(strange)]
    known = [key for key in active_keys(statuses) if key not in strange]
    if known:
        words = "; ".join(f"{c} for {p} of {b}" for c, p, b in known[:3])
        more = f" and {len(known) - 3:,} more" if len(known) > 3 else ""
        warn_caller(
            f"active and no suggestion any more: {words}{more}. What they deliver counts once it is a link: add "
            "supplier, buyer, product and flow to links",
            DataWarning,
        )
    if len(left):
        rows = left.head(3).itertuples(index=False)
        words = "; ".join(f"{r.candidate} for {r.product} of {r.buyer} ({r.status})" for r in rows)
        more = f" and {len(left) - 3:,} more" if len(left) > 3 else ""
        count = "1 row" if len(left) == 1 else f"{len(left):,} rows"
        warn_caller(
            f"{count} of the workbook not among today's suggestions: {words}{more}; a filter removes such partners, or "
            "they were added by hand. A new workbook (--xlsx) keeps them",
            DataWarning,
        )
    joined = _joined(table, statuses)
    return joined[joined["status"] != ACTIVE].reset_index(drop=True)


def _strange(active: pd.DataFrame | None) -> list[tuple[str, ...]]:
    """Return the active partners that no link has, and that would be no suggestions either."""
    if active is None:
        return []
    rows = active.loc[active["flow"].isna() & ~active["suggestion"], KEY]
    return [tuple(row) for row in rows.astype("str").itertuples(index=False)]


def not_suggested(table: pd.DataFrame, statuses: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``statuses`` that are none of the suggestions."""
    known = pd.MultiIndex.from_frame(table[KEY].astype("str"))
    rows = statuses[[*KEY, "status"]].astype("str")
    return rows[~pd.MultiIndex.from_frame(rows[KEY]).isin(known)].reset_index(drop=True)


def _with_cards(table: pd.DataFrame, evidence: Result | None) -> pd.DataFrame:
    """Return suggestions with the figures of their cards, empty where there is no card."""
    cards = pd.DataFrame() if evidence is None else evidence.table
    more = [c for c in cards if c not in table]
    if not len(cards) or not more:
        return table
    keyed = cards.astype(dict.fromkeys(KEY, "str"))[[*KEY, *more]]
    joined = table[KEY].astype("str").merge(keyed, on=KEY, how="left")
    return pd.concat([table.reset_index(drop=True), joined[more]], axis=1)


def _joined(table: pd.DataFrame, statuses: pd.DataFrame) -> pd.DataFrame:
    joined = table[KEY].astype("str").merge(statuses[[*KEY, "status"]].astype("str"), on=KEY, how="left")
    return table.assign(status=joined["status"].fillna(STATUSES[0]).to_numpy())

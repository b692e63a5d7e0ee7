"""Firms outside the network that could supply: read, checked, and added as firms that sell nothing yet."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import (
    DataWarning,
    Fault,
    InvalidDataError,
    ParameterError,
    UnreadableFileError,
    shown,
    suggestion,
    warn_caller,
)
from valuechain.essential import essentiality
from valuechain.io.csv_files import read_csv
from valuechain.io.parquet import read_parquet
from valuechain.network import Floats, Index, Network
from valuechain.schema import TABLES, CheckedTables, RawTable
from valuechain.schema.checks import check_table
from valuechain.schema.lookup import positions_in

__all__ = ["Outside", "checked_candidates", "elsewhere_words", "with_outside"]

Source = pd.DataFrame | str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outside:
    """A network with outside candidates as firms, and what they offer.

    Parameters
    ----------
    network
        The network, candidates at its end; they have no link.
    spare
        Most that one of its offers has to spare, NaN for firms of the network; shape (firms,).
    firm, product
        Firm and product of each offer, positions in ``network``; shape (offers,).
    offered, fixed, unit
        Spare capacity (currency per flow period), fixed cost (currency) and price of a unit of each offer, NaN where
        not known; shape (offers,).
    elsewhere
        Offers of products that nobody in the network buys.
    """

    network: Network
    spare: Floats
    firm: Index
    product: Index
    offered: Floats
    fixed: Floats
    unit: Floats
    elsewhere: int

    def __len__(self) -> int:
        return len(self.firm)


def checked_candidates(source: Source, network: Network) -> pd.DataFrame:
    """Return a table of outside candidates, from a file or a data frame.

    Raises
    ------
    InvalidDataError
        With every fault: file, row, column, value, remedy.
    UnreadableFileError
        When there is no such file.
    """
    raw = _raw(source)
    checked = CheckedTables({}, list(raw.faults), [])
    frame, rows = (None, np.zeros(0, dtype=np.int64))
    if not raw.is_unusable:
        frame, rows = check_table(TABLES["candidates"], raw, checked, None)
    for note in [*raw.notes, *checked.notes]:
        warnings.warn(note, DataWarning, stacklevel=3)
    if frame is None and not checked.faults:
        checked.faults.append(Fault(file=raw.file, problem="has no rows", remedy="add a firm that could supply"))
    if frame is not None:
        known = positions_in(frame["firm"], network.firms["firm"]) >= 0
        checked.faults += [
            Fault(
                file=raw.file,
                row=int(rows[k]),
                column="firm",
                value=str(frame["firm"].iloc[k]),
                problem="is in firms already",
                remedy="candidates are outside firms: drop the row or give it another id",
            )
            for k in np.flatnonzero(known)
        ]
    if checked.faults or frame is None:
        raise InvalidDataError(sorted(checked.faults, key=lambda fault: fault.row or 0))
    return frame


def _raw(source: Source) -> RawTable:
    if isinstance(source, pd.DataFrame):
        return RawTable("candidates", source.reset_index(drop=True))
    if not isinstance(source, str | os.PathLike):
        raise ParameterError(f"candidates {source!r} is no table; give a data frame, or a .csv or .parquet file")
    file = Path(source)
    if not file.is_file():
        raise UnreadableFileError(f"{file}: no such file; give a .csv or .parquet file of candidates")
    suffix = file.suffix.casefold()
    if suffix not in {".csv", ".parquet"}:
        raise UnreadableFileError(f"{file}: is no table this reads; give a .csv or .parquet file of candidates")
    table = TABLES["candidates"]
    return read_parquet(file, table) if suffix == ".parquet" else read_csv(file, table)


def with_outside(network: Network, candidates: pd.DataFrame | None) -> Outside:
    """Return a network with outside candidates as firms that sell nothing yet.

    Spare capacity is ``spare_capacity``, else ``capacity`` less ``output``, else not known.

    Warns
    -----
    DataWarning
        When a product that nobody buys is spelt much like one that somebody does.
    """
    if candidates is None or not len(candidates):
        nothing, none = np.zeros(0, dtype=np.int64), np.zeros(0)
        spare = np.full(network.n_firms, np.nan)
        return Outside(
            network=network,
            spare=spare,
            firm=nothing,
            product=nothing,
            offered=none,
            fixed=none,
            unit=none,
            elsewhere=0,
        )
    new = candidates.drop_duplicates("firm").reset_index(drop=True)
    joined = _joined(network, new)
    at = {str(firm): network.n_firms + k for k, firm in enumerate(new["firm"])}
    of_product = {str(p): k for k, p in enumerate(network.products)}
    product = np.array([of_product.get(str(p), -1) for p in candidates["product"]], dtype=np.int64)
    kept = product >= 0
    _warn_of_spelling(candidates.loc[~kept, "product"].astype("str"), list(of_product))
    firm = np.array([at[str(f)] for f in candidates["firm"]], dtype=np.int64)
    offered = _column(candidates, "spare_capacity")
    room = np.maximum(_column(candidates, "capacity") - _column(candidates, "output"), 0.0)
    offered = np.where(np.isnan(offered), room, offered)
    spare = np.concatenate([np.full(network.n_firms, np.nan), np.zeros(len(new))])
    np.maximum.at(spare, firm, np.where(np.isnan(offered), 0.0, offered))
    return Outside(
        network=joined,
        spare=spare,
        firm=firm[kept],
        product=product[kept],
        offered=offered[kept],
        fixed=_column(candidates, "fixed_cost")[kept],
        unit=_column(candidates, "unit_cost")[kept],
        elsewhere=int((~kept).sum()),
    )


def _warn_of_spelling(offered: pd.Series, products: list[str]) -> None:
    """Warn of offers of what nobody buys, where it is spelt much like what somebody does."""
    lines = []
    for product, count in offered.value_counts(sort=False).items():
        hint = suggestion(str(product), products)
        if hint:
            who = "1 outside candidate offers" if count == 1 else f"{count:,} outside candidates offer"
            lines.append(f"{who} {shown(str(product))}, which nobody here buys; {hint}")
    if lines:
        more = [f"and {len(lines) - 5:,} more such products"] if len(lines) > 5 else []
        warn_caller("\n".join([*lines[:5], *more]), DataWarning)


def elsewhere_words(outside: Outside) -> tuple[str, ...]:
    """Say how many offers are of what nobody in the network buys."""
    if not outside.elsewhere:
        return ()
    who = "1 offer" if outside.elsewhere == 1 else f"{outside.elsewhere:,} offers"
    return (f"{who} of outside candidates left out: nobody here buys the product.",)


def _column(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)


def _joined(network: Network, new: pd.DataFrame) -> Network:
    """Return the network with more firms; what is essential is decided as before, since no link is added."""
    sector = new["sector"] if "sector" in new else pd.Series(np.nan, index=new.index, dtype="str")
    added = new.assign(sector=sector.where(sector.notna(), new["product"]))
    firms = network.firms
    added = added.drop(columns=["product", "spare_capacity", "fixed_cost", "unit_cost"], errors="ignore")
    tables = network.tables
    tables["firms"] = pd.concat([firms, added], ignore_index=True)
    joined = Network(tables, network.metadata)
    joined.derived["essentiality"] = essentiality(network)
    return joined

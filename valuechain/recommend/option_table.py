"""The table of options a choice is made from: checked with all faults at once."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import DataWarning, Fault, InvalidDataError, ParameterError, UnreadableFileError, suggestion
from valuechain.io.csv_files import read_csv
from valuechain.io.parquet import read_parquet
from valuechain.network import Floats, Index
from valuechain.recommend.choose_case import Options
from valuechain.recommend.economy import Economy
from valuechain.recommend.outside import Outside
from valuechain.results import Result
from valuechain.schema import CheckedTables, Column, RawTable, Table
from valuechain.schema.checks import check_table
from valuechain.schema.references import duplicate_faults, unknown_faults

__all__ = ["OPTION_TABLE", "checked_options", "read_options"]

COSTS = ("cost", "fixed_cost", "unit_cost", "joint_cost")
"""Columns of cost; ``cost`` is what :func:`valuechain.partners` calls ``fixed_cost``."""


def _number(name: str, unit: str, meaning: str, maximum: float | None = None) -> Column:
    return Column(name=name, kind="number", unit=unit, minimum=0, maximum=maximum, meaning=meaning)


OPTION_TABLE = Table(
    name="options",
    key=("candidate", "product", "buyer"),
    meaning="one row for each new link that may be chosen: candidate, product, buyer and its costs",
    required=True,
    columns=(
        Column(name="candidate", kind="id", required=True, meaning="id of the firm that would supply"),
        Column(name="product", kind="text", required=True, meaning="what it would supply"),
        Column(name="buyer", kind="id", required=True, refers_to="firms", meaning="id of the firm that would buy"),
        _number("share", "fraction of the need", "most it delivers", 1),
        _number("quantity", "currency per flow period", "most it delivers"),
        _number("cost", "currency", "cost of taking it"),
        _number("fixed_cost", "currency", "the same as cost"),
        _number(
            "unit_cost",
            "currency per currency of flow",
            "price of a unit of flow, 1 is the usual price: what is above it is a cost of what is ordered",
        ),
        _number("joint_cost", "currency", "cost of taking the candidate, once for all its buyers"),
        _number(
            "spare", "currency per flow period", "spare capacity, as partners writes it; that of the network counts"
        ),
        _number("minimum", "currency per flow period", "least that all buyers together order from the candidate"),
    ),
)
"""Columns of the options; others are kept and not used."""


def read_options(source: Result | pd.DataFrame | str | os.PathLike[str]) -> RawTable:
    """Return a table of options as read, from a data frame or a file (.csv, .parquet).

    Raises
    ------
    UnreadableFileError
        When there is no such file.
    InvalidDataError
        When it is a workbook.
    ParameterError
        When it is neither a table nor a path.
    """
    # A result, as of partners or of its sets, stands for its table.
    source = getattr(source, "table", source)
    if isinstance(source, pd.DataFrame):
        return RawTable("options", source.reset_index(drop=True))
    if not isinstance(source, str | os.PathLike):
        raise ParameterError(
            f"options are a {type(source).__name__}, no table; give a data frame, a result of partners, or a file"
        )
    file = Path(source)
    if not file.is_file():
        near = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
        what = "is a folder; give a file" if file.is_dir() else "there is no such file"
        raise UnreadableFileError(f"{file}: {what}; {suggestion(file.name, near) or 'check the path'}")
    suffix = file.suffix.casefold()
    if suffix in {".xlsx", ".xlsm", ".xls", ".ods"}:
        fault = Fault(file=file.name, problem="is a workbook", remedy="save the sheet with the options as CSV UTF-8")
        raise InvalidDataError([fault])
    return read_parquet(file, OPTION_TABLE) if suffix == ".parquet" else read_csv(file, OPTION_TABLE)


def checked_options(
    economy: Economy,
    source: Result | pd.DataFrame | str | os.PathLike[str],
    *,
    has_budget: bool,
    outside: Outside | None = None,
) -> tuple[Options, int]:
    """Return the options that can change anything, by slot and candidate id, and how many cannot.

    An option changes nothing where the input is not essential to the buyer, or where it could deliver nothing.
    ``outside`` has what outside candidates offer.

    Raises
    ------
    InvalidDataError
        With every fault: file, row, column, value, remedy.
    """
    raw = read_options(source)
    checked = CheckedTables({}, list(raw.faults), [])
    frame, rows = (
        (None, np.zeros(0, dtype=np.int64)) if raw.is_unusable else check_table(OPTION_TABLE, raw, checked, None)
    )
    for note in [*raw.notes, *checked.notes]:
        warnings.warn(note, DataWarning, stacklevel=3)
    if frame is None:
        checked.faults += [] if checked.faults else [Fault(file=raw.file, problem="has no rows", remedy="add options")]
        raise InvalidDataError(checked.faults)
    read = [_cost_fault(f) for f in checked.faults]
    faults = [*read, *_row_faults(economy, frame, rows, raw.file, has_budget=has_budget, read=read)]
    offered = _offers(economy, outside)
    faults += _offer_faults(economy, offered, frame, rows, raw.file)
    if faults:
        raise InvalidDataError(sorted(faults, key=lambda fault: fault.row or 0))
    return _options(economy, frame, offered)


def _offers(economy: Economy, outside: Outside | None) -> dict[tuple[str, str], float]:
    """Return what outside candidates could deliver of each product, currency per flow period; NaN: not known."""
    if outside is None:
        return {}
    ids, products = economy.network.firm_ids, economy.network.products
    names = zip(ids[outside.firm].tolist(), products[outside.product].tolist(), strict=True)
    return dict(zip(names, outside.offered.tolist(), strict=True))


def _offer_faults(
    economy: Economy,
    offered: dict[tuple[str, str], float],
    frame: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    file: str,
) -> list[Fault]:
    """Return the rows whose outside candidate does not offer the product, or nobody knows how much."""
    strangers = set(economy.network.firm_ids[economy.is_outside].tolist())
    faults = []
    for k in np.flatnonzero(frame["candidate"].isin(strangers)):
        candidate, product = str(frame["candidate"].iloc[k]), str(frame["product"].iloc[k])
        amount = offered.get((candidate, product))
        if amount is not None and not np.isnan(amount):
            continue
        problem, remedy = f"does not offer {product}", "add the row to the table candidates"
        if amount is not None:
            # Unknown is not 0, and there is no output to take a share of.
            problem, remedy = "has no known spare capacity", "give its spare_capacity in the table candidates"
        faults.append(
            Fault(file=file, row=int(rows[k]), column="candidate", value=candidate, problem=problem, remedy=remedy)
        )
    return faults


def _cost_fault(fault: Fault) -> Fault:
    """Return a fault of a cell with what mends it: a cell of costs must not be left empty."""
    if fault.column not in COSTS:
        return fault
    first = fault.remedy.removesuffix(", or leave the cell empty if it is not known")
    return replace(fault, remedy=first if first == fault.remedy else f"{first}; 0 if there is no cost")


def _row_faults(
    economy: Economy,
    frame: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    file: str,
    *,
    has_budget: bool,
    read: list[Fault],
) -> list[Fault]:
    """Return the faults of rows; a cell that could not be read (in ``read``) is not called empty as well."""
    firms = economy.network.firms
    faults = unknown_faults(frame["buyer"], firms["firm"], rows, file, firms)
    faults += unknown_faults(frame["candidate"], firms["firm"], rows, file, firms)
    faults += duplicate_faults(frame, list(OPTION_TABLE.key), rows, file)
    faults += [
        Fault(
            file=file,
            row=int(rows[k]),
            column="candidate",
            value=str(frame["candidate"].iloc[k]),
            problem="is the buyer itself",
            remedy="drop the row",
        )
        for k in np.flatnonzero((frame["candidate"] == frame["buyer"]).to_numpy(dtype=bool, na_value=False))
    ]
    costs = [c for c in COSTS if c in frame]
    if has_budget and not costs:
        remedy = "add cost, fixed_cost, unit_cost or joint_cost; write 0 where it costs nothing"
        faults.append(Fault(file=file, row=1, problem="has no column of costs, and there is a budget", remedy=remedy))
    if {"cost", "fixed_cost"} <= set(frame):
        remedy = "they mean the same: delete one"
        faults.append(Fault(file=file, row=1, column="fixed_cost", problem="is there besides cost", remedy=remedy))
    told = {(f.row, f.column) for f in [*read, *faults]}
    for column in costs:
        # An unknown cost is not 0: the set would be called affordable for no reason.
        faults += [
            Fault(
                file=file,
                row=int(rows[k]),
                column=column,
                problem="is empty",
                remedy="give the cost; 0 if there is none",
            )
            for k in np.flatnonzero(frame[column].isna())
            if (int(rows[k]), column) not in told
        ]
    return faults + _need_faults(economy, frame, rows, file)


def _need_faults(economy: Economy, frame: pd.DataFrame, rows: npt.NDArray[np.int64], file: str) -> list[Fault]:
    """Return the rows whose buyer does not buy the product at all."""
    network, slots = economy.network, economy.slots
    bought = pd.MultiIndex.from_arrays([network.firm_ids[slots.buyer], network.products[slots.product]])
    asked = pd.MultiIndex.from_frame(frame[["buyer", "product"]])
    known_buyer = frame["buyer"].isin(network.firm_ids).to_numpy(dtype=bool)
    products = network.products.tolist()
    return [
        Fault(
            file=file,
            row=int(rows[k]),
            column="product",
            value=str(frame["product"].iloc[k]),
            problem=f"is not bought by '{frame['buyer'].iloc[k]}'",
            remedy=suggestion(str(frame["product"].iloc[k]), products) or "name a product it buys",
        )
        for k in np.flatnonzero(~asked.isin(bought) & known_buyer)
    ]


def _options(economy: Economy, frame: pd.DataFrame, offered: dict[tuple[str, str], float]) -> tuple[Options, int]:
    network = economy.network
    slots = pd.Series(
        np.arange(economy.n_slots),
        index=pd.MultiIndex.from_arrays([economy.graph.slot_buyer, economy.slot_product]),
    )
    buyer, firm = network.positions(frame["buyer"]), network.positions(frame["candidate"])
    product = pd.Index(network.products).get_indexer(pd.Index(frame["product"]))
    slot = slots.reindex(pd.MultiIndex.from_arrays([buyer, product])).fillna(-1).to_numpy(dtype=np.int64)

    def numbers(name: str, missing: float) -> Floats:
        values = frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), missing)
        return np.where(np.isnan(values), missing, values)

    need = np.where(slot >= 0, economy.graph.need[np.maximum(slot, 0)], 0.0) if economy.n_slots else np.zeros(len(slot))
    names = zip(frame["candidate"], frame["product"], strict=True)
    spare = np.minimum(economy.spare[firm], [offered.get((str(c), str(p)), np.inf) for c, p in names])
    limit = np.minimum.reduce([need, numbers("share", 1.0) * need, numbers("quantity", np.inf), spare])
    country = pd.factorize(network.firms["country"])[0][firm] if "country" in network.firms else np.full(len(firm), -1)
    options = Options(
        slot=slot,
        firm=firm,
        limit=limit,
        fixed=numbers("cost", 0.0) + numbers("fixed_cost", 0.0),
        # As in costs.py: what is ordered here is not bought elsewhere, only the price above the usual one is extra.
        unit=np.maximum(numbers("unit_cost", 1.0) - 1.0, 0.0),
        joint=_largest(firm, numbers("joint_cost", 0.0)),
        minimum=_largest(firm, numbers("minimum", 0.0)),
        country=country.astype(np.int64),
    )
    order = np.lexsort((network.firm_ids.astype(str)[firm], product, network.firm_ids.astype(str)[buyer]))
    useful = order[(slot >= 0)[order] & (limit > 0)[order]]
    return options.only(useful), len(frame) - len(useful)


def _largest(firm: Index, values: Floats) -> Floats:
    """Return the largest value of each candidate: a cost or minimum of it that one row names holds for all."""
    return pd.Series(values).groupby(firm).transform("max").to_numpy(dtype=np.float64)

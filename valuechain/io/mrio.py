"""Multi-regional input-output tables, from pymrio and to it: an industry of a region is a firm of kind industry."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import DataWarning, Fault, InvalidDataError, MissingExtraError
from valuechain.network import Network
from valuechain.schema import RawTable
from valuechain.schema.countries import country_code

if TYPE_CHECKING:
    import pymrio

Floats = npt.NDArray[np.float64]

FILE = "MRIO"
_EXIOBASE_REST = frozenset({"WA", "WE", "WF", "WL", "WM"})
"""Rests of continents in EXIOBASE; WF (rest of Africa) is also the code of Wallis and Futuna."""

_UNKNOWN_DESTINATION = ("all regions", "final demand")


def from_pymrio(io: pymrio.IOSystem, *, name: str | None = None, final_demand: bool = True, **metadata: Any) -> Network:
    """Return the network of an input-output system: a firm for each region and sector, a link for each flow.

    Parameters
    ----------
    io
        A pymrio system with ``Z``; rows and columns are matched by label, whatever their order. Zeros make no link.
    name
        Name of the network; that of the system where it is not given.
    final_demand
        Keep the sum of ``Y`` as column ``final_demand``.
    **metadata
        Further keys of network.toml, such as ``year`` and ``essential_rule``.

    Returns
    -------
    Network
        Ids are ``region.sector``. ``output`` is ``x``, or sums of ``Z`` and ``Y`` where the system has none.
        ``country`` is set where the region is an ISO code, ``currency`` where the system has one unit.

    Raises
    ------
    InvalidDataError
        When flows are negative or missing, or labels do not match; the cells are named.

    Examples
    --------
    >>> import pymrio, warnings
    >>> warnings.simplefilter("ignore")
    >>> from_pymrio(pymrio.load_test(), name="test")
    <Network 'test': 48 firms, 2,304 links>
    """
    flows, index = _square(io)
    labels = [(str(region), str(sector)) for region, sector in index]
    ids = pd.Series([f"{region}.{sector}" for region, sector in labels], dtype="str")
    columns = _industry_columns(labels)
    demand = _row_sums(io.Y, index, "Y")
    output = _row_sums(io.x, index, "x")
    if output is None and demand is not None:
        output = flows.sum(axis=1) + demand
    if output is not None:
        columns["output"] = pd.Series(output)
    if final_demand and demand is not None:
        columns["final_demand"] = pd.Series(demand)
    supplier, buyer = np.nonzero(flows)
    links = pd.DataFrame(
        {
            "supplier": ids.take(supplier).reset_index(drop=True),
            "buyer": ids.take(buyer).reset_index(drop=True),
            "flow": flows[supplier, buyer],
        }
    )
    raw = {
        "firms": RawTable(f"{FILE} industries", pd.DataFrame({"firm": ids, **columns})),
        "links": RawTable(f"{FILE} Z", links),
    }
    keys = {"format": 1, "name": name or str(getattr(io, "name", None) or "MRIO"), **_unit(io), **metadata}
    return Network.from_raw(raw, keys, metadata_file=FILE, stacklevel=2)


def _industry_columns(labels: list[tuple[str, str]]) -> dict[str, pd.Series]:
    regions = dict.fromkeys(region for region, _ in labels)
    rests = _EXIOBASE_REST if len(_EXIOBASE_REST & regions.keys()) > 1 else frozenset()
    codes = {region: None if region in rests else country_code(region) for region in regions}
    return {
        "sector": pd.Series([sector for _, sector in labels], dtype="str"),
        "country": pd.Series([codes[region] for region, _ in labels], dtype="str"),
        "region": pd.Series([region for region, _ in labels], dtype="str"),
        "kind": pd.Series(["industry"] * len(labels), dtype="str"),
    }


def _square(io: Any) -> tuple[Floats, pd.MultiIndex]:
    """Return the flows with columns in the order of the rows, and the labels of the rows."""
    if io.Z is None:
        _refuse("has no flows (Z)", "load or compute Z first, such as by io.calc_all()")
    index = _labels(io.Z.index, "rows of Z")
    order = _labels(io.Z.columns, "columns of Z").get_indexer(index)
    if (order < 0).any() or len(index) != io.Z.shape[1]:
        odd = index.symmetric_difference(io.Z.columns)
        _refuse(f"rows and columns of Z differ ({_some(odd)})", "give every industry a row and a column")
    flows = io.Z.to_numpy(dtype=np.float64)[:, order]
    for wrong, problem, remedy in (
        (~np.isfinite(flows), "is not a number", "fill it in, with 0 where nothing is bought"),
        (flows < 0, "is negative", "move it to final demand, or set it to 0 and balance the table again"),
    ):
        if wrong.any():
            raise InvalidDataError(_cell_faults(flows, index, wrong, problem, remedy))
    return flows, index


def _labels(index: pd.Index, what: str) -> pd.MultiIndex:
    if not isinstance(index, pd.MultiIndex) or index.nlevels != 2:
        _refuse(f"{what} are not labelled by region and sector", "set a MultiIndex with the levels region and sector")
    if not index.is_unique:
        repeated = index[index.duplicated()]
        _refuse(f"{what} have repeated labels ({_some(repeated)})", "give each industry one row and one column")
    return pd.MultiIndex.from_tuples(list(index))


def _cell_faults(
    flows: Floats, index: pd.MultiIndex, wrong: npt.NDArray[np.bool_], problem: str, remedy: str
) -> list[Fault]:
    return [
        Fault(
            file=f"{FILE} Z",
            column=f"{'.'.join(map(str, index[row]))} -> {'.'.join(map(str, index[column]))}",
            value=f"{flows[row, column]:g}",
            problem=problem,
            remedy=remedy,
        )
        for row, column in np.argwhere(wrong)
    ]


def _row_sums(frame: Any, index: pd.MultiIndex, what: str) -> Floats | None:
    """Return the row sums of a table in the order of ``index``; None where the system has no such table."""
    if frame is None:
        return None
    rows = _labels(frame.index, f"rows of {what}").get_indexer(index)
    if (rows < 0).any():
        _refuse(f"{what} lacks rows of Z ({_some(index[rows < 0])})", f"give {what} a row for every industry")
    values = frame.to_numpy(dtype=np.float64).reshape(len(frame), -1)[rows]
    if np.isnan(values).any():
        _refuse(f"{what} has empty cells ({_some(index[np.isnan(values).any(axis=1)])})", "fill them in")
    return np.asarray(values.sum(axis=1), dtype=np.float64)


def _unit(io: Any) -> dict[str, str]:
    unit = getattr(io, "unit", None)
    if unit is None:
        return {}
    units = sorted({str(u) for u in np.asarray(unit).ravel()})
    if len(units) > 1:
        text = f"{FILE}: industries have different units ({', '.join(units[:5])}); no currency is set"
        warnings.warn(text, DataWarning, stacklevel=4)
        return {}
    return {"currency": units[0]} if units else {}


def _some(labels: Iterable[Any]) -> str:
    words = [".".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in labels]
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")


def _refuse(problem: str, remedy: str) -> None:
    raise InvalidDataError([Fault(file=FILE, problem=problem, remedy=remedy)])


def to_pymrio(net: Network) -> pymrio.IOSystem:
    """Return the industries of a network as a pymrio system with ``Z``, ``Y`` and, where all is known, ``x``.

    Industries of one country (else region) and sector are added up. Final demand stands in one column, because a
    network does not say where it goes; where a firm has none, it is its output less its sales.

    Parameters
    ----------
    net
        The network; its firms of kind ``industry`` are taken.

    Raises
    ------
    MissingExtraError
        When pymrio is not installed.
    InvalidDataError
        When no firm is an industry, or one has no country and region, or neither final demand nor output.

    Examples
    --------
    >>> import pymrio, warnings
    >>> warnings.simplefilter("ignore")
    >>> to_pymrio(from_pymrio(pymrio.load_test())).Z.shape
    (48, 48)
    """
    pymrio = _import_pymrio()
    firms, taken = net.firms, _industries(net)
    groups, index = _groups(firms[taken])
    of_firm = np.full(net.n_firms, -1, dtype=np.int64)
    of_firm[taken] = groups
    inside = (of_firm[net.supplier] >= 0) & (of_firm[net.buyer] >= 0)
    flows = np.zeros((len(index), len(index)))
    np.add.at(flows, (of_firm[net.supplier[inside]], of_firm[net.buyer[inside]]), net.flow[inside])
    sales = np.asarray(np.bincount(net.supplier[inside], net.flow[inside], net.n_firms), dtype=np.float64)
    demand = _final_demand(net, sales, taken)
    columns = pd.MultiIndex.from_tuples([_UNKNOWN_DESTINATION], names=["region", "category"])
    system = pymrio.IOSystem(
        Z=pd.DataFrame(flows, index=index, columns=index),
        Y=pd.DataFrame(np.bincount(groups, demand, len(index)), index=index, columns=columns),
        unit=pd.DataFrame({"unit": [net.currency] * len(index)}, index=index),
        name=net.name,
    )
    if "output" in firms and firms.loc[taken, "output"].notna().all():
        output = np.bincount(groups, firms["output"].to_numpy(dtype=np.float64)[taken], len(index))
        system.x = pd.DataFrame({"indout": output}, index=index)
    return system


def _import_pymrio() -> Any:
    try:
        import pymrio  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise MissingExtraError(
            'to_pymrio needs the package pymrio; install it with: pip install "valuechain[pymrio]"'
        ) from error
    return pymrio


def _industries(net: Network) -> npt.NDArray[np.bool_]:
    firms = net.firms
    taken = (firms["kind"] == "industry").to_numpy(dtype=bool) if "kind" in firms else np.zeros(net.n_firms, dtype=bool)
    if not taken.any():
        remedy = "set column kind to 'industry' where a row stands for the industry of a country"
        raise InvalidDataError([Fault(file="firms", column="kind", problem="names no industry", remedy=remedy)])
    if not taken.all():
        text = f"network '{net.name}': {int((~taken).sum())} firms that are no industries are left out with their links"
        warnings.warn(text, DataWarning, stacklevel=3)
    return taken


def _groups(industries: pd.DataFrame) -> tuple[npt.NDArray[np.int64], pd.MultiIndex]:
    """Return the group of each industry, and the labels of the groups: regions and sectors as they first appear."""
    missing = pd.Series(np.nan, index=industries.index, dtype="str")
    region: pd.Series = industries.get("region", missing)
    area = industries["country"].fillna(region) if "country" in industries else region
    if area.isna().any():
        raise InvalidDataError(
            [
                Fault(
                    file="firms",
                    column="firm",
                    value=str(firm),
                    problem="has no country and no region",
                    remedy="fill one of them in",
                )
                for firm in industries["firm"][area.isna()]
            ]
        )
    areas, area_names = pd.factorize(area)
    sectors, sector_names = pd.factorize(industries["sector"])
    groups, pairs = pd.factorize(areas.astype(np.int64) * len(sector_names) + sectors, sort=True)
    names = [divmod(int(pair), len(sector_names)) for pair in pairs]
    tuples = [(str(area_names[area]), str(sector_names[sector])) for area, sector in names]
    return np.asarray(groups, dtype=np.int64), pd.MultiIndex.from_tuples(tuples, names=["region", "sector"])


def _final_demand(net: Network, sales: Floats, taken: npt.NDArray[np.bool_]) -> Floats:
    firms = net.firms
    unknown = np.full(net.n_firms, np.nan)
    demand = firms["final_demand"].to_numpy(dtype=np.float64) if "final_demand" in firms else unknown
    output = firms["output"].to_numpy(dtype=np.float64) if "output" in firms else unknown
    demand = np.where(np.isnan(demand), output - sales, demand)
    lacking = np.isnan(demand) & taken
    if lacking.any():
        raise InvalidDataError(
            [
                Fault(
                    file="firms",
                    column="final_demand",
                    value=str(firm),
                    problem="is not known, and neither is output",
                    remedy="fill one of them in",
                )
                for firm in net.firm_ids[lacking]
            ]
        )
    return np.asarray(demand[taken], dtype=np.float64)

"""Parquet tables: as others write them in, with a fixed schema out."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from valuechain.errors import Fault
from valuechain.schema import RawTable, Table, plain_name

_INDEX = re.compile(r"__index_level_\d+__\Z")
_EXACT = 10**15
"""A whole number of 16 digits or more is a code: as a float it would lose digits."""


def read_parquet(path: Path, table: Table) -> RawTable:
    """Return a Parquet file as a table, with a fault for each column whose type holds no plain cells."""
    file = path.name
    try:
        content = pq.ParquetFile(path, memory_map=False).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(". ") if str(error) else "unknown"
        problem = f"cannot be read as Parquet ({reason[:120]})"
        fault = Fault(file=file, problem=problem, remedy="write it again, or give the table as CSV")
        return RawTable(file, pd.DataFrame(), faults=[fault])
    faults: list[Fault] = []
    names, columns = [], []
    for name, values in zip(content.column_names, content.columns, strict=True):
        # pandas stores an index as a column of this name.
        if _INDEX.match(name):
            continue
        column = table.column(plain_name(name))
        cells = _cells(values, column.kind if column is not None else "")
        if cells is None:
            problem = f"has cells of type {_type_name(values.type)}"
            faults.append(Fault(file=file, column=name, problem=problem, remedy="store text or numbers"))
        else:
            names.append(name)
            columns.append(cells)
    if not columns and not faults:
        faults = [Fault(file=file, problem="has no columns", remedy="write it again, or give the table as CSV")]
    if faults:
        # The other cells are not judged: what is wrong with them may come from what could not be read.
        return RawTable(file, pd.DataFrame(), faults=faults)
    return RawTable(file, pd.DataFrame(dict(enumerate(columns))).set_axis(names, axis=1))


def _type_name(kind: pa.DataType) -> str:
    return str(kind).split("<", maxsplit=1)[0]


def _cells(values: pa.ChunkedArray, declared: str) -> pd.Series | None:
    """Return the cells of a column as text, float64 or objects, None where the type holds no plain cells."""
    kind, types = values.type, pa.types
    if types.is_dictionary(kind):
        return _cells(pc.cast(values, kind.value_type), declared)
    if any(is_text(kind) for is_text in (types.is_string, types.is_large_string, types.is_string_view, types.is_null)):
        return _text(values)
    if types.is_integer(kind):
        is_code = declared != "number" if declared else not _is_small(values)
        return _text(values) if is_code else _floats(values)
    if types.is_floating(kind):
        return _floats(values)
    if types.is_decimal(kind):
        return pd.Series([np.nan if v is None else float(v) for v in values.to_pylist()], dtype=np.float64)
    if types.is_date(kind) or types.is_timestamp(kind) or types.is_boolean(kind):
        return pd.Series(_objects(values), dtype=object)
    return None


def _objects(values: pa.ChunkedArray) -> list[object]:
    if not pa.types.is_timestamp(values.type):
        return list(values.to_pylist())
    # Nanoseconds have no Python type; a day or a second is all a table means.
    seconds = pc.cast(pc.cast(values, pa.timestamp("us", values.type.tz), safe=False), pa.timestamp("us"), safe=False)
    return list(seconds.to_pylist())


def _is_small(values: pa.ChunkedArray) -> bool:
    ends = pc.min_max(values)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    return low is None or (low > -_EXACT and high < _EXACT)


def _floats(values: pa.ChunkedArray) -> pd.Series:
    numbers = pc.cast(values, pa.float64(), safe=False)
    return pd.Series(numbers.to_numpy())


def _text(values: pa.ChunkedArray) -> pd.Series:
    return pd.Series(pd.array(pc.cast(values, pa.large_string()), dtype="str"))


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as Parquet: every column text or float64, missing values null."""
    columns = [
        pa.array(frame.iloc[:, k].to_numpy(), from_pandas=True)
        if frame.iloc[:, k].dtype == np.float64
        else pa.array(frame.iloc[:, k], pa.large_string(), from_pandas=True).cast(pa.string())
        for k in range(frame.shape[1])
    ]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, names=[str(c) for c in frame.columns]), sink, compression="zstd")
    return sink.getvalue()

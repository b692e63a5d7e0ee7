"""Files of a run: a table of days as Parquet, firms by day as NetCDF; each carries what it is, as JSON.

NetCDF is the classic format with 64-bit offsets, which every program that knows NetCDF reads and scipy writes
(``docs/decisions/0012-saved-runs.md``).
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from valuechain.errors import Fault, OutputError

if TYPE_CHECKING:
    import xarray

__all__ = ["about_of", "days_bytes", "firms_writer", "json_text", "json_values", "read_days", "read_firms"]

KEY = "valuechain"
"""Where a file keeps what it is: schema metadata in Parquet, a global attribute in NetCDF."""

MOST_BYTES = 2**32 - 4
"""The largest variable of the classic format."""

_AGAIN = "write the run again, or copy the file anew"
_DAMAGED = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError),
    *(OverflowError, MemoryError, RuntimeError, struct.error),
)
"""What the readers raise when a file is not what its name says."""


def json_text(about: Mapping[str, Any]) -> str:
    """Return plain values as JSON that any program reads; infinity, which it lacks, as ``{"number": "inf"}``."""
    return json.dumps(_finite(about), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return {"number": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def json_values(text: str) -> Any:
    """Return what :func:`json_text` wrote.

    Raises
    ------
    ValueError
        When it is no JSON.
    """
    return json.loads(text, object_hook=_number)


def _number(table: dict[str, Any]) -> Any:
    is_number = table.keys() == {"number"} and table["number"] in {"inf", "-inf", "nan"}
    return float(table["number"]) if is_number else table


def days_bytes(table: pd.DataFrame, about: Mapping[str, Any]) -> bytes:
    """Return a table as Parquet that says what it is."""
    content = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {**(content.schema.metadata or {}), KEY.encode(): json_text(about).encode()}
    sink = io.BytesIO()
    pq.write_table(content.replace_schema_metadata(metadata), sink, compression="zstd")
    return sink.getvalue()


def firms_writer(firms: xarray.Dataset, about: Mapping[str, Any]) -> Callable[[Path], object]:
    """Return what writes a data set as NetCDF that says what it is.

    Raises
    ------
    OutputError
        When a variable is larger than the format can hold.
    """
    sizes = {str(name): int(values.nbytes) for name, values in firms.data_vars.items()}
    large = [name for name, size in sizes.items() if size > MOST_BYTES]
    if large:
        raise OutputError(
            f"{', '.join(large)} of {firms.sizes['firm']:,} firms and {firms.sizes['day']:,} days take more than the "
            "4 GiB a variable may have in NetCDF; simulate fewer days, or with keep_firms=False"
        )
    labelled = firms.assign_attrs({KEY: json_text(about)})

    def write(path: Path) -> object:
        # No fill value: a number that is not known would be one, and there are none.
        encoding = {name: {"_FillValue": None} for name in sizes}
        return labelled.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)

    return write


def read_days(path: Path, faults: list[Fault]) -> tuple[pd.DataFrame, Any] | None:
    """Return the table of a file and what it says it is; None, and a fault, where it cannot be read."""
    try:
        content = pq.ParquetFile(path, memory_map=False).read()
        text = (content.schema.metadata or {}).get(KEY.encode())
        return content.to_pandas(ignore_metadata=True), _about(text, path, faults)
    except (pa.ArrowException, *_DAMAGED) as error:
        faults.append(_unreadable(path, "Parquet", error))
        return None


def read_firms(path: Path, faults: list[Fault]) -> tuple[xarray.Dataset, Any] | None:
    """Return the data set of a file and what it says it is; None, and a fault, where it cannot be read."""
    import xarray  # noqa: PLC0415 - it takes a third of a second

    try:
        # Units are those of the data, which may be called days: nothing is a time here.
        firms = xarray.load_dataset(
            path, engine="scipy", decode_times=False, decode_timedelta=False, mask_and_scale=False
        )
        text = firms.attrs.pop(KEY, None)
        firms = firms.assign_coords(day=firms["day"].astype(np.int64))
        return firms, _about(text, path, faults)
    except _DAMAGED as error:
        faults.append(_unreadable(path, "NetCDF", error))
        return None


def about_of(path: Path, faults: list[Fault], *, is_netcdf: bool) -> Any:
    """Return what a file of a run says it is, without its numbers; None, and a fault, where it does not say."""
    try:
        if is_netcdf:
            import xarray  # noqa: PLC0415 - it takes a third of a second

            with xarray.open_dataset(path, engine="scipy", decode_cf=False) as opened:
                text = opened.attrs.get(KEY)
        else:
            text = (pq.read_schema(path, memory_map=False).metadata or {}).get(KEY.encode())
    except (pa.ArrowException, *_DAMAGED) as error:
        faults.append(_unreadable(path, "NetCDF" if is_netcdf else "Parquet", error))
        return None
    return _about(text, path, faults)


def _about(text: object, path: Path, faults: list[Fault]) -> Any:
    try:
        words = text.decode() if isinstance(text, bytes) else text
        if not isinstance(words, str):
            raise TypeError(f"no text: {words!r}")
        return json_values(words)
    except (ValueError, TypeError, RecursionError):
        problem = "does not say which run it is of" if text is None else "does not say in JSON which run it is of"
        faults.append(Fault(file=path.name, problem=problem, remedy="give a file that vc.write_run wrote"))
        return None


def _unreadable(path: Path, kind: str, error: BaseException) -> Fault:
    reason = str(error).splitlines()[0].rstrip(". ")[:120] if str(error) else type(error).__name__
    if isinstance(error, FileNotFoundError):
        return Fault(file=path.name, problem="is missing", remedy=_AGAIN)
    return Fault(file=path.name, problem=f"cannot be read as {kind} ({reason})", remedy=_AGAIN)

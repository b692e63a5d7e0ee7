import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valuechain.io.parquet import parquet_bytes, read_parquet
from valuechain.schema import TABLES


def read(tmp_path: Path, columns: dict[str, Any], table: str = "links") -> Any:
    path = tmp_path / f"{table}.parquet"
    pq.write_table(pa.table(columns), path)
    return read_parquet(path, TABLES[table])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None], pa.int64()),
        pa.array([1, None], pa.uint8()),
        pa.array([1.0, None], pa.float32()),
        pa.array([Decimal("1.00"), None], pa.decimal128(10, 2)),
    ],
)
def test_number_types_become_floats(tmp_path: Path, values: pa.Array) -> None:
    raw = read(tmp_path, {"flow": values})
    assert raw.frame["flow"].dtype == np.float64
    assert raw.frame["flow"][0] == 1
    assert np.isnan(raw.frame["flow"][1])


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["7", None]),
        pa.array(["7", None], pa.large_string()),
        pa.array(["7", None], pa.string_view()),
        pa.array(["7", None]).dictionary_encode(),
        pa.array([7, None], pa.int32()),
    ],
)
def test_ids_become_text(tmp_path: Path, values: pa.Array) -> None:
    raw = read(tmp_path, {"supplier": values})
    assert raw.frame["supplier"].dtype == "str"
    assert raw.frame["supplier"][0] == "7"
    assert pd.isna(raw.frame["supplier"][1])


def test_long_codes_keep_their_digits(tmp_path: Path) -> None:
    raw = read(tmp_path, {"tax": pa.array([1234567890123456789]), "count": pa.array([5])})
    assert raw.frame["tax"].tolist() == ["1234567890123456789"]
    assert raw.frame["count"].dtype == np.float64


def test_dates_and_truths_are_cells(tmp_path: Path) -> None:
    raw = read(
        tmp_path,
        {
            "date": pa.array([dt.date(2024, 5, 1), None]),
            "seen": pa.array([1714521600000000001, None], pa.timestamp("ns", "UTC")),
            "checked": pa.array([True, None]),
            "nothing": pa.nulls(2),
        },
    )
    assert raw.frame["date"].tolist() == [dt.date(2024, 5, 1), None]
    assert raw.frame["seen"][0] == dt.datetime(2024, 5, 1)
    assert raw.frame["checked"].tolist() == [True, None]
    assert raw.frame["nothing"].isna().all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([[1], [2]]), "list"),
        (pa.array([{"a": 1}, None]), "struct"),
        (pa.array([b"x", b"y"]), "binary"),
        (pa.array([1, 2], pa.time32("ms")), "time32[ms]"),
    ],
)
def test_other_types_are_faults(tmp_path: Path, values: pa.Array, kind: str) -> None:
    raw = read(tmp_path, {"supplier": pa.array(["a", "b"]), "extra": values})
    assert [str(f) for f in raw.faults] == [f"links.parquet: extra has cells of type {kind}; store text or numbers"]
    assert raw.is_unusable


def test_an_index_of_pandas_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "firms.parquet"
    pd.DataFrame({"firm": ["a"], "sector": ["x"]}, index=[5]).to_parquet(path)
    assert list(read_parquet(path, TABLES["firms"]).frame.columns) == ["firm", "sector"]


def test_the_schema_written_is_fixed() -> None:
    frame = pd.DataFrame({"firm": ["a"], "output": [np.nan], "name": pd.Series([None], dtype="str")})
    schema = pq.read_schema(pa.BufferReader(parquet_bytes(frame)))
    assert [str(field.type) for field in schema] == ["string", "double", "string"]

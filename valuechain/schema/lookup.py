"""Finding ids among ids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def positions_in(values: pd.Series, known: pd.Series) -> npt.NDArray[np.int64]:
    """Return where each value stands in ``known``, -1 where it is missing or not there. One pass in C."""
    lookup = pa.array(known, type=pa.large_string(), from_pandas=True)
    cells = pa.array(values, type=pa.large_string(), from_pandas=True)
    found = pc.index_in(cells, value_set=lookup, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)

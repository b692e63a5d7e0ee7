"""Finding firms: ids among ids, ids by name."""

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


def ids_by_name(firms: pd.DataFrame) -> dict[str, str]:
    """Return the id of each name that only one firm has, without case."""
    if "name" not in firms:
        return {}
    named = firms[["name", "firm"]].dropna()
    folded = named["name"].str.casefold()
    single = ~folded.duplicated(keep=False)
    return dict(zip(folded[single], named["firm"][single], strict=True))

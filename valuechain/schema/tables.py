"""Tables on their way through the checks: as read, and as checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.errors import Fault


@dataclass
class RawTable:
    """A table as it was read: cells not yet converted.

    ``rows`` are the rows as a spreadsheet shows them (None: 2, 3, 4 ...). ``separator`` is the field separator of a
    text file, empty for typed sources, whose numbers need no decimal sign. A table whose ``faults`` left nothing to
    check has a frame without columns. ``notes`` become warnings.
    """

    file: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64] | None = None
    separator: str = ""
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_unusable(self) -> bool:
        """Tell whether the reader found the table broken beyond checking."""
        return bool(self.faults) and self.frame.shape[1] == 0

    def row_numbers(self) -> npt.NDArray[np.int64]:
        """Return the spreadsheet row of each frame row."""
        if self.rows is not None:
            return self.rows
        return np.arange(2, 2 + len(self.frame), dtype=np.int64)


@dataclass
class CheckedTables:
    """The tables with their values, all faults, and notes that become warnings."""

    tables: dict[str, pd.DataFrame]
    faults: list[Fault]
    notes: list[str]

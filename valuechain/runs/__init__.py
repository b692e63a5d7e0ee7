"""Long runs: many items of work in pieces, with progress, checkpoints and a clean interrupt, here or on a cluster."""

from __future__ import annotations

from valuechain.runs.checkpoint import Checkpoint, Existing, RunKey
from valuechain.runs.rows import Rows, Work
from valuechain.runs.run import Progress, Run, run_pieces

__all__ = ["Checkpoint", "Existing", "Progress", "Rows", "Run", "RunKey", "Work", "run_pieces"]

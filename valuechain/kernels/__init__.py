"""Numerics on bare arrays, compiled by numba: they see no labels, no tables, and check no user input."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def _find_cache_folder() -> None:
    """Give numba a folder for compiled code where it would find none, as in a read-only install without a home.

    Without one numba refuses to compile at all. The folder is new each time, so the compiled code is not kept.
    """
    beside = Path(__file__).resolve().parent
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    existing = next((p for p in (home, *home.parents) if p.exists()), home)
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(beside, os.W_OK) and not os.access(existing, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="valuechain-")


_find_cache_folder()

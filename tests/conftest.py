"""Fixtures that every test may use: where things are, and which warnings are expected."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from valuechain.errors import DataWarning, DefaultWarning

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VALUECHAIN_SHARED", ROOT.parent / "shared"))
"""Large or foreign data that are not committed; tests that use them are skipped, with the reason, where absent."""


@pytest.fixture(scope="session")
def root() -> Path:
    """Root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the data that are not committed; skips the test where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: data that are not committed to the project")
    return SHARED


@pytest.fixture
def no_notes() -> Iterator[None]:
    """Let the package's notes on data and defaults pass, for tests of something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        warnings.simplefilter("ignore", DefaultWarning)
        yield

"""Fixtures that every test may use: where things are, and which warnings are expected."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

import valuechain as vc
from valuechain.errors import DataWarning, DefaultWarning

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VALUECHAIN_SHARED", ROOT.parent / "shared"))
"""Large or foreign data that are not committed; tests that use them are skipped, with the reason, where absent."""

# The same draws in every run, so that a change is judged by what it changes. New draws: VALUECHAIN_RANDOM=1.
settings.register_profile(
    "project", deadline=None, derandomize=not os.environ.get("VALUECHAIN_RANDOM"), print_blob=True
)
settings.load_profile("project")


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


def network_of(
    links: list[tuple[object, ...]],
    *,
    sector: dict[str, str] | None = None,
    order: list[str] | None = None,
    firms: dict[str, dict[str, object]] | None = None,
    essential: list[tuple[str, str, int]] | None = None,
    **metadata: object,
) -> vc.Network:
    """Return a small network from ``(supplier, buyer, flow)`` or ``(supplier, buyer, flow, product)``.

    A firm's sector is its id unless ``sector`` says otherwise; ``firms`` has further columns as
    ``{column: {firm: value}}``; ``order`` gives the rows of firms. Notes on odd data are silenced here.
    """
    ids = order or sorted({str(f) for link in links for f in link[:2]}, reverse=True)
    frame = pd.DataFrame({"firm": ids, "sector": [(sector or {}).get(i, i) for i in ids]})
    for column, values in (firms or {}).items():
        frame[column] = [values.get(i) for i in ids]
    table = pd.DataFrame(links, columns=["supplier", "buyer", "flow", "product"][: len(links[0])])
    pairs = None if essential is None else pd.DataFrame(essential, columns=["input", "buyer_sector", "class"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return vc.Network.from_tables(frame, table, essential=pairs, **metadata)

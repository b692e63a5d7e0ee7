"""Cascades as items of a long run: a piece of scenarios by number, picklable, each computed alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.kernels.cascade_graph import Shocks, chosen
from valuechain.models.cascade_network import PreparedCascade
from valuechain.models.cascade_run import run
from valuechain.runs import RunKey
from valuechain.runs.rows import Array, Index


@dataclass(frozen=True, kw_only=True)
class CascadeWork:
    """Computes scenarios of a prepared network.

    Parameters
    ----------
    prepared
        The network and the parameters.
    shocks
        All scenarios, of which a piece takes some.
    threads
        Threads of this process; None: one a core. On a cluster 1, since workers bring their own.
    """

    prepared: PreparedCascade
    shocks: Shocks
    threads: int | None = 1

    def __call__(self, which: Index) -> dict[str, Array]:
        """Return the rows of some scenarios: ``index`` (scenarios, weights, 3), ``sweeps`` (scenarios,)."""
        outcome = run(self.prepared, chosen(self.shocks, which), keep_firms=False, threads=self.threads)
        rows: dict[str, Array] = {"index": outcome.index, "sweeps": outcome.sweeps}
        if outcome.error is not None:
            rows["error"] = outcome.error
        return rows


def each_alone(firms: int) -> Shocks:
    """Return one scenario a firm: it fails completely, alone."""
    return Shocks(np.arange(firms + 1), np.arange(firms), np.ones(firms), np.ones(firms))


def key_of(prepared: PreparedCascade, shocks: Shocks, kind: str) -> RunKey:
    """Return what tells a run's checkpoint from those of others."""
    return RunKey(kind=kind, count=len(shocks.start) - 1, parameters=prepared.parameters)

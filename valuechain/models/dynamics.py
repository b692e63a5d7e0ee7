"""What every model over time offers, so that one scenario runs through all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from valuechain.models.effects import Effect
from valuechain.network import Floats, Network
from valuechain.scenario import Scenario

__all__ = ["DaysRun", "Dynamics", "FirmDays"]

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class FirmDays:
    """What each firm does each day, currency per day (stock: currency); shape (days, firms).

    ``stock`` is None for a model without stocks. ``binding`` is the number of the product whose lack holds production
    down (positions in ``Network.products``), -1 for none; None where a model cannot tell.
    """

    production: Floats
    demand: Floats
    capacity: Floats
    stock: Floats | None
    delivered_final: Floats
    binding: Codes | None = None


@dataclass(frozen=True, kw_only=True)
class DaysRun:
    """What a run of any model comes to.

    Parameters
    ----------
    production, delivered_final
        Of all firms, currency per day; shape (days,).
    made
        Production of each firm over all days, currency; shape (firms,).
    last
        Production of each firm on the last day, currency per day; shape (firms,).
    is_over
        Whether no shock holds anything down on the last day any more.
    firms
        What each firm does each day; None where not kept.
    notes
        What is to be said of this run alone.
    """

    production: Floats
    delivered_final: Floats
    made: Floats
    last: Floats
    is_over: bool
    firms: FirmDays | None
    notes: tuple[str, ...] = ()


class Dynamics(Protocol):
    """A network and a model made ready for many runs. Runs change nothing in it; threads may run it side by side."""

    @property
    def network(self) -> Network:
        """The network."""
        ...

    @property
    def model(self) -> Any:
        """The parameters of the model as the user gave them."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Every choice the numbers rest on, with the network's fingerprint."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on where the tables say nothing."""
        ...

    def effects(self, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
        """Return whom each shock hits.

        Parameters
        ----------
        scenario
            The scenario.
        is_random
            True: losses, starts and durations may be distributions. Those of an effect then stand for nothing and are
            drawn for each run.

        Raises
        ------
        ScenarioError
            With every shock that selects nothing or that the model cannot answer.
        """
        ...

    def undisturbed(self, days: int) -> Floats:
        """Return what each firm makes without any shock, currency per day.

        Shape (1, firms) where every day is like the day before, else (days, firms).
        """
        ...

    def run(self, effects: Sequence[Effect], *, days: int, keep_firms: bool) -> DaysRun:
        """Return a run of so many days.

        Raises
        ------
        ConservationError
            When goods appear or vanish, which only a fault of the program can cause.
        """
        ...

"""Shocks that take the same thing from the same firm or link on the same days: what they do together is not known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from valuechain.models.effects import Effect, effects_of, refuse
from valuechain.network import Index, Network
from valuechain.scenario import Scenario

__all__ = ["effects_apart"]

OF_LINKS = {"link", "essential-input"}


def effects_apart(network: Network, scenario: Scenario, *, is_random: bool = False) -> tuple[Effect, ...]:
    """Return whom each shock hits, as :func:`effects_of` does, and refuse windows that overlap.

    Raises
    ------
    ScenarioError
        As :func:`effects_of`, and with every two shocks that overlap.
    """
    effects = effects_of(network, scenario, is_random=is_random)
    refuse(scenario, _overlap_problems(network, scenario, effects))
    return effects


def _overlap_problems(network: Network, scenario: Scenario, effects: Sequence[Effect]) -> list[str]:
    """Return a sentence for each two shocks whose windows overlap, unless the scenario says how they combine.

    The window of a shock is the days on which its loss is whole. Recoveries may overlap with whatever follows, and so
    may shocks of which anything is drawn at random: those combine as independent ones.
    """
    if scenario.overlap == "combine":
        return []
    fixed = [e for e in effects if not scenario.shocks[e.number - 1].is_random and np.any(e.loss != 0)]
    return list(_problems(network, fixed))


def _problems(network: Network, effects: Sequence[Effect]) -> Iterator[str]:
    for one, two in combinations(effects, 2):
        first, last = max(one.start, two.start), min(_end(one), _end(two)) - 1
        if one.kind != two.kind or first > last:
            continue
        both = np.intersect1d(one.hit, two.hit)
        if not both.size:
            continue
        until = f"on days {first} to {last:.0f}" if last > first else f"on day {first}"
        days = f"from day {first} on" if last == math.inf else until
        what = f"losses of {one.kind} of {_named(network, one, both)}"
        yield (
            f"shocks {one.number} and {two.number} overlap: both are {what}"
            f' {days}; let one begin when the other has ended, or write overlap = "combine" above the shocks if both '
            "happen (each takes its part of what the other leaves)"
        )


def _end(effect: Effect) -> float:
    """Return the first day on which the loss is not whole any more."""
    if effect.recovery == "none" or (effect.days is None and effect.recovery is None):
        return math.inf
    # A recovery begins in the course of the day start + days, which still has the whole loss.
    return effect.start + (effect.days or 0) + (effect.recovery is not None)


def _named(network: Network, effect: Effect, hit: Index) -> str:
    """Return the first of what both hit, and how many more there are."""
    if effect.kind in OF_LINKS:
        ids = network.firm_ids
        words = f"the link from '{ids[network.supplier[hit[0]]]}' to '{ids[network.buyer[hit[0]]]}'"
    else:
        words = f"'{network.firm_ids[hit[0]]}'"
    return words if len(hit) == 1 else f"{words} and {len(hit) - 1:,} more"

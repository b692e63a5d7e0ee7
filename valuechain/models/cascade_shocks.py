"""From what a user calls a shock to what each firm loses of its supply and demand, in one scenario or in many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuechain.errors import ScenarioError, UnknownNameError, ValueChainError, shown
from valuechain.io.shock_table import SIDES, checked_shocks
from valuechain.kernels.cascade import Shocks
from valuechain.network import Floats, Index, Network
from valuechain.scenario import Scenario, lost_activity
from valuechain.schema import RawTable
from valuechain.schema.lookup import positions_in

OneShock = Scenario | Mapping[str, float] | pd.DataFrame
"""One scenario: a Scenario, ``{firm: lost fraction}``, or a table ``firm, supply, demand``."""

Many = Mapping[str, OneShock] | pd.DataFrame
"""Scenarios by name, or one table ``scenario, firm, supply, demand``."""

_GIVE = "give a Scenario, {firm: lost fraction}, or a table with the columns firm, supply, demand"
_GIVE_MANY = "give {name: scenario}, or a table with the columns scenario, firm, supply, demand"
SHOWN = 20
"""How many faults of a batch of scenarios are spelt out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioBatch:
    """Scenarios as the kernel reads them; firms of a scenario are in table order, those not hit are left out."""

    names: tuple[str, ...]
    shocks: Shocks
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of scenarios."""
        return len(self.names)


# ---- one scenario


def lost_fractions(network: Network, shock: OneShock) -> tuple[Floats, Floats, str]:
    """Return lost supply and demand of every firm (0..1, shape (firms,)) and the name of the scenario."""
    if isinstance(shock, Scenario):
        down, up = lost_activity(network, shock)
        return down, up, shock.name
    if isinstance(shock, pd.DataFrame):
        frame = checked_shocks(RawTable("shock", shock.reset_index(drop=True)), network, scenarios="one")
        down, up = _sides(frame)
        return *_spread(network, network.positions(frame["firm"]), down, up), _words("shock to", frame["firm"].tolist())
    if not isinstance(shock, Mapping) or not shock:
        raise ScenarioError(f"the shock names no firm; {_GIVE}")
    positions, lost = _of_mapping(network, shock)
    return *_spread(network, positions, lost, lost), _failure(shock)


def shock_notes(shock: object) -> tuple[str, ...]:
    """Return what was taken for granted in a shock."""
    if isinstance(shock, pd.DataFrame):
        absent = [side for side in SIDES if side not in {str(c).strip().casefold() for c in shock.columns}]
        return tuple(f"The shock has no column {side}: it takes no {side} away." for side in absent)
    if isinstance(shock, Scenario) and any(s.start or s.days is not None or s.recovery for s in shock.shocks):
        return ("The cascade has no time: start, days and recovery of the scenario were not used.",)
    return ()


def _failure(shock: Mapping[str, float]) -> str:
    """Return ``failure of X, Y``, or where not all fail wholly what each loses."""
    if all(part == 1 for part in shock.values()):
        return _words("failure of", list(shock))
    # Four digits, but never 100% for a firm that keeps something.
    parts = (100.0 if part == 1 else min(100.0 * float(part), 99.99) for part in shock.values())
    return _words("", [f"{firm} loses {part:.4g}%" for firm, part in zip(shock, parts, strict=True)]).lstrip()


def _words(what: str, names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what} {', '.join(map(str, names[:3]))}{rest}"


def _sides(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return lost supply and demand of each row; a side without a column is not hit."""
    none = np.zeros(len(frame))
    down, up = (frame[side].to_numpy(dtype=np.float64) if side in frame else none for side in SIDES)
    return down, up


def _spread(network: Network, positions: Index, down: Floats, up: Floats) -> tuple[Floats, Floats]:
    both = np.zeros((2, network.n_firms))
    both[0, positions], both[1, positions] = down, up
    return both[0], both[1]


def _of_mapping(network: Network, shock: Mapping[str, float]) -> tuple[Index, Floats]:
    """Return positions and lost fractions of ``{firm: lost fraction}``, or raise with all that is wrong."""
    wrong = list(_no_fractions(shock))
    unknown: UnknownNameError | None = None
    positions = np.zeros(0, dtype=np.int64)
    try:
        positions = network.positions(list(shock))
    except UnknownNameError as error:
        unknown = error
    if wrong:
        raise ScenarioError("\n".join([*wrong, *(str(unknown).splitlines() if unknown else [])]))
    if unknown is not None:
        raise unknown
    return positions, np.array([float(v) for v in shock.values()])


def _no_fractions(shock: Mapping[str, float]) -> Iterator[str]:
    for firm, value in shock.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value <= 1:
            yield f"firm {shown(str(firm))}: lost fraction {value!r} is not a number from 0 to 1"
    for firm in _repeated([str(firm) for firm in shock]):
        yield f"firm {shown(firm)}: is there more than once; keep one"


# ---- many scenarios


def scenario_batch(network: Network, scenarios: Many) -> ScenarioBatch:
    """Return many scenarios as one batch.

    Raises
    ------
    ScenarioError
        With every fault of the scenarios, each after the name of its scenario.
    InvalidDataError
        With every fault of a table of scenarios, each with its row.
    """
    if isinstance(scenarios, pd.DataFrame):
        frame = checked_shocks(RawTable("scenarios", scenarios.reset_index(drop=True)), network, scenarios="many")
        codes, labels = pd.factorize(frame["scenario"])
        shocks = _packed(len(labels), codes.astype(np.int64), network.positions(frame["firm"]), *_sides(frame))
        return ScenarioBatch(names=tuple(map(str, labels)), shocks=shocks, notes=shock_notes(frame))
    if not isinstance(scenarios, Mapping) or not scenarios:
        raise ScenarioError(f"there is no scenario; {_GIVE_MANY}")
    return _batch_of_mapping(network, scenarios)


def _batch_of_mapping(network: Network, scenarios: Mapping[str, OneShock]) -> ScenarioBatch:
    names = [str(name) for name in scenarios]
    problems = [f"scenario {shown(n)} is there more than once; give each a name of its own" for n in _repeated(names)]
    positions = _known_firms(network, scenarios)
    parts: list[tuple[Index, Floats, Floats]] = []
    notes: dict[str, None] = {}
    for name, shock in zip(names, scenarios.values(), strict=True):
        try:
            parts.append(_part(network, shock, positions, brief=len(problems) >= SHOWN))
        except ValueChainError as error:
            place = "" if isinstance(shock, Scenario) and shock.file else f"scenario {shown(name)}: "
            problems += [place + line for line in str(error).splitlines()]
        notes |= dict.fromkeys(shock_notes(shock))
    if problems:
        rest = [f"and {len(problems) - SHOWN} more faults"] if len(problems) > SHOWN else []
        raise ScenarioError("\n".join([*problems[:SHOWN], *rest]))
    firm, down, up = (np.concatenate([part[k] for part in parts]) for k in range(3))
    scenario = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    return ScenarioBatch(names=tuple(names), shocks=_packed(len(parts), scenario, firm, down, up), notes=tuple(notes))


def _repeated(names: list[str]) -> list[str]:
    if len(set(names)) == len(names):
        return []
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _known_firms(network: Network, scenarios: Mapping[str, OneShock]) -> dict[str, int]:
    """Return the positions of all firms that mappings name, looked up at once: thousands of look-ups take seconds."""
    maps = (shock for shock in scenarios.values() if isinstance(shock, Mapping))
    labels = list(dict.fromkeys(str(firm) for shock in maps for firm in shock))
    found = positions_in(pd.Series(labels, dtype="str"), network.firms["firm"])
    return {label: position for label, position in zip(labels, found.tolist(), strict=True) if position >= 0}


def _part(network: Network, shock: OneShock, known: Mapping[str, int], *, brief: bool) -> tuple[Index, Floats, Floats]:
    """Return the firms that a scenario hits and what they lose; brief faults name no closest id, which takes time."""
    unknown = [str(f) for f in shock if str(f) not in known] if isinstance(shock, Mapping) else []
    if isinstance(shock, Mapping) and shock and (brief or not unknown):
        wrong = [*_no_fractions(shock), *(f"firm {shown(f)} is not in network '{network.name}'" for f in unknown)]
        if wrong:
            raise ScenarioError("\n".join(wrong))
        lost = np.array([float(v) for v in shock.values()])
        return np.array([known[str(firm)] for firm in shock], dtype=np.int64), lost, lost
    down, up, _ = lost_fractions(network, shock)
    hit = np.flatnonzero((down > 0) | (up > 0))
    return hit, down[hit], up[hit]


def _packed(count: int, scenario: Index, firm: Index, down: Floats, up: Floats) -> Shocks:
    """Return the entries by scenario and firm; what is not hit is left out, as in a single cascade."""
    hit = np.flatnonzero((down > 0) | (up > 0))
    order = hit[np.lexsort((firm[hit], scenario[hit]))]
    start = np.zeros(count + 1, dtype=np.int64)
    start[1:] = np.cumsum(np.bincount(scenario[order], minlength=count))
    return Shocks(start, firm[order].astype(np.int64), down[order], up[order])

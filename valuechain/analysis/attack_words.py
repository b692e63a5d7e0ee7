"""What attack curves mean, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from valuechain.analysis.centrality_measures import MEASURES
from valuechain.network import Floats, Network
from valuechain.results import percent_text

EARLY = 0.01
"""Share of firms failed at which a sentence compares rankings (at least one firm)."""


def sentences(
    network: Network, areas: pd.DataFrame, shares: Mapping[str, Floats], length: int, *, idle: float, skips: bool
) -> tuple[str, ...]:
    """Return which ranking finds the weak points, what it leaves, and which rankings are no better than chance."""
    best = areas.iloc[0]
    by_name = areas.set_index("ranking")
    notes = [_headline(areas)]
    if "random" in by_name.index and best["ranking"] != "random":
        chance = areas[areas["ranking"] == "random"].iloc[0]
        low, high = percent_text(chance["area_low"]), percent_text(chance["area_high"])
        notes[0] += f" When they fail at random it is {percent_text(chance['area'])} % ({low} to {high} %)."
        lost = [r for r, area in by_name["area"].items() if r != "random" and area >= chance["area_low"]]
        if lost:
            notes.append(f"Some random orders do as well as {', '.join(map(str, lost))}.")
    early = max(1, round(EARLY * network.n_firms))
    if early <= length:
        left = "; ".join(f"{r} {percent_text(float(shares[r].mean(axis=0)[early]))} %" for r in areas["ranking"])
        said = "1 firm has" if early == 1 else f"{early:,} of {network.n_firms:,} firms have"
        notes.append(f"Output that still works when {said} failed: {left}.")
    notes.append(_against_exact(by_name["area"], skips=skips))
    notes.append(
        "area: the mean share of output that still works over "
        + (f"all {length:,} failures" if length == network.n_firms else f"the first {length:,} failures")
        + "; the smaller, the better a ranking finds the firms on which others hang."
    )
    if idle > 0:
        notes.append(f"{percent_text(idle)} % of output cannot be built from scratch; shares are of the rest.")
    return tuple(note for note in notes if note)


def _headline(areas: pd.DataFrame) -> str:
    best = areas.iloc[0]
    if len(areas) == 1:
        return f"When firms fail by {best['ranking']}, {percent_text(best['area'])} % of output still works on average."
    area = percent_text(best["area"])
    alike = _alike(areas["ranking"], areas["area"])
    rest = areas.iloc[len(alike) :]
    after = "" if rest.empty else f" (next: {rest['ranking'].iloc[0]}, {percent_text(rest['area'].iloc[0])} %)"
    if len(alike) > 1:
        how = "equally well" if rest.empty else "best, equally well"
        order = f"when firms fail in the order of any of them, {area} % of output still works on average{after}."
        return f"{_joined(alike)} find the weak points of this network {how}: {order}"
    return (
        f"{best['ranking']} finds the weak points of this network best: when firms fail in its order, {area} % of "
        f"output still works on average{after}."
    )


def _alike(names: Iterable[object], areas: Iterable[float]) -> list[str]:
    """Return the first of these rankings and those that leave as much, to the digits that are shown."""
    shown = [(str(name), percent_text(area)) for name, area in zip(names, areas, strict=True)]
    return [name for name, text in shown if text == shown[0][1]]


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _against_exact(area: pd.Series, *, skips: bool) -> str:
    """Return how the best measure of centrality does beside the exact rankings."""
    measures = [name for name in area.index if name in MEASURES]
    exact = [name for name in area.index if name in {"stops", "stops_in_turn"}]
    if not measures or not exact:
        return ""
    first = measures[0]
    beside = ", ".join(f"{name} {percent_text(area[name])} %" for name in exact)
    alike = _alike(measures, area[measures])
    does = "does" if len(alike) == 1 else "do"
    said = f"Of the measures of centrality {_joined(alike)} {does} best ({percent_text(area[first])} %; {beside})."
    if "stops" in exact and area[first] < area["stops"] and not skips:
        said += (
            " stops is exact for one failure; in a row it spends failures on firms that an earlier one has stopped "
            "already, which stops_in_turn does not."
        )
    return said

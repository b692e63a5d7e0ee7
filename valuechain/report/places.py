"""Where firms are on the map: by their own coordinates, or in the middle of their country where only that is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from valuechain.network import Floats
from valuechain.report.packing import codes, pack, unpack
from valuechain.report.selection import Selection

__all__ = ["MapPlaces", "map_blob", "map_places"]

STEPS = 90
"""Steps a degree on the page: 180 degrees fit into two bytes."""


STEP = 127
"""Longest step along a shape of the map that the page's data hold as one."""


@dataclass(frozen=True, kw_only=True)
class MapPlaces:
    """Longitude and latitude of each firm in degrees, shape (firms,), and how it is known.

    ``how`` is 0 where the firm has coordinates, 1 where it stands in the middle of its country, -1 where nothing is
    known.
    """

    longitude: Floats
    latitude: Floats
    how: npt.NDArray[np.int64]

    @property
    def exact(self) -> int:
        """Number of firms with coordinates of their own."""
        return int((self.how == 0).sum())

    @property
    def by_country(self) -> int:
        """Number of firms of which only the country is known."""
        return int((self.how == 1).sum())

    @property
    def missing(self) -> int:
        """Number of firms that have no place on the map."""
        return int((self.how < 0).sum())


def map_places(selection: Selection) -> MapPlaces:
    """Return where the firms of a page are on the map."""
    firms, n = selection.firms, selection.n_firms
    longitude, latitude = np.full(n, np.nan), np.full(n, np.nan)
    how = np.full(n, -1, dtype=np.int64)
    if "country" in firms:
        centres = _world()["centres"]
        for k, country in enumerate(firms["country"]):
            centre = centres.get(country) if isinstance(country, str) else None
            if centre is not None:
                longitude[k], latitude[k], how[k] = centre[0], centre[1], 1
    if "longitude" in firms and "latitude" in firms:
        own = firms[["longitude", "latitude"]].to_numpy(dtype=np.float64)
        known = np.isfinite(own).all(axis=1)
        longitude[known], latitude[known], how[known] = own[known, 0], own[known, 1], 0
    return MapPlaces(longitude=longitude, latitude=latitude, how=how)


def map_blob(places: MapPlaces, countries: Sequence[str]) -> dict[str, Any] | None:
    """Return what the page's script needs for its map; None where no firm has a place.

    ``countries`` are the countries of the page's firms, sorted; ``centres`` in what is returned has a place for each,
    ``longitude`` and ``latitude`` one for each firm with coordinates of its own, in order of firms.
    """
    if places.missing == len(places.how):
        return None
    world = _world()
    lengths, points = _near(world, places)
    # Firms in the middle of their country: one place a country, found by the code of the firm's country.
    own = places.how == 0
    whole = {name: np.rint(getattr(places, name)[own] * STEPS) for name in ("longitude", "latitude")}
    return {
        "steps": STEPS,
        "how": codes(places.how),
        **{name: pack(values, "i2") for name, values in whole.items()},
        **_steps_along(lengths, points),
        "centres": _centres(countries),
        "exact": places.exact,
        "country": places.by_country,
        "missing": places.missing,
    }


def _centres(countries: Sequence[str]) -> list[list[int]]:
    known = _world()["centres"]
    return [[round(v * STEPS) for v in known.get(c, (0.0, 0.0))] for c in countries]


def _near(world: dict[str, Any], places: MapPlaces) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the shapes of the world that touch the surroundings of the firms: lengths, and all points."""
    lengths = unpack({"k": "u2", "d": world["lengths"]}).astype(np.int64)
    points = unpack({"k": "i2", "d": world["points"]}).reshape(-1, 2)
    firms = np.c_[places.longitude, places.latitude][places.how >= 0] * STEPS
    around = np.maximum(np.array([34.0, 16.0]) * STEPS, np.ptp(firms, axis=0) / 2)
    low, high = firms.min(axis=0) - around, firms.max(axis=0) + around
    rings = np.split(points, np.cumsum(lengths)[:-1])
    kept = [r for r in rings if (r.max(axis=0) >= low).all() and (r.min(axis=0) <= high).all()]
    return np.array([len(r) for r in kept]), np.concatenate(kept)


def _steps_along(lengths: npt.NDArray[Any], points: npt.NDArray[Any]) -> dict[str, Any]:
    """Return rings as their first points and the steps from point to point; a long step is walked in several."""
    way = np.diff(points.astype(np.int64), axis=0, prepend=points[:1])
    first = np.r_[0, np.cumsum(lengths)[:-1]].astype(np.int64)
    way[first] = 0
    parts = np.maximum(1, -(-np.abs(way).max(axis=1) // STEP))
    ring = np.repeat(np.arange(len(lengths)), lengths)
    at = np.repeat(np.arange(len(way)), parts)
    part = np.arange(len(at)) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    # Places along a step are rounded, not the steps: the end is met.
    share = (way[at] * part[:, None]) // parts[at][:, None] - (way[at] * (part[:, None] - 1)) // parts[at][:, None]
    return {
        "lengths": pack(np.bincount(ring[at], minlength=len(lengths)), "u2"),
        "first": pack(points[first], "i2"),
        "along": pack(share, "i1"),
    }


def _world() -> dict[str, Any]:
    text = (files("valuechain.report") / "map" / "world.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found

"""Turn Natural Earth's country shapes into the compact file that pages with a map hold.

Natural Earth is in the public domain. The shapes come as TopoJSON, as the npm package world-atlas 2.0.2 redistributes
them: countries-110m.json for what is drawn, countries-50m.json for the centres, which small countries need too.

Example: python docs/build_world.py countries-110m.json countries-50m.json valuechain/report/map/world.json
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pycountry

STEPS = 90
"""Steps a degree: coordinates are whole numbers that 16 bits hold."""
SOURCE = "Natural Earth 4.1, 1:110m and 1:50m countries, as redistributed by world-atlas 2.0.2"
LICENCE = "public domain"
ANTARCTICA = "010"


def main(words: list[str]) -> int:
    """Read the two files and write the compact one."""
    if len(words) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    coarse, fine = (json.loads(Path(word).read_text(encoding="utf-8")) for word in words[:2])
    rings = [ring for code, shape in _shapes(coarse).items() if code != ANTARCTICA for ring in shape]
    points = np.rint(np.concatenate(rings) * STEPS).astype("<i2")
    lengths = np.array([len(ring) for ring in rings], dtype="<u2")
    data = {
        "source": SOURCE,
        "licence": LICENCE,
        "steps": STEPS,
        "lengths": base64.b64encode(lengths.tobytes()).decode(),
        "points": base64.b64encode(points.tobytes()).decode(),
        "centres": _centres(_shapes(fine)),
    }
    Path(words[2]).write_text(json.dumps(data, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def _shapes(world: dict[str, Any]) -> dict[str, list[np.ndarray]]:
    """Return the rings of each country in degrees, longitude and latitude, shape (points, 2)."""
    scale, shift = (np.array(world["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in world["arcs"]]
    found: dict[str, list[np.ndarray]] = {}
    for shape in world["objects"]["countries"]["geometries"]:
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [_whole(_ring(ring, arcs)) for part in parts for ring in part]
        found.setdefault(str(shape.get("id", shape["properties"]["name"])), []).extend(rings)
    return found


def _ring(places: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """Return a ring put together of arcs; a negative place means the arc of its complement, backwards."""
    parts = [arcs[k] if k >= 0 else arcs[~k][::-1] for k in places]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _whole(ring: np.ndarray) -> np.ndarray:
    """Return a ring that crosses the date line in one piece, longitudes beyond 180 degrees included."""
    return np.c_[np.unwrap(ring[:, 0], period=360.0), ring[:, 1]]


def _centres(shapes: dict[str, list[np.ndarray]]) -> dict[str, list[float]]:
    """Return the centre of the largest part of each country, by alpha-3 code: longitude, latitude."""
    found = {}
    for number, rings in sorted(shapes.items()):
        country = pycountry.countries.get(numeric=number)
        if country is not None:
            largest = max(rings, key=lambda ring: abs(_area(ring)))
            found[country.alpha_3] = [round(float(v), 2) for v in _centre(largest)]
            found[country.alpha_3][0] = round((found[country.alpha_3][0] + 180) % 360 - 180, 2)
    return found


def _cross(ring: np.ndarray) -> np.ndarray:
    following = np.roll(ring, -1, axis=0)
    return ring[:, 0] * following[:, 1] - following[:, 0] * ring[:, 1]


def _area(ring: np.ndarray) -> float:
    # Degrees of longitude are shorter in the north.
    return float(_cross(ring).sum() / 2 * np.cos(np.radians(ring[:, 1].mean())))


def _centre(ring: np.ndarray) -> np.ndarray:
    cross = _cross(ring)
    return ((ring + np.roll(ring, -1, axis=0)) * cross[:, None]).sum(axis=0) / (3 * cross.sum())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

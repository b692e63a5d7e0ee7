"""How near two places are: kilometres where coordinates are known, else by region and country."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from valuechain.network import Floats, Index

__all__ = ["EARTH_KM", "STAND_IN_KM", "Places", "kilometres", "ordering_km"]

EARTH_KM = 6371.0088
"""Mean radius of the Earth, km (IUGG)."""

STAND_IN_KM = {"same region": 50.0, "same country": 300.0, "elsewhere": 3_000.0, "not known": 10_000.0}
"""What orders places whose distance is not known: stand-ins, never shown as distances."""

_WORDS = tuple(STAND_IN_KM)


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Where firms or rows of a table are: coordinates in degrees (NaN: not known), region and country (None)."""

    latitude: Floats
    longitude: Floats
    region: npt.NDArray[np.object_]
    country: npt.NDArray[np.object_]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Places:
        """Return the places of the rows of a table; columns it does not have are not known."""

        def number(name: str) -> Floats:
            return table[name].to_numpy(dtype=np.float64) if name in table else np.full(len(table), np.nan)

        def text(name: str) -> npt.NDArray[np.object_]:
            if name not in table:
                return np.full(len(table), None, dtype=object)
            return table[name].astype(object).where(table[name].notna(), None).to_numpy(dtype=object)

        return cls(
            latitude=number("latitude"), longitude=number("longitude"), region=text("region"), country=text("country")
        )

    def take(self, rows: Index) -> Places:
        """Return some of the places."""
        return Places(
            latitude=self.latitude[rows],
            longitude=self.longitude[rows],
            region=self.region[rows],
            country=self.country[rows],
        )


def kilometres(one: Places, other: Places) -> tuple[Floats, npt.NDArray[np.object_]]:
    """Return the distance of pairs in km (NaN: not known), and how near they are in words; shape (pairs,).

    Great circles by the haversine formula (Sinnott 1984, Virtues of the haversine, Sky and Telescope 68: 158).

    Examples
    --------
    >>> table = pd.DataFrame({"latitude": [52.52, 48.86], "longitude": [13.40, 2.35], "country": ["DEU", "FRA"]})
    >>> berlin, paris = (Places.of(table.iloc[[k]]) for k in (0, 1))
    >>> [round(float(v[0])) if v[0] != "elsewhere" else v[0] for v in kilometres(berlin, paris)]
    [877, 'elsewhere']
    """
    a, b = np.radians(one.latitude), np.radians(other.latitude)
    half = np.sin((a - b) / 2) ** 2
    turn = np.sin(np.radians(one.longitude - other.longitude) / 2) ** 2
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half + np.cos(a) * np.cos(b) * turn, 0.0, 1.0)))
    words = np.full(len(km), "not known", dtype=object)
    for name, same in (("country", "same country"), ("region", "same region")):
        mine, theirs = getattr(one, name), getattr(other, name)
        both = pd.notna(mine) & pd.notna(theirs)
        equal = np.asarray(both & (mine == theirs), dtype=bool)
        if name == "country":
            words[both] = "elsewhere"
        words[equal] = same
    return km, words


def ordering_km(km: Floats, words: npt.NDArray[np.object_]) -> Floats:
    """Return what orders pairs from near to far: their distance, or the stand-in for how near they are."""
    codes = pd.Categorical(words, categories=list(_WORDS)).codes
    stand_in = np.array([*STAND_IN_KM.values(), np.nan])[codes]
    return np.asarray(np.where(np.isnan(km), stand_in, km))

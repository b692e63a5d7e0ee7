"""Where firms are, for distances: their coordinates; where they give none, nothing is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.network import Floats, Index, Network

__all__ = ["EARTH_RADIUS", "Places", "places_of"]

EARTH_RADIUS = 6371.0088
"""Mean radius of the Earth, km (IUGG)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Latitude and longitude of each firm in degrees, NaN where one of them is not known; shape (firms,)."""

    latitude: Floats
    longitude: Floats

    def distance(self, one: int, others: Index) -> Floats:
        """Return the great-circle distance from one firm to others, km; NaN where a place is not known."""
        first, last = np.radians(self.latitude[one]), np.radians(self.latitude[others])
        east = np.radians(self.longitude[others] - self.longitude[one])
        # Haversine formula: exact enough for near points too.
        half = np.sin((last - first) / 2) ** 2 + np.cos(first) * np.cos(last) * np.sin(east / 2) ** 2
        return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def places_of(network: Network) -> Places:
    """Return where firms are. Nothing stands in for coordinates: a stand-in would pass a filter on distance as a fact.

    Examples
    --------
    >>> import numpy as np, valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> bool((places_of(net).distance(0, np.arange(net.n_firms)) < 3000).all())
    True
    """
    firms, unknown = network.firms, np.full(network.n_firms, np.nan)
    latitude, longitude = (firms[c].to_numpy(np.float64) if c in firms else unknown for c in ("latitude", "longitude"))
    lacks = np.isnan(latitude) | np.isnan(longitude)
    return Places(latitude=np.where(lacks, np.nan, latitude), longitude=np.where(lacks, np.nan, longitude))

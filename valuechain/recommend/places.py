"""Where firms are, for distances: their coordinates, else the middle of their region's or country's firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuechain.network import Floats, Index, Network

__all__ = ["EARTH_RADIUS", "Places", "places_of"]

EARTH_RADIUS = 6371.0088
"""Mean radius of the Earth, km (IUGG)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Latitude and longitude of each firm in degrees, NaN where nothing is known; shape (firms,).

    ``estimated`` counts the firms that stand in the middle of the firms of their region or country.
    """

    latitude: Floats
    longitude: Floats
    estimated: int

    def distance(self, one: int, others: Index) -> Floats:
        """Return the great-circle distance from one firm to others, km; NaN where a place is not known."""
        first, last = np.radians(self.latitude[one]), np.radians(self.latitude[others])
        east = np.radians(self.longitude[others] - self.longitude[one])
        # Haversine formula: exact enough for near points too.
        half = np.sin((last - first) / 2) ** 2 + np.cos(first) * np.cos(last) * np.sin(east / 2) ** 2
        return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def places_of(network: Network) -> Places:
    """Return where firms are; a firm without coordinates stands in the middle of those of its region, else country.

    Examples
    --------
    >>> import numpy as np, valuechain as vc
    >>> net = vc.example("baltic_mobility")
    >>> bool((places_of(net).distance(0, np.arange(net.n_firms)) < 3000).all())
    True
    """
    firms, n = network.firms, network.n_firms
    unknown = np.full(n, np.nan)
    latitude, longitude = (firms[c].to_numpy(np.float64) if c in firms else unknown for c in ("latitude", "longitude"))
    lacks = np.isnan(latitude) | np.isnan(longitude)
    latitude, longitude = np.where(lacks, np.nan, latitude), np.where(lacks, np.nan, longitude)
    points = firms.assign(latitude=latitude, longitude=longitude)
    for column in ("region", "country"):
        if column in firms:
            # Means of coordinates: good enough within a region or country that does not cross the date line.
            middle = points.groupby(column)[["latitude", "longitude"]].transform("mean")
            still = np.isnan(latitude)
            latitude = np.where(still, middle["latitude"], latitude)
            longitude = np.where(still, middle["longitude"], longitude)
    return Places(latitude=latitude, longitude=longitude, estimated=int((lacks & ~np.isnan(latitude)).sum()))

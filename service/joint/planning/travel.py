"""Travel times: great-circle distance, detour factor and a fixed part, in whole minutes."""

from math import asin, ceil, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from service.joint.planning.minutes import EARTH_RADIUS_KM
from service.joint.planning.model import Travel

# Vectorised and scalar sines differ in the last bit; the search adds this much before it
# rounds up, so that no plan is tight on the wrong side of a whole minute.
_GUARD = 1e-9


class TravelTable:
    """Travel between numbered places: one to many by numpy, one to one from a memory."""

    def __init__(self, travel: Travel, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> None:
        self._fixed = travel.fixed_minutes + _GUARD
        self._factor = 2 * EARTH_RADIUS_KM * travel.detour / travel.kmh * 60
        self._lat = np.radians(lat)
        self._lon = np.radians(lon)
        self._cos = np.cos(self._lat)
        self._points = np.stack(
            [self._cos * np.cos(self._lon), self._cos * np.sin(self._lon), np.sin(self._lat)]
        )
        self._lats: list[float] = self._lat.tolist()
        self._lons: list[float] = self._lon.tolist()
        self._coss: list[float] = self._cos.tolist()
        self._count = len(self._lats)
        self._memory: dict[int, int] = {}

    def degrees(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Latitudes and longitudes of all places."""
        return np.degrees(self._lat), np.degrees(self._lon)

    def degrees_of(self, place: int) -> tuple[float, float]:
        """Latitude and longitude of a place."""
        return float(np.degrees(self._lats[place])), float(np.degrees(self._lons[place]))

    def matrix(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Minutes between all pairs of some places."""
        points = self._points[:, places]
        square = np.zeros((len(places), len(places)))
        for axis in points:
            away = axis[:, None] - axis
            square += away * away
        half = np.sqrt(square) * 0.5
        # The arc of a half chord, to the eighth decimal of a minute within 500 km.
        arc = half * (1.0 + half * half * (1 / 6 + half * half * 0.075))
        minutes = np.ceil(self._fixed + self._factor * arc)
        minutes[square == 0.0] = 0
        return minutes

    def many(self, place: int, others: NDArray[np.int64]) -> NDArray[np.int64]:
        """Minutes from one place to each of the others."""
        half_lat = np.sin((self._lat[others] - self._lats[place]) * 0.5)
        half_lon = np.sin((self._lon[others] - self._lons[place]) * 0.5)
        h = half_lat * half_lat + (self._coss[place] * self._cos[others]) * half_lon * half_lon
        minutes = np.ceil(self._fixed + self._factor * np.arcsin(np.sqrt(np.minimum(h, 1.0))))
        same = (self._lat[others] == self._lats[place]) & (self._lon[others] == self._lons[place])
        minutes[same] = 0
        return minutes.astype(np.int64)

    def one(self, a: int, b: int) -> int:
        """Minutes between two places."""
        key = a * self._count + b if a < b else b * self._count + a
        known = self._memory.get(key)
        if known is None:
            x = sin((self._lats[b] - self._lats[a]) * 0.5)
            y = sin((self._lons[b] - self._lons[a]) * 0.5)
            h = x * x + self._coss[a] * self._coss[b] * y * y
            same = self._lats[a] == self._lats[b] and self._lons[a] == self._lons[b]
            known = 0 if same else ceil(self._fixed + self._factor * asin(sqrt(min(1.0, h))))
            self._memory[key] = known
        return known

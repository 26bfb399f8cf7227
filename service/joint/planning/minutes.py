"""Travel between two places: great-circle distance, detour factor and a fixed part.

Without numpy, for whoever compares a few places only.
"""

from math import asin, ceil, cos, radians, sin, sqrt

from service.joint.planning.model import Travel

EARTH_RADIUS_KM = 6371.0088  # mean radius R1, IUGG


def travel_minutes(travel: Travel, a: tuple[float, float], b: tuple[float, float]) -> int:
    """Whole minutes from `a` to `b`, (lat, lon) in degrees; 0 between equal places."""
    if a == b:
        return 0
    lat_a, lat_b = radians(a[0]), radians(b[0])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[1] - a[1]) / 2) ** 2
    km = 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, h)))
    # A difference in the last bit of a float must not turn into a whole minute.
    return ceil(travel.fixed_minutes + km * travel.detour / travel.kmh * 60 - 1e-9)

"""Where the demo's towns lie: rough centres in Yubei, WGS 84 degrees, good to about a kilometre."""

from dataclasses import dataclass
from math import cos, radians
from random import Random

DISTRICT = "500112"
KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a town's trade gathers: centre, spread in km (one sigma) and share of enterprises."""

    town_code: str
    latitude: float
    longitude: float
    spread_km: float
    weight: float


_STREETS = (
    ("002", 29.715, 106.622, 5.0),
    ("004", 29.688, 106.617, 5.5),
    ("007", 29.655, 106.567, 4.0),
    ("008", 29.680, 106.566, 2.5),
    ("009", 29.622, 106.541, 5.0),
    ("010", 29.600, 106.523, 4.0),
    ("011", 29.592, 106.531, 6.0),
    ("012", 29.587, 106.519, 5.5),
    ("013", 29.583, 106.553, 4.5),
    ("014", 29.623, 106.487, 3.5),
    ("015", 29.727, 106.552, 2.5),
    ("016", 29.718, 106.633, 6.0),
    ("017", 29.739, 106.648, 4.0),
    ("018", 29.771, 106.654, 2.0),
    ("019", 29.666, 106.510, 3.5),
    ("020", 29.694, 106.634, 4.0),
    ("021", 29.647, 106.549, 3.0),
    ("022", 29.640, 106.540, 2.5),
    ("023", 29.728, 106.603, 3.0),
)
_TOWNS = (
    ("129", 29.690, 106.708, 1.5),
    ("131", 29.683, 106.794, 2.5),
    ("133", 29.886, 106.905, 1.5),
    ("135", 29.960, 106.786, 1.0),
    ("138", 29.896, 106.724, 1.2),
    ("139", 29.800, 106.650, 1.5),
    ("140", 29.967, 106.717, 1.0),
    ("141", 29.834, 106.744, 1.2),
    ("142", 29.730, 106.847, 1.3),
    ("143", 29.911, 106.860, 0.8),
    ("144", 29.718, 106.973, 1.5),
)
CLUSTERS: tuple[Cluster, ...] = tuple(
    Cluster(DISTRICT + code, latitude, longitude, spread, weight)
    for rows, spread in ((_STREETS, 0.6), (_TOWNS, 1.1))
    for code, latitude, longitude, weight in rows
)
BY_TOWN = {cluster.town_code: cluster for cluster in CLUSTERS}


def place(rng: Random, cluster: Cluster) -> tuple[float, float]:
    """Latitude and longitude near the centre, to 6 decimals; never farther than three sigma."""
    north = max(-3.0, min(3.0, rng.gauss(0, 1))) * cluster.spread_km
    east = max(-3.0, min(3.0, rng.gauss(0, 1))) * cluster.spread_km
    latitude = cluster.latitude + north / KM_PER_DEGREE
    longitude = cluster.longitude + east / (KM_PER_DEGREE * cos(radians(cluster.latitude)))
    return round(latitude, 6), round(longitude, 6)
